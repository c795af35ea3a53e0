"""The faults of clustering (table B4), met on the way from orders to segments."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pandas as pd
import pytest

import segmentry
from commands import assert_two_lines
from segmentry import sql
from segmentry.textual import in_words

pytestmark = pytest.mark.slow

HEADER = "customer_id,order_date,amount\n"


def lines_of(customers: int, *, seed: int = 0, most: float = 0.0) -> str:
    """Order lines with heavy tails; the first customer may pay a fortune."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, customers, 6 * customers)
    days = rng.integers(1, 29, len(who))
    paid = np.round(np.exp(3 + 1.2 * rng.standard_normal(len(who))), 2)
    rows = [f"c{i},2026-01-{day:02d},{own}" for i, day, own in zip(who, days, paid, strict=True)]
    if most:
        rows.append(f"c0,2026-01-28,{most}")
    return HEADER + "\n".join(rows) + "\n"


def summary_of(folder) -> dict:
    return json.loads((folder / "out" / "summary.json").read_text())


SAME = HEADER + "".join(f"c{i},2026-01-05,10\n" for i in range(40))
FOUR = HEADER + "".join(f"c{i},2026-01-{5 + i % 4:02d},10\n" for i in range(40))


@pytest.mark.parametrize(
    ("content", "options", "code", "words"),
    [
        (SAME, [], "R41", ["40"]),
        (FOUR, ["--k", "6"], "R42", ["6", "4"]),
        *((FOUR, ["--k", k], "R43", []) for k in ("0", "-3", "2.5", "five")),
        (FOUR, ["--k", "3", "--scale", "most"], "R46", ["most"]),
        (FOUR, ["--features", "recency"], "R25", ["recency_days"]),
    ],
)
def test_what_cannot_be_clustered_ends_with_two_lines(
    command, write, content, options, code, words
):
    write("orders.csv", content)
    ended = command("run", "orders.csv", "--rfm", *options, "-o", "out")
    assert_two_lines(ended, code, *words)


def test_few_customers_run_and_are_called_unstable(command, write, tmp_path):
    write("orders.csv", lines_of(20))
    ended = command("run", "orders.csv", "--rfm", "--k", "2", "-o", "out")
    assert ended.code == 0, ended
    assert "unstable" in ended.stderr


def test_one_fortune_makes_no_segment_of_nearly_all_others(command, write, tmp_path):
    write("orders.csv", lines_of(300, most=1e7))
    ended = command("run", "orders.csv", "--rfm", "--k", "4", "-o", "out")
    assert ended.code == 0, ended
    assert max(own["share"] for own in summary_of(tmp_path)["segments"]) < 0.6


def test_raw_values_on_request_warn(command, write, tmp_path):
    write("orders.csv", lines_of(300, most=1e7))
    options = ["--k", "4", "--log", "none", "--scale", "none", "--strict"]
    ended = command("run", "orders.csv", "--rfm", *options, "-o", "out")
    assert ended.code == 5, ended
    assert "revenue alone makes 100 % of the total variance" in ended.stderr
    assert "outliers rather than a segment?" in ended.stderr


def test_returns_do_not_keep_revenue_from_its_logarithm(command, write, tmp_path):
    write("orders.csv", lines_of(300, most=1e5) + "c1,2026-01-28,-99999\nc999,2026-01-02,-5\n")
    ended = command("run", "orders.csv", "--rfm", "--k", "4", "-o", "out")
    assert ended.code == 0, ended
    assert "1 customer returned more than they bought: their revenue counts as 0." in ended.stderr
    assert "1 customer with returns alone left out." in ended.stderr
    plan = {own["name"]: own["transform"] for own in summary_of(tmp_path)["plan"]["features"]}
    assert plan["revenue"] == "log1p"


def test_the_printed_next_command_finds_the_segments_of_the_run_from_orders(
    command, write, tmp_path
):
    returned = "".join(f"c{i},2026-01-28,-9999\n" for i in range(12))  # c0 bought for more
    write("orders.csv", lines_of(300, most=1e5) + returned)
    assert command("run", "orders.csv", "--rfm", "--k", "4", "-o", "out").code == 0
    built = command("rfm", "orders.csv", "-o", "customers.csv")
    words = shlex.split(built.stderr.partition("Next:  segmentry ")[2].splitlines()[0])
    assert command(*words, "--k", "4", "-o", "next").code == 0
    one, two = (
        pd.read_csv(tmp_path / folder / "customers.csv").set_index("customer_id")["segment"]
        for folder in ("out", "next")
    )
    assert one.equals(two)
    told = json.loads((tmp_path / "next" / "summary.json").read_text())["treatments"]
    assert "11 values below 0 count as 0" in told[2]["sentence"]


@pytest.mark.parametrize("log", ["auto", "none"])
def test_whoever_returned_more_than_they_bought_is_scored_as_the_run_did(write, log):
    returned = "".join(f"c{i},2026-01-28,-9999\n" for i in range(40))
    orders = write("orders.csv", lines_of(300) + returned)
    with segmentry.segment(orders, rfm=True, k=4, log=log) as result:
        own, model = result.assign(), result.model
        with segmentry.rfm(orders) as customers:
            again = result.assign(customers.frame())
    assert own["segment"].tolist() == again["segment"].tolist()
    assert model.plan.of("revenue").clip == (0.0, sql.LARGEST)


def test_name_text_and_index_of_a_segment_say_the_same(write, tmp_path):
    with segmentry.segment(write("orders.csv", lines_of(300, most=1e6)), rfm=True, k=5) as result:
        result.report(tmp_path / "report.html")
        told, everyone = result.summary["segments"], result.found.population.all
    words = {"low": "below the", "high": "above the"}
    seen = set()
    for own in told:
        for number in own["profile"]["numbers"]:
            name, level = number["column"], own["levels"].get(number["column"])
            if level is None:
                continue
            seen.add(level)
            spoken = in_words(name)
            text = own["description"].partition(f"{spoken} is ")[2].partition(";")[0]
            assert words.get(level, "") in text
            assert ("close to" in text or "somewhat" in text) == (level == "average")
            assert {"low": number["index"] < 100, "high": number["index"] > 100}.get(level, True)
            assert (abs(number["z"]) <= 0.5) == (level == "average")
            assert number["typical"] is None or number["index"] == pytest.approx(
                100 * number["typical"] / everyone.number(name).typical
            )
    assert seen >= {"low", "high"}
    page = (tmp_path / "report.html").read_text()
    assert "recency (days)" in page
    assert "revenue, <small>typically</small>" in page


def test_the_report_counts_order_lines_and_customers_apart(write, tmp_path):
    orders = write("orders.csv", lines_of(60))
    with segmentry.segment(orders, rfm=True, k=3) as result:
        result.report(tmp_path / "report.html")
        rows = result.summary["rows"]
    assert (rows["lines"], rows["read"]) == (360, result.summary["rfm"]["customers"])
    page = (tmp_path / "report.html").read_text()
    assert '<th scope="row">Order lines</th><td>360</td>' in page
    assert f"<b>360</b> order lines read, <b>{rows['read']}</b> customers built from them" in page
    assert f"<b>{rows['read']}</b> rows read" not in page


def test_money_and_share_of_returns_stay_within_what_can_be(write):
    orders = write("orders.csv", lines_of(40) + "c1,2026-01-28,-99999\n")
    with segmentry.segment(orders, rfm=True, k=2) as result:
        told = {own.name: own for own in result.found.overview.columns}
    assert told["revenue"].minimum == told["average_order_value"].minimum == 0.0
    assert told["returns_share"].maximum == 1.0


def test_nobody_is_named_anywhere_but_in_the_table_of_customers(command, write, tmp_path):
    content = lines_of(60).replace("\nc", "\nsecret-")
    write("orders.csv", content + "secret-77,,1\n")
    ended = command("run", "orders.csv", "--rfm", "--k", "3", "-o", "out")
    assert ended.code == 0, ended
    assert "secret" not in ended.stdout + ended.stderr
    for name in ("report.html", "summary.json", "model.json", "segments.csv"):
        assert "secret" not in (tmp_path / "out" / name).read_text()

"""What means "missing" in files as people write them. Made here, by the command."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry
from commands import assert_two_lines, explored
from refusals import refusal
from tables import columns_of
from written_tables import DAYS, N, table


def cells_with(*odd: str, every: int = 8) -> list[str]:
    return [odd[i // every % len(odd)] if i % every == 0 else str(3 * i) for i in range(N)]


@pytest.mark.slow
def test_missing_values_are_counted_by_column_and_token(command, write):
    write("t.csv", table("income", cells_with("?", "n/a", "", "--", "?", every=4), extra=";K"))
    found = explored(command, "t.csv")["columns"]
    assert (found[1]["missing"], found[1]["missing_as"]) == (
        10, {"?": 4, "--": 2, "blank": 2, "n/a": 2}
    )  # fmt: skip
    assert found[0]["missing_as"] == {}
    ended = command("explore", "t.csv", "--html", "data.html")
    said = "4 × ?, 2 × blank, 2 × --, 2 × n/a"
    assert f"income  {said}" in ended.stdout
    assert said in Path("data.html").read_text()


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(["?", "n/a", "N/A", "-", "", " ", "null", "7", "8.5", "-1"])).filter(
        lambda own: len(own) > 0
    )
)
@settings(max_examples=40)
def test_tokens_and_blanks_add_up_to_what_is_missing(tmp_path_factory, cells):
    path = tmp_path_factory.getbasetemp() / "tokens.csv"
    path.write_text(table("income", [*cells, *["1"] * 4]), encoding="utf-8")
    column = segmentry.explore(path).overview.column("income")
    counts = Counter(own.strip() for own in cells if own not in ("7", "8.5", "-1"))
    assert dict(column.missing_as) == dict(counts)
    assert column.missing == sum(counts.values())


@pytest.mark.slow
def test_a_word_for_missing_that_nobody_knows_is_told_by_line_and_can_be_said(command, write):
    path = write("t.csv", table("income", cells_with("unknown", "k. A.")))
    ended = command("run", "t.csv")
    assert_two_lines(
        ended, "R32", "would be a feature but for some words (line 2: 'unknown', line 10: 'k. A.'",
        "--missing-token 'k. a.' --missing-token unknown",
    )  # fmt: skip
    options = ("--missing-token", "k. A.", "--missing-token", "UNKNOWN")
    found = explored(command, "t.csv", *options)["columns"][1]
    assert (found["role"], found["missing"]) == ("feature", 5)
    assert found["missing_as"] == {"unknown": 3, "k. A.": 2}
    assert sum(own is None for own in columns_of(path, missing_token="unknown")["income"]) == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["customer id", "phone", "age group", "zip"])
def test_words_in_a_column_that_is_no_quantity_are_its_own_business(name):
    cells = cells_with("unknown")
    frame = {name: cells, "visits": [i % 7 for i in range(N)], "spend": [i % 11 for i in range(N)]}
    with segmentry.segment(pd.DataFrame(frame), k=2, duplicates="keep") as result:
        assert name not in result.summary["roles"]["features"]


@pytest.mark.slow
def test_features_that_were_chosen_need_no_word_for_missing(write):
    path = write("t.csv", table("income", cells_with("unknown"), extra=";2"))
    with segmentry.segment(path, features=["visits"], k=2) as result:
        assert result.summary["roles"]["features"] == ["visits"]


@pytest.mark.slow
def test_na_among_words_is_a_level_and_told(command, write):
    path = write("t.csv", table("region", [("NA", "EU", "APAC")[i % 3] for i in range(N)]))
    assert columns_of(path)["region"][0] == "NA"
    found = explored(command, "t.csv")
    assert found["columns"][1]["distinct"] == 3
    assert "region has a level 'NA', which is kept" in " ".join(found["warnings"])
    found = explored(command, "t.csv", "--missing-token", "NA")
    assert (found["columns"][1]["distinct"], found["columns"][1]["missing"]) == (2, 14)
    assert "'NA'" not in " ".join(found["warnings"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
@pytest.mark.usefixtures("small_and_large")
def test_a_number_that_means_missing_can_be_said_whatever_the_source(tmp_path, kind):
    spend = [-99.0 if i % 8 == 0 else 1.5 * i for i in range(300)]
    days = [datetime.date(1900, 1, 1) if i % 9 == 0 else DAYS[i % N] for i in range(300)]
    frame = pd.DataFrame({"id": range(1000, 1300), "spend": spend, "joined": days})
    source: Any = frame
    if kind == "csv":
        source = tmp_path / "t.csv"
        frame.to_csv(source, index=False)
    elif kind == "parquet":
        source = tmp_path / "t.parquet"
        frame.to_parquet(source)
    found = columns_of(source, missing_token=["-99", "-99.0", "1900-01-01"])
    assert found["spend"] == [None if own < 0 else own for own in spend]
    assert found["joined"] == [None if own.year < 1950 else own for own in days]


@pytest.mark.slow
def test_an_id_that_means_missing_is_nobody(write):
    rows = "".join(f"{'unknown' if i > 30 else f'K{i}'};{i % 7};{i % 5}\n" for i in range(N))
    path = write("t.csv", "customer id;visits;spend\n" + rows)
    with segmentry.segment(path, k=2, missing_token="Unknown") as result:
        rows = result.summary["rows"]
    assert (rows["without_id"], rows["used"]) == (9, 31)


@pytest.mark.slow
def test_a_word_for_missing_holds_in_a_run_its_report_and_for_new_customers(command, write):
    write("t.csv", table("income", cells_with("unknown"), extra=";2"))
    words = ("--missing-token", "unknown", "--missing", "drop")
    ended = command("run", "t.csv", *words, "-o", "out", "--k", "2")
    assert ended.code == 0, ended
    page = Path("out/report.html").read_text()
    assert "--missing-token unknown" in page
    assert "5 × unknown" in page
    ended = command("assign", "out/model.json", "t.csv", "--missing-token", "unknown")
    assert [line.split(",")[1] == "" for line in ended.stdout.splitlines()[1:10]] == [
        i % 8 == 0 for i in range(9)
    ]


@pytest.mark.parametrize("token", ["", " ", ["a", ""], [5]])
def test_a_word_for_missing_that_is_none_is_told(write, token):
    assert refusal(write("t.csv", table("n", ["1"])), missing_token=token).code == "R00"

"""Orders by the command line: from lines to customers, and on to named segments."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import segmentry
from commands import assert_two_lines
from segmentry.datasets import make_orders

HEADER = "customer_id,order_date,amount\n"
FEW = HEADER + "a,2026-01-01,10\na,2026-01-03,5.5\nb,2026-01-02,7\n"


@pytest.fixture(scope="module")
def orders_parquet(tmp_path_factory):
    return make_orders(12_000, path=tmp_path_factory.mktemp("orders") / "orders.parquet")


@pytest.mark.slow
def test_rfm_writes_customers_as_csv_and_as_parquet_alike(command, write, tmp_path):
    write("orders.csv", FEW)
    for name in ("customers.csv", "customers.parquet"):
        ended = command("rfm", "orders.csv", "--as-of", "2026-01-31", "-o", name)
        assert ended.code == 0, ended
        assert "customer_id says who bought, order_date when, amount for how much" in ended.stdout
        assert f"Written: {name}" in ended.stderr
    table = pq.read_table(tmp_path / "customers.parquet").to_pandas()
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "customers.csv"), table, check_dtype=False)
    assert table["recency_days"].tolist() == [28, 29]
    assert table["revenue"].tolist() == [15.5, 7.0]


@pytest.mark.slow
def test_rfm_prints_json_that_names_nobody(command, write):
    write("orders.csv", FEW.replace("a,", "secret-7,"))
    ended = command("rfm", "orders.csv", "--json")
    told = json.loads(ended.stdout)
    assert (told["customers"], told["lines"], told["as_of"]) == (2, 3, "2026-01-04")
    assert told["cells"][0]["revenue"] is None
    assert "secret" not in ended.stdout + ended.stderr


@pytest.mark.slow
def test_rows_without_id_date_or_amount_are_rejected_and_told(command, write):
    write("orders.csv", FEW + ",2026-01-02,1\nc,,1\nc,2026-01-02,\nc,2026-02-30,n/a\n")
    ended = command("rfm", "orders.csv")
    assert ended.code == 0
    assert "4 rows of 7 rejected for want of a value (customer_id 1, order_date 2, amount 2)." in (
        ended.stderr
    )


@pytest.mark.slow
def test_repeated_rows_are_told_and_count(command, write):
    write("orders.csv", FEW + "b,2026-01-02,7\n")
    ended = command("rfm", "orders.csv", "--json")
    assert "1 row exactly like an earlier one; all of them count." in ended.stderr
    assert json.loads(ended.stdout)["lines"] == 4


@pytest.mark.slow
def test_ids_stay_as_they_are_written(command, write, tmp_path):
    write(
        "orders.csv", HEADER + "007,2026-01-01,1\n9007199254740993,2026-01-01,2\n7,2026-01-02,3\n"
    )
    assert command("rfm", "orders.csv", "-o", "customers.csv").code == 0
    lines = (tmp_path / "customers.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["007", "7", "9007199254740993"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "options", "code", "words"),
    [
        (FEW, ["--as-of", "31.01.2026"], "R36", ["'31.01.2026'", "2026-01-31"]),
        (FEW, ["--as-of", "2025-12-31"], "R36", ["dated after 2025-12-31"]),
        (FEW, ["--id", "custmer_id"], "R25", ["'custmer_id'", "'customer_id'"]),
        (FEW, ["--date", "amount", "--amount", "order_date"], "R36", ["'amount' holds no dates"]),
        (
            FEW.replace(",7", ",x").replace(",10", ",y").replace(",5.5", ",z"),
            ["--amount", "amount"],
            "R32",
            ["'amount' holds no numbers"],
        ),
        (FEW.replace("2026-01-0", "late "), [], "R36", ["'order_date' holds no dates"]),
        (FEW.replace("order_date", "d,x").replace("-01,", "-01,1,"), [], "R13", []),
        (FEW.replace("amount", "points"), [], "R29", ["for how much", "--amount COL"]),
        (FEW.replace("customer_id", "sku"), [], "R29", ["who bought", "--id COL"]),
        (HEADER + "a,2026-01-01,-3\n", [], "R38", ["all amounts are returns"]),
        (HEADER + "?,2026-01-01,3\n", [], "R28", ["none of 1 rows"]),
    ],
)
def test_what_cannot_be_used_ends_with_two_lines(command, write, content, options, code, words):
    write("orders.csv", content)
    ended = command("rfm", "orders.csv", *options, "-o", "customers.csv")
    assert_two_lines(ended, code, *words)


@pytest.mark.slow
def test_rfm_reads_as_it_is_told(command, write):
    write("orders.csv", "Kundennr;Datum;Betrag\n7;03/04/2026;12.500\n8;05/04/2026;1.250\n")
    options = ["--sep", ";", "--decimal", ",", "--date-order", "dmy", "--json"]
    told = json.loads(command("rfm", "orders.csv", *options).stdout)
    assert told["as_of"] == "2026-04-06"
    assert [own["priority"] for own in told["cells"]][:1] == ["keep and develop"]


@pytest.mark.slow
def test_customers_built_from_orders_are_assigned_as_the_run_did(command, orders_parquet, tmp_path):
    returned = pa.table(
        {
            "customer_id": ["C00000900"] * 2,
            "order_id": pa.array([-1, -2], pa.int64()),
            "order_date": pa.array([dt.date(2026, 1, 1)] * 2, pa.date32()),
            "product": ["P0001"] * 2,
            "quantity": pa.array([1, -1], pa.int32()),
            "amount": [5.0, -50.0],
        }
    )
    pq.write_table(
        pa.concat_tables([pq.read_table(orders_parquet), returned]), tmp_path / "orders.parquet"
    )
    assert command("run", "orders.parquet", "--rfm", "--k", "4", "-o", "out").code == 0
    assert command("rfm", "orders.parquet", "-o", "customers.parquet").code == 0
    refused = command("assign", "out/model.json", "orders.parquet")
    assert_two_lines(refused, "R25", "'recency_days'", "segmentry rfm orders.parquet --id")
    ended = command("assign", "out/model.json", "customers.parquet", "-o", "again.parquet")
    assert ended.code == 0, ended
    run = pq.read_table(tmp_path / "out" / "customers.parquet")
    assert pq.read_table(tmp_path / "again.parquet").equals(run)
    below = pq.read_table(tmp_path / "customers.parquet").to_pandas().set_index("customer_id")
    assert below.loc["C00000900", "revenue"] == -45.0
    assert None not in run["segment"].to_pylist()
    orders = segmentry.load(tmp_path / "out" / "model.json").model.orders
    assert orders == {
        "as_of": "2026-07-01", "id": "customer_id", "date": "order_date", "amount": "amount",
        "order": "order_id", "product": "product",
    }  # fmt: skip


def test_rfm_does_not_write_over_its_input_or_another_file(command, write):
    write("orders.csv", FEW)
    write("there.csv", "x")
    for name in ("orders.csv", "there.csv"):
        assert_two_lines(command("rfm", "orders.csv", "-o", name), "R82", name)


def test_options_of_orders_want_rfm(command, write):
    write("orders.csv", FEW)
    ended = command("run", "orders.csv", "--as-of", "2026-01-31")
    assert_two_lines(ended, "R00", "--as-of", "Add --rfm.")


@pytest.mark.slow
def test_run_says_that_a_table_holds_orders_and_how_to_use_them(orders_parquet, tmp_path):
    found = segmentry.explore(orders_parquet)
    told = [own for own in found.warnings if "order lines" in own]
    assert told == [
        "These look like order lines, not customers: customer_id repeats, beside order_date and "
        "amount. Build a row a customer first:  segmentry run orders.parquet --rfm --id "
        "customer_id --date order_date --amount amount --order order_id"
    ]


@pytest.mark.slow
def test_customers_are_not_taken_for_orders(mall):
    assert not any("order lines" in own for own in segmentry.explore(mall).warnings)


@pytest.mark.slow
def test_run_goes_from_orders_to_named_segments_beside_the_ten_cells(
    command, orders_parquet, tmp_path
):
    ended = command("run", orders_parquet, "--rfm", "-o", "out")
    assert ended.code == 0, ended
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["roles"]["features"] == ["recency_days", "orders", "revenue"]
    reasons = summary["roles"]["reasons"]
    assert reasons["orders"] == "recency, frequency, money: what orders are usually grouped by"
    assert reasons["tenure_days"] == "built from the orders: describes segments"
    assert {own["transform"] for own in summary["plan"]["features"]} == {"none", "log1p"}
    assert max(own["share"] for own in summary["segments"]) < 0.6
    assert "recency_days, orders and revenue" in ended.stdout
    names = [own["name"] for own in summary["segments"]]
    assert any(name.startswith("Recent, ") and "High Revenue" in name for name in names)
    assert any("Lapsed" in name for name in names)
    table = summary["rfm"]["crosstab"]
    assert table[0]["cell"] == "Champions"
    told = sum(count or 0 for row in table for count in row["customers"])
    assert 0.6 * summary["rfm"]["customers"] < told <= summary["rfm"]["customers"]
    assert not any(0 < (count or 0) < 5 for row in table for count in row["customers"])
    page = (tmp_path / "out" / "report.html").read_text()
    assert "The ten classic RFM cells" in page
    assert "What to do about each RFM cell" in page
    assert "A call or a letter by a person" in page
    assert summary["rfm"]["cells"][0]["priority"] == "keep and reward"
    assert "segmentry run orders.parquet --rfm --force" in page


@pytest.mark.slow
def test_a_run_from_orders_is_the_same_for_any_order_of_the_rows(orders_parquet, tmp_path):
    lines = pq.read_table(orders_parquet)
    turned = lines.take(list(range(lines.num_rows - 1, -1, -1)))
    written = []
    for i, (table, threads) in enumerate([(lines, 1), (turned, 2)]):
        with segmentry.segment(table, rfm=True, k=4, threads=threads) as result:
            result.write(tmp_path / str(i))
        written.append(
            [(tmp_path / str(i) / name).read_bytes() for name in ("summary.json", "customers.csv")]
        )
    assert written[0] == written[1]


@pytest.mark.slow
def test_dataframes_and_as_of_work_in_python_and_the_model_scores_customers(orders_parquet):
    lines = pq.read_table(orders_parquet).to_pandas()
    options = {"as_of": dt.date(2026, 7, 1), "order": "order_id"}
    with segmentry.segment(lines, rfm=options, k=3) as result:
        assert result.summary["rfm"]["as_of"] == "2026-07-01"
        assert "order_id in which order" in result.summary["rfm"]["columns_read"]
        own = result.assign()
    with segmentry.rfm(lines) as customers:
        again = result.assign(customers.frame())
    same = own["customer_id"].tolist() == again["customer_id"].tolist()
    assert same
    assert (own["segment"] == again["segment"]).mean() > 0.99
    with pytest.raises(segmentry.InputError, match="has no part"):
        segmentry.segment(lines, rfm={"when": "order_date"})

"""Order lines become customers: every figure checked by hand, and against pandas."""

from __future__ import annotations

import datetime as dt
import random

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry
from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.sql import CELL_TABLE, CELLS, KnownLines, OrderColumns

# Customer, day of January 2026, amount, order, product.
LINES = [
    ("c01", 30, 100.10, 1, "p"), ("c01", 30, 50.20, 1, "q"), ("c01", 20, 49.70, 2, "p"),
    ("c01", 10, 100.00, 3, "r"),
    ("c02", 29, 80.00, 4, "p"), ("c02", 25, 20.00, 5, "p"), ("c02", 27, -30.00, 4, "p"),
    ("c03", 28, 70.00, 6, "q"),
    ("c04", 20, 60.00, 7, "p"), ("c04", 5, 60.00, 8, "q"),
    ("c05", 15, 10.00, 9, "p"),
    ("c06", 15, 10.00, 10, "p"),
    ("c07", 12, 0.00, 11, "p"),
    ("c08", 3, 40.00, 12, "q"), ("c08", 4, -55.00, 12, "q"),
    ("c09", 2, 500.00, 13, "p"), ("c09", 1, 300.00, 14, "q"),
    ("c10", 1, 5.00, 15, "s"),
    ("c11", 9, -20.00, 16, "p"),
]  # fmt: skip
# Days since, orders, revenue, average, tenure, days between, returns share, products: as of 31st.
# c08 returned 55 of 40: all of it.
FIGURES = {
    "c01": (1, 3, 300.0, 100.0, 21, 10.0, 0.0, 3),
    "c02": (2, 2, 70.0, 35.0, 6, 4.0, 0.3, 1),
    "c03": (3, 1, 70.0, 70.0, 3, None, 0.0, 1),
    "c04": (11, 2, 120.0, 60.0, 26, 15.0, 0.0, 2),
    "c05": (16, 1, 10.0, 10.0, 16, None, 0.0, 1),
    "c06": (16, 1, 10.0, 10.0, 16, None, 0.0, 1),
    "c07": (19, 1, 0.0, 0.0, 19, None, 0.0, 1),
    "c08": (28, 1, -15.0, -15.0, 28, None, 1.0, 1),
    "c09": (29, 2, 800.0, 400.0, 30, 1.0, 0.0, 2),
    "c10": (30, 1, 5.0, 5.0, 30, None, 0.0, 1),
}
# Two customers a fifth. Recency, worst first: 10 09 | 08 07 | 05 06 | 04 03 | 02 01, where 05 and
# 06 differ by their id only. Frequency: 08 07 | 10 05 | 06 03 | 02 04 | 09 01: one order each, the
# less money the worse, 08 with -15 to 03 with 70; two orders each, 02 with 70, 04 with 120, 09 with
# 800; 01 has three. Money: 08 07 | 10 05 | 06 03 | 02 04 | 01 09: 70 each, fewer orders worse.
SCORES = {
    "c01": (5, 5, 5, "Champions"),
    "c02": (5, 4, 4, "Champions"),
    "c03": (4, 3, 3, "Potential Loyalists"),
    "c04": (4, 4, 4, "Loyal"),
    "c05": (3, 2, 2, "About To Sleep"),
    "c06": (3, 3, 3, "Need Attention"),
    "c07": (2, 1, 1, "Hibernating"),
    "c08": (2, 1, 1, "Hibernating"),
    "c09": (1, 5, 5, "Can't Lose Them"),
    "c10": (1, 2, 2, "Hibernating"),
}
DAY = dt.date(2026, 6, 30)
NAMES = ["recency_days", "orders", "revenue", "average_order_value", "tenure_days",
         "days_between_orders", "returns_share", "products"]  # fmt: skip


def orders_table(lines=LINES) -> pa.Table:
    who, day, amount, order, product = zip(*lines, strict=True)
    return pa.table(
        {
            "customer_id": list(who),
            "order_date": [dt.date(2026, 1, own) for own in day],
            "amount": list(amount),
            "order_id": list(order),
            "product": list(product),
        }
    )


def built(orders, **options) -> pa.Table:
    with segmentry.rfm(orders, **options) as found:
        return found.frame()


@pytest.mark.slow
def test_every_figure_of_ten_customers_is_as_computed_by_hand():
    rows = built(orders_table()).to_pylist()
    assert {row["customer_id"]: tuple(row[name] for name in NAMES) for row in rows} == FIGURES


@pytest.mark.slow
def test_scores_and_cells_of_ten_customers_are_as_ranked_by_hand():
    rows = built(orders_table()).to_pylist()
    names = ("r_score", "f_score", "m_score", "rfm_cell")
    assert {row["customer_id"]: tuple(row[name] for name in names) for row in rows} == SCORES


@pytest.mark.slow
def test_a_shop_where_most_have_ordered_once_has_new_customers_and_is_told():
    rng = random.Random(0)
    lines = [
        (f"c{i:03d}", rng.randint(1, 30), round(rng.lognormvariate(3, 1), 2), f"{i}-{j}", "p")
        for i in range(200)
        for j in range(1 if i % 20 else 4)
    ]
    with segmentry.rfm(orders_table(lines)) as found:
        cells = {own.cell: own.customers for own in found.found.cells}
        scores = found.frame().to_pandas()
        told = next(own for own in found.warnings if "have ordered once" in own)
    assert told.startswith("95 % of the customers have ordered once")
    assert min(cells["New"], cells["Promising"]) >= 3
    once = scores[scores["orders"] == 1]
    assert abs(once["f_score"].corr(once["r_score"])) < 0.3
    with segmentry.rfm(orders_table()) as found:
        assert any(own.startswith("60 % of the customers") for own in found.warnings)


@pytest.mark.slow
def test_customers_with_returns_alone_are_left_out_and_told():
    with segmentry.rfm(orders_table()) as found:
        assert found.found.as_of == dt.date(2026, 1, 31)
        assert "1 customer with returns alone left out." in found.warnings
        assert found.found.returns == 3


@pytest.mark.slow
def test_as_of_leaves_out_later_lines_and_counts_from_that_day():
    with segmentry.rfm(orders_table(), as_of="2026-01-20") as found:
        rows = {row["customer_id"]: row for row in found.frame().to_pylist()}
        assert "6 rows dated after 2026-01-20 left out." in found.warnings
    assert (rows["c01"]["recency_days"], rows["c01"]["orders"]) == (0, 2)
    assert rows["c04"]["tenure_days"] == 15
    assert "c02" not in rows


@pytest.mark.slow
def test_without_an_order_column_each_row_is_an_order():
    table = orders_table().drop_columns(["order_id", "product"])
    rows = {row["customer_id"]: row for row in built(table).to_pylist()}
    assert rows["c01"]["orders"] == 4
    assert "products" not in rows["c01"]


@pytest.mark.slow
def test_the_order_of_the_rows_and_the_threads_change_no_byte(tmp_path):
    shuffled = random.Random(1).sample(LINES, len(LINES))
    written = []
    for i, (lines, threads) in enumerate([(LINES, 1), (shuffled, 2)]):
        path = tmp_path / f"{i}.csv"
        with segmentry.rfm(orders_table(lines), threads=threads) as found:
            found.write(path)
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_every_pair_of_scores_has_one_of_the_ten_cells():
    assert {name for row in CELL_TABLE.values() for name in row} == set(CELLS)
    assert sorted(CELL_TABLE) == [1, 2, 3, 4, 5]
    assert all(len(row) == 5 for row in CELL_TABLE.values())


@pytest.mark.slow
def test_few_customers_still_have_a_best_score_of_five():
    rows = built(orders_table(LINES[:8])).to_pylist()
    assert [row["r_score"] for row in rows] == [5, 4, 2]


@pytest.mark.slow
def test_an_id_that_is_called_like_a_figure_keeps_its_place():
    table = orders_table().rename_columns(["orders", "day", "amount", "order_id", "product"])
    assert built(table, id="orders").column_names[:3] == ["orders (data)", "recency_days", "orders"]


@pytest.mark.slow
def test_quantity_times_price_nets_cancelled_invoices():
    lines = pa.table(
        {
            "InvoiceNo": ["536365", "536365", "C536379", "536380"],
            "StockCode": ["85123A", "71053", "85123A", "22752"],
            "Quantity": [6, 8, -2, 3],
            "InvoiceDate": [dt.datetime(2010, 12, day, 8, 26) for day in (1, 1, 3, 5)],
            "UnitPrice": [2.55, 3.39, 2.55, 7.65],
            "CustomerID": ["17850", "17850", "17850", "13047"],
        }
    )
    with segmentry.rfm(lines) as found:
        rows = {row["CustomerID"]: row for row in found.frame().to_pylist()}
        assert found.to_dict()["columns"]["quantity"] == "Quantity"
        assert found.found.recipe["amount"] == "Quantity*UnitPrice"
    # 6 · 2.55 + 8 · 3.39 = 42.42, of which 2 · 2.55 = 5.10 came back.
    own = rows["17850"]
    assert (own["orders"], own["revenue"], own["products"]) == (1, 37.32, 2)
    assert own["returns_share"] == pytest.approx(5.10 / 42.42)
    assert rows["13047"]["revenue"] == 22.95


def test_orders_and_products_are_the_same_by_hashes_and_by_ids():
    with DuckDBEngine() as engine:
        engine.add_arrow("lines", orders_table())
        columns = OrderColumns("customer_id", "order_date", "amount", "order_id", "product")
        known = KnownLines(500.0, returned=True, complete=True, numbered=True)
        by_hash, by_id = (
            engine.rows(
                sql.figures_of("lines", columns, known, as_of=dt.date(2026, 1, 31), hashed=own)
            )
            for own in (True, False)
        )
    assert by_hash == by_id
    assert [row["products"] for row in by_id] == [3, 1, 1, 2, 1, 1, 1, 1, 2, 1, 0]


LINE = st.tuples(
    st.sampled_from(["a", "b", "c", "d", "e", "f"]),
    st.integers(1, 28),
    st.integers(-5_000, 20_000).map(lambda cents: cents / 100),
    st.integers(1, 8),
    st.sampled_from(["p", "q", "r"]),
)


def by_pandas(lines) -> pd.DataFrame:
    """The same figures, written as anybody would with pandas."""
    table = orders_table(lines).to_pandas()
    table["order_date"] = pd.to_datetime(table["order_date"])
    day = table["order_date"].max() + pd.Timedelta(days=1)
    bought = table[table["amount"] >= 0].groupby("customer_id")
    return pd.DataFrame(
        {
            "recency_days": (day - bought["order_date"].max()).dt.days,
            "orders": bought["order_id"].nunique(),
            "revenue": table.groupby("customer_id")["amount"].sum().round(6),
            "tenure_days": (day - bought["order_date"].min()).dt.days,
            "products": bought["product"].nunique(),
        }
    ).dropna(subset="orders")


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(LINE, min_size=1, max_size=40).filter(lambda own: any(x[2] >= 0 for x in own)))
def test_figures_are_those_of_pandas_and_each_customer_has_one_score(lines):
    ours = built(orders_table(lines)).to_pandas().set_index("customer_id")
    theirs = by_pandas(lines)
    assert ours.index.tolist() == sorted(theirs.index)
    for name in theirs:
        pairs = zip(ours[name], theirs[name].loc[ours.index], strict=True)
        assert all(one == pytest.approx(other, abs=1e-6) for one, other in pairs), name
    n = len(ours)
    for name in ("r_score", "f_score", "m_score"):
        assert sorted(ours[name]) == [-(-5 * rank // n) for rank in range(1, n + 1)]
    assert ours["rfm_cell"].isin(CELLS).all()


CUSTOMER = st.tuples(
    st.integers(0, 400), st.integers(1, 5), st.sampled_from([0.0, 0.5, 1.0, 10.0, 99.99, 1e6])
)


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(CUSTOMER, min_size=1, max_size=60))
def test_every_customer_has_one_of_five_scores_and_better_figures_never_a_worse_one(customers):
    lines = [
        (f"c{i:02}", DAY - dt.timedelta(days=ago), paid / bought, 100 * i + order)
        for i, (ago, bought, paid) in enumerate(customers)
        for order in range(bought)
    ]
    names = ("customer_id", "order_date", "amount", "order_id")
    table = pa.table(dict(zip(names, map(list, zip(*lines, strict=True)), strict=True)))
    rows = built(table, as_of=DAY).to_pylist()
    assert len(rows) == len(customers)
    for score, figure, sign in (("r_score", "recency_days", -1), ("f_score", "orders", 1),
                                ("m_score", "revenue", 1)):  # fmt: skip
        ranked = sorted(rows, key=lambda row: (sign * row[figure], row[score]))
        scores = [row[score] for row in ranked]
        assert scores == sorted(scores)
        sizes = [scores.count(own) for own in (1, 2, 3, 4, 5)]
        assert sum(sizes) == len(rows)
        assert max(sizes) - min(sizes) <= 1
    for row in rows:
        middle = (row["f_score"] + row["m_score"] + 1) // 2
        assert row["rfm_cell"] == CELL_TABLE[row["r_score"]][middle - 1]

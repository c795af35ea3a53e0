"""The data that come with the package, and those that it makes."""

from __future__ import annotations

import csv

import pyarrow.parquet as pq
import pytest

import segmentry
from segmentry.datasets import chunks, make_orders, make_shop


def test_the_mall_data_are_200_customers_with_five_columns(mall):
    rows = list(csv.reader(mall.read_text().splitlines()))
    assert rows[0] == [
        "CustomerID", "Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)",
    ]  # fmt: skip
    assert [row[0] for row in rows[1:]] == [str(i) for i in range(1, 201)]


def test_the_same_seed_makes_the_same_shop_and_another_seed_another(tmp_path):
    one, two, other = (
        pq.read_table(make_shop(500, seed, path=tmp_path / f"{i}.parquet"))
        for i, seed in enumerate([1, 1, 2])
    )
    assert one.equals(two)
    assert not one.equals(other)


def test_a_larger_shop_begins_with_the_whole_chunks_of_a_smaller_one(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "_CHUNK", 100)
    small = pq.read_table(make_shop(200, path=tmp_path / "small.parquet"))
    large = pq.read_table(make_shop(450, path=tmp_path / "large.parquet"))
    assert large.slice(0, 200).equals(small)
    ids = large.column("customer_id").to_pylist()
    assert ids == [f"C{i:09d}" for i in range(1, 451)]


def test_revenue_has_a_heavy_tail_and_scores_are_whole_numbers_in_their_range(tmp_path):
    table = pq.read_table(make_shop(20_000, path=tmp_path / "shop.parquet"))
    revenue = table.column("revenue").to_numpy()
    assert revenue.max() > 10 * revenue.mean() > 10
    spending = table.column("spending").to_numpy()
    assert (spending.min(), spending.max()) == (1, 100)


@pytest.mark.slow
def test_the_planted_groups_of_the_shop_are_found_again(tmp_path):
    path = make_shop(50_000, path=tmp_path / "shop.parquet")
    with segmentry.segment(path, features=["income", "spending"]) as result:
        assert result.k == 5
        assert "High Income, High Spending" in result.segments["name"].tolist()
        found = result.assign()
    assert found["customer_id"].tolist()[:2] == ["C000000001", "C000000002"]
    assert len(found) == 50_000


def test_the_same_seed_makes_the_same_orders_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "_CHUNK", 300)
    one, two, other = (
        pq.read_table(make_orders(1_000, seed, path=tmp_path / f"{i}.parquet"))
        for i, seed in enumerate([1, 1, 2])
    )
    assert one.num_rows == 1_000
    assert one.equals(two)
    assert not one.equals(other)


def test_orders_have_one_customer_each_some_returns_and_a_heavy_tail(tmp_path):
    table = pq.read_table(make_orders(20_000, path=tmp_path / "orders.parquet")).to_pandas()
    assert table.groupby("order_id")["customer_id"].nunique().max() == 1
    assert 0.02 < (table["amount"] < 0).mean() < 0.04
    spent = table.groupby("customer_id")["amount"].sum()
    assert spent.max() > 10 * spent.mean()

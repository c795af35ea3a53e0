"""Whether Spark says what files on DuckDB say, in whatever session: on one machine, in a cluster.

Each of these works in the process that has the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import segmentry
from alike import HOSTILE, assert_alike, assert_assigned_alike, hostile_table, turned
from segmentry.engines.spark import SparkEngine
from spark_here import Spark

MOST_ROWS = 50_000
"""That leave Spark at once: cells, or a sample."""


def mall_is_alike(spark: Spark, mall: Path) -> None:
    """Whole numbers, few combinations: the cells are exact."""
    table = pa.csv.read_csv(mall)
    with segmentry.segment(mall) as ours:
        for order in (table, turned(table)):
            with segmentry.segment(spark.frame(order)) as theirs:
                assert_alike(ours, theirs, within=1e-9)
                assigned = theirs.assign(flags=True).toArrow()
                assert_assigned_alike(ours.assign(flags=True), assigned)


def hostile_is_alike(spark: Spark, ansi: str, **wishes: Any) -> None:
    """Missing values, categories, and names that mean something in SQL."""
    table = hostile_table()
    wishes = {"id": "customer_id", "features": HOSTILE[:2], "k": 3} | wishes
    with setting(spark, "spark.sql.ansi.enabled", ansi), segmentry.segment(table, **wishes) as ours:
        for order in (table, turned(table)):
            with segmentry.segment(spark.frame(order), **wishes) as theirs:
                assert_alike(ours, theirs, within=1e-9)
                assert ours.summary["rows"] == theirs.summary["rows"]
                assert ours.summary["columns"] == theirs.summary["columns"]
                assert ours.model.plan == theirs.model.plan
                assert_assigned_alike(ours.assign(), theirs.assign().toArrow())


def shop_is_alike(spark: Spark, shop: Path) -> None:
    """So many customers that a sample stands for them; in either order, and few rows leave."""
    orders = [shop, shop.with_name("turned.parquet")]
    pa.parquet.write_table(turned(pa.parquet.read_table(shop)), orders[1], row_group_size=100_000)
    wishes = {"k": 5, "k_max": 5, "profile": []}
    with segmentry.segment(shop, **wishes) as ours, rows_that_left() as left:
        assert ours.found.cells.kind == "sample"
        for path in orders:
            with segmentry.segment(spark.session.read.parquet(str(path)), **wishes) as theirs:
                assert_alike(ours, theirs, within=1e-6)
    assert max(left) == MOST_ROWS


@contextmanager
def setting(spark: Spark, name: str, value: str) -> Iterator[None]:
    """A setting of the session, for a while."""
    before = spark.session.conf.get(name)
    spark.session.conf.set(name, value)
    try:
        yield
    finally:
        spark.session.conf.set(name, before)


@contextmanager
def rows_that_left() -> Iterator[list[int]]:
    """How many rows each answer had that came from Spark to Python."""
    found: list[int] = []
    arrow = SparkEngine.arrow

    def counted(engine: SparkEngine, query: Any) -> pa.Table:
        table = arrow(engine, query)
        found.append(table.num_rows)
        return table

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SparkEngine, "arrow", counted)
        yield found

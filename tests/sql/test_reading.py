"""Types of text are found by queries that spare casts, and count what casting every cell counts."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.sql import Column

pytestmark = pytest.mark.slow

PIECES = st.sampled_from(
    ["", " ", "\t", "\xa0", "　", "0", "7", "12", "2024", "02", "29", "-", "--", "/", "\\", ".",
     ",", ":", "+", "_", "e", "E", "e5", "T", "x", "1e999", "nan", "NaN", "inf", "-Infinity",
     "epoch", "EPOCH", "?", "n/a", "N/A", "#N/A", "none", "NULL", "na", "€", " €", "ö", "İ", "K",
     "(BC)", "2024-02-29", "12,50", "1.234,5", "٣"]
)  # fmt: skip
CELLS = st.none() | st.lists(PIECES, max_size=4).map("".join) | st.text(max_size=6)
EVERY_CELL = """
    SELECT count(*) AS rows,
        count(CASE WHEN NOT lower(trim(x)) IN (SELECT unnest($tokens)) THEN 1 END) AS said0,
        count(CASE WHEN TRY_CAST(replace(trim(x), '_', 'no') AS DOUBLE) BETWEEN -1e100 AND 1e100
              THEN 1 END) AS numbers0,
        count(TRY_CAST(trim(x) AS DATE)) AS dates0,
        count(CASE WHEN strpos(trim(x), '.') > 0 THEN n END) AS points0,
        count(CASE WHEN strpos(trim(x), '.') = length(trim(x)) - 3
                    AND strpos(trim(x), '.') > 0 THEN n END) AS thirds0
    FROM (SELECT x, TRY_CAST(replace(trim(x), '_', 'no') AS DOUBLE) AS n FROM odd)
"""


@pytest.fixture(scope="module")
def plain() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as one:
        yield one


@settings(max_examples=40)
@given(st.lists(CELLS.filter(lambda cell: "\0" not in (cell or "")), max_size=30))
@example(["inf", " inf", "\tinf", "-inf", "epoch", "E1", "i", "\xa05", "\xa0null", "\t2024-02-29"])
@example(["2024-02-29", "2024/2/29", "2024 2 29", "2024\\2\\29", "44-03-15 (BC)", "-44-03-15"])
def test_cells_of_each_kind_are_counted_as_if_every_cell_was_cast(plain, engine, cells):
    odd = pa.table({"x": pa.array(cells, pa.string())})
    plain.register("odd", odd)
    answer = plain.execute(EVERY_CELL, {"tokens": list(sql.MISSING_TOKENS)})
    wanted = dict(zip([own[0] for own in answer.description], answer.fetchall()[0], strict=True))
    engine.add_arrow("odd", odd)
    found = engine.rows(sql.text_types("odd", [Column("x", "number", True)]))[0]
    assert {part: found[part] for part in wanted} == wanted

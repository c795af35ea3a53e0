"""Exported SQL, run on real engines, beside what Python says."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from segmentry.model import SegmentCenter, SegmentModel
from segmentry.plan import CategoryPlan, FeaturePlan, Plan
from segmentry.steps.features import prepared_values
from segmentry.steps.scoring import score

Casts = Mapping[str, str]
"""By column how it is said in the engine's words before it is kept, ``{}`` being its name."""
NO_CASTS: Casts = {}
Run = Callable[..., list[tuple]]
"""Runs a query of a table called ``crm.cu``, which is kept as it is or with some columns cast."""

HOSTILE = [
    'a"b', "a`b", "a]b", "a'b", "a\\", "a.b", "a;--", "*/", "a\nb", "\U0001f600", " ", "SELECT",
    "$1", "%s", ":x", "{}", "x1", "segment", "naïve",
]  # fmt: skip


def model_of(number: str, category: str, id_column: str, *, k: int = 3, **kept) -> SegmentModel:
    """A model on hostile names, with levels that end literals."""
    feature = FeaturePlan(number, 1.5, 2.25, **kept)
    levels = ("it's", "b\\", '"q"')
    plan = Plan((feature,), "zscore", "why\n*/ not", (CategoryPlan(category, levels, True, 0.7),))
    rng = np.random.RandomState(k)
    segments = tuple(
        SegmentCenter(i + 1, f"S'{i}; -- \n", False, 9, 1 / k, tuple(rng.randn(5)), (0.0,) * 5, 1.2)
        for i in range(k)
    )
    return SegmentModel(plan, segments, id_column, 1.0, None, 9 * k, ())


def table_of(model: SegmentModel, numbers: list, levels: list) -> pa.Table:
    (number, category) = model.plan.columns
    ids = [f"C{i}" for i in range(len(numbers))]
    return pa.table({
        model.id_column: ids,
        number: pa.array(numbers, pa.float64()),
        category: pa.array(levels, pa.string()),
    })  # fmt: skip


def in_duckdb(query: str, table: pa.Table, casts: Casts = NO_CASTS) -> list[tuple]:
    with closing(duckdb.connect()) as connection:
        connection.register("crm_customers", table)
        columns = _columns(table, casts, '"')
        connection.execute(f"CREATE SCHEMA crm; CREATE VIEW crm.cu AS {columns} crm_customers")
        return connection.execute(query).fetchall()


def in_sqlite(query: str, table: pa.Table, casts: Casts = NO_CASTS) -> list[tuple]:
    """Texts are in columns of text, as a CSV file is imported; what is cast is in one of any."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("ATTACH ':memory:' AS crm")
        names = ", ".join(
            '"' + own.name.replace('"', '""') + '"' + " TEXT" * pa.types.is_string(own.type)
            for own in table.schema
        )
        name = "given" if casts else "crm.cu"
        connection.execute(f"CREATE TABLE {name} ({names})")
        rows = list(zip(*table.to_pydict().values(), strict=True))
        marks = ", ".join("?" * table.num_columns)
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        if casts:
            connection.execute(f"CREATE TABLE crm.cu AS {_columns(table, casts, chr(34))} given")
        return connection.execute(query).fetchall()


def _columns(table: pa.Table, casts: Casts, quote: str) -> str:
    """The beginning of a query of the table's columns, some of them cast."""
    told = []
    for name in table.column_names:
        quoted = quote + name.replace(quote, 2 * quote) + quote
        told.append(f"{casts.get(name, '{}').format(quoted)} AS {quoted}")
    return f"SELECT {', '.join(told)} FROM"


def assert_scored_alike(model: SegmentModel, table: pa.Table, found: list[tuple]) -> None:
    columns = {name: table[name].to_numpy(zero_copy_only=False) for name in model.plan.columns}
    ours = score(model, prepared_values(model.plan, columns))
    by_id = {row[0]: row for row in found}
    assert len(by_id) == table.num_rows
    for i, own in enumerate(table[model.id_column].to_pylist()):
        _, segment, name, distance, margin = by_id[own][:5]
        assert (segment or 0) == ours.segments[i]
        assert name == (model.segments[segment - 1].name if segment else None)
        for theirs, mine in ((distance, ours.distances[i]), (margin, ours.margins[i])):
            assert (theirs is None) == bool(math.isnan(mine))
            if theirs is not None:
                assert theirs == pytest.approx(mine, rel=1e-12, abs=1e-12)


RUNS = {"duckdb": in_duckdb, "sqlite": in_sqlite}


def run_in(request: pytest.FixtureRequest, dialect: str) -> Run:
    """How a query is run on an engine that speaks this dialect."""
    if dialect in RUNS:
        return RUNS[dialect]
    own = request.getfixturevalue(dialect)

    def in_postgres(query: str, table: pa.Table, casts: Casts = NO_CASTS) -> list[tuple]:
        if casts:
            name = own.load("uncast", table)
            made = f"CREATE TABLE crm.cu AS {_columns(table, casts, chr(34))} {name}"
            own.execute(f"DROP TABLE IF EXISTS crm.cu;\n{made}", role="owner")
        else:
            own.load("cu", table)
        return own.ask(query.rstrip().removesuffix(";"))

    def in_spark(query: str, table: pa.Table, casts: Casts = NO_CASTS) -> list[tuple]:
        own.load("cu" if not casts else "uncast", table)
        if casts:
            own.session.sql("DROP TABLE IF EXISTS crm.cu")
            columns = _columns(table, casts, "`")
            own.session.sql(f"CREATE TABLE crm.cu AS {columns} crm.uncast")
        return [tuple(row) for row in own.session.sql(query).collect()]

    return {"postgres": in_postgres, "spark": in_spark}[dialect]

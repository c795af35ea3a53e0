"""What every engine does, whatever it is: one body of tests, a row of ENGINES for each of them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from sqlglot import exp

from segmentry import sql
from segmentry.engines.contract import Database, Engine
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.places import Place
from segmentry.engines.registry import open_engine
from segmentry.engines.resources import Resources
from segmentry.plan import FeaturePlan, Plan
from segmentry.steps.kmeans import nearest_two

HOSTILE = 'a"b; -- `c` ]d\n*/ é'
PEOPLE = pa.table(
    {
        "id": ["a", "b", "c", "d"],
        "Age": pa.array([19, 21, None, 40], pa.int32()),
        HOSTILE: pa.array([0.5, -1.25, 3.0, None], pa.float64()),
        "joined": pa.array([dt.date(2024, 2, 29), None, dt.date(1999, 1, 1), dt.date(2024, 2, 29)]),
    }
)


def in_duckdb(table: pa.Table, request: pytest.FixtureRequest) -> Engine:
    engine = DuckDBEngine()
    engine.add_arrow("raw", table)
    return engine


def in_postgres(table: pa.Table, request: pytest.FixtureRequest) -> Engine:
    server = request.getfixturevalue("postgres")
    place = Place(table=server.load("contract", table))
    engine = open_engine(server.url(), place, limits=Resources())
    assert isinstance(engine, Database)
    engine.open_table("raw")
    return engine


def in_spark(table: pa.Table, request: pytest.FixtureRequest) -> Engine:
    source = request.getfixturevalue("spark").frame(table)
    engine = open_engine(source, Place(), limits=Resources())
    assert isinstance(engine, Database)
    engine.open_table("raw")
    return engine


ENGINES: dict[str, Callable[[pa.Table, pytest.FixtureRequest], Engine]] = {
    "duckdb": in_duckdb,
    "postgres": in_postgres,
    "spark": in_spark,
}
"""How each engine comes to hold a table by the name ``raw``."""


@pytest.fixture(params=["duckdb", "postgres", pytest.param("spark", marks=pytest.mark.slow)])
def put(request) -> Iterator[Callable[[pa.Table], Engine]]:
    """Put a table into an engine, which is closed at the end."""
    opened: list[Engine] = []

    def into(table: pa.Table) -> Engine:
        opened.append(ENGINES[request.param](table, request))
        return opened[-1]

    yield into
    for engine in opened:
        engine.close()


def ages(engine: Engine, table: str) -> list[float | None]:
    query = sql.columns(table, ["Age"]).order_by(exp.column("Age", quoted=True).desc())
    return sorted((row["Age"] for row in engine.rows(query)), key=str)


@pytest.mark.slow
def test_columns_are_told_by_name_and_type_in_their_order(put):
    engine = put(PEOPLE)
    kinds = [("id", "text"), ("Age", "number"), (HOSTILE, "number"), ("joined", "date")]
    assert engine.columns("raw") == kinds


@pytest.mark.slow
def test_rows_arrow_and_array_give_the_same_answer(put):
    engine = put(PEOPLE)
    query = sql.columns("raw", ["Age", HOSTILE])
    expected = sorted(zip(*(PEOPLE[own].to_pylist() for own in ("Age", HOSTILE)), strict=True),
                      key=str)  # fmt: skip
    assert sorted((tuple(row.values()) for row in engine.rows(query)), key=str) == expected
    table = engine.arrow(query)
    assert table.column_names == ["Age", HOSTILE]
    assert sorted((tuple(row.values()) for row in table.to_pylist()), key=str) == expected
    array = engine.array(query)
    assert array.dtype == np.float64
    told = [tuple(None if math.isnan(own) else own for own in row) for row in array.tolist()]
    assert sorted(told, key=str) == expected


@pytest.mark.slow
def test_an_answer_without_rows_still_has_its_columns(put):
    engine = put(PEOPLE)
    nobody = sql.columns("raw", ["Age", HOSTILE]).where(exp.false())
    assert engine.rows(nobody) == []
    assert engine.arrow(nobody).column_names == ["Age", HOSTILE]
    assert engine.array(nobody).shape == (0, 2)


@pytest.mark.slow
def test_a_view_takes_a_name_over_and_stands_on_other_views(put):
    engine = put(PEOPLE)
    engine.add_view("adults", sql.present_rows("raw", ["Age"]))
    assert ages(engine, "adults") == [19, 21, 40]
    engine.add_view("grown", sql.present_rows("adults", [HOSTILE]))
    assert ages(engine, "grown") == [19, 21]
    assert [name for name, _ in engine.columns("grown")] == PEOPLE.column_names
    engine.add_view("grown", sql.present_rows("raw", [HOSTILE]))
    assert ages(engine, "grown") == [19, 21, None]


@pytest.mark.slow
def test_a_stored_answer_takes_a_name_over_from_the_one_it_was_made_of(put):
    engine = put(PEOPLE)
    assert not engine.is_stored("kept")
    engine.add_stored("kept", sql.columns("raw", ["id", "Age"]))
    engine.add_stored("kept", sql.columns("kept", ["Age"]).limit(4))
    assert ages(engine, "kept") == [19, 21, 40, None]
    assert [name for name, _ in engine.columns("kept")] == ["Age"]


@pytest.mark.slow
def test_numbered_rows_count_from_one_where_the_engine_numbers_them(put):
    engine = put(PEOPLE)
    engine.add_stored("kept", sql.columns("raw", ["Age"]))
    if engine.numbered:
        assert engine.array(sql.columns("kept", [sql.ROW])).ravel().tolist() == [1, 2, 3, 4]


@pytest.mark.slow
def test_doubles_are_summed_to_the_same_bits_in_any_order(put):
    rng = np.random.default_rng(0)
    values = rng.lognormal(3, 2, 5_000)
    bits = sql.exact_bits(float(values.max()), len(values))
    expected = int(np.rint(values * 2.0**bits).astype(np.int64).sum()) * 2.0**-bits
    query = sql.moments("raw", {"x": 0.0}, bits={"x": {1: bits}})
    for order in (values, values[::-1]):
        engine = put(pa.table({"x": order}))
        assert engine.rows(query) == [{"sum0_1": expected}]
        engine.close()


@pytest.mark.slow
def test_customers_get_the_segment_that_numpy_gives_them(put):
    rng = np.random.default_rng(1)
    points = np.round(rng.normal(0, 3, (500, 2)), 1)
    centers = [[-1.0, 2.0], [1.5, -0.5], [1.5, 3.0]]
    plan = Plan((FeaturePlan("x", 0.0, 1.0), FeaturePlan(HOSTILE, 0.0, 1.0)), "none", "as it is")
    engine = put(pa.table({"x": points[:, 0], HOSTILE: points[:, 1]}))
    query = sql.inertia_pass(sql.Labels("raw", plan, centers), bits=30)
    labels, nearest, _ = nearest_two(points, np.array(centers))
    found = {row["segment"]: (row["customers"], row["inertia"]) for row in engine.rows(query)}
    assert found == {
        own + 1: (
            int((labels == own).sum()),
            np.rint(nearest[labels == own] * 2.0**30).astype(np.int64).sum() * 2.0**-30,
        )
        for own in range(3)
    }


@pytest.mark.slow
@pytest.mark.parametrize("parquet", [False, True])
def test_an_answer_is_written_to_a_file_as_it_is(put, tmp_path, parquet):
    path = tmp_path / "answer"
    query = sql.columns("raw", ["id", HOSTILE]).order_by(exp.column("id", quoted=True))
    put(PEOPLE).write(query, path, parquet=parquet)
    read = pyarrow.parquet.read_table(path) if parquet else pyarrow.csv.read_csv(
        path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True)
    )  # fmt: skip
    assert read.to_pylist() == PEOPLE.select(["id", HOSTILE]).to_pylist()


def test_a_file_that_the_system_refuses_is_an_os_error(put, tmp_path):
    with pytest.raises(OSError, match=r"."):
        put(PEOPLE).write(sql.columns("raw", ["id"]), tmp_path / "none" / "x.csv", parquet=False)


def test_an_engine_may_be_closed_twice(put):
    engine = put(PEOPLE)
    engine.close()
    engine.close()

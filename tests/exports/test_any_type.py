"""Exported SQL says the same of a column whatever type the warehouse has it in."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from exported import Casts, Run, assert_scored_alike, run_in
from segmentry import sql
from segmentry.exports.scoring_sql import scoring_sql
from segmentry.model import SegmentCenter, SegmentModel
from segmentry.plan import CategoryPlan, FeaturePlan, Plan

pytestmark = pytest.mark.slow

EXECUTED = ["duckdb", "sqlite", "postgres", pytest.param("spark", marks=pytest.mark.slow)]
LIKE_NUMBERS = {
    "12.5": 12.5, " 3 ": 3.0, "1e3": 1000.0, "-.5": -0.5, "5.": 5.0, "+7": 7.0, "1E-5": 1e-5,
    "0012": 12.0, "4611686018427387905": 2.0**62, "9" * 150: None, "0." + "3" * 190: 1 / 3,
}  # fmt: skip
NO_NUMBERS = [
    None, "", " ", "n.k.", "1_000", "12d", "12f", "0x10", "NaN", "inf", "-Infinity", "1e400", "N/A",
    "1,5", "-", ".", "e5", "1e", "true", "1 2", "12\n.", "--5", "1.2.3", "€ 5", "NULL",
]  # fmt: skip


@pytest.fixture(params=EXECUTED)
def engine(request) -> tuple[str, Run]:
    """A dialect, and how a query is run on a real engine that speaks it."""
    return request.param, run_in(request, request.param)


typed = pytest.mark.parametrize(
    "engine", [own for own in EXECUTED if own != "sqlite"], indirect=True
)
"""Engines with other numbers than SQLite's."""


def model_with(
    number: FeaturePlan, levels: tuple = (), *, centers: list[float] | None = None, **kept
) -> SegmentModel:
    """A model of a number, and of a level if there are any."""
    categories = (CategoryPlan("level", levels, True, 0.7, **kept),) if levels else ()
    plan = Plan((number,), "none", "", categories)
    places = np.random.RandomState(3).randn(3, len(plan.axes))
    places[:, 0] = centers or [0.0, 5.0, 900.0]
    segments = tuple(
        SegmentCenter(i + 1, f"S{i}", False, 5, 1 / 3, tuple(place), (0.0,) * len(place), 4.0)
        for i, place in enumerate(places.tolist())
    )
    return SegmentModel(plan, segments, "id", 1.0, None, 15, ())


def assert_says_so(
    engine: tuple[str, Run],
    model: SegmentModel,
    stored: dict[str, pa.Array],
    meant: dict[str, pa.Array],
    casts: Casts | None = None,
) -> None:
    """What is stored must be scored as what is meant is in Python."""
    dialect, run = engine
    query = scoring_sql(model, dialect, table="crm.cu", flags=True)
    ids = {"id": [f"C{i}" for i in range(len(next(iter(stored.values()))))]}
    found = run(query, pa.table(ids | stored), casts or {})
    assert_scored_alike(model, pa.table(ids | meant), found)


@pytest.mark.parametrize("fill", [None, 4.0])
def test_a_text_that_is_no_number_is_missing_and_never_0(engine, fill):
    cells = [*LIKE_NUMBERS, *NO_NUMBERS]
    numbers = [*LIKE_NUMBERS.values(), *[None] * len(NO_NUMBERS)]
    model = model_with(FeaturePlan("number", 0.0, 1.0, fill=fill))
    meant = {"number": pa.array(numbers, pa.float64())}
    assert_says_so(engine, model, {"number": pa.array(cells)}, meant)


def test_levels_that_are_numbers_are_read_as_such_from_text(engine):
    cells = ["1", "2.0", "2", "3", "", "x", None, "1e101"]
    numbers = [1.0, 2.0, 2.0, 3.0, None, None, None, None]
    model = model_with(FeaturePlan("number", 0.0, 1.0), (1.0, 2.0), fill=2.0)
    number = pa.array([1.0] * len(cells))
    meant = {"number": number, "level": pa.array(numbers, pa.float64())}
    assert_says_so(engine, model, {"number": number, "level": pa.array(cells)}, meant)


@pytest.mark.parametrize("fill", [None, "true"])
def test_a_boolean_is_the_level_that_it_is_called(engine, fill):
    model = model_with(FeaturePlan("number", 0.0, 1.0), ("true", "false"), fill=fill)
    number = pa.array([1.0, 6.0, 4.0, 1.0])
    stored = {"number": number, "level": pa.array([True, False, None, True])}
    meant = {"number": number, "level": pa.array(["true", "false", None, "true"])}
    assert_says_so(engine, model, stored, meant)


WHOLE = {
    "duckdb": ["TINYINT", "UBIGINT", "HUGEINT", "DECIMAL(9, 2)", "FLOAT", "VARCHAR"],
    "sqlite": ["INTEGER", "REAL", "NUMERIC", "TEXT"],
    "postgres": ["smallint", "bigint", "numeric", "numeric::money", "real", "text", "varchar(9)"],
    "spark": ["TINYINT", "BIGINT", "DECIMAL(9, 2)", "FLOAT", "STRING"],
}


def test_a_number_is_the_same_in_every_type_of_numbers(engine):
    cells = [0, 1, 5, 7, 90, None]
    number = pa.array(cells, pa.float64())
    model = model_with(FeaturePlan("number", 0.5, 2.0))
    for own in WHOLE[engine[0]]:
        said = f"({{}})::{own}" if engine[0] == "postgres" else f"CAST({{}} AS {own})"
        stored = {"number": pa.array(cells, pa.int32())}
        assert_says_so(engine, model, stored, {"number": number}, {"number": said})


@typed
def test_a_number_of_four_bytes_is_as_near_as_it_is_kept(engine):
    stored = {"number": pa.array([0.1, 2.7, None, 1e30], pa.float32())}
    numbers = [float(np.float32(0.1)), float(np.float32(2.7)), None, float(np.float32(1e30))]
    meant = {"number": pa.array(numbers)}
    assert_says_so(engine, model_with(FeaturePlan("number", 0.0, 1.0)), stored, meant)


LEVELS = ["Wien", "wien", "WIEN", "Graz", "n/a", None]
MEMBERS = "'Wien', 'wien', 'WIEN', 'Graz', 'n/a'"


@pytest.mark.parametrize("kind", ["enum", "citext", "char(9)", "name", "insensitive"])
def test_levels_of_a_type_of_their_own_are_compared_letter_by_letter_in_postgres(
    postgres, request, kind
):
    postgres.execute(
        "CREATE EXTENSION IF NOT EXISTS citext SCHEMA crm;\n"
        f"DROP TYPE IF EXISTS crm.town CASCADE;\nCREATE TYPE crm.town AS ENUM ({MEMBERS});\n"
        "DROP COLLATION IF EXISTS crm.caseless CASCADE;\n"
        "CREATE COLLATION crm.caseless"
        " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
    )
    casts = {
        "enum": "::crm.town",
        "citext": "::crm.citext",
        "insensitive": ' COLLATE crm."caseless"',
    }
    model = model_with(FeaturePlan("number", 0.0, 1.0), ("Wien", "Graz"), fill="Graz")
    columns = {"number": pa.array([1.0] * 6), "level": pa.array(LEVELS)}
    engine = "postgres", run_in(request, "postgres")
    cast = {"level": "{}" + casts.get(kind, f"::{kind}")}
    assert_says_so(engine, model, columns, columns, cast)


def test_levels_are_compared_letter_by_letter_in_duckdb(request):
    model = model_with(FeaturePlan("number", 0.0, 1.0), ("Wien", "Graz"), fill="Graz")
    columns = {"number": pa.array([1.0] * 6), "level": pa.array(LEVELS)}
    engine = "duckdb", run_in(request, "duckdb")
    for cast in (f"CAST({{}} AS ENUM({MEMBERS}))", "{} COLLATE NOCASE"):
        assert_says_so(engine, model, columns, columns, {"level": cast})


def test_levels_are_compared_letter_by_letter_in_sqlite():
    model = model_with(FeaturePlan("number", 0.0, 1.0), ("Wien", "Graz"), fill="Graz")
    columns = {"number": pa.array([1.0] * 6), "level": pa.array(LEVELS)}

    def run(query: str, table: pa.Table, _: Casts) -> list[tuple]:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("ATTACH ':memory:' AS crm")
            connection.execute("CREATE TABLE crm.cu (id, number REAL, level TEXT COLLATE NOCASE)")
            rows = list(zip(*table.to_pydict().values(), strict=True))
            connection.executemany("INSERT INTO crm.cu VALUES (?, ?, ?)", rows)
            return connection.execute(query).fetchall()

    assert_says_so(("sqlite", run), model, columns, columns)


def test_money_and_decimals_of_any_length_are_numbers_in_postgres(postgres, request):
    model = model_with(FeaturePlan("number", 0.0, 1.0))
    engine = "postgres", run_in(request, "postgres")
    cells = ["1234.50", "-7.25", "0", None]
    meant = {"number": pa.array([None if own is None else float(own) for own in cells])}
    stored = {"number": pa.array(cells)}
    assert_says_so(engine, model, stored, meant, {"number": "{}::numeric::money"})
    cells = ["1e400", "-1e400", "1e-400", "NaN", "12.5", "1e101", "1e99"]
    numbers = [None, None, 0.0, None, 12.5, None, 1e99]
    meant = {"number": pa.array(numbers, pa.float64())}
    assert_says_so(engine, model, {"number": pa.array(cells)}, meant, {"number": "{}::numeric"})


NEXT_TO_NOTHING = [0.0, 1e-180, -1e-180, 1e-320, 1e-100, 5e-324, 1.0, 1e-160, -3.0, None]


@pytest.mark.parametrize(
    "plan",
    [
        FeaturePlan("number", 0.0, 1.0),
        FeaturePlan("number", 1e-180, 1.0),
        FeaturePlan("number", 0.0, 1e30),
        FeaturePlan("number", 0.0, 2.5, transform="log1p"),
        FeaturePlan("number", 0.0, 2.5, fill=1e-180, clip=(-1.0, 1.0)),
    ],
    ids=["plain", "tiny centre", "wide", "log", "filled"],
)
def test_a_value_next_to_a_centre_of_0_is_scored_and_no_error(engine, plan):
    column = {"number": pa.array(NEXT_TO_NOTHING, pa.float64())}
    for center in (0.0, 1e-170, -0.0):
        model = model_with(plan, centers=[center, 5.0, -4.0])
        assert_says_so(engine, model, column, column)


@typed
def test_a_decimal_of_parquet_is_a_number(engine):
    cells = [Decimal("1.25"), Decimal("7.00"), None]
    stored = {"number": pa.array(cells, pa.decimal128(12, 2))}
    meant = {"number": pa.array([1.25, 7.0, None])}
    assert_says_so(engine, model_with(FeaturePlan("number", 0.0, 1.0)), stored, meant)


# ---------------------------------------------------------------- views


def view_in_duckdb(request, query: str, table: pa.Table) -> tuple[list[str], list[tuple]]:
    with closing(duckdb.connect()) as connection:
        connection.register("rows", table)
        connection.execute("CREATE SCHEMA crm; CREATE TABLE crm.cu AS FROM rows")
        for _ in range(2):
            connection.execute(query)
        found = connection.execute('SELECT * FROM crm."scored"')
        return [own[0] for own in found.description], found.fetchall()


def view_in_sqlite(request, query: str, table: pa.Table) -> tuple[list[str], list[tuple]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("ATTACH ':memory:' AS crm")
        names = ", ".join(f'"{own}"' for own in table.column_names)
        connection.execute(f"CREATE TABLE crm.cu ({names})")
        rows = list(zip(*table.to_pydict().values(), strict=True))
        connection.executemany("INSERT INTO crm.cu VALUES (?, ?, ?)", rows)
        for _ in range(2):
            connection.executescript(query)
        found = connection.execute('SELECT * FROM crm."scored"')
        return [own[0] for own in found.description], found.fetchall()


def view_in_postgres(request, query: str, table: pa.Table) -> tuple[list[str], list[tuple]]:
    server = request.getfixturevalue("postgres")
    server.execute("DROP TABLE IF EXISTS crm.cu CASCADE")
    server.load("cu", table)
    for _ in range(2):
        server.execute(query, role="owner")
    titles = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'crm.scored'::regclass"
    names = [own[0] for own in server.ask(f"{titles} AND attnum > 0 ORDER BY attnum")]
    rows = server.ask("SELECT * FROM crm.scored")
    server.execute("DROP VIEW crm.scored")
    return names, rows


def view_in_spark(request, query: str, table: pa.Table) -> tuple[list[str], list[tuple]]:
    spark = request.getfixturevalue("spark")
    spark.load("cu", table)
    for _ in range(2):
        spark.session.sql(query.rstrip().removesuffix(";"))
    found = spark.session.sql("SELECT * FROM crm.scored")
    rows = [tuple(row) for row in found.collect()]
    spark.session.sql("DROP VIEW crm.scored")
    return found.columns, rows


@pytest.mark.parametrize(
    ("dialect", "viewed"),
    [
        ("duckdb", view_in_duckdb),
        ("sqlite", view_in_sqlite),
        ("postgres", view_in_postgres),
        pytest.param("spark", view_in_spark, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("id_column", ["id", "Segment", "OUTLIER"])
def test_a_view_has_the_answers_under_their_names_and_can_be_made_again(
    dialect, viewed, id_column, request
):
    model = model_with(FeaturePlan("number", 0.0, 1.0), ("a", "b"), fill="b")
    model = dataclasses.replace(model, id_column=id_column)
    table = pa.table({
        id_column: ["x", "y", "z"], "number": [1.0, None, 700.0], "level": ["a", "c", None],
    })  # fmt: skip
    query = scoring_sql(model, dialect, table="crm.cu", view="crm.scored", flags=True)
    names, rows = viewed(request, query, table)
    title = id_column if id_column == "id" else f"{id_column} (data)"
    assert names == [title, *sql.ANSWERED, *sql.FLAGGED]
    assert_scored_alike(model, table, rows)

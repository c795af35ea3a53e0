"""What is hard to say in SQL, executed: every name, every constant, hundreds of features."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
import sqlglot

from exported import HOSTILE, Run, assert_scored_alike, model_of, run_in
from segmentry.errors import InputError
from segmentry.exports.scoring_sql import scoring_sql
from segmentry.model import SegmentCenter, SegmentModel
from segmentry.plan import FeaturePlan, Plan

EXECUTED = ["duckdb", "sqlite", "postgres", pytest.param("spark", marks=pytest.mark.slow)]


@pytest.fixture(params=EXECUTED)
def engine(request) -> tuple[str, Run]:
    """A dialect, and how a query is run on a real engine that speaks it."""
    return request.param, run_in(request, request.param)


def model_on(features: list[FeaturePlan], centers: np.ndarray) -> SegmentModel:
    segments = tuple(
        SegmentCenter(i + 1, f"S{i}", False, 5, 0.1, tuple(center), tuple(center), None)
        for i, center in enumerate(centers.tolist())
    )
    return SegmentModel(Plan(tuple(features), "none", ""), segments, "id", 1.0, None, 50, ())


@pytest.mark.slow
def test_constants_of_any_size_and_whole_numbers_are_said_exactly(engine):
    dialect, run = engine
    features = [
        FeaturePlan("ratio", 0.1 + 0.2, 1 / 3, fill=-0.0),
        FeaturePlan("tiny", 1e-320, 2.5e-300),
        FeaturePlan("huge", -1.7e99, 123456789.12345679, clip=(-1e100, 1e100)),
        FeaturePlan("whole", 2.0, 3.0),
        FeaturePlan("long", 0.0, 2.0**31, clip=(-(2.0**62), 2.0**62)),
    ]
    centers = np.random.default_rng(7).normal(0, 1, (4, 5)) * [1, 1e150, 1e91, 1, 1e9]
    centers[0, 0] = -0.0
    rows = 200
    rng = np.random.default_rng(8)
    table = pa.table({
        "id": [f"C{i}" for i in range(rows)],
        "ratio": pa.array(np.where(np.arange(rows) % 5, rng.normal(size=rows), np.nan)),
        "tiny": rng.normal(0, 1e-150, rows),
        "huge": rng.normal(0, 1e100, rows),
        "whole": pa.array(rng.integers(-9, 9, rows), pa.int32()),
        "long": pa.array(rng.integers(-(2**62), 2**62, rows), pa.int64()),
    })  # fmt: skip
    model = model_on(features, centers)
    assert_scored_alike(model, table, run(scoring_sql(model, dialect, table="crm.cu"), table))


@pytest.mark.slow
def test_two_hundred_features_and_twenty_segments_are_within_what_can_be_parsed(engine):
    dialect, run = engine
    rng = np.random.default_rng(9)
    names = [f"f{i}" for i in range(200)]
    plans = [FeaturePlan(own, 0.25, 1.5, fill=0.5) for own in names]
    model = model_on(plans, rng.normal(0, 1, (20, 200)))
    table = pa.table(
        {"id": [f"C{i}" for i in range(60)]} | {own: rng.normal(0, 2, 60) for own in names}
    )
    query = scoring_sql(model, dialect, table="crm.cu", flags=True)
    assert_scored_alike(model, table, run(query, table))


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "mysql", "tsql", "databricks"])
@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_is_parsed_back_where_nothing_is_executed(dialect, name):
    model = model_of(name, "level", "id")
    if dialect == "bigquery" and "." in name:
        with pytest.raises(InputError, match="no names with a point"):
            scoring_sql(model, dialect, table="crm.cu")
        return
    (parsed,) = [
        own
        for own in sqlglot.parse(scoring_sql(model, dialect, table="crm.cu"), read=dialect)
        if own
    ]
    given = next(own.this for own in parsed.find_all(sqlglot.exp.CTE))
    assert name in given.named_selects
    assert name in {own.name for own in given.find_all(sqlglot.exp.Column)}
    assert {own.name for own in parsed.find_all(sqlglot.exp.Table) if own.db} == {"cu"}


@pytest.mark.parametrize(
    ("dialect", "most"),
    [("postgres", 63), ("mysql", 64), ("tsql", 128), ("oracle", 128), ("bigquery", 300)],
)
def test_a_name_may_be_as_long_as_the_dialect_allows_and_no_longer(dialect, most):
    assert "f" * most in scoring_sql(model_of("f" * most, "b", "id"), dialect, table="t")
    with pytest.raises(InputError, match=f"at most {most} bytes") as caught:
        scoring_sql(model_of("f" * (most + 1), "b", "id"), dialect, table="t")
    assert (caught.value.code, caught.value.exit_code) == ("R64", 2)


@pytest.mark.parametrize(("dialect", "most"), [("postgres", 63), ("tsql", 128), ("bigquery", 300)])
def test_a_table_or_view_may_be_called_no_longer_than_a_column(dialect, most):
    model, long = model_of("a", "b", "id"), "t" * (most + 1)
    assert "t" * most in scoring_sql(model, dialect, table="t" * most, view="crm." + "v" * most)
    for names in ({"table": f"crm.{long}"}, {"table": "t", "view": f'"{long}".v'}):
        with pytest.raises(InputError, match=f"at most {most} bytes") as caught:
            scoring_sql(model, dialect, **names)
        assert (caught.value.code, caught.value.exit_code) == ("R64", 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "postgres", "snowflake", "duckdb"),
    [
        ("crm.customers", "crm.customers", "crm.customers", '"crm"."customers"'),
        ("CRM.Customers", "CRM.Customers", "CRM.Customers", '"CRM"."Customers"'),
        ('CRM."Customers"', 'CRM."Customers"', 'CRM."Customers"', '"CRM"."Customers"'),
        ('crm."x; DROP"', 'crm."x; DROP"', 'crm."x; DROP"', '"crm"."x; DROP"'),
        ("crm.order", 'crm."order"', 'crm."order"', '"crm"."order"'),
        ("public.User", 'public."User"', 'public."User"', '"public"."User"'),
        ("crm.k\u00e4ufer", 'crm."k\u00e4ufer"', 'crm."k\u00e4ufer"', '"crm"."k\u00e4ufer"'),
        ("ANALYTICS.crm.cu", "ANALYTICS.crm.cu", "ANALYTICS.crm.cu", '"ANALYTICS"."crm"."cu"'),
    ],
)
def test_a_plain_word_is_folded_by_the_warehouse_where_it_folds(table, postgres, snowflake, duckdb):
    said = {"postgres": postgres, "redshift": postgres, "snowflake": snowflake,
            "oracle": snowflake, "duckdb": duckdb}  # fmt: skip
    for dialect, name in said.items():
        query = scoring_sql(model_of("a", "b", "id"), dialect, table=table)
        assert re.search(rf"\n  FROM {re.escape(name)}( OFFSET 0)?\n", query)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
@pytest.mark.parametrize("table", ["read", "Nearest", '"GIVEN"'])
def test_a_table_called_like_a_step_in_any_case_is_refused(dialect, table):
    with pytest.raises(InputError, match="would be taken for a step"):
        scoring_sql(model_of("a", "b", "id"), dialect, table=table)

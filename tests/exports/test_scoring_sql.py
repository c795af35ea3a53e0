"""Exported SQL, executed on engines, says what Python says; elsewhere it parses back."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry
from exported import (
    HOSTILE,
    RUNS,
    Run,
    assert_scored_alike,
    in_duckdb,
    model_of,
    run_in,
    table_of,
)
from segmentry import sql
from segmentry.errors import InputError
from segmentry.exports.scoring_sql import SUPPORTED, scoring_sql
from segmentry.model import SegmentCenter, SegmentModel
from segmentry.plan import CategoryPlan, FeaturePlan, Plan
from tables import shop_with_gaps

GOLDEN = Path(__file__).parents[1] / "golden"
READ = {"tsql2019": "tsql"}


cells = st.one_of(
    st.none(), st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -0.0, 1e101, 1e-320])
)
WAYS = [{}, {"transform": "log1p"}, {"fill": 2.0, "clip": (-5.0, 5.0)}]
words = st.sampled_from([None, "it's", "b\\", '"q"', "B\\", "other", "", " N/A", "\\N", "unseen ü"])


SERVERS = ["postgres", pytest.param("spark", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=SERVERS)
def server(request) -> tuple[str, Run]:
    """A dialect, and how a query is run on a real server of it."""
    return request.param, run_in(request, request.param)


@pytest.fixture(scope="module", params=[*RUNS, *SERVERS])
def anywhere(request) -> tuple[str, Run]:
    """A dialect, and how a query is run on an engine or a server of it."""
    return request.param, run_in(request, request.param)


def assert_exported_alike(engine: tuple[str, Run], model: SegmentModel, rows: list[tuple]) -> None:
    dialect, run = engine
    table = table_of(model, *(list(own) for own in zip(*rows, strict=True)))
    query = scoring_sql(model, dialect, table="crm.cu", flags=True)
    assert_scored_alike(model, table, run(query, table))


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.sampled_from(HOSTILE), min_size=3, max_size=3, unique=True),
    st.sampled_from(WAYS),
    st.sampled_from([1, 2, 4]),
    st.lists(st.tuples(cells, words), min_size=1, max_size=40),
)
def test_the_export_says_of_every_row_what_python_says(anywhere, names, kept, k, rows):
    assert_exported_alike(anywhere, model_of(*names, k=k, **kept), rows)


VALUES = [None, 0.1, -3.7, 1e6, -1e6, 1.5, math.nan, math.inf, -0.0, 1e101, 1e-320, 2.25, 3.5, -1.0]
LEVELS = [None, "it's", "b\\", '"q"', "B\\", "other", "", " N/A", "\\N", "unseen ü"]


@pytest.mark.slow
@pytest.mark.parametrize("way", range(len(WAYS)))
def test_the_export_says_on_servers_what_python_says(server, way):
    rng = np.random.RandomState(way)
    rows = [(value, level) for value in VALUES for level in LEVELS]
    rows += list(zip(rng.normal(0, 4, 200), rng.choice(LEVELS, 200), strict=True))
    for k, names in zip([1, 2, 4, 3, 5, 2, 3], _in_threes(HOSTILE[way:]), strict=False):
        assert_exported_alike(server, model_of(*names, k=k, **WAYS[way]), rows)


def _in_threes(names: list[str]) -> list[list[str]]:
    """Each name once as that of a number, of a category or of an id."""
    return [names[i : i + 3] for i in range(0, len(names) - 2, 3)]


@pytest.mark.slow
def test_exact_ties_go_to_the_lower_number(anywhere):
    dialect, run = anywhere
    feature = FeaturePlan("x", 0.0, 1.0)
    segments = tuple(
        SegmentCenter(i + 1, f"S{i}", False, 5, 1 / 3, (center,), (center,), None)
        for i, center in enumerate([2.0, 0.0, 4.0])
    )
    model = SegmentModel(Plan((feature,), "none", ""), segments, "id", 1.0, None, 15, ())
    table = pa.table({"id": ["a", "b", "c"], "x": [1.0, 3.0, 2.0]})
    found = sorted(run(scoring_sql(model, dialect, table="crm.cu", flags=True), table))
    assert [row[1] for row in found] == [1, 1, 1]
    assert [row[5] for row in found] == [2, 3, 2]


@pytest.mark.slow
def test_a_run_exports_what_it_assigns_flags_and_all():
    customers = shop_with_gaps().assign(customer_id=[f"C{i}" for i in range(300)])
    result = segmentry.segment(customers, k=4, categorical=["town"], outliers="winsorize")
    ours = result.assign(flags=True)
    found = in_duckdb(
        result.to_sql("duckdb", table="crm.cu", flags=True), pa.Table.from_pandas(customers)
    )
    theirs = {row[0]: row for row in found}
    for row in ours.itertuples(index=False):
        other = theirs[row.customer_id]
        assert (row.segment, row.segment_name, row.second_segment) == (other[1], other[2], other[5])
        assert (bool(row.in_between), bool(row.outlier)) == (bool(other[6]), bool(other[7]))


@pytest.mark.slow
@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_every_dialect_parses_back_and_a_view_too(dialect):
    model = model_of("a'b", 'c"d', "id")
    read = READ.get(dialect, dialect)
    query = scoring_sql(model, dialect, table='crm."Big; DROP"', flags=True)
    (parsed,) = [own for own in sqlglot.parse(query, read=read) if own]
    assert [own.alias_or_name for own in parsed.expressions] == [
        "id", "segment", "segment_name", "distance", "margin", "second_segment", "in_between",
        "outlier",
    ]  # fmt: skip
    origin = next(parsed.find_all(sqlglot.exp.CTE)).this.args["from_"].this
    assert (origin.name, origin.db) == ("Big; DROP", "crm")
    literals = {own.name for own in parsed.find_all(sqlglot.exp.Literal) if own.is_string}
    national = {own.name for own in parsed.find_all(sqlglot.exp.National)}
    assert {"it's", "b\\", "S'0; -- \n"} <= literals | national
    view = scoring_sql(model, dialect, table="crm.cu", view="crm.scored")
    kinds = [own.key for own in sqlglot.parse(view, read=read) if own]
    assert kinds == (["drop", "create"] if dialect == "sqlite" else ["create"])


def model_of_every_kind() -> SegmentModel:
    """A number that is filled, drawn in and logged; levels that are texts, booleans and numbers."""
    spend = FeaturePlan("spend", 1.5, 2.25, "log1p", fill=2.0, clip=(0.0, 900.0))
    categories = (
        CategoryPlan("town", ("Wien", "it's"), True, 0.7, fill="Wien"),
        CategoryPlan("active", ("true", "false"), False, 0.5),
        CategoryPlan("tier", (1.0, 2.0), True, 0.5, fill=2.0),
    )
    plan = Plan((spend,), "zscore", "as it is", categories)
    segments = tuple(
        SegmentCenter(i + 1, f"S{i}", False, 9, 0.5, (0.5 * i,) * 9, (0.0,) * 9, 1.5)
        for i in range(2)
    )
    return SegmentModel(plan, segments, "id", 1.0, None, 18, ())


@pytest.mark.slow
@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_the_export_of_a_stored_model_is_the_stored_one(dialect):
    """``sql/`` holds what was written before columns of any type could be read."""
    query = segmentry.load(GOLDEN / "model-1.json").to_sql(
        dialect, table="crm.customers", flags=True
    )
    levels = scoring_sql(model_of_every_kind(), dialect, table='crm."Big Customers"')
    for name, own in {dialect: query, f"{dialect}-levels": levels}.items():
        stored = (GOLDEN / "sql-2" / f"{name}.sql").read_text(encoding="utf-8")
        assert own == stored.replace("Segmentry VERSION", f"Segmentry {segmentry.__version__}")


@pytest.mark.slow
@pytest.mark.parametrize("dialect", RUNS)
def test_what_was_exported_before_says_the_same_of_numbers(dialect, mall):
    rows = pa.csv.read_csv(mall)
    before, now = (
        RUNS[dialect](
            (GOLDEN / own / f"{dialect}.sql").read_text().replace('"customers"', '"cu"'), rows,
        )
        for own in ("sql", "sql-2")
    )  # fmt: skip
    assert len(now) == 200
    assert sorted(now) == sorted(before)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_the_header_is_a_comment_whatever_names_hold(dialect):
    query = scoring_sql(model_of("a\n; DROP TABLE x", "*/", "id"), dialect, table="crm.cu")
    comment = [line for line in query.splitlines() if line.startswith("--")]
    assert query.splitlines()[len(comment)].startswith("WITH")
    status = f"{dialect} (supported: executed in" if dialect in SUPPORTED else "(experimental: "
    assert status in comment[1]
    assert "*/" not in "".join(comment)


def test_sql_server_before_2022_needs_no_least():
    model = model_of("a", "b", "id")
    assert "LEAST" not in scoring_sql(model, "tsql2019", table="t")
    assert "LEAST" in scoring_sql(model, "tsql", table="t")


@pytest.mark.parametrize(
    ("dialect", "names", "what"),
    [
        ("postgres", ("ä" * 32, "b"), "postgres has names of at most 63 bytes"),
        ("mysql", ("Age", "age"), "mysql cannot tell 'Age' and 'age' apart"),
        ("bigquery", ("a.b", "c"), "bigquery has no names with a point"),
        ("postgrs", ("a", "b"), "There is no dialect 'postgrs'"),
    ],
)
def test_what_a_dialect_cannot_say_is_refused(dialect, names, what):
    with pytest.raises(InputError, match=re.escape(what)):
        scoring_sql(model_of(*names, "id"), dialect, table="t")


@pytest.mark.parametrize("table", ["x; DROP TABLE y", "a.b.c.d", "", "a..b", "we ird.t"])
def test_a_table_that_is_no_name_is_refused(table):
    with pytest.raises(InputError, match="is not the name of a table"):
        scoring_sql(model_of("a", "b", "id"), "duckdb", table=table)


def test_a_model_without_ids_asks_for_their_column():
    model = dataclasses.replace(model_of("a", "b", "id"), id_column=None)
    with pytest.raises(InputError, match="The model has no id column"):
        scoring_sql(model, "duckdb", table="t")
    assert '"key"' in scoring_sql(model, "duckdb", table="t", id="key")


def test_a_table_called_like_a_step_is_refused_and_qualified_it_is_not():
    model = model_of("a", "b", "id")
    with pytest.raises(InputError, match="would be taken for a step"):
        scoring_sql(model, "duckdb", table="nearest")
    assert '"crm"."nearest"' in scoring_sql(model, "duckdb", table="crm.nearest")


# ---------------------------------------------------------------- the command


@pytest.fixture
def exported(mall, tmp_path):
    """A saved model, and what to call the command with."""
    with segmentry.segment(mall) as result:
        result.save(tmp_path / "model.json")
    return tmp_path / "model.json"


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_the_command_writes_the_query_and_checks_every_row(
    dialect, exported, mall, tmp_path, segmentry_cli
):
    done = segmentry_cli(
        "export", exported, "--dialect", dialect, "--table", "t", "--check", mall,
        "-o", tmp_path / "s.sql",
    )  # fmt: skip
    assert done.code == 0
    assert "Checked on 200 customers: every one has the segment" in done.stderr
    query = (tmp_path / "s.sql").read_text(encoding="utf-8")
    assert query == segmentry.load(exported).to_sql(dialect, table="t")


@pytest.mark.slow
def test_the_command_refuses_what_it_cannot_do(exported, mall, tmp_path, segmentry_cli):
    place = tmp_path / "s.sql"
    for options, what in [
        (["--to", "pmml"], "There is no export to 'pmml'."),
        ([], "needs to know for which system and which table"),
        (["--to", "joblib"], "joblib writes a file."),
        (["--dialect", "trino", "--table", "t", "--check", mall], "There is no trino at hand"),
        (["--dialect", "duckdb", "--table", "t", "-o", exported], "model.json"),
    ]:
        done = segmentry_cli("export", exported, *options)
        assert done.code == 2
        assert what in done.stderr
        assert len(done.stderr.strip().splitlines()) == 2
    assert not place.exists()

"""An export is checked in the database that has the customers, row by row, whatever they hold."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

import segmentry
from alike import HOSTILE, hostile_table
from commands import assert_two_lines
from postgres_server import PASSWORD
from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.exports.checking import Checked, check_sql, count_unlike

pytestmark = pytest.mark.slow

ROWS = 2_400


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Gaps, categories, hostile names; ids that are missing or stand in several rows."""
    rng = np.random.default_rng(1)
    ids = [f"C{i // 2:05d}" if i % 3 else None for i in range(ROWS)]
    return hostile_table(ROWS).set_column(0, "customer_id", pa.array(ids)).take(
        pa.array(rng.permutation(ROWS))
    )  # fmt: skip


@pytest.fixture(scope="module")
def model(table, tmp_path_factory):
    """A saved model with a category, which leaves out who lacks a value."""
    path = tmp_path_factory.mktemp("model") / "model.json"
    wishes = {"features": HOSTILE[:2], "categorical": ["SELECT"], "missing": "drop", "k": 3}
    with segmentry.segment(table, id="customer_id", duplicates="keep", **wishes) as result:
        result.save(path)
    return path


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr("segmentry.exports.database_check._BATCH_ROWS", 500)


def test_every_row_in_postgres_is_compared(postgres, table, model, command, small_batches):
    name = postgres.load("to check", table).replace("to check", '"to check"')
    done = command("export", model, "--dialect", "postgres", "--table", name,
                   "--check", postgres.url(), "-o", "score.sql")  # fmt: skip
    assert (done.code, done.stdout) == (0, ""), done.stderr
    assert f"Checked on {ROWS:,} customers: every one has the segment" in done.stderr
    assert done.new_files == {"score.sql"}
    assert PASSWORD not in done.stderr


def test_the_rows_of_a_query_are_compared_instead(postgres, table, model):
    name = postgres.load("to_check", table)
    query = f"WITH big AS (SELECT * FROM {name}) SELECT * FROM big WHERE \"SELECT\" = 'Graz'"
    own = segmentry.load(model).model
    found = check_sql(own, "postgres", postgres.url(), table="crm.customers", query=query)
    assert found == Checked(table["SELECT"].to_pylist().count("Graz"), 0)


def test_every_row_in_spark_is_compared(spark, table, model, command, small_batches):
    done = command("export", model, "--dialect", "spark", "--table", spark.load("to_check", table),
                   "--check", "spark://", "-o", "score.sql")  # fmt: skip
    assert done.code == 0, done.stderr
    assert f"Checked on {ROWS:,} customers: every one has the segment" in done.stderr


def test_an_engine_of_another_dialect_is_refused(postgres, table, model, command):
    name = postgres.load("to_check", table)
    for dialect in ("snowflake", "duckdb"):
        done = command("export", model, "--dialect", dialect, "--table", name,
                       "--check", postgres.url(), "-o", "score.sql")  # fmt: skip
        assert_two_lines(done, "R69", "in postgres", "--dialect postgres")


def test_a_query_without_a_database_is_refused(model, command):
    for check in ([], ["--check", "customers.csv"]):
        done = command("export", model, "--dialect", "duckdb", "--table", "t", *check,
                       "--query", "SELECT * FROM read_text('/etc/passwd')")  # fmt: skip
        assert_two_lines(done, "R105", "--query", "--check postgresql://")


def test_what_the_database_says_of_the_query_is_told(postgres, table, model, command):
    done = command("export", model, "--dialect", "postgres", "--table", "crm.nothing",
                   "--check", postgres.url())  # fmt: skip
    assert_two_lines(done, "R01", "crm.nothing")
    name = postgres.load("to_check", table.select(["customer_id", HOSTILE[0]]))
    done = command("export", model, "--dialect", "postgres", "--table", name,
                   "--check", postgres.url())  # fmt: skip
    assert_two_lines(done, "R25", "The model needs it")


NAMES = ["A", "B", None, "C"]
OURS = {
    "id": ["a", "a", None, "x"], "segment": [1, 2, None, 3], "segment_name": NAMES,
    "distance": [0.5, 0.25, None, 3], "margin": [0.05, 0.25, None, 0.75],
    "second_segment": [2, 1, None, 1], "in_between": [True, False, None, False],
    "outlier": [False, None, None, True],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "unlike"),
    [
        ({}, 0),
        ({"distance": [0.5, 0.25 + 1e-6, None, 3.0]}, 1),
        ({"distance": [0.5, 0.25 + 1e-11, None, 3.0]}, 0),
        ({"segment": [1, 2, None, 1]}, 1),
        ({"id": ["a", "b", "c", "d"]}, 3),
        ({"id": ["a", "a", None, "y"], "distance": [0.5, 0.25, None, None]}, 1),
        ({"segment_name": ["A", "B", None, "D"]}, 1),
        ({"margin": [0.05, 0.26, None, None]}, 2),
        ({"second_segment": [2, 3, None, 1]}, 1),
        ({"in_between": [True, None, None, True]}, 2),
        ({"outlier": [False, False, None, True]}, 1),
    ],
)
def test_rows_that_differ_are_counted_in_whatever_order_they_come(changed, unlike):
    with DuckDBEngine() as engine:
        engine.add_arrow("ours", pa.table(OURS))
        turned = pa.table(OURS | changed).take([3, 1, 0, 2])
        engine.add_arrow("theirs", turned)
        assert count_unlike(engine, flags=True) == (4, unlike)
        if not changed.keys() <= set(sql.FLAGGED):
            assert count_unlike(engine, flags=False) == (4, unlike)
        engine.add_arrow("theirs", turned.slice(0, 3))
        assert count_unlike(engine, flags=True)[1] >= 1

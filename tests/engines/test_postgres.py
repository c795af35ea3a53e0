"""PostgreSQL: names, rights, and one moment for all answers, on a real server."""

from __future__ import annotations

import pytest

import segmentry
from postgres_server import VISITS
from postgres_sessions import opened, refused
from segmentry.progress import Progress

# ---------------------------------------------------------------- names


@pytest.mark.slow
def test_a_table_is_found_by_its_name_as_written_and_as_postgres_folds_it(postgres):
    name = 'crm."Big ""Table"" of; -- Ünlü"'
    postgres.execute(f"DROP TABLE IF EXISTS {name};\nCREATE TABLE {name} AS SELECT 1 AS a;\n"
                     f"GRANT SELECT ON {name} TO reader;\nDROP TABLE IF EXISTS crm.\"Capital\";\n"
                     "CREATE TABLE crm.\"Capital\" AS SELECT 2 AS a;\n"
                     "GRANT SELECT ON crm.\"Capital\" TO reader")  # fmt: skip
    postgres.load("visits", VISITS)
    for table, rows in [(name, 1), ("crm.Capital", 1), ("CRM.Visits", 60), ("shop.crm.visits", 60)]:
        assert segmentry.explore(postgres.url(), table=table).rows == rows
    assert (
        segmentry.explore(postgres.url(), table=name).source.name == 'crm.Big "Table" of; -- Ünlü'
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ({"table": "crm.nothing"}, "R01", "no table crm.nothing"),
        ({"table": "nowhere.nothing"}, "R01", "no table"),
        ({"table": "other.crm.visits"}, "R67", "'shop'"),
        ({"table": "visits; DROP TABLE visits"}, "R67", "not the name"),
        ({"table": "crm.visits", "query": "SELECT 1"}, "R105", "both"),
        ({}, "R105", "neither"),
        ({"query": "DELETE FROM crm.visits"}, "R105", "DELETE"),
        ({"query": "SELECT 1 AS a, 2 AS a"}, "R23", "'a'"),
        ({"query": "SELECT FROM crm.visits"}, "R23", "no columns"),
        ({"query": "SELECT nope FROM crm.visits"}, "R105", "42703"),
        ({"query": "SELECT id / (id - 1) AS a FROM crm.visits"}, "R105", "22012"),
        ({"query": "SELECT * FROM crm.visits WHERE id < 0"}, "R03", "no data rows"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_two_lines(postgres, visits, place, code, words):
    error = refused(postgres, **place)
    assert (error.code, error.exit_code) == (code, 2)
    assert words in error.what


# ---------------------------------------------------------------- rights


@pytest.mark.slow
def test_nothing_can_be_changed_by_a_query(postgres, visits):
    postgres.execute(
        "DROP TABLE IF EXISTS crm.bumps;\nCREATE TABLE crm.bumps (a int);\n"
        "GRANT ALL ON crm.bumps TO reader;\n"
        "CREATE OR REPLACE FUNCTION crm.bump() RETURNS int LANGUAGE sql AS "
        "'INSERT INTO crm.bumps VALUES (1) RETURNING 1'"
    )
    error = refused(postgres, query="SELECT crm.bump() AS a, id FROM crm.visits")
    assert (error.code, error.exit_code) == ("R105", 2)
    assert "change" in error.what
    assert postgres.ask("SELECT count(*) FROM crm.bumps") == [(0,)]


def test_the_session_reads_only_and_has_time_limits(postgres, visits):
    with opened(postgres, visits, timeout=30.0) as engine:
        said = {
            name: engine._session.rows(_setting(name))[0]["own"]
            for name in ("default_transaction_read_only", "transaction_read_only",
                         "transaction_isolation", "statement_timeout", "lock_timeout",
                         "idle_in_transaction_session_timeout", "timezone")
        }  # fmt: skip
    assert said == {
        "default_transaction_read_only": "on", "transaction_read_only": "on",
        "transaction_isolation": "repeatable read", "statement_timeout": "30s",
        "lock_timeout": "10s", "idle_in_transaction_session_timeout": "10min", "timezone": "UTC",
    }  # fmt: skip


@pytest.mark.slow
def test_a_superuser_is_told_that_less_would_do_and_others_are_not(postgres, visits):
    notes = segmentry.explore(postgres.url("postgres"), table=visits).warnings
    assert any("superuser" in note for note in notes)
    assert not any(
        "superuser" in note for note in segmentry.explore(postgres.url(), table=visits).warnings
    )


def test_a_table_that_may_not_be_read_is_refused(postgres):
    postgres.execute("DROP TABLE IF EXISTS crm.secret;\nCREATE TABLE crm.secret AS SELECT 1 AS a")
    error = refused(postgres, table="crm.secret")
    assert (error.code, error.exit_code) == ("R104", 2)


# ---------------------------------------------------------------- one moment


@pytest.mark.slow
def test_all_answers_are_of_one_moment_whatever_others_change_meanwhile(postgres):
    table = postgres.load("moving", VISITS)

    def change(step: str, *_: object) -> None:
        if step == "elbow":
            postgres.execute(f"DELETE FROM {table} WHERE id > 20")

    result = segmentry.segment(postgres.url("writer"), table=table, k=3, progress=Progress(change))
    with result:
        assert sum(result.segments["customers"]) == 60
        assert len(result.assign()) == 60
        result.write_table("marketing.moving_segments", replace=True)
    kept = postgres.ask(
        "SELECT segment, count(*) FROM marketing.moving_segments GROUP BY 1 ORDER BY 1"
    )
    assert kept == list(zip(result.segments["segment"], result.segments["customers"], strict=True))
    assert postgres.ask(f"SELECT count(*) FROM {table}") == [(20,)]


def _setting(name: str):
    from sqlglot import exp

    called = exp.Anonymous(this="CURRENT_SETTING", expressions=[exp.Literal.string(name)])
    return exp.select(exp.alias_(called, "own"))

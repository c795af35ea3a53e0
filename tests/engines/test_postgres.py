"""PostgreSQL: types, safety, time limits, and a server that goes away; all on a real one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp

import segmentry
from postgres_server import PASSWORD, Server, running_server
from segmentry.engines.contract import Database
from segmentry.engines.places import Place
from segmentry.engines.postgres import PostgresEngine
from segmentry.errors import ColumnError, DatabaseError, ResourceError, SegmentryError
from segmentry.files import whole_file
from segmentry.progress import Progress

VISITS = pa.table(
    {
        "id": pa.array(range(1, 61), pa.int64()),
        "visits": pa.array([i % 7 for i in range(60)], pa.int32()),
        "basket": pa.array([3.5 * (i % 5) for i in range(60)], pa.float64()),
    }
)
TYPES = """
DROP TABLE IF EXISTS crm.types;
DROP TYPE IF EXISTS crm.mood;
DROP DOMAIN IF EXISTS crm.score;
CREATE TYPE crm.mood AS ENUM ('calm', 'cross');
CREATE DOMAIN crm.score AS numeric(6, 2) CHECK (VALUE >= 0);
CREATE TABLE crm.types AS SELECT
  i AS id, (i::numeric / 4)::numeric(20, 3) AS exact, (i / 2.0)::crm.score AS scored,
  (i * 1.5)::numeric::money AS paid, i::real / 8 AS single, i::smallint AS little,
  ARRAY[i, 2] AS list, jsonb_build_object('i', i) AS record, '(1,2)'::point AS place,
  ('2024-02-29 23:30:00+02'::timestamptz + i * interval '1 day') AS seen,
  '1999-01-01'::date AS born,
  (CASE WHEN i % 2 = 0 THEN 'calm' ELSE 'cross' END)::crm.mood AS "Mood", i % 3 = 0 AS yes,
  gen_random_uuid() AS token, '\\xdead'::bytea AS bytes, ('t' || i % 4)::char(6) AS padded,
  (CASE i WHEN 1 THEN 'NaN'::numeric WHEN 2 THEN 'Infinity'::numeric
     WHEN 3 THEN '-Infinity'::numeric WHEN 4 THEN 1e-400::numeric ELSE i END) AS odd,
  (CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '1e-320' ELSE i::text END)::float8
     AS "odd Double", lpad(i::text, 3, '0') AS digits, ('v' || i % 2) AS "selecT"
FROM generate_series(1, 40) AS i;
GRANT SELECT ON crm.types TO reader
"""


@pytest.fixture
def visits(postgres) -> str:
    return postgres.load("visits", VISITS)


def refused(server: Server, **options: object) -> SegmentryError:
    """What is said instead of an answer, in two lines and without a password."""
    url = options.pop("url", server.url())
    with pytest.raises(SegmentryError) as caught:
        segmentry.explore(url, **options)
    error = caught.value
    for line in (error.what, error.fix):
        assert line.strip()
        assert "\n" not in line
        assert PASSWORD not in line
    return error


# ---------------------------------------------------------------- types


@pytest.mark.slow
def test_every_type_becomes_a_number_a_text_or_a_date_or_is_left_out_by_name(postgres):
    postgres.execute(TYPES)
    found = segmentry.explore(postgres.url(), table="crm.types")
    kinds = {own.name: own.type for own in found.overview.columns}
    assert kinds == {
        "id": "number", "exact": "number", "scored": "number", "paid": "number",
        "single": "number", "little": "number", "seen": "date", "born": "date", "Mood": "text",
        "yes": "text", "token": "text", "padded": "text", "odd": "number",
        "odd Double": "number", "digits": "number", "selecT": "text",
    }  # fmt: skip
    assert found.source.left_out == {
        "list": "int4[]", "record": "jsonb", "place": "point", "bytes": "bytea"
    }  # fmt: skip
    assert all(
        any(note.startswith(own) for note in found.warnings) for own in found.source.left_out
    )
    stats = {own.name: (own.minimum, own.maximum, own.missing, own.distinct)
             for own in found.overview.columns if own.type == "number"}  # fmt: skip
    assert stats["exact"] == (0.25, 10.0, 0, 40)
    assert stats["scored"] == (0.5, 20.0, 0, 40)
    assert stats["paid"] == (1.5, 60.0, 0, 40)
    assert stats["single"] == (0.125, 5.0, 0, 40)
    assert stats["odd"] == (0.0, 40.0, 3, 37)
    assert stats["odd Double"] == (0.0, 40.0, 2, 38)
    assert stats["digits"] == (1.0, 40.0, 0, 40)
    levels = {own.name: own.distinct for own in found.overview.columns if own.type == "text"}
    assert levels == {"Mood": 2, "yes": 2, "token": 40, "padded": 4, "selecT": 2}


def test_a_column_that_was_left_out_cannot_be_named(postgres):
    postgres.execute(TYPES)
    with pytest.raises(ColumnError, match="'list' is of type int4") as caught:
        segmentry.segment(postgres.url(), table="crm.types", features=["exact", "list"])
    assert caught.value.code == "R108"


def test_a_number_beyond_what_can_be_computed_with_is_refused_by_its_column(postgres):
    big = "SELECT i AS id, i % 5 AS a, CASE i WHEN 9 THEN 1e400 ELSE i END AS b " \
          "FROM generate_series(1, 50) AS i"  # fmt: skip
    with pytest.raises(
        SegmentryError, match="'b' holds a number beyond 1e100 in 1 row\\."
    ) as caught:
        segmentry.segment(postgres.url(), query=big, features=["a", "b"])
    assert caught.value.code == "R35"


@pytest.mark.slow
def test_a_table_may_have_as_many_columns_as_postgres_allows(postgres):
    columns = ", ".join(f"(i * {c} % 7)::smallint AS c{c}" for c in range(1_600))
    postgres.execute(
        f"DROP TABLE IF EXISTS crm.wide;\nCREATE TABLE crm.wide AS SELECT {columns} "
        "FROM generate_series(1, 100) AS i;\nGRANT SELECT ON crm.wide TO reader"
    )
    wanted = {"features": ["c1", "c2"], "profile": [], "k": 3}
    with segmentry.segment(postgres.url(), table="crm.wide", **wanted) as result:
        assert len(result.found.overview.columns) == 1_600
        assert result.found.overview.column("c1599").maximum == 6
        assert sum(result.segments["customers"]) == 100


def test_text_that_holds_numbers_is_read_where_they_are_plain_and_told_where_not(postgres):
    text = "SELECT i AS id, i % 5 AS a, i::text || '.50' AS plain, " \
           "CASE WHEN i % 3 = 0 THEN i || ' EUR' ELSE i::text END AS mixed, " \
           "CASE WHEN i < 4 THEN 'n/a' ELSE (i % 6)::text END AS gaps, " \
           "CASE WHEN i % 4 = 0 THEN '' ELSE 'word' || i % 2 END AS words " \
           "FROM generate_series(1, 90) AS i"  # fmt: skip
    found = segmentry.explore(postgres.url(), query=text)
    own = {column.name: column for column in found.overview.columns}
    assert (own["plain"].type, own["plain"].minimum, own["plain"].maximum) == ("number", 1.5, 90.5)
    assert (own["gaps"].type, own["gaps"].missing) == ("number", 3)
    assert own["mixed"].type == "text"
    assert any(note.startswith("mixed was taken for text: 60 of its 90") for note in found.warnings)
    assert (own["words"].missing, own["words"].distinct) == (22, 2)


# ---------------------------------------------------------------- names


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


# ---------------------------------------------------------------- what goes wrong


def test_a_wrong_password_is_told_and_not_shown(postgres):
    error = refused(
        postgres, url=postgres.url().replace(PASSWORD, "wr0ng+w0rd"), table="crm.visits"
    )
    assert (error.code, error.exit_code) == ("R106", 4)
    assert "password authentication failed" in error.what
    assert "wr0ng" not in str(error)
    assert "PGPASSWORD" in error.fix


def test_a_password_may_come_from_the_environment(postgres, visits, monkeypatch):
    bare = postgres.url().replace(f":{PASSWORD}@", "@")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert segmentry.explore(bare, table=visits).rows == 60


def test_no_database_no_server_and_no_tls_are_told_with_what_to_check(postgres):
    url = f"postgresql://reader:{PASSWORD}@127.0.0.1:1/shop?connect_timeout=2"
    cases = [
        (postgres.url(database="nowhere"), "does not exist", "name of the database"),
        (url, "refused", "server is up"),
        (postgres.url(options="?sslmode=require"), "SSL", "sslmode"),
        (postgres.url(options="?sslmode=what"), "options behind its ?", "libpq-connect"),
        (postgres.url(options="?what=x"), "options behind its ?", "libpq-connect"),
        (postgres.url("nobody"), "password authentication failed", "PGPASSWORD"),
        (postgres.url().replace(f":{PASSWORD}", ""), "wants a password", "PGPASSWORD"),
    ]
    for url, what, fix in cases:
        error = refused(postgres, url=url, table="crm.visits", timeout=1.0)
        assert isinstance(error, DatabaseError)
        assert (error.code, error.exit_code) == ("R106", 4)
        assert what in error.what
        assert fix in error.fix


def test_a_table_that_others_have_locked_is_waited_for_no_longer_than_may_be(postgres, visits):
    with held(postgres, f"LOCK TABLE {visits} IN ACCESS EXCLUSIVE MODE"):
        error = refused(postgres, table=visits, timeout=0.5)
    assert (error.code, error.exit_code) == ("R106", 4)
    assert "55P03" in error.what
    assert segmentry.explore(postgres.url(), table=visits).rows == 60


def test_a_query_that_takes_longer_than_it_may_ends(postgres, visits):
    slow = f"SELECT id, visits, pg_sleep(0.1)::text AS s FROM {visits}"
    error = refused(postgres, query=slow, timeout=0.5)
    assert isinstance(error, ResourceError)
    assert (error.code, error.exit_code) == ("R104", 3)
    assert "0.5 seconds" in error.what


def test_a_signal_ends_a_query_on_the_server_too(postgres, visits):
    with opened(postgres, f"SELECT id, pg_sleep(60)::text AS s FROM {visits}") as engine:
        engine.open_table("raw")

        def stop(*_: object) -> None:
            raise EOFError

        before = signal.signal(signal.SIGUSR1, stop)
        waiting = threading.Thread(target=_signal_when_busy, args=(postgres,))
        waiting.start()
        try:
            with pytest.raises(EOFError):
                engine.rows(segmentry_count("raw"))
        finally:
            waiting.join()
            signal.signal(signal.SIGUSR1, before)
        assert busy(postgres) == 0
        assert engine.columns("raw") == [("id", "number"), ("s", "text")]


@pytest.mark.slow
def test_a_server_that_dies_in_mid_run_leaves_nothing_behind(tmp_path):
    with running_server() as server:
        table = server.load("visits", VISITS)

        def crash(step: str, *_: object) -> None:
            if step == "settle":
                server.kill()

        with pytest.raises(DatabaseError) as caught:
            segmentry.segment(server.url(), table=table, k=3, progress=Progress(crash))
    assert (caught.value.code, caught.value.exit_code) == ("R106", 4)
    assert "connection was lost" in caught.value.what
    assert PASSWORD not in str(caught.value)


STREAM = "SELECT i AS id, md5(i::text) AS a, pg_sleep(CASE i WHEN 250000 THEN 60 END)::text AS s " \
         "FROM generate_series(1, 300000) AS i"  # fmt: skip
"""Rows that are on their way for some batches, and then are waited for."""


@pytest.mark.slow
@pytest.mark.parametrize("parquet", [False, True])
def test_a_connection_that_is_cut_while_rows_are_streamed_is_told_as_that(
    postgres, tmp_path, parquet
):
    with opened(postgres, STREAM) as engine:
        cutting = threading.Thread(target=_cut_the_sleeper, args=(postgres,))
        cutting.start()
        with pytest.raises(DatabaseError, match="connection was lost") as caught:
            write_whole(engine, tmp_path / "big", parquet=parquet)
        cutting.join()
    assert (caught.value.code, caught.value.exit_code) == ("R106", 4)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_server_that_dies_while_rows_are_streamed_is_told_as_that(tmp_path):
    (folder := tmp_path / "out").mkdir()
    with running_server() as server, opened(server, STREAM) as engine:
        dying = threading.Thread(target=_kill_when_asleep, args=(server,))
        dying.start()
        with pytest.raises(DatabaseError, match="connection was lost"):
            write_whole(engine, folder / "big", parquet=False)
        dying.join()
    assert not list(folder.iterdir())


@pytest.mark.slow
def test_a_query_that_takes_longer_than_it_may_while_rows_are_streamed_ends(postgres, tmp_path):
    with opened(postgres, STREAM, timeout=2.0) as engine:
        with pytest.raises(ResourceError, match="longer than 2 seconds") as caught:
            write_whole(engine, tmp_path / "big", parquet=False)
        assert (caught.value.code, caught.value.exit_code) == ("R104", 3)
        assert not list(tmp_path.iterdir())
        assert engine.columns("raw")[0] == ("id", "number")


def test_a_value_of_a_row_that_ends_a_stream_is_not_told(postgres, tmp_path):
    query = "SELECT i AS id, (CASE i WHEN 299999 THEN 's3cr3t cell' ELSE '1' END)::int AS a " \
            "FROM generate_series(1, 300000) AS i"  # fmt: skip
    with opened(postgres, query) as engine, pytest.raises(SegmentryError) as caught:
        write_whole(engine, tmp_path / "big", parquet=False)
    assert (caught.value.code, caught.value.exit_code) == ("R105", 2)
    assert "cell" not in str(caught.value)


# ---------------------------------------------------------------- connecting


@pytest.mark.slow
def test_a_server_that_starts_up_is_waited_for(tmp_path):
    with running_server() as server:
        server.load("visits", VISITS)
        server.kill()
        starting = threading.Thread(target=server.start)
        starting.start()
        try:
            with opened(server, "crm.visits") as engine:
                assert engine.open_table("raw").name == "crm.visits"
        finally:
            starting.join()


def test_a_connection_that_is_cut_in_mid_write_leaves_no_table(postgres, visits):
    postgres.execute("DROP TABLE IF EXISTS marketing.cut")
    with segmentry.segment(postgres.url("writer"), table=visits, k=2) as result:
        cutting = threading.Thread(target=_cut_the_writer, args=(postgres,))
        with held(postgres, "CREATE TABLE marketing.cut (a int)"):
            cutting.start()
            with pytest.raises(DatabaseError):
                result.write_table("marketing.cut")
            cutting.join()
    assert postgres.ask("SELECT to_regclass('marketing.cut') IS NULL") == [(True,)]


# ---------------------------------------------------------------- words


def write_whole(engine: PostgresEngine, path: Path, *, parquet: bool) -> None:
    """Write all customers to a file, as ``assign`` does."""
    engine.open_table("raw")
    with whole_file(path) as draft:
        engine.write(exp.select("*").from_("raw"), draft, parquet=parquet)


def _cut_the_sleeper(server: Server) -> None:
    text = ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            " AND query LIKE 'COPY%'")  # fmt: skip
    wait_for(lambda: bool(server.ask(text)))


def _kill_when_asleep(server: Server) -> None:
    text = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'COPY%'"
    wait_for(lambda: bool(server.ask(text)))
    server.kill()


@contextmanager
def opened(server: Server, place: str, *, timeout: float | None = None) -> Iterator[PostgresEngine]:
    query = place if " " in place else None
    table = None if query else place
    engine = PostgresEngine(server.url(), Place(table, query, timeout))
    assert isinstance(engine, Database)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def held(server: Server, statement: str) -> Iterator[None]:
    """Hold what a statement takes, in another session."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(server.url("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        yield
        connection.rollback()


def busy(server: Server) -> int:
    """How many sessions of ours are at work on the server."""
    found = server.ask(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'segmentry' "
        "AND state = 'active'"
    )
    return int(found[0][0])


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def _signal_when_busy(server: Server) -> None:
    wait_for(lambda: busy(server) > 0)
    os.kill(os.getpid(), signal.SIGUSR1)


def _cut_the_writer(server: Server) -> None:
    """End the session that waits for the lock in order to write."""
    text = ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND query LIKE 'CREATE TABLE%'")  # fmt: skip
    wait_for(lambda: bool(server.ask(text)))


def segmentry_count(table: str):
    from segmentry import sql

    return sql.distinct_rows(table, ["s"])


def _setting(name: str):
    from sqlglot import exp

    called = exp.Anonymous(this="CURRENT_SETTING", expressions=[exp.Literal.string(name)])
    return exp.select(exp.alias_(called, "own"))

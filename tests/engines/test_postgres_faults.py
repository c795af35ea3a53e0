"""PostgreSQL: passwords, time limits, and a server that goes away; all on a real one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlglot import exp

import segmentry
from postgres_server import PASSWORD, VISITS, Server, running_server
from postgres_sessions import opened, refused
from segmentry.engines.postgres import PostgresEngine
from segmentry.errors import DatabaseError, ResourceError, SegmentryError
from segmentry.files import whole_file
from segmentry.progress import Progress

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_table_that_others_have_locked_is_waited_for_no_longer_than_may_be(postgres, visits):
    with held(postgres, f"LOCK TABLE {visits} IN ACCESS EXCLUSIVE MODE"):
        error = refused(postgres, table=visits, timeout=0.5)
    assert (error.code, error.exit_code) == ("R106", 4)
    assert "55P03" in error.what
    assert segmentry.explore(postgres.url(), table=visits).rows == 60


@pytest.mark.slow
def test_a_query_that_takes_longer_than_it_may_ends(postgres, visits):
    slow = f"SELECT id, visits, pg_sleep(0.1)::text AS s FROM {visits}"
    error = refused(postgres, query=slow, timeout=0.5)
    assert isinstance(error, ResourceError)
    assert (error.code, error.exit_code) == ("R104", 3)
    assert "0.5 seconds" in error.what


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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

"""The engine keeps its limits, works with files where memory is short, and can be stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

import bombs
import segmentry
from commands import files_in
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.resources import Resources
from segmentry.errors import ResourceError, SegmentryError
from segmentry.sql import ROW

LITTLE = {"threads": 2, "memory_limit": "64MB"}
MILLIONS_OF_TEXTS = "SELECT DISTINCT range AS k, md5(range::TEXT) AS m FROM range(3000000)"
"""More than 64 MB, which can be kept in files."""
MEDIAN = "SELECT quantile_cont(range, 0.5) AS median FROM range(20000000)"
"""160 MB, which cannot."""
ENDLESS = "SELECT sum(a.range * b.range) AS s FROM range(1000000) AS a, range(1000000) AS b"


def query(text: str) -> exp.Select:
    return sqlglot.parse_one(text, dialect="duckdb")


def test_the_engine_says_and_keeps_to_its_limits(tmp_path):
    with DuckDBEngine(Resources(**LITTLE, temp_dir=tmp_path)) as engine:
        names = ("threads", "memory_limit", "temp_directory")
        asked = ", ".join(f"current_setting('{own}') AS {own}" for own in names)
        said = engine.rows(query(f"SELECT {asked}"))[0]
        assert said == {
            "threads": 2, "memory_limit": "61.0 MiB", "temp_directory": str(engine.folder)
        }  # fmt: skip
        assert engine.folder.parent == tmp_path
    assert files_in(tmp_path) == frozenset()


@pytest.mark.slow
def test_a_query_larger_than_the_memory_gives_the_right_answer_by_way_of_files(tmp_path):
    counted = query(f"SELECT count(*) AS n, sum(k)::BIGINT AS s FROM ({MILLIONS_OF_TEXTS})")
    with DuckDBEngine(Resources(**LITTLE, temp_dir=tmp_path)) as engine:
        assert engine.rows(counted) == [{"n": 3_000_000, "s": 4_499_998_500_000}]
        engine._session.connection.execute("SET max_temp_directory_size = '1MB'")
        with pytest.raises(ResourceError, match="no room left for temporary files") as caught:
            engine.rows(counted)
        assert str(tmp_path) in caught.value.what
        assert "--temp-dir" in caught.value.fix
    assert files_in(tmp_path) == frozenset()


@pytest.mark.slow
@pytest.mark.parametrize("ask", ["rows", "array", "add_stored", "write"])
def test_a_query_that_no_file_can_help_ends_with_the_limit_and_what_to_do(tmp_path, ask):
    asked = {"add_stored": ("t", query(MEDIAN)), "rows": (query(MEDIAN),)}
    asked |= {"array": asked["rows"], "write": (query(MEDIAN), tmp_path / "t.csv")}
    options = {"parquet": False} if ask == "write" else {}
    with DuckDBEngine(Resources(**LITTLE)) as engine:
        with pytest.raises(ResourceError) as caught:
            getattr(engine, ask)(*asked[ask], **options)
        assert engine.rows(query("SELECT 1 AS one")) == [{"one": 1}]
    error = caught.value
    assert isinstance(error, MemoryError)
    assert (error.code, error.exit_code) == ("R110", 3)
    assert error.what == "The engine needs more than its 64 MB of memory for this table."
    assert "--memory-limit 128MB" in error.fix


@pytest.mark.slow
def test_the_same_query_has_room_where_there_is_more_memory():
    with DuckDBEngine(Resources(memory_limit="640MB")) as engine:
        assert engine.rows(query(MEDIAN)) == [{"median": 9_999_999.5}]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer of the system")
def test_a_signal_in_the_midst_of_a_query_is_heard_at_once_and_the_engine_lives_on():
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        with DuckDBEngine() as engine:
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):
                engine.rows(query(ENDLESS))
            assert engine.rows(query("SELECT 1 AS one")) == [{"one": 1}]
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not [own for own in threading.enumerate() if own.name == "segmentry-engine"]


MANY_SHORT_QUERIES = """
import signal, sys
def stop(number, _):
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
signal.signal(signal.SIGTERM, stop)
import sqlglot
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.resources import Resources
query = sqlglot.parse_one("SELECT sum(hash(range) % 7) AS s FROM range(20000)", dialect="duckdb")
with DuckDBEngine(Resources(temp_dir=sys.argv[1])) as engine:
    print("ready", flush=True)
    while True:
        engine.rows(query)
"""


@pytest.mark.slow
def test_a_process_that_is_stopped_between_or_within_queries_ends_without_noise(tmp_path):
    command = [sys.executable, "-c", MANY_SHORT_QUERIES, str(tmp_path)]
    for microseconds in range(0, 40_000, 1_000):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(microseconds / 1e6)
            process.terminate()
            assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 143
    assert files_in(tmp_path) == frozenset()


SLOW_TO_END = """
import sys, threading, time
def slow(frame, event, _):
    if event == "return" and frame.f_code.co_name == "_do":
        time.sleep(0.3)
threading.setprofile(slow)
import sqlglot
from segmentry.engines.duckdb import DuckDBEngine
with DuckDBEngine() as engine:
    engine.rows(sqlglot.parse_one("SELECT 1 AS one", dialect="duckdb"))
    sys.exit(143)
"""


@pytest.mark.slow
def test_python_exits_without_noise_though_the_thread_of_a_query_is_about_to_end():
    ended = subprocess.run(
        [sys.executable, "-c", SLOW_TO_END], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, "", "")


@pytest.mark.slow
def test_a_long_query_tells_how_far_it_is_and_whoever_listens_can_end_it():
    shares: list[float] = []

    def listen(share: float) -> None:
        shares.append(share)
        if len(shares) == 2:
            raise EOFError

    with DuckDBEngine(watch=listen) as engine, pytest.raises(EOFError):
        engine.rows(query(ENDLESS))
    assert 0 <= shares[0] <= shares[1] < 1


def test_an_error_of_duckdb_that_we_do_not_know_stays_what_it_is():
    with DuckDBEngine() as engine, pytest.raises(duckdb.BinderException):
        engine.rows(query("SELECT nothing AS n FROM range(3) AS t(a)"))


@pytest.mark.slow
def test_a_wide_view_is_made_at_once_in_the_order_of_the_rows_and_can_be_replaced():
    rows = pa.table({f"c{i}": [f"{i + 2 * row % 5}" for row in range(7)] for i in range(250)})
    wide = sqlglot.parse_one(
        f'WITH cast AS (SELECT *, c7 || "c9" AS n FROM raw WHERE c0 <> \'4\') SELECT {ROW}, '
        + ", ".join(f"'{i}' || c{i} AS c{i}" for i in range(250)) + ", n FROM cast"
    )  # fmt: skip
    narrow = exp.select("c1").from_("raw")
    with DuckDBEngine() as engine:
        engine.add_arrow("raw", rows, numbered=True)
        expected = engine.arrow(wide.copy())
        for _ in range(2):
            engine.add_view("people", wide.copy())
            assert engine.arrow(exp.select("*").from_("people")) == expected
            engine.add_view("people", narrow.copy())
            assert engine.columns("people") == [("c1", "text")]
    assert expected.num_rows == 6


@pytest.mark.slow
def test_a_parquet_file_that_is_damaged_anywhere_is_told_as_damaged(write):
    """Its pages, its footer and its names: each byte in turn, some of them."""
    whole = bombs.parquet()
    refused = 0
    for place in range(4, len(whole) - 8, 37):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        try:
            segmentry.explore(write("customers.parquet", bytes(damaged)))
        except SegmentryError:
            refused += 1
    assert refused > 20

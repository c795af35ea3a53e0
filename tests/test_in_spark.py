"""Customers in Spark are segmented as those of a file are, and stay where they are."""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import segmentry
from alike import HOSTILE, assert_alike, assert_assigned_alike, hostile_table, turned
from alike_in_spark import hostile_is_alike, mall_is_alike, setting, shop_is_alike
from commands import COMMAND, SURROUNDINGS, assert_two_lines
from segmentry import sql
from segmentry.datasets import make_shop
from segmentry.engines.places import Place
from segmentry.engines.spark import SparkEngine
from segmentry.errors import InputError, OutputError, SegmentryError
from segmentry.redaction import redacted
from spark_here import SETTINGS

pytestmark = pytest.mark.slow


@pytest.fixture(params=["true", "false"], ids=["ansi", "not ansi"])
def ansi(spark, request):
    """Whatever the session makes of what cannot be cast."""
    with setting(spark, "spark.sql.ansi.enabled", request.param):
        yield request.param


# ---------------------------------------------------------------- the same answers


def test_mall_gives_the_same_segments_as_its_file(spark, mall):
    mall_is_alike(spark, mall)


def test_missing_values_and_hostile_names_change_nothing(spark, ansi):
    hostile_is_alike(spark, ansi)


def test_ids_that_are_mostly_missing_fall_on_one_executor_and_change_nothing(spark):
    table = hostile_table()
    ids = pa.array([own if own % 10 == 0 else None for own in table["customer_id"].to_pylist()])
    table = table.set_column(0, "customer_id", ids)
    source = spark.session.createDataFrame(table).repartition(2, "customer_id")
    wishes = {"id": "customer_id", "features": HOSTILE[:2], "k": 2, "few": "allow"}
    for own in (table, source):
        with pytest.raises(SegmentryError, match="360 of 400 rows have no customer_id"):
            segmentry.segment(own, **wishes)
    with (
        segmentry.segment(table, **wishes, duplicates="keep") as ours,
        segmentry.segment(source, **wishes, duplicates="keep") as theirs,
    ):
        assert_alike(ours, theirs, within=1e-9)


@pytest.mark.parametrize(
    "wishes",
    [
        {"categorical": ["SELECT"], "outliers": "winsorize"},
        {"missing": "drop", "feature_weight": {HOSTILE[0]: 2.0}},
        {"weight": HOSTILE[2], "features": HOSTILE[:2]},
    ],
    ids=["levels and winsorized", "without gaps, weighted", "customers weighted"],
)
def test_features_are_prepared_in_the_same_way(spark, wishes):
    table = hostile_table()
    wishes = {"id": "customer_id", "k": 3} | wishes
    with (
        segmentry.segment(table, **wishes) as ours,
        segmentry.segment(spark.frame(turned(table)), **wishes) as theirs,
    ):
        assert_alike(ours, theirs, within=1e-9)
        assert ours.model.plan == theirs.model.plan
        assert_assigned_alike(ours.assign(), theirs.assign().toArrow())


def test_names_that_spark_would_fill_in_are_left_alone(spark):
    table = hostile_table()
    names = ["customer_id", "${spark.app.name}", "a.b", "$`{x}\\", "level"]
    table = table.rename_columns(names)
    wishes = {"id": "customer_id", "k": 3, "features": names[1:3], "categorical": ["level"]}
    levels = pa.array(["${spark.app.name}", "it's\\", "{x}", None] * 100)
    table = table.set_column(4, "level", levels)
    with (
        segmentry.segment(table, **wishes) as ours,
        segmentry.segment(spark.frame(table), **wishes) as theirs,
    ):
        assert_alike(ours, theirs, within=1e-9)
        assert ours.summary["columns"] == theirs.summary["columns"]


def test_a_sample_ends_at_the_same_centres(spark):
    rng = np.random.default_rng(8)
    places = rng.normal(0, 5, (4, 5))[rng.integers(0, 4, 60_000)]
    points = places + rng.normal(0, 1, (60_000, 5))
    table = pa.table({"id": range(60_000), **{f"x{i}": points[:, i] for i in range(5)}})
    wishes = {"id": "id", "k": 4, "k_max": 5}
    with segmentry.segment(table, **wishes) as ours:
        assert ours.found.cells.kind == "sample"
        with segmentry.segment(spark.frame(turned(table)), **wishes) as theirs:
            assert_alike(ours, theirs, within=1e-6)


def test_a_lattice_gives_the_same_segments(spark):
    rng = np.random.default_rng(5)
    places = np.array([[0, 0], [6, 1], [2, 7]])[rng.integers(0, 3, 60_000)]
    points = places + rng.normal(0, 1, (60_000, 2))
    table = pa.table({"id": range(60_000), "a": np.exp(points[:, 0] / 2), "b": points[:, 1]})
    wishes = {"id": "id", "k": 3, "k_max": 4}
    with (
        segmentry.segment(table, **wishes) as ours,
        segmentry.segment(spark.frame(turned(table)), **wishes) as theirs,
    ):
        assert ours.found.cells.kind == "lattice"
        assert_alike(ours, theirs, within=1e-9)


def test_a_shop_of_a_million_gives_the_same_segments_in_any_order(spark, tmp_path):
    shop_is_alike(spark, make_shop(1_000_000, seed=1, path=tmp_path / "shop.parquet"))


CONNECTED = """
import sys
import pyarrow.csv
from pyspark.sql import SparkSession
import segmentry

builder = SparkSession.builder
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
spark = builder.remote("local[2]").getOrCreate()
assert "connect" in type(spark).__module__
before = len(spark.catalog.listTables())
with segmentry.segment(spark.createDataFrame(pyarrow.csv.read_csv(sys.argv[1]))) as result:
    lazy = result.assign(flags=True)
    result.save(sys.argv[2] + "/model.json")
pyarrow.csv.write_csv(lazy.toArrow(), sys.argv[2] + "/assigned.csv")
assert len(spark.catalog.listTables()) == before
"""


def test_spark_connect_gives_the_same_segments_and_a_dataframe_that_outlives_them(
    mall, spark, tmp_path
):
    script = tmp_path / "connected.py"
    script.write_text(f"SETTINGS = {SETTINGS!r}\n{CONNECTED}")
    surroundings = {own: text for own, text in SURROUNDINGS.items() if own != "PYTHONWARNINGS"}
    done = subprocess.run(
        [sys.executable, script, mall, tmp_path], cwd=tmp_path, env=surroundings, timeout=240,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    with segmentry.segment(mall) as ours:
        assert segmentry.load(tmp_path / "model.json").model == ours.model
        assigned = pa.csv.read_csv(tmp_path / "assigned.csv")
        assert_assigned_alike(ours.assign(flags=True), assigned)


# ---------------------------------------------------------------- types

TYPES = """
SELECT id, CAST(id AS DECIMAL(20, 3)) / 4 AS exact, CAST(id / 8 AS FLOAT) AS single,
  CAST(id AS SMALLINT) AS little, ARRAY(id, 2) AS list, NAMED_STRUCT('i', id) AS record,
  CAST('x' AS BINARY) AS bytes, INTERVAL 1 DAY AS span,
  TIMESTAMP'2024-02-29 23:30:00+02:00' AS seen, TIMESTAMP_NTZ'2024-02-29 23:30:00' AS local,
  DATE'1999-01-01' AS born, IF(id % 2 = 0, 'calm', 'cross') AS Mood, id % 3 = 0 AS yes,
  CAST(CONCAT('t', id % 4) AS CHAR(6)) AS padded, NULL AS nothing,
  CASE id WHEN 1 THEN DOUBLE('NaN') WHEN 2 THEN DOUBLE('Infinity') WHEN 3 THEN DOUBLE('-Infinity')
    ELSE id END AS odd,
  LPAD(CAST(id AS STRING), 3, '0') AS digits, CONCAT(id, '.50') AS plain, CONCAT(id, 'd') AS suffix,
  IF(id % 3 = 0, CONCAT(id, ' EUR'), STRING(id)) AS mixed, IF(id < 4, 'n/a', STRING(id % 6)) AS gaps
FROM RANGE(1, 91)
"""


def test_every_type_becomes_a_number_a_text_or_a_date_or_is_left_out_by_name(spark, ansi):
    found = segmentry.explore(spark.session.sql(TYPES))
    kinds = {own.name: own.type for own in found.overview.columns}
    numbers = ["id", "exact", "single", "little", "odd", "digits", "plain", "gaps"]
    texts = ["Mood", "yes", "padded", "nothing", "suffix", "mixed"]
    assert kinds == {
        **dict.fromkeys(numbers, "number"), **dict.fromkeys(texts, "text"),
        **dict.fromkeys(["seen", "local", "born"], "date"),
    }  # fmt: skip
    assert found.source.left_out == {
        "list": "array<bigint>", "record": "struct<i:bigint>", "bytes": "binary",
        "span": "interval day",
    }  # fmt: skip
    assert found.levels["seen"] == (("2024", 90),)
    assert "born" not in found.levels, "when somebody was born is nobody's business"
    own = {column.name: column for column in found.overview.columns}
    assert (own["exact"].minimum, own["exact"].maximum) == (0.25, 22.5)
    assert (own["odd"].minimum, own["odd"].maximum, own["odd"].missing) == (4.0, 90.0, 3)
    assert (own["plain"].minimum, own["gaps"].missing) == (1.5, 3)


def test_moments_are_read_in_utc_whatever_the_sessions_time_zone(spark):
    engine = SparkEngine(spark.session.sql(TYPES), Place())
    engine.open_table("raw")
    (row,) = engine.rows(sql.first_rows("raw", ["seen", "local"], 1))
    assert row["seen"] == dt.datetime(2024, 2, 29, 21, 30)
    assert row["local"] == dt.datetime(2024, 2, 29, 23, 30)


def test_missing_values_count_where_rows_are_told_apart_by_hashes(spark):
    rows = {"a": [1, None, None, 1], "b": [None, 1, None, 1]}
    engine = SparkEngine(spark.frame(pa.table(rows)), Place())
    engine.open_table("raw")
    for hashed in (False, True):
        assert engine.rows(sql.distinct_rows("raw", ["a", "b"], hashed=hashed)) == [{"rows": 4}]


# ---------------------------------------------------------------- what is refused


def refused(source, **wishes) -> SegmentryError:
    with pytest.raises(SegmentryError) as caught:
        segmentry.explore(source, **wishes)
    for line in (caught.value.what, caught.value.fix):
        assert line.strip()
        assert "\n" not in line
    return caught.value


def test_what_spark_cannot_answer_is_refused_in_two_lines(spark, mall):
    url, table = "spark://", spark.load("mall", pa.csv.read_csv(mall))
    assert segmentry.explore(url, table=table).rows == 200
    assert "There is no table crm.nothing" in refused(url, table="crm.nothing").what
    assert "neither a table nor a query" in refused(url).what
    assert "DELETE" in refused(url, query="DELETE FROM crm.mall").what
    assert "UNRESOLVED_COLUMN" in refused(url, query="SELECT nope FROM crm.mall").what
    twins = spark.session.sql("SELECT 1 AS Age, 2 AS age")
    assert "'Age' and 'age' apart" in refused(twins).what
    assert "table or a query" in refused(twins, table="crm.mall").what
    wrong = spark.session.sql("SELECT RAISE_ERROR('secret ' || id) AS a FROM RANGE(9)")
    error = refused(wrong)
    assert error.exit_code == 4
    assert "secret" not in error.what + error.fix
    stream = spark.session.readStream.format("rate").load()
    assert "cannot be a" in refused(stream).what


def test_a_query_that_takes_too_long_is_ended(spark):
    long = "SELECT a.id, SHA2(STRING(b.id), 256) AS x FROM RANGE(100000) a, RANGE(100000) b"
    error = refused("spark://", query=long, timeout=1.0)
    assert (error.code, error.exit_code) == ("R104", 3)


def test_a_server_of_spark_connect_that_is_not_there_is_told_in_time(segmentry_cli):
    for url in ("sc://127.0.0.1:1", "SC://127.0.0.1:1/;token=s3cr3t@x?y"):
        ended = segmentry_cli("explore", url, "--table", "a.b", "--timeout", "1")
        assert_two_lines(ended, "R106", "sc://127.0.0.1:1", "within 1 seconds", exit_code=4)
        assert "s3cr3t" not in ended.stderr


def test_a_signal_ends_the_wait_for_spark_connect(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        process = subprocess.Popen(
            [*COMMAND, "explore", f"sc://127.0.0.1:{mute.getsockname()[1]}", "--table", "a.b"],
            cwd=tmp_path, env=SURROUNDINGS, stderr=subprocess.PIPE,
        )  # fmt: skip
        mute.settimeout(60)
        connection, _ = mute.accept()
        with connection:
            process.terminate()
            _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (143, b"")


LOGGED = """
import sys
from segmentry.engines.spark_session import Session
from segmentry.errors import DatabaseError
session = Session("spark://local[1]", timeout=100.0)
query = "SELECT RAISE_ERROR('s3cr3t ' || id) AS a FROM RANGE(3)"
try:
    session.run(lambda spark: spark.sql(query).toArrow())
except DatabaseError as error:
    print(error.what)
session.close()
"""


def test_a_session_of_our_own_logs_no_value_of_a_row():
    done = subprocess.run(
        [sys.executable, "-c", LOGGED], env=SURROUNDINGS, timeout=240, capture_output=True,
        encoding="utf-8",
    )  # fmt: skip
    assert (done.returncode, "USER_RAISED_EXCEPTION" in done.stdout) == (0, True), done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr
    assert "pandas" not in done.stderr


def test_a_token_of_spark_connect_is_never_shown():
    url = "sc://ann@db.example:443/;use_ssl=true;token=s3cr3t@x?y"
    assert redacted(url) == "sc://ann@db.example:443/"


# ---------------------------------------------------------------- the command line


def test_a_run_keeps_the_segments_in_spark_when_asked(spark, mall, command):
    table, target = spark.load("mall", pa.csv.read_csv(mall)), "crm.of_run"
    spark.session.sql(f"DROP TABLE IF EXISTS {target}")
    run = ["run", "spark://", "--table", table, "--k", "5", "--write-to", target]
    ended = command(*run)
    assert ended.code == 0, ended.stderr
    assert spark.session.table(target).count() == 200
    assert_two_lines(command(*run, "-o", "again"), "R68", target, "--replace")
    model = "mall-segments/model.json"
    assigned = command("assign", model, "spark://", "--table", table, "--write-to", target,
                       "--replace", "--flags")  # fmt: skip
    assert (assigned.code, assigned.stderr) == (0, f"Written: {target}\n")
    assert len(spark.session.table(target).columns) == 8
    with pytest.raises(OutputError, match="is not a table of segments"):
        segmentry.load("mall-segments/model.json").assign_table(
            "spark://", table, table=table, replace=True
        )
    with pytest.raises(InputError, match="in no database"):
        segmentry.load("mall-segments/model.json").assign_table(str(mall), "a.b")

"""Customers in PostgreSQL are segmented as those of a file are, and stay where they are."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import segmentry
from alike import HOSTILE, assert_alike, assert_assigned_alike, hostile_table, turned
from commands import assert_two_lines
from postgres_server import PASSWORD
from segmentry.datasets import make_shop
from segmentry.errors import InputError, OutputError

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[1] / "docs/postgres.md"


@pytest.fixture(scope="module")
def mall_table(postgres, mall) -> str:
    return postgres.load("mall", pa.csv.read_csv(mall))


# ---------------------------------------------------------------- the same answers


def test_mall_gives_the_same_segments_as_its_file(postgres, mall, mall_table):
    with segmentry.segment(mall) as ours:
        for table in (mall_table, postgres.load("mall_turned", turned(pa.csv.read_csv(mall)))):
            with segmentry.segment(postgres.url(), table=table) as theirs:
                assert_alike(ours, theirs, within=1e-9)
                pd.testing.assert_frame_equal(
                    ours.assign(flags=True),
                    theirs.assign(flags=True).sort_values("CustomerID", ignore_index=True),
                    check_exact=True,
                )


def test_missing_values_and_hostile_names_change_nothing(postgres):
    table = hostile_table()
    features = HOSTILE[:2]
    with segmentry.segment(table, id="customer_id", features=features, k=3) as ours:
        for order in (table, turned(table)):
            name = postgres.load('hos"tile; --', order).replace('hos"tile; --', '"hos""tile; --"')
            with segmentry.segment(postgres.url(), table=name, id="customer_id", features=features,
                                   k=3) as theirs:  # fmt: skip
                assert_alike(ours, theirs, within=1e-9)
                assert ours.summary["rows"] == theirs.summary["rows"]
                assert ours.summary["columns"] == theirs.summary["columns"]
                assert_assigned_alike(ours.assign(), theirs.assign())


@pytest.mark.parametrize(
    "wishes",
    [
        {"categorical": ["SELECT"], "outliers": "winsorize"},
        {"missing": "drop", "feature_weight": {HOSTILE[0]: 2.0}},
        {"weight": HOSTILE[2], "features": HOSTILE[:2]},
    ],
    ids=["levels and winsorized", "without gaps, weighted", "customers weighted"],
)
def test_features_are_prepared_in_the_same_way(postgres, wishes):
    table = hostile_table()
    name = postgres.load("prepared", turned(table))
    wishes = {"id": "customer_id", "k": 3} | wishes
    with (
        segmentry.segment(table, **wishes) as ours,
        segmentry.segment(postgres.url(), table=name, **wishes) as theirs,
    ):
        assert_alike(ours, theirs, within=1e-9)
        assert ours.model.plan == theirs.model.plan
        assert_assigned_alike(ours.assign(), theirs.assign())


def test_a_lattice_gives_the_same_segments(postgres):
    rng = np.random.default_rng(5)
    places = np.array([[0, 0], [6, 1], [2, 7]])[rng.integers(0, 3, 60_000)]
    points = places + rng.normal(0, 1, (60_000, 2))
    table = pa.table({"id": range(60_000), "a": np.exp(points[:, 0] / 2), "b": points[:, 1]})
    with (
        segmentry.segment(table, id="id", k=3, k_max=4) as ours,
        segmentry.segment(postgres.url(), table=postgres.load("lattice", table), id="id", k=3,
                          k_max=4) as theirs,
    ):  # fmt: skip
        assert ours.found.cells.kind == "lattice"
        assert_alike(ours, theirs, within=1e-9)


def test_a_shop_of_a_million_gives_the_same_segments_in_any_order(postgres, tmp_path):
    shop = make_shop(1_000_000, seed=1, path=tmp_path / "shop.parquet")
    table = pa.parquet.read_table(shop)
    orders = [postgres.load("shop", table), postgres.load("shop_turned", turned(table))]
    with segmentry.segment(shop, k=5, k_max=5) as ours:
        assert ours.found.cells.kind == "sample"
        for name in orders:
            with segmentry.segment(postgres.url(), table=name, k=5, k_max=5) as theirs:
                assert_alike(ours, theirs, within=1e-6)


def test_a_sample_without_an_id_is_the_same_customers(postgres):
    rng = np.random.default_rng(2)
    values = np.round(rng.normal(0, 1, (60_000, 4)) * [1, 5, 20, 100], 4)
    table = pa.table({name: values[:, i] for i, name in enumerate("abcd")})
    with (
        segmentry.segment(table, k=2, k_max=2) as ours,
        segmentry.segment(postgres.url(), table=postgres.load("nobody", table), k=2,
                          k_max=2) as theirs,
    ):  # fmt: skip
        assert ours.found.cells.kind == "sample"
        np.testing.assert_array_equal(ours.found.cells.values, theirs.found.cells.values)
        assert_alike(ours, theirs, within=1e-6)
        with pytest.raises(InputError, match="no id column"):
            theirs.assign()


def test_commonest_levels_and_years_are_those_of_a_file(postgres):
    days = [dt.date(2019 + i % 3, 1 + i % 12, 1) for i in range(90)]
    table = pa.table({"spend": range(90), "city": ["Köln", "Ulm", "Ulm"] * 30, "since": days})
    ours = segmentry.explore(table).levels
    assert segmentry.explore(postgres.url(), table=postgres.load("since", table)).levels == ours
    assert ours == {
        "city": (("Ulm", 60), ("Köln", 30)),
        "since": (("2019", 30), ("2020", 30), ("2021", 30)),
    }


def test_different_values_of_a_large_table_are_counted_as_in_a_file(postgres, monkeypatch):
    monkeypatch.setattr("segmentry.steps.overview._MOST_ROWS_COUNTED", 50_000)
    numbers = np.arange(60_000)
    reals = np.random.default_rng(6).normal(0, 1, 60_000)
    kinds = {"few": numbers % 10, "many": numbers % 19_000, "wide": numbers % 25_000, "all": reals}
    table = pa.table(kinds | {"text": pa.array(map(str, numbers % 23_000), pa.string())})
    ours = segmentry.explore(table).overview
    theirs = segmentry.explore(postgres.url(), table=postgres.load("kinds", table)).overview
    for name in table.column_names:
        mine, other = ours.column(name).distinct, theirs.column(name).distinct
        assert other == (mine if mine <= 20_000 else pytest.approx(mine, rel=0.1)), name
    assert theirs.column("many").distinct == 19_000


# ---------------------------------------------------------------- one row a customer


def test_rows_without_an_id_are_left_out_and_repeated_ids_are_refused(postgres):
    rows = pa.table({"customer_id": [*range(1, 60), None], "a": [i % 7 for i in range(60)]})
    with segmentry.segment(postgres.url(), table=postgres.load("gaps", rows), k=2) as result:
        assert result.summary["rows"]["used"] == 59
        assert any("1 row without an id" in note for note in result.found.source.warnings)
    twice = pa.table({"customer_id": [1, *range(1, 60)], "a": [i % 7 for i in range(60)]})
    name = postgres.load("twice", twice)
    with pytest.raises(InputError, match="60 rows hold only 59 different ids") as caught:
        segmentry.segment(postgres.url(), table=name, k=2)
    assert caught.value.code == "R27"
    with segmentry.segment(postgres.url(), table=name, k=2, duplicates="keep") as result:
        assert result.summary["rows"]["used"] == 60


# ---------------------------------------------------------------- tables written


def test_segments_are_kept_in_the_database_and_replaced_only_when_asked(postgres, mall_table):
    url, name = postgres.url("writer"), "marketing.mall_segments"
    postgres.execute(f"DROP TABLE IF EXISTS {name}")
    with segmentry.segment(url, table=mall_table, k=5) as result:
        result.write_table(name)
        expected = result.assign().itertuples(index=False, name=None)
        assert sorted(postgres.ask(f"SELECT * FROM {name}")) == sorted(expected)
        with pytest.raises(OutputError, match="is there already") as caught:
            result.write_table(name)
        assert (caught.value.code, caught.value.exit_code) == ("R68", 2)
        result.write_table(name, replace=True, flags=True)
        columns = postgres.ask(f"SELECT * FROM {name}")[0]
        assert len(columns) == 8
    left = postgres.ask("SELECT relname FROM pg_class WHERE relname LIKE 'segmentry%'")
    assert left == []


def test_no_other_table_is_ever_replaced(postgres, mall_table):
    postgres.execute(
        "DROP TABLE IF EXISTS marketing.precious;\nDROP VIEW IF EXISTS marketing.view;\n"
        "CREATE TABLE marketing.precious AS SELECT 1 AS a;\n"
        "CREATE VIEW marketing.view AS SELECT 1 AS segment, '' AS segment_name, 1 AS distance, "
        "1 AS margin;\nALTER TABLE marketing.precious OWNER TO writer;\n"
        "ALTER VIEW marketing.view OWNER TO writer"
    )
    with segmentry.segment(postgres.url("writer"), table=mall_table, k=5) as result:
        for name in ("marketing.precious", "marketing.view", mall_table, "crm.new", "nowhere.new"):
            with pytest.raises(OutputError) as caught:
                result.write_table(name, replace=True)
            assert caught.value.code == "R68"
    assert postgres.ask("SELECT a FROM marketing.precious") == [(1,)]


def test_a_saved_model_assigns_the_customers_of_a_database_there(postgres, mall_table, model_json):
    postgres.execute("DROP TABLE IF EXISTS marketing.assigned")
    model, url = segmentry.load(model_json), postgres.url("writer")
    table = model.assign_table(url, "marketing.assigned", table=mall_table)
    assert table.rows == 200
    expected = model.assign(url, table=mall_table).itertuples(index=False, name=None)
    assert sorted(postgres.ask("SELECT * FROM marketing.assigned")) == sorted(expected)
    with pytest.raises(InputError, match="in no database"):
        model.assign_table(str(Path(__file__).parents[1] / "Mall_Customers.csv"), "a.b")


# ---------------------------------------------------------------- the command line


def test_a_run_leaves_everything_but_customers_and_shows_no_password(
    postgres, mall_table, command, tmp_path
):
    postgres.execute("DROP TABLE IF EXISTS marketing.of_run")
    url = postgres.url("writer")
    run = ["run", url, "--table", mall_table, "--k", "5", "--write-to", "marketing.of_run"]
    ended = command(*run)
    assert ended.code == 0, ended.stderr
    assert "marketing.of_run" in ended.stdout
    files = {name for name in ended.new_files if "/plots/" not in name}
    assert files == {"mall-segments", "mall-segments/plots"} | {
        f"mall-segments/{own}" for own in ("report.html", "segments.csv", "summary.json",
        "model.json", "timings.json", "kmeans_model.joblib")
    }  # fmt: skip
    for name in files - {"mall-segments", "mall-segments/plots"}:
        assert PASSWORD.encode() not in (tmp_path / name).read_bytes(), name
    assert PASSWORD not in ended.stdout + ended.stderr
    assert postgres.ask("SELECT count(*) FROM marketing.of_run") == [(200,)]
    assert_two_lines(command(*run, "-o", "again"), "R68", "marketing.of_run", "--replace")
    model = "mall-segments/model.json"
    assigned = command("assign", model, url, "--table", mall_table, "--write-to",
                       "marketing.of_run", "--replace")  # fmt: skip
    assert (assigned.code, assigned.stderr) == (0, "Written: marketing.of_run\n")


def test_a_database_is_asked_for_where_none_is(command, customers_csv, postgres, mall_table):
    assert_two_lines(command("run", customers_csv, "--table", "a.b"), "R105", "--table")
    for query in ("ATTACH 'x.db'", "INSTALL httpfs", "SELECT * FROM read_text('/etc/passwd')"):
        assert_two_lines(command("run", customers_csv, "--query", query), "R105", "--query")
    for name in ("rfm", "explore"):
        other = command(name, postgres.url().replace("postgresql", "mysql"))
        assert_two_lines(other, "R01", "mysql://reader:***@")
        assert PASSWORD not in other.stderr
    assert_two_lines(
        command("run", postgres.url(), "--table", mall_table, "--rfm"), "R105", "Order lines"
    )
    assert_two_lines(
        command("run", customers_csv, "--k", "3", "--write-to", "a.b"), "R68", "in no database"
    )


# ---------------------------------------------------------------- the docs


def test_the_rights_in_the_docs_are_enough(postgres, mall_table):
    postgres.execute(
        "DROP SCHEMA IF EXISTS marketing CASCADE;\nDROP TABLE IF EXISTS crm.customers;\n"
        f"CREATE TABLE crm.customers AS SELECT * FROM {mall_table}"
    )
    blocks = re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.S)
    granted = "\n".join(blocks).replace("…", PASSWORD)
    try:
        postgres.execute(granted.replace("segmentry_", "docs_"))
        assert segmentry.explore(postgres.url("docs_reader"), table="crm.customers").rows == 200
        code = re.search(r"```py\n(.*?)```", DOCS.read_text(), re.S)
        assert code
        shown = code[1].replace("postgresql://ann@db.example/shop", postgres.url("docs_writer"))
        exec(shown.replace('write_table("crm.', 'write_table("marketing.'), {})
        assert postgres.ask("SELECT count(*) FROM marketing.customer_segments") == [(200,)]
    finally:
        postgres.execute(
            "DROP SCHEMA marketing CASCADE;\nDROP OWNED BY docs_reader, docs_writer;\n"
            "DROP ROLE docs_reader, docs_writer;\nCREATE SCHEMA marketing AUTHORIZATION owner;\n"
            "GRANT USAGE, CREATE ON SCHEMA marketing TO writer"
        )

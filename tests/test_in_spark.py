"""Customers in Spark are segmented as those of a file are, and stay where they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

import segmentry
from alike import HOSTILE, assert_alike, assert_assigned_alike, hostile_table, turned

pytestmark = pytest.mark.slow


@pytest.fixture(params=["true", "false"], ids=["ansi", "not ansi"])
def ansi(spark, request):
    """Whatever the session makes of what cannot be cast."""
    before = spark.session.conf.get("spark.sql.ansi.enabled")
    spark.session.conf.set("spark.sql.ansi.enabled", request.param)
    yield
    spark.session.conf.set("spark.sql.ansi.enabled", before)


# ---------------------------------------------------------------- the same answers


def test_mall_gives_the_same_segments_as_its_file(spark, mall):
    table = pa.csv.read_csv(mall)
    with segmentry.segment(mall) as ours:
        for order in (table, turned(table)):
            with segmentry.segment(spark.frame(order)) as theirs:
                assert_alike(ours, theirs, within=1e-9)
                assigned = theirs.assign(flags=True).toArrow()
                assert_assigned_alike(ours.assign(flags=True), assigned)


def test_missing_values_and_hostile_names_change_nothing(spark, ansi):
    table = hostile_table()
    wishes = {"id": "customer_id", "features": HOSTILE[:2], "k": 3}
    with segmentry.segment(table, **wishes) as ours:
        for order in (table, turned(table)):
            with segmentry.segment(spark.frame(order), **wishes) as theirs:
                assert_alike(ours, theirs, within=1e-9)
                assert ours.summary["rows"] == theirs.summary["rows"]
                assert ours.summary["columns"] == theirs.summary["columns"]
                assert_assigned_alike(ours.assign(), theirs.assign().toArrow())


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

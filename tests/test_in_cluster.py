"""Customers in a cluster of Spark's are segmented as those of a file are, whoever of it dies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

import segmentry
from alike import assert_alike
from alike_in_spark import hostile_is_alike, mall_is_alike, setting, shop_is_alike
from segmentry import sql
from segmentry.datasets import make_shop
from segmentry.engines.places import Place
from segmentry.engines.spark import SparkEngine
from segmentry.errors import SegmentryError
from segmentry.progress import Progress
from spark_cluster import Cluster, kill, running_cluster, workers_of
from spark_here import Spark

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A master and two workers."""
    with running_cluster() as running:
        assert running.run(workers_of) == 2
        yield running


def test_mall_gives_the_same_segments_as_its_file(cluster, mall):
    cluster.run(mall_is_alike, mall)


def test_missing_values_and_hostile_names_change_nothing(cluster):
    for ansi in ("true", "false"):
        cluster.run(hostile_is_alike, ansi)
    cluster.run(as_of_levels_is_alike)


def as_of_levels_is_alike(spark: Spark) -> None:
    with setting(spark, "spark.sql.session.timeZone", "America/St_Johns"):
        hostile_is_alike(spark, "true", features=None, categorical=["SELECT"], outliers="winsorize")


def test_a_shop_of_a_million_gives_the_same_segments_in_any_order(cluster, tmp_path):
    cluster.run(shop_is_alike, make_shop(1_000_000, seed=1, path=tmp_path / "shop.parquet"))


# ---------------------------------------------------------------- parts that die


def test_a_worker_that_dies_in_mid_run_changes_nothing():
    with running_cluster() as cluster:
        assert cluster.run(workers_of) == 2
        _, first, _ = cluster.processes
        cluster.run(is_alike_without, first)
        assert cluster.run(workers_of) == 1


def test_a_cluster_that_dies_as_a_whole_is_told_when_a_query_takes_too_long():
    with running_cluster(workers=1) as cluster:
        cluster.run(is_told_without, cluster.processes)


def points() -> pa.Table:
    rng = np.random.default_rng(5)
    places = np.array([[0, 0], [6, 1], [2, 7]])[rng.integers(0, 3, 60_000)]
    values = places + rng.normal(0, 1, (60_000, 2))
    return pa.table({"id": range(60_000), "a": np.exp(values[:, 0] / 2), "b": values[:, 1]})


WISHES = {"id": "id", "k": 3, "k_max": 4}


def dying_in_mid_run(process: int) -> Progress:
    """Ends a process when centres begin to be settled."""
    left = [process]

    def told(step: str, *_: object) -> None:
        if step == "settle" and left:
            kill(left.pop())

    return Progress(told)


def is_alike_without(spark: Spark, process: int) -> None:
    table = points()
    progress = dying_in_mid_run(process)
    with (
        segmentry.segment(table, **WISHES) as ours,
        segmentry.segment(spark.frame(table), **WISHES, progress=progress) as theirs,
    ):
        assert ours.found.cells.kind == "lattice"
        assert_alike(ours, theirs, within=1e-9)


def is_told_without(spark: Spark, processes: list[int]) -> None:
    engine = SparkEngine(spark.frame(points()), Place(timeout=20.0))
    engine.open_table("raw")
    query = sql.distinct_rows("raw", ["id"])
    assert engine.rows(query) == [{"rows": 60_000}]
    for process in processes:
        kill(process)
    with pytest.raises(SegmentryError) as caught:
        engine.rows(query)
    error = caught.value
    assert (error.code, error.exit_code) in {("R106", 4), ("R104", 3)}
    for line in (error.what, error.fix):
        assert line.strip()
        assert "\n" not in line

"""What does it cost to segment customers in Spark, beside MLlib's KMeans, and by rows and workers?

``mllib``: two million customers with eight continuous features, from Parquet, in one session on
this machine. Our whole run, which explores the table, compares k = 2 to 10 and fits, beside what a
user of MLlib writes: KMeans (k-means||) for each of k = 2 to 10 and for the k taken, on features
assembled and persisted once. In turn, medians; inertia in the same coordinates.

``workers``: our whole run by the number of rows, on a cluster of a master and one or two workers,
a core each, which share this machine with Python.

Run:  .venv/bin/python benchmarks/bench_spark.py [mllib] [workers] [--rows N] [--rounds N]
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data_sets import DATA_SETS, ID
from harness import Claim, Run, finish, options, seconds_of

import segmentry

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from spark_cluster import running_cluster
from spark_here import SETTINGS, Spark

OFFICIAL_ROWS = 2_000_000
BY_ROWS = (1_000_000, 2_000_000, 4_000_000)
WORKERS = (1, 2)
MUST_REACH = 5.0
LONGEST_ELBOW = 10
MEMORY = "3g"
DATA = DATA_SETS["plain"]
Axis = tuple[str, float, float]
"""A feature, and what is subtracted from it and divided by."""


@contextmanager
def session() -> Iterator[Any]:
    """A session on this machine with two threads."""
    from pyspark.sql import SparkSession

    with TemporaryDirectory() as folder:
        settings = {
            **SETTINGS, "spark.driver.memory": MEMORY, "spark.local.dir": f"{folder}/local",
            "spark.sql.warehouse.dir": f"{folder}/warehouse",
        }  # fmt: skip
        builder = SparkSession.builder.master("local[2]").appName("benchmark")
        for name, value in settings.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()


def ours(spark: Any, path: Path) -> dict[str, Any]:
    """Our whole run, to the segments and what is told of them."""
    wishes = {"id": ID, "features": DATA.features, "profile": [], "k_max": LONGEST_ELBOW}
    with segmentry.segment(spark.read.parquet(str(path)), **wishes) as found:
        return {
            "k": found.k, "inertia": found.inertia, "sizes": found.segments["customers"].tolist(),
            "axes": [(own.name, own.center, own.scale) for own in found.model.plan.features],
        }  # fmt: skip


def theirs(spark: Any, path: Path, *, k: int, axes: Sequence[Axis]) -> dict[str, Any]:
    """MLlib's elbow and its fit, on features that are kept in memory.

    They are scaled as ours were, so that inertia is the same sum; what it takes to find that out is
    spared.
    """
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.feature import VectorAssembler
    from pyspark.sql.functions import col

    scaled = [((col(name) - center) / scale).alias(name) for name, center, scale in axes]
    assembler = VectorAssembler(inputCols=list(DATA.features), outputCol="features")
    table = spark.read.parquet(str(path)).select(*scaled)
    points = assembler.transform(table).select("features").persist()
    try:
        elbow = [
            KMeans(k=own, seed=1).fit(points).summary.trainingCost
            for own in range(2, LONGEST_ELBOW + 1)
        ]
        fitted = KMeans(k=k, seed=1).fit(points).summary
        return {"elbow": elbow, "inertia": fitted.trainingCost, "sizes": fitted.clusterSizes}
    finally:
        points.unpersist()


# ---------------------------------------------------------------- beside MLlib


def bench_mllib(rows: int, *, rounds: int) -> int:
    path, seconds, found = DATA.path(rows), ([], []), ({}, {})
    with session() as spark:
        ours(spark, DATA.path(100_000))  # what only the first query of a session pays
        for _ in range(rounds):
            seconds[0].append(seconds_of(lambda: found[0].update(ours(spark, path))))
            print(f"ours {seconds[0][-1]:.1f} s", flush=True)
            same = {name: found[0][name] for name in ("k", "axes")}
            seconds[1].append(
                seconds_of(lambda same=same: found[1].update(theirs(spark, path, **same)))
            )
            print(f"MLlib {seconds[1][-1]:.1f} s", flush=True)
    runs = [
        Run(name, statistics.median(own), inertia=answer["inertia"],
            details={"rounds": own, **answer})
        for name, own, answer in zip(("segmentry", "MLlib"), seconds, found, strict=True)
    ]  # fmt: skip
    mine, other = runs
    work = f"{rows:,} customers × {len(DATA.features)} continuous features in Spark, k = 2..10"
    claims = [
        Claim(
            f"{work} and the fit, beside MLlib's KMeans", other.seconds / mine.seconds, "× faster",
            at_least=MUST_REACH, note=f"{mine.seconds:.1f} s beside {other.seconds:.1f} s",
        ),
        Claim(
            f"{work}, inertia beside that of MLlib's fit", mine.inertia / other.inertia,
            "inertia", at_most=1.0,
        ),
    ]  # fmt: skip
    return finish("spark", claims, runs=runs, official=rows == OFFICIAL_ROWS)


# ---------------------------------------------------------------- by rows and workers


def bench_workers(most: int) -> int:
    runs = []
    for workers in WORKERS:
        with running_cluster(workers=workers, memory="2g") as cluster:
            cluster.run(_timed, DATA.path(100_000))
            for rows in [own for own in BY_ROWS if own <= most] or [most]:
                seconds = cluster.run(_timed, DATA.path(rows))
                print(f"{rows:,} rows, {workers} workers: {seconds:.1f} s", flush=True)
                runs.append(Run(f"{rows:,} rows, {workers} workers", seconds))
    return finish("spark-workers", [], runs=runs, official=most >= max(BY_ROWS))


def _timed(spark: Spark, path: Path) -> float:
    return seconds_of(lambda: ours(spark.session, path))


def main() -> int:
    parser = options(__doc__, rounds=3)
    parser.add_argument("what", nargs="*", choices=["mllib", "workers", []], default=[])
    parser.add_argument("--rows", type=int, help="instead of the official ones")
    own = parser.parse_args()
    what, failed = own.what or ["mllib", "workers"], 0
    if "mllib" in what:
        failed |= bench_mllib(own.rows or OFFICIAL_ROWS, rounds=own.rounds)
    if "workers" in what:
        failed |= bench_workers(own.rows or max(BY_ROWS))
    return failed


if __name__ == "__main__":
    sys.exit(main())

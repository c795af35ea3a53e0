"""What Spark is asked in other words has the same answer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.places import Place
from segmentry.engines.spark import SparkEngine
from segmentry.plan import FeaturePlan, Plan
from segmentry.sql import Bins

pytestmark = pytest.mark.slow

NAMES = ["x", "a.b`", "whole"]


@pytest.mark.parametrize("last", [None, Bins(4.0, 1e-90)], ids=["values", "bins far away"])
@pytest.mark.parametrize("alike", [True, False])
def test_values_of_many_columns_are_counted_by_segment_as_duckdb_counts_them(spark, alike, last):
    rng = np.random.default_rng(4)
    values = [rng.normal(0, 3, 900), rng.lognormal(2, 1, 900), rng.integers(0, 9, 900)]
    values[0][::7] = np.nan
    table = pa.table({
        name: pa.array(own, from_pandas=True) for name, own in zip(NAMES, values, strict=True)
    })  # fmt: skip
    plan = Plan(tuple(FeaturePlan(own, 0.5, 2.0) for own in NAMES[:2]), "zscore", "")
    labels = sql.Labels("raw", plan, [[-1.0, 2.0], [1.5, -0.5], [0.0, 6.0]])
    bins = [Bins(0.25, 0.001), Bins(7.0, 0.01), last]
    wanted = dict(zip(NAMES, bins, strict=True))
    queries = [sql.segment_counts(labels, wanted, alike=alike)]
    queries += [sql.all_counts("raw", wanted)] if last else []
    theirs = SparkEngine(spark.frame(table), Place())
    theirs.open_table("raw")
    for query in queries:
        with DuckDBEngine() as engine:
            engine.add_arrow("raw", table)
            ours = engine.array(query)
        np.testing.assert_array_equal(counted(theirs.array(query)), counted(ours))


def counted(answer: np.ndarray) -> np.ndarray:
    """Without those who have no value or no segment, in order."""
    known = answer[~np.isnan(answer[:, 1:-1]).all(axis=1) & ~np.isnan(answer[:, 0])]
    return known[np.lexsort(np.nan_to_num(known, nan=-1e9).T)]

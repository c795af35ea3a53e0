"""Settling on all customers: against scikit-learn, and against plain Lloyd passes in NumPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps import compression
from segmentry.steps.compression import compress
from segmentry.steps.features import coordinates, learn_plan
from segmentry.steps.kmeans import nearest_two, settle, solve
from segmentry.steps.overview import overview
from segmentry.steps.preparation import Prepared
from segmentry.steps.refinement import refine
from segmentry.steps.sources import open_source


def rows_of(seed: int, n: int = 400, features: int = 2) -> np.ndarray:
    rng = np.random.RandomState(seed)
    places = rng.randn(4, features) * 1.5
    return places[rng.randint(0, 4, n)] + rng.randn(n, features)


def settled(rows: np.ndarray, k: int, *, most_cells: int, tolerance: float = 0.0):
    names = [f"x{i}" for i in range(rows.shape[1])]
    with DuckDBEngine() as engine:
        source = open_source(pa.table(dict(zip(names, rows.T, strict=True))), engine)
        columns = overview(source, engine).columns
        plan = learn_plan(columns, scale="zscore", log="none")
        prepared = Prepared(plan, columns, None, len(rows))
        cells = compress(engine, prepared, id=None, most_cells=most_cells)
        start = settle(cells, solve(cells, k, seed=0))
        return (
            coordinates(plan, rows),
            cells,
            start,
            refine(engine, prepared, cells, start, tolerance=tolerance),
        )


def inertia_at(points: np.ndarray, centers: np.ndarray) -> float:
    return float(nearest_two(points, centers)[1].sum())


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.sampled_from([1, 2, 3, 5]))
def test_refinement_never_raises_the_inertia_and_ends_in_a_fixed_point(seed, k, features):
    points, cells, start, found = settled(rows_of(seed, features=features), k, most_cells=60)
    assert cells.kind == ("lattice" if features <= 3 else "sample")
    assert found.inertia <= inertia_at(points, start.centers) * (1 + 1e-12)
    labels, nearest, _ = nearest_two(points, found.centers)
    assert found.inertia == pytest.approx(nearest.sum(), rel=1e-9)
    assert found.sizes.tolist() == np.bincount(labels, minlength=k).tolist()
    means = np.array([points[labels == own].mean(axis=0) for own in range(k)])
    assert means == pytest.approx(found.centers, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("features", [2, 3, 6])
def test_the_end_is_what_scikit_learn_reaches_from_the_same_centres(features):
    points, _, start, found = settled(rows_of(1, 3000, features), 4, most_cells=300)
    with threadpool_limits(1):
        theirs = KMeans(4, init=start.centers, n_init=1, tol=0, max_iter=1000).fit(points)
    assert found.inertia <= theirs.inertia_ * (1 + 1e-4)


@pytest.mark.slow
def test_within_the_tolerance_far_fewer_passes_do_than_plain_ones_would():
    points, _, start, found = settled(rows_of(5, 20_000, 3), 6, most_cells=2_000, tolerance=1e-9)
    centers, plain, before = start.centers, 0, np.inf
    while True:
        labels, nearest, _ = nearest_two(points, centers)
        plain += 1
        if nearest.sum() >= before * (1 - 1e-9):
            break
        before = nearest.sum()
        centers = np.array([points[labels == own].mean(axis=0) for own in range(6)])
    assert found.passes < plain / 2
    assert found.inertia <= before * (1 + 1e-6)


def test_distinct_cells_need_no_pass():
    rows = np.repeat(np.arange(12.0).reshape(6, 2), 3, axis=0)
    _, cells, start, found = settled(rows, 2, most_cells=50)
    assert cells.exact
    assert found is start
    assert found.passes == 0


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_a_lattice_keeps_every_customer_every_mean_and_every_square(seed, features):
    points, cells, _, _ = settled(rows_of(seed, 500, features), 1, most_cells=40)
    assert cells.kind == "lattice"
    assert len(cells) <= 40
    assert cells.weights.sum() == cells.customers == len(points)
    assert cells.weights @ cells.points / len(points) == pytest.approx(points.mean(0), abs=1e-9)
    middle = points.mean(axis=0)
    between = cells.weights @ ((cells.points - middle) ** 2).sum(axis=1)
    assert between + cells.within == pytest.approx(((points - middle) ** 2).sum(), rel=1e-9)
    assert compression.MOST_CELLS == 50_000

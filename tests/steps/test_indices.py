"""Indices of separation and agreement: against scikit-learn on the raw rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
)

from segmentry.steps.indices import (
    adjusted_rand,
    calinski_harabasz,
    center_silhouette,
    classification_cost,
    davies_bouldin,
    moved_share,
    overlaps,
)
from segmentry.steps.kmeans import solve
from tables import cells_of, integer_rows, planted_rows


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_indices_from_cells_are_those_of_scikit_learn_on_the_raw_rows(seed, k):
    rows = integer_rows(seed, n=80)
    cells = cells_of(rows)
    found, one = solve(cells, k, seed=0), solve(cells, 1, seed=0)
    gaps = ((rows[:, None, :] - found.centers[None]) ** 2).sum(axis=2)
    labels = gaps.argmin(axis=1)
    ours = calinski_harabasz(total=one.inertia, inertia=found.inertia, customers=len(rows), k=k)
    assert ours == pytest.approx(calinski_harabasz_score(rows, labels), rel=1e-9)
    assert davies_bouldin(cells, found) == pytest.approx(
        davies_bouldin_score(rows, labels), rel=1e-9
    )
    near = np.sort(np.sqrt(gaps), axis=1)
    assert center_silhouette(cells, found) == pytest.approx(
        np.mean(1 - near[:, 0] / near[:, 1]), abs=1e-12
    )


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=60))
def test_the_adjusted_rand_index_is_that_of_scikit_learn(pairs):
    one, other = np.array(pairs).T
    counts = overlaps(one, other, np.ones(len(pairs)), 4, 5)
    assert counts.sum() == len(pairs)
    assert adjusted_rand(counts) == pytest.approx(adjusted_rand_score(one, other), abs=1e-12)


def test_weights_count_as_so_many_customers():
    one, other = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    weights = np.array([3.0, 1.0, 2.0, 4.0])
    counts = overlaps(one, other, weights, 2, 2)
    again = np.repeat(one, weights.astype(int)), np.repeat(other, weights.astype(int))
    assert adjusted_rand(counts) == pytest.approx(adjusted_rand_score(*again), abs=1e-12)
    assert moved_share(counts) == pytest.approx(0.1)


def test_one_segment_has_no_index():
    cells = cells_of(integer_rows(1, n=30))
    one = solve(cells, 1, seed=0)
    assert davies_bouldin(cells, one) is None
    assert center_silhouette(cells, one) is None
    assert calinski_harabasz(total=5.0, inertia=5.0, customers=30, k=1) is None


def test_the_classification_cost_is_minus_twice_the_likelihood_of_its_gaussians_with_their_price():
    rows = planted_rows(3, k=2)
    cells = cells_of(rows)
    found = solve(cells, 2, seed=0)
    expected, n = 0.0, len(rows)
    for label in range(2):
        own = cells.points[found.labels == label]
        density = -0.5 * ((own - own.mean(0)) ** 2 / own.var(0) + np.log(own.var(0)))
        expected += -2 * (density.sum() + len(own) * np.log(len(own) / n))
    constant = 2.0  # a customer's squared distance from its mean, in deviations, over both features
    found_cost = classification_cost(cells, found.labels, 2, floors=np.zeros(2), observations=n)
    price = 9 * np.log(n) / n
    assert found_cost == pytest.approx(expected / n - constant + price, rel=1e-9)


@pytest.mark.slow
def test_the_classification_cost_is_lowest_at_the_planted_number():
    cells = cells_of(planted_rows(0, k=4))
    costs = [
        classification_cost(cells, own.labels, own.k, floors=np.zeros(2), observations=240)
        for own in (solve(cells, k, seed=0) for k in range(1, 8))
    ]
    assert int(np.argmin(costs)) + 1 == 4

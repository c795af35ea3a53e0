"""K-Means on cells against scikit-learn on the raw rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from threadpoolctl import threadpool_limits

from segmentry.errors import ClusterCountError
from segmentry.steps import coarsening, restarts
from segmentry.steps.kmeans import check_k, nearest_two, solve
from segmentry.steps.restarts import describe_search, restart
from tables import cells_of, integer_rows


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_weighted_cells_reach_the_inertia_that_scikit_learn_reaches_on_the_raw_rows(k):
    rows, _ = make_blobs(600, centers=k, cluster_std=1.0, random_state=k)
    rows = rows.round(1)
    with threadpool_limits(1):
        theirs = KMeans(k, n_init=50, tol=0, random_state=0).fit(rows)
    assert solve(cells_of(rows), k, seed=0).inertia == pytest.approx(theirs.inertia_, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "features"), [(450, 2), (1500, 2), (3000, 6)])
def test_few_cells_and_many_find_the_best_inertia_that_scikit_learn_finds(rows, features):
    points, _ = make_blobs(rows, n_features=features, centers=6, cluster_std=1.2, random_state=3)
    with threadpool_limits(1):
        theirs = KMeans(6, n_init=20, tol=0, random_state=0).fit(points).inertia_
    assert solve(cells_of(points), 6, seed=1).inertia <= theirs * (1 + 1e-6)


def test_coarse_cells_stand_for_all_customers_and_halve_until_they_cannot():
    cells = cells_of(integer_rows(3, n=5000))
    for most in (10, 60, 10_000):
        leaves = coarsening._leaves(cells, most)
        assert len(leaves.weights) == min(most, len(cells))
        assert leaves.weights.sum() == cells.customers
        assert_allclose(leaves.weights @ leaves.points, cells.weights @ cells.points)


@pytest.mark.slow
def test_moving_single_centres_finds_what_random_starts_miss(monkeypatch):
    rows, k = integer_rows(7), 12
    weights = np.ones(len(rows))

    def inertias() -> np.ndarray:
        all_labels = [restart(rows, weights, k, seed=seed).labels for seed in range(8)]
        return np.array(
            [
                sum(((rows[own == i] - rows[own == i].mean(0)) ** 2).sum() for i in range(k))
                for own in all_labels
            ]
        )

    monkeypatch.setattr(restarts, "_ROUND", 1)
    with_moves = inertias()
    monkeypatch.setattr(restarts, "_MOST_MOVES", 0)
    without = inertias()
    assert (with_moves <= without * (1 + 1e-12)).all()
    assert with_moves.mean() < 0.99 * without.mean()


def test_the_solution_is_a_fixed_point_of_lloyd():
    cells = cells_of(integer_rows(1))
    found = solve(cells, 4, seed=0)
    labels, _, _ = nearest_two(cells.points, found.centers)
    assert_array_equal(labels, found.labels)
    for own in range(4):
        mine = labels == own
        mean = np.average(cells.points[mine], axis=0, weights=cells.weights[mine])
        assert_allclose(found.centers[own], mean, rtol=1e-12)


def test_segments_are_numbered_largest_first_and_equal_sizes_by_centre():
    rows = np.array([[9.0], [9.0], [1.0], [1.0], [5.0], [5.0], [5.0]])
    found = solve(cells_of(rows), 3, seed=0)
    assert found.sizes.tolist() == [3, 2, 2]
    assert found.centers[:, 0].tolist() == [5, 1, 9]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(arrays(float, st.tuples(st.integers(4, 40), st.integers(1, 3)), elements=st.integers(0, 9)))
def test_inertia_never_rises_with_k_and_reaches_zero_at_the_number_of_cells(rows):
    cells = cells_of(rows)
    found = [solve(cells, k, seed=0).inertia for k in range(1, min(len(cells), 5) + 1)]
    assert all(later <= earlier * (1 + 1e-9) + 1e-9 for earlier, later in pairwise(found))
    assert solve(cells, len(cells), seed=0).inertia == 0


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_repeating_every_customer_changes_only_sizes_and_inertia(seed, times):
    rows = integer_rows(seed, n=60)
    once, often = cells_of(rows), cells_of(np.repeat(rows, times, axis=0))
    a, b = solve(once, 3, seed=0), solve(often, 3, seed=0)
    assert_allclose(b.inertia, a.inertia * times, rtol=1e-9)
    assert_allclose(np.sort(b.sizes), np.sort(a.sizes * times))


def test_the_same_seed_gives_the_same_solution_and_any_seed_the_same_best_one():
    cells = cells_of(integer_rows(5))
    found = [solve(cells, 3, seed=seed) for seed in (0, 0, 1, 2, 3)]
    assert_array_equal(found[0].centers, found[1].centers)
    assert {round(own.inertia, 6) for own in found} == {round(found[0].inertia, 6)}


def test_a_tie_goes_to_the_lower_label_and_one_centre_has_no_second():
    labels, nearest, second = nearest_two(np.array([[1.0]]), np.array([[0.0], [2.0]]))
    assert (labels[0], nearest[0], second[0]) == (0, 1, 1)
    assert nearest_two(np.array([[1.0]]), np.array([[0.0]]))[2][0] == np.inf


def test_hits_count_the_starts_that_end_at_the_best_inertia():
    rows = np.array([[0.0], [0.1], [10.0], [10.1]])
    found = solve(cells_of(rows), 2, seed=0)
    assert found.restarts == found.hits == 200
    assert found.hit_rate == 1


def test_the_report_says_how_the_solution_was_searched_for():
    assert "200 times from random centres, and 60.0 %" in describe_search(200, 120, cells=196)
    assert "found by moving single centres" in describe_search(200, 0, cells=196)
    assert "on a coarser version of the data" in describe_search(100, 60, cells=1001)


def test_more_centres_than_distinct_customers_are_refused_with_the_largest_possible_number():
    with pytest.raises(ClusterCountError, match="only 2 distinct") as caught:
        solve(cells_of(np.array([[1.0], [2.0], [2.0]])), 3, seed=0)
    assert (caught.value.code, caught.value.fix) == ("R42", "The largest possible k is 2.")


@pytest.mark.parametrize("k", [0, -3, 2.5, "five", True, None])
def test_what_is_no_number_of_segments_is_refused(k):
    with pytest.raises(ClusterCountError) as caught:
        check_k(k)
    assert caught.value.code == "R43"

"""Do the segments come back when customers are drawn anew?"""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.steps import stability
from segmentry.steps.kmeans import solve
from segmentry.steps.restarts import lloyd
from segmentry.steps.stability import bootstrap, describe_stability
from tables import cells_of, planted_rows


def test_separate_segments_come_back_and_slices_of_noise_do_not():
    clear = cells_of(planted_rows(0, k=3))
    found = bootstrap(clear, [solve(clear, 3, seed=0), solve(clear, 5, seed=0)])
    assert found[0].agreement > 0.99
    assert min(found[0].segments) > 0.99
    assert found[1].agreement < 0.9
    assert min(found[1].segments) < 0.75


def test_one_segment_always_comes_back():
    cells = cells_of(planted_rows(0, k=3))
    assert bootstrap(cells, [solve(cells, 1, seed=0)])[0] == stability.Stability(1.0, (1.0,))


def test_more_of_the_same_customers_change_little_beyond_two_thousand():
    rows = planted_rows(5, k=4, n=100, apart=4.0)
    often = [cells_of(np.repeat(rows, times, axis=0)) for times in (5, 50)]
    one, other = (bootstrap(own, [solve(own, 4, seed=0)])[0] for own in often)
    assert one.agreement == pytest.approx(other.agreement, abs=1e-3)
    assert one.segments == other.segments


def test_each_start_may_have_weights_of_its_own():
    rows = planted_rows(2, k=3)
    weights = np.random.RandomState(0).poisson(1.0, (4, len(rows))).astype(float)
    centers = np.stack([rows[i : i + 3] for i in range(4)])
    labels, inertias = lloyd(rows, weights, centers.copy())
    for i in range(4):
        alone, inertia = lloyd(rows, weights[i], centers[i : i + 1].copy())
        assert (alone[0] == labels[i]).all()
        assert inertia[0] == pytest.approx(inertias[i], rel=1e-12)


def test_each_start_may_have_points_of_its_own():
    sets = np.stack([planted_rows(seed, k=3) for seed in range(3)])
    ones = np.ones(sets.shape[1])
    centers = sets[:, :3].copy()
    labels, inertias = lloyd(sets, ones, centers.copy())
    for i in range(3):
        alone, inertia = lloyd(sets[i], ones, centers[i : i + 1].copy())
        assert (alone[0] == labels[i]).all()
        assert inertia[0] == pytest.approx(inertias[i], rel=1e-12)


def test_the_words_for_a_jaccard_index_are_those_of_hennig():
    words = [describe_stability(own) for own in (0.85, 0.84, 0.75, 0.74, 0.6, 0.59)]
    assert words == ["highly stable", "stable", "stable", "doubtful", "doubtful", "unstable"]

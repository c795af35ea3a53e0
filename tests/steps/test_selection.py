"""The evidence for each k: silhouette against scikit-learn, the knee by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples, silhouette_score

from segmentry.errors import FeatureError
from segmentry.progress import ignore
from segmentry.steps.compression import Cells
from segmentry.steps.grids import grid_of
from segmentry.steps.kmeans import solve
from segmentry.steps.selection import Wanted, choose, find_knee, gather
from segmentry.steps.silhouette import describe_silhouette, silhouette_curves, silhouettes
from tables import cells_of, integer_rows, plan_of


def raw_labels(cells: Cells, rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    place = {tuple(point): label for point, label in zip(cells.points, labels, strict=True)}
    return np.array([place[tuple(row)] for row in rows])


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_the_silhouette_from_cells_is_that_of_scikit_learn_on_the_raw_rows(seed, k):
    rows = integer_rows(seed, n=80)
    cells = cells_of(rows)
    found = solve(cells, k, seed=0)
    labels = raw_labels(cells, rows, found.labels)
    mean, error, by_segment = silhouettes(cells, [found])[0]
    assert mean == pytest.approx(silhouette_score(rows, labels), abs=1e-12)
    assert error == 0
    each = silhouette_samples(rows, labels)
    assert by_segment == pytest.approx([each[labels == own].mean() for own in range(k)], abs=1e-12)


def test_several_solutions_at_once_give_what_each_gives_alone():
    cells = cells_of(integer_rows(2))
    solutions = gather(cells, 5, seed=0, advance=ignore)[1:]
    for own, (mean, error, by_segment) in zip(
        solutions, silhouettes(cells, solutions), strict=True
    ):
        alone = silhouettes(cells, [own])[0]
        # The last bit is that of a matrix product, whose order differs with its width on some
        # processors.
        assert mean == pytest.approx(alone[0], abs=1e-12)
        assert error == alone[1] == 0
        assert by_segment == pytest.approx(alone[2], abs=1e-12)


@pytest.mark.slow
def test_an_estimated_silhouette_lies_within_its_error_and_says_so():
    rng = np.random.RandomState(0)
    rows = np.vstack([rng.randn(6000, 2), rng.randn(3000, 2) + 5])
    cells = cells_of(rows)
    found = solve(cells, 2, seed=0)
    every, none, _ = silhouettes(cells, [found])[0]
    assert every == pytest.approx(silhouette_score(rows, raw_labels(cells, rows, found.labels)))
    assert none == 0
    mean, error, _ = silhouettes(replace(cells, kind="sample"), [found])[0]
    assert 0 < error < 0.01
    assert abs(mean - every) < 4 * error


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "axes"), [((1, 1), 2), ((0.25, 7), 2), ((1, 2, 0.5), 3)])
def test_on_a_grid_the_silhouette_is_that_of_all_pairs(steps, axes):
    rng = np.random.RandomState(4)
    rows = rng.randint(0, (60, 45, 9)[:axes], size=(9000, axes)) * np.array(steps) + 3.7
    cells = cells_of(rows)
    solutions = gather(cells, 4, seed=0, advance=ignore)[1:]
    assert grid_of(cells) is not None
    for found, (mean, error, by_segment) in zip(
        solutions, silhouettes(cells, solutions), strict=True
    ):
        each = silhouette_samples(rows, raw_labels(cells, rows, found.labels))
        assert mean == pytest.approx(each.mean(), abs=1e-10)
        assert error == 0
        labels = raw_labels(cells, rows, found.labels)
        own = [each[labels == label].mean() for label in range(found.k)]
        assert by_segment == pytest.approx(own, abs=1e-10)


def test_points_that_are_not_evenly_apart_or_too_far_apart_lie_on_no_grid():
    rng = np.random.RandomState(0)
    assert grid_of(cells_of(rng.rand(50, 2))) is None
    assert grid_of(cells_of(np.array([[0.0, 0.0], [1.0, 1e9]]))) is not None
    assert grid_of(cells_of(np.array([[0.0], [1.0], [1e9]]))) is None
    assert grid_of(cells_of(rng.randint(0, 3, (50, 4)).astype(float))) is None


@pytest.mark.parametrize(
    ("inertias", "knee"),
    [
        ([100, 60, 20, 15, 12, 10], 3),
        ([100, 10, 9, 8, 7, 6], 2),
        ([100, 80, 60, 40, 20, 0], None),
        ([5, 5, 5], None),
        ([7], None),
    ],
)
def test_the_knee_is_where_the_curve_lies_farthest_below_its_chord(inertias, knee):
    assert find_knee(inertias) == knee


@pytest.mark.slow
def test_evidence_reaches_k_max_and_auto_stays_below_it():
    rows = integer_rows(3)
    found = choose(cells_of(rows), plan_of(rows), wanted=Wanted(k_max=12))
    assert found.evidence[-1].k == 12
    assert choose(cells_of(rows), plan_of(rows), wanted=Wanted(k_max=3)).k <= 3


@pytest.mark.slow
def test_a_fixed_k_is_kept_and_the_evidence_still_covers_one_to_ten():
    rows = integer_rows(3)
    found = choose(cells_of(rows), plan_of(rows), wanted=Wanted(k=3))
    assert found.k == 3
    assert [own.k for own in found.evidence] == list(range(1, 11))
    assert "as you asked" in found.verdict


def test_identical_customers_are_refused_and_a_single_one_is_one_segment():
    rows = np.ones((3, 2))
    with pytest.raises(FeatureError, match="All 3 rows are identical") as caught:
        choose(cells_of(rows), plan_of(rows))
    assert caught.value.code == "R41"
    assert choose(cells_of(rows[:1]), plan_of(rows)).k == 1


def test_the_silhouette_plot_holds_every_customers_silhouette_in_order():
    rows = integer_rows(2, n=60)
    cells = cells_of(rows)
    found = solve(cells, 3, seed=0)
    labels = raw_labels(cells, rows, found.labels)
    each = silhouette_samples(rows, labels)
    for label, curve in enumerate(silhouette_curves(cells, found)):
        own = each[labels == label]
        assert (np.diff(curve) <= 1e-12).all()
        assert (curve[0], curve[-1]) == pytest.approx((own.max(), own.min()), abs=1e-12)
        assert curve[50] == pytest.approx(np.median(own), abs=0.05)


def test_the_words_for_a_silhouette_are_those_of_kaufman_and_rousseeuw():
    words = [describe_silhouette(own) for own in (0.71, 0.7, 0.51, 0.5, 0.26, 0.25, -1)]
    assert words == ["strong", "reasonable", "reasonable", "weak", "weak", "no clear", "no clear"]

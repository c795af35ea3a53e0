"""Structureless twins: what they keep of the customers, and what they lose."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from segmentry.model import FeaturePlan, Plan
from segmentry.steps.features import coordinates
from segmentry.steps.noise import find_gap_k, measure_noise
from segmentry.steps.reference import learn_twin, uniform_boxes
from tables import cells_of, plan_of, planted_rows


def drawn(rows: np.ndarray, plan: Plan | None = None, *, n: int = 4_000) -> np.ndarray:
    twin = learn_twin(cells_of(rows), plan or plan_of(rows))
    return twin.draw(np.random.RandomState(0), sets=1, rows=n)[0]


def test_a_twin_of_one_peak_keeps_range_mean_spread_and_rank_correlation():
    rng = np.random.RandomState(0)
    x = rng.gamma(3.0, 10.0, 1_500)
    rows = np.column_stack([x, 0.02 * x + rng.randn(1_500)])
    twin = drawn(rows)
    assert (twin.min(axis=0) >= rows.min(axis=0) - 1e-9).all()
    assert (twin.max(axis=0) <= rows.max(axis=0) + 1e-9).all()
    assert twin.mean(axis=0) == pytest.approx(rows.mean(axis=0), abs=0.06 * rows.std(axis=0).max())
    assert twin.std(axis=0) == pytest.approx(rows.std(axis=0), rel=0.06)
    ours, theirs = spearmanr(twin)[0], spearmanr(rows)[0]
    assert ours == pytest.approx(theirs, abs=0.05)


def test_a_twin_takes_whole_numbers_where_the_customers_do_scaled_or_logarithms_too():
    rng = np.random.RandomState(1)
    rows = np.column_stack([rng.poisson(4, 900), 5 * rng.poisson(30, 900)]).astype(float)
    assert (drawn(rows) % [1, 5] == 0).all()
    plan = Plan(
        (FeaturePlan("a", 1.5, 0.5, transform="log1p"), FeaturePlan("b", 150.0, 27.0)),
        "zscore", "",
    )  # fmt: skip
    counts = rows.copy()
    cells = cells_of(counts)
    scaled = type(cells)(
        cells.kind, cells.values, coordinates(plan, cells.values), cells.weights, cells.spreads,
        cells.customers, cells.lower, cells.upper,
    )  # fmt: skip
    points = learn_twin(scaled, plan).draw(np.random.RandomState(0), sets=2, rows=50)
    back = np.column_stack([
        np.expm1(points.reshape(-1, 2)[:, 0] * 0.5 + 1.5), points.reshape(-1, 2)[:, 1] * 27 + 150
    ])  # fmt: skip
    assert back == pytest.approx(np.round(back), abs=1e-9)
    assert (np.round(back[:, 1]) % 5 == 0).all()


def test_a_twin_has_one_peak_where_the_customers_have_two():
    rng = np.random.RandomState(2)
    rows = np.concatenate([rng.randn(500) - 5, rng.randn(500) + 5])[:, None]
    counts = np.histogram(drawn(rows, n=20_000), bins=9, range=(-7, 7))[0] / 20_000
    peak = counts.argmax()
    assert (np.diff(counts[: peak + 1]) > -0.02).all()
    assert (np.diff(counts[peak:]) < 0.02).all()
    assert counts[4] > 0.03  # the gap is filled


def test_uniform_boxes_span_the_range():
    rows = planted_rows(1, k=3)
    plan = Plan((FeaturePlan("a", 0.0, 1.0), FeaturePlan("b", 0.0, 1.0)), "none", "")
    boxes = uniform_boxes(cells_of(rows), plan, np.random.RandomState(0), sets=4, rows=500)
    assert boxes.shape == (4, 500, 2)
    assert (boxes >= rows.min(axis=0)).all()
    assert (boxes <= rows.max(axis=0)).all()


@pytest.mark.slow
def test_noise_reaches_less_than_planted_segments_and_the_same_each_time():
    rows = planted_rows(1, k=3)
    noise = measure_noise(cells_of(rows), plan_of(rows), 6)
    assert noise.last == 6
    assert noise.silhouettes[:, 2].max() < 0.6
    again = measure_noise(cells_of(rows[::-1]), plan_of(rows), 6)
    assert (again.silhouettes == noise.silhouettes).all()
    assert (again.log_inertias == noise.log_inertias).all()


def test_the_gap_rule_takes_the_first_gap_within_an_error_of_the_next():
    errors = np.full(4, 0.05)
    assert find_gap_k(np.array([0.2, 0.1, 0.4, 0.5]), errors) == 1
    assert find_gap_k(np.array([0.1, 0.2, 0.24, 0.2]), errors) == 2
    assert find_gap_k(np.array([0.1, 0.2, 0.3, 0.4]), errors) == 4

"""Step 7b: what would customers without any segments look like?

Any criterion finds the best number of segments in anything, so its value alone says little: noise
in skewed columns earns a higher silhouette than good segments in others. Two references tell what
noise like this data would earn. *Structureless twins* keep what is no segment: the shape of each
feature, as far as it has one peak, its whole numbers, and the rank correlations between features
(a Gaussian copula, its correlations those of the normal scores). *Uniform boxes* keep nothing but
the range, as the gap statistic wants them (Tibshirani, Walther and Hastie 2001).

One peak: each feature's distribution is replaced by the nearest one that is convex up to a mode and
concave beyond it, whose pieces are the greatest convex minorant and the least concave majorant of
the original (as in the dip test of Hartigan and Hartigan 1985).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry.model import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.features import coordinates, values_of

__all__ = ["Twin", "learn_twin", "uniform_boxes"]

Floats = npt.NDArray[np.float64]

_MOST_KNOTS = 200
_MODES = 33
"""So many places are tried for the one peak."""
_MOST_WHOLE = 5_000
"""A feature with more whole numbers than these counts as continuous."""
_SCORES = np.linspace(-6.0, 6.0, 1_201)
_NORMAL = np.array([0.5 * (1.0 + math.erf(z / math.sqrt(2.0))) for z in _SCORES])
"""The normal distribution function at the scores."""


@dataclass(frozen=True)
class Twin:
    """Customers of the same kind, without segments.

    Attributes
    ----------
    plan : Plan
        Between columns and coordinates.
    knots, levels : tuple of ndarray
        The distribution function of each feature: the share of the customers up to each knot, in
        coordinates.
    steps : ndarray of shape (n_features, 2)
        The smallest value and the step of each feature that takes whole multiples of one, in its
        own units; a step of 0 is none.
    root : ndarray of shape (n_features, n_features)
        A root of the correlations of the normal scores.
    """

    plan: Plan
    knots: tuple[Floats, ...]
    levels: tuple[Floats, ...]
    steps: Floats
    root: Floats

    def draw(self, rng: np.random.RandomState, *, sets: int, rows: int) -> Floats:
        """Draw some data sets, in coordinates, shape (sets, rows, n_features)."""
        scores = rng.standard_normal((sets * rows, len(self.knots))) @ self.root.T
        shares = np.interp(scores, _SCORES, _NORMAL)
        drawn = np.column_stack([
            np.interp(own, levels, knots)
            for own, levels, knots in zip(shares.T, self.levels, self.knots, strict=True)
        ])  # fmt: skip
        return self._in_steps(drawn).reshape(sets, rows, -1)

    def _in_steps(self, points: Floats) -> Floats:
        """The nearest points whose features are whole where the customers' are."""
        first, step = self.steps.T
        whole = step > 0
        if not whole.any():
            return points
        values = values_of(self.plan, points)
        steps = np.rint((values - first) / np.where(whole, step, 1.0))
        return np.where(whole, coordinates(self.plan, first + steps * step), points)


def learn_twin(cells: Cells, plan: Plan) -> Twin:
    """Learn from the cells what a structureless twin must keep.

    Parameters
    ----------
    cells : Cells
        The customers; at least two different ones.
    plan : Plan
        How columns became coordinates.
    """
    axes = range(cells.points.shape[1])
    neighbours = cells.kind == "lattice"
    steps = np.array([(0.0, 0.0) if neighbours else _step(cells.values[:, i]) for i in axes])
    curves = [_one_peak(*_distribution(cells, plan, i, steps[i, 1])) for i in axes]
    knots, levels = zip(*curves, strict=True)
    return Twin(plan, knots, levels, steps, _root(cells))


def uniform_boxes(cells: Cells, rng: np.random.RandomState, *, sets: int, rows: int) -> Floats:
    """Draw data sets evenly from the box that holds all cells, shape (sets, rows, n_features)."""
    lower, upper = cells.points.min(axis=0), cells.points.max(axis=0)
    return rng.uniform(lower, upper, (sets, rows, len(lower)))


def _step(values: Floats) -> tuple[float, float]:
    """The smallest value, and the step of which all others are whole multiples away, or 0."""
    unique = np.unique(values)
    if len(unique) < 2:
        return float(unique[0]), 0.0
    step = float(np.diff(unique).min())
    places = (unique - unique[0]) / step
    whole = np.abs(places - np.rint(places)).max() < 1e-6 and places[-1] < _MOST_WHOLE
    return float(unique[0]), step if whole else 0.0


def _distribution(cells: Cells, plan: Plan, axis: int, step: float) -> tuple[Floats, Floats]:
    """Knots of one feature in coordinates, and the share of the customers up to each.

    The share of a whole number lies evenly between the halves to either side.
    """
    unique, place = np.unique(cells.values[:, axis], return_inverse=True)
    shares = np.bincount(place, cells.weights) / cells.weights.sum()
    up_to = np.concatenate([[0.0], np.cumsum(shares)])
    if step > 0:
        ends = np.concatenate([unique - step / 2, unique + step / 2])
        levels = np.concatenate([up_to[:-1], up_to[1:]])
        ends, first = np.unique(np.round(ends / step, 6), return_index=True)
        values, levels = ends * step, np.maximum.accumulate(levels[first])
    else:
        values, levels = unique, (up_to[:-1] + up_to[1:]) / 2
        levels[0], levels[-1] = 0.0, 1.0
    chosen = _thinned(levels)
    rows = np.tile(np.median(cells.values, axis=0), (len(chosen), 1))
    rows[:, axis] = values[chosen]
    return coordinates(plan, rows)[:, axis], levels[chosen]


def _thinned(levels: Floats) -> npt.NDArray[np.int64]:
    """Which knots to keep where there are too many: those next to even shares."""
    if len(levels) <= _MOST_KNOTS:
        return np.arange(len(levels))
    even = np.searchsorted(levels, np.linspace(0, 1, _MOST_KNOTS)).clip(max=len(levels) - 1)
    return np.unique(np.concatenate([[0], even, [len(levels) - 1]]))


def _one_peak(knots: Floats, levels: Floats) -> tuple[Floats, Floats]:
    """The nearest distribution function with one peak, at the same knots."""
    last = len(knots) - 1
    best, nearest = levels, np.inf
    for mode in np.unique(np.linspace(0, last, _MODES).astype(int)):
        left = _minorant(knots[: mode + 1], levels[: mode + 1])
        right = -_minorant(knots[mode:], -levels[mode:])
        curve = np.concatenate([left[:-1], right])
        gap = float(np.abs(curve - levels).max())
        if gap < nearest - 1e-12:
            best, nearest = curve, gap
    return knots, np.maximum.accumulate(best)


def _minorant(x: Floats, y: Floats) -> Floats:
    """The greatest convex function below some points, at their places."""
    hull: list[int] = []
    xs, ys = x.tolist(), y.tolist()
    for i in range(len(xs)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (ys[b] - ys[a]) * (xs[i] - xs[b]) < (ys[i] - ys[b]) * (xs[b] - xs[a]):
                break
            hull.pop()
        hull.append(i)
    return np.interp(x, x[hull], y[hull])


def _root(cells: Cells) -> Floats:
    """A root of the correlations of the features' normal scores."""
    total = cells.weights.sum()
    scores = []
    for x in cells.points.T:
        _, place = np.unique(x, return_inverse=True)
        sizes = np.bincount(place, cells.weights)
        middle = (np.cumsum(sizes) - sizes / 2) / total
        scores.append(np.interp(middle, _NORMAL, _SCORES)[place])
    covariances = np.atleast_2d(np.cov(np.array(scores), aweights=cells.weights))
    spread = np.sqrt(np.maximum(np.diag(covariances), 1e-12))
    values, vectors = np.linalg.eigh(covariances / np.outer(spread, spread))
    root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return root

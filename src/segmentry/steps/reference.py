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

The levels of a category are no segments by themselves: twins have the same levels as often. They go
along with the other features as if the levels had an order, that of their means along the first
principal component of those.
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
class _Levels:
    """The levels of a category in their order, and how often they occur.

    Attributes
    ----------
    order : ndarray of shape (n_levels,)
        Which coordinate of the category each one is.
    up_to : ndarray of shape (n_levels,)
        The share of the customers up to each one.
    """

    order: npt.NDArray[np.int64]
    up_to: Floats

    def one_hot(self, shares: Floats) -> Floats:
        """Levels from shares between 0 and 1, written as 0 and 1."""
        place = np.searchsorted(self.up_to[:-1], shares, side="right")
        return np.eye(len(self.order))[self.order[place]]


@dataclass(frozen=True)
class Twin:
    """Customers of the same kind, without segments.

    Attributes
    ----------
    plan : Plan
        Between columns and coordinates.
    knots, levels : tuple of ndarray
        The distribution function of each feature that is a number: the share of the customers up to
        each knot, in coordinates.
    steps : ndarray of shape (n_coordinates, 2)
        The smallest value and the step of each feature that takes whole multiples of one, in its
        own units; a step of 0 is none.
    root : ndarray of shape (n_features, n_features)
        A root of the correlations of the normal scores.
    categories : tuple of _Levels
        The features that are categories.
    variances : ndarray of shape (n_coordinates,)
        Along each coordinate.
    """

    plan: Plan
    knots: tuple[Floats, ...]
    levels: tuple[Floats, ...]
    steps: Floats
    root: Floats
    categories: tuple[_Levels, ...]
    variances: Floats

    def draw(self, rng: np.random.RandomState, *, sets: int, rows: int) -> Floats:
        """Draw some data sets, in coordinates, shape (sets, rows, n_coordinates)."""
        scores = rng.standard_normal((sets * rows, len(self.root))) @ self.root.T
        shares = np.interp(scores, _SCORES, _NORMAL)
        numbers = [
            np.interp(own, levels, knots)
            for own, levels, knots in zip(shares.T, self.levels, self.knots, strict=False)
        ]
        others = [
            own.one_hot(share)
            for own, share in zip(self.categories, shares.T[len(numbers) :], strict=True)
        ]
        drawn = np.column_stack([*numbers, *others])
        drawn[:, len(numbers) :] /= np.array(self.plan.units[len(numbers) :])
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
    numbers = range(len(plan.features))
    neighbours = cells.kind == "lattice"
    steps = [(0.0, 0.0) if neighbours else _step(cells.values[:, i]) for i in numbers]
    curves = [_one_peak(*_distribution(cells, plan, i, steps[i][1])) for i in numbers]
    knots, levels = zip(*curves, strict=True)
    scores = [_normal_scores(cells.points[:, i], cells.weights) for i in numbers]
    along = _first_component(scores, cells.weights)
    blocks = _blocks(plan)
    found = [_ordered(cells.values[:, own], along, cells.weights) for own in blocks]
    places = [np.argsort(one.order)[cells.values[:, own].argmax(axis=1)]
              for one, own in zip(found, blocks, strict=True)]  # fmt: skip
    scores += [_normal_scores(place.astype(float), cells.weights) for place in places]
    steps += [(0.0, 1.0)] * (cells.points.shape[1] - len(plan.features))
    variances = np.cov(cells.points[:, len(numbers) :].T, aweights=cells.weights, ddof=0)
    return Twin(
        plan, knots, levels, np.array(steps), _root(scores, cells.weights), tuple(found),
        np.array([*map(_variance, levels, knots), *np.atleast_2d(variances).diagonal()])
        if blocks else np.array([*map(_variance, levels, knots)]),
    )  # fmt: skip


def _blocks(plan: Plan) -> list[slice]:
    """Which coordinates belong to each category."""
    columns = [own.column for own in plan.axes]
    return [
        slice(columns.index(own.name), columns.index(own.name) + columns.count(own.name))
        for own in plan.categories
    ]


def _ordered(indicators: Floats, along: Floats, weights: Floats) -> _Levels:
    """The levels in the order of their means along the other features."""
    sizes = weights @ indicators
    means = (weights * along) @ indicators / np.where(sizes > 0, sizes, 1.0)
    order = np.argsort(means, kind="stable")
    return _Levels(order, np.cumsum(sizes[order]) / sizes.sum())


def uniform_boxes(
    cells: Cells, plan: Plan, rng: np.random.RandomState, *, sets: int, rows: int
) -> Floats:
    """Draw data sets evenly from the box that holds all cells, shape (sets, rows, n_coordinates).

    Of a category every level is as likely.
    """
    lower, upper = cells.points.min(axis=0), cells.points.max(axis=0)
    drawn: Floats = rng.uniform(lower, upper, (sets, rows, len(lower)))
    for own in _blocks(plan):
        count = own.stop - own.start
        drawn[:, :, own] = np.eye(count)[rng.randint(count, size=(sets, rows))]
        drawn[:, :, own] /= np.array(plan.units[own])
    return drawn


def _step(values: Floats) -> tuple[float, float]:
    """The smallest value, and the step of which all others are whole multiples away, or 0."""
    unique = np.unique(values)
    if len(unique) < 2:
        return float(unique[0]), 0.0
    step = float(np.diff(unique).min())
    if unique[-1] - unique[0] >= step * _MOST_WHOLE:  # told first: a tiny step divides to infinity
        return float(unique[0]), 0.0
    places = (unique - unique[0]) / step
    whole = np.abs(places - np.rint(places)).max() < 1e-6
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


def _variance(levels: Floats, knots: Floats) -> float:
    """The variance of a feature, from its distribution function."""
    middles, shares = (knots[1:] + knots[:-1]) / 2, np.diff(levels)
    mean = np.sum(middles * shares)
    return float(np.sum(shares * (middles - mean) ** 2))


def _normal_scores(x: Floats, weights: Floats) -> Floats:
    """Where each value would lie in a normal distribution, by its rank."""
    _, place = np.unique(x, return_inverse=True)
    sizes = np.bincount(place, weights)
    middle = (np.cumsum(sizes) - sizes / 2) / weights.sum()
    scores: Floats = np.interp(middle, _NORMAL, _SCORES)[place]
    return scores


def _correlations(scores: list[Floats], weights: Floats) -> Floats:
    covariances = np.atleast_2d(np.cov(np.array(scores), aweights=weights))
    spread = np.sqrt(np.maximum(np.diag(covariances), 1e-12))
    correlations: Floats = covariances / np.outer(spread, spread)
    return correlations


def _first_component(scores: list[Floats], weights: Floats) -> Floats:
    """The first principal component of the features' normal scores."""
    _, vectors = np.linalg.eigh(_correlations(scores, weights))
    along: Floats = vectors[:, -1] @ np.array(scores)
    return along


def _root(scores: list[Floats], weights: Floats) -> Floats:
    """A root of the correlations of the features' normal scores."""
    values, vectors = np.linalg.eigh(_correlations(scores, weights))
    root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return root

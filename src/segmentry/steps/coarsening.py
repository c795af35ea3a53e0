"""Step 6b: random starts on many cells, made on few coarser ones and carried on to all.

All random starts run on a few hundred coarse cells, where they cost next to nothing; the best
different ones are carried on to about a thousand, improved there by moving single centres, and
carried on to all cells. In few dimensions a coarse cell is a leaf of a tree that halves the widest
group of cells again and again; in many dimensions, where such leaves blur the segments, it is one
of the customers, drawn at random. A test holds the result to scikit-learn's best inertia.
"""

from __future__ import annotations

import functools
import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry.steps.compression import Cells
from segmentry.steps.restarts import (
    FEW_CELLS,
    SAME,
    Restarts,
    all_at_once,
    different,
    lloyd,
    means_of,
    others,
    with_moves,
)

__all__ = ["Points", "coarse_points", "restart_coarsely"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_FEW, _MORE = 300, 1_000
_DRAWN_FEW, _DRAWN_MORE = 500, 2_000
_FEW_DIMENSIONS = 4
_STARTS, _MOST_FINAL = 100, 3
_NEARLY_AS_GOOD = 5e-3
_CLOSE = 1e-6
"""Relative difference of inertia below which two solutions on all cells count as the same."""
_NEAR = 1e-7
_MOST_STEPS = 100
_ENOUGH_HITS = 5


@dataclass(frozen=True, eq=False)
class Points:
    """Weighted points: coordinates of shape (n, n_features), weights of shape (n,)."""

    points: Floats
    weights: Floats

    def around(self, middle: Floats) -> Points:
        """The same points, seen from another origin."""
        return Points(self.points - middle, self.weights)


def restart_coarsely(cells: Cells, k: int, *, seed: int, rounds: int = 1) -> Restarts:
    """Start K-Means from many random centres on coarse cells and keep the best solution.

    A round is 100 starts. Rounds go on until five starts have ended at the best solution, or
    ``rounds`` of them were made.

    Parameters
    ----------
    cells : Cells
        Many of them.
    k : int
        Number of centres, from 2 on.
    seed : int
        Of the random starts.

    Returns
    -------
    Restarts
        ``hits`` are the starts that led to the best solution on all cells; none, if it was only
        found by moving centres.
    """
    rng = np.random.RandomState(seed % 2**32)
    best, inertia, hits, made = np.zeros(len(cells), dtype=np.int64), np.inf, 0, 0
    ends: list[tuple[float, Labels]] = []
    for _ in range(rounds):
        made += _STARTS
        for found in _round(cells, k, rng):
            ends.append((found.inertia, found.labels))
            if found.inertia < inertia * (1 - _CLOSE):
                hits = 0
            if found.inertia <= inertia * (1 + _CLOSE):
                hits += found.starts
            if found.inertia < inertia:
                best, inertia = found.labels, found.inertia
        if hits >= _ENOUGH_HITS:
            break
    return Restarts(best, made, hits, others(ends, inertia * (1 + _CLOSE)))


@dataclass(frozen=True)
class _Found:
    """A solution on all cells, and how many starts led to it."""

    labels: Labels
    inertia: float
    starts: int


def _round(cells: Cells, k: int, rng: np.random.RandomState) -> Iterator[_Found]:
    """The best few solutions that 100 starts lead to, and the one that moving centres finds."""
    middle = np.average(cells.points, axis=0, weights=cells.weights)
    few, more = (own.around(middle) for own in _coarse(cells, rng))
    everyone = Points(cells.points, cells.weights).around(middle)
    labels, inertias = all_at_once(few.points, few.weights, k, rng, _STARTS)
    chosen, starts = different(inertias)
    centers = means_of(few.points, few.weights, labels[chosen], k)
    labels, inertias = lloyd(more.points, more.weights, centers)
    order = np.argsort(inertias, kind="stable")
    first = order[0]
    moved, best = with_moves(more.points, more.weights, labels[first], float(inertias[first]), k)
    if best < inertias[first] * (1 - SAME):
        yield _carried_on(everyone, more, moved, k, starts=0)
    good = [i for i in order if inertias[i] <= best * (1 + _NEARLY_AS_GOOD)]
    for i in good[:_MOST_FINAL]:
        yield _carried_on(everyone, more, labels[i], k, starts=int(starts[i]))


def _carried_on(cells: Points, from_: Points, labels: Labels, k: int, *, starts: int) -> _Found:
    """Lloyd's algorithm on all cells, until the inertia hardly falls any more."""
    centers = means_of(from_.points, from_.weights, labels[None], k)[0]
    points, weights = cells.points, cells.weights
    squares = np.einsum("ij,ij->i", points, points)
    weighted = weights[:, None] * points
    before = np.inf
    for _ in range(_MOST_STEPS):
        distances = points @ (-2.0 * centers.T)
        distances += np.einsum("ij,ij->i", centers, centers)
        own = distances.argmin(axis=1)
        nearest = squares + distances[np.arange(len(own)), own]
        inertia = float(np.sum(weights * np.maximum(nearest, 0)))
        if inertia >= before * (1 - _NEAR):
            break
        before = inertia
        sizes = np.bincount(own, weights, k)
        sums = np.column_stack([np.bincount(own, x, k) for x in weighted.T])
        centers = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1e-300)[:, None], centers)
    return _Found(own.astype(np.int64), inertia, starts)


# ---------------------------------------------------------------- coarse cells


def coarse_points(cells: Cells, rng: np.random.RandomState) -> Points:
    """At most a thousand or two weighted points for all cells; the cells themselves if few."""
    if len(cells) <= FEW_CELLS:
        return Points(cells.points, cells.weights)
    return _coarse(cells, rng)[1]


def _coarse(cells: Cells, rng: np.random.RandomState) -> tuple[Points, Points]:
    """Some hundred coarse cells, and a thousand or two."""
    if cells.points.shape[1] <= _FEW_DIMENSIONS:
        return _leaves(cells, _FEW), _leaves(cells, _MORE)
    return _drawn(cells, _DRAWN_FEW, rng), _drawn(cells, _DRAWN_MORE, rng)


def _drawn(cells: Cells, count: int, rng: np.random.RandomState) -> Points:
    place = rng.choice(len(cells), count, p=cells.weights / cells.weights.sum())
    return Points(cells.points[place], np.full(count, cells.weights.sum() / count))


@functools.lru_cache(maxsize=2)
def _leaves(cells: Cells, most: int) -> Points:
    """Groups of neighbouring cells, each at its mean, from halving the widest group each time.

    Kept for the next number of centres.
    """
    everything = np.arange(len(cells))
    number = itertools.count()
    heap = [(*_width(cells, everything), next(number), everything)]
    while len(heap) < most and heap[0][0] < 0:
        _, axis, _, group = heapq.heappop(heap)
        place = cells.points[group, axis]
        low = place <= np.average(place, weights=cells.weights[group])
        if low.all():  # rounding: all of them lie at their mean
            low = place < place.max()
        for half in (group[low], group[~low]):
            heapq.heappush(heap, (*_width(cells, half), next(number), half))
    groups = [group for *_, group in heap]
    weights = np.array([cells.weights[own].sum() for own in groups])
    sums = np.array([cells.weights[own] @ cells.points[own] for own in groups])
    return Points(sums / weights[:, None], weights)


def _width(cells: Cells, group: Labels) -> tuple[float, int]:
    """Minus the sum of squares of a group along its widest axis, and that axis."""
    points, weights = cells.points[group], cells.weights[group]
    gaps = points - np.average(points, axis=0, weights=weights)
    squares = weights @ (gaps * gaps)
    axis = int(squares.argmax())
    apart = points[:, axis].min() < points[:, axis].max()
    return (-float(squares[axis]) if apart else 0.0), axis

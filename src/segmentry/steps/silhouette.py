"""Step 7a: how well separated are the segments? The silhouette (Rousseeuw 1987), from cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from segmentry.steps.compression import Cells
from segmentry.steps.grids import Grid, grid_of
from segmentry.steps.kmeans import Solution

__all__ = ["Score", "describe_silhouette", "silhouette_curves", "silhouettes"]

Floats = npt.NDArray[np.float64]
Score = tuple[float, float, tuple[float, ...]]
"""A mean silhouette, its standard error, and the mean by segment."""

_BLOCK = 4_000_000
"""Distances held at once: blocks of 32 MB."""
_ALL_PAIRS = 16_000
"""Up to so many distinct cells each is measured against each."""
_MOST_PAIRS = 60_000_000
_EVALUATED = (1_000, 5_000)
"""At least and at most so many cells are evaluated where not all are."""


def silhouettes(cells: Cells, solutions: Sequence[Solution]) -> list[Score]:
    """Mean silhouette, its standard error, and the mean by segment, for several solutions at once.

    The silhouette of a customer is ``(b - a) / max(a, b)`` with a the mean distance to the others
    of its segment and b the smallest mean distance to another segment (Rousseeuw 1987). Customers
    in the same cell are at distance 0 of each other and each does not count itself, so on distinct
    cells this equals ``sklearn.metrics.silhouette_score`` on the raw rows; it is exact where they
    lie on a grid (:mod:`segmentry.steps.grids`), and up to 16,000 cells elsewhere.

    Beyond, and where the cells are a sample or neighbours on a lattice, it is an estimate: 1,000 to
    5,000 cells drawn evenly by weight stand for all, each measured against all cells, and the
    standard error is given. The distance of two customers in cells that hold neighbours is taken as
    the root of their mean squared distance, spreads included.
    """
    if not solutions:
        return []
    chosen, repeats, each = _each_silhouette(cells, solutions)
    exact = cells.exact and len(chosen) == len(cells)
    return [
        _mean_silhouette(own.labels[chosen], own.k, scores, repeats, exact=exact)
        for own, scores in zip(solutions, each, strict=True)
    ]


def silhouette_curves(cells: Cells, solution: Solution, *, points: int = 101) -> tuple[Floats, ...]:
    """The silhouettes within each segment from the largest to the smallest, at even shares.

    For the plot of Rousseeuw (1987): shape (points,) for each segment, largest segment first.
    """
    if solution.k == 1:
        return (np.zeros(points),)
    chosen, repeats, (scores,) = _each_silhouette(cells, [solution])
    labels, shares = solution.labels[chosen], np.linspace(0, 1, points)
    curves = []
    for label in range(solution.k):
        own, mass = scores[labels == label], repeats[labels == label]
        order = np.argsort(-own, kind="stable")
        middles = (np.cumsum(mass[order]) - mass[order] / 2) / max(mass.sum(), 1e-300)
        curves.append(np.interp(shares, middles, own[order]) if len(own) else np.zeros(points))
    return tuple(curves)


def _each_silhouette(
    cells: Cells, solutions: Sequence[Solution]
) -> tuple[npt.NDArray[np.int64], Floats, list[Floats]]:
    """The cells that are evaluated, for how many customers each counts, and its silhouettes."""
    grid = grid_of(cells) if cells.exact and len(cells) > _EVALUATED[0] else None
    chosen, repeats = (
        (np.arange(len(cells)), cells.weights)
        if grid is not None or (cells.exact and len(cells) <= _ALL_PAIRS)
        else _evaluated(cells)
    )
    starts = np.cumsum([0, *(own.k for own in solutions)])
    if grid is not None:
        sums = _sums_on_grid(cells, grid, solutions)
    else:
        sums = _sums_by_pairs(cells, chosen, solutions)
    return (
        chosen,
        repeats,
        [
            _scores(own, sums[:, start : start + own.k], chosen, cells)
            for start, own in zip(starts, solutions, strict=False)
        ],
    )


def _evaluated(cells: Cells) -> tuple[npt.NDArray[np.int64], Floats]:
    """The cells to evaluate, and for how many customers each counts."""
    if len(cells) <= _EVALUATED[1]:
        return np.arange(len(cells)), cells.weights
    count = int(np.clip(_MOST_PAIRS // len(cells), *_EVALUATED))
    ends = np.cumsum(cells.weights)
    places = (np.arange(count) + 0.5) * ends[-1] / count
    return np.searchsorted(ends, places), np.full(count, ends[-1] / count)


def _sums_on_grid(cells: Cells, grid: Grid, solutions: Sequence[Solution]) -> Floats:
    """The summed distances from each cell to the customers of each segment of each solution."""
    sums = [
        grid.summed_distances(np.where(own.labels == label, cells.weights, 0.0))
        for own in solutions
        for label in range(own.k)
    ]
    return np.column_stack(sums)


def _sums_by_pairs(
    cells: Cells, chosen: npt.NDArray[np.int64], solutions: Sequence[Solution]
) -> Floats:
    """The same for some cells, by measuring each of them against all cells, block by block."""
    members = np.zeros((len(cells), sum(own.k for own in solutions)))
    start = 0
    for own in solutions:
        members[np.arange(len(cells)), start + own.labels] = cells.weights
        start += own.k
    sums = np.empty((len(chosen), members.shape[1]))
    step = max(1, _BLOCK // len(cells))
    for at in range(0, len(chosen), step):
        block = slice(at, at + step)
        sums[block] = _distances(cells, chosen[block]) @ members
    return sums


def _distances(cells: Cells, chosen: npt.NDArray[np.int64]) -> Floats:
    """From each of some cells to all, a row at a time: that much stays in the processor's cache."""
    axes = np.ascontiguousarray(cells.points.T)
    distances, difference = np.empty((len(chosen), len(cells))), np.empty(len(cells))
    for own, row in zip(chosen, distances, strict=True):
        row[:] = 0.0
        for x in axes:
            np.subtract(x, x[own], out=difference)
            np.multiply(difference, difference, out=difference)
            np.add(row, difference, out=row)
    if cells.within > 0:
        spread = cells.spreads / cells.weights
        distances += spread[chosen, None] + spread[None, :]
    return np.sqrt(distances, out=distances)


def _scores(
    solution: Solution, sums: Floats, chosen: npt.NDArray[np.int64], cells: Cells
) -> Floats:
    """The silhouette of each evaluated cell."""
    labels = solution.labels[chosen]
    rows = np.arange(len(chosen))
    others = np.bincount(solution.labels, cells.weights, solution.k)
    own = sums[rows, labels] / np.maximum(others[labels] - 1, 1)
    means = sums / others
    means[rows, labels] = np.inf
    nearest = means.min(axis=1)
    widest = np.maximum(own, nearest)
    alone = others[labels] <= 1
    none = alone | (widest == 0)
    scores: Floats = np.where(none, 0.0, (nearest - own) / np.where(widest == 0, 1, widest))
    return scores


def _mean_silhouette(
    labels: npt.NDArray[np.int64], k: int, score: Floats, repeats: Floats, *, exact: bool
) -> Score:
    mean = float(np.average(score, weights=repeats))
    error = 0.0 if exact else float(np.std(score) / np.sqrt(len(score)))
    by_segment = tuple(
        float(np.average(score[labels == label], weights=repeats[labels == label]))
        if (labels == label).any()
        else 0.0
        for label in range(k)
    )
    return mean, error, by_segment


def describe_silhouette(silhouette: float) -> str:
    """The usual reading of a mean silhouette (Kaufman and Rousseeuw 1990).

    >>> describe_silhouette(0.55)
    'reasonable'
    """
    for cut, word in ((0.7, "strong"), (0.5, "reasonable"), (0.25, "weak")):
        if silhouette > cut:
            return word
    return "no clear"

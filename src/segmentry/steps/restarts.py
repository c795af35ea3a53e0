"""Step 6a: many random starts of weighted K-Means, and how often the best of them came up.

All starts of a round run at once, as one block of NumPy arrays: on few cells scikit-learn spends
most of its time outside the algorithm, once for each start. Seeds are greedy k-means++ (Arthur and
Vassilvitskii 2007), the rest is Lloyd's algorithm; the best solution is also improved by moving
single centres. On many cells :mod:`segmentry.steps.coarsening` does the same on fewer. A test holds
both to scikit-learn's best inertia.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentry.textual import percent

__all__ = [
    "FEW_CELLS",
    "SAME",
    "Restarts",
    "all_at_once",
    "describe_search",
    "different",
    "lloyd",
    "means_of",
    "others",
    "restart",
    "with_moves",
]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

SAME = 1e-9
"""Relative difference of inertia below which two solutions count as the same."""
FEW_CELLS = 500
"""Up to so many cells random starts run on the cells themselves."""
_ENOUGH_HITS = 5
_ROUND = 200
_MOST_STEPS = 300
_FEW_DIMENSIONS = 4
_CACHED = 32_768
"""Distances computed at once: so many stay in the processor's cache."""
_MOST_MOVES, _MOVERS = 10, 6
_KEPT = 4
"""So many different solutions are kept."""


@dataclass(frozen=True)
class Restarts:
    """The best of many random starts.

    Attributes
    ----------
    labels : ndarray of shape (n_cells,)
        Of the best start, 0..k-1.
    restarts, hits : int
        Starts made, and how many ended at the best inertia; none of them may, where the best
        solution was found by moving centres.
    others : tuple of ndarray
        Labels of the best few solutions that are different and worse, best first.
    """

    labels: Labels
    restarts: int
    hits: int
    others: tuple[Labels, ...] = ()


def restart(points: Floats, weights: Floats, k: int, *, seed: int, rounds: int = 1) -> Restarts:
    """Start K-Means from many random centres and keep the best solution.

    A round is 200 starts. Rounds go on until the best inertia was hit five times, or ``rounds`` of
    them were made.

    Parameters
    ----------
    points : ndarray of shape (n_cells, n_features)
        In plan coordinates.
    weights : ndarray of shape (n_cells,)
        Customers that each cell stands for.
    k : int
        Number of centres, from 2 to n_cells.
    seed : int
        Of the random starts.
    """
    rng = np.random.RandomState(seed % 2**32)
    best, best_inertia, hits, made = np.zeros(len(points), dtype=np.int64), np.inf, 0, 0
    points = points - np.average(points, axis=0, weights=weights)
    ends: list[tuple[float, Labels]] = []
    for _ in range(rounds):
        labels, inertias = all_at_once(points, weights, k, rng, _ROUND)
        made += _ROUND
        for own, inertia in zip(labels, inertias.tolist(), strict=True):
            hits = 0 if inertia < best_inertia * (1 - SAME) else hits
            if inertia < best_inertia:
                best, best_inertia = own, inertia
            hits += inertia <= best_inertia * (1 + SAME)
        ends += [(float(inertias[i]), labels[i]) for i in different(inertias)[0]]
        moved, inertia = with_moves(points, weights, best, best_inertia, k)
        if inertia < best_inertia * (1 - SAME):
            best, best_inertia, hits = moved, inertia, 0
        if hits >= _ENOUGH_HITS:
            break
    return Restarts(best, made, hits, others(ends, best_inertia * (1 + SAME)))


def different(inertias: Floats) -> tuple[Labels, Labels]:
    """The best start of each of the best few different solutions, and how many ended there."""
    order = np.argsort(inertias, kind="stable")
    apart = np.diff(inertias[order], prepend=-np.inf) > SAME * inertias[order]
    counts = np.bincount(np.cumsum(apart) - 1)
    return order[apart][:_KEPT], counts[:_KEPT]


def others(ends: Sequence[tuple[float, Labels]], best: float) -> tuple[Labels, ...]:
    """The labels of the best few solutions whose inertia is above the best."""
    worse: dict[float, Labels] = {}
    for inertia, labels in sorted(ends, key=lambda own: own[0]):
        last = next(reversed(worse), best)
        if inertia > last * (1 + SAME):
            worse[inertia] = labels
    return tuple(worse.values())[: _KEPT - 1]


def describe_search(restarts: int, hits: int, *, cells: int) -> str:
    """Say in a sentence how a solution was searched for, and how often it was found.

    >>> describe_search(200, 120, cells=196).partition(", and ")[2]
    '60.0 % of the starts ended at this solution, the best of all.'
    """
    started = f"K-Means was started {restarts:,} times from random centres"
    if cells > FEW_CELLS:
        started += ", on a coarser version of the data from which the best were carried on to all"
    if not hits:
        return (
            f"{started}; none of the starts ended at this solution, which is better: it was found "
            "by moving single centres of the best one."
        )
    share = percent(hits / restarts)
    return f"{started}, and {share} of the starts ended at this solution, the best of all."


# ---------------------------------------------------------------- all starts at once


def all_at_once(
    points: Floats, weights: Floats, k: int, rng: np.random.RandomState, starts: int
) -> tuple[Labels, Floats]:
    """Lloyd's algorithm from k-means++ seeds, for all starts together.

    Points of shape (sets, n, n_features) are as many data sets of their own, solved side by side;
    the starts of the first come first.
    """
    sets = np.repeat(np.arange(len(points) if points.ndim == 3 else 1), starts)
    centers = _plus_plus(points, weights, k, rng, sets)
    return lloyd(points[sets] if points.ndim == 3 else points, weights, centers)


def lloyd(points: Floats, weights: Floats, centers: Floats) -> tuple[Labels, Floats]:
    """Lloyd's algorithm from centres of shape (starts, k, n_features).

    Points and weights, of shape (n, n_features) and (n,), are those of all starts, or each start
    has its own: then their first axis is the start's. Starts that stand still are put aside.
    """
    starts, k = centers.shape[:2]
    labels = np.full((starts, points.shape[-2]), -1, dtype=np.int64)
    inertias = np.empty(starts)
    moving = np.arange(starts)
    for _ in range(_MOST_STEPS):
        own, mass = _rows(points, moving, 3), _rows(weights, moving, 2)
        distances = _squared_distances(own, centers[moving])
        new = distances.argmin(axis=2)
        nearest = np.take_along_axis(distances, new[:, :, None], axis=2)[:, :, 0]
        inertias[moving] = np.einsum("sn,sn->s", nearest, mass) if mass.ndim > 1 else nearest @ mass
        changed = (new != labels[moving]).any(axis=1)
        labels[moving] = new
        moving, new, nearest = moving[changed], new[changed], nearest[changed]
        if not len(moving):
            break
        own, mass = _rows(points, moving, 3), _rows(weights, moving, 2)
        centers[moving] = _means(own, mass, new, nearest, k)
    return labels, inertias


def _rows(array: Floats, starts: Labels | slice, axes: int) -> Floats:
    """What belongs to some starts, where each start has its own."""
    return array[starts] if array.ndim == axes else array


def with_moves(
    points: Floats, weights: Floats, labels: Labels, inertia: float, k: int
) -> tuple[Labels, float]:
    """Improve a solution by moving one centre at a time to where it is needed more.

    Each of the centres that are missed least is put on the farthest cell of each of the widest
    segments, and Lloyd's algorithm runs from there; the best move is made until none helps.
    """
    for _ in range(_MOST_MOVES):
        centers = _means(points, weights, labels[None], np.zeros((1, len(points))), k)[0]
        distances = _squared_distances(points, centers[None])[0]
        moved = _moves(points, weights, labels, centers, distances)
        found, inertias = lloyd(points, weights, moved)
        best = int(inertias.argmin())
        if inertias[best] >= inertia * (1 - SAME):
            break
        labels, inertia = found[best], float(inertias[best])
    return labels, inertia


def _moves(
    points: Floats, weights: Floats, labels: Labels, centers: Floats, distances: Floats
) -> Floats:
    """Sets of centres with one of them moved, shape (moves, k, n_features)."""
    k = len(centers)
    own = distances[np.arange(len(points)), labels]
    others = distances.copy()
    others[np.arange(len(points)), labels] = np.inf
    missed = np.bincount(labels, weights * (others.min(axis=1) - own), k)
    width = np.bincount(labels, weights * own, k)
    farthest = [int(np.argmax(np.where(labels == label, own, -1.0))) for label in range(k)]
    moves = []
    for mover in np.argsort(missed, kind="stable")[:_MOVERS]:
        for place in np.argsort(-width, kind="stable")[:_MOVERS]:
            if mover != place:
                moves.append(centers.copy())
                moves[-1][mover] = points[farthest[place]]
    return np.array(moves)


def _squared_distances(points: Floats, centers: Floats) -> Floats:
    """Shape (starts, n_cells, k); in many dimensions by |x|² - 2xc + |c|², which is faster."""
    if points.shape[-1] > _FEW_DIMENSIONS:
        total: Floats = np.matmul(points, centers.transpose(0, 2, 1))
        total *= -2
        total += np.einsum("...ij,...ij->...i", points, points)[..., :, None]
        total += np.einsum("rkj,rkj->rk", centers, centers)[:, None, :]
        np.maximum(total, 0, out=total)
        return total
    (starts, k), n = centers.shape[:2], points.shape[-2]
    total = np.empty((starts, n, k))
    few = max(1, _CACHED // (n * k))
    scratch = np.empty((min(few, starts), n, k))
    for start in range(0, starts, few):
        some = slice(start, start + few)
        own, at, sums = _rows(points, some, 3), centers[some], total[some]
        sums[:] = 0.0
        difference = scratch[: len(sums)]
        for axis in range(points.shape[-1]):
            np.subtract(own[..., :, None, axis], at[:, None, :, axis], out=difference)
            np.multiply(difference, difference, out=difference)
            np.add(sums, difference, out=sums)
    return total


def means_of(points: Floats, weights: Floats, labels: Labels, k: int) -> Floats:
    """Weighted means by label, shape (starts, k, n_features), where no label is empty."""
    return _means(points, weights, labels, np.zeros(labels.shape), k)


def _means(points: Floats, weights: Floats, labels: Labels, nearest: Floats, k: int) -> Floats:
    """Weighted means by label, shape (starts, k, n_features).

    An empty label takes over the cell that lies farthest from its centre, as in scikit-learn.
    """
    starts = len(labels)
    bins = (labels + k * np.arange(starts)[:, None]).ravel()

    def summed(values: Floats) -> Floats:
        each = np.broadcast_to(values, labels.shape).ravel()
        found: Floats = np.bincount(bins, each, starts * k).astype(np.float64)
        return found.reshape(starts, k)

    sizes = summed(weights)
    means = np.empty((starts, k, points.shape[-1]))
    for axis in range(points.shape[-1]):
        means[:, :, axis] = summed(weights * points[..., axis]) / np.where(sizes > 0, sizes, 1)
    for start in np.flatnonzero((sizes == 0).any(axis=1)):
        empty = np.flatnonzero(sizes[start] == 0)
        known = (weights if weights.ndim == 1 else weights[start]) > 0
        far = np.argsort(-np.where(known, nearest[start], -1.0), kind="stable")[: len(empty)]
        means[start, empty] = points[start, far] if points.ndim == 3 else points[far]
    return means


def _plus_plus(
    points: Floats, weights: Floats, k: int, rng: np.random.RandomState, sets: Labels
) -> Floats:
    """Greedy k-means++ seeds for all starts: of several candidates the best becomes a centre.

    ``sets`` says which data set each start is on.
    """
    every = points if points.ndim == 3 else points[None]
    between = np.stack([_squared_distances(own, own[None])[0] for own in every])
    trials, starts = 2 + int(np.log(k)), len(sets)
    chosen: Any = np.empty((starts, k), dtype=np.int64)
    chosen[:, 0] = rng.choice(points.shape[-2], starts, p=weights / weights.sum())
    closest = between[sets, chosen[:, 0]]
    each = np.arange(starts)
    for place in range(1, k):
        mass = np.cumsum(closest * weights, axis=1)
        drawn = rng.random_sample((starts, trials)) * mass[:, -1:]
        picks = (mass[:, None, :] <= drawn[:, :, None]).sum(axis=2).clip(max=points.shape[-2] - 1)
        left = np.minimum(closest[:, None, :], between[sets[:, None], picks])
        best = (left @ weights).argmin(axis=1)
        chosen[:, place] = picks[each, best]
        closest = left[each, best]
    seeds: Floats = every[sets[:, None], chosen]
    return seeds

"""Step 6a: many random starts of weighted K-Means, and how often the best of them came up.

All starts of a round run at once, as one block of NumPy arrays: on few cells scikit-learn spends
most of its time outside the algorithm, once for each start. Seeds are greedy k-means++ (Arthur and
Vassilvitskii 2007), the rest is Lloyd's algorithm; the best solution is also improved by moving
single centres. On many cells :mod:`segmentry.steps.coarsening` does the same on fewer. A test holds
both to scikit-learn's best inertia.
"""

from __future__ import annotations

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
    "lloyd",
    "means_of",
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
_MOST_MOVES, _MOVERS = 10, 6


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
    """

    labels: Labels
    restarts: int
    hits: int


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
    for _ in range(rounds):
        labels, inertias = all_at_once(points, weights, k, rng, _ROUND)
        made += _ROUND
        for own, inertia in zip(labels, inertias.tolist(), strict=True):
            hits = 0 if inertia < best_inertia * (1 - SAME) else hits
            if inertia < best_inertia:
                best, best_inertia = own, inertia
            hits += inertia <= best_inertia * (1 + SAME)
        moved, inertia = with_moves(points, weights, best, best_inertia, k)
        if inertia < best_inertia * (1 - SAME):
            best, best_inertia, hits = moved, inertia, 0
        if hits >= _ENOUGH_HITS:
            break
    return Restarts(best, made, hits)


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
    """Lloyd's algorithm from k-means++ seeds, for all starts together."""
    centers = _plus_plus(points, weights, k, rng, starts)
    return lloyd(points, weights, centers)


def lloyd(points: Floats, weights: Floats, centers: Floats) -> tuple[Labels, Floats]:
    """Lloyd's algorithm from centres of shape (starts, k, n_features).

    Starts that stand still are put aside.
    """
    starts, k = centers.shape[:2]
    labels = np.full((starts, len(points)), -1, dtype=np.int64)
    inertias = np.empty(starts)
    moving = np.arange(starts)
    for _ in range(_MOST_STEPS):
        distances = _squared_distances(points, centers[moving])
        new = distances.argmin(axis=2)
        nearest = np.take_along_axis(distances, new[:, :, None], axis=2)[:, :, 0]
        inertias[moving] = nearest @ weights
        changed = (new != labels[moving]).any(axis=1)
        labels[moving] = new
        moving, new, nearest = moving[changed], new[changed], nearest[changed]
        if not len(moving):
            break
        centers[moving] = _means(points, weights, new, nearest, k)
    return labels, inertias


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
    if points.shape[1] > _FEW_DIMENSIONS:
        total: Floats = np.matmul(points, centers.transpose(0, 2, 1))
        total *= -2
        total += np.einsum("ij,ij->i", points, points)[None, :, None]
        total += np.einsum("rkj,rkj->rk", centers, centers)[:, None, :]
        np.maximum(total, 0, out=total)
        return total
    total = np.zeros((len(centers), len(points), centers.shape[1]))
    for axis in range(points.shape[1]):
        difference = points[None, :, None, axis] - centers[:, None, :, axis]
        difference *= difference
        total += difference
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
    sizes = np.bincount(bins, np.tile(weights, starts), starts * k).reshape(starts, k)
    means = np.empty((starts, k, points.shape[1]))
    for axis, x in enumerate(points.T):
        sums = np.bincount(bins, np.tile(weights * x, starts), starts * k).reshape(starts, k)
        means[:, :, axis] = sums / np.where(sizes > 0, sizes, 1)
    for start in np.flatnonzero((sizes == 0).any(axis=1)):
        empty = np.flatnonzero(sizes[start] == 0)
        means[start, empty] = points[np.argsort(-nearest[start], kind="stable")[: len(empty)]]
    return means


def _plus_plus(
    points: Floats, weights: Floats, k: int, rng: np.random.RandomState, starts: int
) -> Floats:
    """Greedy k-means++ seeds for all starts: of several candidates the best becomes a centre."""
    between = _squared_distances(points, points[None])[0]
    trials = 2 + int(np.log(k))
    chosen: Any = np.empty((starts, k), dtype=np.int64)
    chosen[:, 0] = rng.choice(len(points), starts, p=weights / weights.sum())
    closest = between[chosen[:, 0]]
    every = np.arange(starts)
    for place in range(1, k):
        mass = np.cumsum(closest * weights, axis=1)
        drawn = rng.random_sample((starts, trials)) * mass[:, -1:]
        picks = (mass[:, None, :] <= drawn[:, :, None]).sum(axis=2).clip(max=len(points) - 1)
        left = np.minimum(closest[:, None, :], between[picks])
        best = (left @ weights).argmin(axis=1)
        chosen[:, place] = picks[every, best]
        closest = left[every, best]
    seeds: Floats = points[chosen]
    return seeds

"""Step 6: K-Means on the cells with many restarts, settled until no cell moves.

The best of many random starts (:mod:`segmentry.steps.restarts`, on many cells
:mod:`segmentry.steps.coarsening`) is settled by plain Lloyd passes with distances summed from the
first coordinate to the last, the very arithmetic of scoring. Where the cells are not exact,
:mod:`segmentry.steps.refinement` then settles it on all customers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from segmentry.errors import ClusterCountError
from segmentry.steps.coarsening import restart_coarsely
from segmentry.steps.compression import Cells
from segmentry.steps.restarts import FEW_CELLS, Restarts, restart

__all__ = ["Solution", "check_k", "nearest_two", "numbered", "settle", "solve"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_MOST_PASSES = 300
_NEAR = 1e-7
"""Solutions for the evidence by k may be this far, relatively, from their fixed point."""


@dataclass(frozen=True)
class Solution:
    """K-Means with k centres, largest segment first.

    Attributes
    ----------
    centers : ndarray of shape (k, n_features)
        In plan coordinates.
    labels : ndarray of shape (n_cells,)
        The nearest centre of each cell, 0..k-1.
    sizes : ndarray of shape (k,)
        Customers by centre.
    inertia : float
        Sum of squared distances to the own centre over all customers.
    restarts, hits : int
        How many random starts were made, and how many ended at the best inertia.
    passes : int
        Exact passes over all customers in the engine; 0 where the cells are exact.
    others : tuple of ndarray of shape (n_cells,)
        The best few different solutions that are worse, as labels of the cells; best first.
    """

    centers: Floats
    labels: Labels
    sizes: Floats
    inertia: float
    restarts: int
    hits: int
    passes: int = 0
    others: tuple[Labels, ...] = ()

    @property
    def k(self) -> int:
        """The number of centres."""
        return len(self.centers)

    @property
    def hit_rate(self) -> float:
        """The share of the restarts that ended at the best inertia."""
        return self.hits / self.restarts


def check_k(k: object, *, name: str = "k") -> None:
    """Refuse a number of segments that is not a whole number of at least 1.

    Raises
    ------
    ClusterCountError
        With the range.
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ClusterCountError(
            f"{name}={k!r} is not a number of segments.",
            "Give a whole number from 1 on" + (', or "auto".' if name == "k" else "."),
            code="R43",
        )


def solve(cells: Cells, k: int, *, seed: int, rounds: int = 1) -> Solution:
    """Find the best K-Means solution with k centres that many random starts reach.

    Parameters
    ----------
    cells : Cells
        The weighted points.
    k : int
        Number of centres, at most the number of cells.
    seed : int
        Of the random starts.
    rounds : int
        Rounds of random starts go on until the best inertia was hit five times, or this many
        were made.

    Raises
    ------
    ClusterCountError
        If there are fewer cells than centres.
    """
    if k > len(cells):
        raise ClusterCountError(
            f"k={k}, but there are only {len(cells)} distinct customers on these features.",
            f"The largest possible k is {len(cells)}.",
            code="R42",
        )
    if k == 1:
        return _finished(cells, Restarts(np.zeros(len(cells), dtype=np.int64), 1, 1))
    if len(cells) <= FEW_CELLS:
        found = restart(cells.points, cells.weights, k, seed=seed, rounds=rounds)
    else:
        found = restart_coarsely(cells, k, seed=seed, rounds=rounds)
    return _finished(cells, found)


def _finished(cells: Cells, found: Restarts) -> Solution:
    """Number the centres of the best start, largest first, close to a fixed point."""
    start = Solution(
        _centers(cells, found.labels, int(found.labels.max()) + 1),
        found.labels,
        np.zeros(0),
        np.inf,
        found.restarts,
        found.hits,
        others=found.others,
    )
    return settle(cells, start, tolerance=_NEAR)


def settle(cells: Cells, start: Solution, *, tolerance: float = 0.0) -> Solution:
    """Assign and average by turns until no cell moves, or the inertia hardly falls any more.

    Parameters
    ----------
    cells : Cells
        The weighted points.
    start : Solution
        Where from.
    tolerance : float
        Relative fall of the inertia that is not worth another pass; 0 goes on to a fixed point.
    """
    labels, centers, before = start.labels, start.centers, np.inf
    for _ in range(_MOST_PASSES):
        new, nearest, _ = nearest_two(cells.points, centers)
        inertia = float(np.sum(nearest * cells.weights)) + cells.within
        moved = not np.array_equal(new, labels)
        worth_it = tolerance == 0 or inertia < before * (1 - tolerance)
        labels, before = new, inertia
        if not (moved and worth_it):
            break
        centers = _centers(cells, labels, len(centers))
    sizes = np.bincount(labels, cells.sizes, len(centers)).astype(np.float64)
    return numbered(replace(start, centers=centers, labels=labels, sizes=sizes, inertia=inertia))


def numbered(solution: Solution) -> Solution:
    """The same solution, largest segment first; equal ones in the order of their centres."""
    order = np.lexsort((*solution.centers.T[::-1], -solution.sizes))
    rank: Labels = np.argsort(order).astype(np.int64)
    return replace(
        solution,
        centers=solution.centers[order],
        labels=rank[solution.labels],
        sizes=solution.sizes[order],
    )


def _centers(cells: Cells, labels: Labels, k: int) -> Floats:
    """Weighted means by label; every label has at least one cell."""
    sizes = np.bincount(labels, cells.weights, k)
    sums = [np.bincount(labels, cells.weights * x, k) for x in cells.points.T]
    return np.column_stack(sums) / sizes[:, None]


def nearest_two(points: Floats, centers: Floats) -> tuple[Labels, Floats, Floats]:
    """Return each point's nearest centre, its squared distance, and that to the second nearest.

    Squared differences are added from the first coordinate to the last, as in SQL; an exact tie
    goes to the lower label. With one centre the second distance is infinite.
    """
    labels = np.zeros(len(points), dtype=np.int64)
    nearest = np.full(len(points), np.inf)
    second = np.full(len(points), np.inf)
    for label, center in enumerate(centers):
        distance = np.zeros(len(points))
        for x, own in zip(points.T, center, strict=True):
            distance += (x - own) * (x - own)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        labels[closer] = label
        nearest = np.where(closer, distance, nearest)
    return labels, nearest, second

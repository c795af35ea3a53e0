"""Step 7d: would the same segments come out of other customers of the same kind? The bootstrap.

Customers are drawn with replacement, at most 2,000 of them: of ten million, ten million would
always give the same segments, which says nothing. K-Means is solved on the draw from every one of
the best different solutions for all, which is where its best solution lies; then all customers
are assigned, and the two solutions compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry.steps.coarsening import Points, coarse_points
from segmentry.steps.compression import Cells
from segmentry.steps.indices import adjusted_rand, overlaps
from segmentry.steps.kmeans import Solution
from segmentry.steps.restarts import lloyd, means_of

__all__ = ["ROUNDS", "Stability", "bootstrap", "describe_stability"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

ROUNDS = 50
MOST_DRAWN = 2_000


@dataclass(frozen=True)
class Stability:
    """How often the segments of one solution come back.

    Attributes
    ----------
    agreement : float
        Mean adjusted Rand index between the solution and those of the draws, 1 for the same.
    segments : tuple of float
        For each segment the mean Jaccard index with the segment of a draw most like it (Hennig
        2007), 0 to 1.
    """

    agreement: float
    segments: tuple[float, ...]


def bootstrap(cells: Cells, solutions: Sequence[Solution], *, seed: int = 0) -> list[Stability]:
    """Solve each solution's K-Means again on 50 bootstrap draws, and compare.

    Parameters
    ----------
    cells : Cells
        The customers.
    solutions : sequence of Solution
        On these cells, of any numbers of segments.
    seed : int
        Of the draws, which are the same for all solutions.
    """
    rng = np.random.RandomState(seed)
    coarse = coarse_points(cells, rng)
    drawn = min(cells.customers, MOST_DRAWN)
    shares = coarse.weights / coarse.weights.sum()
    draws = rng.multinomial(drawn, shares / shares.sum(), size=ROUNDS).astype(np.float64)
    return [
        Stability(1.0, (1.0,)) if own.k == 1 else _stability(cells, coarse, draws, own)
        for own in solutions
    ]


def _stability(cells: Cells, coarse: Points, draws: Floats, own: Solution) -> Stability:
    """Of one solution; customers are compared at the coarse points that stand for them."""
    middle = np.average(cells.points, axis=0, weights=cells.weights)
    points, known = coarse.points - middle, np.stack([own.labels, *own.others])
    starts = means_of(cells.points - middle, cells.weights, known, own.k)
    centers = np.tile(starts, (len(draws), 1, 1))
    labels, inertias = lloyd(points, np.repeat(draws, len(starts), axis=0), centers)
    best = inertias.reshape(len(draws), -1).argmin(axis=1)
    chosen = labels.reshape(len(draws), len(starts), -1)[np.arange(len(draws)), best]
    ours = _nearest(points, starts[0])
    tables = [overlaps(ours, one, coarse.weights, own.k, own.k) for one in chosen]
    jaccard = np.mean([_jaccard(one) for one in tables], axis=0)
    agreement = float(np.mean([adjusted_rand(one) for one in tables]))
    return Stability(agreement, tuple(float(value) for value in jaccard))


def _nearest(points: Floats, centers: Floats) -> Labels:
    gaps = points[:, None, :] - centers[None]
    nearest: Labels = np.einsum("nkj,nkj->nk", gaps, gaps).argmin(axis=1)
    return nearest


def _jaccard(counts: Floats) -> Floats:
    """For each row's segment the Jaccard index with the column's segment most like it."""
    either = counts.sum(axis=1)[:, None] + counts.sum(axis=0)[None] - counts
    shared: Floats = (counts / np.where(either > 0, either, 1.0)).max(axis=1)
    return shared


def describe_stability(value: float) -> str:
    """The usual reading of a Jaccard index of bootstrap draws (Hennig 2008).

    >>> describe_stability(0.8)
    'stable'
    """
    for cut, word in ((0.85, "highly stable"), (0.75, "stable"), (0.6, "doubtful")):
        if value >= cut:
            return word
    return "unstable"

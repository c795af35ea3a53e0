"""Step 7f: what speaks for and against each number of segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segmentry.model import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.indices import (
    calinski_harabasz,
    center_silhouette,
    classification_cost,
    davies_bouldin,
    moved_share,
    overlaps,
)
from segmentry.steps.kmeans import Labels, Solution
from segmentry.steps.noise import Noise, floors_of, measure_noise
from segmentry.steps.reference import learn_twin
from segmentry.steps.silhouette import Score, silhouettes
from segmentry.steps.stability import MOST_DRAWN, Stability, bootstrap

__all__ = ["FIGURES", "Evidence", "Measures", "gather_evidence", "knee_distances"]

FIGURES = (
    "k", "inertia", "inertia_drop", "knee_distance", "silhouette", "silhouette_error",
    "noise_silhouette", "excess", "gain", "gap", "gap_error", "center_silhouette",
    "davies_bouldin", "calinski_harabasz", "agreement", "hit_rate", "restarts",
    "runner_up_excess", "runner_up_moved", "smallest_share", "largest_share",
)  # fmt: skip
"""What tables and summaries show of the evidence for one k."""
_NO_SCORE: Score = (0.0, 0.0, ())


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against one number of segments.

    Attributes
    ----------
    k : int
        The number of segments.
    inertia : float
        Of the best solution found.
    inertia_drop : float or None
        Share of the inertia at k - 1 that one more segment saves, 0 to 1; None for k = 1.
    knee_distance : float
        How far the normalised inertia curve lies under its chord, 0 to 1; the knee is its maximum.
    silhouette : float or None
        Mean over all customers, -1 to 1; None for k = 1.
    silhouette_error : float or None
        Standard error where the silhouette is an estimate; 0 where it is exact.
    segment_silhouettes : tuple of float
        The mean within each segment, largest segment first.
    noise_silhouette : float or None
        What structureless twins of the customers reach on average.
    center_silhouette, davies_bouldin, calinski_harabasz : float or None
        See :mod:`segmentry.steps.indices`; None for k = 1.
    gap, gap_error : float or None
        The gap statistic (Tibshirani, Walther and Hastie 2001) and its standard error.
    gain : float or None
        By how much more than in structureless twins the classification cost per customer falls.
    agreement : float
        Mean adjusted Rand index with the solutions of bootstrap draws.
    segment_stabilities : tuple of float
        Mean Jaccard index of each segment with those of bootstrap draws, largest segment first.
    restarts, hits : int
        Random starts made, and how many ended at the best inertia.
    runner_up_excess : float or None
        How much, relatively, the inertia of the second best different solution for this k is
        higher; None if no other was met.
    runner_up_moved : float or None
        The share of the customers who are in other company there.
    smallest_share, largest_share : float
        Of all customers, 0 to 1.
    """

    k: int
    inertia: float
    inertia_drop: float | None
    knee_distance: float
    silhouette: float | None
    silhouette_error: float | None
    segment_silhouettes: tuple[float, ...]
    noise_silhouette: float | None
    center_silhouette: float | None
    davies_bouldin: float | None
    calinski_harabasz: float | None
    gap: float | None
    gap_error: float | None
    gain: float | None
    agreement: float
    segment_stabilities: tuple[float, ...]
    restarts: int
    hits: int
    runner_up_excess: float | None
    runner_up_moved: float | None
    smallest_share: float
    largest_share: float

    @property
    def hit_rate(self) -> float:
        """The share of the restarts that ended at the best inertia."""
        return self.hits / self.restarts

    @property
    def excess(self) -> float | None:
        """By how much the silhouette is above that of structureless twins."""
        if self.silhouette is None or self.noise_silhouette is None:
            return None
        return self.silhouette - self.noise_silhouette


@dataclass(frozen=True, eq=False)
class Measures:
    """What is measured once for all numbers of segments."""

    cells: Cells
    noise: Noise | None
    floors: npt.NDArray[np.float64]
    known: dict[int, tuple[Solution, Score, Stability]] = field(default_factory=dict)

    def separation(self, solutions: Sequence[Solution]) -> list[tuple[Score, Stability]]:
        """The silhouettes and the stability of each solution; the costly part, kept by k."""
        new = [own for own in solutions if self.known.get(own.k, (None,))[0] is not own]
        several = [own for own in new if own.k > 1]
        scores = dict(
            zip([own.k for own in several], silhouettes(self.cells, several), strict=True)
        )
        for own, stability in zip(new, bootstrap(self.cells, new), strict=True):
            self.known[own.k] = own, scores.get(own.k, _NO_SCORE), stability
        return [self.known[own.k][1:] for own in solutions]

    @classmethod
    def of(cls, cells: Cells, plan: Plan, last: int) -> Measures:
        """Measure noise like the customers, where there is any room for segments."""
        if len(cells) < 2:
            return cls(cells, None, np.zeros(cells.points.shape[1]))
        floors = floors_of(learn_twin(cells, plan))
        return cls(cells, measure_noise(cells, plan, last), floors)


def gather_evidence(measures: Measures, solutions: Sequence[Solution]) -> tuple[Evidence, ...]:
    """Measure the solutions for k = 1, 2, … by every criterion.

    Parameters
    ----------
    measures : Measures
        The customers, and noise like them.
    solutions : sequence of Solution
        The best for k = 1, 2, …
    """
    found = measures.separation(solutions)
    distances = knee_distances([own.inertia for own in solutions])
    costs = [_cost(measures, own) for own in solutions]
    return tuple(
        _evidence(
            measures, own, solutions, *found[i],
            knee_distance=distances[i], fallen=costs[0] - costs[i],
        )
        for i, own in enumerate(solutions)
    )  # fmt: skip


def _evidence(
    measures: Measures,
    own: Solution,
    solutions: Sequence[Solution],
    score: Score,
    stability: Stability,
    *,
    knee_distance: float,
    fallen: float,
) -> Evidence:
    cells, several = measures.cells, own.k > 1
    total, before = solutions[0].inertia, solutions[max(own.k - 2, 0)].inertia
    gap, gap_error = _gap(measures, own)
    excess, moved = _runner_up(cells, own)
    noise = measures.noise if measures.noise and own.k <= measures.noise.last else None
    return Evidence(
        k=own.k,
        inertia=own.inertia,
        inertia_drop=1 - own.inertia / before if several and before > 0 else None,
        knee_distance=knee_distance,
        silhouette=score[0] if several else None,
        silhouette_error=score[1] if several else None,
        segment_silhouettes=score[2],
        noise_silhouette=_mean(noise.silhouettes, own.k) if noise and several else None,
        center_silhouette=center_silhouette(cells, own),
        davies_bouldin=davies_bouldin(cells, own),
        calinski_harabasz=calinski_harabasz(
            total=total, inertia=own.inertia, customers=cells.customers, k=own.k
        ),
        gap=gap,
        gap_error=gap_error,
        gain=fallen - _mean(noise.gains, own.k) if noise else None,
        agreement=stability.agreement,
        segment_stabilities=stability.segments,
        restarts=own.restarts,
        hits=own.hits,
        runner_up_excess=excess,
        runner_up_moved=moved,
        smallest_share=float(own.sizes.min() / own.sizes.sum()),
        largest_share=float(own.sizes.max() / own.sizes.sum()),
    )


def _mean(values: npt.NDArray[np.float64], k: int) -> float:
    return float(values[:, k - 1].mean())


def _cost(measures: Measures, own: Solution) -> float:
    """The classification cost, with parameters priced as for 2,000 customers at most."""
    observations = min(measures.cells.customers, MOST_DRAWN)
    return classification_cost(
        measures.cells, own.labels, own.k, floors=measures.floors, observations=observations
    )


def _gap(measures: Measures, own: Solution) -> tuple[float | None, float | None]:
    """The gap statistic and its standard error, for inertia per customer."""
    if measures.noise is None or own.k > measures.noise.last or own.inertia <= 0:
        return None, None
    logs = measures.noise.log_inertias[:, own.k - 1]
    gap = float(logs.mean() - np.log(own.inertia / measures.cells.customers))
    return gap, float(logs.std() * np.sqrt(1 + 1 / len(logs)))


def _runner_up(cells: Cells, own: Solution) -> tuple[float | None, float | None]:
    """How much worse the second best solution for the same k is, and how different."""
    if not own.others or own.inertia <= 0:
        return None, None
    other = own.others[0]
    counts = overlaps(own.labels, other, cells.weights, own.k, own.k)
    return _inertia(cells, other, own.k) / own.inertia - 1, moved_share(counts)


def _inertia(cells: Cells, labels: Labels, k: int) -> float:
    """The sum of squared distances from the means by label."""
    sizes, total = np.bincount(labels, cells.weights, k), cells.within
    for x in cells.points.T:
        means = np.bincount(labels, cells.weights * x, k) / np.where(sizes > 0, sizes, 1.0)
        total += float(cells.weights @ (x - means[labels]) ** 2)
    return total


def knee_distances(inertias: Sequence[float]) -> list[float]:
    """How far each point of the curve lies under the chord, both axes scaled to 0..1.

    This is the difference curve of Kneedle (Satopää, Albrecht, Irwin and Raghavan, "Finding a
    'Kneedle' in a haystack", 2011) for a decreasing convex curve, without smoothing.
    """
    curve = np.asarray(inertias, dtype=float)
    if len(curve) < 3 or curve[0] <= curve[-1]:
        return [0.0] * len(curve)
    along = np.linspace(0.0, 1.0, len(curve))
    fallen = (curve[0] - curve) / (curve[0] - curve[-1])
    return [float(distance) for distance in fallen - along]

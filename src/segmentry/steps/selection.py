"""Step 7: how many segments? The evidence for each k, and one verdict in a sentence.

The verdict rests on the silhouette (Rousseeuw 1987): the k with the largest mean silhouette is
taken. The knee of the inertia curve (the elbow method) stands beside it, found by the formula of
Satopää et al. (2011), and where the two differ the verdict says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from segmentry.errors import ClusterCountError, FeatureError
from segmentry.progress import Advance, ignore
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution, check_k, settle, solve
from segmentry.steps.silhouette import Score, describe_silhouette, silhouettes

__all__ = ["Choice", "Evidence", "check_options", "choose", "find_knee", "gather"]

_REPEATED = 5
_LEAST_BEND = 0.1
_THOROUGH = 5


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
    restarts, hits : int
        Random starts made, and how many ended at the best inertia.
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
    restarts: int
    hits: int
    smallest_share: float
    largest_share: float

    @property
    def hit_rate(self) -> float:
        """The share of the restarts that ended at the best inertia."""
        return self.hits / self.restarts


@dataclass(frozen=True)
class Choice:
    """The k that was taken, and why.

    Attributes
    ----------
    k : int
        Number of segments.
    knee : int or None
        What the elbow method says.
    k_max : int
        The largest k that ``"auto"`` could take.
    best_silhouette : int or None
        The k with the largest mean silhouette, or None if only k = 1 is possible.
    verdict : str
        The reason in a sentence.
    evidence : tuple of Evidence
        For k = 1, 2, …
    solution : Solution
        The K-Means solution for k.
    """

    k: int
    knee: int | None
    k_max: int
    best_silhouette: int | None
    verdict: str
    evidence: tuple[Evidence, ...]
    solution: Solution

    def at(self, k: int) -> Evidence:
        """The evidence for one k."""
        return self.evidence[k - 1]


def choose(
    cells: Cells,
    *,
    k: int | str = "auto",
    k_max: int = 10,
    seed: int = 0,
    advance: Advance = ignore,
) -> Choice:
    """Gather the evidence for k = 1..max(10, k_max) and take one k.

    On one thread, so that matrix products give the same last digits on any number of cores.

    Parameters
    ----------
    cells : Cells
        The customers.
    k : int or "auto"
        A fixed number of segments, or the one with the best silhouette up to ``k_max``.
    k_max : int
        The largest number that ``auto`` may take.
    seed : int
        Of the random starts.

    Raises
    ------
    ClusterCountError
        If k is not possible on these customers.
    """
    fixed = _check_size(cells, k)
    k_max = min(k_max, max(1, cells.customers // 2))
    last = min(len(cells), max(10, k_max, fixed or 1))
    with threadpool_limits(1):
        solutions = gather(cells, last, seed=seed, advance=advance)
        scores = silhouettes(cells, solutions[1:])
        confirmed: set[int] = set()
        while (taken := fixed or _best_k(scores[: k_max - 1]) or 1) not in confirmed:
            confirmed.add(taken)
            solution = _confirmed(cells, solutions[taken - 1], seed=seed)
            if taken > 1 and not np.array_equal(solution.labels, solutions[taken - 1].labels):
                scores[taken - 2] = silhouettes(cells, [solution])[0]
            solutions[taken - 1] = solution
    best = _best_k(scores[: k_max - 1])
    evidence = _evidence(solutions, scores)
    knee = find_knee([own.inertia for own in evidence])
    verdict = _verdict(evidence, taken, knee, best, fixed=fixed is not None)
    return Choice(taken, knee, k_max, best, verdict, evidence, solutions[taken - 1])


def _best_k(scores: Sequence[Score]) -> int | None:
    """The k from 2 on with the largest mean silhouette, the smaller one of equals."""
    if not scores:
        return None
    return 2 + max(range(len(scores)), key=lambda i: (scores[i][0], -i))


def check_options(k: int | str, k_max: int) -> None:
    """Refuse a k or k_max that no data could satisfy.

    Raises
    ------
    ClusterCountError
        If k is neither "auto" nor a whole number from 1 on, or k_max is not one.
    """
    check_k(k_max, name="k_max")
    if k != "auto":
        check_k(k)


def _check_size(cells: Cells, k: int | str) -> int | None:
    """The fixed k, or None for "auto"; refuses what these customers do not allow."""
    if len(cells) == 1 and k != 1 and cells.customers > 1:
        raise FeatureError(
            f"All {cells.customers:,} rows are identical on the chosen features.",
            "Choose other columns with --features.",
            code="R41",
        )
    if k == "auto":
        return None
    fixed = int(k)
    if fixed > len(cells):
        raise ClusterCountError(
            f"k={fixed}, but there are only {len(cells)} distinct customers on these features.",
            f"The largest possible k is {len(cells)}.",
            code="R42",
        )
    return fixed


def gather(cells: Cells, last: int, *, seed: int, advance: Advance) -> list[Solution]:
    """Solve K-Means for every k from 1 to ``last``; inertia never rises with k."""
    solutions = []
    for k in range(1, last + 1):
        solutions.append(solve(cells, k, seed=seed))
        advance(k / last)
    return solutions


def _confirmed(cells: Cells, solution: Solution, *, seed: int) -> Solution:
    """The solution at its fixed point, after more starts where its best inertia was hit rarely."""
    if solution.k > 1 and solution.hits < _REPEATED:
        solution = solve(cells, solution.k, seed=seed, rounds=_THOROUGH)
    return settle(cells, solution) if cells.exact else solution


# ---------------------------------------------------------------- evidence


def _evidence(solutions: Sequence[Solution], scores: Sequence[Score]) -> tuple[Evidence, ...]:
    distances = knee_distances([own.inertia for own in solutions])
    before = [0.0, *(own.inertia for own in solutions)]
    nothing: tuple[None, None, tuple[float, ...]] = (None, None, ())
    return tuple(
        Evidence(
            k=own.k,
            inertia=own.inertia,
            inertia_drop=1 - own.inertia / before[i] if before[i] > 0 else None,
            knee_distance=distances[i],
            silhouette=mean,
            silhouette_error=error,
            segment_silhouettes=by_segment,
            restarts=own.restarts,
            hits=own.hits,
            smallest_share=float(own.sizes.min() / own.sizes.sum()),
            largest_share=float(own.sizes.max() / own.sizes.sum()),
        )
        for i, (own, (mean, error, by_segment)) in enumerate(
            zip(solutions, (nothing, *scores), strict=True)
        )
    )


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


def find_knee(inertias: Sequence[float]) -> int | None:
    """Return the k at which the inertia curve bends most, or None if it hardly bends.

    A curve that stays within a tenth of its height of the straight line has no knee.

    Parameters
    ----------
    inertias : sequence of float
        For k = 1, 2, …

    Examples
    --------
    >>> find_knee([100, 60, 20, 15, 12, 10])
    3
    """
    distances = knee_distances(inertias)
    if max(distances) < _LEAST_BEND:
        return None
    return int(np.argmax(distances)) + 1


# ---------------------------------------------------------------- the verdict


def _verdict(
    evidence: Sequence[Evidence], k: int, knee: int | None, best: int | None, *, fixed: bool
) -> str:
    if best is None:
        return "One segment: no other number could be tried on these customers."
    top = evidence[best - 1].silhouette or 0.0
    bends = f"the elbow (knee of the inertia curve) is at {knee}" if knee else "there is no elbow"
    if fixed:
        own = evidence[k - 1].silhouette
        mine = f" (silhouette {own:.3f})" if own is not None else ""
        same = "so does" if best == k else f"{best} has"
        rest = f"the best silhouette ({top:.3f})"
        told = f"{same} {rest}" if best != k else f"it also has {rest}"
        return f"{_segments(k)} as you asked{mine}; {told} and {bends}."
    structure = describe_silhouette(top)
    if knee == k:
        return (
            f"{_segments(k)}: the silhouette is best there ({top:.3f}, {structure} structure), and "
            f"the elbow (knee of the inertia curve) says {k} too."
        )
    return (
        f"{_segments(k)}: the silhouette is best there ({top:.3f}, {structure} structure) and "
        f"decides; {bends}."
    )


def _segments(k: int) -> str:
    words = "One Two Three Four Five Six Seven Eight Nine Ten".split()
    number = words[k - 1] if k <= len(words) else str(k)
    return f"{number} segment{'s' if k > 1 else ''}"

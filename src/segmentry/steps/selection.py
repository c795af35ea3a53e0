"""Step 7: how many segments? The evidence for each k, and one verdict in a sentence.

:mod:`segmentry.steps.evidence` measures, :mod:`segmentry.steps.verdict` judges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from segmentry.errors import ClusterCountError, FeatureError
from segmentry.model import Plan
from segmentry.progress import Advance, ignore
from segmentry.steps.compression import Cells
from segmentry.steps.evidence import Evidence, Measures, gather_evidence, knee_distances
from segmentry.steps.kmeans import Solution, check_k, settle, solve
from segmentry.steps.noise import find_gap_k
from segmentry.steps.silhouette import silhouette_curves
from segmentry.steps.verdict import Limits, Strength, Verdict, has_structure, reach_verdict
from segmentry.textual import percent

__all__ = ["Choice", "Wanted", "check_few", "check_options", "choose", "find_knee", "gather"]

_REPEATED = 5
_LEAST_BEND = 0.1
_THOROUGH = 5


@dataclass(frozen=True)
class Wanted:
    """What the caller asked of the number of segments.

    Attributes
    ----------
    k : int or "auto"
        A fixed number, or the one that the evidence speaks for.
    k_min, k_max : int
        The fewest and the most segments that ``"auto"`` may take.
    min_share : float or None
        The smallest share of the customers in a segment that ``"auto"`` may make, 0 to 1.
    min_size : int or None
        The same as a number of customers.
    """

    k: int | str = "auto"
    k_min: int = 1
    k_max: int = 10
    min_share: float | None = None
    min_size: int | None = None

    def limits(self, cells: Cells) -> Limits:
        """The same for these customers, of whom every segment has two or more."""
        smallest = max(self.min_share or 0.0, (self.min_size or 0) / cells.customers)
        k_max = min(self.k_max, max(1, cells.customers // 2))
        return Limits(min(self.k_min, k_max), k_max, smallest)


@dataclass(frozen=True)
class Choice:
    """The k that was taken, and why.

    Attributes
    ----------
    k : int
        Number of segments.
    knee : int or None
        What the elbow method says.
    gap_k : int or None
        What the gap statistic says.
    k_max : int
        The largest k that ``"auto"`` could take.
    best_silhouette : int or None
        The k with the largest mean silhouette, or None if only k = 1 is possible.
    judged : Verdict
        How sure it is, and why.
    natural : bool
        Whether any number of segments is clearer than noise would make it.
    evidence : tuple of Evidence
        For k = 1, 2, …
    solution : Solution
        The K-Means solution for k.
    curves : tuple of ndarray
        The silhouettes within each of its segments, from the largest to the smallest.
    solutions : tuple of Solution
        For k = 1, 2, …, each as good as the evidence for it.
    """

    k: int
    knee: int | None
    gap_k: int | None
    k_max: int
    best_silhouette: int | None
    judged: Verdict
    natural: bool
    evidence: tuple[Evidence, ...]
    solution: Solution
    curves: tuple[npt.NDArray[np.float64], ...]
    solutions: tuple[Solution, ...]

    @property
    def verdict(self) -> str:
        """Why this number of segments, in a sentence."""
        return self.judged.sentence

    @property
    def strength(self) -> Strength:
        """How sure it is: strong, fair, weak or none."""
        return self.judged.strength

    def at(self, k: int) -> Evidence:
        """The evidence for one k."""
        return self.evidence[k - 1]


def check_few(k: int | str, cells: Cells) -> None:
    """Refuse a number of segments that leaves fewer than two customers to each.

    Raises
    ------
    ClusterCountError
        With the largest possible number.
    """
    customers, distinct = cells.customers, len(cells)
    most = min(distinct, max(1, customers // 2))
    if k == "auto" or int(k) <= most or distinct == 1:
        return
    if int(k) > distinct:
        raise _too_many(int(k), distinct, most)
    raise ClusterCountError(
        f"k={k} needs at least {2 * int(k)} customers, two a segment; there are {customers}.",
        f"The largest possible k is {most}.",
        code="R44",
    )


def _too_many(k: int, distinct: int, most: int) -> ClusterCountError:
    return ClusterCountError(
        f"k={k}, but there are only {distinct} distinct customers on these features.",
        f"The largest possible k is {most}.",
        code="R42",
    )


def choose(
    cells: Cells,
    plan: Plan,
    *,
    wanted: Wanted | None = None,
    seed: int = 0,
    advance: Advance = ignore,
) -> Choice:
    """Gather the evidence for k = 1..max(10, k_max) and take one k.

    On one thread, so that matrix products give the same last digits on any number of cores.

    Parameters
    ----------
    cells : Cells
        The customers.
    plan : Plan
        How columns became the cells' coordinates.
    wanted : Wanted, optional
        What is asked of k.
    seed : int
        Of the random starts.

    Raises
    ------
    ClusterCountError
        If k is not possible on these customers.
    """
    asked = wanted or Wanted()
    fixed = _check_size(cells, asked.k)
    limits = asked.limits(cells)
    last = min(len(cells), max(10, limits.k_max, fixed or 1))
    with threadpool_limits(1), ThreadPoolExecutor(1) as beside:
        measured = beside.submit(Measures.of, cells, plan, last)
        solutions = gather(cells, last, seed=seed, advance=advance)
        measures = measured.result()
        evidence, judged = _judged(measures, solutions, limits, fixed)
        confirmed: set[int] = set()
        while doubtful := _doubtful(judged.k, limits, last, fixed=fixed) - confirmed:
            confirmed |= doubtful
            changed = [_confirm(cells, solutions, k, seed=seed) for k in sorted(doubtful)]
            if any(changed):
                evidence, judged = _judged(measures, solutions, limits, fixed)
        curves = silhouette_curves(cells, solutions[judged.k - 1])
    if not fixed:
        _check_limits(evidence, limits, judged.k)
    return Choice(
        judged.k, find_knee([own.inertia for own in evidence]), _gap_k(evidence), limits.k_max,
        _best_silhouette(evidence[: limits.k_max]), judged, has_structure(evidence), evidence,
        solutions[judged.k - 1],
        curves, tuple(replace(own, others=()) for own in solutions),
    )  # fmt: skip


def _doubtful(k: int, limits: Limits, last: int, *, fixed: int | None) -> set[int]:
    """The numbers of segments whose solutions must be the best: all, where none keeps to limits."""
    if fixed or k >= limits.k_min:
        return {k}
    return set(range(limits.k_min, min(limits.k_max, last) + 1))


def _confirm(cells: Cells, solutions: list[Solution], k: int, *, seed: int) -> bool:
    """Put the confirmed solution in its place, and say whether it is another one."""
    before = solutions[k - 1]
    solutions[k - 1] = _confirmed(cells, before, seed=seed)
    return not np.array_equal(solutions[k - 1].labels, before.labels)


def _judged(
    measures: Measures, solutions: Sequence[Solution], limits: Limits, fixed: int | None
) -> tuple[tuple[Evidence, ...], Verdict]:
    evidence = gather_evidence(measures, solutions)
    return evidence, reach_verdict(measures.cells, solutions, evidence, limits, fixed=fixed)


def _best_silhouette(evidence: Sequence[Evidence]) -> int | None:
    """The k from 2 on with the largest mean silhouette, the smaller one of equals."""
    scores = {own.k: own.silhouette for own in evidence if own.silhouette is not None}
    return max(scores, key=lambda k: (scores[k], -k)) if scores else None


def _gap_k(evidence: Sequence[Evidence]) -> int | None:
    """What the gap statistic says, up to the first k that has none."""
    gaps = [(own.gap, own.gap_error) for own in evidence]
    known = [(gap, error) for gap, error in gaps if gap is not None and error is not None]
    if len(known) < 2:
        return None
    return find_gap_k(*(np.array(own) for own in zip(*known, strict=True)))


def _check_limits(evidence: Sequence[Evidence], limits: Limits, k: int) -> None:
    """Refuse limits that no number of segments keeps to."""
    if k >= limits.k_min:
        return
    least = max(own.smallest_share for own in evidence[limits.k_min - 1 : limits.k_max])
    raise ClusterCountError(
        f"No number of segments from {limits.k_min} to {limits.k_max} keeps every segment at "
        f"{percent(limits.min_share)} of the customers or more.",
        "Allow fewer segments with --k-min, or smaller ones with --min-share "
        f"{math.floor(least * 1000) / 1000:g}.",
        code="R43",
    )


def check_options(wanted: Wanted) -> None:
    """Refuse limits that no data could satisfy.

    Raises
    ------
    ClusterCountError
        If k is neither "auto" nor a whole number from 1 on, or a limit is not one, or out of range.
    """
    check_k(wanted.k_max, name="k_max")
    check_k(wanted.k_min, name="k_min")
    if wanted.k != "auto":
        check_k(wanted.k)
    if wanted.min_size is not None:
        check_k(wanted.min_size, name="min_size")
    if wanted.k_min > wanted.k_max:
        raise ClusterCountError(
            f"k_min={wanted.k_min} is more than k_max={wanted.k_max}.",
            "Give a smaller --k-min or a larger --k-max.",
            code="R43",
        )
    share = wanted.min_share
    if share is not None and not 0 <= share <= 0.5:
        raise ClusterCountError(
            f"min_share={share!r} is not a share of the customers that two segments could have.",
            "Give a number from 0 to 0.5, for example 0.05 for 5 %.",
            code="R43",
        )


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
        raise _too_many(fixed, len(cells), len(cells))
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

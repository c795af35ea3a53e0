"""Step 7b: what another number of segments would look like, from the cells that are there.

Every solution that the evidence was gathered on is kept, so that any k can be shown at once: who
would be together, how large the segments would be, and who would move. Where the cells are a
sample, customers are counted by what each cell stands for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry.errors import ClusterCountError
from segmentry.plan import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution
from segmentry.steps.naming import name_segments
from segmentry.steps.profiles import (
    Level,
    NumberProfile,
    Population,
    SegmentProfile,
    coarsely,
)
from segmentry.steps.typical import by_logarithms

__all__ = ["Alternative", "describe_alternative"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Alternative:
    """Another number of segments beside the one that was taken.

    Attributes
    ----------
    k : int
        How many there would be.
    names : tuple of str
        Of segment 1, 2, …, largest first.
    customers : tuple of int
        In each.
    means : tuple of dict
        By feature the mean in the column's unit; by category the share of its main level.
    moved : tuple of tuple of int
        A row for each segment that was taken, a column for each one there would be: customers.
    labels : ndarray of shape (n_cells,)
        The segment of each cell, 0..k-1.
    """

    k: int
    names: tuple[str, ...]
    customers: tuple[int, ...]
    means: tuple[Mapping[str, float], ...]
    moved: tuple[tuple[int, ...], ...]
    labels: npt.NDArray[np.int64]

    @property
    def matches(self) -> tuple[int | None, ...]:
        """For each segment the one that was taken whose place it has; None for further ones.

        One to one, so that as many customers as can be stay where they are.
        """
        from scipy.optimize import linear_sum_assignment

        table = np.array(self.moved)
        rows, columns = linear_sum_assignment(table, maximize=True)
        found = dict(zip(columns.tolist(), (rows + 1).tolist(), strict=True))
        return tuple(found.get(i) for i in range(self.k))

    @property
    def moved_share(self) -> float:
        """The share of the customers who would not stay in their segment's place, 0 to 1."""
        stay = sum(self.moved[own - 1][i] for i, own in enumerate(self.matches) if own)
        return 1 - stay / sum(map(sum, self.moved))


def describe_alternative(
    cells: Cells, plan: Plan, solutions: Sequence[Solution], k: int, *, taken: Solution
) -> Alternative:
    """Describe the solution with k segments beside the one that was taken.

    Parameters
    ----------
    cells : Cells
        The customers.
    plan : Plan
        How columns became the cells' coordinates.
    solutions : sequence of Solution
        For k = 1, 2, …
    k : int
        The number of segments to describe.
    taken : Solution
        The one that was taken.

    Raises
    ------
    ClusterCountError
        If there is no solution for k.
    """
    if not 1 <= k <= len(solutions):
        raise ClusterCountError(
            f"There is no solution with {k} segments.",
            f"Choose a number from 1 to {len(solutions)}.",
            code="R43",
        )
    other = taken if k == taken.k else solutions[k - 1]
    described = by_logarithms(_population(cells, plan, other), plan, other.centers)
    population = coarsely(described)
    return Alternative(
        k=k,
        names=tuple(own.name for own in name_segments(population)),
        customers=tuple(own.customers for own in population.segments),
        means=tuple(
            {one.column: one.mean for one in own.numbers}
            | {name: levels[0].share for name, levels in own.levels.items() if levels}
            for own in population.segments
        ),
        moved=_moved(cells, taken, other),
        labels=other.labels,
    )


def _moved(cells: Cells, taken: Solution, other: Solution) -> tuple[tuple[int, ...], ...]:
    """How many customers go from each segment to each."""
    table = np.zeros((taken.k, other.k))
    np.add.at(table, (taken.labels, other.labels), cells.sizes)
    return tuple(tuple(round(own) for own in row) for row in table.tolist())


def _population(cells: Cells, plan: Plan, solution: Solution) -> Population:
    """The profiles of segments, as far as the cells tell them: features, no other columns."""
    everyone = np.zeros(len(cells), dtype=np.int64)
    overall = _profiles(cells, plan, everyone, 1, None)[0]
    segments = _profiles(cells, plan, solution.labels, solution.k, overall)
    categories = {name: _between(name, overall, segments) for name in _categories(plan)}
    return Population(overall, tuple(segments), plan.numbers, categories)


def _categories(plan: Plan) -> list[str]:
    return [own.name for own in plan.categories]


def _between(category: str, overall: SegmentProfile, segments: Sequence[SegmentProfile]) -> float:
    """Goodman and Kruskal's tau: the variance of 0-and-1 levels that lies between segments."""
    whole = {own.level: own.share for own in overall.levels[category]}
    within = 1 - sum(share * share for share in whole.values())
    apart = sum(
        own.share * sum((one.share - whole[one.level]) ** 2 for one in own.levels[category])
        for own in segments
    )
    return apart / within if within > 0 else 0.0


def _profiles(
    cells: Cells, plan: Plan, labels: npt.NDArray[np.int64], k: int, overall: SegmentProfile | None
) -> list[SegmentProfile]:
    """A profile for each label, beside that of everybody where it is known."""
    found = []
    for label in range(k):
        inside = labels == label
        weights, values = cells.sizes[inside], cells.values[inside]
        size = float(weights.sum())
        means = weights @ values / size
        spreads = np.sqrt(weights @ (values - means) ** 2 / size)
        numbers = tuple(
            _number(name, float(means[i]), float(spreads[i]), overall)
            for i, name in enumerate(plan.numbers)
        )
        levels = {name: _levels(plan, name, means) for name in _categories(plan)}
        share = size / float(cells.sizes.sum())
        found.append(SegmentProfile(label + 1, round(size), share, numbers, levels))
    return found


def _number(
    name: str, mean: float, deviation: float, overall: SegmentProfile | None
) -> NumberProfile:
    """Mean and spread of one feature; the cells know no median, so the mean stands in."""
    whole = overall.number(name) if overall else None
    spread = whole.standard_deviation if whole else 0.0
    z = (mean - whole.mean) / spread if whole and spread > 0 else 0.0
    index = 100 * mean / whole.mean if whole and whole.mean > 0 else None
    return NumberProfile(name, mean, mean, deviation, index, z)


def _levels(plan: Plan, category: str, means: Floats) -> tuple[Level, ...]:
    """The levels of one category, the commonest first."""
    shares = [
        Level(axis.level or "", float(means[i]), 100.0)
        for i, axis in enumerate(plan.axes)
        if axis.column == category
    ]
    return tuple(sorted(shares, key=lambda own: -own.share))

"""Step 8: who is in each segment? Averages, spreads and levels, from the counts by segment.

Nothing here describes one person: a typical customer is put together from medians and commonest
levels, levels with fewer than five customers are not told, and profile columns say nothing about
a segment of fewer than five; what the features say of it is rounded coarsely.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from segmentry.plan import Plan
from segmentry.steps.counts import Counts

__all__ = [
    "FEWEST",
    "Level",
    "NumberProfile",
    "Population",
    "SegmentProfile",
    "coarsely",
    "profile_segments",
]

FEWEST = 5
"""Nothing is told of fewer customers than these."""
_MOST_LEVELS = 8
_COARSE = 4
"""To so many parts of a standard deviation, at the least, is rounded what few customers have."""


@dataclass(frozen=True)
class NumberProfile:
    """One column of numbers in one group of customers.

    Attributes
    ----------
    column : str
        The header.
    mean, median : float
        In the column's unit.
    standard_deviation : float
        Of the group (divided by n).
    index : float or None
        100 × the group's mean over the population's: 100 is average, 200 is double. None where a
        ratio makes no sense (values below zero, or a population mean of zero).
    z : float
        How far the group's mean lies from the population's, in population standard deviations.
    typical : float or None
        Of a feature that became logarithms their mean, turned back into the column's unit; a few
        large values move it little. ``index`` and ``z`` then compare it, and not the mean, so that
        they say what names say. None of other columns.
    """

    column: str
    mean: float
    median: float
    standard_deviation: float
    index: float | None
    z: float
    typical: float | None = None

    @property
    def shown(self) -> float:
        """What stands for the group beside ``index``."""
        return self.mean if self.typical is None else self.typical


@dataclass(frozen=True)
class Level:
    """One level of a column of text in one group: its share there and its index."""

    level: str
    share: float
    index: float


@dataclass(frozen=True)
class SegmentProfile:
    """One group of customers: a segment, or (number 0) all of them."""

    segment: int
    customers: int
    share: float
    numbers: tuple[NumberProfile, ...]
    levels: Mapping[str, tuple[Level, ...]]

    def number(self, column: str) -> NumberProfile:
        """The profile of one column of numbers."""
        return next(own for own in self.numbers if own.column == column)

    def has(self, column: str) -> bool:
        """Whether anything is told of a column of numbers."""
        return any(own.column == column for own in self.numbers)


@dataclass(frozen=True)
class Population:
    """All customers and their segments, described.

    Attributes
    ----------
    all, segments : SegmentProfile
        Everybody, and segment 1, 2, …
    features : tuple of str
        The features that are numbers.
    categories : mapping of str to float
        The features that are levels, each with its share of variance between the segments.
    """

    all: SegmentProfile
    segments: tuple[SegmentProfile, ...]
    features: tuple[str, ...]
    categories: Mapping[str, float] = field(default_factory=dict)

    def between_share(self, feature: str) -> float:
        """Share of a feature's variance that lies between the segments, 0 to 1.

        Eta squared of a number; of a category Goodman and Kruskal's tau, which is the same of its
        levels written as 0 and 1.
        """
        if feature in self.categories:
            return self.categories[feature]
        deviation = self.all.number(feature).standard_deviation
        if deviation == 0:
            return 0.0
        return sum(own.share * own.number(feature).z ** 2 for own in self.segments)

    def telling(self, most: int) -> list[str]:
        """The numbers in which the segments differ most, at most so many, in column order."""
        ranked = [name for name in self.ranked() if name in self.features]
        return [name for name in self.features if name in ranked[:most]]

    def ranked(self) -> list[str]:
        """The features, those in which the segments differ most first."""
        return sorted(
            (*self.features, *self.categories), key=lambda name: -self.between_share(name)
        )


@dataclass(frozen=True)
class _Sums:
    """What was counted of one column of numbers in one group."""

    present: int
    total: float
    squares: float
    median: float


def profile_segments(counts: Counts, plan: Plan) -> Population:
    """Describe every segment and all customers, by features and profile columns."""
    features = plan.numbers
    everyone = sum(counts.sizes)
    shifts = {own.name: own.mean or 0.0 for own in counts.columns}
    signed = {own.name for own in counts.columns if (own.minimum or 0.0) < 0}
    groups = [_sums_of(counts, label, plan) for label in range(len(counts.sizes))]
    all_sums = {name: _added(counts, name, [own[name] for own in groups]) for name in shifts}
    levels = {
        name: {0: _all_levels(own), **dict(enumerate(own, 1))}
        for name, own in counts.levels.items()
    }
    profiles = [
        _profile(
            i, size, size / everyone, _numbers(sums, all_sums, shifts, signed), levels, plan.columns
        )
        for i, (size, sums) in enumerate(
            zip((everyone, *counts.sizes), (all_sums, *groups), strict=True)
        )
    ]
    categories = {own.name: _tau(counts.levels[own.name]) for own in plan.categories}
    return Population(profiles[0], tuple(profiles[1:]), features, categories)


def coarsely(population: Population) -> Population:
    """The same with the figures of segments of fewer than five customers rounded.

    What such a segment has on average is, or nearly is, what one customer has. So its means and
    medians are rounded to 1, 2 or 5 times a power of ten that is a quarter of all customers'
    standard deviation or more.
    """
    everyone = {own.column: own for own in population.all.numbers}
    segments = tuple(
        own
        if own.customers >= FEWEST
        else replace(own, numbers=tuple(_rounded(one, everyone[one.column]) for one in own.numbers))
        for own in population.segments
    )
    return replace(population, segments=segments)


def _rounded(own: NumberProfile, everyone: NumberProfile) -> NumberProfile:
    deviation = everyone.standard_deviation
    if deviation <= 0:
        return own
    unit = nice(deviation / _COARSE)
    told = replace(
        own,
        mean=_to(unit, own.mean),
        median=_to(unit, own.median),
        standard_deviation=_to(unit, own.standard_deviation),
        typical=None if own.typical is None else _to(unit, own.typical),
    )
    z = (told.mean - everyone.mean) / deviation
    return replace(
        told,
        z=z if own.typical is None else _to(1 / _COARSE, own.z),
        index=None if own.index is None else 100 * told.shown / everyone.shown,
    )


def _to(unit: float, value: float) -> float:
    return float(f"{round(value / unit) * unit:.12g}")


def nice(wanted: float) -> float:
    """The least of 1, 2 and 5 times powers of ten that is no less.

    >>> nice(0.03), nice(17.0)
    (0.05, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(own for own in (power, 2 * power, 5 * power, 10 * power) if own >= wanted)


def _tau(by_segment: Sequence[Mapping[str, int]]) -> float:
    """Goodman and Kruskal's tau: how much less often levels are guessed wrong, told the segment."""
    everyone = _all_levels(by_segment)
    total = sum(everyone.values())
    wrong = total - sum(own * own for own in everyone.values()) / total if total else 0.0
    still = sum(
        size - sum(own * own for own in levels.values()) / size
        for levels in by_segment
        if (size := sum(levels.values()))
    )
    return 1 - still / wrong if wrong > 0 else 0.0


def _sums_of(counts: Counts, label: int, plan: Plan) -> dict[str, _Sums]:
    """What was counted of each column; where nobody has a value, what stands for it."""
    found = {}
    for name, own in counts.by_segment.items():
        total, squares = counts.sums[name][label]
        median = own[label].quantiles([0.5])[0]
        found[name] = _Sums(own[label].customers, total, squares, median)
    shifts = {own.name: own.mean or 0.0 for own in counts.columns}
    for feature in plan.features:
        if feature.fill is not None and not found[feature.name].present:
            fill, size = feature.fill, counts.sizes[label]
            squares = size * (fill - shifts[feature.name]) ** 2
            found[feature.name] = _Sums(size, size * fill, squares, fill)
    return found


def _added(counts: Counts, name: str, parts: Sequence[_Sums]) -> _Sums:
    return _Sums(
        sum(own.present for own in parts),
        math.fsum(own.total for own in parts),
        math.fsum(own.squares for own in parts),
        counts.everyone(name).quantiles([0.5])[0],
    )


def _all_levels(by_segment: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for own in by_segment:
        total.update(own)
    return dict(total)


def _profile(
    segment: int,
    customers: int,
    share: float,
    numbers: Sequence[NumberProfile],
    levels: Mapping[str, Mapping[int, Mapping[str, int]]],
    features: Sequence[str],
) -> SegmentProfile:
    """One group; of fewer than five customers only the features are told."""
    if customers < FEWEST:
        told = tuple(own for own in numbers if own.column in features)
        empty: dict[str, tuple[Level, ...]] = {name: () for name in levels if name in features}
        return SegmentProfile(segment, customers, share, told, empty)
    shown = {name: _levels(counts.get(segment, {}), counts[0]) for name, counts in levels.items()}
    return SegmentProfile(segment, customers, share, tuple(numbers), shown)


def _numbers(
    own: Mapping[str, _Sums],
    everyone: Mapping[str, _Sums],
    shifts: Mapping[str, float],
    signed: Collection[str],
) -> list[NumberProfile]:
    return [
        _number(name, sums, everyone[name], shifts[name], ratio=name not in signed)
        for name, sums in own.items()
        if sums.present
    ]


def _number(name: str, own: _Sums, everyone: _Sums, shift: float, *, ratio: bool) -> NumberProfile:
    mean, deviation = _mean(own), _deviation(own, shift)
    average, spread = _mean(everyone), _deviation(everyone, shift)
    return NumberProfile(
        column=name,
        mean=mean,
        median=own.median,
        standard_deviation=deviation,
        index=100 * mean / average if ratio and average > 0 else None,
        z=(mean - average) / spread if spread > 0 else 0.0,
    )


def _mean(own: _Sums) -> float:
    return own.total / own.present


def _deviation(own: _Sums, shift: float) -> float:
    gap = _mean(own) - shift
    return math.sqrt(max(0.0, own.squares / own.present - gap * gap))


def _levels(own: Mapping[str, int], everyone: Mapping[str, int]) -> tuple[Level, ...]:
    """The commonest levels, those of fewer than five customers left out."""
    present, all_present = sum(own.values()), sum(everyone.values())
    order = sorted(own, key=lambda level: (-own[level], level))
    return tuple(
        Level(
            level,
            own[level] / present,
            100 * (own[level] / present) / (everyone[level] / all_present),
        )
        for level in order[:_MOST_LEVELS]
        if own[level] >= FEWEST
    )

"""Step 8: who is in each segment? Counts and averages by segment, in the engine.

Nothing here describes one person: a typical customer is put together from medians and commonest
levels, levels with fewer than five customers are not told, and profile columns say nothing about
a segment of fewer than five.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.model import Baseline, Plan
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.sources import TABLE, Source

__all__ = [
    "FEWEST",
    "Histogram",
    "Labelling",
    "Level",
    "NumberProfile",
    "Population",
    "SegmentProfile",
    "baselines",
    "histograms",
    "profile_segments",
]

FEWEST = 5
"""Nothing is told of fewer customers than these."""
_MOST_LEVELS = 8
_MOST_BINS = 30
_MOST_HISTOGRAMS = 9


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
    """

    column: str
    mean: float
    median: float
    standard_deviation: float
    index: float | None
    z: float


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
    """All customers and their segments, described."""

    all: SegmentProfile
    segments: tuple[SegmentProfile, ...]
    features: tuple[str, ...]

    def between_share(self, feature: str) -> float:
        """Share of a feature's variance that lies between the segments (eta squared), 0 to 1."""
        deviation = self.all.number(feature).standard_deviation
        if deviation == 0:
            return 0.0
        return sum(own.share * own.number(feature).z ** 2 for own in self.segments)

    def telling(self, most: int) -> list[str]:
        """The features in which the segments differ most, at most so many, in column order."""
        ranked = sorted(self.features, key=lambda name: -self.between_share(name))
        return [name for name in self.features if name in ranked[:most]]


@dataclass(frozen=True)
class Histogram:
    """How many customers of each segment fall into each bin of a feature.

    ``edges`` has one number more than there are bins; ``counts`` has a row for each segment.
    """

    feature: str
    edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Labelling:
    """How customers are labelled in the engine: by the nearest centre in the plan's coordinates."""

    engine: DuckDBEngine
    plan: Plan
    centers: Sequence[Sequence[float]]

    @property
    def labels(self) -> sql.Labels:
        """What a labelling query needs."""
        return sql.Labels(TABLE, self.plan, self.centers)


@dataclass(frozen=True)
class _Sums:
    """What the engine counted of one column of numbers in one group."""

    present: int
    total: float
    squares: float
    median: float


def profile_segments(
    labelling: Labelling, source: Source, columns: Overview, profile: Sequence[str]
) -> Population:
    """Describe every segment and all customers, by features and profile columns."""
    names = labelling.plan.names
    wanted = [own for own in source.columns if own.name in names or own.name in profile]
    numbers = [
        columns.column(own.name)
        for own in wanted
        if own.type == "number" and columns.column(own.name).present
    ]
    texts = [own.name for own in wanted if own.type == "text"]
    shifts = {column.name: column.mean or 0.0 for column in numbers}
    sizes, sums = _number_sums(labelling, numbers, shifts)
    medians = _deciles(labelling.engine, labelling.plan, list(shifts))
    sums[0] = {
        name: _added([own[name] for own in sums.values()], deciles[4])
        for name, deciles in medians.items()
    }
    levels = {name: _level_counts(labelling, name) for name in texts}
    everyone = sum(sizes.values())
    signed = {column.name for column in numbers if (column.minimum or 0.0) < 0}
    groups = [
        _profile(
            i, size, size / everyone, _numbers(sums[i], sums[0], shifts, signed), levels, names
        )
        for i, size in sorted({0: everyone, **sizes}.items())
    ]
    return Population(groups[0], tuple(groups[1:]), names)


def _number_sums(
    labelling: Labelling, numbers: Sequence[ColumnSummary], shifts: Mapping[str, float]
) -> tuple[dict[int, int], dict[int, dict[str, _Sums]]]:
    bits = {}
    for column in numbers:
        reach = max(
            abs((column.minimum or 0.0) - shifts[column.name]),
            abs((column.maximum or 0.0) - shifts[column.name]),
        )
        rows = column.rows
        bits[column.name] = (
            sql.exact_bits(column.largest, rows),
            sql.exact_bits(reach * reach, rows),
        )
    query = sql.segment_numbers(labelling.labels, shifts=shifts, bits=bits)
    found = labelling.engine.rows(query)
    sizes = {row["segment"]: int(row["customers"]) for row in found}
    sums = {
        row["segment"]: {
            name: _Sums(
                row[f"present{i}"],
                row[f"sum{i}"] or 0.0,
                row[f"squares{i}"] or 0.0,
                (row[f"median{i}"] or [math.nan])[0],
            )
            for i, name in enumerate(shifts)
        }
        for row in found
    }
    return sizes, sums


def _added(parts: Sequence[_Sums], median: float) -> _Sums:
    return _Sums(
        sum(own.present for own in parts),
        math.fsum(own.total for own in parts),
        math.fsum(own.squares for own in parts),
        median,
    )


def _deciles(engine: DuckDBEngine, plan: Plan, names: Sequence[str]) -> dict[str, list[float]]:
    query = sql.decile_values(TABLE, names, present=plan.names)
    row = engine.rows(query)[0]
    return {name: row[f"deciles{i}"] or [math.nan] * 9 for i, name in enumerate(names)}


def _level_counts(labelling: Labelling, name: str) -> dict[int, dict[str, int]]:
    """By segment (0 is everyone) the customers at each level."""
    counts: dict[int, dict[str, int]] = {0: {}}
    for row in labelling.engine.rows(sql.level_counts(labelling.labels, name)):
        if row["level"] is not None:
            own = counts.setdefault(row["segment"], {})
            own[row["level"]] = row["customers"]
            counts[0][row["level"]] = counts[0].get(row["level"], 0) + row["customers"]
    return counts


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
        return SegmentProfile(segment, customers, share, told, {})
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


# ---------------------------------------------------------------- distributions


def histograms(
    labelling: Labelling, columns: Sequence[ColumnSummary], population: Population
) -> tuple[Histogram, ...]:
    """Count the most telling features' values in bins of equal width, by segment."""
    told = population.telling(_MOST_HISTOGRAMS)
    return tuple(_histogram(labelling, column) for column in columns if column.name in told)


def _histogram(labelling: Labelling, column: ColumnSummary) -> Histogram:
    start, width, bins = _bins(column)
    query = sql.bin_counts(labelling.labels, column.name, start=start, width=width, bins=bins)
    counts = [[0] * bins for _ in labelling.centers]
    for row in labelling.engine.rows(query):
        counts[row["segment"] - 1][max(0, row["bin"])] += row["customers"]
    edges = tuple(start + i * width for i in range(bins + 1))
    return Histogram(column.name, edges, tuple(tuple(row) for row in counts))


def _bins(column: ColumnSummary) -> tuple[float, float, int]:
    """Start, width and number of bins: a round width of 1, 2 or 5 times a power of ten."""
    low, high = column.minimum or 0.0, column.maximum or 0.0
    if high <= low:
        return low - 0.5, 1.0, 1
    wanted = (high - low) / min(_MOST_BINS, max(5.0, 2 * column.present ** (1 / 3) + 4))
    unit = 10.0 ** math.floor(math.log10(wanted))
    width = next(own * unit for own in (1, 2, 5, 10) if own * unit >= wanted)
    start = math.floor(low / width) * width
    bins = math.floor((high - start) / width) + 1
    return start, width, bins


def baselines(engine: DuckDBEngine, plan: Plan) -> tuple[Baseline, ...]:
    """How each feature is distributed now: its deciles and the share between each two."""
    deciles = _deciles(engine, plan, plan.names)
    edges = {name: sorted(set(deciles[name])) for name in plan.names}
    row = engine.rows(sql.interval_counts(TABLE, edges))[0]
    found = []
    for i, name in enumerate(plan.names):
        counts = [row[f"interval{i}_{j}"] for j in range(len(edges[name]) + 1)]
        shares = tuple(count / sum(counts) for count in counts)
        found.append(Baseline(name, tuple(edges[name]), shares))
    return tuple(found)

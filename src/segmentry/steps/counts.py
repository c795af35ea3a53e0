"""Step 8a: count the customers of each segment, value by value, in the engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.steps.distributions import MOST_VALUES, Distribution, distribution_of, merged
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.sources import Source

__all__ = ["MOST_DOTS", "Counts", "Density", "count_density", "count_segments"]

Floats = npt.NDArray[np.float64]

MOST_DOTS = 2_000
"""More cells than these are shown by how dense they lie."""
_ACROSS = (120, 80)
_MOST_STEPS = 180
_AT_ONCE = 24
"""Columns whose values are counted by segment in one scan: each takes memory of its own."""
_OUTERMOST = 0.0005
"""The share of the customers left out on either side of a picture of the densities."""


@dataclass(frozen=True)
class Counts:
    """How many customers of each segment have which values.

    Attributes
    ----------
    columns : tuple of ColumnSummary
        The columns of numbers, features and profile.
    by_segment : mapping of str to tuple of Distribution
        For each of them how it is spread in segment 1, 2, …
    levels : mapping of str to tuple of mapping
        For each column of text the customers at each level in segment 1, 2, …
    sums : mapping of str to tuple of (float, float)
        For each column of numbers and segment the sum of its values, and of their squared
        distances from the mean of all.
    sizes : tuple of int
        Customers by segment.
    """

    columns: tuple[ColumnSummary, ...]
    by_segment: Mapping[str, tuple[Distribution, ...]]
    levels: Mapping[str, tuple[Mapping[str, int], ...]]
    sums: Mapping[str, tuple[tuple[float, float], ...]]
    sizes: tuple[int, ...]

    def everyone(self, column: str) -> Distribution:
        """How a column is spread over all segments."""
        return merged(self.by_segment[column])


def count_segments(
    engine: Engine,
    labels: sql.Labels,
    source: Source,
    columns: Overview,
    profile: Sequence[str],
    sizes: Sequence[float],
) -> Counts:
    """Count the values of features and profile columns by segment, in at most three scans.

    A missing value is not counted, whatever stood for it when the segments were found; ``sizes``
    are the customers of each segment.
    """
    features = {*labels.plan.columns}
    categories = {own.name for own in labels.plan.categories}
    wanted = [own for own in source.columns if own.name in features or own.name in profile]
    summaries = [columns.column(own.name) for own in wanted]
    numbers = tuple(
        own
        for own in summaries
        if own.type == "number" and own.present and own.name not in categories
    )
    texts = [
        own.name
        for own in summaries
        if own.name in categories or (own.type == "text" and own.distinct <= MOST_VALUES)
    ]
    by_segment = _count_numbers(engine, labels, numbers)
    return Counts(
        columns=numbers,
        by_segment=by_segment,
        levels=_count_levels(engine, labels, texts),
        sums=_sums(engine, labels, numbers, by_segment),
        sizes=tuple(round(size) for size in sizes),
    )


def _count_numbers(
    engine: Engine, labels: sql.Labels, numbers: Sequence[ColumnSummary]
) -> dict[str, tuple[Distribution, ...]]:
    found: dict[str, tuple[Distribution, ...]] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        found |= _count_some(engine, labels, numbers[start : start + _AT_ONCE])
    return found


def _count_some(
    engine: Engine, labels: sql.Labels, numbers: Sequence[ColumnSummary]
) -> dict[str, tuple[Distribution, ...]]:
    query = sql.segment_counts(labels, {own.name: own.bins for own in numbers}, alike=True)
    table = engine.array(query)
    segments, customers = table[:, 0], table[:, -1]
    found = {}
    for i, own in enumerate(numbers):
        codes = table[:, 1 + i]
        known = ~np.isnan(codes)
        mine = [known & (segments == label) for label in range(1, len(labels.centers) + 1)]
        found[own.name] = tuple(
            distribution_of(
                codes[rows],
                customers[rows],
                own.bins,
                minimum=own.minimum or 0.0,
                maximum=own.maximum or 0.0,
            )
            for rows in mine
        )
    return found


def _count_levels(
    engine: Engine, labels: sql.Labels, texts: Sequence[str]
) -> dict[str, tuple[dict[str, int], ...]]:
    found: dict[str, tuple[dict[str, int], ...]] = {
        name: tuple({} for _ in labels.centers) for name in texts
    }
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        for row in engine.rows(sql.segment_counts(labels, dict.fromkeys(some))):
            for i, name in enumerate(some):
                if row[f"code{i}"] is not None and row["segment"] is not None:
                    found[name][row["segment"] - 1][_level(row[f"code{i}"])] = row["customers"]
    return found


def _level(code: Any) -> str:
    """A level in words, also of a category of numbers."""
    return code if isinstance(code, str) else f"{code:.15g}"


def _sums(
    engine: Engine,
    labels: sql.Labels,
    numbers: Sequence[ColumnSummary],
    by_segment: Mapping[str, tuple[Distribution, ...]],
) -> dict[str, tuple[tuple[float, float], ...]]:
    """From the counts where they are exact, and by one more scan where they are of bins."""
    found = {
        own.name: tuple(
            (part.moment(1), part.moment(2, shift=own.mean or 0.0)) for part in by_segment[own.name]
        )
        for own in numbers
        if own.bins is None
    }
    binned = [own for own in numbers if own.bins is not None]
    for start in range(0, len(binned), _AT_ONCE):
        found |= _sums_of_some(engine, labels, binned[start : start + _AT_ONCE])
    return found


def _sums_of_some(
    engine: Engine, labels: sql.Labels, binned: Sequence[ColumnSummary]
) -> dict[str, tuple[tuple[float, float], ...]]:
    shifts = {own.name: own.mean or 0.0 for own in binned}
    bits = {own.name: _bits(own) for own in binned}
    found = {own.name: tuple((0.0, 0.0) for _ in labels.centers) for own in binned}
    for row in engine.rows(sql.segment_moments(labels, shifts, bits=bits)):
        if row["segment"] is not None:
            at = row["segment"] - 1
            for i, name in enumerate(shifts):
                pair = (row[f"sum{i}"] or 0.0, row[f"squares{i}"] or 0.0)
                found[name] = (*found[name][:at], pair, *found[name][at + 1 :])
    return found


def _bits(column: ColumnSummary) -> tuple[int, int]:
    """How many binary places fit when a column, and its squared distances, are summed."""
    mean = column.mean or 0.0
    reach = max(abs((column.minimum or 0.0) - mean), abs((column.maximum or 0.0) - mean))
    return (
        sql.exact_bits(column.largest, column.rows),
        sql.exact_bits(reach * reach, column.rows),
    )


# ---------------------------------------------------------------- two columns at once


@dataclass(frozen=True, eq=False)
class Density:
    """How many customers of each segment lie in each rectangle of a picture.

    Attributes
    ----------
    columns : tuple of str
        The one or two columns of the axes.
    edges : tuple of ndarray
        The bins' edges along both axes, in the columns' own units.
    counts : ndarray of shape (rows, columns, k)
        Customers; rows go along the second axis.
    """

    columns: tuple[str, ...]
    edges: tuple[Floats, Floats]
    counts: Floats


def count_density(engine: Engine, labels: sql.Labels, columns: Sequence[ColumnSummary]) -> Density:
    """Count the customers of each segment in small rectangles of one or two features."""
    logged = labels.plan.logged
    axes = [
        _axis(column, bins, logged=column.name in logged)
        for column, bins in zip(columns, _ACROSS, strict=False)
    ]
    table = engine.array(sql.density_counts(labels, axes))
    table = table[~np.isnan(table[:, 0])]
    places = [table[:, 1 + i] for i in range(len(axes))]
    inside = np.all(
        [(own >= 0) & (own < axis.bins) for own, axis in zip(places, axes, strict=True)], axis=0
    )
    column, row = (*places, np.zeros(len(table)))[:2]
    height = axes[1].bins if len(axes) > 1 else 1
    counts = np.zeros((height, axes[0].bins, len(labels.centers)))
    index = (row[inside].astype(int), column[inside].astype(int), table[inside, 0].astype(int) - 1)
    counts[index] = table[inside, -1]
    edges = [_axis_edges(axis) for axis in axes]
    return Density(
        tuple(own.name for own in columns),
        (edges[0], edges[1] if len(edges) > 1 else np.array([-0.5, 0.5])),
        counts,
    )


def _axis(column: ColumnSummary, bins: int, *, logged: bool) -> sql.Axis:
    """A bin for each whole number where there are few, else bins of equal width."""
    own = column.distribution
    low, high = own.quantiles([_OUTERMOST, 1 - _OUTERMOST]) if own else (0.0, 1.0)
    if column.whole and not logged and 0 < high - low <= _MOST_STEPS:
        return sql.Axis(column.name, low - 0.5, 1.0, int(high - low) + 1, logged)
    start, end = (math.log1p(max(own, 0.0)) if logged else own for own in (low, high))
    width = (end - start) / bins if end > start else 1.0
    return sql.Axis(column.name, start, width * (1 + 1e-9), bins, logged)


def _axis_edges(axis: sql.Axis) -> Floats:
    edges: Floats = axis.start + axis.width * np.arange(axis.bins + 1.0)
    return np.asarray(np.expm1(edges), dtype=np.float64) if axis.logged else edges

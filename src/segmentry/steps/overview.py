"""Step 2: look before clustering. What is in each column, and what is missing?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.sql import Column
from segmentry.steps.sources import TABLE, Source

__all__ = ["ColumnSummary", "Overview", "overview"]


@dataclass(frozen=True)
class ColumnSummary:
    """What one column holds.

    Attributes
    ----------
    name : str
        The header.
    type : {"number", "text", "date"}
        How it is read.
    rows, missing, distinct : int
        All rows, those without a value, and different values.
    minimum, mean, median, maximum : float or None
        In the column's unit; None unless it is a column of numbers that has any.
    standard_deviation : float or None
        Of the population (divided by n).
    skew : float or None
        Third standardised moment of the population (Fisher-Pearson g1); 0 is symmetric, above 1
        a long tail of large values. None for a constant.
    whole : bool
        Whether all its numbers are whole.
    """

    name: str
    type: str
    rows: int
    missing: int
    distinct: int
    minimum: float | None = None
    mean: float | None = None
    median: float | None = None
    maximum: float | None = None
    standard_deviation: float | None = None
    skew: float | None = None
    whole: bool = False

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def sample_deviation(self) -> float | None:
        """The standard deviation of a sample (divided by n - 1), as pandas and Excel give it."""
        if self.standard_deviation is None or self.present < 2:
            return None
        return self.standard_deviation * math.sqrt(self.present / (self.present - 1))

    @property
    def sample_skew(self) -> float | None:
        """The skew of a sample (adjusted Fisher-Pearson G1), as pandas and Excel give it."""
        n = self.present
        if self.skew is None or n < 3:
            return None
        return self.skew * math.sqrt(n * (n - 1)) / (n - 2)

    @property
    def largest(self) -> float:
        """The largest magnitude among the numbers."""
        return max(abs(self.minimum or 0.0), abs(self.maximum or 0.0))


@dataclass(frozen=True)
class Overview:
    """What a source holds: its rows and a summary of each column."""

    rows: int
    duplicate_rows: int
    columns: tuple[ColumnSummary, ...]

    def column(self, name: str) -> ColumnSummary:
        """Return the summary of a column by its header."""
        return next(column for column in self.columns if column.name == name)


def overview(source: Source, engine: DuckDBEngine, *, table: str = TABLE) -> Overview:
    """Count and measure each column of the source, in four queries at most.

    ``table`` may be a part of the customers; ``source.rows`` is then the rows of that part.
    """
    counts = engine.rows(sql.column_counts(table, source.columns))[0]
    means = _moments(source, engine, table, counts, power=1, shifts=None)
    squares = _moments(source, engine, table, counts, power=2, shifts=means)
    cubes = _moments(source, engine, table, counts, power=3, shifts=means)
    columns = tuple(
        _summary(column, i, counts, means, squares, cubes)
        for i, column in enumerate(source.columns)
    )
    return Overview(source.rows, _duplicates(source, engine, table, columns), columns)


def _moments(
    source: Source,
    engine: DuckDBEngine,
    table: str,
    counts: Mapping[str, Any],
    *,
    power: int,
    shifts: Mapping[str, float] | None,
) -> dict[str, float]:
    """The mean of ``(value - shift) ** power`` of each column of numbers that has any."""
    numbers = {
        column.name: i
        for i, column in enumerate(source.columns)
        if column.type == "number" and counts[f"present{i}"]
    }
    if not numbers:
        return {}
    shifts = shifts or dict.fromkeys(numbers, 0.0)
    bits = {}
    for name, i in numbers.items():
        reach = max(abs(counts[f"min{i}"] - shifts[name]), abs(counts[f"max{i}"] - shifts[name]))
        bits[name] = sql.exact_bits(_power(reach, power), counts["rows"])
    sums = engine.rows(sql.moments(table, shifts, power=power, bits=bits))[0]
    return {
        name: sums[f"sum{j}"] / counts[f"present{numbers[name]}"] for j, name in enumerate(shifts)
    }


def _power(value: float, power: int) -> float:
    try:
        return float(value**power)
    except OverflowError:
        return math.inf


def _summary(
    column: Column,
    i: int,
    counts: Mapping[str, Any],
    means: Mapping[str, float],
    squares: Mapping[str, float],
    cubes: Mapping[str, float],
) -> ColumnSummary:
    name, rows = column.name, int(counts["rows"])
    base = (name, column.type, rows, rows - counts[f"present{i}"], int(counts[f"distinct{i}"]))
    if name not in means:
        return ColumnSummary(*base)
    deviation = math.sqrt(squares[name])
    return ColumnSummary(
        *base,
        minimum=counts[f"min{i}"],
        mean=means[name],
        median=counts[f"median{i}"][0],
        maximum=counts[f"max{i}"],
        standard_deviation=deviation,
        whole=counts[f"whole{i}"] == counts[f"present{i}"],
        skew=cubes[name] / deviation**3 if deviation > 0 and base[4] > 1 else None,
    )


def _duplicates(
    source: Source, engine: DuckDBEngine, table: str, columns: tuple[ColumnSummary, ...]
) -> int:
    """Rows that repeat an earlier one in every column."""
    if any(column.distinct == column.rows for column in columns):
        return 0
    return source.rows - int(engine.rows(sql.distinct_rows(table, source.names))[0]["rows"])

"""Step 2: look before clustering. What is in each column, and what is missing?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from segmentry import sql
from segmentry.engines.contract import Database, Engine
from segmentry.sql import Bins, Column
from segmentry.steps.distributions import MOST_VALUES, Distribution, count_at_once, count_values
from segmentry.steps.sources import TABLE, Source

__all__ = ["ColumnSummary", "Overview", "overview"]

_MOST_ROWS_COUNTED = 1_000_000
"""In larger tables different values are counted exactly only where it matters."""
_MOST_ROWS_COUNTED_THERE = 100_000
"""The same in Spark, where a pass for each column costs most of a run."""
_NEARLY_ALL = 0.9
_SURELY_MORE = 2
"""An estimate this much above a limit is above it whatever its error."""
_AT_ONCE = 50
_COUNTED = 24
"""Columns whose values are counted in one scan: each takes memory of its own."""
_MEASURED = 300
"""Columns that one query measures: PostgreSQL gives no answer of more than 1,664 columns."""


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
        All rows, those without a value, and different values. Beyond a million rows more than
        20,000 different values are an estimate, rounded to two digits, unless nearly every row
        has its own.
    minimum, mean, median, maximum : float or None
        In the column's unit; None unless it is a column of numbers that has any.
    standard_deviation : float or None
        Of the population (divided by n).
    skew : float or None
        Third standardised moment of the population (Fisher-Pearson g1); 0 is symmetric, above 1
        a long tail of large values. None for a constant.
    whole : bool
        Whether all its numbers are whole.
    distribution : Distribution or None
        How a column of numbers is spread.
    bins : Bins or None
        The bins in which its numbers were counted; None where each value was counted by itself.
    missing_as : mapping
        Of a column that came as text, how often which token stands for a missing value, the
        commonest first; ``""`` for nothing at all, None for what could not be read.
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
    distribution: Distribution | None = field(default=None, repr=False, compare=False)
    bins: Bins | None = field(default=None, repr=False)
    missing_as: Mapping[str | None, int] = field(default_factory=dict, compare=False)

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


def overview(source: Source, engine: Engine, *, table: str = TABLE) -> Overview:
    """Count and measure each column of the source, in memory that does not grow with the rows.

    ``table`` may be a part of the customers; ``source.rows`` is then the rows of that part.
    """
    counts: dict[str, Any] = {}
    for start in range(0, len(source.columns), _MEASURED):
        some = source.columns[start : start + _MEASURED]
        counts |= engine.rows(sql.column_counts(table, some, first=start))[0]
    tokens = _missing_as(source, engine, counts) if table == TABLE else {}
    look = _Look(source, engine, table, counts)
    distinct = _distinct(look)
    numbers = look.numbers()
    counted = {
        name: count_values(engine, table, name, minimum=low, maximum=high)
        for name, (low, high) in numbers.items()
        if distinct[name] <= MOST_VALUES
    }
    measured = {name: _from_counts(own[0]) for name, own in counted.items()}
    measured |= _from_rows(look, [name for name in numbers if name not in counted])
    wide = {name: own for name, own in measured.items() if name not in counted}
    counted |= _counted_in_bins(look, wide)
    columns = tuple(
        replace(
            _summary(column, i, counts, distinct[column.name], measured, counted),
            missing_as=tokens.get(column.name, {}),
        )
        for i, column in enumerate(source.columns)
    )
    return Overview(source.rows, _duplicates(look, columns), columns)


def _counted_in_bins(
    look: _Look, measured: Mapping[str, _Measures]
) -> dict[str, tuple[Distribution, Bins | None]]:
    """Columns with too many values to count each by itself."""
    numbers = look.numbers()
    columns = {
        name: (*numbers[name], Bins(mean, deviation / 1e4))
        for name, (mean, deviation, _) in measured.items()
    }
    found: dict[str, tuple[Distribution, Bins | None]] = {}
    if look.engine.scans_once:
        for start in range(0, len(columns), _COUNTED):
            some = dict(list(columns.items())[start : start + _COUNTED])
            found |= count_at_once(look.engine, look.table, some)
        return found
    for name, (low, high, bins) in columns.items():
        found[name] = count_values(
            look.engine, look.table, name, minimum=low, maximum=high, bins=bins
        )
    return found


def _missing_as(
    source: Source, engine: Engine, counts: Mapping[str, Any]
) -> dict[str, dict[str | None, int]]:
    """How missing values are written, by column."""
    gaps = {own: counts["rows"] - counts[f"present{i}"] for i, own in enumerate(source.columns)}
    columns = [own for own, missing in gaps.items() if missing and own.stored_as_text]
    found: dict[str, dict[str | None, int]] = {}
    for start in range(0, len(columns), _AT_ONCE):
        some = columns[start : start + _AT_ONCE]
        counted = _tokens(source, engine, some)
        for column, own in zip(some, counted, strict=True):
            own[None] = gaps[column] - sum(own.values())
            ordered = sorted(own, key=lambda token: (-own[token], token or ""))
            found[column.name] = {token: own[token] for token in ordered if own[token] > 0}
    return found


def _tokens(
    source: Source, engine: Engine, columns: Sequence[Column]
) -> list[dict[str | None, int]]:
    """How often each token for "missing" stands in some columns of text; empty is no token."""
    found: list[dict[str | None, int]] = []
    if engine.reads_notations:
        row = engine.rows(sql.missing_tokens(source.raw, columns))[0]
        for i in range(len(columns)):
            own: dict[str | None, int] = dict(row[f"tokens{i}"] or ())
            found.append(own | {"": own.get("", 0) + row[f"nulls{i}"]})
        return found
    for column in columns:
        counts: dict[str | None, int] = {"": 0}
        for row in engine.rows(sql.missing_rows(source.raw, column)):
            counts[row["token"] or ""] = counts.get(row["token"] or "", 0) + row["cells"]
        found.append(counts)
    return found


@dataclass(frozen=True)
class _Look:
    """A table being looked at, and what was counted of its columns so far."""

    source: Source
    engine: Engine
    table: str
    counts: Mapping[str, Any]

    @property
    def is_large(self) -> bool:
        """Whether there are too many rows to tell all of them apart."""
        return bool(self.counts["rows"] > _MOST_ROWS_COUNTED)

    def numbers(self) -> dict[str, tuple[float, float]]:
        """The columns of numbers that have any, each with its smallest and largest."""
        return {
            column.name: (self.counts[f"min{i}"], self.counts[f"max{i}"])
            for i, column in enumerate(self.source.columns)
            if column.type == "number" and self.counts[f"present{i}"]
        }

    @property
    def reads_all(self) -> bool:
        """Whether telling a column's values apart takes a pass, however soon there are enough."""
        most = _MOST_ROWS_COUNTED_THERE if self.engine.scans_once else _MOST_ROWS_COUNTED
        return bool(self.counts["rows"] > most and isinstance(self.engine, Database))

    def about(self, names: Sequence[str]) -> dict[str, int]:
        """About how many different values columns have, to a few per cent, in a scan for many."""
        found: dict[str, int] = {}
        for start in range(0, len(names), _MEASURED):
            some = names[start : start + _MEASURED]
            row = self.engine.rows(sql.about_distinct(self.table, some))[0]
            found |= {name: row[f"distinct{i}"] for i, name in enumerate(some)}
        return found

    def different(self, names: Sequence[str]) -> int:
        """How many different rows there are in the columns named."""
        query = sql.distinct_rows(self.table, names, hashed=self.is_large)
        return int(self.engine.rows(query)[0]["rows"])


def _distinct(look: _Look) -> dict[str, int]:
    """Different values by column: up to 20,000 exactly, and beyond them as far as it matters."""
    about = look.about(look.source.names) if look.reads_all else {}
    found: dict[str, int] = {}
    wide = []
    for i, column in enumerate(look.source.columns):
        if about.get(column.name, 0) <= _SURELY_MORE * MOST_VALUES:
            query = sql.distinct_values(look.table, [column.name], limit=MOST_VALUES + 1)
            found[column.name] = int(look.engine.rows(query)[0]["values"])
        if found.get(column.name, MOST_VALUES + 1) > MOST_VALUES:
            wide.append((i, column))
    about = about or look.about([own.name for _, own in wide])
    for i, column in wide:
        present = look.counts[f"present{i}"]
        is_code = column.type != "number" or look.counts[f"whole{i}"] == present
        counts_all = not (look.is_large or look.reads_all)
        if counts_all or (is_code and about[column.name] > _NEARLY_ALL * present):
            missing = look.counts["rows"] - present
            found[column.name] = look.different([column.name]) - (missing > 0)
        else:
            found[column.name] = _two_digits(min(about[column.name], present - 1))
    return found


def _two_digits(count: int) -> int:
    """An estimate cut to the digits that it deserves.

    >>> _two_digits(9_999_999)
    9900000
    """
    unit = 10 ** (len(str(count)) - 2)
    return int(count // unit * unit)


_Measures = tuple[float, float, float | None]
"""Mean, standard deviation and skew, all of the population."""


def _from_counts(own: Distribution) -> _Measures:
    n = own.customers
    mean = own.moment(1) / n
    deviation = math.sqrt(own.moment(2, shift=mean) / n)
    if deviation == 0 or len(own.counts) == 1:
        return mean, 0.0 if len(own.counts) == 1 else deviation, None
    return mean, deviation, own.moment(3, shift=mean) / n / deviation**3


def _from_rows(look: _Look, names: Sequence[str]) -> dict[str, _Measures]:
    """The same of columns with too many values to count them: in two scans of all rows."""
    if not names:
        return {}
    means = {name: sums[0] for name, sums in _moments(look, dict.fromkeys(names, 0.0), [1]).items()}
    higher = _moments(look, means, [2, 3])
    found: dict[str, _Measures] = {}
    for name, (square, cube) in higher.items():
        deviation = math.sqrt(square)
        found[name] = means[name], deviation, cube / deviation**3 if deviation > 0 else None
    return found


def _moments(
    look: _Look, shifts: Mapping[str, float], powers: Sequence[int]
) -> dict[str, list[float]]:
    """The means of powers of ``value - shift``, by column."""
    found: dict[str, list[float]] = {}
    names = list(shifts)
    for start in range(0, len(names), _MEASURED):
        some = {name: shifts[name] for name in names[start : start + _MEASURED]}
        found |= _some_moments(look, some, powers)
    return found


def _some_moments(
    look: _Look, shifts: Mapping[str, float], powers: Sequence[int]
) -> dict[str, list[float]]:
    numbers = look.numbers()
    rows = int(look.counts["rows"])
    bits = {}
    for name, shift in shifts.items():
        reach = max(abs(end - shift) for end in numbers[name])
        bits[name] = {power: sql.exact_bits(_power(reach, power), rows) for power in powers}
    sums = look.engine.rows(sql.moments(look.table, shifts, bits=bits))[0]
    present = {own.name: look.counts[f"present{i}"] for i, own in enumerate(look.source.columns)}
    return {
        name: [sums[f"sum{i}_{power}"] / present[name] for power in powers]
        for i, name in enumerate(shifts)
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
    distinct: int,
    measured: Mapping[str, _Measures],
    counted: Mapping[str, tuple[Distribution, Bins | None]],
) -> ColumnSummary:
    name, rows = column.name, int(counts["rows"])
    base = (name, column.type, rows, rows - counts[f"present{i}"], distinct)
    if name not in measured:
        return ColumnSummary(*base)
    mean, deviation, skew = measured[name]
    distribution, bins = counted[name]
    return ColumnSummary(
        *base,
        minimum=counts[f"min{i}"],
        mean=mean,
        median=distribution.quantiles([0.5])[0],
        maximum=counts[f"max{i}"],
        standard_deviation=deviation,
        skew=skew,
        whole=counts[f"whole{i}"] == counts[f"present{i}"],
        distribution=distribution,
        bins=bins,
    )


def _duplicates(look: _Look, columns: tuple[ColumnSummary, ...]) -> int:
    """Rows that repeat an earlier one in every column, as they came: ``03`` is not ``3``."""
    if any(column.distinct == column.rows for column in columns):
        return 0
    as_it_came = replace(look, table=look.source.raw) if look.table == TABLE else look
    return look.source.rows - as_it_came.different(look.source.names)

"""Step 1a: from order lines to customers, with scores and the ten classic RFM cells.

One aggregate turns lines into customers: when each one last bought (recency), how often
(frequency) and for how much (money), and a little more. Lines with a negative amount are returns:
they lower the revenue and are no orders. Each figure is scored from 1 to 5 by the fifth of the
customers that it lies in, 5 being best; customers who are equal are ranked by their other figures
and then by their id, so that every customer has one score, whatever the order of the lines.

The cell follows from the recency score R and the mean FM of the other two, half rounded up. It is
the table that is usual in the field, as it stands in many tutorials and tools:

=====  ===========  ===================  ===================  =========  ===============
R      FM 1         FM 2                 FM 3                 FM 4       FM 5
=====  ===========  ===================  ===================  =========  ===============
5      New          Potential Loyalists  Potential Loyalists  Champions  Champions
4      Promising    Potential Loyalists  Potential Loyalists  Loyal      Loyal
3      About To     About To Sleep       Need Attention       Loyal      Loyal
       Sleep
1, 2   Hibernating  Hibernating          At Risk              At Risk    Can't Lose Them
=====  ===========  ===================  ===================  =========  ===============
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.errors import FeatureError, InputError
from segmentry.sql import Amounts, OrderColumns
from segmentry.steps.order_columns import describe_columns
from segmentry.steps.sources import TABLE, Source, read_as

__all__ = [
    "BUILT",
    "CellSummary",
    "Crosstab",
    "Customers",
    "build_customers",
    "cross",
    "roles_of_customers",
]

BUILT = "rfm_customers"
"""The engine's table of the customers built, sorted by id."""
FEATURES = ("recency_days", "orders", "revenue")
"""What customers built from orders are grouped by, unless the caller chooses."""
_FIGURES = "rfm_figures"
_DAY = dt.timedelta(days=1)
_MOST_COUNTED = 1_000_000
"""Beyond so many lines repeated ones are not counted: that would take longer than all else."""
_FEW_DATES = 0.5
_LEAST_SHOWN = 5


@dataclass(frozen=True)
class CellSummary:
    """One of the ten cells: how many customers, and their means.

    Attributes
    ----------
    cell : str
        Its name.
    customers : int
        Who is in it.
    share : float
        Of all customers.
    revenue_share : float or None
        Of all revenue; 0 where there is none, None for a cell with fewer than five customers.
    recency_days, orders, revenue : float or None
        Means; None for a cell with fewer than five customers.
    """

    cell: str
    customers: int
    share: float
    revenue_share: float | None
    recency_days: float | None
    orders: float | None
    revenue: float | None


@dataclass(frozen=True)
class Customers:
    """What order lines were turned into; the engine holds the customers as :data:`BUILT`.

    Attributes
    ----------
    source : Source
        The order lines.
    columns : OrderColumns
        Which column says what.
    as_of : date
        The day from which recency and tenure are counted.
    lines, rejected, later, returns : int
        All lines; those without an id, a date or an amount; those dated after ``as_of``; and those
        with a negative amount among the others.
    customers : int
        Who bought anything; customers with returns alone are left out.
    cells : tuple of CellSummary
        The ten cells that have customers, from Champions to Hibernating.
    warnings : tuple of str
        What the reader should know.
    """

    source: Source
    columns: OrderColumns
    as_of: dt.date
    lines: int
    rejected: int
    later: int
    returns: int
    customers: int
    cells: tuple[CellSummary, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the ten cells as plain data."""
        return {
            "source": self.source.name,
            "columns": asdict(self.columns),
            "columns_read": describe_columns(self.columns),
            "as_of": self.as_of.isoformat(),
            "lines": self.lines,
            "rejected": self.rejected,
            "later": self.later,
            "returns": self.returns,
            "customers": self.customers,
            "cells": [asdict(cell) for cell in self.cells],
        }


def build_customers(
    source: Source,
    engine: DuckDBEngine,
    columns: OrderColumns,
    *,
    as_of: dt.date | str | None = None,
    floored: bool = False,
) -> Customers:
    """Turn order lines into the engine's table :data:`BUILT` of customers.

    Parameters
    ----------
    source : Source
        The order lines, opened in the engine.
    columns : OrderColumns
        Which column says what.
    as_of : date or str, optional
        The day from which days are counted, such as ``"2026-01-31"``; later lines are left out.
        Default: the day after the last line.
    floored : bool
        Count a revenue below zero as none, so that its logarithm can be taken.

    Raises
    ------
    FeatureError
        If the dates are no dates, the amounts no numbers, or no line can be used.
    """
    wanted = _as_day(as_of)
    source = _with_types(source, engine, columns)
    counts = engine.rows(sql.line_counts(TABLE, columns, until=wanted))[0]
    _check_counts(source, columns, counts, wanted)
    day = wanted or counts["last"] + _DAY
    amounts = Amounts(max(abs(counts["smallest"]), abs(counts["largest"])), counts["returns"] > 0)
    engine.add_stored(_FIGURES, sql.figures_of(TABLE, columns, amounts, as_of=day))
    found = engine.rows(sql.buyer_counts(_FIGURES))[0]
    if not found["bought"]:
        raise FeatureError(
            f"{source.name}: no customer bought anything until {day}; all amounts are returns.",
            "Check the sign of the amounts: purchases are positive, returns negative.",
            code="R38",
        )
    lowered = floored and found["below"] > 0
    engine.add_stored(BUILT, sql.scored_customers(_FIGURES, columns, floored=lowered))
    return Customers(
        source, columns, day, counts["rows"], counts["rows"] - counts["usable"],
        counts["usable"] - counts["used"], counts["returns"], found["bought"],
        _cells(engine, found),
        (*source.warnings, *_about_lines(engine, columns, counts, day),
         *_about_customers(found, floored=lowered)),
    )  # fmt: skip


def _as_day(as_of: dt.date | str | None) -> dt.date | None:
    """A day from what the caller gave."""
    if as_of is None:
        return None
    if isinstance(as_of, dt.datetime):
        return as_of.date()
    if isinstance(as_of, dt.date):
        return as_of
    try:
        return dt.date.fromisoformat(as_of.strip())
    except (AttributeError, ValueError):
        raise InputError(
            f"as-of {as_of!r} is not a date.", "Write it as 2026-01-31.", code="R36"
        ) from None


def roles_of_customers(
    table: Source,
    *,
    features: Sequence[str] | None,
    profile: Sequence[str] | None,
    others: Sequence[str | None],
) -> dict[str, Any]:
    """The roles of customers built from orders, but for those that the caller chose.

    ``others`` are columns that the caller chose for something else; the id is the first column.
    """
    own_id, *rest = table.names
    chosen = list(FEATURES if features is None else features)
    described = [name for name in rest if name not in (*chosen, *others)]
    return {
        "id": own_id,
        "features": chosen,
        "profile": described if profile is None else list(profile),
    }


# ---------------------------------------------------------------- types


def _with_types(source: Source, engine: DuckDBEngine, columns: OrderColumns) -> Source:
    """Read each column as what it is for: texts as they came, dates, numbers."""
    for name in (columns.id, columns.order, columns.product):
        if name is not None:
            own = source.column(name)
            source = read_as(source, engine, name, "text" if own.stored_as_text else "stored")
    source = _with_dates(source, engine, columns.date)
    if source.column(columns.amount).type != "number":
        if not source.column(columns.amount).stored_as_text:
            raise _no_amounts(source, columns.amount)
        source = read_as(source, engine, columns.amount, "number")
    return source


def _with_dates(source: Source, engine: DuckDBEngine, name: str) -> Source:
    own = source.column(name)
    if own.type == "date":
        return source
    if own.stored_as_text:
        source = read_as(source, engine, name, "date")
        dates = engine.rows(sql.usable_rows(TABLE, [name]))[0]["rows"]
        if dates > _FEW_DATES * source.rows:
            return source
    raise FeatureError(
        f"{source.name}: column {name!r} holds no dates, or writes them in a way that cannot be "
        "read.",
        "Write dates as 2026-01-31, or name another column with --date.",
        code="R36",
    )


def _no_amounts(source: Source, name: str) -> FeatureError:
    return FeatureError(
        f"{source.name}: column {name!r} holds no numbers.",
        "Name a column of numbers with --amount; decimals are written with a point.",
        code="R32",
    )


def _check_counts(
    source: Source, columns: OrderColumns, counts: Mapping[str, Any], until: dt.date | None
) -> None:
    if counts["no_amount"] == counts["rows"]:
        raise _no_amounts(source, columns.amount)
    if not counts["usable"]:
        raise FeatureError(
            f"{source.name}: none of {counts['rows']:,} rows has all of {columns.id!r}, "
            f"{columns.date!r} and {columns.amount!r}.",
            "Check that these are the right columns: --id, --date, --amount.",
            code="R28",
        )
    if not counts["used"]:
        raise FeatureError(
            f"{source.name}: all rows are dated after {until}.",
            "Give a later day with --as-of.",
            code="R36",
        )


# ---------------------------------------------------------------- what to tell


def _about_lines(
    engine: DuckDBEngine, columns: OrderColumns, counts: Mapping[str, Any], day: dt.date
) -> list[str]:
    told = []
    rejected = counts["rows"] - counts["usable"]
    if rejected:
        parts = [
            f"{name} {counts[part]:,}"
            for name, part in zip(columns.needed, ("no_id", "no_date", "no_amount"), strict=True)
            if counts[part]
        ]
        told.append(
            f"{_rows(rejected)} of {counts['rows']:,} rejected for want of a value "
            f"({', '.join(parts)})."
        )
    later = counts["usable"] - counts["used"]
    if later:
        told.append(f"{_rows(later)} dated after {day} left out.")
    if counts.get("no_order"):
        told.append(
            f"{_rows(counts['no_order'])} without {columns.order}: each counts as an order."
        )
    told += _about_repeats(engine, columns, counts["rows"])
    return told


def _about_repeats(engine: DuckDBEngine, columns: OrderColumns, rows: int) -> list[str]:
    """Lines that are alike; they may be meant, so that none is dropped."""
    if rows > _MOST_COUNTED:
        return []
    names = [title for title, _ in engine.columns(TABLE)]
    repeated = rows - engine.rows(sql.distinct_rows(TABLE, names))[0]["rows"]
    told = []
    if repeated:
        told.append(f"{_rows(repeated)} exactly like an earlier one; all of them count.")
    if columns.order is None:
        days = engine.rows(sql.distinct_rows(TABLE, [columns.id, columns.date]))[0]["rows"]
        if days < 0.8 * rows:
            told.append(
                "Each row counts as an order, yet many customers have several on one day: if rows "
                "are lines of an order, name its column with --order."
            )
    return told


def _about_customers(found: Mapping[str, Any], *, floored: bool) -> list[str]:
    told = []
    only_returns = found["all"] - found["bought"]
    if only_returns:
        told.append(f"{_customers(only_returns)} with returns alone left out.")
    if floored:
        told.append(
            f"{_customers(found['below'])} returned more than they bought: their revenue counts "
            "as 0."
        )
    elif found["below"]:
        told.append(f"{_customers(found['below'])} with a revenue below zero: more returned.")
    if found["bought"] < _LEAST_SHOWN:
        told.append(f"Only {_customers(found['bought'])}: fifths of so few say little.")
    return told


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _customers(count: int) -> str:
    return f"{count:,} customer" if count == 1 else f"{count:,} customers"


# ---------------------------------------------------------------- the ten cells


def _cells(engine: DuckDBEngine, found: Mapping[str, Any]) -> tuple[CellSummary, ...]:
    bits = sql.exact_bits(found["largest"] or 0.0, 1)
    by_name = {row["rfm_cell"]: row for row in engine.rows(sql.cell_counts(BUILT, bits=bits))}
    rows = [by_name[name] for name in sql.CELLS if name in by_name]
    revenue = sum(row["revenue"] for row in rows)
    return tuple(_cell(row, found["bought"], revenue) for row in rows)


def _cell(row: Mapping[str, Any], customers: int, revenue: float) -> CellSummary:
    own = row["customers"]
    means = {name: row[name] / own for name in ("recency_days", "orders", "revenue")}
    share = row["revenue"] / revenue if revenue > 0 else 0.0
    if own < _LEAST_SHOWN:
        return CellSummary(row["rfm_cell"], own, own / customers, None, None, None, None)
    return CellSummary(row["rfm_cell"], own, own / customers, share, **means)


@dataclass(frozen=True)
class Crosstab:
    """The ten cells beside the segments.

    Attributes
    ----------
    built : Customers
        What the orders were turned into.
    counts : dict
        By cell, in the usual order, and by segment number the customers, where there are any.
    """

    built: Customers
    counts: Mapping[str, Mapping[int, int]]


def cross(built: Customers, engine: DuckDBEngine, labels: sql.Labels) -> Crosstab:
    """Count how many customers of each cell are in each segment."""
    counts: dict[str, dict[int, int]] = {name: {} for name in sql.CELLS}
    for row in engine.rows(sql.cells_by_segment(labels)):
        if row["segment"] is not None:
            counts[row["rfm_cell"]][row["segment"]] = row["customers"]
    return Crosstab(built, {name: own for name, own in counts.items() if own})

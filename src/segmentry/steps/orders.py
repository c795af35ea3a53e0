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
from dataclasses import asdict, dataclass, replace
from typing import Any

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import FeatureError, InputError
from segmentry.model import SegmentModel
from segmentry.sql import LARGEST, ColumnType, OrderColumns
from segmentry.steps.order_columns import amount_option, describe_columns
from segmentry.steps.order_lines import Lines, about_lines, count_lines, last_day
from segmentry.steps.sources import TABLE, Source, read_as
from segmentry.textual import counted, listed

__all__ = [
    "BUILT",
    "CellSummary",
    "Customers",
    "as_built",
    "build_customers",
    "roles_of_customers",
]

BUILT = "rfm_customers"
"""The engine's table of the customers built, sorted by id."""
FEATURES = ("recency_days", "orders", "revenue")
"""What customers built from orders are grouped by, unless the caller chooses."""
_FIGURES = "rfm_figures"
_DAY = dt.timedelta(days=1)
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

    @property
    def recipe(self) -> dict[str, str | None]:
        """What makes the same customers of the same lines again, and others of later ones."""
        own = self.columns
        return {
            "as_of": self.as_of.isoformat(), "id": own.id, "date": own.date,
            "amount": amount_option(own), "order": own.order, "product": own.product,
        }  # fmt: skip

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
    engine: Engine,
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
    lines = count_lines(engine, columns)
    _check_lines(source, columns, lines, wanted)
    day = wanted or last_day(lines.days) + _DAY
    used = lines.until(day)
    found = _add_figures(engine, columns, used, day)
    if not found["bought"]:
        raise FeatureError(
            f"{source.name}: no customer bought anything until {day}; all amounts are returns.",
            "Check the sign of the amounts: purchases are positive, returns negative.",
            code="R38",
        )
    lowered = floored and found["below"] > 0
    scored = sql.scored_customers(_FIGURES, columns, customers=found["bought"], floored=lowered)
    engine.add_stored(BUILT, scored)
    told = about_lines(engine, columns, lines, used, as_of=day, chosen=wanted is not None)
    return Customers(
        source, columns, day, lines.rows, lines.rows - lines.usable, lines.usable - used.usable,
        used.returns, found["bought"], _cells(engine, found),
        (*_still_true(source, columns), *told, *_about_customers(found, floored=lowered)),
    )  # fmt: skip


def _add_figures(
    engine: Engine, columns: OrderColumns, lines: Lines, as_of: dt.date
) -> dict[str, Any]:
    """Keep the figures of all customers, and count who has any."""
    query = sql.figures_of(TABLE, columns, lines.known, as_of=as_of)
    engine.add_stored(_FIGURES, query)
    found = engine.rows(sql.buyer_counts(_FIGURES))[0]
    if found["hashes"] < found["all"]:
        query = sql.figures_of(TABLE, columns, lines.known, as_of=as_of, hashed=False)
        engine.add_stored(_FIGURES, query)
    return found


def as_built(model: SegmentModel, built: Customers) -> SegmentModel:
    """The model with the recipe of its customers, which counts a revenue below zero as none."""
    features = tuple(
        replace(own, clip=(0.0, LARGEST))
        if own.name == "revenue" and own.transform == "log1p" and own.clip is None
        else own
        for own in model.plan.features
    )
    plan = replace(model.plan, features=features)
    return replace(model, plan=plan, orders=built.recipe)


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


def _with_types(source: Source, engine: Engine, columns: OrderColumns) -> Source:
    """Read each column as what it is for: texts as they came, dates, numbers."""
    for name in (columns.id, columns.order, columns.product):
        if name is not None:
            own = source.column(name)
            wanted: ColumnType = "text" if own.stored_as_text else "stored"
            if own.type != wanted:  # else it is known already whether all cells can be used
                source = read_as(source, engine, name, wanted)
    source = _with_dates(source, engine, columns.date)
    for name in (columns.amount, columns.quantity):
        if name is not None and source.column(name).type != "number":
            if not source.column(name).stored_as_text:
                raise _no_amounts(source, name)
            source = read_as(source, engine, name, "number")
    return source


def _with_dates(source: Source, engine: Engine, name: str) -> Source:
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


def _check_lines(
    source: Source, columns: OrderColumns, lines: Lines, until: dt.date | None
) -> None:
    if lines.missing["amount"] == lines.rows:
        raise _no_amounts(source, columns.amount)
    if not lines.usable:
        needed = listed([repr(name) for name in columns.needed])
        raise FeatureError(
            f"{source.name}: none of {lines.rows:,} rows has all of {needed}.",
            "Check that these are the right columns: --id, --date, --amount.",
            code="R28",
        )
    if until and lines.days[0]["day"] > until:
        raise FeatureError(
            f"{source.name}: all rows are dated after {until}.",
            "Give a later day with --as-of.",
            code="R36",
        )


# ---------------------------------------------------------------- what to tell


def _still_true(source: Source, columns: OrderColumns) -> list[str]:
    """What the source warned of, but for columns that were read anew, as text."""
    texts = [name for name in (columns.id, columns.order, columns.product) if name is not None]
    starts = tuple(f"{name}{end}" for name in texts for end in (": ", " was taken for text"))
    return [own for own in source.warnings if not own.startswith(starts)]


def _about_customers(found: Mapping[str, Any], *, floored: bool) -> list[str]:
    told = []
    only_returns = found["all"] - found["bought"]
    if only_returns:
        told.append(f"{counted(only_returns, 'customer')} with returns alone left out.")
    if floored:
        told.append(
            f"{counted(found['below'], 'customer')} returned more than they bought: their revenue "
            "counts as 0."
        )
    elif found["below"]:
        below = counted(found["below"], "customer")
        told.append(f"{below} with a revenue below zero: more returned.")
    if found["bought"] < _LEAST_SHOWN:
        told.append(f"Only {counted(found['bought'], 'customer')}: fifths of so few say little.")
    return told


# ---------------------------------------------------------------- the ten cells


def _cells(engine: Engine, found: Mapping[str, Any]) -> tuple[CellSummary, ...]:
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

"""Step 1a: from order lines to customers, with scores and the ten classic RFM cells.

One aggregate turns lines into customers: when each one last bought (recency), how often
(frequency) and for how much (money), and a little more. Lines with a negative amount are returns:
they lower the revenue and are no orders. Each figure is scored from 1 to 5 by the fifth of the
customers that it lies in, 5 being best; customers who are equal are ranked by their other figures
and then by their id, so that every customer has one score, whatever the order of the lines. Equal
frequencies are ranked by revenue, not by recency: where most have ordered once, the frequency score
would repeat the one of recency. It says little there in any case, which is told.

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
from segmentry.plan import Plan
from segmentry.sql import LARGEST, OrderColumns
from segmentry.steps.order_columns import amount_option, describe_columns
from segmentry.steps.order_lines import (
    Lines,
    about_lines,
    count_lines,
    first_day,
    last_day,
)
from segmentry.steps.order_status import about_status, leave_out_option
from segmentry.steps.order_types import no_amounts, with_types
from segmentry.steps.sources import TABLE, Source
from segmentry.textual import counted, listed, percent

__all__ = [
    "BUILT",
    "CellSummary",
    "Customers",
    "as_built",
    "build_customers",
    "counted_from_zero",
    "never_negative",
    "roles_of_customers",
]

BUILT = "rfm_customers"
"""The engine's table of the customers built, sorted by id."""
FEATURES = ("recency_days", "orders", "revenue")
"""What customers built from orders are grouped by, unless the caller chooses."""
_FIGURES = "rfm_figures"
_DAY = dt.timedelta(days=1)
_LEAST_SHOWN = 5
_MOST_SHARING = 0.5
"""Beyond this share of the customers with one number of orders, scores by it say little."""


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
    since, as_of : date
        The first day that counts; the day from which recency and tenure are counted.
    lines, rejected, left_out, earlier, later, returns : int
        All lines; those without an id, a date or an amount; those left out by their status; those
        dated before ``since`` and after ``as_of``; and those with a negative amount among the
        others.
    customers : int
        Who bought anything; customers with returns alone are left out.
    cells : tuple of CellSummary
        The ten cells that have customers, from Champions to Hibernating.
    warnings : tuple of str
        What the reader should know.
    """

    source: Source
    columns: OrderColumns
    since: dt.date
    as_of: dt.date
    lines: int
    rejected: int
    left_out: int
    earlier: int
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
            **({"leave_out": leave_out_option(own)} if own.left_out else {}),
        }  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the ten cells as plain data."""
        return {
            "source": self.source.name,
            "columns": asdict(self.columns),
            "columns_read": describe_columns(self.columns),
            "since": self.since.isoformat(),
            "as_of": self.as_of.isoformat(),
            "lines": self.lines,
            "rejected": self.rejected,
            "left_out": self.left_out,
            "earlier": self.earlier,
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
    since: dt.date | str | None = None,
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
    since : date or str, optional
        The first day that counts, such as ``"2025-01-01"``. Default: that of the first line.
    as_of : date or str, optional
        The day from which days are counted, such as ``"2026-01-31"``; later lines are left out.
        Default: the day after the last line.
    floored : bool
        Count a revenue below zero as none, so that its logarithm can be taken, and what an order
        was worth on average with it.

    Raises
    ------
    FeatureError
        If the dates are no dates, the amounts no numbers, or no line can be used.
    """
    wanted, first = _as_day(as_of, "as-of"), _as_day(since, "since")
    source = with_types(source, engine, columns)
    lines = count_lines(engine, columns)
    _check_lines(source, columns, lines, first, wanted)
    day = wanted or last_day(lines.days) + _DAY
    start = first or first_day(lines.until(day).days)
    used = lines.until(day).since(start)
    _check_any(source, used, start, day)
    found = _add_figures(engine, columns, used, start, day)
    if not found["bought"]:
        raise FeatureError(
            f"{source.name}: no customer bought anything until {day}; all amounts are returns.",
            "Check the sign of the amounts: purchases are positive, returns negative.",
            code="R38",
        )
    lowered = floored and found["below"] > 0
    scored = sql.scored_customers(_FIGURES, columns, customers=found["bought"], floored=lowered)
    engine.add_stored(BUILT, scored)
    chosen = [name for name, own in (("since", first), ("as_of", wanted)) if own]
    told = about_lines(engine, columns, lines, used, since=start, as_of=day, chosen=chosen)
    earlier, later = (lines.usable - own.usable for own in (lines.since(start), lines.until(day)))
    return Customers(
        source, columns, start, day, lines.rows, lines.rejected, lines.left_out, earlier, later,
        used.returns, found["bought"], _cells(engine, found),
        (*_still_true(source, columns), *told, *about_status(source, engine, columns),
         *_about_customers(found, floored=lowered)),
    )  # fmt: skip


def _add_figures(
    engine: Engine, columns: OrderColumns, lines: Lines, since: dt.date, as_of: dt.date
) -> dict[str, Any]:
    """Keep the figures of all customers, and count who has any."""
    query = sql.figures_of(TABLE, columns, lines.known, since=since, as_of=as_of)
    engine.add_stored(_FIGURES, query)
    found = dict(engine.rows(sql.buyer_counts(_FIGURES))[0])
    if found["hashes"] < found["all"]:
        days = {"since": since, "as_of": as_of}
        query = sql.figures_of(TABLE, columns, lines.known, **days, hashed=False)
        engine.add_stored(_FIGURES, query)
    if found["bought"]:
        common = engine.rows(sql.commonest_orders(_FIGURES))[0]
        found |= {"common": common["orders"], "sharing": common["customers"]}
    return found


def never_negative(table: Source) -> tuple[str, ...]:
    """The columns that count as 0 below it, of customers built from orders; none of others."""
    return sql.MONEY if {*sql.FIGURES, "rfm_cell"} <= set(table.names) else ()


def counted_from_zero(plan: Plan, names: Sequence[str]) -> Plan:
    """The plan, for which a value below zero of some features counts as none.

    No customer that it was learned from need have one; those who are scored later may.
    """
    features = tuple(
        replace(own, clip=(0.0, LARGEST)) if own.name in names and own.clip is None else own
        for own in plan.features
    )
    return replace(plan, features=features)


def as_built(model: SegmentModel, built: Customers) -> SegmentModel:
    """The model with the recipe of its customers."""
    return replace(model, orders=built.recipe)


def _as_day(said: dt.date | str | None, option: str) -> dt.date | None:
    """A day from what the caller gave."""
    if said is None:
        return None
    if isinstance(said, dt.datetime):
        return said.date()
    if isinstance(said, dt.date):
        return said
    try:
        return dt.date.fromisoformat(said.strip())
    except (AttributeError, ValueError):
        raise InputError(
            f"{option} {said!r} is not a date.", "Write it as 2026-01-31.", code="R36"
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


def _check_lines(
    source: Source,
    columns: OrderColumns,
    lines: Lines,
    since: dt.date | None,
    until: dt.date | None,
) -> None:
    if lines.missing["amount"] == lines.rows:
        raise no_amounts(source, columns.amount)
    if not lines.usable:
        needed = listed([repr(name) for name in columns.needed])
        raise FeatureError(
            f"{source.name}: none of {lines.rows:,} rows has all of {needed}.",
            "Check that these are the right columns: --id, --date, --amount.",
            code="R28",
        )
    for beyond, word, day, option in (
        (until and lines.days[0]["day"] > until, "after", until, "a later day with --as-of"),
        (since and lines.days[-1]["day"] < since, "before", since, "an earlier day with --since"),
    ):
        if beyond:
            raise FeatureError(
                f"{source.name}: all rows are dated {word} {day}.", f"Give {option}.", code="R36"
            )


def _check_any(source: Source, used: Lines, since: dt.date, until: dt.date) -> None:
    if not used.usable:
        raise FeatureError(
            f"{source.name}: no row is dated from {since} to {until}.",
            "Give other days with --since and --as-of.",
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
        told.append(
            f"{counted(found['below'], 'customer')} with a revenue below zero: more returned."
        )
    if found["sharing"] > _MOST_SHARING * found["bought"]:
        often = "once" if found["common"] == 1 else f"{found['common']:,} times"
        told.append(
            f"{percent(found['sharing'] / found['bought'], decimals=0)} of the customers have "
            f"ordered {often}: among them the frequency score follows revenue and says little "
            "more, and so do the cells."
        )
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

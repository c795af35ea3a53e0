"""Order lines before they become customers: their columns, what is missing, what a day holds."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from sqlglot import exp

from segmentry.sql.expressions import (
    alias,
    all_present,
    col,
    count,
    double,
    exact_bits,
    null_if_missing,
    select,
    whole,
)

_CENTS = 2
_FIRST_DATE, _LAST_DATE = dt.date(1, 1, 1), dt.date(9999, 12, 31)


@dataclass(frozen=True)
class OrderColumns:
    """Which columns of order lines say who, when, how much, in which order, and what.

    ``quantity`` is there where ``amount`` is the price of one piece: a line is then worth
    quantity times price. Lines whose ``status`` is among ``left_out`` do not count.
    """

    id: str
    date: str
    amount: str
    order: str | None = None
    product: str | None = None
    quantity: str | None = None
    status: str | None = None
    left_out: tuple[str, ...] | tuple[float, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Without one of these a line says nothing."""
        known = (self.id, self.date, self.amount)
        return known if self.quantity is None else (*known, self.quantity)


@dataclass(frozen=True)
class KnownLines:
    """What is known of the lines before they are summed.

    ``largest`` is the largest magnitude of an amount; ``returned`` says whether any is negative,
    ``complete`` whether every line counts, and ``numbered`` whether each has the number of its
    order.
    """

    largest: float
    returned: bool
    complete: bool = False
    numbered: bool = False

    @property
    def bits(self) -> int:
        """Binary places of a single amount; the sum of many has room for more digits."""
        return exact_bits(self.largest, 1)

    @property
    def decimals(self) -> int:
        """Decimal places that a sum is rounded to, so that cents stay cents.

        As many as the sum of many of the largest amounts has; cents also beside absurd ones, as
        long as the places of a single amount are enough for them.
        """
        usual = 11 - math.ceil(math.log10(self.largest or 1.0))
        cents = min(_CENTS, math.floor(self.bits * math.log10(2)) - 1)
        return max(0, cents, min(12, usual))


def day(value: dt.date) -> exp.Expr:
    """A day of the calendar."""
    return exp.cast(exp.Literal.string(value.isoformat()), "date")


def amount_of(columns: OrderColumns) -> exp.Expr:
    """What a line is worth."""
    if columns.quantity is None:
        return col(columns.amount)
    return exp.paren(exp.Mul(this=col(columns.quantity), expression=col(columns.amount)))


def _is_day(name: str) -> exp.Expr:
    """Whether a date is one of a calendar, and no infinity."""
    return exp.Between(this=col(name), low=day(_FIRST_DATE), high=day(_LAST_DATE))


def usable(
    columns: OrderColumns, *, since: dt.date | None = None, until: dt.date | None = None
) -> exp.Expr:
    """Whether a line says all that is needed, counts, and is dated neither earlier nor later."""
    conditions = [all_present(columns.needed), _is_day(columns.date)]
    if columns.left_out:
        conditions.append(_is_left_out(columns).not_())
    if since is not None:
        conditions.append(exp.GTE(this=col(columns.date), expression=day(since)))
    if until is not None:
        conditions.append(exp.LTE(this=col(columns.date), expression=day(until)))
    return exp.and_(*conditions)


def _is_left_out(columns: OrderColumns) -> exp.Expr:
    """Whether a line's status says that it does not count; false where it has none."""
    status = col(columns.status or "")
    levels = [
        exp.Literal.string(own) if isinstance(own, str) else double(own) for own in columns.left_out
    ]
    inside = exp.In(this=status, expressions=levels)
    return exp.func("coalesce", inside, exp.false())


def left_out_counts(table: str, columns: OrderColumns) -> exp.Select:
    """Count the lines whose status says that they do not count."""
    return select(alias(count(), "rows"), of=table).where(_is_left_out(columns))


def status_counts(table: str, status: str, *, limit: int) -> exp.Select:
    """The levels of a status and their lines, the commonest first, no more than a limit."""
    lines = count()
    ordered = [exp.Ordered(this=lines, desc=True), exp.Ordered(this=col(status), desc=False)]
    query = select(alias(col(status), "level"), alias(lines.copy(), "lines"), of=table)
    query = query.where(col(status).is_(exp.null()).not_()).group_by(col(status))
    return query.order_by(*ordered).limit(limit)


def missing_counts(table: str, columns: OrderColumns) -> exp.Select:
    """Count the lines, and those without an id, a date, an amount or the number of an order.

    Those that are left out by their status do not count.
    """
    said = {
        "id": count(col(columns.id)),
        "date": count(null_if_missing(_is_day(columns.date), whole(1))),
        "amount": count(amount_of(columns)),
    }
    if columns.order:
        said["order"] = count(col(columns.order))
    missing = [
        alias(exp.Sub(this=count(), expression=own), f"no_{name}") for name, own in said.items()
    ]
    query = select(alias(count(), "rows"), *missing, of=table)
    return query.where(_is_left_out(columns).not_()) if columns.left_out else query


def lines_by_day(table: str, columns: OrderColumns, *, complete: bool) -> exp.Select:
    """For each day its lines that can be used, how many are returns, and the extreme amounts."""
    amount = amount_of(columns)
    is_return = exp.LT(this=amount.copy(), expression=double(0.0))
    query = select(
        alias(col(columns.date), "day"),
        alias(count(), "lines"),
        alias(count(null_if_missing(is_return, whole(1))), "returns"),
        alias(exp.Min(this=amount.copy()), "smallest"),
        alias(exp.Max(this=amount.copy()), "largest"),
        of=table,
    ).group_by(col(columns.date))
    return query if complete else query.where(usable(columns))


def lines_beside_amounts(table: str, columns: OrderColumns) -> exp.Select:
    """Count the lines without an amount in orders that have one in another line."""
    order, amount = col(columns.order or ""), amount_of(columns)
    missing = amount.copy().is_(exp.null())
    others = select(order.copy(), of=table).where(missing.copy().not_())
    inside = exp.In(this=order.copy(), query=others.subquery())
    return select(alias(count(), "rows"), of=table).where(exp.and_(missing, inside))


def repeated_amounts(table: str, columns: OrderColumns) -> exp.Select:
    """Count the orders with several lines, and those of them whose lines all cost the same."""
    amount = amount_of(columns)
    ends = [
        alias(exp.Min(this=amount.copy()), "low"),
        alias(exp.Max(this=amount.copy()), "high"),
    ]
    orders = (
        select(*ends, of=table)
        .where(col(columns.order or "").is_(exp.null()).not_())
        .group_by(col(columns.id), col(columns.order or ""))
        .having(exp.GT(this=count(amount.copy()), expression=whole(1)))
    )
    same = exp.EQ(this=col("low"), expression=col("high"))
    alike = exp.and_(same, exp.NEQ(this=col("low"), expression=double(0.0)))
    return exp.select(
        alias(count(), "several"), alias(count(null_if_missing(alike, whole(1))), "alike")
    ).from_(orders.subquery("orders"))

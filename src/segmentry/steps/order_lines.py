"""Step 1a: what is known of order lines before they become customers, and what to tell of it.

Days are counted from the day after the last line. A single 2099, typed for 2009, would make
every customer 27,000 days old, so lines that lie far after all others do not count for that, and
are left out and told (:func:`last_day`); so are those that lie far before all others, such as a
1850, typed for 1950 (:func:`first_day`). The clock on the wall is never asked: the same lines give
the same customers on any day.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.sql import KnownLines, OrderColumns
from segmentry.steps.order_columns import amount_name
from segmentry.steps.sources import TABLE
from segmentry.textual import counted, listed

__all__ = [
    "Lines",
    "about_lines",
    "count_lines",
    "first_day",
    "last_day",
]

_MOST_COUNTED = 1_000_000
"""Beyond so many lines repeated ones are not counted: that would take longer than all else."""
_SEVERAL_A_DAY = 0.8
_USUAL_GAPS = 30
_FAR = ((30, 0.001), (366, 0.01), (3_653, 0.25))
"""Days without any line, and the share of all lines that may at most lie beyond them."""
_ENOUGH_LINES = 100
"""From so many lines on a single one may lie beyond a gap, whatever its share."""
_ABSURD, _CENTS = 1_000_000, 2
_MOSTLY = 0.95
_FEW_ORDERS = 10


@dataclass(frozen=True)
class Lines:
    """What was counted of order lines.

    Attributes
    ----------
    rows : int
        All lines.
    missing : mapping
        By ``id``, ``date``, ``amount`` and ``order`` the lines without; no ``order`` where there
        is no such column.
    days : tuple of dict
        For each ``day``, ascending, its usable ``lines``, how many are ``returns``, and the
        ``smallest`` and ``largest`` amount.
    left_out : int
        Lines that do not count, by their status.
    """

    rows: int
    missing: Mapping[str, int]
    days: tuple[Mapping[str, Any], ...] = field(repr=False)
    left_out: int = 0

    @property
    def usable(self) -> int:
        """The lines that say who, when and how much."""
        return sum(own["lines"] for own in self.days)

    @property
    def rejected(self) -> int:
        """The lines that lack what is needed."""
        return self.rows - self.left_out - self.usable

    def until(self, last: dt.date) -> Lines:
        """The same without the days after the last."""
        return replace(self, days=tuple(x for x in self.days if x["day"] <= last))

    def since(self, first: dt.date) -> Lines:
        """The same without the days before the first."""
        return replace(self, days=tuple(x for x in self.days if x["day"] >= first))

    @property
    def returns(self) -> int:
        """The usable lines with a negative amount."""
        return sum(own["returns"] for own in self.days)

    @property
    def known(self) -> KnownLines:
        """What the sums need to know."""
        largest = max(max(abs(own["smallest"]), abs(own["largest"])) for own in self.days)
        return KnownLines(
            largest,
            self.returns > 0,
            complete=self.usable == self.rows,
            numbered=self.missing.get("order") == 0,
        )


def count_lines(engine: Engine, columns: OrderColumns) -> Lines:
    """Count what is missing, and the usable lines of each day."""
    found = engine.rows(sql.missing_counts(TABLE, columns))[0]
    missing = {name[3:]: own for name, own in found.items() if name != "rows"}
    left_out = 0
    if columns.left_out:
        left_out = engine.rows(sql.left_out_counts(TABLE, columns))[0]["rows"]
    complete = not (left_out or any(own for name, own in missing.items() if name != "order"))
    days = engine.rows(sql.lines_by_day(TABLE, columns, complete=complete))
    days = sorted(days, key=lambda own: own["day"])
    return Lines(found["rows"] + left_out, missing, tuple(days), left_out)


def last_day(days: Sequence[Mapping[str, Any]]) -> dt.date:
    """The last day that is no typing error: none where a long gap lies before the last few lines.

    A gap is long if it has 30 times the days that usually lie between two days with lines, and at
    least 30 days, with 0.1 % of the lines or a single one of a hundred beyond it; or more than a
    year with 1 %; or more than ten years with a quarter.

    >>> days = [{"day": dt.date(2026, 1, 1 + i), "lines": 9} for i in range(20)]
    >>> last_day([*days, {"day": dt.date(2099, 1, 1), "lines": 2}])
    datetime.date(2026, 1, 20)
    """
    lines = sum(own["lines"] for own in days)
    beyond = 0
    for i in range(len(days) - 1, 0, -1):
        beyond += days[i]["lines"]
        if beyond > _FAR[-1][1] * lines:
            break
        before = days[i - 1]["day"]
        if _is_far((days[i]["day"] - before).days, beyond, lines, _usual_gap(days[:i])):
            return last_day(days[:i])
    return days[-1]["day"]  # type: ignore[no-any-return]


def first_day(days: Sequence[Mapping[str, Any]]) -> dt.date:
    """The first day that is no typing error: as :func:`last_day`, seen from the other end.

    >>> days = [{"day": dt.date(2026, 1, 1 + i), "lines": 9} for i in range(20)]
    >>> first_day([{"day": dt.date(1850, 1, 1), "lines": 1}, *days])
    datetime.date(2026, 1, 1)
    """
    return _turned(last_day([{**own, "day": _turned(own["day"])} for own in reversed(days)]))


def _turned(day: dt.date) -> dt.date:
    """A day of the calendar read backwards."""
    return dt.date.max - (day - dt.date.min)


def _usual_gap(days: Sequence[Mapping[str, Any]]) -> float:
    """Mean days from one day with lines to the next."""
    covered: dt.timedelta = days[-1]["day"] - days[0]["day"]
    return covered.days / max(1, len(days) - 1)


def _is_far(gap: int, beyond: int, lines: int, usual: float) -> bool:
    single = beyond == 1 and lines >= _ENOUGH_LINES
    return gap >= _USUAL_GAPS * usual and any(
        gap >= days and (beyond <= share * lines or single) for days, share in _FAR
    )


# ---------------------------------------------------------------- what to tell


def about_lines(
    engine: Engine,
    columns: OrderColumns,
    found: Lines,
    used: Lines,
    *,
    since: dt.date,
    as_of: dt.date,
    chosen: Collection[str],
) -> list[str]:
    """Say which lines were rejected or left out, and what is odd about the others.

    ``chosen`` has which of ``since`` and ``as_of`` the caller gave.
    """
    told = _about_rejected(engine, columns, found)
    told += _about_early(found, since, chosen="since" in chosen)
    told += _about_late(found, as_of, chosen="as_of" in chosen)
    if found.missing.get("order"):
        told.append(
            f"{counted(found.missing['order'], 'row')} without {columns.order}: each counts as an "
            "order."
        )
    return [*told, *_about_amounts(used), *_about_repeats(engine, columns, found.rows)]


def _about_early(found: Lines, since: dt.date, *, chosen: bool) -> list[str]:
    early, first = found.usable - found.since(since).usable, found.days[0]["day"]
    if early and chosen:
        return [f"{counted(early, 'row')} dated before {since} left out."]
    if not early:
        return []
    return [
        f"{counted(early, 'row')} dated long before all others, from {first} on, taken for typing "
        f"errors and left out. If those dates are right, give --since {first}."
    ]


def _about_late(found: Lines, as_of: dt.date, *, chosen: bool) -> list[str]:
    later, last = found.usable - found.until(as_of).usable, found.days[-1]["day"]
    if later and chosen:
        return [f"{counted(later, 'row')} dated after {as_of} left out."]
    if not later:
        return []
    return [
        f"{counted(later, 'row')} dated long after all others, up to {last}, taken for typing "
        f"errors and left out: days are counted from {as_of}. If those dates are right, give "
        f"--as-of {last}."
    ]


def _about_amounts(used: Lines) -> list[str]:
    """An amount that is out of all proportion: it decides revenue alone, and costs others cents."""
    largest = [max(abs(own["smallest"]), abs(own["largest"])) for own in used.days]
    usual = statistics.median(largest)
    if max(largest) <= _ABSURD * usual or usual <= 0:
        return []
    day = used.days[largest.index(max(largest))]["day"]
    cost = "" if used.known.decimals >= _CENTS else " Beside it, other amounts lose their cents."
    return [
        f"An amount on {day} is about {max(largest):.0e}, more than {_ABSURD:,} times what the "
        f"largest of a day usually is: correct it if it is a typing error.{cost}"
    ]


def _about_rejected(engine: Engine, columns: OrderColumns, found: Lines) -> list[str]:
    told, rejected = [], found.rejected
    if found.left_out:
        levels = listed([str(own) for own in columns.left_out])
        told.append(
            f"{counted(found.left_out, 'row')} left out, as asked: {columns.status} {levels}."
        )
    if not rejected:
        return told
    names = {"id": columns.id, "date": columns.date, "amount": amount_name(columns)}
    parts = [f"{name} {found.missing[own]:,}" for own, name in names.items() if found.missing[own]]
    told.append(
        f"{counted(rejected, 'row')} of {found.rows:,} rejected for want of a value "
        f"({', '.join(parts)})."
    )
    if columns.order and found.missing["amount"] and found.rows <= _MOST_COUNTED:
        further = engine.rows(sql.lines_beside_amounts(TABLE, columns))[0]["rows"]
        if further:
            told.append(
                f"{counted(further, 'row')} of these belong to orders whose {amount_name(columns)} "
                "stands in another row: no revenue is lost, but what they bought is not counted. "
                "Lines with an amount each come from --amount 'QUANTITY*PRICE'."
            )
    return told


def _about_repeats(engine: Engine, columns: OrderColumns, rows: int) -> list[str]:
    """Lines that are alike; they may be meant, so that none is dropped."""
    if rows > _MOST_COUNTED:
        return []
    names = [title for title, _ in engine.columns(TABLE)]
    repeated = rows - engine.rows(sql.distinct_rows(TABLE, names))[0]["rows"]
    told = []
    if repeated:
        told.append(f"{counted(repeated, 'row')} exactly like an earlier one; all of them count.")
    if columns.order and columns.quantity is None:
        told += _about_totals(engine, columns)
    if columns.order is None:
        days = engine.rows(sql.distinct_rows(TABLE, [columns.id, columns.date]))[0]["rows"]
        if days < _SEVERAL_A_DAY * rows:
            told.append(
                "Each row counts as an order, yet many customers have several on one day: if rows "
                "are lines of an order, name its column with --order."
            )
    return told


def _about_totals(engine: Engine, columns: OrderColumns) -> list[str]:
    """An amount that is the same in all rows of an order may be the whole order's."""
    found = engine.rows(sql.repeated_amounts(TABLE, columns))[0]
    if found["several"] < _FEW_ORDERS or found["alike"] < _MOSTLY * found["several"]:
        return []
    return [
        f"{columns.amount} is the same in all rows of an order, in {found['alike']:,} of "
        f"{found['several']:,} orders with several rows: if it is the total of the order, revenue "
        "counts it once a row. Give the amount of each row with --amount, such as "
        "'QUANTITY*PRICE', or leave one row an order."
    ]

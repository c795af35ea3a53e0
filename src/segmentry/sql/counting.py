"""Counts and measures of columns, and the cells that stand for all customers."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from sqlglot import exp

from segmentry.sql.expressions import (
    alias,
    all_present,
    col,
    count,
    double,
    exact_sum,
    minus,
    null_if_missing,
    relation,
    select,
    whole,
)
from segmentry.sql.reading import Column

SPACES = " \t\r\n"
"""What fills cells in which nothing is said."""

_HASH = "_segmentry_hash"
_CODE_LETTERS = [own for own in string.ascii_letters if own.lower() not in "ein"]


def column_counts(table: str, columns: Sequence[Column], *, first: int = 0) -> exp.Select:
    """Rows, and for each column the values present; for numbers also the range and whole ones.

    ``first`` is the number of the first column in the names of the answer.
    """
    wanted: list[exp.Expr] = [alias(count(), "rows")]
    for i, column in enumerate(columns, first):
        cell = col(column.name)
        wanted.append(alias(count(cell), f"present{i}"))
        if column.type == "number":
            wanted += [
                alias(count(_if_whole(cell.copy())), f"whole{i}"),
                alias(exp.Min(this=cell.copy()), f"min{i}"),
                alias(exp.Max(this=cell.copy()), f"max{i}"),
            ]
    return select(*wanted, of=table)


def about_distinct(table: str, names: Sequence[str]) -> exp.Select:
    """How many different values each column has, to a few per cent, in little memory."""
    wanted = [
        alias(exp.ApproxDistinct(this=col(name)), f"distinct{i}") for i, name in enumerate(names)
    ]
    return select(*wanted, of=table)


def address_counts(table: str, names: Sequence[str]) -> exp.Select:
    """How many values of each column of text look like an e-mail address."""
    wanted = []
    for i, name in enumerate(names):
        alike = exp.Like(this=col(name), expression=exp.Literal.string("%_@_%._%"))
        wanted.append(alias(count(null_if_missing(alike, whole(1))), f"addresses{i}"))
    return select(*wanted, of=table)


def first_values(table: str, names: Sequence[str], *, limit: int) -> exp.Select:
    """The first values of columns, as text."""
    cells = [alias(exp.cast(col(name), "text"), name) for name in names]
    return select(*cells, of=table).limit(limit)


def widths(table: str, names: Sequence[str]) -> exp.Select:
    """For each column as it came the shortest and the longest cell, and those that begin with 0."""
    wanted = []
    for i, name in enumerate(names):
        cell = exp.Trim(this=exp.cast(col(name), "text"))
        width = exp.Length(
            this=null_if_missing(exp.NEQ(this=cell, expression=exp.Literal.string("")), cell.copy())
        )
        zero = exp.Like(this=cell.copy(), expression=exp.Literal.string("0_%"))
        wanted += [
            alias(exp.Min(this=width), f"least{i}"),
            alias(exp.Max(this=width.copy()), f"most{i}"),
            alias(count(null_if_missing(zero, whole(1))), f"zeros{i}"),
        ]
    return select(*wanted, of=table)


def counts_outside(
    table: str, bounds: Mapping[str, tuple[float | None, float | None]]
) -> exp.Select:
    """How many values lie below and above the bounds of their column, where it has any."""
    wanted: list[exp.Expr] = []
    for i, (name, (low, high)) in enumerate(bounds.items()):
        if low is not None:
            below = exp.LT(this=col(name), expression=double(low))
            wanted.append(alias(count(null_if_missing(below, whole(1))), f"below{i}"))
        if high is not None:
            above = exp.GT(this=col(name), expression=double(high))
            wanted.append(alias(count(null_if_missing(above, whole(1))), f"above{i}"))
    return select(*wanted, of=table)


def dates_outside(table: str, names: Sequence[str], *, first: str, last: str) -> exp.Select:
    """How many dates of each column lie before the first or after the last."""
    wanted = []
    for i, name in enumerate(names):
        inside = exp.Between(
            this=exp.cast(col(name), "date"),
            low=exp.cast(exp.Literal.string(first), "date"),
            high=exp.cast(exp.Literal.string(last), "date"),
        )
        wanted.append(alias(count(null_if_missing(inside.not_(), whole(1))), f"odd{i}"))
    return select(*wanted, of=table)


def level_counts(table: str, name: str, *, limit: int) -> exp.Select:
    """The commonest values of a column, as ``level``, and their ``customers``; without missing."""
    present = col(name).is_(exp.null()).not_()
    return (
        select(alias(col(name), "level"), alias(count(), "customers"), of=table)
        .where(present)
        .group_by(col(name))
        .order_by(exp.Ordered(this=count(), desc=True, nulls_first=False), col(name))
        .limit(limit)
    )


def year_counts(table: str, name: str, *, limit: int) -> exp.Select:
    """The years of a column of dates, as ``level``, and their ``customers``, in order."""
    date = exp.cast(col(name), "date")
    year = exp.cast(exp.Extract(this=exp.var("YEAR"), expression=date), "int")
    return (
        select(alias(year, "level"), alias(count(), "customers"), of=table)
        .where(col(name).is_(exp.null()).not_())
        .group_by(year.copy())
        .order_by(exp.Ordered(this=year.copy(), nulls_first=False))
        .limit(limit)
    )


def weight_counts(table: str, name: str) -> exp.Select:
    """What customer weights look like: how many are there, below 0, and 0; the largest."""

    def matching(condition: exp.Expr) -> exp.Expr:
        return count(null_if_missing(condition, whole(1)))

    return select(
        alias(count(), "rows"),
        alias(count(col(name)), "present"),
        alias(matching(exp.LT(this=col(name), expression=double(0.0))), "negative"),
        alias(matching(exp.EQ(this=col(name), expression=double(0.0))), "zero"),
        alias(exp.Max(this=col(name)), "largest"),
        of=table,
    )


def weight_sum(table: str, name: str, *, bits: int) -> exp.Select:
    """The exact sum of the customer weights."""
    return select(alias(exact_sum(col(name), bits), "total"), of=table)


def _if_whole(cell: exp.Expr) -> exp.Expr:
    whole_part = exp.EQ(this=cell, expression=exp.Floor(this=cell.copy()))
    return null_if_missing(whole_part, cell.copy())


def distinct_rows(table: str, names: Sequence[str], *, hashed: bool = False) -> exp.Select:
    """How many different rows there are in the columns named.

    ``hashed`` counts 64-bit hashes instead, which need a fraction of the memory: of a hundred
    million rows two share one by chance once in 3,700 times.
    """
    cells: list[exp.Expr] = [col(name) for name in names]
    if hashed:
        cells = [alias(exp.Anonymous(this="hash", expressions=cells), _HASH)]
    rows = select(*cells, of=table)
    rows = rows.group_by(col(_HASH)) if hashed else rows.distinct()
    return exp.select(alias(count(), "rows")).from_(rows.subquery("different"))


def moments(
    table: str, shifts: Mapping[str, float], *, bits: Mapping[str, Mapping[int, int]]
) -> exp.Select:
    """For each column the exact sums of powers of ``value - shift``, as ``sum<column>_<power>``.

    ``bits`` says by column which powers, and how many binary places fit.
    """
    wanted = []
    for i, (name, shift) in enumerate(shifts.items()):
        difference = minus(col(name), shift)
        for power, own in bits[name].items():
            product: exp.Expr = difference.copy()
            for _ in range(power - 1):
                product = exp.Mul(this=product, expression=difference.copy())
            wanted.append(alias(exact_sum(product, own), f"sum{i}_{power}"))
    return select(*wanted, of=table)


def columns(table: str, names: Sequence[str]) -> exp.Select:
    """Some columns of all customers, in the source's order."""
    return select(*(col(name) for name in names), of=table)


def usable_rows(table: str, names: Sequence[str]) -> exp.Select:
    """How many customers have all the features."""
    return select(alias(count(), "rows"), of=table).where(all_present(names))


def present_rows(table: str, names: Sequence[str]) -> exp.Select:
    """The customers who have all the features."""
    return exp.select("*").from_(relation(table)).where(all_present(names))


def header_rows(table: str, names: Sequence[str]) -> exp.Select:
    """How many rows of text hold nothing but the names of their columns."""
    same = [exp.EQ(this=col(name), expression=exp.Literal.string(name)) for name in names]
    return select(alias(count(), "rows"), of=table).where(*same)


def blank_rows(table: str, names: Sequence[str], *, texts: Sequence[str]) -> exp.Select:
    """How many rows hold nothing but :data:`SPACES`; ``texts``: the columns that can hold those."""
    blank: list[exp.Expr] = []
    for name in names:
        nothing: exp.Expr = col(name).is_(exp.null())
        if name in texts:
            bare = exp.Trim(this=col(name), expression=exp.Literal.string(SPACES))
            nothing = exp.or_(nothing, exp.EQ(this=bare, expression=exp.Literal.string("")))
        blank.append(nothing)
    # At once: a condition added to a select is put within one more pair of brackets each time.
    return select(alias(count(), "rows"), of=table).where(exp.and_(*blank, copy=False))


def code_texts(table: str, names: Sequence[str]) -> exp.Select:
    """For each column of text its cells, and those that begin as many codes do: C00123, K-7.

    That is a letter and then a digit or a mark, so that they are no number, date or currency, nor
    missing; what may be ``n/a``, ``epoch`` or ``infinity`` is not counted, by its first letter.
    """
    wanted: list[exp.Expr] = []
    for i, name in enumerate(names):
        first = exp.Anonymous(this="unicode", expressions=[col(name)])
        letter = exp.In(this=first, expressions=[whole(ord(own)) for own in _CODE_LETTERS])
        second = exp.Substring(this=col(name), start=whole(2), length=whole(1))
        marked = exp.Between(this=second, low=exp.Literal.string("%"), high=exp.Literal.string("9"))
        code = null_if_missing(exp.and_(letter, marked), whole(1))
        wanted += [alias(count(col(name)), f"present{i}"), alias(count(code), f"codes{i}")]
    return select(*wanted, of=table)


def first_rows(table: str, names: Sequence[str], rows: int) -> exp.Select:
    """Some columns of the first rows, as they came."""
    return select(*(col(name) for name in names), of=table).limit(rows)

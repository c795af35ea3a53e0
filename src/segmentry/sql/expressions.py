"""The words that queries are made of: quoted names, exact numbers, sums that have no order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sqlglot import exp

ROW = "_segmentry_row"
"""The source's row number, from 1."""


def col(name: str) -> exp.Column:
    """A column by its name, quoted."""
    return exp.column(name, quoted=True)


def alias(expression: exp.Expr, name: str) -> exp.Expr:
    """An expression under a name, quoted."""
    return exp.alias_(expression, name, quoted=True, copy=False)


def relation(name: str) -> exp.Table:
    """A table by its name, quoted."""
    return exp.to_table(exp.to_identifier(name, quoted=True).sql())


def double(value: float) -> exp.Expr:
    """A double, digit for digit: an exponent keeps engines from reading a decimal."""
    text = repr(abs(float(value)))
    literal: exp.Expr = exp.Literal.number(text if "e" in text else text + "e0")
    double = exp.cast(literal, "double")
    return exp.Neg(this=double) if math.copysign(1.0, value) < 0 else double


def whole(value: int) -> exp.Expr:
    """A whole number."""
    return exp.Literal.number(value)


def null_if_missing(condition: exp.Expr, value: exp.Expr) -> exp.Case:
    """The value where the condition holds, else NULL."""
    return exp.Case(ifs=[exp.If(this=condition, true=value)])


def select(*columns: exp.Expr, of: str | exp.Table) -> exp.Select:
    """A query of one table."""
    table = relation(of) if isinstance(of, str) else of
    return exp.Select().select(*columns, copy=False).from_(table, copy=False)


def exact_bits(largest: float, rows: int) -> int:
    """Return how many binary places fit when ``rows`` values up to ``largest`` are summed.

    The sum of the values times ``2 ** bits`` stays below 2 ** 62, so it fits 64-bit integers.
    Whole numbers are summed without any loss while ``largest * rows`` is below 2 ** 62.

    >>> exact_bits(100.0, 200)
    47
    """
    if largest == 0:
        return 0
    return min(900, 61 - math.frexp(largest)[1] - math.frexp(max(rows, 1))[1] + 1)


def exact_sum(value: exp.Expr, bits: int) -> exp.Expr:
    """The sum of doubles that does not depend on their order."""
    scaled = exp.cast(exp.Mul(this=exp.paren(value), expression=double(2.0**bits)), "bigint")
    total = exp.cast(exp.Sum(this=scaled), "double")
    return exp.Mul(this=total, expression=double(2.0**-bits))


def square(value: exp.Expr) -> exp.Expr:
    """x * x, which is many times faster than pow(x, 2)."""
    return exp.Mul(this=exp.paren(value), expression=exp.paren(value.copy()))


def minus(left: exp.Expr, value: float) -> exp.Expr:
    """``left - value``, in brackets."""
    return exp.paren(exp.Sub(this=left, expression=double(value)))


def plus(left: exp.Expr, value: float) -> exp.Expr:
    """``left + value``, in brackets."""
    return exp.paren(exp.Add(this=left, expression=double(value)))


def added(terms: Sequence[exp.Expr]) -> exp.Expr:
    """The sum of several values, from the first to the last."""
    total = terms[0]
    for term in terms[1:]:
        total = exp.Add(this=total, expression=term)
    return total


def all_present(names: Iterable[str]) -> exp.Expr:
    """Whether all these columns have a value."""
    return exp.and_(*(col(name).is_(exp.null()).not_() for name in names))


def count(value: exp.Expr | None = None) -> exp.Expr:
    """The count of rows, or of a value where it is not NULL."""
    return exp.Count(this=value or exp.Star())

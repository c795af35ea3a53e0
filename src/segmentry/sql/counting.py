"""Counts and measures of columns, and the cells that stand for all customers."""

from __future__ import annotations

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
    quantiles,
    relation,
    select,
    whole,
)
from segmentry.sql.reading import Column


def column_counts(table: str, columns: Sequence[Column]) -> exp.Select:
    """Rows, and for each column: present and distinct values; for numbers the range and median."""
    wanted: list[exp.Expr] = [alias(count(), "rows")]
    for i, column in enumerate(columns):
        cell = col(column.name)
        distinct = exp.Count(this=exp.Distinct(expressions=[cell.copy()]))
        wanted += [alias(count(cell), f"present{i}"), alias(distinct, f"distinct{i}")]
        if column.type == "number":
            wanted += [
                alias(count(_if_whole(cell.copy())), f"whole{i}"),
                alias(exp.Min(this=cell.copy()), f"min{i}"),
                alias(exp.Max(this=cell.copy()), f"max{i}"),
                alias(quantiles(cell.copy(), [0.5]), f"median{i}"),
            ]
    return select(*wanted, of=table)


def address_counts(table: str, names: Sequence[str]) -> exp.Select:
    """How many values of each column of text look like an e-mail address."""
    wanted = []
    for i, name in enumerate(names):
        alike = exp.Like(this=col(name), expression=exp.Literal.string("%_@_%._%"))
        wanted.append(alias(count(null_if_missing(alike, whole(1))), f"addresses{i}"))
    return select(*wanted, of=table)


def _if_whole(cell: exp.Expr) -> exp.Expr:
    whole_part = exp.EQ(this=cell, expression=exp.Floor(this=cell.copy()))
    return null_if_missing(whole_part, cell.copy())


def distinct_rows(table: str, names: Sequence[str]) -> exp.Select:
    """How many different rows there are in the columns named."""
    rows = select(*(col(name) for name in names), of=table).distinct()
    return exp.select(alias(count(), "rows")).from_(rows.subquery("different"))


def moments(
    table: str, shifts: Mapping[str, float], *, power: int, bits: Mapping[str, int]
) -> exp.Select:
    """For each column, the exact sum of ``(value - shift) ** power``, in the order given."""
    wanted = []
    for i, (name, shift) in enumerate(shifts.items()):
        difference = minus(col(name), shift)
        product: exp.Expr = difference
        for _ in range(power - 1):
            product = exp.Mul(this=product, expression=difference.copy())
        wanted.append(alias(exact_sum(product, bits[name]), f"sum{i}"))
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


# ---------------------------------------------------------------- compression


def distinct_cells(table: str, names: Sequence[str], *, limit: int) -> exp.Select:
    """How many different combinations of the features there are, counted no further than limit."""
    rows = select(*(col(name) for name in names), of=table).where(all_present(names))
    return exp.select(alias(count(), "cells")).from_(
        rows.distinct().limit(limit).subquery("different")
    )


def cells(table: str, names: Sequence[str]) -> exp.Select:
    """One row a combination of feature values, with the customers that share it, in order."""
    columns = [col(name) for name in names]
    return (
        select(*columns, alias(count(), "_segmentry_customers"), of=table)
        .where(all_present(names))
        .group_by(*(column.copy() for column in columns))
        .order_by(*(column.copy() for column in columns))
    )


def sample_rows(table: str, names: Sequence[str], *, key: Sequence[str], limit: int) -> exp.Select:
    """The customers with the smallest md5 of their key: the same on every engine."""
    parts = [exp.cast(col(name), "text") for name in key]
    words: exp.Expr = parts[0]
    for part in parts[1:]:
        words = exp.DPipe(
            this=exp.DPipe(this=words, expression=exp.Literal.string("|")), expression=part
        )
    columns = [col(name) for name in names]
    return (
        select(*columns, of=table)
        .where(all_present(names))
        .order_by(exp.MD5(this=words), *(column.copy() for column in columns))
        .limit(limit)
    )


# ---------------------------------------------------------------- distributions


def decile_values(table: str, names: Sequence[str], *, present: Sequence[str]) -> exp.Select:
    """The nine deciles of each column among the customers who have all of ``present``."""
    shares = [i / 10 for i in range(1, 10)]
    wanted = [alias(quantiles(col(name), shares), f"deciles{i}") for i, name in enumerate(names)]
    return select(*wanted, of=table).where(all_present(present))


def interval_counts(table: str, edges: Mapping[str, Sequence[float]]) -> exp.Select:
    """Customers up to the first edge, between each two (upper edge included), above the last.

    Of each column named, among the customers who have all of them.
    """
    wanted = []
    for i, (name, own) in enumerate(edges.items()):
        for j in range(len(own) + 1):
            within: list[exp.Expr] = []
            if j > 0:
                within.append(exp.GT(this=col(name), expression=double(own[j - 1])))
            if j < len(own):
                within.append(exp.LTE(this=col(name), expression=double(own[j])))
            counted = count(null_if_missing(exp.and_(*within), whole(1)))
            wanted.append(alias(counted, f"interval{i}_{j}"))
    return select(*wanted, of=table).where(all_present(edges))

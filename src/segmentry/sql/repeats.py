"""Rows that name the same customer, and rows that name none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from segmentry.sql.expressions import ROW, alias, col, count, relation, select
from segmentry.sql.reading import BLANK_TOKENS, Column, is_said

__all__ = ["different_ids", "kept_rows", "repeated_ids", "rows_with_id", "rows_without_id"]


def _has_id(id_column: Column) -> exp.Expr:
    own = Column(id_column.name, "text", True, missing=id_column.missing)
    return is_said(own, BLANK_TOKENS)


def rows_without_id(table: str, id_column: Column) -> exp.Select:
    """How many rows have no id."""
    return select(alias(count(), "rows"), of=table).where(_has_id(id_column).not_())


def different_ids(table: str, id_column: Column) -> exp.Select:
    """How many different ids there are, as they are written."""
    ids = exp.Distinct(expressions=[col(id_column.name)])
    return select(alias(count(ids), "ids"), of=table).where(_has_id(id_column))


def rows_with_id(table: str, id_column: Column) -> exp.Select:
    """The rows that have an id."""
    return exp.select("*").from_(relation(table)).where(_has_id(id_column))


def _first_rows(table: str, id_column: Column, by: Sequence[str], *columns: exp.Expr) -> exp.Select:
    first = alias(exp.Min(this=col(ROW)), "first")
    rows = select(*columns, first, of=table).where(_has_id(id_column))
    return rows.group_by(*(col(name) for name in by))


def repeated_ids(table: str, id_column: Column, names: Sequence[str]) -> exp.Select:
    """How many ids stand in several rows that are not identical, and where the first of them does.

    ``ids``, ``row`` and ``again``: the first row of them all, and another one of the same id.
    """
    different = _first_rows(table, id_column, names, col(id_column.name))
    several = (
        exp.select(
            alias(exp.Min(this=col("first")), "row"), alias(exp.Max(this=col("first")), "again")
        )
        .from_(relation("different"))
        .group_by(col(id_column.name))
        .having(exp.GT(this=count(), expression=exp.Literal.number(1)))
    )
    again = exp.ArgMin(this=col("again"), expression=col("row"))
    return (
        exp.select(
            alias(count(), "ids"), alias(exp.Min(this=col("row")), "row"), alias(again, "again")
        )
        .from_(relation("several"))
        .with_("different", as_=different)
        .with_("several", as_=several)
    )


def kept_rows(
    table: str, id_column: Column, names: Sequence[str], *, by: Sequence[str]
) -> exp.Select:
    """The first row of each combination of values in ``by``, in order; rows without id are not."""
    first = exp.select(col("first")).from_(_first_rows(table, id_column, by).subquery("firsts"))
    return (
        select(*(col(name) for name in names), of=table)
        .where(exp.In(this=col(ROW), query=exp.Subquery(this=first)))
        .order_by(col(ROW))
    )

"""From the source as it came to columns in their types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from segmentry.sql.expressions import (
    ROW,
    alias,
    col,
    count,
    double,
    null_if_missing,
    select,
    whole,
)

BLANK_TOKENS = ("", "?", "n/a", "#n/a", "null")
"""What means "missing" in any column of text, in lower case."""
MISSING_TOKENS = (*BLANK_TOKENS, "-", "--", ".", "na", "nan", "none")
"""What means "missing" in a column of numbers that came as text, in lower case."""

ColumnType = Literal["number", "text", "date", "stored"]
"""``stored``: as it came, byte for byte; ids are so."""
LARGEST = 1e100
"""The largest magnitude that can be computed with: its cube is still a number."""

_COMMA_NUMBER = r"^-?([0-9]+|[0-9]{1,3}([. ][0-9]{3})+),[0-9]+( ?€)?$"


@dataclass(frozen=True)
class Column:
    """A column as the engine holds it and as Segmentry reads it."""

    name: str
    type: ColumnType
    stored_as_text: bool


def _cast_number(column: Column) -> exp.Expr:
    """The number in a cell, NaN and infinity among them; NULL where it is no number.

    ``1_000`` is a number to DuckDB and a code to everybody else.
    """
    if not column.stored_as_text:
        return exp.cast(col(column.name), "double")
    text = exp.Trim(this=exp.cast(col(column.name), "text"))
    plain = exp.func("replace", text, exp.Literal.string("_"), exp.Literal.string("no"))
    return exp.TryCast(this=plain, to=exp.DataType.build("double"))


def _within(column: Column, largest: float) -> exp.Expr:
    """Whether the number in a cell is finite and no larger than this.

    ``x - x = 0`` refuses NaN where the engine takes the range from a Parquet file's statistics,
    which leave NaN out, and so believes that the range alone always holds.
    """
    cell = _cast_number(column)
    inside: exp.Expr = exp.Between(this=cell, low=double(-largest), high=double(largest))
    if column.stored_as_text:
        return inside
    difference = exp.Sub(this=cell.copy(), expression=cell.copy())
    return exp.and_(inside, exp.EQ(this=difference, expression=double(0.0)))


def _as_number(column: Column) -> exp.Expr:
    """The number in a cell that can be computed with, else NULL."""
    return null_if_missing(_within(column, LARGEST), _cast_number(column))


def _lowered(column: Column) -> exp.Expr:
    return exp.Lower(this=exp.Trim(this=exp.cast(col(column.name), "text")))


def _is_said(column: Column, tokens: Sequence[str]) -> exp.Expr:
    """Whether a cell of text says something, rather than "missing".

    Compared one by one: DuckDB joins a list of five words or more, for every column in every query,
    also where nobody asks for that column.
    """
    trimmed = exp.Trim(this=exp.cast(col(column.name), "text"))
    is_long = exp.GT(this=exp.Length(this=trimmed), expression=whole(max(map(len, tokens))))
    said = exp.Case().when(col(column.name).is_(exp.null()), exp.false()).when(is_long, exp.true())
    for token in tokens:
        said = said.when(_lowered(column).eq(exp.Literal.string(token)), exp.false())
    return said.else_(exp.true())


def _as_text(column: Column) -> exp.Expr:
    return null_if_missing(_is_said(column, BLANK_TOKENS), exp.cast(col(column.name), "text"))


def _as_date(column: Column) -> exp.Expr:
    cell: exp.Expr = exp.Trim(this=exp.cast(col(column.name), "text"))
    return exp.TryCast(this=cell, to=exp.DataType.build("date"))


def _has_decimal_comma(column: Column) -> exp.Expr:
    return exp.RegexpLike(this=_lowered(column), expression=exp.Literal.string(_COMMA_NUMBER))


def _as_stored(column: Column) -> exp.Expr:
    return col(column.name)


def text_types(table: str, columns: Sequence[Column]) -> exp.Select:
    """Count, for each column of text, the cells that say something, and those of each kind."""
    wanted: list[exp.Expr] = [alias(count(), "rows")]
    for i, column in enumerate(columns):
        said = null_if_missing(_is_said(column, MISSING_TOKENS), whole(1))
        wanted += [
            alias(count(said), f"said{i}"),
            alias(count(_as_number(column)), f"numbers{i}"),
            alias(count(_as_date(column)), f"dates{i}"),
            alias(count(null_if_missing(_has_decimal_comma(column), whole(1))), f"commas{i}"),
        ]
    return select(*wanted, of=table)


def odd_values(table: str, column: Column, *, limit: int) -> exp.Select:
    """The first cells of a number column that are neither a number nor missing, with their row."""
    odd = exp.and_(_is_said(column, MISSING_TOKENS), _as_number(column).is_(exp.null()))
    return (
        select(alias(col(ROW), "row"), alias(col(column.name), "value"), of=table)
        .where(odd)
        .order_by(col(ROW))
        .limit(limit)
    )


def too_large(table: str, column: Column) -> exp.Select:
    """The first row in which a number is finite, and too large to compute with; NULL if none."""
    row = alias(exp.Min(this=col(ROW)), "row")
    return select(row, of=table).where(_within(column, 1.7e308), _within(column, LARGEST).not_())


def typed(table: str, columns: Sequence[Column]) -> exp.Select:
    """The source with each column in its type; whatever cannot be used is NULL."""
    read = {"number": _as_number, "text": _as_text, "date": _as_date, "stored": _as_stored}
    cells = [alias(read[column.type](column), column.name) for column in columns]
    return select(col(ROW), *cells, of=table)

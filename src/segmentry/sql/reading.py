"""From the source as it came to columns in their types."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from segmentry.sql.expressions import (
    ROW,
    alias,
    col,
    double,
    null_if_missing,
    select,
    whole,
)
from segmentry.sql.notations import (
    DateOrder,
    Mark,
    as_date,
    as_number,
    without_unit,
)

BLANK_TOKENS = (
    "", "?", "n/a", "n/d", "#n/a", "null", "#div/0!", "#ref!", "#value!", "#name?", "#num!",
    "#null!", r"\n",
)  # fmt: skip
"""What means "missing" in any column of text, in lower case."""
MISSING_TOKENS = (*BLANK_TOKENS, "-", "--", ".", "na", "nan", "none")
"""What means "missing" in a column of numbers that came as text, in lower case."""
_NO_DATES = ("0000-00-00", "0000-00-00 00:00:00", "0000/00/00", "00.00.0000", "00/00/0000")
TOKENS_OF_TYPE = {"text": BLANK_TOKENS, "date": (*MISSING_TOKENS, *_NO_DATES)}

LAST_ASCII = 127
ColumnType = Literal["number", "text", "date", "stored"]
"""``stored``: as it came, byte for byte; ids are so."""
LARGEST = 1e100
"""The largest magnitude that can be computed with: its cube is still a number."""


@dataclass(frozen=True)
class Column:
    """A column as the engine holds it and as Segmentry reads it.

    ``clean``: no cell is one that cannot be used, so that queries need not look for any.
    ``mark``: the decimal mark where numbers are not plain ones, ``unit``: what stands behind each.
    ``date_order``: where dates are not written year first.
    """

    name: str
    type: ColumnType
    stored_as_text: bool
    clean: bool = False
    mark: Mark = ""
    date_order: DateOrder = ""
    missing: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    unit: str = ""


def text_of(column: Column) -> exp.Expr:
    """The cell as text, without the column's unit."""
    text = exp.Cast(this=col(column.name), to=exp.DataType(this=exp.DType.TEXT))
    return without_unit(text, column.unit) if column.unit else text


def trimmed(column: Column) -> exp.Expr:
    """The same without spaces around it."""
    return exp.Trim(this=text_of(column))


def cast_number(column: Column) -> exp.Expr:
    """The number in a cell, NaN and infinity among them; NULL where it is no number.

    ``1_000`` is a number to DuckDB and a code to everybody else.
    """
    if not column.stored_as_text:
        return _unless_missing(column, exp.cast(col(column.name), "double"))
    if column.mark:
        return _unless_missing(column, as_number(text_of(column), column.mark))
    plain = exp.func("replace", trimmed(column), exp.Literal.string("_"), exp.Literal.string("no"))
    cell = exp.TryCast(this=plain, to=exp.DataType.build("double"))
    return _unless_missing(column, cell)


def _unless_missing(column: Column, cell: exp.Expr) -> exp.Expr:
    """A cell, or NULL where it is what the caller says means "missing"."""
    if not column.missing:
        return cell
    if column.stored_as_text:
        return null_if_missing(is_said(column, ()), cell)
    if column.type != "number":
        words = (exp.Literal.string(own) for own in column.missing)
        return null_if_missing(text_of(column).isin(*words).not_(), cell)
    numbers = [double(own) for own in map(_number, column.missing) if own is not None]
    return null_if_missing(cell.copy().isin(*numbers).not_(), cell) if numbers else cell


def _number(token: str) -> float | None:
    try:
        number = float(token)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def within(column: Column, largest: float) -> exp.Expr:
    """Whether the number in a cell is finite and no larger than this.

    ``x - x = 0`` refuses NaN where the engine takes the range from a Parquet file's statistics,
    which leave NaN out, and so believes that the range alone always holds.
    """
    cell = cast_number(column)
    inside: exp.Expr = exp.Between(this=cell, low=double(-largest), high=double(largest))
    if column.stored_as_text:
        return inside
    difference = exp.Sub(this=cell.copy(), expression=cell.copy())
    return exp.and_(inside, exp.EQ(this=difference, expression=double(0.0)))


def number_in(column: Column) -> exp.Expr:
    """The number in a cell that can be computed with, else NULL."""
    if column.clean and not column.stored_as_text:
        return cast_number(column)
    return null_if_missing(within(column, LARGEST), cast_number(column))


def lowered(column: Column) -> exp.Expr:
    """The same in lower case, as tokens are compared."""
    return exp.Lower(this=trimmed(column))


def is_said(column: Column, tokens: Sequence[str], *, start: exp.Expr | None = None) -> exp.Expr:
    """Whether a cell of text says something, rather than "missing".

    Most cells do by their first character, which is quicker to see than the whole. Compared one by
    one: DuckDB joins a list of five words or more, for every column in every query, also where
    nobody asks for that column.
    """
    tokens = (*tokens, *column.missing)
    yes, no = exp.true(), exp.false()
    is_long = exp.GT(this=exp.Length(this=trimmed(column)), expression=whole(_longest(tokens)))
    cases = [
        exp.If(this=col(column.name).is_(exp.null()), true=no),
        exp.If(this=_begins_otherwise(start or start_of(column), tokens), true=yes),
        exp.If(this=is_long, true=yes.copy()),
    ]
    for token in tokens:
        same = exp.EQ(this=lowered(column), expression=exp.Literal.string(token))
        cases.append(exp.If(this=same, true=no.copy()))
    return exp.Case(ifs=cases, default=yes.copy())


def _longest(tokens: Sequence[str]) -> int:
    return max(len(token) for token in tokens)


def start_of(column: Column) -> exp.Expr:
    """The code of a cell's first character, -1 where there is none."""
    return exp.Unicode(this=text_of(column))


def _begins_otherwise(start: exp.Expr, tokens: Sequence[str]) -> exp.Expr:
    """Whether a cell cannot mean "missing", since it begins with a digit or with other letters."""
    within = exp.Between(this=start.copy(), low=whole(ord("0")), high=whole(LAST_ASCII))
    begins = {ord(own) for token in tokens for own in token[:1].lower() + token[:1].upper()}
    letters = sorted(own for own in begins if ord("0") <= own <= LAST_ASCII)
    if not letters:
        return within
    return exp.and_(within, start.copy().isin(*letters).not_())


def _as_text(column: Column) -> exp.Expr:
    text = text_of(column)
    if column.levels:
        cases = [
            exp.If(
                this=exp.EQ(this=text_of(column), expression=exp.Literal.string(old)),
                true=exp.Literal.string(new),
            )
            for old, new in column.levels
        ]
        text = exp.Case(ifs=cases, default=text)
    if column.clean:
        return text
    return null_if_missing(is_said(column, BLANK_TOKENS), text)


def date_in(column: Column) -> exp.Expr:
    """The date in a cell, else NULL."""
    if column.date_order:
        return _unless_missing(column, as_date(text_of(column), column.date_order))
    if not column.stored_as_text:
        return _unless_missing(column, exp.cast(col(column.name), "date"))
    cell = exp.TryCast(this=trimmed(column), to=exp.DataType.build("date"))
    return _unless_missing(column, cell)


def _as_stored(column: Column) -> exp.Expr:
    return col(column.name)


def typed(table: str, columns: Sequence[Column], *, numbered: bool = True) -> exp.Select:
    """The source with each column in its type; whatever cannot be used is NULL.

    With ``numbered`` the row number comes first. Text is cast in a step of its own: DuckDB takes
    very long to find out that in many columns the same cast stands twice.
    """
    casts = [column for column in columns if column.type == "number" and column.stored_as_text]
    numbers = {column.name: f"_segmentry_number{i}" for i, column in enumerate(casts)}
    cells = [_typed_cell(column, numbers) for column in columns]
    wanted = [col(ROW), *cells] if numbered else cells
    if not casts:
        return select(*wanted, of=table)
    read = [alias(cast_number(column), numbers[column.name]) for column in casts]
    return select(*wanted, of="cast").with_(
        "cast", as_=select(exp.Star(), *read, of=table), copy=False
    )


def _typed_cell(column: Column, numbers: Mapping[str, str]) -> exp.Expr:
    if column.name in numbers:
        number = col(numbers[column.name])
        inside = exp.Between(this=number, low=double(-LARGEST), high=double(LARGEST))
        return alias(null_if_missing(inside, number.copy()), column.name)
    read = {"number": number_in, "text": _as_text, "date": date_in, "stored": _as_stored}
    return alias(read[column.type](column), column.name)

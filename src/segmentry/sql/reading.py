"""From the source as it came to columns in their types."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from segmentry.sql.notations import (
    DateOrder,
    Mark,
    as_date,
    as_number,
    has_unit,
    is_day_date,
    is_notation,
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
_OF_TYPE = {"text": BLANK_TOKENS, "date": (*MISSING_TOKENS, *_NO_DATES)}

_LAST_ASCII = 127
_CURRENCY_STARTS = (
    "eu us gb ch ru r$ kr se no dk pl cn jp in br tr fr sf zł rm rs au ca mx sg hk za ae cz hu ro "
    "kč ft le a$ c$ re"
)
"""How a number may begin that has its currency in front; a list DuckDB would join."""

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


def _text(column: Column) -> exp.Expr:
    text = exp.Cast(this=col(column.name), to=exp.DataType(this=exp.DType.TEXT))
    return without_unit(text, column.unit) if column.unit else text


def _trimmed(column: Column) -> exp.Expr:
    return exp.Trim(this=_text(column))


def _cast_number(column: Column) -> exp.Expr:
    """The number in a cell, NaN and infinity among them; NULL where it is no number.

    ``1_000`` is a number to DuckDB and a code to everybody else.
    """
    if not column.stored_as_text:
        return _unless_missing(column, exp.cast(col(column.name), "double"))
    if column.mark:
        return _unless_missing(column, as_number(_text(column), column.mark))
    plain = exp.func("replace", _trimmed(column), exp.Literal.string("_"), exp.Literal.string("no"))
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
        return null_if_missing(_text(column).isin(*words).not_(), cell)
    numbers = [double(own) for own in map(_number, column.missing) if own is not None]
    return null_if_missing(cell.copy().isin(*numbers).not_(), cell) if numbers else cell


def _number(token: str) -> float | None:
    try:
        number = float(token)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


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
    if column.clean and not column.stored_as_text:
        return _cast_number(column)
    return null_if_missing(_within(column, LARGEST), _cast_number(column))


def _lowered(column: Column) -> exp.Expr:
    return exp.Lower(this=_trimmed(column))


def is_said(column: Column, tokens: Sequence[str], *, start: exp.Expr | None = None) -> exp.Expr:
    """Whether a cell of text says something, rather than "missing".

    Most cells do by their first character, which is quicker to see than the whole. Compared one by
    one: DuckDB joins a list of five words or more, for every column in every query, also where
    nobody asks for that column.
    """
    tokens = (*tokens, *column.missing)
    yes, no = exp.true(), exp.false()
    is_long = exp.GT(this=exp.Length(this=_trimmed(column)), expression=whole(_longest(tokens)))
    cases = [
        exp.If(this=col(column.name).is_(exp.null()), true=no),
        exp.If(this=_begins_otherwise(start or _start(column), tokens), true=yes),
        exp.If(this=is_long, true=yes.copy()),
    ]
    for token in tokens:
        same = exp.EQ(this=_lowered(column), expression=exp.Literal.string(token))
        cases.append(exp.If(this=same, true=no.copy()))
    return exp.Case(ifs=cases, default=yes.copy())


def _longest(tokens: Sequence[str]) -> int:
    return max(len(token) for token in tokens)


def _start(column: Column) -> exp.Expr:
    """The code of a cell's first character, -1 where there is none."""
    return exp.Unicode(this=_text(column))


def _begins_otherwise(start: exp.Expr, tokens: Sequence[str]) -> exp.Expr:
    """Whether a cell cannot mean "missing", since it begins with a digit or with other letters."""
    within = exp.Between(this=start.copy(), low=whole(ord("0")), high=whole(_LAST_ASCII))
    begins = {ord(own) for token in tokens for own in token[:1].lower() + token[:1].upper()}
    letters = sorted(own for own in begins if ord("0") <= own <= _LAST_ASCII)
    if not letters:
        return within
    return exp.and_(within, start.copy().isin(*letters).not_())


def _as_text(column: Column) -> exp.Expr:
    text = _text(column)
    if column.levels:
        cases = [
            exp.If(
                this=exp.EQ(this=_text(column), expression=exp.Literal.string(old)),
                true=exp.Literal.string(new),
            )
            for old, new in column.levels
        ]
        text = exp.Case(ifs=cases, default=text)
    if column.clean:
        return text
    return null_if_missing(is_said(column, BLANK_TOKENS), text)


def _as_date(column: Column) -> exp.Expr:
    if column.date_order:
        return _unless_missing(column, as_date(_text(column), column.date_order))
    if not column.stored_as_text:
        return _unless_missing(column, exp.cast(col(column.name), "date"))
    cell = exp.TryCast(this=_trimmed(column), to=exp.DataType.build("date"))
    return _unless_missing(column, cell)


def _as_stored(column: Column) -> exp.Expr:
    return col(column.name)


def text_types(table: str, columns: Sequence[Column]) -> exp.Select:
    """Count, for each column of text, the cells that say something, and those of each kind.

    A cast that fails takes as long as ten that do not, so that by its first character each cell is
    spared the casts that must fail; what begins with a letter beyond ASCII may be a space.
    """
    wanted: list[exp.Expr] = [alias(count(), "rows")]
    if not columns:
        return select(*wanted, of=table)
    steps: dict[str, list[exp.Expr]] = {"started": [], "numbered": []}
    for i, column in enumerate(columns):
        text = replace(column, name=f"text{i}")
        start, number = col(f"start{i}"), col(f"number{i}")
        steps["started"] += [
            alias(_text(column), text.name),
            alias(_start(column), start.name),
        ]
        cast = null_if_missing(_may_be_number(start), _cast_number(text))
        steps["numbered"] += [col(text.name), start, alias(cast, number.name)]
        wanted += _kinds_of_text(text, start, number, i)
    return (
        select(*wanted, of="numbered")
        .with_("started", as_=select(*steps["started"], of=table), copy=False)
        .with_("numbered", as_=select(*steps["numbered"], of="started"), copy=False)
    )


def _kinds_of_text(text: Column, start: exp.Expr, number: exp.Expr, i: int) -> list[exp.Expr]:
    """Counts of one column, from its cells, their first characters, and the numbers among them."""
    inside = exp.Between(this=number.copy(), low=double(-LARGEST), high=double(LARGEST))
    said = is_said(text, MISSING_TOKENS, start=start.copy())
    is_number = number.copy().is_(exp.null()).not_()
    odd = exp.and_(_may_be_notation(text, start), number.copy().is_(exp.null()))
    digit = exp.Between(this=start.copy(), low=whole(ord("0")), high=whole(ord("9")))
    odd_digit = exp.and_(digit, number.copy().is_(exp.null()))
    point = exp.Literal.string(".")
    pointed = exp.Contains(this=col(text.name), expression=point)
    fourth_last = exp.Substring(this=_trimmed(text), start=exp.Neg(this=whole(4)), length=whole(1))
    third = exp.EQ(this=fourth_last, expression=point.copy())
    plain_date = null_if_missing(_may_be_date(start, number), _as_date(text))
    no_date = exp.Like(this=col(text.name), expression=exp.Literal.string("0000-00-00%"))
    some_day = exp.cast(exp.Literal.string("1970-01-01"), "date")
    date = exp.Coalesce(this=plain_date, expressions=[_if(odd_digit, no_date, then=some_day)])
    return [
        alias(count(null_if_missing(said, whole(1))), f"said{i}"),
        alias(count(null_if_missing(inside, whole(1))), f"numbers{i}"),
        alias(count(date), f"dates{i}"),
        alias(count(_if(odd, is_notation(col(text.name)))), f"odd{i}"),
        alias(count(_if(odd_digit, is_day_date(col(text.name)))), f"days{i}"),
        alias(count(_if(is_number, pointed)), f"points{i}"),
        alias(count(_if(is_number.copy(), pointed.copy(), third)), f"thirds{i}"),
    ]


def _if(*conditions: exp.Expr, then: exp.Expr | None = None) -> exp.Expr:
    """1, or ``then``, where all conditions hold, looked at one after the other, else NULL."""
    found: exp.Expr = whole(1) if then is None else then
    for condition in reversed(conditions):
        found = null_if_missing(condition, found)
    return found


def _may_be_notation(text: Column, start: exp.Expr) -> exp.Expr:
    """Whether a cell begins as a number may, or with a currency."""
    letters = exp.Lower(this=exp.Substring(this=col(text.name), start=whole(1), length=whole(2)))
    known = exp.Contains(this=exp.Literal.string(_CURRENCY_STARTS), expression=letters)
    return exp.or_(_may_be_number(start), known)


def _may_be_number(start: exp.Expr) -> exp.Expr:
    """Whether a cell begins with a digit, a sign, a point or some space."""
    return exp.or_(
        exp.LTE(this=start.copy(), expression=whole(ord("9"))),
        exp.GT(this=start.copy(), expression=whole(_LAST_ASCII)),
    )


def _may_be_date(start: exp.Expr, number: exp.Expr) -> exp.Expr:
    """Whether a cell begins like that and is no number, or as ``epoch`` and ``infinity`` do."""
    digit = exp.Between(this=start.copy(), low=whole(ord("0")), high=whole(ord("9")))
    plain = exp.and_(digit, number.copy().is_(exp.null()).not_())
    word = start.copy().isin(*(ord(letter) for letter in "EIei"))
    return exp.and_(exp.or_(_may_be_number(start), word), plain.not_())


def plain_numbers(table: str, names: Sequence[str]) -> exp.Select:
    """For each column of text its cells, the plain numbers among them, and those with a point."""
    wanted: list[exp.Expr] = []
    for i, name in enumerate(names):
        column = Column(name, "number", True)
        number = null_if_missing(_may_be_number(_start(column)), _cast_number(column))
        inside = exp.Between(this=number, low=double(-LARGEST), high=double(LARGEST))
        pointed = exp.Contains(this=col(name), expression=exp.Literal.string("."))
        wanted += [
            alias(count(col(name)), f"present{i}"),
            alias(count(null_if_missing(inside, whole(1))), f"numbers{i}"),
            alias(count(null_if_missing(pointed, whole(1))), f"points{i}"),
        ]
    return select(*wanted, of=table)


def stored_texts(table: str, columns: Sequence[Column]) -> exp.Select:
    """For each column of text the cells that say something, the plain numbers, and blank ones."""
    wanted: list[exp.Expr] = []
    for i, column in enumerate(columns):
        number = null_if_missing(_may_be_number(_start(column)), _cast_number(column))
        inside = exp.Between(this=number, low=double(-LARGEST), high=double(LARGEST))
        present = col(column.name).is_(exp.null()).not_()
        blank = exp.and_(present, is_said(column, BLANK_TOKENS).not_())
        wanted += [
            alias(count(null_if_missing(is_said(column, MISSING_TOKENS), whole(1))), f"said{i}"),
            alias(count(null_if_missing(inside, whole(1))), f"numbers{i}"),
            alias(count(null_if_missing(blank, whole(1))), f"blank{i}"),
        ]
    return select(*wanted, of=table)


def odd_numbers(table: str, columns: Sequence[Column]) -> exp.Select:
    """Count, for each column of numbers, the cells that cannot be computed with."""
    wanted = []
    for i, column in enumerate(columns):
        odd = exp.and_(col(column.name).is_(exp.null()).not_(), _within(column, LARGEST).not_())
        wanted.append(alias(count(null_if_missing(odd, whole(1))), f"odd{i}"))
    return select(*wanted, of=table)


def no_numbers(table: str, column: Column) -> exp.Select:
    """How many cells of a column of numbers are infinite or NaN."""
    present = col(column.name).is_(exp.null()).not_()
    return select(alias(count(), "rows"), of=table).where(present, _within(column, 1.7e308).not_())


def missing_tokens(table: str, columns: Sequence[Column]) -> exp.Select:
    """For each column of text, how often each token for "missing" stands in it, and nothing at all.

    ``tokens`` counts tokens as they are written; ``nulls`` the cells in which nothing stands.
    """
    wanted: list[exp.Expr] = []
    for i, column in enumerate(columns):
        tokens = _OF_TYPE.get(column.type, MISSING_TOKENS)
        unsaid = null_if_missing(is_said(column, tokens).not_(), _trimmed(column))
        nothing = null_if_missing(col(column.name).is_(exp.null()), whole(1))
        counts = exp.Anonymous(this="histogram", expressions=[unsaid])
        wanted += [alias(counts, f"tokens{i}"), alias(count(nothing), f"nulls{i}")]
    return select(*wanted, of=table)


def missing_rows(table: str, column: Column) -> exp.Select:
    """The same of one column, as rows of ``token`` and ``cells``; NULL where nothing stands."""
    tokens = _OF_TYPE.get(column.type, MISSING_TOKENS)
    unsaid = select(alias(_trimmed(column), "token"), of=table).where(
        is_said(column, tokens).not_()
    )
    cells = exp.select(col("token"), alias(count(), "cells")).from_(unsaid.subquery("unsaid"))
    return cells.group_by(col("token"))


def readable_dates(table: str, column: Column) -> exp.Select:
    """How many cells of a column of dates say something, and how many of them are dates."""
    said = is_said(column, _OF_TYPE["date"])
    return select(
        alias(count(null_if_missing(said, whole(1))), "said"),
        alias(count(_as_date(column)), "readable"),
        of=table,
    )


def cells_without_unit(table: str, column: Column) -> exp.Select:
    """How many cells of a column say something, and not a number with the column's unit."""
    cell = replace(column, unit="")
    odd = exp.and_(is_said(cell, MISSING_TOKENS), has_unit(_text(cell), column.unit).not_())
    return select(alias(count(), "rows"), of=table).where(odd)


def without_units(table: str, columns: Sequence[Column]) -> exp.Select:
    """Columns of text without the units at the ends of their cells."""
    return select(*(alias(_text(own), own.name) for own in columns), of=table)


def long_decimals(table: str, names: Sequence[str], *, digits: int) -> exp.Select:
    """Count, for each column of decimals, the cells that need more digits than these."""
    wanted = []
    for i, name in enumerate(names):
        words = (exp.Literal.string(own) for own in ("[-.]|^[-.0]+|[.0]+$", "", "g"))
        text = exp.cast(col(name), "text")
        bare = exp.Anonymous(this="regexp_replace", expressions=[text, *words])
        long = exp.GT(this=exp.Length(this=bare), expression=whole(digits))
        wanted.append(alias(count(null_if_missing(long, whole(1))), f"long{i}"))
    return select(*wanted, of=table)


def odd_values(table: str, column: Column, *, limit: int) -> exp.Select:
    """The first cells of a number column that are neither a number nor missing, with their row."""
    odd = exp.and_(is_said(column, MISSING_TOKENS), _as_number(column).is_(exp.null()))
    return (
        select(alias(col(ROW), "row"), alias(col(column.name), "value"), of=table)
        .where(odd)
        .order_by(col(ROW))
        .limit(limit)
    )


def odd_words(table: str, column: Column, *, limit: int) -> exp.Select:
    """Different cells of a column that are no number in any notation and say something."""
    text = _text(column)
    odd = exp.and_(
        is_said(column, MISSING_TOKENS),
        _as_number(column).is_(exp.null()),
        is_notation(text).not_(),
    )
    word = alias(_lowered(column), "word")
    return select(word, of=table).where(odd).distinct().limit(limit)


def count_odd_values(table: str, column: Column) -> exp.Select:
    """How many cells of a number column are neither a number nor missing."""
    odd = exp.and_(is_said(column, MISSING_TOKENS), _as_number(column).is_(exp.null()))
    return select(alias(count(), "rows"), of=table).where(odd)


def too_large(table: str, column: Column, *, numbered: bool = True) -> exp.Select:
    """The first row in which a number is finite, and too large to compute with; NULL if none.

    Where rows are not ``numbered``, how many ``rows`` there are.
    """
    found = alias(exp.Min(this=col(ROW)), "row") if numbered else alias(count(), "rows")
    return select(found, of=table).where(_within(column, 1.7e308), _within(column, LARGEST).not_())


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
    read = [alias(_cast_number(column), numbers[column.name]) for column in casts]
    return select(*wanted, of="cast").with_(
        "cast", as_=select(exp.Star(), *read, of=table), copy=False
    )


def _typed_cell(column: Column, numbers: Mapping[str, str]) -> exp.Expr:
    if column.name in numbers:
        number = col(numbers[column.name])
        inside = exp.Between(this=number, low=double(-LARGEST), high=double(LARGEST))
        return alias(null_if_missing(inside, number.copy()), column.name)
    read = {"number": _as_number, "text": _as_text, "date": _as_date, "stored": _as_stored}
    return alias(read[column.type](column), column.name)

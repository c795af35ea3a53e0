"""What stands in columns that came as text: counts that decide how each is read, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from segmentry.sql.notations import has_unit, is_day_date, is_notation
from segmentry.sql.reading import (
    BLANK_TOKENS,
    LARGEST,
    LAST_ASCII,
    MISSING_TOKENS,
    TOKENS_OF_TYPE,
    Column,
    cast_number,
    date_in,
    is_said,
    lowered,
    number_in,
    start_of,
    text_of,
    trimmed,
    within,
)

_CURRENCY_STARTS = (
    "eu us gb ch ru r$ kr se no dk pl cn jp in br tr fr sf zł rm rs au ca mx sg hk za ae cz hu ro "
    "kč ft le a$ c$ re"
)
"""How a number may begin that has its currency in front; a list DuckDB would join."""


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
            alias(text_of(column), text.name),
            alias(start_of(column), start.name),
        ]
        cast = null_if_missing(_may_be_number(start), cast_number(text))
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
    fourth_last = exp.Substring(this=trimmed(text), start=exp.Neg(this=whole(4)), length=whole(1))
    third = exp.EQ(this=fourth_last, expression=point.copy())
    plain_date = null_if_missing(_may_be_date(start, number), date_in(text))
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
        exp.GT(this=start.copy(), expression=whole(LAST_ASCII)),
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
        number = null_if_missing(_may_be_number(start_of(column)), cast_number(column))
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
        number = null_if_missing(_may_be_number(start_of(column)), cast_number(column))
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
        odd = exp.and_(col(column.name).is_(exp.null()).not_(), within(column, LARGEST).not_())
        wanted.append(alias(count(null_if_missing(odd, whole(1))), f"odd{i}"))
    return select(*wanted, of=table)


def no_numbers(table: str, column: Column) -> exp.Select:
    """How many cells of a column of numbers are infinite or NaN."""
    present = col(column.name).is_(exp.null()).not_()
    return select(alias(count(), "rows"), of=table).where(present, within(column, 1.7e308).not_())


def missing_tokens(table: str, columns: Sequence[Column]) -> exp.Select:
    """For each column of text, how often each token for "missing" stands in it, and nothing at all.

    ``tokens`` counts tokens as they are written; ``nulls`` the cells in which nothing stands.
    """
    wanted: list[exp.Expr] = []
    for i, column in enumerate(columns):
        tokens = TOKENS_OF_TYPE.get(column.type, MISSING_TOKENS)
        unsaid = null_if_missing(is_said(column, tokens).not_(), trimmed(column))
        nothing = null_if_missing(col(column.name).is_(exp.null()), whole(1))
        counts = exp.Anonymous(this="histogram", expressions=[unsaid])
        wanted += [alias(counts, f"tokens{i}"), alias(count(nothing), f"nulls{i}")]
    return select(*wanted, of=table)


def missing_rows(table: str, column: Column) -> exp.Select:
    """The same of one column, as rows of ``token`` and ``cells``; NULL where nothing stands."""
    tokens = TOKENS_OF_TYPE.get(column.type, MISSING_TOKENS)
    unsaid = select(alias(trimmed(column), "token"), of=table).where(is_said(column, tokens).not_())
    cells = exp.select(col("token"), alias(count(), "cells")).from_(unsaid.subquery("unsaid"))
    return cells.group_by(col("token"))


def readable_dates(table: str, column: Column) -> exp.Select:
    """How many cells of a column of dates say something, and how many of them are dates."""
    said = is_said(column, TOKENS_OF_TYPE["date"])
    return select(
        alias(count(null_if_missing(said, whole(1))), "said"),
        alias(count(date_in(column)), "readable"),
        of=table,
    )


def cells_without_unit(table: str, column: Column) -> exp.Select:
    """How many cells of a column say something, and not a number with the column's unit."""
    cell = replace(column, unit="")
    odd = exp.and_(is_said(cell, MISSING_TOKENS), has_unit(text_of(cell), column.unit).not_())
    return select(alias(count(), "rows"), of=table).where(odd)


def without_units(table: str, columns: Sequence[Column]) -> exp.Select:
    """Columns of text without the units at the ends of their cells."""
    return select(*(alias(text_of(own), own.name) for own in columns), of=table)


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
    odd = exp.and_(is_said(column, MISSING_TOKENS), number_in(column).is_(exp.null()))
    return (
        select(alias(col(ROW), "row"), alias(col(column.name), "value"), of=table)
        .where(odd)
        .order_by(col(ROW))
        .limit(limit)
    )


def odd_words(table: str, column: Column, *, limit: int) -> exp.Select:
    """Different cells of a column that are no number in any notation and say something."""
    text = text_of(column)
    odd = exp.and_(
        is_said(column, MISSING_TOKENS),
        number_in(column).is_(exp.null()),
        is_notation(text).not_(),
    )
    word = alias(lowered(column), "word")
    return select(word, of=table).where(odd).distinct().limit(limit)


def count_odd_values(table: str, column: Column) -> exp.Select:
    """How many cells of a number column are neither a number nor missing."""
    odd = exp.and_(is_said(column, MISSING_TOKENS), number_in(column).is_(exp.null()))
    return select(alias(count(), "rows"), of=table).where(odd)


def too_large(table: str, column: Column, *, numbered: bool = True) -> exp.Select:
    """The first row in which a number is finite, and too large to compute with; NULL if none.

    Where rows are not ``numbered``, how many ``rows`` there are.
    """
    found = alias(exp.Min(this=col(ROW)), "row") if numbered else alias(count(), "rows")
    return select(found, of=table).where(within(column, 1.7e308), within(column, LARGEST).not_())

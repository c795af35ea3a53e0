"""Step 1m: kinds of cells that show at a second look only: 20240131, 3 Mar 2024, 12回, 3 hours.

The first values of a column are looked at here; what they seem to be is held against all of them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.sql import Column
from segmentry.steps import headers
from segmentry.steps.reading import Reading
from segmentry.steps.votes import AT_ONCE, ENOUGH, columns_by_vote, count_cells
from segmentry.textual import some_of

__all__ = ["Unusual", "unusual_columns"]

_LOOKED_AT = 400
_FEWEST = 5
_SURELY = 10
"""So many different whole numbers that are all dates are so by no accident."""
_BARE = "without_units"
_UNIT = re.compile(r"[-+]?[0-9][0-9.,'\s]*([^\W\d_]{1,8}[²³.]?)")
_NO_UNITS = frozenset(
    """
    a b c e f i j n o p q r s t u v w y z st nd rd th er ème º ª k m mio mio. mrd mrd. tsd tsd. mn
    mln bn mil million millions billion thousand 千 万 萬 億 亿 만 억
    """.split()
)
"""Ends of house numbers, ordinals and codes; and what makes another number of it."""


@dataclass(frozen=True)
class Unusual:
    """The columns that are read otherwise than they seemed to be, and notes for the reader."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    notes: Sequence[str] = ()


def unusual_columns(
    source: str, engine: Engine, table: str, columns: Sequence[Column], reading: Reading
) -> Unusual:
    """Find dates written as numbers or with names of months, and numbers with a unit.

    Parameters
    ----------
    columns : sequence of Column
        Of the table, as they are read so far.
    """
    asked = [own for own in columns if _may_be_unusual(own)]
    cells = _first_cells(engine, table, asked)
    dates = _held(engine, table, [own for own in map(_as_dates, asked, cells) if own])
    units = [own for own in map(_with_unit, asked, cells) if own]
    numbers = _numbers_with_units(source, engine, table, units, reading)
    found = {own.name: own for own in (*dates, *numbers)}
    return Unusual(found, [*_notes_on_dates(dates), *_notes_on_units(numbers)])


def _may_be_unusual(column: Column) -> bool:
    is_plain = column.type == "number" and not column.mark
    is_text = column.type == "text" and column.stored_as_text
    return (is_plain or is_text) and not headers.is_id(headers.words_of(column.name))


def _first_cells(engine: Engine, table: str, columns: Sequence[Column]) -> list[list[str]]:
    """Of each column the first cells that say something."""
    found = []
    for start in range(0, len(columns), AT_ONCE):
        some = columns[start : start + AT_ONCE]
        names = [own.name for own in some]
        rows = engine.arrow(sql.first_values(table, names, limit=_LOOKED_AT)).to_pydict()
        for own in some:
            tokens = {*sql.MISSING_TOKENS, *own.missing}
            cells = (cell.strip().lower() for cell in rows[own.name] if cell is not None)
            found.append([cell for cell in cells if cell not in tokens])
    return found


def _as_dates(column: Column, cells: Sequence[str]) -> Column | None:
    """The column as one of dates, if these cells are dates."""
    if len(cells) < _FEWEST:
        return None
    if column.type == "number":
        several = len(set(cells)) >= _SURELY or headers.is_date(headers.words_of(column.name))
        all_dates = several and all(map(_is_compact_date, cells))
        return replace(column, type="date", date_order="ymd", clean=False) if all_dates else None
    written = sum(bool(re.match(sql.WRITTEN_DATE, cell)) for cell in cells)
    if written < ENOUGH * len(cells):
        return None
    return replace(column, type="date", date_order="name", clean=False)


def _is_compact_date(cell: str) -> bool:
    digits = cell.removesuffix(".0")
    if not re.fullmatch(r"(19|20)\d{6}", digits, re.ASCII):
        return False
    try:
        datetime.datetime.strptime(digits, "%Y%m%d")
    except ValueError:
        return False
    return True


def _held(engine: Engine, table: str, columns: Sequence[Column]) -> list[Column]:
    """The columns of dates of which nearly all cells can be read as such."""
    found = []
    for own in columns:
        row = engine.rows(sql.readable_dates(table, own))[0]
        enough = 1.0 if own.date_order == "ymd" else ENOUGH
        if row["readable"] >= enough * row["said"] > 0:
            found.append(own)
    return found


def _with_unit(column: Column, cells: Sequence[str]) -> Column | None:
    """The column with the unit that all of these cells end with."""
    words = headers.words_of(column.name)
    if headers.is_contact(words) or headers.most_levels_of(words) is not None:
        return None
    if column.type != "text" or len(cells) < _FEWEST:
        return None
    ends = [_UNIT.fullmatch(cell) for cell in cells]
    units = {own[1].strip() if own else "" for own in ends}
    unit = units.pop()
    if units or not unit or unit in _NO_UNITS:
        return None
    return replace(column, unit=unit, clean=False)


def _numbers_with_units(
    source: str, engine: Engine, table: str, columns: Sequence[Column], reading: Reading
) -> list[Column]:
    """Those of which all cells have the unit, and a number before it."""
    kept = [
        own for own in columns if not engine.rows(sql.cells_without_unit(table, own))[0]["rows"]
    ]
    if not kept:
        return []
    engine.add_view(_BARE, sql.without_units(table, kept))
    bare = [replace(own, type="number", unit="") for own in kept]
    cells = count_cells(engine, _BARE, bare)
    styled = columns_by_vote(source, engine, _BARE, cells, reading)
    return [
        replace(own, type="number", mark=styled[own.name].mark if own.name in styled else "")
        for own in kept
        if own.name in styled or cells[own.name].numbers == cells[own.name].said
    ]


def _has_odd_ends(engine: Engine, table: str, column: Column) -> bool:
    return bool(engine.rows(sql.cells_without_unit(table, column))[0]["rows"])


def _notes_on_dates(columns: Sequence[Column]) -> list[str]:
    names = [own.name for own in columns if own.date_order == "ymd"]
    if not names:
        return []
    return [f"Numbers such as 20240131 were read as dates: {some_of(names)}."]


def _notes_on_units(columns: Sequence[Column]) -> list[str]:
    return [f"{own.name} was read as numbers of {own.unit}." for own in columns]

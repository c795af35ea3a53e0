"""Step 1d: how is a text file laid out? Its separator, its header, and what stands around them."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TextIO

from segmentry.errors import SourceError
from segmentry.steps import formats
from segmentry.steps.fields import open_quote, refuse_too_long
from segmentry.steps.footers import count_footers
from segmentry.steps.header_rows import (
    HeaderRow,
    header_row_of,
    refuse_no_header,
    refuse_rival,
    refuse_second_header,
)
from segmentry.steps.reading import Reading
from segmentry.steps.separators import (
    LOOKED_AT,
    fits,
    records_of,
    separator_name,
    separator_of,
    told_separator,
    usual_width,
)
from segmentry.steps.wrappings import unwrapped, wrapping_of

__all__ = ["Layout", "layout_of", "notes_on_unnamed", "titled", "unnamed_among"]

_UNSEEN = re.compile("[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


_NOTHING = ' \t\r\n,;|^"'
"""What a line may hold and yet be empty."""


@dataclass(frozen=True)
class Layout:
    """How a text file is laid out.

    Attributes
    ----------
    separator : str
        What separates its fields.
    header : tuple of str
        The names of its columns.
    above : int
        Lines above the header: blank ones, titles, and Excel's ``sep=;``.
    wrapping : str
        Where whole rows are quoted, so that each looks like one field: what may stand after it.
    footers : int
        How many rows at the end are no customers: totals, and notes.
    notes : tuple of str
        What the reader should know.
    unnamed : tuple of str
        The columns that are named by their place, because the header does not.
    """

    separator: str
    header: tuple[str, ...]
    above: int = 0
    wrapping: str = ""
    footers: int = 0
    notes: tuple[str, ...] = field(default=(), compare=False)
    unnamed: tuple[str, ...] = ()


def layout_of(path: Path, name: str, reading: Reading | None = None) -> Layout:
    """Find the separator and the header of a text file in UTF-8.

    Raises
    ------
    SourceError
        If there is nothing below the header, its quotes or its length make no sense, or two
        separators make equal sense.
    ColumnError
        If two columns have the same name.
    """
    wish = reading or Reading()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        above, start = _start_of(stream, wish.header_row)
    if wish.header_row is not None and not any(map(str.strip, start)):
        raise _no_such_row(path, name, wish.header_row)
    excels = told_separator(start[0])
    if excels and wish.header_row is None:
        above, start = above + 1, start[1:]
    if not any(line.strip(_NOTHING) for line in start):
        raise formats.empty(name)
    told, notes = _told(start, excels, wish, name)
    wrapping = wrapping_of(start, told)
    lines = unwrapped(start, wrapping) if wrapping else start
    try:
        separator = told or separator_of(lines, name)
        found = _header_of(lines, separator, name, above=above, given=wish.header_row is not None)
    except csv.Error as error:
        _raise_bad_start(error, path, name, told or ",", above)
    header, cleaned = titled(found.cells)
    formats.check_header(header, name)
    notes += [*cleaned, *found.notes(name, above)]
    if wrapping:
        notes.append(f"{name}: every row is quoted as a whole; the quotes were taken off.")
    footers = count_footers(path, separator, width=len(header), wrapping=wrapping)
    return Layout(
        separator, tuple(header), above + found.skipped, wrapping, footers, tuple(notes),
        unnamed_among(header, found.cells),
    )  # fmt: skip


def _told(start: Sequence[str], excels: str, wish: Reading, name: str) -> tuple[str, list[str]]:
    """The separator that somebody named, and a note where Excel's line about it is wrong."""
    if wish.sep or not excels or fits(start, excels) or wrapping_of(start, excels):
        return wish.sep or excels, []
    other = separator_of(start, name)
    if not fits(start, other):
        return excels, []
    said = f"its first line says {separator_name(excels)}, its rows say {separator_name(other)}"
    return other, [f"{name}: {said}, by which it was read."]


def _no_such_row(path: Path, name: str, row: int) -> SourceError:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = sum(1 for _ in stream)
    return SourceError(
        f"{name} has nothing from line {row:,} on, where --header-row says that the names are.",
        f"Say another line; the file has {lines:,}.",
        code="R12",
    )


def titled(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names that a row of cells gives to the columns, and what was done to them.

    >>> titled(["id", "", "spend"])
    (['id', 'column_2', 'spend'], [])
    >>> titled(["Visits\\n2023"])
    (['Visits 2023'], [])
    """
    names, notes = [], []
    for i, cell in enumerate(cells, 1):
        line = " ".join(cell.split())
        name = _UNSEEN.sub("", line).strip()
        if name != line:
            notes.append(f"Column {i}: characters that nobody sees were taken out of its name.")
        names.append(name or f"column_{i}")
    return names, notes


def unnamed_among(names: Sequence[str], cells: Sequence[str]) -> tuple[str, ...]:
    """The names that were given by place, to cells of a header in which nothing is to be seen.

    >>> unnamed_among(["id", "column_2"], ["id", " "])
    ('column_2',)
    """
    return tuple(
        name for name, cell in zip(names, cells, strict=True) if not _UNSEEN.sub("", cell).strip()
    )


def notes_on_unnamed(table: str, unnamed: Sequence[str], *, empty: Collection[str]) -> list[str]:
    """Columns without a name: those without a value are left out, the others named by place."""
    notes = []
    if empty:
        what = (
            "columns have no name and no values and were"
            if len(empty) > 1
            else ("column has no name and no values and was")
        )
        notes.append(f"{table}: {len(empty)} {what} left out.")
    named = [own for own in unnamed if own not in empty]
    if named:
        what = "columns have no name and are" if len(named) > 1 else "column has no name and is"
        shown = ", ".join(named[:5]) + (", …" if len(named) > 5 else "")
        notes.append(f"{table}: {len(named)} {what} called {shown}.")
    return notes


# ---------------------------------------------------------------- the start


def _start_of(stream: TextIO, header_row: int | None) -> tuple[int, list[str]]:
    """The number of lines to leave out at the top, and the lines below them, 200 at most."""
    if header_row is not None:
        below = itertools.islice(stream, header_row - 1, None)
        return header_row - 1, list(itertools.islice(below, LOOKED_AT)) or [""]
    blank = 0
    for line in stream:
        if line.strip():
            return blank, [line, *itertools.islice(stream, LOOKED_AT - 1)]
        blank += 1
    return blank, [""]


def _raise_bad_start(
    error: csv.Error, path: Path, name: str, separator: str, above: int
) -> NoReturn:
    if "field limit" in str(error):
        refuse_too_long(path, name, separator=separator, above=above)
    raise open_quote(name, above + 1) from None


# ---------------------------------------------------------------- header


@dataclass(frozen=True)
class _Header:
    """The row with the names of the columns, and the lines above it."""

    skipped: int
    cells: list[str]
    titles: int = 0

    def notes(self, name: str, above: int) -> list[str]:
        if not self.titles:
            return []
        line = above + self.skipped + 1
        return [f"{name}: the header is in line {line}; what stands above it was left out."]


def _header_of(
    lines: Sequence[str], separator: str, name: str, *, above: int, given: bool
) -> _Header:
    """The header below titles and blank lines; there must be a row below it."""
    records = records_of(lines, separator)
    rows = [own for _, own in records]
    numbers = [above + line for line, _ in records]
    found = HeaderRow(0, 0) if given else header_row_of(rows, _width(lines, rows))
    if found is None:
        raise formats.empty(name)
    _refuse_open_quote(lines, separator, found.place)
    cells, below = rows[found.place], [own for own in rows[found.place + 1 :] if own]
    formats.check_width(len(cells), name)
    if not any(any(map(str.strip, own)) for own in below):
        raise SourceError(
            f"{name}: header found ({len(cells)} columns) but no data rows.",
            "Export the data again, with its rows.",
            code="R03",
        )
    if not given:
        refuse_rival(found, rows, numbers, name)
        first = next(i for i in range(found.place + 1, len(rows)) if rows[i])
        refuse_second_header(below, name, number=numbers[first])
        refuse_no_header(cells, below, name, number=numbers[found.place])
    skipped = numbers[found.place] - above - 1
    _refuse_other_marks(cells, [own for own in lines[skipped + 1 :] if own.strip()], name)
    return _Header(skipped, cells, found.titles)


def _width(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The usual number of fields; the last of many lines may be a part of a row."""
    return usual_width(rows if len(lines) < LOOKED_AT else rows[:-1])


def _refuse_open_quote(lines: Sequence[str], separator: str, place: int) -> None:
    """Let the reader raise its error about quotes, down to the header."""
    records = csv.reader(lines, delimiter=separator, strict=True)
    for _ in itertools.islice(records, place + 1):
        pass


def _refuse_other_marks(cells: Sequence[str], lines: Sequence[str], name: str) -> None:
    """Refuse fields in single quotes, and columns that only spaces keep apart."""
    if len(cells) > 1 and all(re.fullmatch(r"'.*'", cell.strip()) for cell in cells):
        raise SourceError(
            f"{name} has its fields in single quotes.",
            'Export it again with double quotes ("), or without any.',
            code="R10",
        )
    widths = {len(line.split()) for line in lines[:LOOKED_AT]}
    words = len(cells[0].split()) if len(cells) == 1 else 1
    if len(lines) > 2 and words > 1 and widths == {words}:
        single = all(line.strip() == " ".join(line.split()) for line in lines)
        raise SourceError(
            f"{name} has {words} columns that only spaces keep apart.",
            "Say --sep space." if single else "Export it again as CSV, with a separator.",
            code="R10",
        )

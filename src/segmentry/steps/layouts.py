"""Step 1d: how is a text file laid out? Its separator, its header, and what stands around them."""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TextIO

from segmentry.errors import SourceError
from segmentry.sql import MISSING_TOKENS
from segmentry.steps import formats
from segmentry.steps.fields import open_quote, refuse_too_long
from segmentry.steps.footers import count_footers
from segmentry.steps.reading import Reading

__all__ = [
    "Layout",
    "is_title",
    "layout_of",
    "refuse_second_header",
    "separator_name",
    "titled",
    "unnamed_among",
]

_SEPARATORS = ",;\t|^"
_SHOWN = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", "^": "caret", " ": "space"}
_LOOKED_AT = 200
_SAME = 1e-9
_UNSEEN = re.compile("[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


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
    wrapped : bool
        Whether whole rows are quoted, so that each looks like one field.
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
    wrapped: bool = False
    footers: int = 0
    notes: tuple[str, ...] = field(default=(), compare=False)
    unnamed: tuple[str, ...] = ()


def separator_name(separator: str) -> str:
    """What people call a separator.

    >>> separator_name(";"), separator_name("~")
    ('semicolon', "'~'")
    """
    return _SHOWN.get(separator, repr(separator))


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
    told = wish.sep or _told_separator(start[0])
    if told and _told_separator(start[0]) and wish.header_row is None:
        above, start = above + 1, start[1:]
    if not start:
        raise formats.empty(name)
    wrapped = _is_wrapped(start, told)
    lines = [_unwrapped(line) for line in start] if wrapped else start
    try:
        separator = told or _separator_of(lines, name)
        found = _header_of(lines, separator, name, given=wish.header_row is not None)
    except csv.Error as error:
        _raise_bad_start(error, path, name, told or ",", above)
    header, notes = titled(found.cells)
    formats.check_header(header, name)
    notes = [*notes, *found.notes(name, above)]
    if wrapped:
        notes.append(f"{name}: every row is quoted as a whole; the quotes were taken off.")
    footers = 0 if wrapped else count_footers(path, separator, width=len(header))
    return Layout(
        separator, tuple(header), above + found.skipped, wrapped, footers, tuple(notes),
        unnamed_among(header, found.cells),
    )  # fmt: skip


def titled(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names that a row of cells gives to the columns, and what was done to them.

    >>> titled(["id", "", "spend"])
    (['id', 'column_2', 'spend'], [])
    """
    names, notes = [], []
    for i, cell in enumerate(cells, 1):
        name = _UNSEEN.sub("", " ".join(cell.split()) if "\n" not in cell else cell).strip()
        if name != cell.strip() and _UNSEEN.search(cell) and "\n" not in cell:
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


# ---------------------------------------------------------------- the start


def _start_of(stream: TextIO, header_row: int | None) -> tuple[int, list[str]]:
    """The number of lines to leave out at the top, and the lines below them, 200 at most."""
    if header_row is not None:
        below = itertools.islice(stream, header_row - 1, None)
        return header_row - 1, list(itertools.islice(below, _LOOKED_AT))
    blank = 0
    for line in stream:
        if line.strip():
            return blank, [line, *itertools.islice(stream, _LOOKED_AT - 1)]
        blank += 1
    return blank, [""]


def _told_separator(line: str) -> str:
    """The separator that Excel wrote into a line of its own, as in ``sep=;``."""
    told = line.strip('\r\n "').lower() if line.strip() != "sep=\t" else "sep=\t"
    return told[4:] if told[:4] == "sep=" and told[4:] in tuple(_SEPARATORS) else ""


def _raise_bad_start(
    error: csv.Error, path: Path, name: str, separator: str, above: int
) -> NoReturn:
    if "field limit" in str(error):
        refuse_too_long(path, name, separator=separator, above=above)
    raise open_quote(name, above + 1) from None


# ---------------------------------------------------------------- separator


def _is_wrapped(lines: Sequence[str], told: str) -> bool:
    """Whether every line is one quoted field that holds fields of its own."""
    rows = [line.strip("\r\n") for line in lines if line.strip()]
    if len(rows) < 2 or any(row[:1] != '"' or row[-1:] != '"' for row in rows):
        return False
    for separator in told or _SEPARATORS:
        if any(len(record) > 1 for record in csv.reader(rows, delimiter=separator)):
            continue
        inner = Counter(len(own) for own in csv.reader(map(_unwrapped, rows), delimiter=separator))
        width, agreed = inner.most_common(1)[0]
        if width > 1 and agreed > 0.9 * len(rows):
            return True
    return False


def _unwrapped(line: str) -> str:
    """A line without the quotes around it, as it was before somebody quoted it."""
    text = line.strip("\r\n")
    return text[1:-1].replace('""', '"') + "\n" if len(text) > 1 and text[0] == '"' else line


def _separator_of(lines: Sequence[str], name: str) -> str:
    """The mark that cuts the first lines into the most columns of one and the same number."""
    scores = {separator: _score(lines, separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda own: scores[own])
    rivals = [own for own in _SEPARATORS if scores[own] >= scores[best] - _SAME]
    if scores[best] > 0 and len(rivals) > 1:
        shown = " or ".join(f"{separator_name(own)}" for own in rivals)
        raise SourceError(
            f"{name} can be read as separated by {shown}: both give rows of equal length.",
            f"Say which, for example --sep '{rivals[0]}'.",
            code="R10",
        )
    return best


def _score(lines: Sequence[str], separator: str) -> float:
    """How well a separator fits, 0 to 1: the share of rows of the commonest length, and long."""
    width, agreed, rows = _usual_width(lines, separator)
    return agreed / rows * (1 - 1 / width) if width > 1 else 0.0


def _usual_width(lines: Sequence[str], separator: str) -> tuple[int, int, int]:
    """The commonest number of fields, the larger of two, in how many rows, and of how many.

    The last of many lines may be a part of a row.
    """
    whole = lines if len(lines) < _LOOKED_AT else lines[:-1]
    widths = Counter(len(own) for own in _records(whole, separator))
    width = max(widths, key=lambda own: (widths[own], own), default=0)
    return width, widths[width], widths.total()


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


def _header_of(lines: Sequence[str], separator: str, name: str, *, given: bool) -> _Header:
    """The header below titles and blank lines; there must be a row below it."""
    width, *_ = _usual_width(lines, separator)
    records = csv.reader(lines, delimiter=separator, strict=True)
    skipped = titles = 0
    for cells in records:
        filled = sum(bool(cell.strip()) for cell in cells)
        if filled and (given or not is_title(cells, filled, width)):
            break
        titles += bool(filled)
        skipped = records.line_num
    else:
        raise formats.empty(name)
    rest = lines[records.line_num :]
    if not any(line.strip() for line in rest):
        raise SourceError(
            f"{name}: header found ({len(cells)} columns) but no data rows.",
            "Export the data again, with its rows.",
            code="R03",
        )
    if not given:
        rows = list(_records(rest, separator))
        refuse_second_header(rows, name)
        _refuse_no_header(cells, rows, name)
    _refuse_other_marks(cells, [line for line in rest if line.strip()], name)
    return _Header(skipped, cells, titles)


def is_title(cells: Sequence[str], filled: int, width: int) -> bool:
    """Whether a row above the table is a title or a note: few cells where others have many."""
    return width > 1 and filled < max(2, 0.5 * width) and (len(cells) < width or filled == 1)


def _records(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    return (own for own in csv.reader(lines, delimiter=separator) if own)


def refuse_second_header(rows: Sequence[Sequence[str]], name: str) -> None:
    """Refuse a first row of words in columns that hold numbers in every row below it."""
    below = [row for row in rows[1:] if len(row) == len(rows[0])]
    if len(below) < 5:
        return
    filled = [
        i
        for i, cell in enumerate(rows[0])
        if cell.strip() and _is_numeric([row[i] for row in below[:50]])
    ]
    if len(filled) >= 2 and all(_is_word(rows[0][i]) for i in filled):
        raise SourceError(
            f"{name}: the row below the header holds words where all others hold numbers: it looks "
            "like a second header row.",
            "Delete that row, or say --header-row N if it is the one with the names.",
            code="R12",
        )


def _refuse_no_header(cells: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> None:
    """Refuse a first row with numbers in all columns of numbers, unless they are years or counted.

    It would be taken for names, and the first customer lost.
    """
    alike = [row for row in rows[:_LOOKED_AT] if len(row) == len(cells)]
    numeric = [i for i in range(len(cells)) if alike and _is_numeric([row[i] for row in alike])]
    firsts = [cells[i].strip() for i in numeric]
    if len(firsts) < 2 or not all(re.fullmatch(r"[-+]?[\d.,]+%?", own) for own in firsts):
        return
    whole = [int(own) for own in firsts if own.isdecimal()]
    counted = len(whole) == len(firsts) and whole == list(range(whole[0], whole[0] + len(whole)))
    if counted or (len(whole) == len(firsts) and all(1900 <= own <= 2100 for own in whole)):
        return
    raise SourceError(
        f"{name}: the first row holds numbers where the others do: it has no header.",
        "Add a row with the names of the columns, or say --header-row 1 if these are names.",
        code="R12",
    )


def _refuse_other_marks(cells: Sequence[str], lines: Sequence[str], name: str) -> None:
    """Refuse fields in single quotes, and columns that only spaces keep apart."""
    if len(cells) > 1 and all(re.fullmatch(r"'.*'", cell.strip()) for cell in cells):
        raise SourceError(
            f"{name} has its fields in single quotes.",
            'Export it again with double quotes ("), or without any.',
            code="R10",
        )
    widths = {len(line.split()) for line in lines[:_LOOKED_AT]}
    words = len(cells[0].split()) if len(cells) == 1 else 1
    if len(lines) > 2 and words > 1 and widths == {words}:
        single = all(line.strip() == " ".join(line.split()) for line in lines)
        raise SourceError(
            f"{name} has {words} columns that only spaces keep apart.",
            "Say --sep space." if single else "Export it again as CSV, with a separator.",
            code="R10",
        )


def _is_numeric(cells: Sequence[str]) -> bool:
    """Whether these are numbers, or say that there is none."""
    said = [cell for cell in cells if cell.strip().lower() not in MISSING_TOKENS]
    return 2 * len(said) > len(cells) and all(map(_begins_as_number, said))


def _begins_as_number(cell: str) -> bool:
    return cell.strip().lstrip("-+(€$£ ")[:1].isdigit()


def _is_word(cell: str) -> bool:
    """Whether a cell is neither a number, nor one of the words for none."""
    return cell.strip().lower() not in MISSING_TOKENS and not _begins_as_number(cell)

"""Step 1f: which sheet of a workbook holds the table, and where on it does the table begin?"""

from __future__ import annotations

import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from segmentry.errors import SourceError, closest
from segmentry.steps import formats
from segmentry.steps.archives import check_workbook
from segmentry.steps.footers import footers_among, reason_of
from segmentry.steps.header_rows import (
    HeaderRow,
    header_row_of,
    names_columns,
    refuse_no_header,
    refuse_rival,
    refuse_second_header,
)
from segmentry.steps.layouts import titled, unnamed_among
from segmentry.steps.reading import Reading

__all__ = ["Sheet", "read_sheet"]

_CLEARLY_LARGER = 3
_LOOKED_AT = 200
_TAIL = 100
"""Rows at the end among which totals and notes are looked for."""
_SHOWN = 5
_ERRORS = frozenset({"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"})
_FORMULA = re.compile(rb"<f[ >/]")
_WITHOUT_VALUE = re.compile(rb"<f(?:/>|[ >][^<]*</f>|[^>]*/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_ERROR = re.compile(rb"""<c [^>]*t=["']e["']""")
_VOLATILE = re.compile(rb"<f[^>]*>[^<]*\b(NOW|TODAY|RAND|RANDBETWEEN|OFFSET|INDIRECT)\(")
_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Sheet:
    """A table on a sheet.

    Attributes
    ----------
    name : str
        Of the sheet.
    table : pyarrow.Table
        Every cell as text.
    totals : int
        Rows at the end that add up the others, left out of the table.
    notes : tuple of str
        What the reader should know.
    unnamed : tuple of str
        Columns that are named by their place.
    """

    name: str
    table: pa.Table
    totals: int
    notes: tuple[str, ...]
    unnamed: tuple[str, ...]


@dataclass(frozen=True)
class _Cells:
    """The cells of a sheet from the very first, and what is merged on it.

    ``below`` has the rows of cells merged with the one above; ``beside`` the titles of those merged
    with one to the left, by row and column.
    """

    name: str
    rows: list[list[Any]]
    below: list[int]
    beside: dict[int, dict[int, str]]


@dataclass(frozen=True)
class _Found:
    """Where a table may be: its sheet, its filled rows with their numbers from 1, and the header.

    ``merged``: how many cells got the value of the one above that they are merged with.
    ``beside``: the titles of columns whose header is merged with the one to the left.
    """

    name: str
    numbered: list[tuple[int, Sequence[Any]]]
    place: HeaderRow
    merged: int
    beside: dict[int, str]

    @property
    def header_row(self) -> int:
        return self.numbered[self.place.place][0]

    @property
    def header(self) -> Sequence[Any]:
        return self.numbered[self.place.place][1]

    @property
    def below(self) -> list[tuple[int, Sequence[Any]]]:
        return self.numbered[self.place.place + 1 :]

    @property
    def cells(self) -> int:
        return len(self.below) * len([cell for cell in self.header if cell != ""])


def read_sheet(path: Path, reading: Reading) -> Sheet:
    """Read the sheet that was named, or the only one that holds a table, or by far the largest.

    Raises
    ------
    SourceError
        If the workbook cannot be read, holds no table, or several that may be meant.
    ResourceError
        If it expands to more than can be read.
    """
    check_workbook(path)
    tables = [found for own in _sheets(path, reading) if (found := _table_on(own, reading))]
    if not tables:
        raise SourceError(
            f"{path.name} has no sheet with a header and data rows.",
            "Put the table on the first sheet, its header in the first row.",
            code="R03",
        )
    tables.sort(key=lambda own: -own.cells)
    if len(tables) > 1 and tables[0].cells < _CLEARLY_LARGER * tables[1].cells:
        shown = ", ".join(f"{own.name!r} ({len(own.below):,} rows)" for own in tables[:5])
        raise SourceError(
            f"{path.name} has {len(tables)} sheets that hold a table: {shown}.",
            f"Say which, for example --sheet '{tables[0].name}'.",
            code="R21",
        )
    return _sheet(tables[0], path, reading)


def _sheets(path: Path, reading: Reading) -> list[_Cells]:
    """The sheets that may be meant; hidden ones are not."""
    import python_calamine

    try:
        workbook = python_calamine.load_workbook(str(path))
        seen = [
            own.name
            for own in workbook.sheets_metadata
            if own.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        names = [_chosen(reading.sheet, workbook.sheet_names, path.name)] if reading.sheet else seen
        sheets = [workbook.get_sheet_by_name(name) for name in names]
        return [
            _unmerged(own.name, own.to_python(skip_empty_area=False), own.merged_cell_ranges or [])
            for own in sheets
        ]
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(
            f"{path.name} cannot be read as an Excel workbook ({type(error).__name__}).",
            "Open it in a spreadsheet program and save it again as .xlsx, without a password.",
            code="R21",
        ) from None


_Range = tuple[tuple[int, int], tuple[int, int]]


def _unmerged(name: str, rows: list[list[Any]], ranges: Sequence[_Range]) -> _Cells:
    """Give what is merged below a cell its value, as it looks, and number what is beside."""
    below, beside = [], defaultdict[int, dict[int, str]](dict)
    for (top, left), (bottom, right) in ranges:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        title = _cell(rows[top][left]) or ""
        beside[top] |= {left + n: f"{title} ({n + 1})" for n in range(1, right - left + 1)}
        for i in range(top + 1, min(bottom + 1, len(rows))):
            if rows[i][left] == "":
                rows[i][left] = rows[top][left]
                below.append(i)
    return _Cells(name, rows, below, beside)


def _chosen(wanted: str, names: Sequence[str], file: str) -> str:
    if wanted in names:
        return wanted
    if wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    near = closest(wanted, names)
    raise SourceError(
        f"{file} has no sheet {wanted!r}.",
        f"Did you mean {near[0]!r}?" if near else f"Its sheets are: {', '.join(names)}.",
        code="R21",
    )


def _table_on(cells: _Cells, reading: Reading) -> _Found | None:
    """The table on a sheet: its header is the first row with about as many cells as most have."""
    rows = enumerate(cells.rows, 1)
    filled: list[tuple[int, Sequence[Any]]] = [
        (i, row) for i, row in rows if any(cell != "" for cell in row)
    ]
    if reading.header_row is not None:
        filled = [(i, row) for i, row in filled if i >= reading.header_row]
    widths = Counter(sum(cell != "" for cell in row) for _, row in filled)
    width = max(widths.most_common(1), default=(0, 0))[0]
    place: HeaderRow | None = HeaderRow(0, 0)
    if reading.header_row is None:
        starting = _start(filled)
        place = header_row_of(starting, len(starting[0]) if width > 1 else 1) if filled else None
    if place is None or len(filled) < place.place + 2:
        return None
    row = filled[place.place][0]
    merged = sum(i >= row for i in cells.below)
    return _Found(cells.name, filled, place, merged, cells.beside.get(row - 1, {}))


def _start(numbered: Sequence[tuple[int, Sequence[Any]]]) -> list[list[str]]:
    """The first rows as text, without the empty columns that only the sheet's width makes."""
    rows = [_texts(row) for _, row in numbered[:_LOOKED_AT]]
    last = max((i for row in rows for i, cell in enumerate(row) if cell), default=0)
    return [row[: last + 1] for row in rows]


def _sheet(found: _Found, path: Path, reading: Reading) -> Sheet:
    if reading.header_row is None:
        _refuse_odd_header(found, path.name)
    texts = [(i, _texts(row)) for i, row in found.below]
    header = _texts(found.header)
    last = max(
        i for row in (header, *(own for _, own in texts)) for i, cell in enumerate(row) if cell
    )
    header = [own or found.beside.get(i, "") for i, own in enumerate(header[: last + 1])]
    names, notes = titled(header)
    formats.check_header(names, path.name)
    rows, aside = _sorted(texts, header)
    if found.header_row > 1:
        where = f"{path.name}: the header is in row {found.header_row} of sheet {found.name!r}"
        notes.append(f"{where}; what stands above it was left out.")
    if found.merged:
        notes.append(
            f"{path.name}: {_count(found.merged, 'cell')} got the value of the one above that "
            f"{'they are' if found.merged > 1 else 'it is'} merged with."
        )
    for reason, numbers in aside.items():
        shown = ", ".join(f"{own:,}" for own in numbers[:_SHOWN])
        more = ", …" if len(numbers) > _SHOWN else ""
        notes.append(f"{path.name}: {_count(len(numbers), 'row')} left out, {reason} "
                     f"(row {shown}{more}).")  # fmt: skip
    columns = [pa.array([row[i] or None for row in rows], pa.string()) for i in range(len(names))]
    table = pa.table(dict(zip(names, columns, strict=True)))
    notes += _notes_on_formulas(path)
    left_out = sum(map(len, aside.values()))
    return Sheet(found.name, table, left_out, tuple(notes), unnamed_among(names, header))


def _refuse_odd_header(found: _Found, name: str) -> None:
    """Refuse two rows that may be the header, a second one below it, and none at all."""
    rows = _start(found.numbered)
    numbers = [i for i, _ in found.numbered]
    refuse_rival(found.place, rows, numbers, name, unit="row")
    below = rows[found.place.place + 1 :]
    _refuse_second_table(found, name)
    refuse_second_header(below, name, number=found.below[0][0], unit="row")
    refuse_no_header(rows[found.place.place], below, name, number=found.header_row)


def _refuse_second_table(found: _Found, name: str) -> None:
    """Refuse another header below a blank row: rows of two tables are no customers of one."""
    texts = [(i, _texts(row)) for i, row in found.below]
    header = _texts(found.header)
    gaps = [at for at in range(1, len(texts)) if texts[at][0] > texts[at - 1][0] + 1]
    for at in gaps[:_LOOKED_AT]:
        number, row = texts[at]
        rest = [own for _, own in texts[at + 1 : at + _LOOKED_AT]]
        if row != header and names_columns(row, rest):
            raise SourceError(
                f"{name}: sheet {found.name!r} holds two tables, with headers in rows "
                f"{found.header_row} and {number}.",
                f"Put each on a sheet of its own; or read the second with --header-row {number}.",
                code="R21",
            )


def _sorted(
    numbered: Sequence[tuple[int, list[str]]], header: Sequence[str]
) -> tuple[list[list[str]], dict[str, list[int]]]:
    """The rows of customers; and by reason the numbers of those that are none."""
    width, aside = len(header), defaultdict[str, list[int]](list)
    tail: list[list[str]] = []
    before = 0
    for i, row in numbered[-_TAIL:]:
        tail += [[]] if before and i > before + 1 else []
        tail.append(_without_end(row[:width], width))
        before = i
    first_footer = len(numbered) - footers_among(tail, width=width)
    rows = []
    for place, (i, row) in enumerate(numbered):
        if place >= first_footer:
            aside[reason_of(row)].append(i)
        elif row[:width] == list(header):
            aside["the header again"].append(i)
        else:
            rows.append(row)
    return rows, dict(aside)


def _without_end(row: list[str], width: int) -> list[str]:
    """A row of one cell as text files have it; a sheet fills up every row."""
    return row[:1] if width > 1 and not any(row[1:]) else row


def _notes_on_formulas(path: Path) -> list[str]:
    """Formulas stand for the values that were stored with them; cells with an error have none."""
    formulas, bare, errors, volatile = 0, 0, 0, set()
    try:
        with zipfile.ZipFile(path) as book:
            for part in book.namelist():
                if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                    with book.open(part) as stream:
                        text = stream.read(_MOST_BYTES)
                    formulas += len(_FORMULA.findall(text))
                    bare += len(_WITHOUT_VALUE.findall(text))
                    errors += len(_ERROR.findall(text))
                    volatile |= {own.decode() for own in _VOLATILE.findall(text)}
    except (OSError, zipfile.BadZipFile):
        return []
    notes = []
    if formulas:
        name = ", ".join(sorted(volatile))
        changing = f" {name} gives another one each day or time." if volatile else ""
        notes.append(f"{path.name}: {_count(formulas, 'formula')}; the stored values were taken."
                     f"{changing}")  # fmt: skip
    if bare:
        notes.append(f"{path.name}: {_count(bare, 'formula')} without a stored value, which counts "
                     "as missing: open it in a spreadsheet program and save it.")  # fmt: skip
    if errors:
        notes.append(f"{path.name}: {_count(errors, 'cell')} with an Excel error such as #N/A "
                     "count as missing.")  # fmt: skip
    return notes


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count > 1 else ''}"


def _texts(row: Sequence[Any]) -> list[str]:
    return [_cell(cell) or "" for cell in row]


def _cell(value: Any) -> str | None:
    """A spreadsheet's cell as text: whole numbers without a decimal point; an error is missing."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = str(value).strip()
    return None if text in _ERRORS else text

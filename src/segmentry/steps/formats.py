"""Step 1a: what kind of file is it, and how is it written? Content decides, not the extension."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TextIO

import pyarrow as pa

from segmentry.errors import ColumnError, SourceError, SourceNotFoundError, closest

__all__ = [
    "Kind",
    "Layout",
    "check_header",
    "head",
    "kind_of",
    "layout_of",
    "parquet_header",
    "read_sheet",
]

_SEPARATORS = ",;\t|"
_SPREADSHEETS = (".xlsx", ".xlsm")
_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".jsonl", ".ndjson")

Kind = Literal["csv", "parquet", "xlsx", "jsonl"]


def head(path: Path) -> bytes:
    """Return the first bytes of a file that is there and is not empty."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
            while start and not start.strip(b"\xef\xbb\xbf \t\r\n"):
                more = stream.read(65536)
                if not more:
                    start = b""
                start = more
    except FileNotFoundError:
        raise _not_found(path) from None
    except IsADirectoryError:
        raise SourceError(
            f"{path} is a folder, not a file.", _tables_in(path) or "Give a file.", code="R01"
        ) from None
    except OSError as error:
        raise SourceError(
            f"{path} cannot be opened: {error.strerror}.",
            "Check who owns the file and who may read it (ls -l).",
            code="R01",
        ) from None
    if not start:
        raise _empty(path.name)
    return start


def _empty(name: str) -> SourceError:
    return SourceError(
        f"{name} is empty.", "Export the data again, with its header row.", code="R02"
    )


def _not_found(path: Path) -> SourceNotFoundError:
    folder = path.parent
    near = closest(path.name, _names_in(folder))
    fix = (
        f"Did you mean {', '.join(str(folder / name) for name in near)}?"
        if near
        else _tables_in(folder) or "Give the path of a CSV, Parquet, Excel or JSON lines file."
    )
    return SourceNotFoundError(f"{path} not found (looking from {Path.cwd()}).", fix, code="R01")


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return []


def _tables_in(folder: Path) -> str:
    tables = [name for name in _names_in(folder) if name.lower().endswith(_TABLES)]
    return f"Files there that could be meant: {', '.join(tables[:5])}." if tables else ""


_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
)


def kind_of(path: Path, start: bytes) -> Kind:
    """Return the kind by the first bytes; anything that is no table is refused by its name."""
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        if path.suffix.lower() in _SPREADSHEETS or b"xl/" in start or b"[Content_Types]" in start:
            return "xlsx"
        raise _no_table(path, "a zip archive")
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise _no_table(path, what)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"{":
        return "jsonl"
    if text[:5].lower() in {b"<!doc", b"<html", b"<?xml"}:
        raise _no_table(path, "a web page (HTML or XML)")
    if text[:1] == b"[" and text[1:].lstrip()[:1] in {b"{", b"]"}:
        raise _no_table(path, "a JSON array")
    if b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(
            f"{path.name} holds NUL bytes: it is no plain text, or UTF-16 without its mark.",
            "Save it again as CSV (UTF-8).",
            code="R07",
        )
    return "csv"


def _no_table(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{path.name} looks like {what}, not like a table of customers.",
        "Save the data itself as CSV (UTF-8), Parquet, Excel (.xlsx) or JSON lines.",
        code="R04",
    )


# ---------------------------------------------------------------- text


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
        Lines above the header: blank ones, and Excel's ``sep=;``.
    """

    separator: str
    header: tuple[str, ...]
    above: int = 0


def layout_of(path: Path, name: str) -> Layout:
    """Find the separator and the header of a text file in UTF-8.

    Raises
    ------
    SourceError
        If there is nothing below the header, or its quotes or its length make no sense.
    ColumnError
        If two columns have the same name.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        above, start = _start_of(stream)
    told = _told_separator(start[0])
    if told:
        above, start = above + 1, start[1:]
    try:
        separator = told or _separator_of(start)
        skipped, header = _header_of(start, separator, name)
    except csv.Error as error:
        _raise_bad_start(error, name, line=above + 1)
    check_header(header, name)
    return Layout(separator, tuple(header), above + skipped)


def _start_of(stream: TextIO) -> tuple[int, list[str]]:
    """The number of blank lines at the top, and the lines below them, 200 at most."""
    blank = 0
    for line in stream:
        if line.strip():
            return blank, [line, *itertools.islice(stream, 199)]
        blank += 1
    return blank, [""]


def _told_separator(line: str) -> str:
    """The separator that Excel wrote into a line of its own, as in ``sep=;``."""
    told = line.strip().lower()
    return told[4:] if told[:4] == "sep=" and told[4:] in tuple(_SEPARATORS) else ""


def _raise_bad_start(error: csv.Error, name: str, *, line: int) -> NoReturn:
    if "field limit" in str(error):
        raise SourceError(
            f"{name} has a field of more than {csv.field_size_limit():,} characters at its start.",
            "Close the quote that was left open there, or leave that column out of the file.",
            code="R19",
        ) from None
    raise SourceError(
        f"{name}, line {line}: a quote is opened and never closed.",
        "Close the quote in that line, or double it where it is part of the text.",
        code="R16",
    ) from None


def _separator_of(lines: Sequence[str]) -> str:
    """The mark that cuts the first lines into the most columns of one and the same number."""

    def score(separator: str) -> tuple[float, int]:
        widths = Counter(
            len(record) for record in csv.reader(lines[:-1] or lines, delimiter=separator) if record
        )
        width, agreed = max(widths.most_common(1), default=(0, 0))
        return (agreed / widths.total() if width > 1 else 0.0, width)

    return max(_SEPARATORS, key=score)


def _header_of(lines: Sequence[str], separator: str, name: str) -> tuple[int, list[str]]:
    """The lines above the header, and the header; there must be a row below it."""
    records = csv.reader(lines, delimiter=separator, strict=True)
    skipped = 0
    for titles in records:
        if any(titles):
            break
        skipped = records.line_num
    else:
        raise _empty(name)
    header = [title.strip() or f"column_{i}" for i, title in enumerate(titles, 1)]
    if not any(line.strip() for line in lines[records.line_num :]):
        raise SourceError(
            f"{name}: header found ({len(header)} columns) but no data rows.",
            "Export the data again, with its rows.",
            code="R03",
        )
    return skipped, header


def check_header(header: Sequence[str], name: str) -> None:
    """Refuse no columns, and two of one name, also where only case or spaces differ."""
    if not header:
        raise SourceError(f"{name} has no columns.", "Give a table with a header.", code="R03")
    for title in header:
        if str(title).startswith("_segmentry") or title == "file_row_number":
            raise ColumnError(
                f'{name}: the column name "{title}" is reserved.', "Rename that column.", code="R23"
            )
    seen: dict[str, int] = {}
    for i, title in enumerate(header, 1):
        first = seen.setdefault(title.strip().casefold(), i)
        if first < i:
            other = header[first - 1]
            both = (
                f'both "{title}"'
                if title == other
                else f'"{other}" and "{title}", one name but for case'
            )
            raise ColumnError(
                f"{name}: columns {first} and {i} are {both}.",
                "Rename one of them in the header.",
                code="R23",
            )


# ---------------------------------------------------------------- Parquet and spreadsheets


def parquet_header(path: Path) -> list[str]:
    """The names of a Parquet file's columns as they are; the engine would tell twins apart."""
    import pyarrow.parquet

    try:
        return list(pyarrow.parquet.read_schema(path).names)
    except (pa.ArrowException, OSError):
        raise SourceError(
            f"{path.name} cannot be read as Parquet: it is cut off or damaged.",
            "Save the file again, or give another one.",
            code="R22",
        ) from None


def read_sheet(path: Path) -> tuple[str, pa.Table]:
    """Return the name and table of the first sheet that holds one, every cell as text."""
    import python_calamine

    try:
        workbook = python_calamine.load_workbook(str(path))
        sheets = [
            (name, workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names
        ]
    except Exception as error:
        raise SourceError(
            f"{path.name} cannot be read as an Excel workbook ({type(error).__name__}).",
            "Open it in a spreadsheet program and save it again as .xlsx, without a password.",
            code="R21",
        ) from None
    for name, rows in sheets:
        filled = [row for row in rows if any(cell != "" for cell in row)]
        if len(filled) > 1:
            return name, _sheet_table(filled, path.name)
    raise SourceError(
        f"{path.name} has no sheet with a header and data rows.",
        "Put the table on the first sheet, its header in the first row.",
        code="R03",
    )


def _sheet_table(rows: Sequence[Sequence[Any]], name: str) -> pa.Table:
    header = [_cell(title) or f"column_{i}" for i, title in enumerate(rows[0], 1)]
    check_header(header, name)
    columns = [
        pa.array([_cell(row[i]) for row in rows[1:]], pa.string()) for i in range(len(header))
    ]
    return pa.table(dict(zip(header, columns, strict=True)))


def _cell(value: Any) -> str:
    """A spreadsheet's cell as text: whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip()

"""Step 1a: what kind of file is it, and how is it written? Content decides, not the extension."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa

from segmentry.errors import ColumnError, SourceError, SourceNotFoundError, closest

__all__ = [
    "Kind",
    "check_header",
    "check_width",
    "damaged_parquet",
    "empty",
    "head",
    "kind_of",
    "parquet_header",
]

_SPREADSHEETS = (".xlsx", ".xlsm")
_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".jsonl", ".ndjson")

_MOST_COLUMNS = 2**14
"""As many as a spreadsheet has."""

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
            f"{_owner_of(path)} Ask for the right to read it, for example with chmod.",
            code="R01",
        ) from None
    if not start:
        raise empty(path.name)
    return start


def _owner_of(path: Path) -> str:
    try:
        return f"It belongs to {path.owner()}."
    except (KeyError, NotImplementedError, OSError):
        return "Check who owns the file (ls -l)."


def empty(name: str) -> SourceError:
    """The error of a file without anything in it."""
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
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"MIME-Version:", "a saved web page (MHT)"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
)


_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_COMPOUND = b"\xd0\xcf\x11\xe0"
"""How files begin that hold several streams, among them those that Office wrote until 2003."""
_TAG = rb"<(!doctype|!--|\?xml|/?(html|head|body|table|tr|td|div|meta|script|style|svg)[\s>/]"
_OBJECT = re.compile(rb"\{\s*(\"|\}|$)")
_TEXTS = (
    (re.compile(_TAG + rb"|[a-z][\w:-]*(>\s*<|\s+[\w:-]+=|/>))", re.IGNORECASE),
     "a web page (HTML or XML)"),
    (re.compile(rb"([^\n,;\t]*\n){1,3}\s*<(!doctype|html)[\s>]", re.IGNORECASE),
     "a web page (HTML or XML)"),
    (re.compile(rb"\[\s*[\[\]{]"), "a JSON array"),
    (re.compile(rb"import [\w.]+(\s|$)|from [\w.]+ import |def \w+\("), "a program (Python)"),
    (re.compile(rb"#!\s*/"), "a program"),
    (re.compile(rb"\(d?l?p\d+\n|[(c]\w+\n\w+\n[(p]"), "a pickle"),
    (re.compile(rb"BEGIN:V(CARD|CALENDAR)", re.IGNORECASE), "a list of contacts or dates (vCard)"),
    (re.compile(rb"\[[^\]\n,;]+\]\s*\n\s*[\w. -]+\s*="), "a file of settings (INI)"),
)  # fmt: skip
"""Texts that are no tables, by how they begin."""


def kind_of(path: Path, start: bytes, *, encoding: str | None = None) -> Kind:
    """Return the kind by the first bytes; anything that is no table is refused by its name.

    ``encoding`` is what the caller says that the letters of a text file are.
    """
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        _refuse_archive(path, start)
        return "xlsx"
    _refuse_other(path, start)
    text = _as_ascii(start, encoding).lstrip()
    if _OBJECT.match(text):
        return "jsonl"
    for kind, what in _TEXTS:
        if kind.match(text):
            raise _no_table(path, what)
    if encoding is None:
        _refuse_nul_bytes(path.name, start)
    return "csv"


def _as_ascii(start: bytes, encoding: str | None) -> bytes:
    """The first letters without a mark, one byte each: also of UTF-16 and UTF-32."""
    for mark, wide in _WIDE:
        if start.startswith(mark):
            return start.decode(wide, errors="ignore").encode()
    if encoding is not None and codecs.lookup(encoding).name[:6] in ("utf-16", "utf-32"):
        return start.decode(encoding, errors="ignore").encode(errors="ignore")
    return start.removeprefix(codecs.BOM_UTF8)


def _refuse_other(path: Path, start: bytes) -> None:
    """Refuse what begins as a file of another kind does."""
    if start.startswith(_COMPOUND):
        raise _compound(path)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise _no_table(path, what)


def _refuse_archive(path: Path, start: bytes) -> None:
    """Refuse a zip archive that is no workbook of Excel's."""
    if b"opendocument.spreadsheet" in start:
        raise _other_workbook(path, "is an OpenDocument workbook (.ods)")
    if path.suffix.lower() in _SPREADSHEETS or b"xl/" in start or b"[Content_Types]" in start:
        return
    raise _no_table(path, "a zip archive")


def _compound(path: Path) -> SourceError:
    """The error about an old workbook, one with a password, or another document of Office's."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        streams = {
            own
            for own in ("EncryptedPackage", "Workbook", "Book")
            if text.find(own.encode("utf-16-le")) >= 0
        }
    if "EncryptedPackage" in streams:
        return SourceError(
            f"{path.name} is a workbook with a password.",
            "Open it in a spreadsheet program and save it as .xlsx without a password.",
            code="R21",
        )
    if streams:
        return _other_workbook(path, "is a workbook of Excel 97 to 2003 (.xls)")
    return _no_table(path, "an old document of Office")


def _other_workbook(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{path.name} {what}.",
        "Open it in a spreadsheet program and save it as .xlsx.",
        code="R21",
    )


def _refuse_nul_bytes(name: str, start: bytes) -> None:
    """Every second byte of plain text in UTF-16 is NUL; with its mark it is read."""
    if b"\x00" not in start or start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) > 0.4 * len(start[::2]) and min(even, odd) < 0.1 * len(start[::2]):
        guess = "utf-16-le" if odd > even else "utf-16-be"
        raise SourceError(
            f"{name} holds NUL bytes: it looks like {guess.upper()} without its mark.",
            f"Say so with --encoding {guess}, or save it again as CSV (UTF-8).",
            code="R07",
        )
    line = start.partition(b"\x00")[0].count(b"\n") + 1
    raise SourceError(
        f"{name}, line {line} holds a NUL byte: the file is damaged, or no plain text.",
        "Export the data again as CSV (UTF-8).",
        code="R07",
    )


def _no_table(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{path.name} looks like {what}, not like a table of customers.",
        "Save the data itself as CSV (UTF-8), Parquet, Excel (.xlsx) or JSON lines.",
        code="R04",
    )


# ---------------------------------------------------------------- headers


def check_header(header: Sequence[str], name: str) -> None:
    """Refuse no columns, very many, and two of one name, also where only case or spaces differ."""
    if not header:
        raise SourceError(f"{name} has no columns.", "Give a table with a header.", code="R03")
    check_width(len(header), name)
    for title in header:
        if str(title).startswith("_segmentry") or title in ("file_row_number", "file_index"):
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


def check_width(columns: int, name: str) -> None:
    """Refuse very many columns."""
    if columns > _MOST_COLUMNS:
        raise SourceError(
            f"{name} has {columns:,} columns; {_MOST_COLUMNS:,} can be read.",
            "Leave out those that nobody needs, or turn the table if its rows are columns.",
            code="R19",
        )


def parquet_header(path: Path) -> list[str]:
    """The names of a Parquet file's columns as they are; the engine would tell twins apart."""
    import pyarrow.parquet

    try:
        return list(pyarrow.parquet.read_schema(path).names)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise damaged_parquet(path) from None


def damaged_parquet(path: Path) -> SourceError:
    """The error of a Parquet file whose footer cannot be read."""
    return SourceError(
        f"{path.name} cannot be read as Parquet: it is cut off or damaged.",
        "Save the file again, or give another one.",
        code="R22",
    )

"""Step 1g: is what a workbook expands to of a size that can be read?

A workbook is a zip archive of XML, and an archive can hold a thousand times its size. What it says
about itself may be wrong, so everything is expanded once, in pieces that are thrown away, before
any library reads it.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segmentry.errors import ResourceError, SourceError

__all__ = ["MOST_BYTES", "check_workbook"]

MOST_BYTES = 2**30
"""Bytes that a workbook may expand to; a sheet that is full to its last row, in ten columns."""
_MOST_PARTS = 1_000
_MOST_TIMES = 100
_LONGEST_ENTRY = 2**10
_LITTLE = 20 * 10**6
"""Bytes that may be as many times the archive's size as they like."""
_MOST_CELLS = 100 * 10**6
"""Cells from the first to the last one that is filled: readers make room for all."""
_PIECE = 2**20
_OVERLAP = 64
_FAR = re.compile(
    rb"""r(?<=\sr)\s{0,9}=\s{0,9}["']([A-Z]{2,4}(?=\d)|[A-Z]{0,4}(?=\d{7}))(\d{1,9})["']"""
)
_ANY = re.compile(rb"""r(?<=\sr)\s{0,9}=\s{0,9}["']([A-Z]{0,4})(\d{1,9})["']""")
"""Where a row or a cell says that it is: beyond Z or a million, which is found sooner; anywhere."""
_NEAR_COLUMNS, _NEAR_ROWS = 26, 10**6
_LAST_COLUMN, _LAST_ROW = 2**14, 2**20
_STORED, _DEFLATED = 0, 8
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError,
    UnicodeDecodeError,
)  # fmt: skip
"""What Python raises about an archive that is damaged, or has a password."""


def check_workbook(path: Path, *, most_bytes: int = MOST_BYTES) -> None:
    """Expand a workbook once, and refuse it as soon as it is too large.

    Parameters
    ----------
    path : Path
        The archive.
    most_bytes : int
        What all its parts together may expand to.

    Raises
    ------
    ResourceError
        If it expands to more, or to more than 100 times its size (S97, exit code 3); or if it has
        more than 1,000 parts, or a sheet more than 100 million cells.
    SourceError
        If it is damaged.
    """
    try:
        _check_count(path)
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > _MOST_PARTS:
                raise _too_many_parts(path, len(parts))
            _check_sizes(path, book, parts, most_bytes)
    except _DAMAGES:
        raise SourceError(
            f"{path.name} cannot be read as an Excel workbook: it is cut off or damaged.",
            "Open it in a spreadsheet program and save it again as .xlsx, without a password.",
            code="R21",
        ) from None


def _check_sizes(
    path: Path, book: zipfile.ZipFile, parts: Sequence[zipfile.ZipInfo], most_bytes: int
) -> None:
    """Refuse by what the parts say of their sizes, and then by what they are."""
    size = path.stat().st_size
    told, expanded = sum(part.file_size for part in parts), 0
    most = min(most_bytes, max(_LITTLE, _MOST_TIMES * size))
    if told > most:
        raise _too_large(path, told)
    for part in parts:
        extent = _Extent(_NEAR_ROWS, _NEAR_COLUMNS)
        for piece in _expand(book, part):
            expanded += len(piece)
            if expanded > most:
                raise _too_large(path, expanded)
            extent.see(piece, _FAR)
        if extent.is_too_large and "worksheets/" in part.filename:
            _check_extent(path, book, part)


def _check_extent(path: Path, book: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose cells lie too far apart, by all of them."""
    extent = _Extent(0, 0)
    for piece in _expand(book, part):
        extent.see(piece, _ANY)
    if extent.is_too_large:
        raise _too_wide(path, extent)


def _expand(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The contents of a part, however long it says that they are."""
    if part.compress_type not in (_STORED, _DEFLATED):
        raise zipfile.BadZipFile("compressed in a way that workbooks are not")
    part.file_size = max(part.file_size, MOST_BYTES + 1)
    with book.open(part) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _check_count(path: Path) -> None:
    """Refuse an archive by the number of parts that its end tells, before a list is made."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 2**16 - 22))
        tail = stream.read()
    start = tail.rfind(b"PK\x05\x06")
    if start >= 0:
        count, listed = struct.unpack_from("<HI", tail, start + 10)
        if count > _MOST_PARTS or listed > _MOST_PARTS * _LONGEST_ENTRY:
            raise _too_many_parts(path, count)


@dataclass
class _Extent:
    """How far the cells of a sheet reach."""

    row: int
    column: int
    _rest: bytes = b""

    def see(self, piece: bytes, pattern: re.Pattern[bytes]) -> None:
        """Take notice of the next piece of a sheet."""
        text = self._rest + piece
        found = pattern.findall(text)
        for row in {row for _, row in found}:
            self.row = max(self.row, int(row))
        for column in {column for column, _ in found}:
            self.column = max(self.column, _number_of(column))
        self._rest = text[-_OVERLAP:]

    @property
    def cells(self) -> int:
        """All cells from the first to the last."""
        return self.row * self.column

    @property
    def is_too_large(self) -> bool:
        """Whether there are too many, or one where no spreadsheet has any."""
        return self.cells > _MOST_CELLS or self.row > _LAST_ROW or self.column > _LAST_COLUMN


def _number_of(column: bytes) -> int:
    """The number of a column by its letters: A is 1, AA is 27."""
    number = 0
    for letter in column:
        number = 26 * number + letter - 64
    return number


def _too_large(path: Path, expanded: int) -> ResourceError:
    times = expanded / path.stat().st_size
    return ResourceError(
        f"{path.name}: the workbook expands to {expanded / 1e6:,.0f} MB ({times:,.0f}×).",
        "Save the sheet with the table alone, as CSV (UTF-8).",
        code="S97",
    )


def _too_many_parts(path: Path, count: int) -> ResourceError:
    return ResourceError(
        f"{path.name}: the workbook has more than {_MOST_PARTS:,} parts ({count:,}).",
        "Save the sheet with the table alone, as CSV (UTF-8).",
        code="S97",
    )


def _too_wide(path: Path, extent: _Extent) -> ResourceError:
    return ResourceError(
        f"{path.name}: a sheet has cells as far as row {extent.row:,} and column "
        f"{extent.column:,}, which makes {extent.cells:,} cells.",
        "Delete what stands far away from the table, or save the table alone as CSV (UTF-8).",
        code="S97",
    )

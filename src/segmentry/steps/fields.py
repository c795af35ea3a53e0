"""Step 1j: fields and lines that are too long to be a customer's: told with line and size."""

from __future__ import annotations

import csv
import itertools
import mmap
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segmentry.errors import SourceError

__all__ = ["LONGEST_FIELD", "long_fields", "open_quote", "refuse_too_long"]

LONGEST_FIELD = 2**20
"""Bytes of a field."""
_LONGEST_RECORD = 2**24


@contextmanager
def long_fields(longest: int = _LONGEST_RECORD) -> Iterator[None]:
    """Let Python's reader take long fields; with a wrong separator a whole line is one."""
    before = csv.field_size_limit(longest)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def refuse_too_long(path: Path, name: str, *, separator: str, above: int) -> None:
    """Refuse a file with a field of more than 1 MiB, or a record of more than 16.

    Raises
    ------
    SourceError
        With the line, and the size; or that a quote is opened there and never closed.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream, long_fields(LONGEST_FIELD):
        records = csv.reader(itertools.islice(stream, above, None), delimiter=separator)
        line = above + 1
        try:
            for record in records:
                _refuse_long_record(record, name, line)
                line = above + records.line_num + 1
        except csv.Error:
            raise _long_field(path, name, line, separator) from None


def _refuse_long_record(record: list[str], name: str, line: int) -> None:
    length = sum(map(len, record))
    if 4 * length <= LONGEST_FIELD:
        return
    sizes = [len(cell.encode()) for cell in record]
    if max(sizes) > LONGEST_FIELD:
        raise _too_long(f"{name}, line {line} has a {max(sizes) / 1e6:.1f} MB field")
    if sum(sizes) > _LONGEST_RECORD:
        raise _too_long(f"{name}, line {line} has {sum(sizes) / 1e6:.1f} MB")


def _long_field(path: Path, name: str, line: int, separator: str) -> SourceError:
    """The error about the first field beyond the limit in the record that begins in a line."""

    def line_of(place: int) -> int:
        return sum(1 for _ in itertools.takewhile(lambda own: own <= place, _starts_of_lines(path)))

    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        start = next(itertools.islice(_starts_of_lines(path), line - 1, None))
        while True:
            end = _end_of_field(text, start, separator.encode())
            if end < 0:
                return open_quote(name, line_of(start))
            if end - start > LONGEST_FIELD:
                size = f"{(end - start) / 1e6:.1f} MB"
                return _too_long(f"{name}, line {line_of(start)} has a {size} field")
            start = end + 1


def _starts_of_lines(path: Path) -> Iterator[int]:
    """Where each line begins, however lines end."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        start = len(BOM_UTF8) if _has_mark(path) else 0
        for line in stream:
            yield start
            start += len(line.encode())


def _has_mark(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(BOM_UTF8)) == BOM_UTF8


def _end_of_field(text: mmap.mmap, start: int, separator: bytes) -> int:
    """Where a field ends, -1 where its quote is never closed."""
    if text[start : start + 1] == b'"':
        start += 1
        while True:
            start = text.find(b'"', start)
            if start < 0:
                return -1
            if text[start + 1 : start + 2] != b'"':
                break
            start += 2
    ends = (text.find(own, start) for own in (separator, b"\n", b"\r"))
    return min((end for end in ends if end >= 0), default=len(text))


def _too_long(what: str) -> SourceError:
    return SourceError(
        f"{what}: fields of more than 1 MiB and lines of more than 16 are not read.",
        "Close the quote that was left open there, or leave that column out of the file.",
        code="R19",
    )


def open_quote(name: str, line: int) -> SourceError:
    """The error about a quote that is never closed."""
    return SourceError(
        f"{name}, line {line}: a quote is opened and never closed.",
        'Close the quote in that line, or double it ("", not \\") where it is text.',
        code="R16",
    )

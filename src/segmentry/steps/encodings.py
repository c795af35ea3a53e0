"""Step 1b: which letters and line ends does a text file use, and a copy where they are odd."""

from __future__ import annotations

import codecs
import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, AnyStr, TextIO

from segmentry.errors import SourceError

__all__ = ["as_utf8", "encoding_of", "with_one_line_end"]

_BLOCK = 4 * 2**20


def encoding_of(path: Path) -> str:
    """Return utf-16 by its mark, utf-8 if the whole file is, else cp1252.

    Raises
    ------
    SourceError
        If there is a NUL character in UTF-8 text.
    """
    with path.open("rb") as stream:
        if stream.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in _blocks(stream):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
                if b"\x00" in block:
                    raise _nul(path.name, _line_of_nul(path))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _blocks(stream: IO[AnyStr]) -> Iterator[AnyStr]:
    while block := stream.read(_BLOCK):
        yield block


def _line_of_nul(path: Path) -> int:
    """The line of the first NUL byte."""
    lines = 1
    with path.open("rb") as stream:
        for block in _blocks(stream):
            before, nul, _ = block.partition(b"\x00")
            lines += before.count(b"\n")
            if nul:
                break
    return lines


def _nul(name: str, line: int) -> SourceError:
    return SourceError(
        f"{name}, line {line} holds a NUL byte: the file is damaged, or no plain text.",
        "Export the data again as CSV (UTF-8).",
        code="R07",
    )


def _without_nul(stream: TextIO, name: str) -> Iterator[str]:
    """The text piece by piece; a NUL character in it is refused."""
    lines = 1
    for block in _blocks(stream):
        before, nul, _ = block.partition("\x00")
        lines += before.count("\n")
        if nul:
            raise _nul(name, lines)
        yield block


@contextmanager
def as_utf8(path: Path, encoding: str, *, folder: Path) -> Iterator[Path]:
    """Hand out the file itself, or a copy in UTF-8, in a folder given, that vanishes afterwards."""
    if encoding == "utf-8":
        yield path
        return
    with _copy(path, folder) as copy:
        try:
            with (
                path.open(encoding=encoding, newline="") as source,
                copy.open("w", encoding="utf-8", newline="") as target,
            ):
                target.writelines(_without_nul(source, path.name))
        except UnicodeError:
            raise SourceError(
                f"{path.name} is neither UTF-8 nor Western European text (cp1252).",
                "Open it in a spreadsheet program and save it as CSV (UTF-8).",
                code="R09",
            ) from None
        yield copy


@contextmanager
def with_one_line_end(path: Path, separator: str, *, folder: Path) -> Iterator[Path]:
    """Hand out a copy, soon to vanish, in which all rows end alike; quoted line ends stay."""
    with _copy(path, folder) as copy:
        try:
            with (
                path.open(encoding="utf-8-sig", newline="") as source,
                copy.open("w", encoding="utf-8", newline="") as target,
            ):
                rows = csv.reader(source, delimiter=separator, strict=True)
                writer = csv.writer(
                    target, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL
                )
                writer.writerows(rows)
        except csv.Error:
            raise SourceError(
                f"{path.name}, line {rows.line_num} cannot be read as a table.",
                "Open it in a spreadsheet program and save it again as CSV (UTF-8).",
                code="R13",
            ) from None
        yield copy


@contextmanager
def _copy(path: Path, folder: Path) -> Iterator[Path]:
    """A path for a copy with the same name, which errors tell."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        yield Path(own) / path.name

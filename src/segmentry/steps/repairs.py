"""Step 1e: a copy of a text file whose rows the engine can read, and what was set aside.

Only files that need it come here: rows that end in different ways, rows quoted as a whole, rows of
nothing but separators, totals at the end, and lines that are set aside because the caller said so.
Rows go through one by one.
"""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from segmentry.errors import SourceError
from segmentry.sql import SPACES
from segmentry.steps.encodings import copy_in
from segmentry.steps.fields import open_quote
from segmentry.steps.footers import NOTE, TOTAL, is_total, reason_of
from segmentry.steps.layouts import Layout
from segmentry.steps.wrappings import inner_record
from segmentry.textual import counted, places

__all__ = ["Rejects", "mended"]

_SHOWN = 5
_AGAIN = "the header again"
_BLANK = "nothing but separators"


@dataclass
class Rejects:
    """Rows that were set aside.

    Attributes
    ----------
    path : Path
        The file that holds them: line, reason, and the fields as they were.
    count : int
        How many there are.
    reasons : dict
        By reason how many, and the first lines.
    """

    path: Path
    count: int = 0
    reasons: dict[str, list[int]] = field(default_factory=dict)

    def notes(self, name: str) -> list[str]:
        """What was set aside and why, in sentences."""
        return [
            f"{name}: {counted(rows, 'row')} left out, {reason} ({places('line', lines, of=rows)})."
            for reason, (rows, *lines) in self.reasons.items()
        ]

    @property
    def broken(self) -> int:
        """How many have more or fewer fields, or quotes that make no sense."""
        usual = (TOTAL, NOTE, _AGAIN, _BLANK)
        return sum(lines[0] for reason, lines in self.reasons.items() if reason not in usual)

    def to_dict(self) -> list[dict[str, Any]]:
        """A row a reason: how many, and the first lines."""
        return [
            {"reason": reason, "rows": lines[0], "first_lines": lines[1:]}
            for reason, lines in self.reasons.items()
        ]

    def add(self, reason: str, line: int) -> None:
        """Count one row."""
        self.count += 1
        own = self.reasons.setdefault(reason, [0])
        own[0] += 1
        if own[0] <= _SHOWN:
            own.append(line)


@contextmanager
def mended(
    path: Path, layout: Layout, *, folder: Path, skip: bool
) -> Iterator[tuple[Path, Rejects]]:
    """Hand out a copy, soon to vanish, with rows of one kind; and those that are not in it.

    Raises
    ------
    SourceError
        If a row has more or fewer fields than the header and is not to be skipped, or a quote is
        never closed.
    """
    rejects = Rejects(folder / "rejects.csv")
    with copy_in(path, folder) as copy:
        with (
            path.open(encoding="utf-8-sig", newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
            _private(rejects.path) as aside,
        ):
            writer = csv.writer(
                target, delimiter=layout.separator, lineterminator="\n", quoting=csv.QUOTE_ALL
            )
            writer.writerow(layout.header)
            set_aside = csv.writer(aside, lineterminator="\n")
            set_aside.writerow(["line", "reason", *layout.header])
            for line, row, reason in _sorted_rows(source, path.name, layout, skip=skip):
                if reason:
                    rejects.add(reason, line)
                    set_aside.writerow([line, reason, *row])
                else:
                    writer.writerow(row)
        yield copy, rejects


def _private(path: Path) -> TextIO:
    """A file that only its owner reads: what is set aside may be anything."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")


_Row = tuple[int, list[str], str]
"""The line in which a row begins, its fields, and the reason to leave it out, if any."""


def _sorted_rows(source: TextIO, name: str, layout: Layout, *, skip: bool) -> Iterator[_Row]:
    """Each row below the header with its line, and the reason to leave it out, if any."""
    width, last = len(layout.header), deque[_Row]()
    for row in _rows(source, name, layout, skip=skip):
        last.append(row)
        if len(last) > layout.footers:
            line, fields, fault = last.popleft()
            fault = fault or _reason(fields, width, layout, skip=skip, name=name, line=line)
            yield line, fields, fault
    for line, fields, fault in last:
        yield line, fields, fault or reason_of(fields)


def _rows(source: TextIO, name: str, layout: Layout, *, skip: bool) -> Iterator[_Row]:
    """Each row below the header; with a reason where its quotes make no sense."""
    for _ in range(layout.above):
        next(source)
    rows = csv.reader(source, delimiter=layout.wrapping or layout.separator, strict=True)
    next(rows)
    line = layout.above + rows.line_num + 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if not skip or "unexpected end" in str(error):
                raise open_quote(name, line) from None
            yield line, [], "its quotes make no sense"
            line = layout.above + rows.line_num + 1
            continue
        if layout.wrapping:
            row = inner_record(row, layout.separator)
        if row:
            yield line, row, ""
        line = layout.above + rows.line_num + 1


def _reason(row: list[str], width: int, layout: Layout, *, skip: bool, name: str, line: int) -> str:
    if layout.footers and is_total(row):
        return TOTAL
    if tuple(row) == layout.header:
        return _AGAIN
    if width > 1 and not any(cell.strip(SPACES) for cell in row):
        return _BLANK
    if len(row) == width:
        return ""
    if not skip:
        raise SourceError(
            f"{name}, line {line} has {len(row)} fields where the header has {width}.",
            "Correct that line in the file, or set such lines aside with --skip-bad-lines.",
            code="R13",
        )
    return f"{'more' if len(row) > width else 'fewer'} fields than the header's {width}"

"""Step 1q: in which line of a text file does a row stand?

People look a cell up in the file, where lines above the header, blank lines, line ends in quotes
and rows that were set aside all count. Only asked for where something is refused, so that a walk
through the file is no loss.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Lines", "numbered"]

_FURTHEST = 5_000_000
"""The last row for which the file is walked through; it takes seconds."""


@dataclass(frozen=True)
class Lines:
    """How a text file is to be walked through.

    Attributes
    ----------
    path : Path
        The file as it came.
    encoding : str
        By which its letters can be told apart.
    above : int
        Lines above the header.
    has_header : bool
        Whether there is one. Quotes mean nothing where there is none: each line is a row.
    rejects : Path or None
        The file that holds what was set aside, and in which lines.
    """

    path: Path
    encoding: str
    above: int = 0
    has_header: bool = True
    rejects: Path | None = None

    def of(self, rows: Sequence[int]) -> list[int]:
        """The lines in which rows begin, both from 1; empty if that cannot be told in time.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "t.csv"
        ...     _ = path.write_bytes(b'id,note\\r\\n1,"two\\r\\nlines"\\r\\n\\r\\n2,x\\r\\n')
        ...     Lines(path, "utf-8").of([1, 2])
        [2, 5]
        """
        wanted, found = sorted(set(rows)), dict[int, int]()
        if not wanted or wanted[-1] > _FURTHEST:
            return []
        try:
            aside = self._set_aside()
            starts = (line for line in self._starts() if line not in aside)
            for row, line in enumerate(starts, 1):
                if row in wanted:
                    found[row] = line
                if row == wanted[-1]:
                    break
        except (OSError, UnicodeError, csv.Error, ValueError):
            return []
        return [found[row] for row in rows] if len(found) == len(wanted) else []

    def _set_aside(self) -> frozenset[int]:
        if self.rejects is None:
            return frozenset()
        with self.rejects.open(encoding="utf-8", newline="") as stream:
            return frozenset(int(row[0]) for row in csv.reader(stream) if row[0] != "line")

    def _starts(self) -> Iterator[int]:
        """The lines in which the records below the header begin."""
        quoted, is_header = False, self.has_header
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as stream:
            for number, line in enumerate(stream, 1):
                if number <= self.above:
                    continue
                if not quoted and line.strip("\r\n"):
                    if not is_header:
                        yield number
                    is_header = False
                if self.has_header and line.count('"') % 2:
                    quoted = not quoted


def numbered(rows: Sequence[int], lines: Lines | None) -> tuple[str, Sequence[int]]:
    """What rows are called by, ``line`` or ``row``, and their numbers, from 1.

    >>> numbered([7, 9], None)
    ('row', [7, 9])
    """
    found = lines.of(rows) if lines else []
    return ("line", found) if found else ("row", rows)

"""What the engine refuses, in words of ours: its own may hold a row, and name no way out."""

from __future__ import annotations

import csv
import itertools
import json
import re
from pathlib import Path

from segmentry.errors import ResourceError, SourceError

__all__ = [
    "MixedLineEndsError",
    "broken_csv",
    "broken_json",
    "damaged",
    "no_memory",
    "no_room",
]


class MixedLineEndsError(SourceError):
    """The rows of a text file do not all end alike, which the engine does not read."""


def broken_csv(message: str, path: Path, *, separator: str, width: int, above: int) -> SourceError:
    """Tell what is wrong with a text file, from the engine's message and the file itself."""
    if "state machine" in message:
        return MixedLineEndsError(
            f"{path.name} has rows that end in different ways.", "Save it again.", code="R17"
        )
    size = re.search(r"Actual Size: ?(\d+) bytes", message)
    if size:
        return SourceError(
            f"{path.name} has a line of {int(size[1]) / 1e6:.1f} MB.",
            "Close the quote that was left open there, or leave that column out of the file.",
            code="R19",
        )
    line, fields = _first_broken_line(path, separator, width=width, above=above)
    if fields:
        return SourceError(
            f"{path.name}, line {line} has {fields} fields where the header has {width}.",
            "Correct that line in the file, then run again.",
            code="R13",
        )
    if line:
        return SourceError(
            f"{path.name}, line {line}: a quote is opened and never closed.",
            "Close the quote in that line, or double it where it is part of the text.",
            code="R16",
        )
    return SourceError(
        f"{path.name} cannot be read as a table.",
        "Open it in a spreadsheet program and save it again as CSV (UTF-8).",
        code="R13",
    )


def _first_broken_line(path: Path, separator: str, *, width: int, above: int) -> tuple[int, int]:
    """The line where the first record of another width begins, and its width; 0 has no end.

    (The engine counts records, not lines, so that it is wrong below a cell of several lines.)
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        records = csv.reader(
            itertools.islice(stream, above, None), delimiter=separator, strict=True
        )
        line = above + 1
        try:
            for record in records:
                if record and len(record) != width:
                    return line, len(record)
                line = above + records.line_num + 1
        except csv.Error:
            return line, 0
    return 0, 0


def broken_json(path: Path) -> SourceError:
    """Tell where a file of JSON lines is broken."""
    with path.open("rb") as stream:
        broken = next((i for i, line in enumerate(stream, 1) if not _is_json(line)), None)
    where = f", line {broken}, is not JSON" if broken else " has objects that do not fit together"
    return SourceError(
        f"{path.name}{where}.",
        "Write one JSON object a line, each key once, for example with jq -c.",
        code="R22",
    )


def _is_json(line: bytes) -> bool:
    try:
        return not line.strip() or isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def damaged(name: str) -> SourceError:
    """Tell that a file cannot be read to its end."""
    return SourceError(
        f"{name} cannot be read to its end: it is cut off or damaged.",
        "Save the file again, or give another one.",
        code="R22",
    )


def no_memory(limit: int) -> ResourceError:
    """Tell that a query needs more than the limit, in bytes, although it may use files."""
    return ResourceError(
        f"The engine needs more than its {limit / 1e6:,.0f} MB of memory for this table.",
        f"Give it more with --memory-limit {2 * limit / 1e6:.0f}MB, or leave columns that nobody "
        "needs out of the table.",
        code="R110",
    )


def no_room(folder: Path) -> ResourceError:
    """Tell that there is no room left for temporary files."""
    return ResourceError(
        f"There is no room left for temporary files in {folder}.",
        "Make room there, give another place with --temp-dir DIR or more memory with "
        "--memory-limit SIZE, or leave columns out of the table.",
        code="R110",
    )

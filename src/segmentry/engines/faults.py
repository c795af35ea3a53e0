"""What the engine refuses, in words of ours: its own may hold a row, and name no way out."""

from __future__ import annotations

import csv
import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from segmentry.errors import ResourceError, SourceError

__all__ = [
    "MixedLineEndsError",
    "RaggedRowsError",
    "broken_csv",
    "broken_json",
    "damaged",
    "no_memory",
    "no_room",
]


class MixedLineEndsError(SourceError):
    """The rows of a text file do not all end alike, which the engine does not read."""


class RaggedRowsError(SourceError):
    """Some rows of a text file have more or fewer fields than its header."""


_LINES_SHOWN = 5


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
    broken = _broken_lines(path, separator, width=width, above=above)
    if broken.open_quote:
        return RaggedRowsError(
            f"{path.name}, line {broken.open_quote}: a quote is opened and never closed.",
            'Close the quote in that line, or double it ("", not \\") where it is text.',
            code="R16",
        )
    if broken.count:
        return _ragged(path, broken, width)
    return SourceError(
        f"{path.name} cannot be read as a table.",
        "Open it in a spreadsheet program and save it again as CSV (UTF-8).",
        code="R13",
    )


def _ragged(path: Path, broken: _Broken, width: int) -> RaggedRowsError:
    """Tell of rows of another length; one at the very end without a line end was cut off."""
    line, fields = broken.first[0]
    if broken.count == 1 and line == broken.last and fields < width and not _ends_in_line(path):
        return RaggedRowsError(
            f"{path.name}, line {line} has {fields} of {width} fields and no line end: the file "
            "looks cut off.",
            "Export it again; or set that line aside with --skip-bad-lines.",
            code="R14",
        )
    where = f"line {line} has {fields} fields where the header has {width}"
    if broken.count > 1:
        others = ", ".join(f"{own:,} ({count})" for own, count in broken.first)
        where = (
            f"{broken.count:,} lines have more or fewer fields than the header's {width}: "
            f"{others}{', …' if broken.count > _LINES_SHOWN else ''}"
        )
    return RaggedRowsError(
        f"{path.name}, {where}.",
        "Correct that line in the file, or set such lines aside with --skip-bad-lines.",
        code="R13",
    )


def _ends_in_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1) in (b"\n", b"\r")


@dataclass
class _Broken:
    """Records of another width: how many, the first of them as line and width, the last line of
    all; and the line of a quote that is never closed, else 0."""

    count: int = 0
    first: list[tuple[int, int]] = field(default_factory=list)
    last: int = 0
    open_quote: int = 0


def _broken_lines(path: Path, separator: str, *, width: int, above: int) -> _Broken:
    """Find the records of another width, by the lines in which they begin.

    (The engine counts records, not lines, so that it is wrong below a cell of several lines.)
    """
    found = _Broken()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        records = csv.reader(
            itertools.islice(stream, above, None), delimiter=separator, strict=True
        )
        line = above + 1
        try:
            for record in records:
                if record:
                    found.last = line
                if record and len(record) != width:
                    found.count += 1
                    if found.count <= _LINES_SHOWN:
                        found.first.append((line, len(record)))
                line = above + records.line_num + 1
        except csv.Error:
            found.open_quote = line
    return found


def broken_json(path: Path) -> SourceError:
    """Tell where a file of JSON lines is broken."""
    with path.open("rb") as stream:
        faults = ((i, _json_fault(line)) for i, line in enumerate(stream, 1))
        broken = next(((i, fault) for i, fault in faults if fault), None)
    where = (
        f", line {broken[0]}, {broken[1]}" if broken else " has objects that do not fit together"
    )
    return SourceError(
        f"{path.name}{where}.",
        "Write one JSON object a line, each key once, for example with jq -c.",
        code="R22",
    )


def _json_fault(line: bytes) -> str:
    """What is wrong with a line, if anything."""
    try:
        value = json.loads(line) if line.strip() else {}
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "holds half of a character (a lone surrogate)"
    except (ValueError, RecursionError):
        return "is not JSON"
    return "" if isinstance(value, dict) else "is not JSON"


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

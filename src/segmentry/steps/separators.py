"""Step 1n: what separates the fields of a text file?

The mark that splits the header into as many fields as the rows. A comma may also be a decimal mark
or a part of an address, and then rows split alike by it, too; but the header does not.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.errors import SourceError
from segmentry.steps.header_rows import header_row_of, names_columns

__all__ = [
    "LOOKED_AT",
    "fits",
    "records_of",
    "separator_name",
    "separator_of",
    "told_separator",
    "usual_width",
]

LOOKED_AT = 200
"""Lines at the start of a file that are looked at."""
_USUAL = ",;\t|^"
_RARE = "\x01~"
_DOUBTFUL = ":"
_SHOWN = {
    "\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", "^": "caret", " ": "space",
    "\x01": "control character 1", ":": "colon", "~": "tilde",
}  # fmt: skip
_HALF = 0.5
_MUCH = 0.1
_NEARLY_ALL = 0.99


@dataclass(frozen=True)
class _Split:
    """How the first lines look when a mark separates their fields.

    ``odd``: rows down to the header that do not have as many fields as the others; ``agreed``: the
    share of rows below it that do; ``inner``: whether the mark stands only where a field may have
    it inside, as in ``12,50`` or ``Berlin, DE``.
    """

    mark: str
    width: int
    odd: int
    agreed: float
    inner: bool

    def beats(self, other: _Split) -> bool:
        """Whether it is better in one respect and not much worse in any other."""
        if self.inner != other.inner and self.odd <= other.odd:
            return other.inner
        better = self.agreed - other.agreed
        if self.odd == other.odd:
            return better > _MUCH
        return self.odd < other.odd and better > -_MUCH


def separator_name(separator: str) -> str:
    """What people call a separator.

    >>> separator_name(";"), separator_name("§")
    ('semicolon', "'§'")
    """
    return _SHOWN.get(separator, repr(separator))


def told_separator(line: str) -> str:
    """The separator that Excel wrote into a line of its own, as in ``sep=;``."""
    told = line.strip('\r\n "').lower()
    known = _USUAL + _RARE + _DOUBTFUL
    return told[4:] if told[:4] == "sep=" and len(told) == 5 and told[4:] in known else ""


def records_of(lines: Sequence[str], separator: str) -> list[tuple[int, list[str]]]:
    """Each record with the line in which it begins, from 1."""
    records = csv.reader(lines, delimiter=separator)
    found, line = [], 1
    for record in records:
        found.append((line, record))
        line = records.line_num + 1
    return found


def separator_of(lines: Sequence[str], name: str) -> str:
    """The mark that splits header and rows alike; where none does, one that splits nothing.

    Raises
    ------
    SourceError
        If two marks make equal sense, or a colon seems to be one.
    """
    every = [own for mark in _USUAL if (own := _split(lines, mark))]
    # Where a quote is left open, what is below it is one record that agrees with nothing.
    splits = [own for own in every if own.agreed >= _HALF] or [own for own in every if not own.odd]
    best = [own for own in splits if all(own is other or own.beats(other) for other in splits)]
    if best or not splits:
        return best[0].mark if best else _rare_mark(lines, name)
    rivals = sorted(splits, key=lambda own: own.inner)
    shown = " or ".join(separator_name(own.mark) for own in splits)
    ways = " or ".join(f"--sep '{_written(own.mark)}' ({own.width} columns)" for own in rivals)
    raise SourceError(
        f"{name} can be read as separated by {shown}.", f"Say which: {ways}.", code="R10"
    )


def fits(lines: Sequence[str], mark: str) -> bool:
    """Whether a mark splits the lines at all, and the header as the rows."""
    split = _split(lines, mark)
    return split is not None and not split.odd


def _written(mark: str) -> str:
    return "tab" if mark == "\t" else mark


def _rare_mark(lines: Sequence[str], name: str) -> str:
    """A mark that separates fields now and then; a colon may as well be a part of each."""
    for mark in _RARE + _DOUBTFUL:
        split = _split(lines, mark)
        if split is None or split.odd or split.agreed < _NEARLY_ALL:
            continue
        if mark in _RARE:
            return mark
        raise SourceError(
            f"{name} may be separated by colons: each row has {split.width} fields then.",
            "Say --sep ':' if it is so, or --sep ',' if it has one column.",
            code="R10",
        )
    return _unused_mark(lines)


def _unused_mark(lines: Sequence[str]) -> str:
    """What separates nothing, for a table of one column: its commas are decimal ones, if any."""
    return next((mark for mark in _USUAL if not any(mark in line for line in lines)), ",")


def _split(lines: Sequence[str], mark: str) -> _Split | None:
    """How lines look with a mark; None where it does not split them, or makes no sense."""
    # The last of many lines may be a part of a record.
    whole = lines if len(lines) < LOOKED_AT else lines[:-1]
    records = records_of(whole, mark)
    width = usual_width([own for _, own in records])
    rows = [own for _, own in records]
    header = header_row_of(rows, width) if width > 1 else None
    if header is None:
        return None
    above = [own for own in rows[: header.place + 1] if any(own)]
    below = [own for own in rows[header.place + 1 :] if own]
    odd = header.titles + (len(above[-1]) != width)
    agreed = sum(len(own) == width for own in below) / len(below) if below else 1.0
    inner = _is_inner(whole[records[header.place][0] - 1 :], mark)
    if inner and odd and not names_columns(rows[header.place], below):
        return None
    return _Split(mark, width, odd, agreed, inner)


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The commonest number of fields, the larger of two."""
    widths = Counter(len(own) for own in rows if own)
    return max(widths, key=lambda own: (widths[own], own), default=0)


def _is_inner(lines: Sequence[str], mark: str) -> bool:
    """Whether every mark outside quotes stands between digits, or before a space."""
    if mark not in ",;":
        return False
    apart = rf"{mark} " + (r"|(?<=\d),(?=\d)" if mark == "," else "")
    bare = (re.sub(r'"[^"]*"', "", line) for line in lines)
    return not any(mark in re.sub(apart, "", line) for line in bare)

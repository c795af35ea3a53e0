"""Step 1m: which row of a text file or a sheet holds the names of the columns?

Titles stand above it, and other programs fill them up with empty cells until they are as wide as
the table. What tells the header is what stands below: words above columns of numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.errors import SourceError
from segmentry.steps.shapes import (
    is_another_customers,
    is_numeric,
    is_plain_number,
    is_word,
)

__all__ = [
    "HeaderRow",
    "header_row_of",
    "names_columns",
    "refuse_no_header",
    "refuse_rival",
    "refuse_second_header",
]

Rows = Sequence[Sequence[str]]

_LOOKED_AT = 50
"""Rows below a header that are asked what its columns hold."""
_FARTHEST = 20
"""Filled rows below the first one that may be the header instead."""
_FEWEST = 3


@dataclass(frozen=True)
class HeaderRow:
    """Where the header is.

    Attributes
    ----------
    place : int
        Among the rows, from 0.
    titles : int
        How many filled rows stand above it.
    rival : int
        The row that may be the header as well, from 0, or -1.
    """

    place: int
    titles: int
    rival: int = -1


def header_row_of(rows: Rows, width: int) -> HeaderRow | None:
    """Find the header among the first rows of a table, of which most have so many cells.

    >>> people = [[str(i), "Ulm", str(7 * i % 5)] for i in range(5)]
    >>> header_row_of([["All"], [], ["id", "town", "visits"], *people], 3)
    HeaderRow(place=2, titles=1, rival=-1)
    >>> header_row_of([["From", "2024-01-01", ""], ["id", "town", "visits"], *people], 3)
    HeaderRow(place=0, titles=0, rival=1)
    """
    filled = [i for i, row in enumerate(rows) if any(map(str.strip, row))]
    own = [i for i in filled if not _is_title(rows[i], width)]
    if not own:
        return None
    first = own[0]
    later = [i for i in filled if i > first][:_FARTHEST]
    better = next((i for i in later if _is_fuller_header(rows, i, first, width)), None)
    if better is None:
        return HeaderRow(first, filled.index(first))
    above = [i for i in filled if first <= i < better]
    if all(_is_padded_title(rows[i], rows[better]) for i in above):
        return HeaderRow(better, filled.index(better))
    return HeaderRow(first, filled.index(first), rival=better)


def _count(row: Sequence[str]) -> int:
    return sum(map(bool, map(str.strip, row)))


def _is_title(row: Sequence[str], width: int) -> bool:
    """Whether a row is a title or a note: few cells where others have many."""
    filled = _count(row)
    return width > 1 and filled < max(2, 0.5 * width) and (len(row) < width or filled == 1)


def _is_padded_title(row: Sequence[str], header: Sequence[str]) -> bool:
    """The same of a row above what is a header without doubt; a comment may have many commas."""
    return 2 * _count(row) <= _count(header) or (row[0].startswith("#") and len(row) < len(header))


def _is_fuller_header(rows: Rows, place: int, first: int, width: int) -> bool:
    own = rows[place]
    return (
        len(own) == width
        and _count(own) > _count(rows[first])
        and names_columns(own, rows[place + 1 :])
    )


def names_columns(row: Sequence[str], below: Rows) -> bool:
    """Whether a row has words in all columns of numbers, of which there must be one."""
    alike = [own for own in below[: 4 * _LOOKED_AT] if len(own) == len(row)][:_LOOKED_AT]
    if len(alike) < _FEWEST:
        return False
    numeric = _numeric_columns(alike)
    return bool(numeric) and all(row[i].strip() and is_word(row[i]) for i in numeric)


def _numeric_columns(alike: Rows) -> list[int]:
    return [i for i in range(len(alike[0])) if is_numeric([own[i] for own in alike])]


# ---------------------------------------------------------------- what is refused


def refuse_rival(
    found: HeaderRow, rows: Rows, numbers: Sequence[int], name: str, *, unit: str = "line"
) -> None:
    """Refuse where two rows may be the header; ``numbers`` are those of the rows in the file."""
    if found.rival < 0:
        return
    first, rival = numbers[found.place], numbers[found.rival]
    filled = _count(rows[found.place])
    raise SourceError(
        f"{name}: the header looks to be in {unit} {rival} ({unit} {first} has {filled} filled "
        f"cell{'s' if filled > 1 else ''} of {len(rows[found.rival])}).",
        f"Say --header-row {rival}; or --header-row {first} if the names stand there.",
        code="R12",
    )


def refuse_second_header(below: Rows, name: str, *, number: int, unit: str = "line") -> None:
    """Refuse a first row of words in columns that hold numbers in every row below it.

    ``number`` is that of the row in the file.
    """
    first, *others = below
    alike = [row for row in others if len(row) == len(first)]
    if len(alike) < 5:
        return
    filled = [i for i in _numeric_columns(alike[:_LOOKED_AT]) if first[i].strip()]
    if len(filled) >= 2 and all(is_word(first[i]) for i in filled):
        raise SourceError(
            f"{name}: {unit} {number}, below the header, holds words where all others hold "
            "numbers: it looks like a second header row.",
            f"Delete that row, or say --header-row {number} if it is the one with the names.",
            code="R12",
        )


def refuse_no_header(header: Sequence[str], below: Rows, name: str, *, number: int) -> None:
    """Refuse a first row that holds what the others do: it would be taken for names.

    Numbers alone may be names where they are years, or counted.
    """
    alike = [row for row in below if len(row) == len(header)]
    if not alike or not (_holds_numbers(header, alike) or _holds_a_customer(header, alike)):
        return
    raise SourceError(
        f"{name}: the first row holds what the others do, such as numbers or addresses: it has no "
        "header.",
        f"Add a row with the names of the columns, or say --header-row {number} if these are "
        "names.",
        code="R12",
    )


def _holds_numbers(header: Sequence[str], alike: Rows) -> bool:
    """Whether plain numbers stand above all columns of numbers."""
    firsts = [own for i in _numeric_columns(alike) if (own := header[i].strip())]
    if not firsts or not all(map(is_plain_number, firsts)):
        return False
    whole = [int(own) for own in firsts if own.isdecimal()]
    if len(whole) < len(firsts):
        return True
    return not (all(1900 <= own <= 2100 for own in whole) or _is_counted(whole, header))


def _is_counted(whole: Sequence[int], header: Sequence[str]) -> bool:
    """Whether names are 0, 1, 2, …: those of some columns, or of all."""
    all_counted = [own.strip() for own in header] == [str(i) for i in range(len(header))]
    return all_counted or (
        len(whole) > 1 and list(whole) == list(range(whole[0], whole[0] + len(whole)))
    )


def _holds_a_customer(header: Sequence[str], alike: Rows) -> bool:
    """Whether a cell can only be a customer's, or two are words that stand below them, too."""
    columns = list(zip(*alike, strict=True))
    if any(is_another_customers(own, cells) for own, cells in zip(header, columns, strict=True)):
        return True
    again = [
        own
        for own, cells in zip(header, columns, strict=True)
        if is_word(own) and own in cells and len(set(cells)) > 1
    ]
    return len(again) > 1 and list(header) not in [list(row) for row in alike]

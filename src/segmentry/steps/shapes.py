"""Step 1l: what the cells of a column have in common, and whether another one is of that kind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from segmentry.sql import MISSING_TOKENS

__all__ = ["is_another_customers", "is_numeric", "is_plain_number", "is_stranger", "is_word"]

_FEWEST = 5
"""Cells that must be alike before another one may be called a stranger, or one of theirs."""
_NEVER_NAMES = (
    re.compile(r"[^@\s]+@[^@\s]+\.\w+"),
    re.compile(r"[+(]*\d[\d ()/.-]*[ ()/-][\d ()/.-]{4,}"),
    re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"),
    re.compile(
        r"(?!(19|20)\d\d\D)[-+(]*((R?[$]|[€£¥₹₽]|[A-Z]{3})\s?\d[\d.,' ]*"
        r"|\d[\d.,' ]*\s?([€$£¥₹₽%円元]|kr|zł|Kč|[A-Z]{3}))\)?"
    ),
)
"""E-mail addresses, phone numbers, dates, and amounts: where all cells are one of these, a first
cell that is one, too, names no column."""


def is_numeric(cells: Sequence[str]) -> bool:
    """Whether these are numbers, or say that there is none.

    >>> is_numeric(["5", "€ 7", "n/a"]), is_numeric(["5", "x"])
    (True, False)
    """
    said = _said(cells)
    return 2 * len(said) > len(cells) and all(map(_begins_as_number, said))


def is_word(cell: str) -> bool:
    """Whether a cell is neither a number, nor one of the words for none."""
    return cell.strip().lower() not in MISSING_TOKENS and not _begins_as_number(cell)


def is_plain_number(cell: str) -> bool:
    """Whether a cell is a number without anything around it.

    >>> is_plain_number("1,234.50"), is_plain_number("0-18")
    (True, False)
    """
    return bool(re.fullmatch(r"[-+]?[\d.,]+%?", cell.strip()))


def is_stranger(cell: str, cells: Sequence[str]) -> bool:
    """Whether a cell is unlike all those above it, which are alike.

    >>> is_stranger("40 customers", ["001", "002", "003", "004", "005"])
    True
    >>> is_stranger("Source", ["Ann", "Bo", "Cy", "Di", "Ed"])
    False
    """
    said = _said(cells)
    outlines = {_outline(own) for own in said}
    if len(said) < _FEWEST or not cell.strip():
        return False
    alike = len(outlines) == 1 and "9" in next(iter(outlines))
    if alike:
        return _outline(cell) not in outlines
    return is_numeric(cells) and not _begins_as_number(cell)


def is_another_customers(cell: str, cells: Sequence[str]) -> bool:
    """Whether a cell above others can only be one of theirs, and no name for them.

    >>> is_another_customers("C0", ["C1", "C2", "C3", "C4", "C5"])
    True
    >>> is_another_customers("2023-12-31", ["5", "7"])
    False
    """
    said, own = _said(cells), cell.strip()
    if not said or not own:
        return False
    if not is_plain_number(own):
        for kind in _NEVER_NAMES:
            if kind.fullmatch(own) and all(map(kind.fullmatch, said)):
                return True
    return len(said) >= _FEWEST and _is_code_of(own, said)


def _is_code_of(cell: str, cells: Sequence[str]) -> bool:
    """Whether all are the same letters around digits."""
    frames = {re.sub(r"\d+", "9", own) for own in (cell, *cells)}
    frame = next(iter(frames))
    return len(frames) == 1 and "9" in frame and bool(re.search(r"[^\W\d_]", frame))


def _said(cells: Sequence[str]) -> list[str]:
    return [own for cell in cells if (own := cell.strip()).lower() not in MISSING_TOKENS]


def _begins_as_number(cell: str) -> bool:
    return cell.strip().lstrip("-+(€$£ ")[:1].isdigit()


def _outline(cell: str) -> str:
    """How a cell is built of letters and digits: ``AB-12`` as ``a-9``."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell.strip()))

"""How much text a box holds: no text on a slide may run over its box.

Slides are laid out by the program that shows them, so widths are estimated, on the safe side: those
of Arial's letters, which every program has or has a substitute of the same width for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["LINE", "Fitted", "fit", "lines_of"]

_WIDTHS: dict[float, str] = {
    0.23: "ijl'|", 0.28: " .,:;!/\\ftI[]", 0.36: "r-()`\"{}*", 0.50: "ckvxyszJ",
    0.56: "abdeghnopquL0123456789_$?#–", 0.61: "FTZ+=<>~", 0.67: "ABEKPSVXY&", 0.73: "CDHNRUw",
    0.78: "GOQ", 0.84: "mM", 0.95: "W%", 1.02: "@",
}  # fmt: skip
"""Of letters, as shares of the font's size."""
_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_LATIN, _LATIN_WIDTH, _WIDEST = 0x250, 0.72, 1.05
_SAFETY, _BOLD, _LEAST_BOLD = 1.04, 1.08, 0.27
LINE = 1.22
"""The height of a line, as a share of the font's size."""


@dataclass(frozen=True)
class Fitted:
    """A text and the size in points at which it fits; ``cut`` tells that its end is missing."""

    text: str
    size: float
    cut: bool


def fit(
    text: str, width: float, height: float, sizes: Sequence[float], *, bold: bool = False
) -> Fitted:
    """Return the text at the first of the sizes at which it fits, or cut at the last.

    ``width`` and ``height`` are in points.

    >>> fit("High Income, Low Spending", 300, 30, (24, 18, 14))
    Fitted(text='High Income, Low Spending', size=18, cut=False)
    >>> fit("word " * 40, 100, 30, (12, 10)).text
    'word word word word word word w…'
    """
    for size in sizes:
        if lines_of(text, width, size, bold=bold) * size * LINE <= height:
            return Fitted(text, size, cut=False)
    size = sizes[-1]
    most = max(1, int(height / (size * LINE)))
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if lines_of(text[:middle].rstrip() + "…", width, size, bold=bold) <= most:
            low = middle
        else:
            high = middle - 1
    return Fitted(text[:low].rstrip() + "…", size, cut=True)


def lines_of(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """How many lines a text takes in a width, both in points; words too long are broken."""
    wider, least = (_BOLD, _LEAST_BOLD) if bold else (1.0, 0.0)
    room = width / (size * _SAFETY * wider)
    return sum(_lines(own, room, least) for own in text.split("\n"))


def _lines(paragraph: str, room: float, least: float) -> int:
    count, used = 1, 0.0
    for word in paragraph.split(" "):
        length = sum(max(_width(letter), least) for letter in word)
        if used and used + _width(" ") + length > room:
            count, used = count + 1, 0.0
        used += length + (_width(" ") if used else 0.0)
        while used > room:
            count, used = count + 1, used - max(room - _WIDEST, _WIDEST)
    return count


def _width(letter: str) -> float:
    return _OF.get(letter, _LATIN_WIDTH if ord(letter) < _LATIN else _WIDEST)

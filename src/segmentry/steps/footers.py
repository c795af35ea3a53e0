"""Step 1k: what stands below the rows of a table: totals, averages, notes.

One rule for text files and sheets: :func:`footers_among`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segmentry.steps.shapes import is_stranger
from segmentry.steps.wrappings import inner_record

__all__ = ["NOTE", "TOTAL", "count_footers", "footers_among", "is_total", "reason_of"]

TOTAL = "a total of the others"
NOTE = "a note below the table"
_TAIL = 2**16
_MOST = 8
_TOTALS = frozenset(
    """
    total totals totale totales totaal sum summe gesamt gesamtsumme somme suma soma suma razem
    summa итого всего 合计 总计 合計 総計 합계 toplam
    subtotal subtotals zwischensumme teilsumme subtotaal 小计 小計 소계
    """.split()
) | {
    "grand total", "total général", "total general", "in total", "total geral", "sub total",
    "sub-total", "sous-total", "totale generale", "gran total",
}  # fmt: skip
_FIGURES = frozenset(
    """
    average avg mean median min max minimum maximum count mittelwert durchschnitt anzahl moyenne
    moyen promedio media média gemiddelde średnia medel gennemsnit среднее 平均 평균
    """.split()
)


_COMPARED = 50
"""Rows above the footers that say what a customer's row looks like."""


def is_total(record: Sequence[str]) -> bool:
    """Whether a row adds up the rows above, by its first word.

    >>> is_total(["Total:", "", "812"]), is_total(["Total: account", "9"]), is_total(["Total Wine"])
    (True, True, False)
    >>> is_total(["Gesamt (40 Kunden)", "812"])
    True
    """
    return _first_word(record) in _TOTALS


def _first_word(record: Sequence[str]) -> str:
    return _word(next((cell for cell in record if cell.strip()), ""))


def _word(cell: str) -> str:
    return re.sub(r"\(.*\)", "", cell).partition(":")[0].strip(" *").casefold()


def reason_of(record: Sequence[str]) -> str:
    """Why a row at the end is left out."""
    words = {_word(cell) for cell in record}
    return TOTAL if words & (_TOTALS | _FIGURES) else NOTE


def footers_among(rows: Sequence[Sequence[str]], *, width: int) -> int:
    """How many of the last rows of a table are no customers; blank lines are empty rows.

    Totals are, and averages and notes next to them; notes alone below a blank line, or where they
    look like no customer.

    >>> people = [[f"{i:03}", "Ulm", "5"] for i in range(9)]
    >>> footers_among([*people, ["Total", "", "45"], [], ["* net of returns"]], width=3)
    2
    >>> footers_among([*people, ["009", "Total", "5"]], width=3)
    0
    """
    tally = _Tally()
    above = [row for row in rows if len(row) == width]
    for place in range(len(rows) - 1, -1, -1):
        row = rows[place]
        if not any(map(str.strip, row)):
            tally.part(is_row=bool(row))
            continue
        while above and above[-1] is row:
            above.pop()
        kind = _kind(row, above[-_COMPARED:], width)
        if not kind or tally.count >= _MOST:
            break
        tally.add(kind)
    return tally.count + tally.empty if tally.is_sure else 0


@dataclass
class _Tally:
    """What was found from the last row upwards."""

    count: int = 0
    sure: int = 0
    notes: int = 0
    totals: int = 0
    parted: bool = False
    empty: int = 0

    def part(self, *, is_row: bool) -> None:
        """Count a blank line, or a row of nothing but separators."""
        self.parted = True
        self.empty += is_row

    def add(self, kind: str) -> None:
        self.count += 1 + self.empty
        self.totals += kind == "total"
        self.sure += kind == "sure note"
        self.notes += kind in ("note", "sure note")
        self.parted, self.empty = False, 0

    @property
    def is_sure(self) -> bool:
        """Whether these rows are no customers without doubt."""
        only_notes = self.notes > 0 and not self.count > self.notes
        return self.totals > 0 or (only_notes and (self.parted or self.sure == self.notes))


def _kind(row: Sequence[str], above: Sequence[Sequence[str]], width: int) -> str:
    """``total``, ``figure`` such as an average, ``note``, ``sure note``; empty for a customer."""
    word = _first_word(row)
    place = next(i for i, cell in enumerate(row) if cell.strip())
    stranger = is_stranger(row[place], [own[place] for own in above if place < len(own)])
    if word in _TOTALS or (word in _FIGURES and stranger):
        return "total"
    if word in _FIGURES:
        return "figure"
    if stranger and any(_word(cell) in _TOTALS for cell in row):
        return "total"
    if width < 2 or place or any(map(str.strip, row[1:])):
        return ""
    if stranger or re.match(r"[*#(]|[^:]+: ", row[0].strip()):
        return "sure note"
    return "note" if len(row) == 1 or width > 3 else ""


def count_footers(path: Path, separator: str, *, width: int, wrapping: str = "") -> int:
    """How many rows at the end of a text file are no customers."""
    rows: list[list[str]] = []
    for line in _last_lines(path):
        if line.count('"') % 2 == 1:  # a piece of a cell of several lines
            rows.append([line] * width)
            continue
        row = next(csv.reader([line], delimiter=wrapping or separator), [])
        rows.append(inner_record(row, separator) if wrapping else row)
    return footers_among(rows, width=width)


def _last_lines(path: Path) -> list[str]:
    """The last lines below the first one, without blank ones at the end."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL))
        text = stream.read().decode("utf-8", errors="replace")
    return re.split(r"\r\n|\r|\n", text.rstrip())[1:]

"""Step 1k: what stands below the rows of a table: totals, averages, notes."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

__all__ = ["NOTE", "TOTAL", "count_footers", "is_total", "reason_of"]

TOTAL = "a total of the others"
NOTE = "a note below the table"
_TAIL = 2**16
_MOST = 8
_TOTALS = frozenset(
    """
    total totals totale totales totaal sum summe gesamt gesamtsumme somme suma soma suma razem
    summa итого всего 合计 总计 合計 総計 합계 toplam
    """.split()
) | {"grand total", "total général", "total general", "in total", "total geral"}
_FIGURES = frozenset(
    """
    average avg mean median min max minimum maximum count mittelwert durchschnitt anzahl moyenne
    moyen promedio media média gemiddelde średnia medel gennemsnit среднее 平均 평균
    """.split()
)


def is_total(record: Sequence[str]) -> bool:
    """Whether a row adds up the rows above, by its first word.

    >>> is_total(["Total:", "", "812"]), is_total(["Total: account", "9"]), is_total(["Total Wine"])
    (True, True, False)
    """
    return _first_word(record) in _TOTALS


def _first_word(record: Sequence[str]) -> str:
    first = next((cell.strip() for cell in record if cell.strip()), "")
    return first.partition(":")[0].strip().casefold()


def _is_note(record: Sequence[str], width: int) -> bool:
    """Whether a row has words in its first cell alone, where rows have several."""
    return width > 1 and (len(record) == 1 or (width > 3 and not any(map(str.strip, record[1:]))))


def reason_of(record: Sequence[str]) -> str:
    """Why a row at the end is left out."""
    return TOTAL if _first_word(record) in _TOTALS | _FIGURES else NOTE


def count_footers(path: Path, separator: str, *, width: int) -> int:
    """How many rows at the end of a text file are no customers.

    Totals are, and averages and notes next to them; notes alone only below a blank line.
    """
    count, totals, notes, parted = 0, 0, 0, False
    for line in reversed(_last_lines(path)):
        record = next(csv.reader([line], delimiter=separator), []) if line.strip() else []
        if not record:
            parted = True
            continue
        word = _first_word(record)
        is_note = word not in _TOTALS | _FIGURES and _is_note(record, width)
        is_piece = line.count('"') % 2 == 1
        if count == _MOST or is_piece or not (is_note or word in _TOTALS | _FIGURES):
            break
        count, totals, notes = count + 1, totals + (word in _TOTALS), notes + is_note
        parted = False
    return count if totals or (parted and notes == count) else 0


def _last_lines(path: Path) -> list[str]:
    """The last lines below the first one, without blank ones at the end."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL))
        text = stream.read().decode("utf-8", errors="replace")
    return re.split(r"\r\n|\r|\n", text.rstrip())[1:]

"""Step 1o: rows that are quoted as a whole, so that each looks like one field.

Some programs put their lines, commas and all, into the first column of a sheet; saved as CSV, each
is one quoted field, and may have separators of empty columns after it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

from segmentry.steps.header_rows import header_row_of, names_columns

__all__ = ["inner_record", "unwrapped", "wrapping_of"]

_SEPARATORS = ",;\t|^"


def wrapping_of(lines: Sequence[str], told: str = "") -> str:
    """What separates a whole row in quotes from empty columns after it; empty if rows are not so.

    The header may stand without quotes.

    >>> wrapping_of(["id,a", '"1,x";', '"2,y";'])
    ';'
    >>> wrapping_of(['"id","a"', '"1","x"'])
    ''
    """
    rows = [line.strip("\r\n") for line in lines if line.strip()]
    tails = {re.sub(r"^.*[^,;\t|^]", "", row, flags=re.DOTALL) for row in rows[1:]}
    if len(tails) != 1:
        return ""
    tail = tails.pop()
    quoted = [row.removesuffix(tail) for row in rows]
    if any(own[:1] != '"' or own[-1:] != '"' or len(own) < 2 for own in quoted[1:]):
        return ""
    for separator in told or _SEPARATORS:
        if any(len(own) > 1 for own in csv.reader(quoted[1:], delimiter=separator)):
            continue
        if _are_tables(list(csv.reader(map(_bare, quoted), delimiter=separator))):
            return tail[:1] or separator
    return ""


def _are_tables(rows: Sequence[list[str]]) -> bool:
    """Whether what is in the quotes is a table: a single column may have commas in its cells."""
    width, agreed = Counter(map(len, rows)).most_common(1)[0]
    header = header_row_of(rows, width)
    if width < 2 or agreed <= 0.9 * len(rows) or header is None:
        return False
    names, below = rows[header.place], rows[header.place + 1 :]
    return len(names) == width and (not header.titles or names_columns(names, below))


def unwrapped(lines: Sequence[str], wrapping: str) -> list[str]:
    """Lines as they were before somebody quoted them."""
    return [_bare(line.strip("\r\n").rstrip(wrapping)) + "\n" for line in lines]


def _bare(row: str) -> str:
    return row[1:-1].replace('""', '"') if len(row) > 1 and row[0] == row[-1] == '"' else row


def inner_record(record: list[str], separator: str) -> list[str]:
    """The fields of a row that is one field, and perhaps empty ones after it."""
    if not record or any(record[1:]):
        return record
    return next(csv.reader(record[:1], delimiter=separator), [])

"""Step 3b: what in a column cannot be used, and where it stands, in words."""

from __future__ import annotations

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.sql import Column
from segmentry.steps.lines import numbered
from segmentry.steps.sources import Source
from segmentry.textual import counted

__all__ = ["place_of", "places_of", "read_odd_values", "read_odd_words", "where_too_large"]


def place_of(source: Source, row: int) -> str:
    """Where a row stands: its line of a text file, else its number among the rows.

    >>> place_of(Source("t", "pandas", None, (), 9, 0, ""), 7)
    'row 7'
    """
    what, (number,) = numbered([row], source.lines)
    return f"{what} {number:,}"


def places_of(source: Source, first: int, second: int) -> str:
    """Where two rows stand: their lines of a text file, else their numbers.

    >>> places_of(Source("t", "pandas", None, (), 9, 0, ""), 7, 9)
    'rows 7 and 9'
    """
    what, (one, other) = numbered([first, second], source.lines)
    return f"{what}s {one:,} and {other:,}"


def read_odd_values(source: Source, engine: Engine, name: str, *, limit: int = 5) -> str:
    """Describe the first cells of a column that are no numbers: where, and the value."""
    own = source.column(name)
    column = Column(name, "number", stored_as_text=True, missing=own.missing)
    if not (own.stored_as_text and engine.numbered and source.is_whole):
        return ""
    found = engine.rows(sql.odd_values(source.raw, column, limit=limit))
    what, numbers = numbered([row["row"] for row in found], source.lines)
    return ", ".join(
        f"{what} {number}: {str(row['value'])[:40]!r}"
        for number, row in zip(numbers, found, strict=True)
    )


def read_odd_words(source: Source, engine: Engine, name: str, *, limit: int) -> list[str]:
    """Different cells of a column of text that are no numbers and say something, up to a limit."""
    query = sql.odd_words(source.raw, source.column(name), limit=limit)
    return sorted(row["word"] for row in engine.rows(query))


def where_too_large(source: Source, engine: Engine, name: str) -> str:
    """Where a column first holds a number too large to compute with, in words; empty if nowhere."""
    is_numbered = engine.numbered and source.is_whole
    query = sql.too_large(source.raw, source.column(name), numbered=is_numbered)
    found = engine.rows(query)[0]
    if is_numbered:
        return place_of(source, found["row"]) if found["row"] is not None else ""
    return counted(found["rows"], "row") if found["rows"] else ""

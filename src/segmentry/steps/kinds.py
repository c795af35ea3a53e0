"""Step 1i: what does each column hold: numbers, dates or text?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import SourceError
from segmentry.sql import Column, ColumnType
from segmentry.steps import headers
from segmentry.steps.lines import Lines, numbered
from segmentry.steps.reading import Reading
from segmentry.steps.unusual import unusual_columns
from segmentry.steps.votes import AT_ONCE, ENOUGH, Cells, columns_by_vote, count_cells
from segmentry.textual import counted, places, some_of, verb

__all__ = ["Kinds", "find_kinds"]

_SURE_DIGITS = 15
_MANY = 0.5
_START = "start"
_STARTING = 20_000
_MANY_ROWS = 100_000


@dataclass(frozen=True)
class Kinds:
    """The columns of a table in their types, and notes for the reader.

    ``empty`` hold nothing; ``nearly`` are text, and numbers but for some cells.
    """

    columns: list[Column]
    notes: list[str]
    empty: frozenset[str]
    nearly: frozenset[str]


def find_kinds(
    source: str,
    engine: Engine,
    table: str,
    *,
    rows: int,
    reading: Reading,
    lines: Lines | None = None,
) -> Kinds:
    """Decide the type and notation of each column of a table that came as it came.

    Returns
    -------
    Kinds
        Columns in the table's order.

    Raises
    ------
    SourceError
        If a column is nested, mixes currencies or decimal marks, or can be read in two ways.
    """
    stored = engine.columns(table)
    sound = _sound_numbers(engine, table, [name for name, kind in stored if kind == "number"])
    told = reading.missing
    as_text = [
        Column(name, "number", True, missing=told) for name, kind in stored if kind == "text"
    ]
    if engine.reads_notations:
        cells = _count_cells(engine, table, as_text, rows=rows)
        styled = columns_by_vote(source, engine, table, cells, reading)
    else:
        cells, styled = _count_plain(engine, table, as_text)
    odd = [name for name, kind in stored if kind == "number" and name not in sound]
    columns = []
    notes = [*_notes_on_decimals(engine, table), *_notes_on_no_numbers(engine, table, odd)]
    for name, kind in stored:
        if kind == "nested":
            raise SourceError(
                f"{source}: column {name!r} holds lists or records, not single values.",
                "Leave it out of the file, or spread it over columns.",
                code="R22",
            )
        if kind != "text":
            kind_read: ColumnType = "number" if kind == "number" else "date"
            columns.append(Column(name, kind_read, False, clean=name in sound, missing=told))
            continue
        own = replace(styled.get(name) or _text_column(name, cells[name]), missing=told)
        clean = own.clean or (own.type == "text" and cells[name].said == rows)
        columns.append(replace(own, clean=clean))
    if engine.reads_notations:
        second = unusual_columns(source, engine, table, columns, reading)
        columns = [second.columns.get(own.name, own) for own in columns]
        notes += second.notes
    read = [own for own in columns if not _is_id(own.name, reading)]
    notes += _all_notes(engine, table, read, cells, lines)
    empty = frozenset(name for name, own in cells.items() if not own.said)
    texts = {own.name for own in columns if own.type == "text" and own.stored_as_text}
    nearly = frozenset(name for name in texts if cells[name].are_nearly_numbers)
    return Kinds(columns, notes, empty, nearly)


def _sound_numbers(engine: Engine, table: str, names: Sequence[str]) -> frozenset[str]:
    """The columns of numbers without NaN, infinity and what is too large to compute with."""
    found: set[str] = set()
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        query = sql.odd_numbers(table, [Column(name, "number", False) for name in some])
        odd = engine.rows(query)[0]
        found |= {name for i, name in enumerate(some) if not odd[f"odd{i}"]}
    return frozenset(found)


def _notes_on_no_numbers(engine: Engine, table: str, names: Sequence[str]) -> list[str]:
    """Infinity and NaN in columns of numbers, which nothing else would tell from gaps."""
    told = []
    for name in names:
        count = engine.rows(sql.no_numbers(table, Column(name, "number", False)))[0]["rows"]
        if count:
            counts = f"{verb(count, 'counts')} as missing"
            told.append(f"{name}: {counted(count, 'value', 'is')} infinite or NaN and {counts}.")
    return told


def _notes_on_decimals(engine: Engine, table: str) -> list[str]:
    """Decimals that need more digits than numbers are computed with."""
    names = engine.decimals(table, digits=_SURE_DIGITS)
    if not names:
        return []
    counts = engine.rows(sql.long_decimals(table, names, digits=_SURE_DIGITS))[0]
    return [
        f"{name}: {counted(counts[f'long{i}'], 'value', 'has')} more than {_SURE_DIGITS} digits; "
        "numbers are computed with 15 to 17, so the last ones were rounded."
        for i, name in enumerate(names)
        if counts[f"long{i}"]
    ]


def _count_cells(
    engine: Engine, table: str, columns: Sequence[Column], *, rows: int
) -> dict[str, Cells]:
    """Count for each column of text what its cells look like.

    In a large table a column that begins as plain numbers, or as codes such as C00123, is asked
    first whether it goes on so, which is much less to look for.
    """
    counts: dict[str, Cells] = {}
    if columns and rows > _MANY_ROWS:
        engine.add_view(_START, sql.first_rows(table, [own.name for own in columns], _STARTING))
        begun = count_cells(engine, _START, columns)
        counts = _plain_so_far(engine, table, begun)
        if not any(own.missing for own in columns):  # a code may be told to mean "missing"
            counts |= _codes_so_far(engine, table, begun)
    rest = [column for column in columns if column.name not in counts]
    return counts | count_cells(engine, table, rest)


def _plain_so_far(engine: Engine, table: str, begun: Mapping[str, Cells]) -> dict[str, Cells]:
    """The columns that begin as plain numbers, with a clear point or none, and go on so."""
    hopeful = [
        name
        for name, own in begun.items()
        if own.said == own.numbers > 0 and (own.points > own.thirds or not own.points)
    ]
    counts = {}
    for start in range(0, len(hopeful), AT_ONCE):
        some = hopeful[start : start + AT_ONCE]
        found = engine.rows(sql.plain_numbers(table, some))[0]
        for i, name in enumerate(some):
            present, numbers, points = (
                found[f"{part}{i}"] for part in ("present", "numbers", "points")
            )
            if present == numbers and (begun[name].points or not points):
                thirds = begun[name].thirds if begun[name].points else 0
                counts[name] = Cells(present, numbers, 0, 0, 0, begun[name].points, thirds)
    return counts


def _codes_so_far(engine: Engine, table: str, begun: Mapping[str, Cells]) -> dict[str, Cells]:
    """The columns that begin as codes of a letter and digits, and go on so."""
    codes = {
        name: own.said
        for name, own in begun.items()
        if own.said and not (own.numbers or own.dates or own.odd or own.days)
    }
    for place in (_START, table):
        found = [(name, engine.rows(sql.code_texts(place, [name]))[0]) for name in codes]
        codes = {name: own["present0"] for name, own in found if own["present0"] == own["codes0"]}
    return {name: Cells(own, 0, 0, 0, 0, 0, 0) for name, own in codes.items()}


def _count_plain(
    engine: Engine, table: str, columns: Sequence[Column]
) -> tuple[dict[str, Cells], dict[str, Column]]:
    """The same where only plain numbers are read; and the columns of text without blank cells."""
    counts, sound = {}, {}
    for start in range(0, len(columns), AT_ONCE):
        some = columns[start : start + AT_ONCE]
        found = engine.rows(sql.stored_texts(table, some))[0]
        for i, name in enumerate(own.name for own in some):
            said, numbers = found[f"said{i}"], found[f"numbers{i}"]
            counts[name] = Cells(said, numbers, 0, 0, 0, 0, 0)
            if not found[f"blank{i}"] and (not said or numbers < ENOUGH * said):
                sound[name] = Column(name, "text", True, clean=True)
    return counts, sound


def _text_column(name: str, cells: Cells) -> Column:
    if cells.said and cells.numbers >= ENOUGH * cells.said:
        return Column(name, "number", True)
    if cells.said and cells.dates == cells.said:
        return Column(name, "date", True)
    return Column(name, "text", True)


# ---------------------------------------------------------------- notes


def _is_id(name: str, reading: Reading) -> bool:
    """Whether a column is called an id, or said to be: what looks like a number is none there."""
    return name == reading.id or headers.is_id(headers.words_of(name))


def _all_notes(
    engine: Engine,
    table: str,
    columns: Sequence[Column],
    cells: Mapping[str, Cells],
    lines: Lines | None,
) -> list[str]:
    """What was read in another way than plainly, and what could not be read."""
    told = []
    with_comma = [own.name for own in columns if own.mark == ","]
    if with_comma:
        was = verb(len(with_comma), "was")
        told.append(f"{some_of(with_comma)} {was} read with a decimal comma.")
    for own in columns:
        if own.name in cells:
            told += _notes(engine, table, own, cells[own.name], lines)
    return told


def _notes(
    engine: Engine, table: str, column: Column, cells: Cells, lines: Lines | None
) -> list[str]:
    if column.type == "number":
        is_told = column.mark or (cells.numbers < cells.said and not column.unit)
        return _odd_values_note(engine, table, column, lines) if is_told else []
    if column.date_order in ("dmy", "mdy") and cells.dates:
        return [
            f"{column.name} writes {cells.dates:,} of its dates year first and the others "
            f"{'day' if column.date_order == 'dmy' else 'month'} first; both were read."
        ]
    numbers = cells.numbers + cells.odd
    if column.type == "text" and _MANY * cells.said <= numbers < ENOUGH * cells.said:
        return [
            f"{column.name} was taken for text: {numbers:,} of its {cells.said:,} values are "
            "numbers, the others are not."
        ]
    return []


def _odd_values_note(engine: Engine, table: str, column: Column, lines: Lines | None) -> list[str]:
    rows = engine.rows(sql.odd_values(table, column, limit=6)) if engine.numbered else []
    count = engine.rows(sql.count_odd_values(table, column))[0]["rows"]
    if not count:
        return []
    what, numbers = numbered([row["row"] for row in rows[:5]], lines)
    where = f" ({places(what, numbers, of=count)})" if rows else ""
    large = engine.rows(sql.too_large(table, column, numbered=False))[0]["rows"]
    what = "no number, or beyond 1e100," if large else "no number"
    what = "beyond 1e100" if large == count else what
    return [
        f"{column.name}: {counted(count, 'value', 'is')} {what} and {verb(count, 'counts')} as "
        f"missing{where}."
    ]

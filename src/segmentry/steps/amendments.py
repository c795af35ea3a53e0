"""Step 1s: changes to an open source: a column read in another way, or fewer of its rows."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.sql import Column, ColumnType
from segmentry.steps.sources import Source, with_table

__all__ = ["keep_as_stored", "narrow", "read_as", "read_as_number"]

_FEWER = "fewer"


def keep_as_stored(source: Source, engine: Engine, name: str) -> Source:
    """Leave a column as it came, byte for byte: an id is never a number, even if it looks so."""
    return _retyped(source, engine, replace(source.column(name), type="stored"))


def read_as_number(source: Source, engine: Engine, name: str) -> Source:
    """Take a column for one of numbers; whatever is none is missing."""
    column = replace(source.column(name), type="number", stored_as_text=True, clean=False)
    return _retyped(source, engine, column)


def read_as(source: Source, engine: Engine, name: str, type: ColumnType) -> Source:
    """Read a column in the type given; whatever cannot be is missing."""
    return _retyped(source, engine, replace(source.column(name), type=type, clean=False))


def _retyped(source: Source, engine: Engine, column: Column) -> Source:
    columns = [column if own.name == column.name else own for own in source.columns]
    return with_table(source, engine, columns)


def narrow(source: Source, engine: Engine, query: exp.Select) -> Source:
    """The source with only the rows that a query of its raw table gives."""
    engine.add_stored(_FEWER, query)
    rows = engine.rows(sql.text_types(_FEWER, []))[0]["rows"]
    return with_table(replace(source, raw=_FEWER, rows=rows, kept=()), engine, source.columns)

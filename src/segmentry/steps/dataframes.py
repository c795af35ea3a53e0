"""Step 1r: a dataframe in memory into the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from segmentry.engines import frames
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.errors import SourceError
from segmentry.steps import formats

__all__ = ["FrameRead", "add_frame"]


@dataclass(frozen=True)
class FrameRead:
    """What a dataframe is called, the library that it is of, and its rows."""

    name: str
    kind: str
    rows: int


def add_frame(table_name: str, frame: Any, engine: DuckDBEngine) -> FrameRead:
    """Let the engine read a pandas, Polars or PyArrow table under a name, its rows numbered.

    Raises
    ------
    SourceError
        If a column mixes kinds of values, or has a kind that cannot be read.
    """
    formats.check_header([str(title) for title in frames.names_of(frame)], "The table")
    kind = frames.kind_of(frame)
    name = f"{kind} table"
    try:
        table = frames.to_arrow(frame)
        engine.add_arrow(table_name, _plain(table), numbered=True)
    except pa.ArrowException as error:
        column = re.search(r"Conversion failed for column (.+) with type", str(error))
        raise _unreadable_column(name, column[1] if column else None) from None
    except UnicodeEncodeError:
        raise SourceError(
            f"{name}: a name or a cell holds half of a character (a lone surrogate).",
            "Replace it, for example with .str.encode('utf-8', 'replace').str.decode('utf-8').",
            code="R18",
        ) from None
    return FrameRead(name, kind, table.num_rows)


def _unreadable_column(name: str, column: str | None) -> SourceError:
    return SourceError(
        f"{name}: {f'column {column!r}' if column else 'a column'} mixes kinds of values, or has a "
        "kind that cannot be read.",
        "Make it one kind, for example with .astype(str), or leave it out.",
        code="R22",
    )


def _plain(table: pa.Table) -> pa.Table:
    """Categories as plain text, and numbers of rare width as doubles."""
    for i, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(column.type.value_type))
        elif pa.types.is_float16(column.type) or pa.types.is_decimal256(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(pa.float64()))
    return table

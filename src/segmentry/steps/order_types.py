"""Step 1a: order lines as what they are for: ids as they came, dates, numbers."""

from __future__ import annotations

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import FeatureError
from segmentry.sql import ColumnType, OrderColumns
from segmentry.steps.amendments import read_as
from segmentry.steps.sources import TABLE, Source

__all__ = ["no_amounts", "with_types"]

_FEW_DATES = 0.5


def with_types(source: Source, engine: Engine, columns: OrderColumns) -> Source:
    """Read each column as what it is for: texts as they came, dates, numbers."""
    for name in (columns.id, columns.order, columns.product):
        if name is not None:
            own = source.column(name)
            wanted: ColumnType = "text" if own.stored_as_text else "stored"
            if own.type != wanted:  # else it is known already whether all cells can be used
                source = read_as(source, engine, name, wanted)
    source = _with_dates(source, engine, columns.date)
    for name in (columns.amount, columns.quantity):
        if name is not None and source.column(name).type != "number":
            if not source.column(name).stored_as_text:
                raise no_amounts(source, name)
            source = read_as(source, engine, name, "number")
    return source


def _with_dates(source: Source, engine: Engine, name: str) -> Source:
    own = source.column(name)
    if own.type == "date":
        return source
    if own.stored_as_text:
        source = read_as(source, engine, name, "date")
        dates = engine.rows(sql.usable_rows(TABLE, [name]))[0]["rows"]
        if dates > _FEW_DATES * source.rows:
            return source
    raise FeatureError(
        f"{source.name}: column {name!r} holds no dates, or writes them in a way that cannot be "
        "read.",
        "Write dates as 2026-01-31, or name another column with --date.",
        code="R36",
    )


def no_amounts(source: Source, name: str) -> FeatureError:
    """What is said where a column of amounts holds none."""
    return FeatureError(
        f"{source.name}: column {name!r} holds no numbers.",
        "Name a column of numbers with --amount; decimals are written with a point.",
        code="R32",
    )

"""Step 3b: one row a customer, where the table has an id.

Identical rows are one, and rows without an id are nobody; both are counted. Rows that contradict
each other about a customer are the caller's to decide on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import InputError, SourceError
from segmentry.steps import headers
from segmentry.steps.amendments import narrow
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.roles import BY_NAME, Roles
from segmentry.steps.sources import Source, count_stored
from segmentry.steps.whereabouts import places_of
from segmentry.textual import counted, verb

__all__ = ["Duplicates", "check_duplicates", "one_row_each", "with_id_as_it_came"]

Duplicates = Literal["refuse", "first", "keep"]

_MOST_MISSING = 0.5
_ORDERS_EACH = 1.5


def check_duplicates(duplicates: str) -> None:
    """Refuse an answer that is none."""
    if duplicates not in get_args(Duplicates):
        raise InputError(
            f"duplicates={duplicates!r} cannot be.",
            "Give --duplicates refuse, first or keep.",
            code="R00",
        )


def with_id_as_it_came(source: Source, columns: Overview, roles: Roles, engine: Engine) -> Overview:
    """The same columns, the id counted as it is written, even where it looks like a number.

    ``007`` is not ``7``, long ids are alike as doubles only, and a word is an id as others are.
    """
    if roles.id is None:
        return columns
    own = columns.column(roles.id)
    if own.type == "text" or own.distinct == own.rows:
        return columns
    as_it_came = source.column(own.name)
    without = engine.rows(sql.rows_without_id(source.raw, as_it_came))[0]["rows"]
    ids = engine.rows(sql.different_ids(source.raw, as_it_came))[0]["ids"]
    tokens: Mapping[str | None, int] = {
        token: count for token, count in own.missing_as.items() if token is not None and without
    }
    own = replace(own, missing=without, distinct=ids, missing_as=tokens)
    found = [own if column.name == own.name else column for column in columns.columns]
    return replace(columns, columns=tuple(found))


def one_row_each(
    source: Source, columns: Overview, roles: Roles, engine: Engine, duplicates: Duplicates
) -> Source:
    """Return the source with one row a customer; the same one where nothing is to be done.

    Parameters
    ----------
    duplicates : {"refuse", "first", "keep"}
        What to do about rows that contradict each other: ``"first"`` keeps the first row of each
        customer, ``"keep"`` takes every row for a customer, whatever its id.

    Raises
    ------
    SourceError
        If rows contradict each other and are to be refused, or most rows have no id.
    """
    column = _id_of(columns, roles)
    if column is None or duplicates == "keep":
        return source
    if not engine.numbered:
        return _one_row_each_unnumbered(source, column, engine)
    name = column.name
    without = _rows_without_id(source, column, engine)
    if _is_unique(column, source, engine) and not without:
        return source
    by: Sequence[str] = source.names
    if duplicates == "first":
        by = [name]
    else:
        _refuse_contradictions(source, columns, name, engine)
    query = sql.kept_rows(source.raw, source.column(name), source.names, by=by)
    kept = narrow(source, engine, query)
    if source.index is not None:
        rows = engine.array(sql.kept_rows(source.raw, source.column(name), [sql.ROW], by=by))
        kept = replace(kept, index=source.index[rows[:, 0].astype(int) - 1])
    repeated = source.rows - without - kept.rows
    notes = []
    if repeated:
        what = "another one exactly" if duplicates == "refuse" else "an earlier id"
        that = f"{counted(repeated, 'row')} that {verb(repeated, 'repeats')} {what}"
        notes.append(f"{name}: {that} {verb(repeated, 'was')} left out.")
    if without:
        notes.append(_without_id_note(name, without))
    return replace(kept, repeated=repeated, without_id=without, warnings=(*source.warnings, *notes))


def _one_row_each_unnumbered(source: Source, column: ColumnSummary, engine: Engine) -> Source:
    """Where rows have no order none of an id's comes first, so that it must stand in one only."""
    name, without = column.name, _rows_without_id(source, column, engine)
    if column.distinct >= column.rows:
        return source
    different = count_stored(engine, name, table=source.raw)
    if different - bool(without) < source.rows - without:
        raise SourceError(
            f"{source.name}: {source.rows - without:,} rows hold only "
            f"{different - bool(without):,} different ids in {name}.",
            "Give a row a customer, for example --query 'SELECT DISTINCT …' or one with GROUP BY; "
            "or take every row for a customer with --duplicates keep.",
            code="R27",
        )
    if not without:
        return source
    kept = narrow(source, engine, sql.rows_with_id(source.raw, source.column(name)))
    note = _without_id_note(name, without)
    return replace(kept, without_id=without, warnings=(*source.warnings, note))


def _without_id_note(name: str, without: int) -> str:
    return f"{name}: {counted(without, 'row')} without an id {verb(without, 'was')} left out."


def _id_of(columns: Overview, roles: Roles) -> ColumnSummary | None:
    """The id column, or the one that is called a customer's id and would be it but for repeats."""
    if roles.id is not None:
        return columns.column(roles.id)
    called = (
        column
        for column in columns.columns
        if roles.of(column.name).reason == BY_NAME
        and column.distinct > 1
        and headers.is_customer_id(headers.words_of(column.name))
    )
    return next(called, None)


def _is_unique(column: ColumnSummary, source: Source, engine: Engine) -> bool:
    """Whether no id repeats; long ids are alike as doubles only."""
    if column.distinct >= column.rows:
        return True
    return count_stored(engine, column.name, table=source.raw) >= column.rows


def _rows_without_id(source: Source, column: ColumnSummary, engine: Engine) -> int:
    if not column.missing:
        return 0
    missing = int(
        engine.rows(sql.rows_without_id(source.raw, source.column(column.name)))[0]["rows"]
    )
    if missing > _MOST_MISSING * source.rows:
        raise SourceError(
            f"{source.name}: {missing:,} of {source.rows:,} rows have no {column.name}.",
            "Fill it in, name another column with --id, or take every row for a customer with "
            "--duplicates keep.",
            code="R28",
        )
    return missing


def _refuse_contradictions(source: Source, columns: Overview, name: str, engine: Engine) -> None:
    found = engine.rows(sql.repeated_ids(source.raw, source.column(name), source.names))[0]
    if not found["ids"]:
        return
    several = counted(found["ids"], "id")
    where = f"first in {places_of(source, found['row'], found['again'])}"
    days = [column.name for column in columns.columns if column.type == "date"]
    if days and columns.rows > _ORDERS_EACH * columns.column(name).distinct:
        raise SourceError(
            f"{source.name} looks like a table of orders: {several} in {name} "
            f"{verb(found['ids'], 'stands')} in several rows ({where}), and {days[0]} is a date.",
            "Build a row a customer first: say --rfm (in Python rfm=True), or make the table with: "
            "segmentry rfm. --duplicates keep (in Python duplicates='keep') takes every row for a "
            "customer.",
            code="R29",
        )
    raise SourceError(
        f"{source.name}: {several} in {name} "
        f"{verb(found['ids'], 'appears')} in several rows that differ ({where}).",
        "Build one row a customer (of orders with: segmentry rfm); or keep the first row of each "
        "with --duplicates first (in Python duplicates='first'), or every row with keep.",
        code="R27",
    )

"""Run an exported query on customers, and compare every row with Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.registry import engine_of
from segmentry.errors import InputError
from segmentry.exports.expected import answer_schema, expected_answer
from segmentry.exports.scoring_sql import scoring_sql
from segmentry.model import SegmentModel
from segmentry.steps import amendments, scoring, sources
from segmentry.steps.reading import Reading
from segmentry.steps.sources import TABLE, Source

__all__ = ["Checked", "check_sql", "count_unlike"]

_NEAR = 1e-9


@dataclass(frozen=True)
class Checked:
    """How the rows of an export compare with Python's.

    Attributes
    ----------
    rows : int
        Customers compared.
    different : int
        Those with another segment, name or flag, or a distance or margin that differs by more than
        a thousand-millionth.
    rewritten : tuple of str
        Columns of numbers in another notation than plain ones, which the query was given as plain
        ones.
    """

    rows: int
    different: int
    rewritten: tuple[str, ...] = ()

    def __str__(self) -> str:
        rows = f"{self.rows:,} customers: " + (
            "every one has the segment and the distance that Python gives it."
            if not self.different
            else f"{self.different:,} have another answer than in Python."
        )
        if not self.rewritten:
            return f"Checked on {rows}"
        are = "are" if len(self.rewritten) > 1 else "is"
        told = f"{', '.join(self.rewritten)} {are} not written as plain numbers"
        return f"Checked on {rows} ({told}: load them as numbers, as was done here.)"


def check_sql(
    model: SegmentModel,
    dialect: str,
    source: Any,
    *,
    id: str | None = None,
    flags: bool = False,
    table: str | None = None,
    query: str | None = None,
) -> Checked:
    """Execute the export of a model on customers, and compare every row.

    Parameters
    ----------
    model : SegmentModel
        The model.
    dialect : str
        ``duckdb`` or ``sqlite``, the engines that are at hand in every Python; of customers in a
        database that of the database.
    source : str, PathLike or dataframe
        The customers; or the URL of a database (``postgresql://user@host/db``) or of Spark.
    id : str, optional
        The column that names them. Default: the one of the model.
    flags : bool
        Whether the export has flags.
    table, query : str, optional
        Which rows of a database they are; a query goes before the table.

    Raises
    ------
    InputError
        If the dialect's engine is not at hand.
    """
    database = engine_of(source)
    if database is not None:
        place = (table, query)
        return _checked_there(
            model, dialect, source, database.name, id=id, flags=flags, place=place
        )
    if dialect not in _RUNS:
        raise InputError(
            f"There is no {dialect} at hand to run the query.",
            f"Check it on {' or '.join(_RUNS)}, or compare some rows by yourself.",
            code="R69",
        )
    return _checked_here(model, dialect, source, id=id, flags=flags)


def _checked_there(
    model: SegmentModel,
    dialect: str,
    url: str,
    engine: str,
    *,
    id: str | None,
    flags: bool,
    place: tuple[str | None, str | None],
) -> Checked:
    """Compare with what the database of the customers answers."""
    from segmentry.exports.database_check import unlike_rows

    if dialect != engine:
        raise InputError(
            f"The query is written for {dialect}, and the customers are in {engine}.",
            f"Write it for their engine: --dialect {engine}.",
            code="R69",
        )
    id_column = id or model.id_column
    assert id_column is not None  # noqa: S101  the export was refused without one
    table, query = place
    rows, unlike = unlike_rows(
        model, dialect, url, id_column=id_column, flags=flags, table=None if query else table,
        query=query,
    )  # fmt: skip
    return Checked(rows, unlike)


def _checked_here(
    model: SegmentModel, dialect: str, source: Any, *, id: str | None, flags: bool
) -> Checked:
    """Compare with what an engine answers that is at hand, on the columns as they came."""
    id_column = id or model.id_column or sql.ROW
    text = scoring_sql(model, dialect, table=TABLE, id=id_column, flags=flags)
    with DuckDBEngine() as engine:
        opened = sources.open_source(source, engine, Reading(id=id or model.id_column))
        opened = scoring.with_features(model, opened, engine)
        values = engine.array(sql.prepared_values(TABLE, model.plan))
        rewritten = _as_they_came(model, opened, engine)
        names = list(dict.fromkeys([id_column, *model.plan.columns]))
        rows = engine.arrow(sql.columns(TABLE, names))
    ids = [None if own is None else str(own) for own in rows.column(id_column).to_pylist()]
    rows = rows.set_column(rows.schema.get_field_index(id_column), id_column, pa.array(ids))
    ours = expected_answer(model, ids, values, flags=flags)
    theirs = _answered(_RUNS[dialect](text, rows), flags=flags)
    with DuckDBEngine() as engine:
        engine.add_arrow("ours", ours)
        engine.add_arrow("theirs", theirs)
        return Checked(*count_unlike(engine, flags=flags), tuple(rewritten))


def _as_they_came(model: SegmentModel, source: Source, engine: DuckDBEngine) -> list[str]:
    """Let the table have the model's columns as they came; return those that it cannot have so.

    Numbers in another notation than plain ones have to be loaded as numbers wherever they go.
    """
    rewritten = []
    for name in dict.fromkeys(model.plan.columns):
        own = source.column(name)
        if own.mark or own.unit:
            rewritten.append(name)
        else:
            source = amendments.keep_as_stored(source, engine, name)
    return rewritten


def _answered(rows: Sequence[Sequence[Any]], *, flags: bool) -> pa.Table:
    """The rows of an answer, whose id is text already."""
    schema = answer_schema(flags=flags)
    columns = [[row[i] for row in rows] for i in range(len(schema))]
    cells = [
        [None if cell is None else bool(cell) for cell in column]
        if pa.types.is_boolean(field.type)
        else column
        for column, field in zip(columns, schema, strict=True)
    ]
    arrays = [pa.array(own, field.type) for own, field in zip(cells, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def count_unlike(engine: DuckDBEngine, *, flags: bool) -> tuple[int, int]:
    """How many customers the tables ``ours`` and ``theirs`` hold, and how many are unlike."""
    for side in ("ours", "theirs"):
        query = sql.comparable(side, "id", flags=flags)
        engine.add_view(f"{side} comparable", query)
    query = sql.unlike_pairs("ours comparable", "theirs comparable", near=_NEAR, flags=flags)
    (row,) = engine.rows(query)
    return int(row["rows"]), int(row["unlike"])


# ---------------------------------------------------------------- engines at hand


def _in_duckdb(query: str, table: pa.Table) -> list[tuple[Any, ...]]:
    import duckdb

    with closing(duckdb.connect()) as connection:
        connection.register(TABLE, table)
        return connection.execute(query).fetchall()


def _in_sqlite(query: str, table: pa.Table) -> list[tuple[Any, ...]]:
    """On texts in columns of text, as a CSV file is imported, and numbers in columns of any."""
    import sqlite3

    table = _storable(table)
    with closing(sqlite3.connect(":memory:")) as connection:
        columns = ", ".join(
            '"' + field.name.replace('"', '""') + '"' + " TEXT" * pa.types.is_string(field.type)
            for field in table.schema
        )
        connection.execute(f"CREATE TABLE {TABLE} ({columns})")
        marks = ", ".join("?" * table.num_columns)
        rows = zip(*table.to_pydict().values(), strict=True)
        connection.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", rows)  # noqa: S608
        return connection.execute(query).fetchall()


def _storable(table: pa.Table) -> pa.Table:
    """Decimals and large whole numbers as doubles, which SQLite has none of."""
    for i, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) or pa.types.is_uint64(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.float64()))
    return table


_RUNS: Mapping[str, Callable[[str, pa.Table], list[tuple[Any, ...]]]] = {
    "duckdb": _in_duckdb, "sqlite": _in_sqlite,
}  # fmt: skip

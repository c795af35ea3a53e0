"""Run an exported query on customers, and compare every row with Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.registry import engine_of
from segmentry.errors import InputError
from segmentry.exports.scoring_sql import scoring_sql
from segmentry.model import SegmentModel
from segmentry.steps import scoring, sources
from segmentry.steps.reading import Reading
from segmentry.steps.sources import TABLE

__all__ = ["Checked", "check_sql"]

_NEAR = 1e-9


@dataclass(frozen=True)
class Checked:
    """How the rows of an export compare with Python's.

    Attributes
    ----------
    rows : int
        Customers compared.
    different : int
        Those with another segment, or a distance that differs by more than a thousand-millionth.
    """

    rows: int
    different: int

    def __str__(self) -> str:
        rows = f"{self.rows:,} customers: " + (
            "every one has the segment and the distance that Python gives it."
            if not self.different
            else f"{self.different:,} have another segment or distance than in Python."
        )
        return f"Checked on {rows}"


def check_sql(
    model: SegmentModel,
    dialect: str,
    source: Any,
    *,
    id: str | None = None,
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
    table, query : str, optional
        Which rows of a database they are; a query goes before the table.

    Raises
    ------
    InputError
        If the dialect's engine is not at hand.
    """
    database = engine_of(source)
    if database is not None:
        return _checked_there(model, dialect, source, database.name, id=id, place=(table, query))
    if dialect not in _RUNS:
        raise InputError(
            f"There is no {dialect} at hand to run the query.",
            f"Check it on {' or '.join(_RUNS)}, or compare some rows by yourself.",
            code="R69",
        )
    id_column = id or model.id_column or sql.ROW
    text = scoring_sql(model, dialect, table=TABLE, id=id_column)
    with DuckDBEngine() as engine:
        opened = sources.open_source(source, engine, Reading(id=id or model.id_column))
        scoring.with_features(model, opened, engine)
        names = list(dict.fromkeys([id_column, *model.plan.columns]))
        rows = engine.arrow(sql.columns(TABLE, names))
        ours = scoring.score(model, engine.array(sql.prepared_values(TABLE, model.plan)))
    return _compared(ours, rows.column(id_column).to_pylist(), _RUNS[dialect](text, rows))


def _checked_there(
    model: SegmentModel,
    dialect: str,
    url: str,
    engine: str,
    *,
    id: str | None,
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
        model, dialect, url, id_column=id_column, table=None if query else table, query=query,
        near=_NEAR,
    )  # fmt: skip
    return Checked(rows, unlike)


def _in_duckdb(query: str, table: pa.Table) -> list[tuple[Any, ...]]:
    import duckdb

    with closing(duckdb.connect()) as connection:
        connection.register(TABLE, table)
        return connection.execute(query).fetchall()


def _in_sqlite(query: str, table: pa.Table) -> list[tuple[Any, ...]]:
    import sqlite3

    with closing(sqlite3.connect(":memory:")) as connection:
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in table.column_names)
        connection.execute(f"CREATE TABLE {TABLE} ({names})")
        marks = ", ".join("?" * table.num_columns)
        rows = zip(*table.to_pydict().values(), strict=True)
        connection.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", rows)  # noqa: S608
        return connection.execute(query).fetchall()


_RUNS: Mapping[str, Callable[[str, pa.Table], list[tuple[Any, ...]]]] = {
    "duckdb": _in_duckdb, "sqlite": _in_sqlite,
}  # fmt: skip


def _compared(ours: scoring.Scores, ids: list[Any], theirs: list[tuple[Any, ...]]) -> Checked:
    """Both sides sorted by id, segment and distance: ids need not be unique."""
    mine = sorted(map(_comparable, ids, ours.segments.tolist(), _known(ours.distances)))
    other = sorted(_comparable(row[0], row[1], row[3]) for row in theirs)
    pairs = zip(mine, other, strict=False)
    unlike = sum(not _alike(one, two) for one, two in pairs) + abs(len(mine) - len(other))
    return Checked(len(mine), unlike)


def _known(distances: npt.NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(own) else own for own in distances.tolist()]


_Row = tuple[str, int, float]


def _comparable(id: Any, segment: int | None, distance: float | None) -> _Row:
    return str(id), segment or 0, -1.0 if distance is None else distance


def _alike(one: _Row, two: _Row) -> bool:
    return one[:2] == two[:2] and math.isclose(one[2], two[2], rel_tol=_NEAR, abs_tol=_NEAR)

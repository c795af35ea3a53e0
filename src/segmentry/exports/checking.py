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


def check_sql(model: SegmentModel, dialect: str, source: Any, *, id: str | None = None) -> Checked:
    """Execute the export of a model on a file or dataframe, and compare every row.

    Parameters
    ----------
    model : SegmentModel
        The model.
    dialect : str
        ``duckdb`` or ``sqlite``: the engines that are at hand in every Python.
    source : str, PathLike or dataframe
        The customers.
    id : str, optional
        The column that names them. Default: the one of the model.

    Raises
    ------
    InputError
        If the dialect's engine is not at hand.
    """
    if dialect not in _RUNS:
        raise InputError(
            f"There is no {dialect} at hand to run the query.",
            f"Check it on {' or '.join(_RUNS)}, or compare some rows by yourself.",
            code="R69",
        )
    id_column = id or model.id_column or sql.ROW
    query = scoring_sql(model, dialect, table=TABLE, id=id_column)
    with DuckDBEngine() as engine:
        opened = sources.open_source(source, engine, Reading(id=id or model.id_column))
        scoring.with_features(model, opened, engine)
        names = list(dict.fromkeys([id_column, *model.plan.columns]))
        table = engine.arrow(sql.columns(TABLE, names))
        ours = scoring.score(model, engine.array(sql.prepared_values(TABLE, model.plan)))
    return _compared(ours, table.column(id_column).to_pylist(), _RUNS[dialect](query, table))


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

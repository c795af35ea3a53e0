"""Run an exported query in the database that has the customers, and compare every row with Python.

Rows go through files, batch by batch, and are compared by the embedded engine: however many there
are, only a batch of them is ever in memory.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet

from segmentry import sql
from segmentry.engines.arrow_files import as_array
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.resources import Resources
from segmentry.engines.scratch import Scratch
from segmentry.exports.checking import count_unlike
from segmentry.exports.expected import answer_schema, expected_answer
from segmentry.exports.scoring_sql import scoring_sql
from segmentry.model import SegmentModel
from segmentry.opening import opened
from segmentry.steps import scoring
from segmentry.steps.amendments import keep_as_stored
from segmentry.steps.features import prepared_values
from segmentry.steps.reading import Reading
from segmentry.steps.sources import TABLE

__all__ = ["unlike_rows"]

_SCORED, _CHOSEN = "scored", "chosen"
_BATCH_ROWS = 50_000


def unlike_rows(
    model: SegmentModel,
    dialect: str,
    url: str,
    *,
    id_column: str,
    table: str | None,
    query: str | None,
    flags: bool,
) -> tuple[int, int]:
    """Score the customers of a database there and in Python.

    Parameters
    ----------
    model : SegmentModel
        The model.
    dialect : str
        Of the database.
    url : str
        Where it is.
    id_column : str
        What names the customers.
    table, query : str, optional
        Which rows they are, one of the two.
    flags : bool
        Whether the export has flags.

    Returns
    -------
    tuple of int
        Customers, and those with another answer.
    """
    limits = Resources()
    text = scoring_sql(model, dialect, table=table or _CHOSEN, id=id_column, flags=flags)
    with closing(Scratch(limits.folder)) as scratch:
        given, ours, theirs = (scratch.path / own for own in ("given", "ours", "theirs"))
        place = Reading(table=table, query=query, id=id_column)
        with opened(url, place, limits=limits) as (source, engine):
            source = scoring.with_features(model, source, engine)
            keep_as_stored(source, engine, id_column)
            wanted = sql.with_id_as_text(TABLE, id_column, model.plan.columns)
            engine.write(wanted, given, parquet=True)
            chosen = {_CHOSEN: query} if query else {}
            engine.add_view(_SCORED, sql.as_it_is(text, dialect, chosen))
            title = sql.id_title(id_column, flags=flags)
            engine.write(sql.comparable(_SCORED, title, flags=flags), theirs, parquet=True)
        _score(model, given, ours, flags=flags)
        with DuckDBEngine(limits) as engine:
            engine.add_parquet("ours", ours)
            engine.add_parquet("theirs", theirs)
            return count_unlike(engine, flags=flags)


def _score(model: SegmentModel, given: Path, answer: Path, *, flags: bool) -> None:
    """Score the rows of a file in Python, batch by batch, into another one."""
    schema = answer_schema(flags=flags)
    with parquet.ParquetFile(given) as rows, parquet.ParquetWriter(answer, schema) as writer:
        for batch in rows.iter_batches(_BATCH_ROWS):
            table = pa.Table.from_batches([batch])
            ids = table.column(0).cast(pa.string())
            writer.write_table(expected_answer(model, ids, _values(model, table), flags=flags))


def _values(model: SegmentModel, rows: pa.Table) -> npt.NDArray[np.float64]:
    """The values along the model's coordinates of customers as the database has them."""
    numeric = {*model.plan.numbers, *(own.name for own in model.plan.categories if own.numeric)}
    columns = {
        name: as_array(rows.select([name]))[:, 0]
        if name in numeric
        else np.array(rows[name].to_pylist(), dtype=object)
        for name in model.plan.columns
    }
    return prepared_values(model.plan, columns)

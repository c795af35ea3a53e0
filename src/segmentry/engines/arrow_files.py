"""Answers that arrive as Arrow: as an array of numbers, or batch by batch into a file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.textual import FORMULA, PLAIN_NUMBER, guarded

__all__ = ["as_array", "write_batches"]


def as_array(table: pa.Table) -> npt.NDArray[np.float64]:
    """Return a table of numbers as an array, a row a row; NULL is NaN.

    >>> as_array(pa.table({"x": [1, None], "y": [0.5, 2.0]}))
    array([[1. , 0.5],
           [nan, 2. ]])
    """
    columns = [_numbers(column) for column in table.columns]
    return np.column_stack(columns) if columns else np.empty((table.num_rows, 0))


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """One column; by its buffers, since Arrow's own way to NumPy would import pandas."""
    filled = pc.fill_null(column.cast(pa.float64(), safe=False), float("nan"))
    parts = [
        np.frombuffer(own.buffers()[1], np.float64)[own.offset : own.offset + len(own)]
        for own in filled.chunks
        if len(own)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def write_batches(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    path: str | os.PathLike[str],
    *,
    parquet: bool,
    harmless: bool = False,
) -> None:
    """Write batches to a file, CSV or Parquet, one at a time; ``harmless`` guards texts of CSV."""
    guard = harmless and not parquet
    schema = pa.schema(
        [pa.field(guarded(own.name) if guard else own.name, own.type) for own in schema]
    )
    with Path(path).open("wb") as stream:
        if parquet:
            from pyarrow.parquet import ParquetWriter

            writer = ParquetWriter(stream, schema, compression="zstd")
        else:
            from pyarrow.csv import CSVWriter

            writer = CSVWriter(stream, schema)
        with writer:
            for batch in batches:
                columns = [_guarded(own) if guard else own for own in batch.columns]
                writer.write_batch(pa.record_batch(columns, names=schema.names).cast(schema))


def _guarded(column: pa.Array) -> pa.Array:
    """The column with an apostrophe before each text that may be a formula."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    begins = pc.match_substring_regex(column, FORMULA)
    number = pc.match_substring_regex(column, f"^(?:{PLAIN_NUMBER})$")
    runs = pc.and_(begins, pc.invert(number))
    return pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)

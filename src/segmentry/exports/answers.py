"""The customers' file of a run, read back batch by batch: ids as texts, the rest as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from segmentry.errors import SourceError
from segmentry.textual import unguarded

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "Customers", "batches_of"]

Customers = Path | Iterable["pa.RecordBatch"]
"""A ``customers.csv`` or ``.parquet``, or record batches as the engine gives them."""
COLUMNS = {
    "segment": "int64", "segment_name": "string", "distance": "double", "margin": "double",
    "second_segment": "int64", "in_between": "bool", "outlier": "bool",
}  # fmt: skip
"""What may follow the id, and the Arrow type of each."""
_NEEDED = ("segment", "segment_name", "distance", "margin")


def batches_of(customers: Customers) -> Iterator[pa.RecordBatch]:
    """Yield the customers in batches, the id first and then some of :data:`COLUMNS`.

    Raises
    ------
    SourceError
        If the file is damaged, or not one of customers. No cell is told.
    """
    import pyarrow as pa

    if not isinstance(customers, Path):
        yield from customers
        return
    try:
        for batch in _parquet(customers) if customers.suffix == ".parquet" else _csv(customers):
            if tuple(batch.schema.names[1:5]) != _NEEDED:
                raise _damaged(customers)
            yield batch
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _damaged(customers) from error


def _damaged(path: Path) -> SourceError:
    return SourceError(
        f"{path} is not the customers' file of a run, or is damaged.",
        "Make the run again, with --force into the same folder.",
        code="M53",
    )


def _parquet(path: Path) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=16_384)


def _csv(path: Path) -> Iterator[pa.RecordBatch]:
    """Ids are never read as numbers, so that leading zeros and long ones stay."""
    import csv

    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    with path.open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream), [])
    types = {name: pa.type_for_alias(COLUMNS.get(name, "string")) for name in header}
    types |= {name: pa.string() for name in header[:1]}
    options = arrow_csv.ConvertOptions(
        column_types=types, null_values=[""], strings_can_be_null=False
    )
    with arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(block_size=4 << 20, use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    ) as reader:
        for batch in reader:
            names = [unguarded(header[0]), *header[1:]]
            yield pa.record_batch([_unguarded(own) for own in batch.columns], names=names)


def _unguarded(column: pa.Array) -> pa.Array:
    """The texts as they were before a CSV file had to be safe to open."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type) or not pc.any(pc.starts_with(column, "'")).as_py():
        return column
    return pa.array([own and unguarded(own) for own in column.to_pylist()], pa.string())

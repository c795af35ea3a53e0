"""Dataframes in and out, whatever library they are of: Arrow is the common form."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

__all__ = ["from_arrow", "is_frame", "kind_of", "names_of", "to_arrow", "whole_numbers"]


def is_frame(thing: object) -> bool:
    """Whether this is a dataframe that can be read (pandas, Polars, PyArrow, …)."""
    import narwhals as nw

    return isinstance(thing, pa.Table) or nw.dependencies.is_into_dataframe(thing)


def kind_of(frame: Any) -> str:
    """The library a dataframe is of, in lower case, for example ``"pandas"``."""
    import narwhals as nw

    return str(nw.from_native(frame, eager_only=True).implementation.value)


def names_of(frame: Any) -> list[Any]:
    """The names of a dataframe's columns as they are, twins among them."""
    return list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)


def to_arrow(frame: Any) -> pa.Table:
    """Turn a dataframe into an Arrow table; a pandas index is no column."""
    import narwhals as nw

    table = nw.from_native(frame, eager_only=True).to_arrow()
    return table.select([str(name) for name in names_of(frame)])


def from_arrow(table: pa.Table, kind: str, *, index: Any = None) -> Any:
    """Turn an Arrow table into a dataframe of the library named.

    Segment numbers that may be missing become pandas' nullable integers, not floats; a pandas
    table gets ``index``, so that it fits the table that it is about.
    """
    if kind == "pyarrow":
        return table
    if kind == "pandas":
        return _to_pandas(table, index)
    import narwhals as nw

    backend: Any = kind
    return nw.from_arrow(table, backend=backend).to_native()


def _to_pandas(table: pa.Table, index: Any) -> Any:
    import pandas as pd

    frame = table.to_pandas()
    for name in ("segment", "second_segment"):
        if name in frame and frame[name].dtype.kind == "f":
            frame[name] = frame[name].astype(pd.Int64Dtype())
    for name in ("in_between", "outlier"):
        if name in frame and frame[name].dtype.kind == "O":
            frame[name] = frame[name].astype(pd.BooleanDtype())
    if index is not None:
        frame.index = index
    return frame


def whole_numbers(table: pa.Table, name: str) -> pa.Table:
    """Turn a column of text into integers if that loses nothing: every value is one as written.

    ``"7"`` may become 7, but one ``"007"`` keeps the whole column as text.
    """
    column = table.column(name)
    if not pa.types.is_string(column.type) or column.null_count:
        return table
    try:
        numbers = column.cast(pa.int64())
    except pa.ArrowInvalid:
        return table
    if not numbers.cast(pa.string()).equals(column):
        return table
    return table.set_column(table.column_names.index(name), name, numbers)

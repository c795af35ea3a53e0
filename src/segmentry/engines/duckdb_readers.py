"""How DuckDB opens files: its readers with all that they are told, so that none of them guesses."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import duckdb

from segmentry.engines.duckdb_session import Session
from segmentry.sql.files import FILE

__all__ = ["json_objects", "json_values", "parquet_rows", "text_lines"]

_USUAL_LINE = 2_000_000
_LONGEST_LINE = 2**24
"""Bytes of a line of text: usually, and where a file is known to have long ones."""


def text_lines(
    session: Session,
    path: str | os.PathLike[str],
    separator: str,
    header: Sequence[str],
    above: int,
    *,
    long_lines: bool,
    numbers: frozenset[str],
) -> duckdb.DuckDBPyRelation:
    """A UTF-8 text file below its header: texts ``c0``, ``c1``… but for columns of ``numbers``."""
    kinds = ("DOUBLE" if title in numbers else "VARCHAR" for title in header)
    longest = _LONGEST_LINE if long_lines else _USUAL_LINE
    return session.connection.read_csv(
        str(path),
        sep=separator,
        header=True,
        skiprows=above,
        auto_detect=False,
        quotechar='"',
        escapechar='"',
        columns={f"c{i}": kind for i, kind in enumerate(kinds)},
        strict_mode=True,
        max_line_size=longest,
        buffer_size=min(32_000_000, max(2 * longest, session.memory // 16)),
    )


def parquet_rows(
    session: Session, paths: Sequence[str | os.PathLike[str]]
) -> duckdb.DuckDBPyRelation:
    """Parquet files as one table, with the numbers of each row's file and of the row in it."""
    relation = session.connection.read_parquet(
        [str(path) for path in paths],
        file_row_number=True,
        union_by_name=len(paths) > 1,
        hive_partitioning=len(paths) > 1,
    )
    return relation.project(f"*, {FILE}")


def json_objects(session: Session, path: str | os.PathLike[str]) -> duckdb.DuckDBPyRelation:
    """A file of JSON lines with a column for each key that any of its objects has."""
    return session.run(
        lambda: session.connection.read_json(
            str(path),
            format="newline_delimited",
            sample_size=-1,
            records="true",
            map_inference_threshold=-1,
        )
    )


def json_values(
    session: Session, path: str | os.PathLike[str], keys: Iterable[str]
) -> duckdb.DuckDBPyRelation:
    """Some keys of the objects in a file of JSON lines, their values as they are written."""
    return session.run(
        lambda: session.connection.read_json(
            str(path), format="newline_delimited", columns=dict.fromkeys(keys, "VARCHAR")
        )
    )

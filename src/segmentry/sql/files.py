"""Rows of files that DuckDB reads: what their columns are called, and the number of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from segmentry.sql.expressions import ROW

__all__ = [
    "FILE",
    "counted",
    "numbered",
    "ordered_part",
    "renamed",
    "size_of",
    "titled",
]

FILE = "file_index"
"""What DuckDB calls the number of a Parquet file, from 0."""
_FILE_ROW = "file_row_number"
"""What it calls the number of a row in a Parquet file, from 0."""


def titled(table: str, titles: Mapping[str, str]) -> exp.Select:
    """Some columns of a table, each under its title."""
    columns = (
        exp.alias_(exp.column(own, quoted=True), title, quoted=True)
        for own, title in titles.items()
    )
    return exp.select(*columns).from_(table)


def counted(rows: exp.Select) -> exp.Select:
    """The rows with their number, from 1, in the order in which they are read."""
    number = exp.alias_(exp.Window(this=exp.RowNumber()), ROW, quoted=True)
    return rows.select(number, append=True)


def renamed(table: str, names: Sequence[str]) -> exp.Select:
    """All columns of a table under these names, by place."""
    texts = [exp.column(own, quoted=True) for own in names]
    return exp.select(*texts).from_(_by_place(table, names))


def numbered(table: str, rows_before: Sequence[int], names: Sequence[str] = ()) -> exp.Select:
    """The rows of Parquet files with their number, from 1, through all files.

    ``rows_before`` are for each file the rows of all before it; ``names`` are the columns' names
    by place, where they are not to be the files' own.
    """
    query = exp.select(
        exp.alias_(_row_number(rows_before), ROW, quoted=True),
        exp.Star(**{"except_": [exp.to_identifier(own) for own in (_FILE_ROW, FILE)]}),
    )
    return query.from_(_by_place(table, [*names, _FILE_ROW, FILE] if names else []))


def _by_place(table: str, names: Sequence[str]) -> exp.Table:
    """A table whose columns have these names, by place; without any, those of its own."""
    columns = [exp.to_identifier(own, quoted=True) for own in names]
    alias = exp.TableAlias(this=exp.to_identifier("renamed"), columns=columns)
    return exp.Table(this=exp.to_identifier(table), alias=alias if names else None)


def _row_number(rows_before: Sequence[int]) -> exp.Expr:
    """The number of a row, from 1, among the rows of all files."""
    number = exp.Add(this=exp.column(_FILE_ROW), expression=exp.Literal.number(1))
    if len(rows_before) == 1:
        return number
    before = exp.Array(expressions=[exp.Literal.number(own) for own in rows_before])
    place = exp.Add(this=exp.cast(exp.column(FILE), "bigint"), expression=exp.Literal.number(1))
    return exp.Add(this=number, expression=exp.func("list_extract", before, place))


def size_of(query: exp.Select) -> exp.Select:
    """How many ``rows`` a query without groups gives."""
    return _with_columns(query, [exp.alias_(exp.Count(this=exp.Star()), "rows")])


def ordered_part(query: exp.Select, columns: Sequence[exp.Expr]) -> exp.Select:
    """Some of the columns of a query of numbered rows, in the order of the rows."""
    return _with_columns(query, columns).order_by(exp.column(ROW, quoted=True), copy=False)


def _with_columns(query: exp.Select, columns: Sequence[exp.Expr]) -> exp.Select:
    """The same query with other columns; it shares its parts and is to be read only."""
    rest = {name: own for name, own in query.args.items() if name != "expressions" and own}
    return exp.Select(expressions=list(columns), **rest)

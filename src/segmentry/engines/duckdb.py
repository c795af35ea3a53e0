"""The embedded engine: DuckDB in this process."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from segmentry.errors import SourceError
from segmentry.sql import ROW

__all__ = ["DuckDBEngine"]

_NUMBERS = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|REAL)$")
_DATES = re.compile(r"^(DATE|TIMESTAMP.*)$")
_NESTED = re.compile(r"(\[\d*\]|^STRUCT|^MAP|^UNION)")


class DuckDBEngine:
    """Holds the sources and answers queries.

    Examples
    --------
    >>> from sqlglot import exp
    >>> with DuckDBEngine() as engine:
    ...     engine.add_arrow("people", pa.table({"age": [19, 21]}))
    ...     engine.rows(exp.select("age").from_("people"))
    [{'age': 19}, {'age': 21}]
    """

    dialect = "duckdb"

    def __init__(self) -> None:
        self._connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all tables."""
        self._connection.close()

    # ------------------------------------------------------------ tables in

    def add_arrow(self, name: str, table: pa.Table, *, numbered: bool = False) -> None:
        """Give an Arrow table a name; with ``numbered`` add the row number."""
        if numbered:
            table = table.append_column(ROW, pa.array(range(1, table.num_rows + 1), pa.int64()))
        self._connection.register(name, table)

    def add_csv(
        self, name: str, path: str | os.PathLike[str], *, separator: str, header: Sequence[str]
    ) -> None:
        """Read a UTF-8 text file as columns of text, below its header, with row numbers.

        Raises
        ------
        SourceError
            At the first line that has more or fewer fields than the header, or an open quote.
        """
        names = [f"c{i}" for i in range(len(header))]
        try:
            lines = self._connection.read_csv(
                str(path),
                sep=separator,
                header=True,
                auto_detect=False,
                quotechar='"',
                escapechar='"',
                columns=dict.fromkeys(names, "VARCHAR"),
                strict_mode=True,
            )
            self._connection.register("_segmentry_lines", lines)
            titled = [
                exp.alias_(exp.column(own, quoted=True), title, quoted=True)
                for own, title in zip(names, header, strict=True)
            ]
            number = exp.alias_(exp.Window(this=exp.RowNumber()), ROW, quoted=True)
            self._create("TABLE", name, exp.select(number, *titled).from_("_segmentry_lines"))
        except duckdb.Error as error:
            raise _csv_error(str(error), Path(path).name) from None

    def add_parquet(self, name: str, path: str | os.PathLike[str]) -> None:
        """Open a Parquet file; each query reads it anew, and only the columns that it needs."""
        try:
            relation = self._connection.read_parquet(str(path), file_row_number=True)
            self._connection.register("_segmentry_file", relation)
            number = exp.Add(
                this=exp.column("file_row_number", quoted=True), expression=exp.Literal.number(1)
            )
            rest = exp.Star(**{"except_": [exp.to_identifier("file_row_number", quoted=True)]})
            query = exp.select(exp.alias_(number, ROW, quoted=True), rest)
            self._create("VIEW", name, query.from_("_segmentry_file"))
        except duckdb.Error as error:
            raise _unreadable(Path(path).name, "Parquet", error) from None

    def add_json_lines(self, name: str, path: str | os.PathLike[str]) -> None:
        """Read a file with one JSON object a line."""
        try:
            relation = self._connection.read_json(str(path), format="newline_delimited")
            self.add_arrow(name, relation.to_arrow_table(), numbered=True)
        except duckdb.Error as error:
            raise _unreadable(Path(path).name, "JSON lines", error) from None

    def add_view(self, name: str, query: exp.Select) -> None:
        """Give a query a name, which it takes over from an earlier one."""
        self._create("VIEW", name, query, replace=True)

    def _create(self, kind: str, name: str, query: exp.Select, *, replace: bool = False) -> None:
        target = exp.to_identifier(name, quoted=True)
        create = exp.Create(this=target, kind=kind, expression=query, replace=replace)
        self._connection.execute(create.sql(dialect=self.dialect))

    # ------------------------------------------------------------ answers out

    def columns(self, name: str) -> list[tuple[str, str]]:
        """Return each column's name and type: number, text, date or nested."""
        found = self._relation(exp.select("*").from_(exp.to_table(name)))
        return [
            (title, _simple_type(str(kind)))
            for title, kind in zip(found.columns, found.types, strict=True)
            if title != ROW
        ]

    def arrow(self, query: exp.Select) -> pa.Table:
        """Run a query and return its whole answer; only for answers that are small."""
        return self._relation(query).to_arrow_table()

    def rows(self, query: exp.Select) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts."""
        rows: list[dict[str, Any]] = self.arrow(query).to_pylist()
        return rows

    def array(self, query: exp.Select) -> npt.NDArray[np.float64]:
        """Run a query of numbers without NULL and return its whole answer, a row a row.

        (Arrow's own way to NumPy would import pandas, which nothing else here needs.)
        """
        columns = self._relation(query).fetchnumpy().values()
        return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])

    def write(self, query: exp.Select, path: str | os.PathLike[str], *, parquet: bool) -> None:
        """Run a query and let the engine write its answer to a file, CSV or Parquet."""
        relation = self._relation(query)
        if parquet:
            relation.write_parquet(str(path), compression="zstd")
        else:
            relation.write_csv(str(path), header=True)

    def _relation(self, query: exp.Select) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(query.sql(dialect=self.dialect))


def _simple_type(kind: str) -> str:
    if _NESTED.search(kind):
        return "nested"
    if _NUMBERS.match(kind):
        return "number"
    return "date" if _DATES.match(kind) else "text"


def _csv_error(message: str, name: str) -> SourceError:
    line = re.search(r"CSV Error on Line: (\d+)", message)
    where = f"{name}, line {line[1]}" if line else name
    if "quote" in message.lower() and "unterminated" in message.lower():
        return SourceError(
            f"{where}: a quote is opened and never closed.",
            "Close the quote in that line, or double it where it is part of the text.",
            code="R16",
        )
    counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if counts:
        return SourceError(
            f"{where} has {counts[2]} fields where the header has {counts[1]}.",
            "Correct that line in the file, then run again.",
            code="R13",
        )
    return SourceError(
        f"{where} cannot be read as a table.",
        "Open it in a spreadsheet program and save it again as CSV (UTF-8).",
        code="R13",
    )


def _unreadable(name: str, what: str, error: Exception) -> SourceError:
    reason = str(error).splitlines()[0]
    return SourceError(
        f"{name} cannot be read as {what}: {reason}",
        "Save the file again, or give another one.",
        code="R22",
    )

"""The embedded engine: DuckDB in this process."""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from segmentry.errors import SourceError
from segmentry.sql import ROW

__all__ = ["DuckDBEngine", "MixedLineEndsError"]

_NUMBERS = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|REAL)$")
_DATES = re.compile(r"^(DATE|TIMESTAMP.*)$")
_NESTED = re.compile(r"(\[\d*\]|^STRUCT|^MAP|^UNION)")


class MixedLineEndsError(SourceError):
    """The rows of a text file do not all end alike, which the engine does not read."""


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
        try:
            self._connection.register(name, table)
        except duckdb.NotImplementedException as error:
            raise pa.ArrowNotImplementedError(str(error)) from None

    def add_csv(
        self,
        name: str,
        path: str | os.PathLike[str],
        *,
        separator: str,
        header: Sequence[str],
        above: int = 0,
    ) -> None:
        """Read a UTF-8 text file as columns of text, below its header, with row numbers.

        ``above`` is the number of lines above the header.

        Raises
        ------
        SourceError
            At the first line that has more or fewer fields than the header, or an open quote.
        MixedLineEndsError
            If the rows do not all end alike.
        """
        names = [f"c{i}" for i in range(len(header))]
        try:
            lines = self._connection.read_csv(
                str(path),
                sep=separator,
                header=True,
                skiprows=above,
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
            raise _csv_error(
                str(error), Path(path), separator=separator, width=len(header), above=above
            ) from None

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
            raise _damaged(Path(path).name) from error

    def add_json_lines(self, name: str, path: str | os.PathLike[str]) -> None:
        """Read a file with one JSON object a line."""
        try:
            relation = self._connection.read_json(
                str(path), format="newline_delimited", sample_size=-1
            )
            self.add_arrow(name, relation.to_arrow_table(), numbered=True)
        except duckdb.Error as error:
            raise _json_error(Path(path)) from error

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
        with _reading():
            return self._relation(query).to_arrow_table()

    def rows(self, query: exp.Select) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts."""
        rows: list[dict[str, Any]] = self.arrow(query).to_pylist()
        return rows

    def array(self, query: exp.Select) -> npt.NDArray[np.float64]:
        """Run a query of numbers and return its whole answer, a row a row; NULL is NaN.

        (Arrow's own way to NumPy would import pandas, which nothing else here needs.)
        """
        with _reading():
            columns = self._relation(query).fetchnumpy().values()
        numbers = [np.ma.asarray(column, dtype=np.float64).filled(np.nan) for column in columns]
        return np.column_stack(numbers)

    def write(self, query: exp.Select, path: str | os.PathLike[str], *, parquet: bool) -> None:
        """Run a query and let the engine write its answer to a file, CSV or Parquet.

        Raises
        ------
        OSError
            If the system refuses to write.
        """
        with _reading(writing=True):
            relation = self._relation(query)
            if parquet:
                relation.write_parquet(str(path), compression="zstd")
            else:
                relation.write_csv(str(path), header=True)

    def _relation(self, query: exp.Select) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(query.sql(dialect=self.dialect))


@contextmanager
def _reading(*, writing: bool = False) -> Iterator[None]:
    """Turn what may go wrong with a file in the midst of a query into an error of ours."""
    try:
        yield
    except duckdb.InvalidInputException as error:
        raise _damaged("The source") from error
    except duckdb.IOException as error:
        if writing:
            raise OSError("the system refused") from error
        raise _damaged("The source") from error


def _simple_type(kind: str) -> str:
    if _NESTED.search(kind):
        return "nested"
    if _NUMBERS.match(kind):
        return "number"
    return "date" if _DATES.match(kind) else "text"


def _csv_error(message: str, path: Path, *, separator: str, width: int, above: int) -> SourceError:
    """What the engine refused, in words of ours: its own may hold the row."""
    if "state machine" in message:
        return MixedLineEndsError(
            f"{path.name} has rows that end in different ways.", "Save it again.", code="R17"
        )
    size = re.search(r"Actual Size: ?(\d+) bytes", message)
    if size:
        return SourceError(
            f"{path.name} has a line of {int(size[1]) / 1e6:.1f} MB.",
            "Close the quote that was left open there, or leave that column out of the file.",
            code="R19",
        )
    line, fields = _first_broken_line(path, separator, width=width, above=above)
    if fields:
        return SourceError(
            f"{path.name}, line {line} has {fields} fields where the header has {width}.",
            "Correct that line in the file, then run again.",
            code="R13",
        )
    if line:
        return SourceError(
            f"{path.name}, line {line}: a quote is opened and never closed.",
            "Close the quote in that line, or double it where it is part of the text.",
            code="R16",
        )
    return SourceError(
        f"{path.name} cannot be read as a table.",
        "Open it in a spreadsheet program and save it again as CSV (UTF-8).",
        code="R13",
    )


def _first_broken_line(path: Path, separator: str, *, width: int, above: int) -> tuple[int, int]:
    """The line where the first record of another width begins, and its width; 0 has no end.

    (The engine counts records, not lines, so that it is wrong below a cell of several lines.)
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        records = csv.reader(
            itertools.islice(stream, above, None), delimiter=separator, strict=True
        )
        line = above + 1
        try:
            for record in records:
                if record and len(record) != width:
                    return line, len(record)
                line = above + records.line_num + 1
        except csv.Error:
            return line, 0
    return 0, 0


def _json_error(path: Path) -> SourceError:
    """The place of the fault, and not the engine's own words, which may hold the row."""
    with path.open("rb") as stream:
        broken = next((i for i, line in enumerate(stream, 1) if not _is_json(line)), None)
    where = f", line {broken}, is not JSON" if broken else " has objects that do not fit together"
    return SourceError(
        f"{path.name}{where}.",
        "Write one JSON object a line, each key once, for example with jq -c.",
        code="R22",
    )


def _is_json(line: bytes) -> bool:
    try:
        return not line.strip() or isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _damaged(name: str) -> SourceError:
    return SourceError(
        f"{name} cannot be read to its end: it is cut off or damaged.",
        "Save the file again, or give another one.",
        code="R22",
    )

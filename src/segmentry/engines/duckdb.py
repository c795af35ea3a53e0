"""The embedded engine: DuckDB in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from segmentry import sql
from segmentry.engines import duckdb_readers as readers
from segmentry.engines import faults
from segmentry.engines.duckdb_session import Session
from segmentry.engines.duckdb_types import digits_of, simple_type
from segmentry.engines.resources import Resources
from segmentry.sql import ROW, files

__all__ = ["DuckDBEngine"]

SMALL_FILE = 64 * 2**20
"""Bytes; the rows of a larger text file go to a file of the engine's own and not to memory."""
_SMALL_SHARE = 8
"""A file larger than this part of the memory is not small either."""
_BYTES_A_CELL = 400
"""Memory there must be for a cell of the rows that are written to a file at once."""
_WIDE = 100
"""Columns; more of them are planned in parts."""
_A_CELL = 64
"""Bytes of memory there must be for a cell of what is made a table without need."""
_COLUMNS = "_segmentry_columns"
_LINES = "_segmentry_lines"
"""What the rows of a text file are called until they are stored."""
_TEXTS = frozenset({"varchar", "enum", "blob"})


class DuckDBEngine:
    """Holds the sources and answers queries, within limits, until it is stopped or closed.

    Parameters
    ----------
    resources : Resources, optional
        Threads, memory and a place for temporary files.
    watch : callable, optional
        Is told now and then the share of a long query that is done, 0 to 1, and 1 at its end.

    Raises
    ------
    OutputError
        If there is no place for temporary files.
    ResourceError
        By any query that needs more memory, or more room for temporary files, than there may be.

    Examples
    --------
    >>> from sqlglot import exp
    >>> with DuckDBEngine() as engine:
    ...     engine.add_arrow("people", pa.table({"age": [19, 21]}))
    ...     engine.rows(exp.select("age").from_("people"))
    [{'age': 19}, {'age': 21}]
    """

    dialect = Session.dialect
    numbered = True
    reads_notations = True
    scans_once = False

    def __init__(
        self,
        resources: Resources | None = None,
        *,
        watch: Callable[[float], None] | None = None,
    ) -> None:
        self._session = Session(resources or Resources(), watch=watch)
        self._files = 0
        self._stored: dict[str, Path] = {}
        self._made: dict[str, str] = {}

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all tables and files."""
        self._session.close()

    @property
    def folder(self) -> Path:
        """A private folder for temporary files; it vanishes with the engine."""
        return self._session.folder

    # ------------------------------------------------------------ tables in

    def add_arrow(self, name: str, table: pa.Table, *, numbered: bool = False) -> None:
        """Give an Arrow table a name; with ``numbered`` add the row number."""
        if numbered:
            table = table.append_column(ROW, pa.array(range(1, table.num_rows + 1), pa.int64()))
        try:
            self._session.connection.register(name, table)
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
        numbers: frozenset[str] = frozenset(),
        long_lines: bool = False,
    ) -> None:
        """Read a UTF-8 text file as columns of text, below its header, with row numbers.

        ``above`` is the number of lines above the header. The rows of a large file are not kept in
        memory. There, columns in ``numbers`` are turned into numbers at once, which spares two
        passes; if a cell of theirs is none, all are read as text. ``long_lines`` makes room for
        lines of 16 MiB.

        Raises
        ------
        SourceError
            At the first line that has more or fewer fields than the header, or an open quote.
        MixedLineEndsError
            If the rows do not all end alike.
        """
        small = self.is_small(path)
        parts = (name, path, separator, header, above, long_lines)
        if numbers and not small:
            with suppress(duckdb.Error):
                self._add_lines(*parts, small=False, numbers=numbers)
                columns = [sql.Column(own, "number", False) for own in sorted(numbers)]
                if not any(self.rows(sql.odd_numbers(name, columns))[0].values()):
                    return
        try:
            self._add_lines(*parts, small=small)
        except duckdb.Error as error:
            raise faults.broken_csv(
                str(error), Path(path), separator=separator, width=len(header), above=above
            ) from None

    def _add_lines(
        self,
        name: str,
        path: str | os.PathLike[str],
        separator: str,
        header: Sequence[str],
        above: int,
        long_lines: bool,
        *,
        small: bool,
        numbers: frozenset[str] = frozenset(),
    ) -> None:
        lines = readers.text_lines(
            self._session, path, separator, header, above, long_lines=long_lines, numbers=numbers
        )
        self._session.connection.register(_LINES, lines)
        rows = files.titled(_LINES, dict(zip(lines.columns, header, strict=True)))
        if small:
            self._create("TABLE", name, files.counted(rows), replace=True)
        else:
            self._store(name, rows)

    def is_small(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file may be held in memory."""
        return Path(path).stat().st_size <= min(SMALL_FILE, self._session.memory // _SMALL_SHARE)

    def add_parquet(
        self,
        name: str,
        *paths: str | os.PathLike[str],
        rows_before: Sequence[int] = (0,),
        names: Sequence[str] = (),
    ) -> None:
        """Open Parquet files as one table; each query reads them anew, and only what it needs.

        ``rows_before`` are for each file the rows of all before it. What folders such as
        ``year=2026`` say of the files in them becomes columns. ``names`` are the columns' names by
        place, where they are not to be a single file's own.
        """
        try:
            relation = readers.parquet_rows(self._session, paths)
            self._files += 1
            file = f"_segmentry_file_{self._files}"
            self._session.connection.register(file, relation)
            self._create("VIEW", name, files.numbered(file, rows_before, names), replace=True)
        except duckdb.Error as error:
            raise faults.damaged(Path(paths[0]).name) from error

    def json_keys(self, path: str | os.PathLike[str]) -> list[tuple[str, str]]:
        """Each key of the objects in a file of JSON lines, and its type: ``nested``, or any other.

        Raises
        ------
        SourceError
            If a line is no object, or one has a key twice.
        """
        try:
            found = readers.json_objects(self._session, path)
        except duckdb.Error as error:
            raise faults.broken_json(Path(path)) from error
        kinds = zip(found.columns, map(str, found.types), strict=True)
        return [(key, simple_type(kind)) for key, kind in kinds]

    def add_json_lines(
        self, name: str, path: str | os.PathLike[str], *, titles: Mapping[str, str]
    ) -> None:
        """Read a file with one JSON object a line, its values as they are written, as text.

        ``titles`` are the keys to be read, each with its name. A large file is not kept in memory.
        """
        try:
            lines = readers.json_values(self._session, path, titles)
            if self.is_small(path):
                table = self._session.run(lines.to_arrow_table).rename_columns(
                    list(titles.values())
                )
                self.add_arrow(name, table, numbered=True)
            else:
                self._session.connection.register(_LINES, lines)
                self._store(name, files.renamed(_LINES, list(titles.values())))
        except duckdb.Error as error:
            raise faults.broken_json(Path(path)) from error

    def add_stored(self, name: str, query: exp.Select) -> None:
        """Run a query once, keep its answer in a file of the engine's own, and number its rows.

        It takes the name over from an earlier one.
        """
        with self._session.reading():
            self._store(name, query)

    def is_stored(self, name: str) -> bool:
        """Whether a table is in a file of the engine's own."""
        return name in self._stored

    def _store(self, name: str, query: exp.Select) -> None:
        earlier, path = self._stored.get(name), self.folder / f"{name}-{self._files}.parquet"
        cells = self._session.memory // _BYTES_A_CELL
        rows = min(122_880, max(2_048, cells // len(query.expressions)))
        self._session.run(
            lambda: self._session.relation(query).write_parquet(
                str(path), compression="snappy", row_group_size=rows
            )
        )
        self.add_parquet(name, path)
        self._stored[name] = path
        if earlier:
            earlier.unlink()

    def add_view(self, name: str, query: exp.Select) -> None:
        """Give a query a name, which it takes over from an earlier one.

        A view of many columns, all of which DuckDB looks at again for each query of any of them, is
        made a table at once where it has few cells.
        """
        wide = len(query.expressions) > _WIDE and ROW in query.named_selects
        if wide and len(query.expressions) * self._count(query) <= self._session.memory // _A_CELL:
            self._make(name, query)
        else:
            self._create("VIEW", name, query, replace=True)

    def _count(self, query: exp.Select) -> int:
        return int(self.rows(files.size_of(query))[0]["rows"])

    def _make(self, name: str, query: exp.Select) -> None:
        """Run a query, some columns after the others: planned at once, many take very long."""
        columns: dict[str, Any] = {}
        for start in range(0, len(query.expressions), _WIDE):
            part = files.ordered_part(query, query.expressions[start : start + _WIDE])
            found = self.arrow(part)
            columns |= dict(zip(found.column_names, found.columns, strict=True))
        self._session.connection.register(_COLUMNS, pa.table(columns))
        self._create("TABLE", name, exp.select("*").from_(_COLUMNS), replace=True)
        self._session.connection.unregister(_COLUMNS)

    def _create(self, kind: str, name: str, query: exp.Select, *, replace: bool = False) -> None:
        target = exp.to_identifier(name, quoted=True)
        earlier = self._made.get(name, kind)
        if replace and earlier != kind:
            drop = exp.Drop(tables=[exp.Table(this=target.copy())], kind=earlier)
            self._session.connection.execute(drop.sql(dialect=self.dialect))
        self._made[name] = kind
        create = exp.Create(this=target, kind=kind, expression=query, replace=replace)
        self._session.run(
            lambda: self._session.connection.execute(create.sql(dialect=self.dialect))
        )

    # ------------------------------------------------------------ answers out

    def columns(self, name: str) -> list[tuple[str, str]]:
        """Return each column's name and type: number, text, date or nested."""
        found = self._session.relation(exp.select("*").from_(exp.to_table(name)))
        return [
            (title, simple_type(str(kind)))
            for title, kind in zip(found.columns, found.types, strict=True)
            if title != ROW
        ]

    def decimals(self, name: str, *, digits: int) -> list[str]:
        """The columns of decimals that may have more digits than these."""
        found = self._session.relation(exp.select("*").from_(exp.to_table(name)))
        kinds = zip(found.columns, map(str, found.types), strict=True)
        return [title for title, kind in kinds if digits_of(kind) > digits]

    def arrow(self, query: exp.Select) -> pa.Table:
        """Run a query and return its whole answer; only for answers that are small."""
        with self._session.reading():
            return self._session.run(lambda: self._session.relation(query).to_arrow_table())

    def rows(self, query: exp.Select) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts."""
        rows: list[dict[str, Any]] = self.arrow(query).to_pylist()
        return rows

    def array(self, query: exp.Select) -> npt.NDArray[np.float64]:
        """Run a query of numbers and return its whole answer, a row a row; NULL is NaN.

        (Arrow's own way to NumPy would import pandas, which nothing else here needs.)
        """
        with self._session.reading():
            columns = self._session.run(lambda: self._session.relation(query).fetchnumpy())
        numbers = [np.ma.asarray(own, dtype=np.float64).filled(np.nan) for own in columns.values()]
        return np.column_stack(numbers)

    def write(
        self,
        query: exp.Select,
        path: str | os.PathLike[str],
        *,
        parquet: bool,
        harmless: bool = False,
    ) -> None:
        """Run a query and let the engine write its answer to a file, CSV or Parquet.

        ``harmless`` guards texts of a CSV file against being run.

        Raises
        ------
        OSError
            If the system refuses to write.
        """
        with self._session.reading(writing=True):
            self._session.run(
                lambda: self._write(query, str(path), parquet=parquet, harmless=harmless)
            )

    def _write(self, query: exp.Select, path: str, *, parquet: bool, harmless: bool) -> None:
        relation = self._session.relation(query)
        if parquet:
            relation.write_parquet(path, compression="zstd")
            return
        if harmless:
            kinds = zip(relation.columns, relation.types, strict=True)
            texts = {name for name, kind in kinds if kind.id in _TEXTS}
            relation = self._session.relation(
                sql.guarded_texts(query, relation.columns, texts=texts)
            )
        with self._session.writing_text():
            relation.write_csv(path, header=True)

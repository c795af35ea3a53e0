"""The embedded engine: DuckDB in this process."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from segmentry import sql
from segmentry.engines import faults
from segmentry.engines.interrupts import run_stoppably
from segmentry.engines.resources import Resources
from segmentry.engines.scratch import Scratch
from segmentry.sql import ROW

__all__ = ["DuckDBEngine"]

T = TypeVar("T")

_NUMBERS = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|REAL)$")
_DATES = re.compile(r"^(DATE|TIMESTAMP.*)$")
_DAMAGES = (duckdb.InvalidInputException, duckdb.IOException)
_NESTED = re.compile(r"(\[\d*\]|^STRUCT|^MAP|^UNION)")

SMALL_FILE = 64 * 2**20
"""Bytes; the rows of a larger text file go to a file of the engine's own and not to memory."""
_SMALL_SHARE = 8
"""A file larger than this part of the memory is not small either."""
_USUAL_LINE = 2_000_000
_LONGEST_LINE = 2**24
"""Bytes of a line of text: usually, and where a file is known to have long ones."""
_BYTES_A_CELL = 400
"""Memory there must be for a cell of the rows that are written to a file at once."""
_FILE, _FILE_ROW = "file_index", "file_row_number"
"""What DuckDB calls the number of a Parquet file and of a row in it, both from 0."""
_ENOUGH_TO_SHARE = 256 * 10**6
_TEXTS = frozenset({"varchar", "enum", "blob"})
"""Bytes of memory below which text is written by one thread: each holds rows that cannot spill."""


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

    dialect = "duckdb"
    numbered = True
    reads_notations = True
    scans_once = False

    def __init__(
        self,
        resources: Resources | None = None,
        *,
        watch: Callable[[float], None] | None = None,
    ) -> None:
        limits = resources or Resources()
        self._watch = watch
        self._watched = False
        self._memory, self._threads = limits.memory_bytes, limits.thread_count
        self._scratch = Scratch(limits.folder)
        self._files = 0
        self._stored: dict[str, Path] = {}
        self._connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._limit()

    def _limit(self) -> None:
        """Set the limits by SQL: given to ``connect`` they are shown, but not all kept."""
        settings: dict[str, int | str | bool] = {
            "threads": self._threads,
            "memory_limit": f"{self._memory}B",
            "temp_directory": str(self._scratch.path),
            "TimeZone": "UTC",
        }
        for name, value in settings.items():
            self._connection.execute(f"SET {name} = {exp.convert(value).sql(self.dialect)}")
        # In a notebook without ipywidgets DuckDB refuses: then it cannot be watched.
        with suppress(duckdb.InvalidInputException):
            if self._watch is not None:
                self._connection.execute("SET enable_progress_bar_print = false")
                self._connection.execute("SET enable_progress_bar = true")

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all tables and files."""
        try:
            self._connection.close()
        finally:
            self._scratch.close()

    @property
    def folder(self) -> Path:
        """A private folder for temporary files; it vanishes with the engine."""
        return self._scratch.path

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
        longest = _LONGEST_LINE if long_lines else _USUAL_LINE
        parts = (name, path, separator, header, above, longest)
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
        longest: int,
        *,
        small: bool,
        numbers: frozenset[str] = frozenset(),
    ) -> None:
        kinds = ("DOUBLE" if title in numbers else "VARCHAR" for title in header)
        columns = {f"c{i}": kind for i, kind in enumerate(kinds)}
        lines = self._connection.read_csv(
            str(path),
            sep=separator,
            header=True,
            skiprows=above,
            auto_detect=False,
            quotechar='"',
            escapechar='"',
            columns=columns,
            strict_mode=True,
            max_line_size=longest,
            buffer_size=min(32_000_000, max(2 * longest, self._memory // 16)),
        )
        self._connection.register("_segmentry_lines", lines)
        titled = [
            exp.alias_(exp.column(own, quoted=True), title, quoted=True)
            for own, title in zip(columns, header, strict=True)
        ]
        rows = exp.select(*titled).from_("_segmentry_lines")
        if small:
            number = exp.alias_(exp.Window(this=exp.RowNumber()), ROW, quoted=True)
            self._create("TABLE", name, rows.select(number, append=True), replace=True)
        else:
            self._store(name, rows)

    def is_small(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file may be held in memory."""
        return Path(path).stat().st_size <= min(SMALL_FILE, self._memory // _SMALL_SHARE)

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
            relation = self._connection.read_parquet(
                [str(path) for path in paths],
                file_row_number=True,
                union_by_name=len(paths) > 1,
                hive_partitioning=len(paths) > 1,
            )
            self._files += 1
            file = f"_segmentry_file_{self._files}"
            self._connection.register(file, relation.project(f"*, {_FILE}"))
            query = exp.select(
                exp.alias_(_row_number(rows_before), ROW, quoted=True),
                exp.Star(**{"except_": [exp.to_identifier(own) for own in (_FILE_ROW, _FILE)]}),
            )
            titles = [*names, _FILE_ROW, _FILE] if names else []
            self._create("VIEW", name, query.from_(_renamed(file, titles)), replace=True)
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
            found = self._run(
                lambda: self._connection.read_json(
                    str(path),
                    format="newline_delimited",
                    sample_size=-1,
                    records="true",
                    map_inference_threshold=-1,
                )
            )
        except duckdb.Error as error:
            raise faults.broken_json(Path(path)) from error
        kinds = zip(found.columns, map(str, found.types), strict=True)
        return [(key, _simple_type(kind)) for key, kind in kinds]

    def add_json_lines(
        self, name: str, path: str | os.PathLike[str], *, titles: Mapping[str, str]
    ) -> None:
        """Read a file with one JSON object a line, its values as they are written, as text.

        ``titles`` are the keys to be read, each with its name. A large file is not kept in memory.
        """
        try:
            lines = self._run(
                lambda: self._connection.read_json(
                    str(path), format="newline_delimited", columns=dict.fromkeys(titles, "VARCHAR")
                )
            )
            if self.is_small(path):
                table = self._run(lines.to_arrow_table).rename_columns(list(titles.values()))
                self.add_arrow(name, table, numbered=True)
            else:
                self._connection.register("_segmentry_lines", lines)
                texts = [exp.column(own, quoted=True) for own in titles.values()]
                source = _renamed("_segmentry_lines", list(titles.values()))
                self._store(name, exp.select(*texts).from_(source))
        except duckdb.Error as error:
            raise faults.broken_json(Path(path)) from error

    def add_stored(self, name: str, query: exp.Select) -> None:
        """Run a query once, keep its answer in a file of the engine's own, and number its rows.

        It takes the name over from an earlier one.
        """
        with self._reading():
            self._store(name, query)

    def is_stored(self, name: str) -> bool:
        """Whether a table is in a file of the engine's own."""
        return name in self._stored

    def _store(self, name: str, query: exp.Select) -> None:
        earlier, path = self._stored.get(name), self.folder / f"{name}-{self._files}.parquet"
        cells = self._memory // _BYTES_A_CELL
        rows = min(122_880, max(2_048, cells // len(query.expressions)))
        self._run(
            lambda: self._relation(query).write_parquet(
                str(path), compression="snappy", row_group_size=rows
            )
        )
        self.add_parquet(name, path)
        self._stored[name] = path
        if earlier:
            earlier.unlink()

    def add_view(self, name: str, query: exp.Select) -> None:
        """Give a query a name, which it takes over from an earlier one."""
        self._create("VIEW", name, query, replace=True)

    def _create(self, kind: str, name: str, query: exp.Select, *, replace: bool = False) -> None:
        target = exp.to_identifier(name, quoted=True)
        create = exp.Create(this=target, kind=kind, expression=query, replace=replace)
        self._run(lambda: self._connection.execute(create.sql(dialect=self.dialect)))

    # ------------------------------------------------------------ answers out

    def columns(self, name: str) -> list[tuple[str, str]]:
        """Return each column's name and type: number, text, date or nested."""
        found = self._relation(exp.select("*").from_(exp.to_table(name)))
        return [
            (title, _simple_type(str(kind)))
            for title, kind in zip(found.columns, found.types, strict=True)
            if title != ROW
        ]

    def decimals(self, name: str, *, digits: int) -> list[str]:
        """The columns of decimals that may have more digits than these."""
        found = self._relation(exp.select("*").from_(exp.to_table(name)))
        kinds = zip(found.columns, map(str, found.types), strict=True)
        sizes = ((title, re.match(r"DECIMAL\((\d+)", kind)) for title, kind in kinds)
        return [title for title, size in sizes if size and int(size[1]) > digits]

    def arrow(self, query: exp.Select) -> pa.Table:
        """Run a query and return its whole answer; only for answers that are small."""
        with self._reading():
            return self._run(lambda: self._relation(query).to_arrow_table())

    def rows(self, query: exp.Select) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts."""
        rows: list[dict[str, Any]] = self.arrow(query).to_pylist()
        return rows

    def array(self, query: exp.Select) -> npt.NDArray[np.float64]:
        """Run a query of numbers and return its whole answer, a row a row; NULL is NaN.

        (Arrow's own way to NumPy would import pandas, which nothing else here needs.)
        """
        with self._reading():
            columns = self._run(lambda: self._relation(query).fetchnumpy())
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
        with self._reading(writing=True):
            self._run(lambda: self._write(query, str(path), parquet=parquet, harmless=harmless))

    def _write(self, query: exp.Select, path: str, *, parquet: bool, harmless: bool) -> None:
        relation = self._relation(query)
        if parquet:
            relation.write_parquet(path, compression="zstd")
            return
        if harmless:
            kinds = zip(relation.columns, relation.types, strict=True)
            texts = {name for name, kind in kinds if kind.id in _TEXTS}
            relation = self._relation(sql.guarded_texts(query, relation.columns, texts=texts))
        alone = self._memory < _ENOUGH_TO_SHARE
        try:
            if alone:
                self._connection.execute("SET threads = 1")
            relation.write_csv(path, header=True)
        finally:
            if alone:
                self._connection.execute(f"SET threads = {self._threads}")

    def _relation(self, query: exp.Select) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(query.sql(dialect=self.dialect))

    # ------------------------------------------------------------ at work

    def _run(self, work: Callable[[], T]) -> T:
        """Let DuckDB work where a signal stops it, and say in our words what it has no room for."""
        self._watched = False
        try:
            done = run_stoppably(work, interrupt=self._connection.interrupt, glance=self._glance)
        except duckdb.OutOfMemoryException as error:
            if "max_temp_directory_size" in str(error):
                raise faults.no_room(self.folder.parent) from error
            raise faults.no_memory(self._memory) from error
        except duckdb.IOException as error:
            if str(self.folder) in str(error):
                raise faults.no_room(self.folder.parent) from error
            raise
        if self._watch and self._watched:
            self._watch(1.0)
        return done

    def _glance(self) -> None:
        """Tell how much of the query is done, where DuckDB can."""
        percent = self._connection.query_progress() if self._watch else -1.0
        if self._watch and percent >= 0:
            self._watched = True
            self._watch(percent / 100)

    @contextmanager
    def _reading(self, *, writing: bool = False) -> Iterator[None]:
        """Turn what may go wrong with a file in the midst of a query into an error of ours."""
        try:
            yield
        except duckdb.Error as error:
            if isinstance(error, duckdb.IOException) and writing:
                raise OSError("the system refused") from error
            # What Parquet's reader stumbles over in a damaged page has no class of its own.
            if isinstance(error, _DAMAGES) or type(error) is duckdb.Error:
                raise faults.damaged("The source") from error
            raise


def _renamed(table: str, names: Sequence[str]) -> exp.Table:
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
    place = exp.Add(this=exp.cast(exp.column(_FILE), "bigint"), expression=exp.Literal.number(1))
    return exp.Add(this=number, expression=exp.func("list_extract", before, place))


def _simple_type(kind: str) -> str:
    if _NESTED.search(kind):
        return "nested"
    if _NUMBERS.match(kind):
        return "number"
    return "date" if _DATES.match(kind) else "text"

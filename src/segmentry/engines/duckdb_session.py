"""A connection to DuckDB within its limits, and work in it that can be stopped and watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import duckdb
from sqlglot import exp

from segmentry.engines import faults
from segmentry.engines.interrupts import run_stoppably
from segmentry.engines.resources import Resources
from segmentry.engines.scratch import Scratch

__all__ = ["Session"]

T = TypeVar("T")

_DAMAGES = (duckdb.InvalidInputException, duckdb.IOException)
_ENOUGH_TO_SHARE = 256 * 10**6
"""Bytes of memory below which text is written by one thread: each holds rows that cannot spill."""


class Session:
    """One connection, its threads and memory, and a folder for its temporary files.

    Parameters
    ----------
    limits : Resources
        Threads, memory and a place for temporary files.
    watch : callable, optional
        Is told now and then the share of a long query that is done, 0 to 1, and 1 at its end.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        For what takes no time; all else goes by way of :meth:`run`.
    memory : int
        Bytes that DuckDB may take.
    folder : Path
        A private folder; it vanishes with the session.

    Raises
    ------
    OutputError
        If there is no place for temporary files.
    """

    dialect = "duckdb"

    def __init__(self, limits: Resources, *, watch: Callable[[float], None] | None = None) -> None:
        self._watch = watch
        self._watched = False
        self.memory, self._threads = limits.memory_bytes, limits.thread_count
        self._scratch = Scratch(limits.folder)
        self.connection = duckdb.connect(
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
            "memory_limit": f"{self.memory}B",
            "temp_directory": str(self._scratch.path),
            "TimeZone": "UTC",
        }
        for name, value in settings.items():
            self.connection.execute(f"SET {name} = {exp.convert(value).sql(self.dialect)}")
        # In a notebook without ipywidgets DuckDB refuses: then it cannot be watched.
        with suppress(duckdb.InvalidInputException):
            if self._watch is not None:
                self.connection.execute("SET enable_progress_bar_print = false")
                self.connection.execute("SET enable_progress_bar = true")

    def close(self) -> None:
        """Let go of the connection and of the temporary files."""
        try:
            self.connection.close()
        finally:
            self._scratch.close()

    @property
    def folder(self) -> Path:
        """A private folder for temporary files."""
        return self._scratch.path

    # ------------------------------------------------------------ at work

    def relation(self, query: exp.Select) -> duckdb.DuckDBPyRelation:
        """A query that DuckDB has understood and not yet run."""
        return self.connection.sql(query.sql(dialect=self.dialect))

    def run(self, work: Callable[[], T]) -> T:
        """Let DuckDB work where a signal stops it, and say in our words what it has no room for."""
        self._watched = False
        try:
            done = run_stoppably(work, interrupt=self.connection.interrupt, glance=self._glance)
        except duckdb.OutOfMemoryException as error:
            if "max_temp_directory_size" in str(error):
                raise faults.no_room(self.folder.parent) from error
            raise faults.no_memory(self.memory) from error
        except duckdb.IOException as error:
            if str(self.folder) in str(error):
                raise faults.no_room(self.folder.parent) from error
            raise
        if self._watch and self._watched:
            self._watch(1.0)
        return done

    def _glance(self) -> None:
        """Tell how much of the query is done, where DuckDB can."""
        percent = self.connection.query_progress() if self._watch else -1.0
        if self._watch and percent >= 0:
            self._watched = True
            self._watch(percent / 100)

    @contextmanager
    def reading(self, *, writing: bool = False) -> Iterator[None]:
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

    @contextmanager
    def writing_text(self) -> Iterator[None]:
        """Where memory is short, write text by one thread."""
        alone = self.memory < _ENOUGH_TO_SHARE
        try:
            if alone:
                self.connection.execute("SET threads = 1")
            yield
        finally:
            if alone:
                self.connection.execute(f"SET threads = {self._threads}")

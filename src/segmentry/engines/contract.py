"""What every engine can do: a handful of verbs, which is all that the steps ask for.

How data come in is each engine's own affair: files and dataframes are read into DuckDB, while in a
database they are already there.
"""

from __future__ import annotations

import os
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from segmentry.engines.places import Opened

__all__ = ["Database", "Engine", "Lazy"]


class Engine(Protocol):
    """Holds tables by name, answers queries about them, and lets only small answers out.

    Queries are sqlglot trees made in :mod:`segmentry.sql`, the same for every engine; an engine
    writes them in its own dialect, and gives the same answers as the others do.

    Attributes
    ----------
    dialect : str
        The dialect of its SQL, as sqlglot calls it.
    numbered : bool
        Whether its tables know the order of their rows, as files do: then each has the column
        :data:`segmentry.sql.ROW`, from 1.
    reads_notations : bool
        Whether it reads numbers and dates in text however people write them; else plain numbers
        only.
    scans_once : bool
        Whether the values of many columns are counted faster in one scan than in one for each.
    """

    @property
    def dialect(self) -> str:
        """The dialect of its SQL, as sqlglot calls it."""
        ...

    @property
    def numbered(self) -> bool:
        """Whether its tables have a column with the row number."""
        ...

    @property
    def reads_notations(self) -> bool:
        """Whether it reads more than plain numbers in text."""
        ...

    @property
    def scans_once(self) -> bool:
        """Whether one scan for many columns is faster than one for each."""
        ...

    # ------------------------------------------------------------ tables

    def columns(self, name: str) -> list[tuple[str, str]]:
        """Return each column's name and type: number, text, date or nested; without row number."""
        ...

    def decimals(self, name: str, *, digits: int) -> list[str]:
        """Return the columns of decimals that may have more digits than these."""
        ...

    def add_view(self, name: str, query: exp.Select) -> None:
        """Give a query a name, which it takes over from an earlier one."""
        ...

    def add_stored(self, name: str, query: exp.Select) -> None:
        """Give a query's answer a name, and keep it where the engine can, so that it runs once.

        It takes the name over from an earlier one, and its rows are numbered where the engine
        numbers rows.
        """
        ...

    def is_stored(self, name: str) -> bool:
        """Whether a table is one that the engine keeps for itself."""
        ...

    # ------------------------------------------------------------ answers

    def rows(self, query: exp.Select) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts; only for answers that are small."""
        ...

    def array(self, query: exp.Select) -> npt.NDArray[np.float64]:
        """Run a query of numbers and return its whole answer, a row a row; NULL is NaN."""
        ...

    def arrow(self, query: exp.Select) -> pa.Table:
        """Run a query and return its whole answer as an Arrow table."""
        ...

    def write(
        self,
        query: exp.Select,
        path: str | os.PathLike[str],
        *,
        parquet: bool,
        harmless: bool = False,
    ) -> None:
        """Run a query and write its answer to a file, CSV or Parquet, without holding it whole.

        ``harmless`` puts an apostrophe before texts of a CSV file that a spreadsheet program
        might run (:func:`segmentry.textual.guarded`).

        Raises
        ------
        OSError
            If the system refuses to write.
        """
        ...

    def close(self) -> None:
        """Let go of everything; a second time does nothing."""
        ...


@runtime_checkable
class Database(Engine, Protocol):
    """An engine that has the customers already, where they also stay."""

    def open_table(self, name: str) -> Opened:
        """Give the customers a name as a table, in types that every engine knows.

        Raises
        ------
        SegmentryError
            If they are not there, or may not be read.
        """
        ...

    def check_target(self, table: str, *, replace: bool) -> None:
        """Refuse a table that assignments cannot be written to.

        Raises
        ------
        OutputError
            If it is there and is not to be replaced, or is not one of assignments.
        """
        ...

    def write_table(self, query: exp.Select, table: str, *, replace: bool) -> None:
        """Let the database keep a query's answer as a table, which appears whole or not at all.

        Raises
        ------
        OutputError
            As :meth:`check_target` does.
        """
        ...


@runtime_checkable
class Lazy(Database, Protocol):
    """A database that has dataframes of its own, which are worked out when somebody looks."""

    def frame(self, query: exp.Select) -> Any | None:
        """A query's answer as such a dataframe; None where the customers came from a URL."""
        ...

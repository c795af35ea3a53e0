"""Customers opened in the engine that they are for, and let go of at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Unpack

from segmentry.engines.contract import Database, Engine
from segmentry.engines.registry import open_engine
from segmentry.engines.resources import Resources
from segmentry.errors import InputError
from segmentry.progress import Progress
from segmentry.steps.reading import Reading, ReadingOptions
from segmentry.steps.sources import Source, open_source

__all__ = ["check_target", "database_of", "opened"]


@contextmanager
def opened(
    customers: Any, reading: Reading, *, limits: Resources, progress: Progress | None = None
) -> Iterator[tuple[Source, Engine]]:
    """Open a file, a dataframe or what a database has, for as long as it is worked with."""
    watch = progress or Progress()
    engine = open_engine(customers, reading.place, limits=limits, watch=watch.query)
    with closing(engine):
        with watch.step("read"):
            table = open_source(customers, engine, reading)
        yield table, engine


def database_of(engine: Engine, name: str) -> Database:
    """The engine as one that can keep a table.

    Raises
    ------
    InputError
        If it is none.
    """
    if isinstance(engine, Database):
        return engine
    raise InputError(
        f"The customers are in no database, so the table {name} cannot be written there.",
        "Write a file: -o FILE; in Python assign_file or write.",
        code="R68",
    )


def check_target(
    customers: str, name: str, *, replace: bool, **reading: Unpack[ReadingOptions]
) -> None:
    """Refuse a table of a database that segments cannot be written to, before anything is done.

    Raises
    ------
    InputError, OutputError
        As :meth:`segmentry.segmentation.Segmentation.write_table` does.
    """
    engine = open_engine(customers, Reading(**reading).place, limits=Resources())
    with closing(engine):
        database_of(engine, name).check_target(name, replace=replace)

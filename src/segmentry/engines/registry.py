"""Which engine a source is opened in: one row for each that is not the embedded one."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from segmentry.engines.contract import Engine
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.places import Place
from segmentry.engines.resources import Resources
from segmentry.errors import InputError

__all__ = ["ENGINES", "EngineKind", "engine_of", "is_url", "open_engine"]

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)


@dataclass(frozen=True)
class EngineKind:
    """An engine in which the customers are already.

    Attributes
    ----------
    name : str
        What sources in it are called.
    module, opener : str
        Where its class is. It is called with the source, the place and ``watch``.
    extra : str
        What has to be installed with Segmentry.
    library : str
        The library that comes with it.
    schemes : tuple of str
        URLs that begin so are opened in it.
    frames : tuple of str
        Libraries whose dataframes are opened in it.
    """

    name: str
    module: str
    opener: str
    extra: str
    library: str
    schemes: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()

    def takes(self, source: object) -> bool:
        """Whether a source is opened in this engine."""
        if isinstance(source, str):
            found = _SCHEME.match(source)
            return found is not None and found[1].lower() in self.schemes
        return type(source).__module__.partition(".")[0] in self.frames


ENGINES = (
    EngineKind(
        "postgres", "segmentry.engines.postgres", "PostgresEngine", "postgres",
        "adbc_driver_postgresql", schemes=("postgresql", "postgres"),
    ),
    EngineKind(
        "spark", "segmentry.engines.spark", "SparkEngine", "spark", "pyspark",
        schemes=("spark", "sc"), frames=("pyspark",),
    ),
)  # fmt: skip


def engine_of(source: object) -> EngineKind | None:
    """The engine that a source is in already; None for files and dataframes in memory."""
    return next((own for own in ENGINES if own.takes(source)), None)


def is_url(source: object) -> bool:
    """Whether a source is a URL, which is not to be taken for a path or shown with a password."""
    return isinstance(source, str) and _SCHEME.match(source) is not None


def open_engine(
    source: Any,
    place: Place,
    *,
    limits: Resources,
    watch: Callable[[float], None] | None = None,
) -> Engine:
    """Return the engine for a source: the one that it is in, else the embedded one.

    Raises
    ------
    InputError
        If an engine is not installed, or something is said of a database where there is none.
    """
    kind = engine_of(source)
    if kind is None:
        _check_no_database(place)
        return DuckDBEngine(limits, watch=watch)
    if is_url(source):
        place.check()
    else:
        _check_no_rows_named(place)
    try:
        opener = getattr(importlib.import_module(kind.module), kind.opener)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in (kind.library, "adbc_driver_manager"):
            raise
        raise InputError(
            f"{kind.name} needs a library that is not installed ({kind.library}).",
            f"Install it: pip install 'segmentry[{kind.extra}]'",
            code="R106",
        ) from None
    engine: Engine = opener(source, place, watch=watch)
    return engine


def _check_no_rows_named(place: Place) -> None:
    if place.table or place.query:
        raise InputError(
            "A dataframe was given together with a table or a query.",
            "Give one of them; a dataframe says which rows itself.",
            code="R105",
        )


def _check_no_database(place: Place) -> None:
    if place.given:
        options = ", ".join(f"--{name}" for name in place.given)
        raise InputError(
            f"{options} says something of a database, and the source is none.",
            "Give a URL as the source, for example postgresql://user@host/db.",
            code="R105",
        )

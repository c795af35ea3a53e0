"""A session of Spark's, and work in it that can be stopped."""

from __future__ import annotations

import re
import secrets
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from segmentry.engines.addresses import spark_address
from segmentry.engines.interrupts import run_stoppably
from segmentry.errors import (
    DatabaseError,
    InputError,
    ResourceError,
    SegmentryError,
    SourceError,
    SourceNotFoundError,
)
from segmentry.redaction import redacted

__all__ = ["Session"]

T = TypeVar("T")

_SETTINGS = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF"}
"""Of a session of our own, beside what spark-defaults.conf says. At any other level Spark prints
each error of a task, which may hold a value of a row."""
_REACH_SECONDS = 20.0
"""Until a server of Spark Connect can be reached."""
_BEGIN_SECONDS = 120.0
"""That a session may take to begin, unless it is said how long a query may take."""
_PATIENCE_SECONDS = 20.0
"""With Spark to end what was interrupted: where all executors are lost it never does."""
_NOT_THERE = ("TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND",
              "REQUIRES_SINGLE_PART_NAMESPACE")  # fmt: skip


class Session:
    """The session of a dataframe, or one that is begun for a URL, unless there is one already.

    Parameters
    ----------
    source : pyspark.sql.DataFrame or str
        The dataframe or the URL.
    timeout : float, optional
        Seconds that one query may take. Default: any time.

    Raises
    ------
    DatabaseError
        If a session cannot be begun.
    """

    def __init__(self, source: Any, *, timeout: float | None) -> None:
        self.timeout = timeout
        if isinstance(source, str):
            source = spark_address(source)
        self._where = redacted(source) if isinstance(source, str) else "Spark"
        self._tag = f"segmentry-{secrets.token_hex(8)}"
        self._own = False
        self.spark: Any = self._begun(source) if isinstance(source, str) else source.sparkSession

    def close(self) -> None:
        """End the session if it was begun here; twice does no harm."""
        if self._own:
            self._own = False
            with suppress(PySparkException, Py4JError):
                self.spark.stop()

    def _begun(self, url: str) -> Any:
        """The session that is there, or a new one, for which nobody waits for ever."""
        begun, patience = time.monotonic(), self.timeout or _BEGIN_SECONDS

        def glance() -> None:
            if time.monotonic() - begun > patience:
                raise self._no_answer(patience)

        try:
            there = _session_there()
            self._own = there is None
            with _without_warning_of_pandas():
                if there is None and url.startswith("sc://"):
                    self._await_server(url, min(patience, _REACH_SECONDS))
                return there or run_stoppably(
                    lambda: _builder(url).getOrCreate(),
                    interrupt=lambda: None, glance=glance, patience=0.0,
                )  # fmt: skip
        except (PySparkException, Py4JError, ImportError, ValueError) as error:
            raise self._no_session(error) from None

    def _await_server(self, url: str, seconds: float) -> None:
        """Wait until a server of Spark Connect can be reached.

        A client of it would try for ten minutes, deaf to signals, and again when Python exits.
        """
        import grpc
        from pyspark.sql.connect.client import DefaultChannelBuilder

        with DefaultChannelBuilder(url).toChannel() as channel:
            ready = grpc.channel_ready_future(channel)
            try:
                ready.result(timeout=seconds)
            except grpc.FutureTimeoutError:
                raise self._no_answer(seconds) from None
            finally:
                ready.cancel()

    def _no_answer(self, seconds: float) -> DatabaseError:
        return DatabaseError(
            f"No session of Spark at {self._where} within {seconds:g} seconds.",
            "Check host, port and network, and that it is up; --timeout SECONDS says how long to "
            "wait.",
            code="R106",
        )

    def _no_session(self, error: Exception) -> SegmentryError:
        if "JAVA_GATEWAY" in str(error):
            fix = "Install Java 17, for example: sudo apt-get install openjdk-17-jre-headless"
            return DatabaseError("Spark needs Java, and it could not be started.", fix, code="R106")
        if isinstance(error, ImportError):
            fix = "Install it: pip install 'pyspark[connect]'"
            return InputError("Spark Connect is not installed.", fix, code="R106")
        return DatabaseError(
            f"No session of Spark at {self._where} ({_condition(error)}).",
            "Give spark://host:7077 of a cluster, spark://local[4], or sc://host:15002.",
            code="R106",
        )

    def run(self, work: Callable[[Any], T], *, table: str | None = None) -> T:
        """Let Spark work where a signal or the time limit stops it; ``table`` is looked for."""
        begun = time.monotonic()

        def tagged() -> T:
            self.spark.addTag(self._tag)
            try:
                with _unlogged():
                    return work(self.spark)
            finally:
                self.spark.removeTag(self._tag)

        def glance() -> None:
            if self.timeout is not None and time.monotonic() - begun > self.timeout:
                raise ResourceError(
                    f"A query took longer than {self.timeout:g} seconds on {self._where}.",
                    "Give it more with --timeout SECONDS, or narrow the rows with --query.",
                    code="R104",
                )

        try:
            return run_stoppably(
                tagged, interrupt=self._interrupt, glance=glance, patience=_PATIENCE_SECONDS
            )
        except (PySparkException, Py4JError, ConnectionError) as error:
            raise self._fault(error, table) from None

    def _interrupt(self) -> None:
        with suppress(PySparkException, Py4JError, ConnectionError):
            self.spark.interruptTag(self._tag)

    def _fault(self, error: Exception, table: str | None) -> SegmentryError:
        """An error of ours; Spark's own text may hold what is in a row."""
        condition = _condition(error)
        if table is not None and condition.startswith(_NOT_THERE):
            return SourceNotFoundError(
                f"There is no table {table} at {self._where}.",
                "Check catalog, schema and table; a name that is no plain word stands in double "
                "quotes.",
                code="R01",
            )
        if isinstance(error, AnalysisException):
            return SourceError(
                f"{self._where} cannot answer the query ({condition}).",
                "Try the SELECT in spark-sql; it says more than may be shown here.",
                code="R105",
            )
        return DatabaseError(
            f"{self._where} did not finish a query ({condition}).",
            "Run it again when the session is up, or try the SELECT in spark-sql, which says more "
            "than may be shown here.",
            code="R106",
        )


def _session_there() -> Any | None:
    """The session of whoever calls, in this thread or as the default of all; not one that ended."""
    found = SparkSession.getActiveSession()
    if found is None:
        with suppress(PySparkException):
            found = SparkSession.active()
    context = getattr(found, "_sc", None)
    return None if context is not None and context._jsc is None else found


@contextmanager
def _without_warning_of_pandas() -> Iterator[None]:
    """Let a session begin without what pyspark says of pandas, which is not used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "PySpark does not yet fully support pandas", FutureWarning
        )
        yield


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep pyspark from printing each error, which may hold a value of a row: it is told anyway."""
    loggers = [
        PySparkLogger.getLogger(f"{kind}QueryContextLogger") for kind in ("SQL", "DataFrame")
    ]
    before = [own.disabled for own in loggers]
    for own in loggers:
        own.disabled = True
    try:
        yield
    finally:
        for own, was in zip(loggers, before, strict=True):
            own.disabled = was


def _builder(url: str) -> Any:
    builder = SparkSession.builder.appName("segmentry")
    if url.lower().startswith("sc://"):
        return builder.remote(url)
    place = url[len("spark://") :].strip("/")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    if not place:
        return builder
    return builder.master(f"spark://{place}" if ":" in place else place)


def _condition(error: Exception) -> str:
    """The name of what went wrong, without any value: Spark's own name or the kind of error."""
    if isinstance(error, PySparkException) and error.getCondition():
        return str(error.getCondition())
    found = re.search(r"(?:^|(?:Exception|Error): )\[([A-Z][A-Z0-9_.]+)\]", str(error))
    return found[1] if found else type(error).__name__

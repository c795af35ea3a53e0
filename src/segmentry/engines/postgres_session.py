"""A session on a PostgreSQL server: what holds throughout it, and work that can be stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import parse_qs

import pyarrow as pa
from adbc_driver_manager import Error as DriverError
from adbc_driver_manager._reader import AdbcRecordBatchReader
from adbc_driver_postgresql import dbapi
from sqlglot import exp

from segmentry.engines.interrupts import run_stoppably
from segmentry.engines.postgres_faults import fault, may_pass, no_connection
from segmentry.sql import postgres as words

__all__ = ["Session"]

T = TypeVar("T")

_LOCK_SECONDS = 10.0
"""At most; never as long as a statement may take, so that it is told which of them ended it."""
_IDLE_SECONDS = 600.0
_CONNECT_SECONDS = 10.0
"""At most, for each address of the server."""
_PAUSES_SECONDS = (0.5, 2.5)
"""Between the three times that a connection is tried."""
_CONNECTION = {
    "application_name": "segmentry", "keepalives_idle": "30", "keepalives_interval": "10",
    "keepalives_count": "3", "tcp_user_timeout": "60000",
}  # fmt: skip
_BATCH_OPTION = "adbc.postgresql.batch_size_hint_bytes"
_BATCH_BYTES = 4 * 2**20
"""Of an answer that is streamed."""
_SETTINGS = {
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": f"{_IDLE_SECONDS * 1000:.0f}",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "synchronize_seqscans": "off",
}
"""For the whole session; a stable order of rows and one form of dates are among them."""


class Session:
    """One connection with its time limits; all that it reads in a transaction is of one time.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database``; libpq finds a password in PGPASSWORD or .pgpass.
    timeout : float
        Seconds that one statement may take.

    Raises
    ------
    DatabaseError
        If the server cannot be reached.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.url, self.timeout = url, timeout
        self._in_transaction = False
        self._connection: Any = self._connect()
        times = {
            "statement_timeout": f"{max(1.0, 1000 * timeout):.0f}",
            "lock_timeout": f"{max(1.0, 1000 * min(_LOCK_SECONDS, timeout / 2)):.0f}",
        }
        try:
            for name, value in (_SETTINGS | times).items():
                self.do(words.setting(name, value))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection, and of whatever is not committed; twice does no harm."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DriverError):
                connection.close()

    def _connect(self) -> Any:
        """Connect; what may be over soon (a server that starts up) is tried again, within time."""
        until = time.monotonic() + self.timeout
        for pause in (*_PAUSES_SECONDS, math.inf):
            try:
                return run_stoppably(
                    lambda: dbapi.connect(self._full_url(), autocommit=True),
                    interrupt=lambda: None,
                    glance=lambda: None,
                )
            except DriverError as error:
                if not may_pass(error) or time.monotonic() + pause > until:
                    raise no_connection(error, self.url) from None
            time.sleep(pause)
        raise AssertionError

    def _full_url(self) -> str:
        """The URL with what it does not say of the connection itself."""
        patience = f"{min(_CONNECT_SECONDS, max(2.0, self.timeout)):.0f}"
        ours = {"connect_timeout": patience} | _CONNECTION
        said = parse_qs(self.url.partition("?")[2], keep_blank_values=True)
        more = "&".join(f"{name}={own}" for name, own in ours.items() if name not in said)
        return f"{self.url}{'&' if '?' in self.url else '?'}{more}"

    # ------------------------------------------------------------ transactions

    def read(self) -> None:
        """Begin to read, unless that was done: from now on nothing changes under our eyes."""
        if not self._in_transaction:
            self.do(words.READ_ONLY)
            self._in_transaction = True

    def write(self, snapshot: str) -> None:
        """Begin a transaction that may write, and sees what the one with the snapshot sees."""
        for statement in words.read_write(snapshot):
            self.do(statement)
        self._in_transaction = True

    def commit(self) -> None:
        """Make what was written visible to others, all at once."""
        self.do(words.COMMIT)
        self._in_transaction = False

    # ------------------------------------------------------------ statements

    def do(self, statement: exp.Expr | str) -> None:
        """Run a statement without an answer."""
        text = _text(statement)
        self.run(lambda cursor: cursor.execute(text))

    def schema(self, query: exp.Expr) -> pa.Schema:
        """Return the columns of a query's answer, without running it."""
        text = _text(query)
        self.read()
        schema: pa.Schema = self.run(lambda cursor: cursor.adbc_execute_schema(text))
        return schema

    def arrow(self, query: exp.Expr) -> pa.Table:
        """Run a query and return its whole answer."""
        text = _text(query)

        def ask(cursor: Any) -> pa.Table:
            cursor.execute(text)
            return cursor.fetch_arrow_table()

        self.read()
        table: pa.Table = self.run(ask)
        return table.replace_schema_metadata(None)

    def rows(self, query: exp.Expr) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts."""
        rows: list[dict[str, Any]] = self.arrow(query).to_pylist()
        return rows

    def stream(
        self, query: exp.Expr, keep: Callable[[pa.Schema, Iterator[pa.RecordBatch]], None]
    ) -> None:
        """Run a query and hand out its answer batch by batch; it is never held whole."""
        text = _text(query)

        def ask(cursor: Any) -> None:
            cursor.adbc_statement.set_options(**{_BATCH_OPTION: str(_BATCH_BYTES)})
            cursor.execute(text)
            # Arrow's own reader, which ``fetch_record_batch`` gives, calls each fault of the
            # server's an OSError without SQLSTATE, as if a disk were full.
            stream = cursor.fetch_arrow()
            reader = AdbcRecordBatchReader._import_from_c(stream.address)
            try:
                keep(reader.schema, _read(reader))
            finally:
                reader.close()

        self.read()
        self.run(ask)

    def run(self, work: Callable[[Any], T]) -> T:
        """Let the server work where a signal stops it; whatever fails ends the transaction."""
        cursor = self._connection.cursor()
        try:
            return run_stoppably(
                lambda: work(cursor), interrupt=_cancelling(cursor), glance=lambda: None
            )
        except (DriverError, _StreamError) as error:
            self._give_up(cursor)
            raise fault(error, self.url, timeout=self.timeout) from None
        except BaseException:
            self._give_up(cursor)
            raise
        finally:
            with suppress(DriverError):
                cursor.close()

    def _give_up(self, cursor: Any) -> None:
        was, self._in_transaction = self._in_transaction, False
        if was:
            with suppress(DriverError):
                cursor.execute(words.ROLLBACK)


class _StreamError(Exception):
    """An answer that Arrow could not read to its end."""


def _read(reader: AdbcRecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches of an answer; whatever goes wrong here is no fault of who keeps them."""
    try:
        yield from reader
    except (OSError, pa.ArrowException) as error:
        raise _StreamError(*error.args) from None


def _text(statement: exp.Expr | str) -> str:
    return statement if isinstance(statement, str) else statement.sql(dialect="postgres")


def _cancelling(cursor: Any) -> Callable[[], None]:
    def cancel() -> None:
        with suppress(DriverError):
            cursor.adbc_cancel()

    return cancel

"""What PostgreSQL refuses, in words of ours: its own may hold a value of a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from segmentry.errors import (
    DatabaseError,
    InputError,
    OutputError,
    ResourceError,
    SegmentryError,
    SourceError,
)
from segmentry.redaction import redacted

__all__ = ["fault", "may_pass", "no_connection"]

_NO_ACCESS = "docs/postgres.md lists the GRANTs."


def fault(error: Any, url: str, *, timeout: float) -> SegmentryError:
    """Turn an error of the driver's into one of ours, by its SQLSTATE.

    See https://www.postgresql.org/docs/current/errcodes-appendix.html. Its text is never told: it
    may hold what is in a row.
    """
    state, where = getattr(error, "sqlstate", None) or "", redacted(url)
    if state[:2] == "28":
        return no_connection(error, url)
    if state == "57014":
        return ResourceError(
            f"A query took longer than {timeout:g} seconds on {where}.",
            "Give it more with --timeout SECONDS, or narrow the rows with --query.",
            code="R104",
        )
    if state in ("55P03", "40001", "40P01"):
        return DatabaseError(
            f"{where} let the query wait for a lock, or gave others way (SQLSTATE {state}).",
            "Run it again when nobody changes the table.",
            code="R106",
        )
    if state[:2] == "53":
        return DatabaseError(
            f"{where} is out of memory, room or connections (SQLSTATE {state}).",
            "Run it again later, or ask whoever runs the server.",
            code="R106",
        )
    if state == "42P07":
        return OutputError(
            "The table to write is there already.",
            "Replace it with --replace, or choose another name.",
            code="R68",
        )
    if state == "2BP01":
        return OutputError(
            "Other objects, such as views, stand on the table that is to be replaced.",
            "Choose another name, or drop them first.",
            code="R68",
        )
    if state == "42501":
        return InputError(f"The role may not do this on {where}.", _NO_ACCESS, code="R104")
    if state == "25006":
        return SourceError(
            "The query would change something in the database, and may only read.",
            "Give a SELECT that calls no function that writes.",
            code="R105",
        )
    if state[:2] in ("42", "22", "0A", "3F", "21", "54"):
        return SourceError(
            f"{where} cannot answer the query (SQLSTATE {state}).",
            "Try the SELECT in psql; it says more than may be shown here.",
            code="R105",
        )
    ended = "the connection was lost" if not state or state[:2] in ("08", "57") else state
    return DatabaseError(
        f"{where} did not finish a query: {ended}.",
        "Run it again when the server is up; nothing was written.",
        code="R106",
    )


@dataclass(frozen=True)
class _Reason:
    """Why there is no connection: how it is known, and what is told instead of those words.

    ``passing`` is what may be over when it is tried again.
    """

    known_by: str
    told: str
    fix: str
    passing: bool = False


_LOGIN = "Check user and password: PGPASSWORD, ~/.pgpass, or in the URL."
_SERVER = "Check host, port and network, and that the server is up."
_LATER = "Run it again later, or ask whoever runs the server."
_REASONS = (
    _Reason("password authentication failed", "password authentication failed", _LOGIN),
    _Reason("no password supplied", "the server wants a password, and none was given", _LOGIN),
    _Reason("starting up|shutting down|recovery mode|not (yet )?accepting",
            "the server starts up or shuts down", _LATER, passing=True),
    _Reason("too many (clients|connections)|remaining connection slots",
            "the server has no connection left", _LATER, passing=True),
    _Reason("pg_hba.conf", "the server lets nobody in with this user, database, address and TLS "
            "(pg_hba.conf)", "Check user, database and sslmode in the URL, or ask who runs it."),
    _Reason('database ".*" does not exist', "the database does not exist",
            "Check the name of the database at the end of the URL."),
    _Reason('role ".*" does not exist|not permitted to log in', "this user may not log in", _LOGIN),
    _Reason("permission denied for database", "this user may not connect to the database",
            _NO_ACCESS),
    _Reason("invalid|missing|extra key|forbidden value|unexpected spaces|could not match",
            "the client library cannot read the options behind its ?",
            "See postgresql.org/docs/current/libpq-connect.html for their names and values."),
    _Reason("SSL|TLS|certificate", "there is no connection by SSL as sslmode asks for it",
            "Check sslmode and sslrootcert in the URL, and that the server speaks TLS."),
    _Reason("could not translate host name|Name or service not known", "no such host is known",
            _SERVER),
    _Reason("refused", "the connection was refused", _SERVER, passing=True),
    _Reason("closed the connection|reset by peer", "the server closed the connection", _SERVER,
            passing=True),
    _Reason("timeout|timed out", "the server did not answer in time", _SERVER),
    _Reason("No such file or directory", "no server listens on this machine's socket", _SERVER),
    _Reason("", "the connection failed", _SERVER),
)  # fmt: skip
"""The first that fits counts. Words of the client library are never told: where it cannot read a
URL it quotes pieces of it, which may be those of a password."""


def may_pass(error: Exception) -> bool:
    """Whether a connection that failed so may come about when it is tried again."""
    return _reason(error).passing


def no_connection(error: Exception, url: str) -> SegmentryError:
    """Turn an error while connecting into one of ours."""
    why = _reason(error)
    return DatabaseError(f"Cannot connect to {redacted(url)}: {why.told}.", why.fix, code="R106")


def _reason(error: Exception) -> _Reason:
    said = " ".join(str(error).split())
    return next(own for own in _REASONS if re.search(own.known_by, said))

"""What PostgreSQL refuses, in words of ours: its own may hold a value of a row."""

from __future__ import annotations

from typing import Any

from segmentry.engines.places import hidden, redacted
from segmentry.errors import (
    DatabaseError,
    InputError,
    OutputError,
    ResourceError,
    SegmentryError,
    SourceError,
)

__all__ = ["fault"]

_NO_ACCESS = "docs/postgres.md lists the GRANTs."


def fault(error: Any, url: str, *, timeout: float, connecting: bool = False) -> SegmentryError:
    """Turn an error of the driver's into one of ours, by its SQLSTATE.

    See https://www.postgresql.org/docs/current/errcodes-appendix.html. Texts of the server are
    told only where they are about the connection: others may hold what is in a row.
    """
    state, where = getattr(error, "sqlstate", None) or "", redacted(url)
    if connecting or state[:2] == "28":
        return _no_connection(error, state, url)
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


def _no_connection(error: Any, state: str, url: str) -> SegmentryError:
    said = hidden(" ".join(str(error).split()), url)
    said = said.partition(" Is the server running")[0]
    for mark in ("FATAL:", "failed:", "libpq] Failed to connect:"):
        said = said.rpartition(mark)[2].strip() or said
    fix = "Check host, port and network, and that the server is up."
    if state[:2] == "28" or "authentication" in said or "password" in said:
        fix = "Check user and password: PGPASSWORD, ~/.pgpass, or in the URL."
    elif "SSL" in said or "certificate" in said:
        fix = "Check sslmode and sslrootcert in the URL, and that the server speaks TLS."
    elif state == "3D000" or "does not exist" in said:
        fix = "Check the name of the database at the end of the URL."
    shown = said.removesuffix(".")[:300]
    return DatabaseError(f"Cannot connect to {redacted(url)}: {shown}.", fix, code="R106")

"""PostgreSQL: queries run where the customers are, and only small answers leave."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from segmentry.engines import arrow_files
from segmentry.engines.addresses import postgres_address
from segmentry.engines.places import Opened, Part, Place, parse_query, parse_table
from segmentry.engines.postgres_session import Session
from segmentry.errors import InputError, OutputError, SourceError, SourceNotFoundError
from segmentry.redaction import redacted
from segmentry.sql import postgres as words
from segmentry.sql.views import Views

__all__ = ["PostgresEngine"]

_OLDEST = 14
_TIMEOUT_SECONDS = 600.0
_NUMBERS = {
    "int2": "whole", "int4": "whole", "int8": "whole", "float4": "double", "float8": "double",
    "numeric": "numeric", "money": "money",
}  # fmt: skip
_DATES = frozenset({"date", "timestamp", "timestamptz"})
_TEXTS = frozenset({"time", "timetz", "interval", "uuid", "citext", "xid", "char"})
_TEXT_CATEGORIES = frozenset("SBEIVX")
_ASSIGNED = frozenset({"segment", "segment_name", "distance", "margin"})
"""Columns by which a table of assignments is known, which alone may be replaced."""


class PostgresEngine:
    """Asks one PostgreSQL server within one read-only transaction, so all answers are of one time.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database``; libpq finds a password in PGPASSWORD or .pgpass.
    place : Place
        The table or the query that gives the customers, and how long a query may take.
    watch : callable, optional
        Never called: the server does not tell how far it is.

    Raises
    ------
    DatabaseError
        If the server cannot be reached, or is lost.
    InputError
        If the table is not there, may not be read, or the query is no single SELECT.
    ResourceError
        By a query that takes longer than it may.
    """

    dialect = "postgres"
    numbered = False
    reads_notations = False
    scans_once = False

    def __init__(
        self,
        url: str,
        place: Place,
        *,
        watch: Callable[[float], None] | None = None,  # noqa: ARG002
    ) -> None:
        self._url = url = postgres_address(url)
        self._timeout = place.timeout or _TIMEOUT_SECONDS
        query = parse_query(place.query, dialect=self.dialect) if place.query is not None else None
        if place.table is not None:
            parse_table(place.table)
        self._views = Views()
        self._session = Session(url, self._timeout)
        try:
            facts = self._session.rows(words.server_facts())[0]
            self._notes = _about_server(facts, redacted(url))
            self._origin = query or self._found(place.table or "", facts["database"])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection; a second time does nothing."""
        self._session.close()

    # ------------------------------------------------------------ where the customers are

    def _found(self, table: str, database: str) -> exp.Table:
        """The table of a name, as it is written or in lower case as PostgreSQL reads it."""
        for reading in _readings(_of_database(table, database)):
            if self._session.rows(words.relation(reading)):
                return reading
        raise SourceNotFoundError(
            f"There is no table {table} at {redacted(self._url)} that this role may see.",
            "Check schema and table; a name that is no plain word stands in double quotes.",
            code="R01",
        )

    @property
    def _name(self) -> str:
        if not isinstance(self._origin, exp.Table):
            return "query"
        return ".".join(own.name for own in self._origin.parts)

    def open_table(self, name: str) -> Opened:
        """Give the customers a name, in types that every engine knows."""
        titles = self._session.schema(words.all_of(self._origin)).names
        _check_titles(titles, self._name)
        kinds, left_out = self._kinds(titles)
        self.add_view(name, words.base_table(self._origin, kinds))
        notes = [
            f"{title} was left out: a column of type {kind} holds no single number, text or date."
            for title, kind in left_out.items()
        ]
        detail = f"PostgreSQL, {redacted(self._url)}"
        return Opened(self._name, detail, (*self._notes, *notes), left_out)

    def _kinds(self, titles: list[str]) -> tuple[dict[str, str], dict[str, str]]:
        """By column what it is turned into, and the types of those that cannot be."""
        numbers = self._session.rows(words.column_types(self._origin, titles))[0]["types"]
        types = self._types(set(numbers))
        kinds, left_out = {}, {}
        for title, number in zip(titles, numbers, strict=True):
            called, category = types[number]
            kind = _kind(called, category)
            if kind:
                kinds[title] = kind
            else:
                left_out[title] = called.removeprefix("_") + ("[]" if category == "A" else "")
        return kinds, left_out

    def _types(self, numbers: set[int]) -> dict[int, tuple[str, str]]:
        """By a type's number its name and category; a domain is what it is made of."""
        found = {row["oid"]: row for row in self._session.rows(words.types_called(numbers))}
        bases = {row["base"] for row in found.values() if row["base"]}
        deeper = self._types(bases) if bases else {}
        return {
            number: deeper[row["base"]] if row["base"] else (row["typname"], row["typcategory"])
            for number, row in found.items()
        }

    # ------------------------------------------------------------ tables

    def columns(self, name: str) -> list[tuple[str, str]]:
        """Return each column's name and type: number, text or date."""
        everything = exp.select("*").from_(exp.Table(this=exp.to_identifier(name, quoted=True)))
        schema = self._session.schema(self._full(everything))
        return [(own.name, _simple_type(own)) for own in schema]

    def decimals(self, name: str, *, digits: int) -> list[str]:  # noqa: ARG002
        """Return the columns of decimals that may have more digits: a numeric does not tell."""
        return []

    def add_view(self, name: str, query: exp.Select) -> None:
        """Give a query a name, which it takes over from an earlier one."""
        self._views.add(name, query)

    def add_stored(self, name: str, query: exp.Select) -> None:
        """Give a query a name: a read-only transaction keeps nothing."""
        self.add_view(name, query)

    def is_stored(self, name: str) -> bool:  # noqa: ARG002
        """Whether a table is one of the engine's own: never."""
        return False

    def _full(self, query: exp.Select) -> exp.Select:
        return words.in_postgres(query, self._views)

    # ------------------------------------------------------------ answers

    def arrow(self, query: exp.Select) -> pa.Table:
        """Run a query and return its whole answer; only for answers that are small."""
        return self._session.arrow(self._full(query))

    def rows(self, query: exp.Select) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts."""
        return self._session.rows(self._full(query))

    def array(self, query: exp.Select) -> npt.NDArray[np.float64]:
        """Run a query of numbers and return its whole answer, a row a row; NULL is NaN."""
        return arrow_files.as_array(self.arrow(query))

    def write(
        self,
        query: exp.Select,
        path: str | os.PathLike[str],
        *,
        parquet: bool,
        harmless: bool = False,
    ) -> None:
        """Run a query and write its answer to a file, CSV or Parquet, batch by batch."""
        self._session.stream(
            self._full(query),
            lambda schema, batches: arrow_files.write_batches(
                schema, batches, path, parquet=parquet, harmless=harmless
            ),
        )

    # ------------------------------------------------------------ tables written

    def check_target(self, table: str, *, replace: bool) -> None:
        """Refuse a table that assignments cannot be written to."""
        with closing(Session(self._url, self._timeout)) as session:
            self._target(session, table, replace=replace)

    def write_table(self, query: exp.Select, table: str, *, replace: bool) -> None:
        """Let the server keep a query's answer as a table, in one transaction of its own.

        It sees the very rows that all earlier answers came from.
        """
        snapshot = self._session.rows(words.snapshot())[0]["snapshot"]
        with closing(Session(self._url, self._timeout)) as writer:
            target, is_there = self._target(writer, table, replace=replace)
            writer.write(snapshot)
            for statement in words.keep_as(target, self._full(query), replacing=is_there):
                writer.do(statement)
            writer.commit()

    def _target(self, session: Session, table: str, *, replace: bool) -> tuple[exp.Table, bool]:
        """The table to write, and whether it takes the place of an earlier one.

        In a short transaction: one that began earlier would not see all tables, and lock this one.
        """
        facts = session.rows(words.server_facts())[0]
        *_, target = _readings(_of_database(table, facts["database"]))
        if not session.rows(words.may_create(target.db or None))[0]["may"]:
            raise OutputError(
                f"The role {facts['role']} may not make tables in the schema of {table}, or there "
                "is no such schema.",
                "Name one where it may: docs/postgres.md lists the GRANTs.",
                code="R68",
            )
        found = session.rows(words.relation(target))
        titles = set(session.schema(words.all_of(target)).names) if found else set()
        source = self._origin if isinstance(self._origin, exp.Table) else None
        same = source is not None and session.rows(words.relation(source)) == found
        session.commit()
        if not found:
            return target, False
        if not replace:
            raise OutputError(
                f"The table {table} is there already.",
                "Replace it with --replace, or choose another name.",
                code="R68",
            )
        if same or found[0]["kind"] != "r" or not titles >= _ASSIGNED:
            raise OutputError(
                f"{table} is not a table of segments that Segmentry wrote, so it is not replaced.",
                "Choose another name.",
                code="R68",
            )
        return target, True


# ---------------------------------------------------------------- names and types


def _spelt(part: Part) -> tuple[str, ...]:
    """A name as it is written, and in lower case as PostgreSQL reads what is not quoted."""
    return (part.name,) if part.quoted else (part.name, part.name.lower())


def _of_database(table: str, database: str) -> Sequence[Part]:
    """The parts of a table's name within the database that the URL leads to."""
    parts = parse_table(table)
    if len(parts) == 3 and database not in _spelt(parts[0]):
        raise InputError(
            f"The URL leads to the database {database!r}, not {parts[0].name!r}.",
            "Name the database at the end of the URL, and the table as schema.table.",
            code="R67",
        )
    return parts[-2:]


def _readings(parts: Sequence[Part]) -> Iterator[exp.Table]:
    """The tables that a name may mean: what is not quoted as it is written, then in lower case."""
    for names in dict.fromkeys(itertools.product(*map(_spelt, parts))):
        quoted = [exp.to_identifier(own, quoted=True) for own in names]
        yield exp.Table(this=quoted[-1], db=quoted[0] if len(names) == 2 else None)


def _kind(called: str, category: str) -> str | None:
    """What a column of a type is turned into; None where it holds no single value."""
    if called in _NUMBERS:
        return _NUMBERS[called]
    if called in _DATES:
        return "date"
    return "text" if called in _TEXTS or category in _TEXT_CATEGORIES else None


def _simple_type(field: pa.Field) -> str:
    """The type of a column of ours, as Arrow has it: numbers of any length come as text."""
    kind, metadata = field.type, field.metadata or {}
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if metadata.get(b"ADBC:postgresql:typname") == b"numeric":
        return "number"
    return "date" if pa.types.is_date(kind) or pa.types.is_timestamp(kind) else "text"


def _check_titles(titles: Sequence[str], name: str) -> None:
    twice = next((own for own in titles if titles.count(own) > 1), None)
    if twice is None and titles:
        return
    raise SourceError(
        f"{name} has two columns {twice!r}." if titles else f"{name} has no columns.",
        "Give each column a name of its own, with AS.",
        code="R23",
    )


def _about_server(facts: Mapping[str, Any], where: str) -> tuple[str, ...]:
    version = facts["version"] // 10_000
    if version < _OLDEST:
        raise InputError(
            f"{where} runs PostgreSQL {version}, which is too old.",
            f"Use version {_OLDEST} or later.",
            code="R106",
        )
    if not facts["powerful"]:
        return ()
    return (
        f"The role {facts['role']} is a superuser; one that may only read is enough "
        "(docs/postgres.md).",
    )

"""Where customers are in a database: a URL, and a table or a query; checked before it is asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Real

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from segmentry.errors import InputError

__all__ = ["Opened", "Part", "Place", "parse_query", "parse_table"]

_MOST_PARTS = 3
_PART = re.compile(r'\s*(?:"((?:[^"\x00]|"")+)"|([^\W\d][\w$]*))\s*')
_CHANGES = (
    exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Into, exp.Lock, exp.Set, exp.Drop, exp.Alter,
    exp.Placeholder, exp.Parameter,
)  # fmt: skip
_VOLATILE = frozenset({
    "random", "random_normal", "clock_timestamp", "statement_timestamp", "timeofday", "nextval",
    "setval", "setseed", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4",
    "uuidv7", "shuffle", "randstr", "uniform", "monotonically_increasing_id",
})  # fmt: skip
"""Functions whose value is another one each time; that of ``now()`` is one in a transaction."""


@dataclass(frozen=True)
class Place:
    """What the caller says of customers in a database.

    Attributes
    ----------
    table : str, optional
        A table or view, ``schema.table``; a name that is no plain word stands in double quotes.
    query : str, optional
        A single SELECT that gives a row a customer.
    timeout : float, optional
        Seconds that one query may take.

    Raises
    ------
    InputError
        If there is not exactly one of table and query, or the timeout is no time.
    """

    table: str | None = None
    query: str | None = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        own = self.timeout
        if own is not None and (isinstance(own, bool) or not isinstance(own, Real) or own <= 0):
            raise InputError(
                f"timeout={own!r} is not a number of seconds.", "Give one, for example 600.",
                code="R104",
            )  # fmt: skip

    @property
    def given(self) -> list[str]:
        """What was said, by the names of the options."""
        return [name for name, own in vars(self).items() if own is not None]

    def check(self) -> None:
        """Refuse a place that names no rows, or two sets of them."""
        if (self.table is None) == (self.query is None):
            said = "both a table and a query" if self.table else "neither a table nor a query"
            raise InputError(
                f"A database was given with {said}.",
                "Say which rows are the customers: --table SCHEMA.TABLE, or --query 'SELECT …'.",
                code="R105",
            )


@dataclass(frozen=True)
class Opened:
    """What an engine found where the customers are.

    Attributes
    ----------
    name : str
        What to call it: the table's name.
    detail : str
        Where it is, without any password.
    notes : tuple of str
        What the reader should know.
    left_out : mapping of str to str
        Columns that no engine could compute with, each with its type.
    """

    name: str
    detail: str
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------- tables


@dataclass(frozen=True)
class Part:
    """A part of a table's name, and whether it stood in double quotes."""

    name: str
    quoted: bool


def parse_table(text: str) -> tuple[Part, ...]:
    """Read the name of a table as up to three parts: database, schema, table.

    Raises
    ------
    InputError
        If it is anything else.

    >>> [own.name for own in parse_table('crm."Big Customers"')]
    ['crm', 'Big Customers']
    """
    parts: list[Part] = []
    at = 0
    while at <= len(text) and len(parts) <= _MOST_PARTS:
        found = _PART.match(text, at)
        if not found:
            break
        quoted, plain = found.groups()
        parts.append(Part(quoted.replace('""', '"') if quoted else plain, bool(quoted)))
        if found.end() == len(text) and len(parts) <= _MOST_PARTS:
            return tuple(parts)
        if text[found.end() : found.end() + 1] != ".":
            break
        at = found.end() + 1
    raise InputError(
        f"{text!r} is not the name of a table.",
        'Give schema.table; a name that is no plain word in double quotes: crm."Big Customers".',
        code="R67",
    )


# ---------------------------------------------------------------- queries


def parse_query(text: str, *, dialect: str) -> exp.Query:
    """Read one SELECT, which changes nothing.

    Raises
    ------
    InputError
        If it is anything else, or more than one.
    """
    try:
        with _silent():
            found = [own for own in sqlglot.parse(text, read=dialect) if own is not None]
    except (SqlglotError, RecursionError):
        raise InputError(
            "The query cannot be understood as SQL.", _ONE_SELECT, code="R105"
        ) from None
    if len(found) != 1:
        raise InputError(f"The query holds {len(found)} statements.", _ONE_SELECT, code="R105")
    query = found[0]
    changing = next((own for own in query.walk() if isinstance(own, _CHANGES)), None)
    if not isinstance(query, exp.Query) or changing is not None:
        what = (changing or query).key.upper()
        raise InputError(f"The query does more than select ({what}).", _ONE_SELECT, code="R105")
    _check_same_each_time(query, dialect)
    return query


def _check_same_each_time(query: exp.Query, dialect: str) -> None:
    """Refuse what gives other rows each time: a query is run for each question."""
    for own in query.walk():
        what = _drawn_anew(own, dialect)
        if what:
            raise InputError(
                f"The query gives other rows each time it is run ({what}), and it is run for each "
                "question.",
                "Keep its answer as a table first, sample with TABLESAMPLE … REPEATABLE (seed), or "
                "choose by a hash of the id.",
                code="R105",
            )


def _drawn_anew(own: exp.Expr, dialect: str) -> str | None:
    """What a part of a query draws anew each time it is asked; None for all that does not."""
    if isinstance(own, exp.TableSample):
        return None if own.args.get("seed") else "TABLESAMPLE without REPEATABLE"
    if isinstance(own, (exp.Rand, exp.Randn)):
        seeded = dialect == "spark" and own.this is not None
        return None if seeded else "random()"
    if isinstance(own, exp.Uuid):
        return "a new uuid"
    called = own.name.lower() if isinstance(own, exp.Anonymous) else own.key
    return f"{called}()" if called in _VOLATILE else None


_ONE_SELECT = "Give a single SELECT, for example --query 'SELECT * FROM crm.customers'."


@contextmanager
def _silent() -> Iterator[None]:
    """Keep sqlglot from logging what it cannot parse: it is refused anyway."""
    log = logging.getLogger("sqlglot")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)

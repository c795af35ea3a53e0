"""Names in a dialect: columns that it can hold and tell apart, tables as somebody wrote them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from segmentry.errors import InputError

__all__ = ["check_columns", "table_named"]

_LONGEST = {
    "postgres": 63, "redshift": 127, "mysql": 64, "tsql": 128, "tsql2019": 128, "oracle": 128,
    "snowflake": 255, "bigquery": 300, "databricks": 255,
}  # fmt: skip
"""Bytes of a name; what is longer is cut or refused there."""
_CASELESS = frozenset(
    "tsql tsql2019 mysql bigquery spark databricks redshift trino sqlite duckdb".split()
)
"""Where names that differ in case alone are the same, quoted or not."""
_FOLDING = frozenset({"postgres", "redshift", "snowflake", "oracle"})
"""Where a name that is not quoted is another one than the same name in quotes."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*", re.ASCII)
_RESERVED = frozenset("""
access account add all alter analyse analyze and any array as asc asymmetric audit authorization
backup between binary both by case cast char check cluster collate collation column comment compress
concurrently connect connection constraint create credentials cross current current_catalog
current_date current_role current_schema current_time current_timestamp current_user database date
decimal default deferrable deflate delete desc disable distinct do drop else emptyasnull enable
encode encrypt end except exclusive exists explicit false fetch file float following for foreign
freeze from full grant group gscluster having identified identity ignore ilike immediate in
increment index initial initially inner insert integer intersect into is isnull issue join lateral
leading left level like limit localtime localtimestamp lock long maxextents minus mode modify
natural new noaudit nocompress not notnull nowait null nulls number of off offline offset oid old on
online only open option or order organization outer overlaps parallel partition pctfree percent
permissions placing primary prior privileges public qualify raw recover references regexp rename
resource respect returning revoke right rlike row rowid rownum rows sample schema select
session session_user set share similar size smallint snapshot some start successful symmetric
synonym sysdate system table tablesample tag tdes then timestamp to top trailing trigger true
truncate try_cast type uid union unique update user using validate values varchar varchar2 variadic
verbose view wallet when whenever where window with without
""".split()) - {"public"}  # fmt: skip
"""Words of these dialects that cannot, in one of them, be a name without quotes."""


def check_columns(columns: Sequence[str], dialect: str) -> None:
    """Refuse columns that a dialect cannot name, or cannot tell apart.

    Raises
    ------
    InputError
        With the name, or the two of them.
    """
    for name in columns:
        _check_length(name, dialect, "Make the model again from a table with shorter names.")
    seen: dict[str, str] = {}
    for name in columns:
        key = name.casefold() if dialect in _CASELESS else name
        if key in seen:
            raise InputError(
                f"{dialect} cannot tell {seen[key]!r} and {name!r} apart.",
                "Make the model again with other names.",
                code="R64",
            )
        seen[key] = name
    if dialect == "bigquery" and any("." in own for own in columns):
        raise InputError(
            "bigquery has no names with a point in them.", "Make the model again with other names.",
            code="R64",
        )  # fmt: skip


def _check_length(name: str, dialect: str, fix: str) -> None:
    most, size = _LONGEST.get(dialect), len(name.encode())
    if most and size > most:
        raise InputError(
            f"{dialect} has names of at most {most} bytes; {name[:40]!r}… has {size}.",
            fix,
            code="R64",
        )


def table_named(text: str, dialect: str) -> exp.Table:
    """The table of a name of up to three parts.

    A plain word without quotes stays without them where the dialect would take it for another name
    in quotes: ``CRM.Customers`` is ``crm.customers`` to PostgreSQL, ``CRM.CUSTOMERS`` to Snowflake.

    Raises
    ------
    InputError
        If it is no name, or one that is too long.

    >>> table_named('crm."Big Customers"', "snowflake").sql("snowflake")
    'crm."Big Customers"'
    """
    from segmentry.engines.places import parse_table

    parts = parse_table(text)
    for own in parts:
        _check_length(own.name, dialect, "Give the table or view a shorter name.")
    names = [
        exp.to_identifier(own.name, quoted=own.quoted or not _is_folded(own.name, dialect))
        for own in parts
    ]
    return exp.Table(**dict(zip(("this", "db", "catalog"), reversed(names), strict=False)))


def _is_folded(name: str, dialect: str) -> bool:
    """Whether a name can be left without quotes, and means something else with them."""
    if dialect not in _FOLDING or not _PLAIN.fullmatch(name) or name.lower() in _RESERVED:
        return False
    (token,) = sqlglot.tokenize(name, read=dialect)
    return token.token_type.name in ("VAR", "SCHEMA")

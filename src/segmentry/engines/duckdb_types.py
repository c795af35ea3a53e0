"""What DuckDB's types are to us: a number, a text, a date, or nested."""

from __future__ import annotations

import re

__all__ = ["digits_of", "simple_type"]

_NUMBERS = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|REAL)$")
_DATES = re.compile(r"^(DATE|TIMESTAMP.*)$")
_NESTED = re.compile(r"(\[\d*\]|^STRUCT|^MAP|^UNION)")
_DECIMALS = re.compile(r"DECIMAL\((\d+)")


def simple_type(kind: str) -> str:
    """Say what a type is, by the name that DuckDB gives it.

    >>> [simple_type(kind) for kind in ("UBIGINT", "TIMESTAMP_NS", "UUID", "INTEGER[]")]
    ['number', 'date', 'text', 'nested']
    """
    if _NESTED.search(kind):
        return "nested"
    if _NUMBERS.match(kind):
        return "number"
    return "date" if _DATES.match(kind) else "text"


def digits_of(kind: str) -> int:
    """How many digits a type of decimals may have; 0 for any other type.

    >>> digits_of("DECIMAL(18,3)"), digits_of("DOUBLE")
    (18, 0)
    """
    size = _DECIMALS.match(kind)
    return int(size[1]) if size else 0

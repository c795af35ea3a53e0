"""Numbers and dates as people write them: ``€ 1.234,50``, ``(500)``, ``12 %``, ``3.4.2024``.

A cell is a number in one notation or it is none; which notation a column is in, its cells decide
together (:func:`number_votes`, :func:`date_votes`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from sqlglot import exp

from segmentry.sql.expressions import alias, col, count, null_if_missing, select, whole

__all__ = [
    "CURRENCIES",
    "WRITTEN_DATE",
    "DateOrder",
    "Mark",
    "as_date",
    "as_number",
    "date_votes",
    "has_unit",
    "is_day_date",
    "is_notation",
    "number_votes",
    "without_unit",
]

Mark = Literal["", ".", ","]
"""The decimal mark of a column; empty where its cells are plain numbers."""
DateOrder = Literal["", "dmy", "mdy", "ymd", "name"]
"""How the dates of a column are written; ``ymd`` is 20240131, ``name`` has the month in words."""

_DIGITS = ("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９", "0123456789" * 3)
_SPACES = " \u00a0\u202f\u2009'’"
_CROWNS, _YEN_OR_YUAN = "sek nok dkk", "jpy cny"
CURRENCIES = {
    "€": "eur", "$": "usd", "us$": "usd", "£": "gbp", "¥": _YEN_OR_YUAN, "￥": _YEN_OR_YUAN,
    "円": "jpy", "元": "cny", "rmb": "cny", "₩": "krw", "원": "krw", "₹": "inr", "rs": "inr",
    "rs.": "inr", "₽": "rub", "руб": "rub", "руб.": "rub", "zł": "pln", "kr": _CROWNS,
    "kr.": _CROWNS, "kč": "czk", "ft": "huf", "lei": "ron", "a$": "aud", "c$": "cad", "₺": "try",
    "fr.": "chf", "sfr.": "chf", "r$": "brl",
}  # fmt: skip
"""Which currencies a sign may stand for, in lower case; a code that is not here is its own."""
_KNOWN = (
    r"(r\$|us\$|a\$|c\$|€|\$|£|¥|￥|₹|₽|₺|₩|₪|฿|₫|₴|円|元|원|zł|kč|ft|lei|rs\.?|kr\.?|s?fr\.|руб\.?"
    r"|eur|usd|gbp|chf|jpy|cny|rmb|inr|rub|pln|sek|nok|dkk|brl|try|krw|aud|cad|mxn|sgd|hkd|zar|aed|czk|huf|ron)"
)
_NO_CENTS = "(--?|[–—−])"
"""What stands after a decimal mark, or in Swedish after a colon, for no cents: ``5.-``, ``5:-``."""
_DAY = r"^[0-9]{1,2}[./-][0-9]{1,2}[./-]([0-9]{4}|[0-9]{2})([ t][0-9:.]+( ?[ap]\.?m\.?)?)?$"
_DAY_ONLY = r"^([0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]+)"
_ORDERS = {
    "dmy": ("%d/%m/%y", "%d/%m/%Y"),
    "mdy": ("%m/%d/%y", "%m/%d/%Y"),
}
_MONTHS = (
    "jan|ene|gen|янв", "feb|fév|fev|фев", "mar|mär|maa|mrt|мар", "apr|avr|abr|апр",
    "may|mai|mag|mei|maj|май|мая", "jun|juin|giu|июн", "jul|juil|lug|июл", "aug|aoû|ago|авг",
    "sep|set|сен", "oct|okt|ott|out|окт", "nov|ноя", "dec|dez|dic|déc|дек",
)  # fmt: skip
_MONTH = rf"({'|'.join(_MONTHS)})[a-zà-ÿа-я]*"
WRITTEN_DATE = (
    rf"^([0-9]{{1,2}}(st|nd|rd|th|er|\.)?[ -](de )?{_MONTH}\.?,?[ -](de )?([0-9]{{4}}|[0-9]{{2}})"
    rf"|{_MONTH}\.? [0-9]{{1,2}}(st|nd|rd|th)?,? [0-9]{{4}}"
    r"|[0-9]{4}[年년] ?[0-9]{1,2}[月월] ?[0-9]{1,2}[日일])"
)
"""How a date begins whose month is a word, or that has words behind its numbers."""


def _pattern(mark: str) -> str:
    """What a cell looks like that is a number with this decimal mark."""
    other = {".": ",", ",": "."}[mark]
    groups = f"[1-9][0-9]{{0,2}}([{other}{_SPACES}][0-9]{{3}})+"
    lakhs = f"|[1-9][0-9]?([{other}][0-9]{{2}})+[{other}][0-9]{{3}}"
    cents = rf"([{mark}][0-9]*|[{mark}:]{_NO_CENTS})?"
    core = rf"(({groups}{lakhs}|[0-9]+){cents}|[{mark}][0-9]+)"
    return rf"^\(?[-+−]?({_KNOWN}[{_SPACES}]?)?[-+−]?{core}[{_SPACES}]?({_KNOWN}|%)?-?\)?$"


_PATTERNS = {mark: _pattern(mark) for mark in (".", ",")}


def _plain(cell: exp.Expr) -> exp.Expr:
    """A cell in lower case, without spaces around, its digits the usual ones."""
    lowered = exp.Lower(this=exp.Trim(this=cell))
    texts = (exp.Literal.string(own) for own in _DIGITS)
    return exp.Anonymous(this="translate", expressions=[lowered, *texts])


def _matches(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=text, expression=exp.Literal.string(pattern))


def _without(text: exp.Expr, pattern: str) -> exp.Expr:
    return _substituted(text, pattern, "")


def _substituted(text: exp.Expr, pattern: str, new: str) -> exp.Expr:
    words = (exp.Literal.string(own) for own in (pattern, new, "g"))
    return exp.Anonymous(this="regexp_replace", expressions=[text, *words])


def _extracted(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Anonymous(
        this="regexp_extract", expressions=[text, exp.Literal.string(pattern), whole(1)]
    )


def _replaced(text: exp.Expr, old: str, new: str) -> exp.Expr:
    return exp.func("replace", text, exp.Literal.string(old), exp.Literal.string(new))


def is_notation(cell: exp.Expr) -> exp.Expr:
    """Whether a cell is a number in some notation."""
    text = _plain(cell)
    return exp.or_(_matches(text, _PATTERNS["."]), _matches(text.copy(), _PATTERNS[","]))


def as_number(cell: exp.Expr, mark: str) -> exp.Expr:
    """The number in a cell, by the decimal mark of its column; NULL where it is none."""
    text = _plain(cell)
    digits = _without(_without(text.copy(), _KNOWN), "[^0-9.,]")
    other = {".": ",", ",": "."}[mark]
    size = exp.TryCast(
        this=_replaced(_replaced(digits, other, ""), mark, "."), to=exp.DataType.build("double")
    )
    is_negative = _matches(_without(text.copy(), f"[.,:]{_NO_CENTS}"), "[-−]|^\\(.*\\)$")
    signed = exp.Case().when(is_negative, exp.Neg(this=size)).else_(size.copy())
    return null_if_missing(_matches(text.copy(), _PATTERNS[mark]), signed)


def number_votes(table: str, names: Sequence[str]) -> exp.Select:
    """Count, for each column, the cells that are numbers in one notation, in both, and in any.

    ``point`` and ``comma`` can be read with that decimal mark only; ``unclear`` with either, to
    another number each; ``plain`` to the same. ``percent`` bear that sign, ``bare`` do not and are
    not 0 either; ``currencies`` lists those that occur.
    """
    wanted: list[exp.Expr] = []
    for i, name in enumerate(names):
        text = _plain(exp.cast(col(name), "text"))
        point, comma = (_matches(text.copy(), _PATTERNS[mark]) for mark in (".", ","))
        digits = _without(_without(text.copy(), _KNOWN), "[^0-9.,]")
        marked = _matches(digits, "[.,]")
        either = exp.or_(point.copy(), comma.copy())
        has_sign = exp.and_(either.copy(), _matches(text.copy(), _KNOWN))
        sign = null_if_missing(has_sign, _extracted(text.copy(), _KNOWN))
        counts = {
            "point": exp.and_(point.copy(), comma.copy().not_()),
            "comma": exp.and_(comma.copy(), point.copy().not_()),
            "unclear": exp.and_(point.copy(), comma.copy(), marked),
            "plain": exp.and_(point.copy(), comma.copy(), marked.copy().not_()),
            "percent": exp.and_(either.copy(), _matches(text.copy(), "%")),
            "bare": exp.and_(either.copy(), _matches(text.copy(), "^[^%]*[1-9][^%]*$")),
        }
        wanted += [
            alias(count(null_if_missing(condition, whole(1))), f"{part}{i}")
            for part, condition in counts.items()
        ]
        distinct = exp.Distinct(expressions=[sign])
        wanted.append(alias(exp.ArrayAgg(this=distinct), f"currencies{i}"))
    return select(*wanted, of=table)


def is_day_date(cell: exp.Expr) -> exp.Expr:
    """Whether a cell looks like a date of day, month and year in either order."""
    return _matches(_plain(cell), _DAY)


def date_votes(table: str, names: Sequence[str]) -> exp.Select:
    """Count, for each column, the dates with dots, and those whose first or second part is a day
    because no month has such a number."""
    wanted: list[exp.Expr] = []
    for i, name in enumerate(names):
        text = _plain(exp.cast(col(name), "text"))
        parts = {"dots": r"^[0-9]+\.", "first": "^(1[3-9]|[23][0-9])[./-]",
                 "second": "^[0-9]{1,2}[./-](1[3-9]|[23][0-9])[./-]"}  # fmt: skip
        wanted += [
            alias(count(null_if_missing(_matches(text.copy(), own), whole(1))), f"{part}{i}")
            for part, own in parts.items()
        ]
    return select(*wanted, of=table)


def as_date(cell: exp.Expr, order: str) -> exp.Expr:
    """The date in a cell by how its column is written; NULL where it is none.

    Year first is read in any column: it can be taken for nothing else.
    """
    if order == "ymd":
        digits = _without(_plain(cell), "[.]0+$")
        format = exp.Literal.string("%Y%m%d")
        read = exp.Anonymous(this="try_strptime", expressions=[digits, format])
        return exp.cast(null_if_missing(_matches(digits.copy(), "^[0-9]{8}$"), read), "date")
    if order == "name":
        return _written_date(cell)
    text = _extracted(_plain(cell), _DAY_ONLY)
    slashed = _replaced(_replaced(text, ".", "/"), "-", "/")
    plain = exp.TryCast(this=_plain(cell), to=exp.DataType.build("date"))
    return exp.Coalesce(this=_in_order(slashed, order), expressions=[plain])


def _in_order(slashed: exp.Expr, order: str) -> exp.Expr:
    formats = exp.Array(expressions=[exp.Literal.string(own) for own in _ORDERS[order]])
    read = exp.Anonymous(this="try_strptime", expressions=[slashed, formats])
    return exp.cast(read, "date")


def _written_date(cell: exp.Expr) -> exp.Expr:
    """A date whose month is a word: its words become numbers, its spaces slashes."""
    text = _substituted(_plain(cell), "([0-9])(st|nd|rd|th|er)", "\\1")
    text = _substituted(text, r"\bde\b", "")
    for i, names in enumerate(_MONTHS, 1):
        text = _substituted(text, rf"({names})[a-zà-ÿа-я]*", f"/{i}/")
    text = _substituted(text, "[ .,年년月월日일-]+", "/")
    text = _substituted(text, "/+", "/")
    day_first = _extracted(text, "^([0-9]{1,2}/[0-9]{1,2}/[0-9]+)")
    month_first = _extracted(text.copy(), "^/([0-9]{1,2}/[0-9]{1,2}/[0-9]{4})")
    year_first = _extracted(text.copy(), "^([0-9]{4}/[0-9]{1,2}/[0-9]{1,2})")
    plain = exp.TryCast(this=year_first, to=exp.DataType.build("date"))
    others = [_in_order(month_first, "mdy"), plain]
    read = exp.Coalesce(this=_in_order(day_first, "dmy"), expressions=others)
    return null_if_missing(_matches(_plain(cell), WRITTEN_DATE), read)


def without_unit(text: exp.Expr, unit: str) -> exp.Expr:
    """A cell without the unit at its end, however it is written."""
    return _without(text, rf"(?i)\s*{re.escape(unit)}\s*$")


def has_unit(text: exp.Expr, unit: str) -> exp.Expr:
    """Whether a cell is a number, as it seems, with a unit at its end."""
    return _matches(text, rf"(?i)^\s*[-+]?[0-9][^\pL]*{re.escape(unit)}\s*$")

"""Step 1, what the caller says: how a source is to be read where nothing should be guessed.

Every option has the same name on the command line (``--header-row``) and in Python
(``header_row``).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict

from segmentry.engines.places import Place
from segmentry.errors import InputError

__all__ = ["Reading", "ReadingOptions", "written_map"]

_SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}


_NO_LETTERS = frozenset(
    "idna punycode unicode_escape unicode-escape raw_unicode_escape raw-unicode-escape utf-7 "
    "undefined mbcs oem".split()
)
"""What Python decodes by and no program writes tables in: it would change what is in them."""


class ReadingOptions(TypedDict, total=False):
    """The options of :class:`Reading` as keyword arguments."""

    encoding: str | None
    sep: str | None
    decimal: str | None
    date_order: str | None
    header_row: int | None
    sheet: str | None
    skip_bad_lines: bool
    missing_token: str | Sequence[str] | None
    map: Mapping[str, Mapping[str, str]] | Sequence[str] | None
    table: str | None
    query: str | None
    timeout: float | None


@dataclass(frozen=True)
class Reading:
    r"""How a source is to be read; what is None is found out.

    Attributes
    ----------
    encoding : str, optional
        Of a text file, by any name that Python knows: ``"cp1251"``, ``"utf-16-le"``.
    sep : str, optional
        What separates its fields: one character, or ``"tab"``.
    decimal : {".", ","}, optional
        The decimal mark in columns of numbers that came as text; the other one groups thousands.
    date_order : {"dmy", "mdy"}, optional
        What ``03/04/2024`` means: the 3rd of April or March 4th.
    header_row : int, optional
        The line of the file, or row of the sheet, that holds the names of the columns, from 1.
    sheet : str, optional
        The sheet of a workbook, by its name or its number from 1.
    skip_bad_lines : bool
        Whether lines with too many or too few fields are set aside, not refused.
    missing_token : str or sequence of str, optional
        What also means that there is no value, in every column and in any case: ``"NA"``,
        ``"unknown"``, ``"-99"``.
    map : mapping or sequence of str, optional
        Levels to be read as others, by column: ``{"Gender": {"m": "Male"}}``, or as they are
        written on the command line: ``["Gender:m=Male,male=Male"]``.
    table, query, timeout : optional
        Which rows of a database are the customers, and how many seconds a query may take: see
        :class:`segmentry.engines.places.Place`.
    id : str, optional
        The column that stays as it is written, whatever it looks like.

    Raises
    ------
    InputError
        If one of them makes no sense.

    >>> Reading(sep="tab", header_row=3).given
    {'sep': '\t', 'header_row': 3}
    """

    encoding: str | None = None
    sep: str | None = None
    decimal: str | None = None
    date_order: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    skip_bad_lines: bool = False
    missing_token: str | Sequence[str] | None = None
    map: Mapping[str, Mapping[str, str]] | Sequence[str] | None = None
    table: str | None = None
    query: str | None = None
    timeout: float | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        if self.sep is not None:
            object.__setattr__(self, "sep", _SEPARATORS.get(self.sep.lower(), self.sep))
            if len(self.sep) != 1 or self.sep in '"\r\n':
                raise _wrong("sep", self.sep, "one character, or tab, for example --sep ';'")
        if self.encoding is not None and not _is_encoding(self.encoding):
            raise _wrong("encoding", self.encoding, "one such as utf-8, cp1252, cp932 or utf-16-le")
        if self.decimal not in (None, ".", ","):
            raise _wrong("decimal", self.decimal, "--decimal . or --decimal ,")
        if self.date_order not in (None, "dmy", "mdy"):
            raise _wrong("date_order", self.date_order, "--date-order dmy or --date-order mdy")
        if self.missing_token is not None:
            object.__setattr__(self, "missing_token", _listed(self.missing_token))
        if self.map is not None:
            object.__setattr__(self, "map", _mapping(self.map))
        row = self.header_row
        if row is not None and (isinstance(row, bool) or not isinstance(row, int) or row < 1):
            raise _wrong("header_row", row, "the number of the line with the names, from 1")

    @property
    def missing(self) -> tuple[str, ...]:
        """What also means "missing", as cells are compared with it."""
        return tuple(own.strip().lower() for own in self.missing_token or ())

    @property
    def place(self) -> Place:
        """What the caller said of a database."""
        return Place(self.table, self.query, self.timeout)

    @property
    def given(self) -> dict[str, Any]:
        """What the caller said, by option."""
        own = {one.name: (getattr(self, one.name), one.default) for one in fields(self)}
        return {
            name: value
            for name, (value, default) in own.items()
            if value != default and name != "id"
        }


def _listed(tokens: object) -> list[str]:
    """The tokens for "missing" as a list, which the summary repeats."""
    listed = [tokens] if isinstance(tokens, str) else list(tokens)  # type: ignore[call-overload]
    if not all(isinstance(own, str) and own.strip() for own in listed):
        raise _wrong("missing_token", tokens, "a word or several, for example --missing-token NA")
    return listed


def written_map(column: str, levels: Mapping[str, str]) -> str:
    """Levels to be read as others, as the command line takes them.

    A level's own ``=`` and backslash have a backslash before them.

    >>> written_map("Gender", {"m": "Male", "f, w": "Female"})
    'Gender:m=Male,"f, w=Female"'
    >>> print(written_map("Spend", {"<= 9": "small"}))
    Spend:<\\= 9=small
    """
    line = io.StringIO()
    pairs = (f"{_escaped(old)}={_escaped(new)}" for old, new in levels.items())
    csv.writer(line, lineterminator="\n").writerow(pairs)
    name = f'"{column}"' if ":" in column else column
    return f"{name}:{line.getvalue()[:-1]}"


def _escaped(level: str) -> str:
    return level.replace("\\", "\\\\").replace("=", "\\=")


def _pair(text: str) -> tuple[str, str]:
    """A level and what it is read as, at the last ``=`` that stands for itself; else two blanks."""
    found = re.fullmatch(r"((?:\\.|[^\\])*)=((?:\\.|[^\\=])*)", text, re.DOTALL)
    if not found:
        return "", ""
    old, new = (re.sub(r"\\([\\=])", r"\1", own) for own in found.groups())
    return old, new


def _mapping(said: object) -> dict[str, dict[str, str]]:
    """Levels by column, from a mapping or from texts."""
    if isinstance(said, Mapping):
        parts = [(own, levels) for own, levels in said.items() if isinstance(levels, Mapping)]
        if len(parts) == len(said):
            return {str(own): {str(a): str(b) for a, b in some.items()} for own, some in parts}
    elif isinstance(said, list | tuple) and all(isinstance(own, str) for own in said):
        found: dict[str, dict[str, str]] = {}
        for text in said:
            quoted = text[:1] == '"' and '":' in text
            column, _, pairs = text[1:].partition('":') if quoted else text.partition(":")
            levels = [_pair(pair) for pair in next(csv.reader(io.StringIO(pairs, newline="")), [])]
            if not levels or not all(old and new for old, new in levels):
                raise _wrong("map", text, "column and levels: --map 'Gender:m=Male,f=Female'")
            found.setdefault(column, {}).update(levels)
        return found
    raise _wrong("map", said, "levels by column: map={'Gender': {'m': 'Male'}}")


def _is_encoding(name: str) -> bool:
    """Whether Python can decode text by that name."""
    try:
        found = codecs.lookup(name)
        return found.name not in _NO_LETTERS and bool(getattr(found, "_is_text_encoding", True))
    except (LookupError, ValueError):
        return False


def _wrong(option: str, value: object, wanted: str) -> InputError:
    return InputError(f"{option}={value!r} cannot be.", f"Give {wanted}.", code="R00")

"""Step 1l: in which notation are the numbers and dates of a column? Its cells vote.

Where they leave it open (``12.500`` alone may be twelve and a half or twelve thousand), the other
columns of the file decide, else the caller is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import SourceError
from segmentry.sql import Column
from segmentry.steps import headers
from segmentry.steps.reading import Reading

__all__ = ["AT_ONCE", "ENOUGH", "Cells", "columns_by_vote", "count_cells"]

ENOUGH = 0.95
"""The share of the cells that say something from which on they are the column's kind."""
_NEARLY = 0.8
AT_ONCE = 50
"""Columns that one query looks at; in a wide table all at once take very long and much memory."""
_POINTED = frozenset({"jpy", "cny", "krw"})
"""Currencies that nobody writes with a decimal comma."""
_MARKS = {"point": ".", "comma": ","}


@dataclass(frozen=True)
class Cells:
    """Of one column of text, how many cells say something, and how many look like what.

    ``odd`` are numbers in another notation than plain ones, ``days`` dates with the day or month in
    front; ``points`` are plain numbers with a point, ``thirds`` those with three digits after it.
    """

    said: int
    numbers: int
    dates: int
    odd: int
    days: int
    points: int
    thirds: int

    @property
    def may_be_odd_numbers(self) -> bool:
        """Whether these are numbers of which not all are plain, or not plainly so."""
        unclear = 0 < self.points == self.thirds
        return self.numbers + self.odd >= ENOUGH * self.said > 0 and (self.odd > 0 or unclear)

    @property
    def may_be_days(self) -> bool:
        """Whether these are dates, of which some have the day or month in front."""
        return self.days > 0 and self.days + self.dates >= ENOUGH * self.said

    @property
    def are_nearly_numbers(self) -> bool:
        """Whether most are numbers in some notation, so that some words may mean "missing"."""
        return self.numbers + self.odd >= _NEARLY * self.said > 0


def count_cells(engine: Engine, table: str, columns: Sequence[Column]) -> dict[str, Cells]:
    """Count for each column of text what its cells look like."""
    counts = {}
    for start in range(0, len(columns), AT_ONCE):
        some = columns[start : start + AT_ONCE]
        found = engine.rows(sql.text_types(table, some))[0]
        for i, column in enumerate(some):
            parts = Cells.__dataclass_fields__
            counts[column.name] = Cells(**{part: found[f"{part}{i}"] for part in parts})
    return counts


def columns_by_vote(
    source: str,
    engine: Engine,
    table: str,
    cells: Mapping[str, Cells],
    reading: Reading,
) -> dict[str, Column]:
    """The columns of numbers and dates that are not written plainly."""
    numbers = [name for name, own in cells.items() if own.may_be_odd_numbers]
    days = [name for name, own in cells.items() if own.may_be_days]
    found: dict[str, Column] = {}
    if numbers:
        votes = engine.rows(sql.number_votes(table, numbers))[0]
        own = {name: _vote(votes, i) for i, name in enumerate(numbers)}
        found |= _number_columns(source, own, cells, reading)
    if days:
        votes = engine.rows(sql.date_votes(table, days))[0]
        for i, name in enumerate(days):
            order = _date_order(source, name, _vote(votes, i), reading)
            if order:
                found[name] = Column(name, "date", True, date_order=order)
    return found


def _vote(votes: Mapping[str, Any], i: int) -> dict[str, Any]:
    """The answers about one column, without its number."""
    end = str(i)
    return {
        key[: -len(end)]: value
        for key, value in votes.items()
        if key.endswith(end) and key[: -len(end)].isalpha()
    }


def _number_columns(
    source: str,
    votes: Mapping[str, Mapping[str, Any]],
    cells: Mapping[str, Cells],
    reading: Reading,
) -> dict[str, Column]:
    clear = {mark for vote in votes.values() for part, mark in _MARKS.items() if vote[part]} | {
        "." for own in cells.values() if own.points > own.thirds
    }
    clear |= {"." for vote in votes.values() if _meant(vote) & _POINTED}
    found = {}
    for name, vote in votes.items():
        mark = _mark(source, name, vote, cells[name], clear=clear, told=reading.decimal)
        if mark is None or (mark == "." and not cells[name].odd):
            continue
        _refuse_mixed_currencies(source, name, vote)
        found[name] = Column(name, "number", True, mark=mark)  # type: ignore[arg-type]
    return found


def _mark(
    source: str,
    name: str,
    vote: Mapping[str, Any],
    cells: Cells,
    *,
    clear: set[str],
    told: str | None,
) -> str | None:
    """The decimal mark by the vote of the cells, of the other columns, or as told."""
    if vote["point"] and vote["comma"]:
        return _mark_of_mixed(source, name, vote, cells, told=told)
    own = next((mark for part, mark in _MARKS.items() if vote[part]), None)
    if own or not vote["unclear"]:
        return own or "."
    words = headers.words_of(name)
    if headers.is_id(words) or headers.is_code(words) or headers.is_contact(words):
        return None
    if told:
        return told
    if _meant(vote) & _POINTED:
        return "."
    if len(clear) == 1:
        return next(iter(clear))
    raise SourceError(
        f"{source}: the numbers in {name} can be read in two ways: 12.500 may be 12½ or 12500.",
        "Say what the decimal mark is, with --decimal . or --decimal ,",
        code="R34",
    )


def _mark_of_mixed(
    source: str, name: str, vote: Mapping[str, Any], cells: Cells, *, told: str | None
) -> str:
    part = max(_MARKS, key=lambda own: (_MARKS[own] == told, vote[own]))
    readable = vote[part] + vote["unclear"] + vote["plain"]
    if readable < ENOUGH * cells.said and told is None:
        raise SourceError(
            f"{source}: {name} mixes decimal points ({vote['point']:,} cells) and decimal commas "
            f"({vote['comma']:,}).",
            "Write the column in one way; or say with --decimal which one counts: the others are "
            "then missing.",
            code="R34",
        )
    return _MARKS[part]


def _refuse_mixed_currencies(source: str, name: str, vote: Mapping[str, Any]) -> None:
    """Refuse a column in more than one currency: no sum of it means anything."""
    said = {own for own in vote["currencies"] or () if own}
    if said and not _meant(vote):
        shown = sorted(own.upper() if own.isascii() else own for own in said)
        raise SourceError(
            f"{source}: {name} mixes currencies: {', '.join(shown)}.",
            "Convert it to one of them first.",
            code="R34",
        )
    if vote["percent"] and vote["bare"]:
        raise SourceError(
            f"{source}: {name} mixes numbers with a percent sign ({vote['percent']:,} cells) and "
            f"without ({vote['bare']:,}).",
            "Write the column in one way.",
            code="R34",
        )


def _meant(vote: Mapping[str, Any]) -> set[str]:
    """The currencies that all signs of a column may stand for."""
    meant = [set(sql.CURRENCIES.get(own, own).split()) for own in vote["currencies"] or () if own]
    return set.intersection(*meant) if meant else set()


def _date_order(source: str, name: str, vote: Mapping[str, Any], reading: Reading) -> Any:
    """Whether the day or the month comes first; empty where a column has both."""
    if vote["first"] and vote["second"]:
        return ""
    if vote["first"] or vote["dots"]:
        return "dmy"
    if vote["second"]:
        return "mdy"
    if reading.date_order is None:
        raise SourceError(
            f"{source}: the dates in {name} can be read in two ways: no day in it is above 12.",
            "Say which comes first, with --date-order dmy or --date-order mdy.",
            code="R36",
        )
    return reading.date_order

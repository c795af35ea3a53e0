"""Step 1a: lines of orders that came to nothing: cancelled, refunded, failed.

A shop's export often says so in a column of its own, and keeps the amount. Whether such a line
counts is for the caller to say; unasked it does, and it is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import ColumnError, InputError
from segmentry.sql import OrderColumns
from segmentry.steps.headers import is_contact, words_of
from segmentry.steps.sources import TABLE, Source
from segmentry.textual import listed

__all__ = ["about_status", "leave_out_option", "with_left_out"]

_STATUS = frozenset("status state statut stato estado zustand fulfillment fulfilment".split())
_NOTHING = frozenset(
    """
    cancelled canceled cancel cancellation refunded refund failed void voided declined chargeback
    abandoned aborted storniert storno abgebrochen erstattet rückerstattet fehlgeschlagen abgelehnt
    annulé annulée annule annulee remboursé remboursée rembourse cancelado cancelada anulado anulada
    reembolsado reembolsada estornado annullato annullata rimborsato geannuleerd anulowane anulowany
    """.split()
)
_NOT = frozenset("not un no non nicht partially partly teilweise".split())
_YES = frozenset("yes y true t 1 ja oui si sí sim".split())
_MOST_LEVELS = 50
_MOST_NAMED = 12


def with_left_out(
    source: Source, engine: Engine, columns: OrderColumns, said: str | None
) -> OrderColumns:
    """The columns, with the levels of a status whose lines do not count.

    Parameters
    ----------
    source, engine, columns
        The order lines and their columns.
    said : str or None
        The column and its levels, as ``"status:cancelled,refunded"``; capitals do not matter.

    Raises
    ------
    InputError
        If it is written in another way.
    ColumnError
        If there is no such column or level.
    """
    if said is None:
        return columns
    name, levels = _read(said)
    own = source.column(name, option="--leave-out")
    known = _levels(engine, name) if not is_contact(words_of(name)) else {}
    by_word = {_word(level): [] for level in known}  # type: dict[str, list[Any]]
    for level in known:
        by_word[_word(level)].append(level)
    for level in levels:
        if _word(level) not in by_word:
            raise _no_level(source, name, level, known)
    found = [level for wanted in levels for level in by_word[_word(wanted)]]
    if own.type == "number":
        return replace(columns, status=name, left_out=tuple(float(level) for level in found))
    return replace(columns, status=name, left_out=tuple(found))


def _read(said: str) -> tuple[str, list[str]]:
    """A column and its levels; either stands in double quotes where it holds what parts them."""
    text = str(said)
    quoted = text[:1] == '"' and '":' in text
    name, _, rest = text[1:].partition('":') if quoted else text.partition(":")
    levels = [own.strip() for own in next(csv.reader([rest], skipinitialspace=True), [])]
    if not name.strip() or not levels or not all(levels):
        raise InputError(
            f"leave-out {said!r} is no column with levels.",
            "Write it as --leave-out 'status:cancelled,refunded'.",
            code="R00",
        )
    return name.strip(), levels


def _word(level: object) -> str:
    """How a level is compared: capitals do not matter, nor whether 1 is written 1.0."""
    return f"{level:.12g}" if isinstance(level, float) else str(level).strip().casefold()


def _levels(engine: Engine, name: str) -> dict[Any, int]:
    """The levels of a column and their lines; none where there are too many for a status."""
    rows = engine.rows(sql.status_counts(TABLE, name, limit=_MOST_LEVELS + 1))
    return {} if len(rows) > _MOST_LEVELS else {own["level"]: own["lines"] for own in rows}


def _no_level(source: Source, name: str, level: str, known: Mapping[Any, int]) -> ColumnError:
    there = ", ".join(_word(own) for own in list(known)[:_MOST_NAMED])
    fix = f"Its levels are: {there}." if known else "Name a column with few different levels."
    return ColumnError(f"{source.name}: {name!r} has no level {level!r}.", fix, code="R25")


def leave_out_option(columns: OrderColumns) -> str:
    """What is left out, as ``--leave-out`` takes it.

    >>> own = OrderColumns("who", "day", "paid", status="state", left_out=("void", "on hold, paid"))
    >>> leave_out_option(own)
    'state:void,"on hold, paid"'
    """
    return _written(columns.status or "", columns.left_out)


def _written(name: str, levels: Sequence[Any]) -> str:
    line = io.StringIO()
    words = [f"{own:.12g}" if isinstance(own, float) else own for own in levels]
    csv.writer(line, lineterminator="").writerow(words)
    return f'"{name}":{line.getvalue()}' if ":" in name else f"{name}:{line.getvalue()}"


def about_status(source: Source, engine: Engine, columns: OrderColumns) -> list[str]:
    """Say which lines call themselves cancelled, refunded or failed, and count all the same."""
    told = []
    parts = {columns.id, columns.date, columns.amount, columns.order, columns.product}
    for column in source.columns:
        words = set(words_of(column.name))
        flag = bool(words & _NOTHING)
        if column.name in parts or is_contact(tuple(words)) or not (flag or words & _STATUS):
            continue
        told += _about_levels(engine, column.name, columns, flag=flag)
    return told


def _about_levels(engine: Engine, name: str, columns: OrderColumns, *, flag: bool) -> list[str]:
    taken = columns.left_out if name == columns.status else ()
    found = {
        level: lines
        for level, lines in _levels(engine, name).items()
        if _came_to_nothing(level, flag=flag) and level not in taken
    }
    if not found:
        return []
    lines = sum(found.values())
    counted = listed([f"{_word(level)} {own:,}" for level, own in found.items()])
    rows = "row counts" if lines == 1 else "rows count"
    return [
        f"{name} says that orders came to nothing ({counted}), yet their {lines:,} {rows} as "
        f"bought. To leave them out, use --leave-out '{_written(name, [*taken, *found])}'."
    ]


def _came_to_nothing(level: object, *, flag: bool) -> bool:
    """Whether a level says so, or says yes in a column that is called so.

    >>> [_came_to_nothing(own, flag=False) for own in ("Cancelled", "not cancelled", "paid")]
    [True, False, False]
    """
    words = set(words_of(str(level)))
    return bool(words & _NOTHING and not words & _NOT) or (flag and _word(level) in _YES)

"""Step 11c: what columns of words and of dates hold, for a small histogram of each."""

from __future__ import annotations

from typing import Any

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.profiles import FEWEST
from segmentry.steps.roles import Roles
from segmentry.steps.sources import TABLE

__all__ = ["Counts", "commonest"]

Counts = tuple[tuple[str, int], ...]

_MOST_SHOWN = 8
_MOST_YEARS = 60
_MOST_DIFFERENT = 1_000
"""Texts of which nearly each is another one are no levels."""
_MOST_COLUMNS = 40


def commonest(columns: Overview, roles: Roles, engine: Engine) -> dict[str, Counts]:
    """Count the commonest levels of columns of words, and the years of columns of dates.

    Ids and contact data are left out, and so is what fewer than five customers have.

    Returns
    -------
    dict
        By column, what it holds with its customers: levels by their number, years in order.
    """
    shown = [own for own in columns.columns if roles.of(own.name).role not in ("id", "contact")]
    words = [own for own in shown if own.type == "text" and 0 < own.distinct <= _MOST_DIFFERENT]
    dates = [own for own in shown if own.type == "date" and own.present]
    return {
        own.name: counts
        for own in [*words, *dates][:_MOST_COLUMNS]
        if (counts := _counted(own, engine))
    }


def _counted(column: ColumnSummary, engine: Engine) -> Counts:
    if column.type == "date":
        rows: Any = engine.rows(sql.year_counts(TABLE, column.name, limit=_MOST_YEARS))
    else:
        rows = engine.rows(sql.level_counts(TABLE, column.name, limit=_MOST_SHOWN))
    return tuple(
        (str(row["level"]), int(row["customers"])) for row in rows if row["customers"] >= FEWEST
    )

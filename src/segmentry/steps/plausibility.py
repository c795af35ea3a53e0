"""Step 11a: values that can hardly be true, and levels that may be one. Counted, never changed."""

from __future__ import annotations

import datetime
import re
import shlex
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.steps import headers
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.reading import Reading, written_map
from segmentry.steps.roles import Roles
from segmentry.steps.sources import TABLE
from segmentry.textual import counted, some_of

__all__ = ["about_alike", "near_copies", "odd_values"]

_OLDEST = 120.0
_AGES = frozenset("age alter edad idade âge età leeftijd wiek ålder alder возраст yaş ikä".split())
_NEVER_NEGATIVE = frozenset(
    """
    age alter edad idade âge età leeftijd wiek ålder alder возраст yaş ikä income einkommen visits
    visit orders purchases clicks opens sessions count quantity qty items tenure frequency recency
    days duration einkäufe besuche anzahl bestellungen
    """.split()
)
_FIRST_DAY, _LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2050, 12, 31)
_YEARS_AS_DAYS = datetime.date(1905, 6, 2), datetime.date(1905, 7, 31)
"""The days whose numbers in a spreadsheet are those of years: 1980 to 2039."""
_MOST_LEVELS = 50
_MOST_CELLS = 2_000_000
_COPY = 0.999
_LITTLE = 1e-9
_LOOKED_AT = 400
_NEARLY_ALL = 0.9
_PAIRS = (
    ("m male man männlich mann herr", "f w female woman weiblich frau"),
    ("h homme m monsieur masculin", "f femme mme madame féminin"),
    ("h hombre masculino", "m mujer f femenino"),
    ("m maschio uomo", "f femmina donna"),
    ("y yes true t 1 ja j oui si sí", "n no false f 0 nein non"),
)
"""Two opposites, each in several ways; a letter means one of them only among others of the kind."""
_NEITHER = frozenset("d x u divers diverse other andere unknown unbekannt nonbinary".split())


def odd_values(columns: Overview, roles: Roles, engine: Engine) -> list[str]:
    """Tell of values that can hardly be true, with their count, and of levels that may be one.

    Parameters
    ----------
    columns : Overview
        Of the engine's table of customers.
    roles : Roles
        Columns that name or reach somebody are not looked at.
    """
    shown = [
        column for column in columns.columns if roles.of(column.name).role not in ("id", "contact")
    ]
    return [
        *_odd_numbers(shown, engine),
        *_odd_dates(shown, engine),
        *_measures_in_words(shown, roles, engine),
        *(note for column in shown for note in _odd_levels(column, roles, engine)),
    ]


def near_copies(roles: Roles, engine: Engine) -> list[str]:
    """Tell of features that nearly repeat each other in the first rows.

    Pearson's correlation of the rows that have both, and beyond 0.999; of numbers alone.
    """
    names = [own for own in roles.features if own not in roles.categories]
    if len(names) < 2:
        return []
    rows = max(1000, _MOST_CELLS // len(names))
    values = engine.array(sql.first_rows(TABLE, names, rows))
    return about_alike(names, np.abs(_correlations(values)) > _COPY)


def about_alike(names: Sequence[str], alike: npt.NDArray[np.bool_]) -> list[str]:
    """Tell of each group of features that nearly repeat each other, by which pairs do.

    >>> about_alike(["a", "b"], np.array([[True, True], [True, True]]))
    ['a and b nearly repeat each other and count twice: keep only one of them with --features.']
    """
    if np.array_equal(alike, np.diag(alike.diagonal())):
        return []
    from scipy.sparse.csgraph import connected_components

    groups, told = connected_components(alike, directed=False)[1], []
    for group in dict.fromkeys(groups.tolist()):
        own = [name for name, label in zip(names, groups, strict=True) if label == group]
        times = "twice" if len(own) == 2 else f"{len(own)} times"
        if len(own) > 1:
            told.append(
                f"{some_of(own, most=10)} nearly repeat each other and count {times}: keep only "
                "one of them with --features."
            )
    return told


def _correlations(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Pearson's correlation of each pair of columns over the rows that have both; 0 if unknown."""
    present = ~np.isnan(values)
    count = np.maximum(present.sum(axis=0), 1)
    centred = np.where(present, values - np.nansum(values, axis=0) / count, 0.0)
    size = np.abs(centred).max(axis=0, initial=0.0)
    centred = centred / np.where(size > 0, size, 1.0)
    own = present.astype(float)
    both = np.maximum(own.T @ own, 1.0)
    sums, squares = centred.T @ own, (centred**2).T @ own
    shared = centred.T @ centred - sums * sums.T / both
    spread = squares - sums**2 / both
    product = np.sqrt(np.maximum(spread * spread.T, 0.0))
    known = product > _LITTLE * np.sqrt(squares * squares.T)
    return np.where(known & (both > 2), shared / np.where(known, product, 1.0), 0.0)


def _odd_numbers(columns: Sequence[ColumnSummary], engine: Engine) -> list[str]:
    bounds: dict[str, tuple[float | None, float | None]] = {}
    for column in columns:
        words = set(headers.words_of(column.name))
        low = 0.0 if words & _NEVER_NEGATIVE and (column.minimum or 0.0) < 0 else None
        high = _OLDEST if words & _AGES and (column.maximum or 0.0) > _OLDEST else None
        if low is not None or high is not None:
            bounds[column.name] = (low, high)
    if not bounds:
        return []
    counts = engine.rows(sql.counts_outside(TABLE, bounds))[0]
    notes = []
    for i, (name, (low, high)) in enumerate(bounds.items()):
        if low is not None:
            notes.append(f"{name}: {_values(counts[f'below{i}'])} below 0. Nothing was changed.")
        if high is not None:
            notes.append(
                f"{name}: {_values(counts[f'above{i}'])} above {high:.0f}. Nothing was changed."
            )
    return notes


def _odd_dates(columns: Sequence[ColumnSummary], engine: Engine) -> list[str]:
    names = [column.name for column in columns if column.type == "date"]
    if not names:
        return []
    odd = _dates_outside(names, engine, _FIRST_DAY, _LAST_DAY)
    sane = _dates_outside(names, engine, *_YEARS_AS_DAYS)
    present = {own.name: own.present for own in columns}
    mangled = {name: present[name] - sane[name] for name in names}
    return [
        f"{name}: {_values(count)} before {_FIRST_DAY.year} or after {_LAST_DAY.year}."
        for name, count in odd.items()
        if count
    ] + [
        f"{name}: {_values(count)} in June or July 1905, as spreadsheets show a year alone."
        for name, count in mangled.items()
        if count
    ]


def _dates_outside(
    names: Sequence[str], engine: Engine, first: datetime.date, last: datetime.date
) -> dict[str, int]:
    """How many dates of each column lie before the first or after the last."""
    row = engine.rows(sql.dates_outside(TABLE, names, first=str(first), last=str(last)))[0]
    return {name: row[f"odd{i}"] for i, name in enumerate(names)}


def _measures_in_words(columns: Sequence[ColumnSummary], roles: Roles, engine: Engine) -> list[str]:
    """Columns of text whose names speak of a quantity, and whose cells nearly all hold digits."""
    names = [
        own.name
        for own in columns
        if own.type == "text"
        and own.present
        and roles.of(own.name).role in ("profile", "ignored")
        and headers.says_measure(headers.words_of(own.name))
    ]
    if not names:
        return []
    cells = engine.arrow(sql.first_values(TABLE, names, limit=_LOOKED_AT)).to_pydict()
    return [
        f"{name} speaks of a quantity, but most of its cells are no plain numbers: it is not "
        "clustered on. Write it in plain numbers to use it."
        for name in names
        if _NEARLY_ALL * sum(own is not None for own in cells[name])
        < sum(own is not None and any(map(str.isdigit, own)) for own in cells[name])
    ]


def _odd_levels(column: ColumnSummary, roles: Roles, engine: Engine) -> list[str]:
    """Levels that may mean "missing", and those that may be one; people decide."""
    if column.type != "text" or roles.of(column.name).role != "profile":
        return []
    if not 1 < column.distinct <= _MOST_LEVELS:
        return []
    rows = engine.rows(sql.level_counts(TABLE, column.name, limit=_MOST_LEVELS))
    counts = {row["level"]: row["customers"] for row in rows}
    levels = dict(sorted(counts.items()))
    return [*_levels_for_none(column.name, levels), *_alike_levels(column.name, levels)]


def _levels_for_none(name: str, levels: Iterable[str]) -> list[str]:
    found = [own for own in levels if own.strip().lower() in sql.MISSING_TOKENS]
    return [
        f"{name} has a level {own!r}, which is kept. If it means that there is no value, say "
        f"--missing-token {shlex.quote(own.strip())} (in Python missing_token={own.strip()!r})."
        for own in found
    ]


def _alike_levels(name: str, levels: Mapping[str, int]) -> list[str]:
    """Levels that differ in case, spaces or length only; which of them are one, people decide.

    What is told of them can be pasted.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    meant = _opposites({_plain(level) for level in levels})
    for level in levels:
        alike[meant.get(_plain(level), _plain(level))].append(level)
    groups = [own for own in alike.values() if len(own) > 1]
    if not groups:
        return []
    shown = "; ".join(" = ".join(repr(level[:30]) for level in own) for own in groups[:3])
    merged: dict[str, str] = {}
    for group in groups:
        best = max(group, key=lambda own: _fitness(own, levels))
        merged |= {own: best for own in group if own != best}
    more = "; …" if len(groups) > 3 else ""
    return [
        f"{name} may write one level in several ways ({shown}{more}). Nothing was merged; to merge "
        f"them, say {_merging(name, merged)}."
    ]


def _merging(name: str, merged: dict[str, str]) -> str:
    """How to say what is one level, to be pasted."""
    python = f"map={ {name: merged} }"
    written = written_map(name, merged)
    if Reading(map=[written]).map != {name: merged}:
        return f"{python} in Python"
    return f"--map {shlex.quote(written)} (in Python {python})"


def _fitness(level: str, levels: Mapping[str, int]) -> tuple[int, int, int, bool]:
    """How well a level stands for those like it: the commonest, of letters alone, long, capital."""
    letters = sum(own.isalpha() for own in level)
    return levels[level], letters - len(level), len(level), level[:1].isupper()


def _plain(level: str) -> str:
    """A level without what is typed in one way or another: case, width, spaces, marks in words.

    What stands at an end or by a digit stays: A+ is not A, 25-34 is not 2534.

    >>> _plain("Fe male"), _plain("E-Mail "), _plain("New_York"), _plain("ＶＩＰ")
    ('female', 'email', 'newyork', 'vip')
    >>> _plain("A-"), _plain("<25"), _plain("C#"), _plain("-1x"), _plain("25 - 34")
    ('a-', '<25', 'c#', '-1x', '25-34')
    """
    text = unicodedata.normalize("NFKC", level).casefold().strip()
    text = re.sub(r"(?<=[^\W\d_])[-–.'’]+(?=\s*[^\W\d_])", "", text)
    return re.sub(r"(?<!\d)[\s_]+|[\s_]+(?!\d)", "", text) or level


def _opposites(levels: Collection[str]) -> dict[str, str]:
    """What levels mean that all say one of two opposites, such as "male" or "female"."""
    said = set(levels) - _NEITHER - set(sql.MISSING_TOKENS)
    for pair in _PAIRS:
        sides = [set(side.split()) for side in pair]
        if said <= set.union(*sides) and all(said & side for side in sides):
            return {own: min(side) for side in reversed(sides) for own in side}
    return {}


def _values(count: int) -> str:
    return counted(count, "value")

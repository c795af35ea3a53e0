"""Step 10: what to do about each segment, from a file that a marketing team can edit.

Plays are about what sets a segment apart; one that holds all customers has a text of its own.

The default is ``playbook.toml`` beside this module; its head explains the format.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from segmentry.errors import PlaybookError
from segmentry.sql import CELLS
from segmentry.steps.headers import words_of
from segmentry.steps.naming import SegmentName, tell_apart
from segmentry.steps.profiles import FEWEST, Population, SegmentProfile
from segmentry.textual import figure, in_words, percent, short_number

__all__ = [
    "Advice",
    "Play",
    "Playbook",
    "advise",
    "deciding_cell",
    "default_playbook",
    "describe",
    "read_playbook",
]

_TEXTS = ("title", "priority", "summary", "campaign", "pricing", "experience")
_MOST_FEATURES = 4
_CLOSE = 1.25
"""Averages whose ratio is no further from 1 are close to each other."""
DECIDES = 2 / 3
"""A cell that holds more of a segment than this decides what to do about it."""
_LEVELS = frozenset({"low", "average", "high"})


@dataclass(frozen=True)
class Play:
    """One entry of a playbook: the levels it is for, and what to do."""

    when: Mapping[str, frozenset[str]]
    title: str
    priority: str
    summary: str
    campaign: str
    pricing: str
    experience: str

    def actions(self) -> dict[str, str]:
        """Who it is for and what to do, by name; the title stands beside it."""
        return {name: getattr(self, name) for name in _TEXTS if name != "title"}


@dataclass(frozen=True)
class Playbook:
    """Concepts, each with the header words that mean it, plays in order, texts for what is no play.

    Attributes
    ----------
    concepts : mapping
        By name the header words that mean it.
    plays : tuple of Play
        Tried from the first to the last.
    cells : mapping
        For each of the ten RFM cells what to do.
    everyone : Play
        For a single segment that holds all customers.
    """

    concepts: Mapping[str, frozenset[str]]
    plays: tuple[Play, ...]
    cells: dict[str, Play]
    everyone: Play


@dataclass(frozen=True)
class Advice:
    """What a segment is, in plain words with its numbers, and what to do about it."""

    description: str
    play: Play


def default_playbook() -> Path:
    """Return the path of the playbook that comes with the package."""
    return Path(__file__).with_name("playbook.toml")


def read_playbook(path: str | os.PathLike[str] | None = None) -> Playbook:
    """Read a playbook, the default one if no path is given.

    Raises
    ------
    PlaybookError
        If the file is not there, is not TOML, or an entry is incomplete.

    Examples
    --------
    >>> playbook = read_playbook()
    >>> playbook.plays[0].title, playbook.cells["At Risk"].priority
    ('VIP', 'win back now')
    """
    place = Path(path) if path is not None else default_playbook()
    try:
        content = tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _unreadable(place, error.strerror or "unknown reason") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(place, str(error)) from None
    return _parsed(content, place)


def _unreadable(place: Path, reason: str) -> PlaybookError:
    return PlaybookError(
        f"Playbook {place} cannot be read: {reason}.",
        "Copy the default one with `segmentry playbook > my-playbook.toml` and edit that.",
        code="R90",
    )


def _parsed(content: Mapping[str, Any], place: Path) -> Playbook:
    concepts = content.get("concepts", {})
    plays = content.get("play", [])
    if not isinstance(concepts, dict) or not isinstance(plays, list) or not plays:
        raise _unreadable(place, "it needs a [concepts] table and [[play]] entries")
    words = {
        name: frozenset(_word_list(own, place, f"concept {name!r}"))
        for name, own in concepts.items()
    }
    found = tuple(_play(own, i, words, place) for i, own in enumerate(plays, 1))
    cells, everyone = _cells(content.get("cell", []), place), content.get("everyone")
    if len(cells) == len(CELLS) and everyone is not None:
        return Playbook(words, found, cells, _everyone(everyone, place))
    default = read_playbook()
    own = default.everyone if everyone is None else _everyone(everyone, place)
    return Playbook(words, found, default.cells | cells, own)


def _everyone(entry: Any, place: Path) -> Play:
    """What to do where all customers are in one segment."""
    if not isinstance(entry, dict):
        raise _unreadable(place, "[everyone] must be a table of texts")
    return Play({}, *_texts(entry, "[everyone]", place))


def _cells(entries: Any, place: Path) -> dict[str, Play]:
    """What to do about RFM cells, by their names."""
    found = {}
    for number, entry in enumerate(entries if isinstance(entries, list) else [None], 1):
        if not isinstance(entry, dict):
            raise _unreadable(place, "its RFM cells must be [[cell]] entries")
        name = entry.get("name")
        if name not in CELLS or name in found:
            raise _unreadable(
                place, f"cell {number} needs a name of its own among {', '.join(CELLS)}"
            )
        texts = _texts({**entry, "title": name}, f"cell {name!r}", place)
        found[name] = Play({}, *texts)
    return found


def _texts(entry: Mapping[str, Any], what: str, place: Path) -> list[str]:
    """The texts of an entry, each of which must be there."""
    for text in _TEXTS:
        if not isinstance(entry.get(text), str):
            raise _unreadable(place, f'{what} has no text "{text}"')
    return [entry[text].strip() for text in _TEXTS]


def _word_list(value: Any, place: Path, what: str) -> list[str]:
    """One text, or a list of texts, in lower case."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _unreadable(place, f"{what} must be a list of words")
    return [text.lower() for text in texts]


def _play(entry: Any, number: int, concepts: Mapping[str, frozenset[str]], place: Path) -> Play:
    if not isinstance(entry, dict):
        raise _unreadable(place, f"play {number} is not a table")
    texts = _texts(entry, f"play {number}", place)
    when = {}
    conditions = entry.get("when", {})
    if not isinstance(conditions, dict):
        raise _unreadable(place, f'play {number}: "when" must be a table of concepts and levels')
    for concept, levels in conditions.items():
        wanted = frozenset(_word_list(levels, place, f"play {number}: the level of {concept!r}"))
        if concept not in concepts:
            raise _unreadable(place, f"play {number} asks for the unknown concept {concept!r}")
        if not wanted <= _LEVELS:
            raise _unreadable(place, f"play {number}: a level is low, average or high")
        when[concept] = wanted
    return Play(when, *texts)


def advise(
    population: Population,
    names: tuple[SegmentName, ...],
    playbook: Playbook,
    *,
    cells: Mapping[int, Mapping[str, int]] | None = None,
) -> tuple[Advice, ...]:
    """Find the play for each segment and describe the segment; segment 1 first.

    Parameters
    ----------
    population, names, playbook
        The segments, what they are called, and what can be done.
    cells : mapping, optional
        By segment the customers in each RFM cell. One that holds more than two thirds of a segment
        decides what to do about it: the rule and the segment agree there.
    """
    own_cells = cells or {}
    plays = [_play_of(name, playbook, own_cells, alone=len(names) == 1) for name in names]
    titles = _titles(population, plays)
    found = []
    for profile, name, play, title in zip(population.segments, names, plays, titles, strict=True):
        told = describe(population, profile, name)
        told += _about_cells(own_cells.get(name.segment, {})) if len(names) > 1 else ""
        found.append(Advice(f"{play.summary} {told}", replace(play, title=title)))
    return tuple(found)


def _play_of(
    name: SegmentName,
    playbook: Playbook,
    cells: Mapping[int, Mapping[str, int]],
    *,
    alone: bool,
) -> Play:
    """What to do about a segment: by the cell that most of it are in, else by its levels."""
    if alone:
        return playbook.everyone
    cell = deciding_cell(cells.get(name.segment, {}))
    return playbook.cells[cell] if cell is not None else _find_play(playbook, name.levels)


def deciding_cell(counts: Mapping[str, int]) -> str | None:
    """The RFM cell that holds more than two thirds of a segment, if one does.

    >>> deciding_cell({"New": 7, "Promising": 3}), deciding_cell({"New": 6, "Promising": 4})
    ('New', None)
    """
    largest = max(counts, key=lambda cell: counts[cell], default=None)
    if largest is None or counts[largest] < FEWEST:
        return None
    return largest if counts[largest] > DECIDES * sum(counts.values()) else None


def _titles(population: Population, plays: Sequence[Play]) -> list[str]:
    """The plays' titles; segments with the same play are told apart by what they differ in."""
    titles = [own.title for own in plays]
    found = list(titles)
    for title in dict.fromkeys(titles):
        twins = [i for i, own in enumerate(titles, 1) if own == title]
        if len(twins) > 1 and population.features:
            for segment, words in tell_apart(population, twins).items():
                found[segment - 1] = f"{title} ({words})"
    return found


def _about_cells(counts: Mapping[str, int]) -> str:
    """How far the RFM cells agree with a segment, in words; nothing of fewer than five."""
    total, cell = sum(counts.values()), deciding_cell(counts)
    most = sorted((own for own in counts if counts[own] >= FEWEST), key=lambda own: -counts[own])
    shares = [f"{percent(counts[own] / total, decimals=0)} {own}" for own in most[:2]]
    if cell is not None:
        return f" Its RFM cells agree: {shares[0]}, which decides what to do."
    if not shares:
        return ""
    return f" Its RFM cells are mixed ({', '.join(shares)}): what to do follows from its averages."


def _find_play(playbook: Playbook, levels: Mapping[str, str]) -> Play:
    meant: dict[str, str] = {}
    for header, level in levels.items():
        words = set(words_of(header))
        concept = next((name for name, own in playbook.concepts.items() if words & own), None)
        if concept is not None:
            meant.setdefault(concept, level)
    for play in playbook.plays:
        if all(meant.get(concept) in wanted for concept, wanted in play.when.items()):
            return play
    return Play({}, "No play", "", "The playbook has no play for this segment.", "", "", "")


# ---------------------------------------------------------------- plain words


def describe(population: Population, profile: SegmentProfile, name: SegmentName) -> str:
    """Put a segment's size, its features against all customers and its typical member in words."""
    size = (
        f"{profile.customers:,} customer{'s' if profile.customers > 1 else ''} "
        f"({percent(profile.share)})"
    )
    told = population.telling(_MOST_FEATURES)
    alone = len(population.segments) == 1
    compared = [
        _said(profile, own) if alone else _compared(population, profile, own, name) for own in told
    ]
    return f"{size}: {_listed(compared)}.{_typical(population, profile)}"


def _said(profile: SegmentProfile, feature: str) -> str:
    own = profile.number(feature)
    how = "is {} on average" if own.typical is None else "is typically {}"
    return f"{in_words(feature)} {how.format(short_number(own.shown))}"


def _compared(
    population: Population, profile: SegmentProfile, feature: str, name: SegmentName
) -> str:
    own, everyone = profile.number(feature).shown, population.all.number(feature).shown
    words = _direction(name.levels[feature], own, everyone)
    return f"{_said(profile, feature)}, {words} the {short_number(everyone)} of all"


def _direction(level: str, own: float, everyone: float) -> str:
    """Below, close to or above, as the level has it that the name is made of.

    >>> _direction("high", 80.0, 60.0), _direction("average", 8.0, 9.0)
    ('above', 'close to')
    >>> _direction("average", 640.0, 1105.0)
    'somewhat below'
    """
    if level != "average":
        return "above" if level == "high" else "below"
    if max(own, everyone) <= _CLOSE * min(own, everyone) or own * everyone <= 0:
        return "close to"
    return "somewhat above" if own > everyone else "somewhat below"


def _listed(parts: list[str]) -> str:
    """Join clauses: "a; b; and c"."""
    return parts[0] if len(parts) == 1 else "; ".join(parts[:-1]) + "; and " + parts[-1]


def _typical(population: Population, profile: SegmentProfile) -> str:
    """The typical customer, from medians and commonest levels."""
    numbers = [
        f"{in_words(own.column)} {figure(own.median)}"
        for own in profile.numbers
        if own.column not in population.features
    ]
    levels = [
        f"{in_words(column)} {levels[0].level} ({percent(levels[0].share, decimals=0)})"
        for column, levels in profile.levels.items()
        if levels
    ]
    told = [*numbers[:_MOST_FEATURES], *levels[:_MOST_FEATURES]]
    return f" Typical: {', '.join(told)}." if numbers or levels else ""

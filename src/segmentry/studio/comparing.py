"""Two runs side by side: which settings differ, which segment became which, and who moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segmentry.studio.store import Run
from segmentry.studio.words import CHOICES, label_of
from segmentry.textual import percent

__all__ = ["Became", "became", "differences", "moved", "of_same_customers", "of_same_rows"]

_MOST_ROWS = 5_000_000
_OF_GROUPING = frozenset({
    "k", "k_max", "min_share", "seed", "missing", "outliers", "scale", "log", "weight",
    "feature_weight", "features", "profile", "categorical", "playbook", "playbook_text",
})  # fmt: skip
"""Settings that leave the rows as they are; with any other, row 7 may be somebody else."""


@dataclass(frozen=True)
class Became:
    """What became of a segment of the first run.

    Attributes
    ----------
    segment : int
        Its number there; 0 are the customers without a segment.
    customers : int
        How many it had.
    now : tuple of (int, int)
        Segments of the second run and how many of these customers are there, the most first.
    """

    segment: int
    customers: int
    now: tuple[tuple[int, int], ...]


def of_same_customers(first: Run, second: Run) -> bool:
    """Whether both runs can still be asked, and have the same customers in the same order."""
    if first.told is None or second.told is None or not (first.alive and second.alive):
        return False
    same_file = first.project is second.project
    return same_file and of_same_rows(first.told["summary"], second.told["summary"])


def of_same_rows(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two runs on one file have the same customers in the same order, not too many.

    Parameters
    ----------
    first, second : mapping
        Their summaries.
    """
    most = max(own["rows"]["read"] for own in (first, second))
    return {*_different(first["options"], second["options"])} <= _OF_GROUPING and (
        most <= _MOST_ROWS
    )


def became(first: str, second: str) -> tuple[Became, ...]:
    """Say where the customers of each segment went.

    Parameters
    ----------
    first, second : str
        The segment of each customer in either run, a digit to base 36 each.

    Examples
    --------
    >>> for own in became("1112", "1122"):
    ...     print(own.segment, own.customers, own.now)
    1 3 ((1, 2), (2, 1))
    2 1 ((2, 1),)
    """
    pairs = Counter(zip(first, second, strict=True))
    found = []
    for segment in sorted({int(own, 36) for own, _ in pairs}):
        parts = [(int(b, 36), n) for (a, b), n in pairs.items() if int(a, 36) == segment]
        parts.sort(key=lambda own: (-own[1], own[0]))
        found.append(Became(segment, sum(n for _, n in parts), tuple(parts)))
    return tuple(found)


def moved(parts: Sequence[Became]) -> int:
    """How many customers are not where most of their segment went."""
    return sum(own.customers - own.now[0][1] for own in parts)


def differences(first: Run, second: Run) -> list[tuple[str, str, str]]:
    """Which settings differ: what each is called, and what it was in either run, in words."""
    a, b = _settings(first), _settings(second)
    return [(label_of(name), _word(name, a), _word(name, b)) for name in _different(a, b)]


def _different(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys([*a, *b]) if a.get(name) != b.get(name)]


def _settings(run: Run) -> dict[str, Any]:
    told = run.told or {"summary": {"options": {}}}
    return {"file": run.project.name, **told["summary"]["options"]}


def _word(name: str, settings: Mapping[str, Any]) -> str:
    """What a setting was, as the form puts it."""
    value = settings.get(name)
    if value is None or value == [] or value == {}:
        return "as the data have it"
    if name == "k" and value == "auto":
        return "let the data decide"
    if name == "min_share":
        return percent(value)
    if isinstance(value, Mapping):
        words = label_of if name == "rfm" else str
        return ", ".join(f"{words(own)}: {told}" for own, told in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(dict(CHOICES.get(name, ())).get(str(value), value))

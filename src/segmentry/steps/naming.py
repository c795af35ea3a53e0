"""Step 9: give each segment a name that its profile justifies.

The rule, in words:

1. The most distinctive features are taken, at most three. Distinctiveness is the share of a
   feature's variance that lies between the segments; a feature with less than a quarter of the
   largest share is left out.
2. A name lists them in an order that is the same whatever the order of the columns: first those
   that have words of their own (low recency is Recent, many orders are Frequent), then the others
   by the alphabet, categories last. Each is Low, Average or High: the segment's mean against the
   population's mean ± 0.5 population standard deviations; of logarithms, where the plan takes
   them.
3. Segments that share a name get one more feature, the one in which they differ most; where
   there is none, finer words (Very Low … Very High); and at last Lower, Middle, Higher.

A category is said by the level that at least 60 % of the segment have, else it is Mixed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from segmentry.steps.headers import words_of
from segmentry.steps.profiles import Population, SegmentProfile

__all__ = [
    "EVERYONE", "SegmentName", "level_of", "name_segments", "short_names", "tell_apart",
]  # fmt: skip

EVERYONE = "All customers"
_HALF = 0.5
_FAR = 1.5
_MOST_FEATURES = 3
_LEAST_SHARE = 0.25
_MAINLY = 0.6
_MIXED = "mixed"
_BARE = re.compile(r"(?i)(yes|no|y|n|true|false|other|unknown|[\W\d]*)$")
"""Levels that say nothing without their column."""
_FILLERS = frozenset(
    """
    annual yearly monthly weekly daily total avg average mean score index value amount number
    num count of in the per usd eur gbp k my customer customers
    """.split()
)
_THINGS = frozenset("order basket cart purchase transaction visit lifetime ticket item".split())
"""Alone they are no measure: of these "average order value" keeps the value."""
_SPOKEN: Mapping[str, Mapping[str, str]] = {
    "recency": {"Low": "Recent", "Average": "Cooling", "High": "Lapsed"},
    "orders": {"Low": "Rare", "Average": "Occasional", "High": "Frequent"},
    "frequency": {"Low": "Rare", "Average": "Occasional", "High": "Frequent"},
}
"""Features whose levels marketers have words for, in the order in which they say them."""
_RECENT_RANKS: Mapping[str, str] = {
    "Lower": "More Recent", "Higher": "Longer Ago",
    "Lowest": "Most Recent", "Middle": "In Between", "Highest": "Longest Ago",
}  # fmt: skip
"""How ranks are said of recency, where less is later."""


@dataclass(frozen=True)
class SegmentName:
    """A segment's name and the levels it is made of.

    Attributes
    ----------
    segment : int
        The segment's number.
    name : str
        For example ``"High Income, Low Spending"``.
    levels : dict of str to str
        For every feature ``"low"``, ``"average"`` or ``"high"``; for every category the level
        that most of the segment have, or ``"mixed"``.
    """

    segment: int
    name: str
    levels: Mapping[str, str]


def level_of(z: float) -> str:
    """Low, Average or High: a mean against the population's ± 0.5 standard deviations.

    >>> level_of(-0.51), level_of(0.5), level_of(0.51)
    ('Low', 'Average', 'High')
    """
    if z < -_HALF:
        return "Low"
    return "High" if z > _HALF else "Average"


def _fine_level(z: float) -> str:
    if abs(z) > _FAR:
        return "Very " + level_of(z)
    return level_of(z)


def short_names(headers: Sequence[str]) -> dict[str, str]:
    """Strip units and filler words from headers, as long as they stay different.

    >>> short_names(["Annual Income (k$)", "Spending Score (1-100)"])
    {'Annual Income (k$)': 'Income', 'Spending Score (1-100)': 'Spending'}
    >>> short_names(["average_order_value", "order_count", "total_orders"])
    {'average_order_value': 'Order Value', 'order_count': 'Order Count', 'total_orders': 'Orders'}
    """
    short = {header: _without_fillers(header) for header in headers}
    for name in (_spoken, str.strip):
        taken = list(short.values())
        short = {
            header: own if taken.count(own) == 1 else name(header) for header, own in short.items()
        }
    return short


def _without_fillers(header: str) -> str:
    """The header's words that tell what is measured."""
    left = [word for word in words_of(header) if word not in _FILLERS]
    what = frozenset({"value", "amount", "number", "num", "count", "score", "index"})
    return _spoken(header, without=_FILLERS - what if left and set(left) <= _THINGS else _FILLERS)


def _spoken(header: str, *, without: frozenset[str] = frozenset()) -> str:
    """The header's words, each with a capital, but for those to be left out."""
    words = words_of(header)
    kept = [word for word in words if word not in without] or list(words)
    return " ".join(word.capitalize() for word in kept) or header.strip()


def name_segments(population: Population) -> tuple[SegmentName, ...]:
    """Name every segment by the rule above, segment 1 first; no two names are the same."""
    z = _distances(population)
    mainly = {own.segment: _main_levels(own, population.categories) for own in population.segments}
    levels = {
        segment: {name: level_of(value).lower() for name, value in row.items()} | mainly[segment]
        for segment, row in z.items()
    }
    if len(z) == 1:
        return tuple(SegmentName(segment, EVERYONE, levels[segment]) for segment in z)
    names = _unique_names(_Words(z, mainly, population))
    return tuple(SegmentName(segment, names[segment], levels[segment]) for segment in z)


def _distances(population: Population) -> dict[int, dict[str, float]]:
    """How far each segment lies from all customers, feature by feature."""
    return {
        own.segment: {name: own.number(name).z for name in population.features}
        for own in population.segments
    }


def tell_apart(population: Population, segments: Sequence[int]) -> dict[int, str]:
    """Say of some segments in what they differ the most, and which has more of it.

    Of two, for example, ``Lower Revenue`` and ``Higher Revenue``.
    """
    mainly: dict[int, dict[str, str]] = {own.segment: {} for own in population.segments}
    return _ranked(segments, _Words(_distances(population), mainly, population))


def _main_levels(profile: SegmentProfile, categories: Iterable[str]) -> dict[str, str]:
    """Of each category the level that most of a segment have, or that they are mixed."""
    found = {}
    for name in categories:
        own = profile.levels.get(name, ())
        found[name] = own[0].level if own and own[0].share >= _MAINLY else _MIXED
    return found


class _Words:
    """What is said of a segment, feature by feature."""

    def __init__(
        self,
        z: Mapping[int, Mapping[str, float]],
        mainly: Mapping[int, Mapping[str, str]],
        population: Population,
    ) -> None:
        self.z, self._mainly = z, mainly
        self.numbers = sorted(population.features, key=_place)
        self.features = (*self.numbers, *sorted(population.categories, key=_place))
        self.shares = {name: population.between_share(name) for name in self.features}
        self.short = short_names(self.features)

    def of(self, segment: int, name: str, *, fine: bool = False) -> str:
        """The words for one feature."""
        if name in self._mainly[segment]:
            return _said_level(self._mainly[segment][name], self.short[name])
        level = _fine_level if fine else level_of
        return _said(level(self.z[segment][name]), name, self.short[name])

    def spread(self, name: str, segments: Sequence[int]) -> float:
        """How far apart segments lie in a feature, in standard deviations; levels lie 2 apart."""
        if name not in self.numbers:
            return 2.0 if len({self.of(own, name) for own in segments}) > 1 else 0.0
        values = [self.z[own][name] for own in segments]
        return max(values) - min(values)


def _place(header: str) -> tuple[int, list[str], str]:
    """Where a feature stands in a name, whatever the order of the columns."""
    words = _own_words(header)
    spoken = list(_SPOKEN).index(words[0]) if _is_spoken(words) else len(_SPOKEN)
    return spoken, words, header


def _own_words(header: str) -> list[str]:
    """The words of a header that tell what is measured."""
    return [word for word in words_of(header) if word not in _FILLERS | {"days"}]


def _is_spoken(words: Sequence[str]) -> bool:
    return len(words) == 1 and words[0] in _SPOKEN


def _unique_names(words: _Words) -> dict[int, str]:
    features, shares = words.features, words.shares
    most = max(shares.values())
    ranked = sorted(features, key=lambda name: (-shares[name], features.index(name)))
    chosen = [name for name in ranked[:_MOST_FEATURES] if shares[name] >= _LEAST_SHARE * most]
    used = {segment: list(chosen) for segment in words.z}
    fine: set[int] = set()

    def name_of(segment: int) -> str:
        own = sorted(used[segment], key=features.index)
        return ", ".join(words.of(segment, name, fine=segment in fine) for name in own)

    for twins in _twins({segment: name_of(segment) for segment in words.z}):
        more = _telling(twins, words, [name for name in features if name not in chosen])
        for segment in twins:
            used[segment] += more
    for twins in _twins({segment: name_of(segment) for segment in words.z}):
        fine.update(twins)
    names = {segment: name_of(segment) for segment in words.z}
    for twins in _twins(names):
        names |= _by_rank(twins, names, words)
    return names


def _said_level(level: str, short: str) -> str:
    """A level of a category in words.

    >>> _said_level("Berlin", "City"), _said_level("yes", "Loyalty Card")
    ('Berlin City', 'Loyalty Card Yes')
    """
    told = level[:1].upper() + level[1:]
    return f"{short} {told}" if _BARE.match(level) else f"{told} {short}"


def _said(level: str, header: str, short: str) -> str:
    """A level of a feature in words.

    >>> _said("Low", "recency_days", "Recency Days"), _said("High", "Revenue", "Revenue")
    ('Recent', 'High Revenue')
    """
    words = _own_words(header)
    if not _is_spoken(words):
        return f"{level} {short}"
    strength, _, plain = level.rpartition(" ")
    return f"{strength} {_SPOKEN[words[0]][plain]}".strip()


def _twins(names: Mapping[int, str]) -> list[list[int]]:
    """Groups of segments that share a name."""
    groups: dict[str, list[int]] = {}
    for segment, name in names.items():
        groups.setdefault(name, []).append(segment)
    return [group for group in groups.values() if len(group) > 1]


def _telling(twins: Sequence[int], words: _Words, others: Sequence[str]) -> list[str]:
    """The feature in which these segments' words differ, and differ the most."""
    different = [name for name in others if len({words.of(own, name) for own in twins}) > 1]
    return [max(different, key=lambda name: words.spread(name, twins))] if different else []


def _by_rank(twins: Sequence[int], names: Mapping[int, str], words: _Words) -> dict[int, str]:
    """Tell segments apart by their order in the number in which they differ the most."""
    return {own: f"{names[own]} ({rank})" for own, rank in _ranked(twins, words).items()}


def _ranked(twins: Sequence[int], words: _Words) -> dict[int, str]:
    widest = max(
        sorted(words.numbers, key=lambda name: -words.shares[name]),
        key=lambda name: words.spread(name, twins),
    )
    order = sorted(twins, key=lambda segment: (words.z[segment][widest], segment))
    ranks = _rank_words(len(order))
    return {
        segment: _said_rank(word, widest, words.short[widest])
        for segment, word in zip(order, ranks, strict=True)
    }


def _said_rank(rank: str, header: str, short: str) -> str:
    """A segment's place among others in a feature, in words.

    >>> _said_rank("Lower", "recency_days", "Recency Days"), _said_rank("Lower", "Income", "Income")
    ('More Recent', 'Lower Income')
    """
    recent = words_of(header)[:1] == ("recency",)
    return _RECENT_RANKS[rank] if recent and rank in _RECENT_RANKS else f"{rank} {short}"


def _rank_words(count: int) -> list[str]:
    if count <= 3:
        return [["Lower", "Higher"], ["Lowest", "Middle", "Highest"]][count - 2]
    return [f"{i} of {count} in" for i in range(1, count + 1)]

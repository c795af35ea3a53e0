"""Step 9: give each segment a name that its profile justifies.

The rule, in words:

1. The most distinctive features are taken, at most three. Distinctiveness is the share of a
   feature's variance that lies between the segments; a feature with less than a quarter of the
   largest share is left out.
2. A name lists them in column order, each as Low, Average or High: the segment's mean against the
   population's mean ± 0.5 population standard deviations; of logarithms, where the plan takes
   them. Some features have words of their own: low recency is Recent, many orders are Frequent.
3. Segments that share a name get one more feature, the one in which they differ most; where
   there is none, finer words (Very Low … Very High); and at last Lower, Middle, Higher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentry.steps.headers import words_of
from segmentry.steps.profiles import Population

__all__ = ["EVERYONE", "SegmentName", "level_of", "name_segments", "short_names"]

EVERYONE = "All customers"
_HALF = 0.5
_FAR = 1.5
_MOST_FEATURES = 3
_LEAST_SHARE = 0.25
_FILLERS = frozenset(
    """
    annual yearly monthly weekly daily total avg average mean score index value amount number
    num count of in the per usd eur gbp k my customer customers
    """.split()
)
_SPOKEN: Mapping[str, Mapping[str, str]] = {
    "recency": {"Low": "Recent", "Average": "Cooling", "High": "Lapsed"},
    "orders": {"Low": "Rare", "Average": "Occasional", "High": "Frequent"},
    "frequency": {"Low": "Rare", "Average": "Occasional", "High": "Frequent"},
}
"""Features whose levels marketers have words for."""


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
        For every feature ``"low"``, ``"average"`` or ``"high"``.
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
    """
    short = {header: _spoken(header, without=_FILLERS) for header in headers}
    for name in (_spoken, str.strip):
        taken = list(short.values())
        short = {
            header: own if taken.count(own) == 1 else name(header) for header, own in short.items()
        }
    return short


def _spoken(header: str, *, without: frozenset[str] = frozenset()) -> str:
    """The header's words, each with a capital, but for those to be left out."""
    words = words_of(header)
    kept = [word for word in words if word not in without] or list(words)
    return " ".join(word.capitalize() for word in kept) or header.strip()


def name_segments(
    population: Population, *, logged: Mapping[str, Sequence[float]] | None = None
) -> tuple[SegmentName, ...]:
    """Name every segment by the rule above; no two names are the same.

    Parameters
    ----------
    population : Population
        The profiles of the segments.
    logged : mapping, optional
        For the features that the plan takes logarithms of, the centres' coordinates, segment 1
        first: among heavy tails the plain standard deviation would call nearly everything average.

    Returns
    -------
    tuple of SegmentName
        Segment 1 first.
    """
    z = {
        own.segment: {name: own.number(name).z for name in population.features}
        for own in population.segments
    }
    for name, centers in (logged or {}).items():
        for segment, center in zip(z, centers, strict=True):
            z[segment][name] = center
    levels = {
        segment: {name: level_of(value).lower() for name, value in row.items()}
        for segment, row in z.items()
    }
    if len(z) == 1:
        return tuple(SegmentName(segment, EVERYONE, levels[segment]) for segment in z)
    shares = {name: population.between_share(name) for name in population.features}
    names = _unique_names(z, shares, population.features)
    return tuple(SegmentName(segment, names[segment], levels[segment]) for segment in z)


def _unique_names(
    z: Mapping[int, Mapping[str, float]], shares: Mapping[str, float], features: Sequence[str]
) -> dict[int, str]:
    most = max(shares.values())
    ranked = sorted(features, key=lambda name: (-shares[name], features.index(name)))
    chosen = [name for name in ranked[:_MOST_FEATURES] if shares[name] >= _LEAST_SHARE * most]
    short = short_names(features)
    used = {segment: list(chosen) for segment in z}
    fine: set[int] = set()

    def name_of(segment: int) -> str:
        word = _fine_level if segment in fine else level_of
        own = sorted(used[segment], key=features.index)
        return ", ".join(_said(word(z[segment][name]), name, short[name]) for name in own)

    for twins in _twins({segment: name_of(segment) for segment in z}):
        more = _telling(twins, z, [name for name in features if name not in chosen])
        for segment in twins:
            used[segment] += more
    for twins in _twins({segment: name_of(segment) for segment in z}):
        fine.update(twins)
    names = {segment: name_of(segment) for segment in z}
    for twins in _twins(names):
        names |= _by_rank(twins, names, z, ranked, short)
    return names


def _said(level: str, header: str, short: str) -> str:
    """A level of a feature in words.

    >>> _said("Low", "recency_days", "Recency Days"), _said("High", "Revenue", "Revenue")
    ('Recent', 'High Revenue')
    """
    words = [word for word in words_of(header) if word not in _FILLERS | {"days"}]
    if len(words) != 1 or words[0] not in _SPOKEN:
        return f"{level} {short}"
    strength, _, plain = level.rpartition(" ")
    return f"{strength} {_SPOKEN[words[0]][plain]}".strip()


def _twins(names: Mapping[int, str]) -> list[list[int]]:
    """Groups of segments that share a name."""
    groups: dict[str, list[int]] = {}
    for segment, name in names.items():
        groups.setdefault(name, []).append(segment)
    return [group for group in groups.values() if len(group) > 1]


def _telling(
    twins: Sequence[int], z: Mapping[int, Mapping[str, float]], others: Sequence[str]
) -> list[str]:
    """The feature in which these segments' words differ, and differ the most."""
    different = [
        name for name in others if len({level_of(z[segment][name]) for segment in twins}) > 1
    ]
    spread = {
        name: max(z[segment][name] for segment in twins)
        - min(z[segment][name] for segment in twins)
        for name in different
    }
    return [max(different, key=lambda name: spread[name])] if different else []


def _by_rank(
    twins: Sequence[int],
    names: Mapping[int, str],
    z: Mapping[int, Mapping[str, float]],
    features: Sequence[str],
    short: Mapping[str, str],
) -> dict[int, str]:
    """Tell segments apart by their order in the feature in which they differ the most."""
    widest = max(
        features,
        key=lambda name: max(z[own][name] for own in twins) - min(z[own][name] for own in twins),
    )
    order = sorted(twins, key=lambda segment: (z[segment][widest], segment))
    words = _rank_words(len(order))
    return {
        segment: f"{names[segment]} ({word} {short[widest]})"
        for segment, word in zip(order, words, strict=True)
    }


def _rank_words(count: int) -> list[str]:
    if count <= 3:
        return [["Lower", "Higher"], ["Lowest", "Middle", "Highest"]][count - 2]
    return [f"{i} of {count} in" for i in range(1, count + 1)]

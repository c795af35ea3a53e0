"""Step 7g: one number of segments, how sure it is, and why, in a sentence.

The rule, tuned on the even half of the planted and structureless data sets of ``benchmarks/``:

1. *Is there anything?* Structureless twins of the customers tell what noise would reach. A number
   of segments is clear of noise if its silhouette is more than 0.025 above theirs, and its gain
   (the fall of the classification cost, beyond theirs) is above 0.2. If none is, there are no
   natural segments.
2. *Which numbers describe the customers best?* Of those that are clear, the ones whose gain is
   within 0.15 of the largest: nothing tells them apart.
3. Among these the largest mean silhouette is taken.
4. *How sure?* By the excess of the silhouette over the twins', and by how far the solutions of
   bootstrap draws agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segmentry.steps.compression import Cells
from segmentry.steps.evidence import Evidence
from segmentry.steps.indices import moved_share, overlaps
from segmentry.steps.kmeans import Solution
from segmentry.textual import percent

__all__ = [
    "Limits",
    "Strength",
    "Verdict",
    "best_k",
    "has_structure",
    "is_clear",
    "reach_verdict",
    "strength_of",
]

Strength = Literal["strong", "fair", "weak", "none"]

_NOTHING, _NO_GAIN = 0.025, 0.2
"""What noise may have by chance of excess of the silhouette over its twins', and of gain."""
_CUTS: tuple[tuple[Strength, float, float], ...] = (("strong", 0.1, 0.85), ("fair", 0.05, 0.7))
"""Each strength, with the least excess and the least agreement of bootstrap draws."""
_AS_GOOD = 0.15


@dataclass(frozen=True)
class Limits:
    """What the business allows.

    Attributes
    ----------
    k_min, k_max : int
        The fewest and the most segments.
    min_share : float
        No segment may hold a smaller share of the customers.
    """

    k_min: int = 1
    k_max: int = 10
    min_share: float = 0.0

    def allow(self, own: Evidence) -> bool:
        """Whether a number of segments keeps to the limits."""
        return self.k_min <= own.k <= self.k_max and own.smallest_share >= self.min_share


@dataclass(frozen=True)
class Verdict:
    """The k that was taken, how sure it is, and why.

    Attributes
    ----------
    k : int
        The number of segments.
    strength : {"strong", "fair", "weak", "none"}
        How sure it is that these segments are there.
    runner_up : int or None
        The number that the same rule takes when k is left out.
    change : str or None
        What the runner-up would change.
    sentence : str
        All that for a manager.
    """

    k: int
    strength: Strength
    runner_up: int | None
    change: str | None
    sentence: str


def has_structure(evidence: Sequence[Evidence]) -> bool:
    """Whether any number of segments is clearer than noise would make it."""
    return any(is_clear(own) for own in evidence)


def is_clear(own: Evidence) -> bool:
    """Whether one number of segments is clearer than noise would make it."""
    return (own.excess or 0.0) > _NOTHING and (own.gain or 0.0) > _NO_GAIN


def best_k(evidence: Sequence[Evidence]) -> int | None:
    """The number of segments that describes the customers best; None if there is none from 2 on.

    Parameters
    ----------
    evidence : sequence of Evidence
        For the numbers that are allowed.
    """
    known = [own for own in evidence if own.silhouette is not None]
    several = [own for own in known if is_clear(own)] or known
    if not several:
        return None
    top = max(_gain(own) for own in several)
    near = [own for own in several if _gain(own) >= top - _AS_GOOD]
    return max(near, key=lambda own: (own.silhouette or 0.0, -own.k)).k


def _gain(own: Evidence) -> float:
    return own.gain if own.gain is not None else -np.inf


def strength_of(own: Evidence) -> Strength:
    """How sure it is that the segments of one solution are there."""
    excess = own.excess or 0.0
    if not is_clear(own):
        return "none"
    for name, least, agreement in _CUTS:
        if excess >= least and round(own.agreement, 2) >= agreement:
            return name
    return "weak"


def reach_verdict(
    cells: Cells,
    solutions: Sequence[Solution],
    evidence: Sequence[Evidence],
    limits: Limits,
    *,
    fixed: int | None,
) -> Verdict:
    """Take one number of segments and say why.

    Parameters
    ----------
    cells : Cells
        The customers.
    solutions : sequence of Solution
        For k = 1, 2, …
    evidence : sequence of Evidence
        For the same.
    limits : Limits
        Within which k is taken.
    fixed : int or None
        What the caller insists on.
    """
    allowed = [own for own in evidence if limits.allow(own)]
    there = has_structure(evidence)
    best = best_k(allowed)
    k = fixed or (best if best and (there or limits.k_min > 1) else 1)
    runner_up = best_k([own for own in allowed if own.k != k]) if there else None
    change = _change(cells, solutions[k - 1], solutions[runner_up - 1]) if runner_up else None
    strength = strength_of(evidence[k - 1]) if there else "none"
    told = _Told(evidence, k, strength, runner_up, change)
    if fixed:
        sentence = told.as_asked(best if there else 1)
    else:
        sentence = told.found() if k > 1 and there else told.nothing()
    return Verdict(k, strength, runner_up, change, sentence)


@dataclass(frozen=True)
class _Told:
    """The verdict in words."""

    evidence: Sequence[Evidence]
    k: int
    strength: Strength
    runner_up: int | None
    change: str | None

    @property
    def _own(self) -> Evidence:
        return self.evidence[self.k - 1]

    def found(self) -> str:
        """There are natural segments."""
        own = self._own
        rest = f"; the runner-up, {_number(self.runner_up)}, {self.change}" if self.change else ""
        if self.strength == "none":
            return (
                f"{_segments(self.k)}, but only because of the limits that were set: they are "
                f"slices of a continuum ({_compared(own)}){rest}."
            )
        return (
            f"{_segments(self.k)}, and the evidence is {self.strength}: {_compared(own)}, "
            f"{_comes_back(own)}{rest}."
        )

    def nothing(self) -> str:
        """There are none."""
        tried = [own for own in self.evidence if own.silhouette is not None]
        if not tried:
            return "One segment: no other number could be tried on these customers."
        top = max(tried, key=lambda own: own.excess or -np.inf)
        why = (
            f"there are no natural segments here: at best, with {_number(top.k)}, {_compared(top)}"
        )
        if self.k > 1:
            return (
                f"{_segments(self.k)} because fewer were not allowed, but they are slices of a "
                f"continuum: {why}."
            )
        return f"One segment, for {why}."

    def as_asked(self, best: int | None) -> str:
        """The caller insists."""
        own, asked = self._own, f"{_segments(self.k)} as you asked"
        if own.silhouette is None:
            rather = f"; the evidence is for {_number(best)}" if best and best > 1 else ""
            return f"{asked}{rather}."
        if self.strength == "none":
            return (
                f"{asked}, but they are slices of a continuum, not natural segments: "
                f"{_compared(own)}."
            )
        mine = f"{asked} ({_compared(own)})"
        if best is None or best == self.k:
            return f"{mine}; the evidence, {self.strength}, is for this number too."
        return f"{mine}; the evidence is rather for {_number(best)}, which {self._would(best)}."

    def _would(self, best: int) -> str:
        other = self.evidence[best - 1]
        if self.runner_up == best and self.change:
            return self.change
        return f"has a silhouette of {other.silhouette:.3f}"


def _compared(own: Evidence) -> str:
    if own.noise_silhouette is None:
        return f"the silhouette is {own.silhouette:.3f}"
    return (
        f"the silhouette is {own.silhouette:.3f} where noise of the same kind reaches "
        f"{own.noise_silhouette:.3f}"
    )


def _comes_back(own: Evidence) -> str:
    """How the segments fare when customers are drawn anew."""
    agreement = f"(agreement {own.agreement:.2f} of 1)"
    if round(own.agreement, 2) >= _CUTS[0][2]:
        return f"and they come out again when customers are drawn anew {agreement}"
    return f"but they change when customers are drawn anew {agreement}"


def _change(cells: Cells, ours: Solution, theirs: Solution) -> str:
    """What another number of segments would do to ours."""
    counts = overlaps(ours.labels, theirs.labels, cells.weights, ours.k, theirs.k)
    if theirs.k > ours.k:
        second = np.sort(counts, axis=1)[:, -2] if theirs.k > 1 else np.zeros(ours.k)
        return f"would split segment {int(second.argmax()) + 1}"
    home = counts.argmax(axis=1)
    together = [np.flatnonzero(home == place) + 1 for place in range(theirs.k)]
    widest = max(together, key=len)
    if len(widest) > 1:
        named = [str(own) for own in widest]
        return f"would put segments {', '.join(named[:-1])} and {named[-1]} together"
    return f"would move {percent(moved_share(counts), decimals=0)} of the customers"


def _number(k: int | None) -> str:
    words = "one two three four five six seven eight nine ten".split()
    return words[k - 1] if k and k <= len(words) else str(k)


def _segments(k: int) -> str:
    return f"{_number(k).capitalize()} segment{'s' if k > 1 else ''}"

"""Step 8b: what defines each segment? A few conditions that anybody can check.

K-Means draws its borders between centres; a shallow decision tree retells them as bounds on single
features. How well it does so is told by three shares, in docs/rules.md with their formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentry.errors import InputError
from segmentry.plan import Axis
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution
from segmentry.steps.profiles import FEWEST
from segmentry.steps.trees import Leaf, grow

__all__ = ["FIDELITY", "Condition", "Rule", "Rules", "SegmentRules", "define_segments"]

FIDELITY = 0.95
"""The share of the customers whom the rules have to put into their own segment."""
_LEAVES_A_SEGMENT = 4
_SLACK = 0.0025
"""So small a share of the customers may change sides for a rounder number."""


@dataclass(frozen=True)
class Condition:
    """A bound on one feature: above ``lower``, up to and with ``upper``; None where open.

    Of a category it says whether the customer has a ``level``: above 0.5 or not.

    >>> str(Condition("age", 30.0, 45.0)), str(Condition("age", None, 30.0))
    ('age above 30 up to 45', 'age up to 30')
    >>> str(Condition("city", None, 0.5, "Berlin"))
    'city is not Berlin'
    """

    feature: str
    lower: float | None
    upper: float | None
    level: str | None = None

    def __str__(self) -> str:
        if self.level is not None:
            return f"{self.feature} is {'not ' if self.lower is None else ''}{self.level}"
        above = "" if self.lower is None else f" above {_number(self.lower)}"
        up_to = "" if self.upper is None else f" up to {_number(self.upper)}"
        return f"{self.feature}{above}{up_to}"


@dataclass(frozen=True)
class Rule:
    """Conditions that hold together.

    Attributes
    ----------
    conditions : tuple of Condition
        In the order of the features; none where the rule is for everybody.
    sentence : str
        The same in words.
    customers : int
        How many it catches, of whatever segment.
    coverage : float
        The share of the segment's customers that it catches, 0 to 1.
    precision : float
        The share of those caught who belong to the segment, 0 to 1.
    """

    conditions: tuple[Condition, ...]
    sentence: str
    customers: int
    coverage: float
    precision: float


@dataclass(frozen=True)
class SegmentRules:
    """The rules of one segment, which catch different customers; largest coverage first.

    Attributes
    ----------
    segment : int
        Its number.
    rules : tuple of Rule
        None where no short rule tells the segment.
    coverage : float
        The share of the segment's customers that the rules catch together.
    precision : float or None
        The share of those caught who belong to the segment; None where there is no rule.
    """

    segment: int
    rules: tuple[Rule, ...]
    coverage: float
    precision: float | None


@dataclass(frozen=True)
class Rules:
    """What defines the segments.

    Attributes
    ----------
    segments : tuple of SegmentRules
        Segment 1 first.
    fidelity : float
        The share of all customers whom the rules put into their own segment, 0 to 1.
    asked : float
        The share that was asked for.
    leaves : int
        How many rules there are.
    exact : bool
        Whether the shares are those of all customers; else they were measured on the cells that
        stand for them.
    """

    segments: tuple[SegmentRules, ...]
    fidelity: float
    asked: float
    leaves: int
    exact: bool


def define_segments(
    cells: Cells, solution: Solution, axes: Sequence[Axis], *, fidelity: float = FIDELITY
) -> Rules:
    """Find the fewest rules that put enough customers into their own segment.

    Parameters
    ----------
    cells : Cells
        Their values are in the features' own units, and so are the rules.
    solution : Solution
        The segment of each cell.
    axes : sequence of Axis
        The columns of ``cells.values``.
    fidelity : float
        The share of the customers that is enough, above 0 up to 1. Where 4 rules a segment do not
        reach it, the rules say how far they came.

    Raises
    ------
    InputError
        If ``fidelity`` is no such share.
    """
    if not 0 < fidelity <= 1:
        raise InputError(
            f"fidelity={fidelity!r} is not a share above 0 and up to 1.",
            "Give one, for example fidelity=0.95.",
            code="R00",
        )
    leaves = grow(
        cells.values, solution.labels, cells.sizes,
        fidelity=fidelity, most_leaves=_LEAVES_A_SEGMENT * solution.k, least=FEWEST, slack=_SLACK,
    )  # fmt: skip
    sizes = np.bincount(solution.labels, cells.sizes, minlength=solution.k)
    right = sum(own.right for own in leaves)
    segments = tuple(
        _segment_rules(label, leaves, float(sizes[label]), axes) for label in range(solution.k)
    )
    return Rules(segments, _rounded(right / float(sizes.sum())), fidelity, len(leaves), cells.exact)


def _segment_rules(
    label: int, leaves: Sequence[Leaf], size: float, axes: Sequence[Axis]
) -> SegmentRules:
    own = sorted((leaf for leaf in leaves if leaf.label == label), key=lambda leaf: -leaf.right)
    right = sum(leaf.right for leaf in own)
    caught = sum(float(leaf.counts.sum()) for leaf in own)
    return SegmentRules(
        label + 1,
        tuple(_rule(leaf, size, axes) for leaf in own),
        _rounded(right / size) if own else 0.0,
        _rounded(right / caught) if own else None,
    )


def _rule(leaf: Leaf, size: float, axes: Sequence[Axis]) -> Rule:
    conditions = _without_denials(
        [
            Condition(axes[i].column, *leaf.bounds[i], level=axes[i].level)
            for i in sorted(leaf.bounds)
        ]
    )
    sentence = " and ".join(map(str, conditions)) or "every customer"
    caught = float(leaf.counts.sum())
    return Rule(
        conditions, sentence, round(caught), _rounded(leaf.right / size),
        _rounded(leaf.right / caught),
    )  # fmt: skip


def _without_denials(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Who has one level need not be said to have no other."""
    said = {own.feature for own in conditions if own.level is not None and own.lower is not None}
    return tuple(own for own in conditions if own.feature not in said or own.lower is not None)


def _number(value: float) -> str:
    """A threshold as it is, with commas between thousands."""
    return f"{value:,.12g}"


def _rounded(share: float) -> float:
    return float(f"{share:.12g}")

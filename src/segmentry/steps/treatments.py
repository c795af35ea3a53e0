"""Step 4d: say for each feature what was done to it before K-Means, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentry.plan import CategoryPlan, FeaturePlan, Plan, level_names
from segmentry.sql import LARGEST
from segmentry.steps.categories import variance_of
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.preparation import WINSORIZED, Prepared
from segmentry.textual import counted, figure

__all__ = ["Treatment", "describe"]

_FENCE = 3.0
"""Far out: so many interquartile ranges beyond the quartiles (Tukey's outer fence)."""
_MOST_LEVELS_SAID = 6


@dataclass(frozen=True)
class Treatment:
    """What was done to one feature.

    Attributes
    ----------
    feature : str
        The column.
    filled : int
        Missing values for which the median, or the commonest level, stands.
    drawn_in : int
        Values beyond the bounds, which count as if they were at them.
    far_out : int
        Values three interquartile ranges beyond the quartiles or more (of logarithms, where those
        are used), after values were drawn in.
    far_share : float
        The share of the feature's variance that those make, 0 to 1.
    sentence : str
        All of it in words.
    """

    feature: str
    filled: int
    drawn_in: int
    far_out: int
    far_share: float
    sentence: str


def describe(plan: Plan, columns: Overview, prepared: Prepared) -> tuple[Treatment, ...]:
    """Say what the plan does to each feature.

    Parameters
    ----------
    plan : Plan
        From columns to coordinates.
    columns : Overview
        What is in the columns as they came.
    prepared : Prepared
        What is in them after that.
    """
    numbers = [
        _of_number(own, columns.column(own.name), after, plan)
        for own, after in zip(plan.features, prepared.numbers, strict=True)
    ]
    return (
        *numbers,
        *(
            _of_category(own, columns.column(own.name), unrelated=own.name in prepared.unrelated)
            for own in plan.categories
        ),
    )


def _of_number(
    own: FeaturePlan, before: ColumnSummary, after: ColumnSummary, plan: Plan
) -> Treatment:
    drawn_in = _beyond(own, before)
    far_out, far_share = _far_out(own, after)
    said = [
        _about_missing(own, before, "the median"),
        _about_bounds(own, drawn_in),
        _about_scale(own, after, plan),
        _about_weight(own),
        f"{counted(far_out, 'value', 'lies')} far out" if far_out else "",
    ]
    filled = before.missing if own.fill is not None else 0
    return Treatment(own.name, filled, drawn_in, far_out, far_share, _sentence(said))


def _of_category(own: CategoryPlan, before: ColumnSummary, *, unrelated: bool) -> Treatment:
    names = level_names(own)
    listed = ", ".join(names[:_MOST_LEVELS_SAID]) + (
        ", …" if len(names) > _MOST_LEVELS_SAID else ""
    )
    rest = before.distinct - len(own.levels)
    said = [
        _about_missing(own, before, "the commonest level"),
        f"one coordinate for each of {len(names)} levels ({listed})",
        f"{rest:,} rare level{'s are' if rest > 1 else ' is'} other" if own.other else "",
        f"together they vary {variance_of(len(names)):.2g} times as much as a number",
        "unrelated to the other features, so it counts a tenth"
        if unrelated
        else _about_weight(own),
    ]
    filled = before.missing if own.fill is not None else 0
    return Treatment(own.name, filled, 0, 0, 0.0, _sentence(said))


def _about_missing(own: FeaturePlan | CategoryPlan, before: ColumnSummary, what: str) -> str:
    if not before.missing:
        return ""
    count = f"{before.missing:,} missing ({100 * before.missing / before.rows:.1f} %)"
    if own.fill is None:
        return f"{count}, left without a segment"
    return f"{count}, taken for {what}, {_word(own.fill)}"


def _about_bounds(own: FeaturePlan, drawn_in: int) -> str:
    if own.clip is None:
        return ""
    if own.clip[1] >= LARGEST:
        many = f"{drawn_in:,} values below 0 count as 0" if drawn_in else ""
        return "1 value below 0 counts as 0" if drawn_in == 1 else many
    low, high = (f"{100 * share:g} %" for share in WINSORIZED)
    return (
        f"{drawn_in:,} values beyond the {low} and {high} quantiles were drawn in to "
        f"{_word(own.clip[0])} and {_word(own.clip[1])}"
    )


def _about_scale(own: FeaturePlan, after: ColumnSummary, plan: Plan) -> str:
    if own.transform == "log1p":
        return f"strongly skewed (skew {after.skew:.1f}), so its logarithm ln(1 + x) was used"
    if plan.scaling == "none":
        return f"left in its own units, {_why_plain(plan)}"
    return (
        f"turned into a z-score (mean {_word(own.center)}, standard deviation {_word(own.scale)})"
    )


def _why_plain(plan: Plan) -> str:
    """Why nothing was scaled, in a clause."""
    if len(plan.columns) == 1:
        return "since it is the only feature"
    if "as asked" in plan.reason:
        return "as asked"
    return "since the features' spreads are alike"


def _about_weight(own: FeaturePlan | CategoryPlan) -> str:
    return "" if own.weight == 1 else f"multiplied by {_word(own.weight)}, as you asked"


def _sentence(parts: Sequence[str]) -> str:
    return "; ".join(part for part in parts if part)


def _word(value: str | float) -> str:
    return value if isinstance(value, str) else figure(value)


def _beyond(own: FeaturePlan, before: ColumnSummary) -> int:
    if own.clip is None or before.distribution is None:
        return 0
    low, high = own.clip
    ends = before.distribution.up_to([float(np.nextafter(low, -np.inf)), high])
    return int(ends[0] + before.distribution.customers - ends[1])


def _far_out(own: FeaturePlan, after: ColumnSummary) -> tuple[int, float]:
    """How many values lie far out, and their share of the variance."""
    spread = after.distribution
    if spread is None:
        return 0, 0.0
    lower, upper = spread.quantiles([0.25, 0.75])
    values = (spread.lows + spread.highs) / 2
    if own.transform == "log1p":
        values, lower, upper = np.log1p(values), float(np.log1p(lower)), float(np.log1p(upper))
    reach = _FENCE * (upper - lower)
    if reach == 0:
        return 0, 0.0
    far = (values < lower - reach) | (values > upper + reach)
    squares = spread.counts * (values - np.average(values, weights=spread.counts)) ** 2
    return int(spread.counts[far].sum()), float(squares[far].sum() / max(squares.sum(), 1e-300))

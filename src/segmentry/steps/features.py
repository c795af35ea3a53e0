"""Step 4c: learn the plan, the way from raw columns to clustering coordinates; carry it out.

The plan has two interpreters, which a property test holds equal: :func:`prepared_values` and
:func:`coordinates` here, in NumPy, and :mod:`segmentry.sql.preparing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from segmentry.errors import FeatureError
from segmentry.plan import CategoryPlan, FeaturePlan, Plan
from segmentry.sql import BLANK_TOKENS, LARGEST
from segmentry.steps.overview import ColumnSummary

__all__ = [
    "Log",
    "Scale",
    "check_choice",
    "coordinates",
    "is_missing_level",
    "learn_plan",
    "prepared_values",
    "values_of",
]

Floats = npt.NDArray[np.float64]
Scale = Literal["auto", "none", "zscore"]
Log = Literal["auto", "none"]
_COMPARABLE = 2.0
"""Standard deviations that differ by no more than this factor need no scaling."""
_NOTHING = frozenset({"NAType", "NaTType"})
"""What pandas writes for nothing, by name, since it compares with nothing."""
STRONG_SKEW = 2.0
"""Beyond this skew a few large values would decide alone; an exponential distribution has it."""


def learn_plan(
    columns: Sequence[ColumnSummary],
    *,
    scale: Scale = "auto",
    log: Log = "auto",
    treated: Mapping[str, FeaturePlan] | None = None,
    categories: Sequence[CategoryPlan] = (),
) -> Plan:
    """Decide how each feature becomes a coordinate.

    Parameters
    ----------
    columns : sequence of ColumnSummary
        The features that are numbers, measured after missing values were filled and far ones drawn
        in, where that is done.
    scale : {"auto", "none", "zscore"}
        ``auto`` leaves the features as they are where their standard deviations differ by at most
        a factor of 2, and takes z-scores (value minus mean, over standard deviation) elsewhere.
    log : {"auto", "none"}
        ``auto`` takes ln(1 + value) of features without negative values whose skew is above 2,
        where that lowers the skew, unless ``scale`` is ``none``. All features then become z-scores.
    treated : mapping of str to FeaturePlan, optional
        What is done to features before they are measured, and their weights.
    categories : sequence of CategoryPlan
        The features that are levels. Beside them ``auto`` takes z-scores, which their
        coordinates are made comparable with.

    Raises
    ------
    FeatureError
        If ``scale`` or ``log`` is none of these.

    Examples
    --------
    >>> age = ColumnSummary("age", "number", 9, 0, 9, 20, 40, 39, 60, 14.0, 0.0)
    >>> income = ColumnSummary("income", "number", 9, 0, 9, 9, 50, 44, 99, 26.0, 0.0)
    >>> learn_plan([age, income]).scaling
    'none'
    """
    check_choice("scale", scale, ("auto", "none", "zscore"))
    check_choice("log", log, ("auto", "none"))
    skewed = {} if log == "none" or scale == "none" else _skewed(columns)
    scaling, reason = _scaling(columns, scale, skewed, beside=bool(categories))
    before = treated or {}
    features = tuple(
        _feature_plan(column, before.get(column.name), scaling, skewed) for column in columns
    )
    return Plan(features, scaling, reason, tuple(categories))


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Refuse an option that is none of the choices.

    Raises
    ------
    FeatureError
        With the choices.
    """
    if value not in choices:
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise FeatureError(f"{name}={value!r} is not known.", f"Choose {listed}.", code="R46")


_Logs = Mapping[str, tuple[float, float]]
"""Mean and standard deviation of the logarithms of the features that become such."""


def _skewed(columns: Sequence[ColumnSummary]) -> _Logs:
    found = {}
    for column in columns:
        skew, own = column.skew or 0.0, column.distribution
        if skew > STRONG_SKEW and own is not None and (column.minimum or 0.0) >= 0:
            mean, deviation, after = own.log1p_measures()
            # Constants from bins need no more digits than engines agree on.
            digits = 12 if own.exact else 5
            if deviation > 0 and abs(after) < skew:
                found[column.name] = _rounded(mean, digits), _rounded(deviation, digits)
    return found


def _scaling(
    columns: Sequence[ColumnSummary], scale: Scale, skewed: _Logs, *, beside: bool
) -> tuple[Literal["none", "zscore"], str]:
    if skewed:
        return "zscore", _log_reason(columns, skewed)
    deviations = [column.standard_deviation or 0.0 for column in columns]
    wide, narrow = max(deviations), min(deviation for deviation in deviations)
    ratio = wide / narrow if narrow > 0 else float("inf")
    if scale == "none":
        return "none", "Features were left in their own units, as asked." + _share(columns, ratio)
    if scale == "zscore":
        return "zscore", "Features were turned into z-scores, as asked."
    if beside:
        return "zscore", "Features were turned into z-scores, so that categories compare with them."
    if len(columns) == 1:
        return "none", "A single feature needs no scaling."
    if ratio <= _COMPARABLE:
        return "none", (
            "Features were left in their own units: their standard deviations differ by a factor "
            f"of {ratio:.2f} only (up to {_COMPARABLE:g} is comparable)."
        )
    differ = f"by a factor of {ratio:.1f}" if narrow > 0 else "without limit (one is constant)"
    return "zscore", (
        f"Features were turned into z-scores: their standard deviations differ {differ}, so the "
        "widest one would have decided alone."
    )


def _log_reason(columns: Sequence[ColumnSummary], skewed: _Logs) -> str:
    told = [f"{own.name} (skew {own.skew:.1f})" for own in columns if own.name in skewed]
    are, its = (("are", "their logarithms"), ("is", "its logarithm"))[len(told) == 1]
    return (
        f"{', '.join(told)} {are} strongly skewed, so {its} ln(1 + x) {are} used: a few large "
        "values would have decided alone. All features were then turned into z-scores."
    )


def _share(columns: Sequence[ColumnSummary], ratio: float) -> str:
    """A caution where one unscaled feature outweighs the others."""
    if ratio <= _COMPARABLE:
        return ""
    variances = {column.name: (column.standard_deviation or 0.0) ** 2 for column in columns}
    total = sum(variances.values())
    if not total:
        return ""
    name = max(variances, key=lambda own: variances[own])
    share = variances[name] / total
    return f" {name} alone makes {100 * share:.0f} % of the total variance."


def _feature_plan(
    column: ColumnSummary, treated: FeaturePlan | None, scaling: str, skewed: _Logs
) -> FeaturePlan:
    before = treated or FeaturePlan(column.name, 0.0, 1.0)
    if scaling == "none":
        return before
    if column.name in skewed:
        center, scale = skewed[column.name]
        return replace(before, center=center, scale=scale, transform="log1p")
    # Constants from bins need no more digits than engines agree on.
    changed = before.fill is not None or before.clip is not None
    digits = 5 if changed and column.distribution and not column.distribution.exact else 12
    center = _rounded(column.mean or 0.0, digits)
    deviation = _rounded(column.standard_deviation or 0.0, digits)
    return replace(before, center=center, scale=deviation or 1.0)


def _rounded(value: float, digits: int = 12) -> float:
    """To 12 significant digits, so that the last bit of a sum cannot show."""
    return float(f"{value:.{digits}g}")


def prepared_values(plan: Plan, columns: Mapping[str, npt.ArrayLike]) -> Floats:
    """Turn raw columns into values along each coordinate: filled, drawn in, levels as 0 or 1.

    Parameters
    ----------
    plan : Plan
        The plan.
    columns : mapping of str to array-like of shape (n,)
        By header. Of numbers NaN, infinity and whatever is larger than 1e100 is missing, of levels
        None, NaN and what means "missing", such as a blank.

    Returns
    -------
    ndarray of shape (n, n_coordinates)
        In the columns' own units; NaN where a value is missing that nothing stands for.

    Examples
    --------
    >>> size = CategoryPlan("size", ("S", "M"), other=True, scale=1.0, fill="M")
    >>> plan = Plan((FeaturePlan("age", 0.0, 1.0, fill=40.0),), "none", "", (size,))
    >>> prepared_values(plan, {"age": [np.nan, 31], "size": [None, "XL"]}).tolist()
    [[40.0, 0.0, 1.0, 0.0], [31.0, 0.0, 0.0, 1.0]]
    """
    numbers = [np.asarray(columns[name], dtype=np.float64) for name in plan.numbers]
    known = [np.where(np.abs(own) <= LARGEST, own, np.nan) for own in numbers]
    levels = [axis for own in plan.categories for axis in _levels(own, columns[own.name])]
    return _treated(plan, np.column_stack([*known, *levels]))


def _levels(own: CategoryPlan, column: npt.ArrayLike) -> list[Floats]:
    """1 at the customer's own level and 0 at the others, an array a level."""
    given = np.asarray(column, dtype=object)
    missing = np.array([is_missing_level(own, value) for value in given], dtype=bool)
    given = np.where(missing, np.array(own.fill, dtype=object), given)
    gap = np.where(missing, 0.0 if own.fill is not None else np.nan, 0.0)
    found = [np.array(given == level, dtype=np.float64) for level in own.levels]
    if own.other:
        found.append(1.0 - np.sum(found, axis=0))
    return [axis + gap for axis in found]


def is_missing_level(own: CategoryPlan, value: Any) -> bool:
    """Whether a cell holds no level, as SQL has it: nothing, or a number too large to compute with.

    >>> size = CategoryPlan("size", (1.0, 2.0), other=True, scale=1.0)
    >>> [is_missing_level(size, own) for own in (1.0, 7.0, None, np.inf)]
    [False, False, True, True]
    """
    if value is None or type(value).__name__ in _NOTHING:
        return True
    if isinstance(value, str):
        return not own.numeric and value.strip(" ").lower() in BLANK_TOKENS
    return bool(value != value) or (own.numeric and not abs(value) <= LARGEST)


def _treated(plan: Plan, values: Floats) -> Floats:
    """Missing values filled, and far ones drawn in."""
    found = np.array(values, dtype=np.float64)
    for i, feature in enumerate(plan.features):
        if feature.fill is not None:
            found[np.isnan(found[:, i]), i] = feature.fill
        if feature.clip is not None:
            found[:, i] = np.clip(found[:, i], *feature.clip)
    return found


def coordinates(plan: Plan, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn values into clustering coordinates.

    Parameters
    ----------
    plan : Plan
        The plan.
    values : ndarray of shape (n, n_coordinates)
        In the columns' own units, levels as 0 or 1. NaN where a value is missing; it stays NaN
        where nothing stands for it. So becomes a value of -1 or less that has no logarithm.

    Returns
    -------
    ndarray of shape (n, n_coordinates)
    """
    found = _treated(plan, values)
    for i, feature in enumerate(plan.features):
        if feature.transform == "log1p":
            found[:, i] = _log1p(found[:, i])
        if not feature.plain:
            found[:, i] = (found[:, i] - feature.center) / feature.unit
    first = len(plan.features)
    found[:, first:] /= np.array(plan.units[first:])
    return found


def _log1p(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """ln(1 + x), written as the engines compute it; NaN at -1 and below."""
    found: npt.NDArray[np.float64] = np.full(len(values), np.nan)
    np.log(1.0 + values, out=found, where=values > -1.0)
    return found


def values_of(plan: Plan, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn clustering coordinates back into values in the columns' own units.

    Parameters
    ----------
    plan : Plan
        The plan.
    points : ndarray of shape (n, n_coordinates)
        In the plan's coordinates.
    """
    values = np.array(points, dtype=np.float64)
    for i, feature in enumerate(plan.features):
        if not feature.plain:
            values[:, i] = values[:, i] * feature.unit + feature.center
        if feature.transform == "log1p":
            values[:, i] = np.expm1(values[:, i])
    first = len(plan.features)
    values[:, first:] *= np.array(plan.units[first:])
    return values

"""Step 4: learn the plan, the way from raw columns to clustering coordinates.

The plan has two interpreters, which a property test holds equal: :func:`coordinates` here, in
NumPy, and the step ``coordinates`` in :mod:`segmentry.sql`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from segmentry.errors import FeatureError
from segmentry.model import FeaturePlan, Plan
from segmentry.steps.overview import ColumnSummary

__all__ = ["Log", "Scale", "coordinates", "learn_plan", "values_of"]

Scale = Literal["auto", "none", "zscore"]
Log = Literal["auto", "none"]
_COMPARABLE = 2.0
"""Standard deviations that differ by no more than this factor need no scaling."""
_STRONG_SKEW = 2.0
"""Beyond this skew a few large values would decide alone; an exponential distribution has it."""


def learn_plan(
    columns: Sequence[ColumnSummary], *, scale: Scale = "auto", log: Log = "auto"
) -> Plan:
    """Decide how each feature becomes a coordinate.

    Parameters
    ----------
    columns : sequence of ColumnSummary
        The features, measured on the customers that have all of them.
    scale : {"auto", "none", "zscore"}
        ``auto`` leaves the features as they are where their standard deviations differ by at most
        a factor of 2, and takes z-scores (value minus mean, over standard deviation) elsewhere.
    log : {"auto", "none"}
        ``auto`` takes ln(1 + value) of features without negative values whose skew is above 2,
        where that lowers the skew, unless ``scale`` is ``none``. All features then become z-scores.

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
    _check_choice("scale", scale, ("auto", "none", "zscore"))
    _check_choice("log", log, ("auto", "none"))
    skewed = {} if log == "none" or scale == "none" else _skewed(columns)
    scaling, reason = _scaling(columns, scale, skewed)
    features = tuple(_feature_plan(column, scaling, skewed) for column in columns)
    return Plan(features, scaling, reason)


def _check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise FeatureError(f"{name}={value!r} is not known.", f"Choose {listed}.", code="R46")


_Logs = Mapping[str, tuple[float, float]]
"""Mean and standard deviation of the logarithms of the features that become such."""


def _skewed(columns: Sequence[ColumnSummary]) -> _Logs:
    found = {}
    for column in columns:
        skew, own = column.skew or 0.0, column.distribution
        if skew > _STRONG_SKEW and own is not None and (column.minimum or 0.0) >= 0:
            mean, deviation, after = own.log1p_measures()
            # Constants from bins need no more digits than engines agree on.
            digits = 12 if own.exact else 5
            if deviation > 0 and abs(after) < skew:
                found[column.name] = _rounded(mean, digits), _rounded(deviation, digits)
    return found


def _scaling(
    columns: Sequence[ColumnSummary], scale: Scale, skewed: _Logs
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
    name = max(variances, key=lambda own: variances[own])
    share = variances[name] / sum(variances.values())
    return f" {name} alone makes {100 * share:.0f} % of the total variance."


def _feature_plan(column: ColumnSummary, scaling: str, skewed: _Logs) -> FeaturePlan:
    if scaling == "none":
        return FeaturePlan(column.name, 0.0, 1.0)
    if column.name in skewed:
        return FeaturePlan(column.name, *skewed[column.name], transform="log1p")
    deviation = column.standard_deviation or 0.0
    return FeaturePlan(column.name, _rounded(column.mean or 0.0), _rounded(deviation) or 1.0)


def _rounded(value: float, digits: int = 12) -> float:
    """To 12 significant digits, so that the last bit of a sum cannot show."""
    return float(f"{value:.{digits}g}")


def coordinates(plan: Plan, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn raw values into clustering coordinates.

    Parameters
    ----------
    plan : Plan
        The plan.
    values : ndarray of shape (n, n_features)
        In the columns' own units; NaN where a value is missing, and it stays NaN. So becomes a
        value of -1 or less that has no logarithm.

    Returns
    -------
    ndarray of shape (n, n_features)
    """
    found = np.array(values, dtype=np.float64)
    for i, feature in enumerate(plan.features):
        if feature.transform == "log1p":
            found[:, i] = _log1p(found[:, i])
    if plan.scaling == "none":
        return found
    centers = np.array([feature.center for feature in plan.features])
    scales = np.array([feature.scale for feature in plan.features])
    scaled: npt.NDArray[np.float64] = (found - centers) / scales
    return scaled


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
    points : ndarray of shape (n, n_features)
        In the plan's coordinates.
    """
    values = np.array(points, dtype=np.float64)
    if plan.scaling != "none":
        values *= np.array([feature.scale for feature in plan.features])
        values += np.array([feature.center for feature in plan.features])
    for i, feature in enumerate(plan.features):
        if feature.transform == "log1p":
            values[:, i] = np.expm1(values[:, i])
    return values

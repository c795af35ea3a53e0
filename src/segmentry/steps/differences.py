"""Step 12a: how do customers to be scored differ from those that the model was made from?

A column in another unit, a level that was never seen and a value that is missing all get a distance
and a segment like anything else: a wrong answer that looks right. So they are counted and told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.model import SegmentModel
from segmentry.plan import FeaturePlan
from segmentry.steps.sources import TABLE

__all__ = ["Differences", "differences"]

_FAR, _FAR_IN_LOGS = 10.0, 5.0
"""Standard deviations between two means from which on a unit is doubtful."""
_MIDDLE = 2.0 * 1.2815515594457831
"""Standard deviations from the first to the ninth decile of a normal distribution."""


@dataclass(frozen=True)
class Differences:
    """What is unlike the customers that the model was made from, in sentences.

    Attributes
    ----------
    doubtful : tuple of str
        What makes segments doubtful: another unit, levels that were never seen.
    counted : tuple of str
        What the plan knows how to deal with: missing values, rare levels.
    """

    doubtful: tuple[str, ...]
    counted: tuple[str, ...]


def differences(model: SegmentModel, engine: Engine) -> Differences:
    """Say what is unlike the customers that the model was made from.

    Parameters
    ----------
    model : SegmentModel
        The model.
    engine : Engine
        Holds the customers, with every column that the model needs.
    """
    plan = model.plan
    counts = engine.rows(sql.feature_counts(TABLE, plan))[0]
    doubtful, counted = [], []
    for i, feature in enumerate(plan.features):
        shift = _shift(model, i, counts[f"mean{i}"])
        if shift is not None:
            doubtful.append(_about_unit(model, feature, i, counts[f"mean{i}"], shift))
        counted += _about_missing(
            feature.name, counts["rows"] - counts[f"present{i}"], feature.fill
        )
    for i, category in enumerate(plan.categories, len(plan.features)):
        name, unseen = category.name, counts[f"unseen{i}"]
        counted += _about_missing(name, counts["rows"] - counts[f"present{i}"], category.fill)
        if unseen and not category.other:
            doubtful.append(
                f"{name}: {unseen:,} customers have a level that the model has never seen, which "
                "is as far from each of its levels as they are from one another."
            )
        elif unseen:
            counted.append(
                f"{name}: {unseen:,} customers have a level that was rare or never seen when the "
                "model was made, and count as other."
            )
    return Differences(tuple(doubtful), tuple(counted))


def _shift(model: SegmentModel, i: int, mean: float | None) -> float | None:
    """How many standard deviations the mean has moved, where that is far."""
    feature = model.plan.features[i]
    if mean is None:
        return None
    if feature.transform == "log1p":
        shift = (mean - feature.center) / feature.scale
        return shift if abs(shift) > _FAR_IN_LOGS else None
    edges = next((own.edges for own in model.baseline if own.feature == feature.name), ())
    spread = (edges[-1] - edges[0]) / _MIDDLE if len(edges) > 1 else 0.0
    if spread <= 0:
        return None
    shift = (mean - _model_mean(model, i)) / spread
    return shift if abs(shift) > _FAR else None


def _model_mean(model: SegmentModel, i: int) -> float:
    return math.fsum(own.share * own.mean[i] for own in model.segments)


def _about_unit(
    model: SegmentModel, feature: FeaturePlan, i: int, mean: float, shift: float
) -> str:
    if feature.transform == "log1p":
        ours, theirs = math.expm1(min(mean, 700.0)), math.expm1(feature.center)
    else:
        ours, theirs = mean, _model_mean(model, i)
    return (
        f"{feature.name}: these customers are around {ours:,.4g}, those of the model around "
        f"{theirs:,.4g} ({abs(shift):,.0f} standard deviations away): is this another unit?"
    )


def _about_missing(name: str, missing: int, fill: str | float | None) -> list[str]:
    if not missing:
        return []
    if fill is None:
        return [f"{name}: {missing:,} customers have no value and get no segment."]
    word = fill if isinstance(fill, str) else f"{fill:,.4g}"
    return [f"{name}: {missing:,} customers have no value, for which {word} stands."]

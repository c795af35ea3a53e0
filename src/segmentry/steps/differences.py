"""Step 12a: how do customers to be scored differ from those that the model was made from?

A column in another unit, a level that was never seen and a value that is missing all get a distance
and a segment like anything else: a wrong answer that looks right. So they are counted and told.

Another unit shows in where most values lie, which no single value changes: in the range that held
the middle 80 % of the model's customers, multiplied or divided by a power of ten (€ beside k€), and
not in that range itself; or far outside it, whatever the factor (€ beside ¥).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.model import Baseline, SegmentModel
from segmentry.steps.sources import TABLE, Source

__all__ = ["Differences", "differences"]

_FACTORS = tuple(10.0**power for power in (3, -3, 6, -6, 2, -2, 1, -1))
"""What units differ by, the likeliest first."""
_MOST, _FEW = 0.5, 1 / 3
"""Shares of customers within another range and within the model's own that make a unit doubtful."""
_NEAR = 10.0
_ENOUGH, _NEARLY_ALL, _HARDLY_ANY = 30, 0.7, 0.2
"""The same for a factor of ten, which customers of another kind may differ by, too."""
_FAR = 10.0
"""Standard deviations beyond the middle of the model's customers from which on a value is far."""
_MIDDLE = 2.0 * 1.2815515594457831
"""Standard deviations from the first to the ninth decile of a normal distribution."""
_Range = tuple[float, float]


@dataclass(frozen=True)
class Differences:
    """What is unlike the customers that the model was made from, in sentences.

    Attributes
    ----------
    doubtful : tuple of str
        What makes segments doubtful: another unit, levels that were never seen, numbers that are
        too large and get the segment of what stands for a missing one.
    counted : tuple of str
        What the plan knows how to deal with: missing values, rare levels.
    """

    doubtful: tuple[str, ...]
    counted: tuple[str, ...]


def differences(model: SegmentModel, source: Source, engine: Engine) -> Differences:
    """Say what is unlike the customers that the model was made from.

    Parameters
    ----------
    model : SegmentModel
        The model.
    source : Source
        The customers, with every column that the model needs.
    engine : Engine
        Holds them.
    """
    plan = model.plan
    spreads = [_spread_of(model, own.name, own.transform == "log1p") for own in plan.features]
    ranges = [[] if own is None else own.ranges for own in spreads]
    counts = engine.rows(sql.feature_counts(TABLE, plan, ranges))[0]
    doubtful: list[str] = []
    counted: list[str] = []
    for i, feature in enumerate(plan.features):
        present, own = counts[f"present{i}"], spreads[i]
        if own is not None and present:
            within = [counts[f"within{i}_{j}"] / present for j in range(len(ranges[i]))]
            doubtful += own.doubts(within, present)
        beyond = _about_too_large(source, engine, feature.name, counts["rows"] - present)
        (counted if feature.fill is None else doubtful).extend(beyond)
        counted += _about_missing(feature.name, counts["rows"] - present, feature.fill)
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


@dataclass(frozen=True)
class _Spread:
    """Where a feature's values lay when the model was made: its deciles, and the shares between."""

    baseline: Baseline
    logged: bool

    @property
    def middle(self) -> _Range:
        """From the first decile to the ninth; from the lowest one above 0 where a factor counts."""
        edges = self.baseline.edges
        above = [edge for edge in edges if edge > 0]
        return (above[0] if above else edges[0], edges[-1])

    @property
    def ranges(self) -> list[_Range]:
        """That range as it is, widened by what is not far yet, and times each factor."""
        low, high = self.middle
        scaled = [(low * factor, high * factor) for factor in _FACTORS] if low > 0 else []
        return [(low, high), self._not_far(), *scaled]

    def _not_far(self) -> _Range:
        edges = np.array([self.baseline.edges[0], self.baseline.edges[-1]])
        ends = np.log1p(edges) if self.logged else edges
        width = float(ends[1] - ends[0]) * _FAR / _MIDDLE
        # Half as far in logarithms: ten deviations there are a factor that no unit has.
        far = width / 2 if self.logged else width
        low, high = ends[0] - far, min(ends[1] + far, sql.LARGEST)
        if self.logged:
            low, high = np.expm1(low), np.expm1(min(high, 230.0))
        return (float(low), float(high))

    def doubts(self, within: Sequence[float], customers: int) -> list[str]:
        """Why the unit may be another one, by the shares of customers in each of the ranges."""
        name, (low, high) = self.baseline.feature, self.middle
        for factor, share in zip(_FACTORS, within[2:], strict=False):
            usual = max(within[0], self._share_up_to(high * factor) if factor < 1 else 0.0)
            if _is_doubtful(factor, share, usual, customers):
                return [
                    f"{name}: most of these customers are between {low * factor:,.4g} and "
                    f"{high * factor:,.4g}, {_times(factor)} what most of the model's have "
                    f"({low:,.4g} to {high:,.4g}): is this another unit?"
                ]
        if within[1] < _MOST:
            return [
                f"{name}: most of these customers are far from all that the model knows (between "
                f"{low:,.4g} and {high:,.4g} for most): is this another unit?"
            ]
        return []

    def _share_up_to(self, value: float) -> float:
        """How many of the model's customers had no more than this, at least."""
        known = sum(edge <= value for edge in self.baseline.edges)
        return sum(self.baseline.shares[:known])


def _spread_of(model: SegmentModel, name: str, logged: bool) -> _Spread | None:
    """How a feature was spread; None where the model does not say, or there was no spread."""
    own = next((own for own in model.baseline if own.feature == name), None)
    if own is None or len(own.edges) < 2 or (logged and own.edges[0] <= -1):
        return None
    return _Spread(own, logged)


def _is_doubtful(factor: float, share: float, usual: float, customers: int) -> bool:
    """Whether the shares within another range and within the model's own tell of another unit."""
    if factor in (_NEAR, 1 / _NEAR):
        return customers >= _ENOUGH and share > _NEARLY_ALL and usual < _HARDLY_ANY
    return share > _MOST and usual < _FEW


def _times(factor: float) -> str:
    """A factor in words.

    >>> _times(1000.0), _times(0.01)
    ('1,000 times', '1/100 of')
    """
    return f"{factor:,.0f} times" if factor > 1 else f"1/{1 / factor:,.0f} of"


def _about_too_large(source: Source, engine: Engine, name: str, missing: int) -> list[str]:
    """Numbers too large to compute with, which count as missing."""
    if not missing or source.column(name).type != "number":
        return []
    query = sql.too_large(source.raw, source.column(name), numbered=False)
    beyond = engine.rows(query)[0]["rows"]
    if not beyond:
        return []
    values = "1 value is beyond 1e100 and counts" if beyond == 1 else ""
    values = values or f"{beyond:,} values are beyond 1e100 and count"
    return [f"{name}: {values} as missing."]


def _about_missing(name: str, missing: int, fill: str | float | None) -> list[str]:
    if not missing:
        return []
    if fill is None:
        return [f"{name}: {missing:,} customers have no value and get no segment."]
    word = fill if isinstance(fill, str) else f"{fill:,.4g}"
    return [f"{name}: {missing:,} customers have no value, for which {word} stands."]

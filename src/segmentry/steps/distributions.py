"""Step 2a: how the numbers of a column are spread, from counts instead of rows.

A column with at most 20,000 different values is counted value by value, and everything that is
worked out from the counts is exact. A column with more of them is counted in narrow bins, about a
fifth of a per cent of their distance from the middle of the column wide; a median read from them
is off by less than that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.sql import Bins

__all__ = [
    "MOST_VALUES",
    "Distribution",
    "count_at_once",
    "count_values",
    "distribution_of",
    "merged",
]

Floats = npt.NDArray[np.float64]

MOST_VALUES = 20_000
"""A column with more different values than these is counted in bins."""
_MOST_ZOOMS = 6
_FINE = 0.01


@dataclass(frozen=True, eq=False)
class Distribution:
    """How many customers have a value between ``lows[i]`` and ``highs[i]``, in ascending order.

    Where the two are the same the value is exact.
    """

    lows: Floats
    highs: Floats
    counts: Floats

    @property
    def customers(self) -> int:
        """Customers who have a value."""
        return int(self.counts.sum())

    @property
    def exact(self) -> bool:
        """Whether values were counted one by one."""
        return bool(np.array_equal(self.lows, self.highs))

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """Quantiles with linear interpolation between neighbours, as in pandas; NaN of nothing.

        >>> values = np.array([1.0, 2.0, 10.0])
        >>> Distribution(values, values, np.array([1.0, 2.0, 1.0])).quantiles([0.5, 1.0])
        [2.0, 10.0]
        """
        if not len(self.counts):
            return [math.nan] * len(shares)
        ends = np.cumsum(self.counts)
        ranks = (ends[-1] - 1) * np.asarray(shares, dtype=float)
        below = np.floor(ranks)
        first = self._ranked(below, ends)
        second = self._ranked(np.minimum(below + 1, ends[-1] - 1), ends)
        found: list[float] = (first + (second - first) * (ranks - below)).tolist()
        return found

    def _ranked(self, ranks: Floats, ends: Floats) -> Floats:
        """The values at these ranks, from 0; customers lie evenly within a bin."""
        place = np.searchsorted(ends, ranks, side="right")
        within = (ranks - (ends - self.counts)[place] + 0.5) / self.counts[place]
        ranked: Floats = self.lows[place] + (self.highs - self.lows)[place] * within
        return ranked

    def moment(self, power: int, *, shift: float = 0.0) -> float:
        """The sum over all customers of ``(value - shift) ** power``; exact values only."""
        return math.fsum(((self.lows - shift) ** power * self.counts).tolist())

    def measures(self) -> tuple[float, float, float | None]:
        """Mean, standard deviation and skew; None for the skew of a constant.

        From the middles of the bins where values are not exact.
        """
        return _measures((self.lows + self.highs) / 2, self.counts)

    def drawn_in(self, low: float, high: float) -> Distribution:
        """The same with all values beyond two bounds at the bound.

        >>> values = np.array([1.0, 2.0, 90.0])
        >>> Distribution(values, values, np.ones(3)).drawn_in(1.5, 10.0).highs.tolist()
        [1.5, 2.0, 10.0]
        """
        lows, highs = np.clip(self.lows, low, high), np.clip(self.highs, low, high)
        ends, place = np.unique(np.column_stack([lows, highs]), axis=0, return_inverse=True)
        counts = np.bincount(place.ravel(), self.counts, len(ends)).astype(float)
        return Distribution(ends[:, 0], ends[:, 1], counts)

    def with_value(self, value: float, customers: int) -> Distribution:
        """The same with some more customers, who all have one value."""
        known = np.flatnonzero((self.lows == value) & (self.highs == value))
        if len(known):
            counts = self.counts.copy()
            counts[known[0]] += customers
            return Distribution(self.lows, self.highs, counts)
        at = int(np.searchsorted((self.lows + self.highs) / 2, value))
        lows, highs = (np.insert(own, at, value) for own in (self.lows, self.highs))
        return Distribution(lows, highs, np.insert(self.counts, at, float(customers)))

    def log1p_measures(self) -> tuple[float, float, float]:
        """Mean, standard deviation and skew of ln(1 + value), for values from 0 on.

        From the middles of the bins where values are not exact.
        """
        mean, deviation, skew = _measures(np.log1p((self.lows + self.highs) / 2), self.counts)
        return mean, deviation, skew or 0.0

    def up_to(self, edges: Sequence[float]) -> Floats:
        """How many customers have a value up to each edge."""
        before = np.concatenate([[0.0], np.cumsum(self.counts)])
        whole = np.searchsorted(self.highs, edges, side="right")
        place = np.minimum(whole, len(self.counts) - 1)
        width = (self.highs - self.lows)[place]
        inside = np.divide(
            np.asarray(edges) - self.lows[place], width, out=np.zeros(len(place)), where=width > 0
        )
        partly = np.where(whole < len(self.counts), np.clip(inside, 0, 1) * self.counts[place], 0)
        found: Floats = np.round(before[whole] + partly)
        return found


def _measures(values: Floats, counts: Floats) -> tuple[float, float, float | None]:
    n = counts.sum()
    mean = math.fsum((values * counts).tolist()) / n
    gaps = values - mean
    deviation = math.sqrt(math.fsum((gaps * gaps * counts).tolist()) / n)
    if deviation == 0:
        return mean, 0.0, None
    return mean, deviation, math.fsum((gaps**3 * counts).tolist()) / n / deviation**3


def distribution_of(
    codes: Floats, counts: Floats, bins: Bins | None, *, minimum: float, maximum: float
) -> Distribution:
    """Turn counted values, or numbers of bins, into a distribution.

    Parameters
    ----------
    codes, counts : ndarray of shape (n,)
        Values, or numbers of bins, each once; and the customers of each.
    bins : Bins or None
        Which bins; None where the codes are the values themselves.
    minimum, maximum : float
        Of the column: no bin reaches beyond.
    """
    order = np.argsort(codes, kind="stable")
    codes, counts = codes[order], counts[order]
    if bins is None:
        return Distribution(codes, codes, counts)
    sides = np.where(codes >= 0, 1.0, -1.0)
    steps = np.where(codes >= 0, codes, -1 - codes)
    near = bins.center + sides * bins.unit * np.expm1(steps / sql.STEPS)
    far = bins.center + sides * bins.unit * np.expm1((steps + 1) / sql.STEPS)
    lows, highs = np.minimum(near, far), np.maximum(near, far)
    return Distribution(np.clip(lows, minimum, maximum), np.clip(highs, minimum, maximum), counts)


def merged(parts: Sequence[Distribution]) -> Distribution:
    """The distribution of several groups of customers together."""
    lows = np.concatenate([own.lows for own in parts])
    highs = np.concatenate([own.highs for own in parts])
    counts = np.concatenate([own.counts for own in parts])
    lows, first, place = np.unique(lows, return_index=True, return_inverse=True)
    return Distribution(lows, highs[first], np.bincount(place, counts, len(lows)).astype(float))


def count_values(
    engine: Engine,
    table: str,
    name: str,
    *,
    minimum: float,
    maximum: float,
    bins: Bins | None = None,
) -> tuple[Distribution, Bins | None]:
    """Count the values of a column, or its bins; in bins until the quartiles can be told apart.

    A column whose mass lies far from its mean, in the width of a single bin, is counted again in
    bins around that one.
    """
    for _ in range(_MOST_ZOOMS):
        found = engine.array(sql.value_counts(table, name, bins))
        counted = distribution_of(found[:, 0], found[:, 1], bins, minimum=minimum, maximum=maximum)
        if bins is None:
            break
        finer = _zoomed(counted, bins)
        if finer is None:
            break
        bins = finer
    return counted, bins


def count_at_once(
    engine: Engine, table: str, columns: Mapping[str, tuple[float, float, Bins]]
) -> dict[str, tuple[Distribution, Bins | None]]:
    """The same for several columns in bins: in one scan, and one more for each that needs finer.

    ``columns`` has the minimum, the maximum and the bins of each.
    """
    found = {}
    counts = engine.array(sql.all_counts(table, {name: own[2] for name, own in columns.items()}))
    for i, (name, (low, high, bins)) in enumerate(columns.items(), 1):
        mine = counts[~np.isnan(counts[:, i])]
        counted = distribution_of(mine[:, i], mine[:, -1], bins, minimum=low, maximum=high)
        finer = _zoomed(counted, bins)
        found[name] = (
            count_values(engine, table, name, minimum=low, maximum=high, bins=finer)
            if finer
            else (counted, bins)
        )
    return found


def _zoomed(counted: Distribution, bins: Bins) -> Bins | None:
    """Bins around the median, if those at hand are too wide there."""
    lower, median, upper = counted.quantiles([0.25, 0.5, 0.75])
    place = int(np.searchsorted(counted.highs, median))
    low, high = float(counted.lows[place]), float(counted.highs[place])
    if high - low <= max(_FINE * (upper - lower), 4e-16 * abs(median)):
        return None
    finer = Bins((low + high) / 2, (high - low) / 1000)
    return finer if 0 < finer.unit < bins.unit else None

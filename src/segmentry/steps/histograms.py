"""Step 8a: how the features are spread: histograms by segment for people, deciles for the model."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from segmentry.model import Baseline
from segmentry.steps.counts import Counts
from segmentry.steps.distributions import Distribution
from segmentry.steps.overview import ColumnSummary
from segmentry.steps.profiles import Population, nice

__all__ = ["Histogram", "baselines", "histograms"]

_MOST_BINS = 30
_MOST_HISTOGRAMS = 9


@dataclass(frozen=True)
class Histogram:
    """How many customers of each segment fall into each bin of a feature.

    ``edges`` has one number more than there are bins; ``counts`` has a row for each segment.
    """

    feature: str
    edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]


def histograms(
    counts: Counts, population: Population, *, logged: Collection[str] = ()
) -> tuple[Histogram, ...]:
    """Count the most telling features' values in bins of equal width, by segment.

    Those whose logarithm is taken are counted in steps of that.
    """
    told = population.telling(_MOST_HISTOGRAMS)
    return tuple(
        _histogram(counts, column, logged=column.name in logged)
        for column in counts.columns
        if column.name in told
    )


def _histogram(counts: Counts, column: ColumnSummary, *, logged: bool) -> Histogram:
    everyone = counts.everyone(column.name)
    edges = np.array(_log_edges(everyone) if logged else _edges(everyone))
    rows = []
    for own in counts.by_segment[column.name]:
        middles = np.clip((own.lows + own.highs) / 2, edges[0], edges[-1])
        # Values on the last edge belong to the last bin, as in numpy.histogram.
        place = np.minimum(np.searchsorted(edges, middles, side="right") - 1, len(edges) - 2)
        rows.append(np.bincount(place, own.counts, len(edges) - 1).astype(int))
    return Histogram(column.name, tuple(edges.tolist()), tuple(tuple(row.tolist()) for row in rows))


def _log_edges(own: Distribution) -> list[float]:
    """Edges of bins of equal width in ln(1 + x), each at a whole number where there are few."""
    low, high = max(0.0, float(own.lows[0])), float(own.highs[-1])
    logs = np.linspace(np.log1p(low), np.log1p(high), _MOST_BINS + 1)
    edges: list[float] = np.expm1(logs).tolist()
    return [low, *edges[1:-1], high]


def _edges(own: Distribution) -> list[float]:
    """Edges of bins with a round width of 1, 2 or 5 times a power of ten."""
    low, high = float(own.lows[0]), float(own.highs[-1])
    if high <= low:
        return [low - 0.5, low + 0.5]
    width = nice((high - low) / min(_MOST_BINS, max(5.0, 2 * own.customers ** (1 / 3) + 4)))
    start = math.floor(low / width) * width
    bins = math.floor((high - start) / width) + 1
    return [start + i * width for i in range(bins + 1)]


def baselines(counts: Counts, features: Sequence[str]) -> tuple[Baseline, ...]:
    """How each feature is distributed now: its deciles and the share between each two."""
    whole = {own.name: own.whole for own in counts.columns}
    found = []
    for name in features:
        everyone = counts.everyone(name)
        edges = sorted(set(everyone.quantiles([i / 10 for i in range(1, 10)])))
        ends = np.append(everyone.up_to(edges), everyone.customers)
        shares = np.diff(ends, prepend=0.0) / everyone.customers
        found.append(Baseline(name, tuple(edges), tuple(shares.tolist()), whole[name]))
    return tuple(found)

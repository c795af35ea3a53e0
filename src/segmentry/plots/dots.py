"""The map as plain numbers, for a page that draws it itself: a dot a group of customers.

It is the same map as :mod:`segmentry.plots.map`, with two axes that the reader chooses and a
colouring by any number of segments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry.errors import ColumnError
from segmentry.steps.findings import Findings

__all__ = ["Axis", "DotMap", "dot_map"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

MOST_DOTS = 1_200
"""Beyond, neighbours of one segment share a dot."""
_GRID = 44
_MARGIN = 0.04
_TICKS = 8


@dataclass(frozen=True)
class Axis:
    """One side of the map.

    Attributes
    ----------
    feature : str
        The column; empty where there is only one feature to show.
    ticks : tuple of (float, str)
        Where each mark stands, 0 to 1 along the axis, and its text.
    logged : bool
        Whether distances are those of ln(1 + x).
    """

    feature: str
    ticks: tuple[tuple[float, str], ...]
    logged: bool


@dataclass(frozen=True)
class DotMap:
    """Dots and averages of segments on two axes; places are shares of the axes, 0 to 1.

    Attributes
    ----------
    x, y : Axis
        The sides.
    dots : tuple of (float, float, float, int)
        Place, customers, and segment of each dot; the large ones first.
    averages : tuple of (float, float, int)
        Where each segment's average lies.
    grouped : bool
        Whether a dot may stand for neighbours with different values.
    """

    x: Axis
    y: Axis
    dots: tuple[tuple[float, float, float, int], ...]
    averages: tuple[tuple[float, float, int], ...]
    grouped: bool


def dot_map(
    found: Findings,
    labels: Labels | None = None,
    *,
    x: str | None = None,
    y: str | None = None,
) -> DotMap:
    """Lay the customers out on two features.

    Parameters
    ----------
    found : Findings
        The run.
    labels : ndarray of shape (n_cells,), optional
        The segment of each cell, 0..k-1; default those of the run.
    x, y : str, optional
        The features; default the two in which the segments differ most.

    Raises
    ------
    ColumnError
        If a feature is not a number that was clustered on.
    """
    own = found.solution.labels if labels is None else labels
    first, second = _chosen(found, x, y)
    across, x_axis = _side(found, first)
    up, y_axis = _side(found, second)
    weights = found.cells.sizes
    averages = []
    for label in range(int(own.max()) + 1):
        inside = own == label
        share = weights[inside] / weights[inside].sum()
        averages.append((_short(share @ across[inside]), _short(share @ up[inside]), label + 1))
    grouped = len(across) > MOST_DOTS
    if grouped:
        across, up, weights, own = _grouped(across, up, weights, own)
    order = np.lexsort((own, up, across, -weights))
    dots = tuple(
        (_short(across[i]), _short(up[i]), float(weights[i]), int(own[i]) + 1) for i in order
    )
    return DotMap(x_axis, y_axis, dots, tuple(averages), grouped)


def _chosen(found: Findings, x: str | None, y: str | None) -> tuple[str, str | None]:
    """The features to show, of which the second may be wanting."""
    telling = [*found.population.telling(2), *found.population.features]
    for name in (x, y):
        if name is not None and name not in found.population.features:
            raise ColumnError(
                f"The map has no axis {name!r}.",
                f"Choose among {', '.join(found.population.features)}.",
                code="R25",
            )
    first = x or next(name for name in telling if name != y or len(set(telling)) == 1)
    second = y or next((name for name in telling if name != first), None)
    return first, second


def _side(found: Findings, feature: str | None) -> tuple[Floats, Axis]:
    """Where each cell lies along one feature, and the axis."""
    if feature is None:
        return np.full(len(found.cells), 0.5), Axis("", (), False)
    values = found.cells.values[:, found.population.features.index(feature)]
    logged = feature in found.model.plan.logged
    scaled = np.log1p(values) if logged else values
    low, high = float(scaled.min()), float(scaled.max())
    margin = (high - low or 1.0) * _MARGIN
    low, high = low - margin, high + margin
    marks = _log_marks(low, high) if logged else _marks(low, high)
    ticks = tuple(
        (_short((place - low) / (high - low)), text)
        for place, text in marks
        if low <= place <= high
    )
    return (scaled - low) / (high - low), Axis(feature, ticks, logged)


def _grouped(
    across: Floats, up: Floats, weights: Floats, labels: Labels
) -> tuple[Floats, Floats, Floats, Labels]:
    """Put neighbours of one segment into one dot at their average."""
    i, j = (np.clip(own * _GRID, 0, _GRID - 1).astype(np.int64) for own in (across, up))
    keys, where = np.unique((labels * _GRID + i) * _GRID + j, return_inverse=True)
    sums = np.bincount(where, weights).astype(np.float64)
    x: Floats = np.bincount(where, weights * across) / sums
    y: Floats = np.bincount(where, weights * up) / sums
    return x, y, sums, keys // (_GRID * _GRID)


def _marks(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers between two bounds."""
    step = _round_step((high - low) / _TICKS)
    first = math.ceil(low / step)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [
        (own * step, f"{own * step + 0.0:,.{digits}f}")
        for own in range(first, first + 3 * _TICKS)
        if own * step <= high
    ]


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5, 10, …"""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(own * power for own in (1, 2, 5, 10) if own * power >= rough * (1 - 1e-9))


def _log_marks(low: float, high: float) -> list[tuple[float, str]]:
    """Powers of ten, and their halves where there are few, on the scale of ln(1 + x)."""
    last = math.ceil(high / math.log(10)) + 1
    powers = [0.0, *(10.0**own for own in range(last))]
    if high - low < 3 * math.log(10):
        powers = sorted({*powers, *(5 * own for own in powers), *(2 * own for own in powers)})
    return [(math.log1p(own), f"{own:,.0f}") for own in powers]


def _short(value: float) -> float:
    """Four decimals: more than a screen shows."""
    return round(float(value), 4)

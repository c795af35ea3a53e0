"""Step 11b: which customers lie in between two segments, and which are outliers of their own.

``in between``: the margin ``(d2 - d1) / d2`` is below 0.1, so a segment is given by less than a
tenth of the way; the margin is the simplified silhouette of one customer (Hruschka, de Castro and
Campello, "Evolutionary algorithms for clustering gene-expression data", 2004), and below 0.1 a
small error of measurement, or another run, may turn it over. ``outlier``: further from the own
centre than 99 % of the segment's customers were when the model was made.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segmentry.model import SegmentModel
from segmentry.sql import Flags
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution
from segmentry.steps.profiles import FEWEST

__all__ = ["FAR", "IN_BETWEEN", "far_distances", "flags_of"]

Floats = npt.NDArray[np.float64]

IN_BETWEEN = 0.1
"""A customer with a smaller margin lies in between two segments."""
FAR = 0.99
"""The share of a segment's customers who are no outliers."""


def flags_of(model: SegmentModel) -> Flags:
    """What a query needs to flag customers."""
    return Flags(IN_BETWEEN, [own.far_distance for own in model.segments])


def far_distances(cells: Cells, solution: Solution) -> tuple[float | None, ...]:
    """Return for each segment the distance beyond which a customer is an outlier.

    It is the smallest distance, in plan coordinates, within which 99 % of the segment's customers
    lie. Where fewer than five lie beyond, it is rounded up to two digits, so that it tells
    nobody's own; a segment of fewer than five customers has none.
    """
    gaps = ((cells.points - solution.centers[solution.labels]) ** 2).sum(axis=1)
    distances = np.sqrt(gaps + cells.spreads / cells.weights)
    return tuple(
        _far(distances[solution.labels == label], cells.sizes[solution.labels == label])
        for label in range(solution.k)
    )


def _far(distances: Floats, weights: Floats) -> float | None:
    customers = float(weights.sum())
    if customers < FEWEST:
        return None
    order = np.argsort(distances, kind="stable")
    within = np.cumsum(weights[order])
    at = min(int(np.searchsorted(within, FAR * customers * (1 - 1e-12))), len(order) - 1)
    few = customers - within[at] < FEWEST
    return _rounded_up(float(distances[order[at]]), digits=2 if few else 9)


def _rounded_up(value: float, *, digits: int) -> float:
    """The next larger number of so many significant digits.

    >>> _rounded_up(18.21, digits=2), _rounded_up(0.0, digits=2)
    (19.0, 0.0)
    """
    if value == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return float(f"{math.ceil(value / step) * step:.12g}")

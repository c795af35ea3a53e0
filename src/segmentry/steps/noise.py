"""Step 7e: what do the criteria give on customers without any segments?

The same K-Means and the same criteria, on a few small data sets drawn from each reference
(:mod:`segmentry.steps.reference`). They are drawn alike whatever the seed of the run is, so that no
seed changes the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry.model import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.indices import classification_cost
from segmentry.steps.kmeans import Solution
from segmentry.steps.reference import Twin, learn_twin, uniform_boxes
from segmentry.steps.restarts import all_at_once
from segmentry.steps.silhouette import silhouettes

__all__ = ["Noise", "find_gap_k", "floors_of", "measure_noise"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_SETS, _MOST_ROWS, _STARTS = 8, 600, 6


@dataclass(frozen=True)
class Noise:
    """What the criteria give on noise, for k = 1, 2, …

    Attributes
    ----------
    silhouettes : ndarray of shape (n_twins, last)
        The mean silhouettes of structureless twins; 0 for k = 1.
    gains : ndarray of shape (n_twins, last)
        By how much the classification cost falls from that of one segment.
    log_inertias : ndarray of shape (n_boxes, last)
        Logarithms of the inertia per customer in uniform boxes.
    """

    silhouettes: Floats
    gains: Floats
    log_inertias: Floats

    @property
    def last(self) -> int:
        """The largest k that was tried."""
        return int(self.silhouettes.shape[1])


def measure_noise(cells: Cells, plan: Plan, last: int) -> Noise:
    """Solve K-Means for k = 1..last on noise of either kind.

    Parameters
    ----------
    cells : Cells
        The customers; at least two different ones.
    plan : Plan
        How columns became coordinates.
    last : int
        The largest k; noise of few rows ends earlier.
    """
    rng = np.random.RandomState(0)
    rows = min(cells.customers, _MOST_ROWS)
    twin = learn_twin(cells, plan)
    twins = twin.draw(rng, sets=_SETS, rows=rows)
    boxes = uniform_boxes(cells, plan, rng, sets=_SETS, rows=rows)
    points = np.concatenate([twins, boxes])
    points -= points.mean(axis=1, keepdims=True)
    labels, inertias = _solved(points, min(last, max(1, rows // 2)), rng)
    floors = floors_of(twin)
    found = [_criteria(points[i], [own[i] for own in labels], floors) for i in range(_SETS)]
    silhouette, costs = (np.array(own) for own in zip(*found, strict=True))
    logs = np.log(np.maximum(inertias[:, _SETS:].T / rows, 1e-300))
    return Noise(silhouette, costs[:, :1] - costs, logs)


def floors_of(twin: Twin) -> Floats:
    """The variance of an even spread over one step of each feature, in coordinates; 0 for none."""
    logged = np.zeros(len(twin.plan.units), dtype=bool)
    logged[: len(twin.plan.features)] = [own.transform == "log1p" for own in twin.plan.features]
    steps = np.where(logged, 0.0, twin.steps[:, 1] / np.array(twin.plan.units))
    floors: Floats = steps**2 / 12
    return np.maximum(floors, _LEAST * twin.variances)


_LEAST = 1e-4
"""No segment is taken for narrower than a hundredth of its feature's standard deviation."""


def _solved(points: Floats, last: int, rng: np.random.RandomState) -> tuple[list[Labels], Floats]:
    """For each k the labels of each set, shape (sets, rows), and all inertias (last, sets)."""
    sets, rows = points.shape[:2]
    labels = [np.zeros((sets, rows), dtype=np.int64)]
    inertias = [np.einsum("snj,snj->s", points, points)]
    for k in range(2, last + 1):
        ends, sums = all_at_once(points, np.ones(rows), k, rng, _STARTS)
        best = sums.reshape(sets, _STARTS).argmin(axis=1)
        labels.append(ends.reshape(sets, _STARTS, rows)[np.arange(sets), best])
        inertias.append(sums.reshape(sets, _STARTS).min(axis=1))
    return labels, np.array(inertias)


def _criteria(points: Floats, labels: list[Labels], floors: Floats) -> tuple[Floats, Floats]:
    """The silhouettes and the classification costs of one set, for k = 1, 2, …"""
    rows = len(points)
    ones, zeros = np.ones(rows), np.zeros(rows)
    bounds = points.min(axis=0), points.max(axis=0)
    cells = Cells("distinct", points, points, ones, zeros, rows, *bounds)
    solutions = [_solution(points, own) for own in labels]
    costs = [
        classification_cost(cells, own.labels, own.k, floors=floors, observations=rows)
        for own in solutions
    ]
    means = [score[0] for score in silhouettes(cells, solutions[1:])]
    return np.array([0.0, *means]), np.array(costs)


def _solution(points: Floats, labels: Labels) -> Solution:
    """A solution for the silhouette, which asks for labels without gaps alone."""
    used, labels = np.unique(labels, return_inverse=True)
    nothing = np.zeros((len(used), points.shape[1]))
    return Solution(nothing, labels, np.bincount(labels).astype(np.float64), 0.0, 1, 1)


def find_gap_k(gaps: Floats, errors: Floats) -> int:
    """The smallest k whose gap is within a standard error of the next one's.

    The rule of Tibshirani, Walther and Hastie (2001): Gap(k) ≥ Gap(k + 1) - s(k + 1).

    >>> find_gap_k(np.array([0.1, 0.5, 0.9, 0.91]), np.array([0.02, 0.02, 0.02, 0.02]))
    3
    """
    enough = gaps[:-1] >= gaps[1:] - errors[1:]
    return int(np.argmax(enough)) + 1 if enough.any() else len(gaps)

"""Step 6b: settle a solution on all customers, by one aggregate query a pass.

Lloyd's algorithm on all customers needs dozens of passes where segments touch, each of them a scan
of the table. But a pass also tells the gradient of the inertia, and the cells, which cost next to
nothing, know its curvature. So the cells are asked once how the means answer when a centre is moved
a little; each pass goes on by Newton's step with that answer, which the passes themselves correct
(the BFGS update: Nocedal and Wright, "Numerical Optimization", 2006, chapter 6). A handful of
passes does what dozens of plain ones did. A step that does not lower the inertia is taken back for
the plain one, so inertia never rises and the end is a fixed point of K-Means on the full data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.progress import Advance, ignore
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution, nearest_two, numbered
from segmentry.steps.preparation import Prepared
from segmentry.steps.sources import TABLE

__all__ = ["MOST_PASSES", "TOLERANCE", "refine"]

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-9
"""Centres stand still when moving them would lower the inertia by less than this part of it."""
_STILL = 1e-18
"""What is below this part of the inertia is rounding: one customer that changes its segment among
a thousand million lowers the inertia by about as much."""
MOST_PASSES = 300
"""Passes over all customers end here, settled or not."""
_NUDGE = 0.15
"""How far a centre is moved to see the answer, in root mean squares of customers' distances."""
_STIFFEST = 0.98
"""The means follow a centre by no more than this share: Newton's step is at most 50 plain ones."""
_FLAT = 1e-8
"""A step tells nothing about the curvature if the pull yields less than this."""


def refine(
    engine: Engine,
    prepared: Prepared,
    cells: Cells,
    start: Solution,
    *,
    tolerance: float = TOLERANCE,
    advance: Advance = ignore,
) -> Solution:
    """Settle a solution on all customers.

    Parameters
    ----------
    engine : Engine
        Holds the typed table.
    prepared : Prepared
        How columns become coordinates, and what each customer counts.
    cells : Cells
        Where they are exact there is nothing to do.
    start : Solution
        Settled on the cells.
    tolerance : float
        Passes end when the next move of the centres would lower the inertia by less than this
        part of it; 0 goes on until no customer changes its segment.

    Returns
    -------
    Solution
        With sizes and inertia of all customers, measured by a last pass with the arithmetic of
        scoring, and the number of passes.
    """
    if cells.exact:
        return start
    table = _Table(engine, prepared, cells)
    inverse = _inverse_curvature(cells, start.centers)
    best = newest = table.move(start.centers)
    for passes in range(2, MOST_PASSES):
        advance(1 - 0.5**passes, f"pass {passes - 1}")
        if best.fall <= max(tolerance, _STILL) * start.inertia:
            break
        near = best.fall <= TOLERANCE * start.inertia
        plain = near or newest is not best
        step = best.means - best.centers if plain else _times(inverse, best.pull)
        before, newest = newest, table.move(best.centers + step)
        inverse = _learned(inverse, newest.centers - before.centers, before.pull - newest.pull)
        if plain or newest.score <= best.score:
            best = newest
    return table.measured(replace(start, centers=best.means, passes=passes))


@dataclass(frozen=True)
class _Pass:
    """What a pass over all customers found.

    Attributes
    ----------
    centers, means : ndarray of shape (k, n_features)
        Where the centres were, and the means of the customers nearest to each.
    sizes : ndarray of shape (k,)
        How much those count together.
    score : float
        The inertia, less a constant.
    """

    centers: Floats
    means: Floats
    sizes: Floats
    score: float

    @property
    def pull(self) -> Floats:
        """Half the gradient of the inertia, turned round: sizes times the way to the means."""
        return self.sizes[:, None] * (self.means - self.centers)

    @property
    def fall(self) -> float:
        """By how much moving the centres to the means lowers the inertia at least."""
        return float(np.sum(self.pull * (self.means - self.centers)))


@dataclass(frozen=True)
class _Table:
    """All customers, reached by queries."""

    engine: Engine
    prepared: Prepared
    cells: Cells

    def _labels(self, centers: Floats) -> sql.Labels:
        return sql.Labels(TABLE, self.prepared.plan, centers.tolist())

    @property
    def _bits(self) -> list[int]:
        """How many binary places fit the sums of offsets, and those of squared distances."""
        reach, weighting = self.cells.upper - self.cells.lower, self.prepared.weighting
        spread, heaviest = (
            float(np.sum(reach**2)),
            max(1.0, weighting.largest if weighting else 1.0),
        )
        return [
            sql.exact_bits(heaviest * own, self.cells.customers)
            for own in (*reach.tolist(), spread)
        ]

    def move(self, centers: Floats) -> _Pass:
        """Assign all customers to the nearest centre and average by centre."""
        means, sizes, gain = centers.copy(), np.zeros(len(centers)), 0.0
        sums = np.zeros_like(centers)
        query = sql.lloyd_pass(
            self._labels(centers),
            bits=self._bits,
            weighting=self.prepared.weighting,
            customers=self.cells.customers,
        )
        for row in sorted(_labelled(self.engine.rows(query)), key=lambda row: row["segment"]):
            label = row["segment"] - 1
            sizes[label] = row["mass"]
            sums[label] = [row[f"sum{i}"] for i in range(centers.shape[1])]
            means[label] = centers[0] + sums[label] / sizes[label]
            gain += row["gain"]
        # The inertia about centre 1, less that about the middle of all, which never changes.
        middle = sums.sum(axis=0) / sizes.sum()
        score = gain + float(sizes.sum() * np.sum(middle**2))
        return _Pass(centers, means, sizes, score)

    def measured(self, solution: Solution) -> Solution:
        """The sizes and the inertia of the solution's centres, by the arithmetic of scoring."""
        query = sql.inertia_pass(
            self._labels(solution.centers), bits=self._bits[-1], weighting=self.prepared.weighting
        )
        sizes, inertias = np.zeros(solution.k), np.zeros(solution.k)
        for row in _labelled(self.engine.rows(query)):
            sizes[row["segment"] - 1] = row["customers"]
            inertias[row["segment"] - 1] = row["inertia"]
        labels, _, _ = nearest_two(self.cells.points, solution.centers)
        inertia = float(sum(sorted(inertias.tolist())))
        return numbered(replace(solution, labels=labels, sizes=sizes, inertia=inertia))


def _labelled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups that have a segment; the others lack a feature."""
    return [row for row in rows if row["segment"] is not None]


def _times(matrix: Floats, pull: Floats) -> Floats:
    return (matrix @ pull.ravel()).reshape(pull.shape)


def _learned(inverse: Floats, step: Floats, yielded: Floats) -> Floats:
    """Correct the inverse curvature by what a step did to the pull (BFGS)."""
    s, y = step.ravel(), yielded.ravel()
    curved = float(s @ y)
    if curved <= _FLAT * float(np.linalg.norm(s) * np.linalg.norm(y)):
        return inverse
    rest = np.eye(len(s)) - np.outer(s, y) / curved
    corrected: Floats = rest @ inverse @ rest.T + np.outer(s, s) / curved
    return corrected


def _inverse_curvature(cells: Cells, centers: Floats) -> Floats:
    """The matrix that turns the pull on all centres, flattened, into Newton's step.

    With ``T`` the map from centres to means, ``J`` its derivative and ``D`` the sizes, the step is
    ``(I - J)⁻¹ (T(c) - c)``, and ``D (T(c) - c)`` is the pull. ``D^½ J D^-½`` is symmetric with
    eigenvalues below 1, to which the estimate from differences is brought back.
    """
    k, axes = centers.shape
    nearest = _distances(cells, centers)
    nudge = _NUDGE * np.sqrt(np.average(nearest.min(axis=1), weights=cells.weights) / axes)
    answers = np.empty((k * axes, k * axes))
    for moved in range(k * axes):
        shift = np.zeros(k * axes)
        shift[moved] = nudge
        ahead, behind = (_means(cells, centers + own.reshape(k, axes)) for own in (shift, -shift))
        answers[:, moved] = (ahead - behind).ravel() / (2 * nudge)
    sizes = np.bincount(nearest.argmin(axis=1), cells.weights, k)
    roots = np.sqrt(np.maximum(np.repeat(sizes, axes), 1.0))
    symmetric = roots[:, None] * answers / roots
    values, vectors = np.linalg.eigh((symmetric + symmetric.T) / 2)
    solved = (vectors / (1 - np.clip(values, 0, _STIFFEST))) @ vectors.T
    inverse: Floats = solved / roots / roots[:, None]
    return inverse


def _distances(cells: Cells, centers: Floats) -> Floats:
    """Squared distances, shape (n_cells, k), by a matrix product: exact enough to see an answer."""
    squares = np.einsum("ij,ij->i", cells.points, cells.points)[:, None]
    product = cells.points @ (-2.0 * centers.T) + squares
    product += np.einsum("ij,ij->i", centers, centers)
    distances: Floats = np.maximum(product, 0.0, out=product)
    return distances


def _means(cells: Cells, centers: Floats) -> Floats:
    """The means of the cells nearest to each centre; a centre without any stays."""
    labels = _distances(cells, centers).argmin(axis=1)
    sizes = np.bincount(labels, cells.weights, len(centers))[:, None]
    sums = [np.bincount(labels, cells.weights * x, len(centers)) for x in cells.points.T]
    return np.where(sizes > 0, np.column_stack(sums) / np.where(sizes > 0, sizes, 1), centers)

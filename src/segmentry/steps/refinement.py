"""Step 6b: settle a solution on all customers, by one aggregate query a pass.

Lloyd's algorithm on all customers needs many passes where segments touch, each of them a scan of
the table. The cells know nearly the same map from centres to centres and cost next to nothing. So
each pass corrects them: what all customers say about some centres, less what the cells say about
the same centres, is added to whatever the cells say from then on, and the cells are settled with
that correction (the full approximation scheme of multigrid methods, Brandt 1977). Two or three
passes then do what dozens of plain ones did. A corrected step that does not lower the inertia is
taken back for the plain one, so inertia never rises and the end is a fixed point of K-Means on the
full data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.model import Plan
from segmentry.progress import Advance, ignore
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution, nearest_two, numbered
from segmentry.steps.sources import TABLE

__all__ = ["TOLERANCE", "refine"]

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-9
"""Centres stand still when moving them would lower the inertia by less than this part of it."""
_MOST_PASSES = 300
_MOST_STEPS = 100
_STILL = 1e-14


def refine(
    engine: DuckDBEngine,
    plan: Plan,
    cells: Cells,
    start: Solution,
    *,
    tolerance: float = TOLERANCE,
    advance: Advance = ignore,
) -> Solution:
    """Settle a solution on all customers.

    Parameters
    ----------
    engine : DuckDBEngine
        Holds the typed table.
    plan : Plan
        How columns become coordinates.
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
    table = _Table(engine, plan, cells)
    centers, last = start.centers, None
    for passes in range(1, _MOST_PASSES):
        found = table.move(centers)
        advance(1 - 0.5**passes, f"pass {passes}")
        if last is not None and found.score > last.score:
            found = replace(last, tried=True)
        if found.fall <= tolerance * start.inertia:
            break
        plain = found.tried or found.fall <= TOLERANCE * start.inertia
        centers = found.means if plain else _corrected(cells, found.centers, found.means)
        last = replace(found, tried=False)
    return table.measured(replace(start, centers=found.means, passes=passes + 1))


@dataclass(frozen=True)
class _Pass:
    """What a pass over all customers found.

    Attributes
    ----------
    centers, means : ndarray of shape (k, n_features)
        Where the centres were, and the means of the customers nearest to each.
    score : float
        The inertia, less a constant.
    fall : float
        By how much moving the centres to the means lowers the inertia at least.
    tried : bool
        Whether a corrected step from these centres was taken back.
    """

    centers: Floats
    means: Floats
    score: float
    fall: float
    tried: bool = False


@dataclass(frozen=True)
class _Table:
    """All customers, reached by queries."""

    engine: DuckDBEngine
    plan: Plan
    cells: Cells

    def _labels(self, centers: Floats) -> sql.Labels:
        return sql.Labels(TABLE, self.plan, centers.tolist())

    @property
    def _bits(self) -> list[int]:
        """How many binary places fit the sums of coordinates, and those of squared distances."""
        reach = np.maximum(np.abs(self.cells.lower), np.abs(self.cells.upper))
        spread = float(np.sum((self.cells.upper - self.cells.lower) ** 2))
        return [sql.exact_bits(own, self.cells.customers) for own in (*reach.tolist(), spread)]

    def move(self, centers: Floats) -> _Pass:
        """Assign all customers to the nearest centre and average by centre."""
        means, sizes, gain = centers.copy(), np.zeros(len(centers)), 0.0
        sums = np.zeros_like(centers)
        query = sql.lloyd_pass(self._labels(centers), bits=self._bits)
        for row in sorted(_labelled(self.engine.rows(query)), key=lambda row: row["segment"]):
            label = row["segment"] - 1
            sizes[label] = row["customers"]
            sums[label] = [row[f"sum{i}"] for i in range(centers.shape[1])]
            means[label] = sums[label] / sizes[label]
            gain += row["gain"]
        middle = sums.sum(axis=0) / sizes.sum()
        score = gain + float(sizes.sum() * np.sum((centers[0] - middle) ** 2))
        fall = float(np.sum(sizes * np.sum((means - centers) ** 2, axis=1)))
        return _Pass(centers, means, score, fall)

    def measured(self, solution: Solution) -> Solution:
        """The sizes and the inertia of the solution's centres, by the arithmetic of scoring."""
        query = sql.inertia_pass(self._labels(solution.centers), bits=self._bits[-1])
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


def _corrected(cells: Cells, centers: Floats, means: Floats) -> Floats:
    """Settle the centres on the cells, with what all customers say of them as a correction."""
    correction = means - _means(cells, centers)
    moved = means
    for _ in range(_MOST_STEPS):
        before, moved = moved, _means(cells, moved) + correction
        if np.sum((moved - before) ** 2) <= _STILL * np.sum(before**2):
            break
    return moved


def _means(cells: Cells, centers: Floats) -> Floats:
    """The means of the cells nearest to each centre; a centre without any stays."""
    labels, _, _ = nearest_two(cells.points, centers)
    sizes = np.bincount(labels, cells.weights, len(centers))[:, None]
    sums = [np.bincount(labels, cells.weights * x, len(centers)) for x in cells.points.T]
    return np.where(sizes > 0, np.column_stack(sums) / np.where(sizes > 0, sizes, 1), centers)

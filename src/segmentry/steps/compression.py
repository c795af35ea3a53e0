"""Step 5: turn customers into cells, weighted points that stand for all of them.

Where the features take few different combinations, one cell holds the customers that share one:
K-Means on the cells is then K-Means on all the customers, exactly. Elsewhere a repeatable sample
stands in, and the centres are settled on all customers afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.model import Plan
from segmentry.steps.features import coordinates
from segmentry.steps.overview import ColumnSummary
from segmentry.steps.sources import TABLE

__all__ = ["Cells", "compress"]

Floats = npt.NDArray[np.float64]
MOST_CELLS = 50_000
"""The bound on the number of distinct cells; beyond, a sample stands in."""
SAMPLE_CELLS = 20_000
"""How many customers a sample holds."""


@dataclass(frozen=True)
class Cells:
    """Weighted points that stand for all customers.

    Attributes
    ----------
    kind : {"distinct", "sample"}
        ``distinct``: a cell for each combination of values, which is exact. ``sample``: the
        customers with the smallest md5, each standing for the same number of others.
    values : ndarray of shape (n_cells, n_features)
        In the columns' own units.
    points : ndarray of shape (n_cells, n_features)
        The same in the plan's coordinates. Sorted, so that order in the source cannot show.
    weights : ndarray of shape (n_cells,)
        Customers that each cell stands for.
    customers : int
        All customers that have all features; the sum of the weights.
    lower, upper : ndarray of shape (n_features,)
        The bounds of all customers in the plan's coordinates.
    """

    kind: Literal["distinct", "sample"]
    values: Floats
    points: Floats
    weights: Floats
    customers: int
    lower: Floats
    upper: Floats

    @property
    def exact(self) -> bool:
        """Whether an answer from the cells is the answer for all customers."""
        return self.kind == "distinct"

    def __len__(self) -> int:
        return len(self.points)


def compress(
    engine: DuckDBEngine,
    plan: Plan,
    columns: Sequence[ColumnSummary],
    *,
    id: str | None,
    most_cells: int | None = None,
) -> Cells:
    """Turn the customers who have all features into cells.

    Parameters
    ----------
    engine : DuckDBEngine
        Holds the typed table.
    plan : Plan
        Which columns, and how they become coordinates.
    columns : sequence of ColumnSummary
        The features, measured on the customers who have all of them.
    id : str or None
        The column whose md5 draws a sample.
    most_cells : int, optional
        The bound on the number of distinct cells, default 50,000. A sample holds 20,000 at most.

    Returns
    -------
    Cells
    """
    customers, most_cells = columns[0].present, most_cells or MOST_CELLS
    bound = sql.distinct_cells(TABLE, plan.names, limit=most_cells + 1)
    if engine.rows(bound)[0]["cells"] <= most_cells:
        table = engine.array(sql.cells(TABLE, plan.names))
        values, weights = table[:, :-1], table[:, -1]
        kind: Literal["distinct", "sample"] = "distinct"
    else:
        key = [id] if id else list(plan.names)
        limit = min(SAMPLE_CELLS, most_cells)
        values = engine.array(sql.sample_rows(TABLE, plan.names, key=key, limit=limit))
        weights = np.full(len(values), customers / len(values))
        kind = "sample"
    order = np.lexsort(values.T[::-1])
    values = values[order]
    bounds = np.array([[own.minimum for own in columns], [own.maximum for own in columns]], float)
    lower, upper = coordinates(plan, bounds)
    points = coordinates(plan, values)
    return Cells(kind, values, points, weights[order], customers, lower, upper)

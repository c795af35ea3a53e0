"""Step 5: turn customers into cells, weighted points that stand for all of them.

Where the features take few different combinations, one cell holds the customers that share one:
K-Means on the cells is then K-Means on all the customers, exactly. Elsewhere neighbours on a
lattice share a cell (up to three features), or a repeatable sample stands in, and the centres are
settled on all customers afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.plan import Plan
from segmentry.steps.features import coordinates, values_of
from segmentry.steps.overview import ColumnSummary
from segmentry.steps.preparation import Prepared
from segmentry.steps.sources import TABLE

__all__ = ["MOST_CELLS", "Cells", "compress", "describe_cells"]

Floats = npt.NDArray[np.float64]
Kind = Literal["distinct", "lattice", "sample"]

MOST_CELLS = 50_000
"""The bound on the number of cells of any kind."""
_MOST_AXES = 3
_MOST_BINS = 4_096
_OUTERMOST = 0.001
"""The share of the customers beyond a lattice on either side; its outermost bins take them in."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Weighted points that stand for all customers.

    Attributes
    ----------
    kind : {"distinct", "lattice", "sample"}
        ``distinct``: a cell for each combination of values, which is exact. ``lattice``: a cell
        holds neighbours, at their mean. ``sample``: the customers with the smallest md5, each
        standing for the same number of others.
    values : ndarray of shape (n_cells, n_features)
        In the columns' own units, missing ones filled; levels of categories are 0 or 1.
    points : ndarray of shape (n_cells, n_features)
        The same in the plan's coordinates. Sorted, so that order in the source cannot show.
    weights : ndarray of shape (n_cells,)
        What the customers of each cell count together.
    spreads : ndarray of shape (n_cells,)
        (Weighted) sum of the squared distances of the cell's customers from its point; 0 unless
        they are neighbours on a lattice.
    customers : int
        All customers who have a segment; the sum of the weights.
    lower, upper : ndarray of shape (n_features,)
        The bounds of all customers in the plan's coordinates.
    counts : ndarray of shape (n_cells,), optional
        Customers in each cell, where they do not all count the same.
    """

    kind: Kind
    values: Floats
    points: Floats
    weights: Floats
    spreads: Floats
    customers: int
    lower: Floats
    upper: Floats
    counts: Floats | None = None

    @property
    def sizes(self) -> Floats:
        """Customers in each cell."""
        return self.weights if self.counts is None else self.counts

    @property
    def exact(self) -> bool:
        """Whether an answer from the cells is the answer for all customers."""
        return self.kind == "distinct"

    @property
    def within(self) -> float:
        """The sum of squares within the cells, which is part of every inertia."""
        return float(self.spreads.sum())

    def __len__(self) -> int:
        return len(self.points)


def describe_cells(cells: Cells) -> str:
    """Say in a sentence or two what stood for the customers, and how exact that is."""
    customers, count = f"{cells.customers:,} customers", f"{len(cells):,}"
    if cells.kind == "distinct":
        return (
            f"The {customers} take {count} different combinations of values, so K-Means on these "
            "weighted combinations is K-Means on all customers, exactly."
        )
    stood = {
        "lattice": f"{count} cells of neighbours on a lattice stood for the {customers}",
        "sample": f"A repeatable sample of {count} stood for the {customers}",
    }[cells.kind]
    return (
        f"{stood} while numbers of segments were compared: inertia and silhouette by k are "
        "estimates. The segments taken were then settled on all customers: their centres, sizes "
        "and inertia are exact."
    )


def compress(
    engine: Engine,
    prepared: Prepared,
    *,
    id: str | None,
    most_cells: int | None = None,
) -> Cells:
    """Turn the customers who have a segment into cells.

    Parameters
    ----------
    engine : Engine
        Holds the typed table.
    prepared : Prepared
        Which columns, how they become coordinates, and what is in them.
    id : str or None
        The column whose md5 draws a sample.
    most_cells : int, optional
        The bound on the number of cells, default 50,000.

    Returns
    -------
    Cells
        Distinct combinations of values where there are at most so many, counted exactly; else a
        lattice in up to three dimensions that are numbers, and a sample in more.
    """
    bound, plan = most_cells or MOST_CELLS, prepared.plan
    if not _has_surely_more(prepared, bound):
        query = sql.distinct_points(TABLE, plan, limit=bound + 1)
        if engine.rows(query)[0]["values"] <= bound:
            return _distinct(engine, prepared)
    if len(plan.axes) <= _MOST_AXES and not plan.categories:
        return _lattice(engine, prepared, bound)
    return _sample(engine, prepared, bound, id)


def _has_surely_more(prepared: Prepared, bound: int) -> bool:
    """Whether a feature alone has more values, by far: of large tables their number is estimated.

    One that is drawn in to bounds loses some, so it does not tell.
    """
    features = zip(prepared.plan.features, prepared.numbers, strict=True)
    return any(own.clip is None and column.distinct > 2 * bound for own, column in features)


def _distinct(engine: Engine, prepared: Prepared) -> Cells:
    query = sql.distinct_cells(
        TABLE, prepared.plan, weighting=prepared.weighting, customers=prepared.used
    )
    table = engine.array(query)
    values, counts, masses = table[:, :-2], table[:, -2], table[:, -1]
    points = coordinates(prepared.plan, values)
    return _cells("distinct", prepared, values, points, counts, masses, np.zeros(len(counts)))


def _lattice(engine: Engine, prepared: Prepared, bound: int) -> Cells:
    """Cells of neighbours, in bins between the outermost thousandths of the customers."""
    plan, weighting = prepared.plan, prepared.weighting
    lattice = _lattice_of(plan, prepared.axes, bound)
    rows, (lower, upper) = prepared.used, _bounds(prepared)
    heaviest = max(1.0, weighting.largest) if weighting else 1.0
    reaches = np.maximum(upper - lower, 0.0) + np.array(lattice.widths)
    bits = [
        (sql.exact_bits(heaviest * reach, rows), sql.exact_bits(heaviest * reach * reach, rows))
        for reach in reaches.tolist()
    ]
    query = sql.lattice_cells(
        TABLE, plan, lattice, bits=bits, weighting=weighting, customers=prepared.used
    )
    table = engine.array(query)
    axes = len(plan.axes)
    middles, counts, masses = table[:, :axes], table[:, axes], table[:, axes + 1]
    sums, squares = table[:, axes + 2 :: 2], table[:, axes + 3 :: 2]
    gaps = sums / masses[:, None]
    spreads = np.maximum(squares - gaps * sums, 0.0).sum(axis=1)
    points = middles + gaps
    return _cells("lattice", prepared, values_of(plan, points), points, counts, masses, spreads)


def _lattice_of(plan: Plan, columns: Sequence[ColumnSummary], bound: int) -> sql.Lattice:
    axes = len(columns)
    bins = max(2, min(_MOST_BINS, int(bound ** (1 / axes) + 1e-9)))
    ends = [_middle_range(column) for column in columns]
    first, last = coordinates(plan, np.array(ends).T)
    widths = np.where(last > first, (last - first) / bins, 1.0)
    return sql.Lattice(first.tolist(), widths.tolist(), bins)


def _middle_range(column: ColumnSummary) -> list[float]:
    """Where all but the outermost customers lie; the whole range where that is a single value."""
    if column.distribution is None:  # pragma: no cover
        raise ValueError(f"{column.name} was not counted")
    low, high = column.distribution.quantiles([_OUTERMOST, 1 - _OUTERMOST])
    return [low, high] if high > low else [column.minimum or 0.0, column.maximum or 0.0]


def _sample(engine: Engine, prepared: Prepared, limit: int, id: str | None) -> Cells:
    """The customers whose id has the smallest md5."""
    ranges = [(own.minimum or 0.0, own.maximum or 0.0) for own in prepared.axes]
    customers = prepared.used
    limit = min(limit, customers)
    for share in (1.5 * limit / customers + 200 / customers, 1.0):
        query = sql.sample_rows(
            TABLE, prepared.plan, ranges,
            id=id, share=share, limit=limit, weighting=prepared.weighting,
        )  # fmt: skip
        table = engine.array(query)
        if len(table) == limit:
            break
    values = table[:, : len(ranges)]
    own = table[:, len(ranges)] if prepared.weighting else np.ones(len(table))
    counts = np.full(len(values), customers / len(values))
    points = coordinates(prepared.plan, values)
    masses = own * (customers / own.sum())
    return _cells("sample", prepared, values, points, counts, masses, np.zeros(len(values)))


def _bounds(prepared: Prepared) -> Floats:
    """The smallest and the largest of all customers along each coordinate."""
    ends = [[own.minimum for own in prepared.axes], [own.maximum for own in prepared.axes]]
    return coordinates(prepared.plan, np.array(ends, dtype=float))


def _cells(
    kind: Kind,
    prepared: Prepared,
    values: Floats,
    points: Floats,
    counts: Floats,
    masses: Floats,
    spreads: Floats,
) -> Cells:
    """Cells in the order of their values."""
    order = np.lexsort(values.T[::-1])
    lower, upper = _bounds(prepared)
    return Cells(
        kind,
        values[order],
        points[order],
        masses[order],
        spreads[order],
        prepared.used,
        lower,
        upper,
        counts[order] if prepared.weighting else None,
    )

"""Step 4a: categories as coordinates: which levels have one, and how far apart they lie.

A category is written one-hot: 1 at the customer's own level, 0 at the others. Left so, or scaled
like a number to a variance of 1, it takes over: its values lie in clumps with nothing between, and
clumps are what K-Means looks for. Its coordinates therefore get a total variance of 1/2, half that
of a z-score: with ``G = 1 - Σ p²``, the chance that two customers differ in it, each is divided by
``sqrt(2 G)``. Cutting a normally distributed feature in two then lowers the inertia by more (0.64 a
customer) than cutting off the levels of a category does (0.5 at most), unless other features move
with it. The factor 1/2 is that of Hennig and Liao ("How to find an appropriate clustering for mixed
type variables", 2013, section 6.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import FeatureError
from segmentry.plan import CategoryPlan
from segmentry.steps.overview import ColumnSummary

__all__ = ["FEWEST_OF_LEVEL", "MOST_LEVELS", "learn_category", "spread_of"]

MOST_LEVELS = 20
"""So many levels have a coordinate of their own, the commonest."""
FEWEST_OF_LEVEL = 5
_RARE = 0.01
"""Levels with a smaller share of the customers are folded into one, ``other``."""


def learn_category(
    engine: Engine, table: str, column: ColumnSummary, *, fill: bool, weight: float = 1.0
) -> CategoryPlan:
    """Decide which levels of a category become coordinates.

    Parameters
    ----------
    engine : Engine
        Holds the table.
    table : str
        Of the customers.
    column : ColumnSummary
        The category; of text or of numbers.
    fill : bool
        Whether the commonest level stands for a missing one, if any is missing.
    weight : float
        How much the category counts.

    Raises
    ------
    FeatureError
        If all customers have the same level.
    """
    rows = engine.rows(sql.level_counts(table, column.name, limit=MOST_LEVELS + 1))
    enough = max(FEWEST_OF_LEVEL, math.ceil(_RARE * column.present))
    kept = [row for row in rows[:MOST_LEVELS] if row["customers"] >= enough]
    shares = [row["customers"] / column.present for row in kept]
    rest = 1.0 - math.fsum(shares)
    other = sum(row["customers"] for row in kept) < column.present
    spread = spread_of([*shares, rest])
    if not kept or spread <= 0:
        raise FeatureError(
            f"Category {column.name!r} has no two levels with {enough} customers or more.",
            "Leave it out of --categorical.",
            code="R39",
        )
    levels = tuple(row["level"] for row in kept)
    return CategoryPlan(
        column.name,
        levels,
        other=other,
        scale=float(f"{math.sqrt(2 * spread):.12g}"),
        fill=levels[0] if fill and column.missing else None,
        weight=weight,
    )


def spread_of(shares: Sequence[float]) -> float:
    """The chance that two customers differ, from the shares of the levels (Gini and Simpson).

    >>> spread_of([0.5, 0.5])
    0.5
    """
    return 1.0 - math.fsum(share * share for share in shares)

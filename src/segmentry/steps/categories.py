"""Step 4a: categories as coordinates: which levels have one, and how far apart they lie.

A category is written one-hot: 1 at the customer's own level, 0 at the others. Left so, or scaled
like a number to a variance of 1, it takes over: its values lie in clumps with nothing between, and
clumps are what K-Means looks for. Its coordinates therefore get just the total variance that a
normally distributed z-score would lose if it were cut, as well as can be, into as many pieces as
the category has levels: 0.64 for two, 0.81 for three, 0.88 for four (Max, "Quantizing for minimum
distortion", 1960, table I). So to cut off the levels of a category is worth as much as to cut one
number, and less than to cut several or one with groups, unless other features move with it. With
``G = 1 - Σ p²``, the chance that two customers differ in it, and that variance ``V``, each
coordinate is divided by ``sqrt(G / V)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import FeatureError
from segmentry.plan import CategoryPlan
from segmentry.steps.overview import ColumnSummary

__all__ = ["FEWEST_OF_LEVEL", "MOST_LEVELS", "learn_category", "spread_of", "variance_of"]

MOST_LEVELS = 20
"""So many levels have a coordinate of their own, the commonest."""
FEWEST_OF_LEVEL = 5
_RARE = 0.01
"""Levels with a smaller share of the customers are folded into one, ``other``."""


_LEFT = (1.0, 0.3634, 0.1902, 0.1175, 0.07994, 0.05798, 0.04400, 0.03454)
"""Of a standard normal distribution, the variance left within 1, 2, … best pieces (Max, 1960)."""


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
        scale=float(f"{math.sqrt(spread / variance_of(len(levels) + other)):.12g}"),
        fill=levels[0] if fill and column.missing else None,
        weight=weight,
    )


def spread_of(shares: Sequence[float]) -> float:
    """The chance that two customers differ, from the shares of the levels (Gini and Simpson).

    >>> spread_of([0.5, 0.5])
    0.5
    """
    return 1.0 - math.fsum(share * share for share in shares)


def variance_of(levels: int) -> float:
    """The total variance of a category's coordinates, by how many they are.

    Beyond Max's table it is what Panter and Dite (1951) found for many pieces.

    >>> variance_of(2), round(variance_of(3), 4), round(variance_of(20), 4)
    (0.6366, 0.8098, 0.9932)
    """
    left = _LEFT[levels - 1] if levels <= len(_LEFT) else math.pi * math.sqrt(3) / 2 / levels**2
    return 1.0 - left

"""Step 4b: customer weights, for customers who count more than others where centres are placed.

Weights are scaled to average 1 among the customers used, so that the inertia stays comparable.
Sizes, shares and averages of segments count every customer once, whatever it weighs.
"""

from __future__ import annotations

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import FeatureError
from segmentry.steps.overview import Overview

__all__ = ["learn_weighting"]


def learn_weighting(
    engine: Engine, table: str, name: str | None, columns: Overview
) -> tuple[sql.Weighting | None, tuple[str, ...]]:
    """Decide by what weights are multiplied, and say whose are missing.

    Parameters
    ----------
    engine : Engine
        Holds the table.
    table : str
        Of the customers who are used.
    name : str or None
        The column of weights; None where all customers count the same.
    columns : Overview
        What is in the columns.

    Raises
    ------
    FeatureError
        If the column is none of numbers, holds one below 0, or no positive one.
    """
    if name is None:
        return None, ()
    if columns.column(name).type != "number":
        raise FeatureError(
            f"Weights in {name!r} are not numbers.", "Choose a column of numbers.", code="R32"
        )
    found = engine.rows(sql.weight_counts(table, name))[0]
    if found["negative"] or not found["present"] or not found["largest"]:
        below = f"{found['negative']:,} weights in {name!r} are below 0."
        raise FeatureError(
            below if found["negative"] else f"Every weight in {name!r} is zero or missing.",
            "Give each customer a weight of 0 or more, for example 1 for the ordinary ones.",
            code="R46",
        )
    rows, largest = found["rows"], float(found["largest"])
    bits = sql.exact_bits(largest, rows)
    mean = engine.rows(sql.weight_sum(table, name, bits=bits))[0]["total"] / rows
    factor = float(f"{1 / mean:.12g}")
    counts_nothing = rows - found["present"] + found["zero"]
    note = (
        f"{name}: {counts_nothing:,} customers have no weight, or 0: they get a segment, and did "
        "not count where its centre was placed."
    )
    notes = (note,) if counts_nothing else ()
    return sql.Weighting(name, factor, largest * factor), notes

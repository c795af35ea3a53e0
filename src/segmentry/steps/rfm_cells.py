"""Step 10b: the ten RFM cells beside the segments, and what to do about each cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.steps.orders import Customers
from segmentry.steps.playbook import Play, Playbook

__all__ = ["Crosstab", "cross"]


@dataclass(frozen=True)
class Crosstab:
    """The ten cells beside the segments.

    Attributes
    ----------
    built : Customers
        What the orders were turned into.
    counts : dict
        By cell, in the usual order, and by segment number the customers, where there are any.
    plays : dict
        By cell what to do about it.
    """

    built: Customers
    counts: Mapping[str, Mapping[int, int]]
    plays: Mapping[str, Play]

    def by_segment(self) -> dict[int, dict[str, int]]:
        """For each segment its customers by cell."""
        numbers = {number for row in self.counts.values() for number in row}
        return {
            number: {cell: row[number] for cell, row in self.counts.items() if number in row}
            for number in sorted(numbers)
        }


def cross(built: Customers, engine: Engine, labels: sql.Labels, playbook: Playbook) -> Crosstab:
    """Count how many customers of each cell are in each segment."""
    counts: dict[str, dict[int, int]] = {name: {} for name in sql.CELLS}
    for row in engine.rows(sql.cells_by_segment(labels)):
        if row["segment"] is not None:
            counts[row["rfm_cell"]][row["segment"]] = row["customers"]
    found = {name: own for name, own in counts.items() if own}
    return Crosstab(built, found, playbook.cells)

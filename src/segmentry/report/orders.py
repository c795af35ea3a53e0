"""The ten RFM cells beside the segments, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segmentry.steps.findings import Findings
from segmentry.steps.playbook import deciding_cell
from segmentry.textual import percent

__all__ = ["rfm_dict"]

_LEAST_SHOWN = 5


def rfm_dict(found: Findings) -> dict[str, Any] | None:
    """Return cells, counts of lines, and customers by cell and segment.

    None where no customers were built. A count from one to four is None, and so is another one of
    its row and column where the totals would give it away.
    """
    if found.rfm is None:
        return None
    numbers = range(1, found.solution.k + 1)
    counts = [[own.get(number, 0) for number in numbers] for own in found.rfm.counts.values()]
    shown = zip(found.rfm.counts, _shown(counts), strict=True)
    told = found.rfm.built.to_dict()
    return {
        **told,
        "cells": [own | found.rfm.plays[own["cell"]].actions() for own in told["cells"]],
        "crosstab": [{"cell": cell, "customers": row} for cell, row in shown],
        "reading": _reading(found.rfm.by_segment(), [own.name for own in found.names]),
    }


def _shown(counts: list[list[int]]) -> list[list[int | None]]:
    """The counts that may be told; a row or column that hides one hides a second.

    >>> _shown([[9, 2, 0], [7, 8, 90], [30, 40, 50]])
    [[None, None, 0], [None, None, 90], [30, 40, 50]]
    """
    hidden = {
        (i, j)
        for i, row in enumerate(counts)
        for j, count in enumerate(row)
        if 0 < count < _LEAST_SHOWN
    }
    rows, columns = range(len(counts)), range(len(counts[0]))
    lines = [[(i, j) for j in columns] for i in rows] + [[(i, j) for i in rows] for j in columns]
    while more := {_second(line, counts, hidden) for line in lines} - {None}:
        hidden.add(min(place for place in more if place is not None))
    return [[None if (i, j) in hidden else counts[i][j] for j in columns] for i in rows]


def _second(
    line: list[tuple[int, int]], counts: list[list[int]], hidden: set[tuple[int, int]]
) -> tuple[int, int] | None:
    """The smallest count to hide in a row or column that hides one only, if there is any."""
    told = [place for place in line if place not in hidden]
    others = [place for place in told if counts[place[0]][place[1]] > 0]
    if len(line) - len(told) != 1 or not others:
        return None
    return min(others, key=lambda place: (counts[place[0]][place[1]], place))


def _reading(counts: Mapping[int, Mapping[str, int]], names: list[str]) -> list[str]:
    """For each segment the cell that most of its customers are in, and whether that is clear."""
    told = []
    for number, name in enumerate(names, 1):
        own = counts.get(number, {})
        total = sum(own.values())
        cell = max(own, key=lambda one: own[one], default=None)
        if cell is not None and own[cell] >= _LEAST_SHOWN:
            mixed = "" if deciding_cell(own) else "; mixed"
            told.append(f"{name}: {percent(own[cell] / total, decimals=0)} are {cell}{mixed}.")
    return told

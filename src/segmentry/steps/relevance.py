"""Step 5b: a category that has nothing to do with the other features counts little.

Whoever asks for segments by spending and channel wants to know what the two make together. Where
the channel is unrelated to spending, K-Means would cut every group of spenders once more by
channel: a cross table, with more segments than anybody needs. So each category is compared with the
other features (one-way analysis of variance, of their coordinates and of the squares of those): if
its levels explain no more of any of them than chance would, or less than one per cent, it keeps a
tenth of its weight. A weight that the caller gives is never changed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from segmentry.plan import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.features import coordinates
from segmentry.steps.preparation import Prepared

__all__ = ["UNRELATED", "discount"]

Floats = npt.NDArray[np.float64]

UNRELATED = 0.1
"""The weight of a category that is unrelated to the other features."""
_CHANCE = 0.001
_LEAST = 0.01


def discount(prepared: Prepared, cells: Cells, *, given: Collection[str]) -> tuple[Prepared, Cells]:
    """Lower the weights of categories that are unrelated to all other features.

    Parameters
    ----------
    prepared : Prepared
        The plan.
    cells : Cells
        The customers.
    given : collection of str
        The features whose weights the caller has chosen.
    """
    plan = prepared.plan
    unrelated = tuple(
        own.name
        for own in plan.categories
        if own.name not in given and not _is_related(cells, plan, own.name)
    )
    if not unrelated:
        return prepared, cells
    categories = tuple(
        replace(own, weight=UNRELATED) if own.name in unrelated else own for own in plan.categories
    )
    changed = replace(prepared, plan=replace(plan, categories=categories), unrelated=unrelated)
    ends = [[own.minimum for own in changed.axes], [own.maximum for own in changed.axes]]
    lower, upper = coordinates(changed.plan, np.array(ends, dtype=float))
    points = coordinates(changed.plan, cells.values)
    return changed, replace(cells, points=points, lower=lower, upper=upper)


def _is_related(cells: Cells, plan: Plan, name: str) -> bool:
    """Whether a category's levels explain some of another feature."""
    own = np.array([axis.column == name for axis in plan.axes])
    labels = cells.values[:, own].argmax(axis=1)
    columns = [*cells.points[:, ~own].T]
    columns += [(x - np.average(x, weights=cells.sizes)) ** 2 for x in columns]
    tests = len(columns)
    return any(_explains(labels, x, cells, tests=tests) for x in columns)


def _explains(labels: npt.NDArray[np.int64], x: Floats, cells: Cells, *, tests: int) -> bool:
    from scipy.special import fdtrc

    # A sample knows no more than its own customers do.
    n = float(len(cells)) if cells.kind == "sample" else float(cells.sizes.sum())
    sizes = cells.sizes * (n / cells.sizes.sum())
    counts = np.bincount(labels, sizes)
    between, within = len(counts[counts > 0]) - 1, n - len(counts[counts > 0])
    mean = np.average(x, weights=sizes)
    total = float(sizes @ (x - mean) ** 2)
    if between < 1 or within < 1 or total <= 0:
        return False
    means = np.bincount(labels, sizes * x) / np.where(counts > 0, counts, 1.0)
    share = float(counts @ (means - mean) ** 2) / total
    ratio = (share / between) / max((1 - share) / within, 1e-300)
    adjusted = 1 - (1 - share) * (n - 1) / within
    return bool(adjusted >= _LEAST and fdtrc(between, within, ratio) * tests < _CHANCE)

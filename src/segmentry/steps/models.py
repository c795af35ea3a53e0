"""Step 11d: what was found as a model, which can score new customers."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.model import Baseline, SegmentCenter, SegmentModel
from segmentry.steps.compression import Cells
from segmentry.steps.features import values_of
from segmentry.steps.flags import far_distances
from segmentry.steps.kmeans import Solution
from segmentry.steps.naming import SegmentName
from segmentry.steps.preparation import Prepared
from segmentry.steps.profiles import Population
from segmentry.steps.roles import Roles
from segmentry.steps.selection import Choice

__all__ = ["make_model"]


def make_model(
    roles: Roles,
    prepared: Prepared,
    population: Population,
    names: Sequence[SegmentName],
    choice: Choice,
    solution: Solution,
    cells: Cells,
    baseline: tuple[Baseline, ...],
) -> SegmentModel:
    """Keep what it takes to score a new customer, and nothing about any single one."""
    return SegmentModel(
        plan=prepared.plan,
        segments=_centers(prepared, population, names, solution, cells),
        id_column=roles.id,
        inertia=solution.inertia,
        silhouette=_rounded(choice.at(choice.k).silhouette),
        customers=population.all.customers,
        baseline=baseline,
        weight_column=prepared.weighting.column if prepared.weighting else None,
    )


def _centers(
    prepared: Prepared,
    population: Population,
    names: Sequence[SegmentName],
    solution: Solution,
    cells: Cells,
) -> tuple[SegmentCenter, ...]:
    first = len(prepared.plan.features)
    levels = values_of(prepared.plan, solution.centers)[:, first:].tolist()
    return tuple(
        SegmentCenter(
            segment=own.segment,
            name=name.name,
            name_locked=False,
            customers=own.customers,
            share=own.share,
            center=tuple(center),
            mean=(*(own.number(feature).mean for feature in population.features), *shares),
            far_distance=far,
        )
        for own, name, center, shares, far in zip(
            population.segments,
            names,
            solution.centers.tolist(),
            levels,
            far_distances(cells, solution),
            strict=True,
        )
    )


def _rounded(value: float | None) -> float | None:
    """To 12 significant digits: the last ones depend on the machine's matrix product."""
    return None if value is None else float(f"{value:.12g}")

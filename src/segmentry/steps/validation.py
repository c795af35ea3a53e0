"""Step 11: what should make a reader careful?"""

from __future__ import annotations

import numpy as np

from segmentry.model import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.headers import is_id, words_of
from segmentry.steps.kmeans import Solution
from segmentry.steps.overview import Overview
from segmentry.steps.roles import Roles, looks_like_code
from segmentry.steps.selection import Choice
from segmentry.steps.sources import Source

__all__ = ["about_source", "cautions"]

_FEW = 30
_NO_STRUCTURE = 0.25
_HUGE_SHARE = 0.9
_REPEATED = 5
_ALIKE = 0.999


def cautions(
    source: Source,
    columns: Overview,
    roles: Roles,
    plan: Plan,
    choice: Choice,
    solution: Solution,
    cells: Cells,
    *,
    used: int,
    k: int | str,
) -> tuple[str, ...]:
    """Say in plain sentences what about the data or the result calls for care."""
    return (
        *source.warnings,
        *_about_rows(columns, roles, plan, used),
        *_about_features(plan, cells),
        *_about_choice(choice, solution, fixed=k != "auto"),
        *_about_sizes(solution),
    )


def about_source(columns: Overview, roles: Roles) -> list[str]:
    """What the rows themselves give to think about, whatever is done with them."""
    told = []
    if columns.duplicate_rows:
        told.append(f"{_rows(columns.duplicate_rows)} repeat another one exactly.")
    if roles.id:
        own = columns.column(roles.id)
        twice = own.present - own.distinct
        if twice:
            told.append(f"{roles.id}: {_rows(twice)} share an id with an earlier row.")
        if own.missing:
            told.append(f"{roles.id}: {own.missing:,} of {own.rows:,} rows have no id.")
    else:
        told += [
            f"{name} is called an id and repeats, so it names no customers: rows are numbered "
            "instead. One row a customer is expected."
            for name in _repeated_ids(columns, roles)
        ]
    told += [
        f"{column.name} looks like an id or a code and is not clustered on; name it in --features "
        "if it is a quantity."
        for column in columns.columns
        if roles.of(column.name).role == "ignored" and looks_like_code(column)
    ]
    return told


def _repeated_ids(columns: Overview, roles: Roles) -> list[str]:
    return [
        column.name
        for column in columns.columns
        if roles.of(column.name).role == "ignored"
        and is_id(words_of(column.name))
        and 1 < column.distinct < column.present
    ]


def _about_rows(columns: Overview, roles: Roles, plan: Plan, used: int) -> list[str]:
    told = about_source(columns, roles)
    if used < columns.rows:
        missing = ", ".join(
            f"{name} {columns.column(name).missing:,}"
            for name in plan.names
            if columns.column(name).missing
        )
        told.append(
            f"{_rows(columns.rows - used)} could not be used for want of a value ({missing}); "
            "their segment is left empty."
        )
    if used < _FEW:
        told.append(f"Only {used} customers: with fewer than {_FEW} the segments are unstable.")
    if plan.scaling == "none" and "alone makes" in plan.reason:
        told.append(plan.reason)
    return told


def _about_features(plan: Plan, cells: Cells) -> list[str]:
    """Features that nearly repeat each other, so that one thing counts twice."""
    if len(plan.names) < 2 or len(cells) < 3:
        return []
    covariances = np.cov(cells.values.T, aweights=cells.weights)
    spread = np.sqrt(np.diag(covariances))
    spread[spread == 0] = np.inf
    alike = np.abs(covariances / np.outer(spread, spread)) > _ALIKE
    return [
        f"{plan.names[i]} and {plan.names[j]} nearly repeat each other and count twice: leave one "
        "of them out with --features."
        for i, j in zip(*np.nonzero(np.triu(alike, 1)), strict=True)
    ]


def _about_choice(choice: Choice, solution: Solution, *, fixed: bool) -> list[str]:
    told = []
    evidence = choice.at(choice.k)
    if evidence.silhouette is not None and evidence.silhouette <= _NO_STRUCTURE:
        told.append(
            f"The silhouette is only {evidence.silhouette:.2f}: these segments are slices of a "
            "continuum, not natural groups."
        )
    if not fixed and choice.k == choice.k_max and choice.k_max > 2:
        told.append(
            f"k = {choice.k} is the largest that was allowed: a larger --k-max may be better."
        )
    if solution.hits < _REPEATED and solution.restarts > _REPEATED:
        told.append(
            f"Only {solution.hits} of {solution.restarts} random starts ended at the best "
            "solution: there may be a better one."
        )
    return told


def _about_sizes(solution: Solution) -> list[str]:
    told = []
    total = float(solution.sizes.sum())
    if solution.k > 1 and solution.sizes[0] > _HUGE_SHARE * total:
        share = 100 * solution.sizes[0] / total
        told.append(f"Segment 1 holds {share:.0f} % of all customers: the others are outliers.")
    for label, size in enumerate(solution.sizes, 1):
        if solution.k > 1 and size <= 1:
            told.append(f"Segment {label} has 1 customer: an outlier?")
    return told


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"

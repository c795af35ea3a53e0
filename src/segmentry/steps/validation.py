"""Step 11: what should make a reader careful?"""

from __future__ import annotations

import numpy as np

from segmentry.model import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.headers import is_id, words_of
from segmentry.steps.kmeans import Solution
from segmentry.steps.order_columns import about_orders
from segmentry.steps.overview import Overview
from segmentry.steps.roles import Roles, looks_like_code, second_thoughts
from segmentry.steps.selection import Choice
from segmentry.steps.sources import Source

__all__ = ["about_source", "cautions"]

_FEW = 30
_NO_STRUCTURE = 0.25
_HUGE_SHARE = 0.9
_TINY_SHARE, _TINY_SIZE = 0.01, 5
_REPEATED = 5
_ALIKE = 0.95
"""The correlation from which on two features tell nearly the same."""
_UNSTABLE = 0.6


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
        *about_orders(source, columns),
        *_about_rows(columns, roles, plan, used),
        *_about_chosen(columns, roles),
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


def _about_chosen(columns: Overview, roles: Roles) -> list[str]:
    """Features that say nothing about what customers do, though the caller chose them."""
    return [
        f"{own.column} is a feature because you chose it, but it looks like {_a(own.role)} "
        f"({own.reason}): segments by it may mean nothing."
        for own in second_thoughts(columns, roles)
    ]


def _a(role: str) -> str:
    return {
        "id": "an id",
        "contact": "contact data",
        "outcome": "an outcome, which segments should explain and not repeat",
    }.get(role, "no quantity")


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
    if evidence.silhouette is None and not choice.natural and len(choice.evidence) > 1:
        told.append(
            "There are no natural segments in these features: all customers are one. To cut them "
            "into slices all the same, ask for a number, for example --k 4."
        )
    elif evidence.silhouette is not None and choice.strength == "none":
        told.append(
            "These segments are slices of a continuum, not natural groups: noise of the same kind "
            "falls apart just as well. Customers near a border are much alike."
        )
    elif evidence.silhouette is not None and evidence.silhouette <= _NO_STRUCTURE:
        told.append(
            f"The silhouette is only {evidence.silhouette:.2f}: the segments touch each other, and "
            "many customers stand between two."
        )
    told += [
        f"Segment {label} is unstable: it comes back in part only when customers are drawn anew "
        f"(Jaccard {own:.2f}; below 0.60 is unstable)."
        for label, own in enumerate(evidence.segment_stabilities, 1)
        if own < _UNSTABLE
    ]
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
        if solution.k > 1 and (size <= _TINY_SIZE or size < _TINY_SHARE * total):
            people = "1 customer" if size <= 1 else f"{size:,.0f} customers"
            told.append(f"Segment {label} has {people}: outliers rather than a segment?")
    return told


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"

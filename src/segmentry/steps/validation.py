"""Step 11: what should make a reader careful?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segmentry.plan import Plan
from segmentry.steps.compression import Cells
from segmentry.steps.features import STRONG_SKEW
from segmentry.steps.headers import is_id, words_of
from segmentry.steps.identities import CARDS
from segmentry.steps.kmeans import Solution
from segmentry.steps.order_columns import about_orders
from segmentry.steps.overview import Overview
from segmentry.steps.plausibility import about_alike
from segmentry.steps.preparation import Prepared
from segmentry.steps.profiles import FEWEST
from segmentry.steps.refinement import MOST_PASSES
from segmentry.steps.roles import LIKE_IDS, Roles, second_thoughts
from segmentry.steps.selection import Choice
from segmentry.steps.sources import Source
from segmentry.steps.treatments import Treatment
from segmentry.textual import counted, listed, percent, some_of, verb

__all__ = ["about_dates", "about_source", "about_treatments", "cautions"]

_FEW = 30
_NO_STRUCTURE = 0.25
_HUGE_SHARE = 0.9
_TINY_SHARE, _TINY_SIZE = 0.01, 5
_REPEATED = 5
_HARDLY = 0.0005
"""A solution whose inertia is higher by no more than this share is hardly worse."""
_ALIKE = 0.95
"""The correlation from which on two features tell nearly the same."""
_UNSTABLE = 0.6
_MANY_FILLED = 0.2
"""The share of missing values from which on filling them is doubtful."""
_DECIDING = 0.5
_DOMINANT = 0.95
_LEVELS = 2
"""A number with no more different values than these has no tail."""
_SHOWN = 5


def cautions(
    source: Source,
    columns: Overview,
    roles: Roles,
    prepared: Prepared,
    choice: Choice,
    solution: Solution,
    cells: Cells,
    treatments: Sequence[Treatment],
    *,
    k: int | str,
) -> tuple[str, ...]:
    """Say in plain sentences what about the data or the result calls for care."""
    return (
        *source.warnings,
        *about_orders(source, columns),
        *_about_rows(columns, roles, prepared),
        *_about_chosen(columns, roles),
        *prepared.notes,
        *about_treatments(columns, treatments),
        *_about_unrelated(prepared),
        *_about_skew(prepared),
        *_about_features(prepared.plan, cells),
        *_about_dominance(prepared.plan, solution),
        *_about_choice(choice, solution, fixed=k != "auto"),
        *_about_sizes(solution),
    )


def about_source(columns: Overview, roles: Roles, *, orders: bool = False) -> list[str]:
    """What the rows themselves give to think about, whatever is done with them.

    Ids that repeat are what ``orders`` have.
    """
    told = [
        f"{own.column} holds numbers of payment cards: take that column out of the file, and find "
        "out how it came there. Such numbers must not lie in tables of customers (PCI DSS)."
        for own in roles.all
        if own.reason.startswith(CARDS)
    ]
    empty = [own.name for own in columns.columns if not own.present]
    if empty:
        shown = ", ".join(empty[:_SHOWN]) + (", …" if len(empty) > _SHOWN else "")
        what = f"{len(empty)} columns are" if len(empty) > 1 else "1 column is"
        told.append(f"{what} empty: {shown}.")
    if columns.duplicate_rows:
        told.append(f"{counted(columns.duplicate_rows, 'row', 'repeats')} another one exactly.")
    if roles.id:
        own = columns.column(roles.id)
        twice = own.present - own.distinct
        if twice:
            told.append(f"{roles.id}: {counted(twice, 'row', 'shares')} an id with an earlier row.")
        if own.missing:
            has = verb(own.missing, "has")
            told.append(f"{roles.id}: {own.missing:,} of {own.rows:,} rows {has} no id.")
    elif not orders:
        told += _about_repeated_ids(_repeated_ids(columns, roles))
    told += [
        f"{own.column} looks like an id or a code and is not clustered on; name it in --features "
        "if it is a quantity."
        for own in roles.all
        if own.reason == LIKE_IDS
    ]
    return told


def _about_repeated_ids(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    said = "is called an id and repeats, so it names"
    if len(names) > 1:
        said = "are called ids and repeat, so they name"
    return [
        f"{listed(names)} {said} no customers: rows are numbered instead. One row a customer is "
        "expected."
    ]


def about_dates(columns: Overview, roles: Roles) -> list[str]:
    """How dates, which are not clustered on, can be made use of."""
    names = [
        own.name
        for own in columns.columns
        if own.type == "date" and roles.of(own.name).role == "ignored"
    ]
    if not names:
        return []
    return [
        f"Dates are not clustered on ({some_of(names)}). To use one, put the days since then into "
        "a column of their own where the file is made, such as =TODAY()-A2 in a spreadsheet; order "
        "lines become customers with such columns by --rfm."
    ]


def _repeated_ids(columns: Overview, roles: Roles) -> list[str]:
    return [
        column.name
        for column in columns.columns
        if roles.of(column.name).role == "ignored"
        and is_id(words_of(column.name))
        and 1 < column.distinct < column.present
    ]


def _about_rows(columns: Overview, roles: Roles, prepared: Prepared) -> list[str]:
    told, plan, used = about_source(columns, roles), prepared.plan, prepared.used
    if used < columns.rows:
        missing = ", ".join(
            f"{name} {columns.column(name).missing:,}"
            for name in plan.required
            if columns.column(name).missing
        )
        told.append(
            f"{counted(columns.rows - used, 'row')} could not be used for want of a value "
            f"({missing}); their segment is left empty."
        )
    if used < _FEW:
        told.append(f"Only {used} customers: with fewer than {_FEW} the segments are unstable.")
    if plan.scaling == "none" and "alone makes" in plan.reason:
        told.append(plan.reason)
    return told


def about_treatments(columns: Overview, treatments: Sequence[Treatment]) -> list[str]:
    """What was done to features, where that may make a difference to what comes out."""
    rows = columns.rows
    told = [
        f"{own.feature}: {own.filled:,} of {rows:,} values ({100 * own.filled / rows:.0f} %) are "
        "missing, and one value stands for all of them: segments by it mean little."
        for own in treatments
        if own.filled > _MANY_FILLED * rows
    ]
    few = [own for own in treatments if 0 < own.filled <= _MANY_FILLED * rows]
    if few:
        listed = ", ".join(f"{own.feature} {own.filled:,}" for own in few)
        told.append(
            f"Missing values are filled ({listed}); how the columns are prepared says with what. "
            "To leave these customers out, use --missing drop."
        )
    told += [
        f"{own.feature}: {counted(own.far_out, 'customer', 'lies')} far out and "
        f"{verb(own.far_out, 'makes')} {100 * own.far_share:.0f} % of its variance, which may "
        "decide alone: --outliers winsorize draws far values in."
        for own in treatments
        if own.far_share > _DECIDING
    ]
    kept = [own for own in treatments if own.far_out and own.far_share <= _DECIDING]
    if kept:
        listed = ", ".join(f"{own.feature} {own.far_out:,}" for own in kept)
        told.append(f"Values far out were kept ({listed}): --outliers winsorize draws them in.")
    return told


def _about_unrelated(prepared: Prepared) -> list[str]:
    """Categories that have nothing to do with the other features."""
    return [
        f"{name} has nothing to do with the other features, so it counts a tenth: segments by it "
        f"would be a cross table. To let it count in full, use --feature-weight {name!r}=1."
        for name in prepared.unrelated
    ]


def _about_skew(prepared: Prepared) -> list[str]:
    """Skewed features that were left raw, as they may be on request alone."""
    raw = [
        own
        for own, column in zip(prepared.plan.features, prepared.numbers, strict=True)
        if own.transform == "none"
        and (column.skew or 0.0) > STRONG_SKEW
        and (column.minimum or 0.0) >= 0
        and column.distinct > _LEVELS
    ]
    if not raw:
        return []
    names = ", ".join(own.name for own in raw)
    return [
        f"Strongly skewed and used without a logarithm: {names}. A few large values may decide "
        "alone; --log auto (with --scale auto) takes the logarithm."
    ]


def _about_dominance(plan: Plan, solution: Solution) -> list[str]:
    """A feature that sets the segments apart alone, though there are others."""
    if solution.k < 2 or len(plan.columns) < 2:
        return []
    shares = solution.sizes / solution.sizes.sum()
    gaps = solution.centers - shares @ solution.centers
    between = shares @ (gaps * gaps)
    own = dict.fromkeys(plan.columns, 0.0)
    for axis, value in zip(plan.axes, between.tolist(), strict=True):
        own[axis.column] += value
    name = max(own, key=lambda column: own[column])
    share = own[name] / max(sum(own.values()), 1e-300)
    if share <= _DOMINANT:
        return []
    return [
        f"{name} alone sets the segments apart ({100 * share:.0f} % of what lies between them): "
        "the other features hardly matter."
    ]


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
    names = plan.numbers
    if len(names) < 2 or len(cells) < 3:
        return []
    covariances = np.cov(cells.values[:, : len(names)].T, aweights=cells.weights)
    spread = np.sqrt(np.diag(covariances))
    spread[spread == 0] = np.inf
    return about_alike(names, np.abs(covariances / np.outer(spread, spread)) > _ALIKE)


def _about_choice(choice: Choice, solution: Solution, *, fixed: bool) -> list[str]:
    told = []
    evidence = choice.at(choice.k)
    several = len(choice.evidence) > 1
    if evidence.silhouette is None and not choice.natural and several and not fixed:
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
    if solution.passes >= MOST_PASSES - 1:
        told.append(
            f"The centres did not come to rest within {solution.passes} passes over all customers: "
            "they may still move a little."
        )
    if solution.hits < _REPEATED and solution.restarts > _REPEATED:
        told.append(_about_search(solution, evidence.runner_up_excess))
    return told


def _about_search(solution: Solution, excess: float | None) -> str:
    """That the best solution was seldom met, and whether the next one is worse at all."""
    met = (
        f"{solution.hits} of {solution.restarts:,} random starts ended at the best solution"
        if solution.hits
        else f"Not one of {solution.restarts:,} random starts ended at the best solution, which "
        "was found by moving single centres"
    )
    if excess is not None and excess < _HARDLY:
        return (
            f"{met}; others ended beside it, hardly worse: where a border lies exactly says little."
        )
    return f"{met}: there may be a better one."


def _about_sizes(solution: Solution) -> list[str]:
    told = []
    total = float(solution.sizes.sum())
    if solution.k > 1 and solution.sizes[0] > _HUGE_SHARE * total:
        share = percent(solution.sizes[0] / total)
        told.append(f"Segment 1 holds {share} of all customers: the others are outliers.")
    for label, size in enumerate(solution.sizes, 1):
        if solution.k > 1 and (size <= _TINY_SIZE or size < _TINY_SHARE * total):
            people = counted(round(size), "customer") if size > 1 else "1 customer"
            told.append(f"Segment {label} has {people}: outliers rather than a segment?")
    few = [str(label) for label, size in enumerate(solution.sizes, 1) if size < FEWEST]
    if few:
        which = f"segment{'s' if len(few) > 1 else ''} {', '.join(few)}"
        told.append(
            f"Averages of {which} are rounded (fewer than {FEWEST} customers). The model's "
            "centres, which scores need, are not: there they may be one customer's own values."
        )
    return told

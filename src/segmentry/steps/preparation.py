"""Step 4: prepare the features: what is filled, drawn in, turned into levels, and what counts more.

Each feature is measured as it will be after that, since scaling has to fit what is scaled;
:mod:`segmentry.steps.features` then decides about logarithms and z-scores.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Literal

import numpy as np

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import ColumnError, FeatureError, InputError
from segmentry.plan import CategoryPlan, FeaturePlan, Plan, level_names
from segmentry.steps.categories import learn_category
from segmentry.steps.distributions import Distribution
from segmentry.steps.features import STRONG_SKEW, Log, Scale, check_choice, learn_plan
from segmentry.steps.orders import never_negative
from segmentry.steps.overview import ColumnSummary, Overview, overview
from segmentry.steps.roles import Roles
from segmentry.steps.sources import TABLE, Source
from segmentry.steps.weights import learn_weighting
from segmentry.textual import counted

__all__ = ["WINSORIZED", "Missing", "Outliers", "Prepared", "Preparing", "prepare"]

Missing = Literal["fill", "drop"]
Outliers = Literal["keep", "winsorize"]

WINSORIZED = (0.01, 0.99)
"""The quantiles to which values beyond them are drawn in."""
FEW_BELOW = 0.01
"""A strongly skewed feature has its logarithm taken, if at most this share lies below zero."""
LEAST_WEIGHT, MOST_WEIGHT = 0.001, 1000.0
"""Weights of features beyond these leave a feature, or all others, no say."""
_USED = "used_customers"


@dataclass(frozen=True)
class Preparing:
    """What the caller wants of the preparation.

    Attributes
    ----------
    missing : {"fill", "drop"}
        Whether the median, or the commonest level, stands for a missing value, or customers without
        one are left out.
    outliers : {"keep", "winsorize"}
        Whether numbers beyond the 1 % and 99 % quantiles are drawn in to them.
    scale, log : str
        As in :func:`segmentry.steps.features.learn_plan`.
    feature_weight : mapping of str to float
        How much features count, where that is not 1.
    weight : str, optional
        The column that says how much each customer counts.
    """

    missing: Missing = "fill"
    outliers: Outliers = "keep"
    scale: Scale = "auto"
    log: Log = "auto"
    feature_weight: Mapping[str, float] = field(default_factory=dict)
    weight: str | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """The plan, and what it meets.

    Attributes
    ----------
    plan : Plan
        From columns to coordinates.
    axes : tuple of ColumnSummary
        The values along each coordinate, as K-Means will see them before they are scaled.
    weighting : Weighting or None
        How much each customer counts; None where all count the same.
    used : int
        Customers with a segment.
    notes : tuple of str
        What the reader should know about customer weights.
    unrelated : tuple of str
        Categories that count little, since they have nothing to do with the other features.
    """

    plan: Plan
    axes: tuple[ColumnSummary, ...]
    weighting: sql.Weighting | None
    used: int
    notes: tuple[str, ...] = ()
    unrelated: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[ColumnSummary, ...]:
        """The axes that are columns of numbers."""
        return self.axes[: len(self.plan.features)]


def prepare(
    engine: Engine, table: Source, columns: Overview, roles: Roles, wishes: Preparing
) -> Prepared:
    """Learn how features become coordinates, from what is in them.

    Parameters
    ----------
    engine : Engine
        Holds the typed table.
    table, columns, roles
        What was read, what is in it, and what for.
    wishes : Preparing
        What the caller wants.

    Raises
    ------
    FeatureError
        If nothing is left to cluster on, or an option is unknown.
    ColumnError
        If a weight is given to a column that is no feature.
    """
    check_choice("missing", wishes.missing, ("fill", "drop"))
    check_choice("outliers", wishes.outliers, ("keep", "winsorize"))
    counts = _checked_weights(wishes.feature_weight, roles.features)
    own, place = _present(engine, table, columns, roles.features, drop=wishes.missing == "drop")
    numbers = [one for one in own.columns if one.name not in roles.categories]
    money = never_negative(table)
    treated = {
        one.name: _treatment(
            one, wishes, counts.get(one.name, 1.0), floored=_is_floored(one, wishes, money)
        )
        for one in numbers
    }
    measured = [_measured(one, treated[one.name]) for one in numbers]
    categories = [
        learn_category(
            engine, place, own.column(name),
            fill=wishes.missing == "fill", weight=counts.get(name, 1.0),
        )
        for name in roles.categories
    ]  # fmt: skip
    plan = learn_plan(
        measured, scale=wishes.scale, log=wishes.log, treated=treated, categories=categories
    )
    axes = [*measured, *(axis for one in categories for axis in _level_axes(one, own.rows))]
    weighting, notes = learn_weighting(engine, place, wishes.weight, columns)
    notes = (*notes, *_about_nobody(engine, plan))
    return Prepared(plan, tuple(axes), weighting, own.rows, notes)


def _about_nobody(engine: Engine, plan: Plan) -> list[str]:
    """Customers of whom nothing is known, whom filling puts all into one place."""
    if plan.required:
        return []
    rows = engine.rows(sql.without_any(TABLE, plan.columns))[0]["rows"]
    if not rows:
        return []
    return [
        f"{counted(rows, 'customer', 'has')} a value in no feature; what stands for missing values "
        "puts all such into one segment. To leave them out, use --missing drop."
    ]


def _checked_weights(given: Mapping[str, float], features: Sequence[str]) -> dict[str, float]:
    for name, weight in given.items():
        if name not in features:
            near = difflib.get_close_matches(name, features, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise ColumnError(
                f"A weight is given to {name!r}, which is no feature.",
                f"{hint}Features are: {', '.join(features)}.",
                code="R25",
            )
        is_number = isinstance(weight, Real) and not isinstance(weight, bool)
        if not (is_number and LEAST_WEIGHT <= weight <= MOST_WEIGHT):
            raise InputError(
                f"The weight of {name!r} is {weight!r}.",
                f"Give a number from {LEAST_WEIGHT:g} to {MOST_WEIGHT:,g}; to leave a feature out, "
                "name the others in --features.",
                code="R46",
            )
    return {name: float(weight) for name, weight in given.items()}


def _present(
    engine: Engine, table: Source, columns: Overview, features: Sequence[str], *, drop: bool
) -> tuple[Overview, str]:
    """The features alone, among the customers who are used, and the table of those."""
    own = replace(table, columns=tuple(table.column(name) for name in features))
    if not (drop and any(columns.column(name).missing for name in features)):
        found = tuple(columns.column(name) for name in features)
        return Overview(columns.rows, columns.duplicate_rows, found), TABLE
    engine.add_view(_USED, sql.present_rows(TABLE, features))
    rows = engine.rows(sql.usable_rows(TABLE, features))[0]["rows"]
    if not rows:
        raise FeatureError(
            f"No customer has a value in all of: {', '.join(features)}.",
            "Choose fewer features with --features, or let missing values be filled.",
            code="R37",
        )
    return overview(replace(own, rows=rows), engine, table=_USED), _USED


def _is_floored(column: ColumnSummary, wishes: Preparing, money: Sequence[str]) -> bool:
    """Whether values below zero count as 0.

    Those that keep a strongly skewed feature from its logarithm do where they are very few, and
    those of the money of customers built from orders, who returned more than they had bought.
    """
    own = column.distribution
    if own is None or (column.minimum or 0.0) >= 0:
        return False
    if column.name in money:
        return True
    below = own.up_to([float(np.nextafter(0.0, -1.0))])[0]
    if below > FEW_BELOW * own.customers or wishes.log == "none" or wishes.scale == "none":
        return False
    lifted = own.drawn_in(0.0, sql.LARGEST)
    skew, (_, deviation, after) = lifted.measures()[2] or 0.0, lifted.log1p_measures()
    return skew > STRONG_SKEW and deviation > 0 and abs(after) < skew


def _treatment(
    column: ColumnSummary, wishes: Preparing, weight: float, *, floored: bool = False
) -> FeaturePlan:
    """What is done to a feature before it is measured."""
    own = column.distribution
    fill, clip = None, (0.0, sql.LARGEST) if floored else None
    if own is not None and column.missing and wishes.missing == "fill":
        fill = _rounded(own.quantiles([0.5])[0])
    if own is not None and wishes.outliers == "winsorize":
        low, high = map(_rounded, own.quantiles(WINSORIZED))
        clip = (max(low, 0.0) if floored else low, high) if low < high else clip
    return FeaturePlan(column.name, 0.0, 1.0, fill=fill, clip=clip, weight=weight)


def _measured(column: ColumnSummary, treated: FeaturePlan) -> ColumnSummary:
    """The feature as it is once it was treated."""
    own = column.distribution
    if own is None or (treated.fill is None and treated.clip is None):
        return column
    if treated.clip is not None:
        own = own.drawn_in(*treated.clip)
    if treated.fill is not None:
        own = own.with_value(treated.fill, column.missing)
    mean, deviation, skew = own.measures()
    return replace(
        column,
        missing=0 if treated.fill is not None else column.missing,
        minimum=float(own.lows[0]),
        maximum=float(own.highs[-1]),
        mean=mean,
        median=own.quantiles([0.5])[0],
        standard_deviation=deviation,
        skew=skew,
        distribution=own,
    )


def _level_axes(category: CategoryPlan, rows: int) -> list[ColumnSummary]:
    """What runs from 0 to 1 along the coordinate of each level."""
    ends = np.array([0.0, 1.0])
    return [
        ColumnSummary(
            f"{category.name}: {level}", "number", rows, 0, 2,
            minimum=0.0, maximum=1.0, whole=True,
            distribution=Distribution(ends, ends, np.array([float(rows), 1.0])),
        )
        for level in level_names(category)
    ]  # fmt: skip


def _rounded(value: float) -> float:
    """To 12 significant digits, so that the last bit cannot show."""
    return float(f"{value:.12g}")

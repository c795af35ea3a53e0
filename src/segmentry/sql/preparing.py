"""From raw columns to values and coordinates, as the plan says; and what each customer weighs.

:mod:`segmentry.steps.features` does the same in NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from segmentry.plan import CategoryPlan, FeaturePlan, Plan
from segmentry.sql.expressions import (
    alias,
    all_present,
    col,
    count,
    double,
    exact_bits,
    exact_sum,
    minus,
    null_if_missing,
    plus,
    relation,
    select,
)

LEAST_WEIGHT = 1e-9
"""What a customer without a weight, or with one of 0, counts: the average is 1."""


@dataclass(frozen=True)
class Weighting:
    """How much each customer counts where centres are placed.

    Attributes
    ----------
    column : str
        Of weights.
    factor : float
        By which they are multiplied, so that they average 1.
    largest : float
        The largest after that.
    """

    column: str
    factor: float
    largest: float

    def bits(self, customers: int) -> int:
        """How many binary places fit when the weights of so many customers are summed."""
        return exact_bits(max(self.largest, LEAST_WEIGHT), customers)


def weight_of(weighting: Weighting) -> exp.Expr:
    """What a customer counts."""
    own = exp.Mul(this=col(weighting.column), expression=double(weighting.factor))
    enough = exp.GT(this=own, expression=double(LEAST_WEIGHT))
    return exp.Case().when(enough, own.copy()).else_(double(LEAST_WEIGHT))


def mass(weighting: Weighting | None, customers: int) -> exp.Expr:
    """What a group of customers counts together; their number where all count the same."""
    if weighting is None:
        return count()
    return exact_sum(weight_of(weighting), weighting.bits(customers))


def values(plan: Plan) -> list[exp.Expr]:
    """The value along each coordinate: filled and drawn in, in the column's own unit; 0 or 1."""
    numbers = [_filled_and_clipped(own) for own in plan.features]
    return [*numbers, *(level for own in plan.categories for level in _levels(own))]


def value_columns(plan: Plan) -> list[exp.Expr]:
    """The values under the names of their coordinates."""
    return [alias(own, name) for own, name in zip(values(plan), plan.names, strict=True)]


def prepared_values(table: str, plan: Plan) -> exp.Select:
    """The values of all customers, in the source's order; NULL where there is none."""
    return select(*value_columns(plan), of=table)


def coordinates(plan: Plan) -> list[exp.Expr]:
    """The coordinates: numbers transformed and scaled, then the levels of each category."""
    found = values(plan)
    numbers = [
        _scaled(_transformed(value, own), own)
        for value, own in zip(found, plan.features, strict=False)
    ]
    units = plan.units[len(numbers) :]
    levels = [
        exp.Div(this=value, expression=double(unit), typed=True, safe=False)
        for value, unit in zip(found[len(numbers) :], units, strict=True)
    ]
    return [*numbers, *levels]


def has_segment(plan: Plan) -> exp.Expr | None:
    """Whether a customer has every value that nothing stands for; None where all have."""
    return all_present(plan.required) if plan.required else None


def with_segment(query: exp.Select, plan: Plan) -> exp.Select:
    """A query of the customers without those who have no segment."""
    condition = has_segment(plan)
    return query if condition is None else query.where(condition)


def feature_counts(
    table: str, plan: Plan, ranges: Sequence[Sequence[tuple[float, float]]]
) -> exp.Select:
    """Rows; for each feature the values present; of numbers those within each of some ranges, of
    categories those who have none of the levels that the plan knows.
    """
    wanted: list[exp.Expr] = [alias(count(), "rows")]
    for i, own in enumerate(plan.features):
        wanted.append(alias(count(col(own.name)), f"present{i}"))
        for j, (low, high) in enumerate(ranges[i]):
            inside = exp.Between(this=col(own.name), low=double(low), high=double(high))
            within = count(null_if_missing(inside, exp.Literal.number(1)))
            wanted.append(alias(within, f"within{i}_{j}"))
    for i, category in enumerate(plan.categories, len(plan.features)):
        known = exp.In(
            this=col(category.name), expressions=[_literal(level) for level in category.levels]
        )
        unseen = count(null_if_missing(known.not_(), exp.Literal.number(1)))
        wanted += [alias(count(col(category.name)), f"present{i}"), alias(unseen, f"unseen{i}")]
    return select(*wanted, of=table)


def without_any(table: str, names: Sequence[str]) -> exp.Select:
    """How many customers have none of the columns."""
    missing = exp.and_(*(col(name).is_(exp.null()) for name in names))
    return exp.select(alias(count(), "rows")).from_(relation(table)).where(missing)


def _filled_and_clipped(own: FeaturePlan) -> exp.Expr:
    value: exp.Expr = col(own.name)
    if own.fill is not None:
        value = exp.Coalesce(this=value, expressions=[double(own.fill)])
    if own.clip is None:
        return value
    low, high = (double(end) for end in own.clip)
    return (
        exp.Case()
        .when(exp.LT(this=value.copy(), expression=low), low.copy())
        .when(exp.GT(this=value.copy(), expression=high), high.copy())
        .else_(value)
    )


def _transformed(value: exp.Expr, own: FeaturePlan) -> exp.Expr:
    if own.transform != "log1p":
        return value
    above = exp.GT(this=value.copy(), expression=double(-1.0))
    return null_if_missing(above, exp.Ln(this=plus(value, 1.0)))


def _scaled(value: exp.Expr, own: FeaturePlan) -> exp.Expr:
    if own.plain:
        return value
    shifted = minus(value, own.center)
    return exp.Div(this=shifted, expression=double(own.unit), typed=True, safe=False)


def _levels(own: CategoryPlan) -> list[exp.Expr]:
    """1 at the customer's own level and 0 at the others, a column a level."""
    known = [_literal(level) for level in own.levels]
    found = [_indicator(own, [level]) for level in known]
    return [*found, _indicator(own, known, within=False)] if own.other else found


def _indicator(own: CategoryPlan, levels: list[exp.Expr], *, within: bool = True) -> exp.Expr:
    """1 where the column's level is one of these, or is not; what is missing counts as the fill."""
    value: exp.Expr = col(own.name)
    if own.fill is not None:
        value = exp.Coalesce(this=value, expressions=[_literal(own.fill)])
    inside = exp.In(this=value.copy(), expressions=[level.copy() for level in levels])
    ones = (double(1.0), double(0.0)) if within else (double(0.0), double(1.0))
    return exp.Case().when(inside, ones[0]).when(value.is_(exp.null()).not_(), ones[1])


def _literal(level: str | float) -> exp.Expr:
    return exp.Literal.string(level) if isinstance(level, str) else double(level)

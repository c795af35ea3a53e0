"""The cells that stand for all customers: equal values, neighbours on a lattice, or a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from segmentry.plan import Plan
from segmentry.sql.expressions import (
    alias,
    col,
    count,
    double,
    exact_sum,
    minus,
    plus,
    select,
    square,
)
from segmentry.sql.labelling import with_steps, x_name
from segmentry.sql.preparing import (
    Weighting,
    coordinates,
    mass,
    values,
    weight_of,
    with_segment,
)

_CUSTOMERS = "_segmentry_customers"
_MASS = "_segmentry_mass"


def _value_name(i: int) -> str:
    """The name of a value along a coordinate, before it is transformed and scaled."""
    return f"_segmentry_v{i + 1}"


def _values_step(
    table: str, plan: Plan, *, keep: Sequence[str | None] = (), weighting: Weighting | None = None
) -> exp.Select:
    """The values of the customers who have a segment, with some columns, and with weights."""
    named = [alias(own, _value_name(i)) for i, own in enumerate(values(plan))]
    kept = [col(name) for name in keep if name]
    weight = [alias(weight_of(weighting), _MASS)] if weighting else []
    return with_segment(select(*named, *kept, *weight, of=table), plan)


def distinct_points(table: str, plan: Plan, *, limit: int) -> exp.Select:
    """How many different combinations of values there are, counted no further than ``limit``."""
    rows = _values_step(table, plan).distinct().limit(limit)
    return exp.select(alias(count(), "values")).from_(rows.subquery("different"))


def distinct_cells(
    table: str, plan: Plan, *, weighting: Weighting | None, customers: int
) -> exp.Select:
    """One row a combination of values: it, the customers that share it, what they count."""
    places = [col(_value_name(i)) for i in range(len(plan.axes))]
    query = select(
        *places, alias(count(), _CUSTOMERS), alias(_summed(weighting, customers), _MASS),
        of="values",
    )  # fmt: skip
    names = [weighting.column] if weighting else []
    steps = {"values": _values_step(table, plan, keep=names)}
    return with_steps(query.group_by(*(place.copy() for place in places)), steps)


def _summed(weighting: Weighting | None, customers: int) -> exp.Expr:
    return exp.cast(mass(weighting, customers), "double")


@dataclass(frozen=True)
class Lattice:
    """Bins of equal width along each coordinate; the outermost ones take in everything beyond.

    Attributes
    ----------
    starts, widths : sequence of float
        Where the first bin of each coordinate begins, and how wide its bins are.
    bins : int
        How many there are along each coordinate.
    """

    starts: Sequence[float]
    widths: Sequence[float]
    bins: int


def lattice_cells(
    table: str,
    plan: Plan,
    lattice: Lattice,
    *,
    bits: Sequence[tuple[int, int]],
    weighting: Weighting | None,
    customers: int,
) -> exp.Select:
    """One row an occupied cell of a lattice.

    The columns of the answer are the cell's middle along each coordinate, the customers, what they
    count, and for each coordinate the exact sum of the (weighted) distances from the middle and of
    their squares, for which ``bits`` says how many binary places fit.
    """
    axes = range(len(plan.axes))
    middles = [f"_segmentry_middle{i}" for i in axes]
    weight = [alias(weight_of(weighting), _MASS)] if weighting else []
    kept = [col(_MASS)] if weighting else []
    placed = [alias(own, x_name(i)) for i, own in enumerate(coordinates(plan))]
    steps = {
        "coordinates": with_segment(select(*placed, *weight, of=table), plan),
        "placed": select(
            *(col(x_name(i)) for i in axes),
            *(alias(_middle(lattice, i), middles[i]) for i in axes),
            *kept,
            of="coordinates",
        ),
    }
    sums: list[exp.Expr] = []
    for i in axes:
        gap = exp.paren(exp.Sub(this=col(x_name(i)), expression=col(middles[i])))
        for power, own in enumerate((gap, square(gap.copy()))):
            product = exp.Mul(this=own, expression=col(_MASS)) if weighting else own
            sums.append(alias(exact_sum(product, bits[i][power]), f"sum{i}_{power + 1}"))
    total = exact_sum(col(_MASS), weighting.bits(customers)) if weighting else count()
    places = [col(name) for name in middles]
    query = select(
        *places, alias(count(), _CUSTOMERS), alias(exp.cast(total, "double"), "_segmentry_total"),
        *sums, of="placed",
    )  # fmt: skip
    return with_steps(query.group_by(*(place.copy() for place in places)), steps)


def _middle(lattice: Lattice, i: int) -> exp.Expr:
    """The middle of the bin that a coordinate falls into."""
    start, width = lattice.starts[i], lattice.widths[i]
    along = exp.Div(
        this=minus(col(x_name(i)), start), expression=double(width), typed=True, safe=False
    )
    inside = exp.Greatest(
        this=double(0.0),
        expressions=[
            exp.Least(
                this=double(lattice.bins - 1.0),
                expressions=[exp.Floor(this=along)],
                ignore_nulls=True,
            )
        ],
        ignore_nulls=True,
    )
    return plus(exp.Mul(this=plus(inside, 0.5), expression=double(width)), start)


def sample_rows(
    table: str,
    plan: Plan,
    ranges: Sequence[tuple[float, float]],
    *,
    id: str | None,
    share: float,
    limit: int,
    weighting: Weighting | None = None,
) -> exp.Select:
    """The customers whose key has the smallest md5: the same on every engine.

    The key is the id's text; without an id it is made of the values, each as a place in its range
    from the smallest to the largest, which ``ranges`` holds. Only the ``share`` of all md5 values
    that come first is looked at, which spares the engine from sorting everyone.
    """
    names = [_value_name(i) for i in range(len(ranges))]
    parts: list[exp.Expr] = (
        [exp.cast(col(id), "text")]
        if id
        else [_quantised(name, *ends) for name, ends in zip(names, ranges, strict=True)]
    )
    words = parts[0]
    for part in parts[1:]:
        words = exp.DPipe(
            this=exp.DPipe(this=words, expression=exp.Literal.string("|")), expression=part
        )
    columns = [col(name) for name in (*names, *([_MASS] if weighting else []))]
    key = exp.MD5(this=words)
    query = (
        select(*columns, of="values")
        .order_by(key, *(column.copy() for column in columns))
        .limit(limit)
    )
    if share < 1:
        first = exp.Literal.string(f"{int(share * 16**8):08x}")
        query = query.where(exp.LT(this=key.copy(), expression=first))
    steps = {"values": _values_step(table, plan, keep=[id], weighting=weighting)}
    return with_steps(query, steps)


def _quantised(name: str, low: float, high: float) -> exp.Expr:
    """Where a value lies in its range, in 2 ** 40 steps."""
    if high <= low:
        return exp.Literal.string("0")
    along = exp.Div(
        this=minus(col(name), low), expression=double(high - low), typed=True, safe=False
    )
    steps = exp.Round(this=exp.Mul(this=along, expression=double(2.0**40)))
    return exp.cast(exp.cast(steps, "bigint"), "text")

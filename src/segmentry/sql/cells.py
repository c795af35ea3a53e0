"""The cells that stand for all customers: equal values, neighbours on a lattice, or a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segmentry.model import Plan
from segmentry.sql.expressions import (
    alias,
    all_present,
    col,
    count,
    double,
    exact_sum,
    minus,
    plus,
    select,
    square,
)
from segmentry.sql.labelling import coordinate, with_steps, x_name

_CUSTOMERS = "_segmentry_customers"


def distinct_cells(table: str, names: Sequence[str]) -> exp.Select:
    """One row a combination of feature values, with the customers that share it."""
    columns = [col(name) for name in names]
    return (
        select(*columns, alias(count(), _CUSTOMERS), of=table)
        .where(all_present(names))
        .group_by(*(column.copy() for column in columns))
    )


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
    table: str, plan: Plan, lattice: Lattice, *, bits: Sequence[tuple[int, int]]
) -> exp.Select:
    """One row an occupied cell of a lattice.

    The columns of the answer are the cell's middle along each coordinate, the customers, and for
    each coordinate the exact sum of the distances from the middle and of their squares, for which
    ``bits`` says how many binary places fit.
    """
    axes = range(len(plan.features))
    middles = [f"_segmentry_middle{i}" for i in axes]
    steps = {
        "coordinates": select(
            *(alias(coordinate(plan, i), x_name(i)) for i in axes), of=table
        ).where(all_present(plan.names)),
        "placed": select(
            *(col(x_name(i)) for i in axes),
            *(alias(_middle(lattice, i), middles[i]) for i in axes),
            of="coordinates",
        ),
    }
    sums: list[exp.Expr] = []
    for i in axes:
        gap = exp.paren(exp.Sub(this=col(x_name(i)), expression=col(middles[i])))
        sums += [
            alias(exact_sum(gap, bits[i][0]), f"sum{i}"),
            alias(exact_sum(square(gap.copy()), bits[i][1]), f"squares{i}"),
        ]
    places = [col(name) for name in middles]
    query = select(*places, alias(count(), _CUSTOMERS), *sums, of="placed")
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
    ranges: Mapping[str, tuple[float, float]],
    *,
    id: str | None,
    share: float,
    limit: int,
) -> exp.Select:
    """The customers whose key has the smallest md5: the same on every engine.

    The key is the id's text; without an id it is made of the features' values, each as a place in
    its range from the smallest to the largest, which ``ranges`` holds. Only the ``share`` of all
    md5 values that come first is looked at, which spares the engine from sorting everyone.
    """
    names = list(ranges)
    parts: list[exp.Expr] = (
        [exp.cast(col(id), "text")]
        if id
        else [_quantised(name, low, high) for name, (low, high) in ranges.items()]
    )
    words = parts[0]
    for part in parts[1:]:
        words = exp.DPipe(
            this=exp.DPipe(this=words, expression=exp.Literal.string("|")), expression=part
        )
    columns = [col(name) for name in names]
    key = exp.MD5(this=words)
    query = (
        select(*columns, of=table)
        .where(all_present(names))
        .order_by(key, *(column.copy() for column in columns))
        .limit(limit)
    )
    if share < 1:
        first = exp.Literal.string(f"{int(share * 16**8):08x}")
        query = query.where(exp.LT(this=key.copy(), expression=first))
    return query


def _quantised(name: str, low: float, high: float) -> exp.Expr:
    """Where a value lies in its range, in 2 ** 40 steps."""
    if high <= low:
        return exp.Literal.string("0")
    along = exp.Div(
        this=minus(col(name), low), expression=double(high - low), typed=True, safe=False
    )
    steps = exp.Round(this=exp.Mul(this=along, expression=double(2.0**40)))
    return exp.cast(exp.cast(steps, "bigint"), "text")

"""How often does each value occur? Values one by one, or in narrow bins; by segment too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

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
    whole,
)
from segmentry.sql.labelling import SEGMENT, Labels, labelled, with_steps

STEPS = 512
"""Bins for each factor of e away from the centre."""


@dataclass(frozen=True)
class Bins:
    """Narrow bins on both sides of a centre, the wider the farther from it.

    Bin ``b`` ≥ 0 holds the values whose distance ``d`` above the centre has
    ``floor(512 ln(1 + d / unit)) = b``; below the centre they are numbered -1, -2, … So each bin
    is about a fifth of a per cent of its distance from the centre wide, and none is narrower than
    ``unit / 512``.
    """

    center: float
    unit: float


def _code(name: str, bins: Bins | None) -> exp.Expr:
    """The value itself, or the number of its bin, as a double."""
    if bins is None:
        return col(name)
    return bin_number(col(name), double(bins.center), double(bins.unit))


def bin_number(value: exp.Expr, center: exp.Expr, unit: exp.Expr) -> exp.Expr:
    """The number of the bin that a value lies in, as a double; NULL of a missing one."""
    gap = exp.paren(exp.Sub(this=value.copy(), expression=center.copy()))
    within = exp.Div(this=exp.Abs(this=gap), expression=unit.copy(), typed=True, safe=False)
    step = exp.Mul(this=exp.Ln(this=plus(within, 1.0)), expression=double(float(STEPS)))
    place: exp.Expr = exp.Floor(this=step)
    below = exp.Sub(this=double(-1.0), expression=place.copy())
    is_below = exp.LT(this=value.copy(), expression=center.copy())
    missing = value.copy().is_(exp.null())
    return exp.Case().when(missing, exp.null()).when(is_below, below).else_(place)


def value_counts(table: str, name: str, bins: Bins | None = None) -> exp.Select:
    """How many customers have each value, or fall into each bin, of a column; without the missing.

    The columns of the answer are ``code`` and ``customers``.
    """
    codes = select(alias(_code(name, bins), "code"), of=table).where(
        col(name).is_(exp.null()).not_()
    )
    return (
        exp.select(col("code"), alias(count(), "customers"))
        .from_(codes.subquery("codes"))
        .group_by(col("code"))
    )


def segment_counts(
    labels: Labels, columns: Mapping[str, Bins | None], *, alike: bool = False
) -> exp.Select:
    """How many customers of each segment have each value (or bin) of each column, in one scan.

    The answer has the columns ``segment``, ``code0``, ``code1``, … in the order of ``columns``, and
    ``customers``; in each row at most one of the codes is not NULL. Customers without a segment may
    be counted together. ``alike`` says that all columns are of one type, which an engine may make
    use of.
    """
    steps = labelled(labels, keep=list(columns))
    return _counted(columns, col(SEGMENT), of="labelled", steps=steps, alike=alike)


def all_counts(table: str, columns: Mapping[str, Bins]) -> exp.Select:
    """The same of all customers, who are segment 1, in bins of each column."""
    return _counted(columns, whole(1), of=table, steps={}, alike=True)


def _counted(
    columns: Mapping[str, Bins | None],
    segment: exp.Expr,
    *,
    of: str,
    steps: Mapping[str, exp.Select],
    alike: bool,
) -> exp.Select:
    codes = [alias(_code(name, bins), f"code{i}") for i, (name, bins) in enumerate(columns.items())]
    names = [f"code{i}" for i in range(len(codes))]
    coded = select(alias(segment, "segment"), *codes, of=of)
    query = select(
        col("segment"), *(col(name) for name in names), alias(count(), "customers"), of="coded"
    )
    sets = [exp.Tuple(expressions=[col("segment"), col(name)]) for name in names]
    sets_of = query.group_by(exp.GroupingSets(expressions=sets))
    found = with_steps(sets_of, {**steps, "coded": coded})
    if alike:
        found.meta["counted"] = dict(columns)
    return found


def segment_moments(
    labels: Labels, shifts: Mapping[str, float], *, bits: Mapping[str, tuple[int, int]]
) -> exp.Select:
    """By segment the exact sum of each column, and of its squared distances from a shift."""
    wanted: list[exp.Expr] = [alias(col(SEGMENT), "segment")]
    for i, (name, shift) in enumerate(shifts.items()):
        linear, squared = bits[name]
        wanted += [
            alias(exact_sum(col(name), linear), f"sum{i}"),
            alias(exact_sum(square(minus(col(name), shift)), squared), f"squares{i}"),
        ]
    query = select(*wanted, of="labelled").group_by(col(SEGMENT))
    return with_steps(query, labelled(labels, keep=list(shifts)))


@dataclass(frozen=True)
class Axis:
    """Bins of equal width along one column, or along the logarithm ln(1 + x) of it."""

    column: str
    start: float
    width: float
    bins: int
    logged: bool


def density_counts(labels: Labels, axes: Sequence[Axis]) -> exp.Select:
    """How many customers of each segment fall into each rectangle of some axes' bins.

    The columns of the answer are ``segment``, ``bin0``, ``bin1``, … and ``customers``; whoever lies
    beyond the bins of an axis has a number below 0, or as large as there are bins.
    """
    names = [f"bin{i}" for i in range(len(axes))]
    steps = labelled(labels, keep=[axis.column for axis in axes])
    places = [alias(_place(axis), name) for axis, name in zip(axes, names, strict=True)]
    steps["placed"] = select(alias(col(SEGMENT), "segment"), *places, of="labelled")
    columns = [col("segment"), *(col(name) for name in names)]
    query = select(*columns, alias(count(), "customers"), of="placed")
    return with_steps(query.group_by(*(column.copy() for column in columns)), steps)


def _place(axis: Axis) -> exp.Expr:
    value: exp.Expr = col(axis.column)
    if axis.logged:  # what has a logarithm is never below 0, but where the plan counts it as 0
        below = exp.LT(this=value.copy(), expression=double(0.0))
        value = exp.Case().when(below, double(0.0)).else_(value)
        value = exp.Ln(this=plus(value, 1.0))
    along = exp.Div(
        this=minus(value, axis.start), expression=double(axis.width), typed=True, safe=False
    )
    inside = exp.Least(
        this=double(float(axis.bins)), expressions=[exp.Floor(this=along)], ignore_nulls=True
    )
    return exp.Greatest(this=double(-1.0), expressions=[inside], ignore_nulls=True)


def distinct_values(table: str, names: Sequence[str], *, limit: int) -> exp.Select:
    """How many different values (or rows of values) there are, counted no further than ``limit``.

    Rows in which a column is missing do not count.
    """
    rows = select(*(col(name) for name in names), of=table)
    rows = rows.where(*(col(name).is_(exp.null()).not_() for name in names))
    return exp.select(alias(count(), "values")).from_(
        rows.distinct().limit(limit).subquery("different")
    )

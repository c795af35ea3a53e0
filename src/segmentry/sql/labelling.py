"""From customers to segments: ``coordinates`` → ``distances`` → ``nearest`` → ``labelled``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segmentry.model import Plan
from segmentry.sql.expressions import (
    ROW,
    alias,
    col,
    count,
    double,
    exact_sum,
    minus,
    null_if_missing,
    quantiles,
    select,
    square,
    whole,
)

SEGMENT = "_segmentry_segment"
"""The segment number of a labelled customer; NULL where a feature is missing."""


@dataclass(frozen=True)
class Labels:
    """What a labelling query needs: the table, the plan and the centres in its coordinates."""

    table: str
    plan: Plan
    centers: Sequence[Sequence[float]]


def _coordinate(plan: Plan, i: int) -> exp.Expr:
    feature = plan.features[i]
    value: exp.Expr = col(feature.name)
    if plan.scaling == "none":
        return value
    shifted = minus(value, feature.center)
    return exp.Div(this=shifted, expression=double(feature.scale), typed=True, safe=False)


def _distance(center: Sequence[float]) -> exp.Expr:
    """Squared distance, from the first coordinate to the last."""
    squares = [square(minus(col(_x(i)), value)) for i, value in enumerate(center)]
    total = squares[0]
    for part in squares[1:]:
        total = exp.Add(this=total, expression=part)
    return total


def _x(i: int) -> str:
    return f"_segmentry_x{i + 1}"


def _d(label: int) -> str:
    return f"_segmentry_d{label + 1}"


def _least(values: Sequence[exp.Expr]) -> exp.Expr:
    if len(values) == 1:
        return values[0]
    return exp.Least(this=values[0], expressions=list(values[1:]), ignore_nulls=True)


def _labelled(labels: Labels, *, keep: Sequence[str]) -> dict[str, exp.Select]:
    """The steps from a customer to a segment number, by name, each reading the one before."""
    plan, centers = labels.plan, labels.centers
    kept = list(dict.fromkeys(keep))
    xs = [alias(_coordinate(plan, i), _x(i)) for i in range(len(plan.features))]
    ds = [alias(_distance(center), _d(label)) for label, center in enumerate(centers)]
    distances = [col(_d(label)) for label in range(len(centers))]
    segment = exp.Case().when(distances[0].is_(exp.null()), exp.null())
    for label, distance in enumerate(distances):
        is_nearest = exp.EQ(this=distance.copy(), expression=col("_segmentry_nearest"))
        segment = segment.when(is_nearest, whole(label + 1))

    def passed(*more: exp.Expr, of: str) -> exp.Select:
        return select(*(col(name) for name in kept), *more, of=of)

    own_x = [col(_x(i)) for i in range(len(xs))]
    return {
        "coordinates": passed(*xs, of=labels.table),
        "distances": passed(*own_x, *ds, of="coordinates"),
        "nearest": passed(
            *(x.copy() for x in own_x),
            *distances,
            alias(_least([d.copy() for d in distances]), "_segmentry_nearest"),
            of="distances",
        ),
        "labelled": passed(
            *(x.copy() for x in own_x),
            *(d.copy() for d in distances),
            col("_segmentry_nearest"),
            alias(segment, SEGMENT),
            of="nearest",
        ),
    }


def _with(query: exp.Select, steps: Mapping[str, exp.Select]) -> exp.Select:
    for name, step in steps.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=step)
    return query


def lloyd_pass(labels: Labels, *, bits: Sequence[int]) -> exp.Select:
    """One exact pass over all customers: by segment the count, coordinate sums and inertia.

    ``bits`` holds one number for each coordinate and a last one for the squared distance.
    """
    axes = range(len(labels.plan.features))
    sums = [alias(exact_sum(col(_x(i)), bits[i]), f"sum{i}") for i in axes]
    inertia = alias(exact_sum(col("_segmentry_nearest"), bits[-1]), "inertia")
    query = select(
        alias(col(SEGMENT), "segment"),
        alias(count(), "customers"),
        *sums,
        inertia,
        of="labelled",
    )
    return _of_segments(query.group_by(col(SEGMENT)), labels, keep=[])


def assignments(labels: Labels, names: Sequence[str], *, id_column: str | None) -> exp.Select:
    """A row a customer: id, segment, segment_name, distance, margin; in the source's order."""
    name = exp.Case()
    second: list[exp.Expr] = []
    for label, title in enumerate(names):
        own = exp.EQ(this=col(SEGMENT), expression=whole(label + 1))
        name = name.when(own, exp.Literal.string(title))
        if len(names) > 1:
            second.append(null_if_missing(own.copy().not_(), col(_d(label))))
    nearest = exp.Sqrt(this=col("_segmentry_nearest"))
    margin: exp.Expr = exp.cast(exp.null(), "double")
    if second:
        further = exp.Sqrt(this=_least(second))
        gap = exp.paren(exp.Sub(this=further, expression=nearest.copy()))
        margin = exp.Div(
            this=gap,
            expression=exp.Nullif(this=further.copy(), expression=double(0.0)),
            typed=True,
            safe=False,
        )
    identity = alias(col(ROW), "row_number")
    if id_column:
        taken = id_column in {"segment", "segment_name", "distance", "margin"}
        identity = alias(col(id_column), f"{id_column} (data)" if taken else id_column)
    query = select(
        identity,
        alias(exp.cast(col(SEGMENT), "bigint"), "segment"),
        alias(name, "segment_name"),
        alias(nearest, "distance"),
        alias(margin, "margin"),
        of="labelled",
    )
    keep = [ROW, *([id_column] if id_column else [])]
    return _with(query, _labelled(labels, keep=keep))


# ---------------------------------------------------------------- describing segments


def _of_segments(query: exp.Select, labels: Labels, *, keep: Sequence[str]) -> exp.Select:
    query = query.where(col(SEGMENT).is_(exp.null()).not_())
    return _with(query, _labelled(labels, keep=keep))


def segment_numbers(
    labels: Labels,
    *,
    shifts: Mapping[str, float],
    bits: Mapping[str, tuple[int, int]],
) -> exp.Select:
    """By segment: customers and, for each column, present, sum, squares about shift, median."""
    wanted: list[exp.Expr] = [
        alias(col(SEGMENT), "segment"),
        alias(count(), "customers"),
    ]
    for i, (name, shift) in enumerate(shifts.items()):
        cell = col(name)
        linear, squared = bits[name]
        wanted += [
            alias(count(cell), f"present{i}"),
            alias(exact_sum(cell.copy(), linear), f"sum{i}"),
            alias(exact_sum(square(minus(cell.copy(), shift)), squared), f"squares{i}"),
            alias(quantiles(cell.copy(), [0.5]), f"median{i}"),
        ]
    query = select(*wanted, of="labelled").group_by(col(SEGMENT))
    return _of_segments(query, labels, keep=list(shifts))


def level_counts(labels: Labels, name: str) -> exp.Select:
    """By segment and level of a column of text: customers."""
    query = select(
        alias(col(SEGMENT), "segment"),
        alias(col(name), "level"),
        alias(count(), "customers"),
        of="labelled",
    ).group_by(col(SEGMENT), col(name))
    return _of_segments(query, labels, keep=[name])


def bin_counts(labels: Labels, name: str, *, start: float, width: float, bins: int) -> exp.Select:
    """By segment and bin of a number: customers; bin i holds start + i·width up to the next."""
    place = exp.Floor(
        this=exp.Div(this=minus(col(name), start), expression=double(width), typed=True, safe=False)
    )
    last = exp.Least(
        this=exp.cast(place, "bigint"), expressions=[whole(bins - 1)], ignore_nulls=True
    )
    number = alias(last, "bin")
    query = select(
        alias(col(SEGMENT), "segment"), number, alias(count(), "customers"), of="labelled"
    )
    query = query.group_by(col(SEGMENT), last.copy())
    return _of_segments(query, labels, keep=[name])

"""From customers to segments: ``coordinates`` → ``distances`` → ``nearest`` → ``labelled``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segmentry.plan import Plan
from segmentry.sql.expressions import (
    ROW,
    alias,
    col,
    double,
    minus,
    select,
    square,
    whole,
)
from segmentry.sql.preparing import coordinates

_AT_ONCE = 16
"""Coordinates that are added up in one step: DuckDB looks for sums that stand twice in a time that
grows with the third power of their length, minutes for 200 coordinates and 20 segments."""
_SECOND = "_segmentry_second"
SEGMENT = "_segmentry_segment"
"""The segment number of a labelled customer; NULL where a feature is missing."""

ANSWERED = ("segment", "segment_name", "distance", "margin")
"""What is told of every customer."""
FLAGGED = ("second_segment", "in_between", "outlier")
"""What is told besides where flags are asked for."""


@dataclass(frozen=True)
class Labels:
    """What a labelling query needs: the table, the plan and the centres in its coordinates."""

    table: str
    plan: Plan
    centers: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Flags:
    """When a customer is flagged: a margin below the first, a distance beyond its segment's."""

    in_between: float
    far: Sequence[float | None]


def _distance(center: Sequence[float], label: int, *, start: int) -> exp.Expr:
    """Squared distance in the coordinates from a start on, added to that in those before."""
    parts: list[exp.Expr] = [] if start == 0 else [col(_d(label))]
    for i, value in enumerate(center[start : start + _AT_ONCE], start):
        parts.append(square(minus(col(x_name(i)), value)))
    total = parts[0]
    for part in parts[1:]:
        total = exp.Add(this=total, expression=part)
    return total


def _distances(
    centers: Sequence[Sequence[float]], *, keep: Sequence[exp.Expr]
) -> dict[str, exp.Select]:
    """The steps from coordinates to squared distances, added up from the first to the last."""
    starts, before, found = range(0, len(centers[0]), _AT_ONCE), "coordinates", {}
    for start in starts:
        name = "distances" if start == starts[-1] else f"distances_{start + _AT_ONCE}"
        own = [alias(_distance(one, i, start=start), _d(i)) for i, one in enumerate(centers)]
        found[name] = select(*(one.copy() for one in keep), *own, of=before)
        before = name
    return found


def x_name(i: int) -> str:
    """The name of a coordinate."""
    return f"_segmentry_x{i + 1}"


def _d(label: int) -> str:
    return f"_segmentry_d{label + 1}"


def least(values: Sequence[exp.Expr]) -> exp.Expr:
    """The smallest of the values that are not NULL."""
    if len(values) == 1:
        return values[0]
    return exp.Least(this=values[0], expressions=list(values[1:]), ignore_nulls=True)


def labelled(labels: Labels, *, keep: Sequence[str]) -> dict[str, exp.Select]:
    """The steps from a customer to a segment number, by name, each reading the one before.

    A customer without a value in a feature has no segment. Queries group by the segment and leave
    out the group without one; a filter on it would make the engine work out all distances twice.
    """
    plan, centers = labels.plan, labels.centers
    kept = list(dict.fromkeys(keep))
    xs = [alias(own, x_name(i)) for i, own in enumerate(coordinates(plan))]
    distances = [col(_d(label)) for label in range(len(centers))]
    segment = exp.Case().when(distances[0].is_(exp.null()), exp.null())
    for label, distance in enumerate(distances):
        is_nearest = exp.EQ(this=distance.copy(), expression=col("_segmentry_nearest"))
        segment = segment.when(is_nearest, whole(label + 1))

    def passed(*more: exp.Expr, of: str) -> exp.Select:
        return select(*(col(name) for name in kept), *more, of=of)

    own_x = [col(x_name(i)) for i in range(len(xs))]
    return {
        "coordinates": passed(*xs, of=labels.table),
        **_distances(centers, keep=[*map(col, kept), *own_x]),
        "nearest": passed(
            *(x.copy() for x in own_x),
            *distances,
            alias(least([d.copy() for d in distances]), "_segmentry_nearest"),
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


def with_steps(query: exp.Select, steps: Mapping[str, exp.Select]) -> exp.Select:
    """The query with the steps before it, as common table expressions."""
    found = query.copy()
    parts = [
        exp.CTE(this=step, alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
        for name, step in steps.items()
    ]
    found.set("with_", exp.With(expressions=[*found.ctes, *parts]))
    return found


def assignments(
    labels: Labels,
    names: Sequence[str],
    *,
    id_column: str | None,
    enumerated: bool = False,
    flags: Flags | None = None,
) -> exp.Select:
    """A row a customer: id, segment, segment_name, distance, margin; in the source's order.

    ``enumerated`` gives the names as members of a type, which DuckDB writes to Parquet as text in a
    third of the time. ``flags`` adds second_segment, in_between and outlier.
    """
    identity = alias(col(ROW), "row_number")
    if id_column:
        identity = alias(col(id_column), id_title(id_column, flags=flags is not None))
    kept = [id_column or ROW]
    found = [identity, *_answers(labels, names, enumerated=enumerated, flags=flags)]
    return with_steps(select(*found, of="ranked"), ranked(labels, keep=kept))


def id_title(id_column: str, *, flags: bool) -> str:
    """What the id is called in the answer, which must be none of ours in whatever case.

    >>> id_title("Segment", flags=False), id_title("outlier", flags=False)
    ('Segment (data)', 'outlier')
    """
    ours = {*ANSWERED, *(FLAGGED if flags else ())}
    return f"{id_column} (data)" if id_column.casefold() in ours else id_column


def ranked(labels: Labels, *, keep: Sequence[str]) -> dict[str, exp.Select]:
    """The steps to a segment number, and one more to the squared distance of the second nearest."""
    steps, k = labelled(labels, keep=keep), len(labels.centers)
    second = exp.Case()
    for label in range(k):
        others = [col(_d(other)) for other in range(k) if other != label]
        own = exp.EQ(this=col(SEGMENT), expression=whole(label + 1))
        second = second.when(own, least(others)) if others else second
    further = second if k > 1 else exp.cast(exp.null(), "double")
    passed = [col(name) for name in dict.fromkeys(keep)]
    distances = [col(_d(label)) for label in range(k)]
    steps["ranked"] = select(
        *passed, *distances, col("_segmentry_nearest"), col(SEGMENT), alias(further, _SECOND),
        of="labelled",
    )  # fmt: skip
    return steps


def _answers(
    labels: Labels, names: Sequence[str], *, enumerated: bool, flags: Flags | None
) -> list[exp.Expr]:
    """What is told of a customer: segment, segment_name, distance, margin, and the flags."""
    name = exp.Case()
    for label, title in enumerate(names):
        own = exp.EQ(this=col(SEGMENT), expression=whole(label + 1))
        name = name.when(own, _member(title, names) if enumerated else exp.Literal.string(title))
    nearest, further = exp.Sqrt(this=col("_segmentry_nearest")), exp.Sqrt(this=col(_SECOND))
    gap = exp.paren(exp.Sub(this=further, expression=nearest.copy()))
    above = exp.Nullif(this=further.copy(), expression=double(0.0))
    margin = exp.Div(this=gap, expression=above, typed=True, safe=False)
    return [
        alias(exp.cast(col(SEGMENT), "bigint"), "segment"),
        alias(name, "segment_name"),
        alias(nearest, "distance"),
        alias(margin, "margin"),
        *(_flagged(flags, len(labels.centers), nearest, margin) if flags else ()),
    ]


def _flagged(flags: Flags, k: int, nearest: exp.Expr, margin: exp.Expr) -> list[exp.Expr]:
    """The second nearest segment, whether it is nearly as near, and whether the own one is far."""
    second, outlier = exp.Case(), exp.Case()
    for label in range(k):
        other = exp.NEQ(this=col(SEGMENT), expression=whole(label + 1))
        is_second = exp.EQ(this=col(_d(label)), expression=col(_SECOND))
        second = second.when(exp.and_(other, is_second), whole(label + 1))
    for label, far in enumerate(flags.far):
        if far is not None:
            own = exp.EQ(this=col(SEGMENT), expression=whole(label + 1))
            outlier = outlier.when(own, exp.GT(this=nearest.copy(), expression=double(far)))
    in_between = exp.LT(this=exp.paren(margin.copy()), expression=double(flags.in_between))
    found = (
        exp.cast(second if k > 1 else exp.null(), "bigint"),
        in_between,
        exp.cast(outlier if outlier.args.get("ifs") else exp.null(), "boolean"),
    )
    return [alias(own, name) for own, name in zip(found, FLAGGED, strict=True)]


def _member(title: str, names: Sequence[str]) -> exp.Expr:
    members = [exp.Literal.string(name) for name in dict.fromkeys(names)]
    kind = exp.DataType(this=exp.DType.ENUM, expressions=members)
    return exp.Cast(this=exp.Literal.string(title), to=kind)

"""Passes of K-Means over all customers: one aggregate query each."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from segmentry.sql.expressions import (
    added,
    alias,
    col,
    count,
    double,
    exact_sum,
    minus,
    plus,
    select,
    whole,
)
from segmentry.sql.labelling import (
    SEGMENT,
    Labels,
    coordinate,
    labelled,
    least,
    with_steps,
)

_GAIN = "_segmentry_gain"


def inertia_pass(labels: Labels, *, bits: int) -> exp.Select:
    """By segment: customers, and the sum of their squared distances to its centre.

    ``bits`` are those of the squared distance. The group without a segment is in the answer.
    """
    inertia = alias(exact_sum(col("_segmentry_nearest"), bits), "inertia")
    query = select(
        alias(col(SEGMENT), "segment"), alias(count(), "customers"), inertia, of="labelled"
    )
    return with_steps(query.group_by(col(SEGMENT)), labelled(labels, keep=[]))


def lloyd_pass(labels: Labels, *, bits: Sequence[int]) -> exp.Select:
    """By segment: customers, the sums of their offsets from centre 1, and their gain over it.

    Only differences of squared distances are needed to find the nearest centre, and those are
    linear: ``|x - c|² - |x - c₁|² = |c - c₁|² - 2 (x - c₁)·(c - c₁)``. The gain is the smallest of
    them, 0 for the first centre itself; inertia is the sum of all ``|x - c₁|²`` plus all gains.
    This takes a third less than distances do, and differs from them in the last bits: a customer
    that is exactly between two centres may go to either.

    ``bits`` holds one number for each offset and a last one for the gain. The group without
    a segment is in the answer.
    """
    offsets = _offsets(labels)
    sums = [alias(exact_sum(col(own), bits[i]), f"sum{i}") for i, own in enumerate(offsets)]
    gain = alias(exact_sum(col(_GAIN), bits[-1]), "gain")
    query = select(
        alias(col(SEGMENT), "segment"), alias(count(), "customers"), *sums, gain, of="nearest"
    )
    return with_steps(query.group_by(col(SEGMENT)), _by_difference(labels))


def _offsets(labels: Labels) -> list[str]:
    return [f"_segmentry_y{i + 1}" for i in range(len(labels.plan.features))]


def _by_difference(labels: Labels) -> dict[str, exp.Select]:
    """The steps from a customer to the nearest centre, by differences of squared distances."""
    plan, ys = labels.plan, _offsets(labels)
    first, *others = labels.centers
    offsets = [alias(minus(coordinate(plan, i), first[i]), y) for i, y in enumerate(ys)]
    differences = [f"_segmentry_d{label}" for label in range(2, len(labels.centers) + 1)]
    terms = [
        alias(_difference(center, first, ys), name)
        for center, name in zip(others, differences, strict=True)
    ]
    smallest = least([double(0.0), *(col(name) for name in differences)])
    known = col(differences[0]) if others else added([col(y) for y in ys])
    # A gain of 0 goes to centre 1, also where another centre is exactly as near.
    at_first = exp.EQ(this=col(_GAIN), expression=double(0.0))
    segment = exp.Case().when(known.is_(exp.null()), exp.null()).when(at_first, whole(1))
    for label, name in enumerate(differences, 2):
        segment = segment.when(exp.EQ(this=col(name), expression=col(_GAIN)), whole(label))
    own = [col(y) for y in ys]
    return {
        "offsets": select(*offsets, of=labels.table),
        "differences": select(*own, *terms, of="offsets"),
        "gains": select(
            *(col(name) for name in (*ys, *differences)), alias(smallest, _GAIN), of="differences"
        ),
        "nearest": select(*own, col(_GAIN), alias(segment, SEGMENT), of="gains"),
    }


def _difference(
    center: Sequence[float], first: Sequence[float], offsets: Sequence[str]
) -> exp.Expr:
    """``|x - center|² - |x - first|²`` as a linear function of the offsets ``x - first``."""
    gaps = [mine - theirs for mine, theirs in zip(center, first, strict=True)]
    terms: list[exp.Expr] = [
        exp.Mul(this=col(name), expression=double(-2.0 * gap))
        for name, gap in zip(offsets, gaps, strict=True)
    ]
    return plus(added(terms), sum(gap * gap for gap in gaps))

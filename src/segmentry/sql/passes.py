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
from segmentry.sql.labelling import SEGMENT, Labels, labelled, least, with_steps
from segmentry.sql.preparing import Weighting, coordinates, weight_of

_GAIN = "_segmentry_gain"
_MASS = "_segmentry_mass"


def inertia_pass(labels: Labels, *, bits: int, weighting: Weighting | None = None) -> exp.Select:
    """By segment: customers, and the (weighted) sum of their squared distances to its centre.

    ``bits`` are those of the squared distance. The group without a segment is in the answer.
    """
    distance: exp.Expr = col("_segmentry_nearest")
    if weighting:
        distance = exp.Mul(this=distance, expression=weight_of(weighting))
    inertia = alias(exact_sum(distance, bits), "inertia")
    query = select(
        alias(col(SEGMENT), "segment"), alias(count(), "customers"), inertia, of="labelled"
    )
    keep = [weighting.column] if weighting else []
    return with_steps(query.group_by(col(SEGMENT)), labelled(labels, keep=keep))


def lloyd_pass(
    labels: Labels, *, bits: Sequence[int], weighting: Weighting | None = None, customers: int = 0
) -> exp.Select:
    """By segment: what customers count, the sums of their offsets from centre 1, and their gain.

    Only differences of squared distances are needed to find the nearest centre, and those are
    linear: ``|x - c|² - |x - c₁|² = |c - c₁|² - 2 (x - c₁)·(c - c₁)``. The gain is the smallest of
    them, 0 for the first centre itself; inertia is the sum of all ``|x - c₁|²`` plus all gains.
    This takes a third less than distances do, and differs from them in the last bits: a customer
    that is exactly between two centres may go to either.

    ``bits`` holds one number for each offset and a last one for the gain. The group without
    a segment is in the answer.
    """
    offsets = _offsets(labels)

    def summed(name: str, places: int) -> exp.Expr:
        own: exp.Expr = col(name)
        return exact_sum(exp.Mul(this=own, expression=col(_MASS)) if weighting else own, places)

    sums = [alias(summed(own, bits[i]), f"sum{i}") for i, own in enumerate(offsets)]
    gain = alias(summed(_GAIN, bits[-1]), "gain")
    total = exact_sum(col(_MASS), weighting.bits(customers)) if weighting else count()
    query = select(alias(col(SEGMENT), "segment"), alias(total, "mass"), *sums, gain, of="nearest")
    return with_steps(query.group_by(col(SEGMENT)), _by_difference(labels, weighting))


def _offsets(labels: Labels) -> list[str]:
    return [f"_segmentry_y{i + 1}" for i in range(len(labels.plan.axes))]


def _by_difference(labels: Labels, weighting: Weighting | None) -> dict[str, exp.Select]:
    """The steps from a customer to the nearest centre, by differences of squared distances."""
    plan, ys = labels.plan, _offsets(labels)
    first, *others = labels.centers
    offsets = [alias(minus(x, first[i]), ys[i]) for i, x in enumerate(coordinates(plan))]
    weight = [alias(weight_of(weighting), _MASS)] if weighting else []
    kept = [*ys, *([_MASS] if weighting else [])]
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
    own = [col(name) for name in kept]
    return {
        "offsets": select(*offsets, *weight, of=labels.table),
        "differences": select(*own, *terms, of="offsets"),
        "gains": select(
            *(col(name) for name in (*kept, *differences)), alias(smallest, _GAIN), of="differences"
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

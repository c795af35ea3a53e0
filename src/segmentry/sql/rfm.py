"""From the figures of customers to scores 1 to 5 and the ten classic RFM cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from segmentry.sql.expressions import (
    alias,
    col,
    count,
    double,
    exact_sum,
    null_if_missing,
    select,
    whole,
)
from segmentry.sql.labelling import SEGMENT, Labels, labelled, with_steps
from segmentry.sql.orders import SCORES, OrderColumns, figure_names, id_name, own_name, part

_BEST = 5
CELLS = (
    "Champions", "Loyal", "Potential Loyalists", "New", "Promising", "Need Attention",
    "About To Sleep", "At Risk", "Can't Lose Them", "Hibernating",
)  # fmt: skip
"""The ten cells, from those to keep to those that are nearly gone."""
CELL_TABLE: Mapping[int, Sequence[str]] = {
    5: ("New", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"),
    4: ("Promising", "Potential Loyalists", "Potential Loyalists", "Loyal", "Loyal"),
    3: ("About To Sleep", "About To Sleep", "Need Attention", "Loyal", "Loyal"),
    2: ("Hibernating", "Hibernating", "At Risk", "At Risk", "Can't Lose Them"),
    1: ("Hibernating", "Hibernating", "At Risk", "At Risk", "Can't Lose Them"),
}
"""By recency score, the cell for each mean of the frequency and money scores, 1 to 5."""

_Order = Sequence[tuple[str, bool]]
_RANKED: Mapping[str, _Order] = {
    "r_score": (("recency_days", True), ("orders", False), ("revenue", False)),
    "f_score": (("orders", False), ("recency_days", True), ("revenue", False)),
    "m_score": (("revenue", False), ("orders", False), ("recency_days", True)),
}
"""By what customers are ranked, worst first, and whether the largest value is the worst."""


def _count_where(condition: exp.Expr) -> exp.Expr:
    return count(null_if_missing(condition, whole(1)))


def _id_text() -> exp.Expr:
    return exp.Cast(this=part("id"), to=exp.DataType(this=exp.DType.TEXT))


def _scored(table: str, columns: OrderColumns) -> dict[str, exp.Select]:
    """The steps from figures to scores 1 to 5 and the cell."""
    passed = [col(name) for name in (own_name("id"), *figure_names(columns))]
    scores = [alias(_score(own), name) for name, own in _RANKED.items()]
    scored = [col(name) for name in SCORES]
    bought = exp.GT(this=col("orders"), expression=whole(0))
    return {
        "bought": select(*passed, of=table).where(bought),
        "scored": select(*passed, *scores, of="bought"),
        "celled": select(*passed, *scored, alias(_cell(), "rfm_cell"), of="scored"),
    }


def _score(ranked: _Order) -> exp.Expr:
    """The fifth that a customer's rank lies in; the id settles what all figures leave open."""
    keys = [exp.Ordered(this=col(name), desc=worst, nulls_first=False) for name, worst in ranked]
    keys.append(exp.Ordered(this=_id_text(), desc=False, nulls_first=False))
    rank = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=keys))
    fifths = exp.Mul(this=whole(_BEST), expression=exp.paren(rank))
    upward = exp.Sub(
        this=exp.paren(exp.Add(this=fifths, expression=exp.Window(this=count()))),
        expression=whole(1),
    )
    score = exp.IntDiv(this=exp.paren(upward), expression=exp.Window(this=count()))
    return exp.cast(score, "bigint")


def _cell() -> exp.Expr:
    """The cell of a recency score and the mean of the other two, half rounded up."""
    both = exp.Add(
        this=exp.Add(this=col("f_score"), expression=col("m_score")), expression=whole(1)
    )
    value = exp.IntDiv(this=exp.paren(both), expression=whole(2))
    cell = exp.Case()
    for recency, names in CELL_TABLE.items():
        for name in dict.fromkeys(names):
            levels = [i for i, own in enumerate(names, 1) if own == name]
            inside = exp.Between(this=value.copy(), low=whole(levels[0]), high=whole(levels[-1]))
            same = exp.EQ(this=col("r_score"), expression=whole(recency))
            cell = cell.when(exp.and_(same, inside), exp.Literal.string(name))
    return cell


def cell_counts(table: str, *, bits: int) -> exp.Select:
    """For each cell its customers, and its sums of whole figures and of revenue."""
    return select(
        col("rfm_cell"),
        alias(count(), "customers"),
        alias(exp.cast(exp.Sum(this=col("recency_days")), "double"), "recency_days"),
        alias(exp.cast(exp.Sum(this=col("orders")), "double"), "orders"),
        alias(exact_sum(col("revenue"), bits), "revenue"),
        of=table,
    ).group_by(col("rfm_cell"))


def cells_by_segment(labels: Labels) -> exp.Select:
    """How many customers of each cell are in each segment."""
    query = select(
        col("rfm_cell"),
        alias(exp.cast(col(SEGMENT), "bigint"), "segment"),
        alias(count(), "customers"),
        of="labelled",
    ).group_by(col("rfm_cell"), col(SEGMENT))
    return with_steps(query, labelled(labels, keep=["rfm_cell"]))


def buyer_counts(table: str) -> exp.Select:
    """From the figures: all customers, those who bought, those below zero, the largest revenue."""
    bought = exp.GT(this=col("orders"), expression=whole(0))
    below = exp.LT(this=col("revenue"), expression=double(0.0))
    return select(
        alias(count(), "all"),
        alias(_count_where(bought), "bought"),
        alias(_count_where(exp.and_(bought.copy(), below)), "below"),
        alias(exp.Max(this=exp.Abs(this=col("revenue"))), "largest"),
        of=table,
    )


def scored_customers(table: str, columns: OrderColumns, *, floored: bool = False) -> exp.Select:
    """From the figures: the customers who bought anything, with scores and cell, sorted by id.

    ``floored`` counts a revenue below zero as none.
    """
    names = [*figure_names(columns), *SCORES, "rfm_cell"]
    identity = alias(part("id"), id_name(columns))
    query = select(identity, *(_floored(name, floored) for name in names), of="celled")
    return with_steps(query.order_by(_id_text()), _scored(table, columns))


def _floored(name: str, floored: bool) -> exp.Expr:
    if name != "revenue" or not floored:
        return col(name)
    least = exp.Greatest(this=col(name), expressions=[double(0.0)], ignore_nulls=True)
    return alias(least, name)

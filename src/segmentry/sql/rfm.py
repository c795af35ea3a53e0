"""From the figures of customers to scores 1 to 5 and the ten classic RFM cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from segmentry.sql.expressions import (
    ROW,
    alias,
    col,
    count,
    double,
    exact_sum,
    null_if_missing,
    relation,
    select,
    whole,
)
from segmentry.sql.figures import MONEY, SCORES, figure_names, id_hash, id_name, own_name, part
from segmentry.sql.labelling import SEGMENT, Labels, labelled, with_steps
from segmentry.sql.orders import OrderColumns

_BEST = 5
_MANY_CUSTOMERS = 10**9
"""From so many on a short number may be too short."""
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
    "f_score": (("orders", False), ("revenue", False)),
    "m_score": (("revenue", False), ("orders", False), ("recency_days", True)),
}
"""By what customers are ranked, worst first, and whether the largest value is the worst.

Among equal frequencies recency does not count: where most have ordered once it would count twice,
so that the latest of them would all be Champions and nobody would be New.
"""


def _count_where(condition: exp.Expr) -> exp.Expr:
    return count(null_if_missing(condition, whole(1)))


def _scored(table: str, columns: OrderColumns, customers: int) -> dict[str, exp.Select]:
    """The steps from figures to scores 1 to 5 and the cell.

    Customers are ranked by short numbers alone, which sort twice as fast, and joined afterwards.
    """
    bought = exp.GT(this=col("orders"), expression=whole(0))
    width = "int" if customers < _MANY_CUSTOMERS else "bigint"
    short = {name: exp.cast(col(name), width) for name in (ROW, "recency_days", "orders")}
    keys = [alias(own, name) for name, own in short.items()]
    scores = [alias(_score(own, customers), name) for name, own in _RANKED.items()]
    passed = [col(name) for name in (ROW, own_name("id"), *SCORES)]
    passed += [exp.column(name, table=table, quoted=True) for name in figure_names(columns)]
    both = select(*passed, of=table).join(
        relation("scored"), on=exp.EQ(this=col(ROW), expression=part("customer"))
    )
    return {
        "ranked": select(*keys, col("revenue"), of=table).where(bought),
        "scored": select(alias(col(ROW), own_name("customer")), *scores, of="ranked"),
        "celled": both.select(alias(_cell(), "rfm_cell")),
    }


def _score(ranked: _Order, customers: int) -> exp.Expr:
    """The fifth that a customer's rank lies in; the id settles what all figures leave open."""
    keys = [exp.Ordered(this=col(name), desc=worst, nulls_first=False) for name, worst in ranked]
    keys.append(exp.Ordered(this=col(ROW), desc=False, nulls_first=False))
    rank = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=keys))
    fifths = exp.Mul(this=whole(_BEST), expression=exp.paren(rank))
    upward = exp.Add(this=fifths, expression=whole(customers - 1))
    return exp.cast(exp.IntDiv(this=exp.paren(upward), expression=whole(customers)), "bigint")


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
    """From the figures: all customers, those who bought, those below zero, the largest revenue.

    ``hashes`` is the number of different hashes of their ids: as many as customers, or two met.
    """
    bought = exp.GT(this=col("orders"), expression=whole(0))
    below = exp.LT(this=col("revenue"), expression=double(0.0))
    hashes = exp.Distinct(expressions=[id_hash()])
    return select(
        alias(count(), "all"),
        alias(count(hashes), "hashes"),
        alias(_count_where(bought), "bought"),
        alias(_count_where(exp.and_(bought.copy(), below)), "below"),
        alias(exp.Max(this=exp.Abs(this=col("revenue"))), "largest"),
        of=table,
    )


def commonest_orders(table: str) -> exp.Select:
    """From the figures: the number of orders that most customers have, and how many those are."""
    query = select(col("orders"), alias(count(), "customers"), of=table)
    query = query.where(exp.GT(this=col("orders"), expression=whole(0))).group_by(col("orders"))
    ordered = [exp.Ordered(this=col("customers"), desc=True), exp.Ordered(this=col("orders"))]
    return query.order_by(*ordered).limit(1)


def scored_customers(
    table: str, columns: OrderColumns, *, customers: int, floored: bool = False
) -> exp.Select:
    """From the figures, sorted by id: who bought anything, with scores and cell, sorted alike.

    ``customers`` is how many those are. ``floored`` counts money below zero as none.
    """
    names = [*figure_names(columns), *SCORES, "rfm_cell"]
    identity = alias(part("id"), id_name(columns))
    query = select(
        identity, *(_floored(name, floored and name in MONEY) for name in names), of="celled"
    )
    return with_steps(query.order_by(col(ROW)), _scored(table, columns, customers))


def _floored(name: str, floored: bool) -> exp.Expr:
    """A column, or the larger of it and 0; what is missing stays so."""
    if not floored:
        return col(name)
    below = exp.LT(this=col(name), expression=double(0.0))
    return alias(exp.Case().when(below, double(0.0)).else_(col(name)), name)

"""From order lines to customers: ``lines`` → ``buyers`` and what is ``counted`` → ``figures``.

Amounts are summed as whole numbers, so that neither the order of the lines nor the number of
threads can change a cent: each is multiplied by a power of two first, and the sums take as many
digits as they need.

Different orders and products of a customer are told apart in one scan, by grouping sets, and by
64-bit hashes, which take half the time of texts. Within one customer they do not meet by chance;
that no two customers share one is checked (:func:`buyer_counts`).
"""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from segmentry.sql.expressions import (
    alias,
    col,
    count,
    double,
    null_if_missing,
    relation,
    select,
    whole,
)
from segmentry.sql.labelling import with_steps
from segmentry.sql.orders import KnownLines, OrderColumns, amount_of, day, usable

FIGURES = (
    "recency_days", "orders", "revenue", "average_order_value", "tenure_days",
    "days_between_orders", "returns_share",
)  # fmt: skip
"""The figures of every customer; ``products`` follows where the lines name them."""
MONEY = ("revenue", "average_order_value")
"""The figures that returns can bring below zero."""
SCORES = ("r_score", "f_score", "m_score")
_COUNTED = {"order": "orders", "product": "products"}


def own_name(part: str) -> str:
    """What a part of a line is called on its way, whatever the columns are called."""
    return f"_segmentry_{part}"


def part(name: str) -> exp.Column:
    """A part of a line, as a column."""
    return col(own_name(name))


def id_text() -> exp.Expr:
    """The id as text, by which customers are sorted."""
    return exp.Cast(this=part("id"), to=exp.DataType(this=exp.DType.TEXT))


def id_hash() -> exp.Expr:
    """What stands for the id where a text would be slow."""
    return exp.Anonymous(this="hash", expressions=[part("id")])


def id_name(columns: OrderColumns) -> str:
    """What the id is called beside the figures."""
    taken = {*FIGURES, *SCORES, "products", "rfm_cell"}
    return f"{columns.id} (data)" if columns.id in taken else columns.id


def figure_names(columns: OrderColumns) -> tuple[str, ...]:
    """The figures that these columns allow."""
    return (*FIGURES, "products") if columns.product else FIGURES


def figures_of(
    table: str,
    columns: OrderColumns,
    known: KnownLines,
    *,
    as_of: dt.date,
    since: dt.date | None = None,
    hashed: bool = True,
) -> exp.Select:
    """A row a customer with its figures from ``since`` until ``as_of``, sorted by id.

    ``hashed`` counts orders and products by a hash of the id instead of the id itself.
    """
    counting = usable(columns, since=since, until=as_of)
    steps = {"lines": _lines(table, columns, known, counting), "buyers": _buyers(columns, known)}
    if columns.order or columns.product:
        who = id_hash() if hashed else part("id")
        steps["kinds"] = _kinds(columns, known, who)
        steps["counted"] = _counted(columns)
    steps["figures"] = _figures(columns, known, as_of, hashed=hashed)
    names = [own_name("id"), *figure_names(columns)]
    query = with_steps(select(*(col(name) for name in names), of="figures"), steps)
    # Kept nowhere between its readers: a fifth faster, and no memory for all lines.
    next(own for own in query.ctes if own.alias == "lines").set("materialized", False)
    return query.order_by(id_text())


def _lines(table: str, columns: OrderColumns, known: KnownLines, counting: exp.Expr) -> exp.Select:
    """The lines that count, each with its amount as a whole number."""
    scaled = exp.Mul(this=amount_of(columns), expression=double(2.0**known.bits))
    kept = [
        alias(col(columns.id), own_name("id")),
        alias(col(columns.date), own_name("date")),
        alias(exp.cast(scaled, "bigint"), own_name("amount")),
    ]
    more = {"order": columns.order, "product": columns.product}
    kept += [alias(col(name), own_name(own)) for own, name in more.items() if name]
    query = select(*kept, of=table)
    return query if known.complete else query.where(counting)


def _bought() -> exp.Expr:
    return exp.GTE(this=part("amount"), expression=whole(0))


def _sold(found: exp.Expr, known: KnownLines) -> exp.Expr:
    """An aggregate of the lines that are no returns."""
    if not known.returned:
        return found
    return exp.Filter(this=found, expression=exp.Where(this=_bought()))


def _buyers(columns: OrderColumns, known: KnownLines) -> exp.Select:
    """A row a customer: first and last purchase, sums, and the lines that are an order each."""
    returned: exp.Expr = whole(0)
    if known.returned:
        is_return = exp.LT(this=part("amount"), expression=whole(0))
        returned = exp.Sum(this=exp.Case().when(is_return, part("amount")).else_(whole(0)))
    alone: exp.Expr = whole(0)
    if not columns.order:
        alone = _sold(count(), known)
    elif not known.numbered:
        single = null_if_missing(part("order").is_(exp.null()), whole(1))
        alone = _sold(count(single), known)
    return select(
        part("id"),
        alias(alone, own_name("alone")),
        alias(_sold(exp.Min(this=part("date")), known), own_name("first")),
        alias(_sold(exp.Max(this=part("date")), known), own_name("last")),
        alias(exp.Sum(this=part("amount")), own_name("net")),
        alias(returned, own_name("returned")),
        of="lines",
    ).group_by(part("id"))


def _kinds(columns: OrderColumns, known: KnownLines, who: exp.Expr) -> exp.Select:
    """A row for each order of a customer, and one for each product."""
    names = [name for name in _COUNTED if getattr(columns, name)]
    hashes = [
        alias(
            null_if_missing(
                part(name).is_(exp.null()).not_(),
                exp.Anonymous(this="hash", expressions=[part(name)]),
            ),
            own_name(name),
        )
        for name in names
    ]
    lines = select(alias(who, own_name("who")), *hashes, of="lines")
    if known.returned:
        lines = lines.where(_bought())
    sets = [exp.Tuple(expressions=[part("who"), part(name)]) for name in names]
    query = exp.select(part("who"), *map(part, names)).from_(lines.subquery("sold"))
    grouped = exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)])
    query.set("group", grouped)
    return query


def _counted(columns: OrderColumns) -> exp.Select:
    """How many different orders and products each customer has; what is in another set is NULL."""
    counts = [
        alias(count(part(name)), own_name(plural))
        for name, plural in _COUNTED.items()
        if getattr(columns, name)
    ]
    return select(part("who"), *counts, of="kinds").group_by(part("who"))


def _figures(
    columns: OrderColumns, known: KnownLines, as_of: dt.date, *, hashed: bool
) -> exp.Select:
    """Days, counts and money of each customer."""
    back = double(2.0**-known.bits)
    net = exp.Mul(this=exp.cast(part("net"), "double"), expression=back)
    revenue = exp.func("round", net, whole(known.decimals))
    counted = columns.order or columns.product
    orders: exp.Expr = part("alone")
    if columns.order:
        orders = exp.paren(exp.Add(this=orders, expression=_or_none("orders")))
    of_orders = exp.Nullif(this=exp.cast(orders.copy(), "double"), expression=double(0.0))
    steps = {
        "recency_days": _days(part("last"), day(as_of)),
        "orders": exp.cast(orders, "bigint"),
        "revenue": revenue,
        "average_order_value": _divided(revenue.copy(), of_orders),
        "tenure_days": _days(part("first"), day(as_of)),
        "days_between_orders": _between(orders),
        "returns_share": _returns_share(),
    }
    if columns.product:
        steps["products"] = _or_none("products")
    wanted = [alias(own, name) for name, own in steps.items()]
    query = exp.select(part("id"), *wanted).from_(relation("buyers"))
    if not counted:
        return query
    same = exp.EQ(this=id_hash() if hashed else part("id"), expression=part("who"))
    return query.join(relation("counted"), on=same, join_type="left")


def _or_none(name: str) -> exp.Expr:
    """A count, 0 where there is nothing to count."""
    return exp.func("coalesce", part(name), whole(0))


def _days(start: exp.Expr, end: exp.Expr) -> exp.Expr:
    days = exp.DateDiff(this=end, expression=start, unit=exp.var("DAY"))
    return exp.cast(days, "bigint")


def _divided(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.Div(this=left, expression=right, typed=True, safe=False)


def _between(orders: exp.Expr) -> exp.Expr:
    """Mean days from one order to the next; NULL for a single order."""
    gaps = exp.paren(exp.Sub(this=orders.copy(), expression=whole(1)))
    days = exp.cast(_days(part("first"), part("last")), "double")
    several = exp.GT(this=orders.copy(), expression=whole(1))
    return null_if_missing(several, _divided(days, exp.cast(gaps, "double")))


def _returns_share() -> exp.Expr:
    """What was returned, as a share of what was bought, at most 1; 0 where nothing was."""
    returned = exp.cast(part("returned"), "double")
    bought = exp.cast(
        exp.paren(exp.Sub(this=part("net"), expression=part("returned"))),
        "double",
    )
    share = _divided(exp.Neg(this=returned), exp.Nullif(this=bought, expression=double(0.0)))
    none = exp.EQ(this=part("returned"), expression=whole(0))
    # What was bought before the first line may come back, so that more is returned than bought.
    more = exp.and_(
        exp.LT(this=part("net"), expression=whole(0)),
        exp.GT(this=exp.Sub(this=part("net"), expression=part("returned")), expression=whole(0)),
    )
    return exp.Case().when(none, double(0.0)).when(more, double(1.0)).else_(share)

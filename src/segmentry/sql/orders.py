"""From order lines to customers: ``lines`` → ``by_order`` → ``buyers`` → ``figures`` → scores.

Amounts are summed as whole numbers, so that neither the order of the lines nor the number of
threads can change a cent: each is multiplied by a power of two first, and the sums take as many
digits as they need.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from sqlglot import exp

from segmentry.sql.expressions import (
    alias,
    all_present,
    col,
    count,
    double,
    exact_bits,
    null_if_missing,
    relation,
    select,
    whole,
)
from segmentry.sql.labelling import with_steps

FIGURES = (
    "recency_days", "orders", "revenue", "average_order_value", "tenure_days",
    "days_between_orders", "returns_share",
)  # fmt: skip
"""The figures of every customer; ``products`` follows where the lines name them."""
SCORES = ("r_score", "f_score", "m_score")
_FIRST_DATE, _LAST_DATE = dt.date(1, 1, 1), dt.date(9999, 12, 31)


@dataclass(frozen=True)
class OrderColumns:
    """Which columns of order lines say who, when, how much, in which order, and what."""

    id: str
    date: str
    amount: str
    order: str | None = None
    product: str | None = None

    @property
    def needed(self) -> tuple[str, str, str]:
        """Without one of these a line says nothing."""
        return self.id, self.date, self.amount


@dataclass(frozen=True)
class Amounts:
    """What is known of the amounts before they are summed.

    ``largest`` is the largest magnitude; ``returned`` says whether any is negative.
    """

    largest: float
    returned: bool

    @property
    def bits(self) -> int:
        """Binary places of a single amount; the sum of many has room for more digits."""
        return exact_bits(self.largest, 1)

    @property
    def decimals(self) -> int:
        """Decimal places that a sum is rounded to, so that cents stay cents."""
        return max(0, min(12, 11 - math.ceil(math.log10(self.largest or 1.0))))


def own_name(part: str) -> str:
    """What a part of a line is called on its way, whatever the columns are called."""
    return f"_segmentry_{part}"


def part(name: str) -> exp.Column:
    """A part of a line, as a column."""
    return col(own_name(name))


def _day(value: dt.date) -> exp.Expr:
    return exp.cast(exp.Literal.string(value.isoformat()), "date")


def _is_day(name: str) -> exp.Expr:
    """Whether a date is one of a calendar, and no infinity."""
    return exp.Between(this=col(name), low=_day(_FIRST_DATE), high=_day(_LAST_DATE))


def _usable(columns: OrderColumns, *, until: dt.date | None = None) -> exp.Expr:
    condition = exp.and_(all_present(columns.needed), _is_day(columns.date))
    if until is None:
        return condition
    return exp.and_(condition, exp.LTE(this=col(columns.date), expression=_day(until)))


def line_counts(table: str, columns: OrderColumns, *, until: dt.date | None = None) -> exp.Select:
    """Count the lines, those that lack something and those after ``until``; find the extremes."""
    counted = {
        "no_id": col(columns.id).is_(exp.null()),
        "no_date": exp.func("coalesce", _is_day(columns.date), exp.false()).not_(),
        "no_amount": col(columns.amount).is_(exp.null()),
    }
    cell = col(columns.amount)
    used = _usable(columns, until=until)
    ends = {"smallest": exp.Min, "largest": exp.Max}
    if columns.order:
        counted["no_order"] = col(columns.order).is_(exp.null())
    return select(
        alias(count(), "rows"),
        *(alias(_count_if(own), name) for name, own in counted.items()),
        alias(_count_if(_usable(columns)), "usable"),
        alias(_count_if(used), "used"),
        *(alias(end(this=null_if_missing(used, cell.copy())), name) for name, end in ends.items()),
        alias(_count_if(exp.and_(used, _is_return(cell))), "returns"),
        alias(exp.Max(this=null_if_missing(used, col(columns.date))), "last"),
        of=table,
    )


def _count_if(condition: exp.Expr) -> exp.Expr:
    return count(null_if_missing(condition.copy(), whole(1)))


def _is_return(cell: exp.Expr) -> exp.Expr:
    return exp.LT(this=cell.copy(), expression=double(0.0))


# ---------------------------------------------------------------- one row a customer


def figures_of(
    table: str, columns: OrderColumns, amounts: Amounts, *, as_of: dt.date
) -> exp.Select:
    """A row a customer with its figures until ``as_of``, in no order."""
    steps = {"lines": _lines(table, columns, amounts, as_of)}
    if columns.order:
        steps["by_order"] = _by_order(amounts)
    steps["buyers"] = _buyers(columns, amounts)
    if columns.product:
        steps["products"] = _products()
    steps["figures"] = _figures(columns, amounts, as_of)
    names = [own_name("id"), *figure_names(columns)]
    query = with_steps(select(*(col(name) for name in names), of="figures"), steps)
    # Kept nowhere between its two readers: a fifth faster, and no memory for all lines.
    next(own for own in query.ctes if own.alias == "lines").set("materialized", False)
    return query


def id_name(columns: OrderColumns) -> str:
    """What the id is called beside the figures."""
    taken = {*FIGURES, *SCORES, "products", "rfm_cell"}
    return f"{columns.id} (data)" if columns.id in taken else columns.id


def figure_names(columns: OrderColumns) -> tuple[str, ...]:
    """The figures that these columns allow."""
    return (*FIGURES, "products") if columns.product else FIGURES


def _lines(table: str, columns: OrderColumns, amounts: Amounts, as_of: dt.date) -> exp.Select:
    """The lines that count, each with its amount as a whole number."""
    scaled = exp.Mul(this=col(columns.amount), expression=double(2.0**amounts.bits))
    kept = [
        alias(col(columns.id), own_name("id")),
        alias(col(columns.date), own_name("date")),
        alias(exp.cast(scaled, "bigint"), own_name("amount")),
    ]
    more = {"order": columns.order, "product": columns.product}
    kept += [alias(col(name), own_name(own)) for own, name in more.items() if name]
    return select(*kept, of=table).where(_usable(columns, until=as_of))


def _sold(value: exp.Expr, amounts: Amounts) -> exp.Expr:
    """The value where the line is no return."""
    if not amounts.returned:
        return value
    bought = exp.GTE(this=part("amount"), expression=whole(0))
    return null_if_missing(bought, value)


def _sums(amounts: Amounts) -> list[exp.Expr]:
    """First and last purchase, and the sums of all amounts and of the returned ones."""
    returned: exp.Expr = whole(0)
    if amounts.returned:
        is_return = exp.LT(this=part("amount"), expression=whole(0))
        returned = exp.Sum(this=exp.Case().when(is_return, part("amount")).else_(whole(0)))
    return [
        alias(exp.Min(this=_sold(part("date"), amounts)), own_name("first")),
        alias(exp.Max(this=_sold(part("date"), amounts)), own_name("last")),
        alias(exp.Sum(this=part("amount")), own_name("net")),
        alias(returned, own_name("returned")),
    ]


def _by_order(amounts: Amounts) -> exp.Select:
    """A row an order of a customer; lines without an order are one order each."""
    bought = count(_sold(whole(1), amounts)) if amounts.returned else count()
    once = exp.Least(this=bought.copy(), expressions=[whole(1)], ignore_nulls=True)
    orders = exp.Case().when(part("order").is_(exp.null()), bought).else_(once)
    return select(part("id"), alias(orders, "orders"), *_sums(amounts), of="lines").group_by(
        part("id"), part("order")
    )


def _buyers(columns: OrderColumns, amounts: Amounts) -> exp.Select:
    """A row a customer, from the orders, or from lines that are an order each."""
    if columns.order:
        again = [
            alias(exp.Sum(this=col("orders")), "orders"),
            alias(exp.Min(this=part("first")), own_name("first")),
            alias(exp.Max(this=part("last")), own_name("last")),
            alias(exp.Sum(this=part("net")), own_name("net")),
            alias(exp.Sum(this=part("returned")), own_name("returned")),
        ]
        return select(part("id"), *again, of="by_order").group_by(part("id"))
    orders = count(_sold(whole(1), amounts)) if amounts.returned else count()
    return select(part("id"), alias(orders, "orders"), *_sums(amounts), of="lines").group_by(
        part("id")
    )


def _products() -> exp.Select:
    """How many different products each customer bought."""
    bought = exp.GTE(this=part("amount"), expression=whole(0))
    pairs = select(part("id"), part("product"), of="lines").where(bought)
    pairs = pairs.group_by(part("id"), part("product"))
    query = exp.select(part("id"), alias(count(part("product")), "products"))
    return query.from_(pairs.subquery("pairs")).group_by(part("id"))


def _figures(columns: OrderColumns, amounts: Amounts, as_of: dt.date) -> exp.Select:
    """Days, counts and money of each customer."""
    back = double(2.0**-amounts.bits)
    net = exp.Mul(this=exp.cast(part("net"), "double"), expression=back)
    revenue = exp.func("round", net, whole(amounts.decimals))
    orders = exp.Nullif(this=exp.cast(col("orders"), "double"), expression=double(0.0))
    steps = {
        "recency_days": _days(own_name("last"), _day(as_of)),
        "orders": exp.cast(col("orders"), "bigint"),
        "revenue": revenue,
        "average_order_value": _divided(revenue.copy(), orders),
        "tenure_days": _days(own_name("first"), _day(as_of)),
        "days_between_orders": _between_orders(),
        "returns_share": _returns_share(),
    }
    wanted = [alias(own, name) for name, own in steps.items()]
    query = exp.select(exp.column(own_name("id"), table="buyers", quoted=True), *wanted)
    query = query.from_(relation("buyers"))
    if columns.product:
        products = exp.func("coalesce", col("products"), whole(0))
        query = query.select(alias(products, "products")).join(
            relation("products"), using=[exp.to_identifier(own_name("id"), quoted=True)],
            join_type="left",
        )  # fmt: skip
    return query


def _days(start: str, end: exp.Expr) -> exp.Expr:
    days = exp.DateDiff(this=end, expression=col(start), unit=exp.var("DAY"))
    return exp.cast(days, "bigint")


def _divided(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.Div(this=left, expression=right, typed=True, safe=False)


def _between_orders() -> exp.Expr:
    """Mean days from one order to the next; NULL for a single order."""
    gaps = exp.paren(exp.Sub(this=col("orders"), expression=whole(1)))
    days = exp.DateDiff(this=part("last"), expression=part("first"), unit=exp.var("DAY"))
    several = exp.GT(this=col("orders"), expression=whole(1))
    return null_if_missing(several, _divided(exp.cast(days, "double"), exp.cast(gaps, "double")))


def _returns_share() -> exp.Expr:
    """What was returned, as a share of what was bought; 0 where nothing was."""
    returned = exp.cast(part("returned"), "double")
    bought = exp.cast(
        exp.paren(exp.Sub(this=part("net"), expression=part("returned"))),
        "double",
    )
    share = _divided(exp.Neg(this=returned), exp.Nullif(this=bought, expression=double(0.0)))
    none = exp.EQ(this=part("returned"), expression=whole(0))
    return exp.Case().when(none, double(0.0)).else_(share)

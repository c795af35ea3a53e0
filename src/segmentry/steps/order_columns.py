"""Step 1a: which columns of order lines say who, when, how much, in which order, and what?

By their headers and types; whatever is taken is told, and nothing is guessed between two that fit
alike.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from segmentry.errors import ColumnError
from segmentry.sql import Column, OrderColumns
from segmentry.steps.headers import is_contact, words_of
from segmentry.steps.overview import Overview
from segmentry.steps.sources import Source

__all__ = ["about_orders", "describe_columns", "find_columns"]

_WHO = frozenset(
    """
    customer client member user account acct cust kunde kunden mitglied household subscriber
    visitor guest buyer shopper loyalty
    """.split()
)
_NUMBERS = frozenset("id key uuid guid number no num nr nummer code ref".split())
_IDS = frozenset("customerid kundennummer memberid".split())
_ORDERS = ("order", "invoice", "receipt", "basket", "bestell", "bestellung", "rechnung", "bill",
           "transaction", "txn", "trans", "sale")  # fmt: skip
_WHEN = frozenset("date time day datetime timestamp datum created placed".split())
_OTHER_DATES = frozenset(
    """
    ship shipped shipping delivery delivered due birth signup registered registration updated
    modified cancelled refunded expiry
    """.split()
)
_MONEY = frozenset(
    "amount amt revenue sales umsatz betrag turnover spend spent paid payment monetary".split()
)
_TOTALS = frozenset("total subtotal value gmv sum".split())
_NO_MONEY = frozenset(
    """
    tax vat discount shipping freight quantity qty menge count unit units rate pct percent points
    balance limit tip
    """.split()
)
_QUANTITY = frozenset("quantity qty units menge".split())
_GOODS = frozenset("product sku item article artikel stock stockcode isbn ean gtin asin".split())
_REPEATS = 0.9

_Rank = Callable[[Column, tuple[str, ...]], int | None]


@dataclass(frozen=True)
class _Part:
    """A part of an order line: its option, what it is in words, and how well a column fits."""

    option: str
    meaning: str
    rank: _Rank
    needed: bool = True


def _rank_id(column: Column, words: tuple[str, ...]) -> int | None:
    known, numbered = set(words) & (_WHO | _IDS), words[-1] in _NUMBERS | _IDS
    if column.type == "date" or is_contact(words):
        return None
    if known and numbered:
        return 0
    if set(words) <= _WHO:
        return 1
    return 2 if words == ("id",) else None


def _rank_date(column: Column, words: tuple[str, ...]) -> int | None:
    if column.type != "date":
        called = column.type == "text" and set(words) & _WHEN and not set(words) & _OTHER_DATES
        return 4 if called else None
    if set(words) & _OTHER_DATES:
        return 3
    if set(words) & {*_ORDERS, "purchase", "bought", "ordered"}:
        return 0
    return 1 if set(words) & _WHEN else 2


def _rank_amount(column: Column, words: tuple[str, ...]) -> int | None:
    if column.type != "number" or set(words) & _NO_MONEY or words[-1] in _NUMBERS:
        return None
    if set(words) & _MONEY:
        return 0
    if set(words) & _TOTALS:
        return 1
    return 2 if words[-1] in {"price", "preis"} else None


def _rank_order(column: Column, words: tuple[str, ...]) -> int | None:
    known = [i for i, word in enumerate(_ORDERS) if word in words]
    plain = words[-1] in _NUMBERS or set(words) <= set(_ORDERS)
    return known[0] if known and plain and column.type != "date" else None


def _rank_product(column: Column, words: tuple[str, ...]) -> int | None:
    if not set(words) & _GOODS or column.type == "date":
        return None
    if words[-1] in _NUMBERS or words[-1] in _GOODS - {"product", "item", "article", "artikel"}:
        return 0
    if set(words) <= _GOODS:
        return 1
    return 2 if words[-1] in {"name", "title"} else None


_PARTS: Mapping[str, _Part] = {
    "id": _Part("--id", "who bought", _rank_id),
    "date": _Part("--date", "when", _rank_date),
    "amount": _Part("--amount", "for how much", _rank_amount),
    "order": _Part("--order", "in which order", _rank_order, needed=False),
    "product": _Part("--product", "what", _rank_product, needed=False),
}


def find_columns(source: Source, chosen: Mapping[str, str | None]) -> OrderColumns:
    """Find the columns of order lines; those that the caller names are taken as given.

    Parameters
    ----------
    source : Source
        The order lines.
    chosen : mapping
        By part (``id``, ``date``, ``amount``, ``order``, ``product``) the column, or None.

    Raises
    ------
    ColumnError
        If a named column is not there, or for a part that is needed no column fits, or several
        fit equally well.
    """
    found: dict[str, str | None] = {}
    for part, name in chosen.items():
        if name is not None:
            source.column(name, option=_PARTS[part].option)
            if name in found.values():
                raise ColumnError(
                    f"{name!r} is named twice.", "Name a column in one option only.", code="R25"
                )
            found[part] = name
    taken = {name for name in found.values() if name is not None}
    for part, own in _PARTS.items():
        if part not in found:
            best = _best(source, own, taken)
            if own.needed and len(best) != 1:
                raise _undecided(source, own, best)
            found[part] = best[0] if best else None
            taken |= set(best[:1])
    return OrderColumns(**{part: found[part] for part in _PARTS})  # type: ignore[arg-type]


def _best(source: Source, part: _Part, taken: Collection[str]) -> list[str]:
    """The columns that fit a part best, in the source's order."""
    ranks: dict[str, int] = {}
    for column in source.columns:
        words = words_of(column.name)
        rank = part.rank(column, words) if words and column.name not in taken else None
        if rank is not None and not (rank == 2 and _is_unit_price(part, source)):
            ranks[column.name] = rank
    best = min(ranks.values(), default=0)
    return [name for name, rank in ranks.items() if rank == best]


def _is_unit_price(part: _Part, source: Source) -> bool:
    """Whether a price is one of several pieces, since there is a column that counts them."""
    return part.option == "--amount" and any(
        set(words_of(name)) & _QUANTITY for name in source.names
    )


def _undecided(source: Source, part: _Part, best: list[str]) -> ColumnError:
    if len(best) > 1:
        listed = " or ".join(repr(name) for name in best[:6])
        return ColumnError(
            f"{source.name}: more than one column may say {part.meaning}: {listed}.",
            f"Choose one, for example {part.option} {shlex.quote(best[0])}.",
            code="R29",
        )
    fix = f"Name it with {part.option} COL; the columns are: {', '.join(source.names[:20])}."
    if _is_unit_price(part, source):
        fix = f"Add a column of quantity times price. {fix}"
    return ColumnError(
        f"{source.name}: no column is recognised that says {part.meaning}.", fix, code="R29"
    )


def describe_columns(columns: OrderColumns) -> str:
    """Say which column was taken for what.

    >>> describe_columns(OrderColumns("customer", "day", "paid"))
    'customer says who bought, day when, paid for how much; each row is an order.'
    """
    parts = [f"{columns.id} says who bought", f"{columns.date} when"]
    parts.append(f"{columns.amount} for how much")
    if columns.order:
        parts.append(f"{columns.order} in which order")
    if columns.product:
        parts.append(f"{columns.product} what")
    return ", ".join(parts) + ("." if columns.order else "; each row is an order.")


def about_orders(source: Source, columns: Overview) -> list[str]:
    """Say that a table taken for customers holds order lines, and how to use it."""
    try:
        found = find_columns(source, dict.fromkeys(_PARTS))
    except ColumnError:
        return []
    own = columns.column(found.id)
    if own.distinct >= _REPEATS * own.present:
        return []
    command = "segmentry.segment(orders, rfm=True)"
    if source.path is not None:
        words = ["segmentry", "run", source.name, "--rfm"]
        words += ["--id", found.id, "--date", found.date, "--amount", found.amount]
        words += ["--order", found.order] if found.order else []
        command = shlex.join(words)
    return [
        f"These look like order lines, not customers: {found.id} repeats, beside {found.date} and "
        f"{found.amount}. Build a row a customer first:  {command}"
    ]

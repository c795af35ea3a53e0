"""Step 1a: which columns of order lines say who, when, how much, in which order, and what?

By their headers and types; whatever is taken is told, and nothing is guessed between two that fit
alike.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from segmentry.errors import ColumnError
from segmentry.sql import Column, OrderColumns
from segmentry.steps.headers import is_contact, words_of
from segmentry.steps.overview import Overview
from segmentry.steps.sources import Source

__all__ = ["about_orders", "amount_name", "amount_option", "describe_columns", "find_columns"]

_WHO = frozenset(
    """
    customer client member user account acct cust kunde kunden mitglied household subscriber
    visitor guest buyer shopper loyalty
    """.split()
)
_NO_WHO = frozenset("accepts status newsletter opt consent vendor staff".split())
_NUMBERS = frozenset("id key uuid guid number no num nr nummer code ref".split())
_IDS = frozenset("customerid kundennummer memberid".split())
_ORDERS = ("order", "invoice", "receipt", "basket", "bestell", "bestellung", "rechnung", "bill",
           "transaction", "txn", "trans", "sale")  # fmt: skip
_ORDER_NUMBERS = frozenset(
    """
    bestellnummer bestellnr rechnungsnummer rechnungsnr auftragsnummer auftragsnr belegnummer
    belegnr bonnummer bonnr orderid orderno invoiceno
    """.split()
)
_WHEN = frozenset("date time day datetime timestamp datum created placed".split())
_OTHER_DATES = frozenset(
    """
    ship shipped shipping delivery delivered due birth signup registered registration updated
    modified cancelled refunded expiry
    """.split()
)
_MONEY = frozenset(
    """
    amount amt revenue sales umsatz betrag gesamtbetrag gesamtpreis warenwert positionswert
    turnover spend spent paid payment monetary
    """.split()
)
_TOTALS = frozenset("total subtotal value gmv sum".split())
_NO_MONEY = frozenset(
    """
    tax vat discount shipping freight quantity qty menge count unit units rate pct percent points
    balance limit tip refunded refund outstanding
    """.split()
)
_QUANTITY = frozenset("quantity qty units menge anzahl pieces".split())
_PRICE = frozenset("price preis unitprice einzelpreis stückpreis".split())
_NO_PRICE = frozenset("compare cost list total vat tax discount shipping".split())
_GOODS = frozenset(
    """
    product sku item article artikel artikelnummer artikelnr stock stockcode isbn ean gtin asin
    lineitem
    """.split()
)
_PLAIN_GOODS = frozenset("product item article artikel lineitem".split())
_MAIL = frozenset("email mail".split())
_LINE_ITEM = "lineitem"
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
    if column.type == "text" and set(words) & _MAIL and not set(words) & _NO_WHO:
        return 2
    if column.type == "date" or is_contact(words):
        return None
    if known and numbered:
        return 0
    if set(words) <= _WHO:
        return 1
    return 3 if words == ("id",) else None


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
    return 2 if set(words) & _PRICE else None


def _rank_order(column: Column, words: tuple[str, ...]) -> int | None:
    if words[-1] in _ORDER_NUMBERS and column.type != "date":
        return 0
    known = [i for i, word in enumerate(_ORDERS) if word in words]
    plain = words[-1] in _NUMBERS or set(words) <= set(_ORDERS)
    return known[0] if known and plain and column.type != "date" else None


def _rank_product(column: Column, words: tuple[str, ...]) -> int | None:
    if not set(words) & _GOODS or column.type == "date":
        return None
    if words[-1] in _NUMBERS or words[-1] in _GOODS - _PLAIN_GOODS:
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
        By part (``id``, ``date``, ``amount``, ``order``, ``product``) the column, or None. An
        amount may be two columns, as ``"quantity*price"``.

    Raises
    ------
    ColumnError
        If a named column is not there, or for a part that is needed no column fits, or several
        fit equally well.
    """
    found = _named(source, chosen)
    taken = {name for name in found.values() if name is not None}
    for part, own in _PARTS.items():
        if part not in found:
            factors = _price_and_quantity(source, taken) if part == "amount" else {}
            best = _best(source, own, taken)
            if factors and (not best or _are_of_line_items(factors)):
                found |= factors
                continue
            if own.needed and len(best) != 1:
                raise _undecided(source, own, best, found)
            found[part] = best[0] if best else None
            taken |= set(best[:1])
    return OrderColumns(**found)  # type: ignore[arg-type]


def _named(source: Source, chosen: Mapping[str, str | None]) -> dict[str, str | None]:
    """The columns that the caller names; an amount may be ``quantity*price``."""
    found: dict[str, str | None] = {}
    for part, name in chosen.items():
        if name is None:
            continue
        names = {part: name}
        factors = [own.strip() for own in re.split("[*×]", name)]
        if part == "amount" and name not in source.names and len(factors) == 2:
            names = dict(zip(("quantity", "amount"), factors, strict=True))
        for own in names.values():
            source.column(own, option=_PARTS[part].option)
            if own in found.values() or list(names.values()).count(own) > 1:
                raise ColumnError(
                    f"{own!r} is named twice.", "Name a column in one option only.", code="R25"
                )
        found |= names
    return found


def _price_and_quantity(source: Source, taken: Collection[str]) -> dict[str, str]:
    """How many pieces, and the price of one: where one column each says so, else nothing."""
    fits = _factors(source, taken)
    if any(len(own) != 1 for own in fits.values()):
        return {}
    return {part: own[0] for part, own in fits.items()}


def _factors(source: Source, taken: Collection[str]) -> dict[str, list[str]]:
    fits: dict[str, list[str]] = {"quantity": [], "amount": []}
    for column in source.columns:
        words = set(words_of(column.name))
        if column.type != "number" or column.name in taken:
            continue
        if words & _QUANTITY:
            fits["quantity"].append(column.name)
        elif words & _PRICE and not words & _NO_PRICE:
            fits["amount"].append(column.name)
    return fits


def _are_of_line_items(factors: Mapping[str, str]) -> bool:
    """Whether both are said to be of line items: other amounts are then of whole orders."""
    return all(_LINE_ITEM in words_of(name) for name in factors.values())


def _best(source: Source, part: _Part, taken: Collection[str]) -> list[str]:
    """The columns that fit a part best, in the source's order."""
    ranks: dict[str, int] = {}
    items = any(_LINE_ITEM in words_of(name) for name in source.names)
    for column in source.columns:
        words = words_of(column.name)
        rank = part.rank(column, words) if words and column.name not in taken else None
        if items and part.option == "--order" and words == ("name",):
            rank = len(_ORDERS)  # an order's name, such as #1001, beside the names of its items
        if rank is not None and not (rank == 2 and _is_unit_price(part, source)):
            ranks[column.name] = rank
    best = min(ranks.values(), default=0)
    return [name for name, rank in ranks.items() if rank == best]


def _is_unit_price(part: _Part, source: Source) -> bool:
    """Whether a price is one of several pieces, since there is a column that counts them."""
    return part.option == "--amount" and any(
        set(words_of(name)) & _QUANTITY for name in source.names
    )


def _undecided(
    source: Source, part: _Part, best: Sequence[str], found: Mapping[str, str | None]
) -> ColumnError:
    if len(best) > 1:
        listed = " or ".join(repr(name) for name in best[:6])
        return ColumnError(
            f"{source.name}: more than one column may say {part.meaning}: {listed}.",
            f"Choose one, for example {part.option} {shlex.quote(best[0])}.",
            code="R29",
        )
    for other, name in found.items():
        if name is not None and part.rank(source.column(name), words_of(name)) is not None:
            return ColumnError(
                f"{source.name}: {name!r} was taken for {_PARTS[other].meaning}, and no other "
                f"column says {part.meaning}.",
                f"Give another column to {_PARTS[other].option}, or name one with {part.option}.",
                code="R29",
            )
    fix = f"Name it with {part.option} COL; the columns are: {', '.join(source.names[:20])}."
    factors = _factors(source, ()) if part.option == "--amount" else {}
    if factors and all(factors.values()):
        product = "*".join(own[0] for own in factors.values())
        fix = f"Multiply pieces by their price, for example {part.option} {shlex.quote(product)}."
    return ColumnError(
        f"{source.name}: no column is recognised that says {part.meaning}.", fix, code="R29"
    )


def amount_option(columns: OrderColumns) -> str:
    """What a line is worth, as ``--amount`` takes it.

    >>> amount_option(OrderColumns("customer", "day", "price", quantity="pieces"))
    'pieces*price'
    """
    return f"{columns.quantity}*{columns.amount}" if columns.quantity else columns.amount


def amount_name(columns: OrderColumns) -> str:
    """What a line is worth, in words.

    >>> amount_name(OrderColumns("customer", "day", "price", quantity="pieces"))
    'pieces × price'
    """
    return f"{columns.quantity} × {columns.amount}" if columns.quantity else columns.amount


def describe_columns(columns: OrderColumns) -> str:
    """Say which column was taken for what.

    >>> describe_columns(OrderColumns("customer", "day", "paid"))
    'customer says who bought, day when, paid for how much; each row is an order.'
    """
    parts = [f"{columns.id} says who bought", f"{columns.date} when"]
    parts.append(f"{amount_name(columns)} for how much")
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
        amount = amount_option(found)
        words += ["--id", found.id, "--date", found.date, "--amount", amount]
        words += ["--order", found.order] if found.order else []
        command = shlex.join(words)
    return [
        f"These look like order lines, not customers: {found.id} repeats, beside {found.date} and "
        f"{amount_name(found)}. Build a row a customer first:  {command}"
    ]

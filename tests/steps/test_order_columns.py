"""Columns of order lines are told by header and type, or asked for; never guessed between two."""

from __future__ import annotations

import pytest

import segmentry
from segmentry.errors import ColumnError
from segmentry.sql import Column, OrderColumns
from segmentry.steps.order_columns import describe_columns, find_columns
from segmentry.steps.sources import Source

NOBODY = dict.fromkeys(("id", "date", "amount", "order", "product"))


def source(**types) -> Source:
    columns = tuple(Column(name, kind, stored_as_text=True) for name, kind in types.items())
    return Source("orders.csv", "csv", None, columns, 10, 0, "")


def found(chosen=NOBODY, **types) -> OrderColumns:
    return find_columns(source(**types), {**NOBODY, **chosen})


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (
            {"InvoiceNo": "text", "StockCode": "text", "Description": "text", "Quantity": "number",
             "InvoiceDate": "date", "TotalPrice": "number", "CustomerID": "number"},
            ("CustomerID", "InvoiceDate", "TotalPrice", "InvoiceNo", "StockCode"),
        ),
        (
            {"order_id": "number", "customer": "text", "created_at": "date", "ship_date": "date",
             "total": "number", "tax": "number"},
            ("customer", "created_at", "total", "order_id", None),
        ),
        (
            {"user_id": "text", "Day": "date", "price": "number"},
            ("user_id", "Day", "price", None, None),
        ),
        (
            {"kundennummer": "text", "datum": "date", "umsatz": "number", "artikel": "text"},
            ("kundennummer", "datum", "umsatz", None, "artikel"),
        ),
        (
            {"Bestellnr": "text", "Bestelldatum": "date", "Kundennr": "number",
             "Artikelnummer": "text", "Gesamtpreis": "number"},
            ("Kundennr", "Bestelldatum", "Gesamtpreis", "Bestellnr", "Artikelnummer"),
        ),
    ],
)  # fmt: skip
def test_usual_headers_are_recognised(types, expected):
    assert found(**types) == OrderColumns(*expected)


def test_two_columns_that_fit_alike_are_asked_for_by_name():
    with pytest.raises(ColumnError) as refused:
        found(customer_id="text", order_date="date", sale_date="date", amount="number")
    assert refused.value.code == "R29"
    assert "'order_date' or 'sale_date'" in refused.value.what
    assert "--date order_date" in refused.value.fix


def test_quantity_times_unit_price_is_the_amount_where_no_column_is_and_it_is_told():
    lines = {"InvoiceNo": "text", "StockCode": "text", "Description": "text", "Quantity": "number",
             "InvoiceDate": "date", "UnitPrice": "number", "CustomerID": "number",
             "Country": "text"}  # fmt: skip
    columns = found(**lines)
    assert (columns.quantity, columns.amount) == ("Quantity", "UnitPrice")
    assert "Quantity × UnitPrice for how much" in describe_columns(columns)
    assert found({"amount": "Quantity * UnitPrice"}, **lines) == columns


def test_an_amount_of_the_line_goes_before_quantity_times_price():
    columns = found(user_id="text", day="date", qty="number", price="number", amount="number")
    assert (columns.quantity, columns.amount) == (None, "amount")


def test_two_prices_are_asked_about_with_a_product_to_paste():
    with pytest.raises(ColumnError) as refused:
        found(customer_id="text", date="date", qty="number", price="number", unit_price="number")
    assert "for how much" in refused.value.what
    assert "--amount 'qty*price'" in refused.value.fix


def test_a_factor_that_is_not_there_is_refused_by_its_name():
    with pytest.raises(ColumnError, match="'prise'"):
        found({"amount": "qty*prise"}, user_id="text", day="date", qty="number", price="number")


def test_line_items_of_a_shop_are_worth_more_than_totals_of_the_order():
    columns = found(
        **{"Name": "text", "Email": "text", "Subtotal": "number", "Total": "number",
           "Refunded Amount": "number", "Created at": "date", "Lineitem quantity": "number",
           "Lineitem name": "text", "Lineitem price": "number", "Lineitem sku": "text",
           "Id": "number"}
    )  # fmt: skip
    assert columns == OrderColumns(
        "Email", "Created at", "Lineitem price", "Name", "Lineitem sku", "Lineitem quantity"
    )


def test_a_column_is_named_in_one_option_only():
    with pytest.raises(ColumnError, match="named twice"):
        found({"id": "a", "amount": "a"}, a="number", day="date")


def test_what_was_taken_is_told():
    told = describe_columns(OrderColumns("c", "d", "a", "o", "p"))
    assert told == "c says who bought, d when, a for how much, o in which order, p what."


def test_an_id_that_is_the_only_date_is_said_to_be_that(command, write):
    write("orders.csv", "customer_id,order_date,amount\na,2026-01-01,10\nb,2026-01-03,5\n")
    ended = command("rfm", "orders.csv", "--id", "order_date")
    assert ended.code == 2
    assert "'order_date' was taken for who bought, and no other column says when" in ended.stderr


@pytest.mark.slow
def test_order_lines_are_explored_as_such(write):
    rows = "".join(f"c{i % 40},{i // 2},2026-01-{i % 28 + 1:02d},{i % 9 + 1}\n" for i in range(400))
    lines = write("orders.csv", "customer_id,order_id,order_date,amount\n" + rows)
    found = segmentry.explore(lines)
    assert any(own.startswith("These look like order lines") for own in found.warnings)
    assert not any("numbered instead" in own or "far out" in own for own in found.warnings)
    assert found.treatments == ()

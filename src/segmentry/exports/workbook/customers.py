"""The sheets of customers: a row each, ids as texts, split where Excel's rows end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segmentry.exports.answers import Customers, batches_of
from segmentry.exports.workbook import look
from segmentry.exports.workbook.look import Style
from segmentry.exports.workbook.sheet import Book, Sheet, label

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST_ROWS", "write_customers"]

MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its header."""
_ID: Style = {"num_format": "@"}
_SHAPES: Mapping[str, tuple[str, float, Style]] = {
    "segment": ("Segment", 11, {"num_format": "0", "align": "center"}),
    "segment_name": ("Name", 40, {}),
    "distance": ("Distance", 11, {"num_format": "#,##0.000"}),
    "margin": ("Margin", 9, {"num_format": "0.00"}),
    "second_segment": ("Second segment", 17, {"num_format": "0", "align": "center"}),
    "in_between": ("In between", 12, {}),
    "outlier": ("Outlier", 10, {}),
}
"""What each column of the customers' file is called in the workbook, its width and format."""
_WIDEST_NAME = 80.0
"""Letters of a name that are seen on paper, too."""


def write_customers(book: Book, summary: Mapping[str, Any], customers: Customers) -> None:
    """Add ``Customers``, ``Customers 2`` and so on."""
    names = {own["segment"]: label(own["name"], 255) for own in summary["segments"]}
    sheet: Sheet | None = None
    header: list[str] = []
    for header, row in _rows(customers, names):
        if sheet is None or sheet.row > MOST_ROWS:
            if sheet is not None:
                _close(sheet, header)
            sheet = _opened(book, header, names.values())
        for column, (value, style) in enumerate(row):
            if value is not None:
                sheet.put(column, value, style)
        sheet.row += 1
    if sheet is not None:
        _close(sheet, header)


_Row = list[tuple[Any, Style]]


def _rows(customers: Customers, names: Mapping[int, str]) -> Iterator[tuple[list[str], _Row]]:
    """Each customer, with the columns' names and each cell's format."""
    for batch in batches_of(customers):
        header = batch.schema.names
        styles = [_ID, *(_SHAPES.get(name, ("", 0, {}))[2] for name in header[1:])]
        for cells in zip(*_columns(batch, names), strict=True):
            yield header, list(zip(cells, styles, strict=True))


def _columns(batch: pa.RecordBatch, names: Mapping[int, str]) -> list[list[Any]]:
    """The columns of a batch; segments by the names that they have now."""
    columns: dict[str, list[Any]] = {
        name: batch.column(place).to_pylist() for place, name in enumerate(batch.schema.names)
    }
    identity = batch.schema.names[0]
    columns[identity] = [None if own is None else str(own) for own in columns[identity]]
    columns["segment_name"] = [
        names.get(number, name)
        for number, name in zip(columns["segment"], columns["segment_name"], strict=True)
    ]
    return list(columns.values())


def _opened(book: Book, header: Sequence[str], names: Iterable[str]) -> Sheet:
    count = sum(own.startswith("Customers") for own in book.file.sheetnames)
    usual = {name: float(own[1]) for name, own in _SHAPES.items()}
    longest = 1.1 * max(map(len, names), default=0) + 2
    usual["segment_name"] = min(max(usual["segment_name"], longest), _WIDEST_NAME)
    widths = [20.0, *(usual.get(name, 16.0) for name in header[1:])]
    sheet = book.sheet("Customers" if not count else f"Customers {count + 1}", widths)
    sheet.line([(title, look.HEAD) for title in _titles(header)])
    sheet.repeat(0)
    sheet.freeze(1)
    return sheet


def _titles(header: Sequence[str]) -> list[str]:
    """What the columns are called; no two alike, whatever their case."""
    titles = [_SHAPES[name][0] if name in _SHAPES else label(name) for name in header[1:]]
    identity = label(header[0]) or "Customer"
    while identity.casefold() in {own.casefold() for own in titles}:
        identity += " (id)"
    return [identity, *titles]


def _close(sheet: Sheet, header: Sequence[str]) -> None:
    """Make it a table that can be filtered; a stream of rows gets the filter alone."""
    last = sheet.row - 1, len(header) - 1
    if sheet.book.stream:
        sheet.page.autofilter(0, 0, *last)
        return
    head = sheet.book.format(look.HEAD)
    columns = [{"header": title, "header_format": head} for title in _titles(header)]
    sheet.page.add_table(0, 0, *last, {
        "columns": columns, "name": sheet.name.replace(" ", "_"), "style": "Table Style Light 1",
    })  # fmt: skip

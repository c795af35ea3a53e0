"""The sheet ``RFM cells``, where customers were built from orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segmentry.exports.workbook import look
from segmentry.exports.workbook.sheet import Book, Sheet, label
from segmentry.textual import visible

__all__ = ["write_orders"]

_FIGURES = {
    "share": ("Share", look.PERCENT),
    "revenue_share": ("Share of revenue", look.PERCENT),
    "recency_days": ("Days since the last order", None),
    "orders": ("Orders", None),
    "revenue": ("Revenue", None),
}
"""What is told of each cell, with its format; without one, by size."""
_ADVICE = {
    "priority": "Priority", "summary": "Who", "campaign": "Campaign", "pricing": "Pricing",
    "experience": "Customer experience",
}  # fmt: skip


def write_orders(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet ``RFM cells``; a run that did not begin with orders has none."""
    rfm = summary.get("rfm")
    if rfm is None:
        return
    segments = summary["segments"]
    texts = [30.0] * len(_ADVICE)
    sheet = book.sheet("RFM cells", [24, 11, 9, 10, 12, 10, 12, *texts])
    sheet.spread("The ten RFM cells, and what to do about each", look.TITLE)
    sheet.spread(
        f"{rfm['lines']:,} order lines became {rfm['customers']:,} customers as of "
        f"{visible(str(rfm['as_of']))}. Means of fewer than five customers are not told.",
        look.QUIET,
    )
    head = sheet.head(
        ["RFM cell"], ["Customers", *(title for title, _ in _FIGURES.values())], [*_ADVICE.values()]
    )
    sheet.repeat(head)
    sheet.freeze(1)
    for own in rfm["cells"]:
        figures = [
            look.DASH if own[name] is None else (own[name], style or look.decimals([own[name]]))
            for name, (_, style) in _FIGURES.items()
        ]
        advice = [(visible(own[name]), look.TEXT) for name in _ADVICE]
        cell = label(own["cell"]), {**look.TEXT, "bold": True}
        sheet.line([cell, (own["customers"], look.WHOLE), *figures, *advice])
    sheet.gap()
    _crosstab(sheet, rfm, segments)


def _crosstab(sheet: Sheet, rfm: Mapping[str, Any], segments: list[Mapping[str, Any]]) -> None:
    """Customers by cell and segment; the widths are those of the table above."""
    sheet.spread("Customers by RFM cell and segment (– where fewer than five)", look.SUBTITLE)
    names = [(str(own["segment"]), look.badge(own["color"])) for own in segments]
    sheet.line([("Segment", look.HEAD), *names])
    for row in rfm["crosstab"]:
        counts = [look.DASH if own is None else (own, look.WHOLE) for own in row["customers"]]
        sheet.line([(label(row["cell"]), look.TEXT), *counts])

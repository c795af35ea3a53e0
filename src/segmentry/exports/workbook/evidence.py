"""The sheet ``How many``: the evidence for each number of segments, as a table and as a chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segmentry.exports.words import trust_of
from segmentry.exports.workbook import look
from segmentry.exports.workbook.look import Style
from segmentry.exports.workbook.sheet import Book, Cell, Sheet
from segmentry.textual import visible

__all__ = ["write_evidence"]

_THREE: Style = {**look.PLAIN, "num_format": "0.000"}
_TWO: Style = {**look.PLAIN, "num_format": "0.00"}
_COLUMNS: Mapping[str, tuple[str, Style | None]] = {
    "inertia": ("Inertia", None),
    "inertia_drop": ("Saved by one more segment", look.PERCENT),
    "silhouette": ("Silhouette", _THREE),
    "noise_silhouette": ("Silhouette of noise", _THREE),
    "gain": ("Gain beyond noise", _TWO),
    "gap": ("Gap", _TWO),
    "davies_bouldin": ("Davies-Bouldin", _TWO),
    "calinski_harabasz": ("Calinski-Harabasz", None),
    "agreement": ("Agreement on new draws", _TWO),
    "hit_rate": ("Starts that hit it", look.PERCENT),
    "smallest_share": ("Smallest segment", look.PERCENT),
    "largest_share": ("Largest segment", look.PERCENT),
}
"""What the table shows of each k, its heading and format; without one, by size."""
_INK, _MUTED = "#0072B2", "#D55E00"


def write_evidence(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet ``How many``."""
    sheet = book.sheet("How many", [14, *[13] * len(_COLUMNS)])
    sheet.spread("How many segments?", look.TITLE)
    sheet.spread(visible(summary["verdict"]), look.WRAP)
    sheet.spread(visible(trust_of(summary)), look.QUIET)
    head = sheet.head(["Segments (k)"], [title for title, _ in _COLUMNS.values()])
    sheet.repeat(head)
    sheet.freeze(1)
    for own in summary["evidence"]:
        sheet.line(_row(own, summary))
    rows = head + 1, sheet.row - 1
    sheet.gap()
    _votes(sheet, summary)
    if rows[1] > rows[0]:
        _curves(sheet, rows)


def _row(own: Mapping[str, Any], summary: Mapping[str, Any]) -> list[Cell]:
    taken: Style = {"bold": True, "bg_color": "#EAF3FC"} if own["k"] == summary["k"] else {}
    cells: list[Cell] = [(own["k"], {**look.TEXT, "align": "left", **taken})]
    for name, (_, style) in _COLUMNS.items():
        value, made = own[name], style or look.decimals([one[name] for one in summary["evidence"]])
        cells.append((value, {**made, **taken}))
    return cells


def _votes(sheet: Sheet, summary: Mapping[str, Any]) -> None:
    """What each criterion alone would say."""
    if len(summary["evidence"]) < 2:
        return
    sheet.spread("What each criterion alone would say", look.SUBTITLE)
    votes = summary["votes"]
    sheet.head([""], [own["criterion"] for own in votes])
    right: Style = {**look.PLAIN, "align": "right"}
    cells: list[Cell] = [("Segments", look.TEXT)]
    for own in votes:
        bold: Style = {"bold": True, "font_color": _INK} if own["k"] == summary["k"] else {}
        cells.append((own["k"] if own["k"] is not None else "none", {**right, **bold}))
    sheet.line(cells)
    sheet.gap()


def _curves(sheet: Sheet, rows: tuple[int, int]) -> None:
    """Inertia and silhouette by k; where k is 1 there is no silhouette."""
    chart = sheet.book.file.add_chart({"type": "line"})
    at = 1 + list(_COLUMNS).index("silhouette")
    for name, column, color, second in (
        ("Inertia (left)", 1, _INK, False), ("Silhouette (right)", at, _MUTED, True),
    ):  # fmt: skip
        chart.add_series({
            "name": name,
            "categories": sheet.quoted((rows[0], 0), (rows[1], 0)),
            "values": sheet.quoted((rows[0], column), (rows[1], column)),
            "line": {"color": color, "width": 2.25},
            "marker": {"type": "circle", "size": 6, "fill": {"color": color},
                       "border": {"color": color}},
            "y2_axis": second,
        })  # fmt: skip
    chart.set_title({"name": "Inertia and silhouette by number of segments", "overlay": False,
                     "name_font": {"size": 12}})  # fmt: skip
    chart.set_x_axis({"name": "Segments (k)"})
    chart.set_y_axis({
        "name": "Inertia", "num_format": "#,##0", "min": 0,
        "major_gridlines": {"visible": True, "line": {"color": "#E3E8EE"}},
    })  # fmt: skip
    chart.set_y2_axis({"name": "Silhouette", "num_format": "0.0"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 820, "height": 340})
    sheet.page.insert_chart(sheet.row, 0, chart, {
        "description": "Lines: inertia and silhouette by number of segments.",
    })  # fmt: skip

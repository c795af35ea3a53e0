"""The first sheet: the verdict, one row a segment, and how large the segments are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segmentry.exports.words import facts_of, heading_of, play_of
from segmentry.exports.workbook import look
from segmentry.exports.workbook.look import Style
from segmentry.exports.workbook.sheet import Book, Cell, Sheet, label
from segmentry.textual import percent, short_number, visible

__all__ = ["write_segments"]

_MOST_NUMBERS, _MOST_CATEGORIES = 4, 3
"""More would print too small; the sheet of profiles has them all."""
_MOST_TYPICAL = 6
_ON_ONE_PAGE = 12
"""So many segments and their chart can be read on one page."""
_FROZEN = 150.0
"""How many points may stay in sight above the table; more would leave no room on a laptop."""
_LONG_NAME = 45
_TEXTS = ("Who they are", "What to do", "Campaign", "Pricing", "Customer experience")
_WIDTHS = (28, 16, 30, 30, 30)


def write_segments(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet ``Segments``."""
    figures = _figures(summary)
    categories = list(summary["categories"])[:_MOST_CATEGORIES]
    sheet = book.sheet(
        "Segments",
        [4, 23, 11, 8, *(own.width for own in figures), *([15] * len(categories)), *_WIDTHS],
        color=summary["segments"][0]["color"],
    )
    height = _top(sheet, summary)
    head = sheet.head(
        ["", "Segment"], ["Customers", "Share", *(own.title for own in figures)],
        [*(label(own, 60) for own in categories), *_TEXTS],
    )  # fmt: skip
    sheet.repeat(head)
    if height <= _FROZEN:
        sheet.freeze(2)
    else:
        sheet.page.freeze_panes(0, 2)
    for own in summary["segments"]:
        sheet.line(_row(own, summary, figures, categories))
    rows = head + 1, sheet.row - 1
    _everyone(sheet, summary, figures, categories)
    for column, shown in enumerate(figures, 4):
        if shown.part == "index":
            sheet.scale(rows, column, (50, 100, 150))
    sheet.gap()
    _sizes(sheet, summary, rows)
    if len(summary["segments"]) <= _ON_ONE_PAGE:
        # Programs ignore page breaks where a sheet is fitted, and would cut the chart in two.
        sheet.page.fit_to_pages(1, 1)


@dataclass(frozen=True)
class _Figure:
    """A column that shows the mean or the index of a number."""

    column: str
    part: str
    title: str
    width: int
    style: Style


def _figures(summary: Mapping[str, Any]) -> list[_Figure]:
    """Mean and index of the most telling numbers; no index where there is none."""
    found = []
    for name in _most_telling(summary):
        found.append(
            _Figure(name, "mean", label(name, 60), 11, look.decimals(_told(summary, name)))
        )
        if any(own is not None for own in _told(summary, name, "index")):
            found.append(_Figure(name, "index", "Index", 7, look.INDEX))
    return found


_TOTAL = {"bold": True, "top": 1, "top_color": "#9AA7B4"}


def _most_telling(summary: Mapping[str, Any]) -> list[str]:
    """The numbers in which the segments differ most, in column order."""
    known = list(summary["telling"])
    ranked = [own["feature"] for own in summary["importance"] if own["feature"] in known]
    return [own for own in known if own in ranked[:_MOST_NUMBERS]]


def _top(sheet: Sheet, summary: Mapping[str, Any]) -> float:
    """What to know before the table; returns how high it stands."""
    height = sheet.spread(visible(heading_of(summary)), look.TITLE)
    height += sheet.spread(visible(summary["verdict"]), look.WRAP)
    height += sheet.spread(facts_of(summary), look.QUIET)
    for warning in summary["warnings"]:
        height += sheet.spread(f"Before you act: {visible(warning)}", look.NOTE)
    sheet.gap()
    return height + 45


def _told(summary: Mapping[str, Any], column: str, part: str = "mean") -> list[float | None]:
    numbers = [_number(one["profile"], column) for one in summary["segments"]]
    return [own[part] for own in numbers if own]


def _number(profile: Mapping[str, Any], column: str) -> Mapping[str, Any] | None:
    return next((own for own in profile["numbers"] if own["column"] == column), None)


def _row(
    own: Mapping[str, Any],
    summary: Mapping[str, Any],
    figures: Sequence[_Figure],
    categories: Sequence[str],
) -> list[Cell]:
    actions = own["actions"]
    texts = (
        _who(own, summary), play_of(own), actions["campaign"], actions["pricing"],
        actions["customer_experience"],
    )  # fmt: skip
    return [
        (own["segment"], look.badge(own["color"])),
        (visible(own["name"]), {**look.TEXT, "bold": True}),
        (own["customers"], look.WHOLE),
        (own["share"], look.PERCENT),
        *_cells(own["profile"], figures, categories),
        *((visible(text), look.TEXT) for text in texts),
    ]


def _cells(
    profile: Mapping[str, Any], figures: Sequence[_Figure], categories: Sequence[str]
) -> list[Cell]:
    """Average and index of each number, the commonest level of each category."""
    cells: list[Cell] = []
    for shown in figures:
        value = (_number(profile, shown.column) or {}).get(shown.part)
        cells.append((value, shown.style) if value is not None else look.DASH)
    for column in categories:
        levels = profile["levels"].get(column)
        told = f"{label(levels[0]['level'], 40)} {percent(levels[0]['share'])}" if levels else ""
        cells.append((told, look.TEXT))
    return cells


def _who(own: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """What the playbook says of them, and a typical customer, put together from medians."""
    typical = [
        f"{label(name, 60)} {short_number(value) if isinstance(value, float) else label(value, 40)}"
        for name in summary["roles"]["profile"]
        if (value := own["typical"].get(name)) is not None
    ][:_MOST_TYPICAL]
    return str(own["summary"]) + (f"\nTypical: {', '.join(typical)}." if typical else "")


def _everyone(
    sheet: Sheet, summary: Mapping[str, Any], figures: Sequence[_Figure], categories: Sequence[str]
) -> None:
    told = _cells(summary["all"], figures, categories)
    total = sum(own["customers"] for own in summary["segments"])
    start = [("", look.PLAIN), ("All customers", look.TEXT)]
    cells = [*start, (total, look.WHOLE), (1.0, look.PERCENT), *told, *start[:1] * len(_TEXTS)]
    sheet.line([(value, {**style, **_TOTAL}) for value, style in cells])


def _sizes(sheet: Sheet, summary: Mapping[str, Any], rows: tuple[int, int]) -> None:
    """A chart of the sizes; each bar has its segment's colour."""
    segments = summary["segments"]
    short = all(len(own["name"]) <= _LONG_NAME for own in segments)
    column = 1 if short else 0
    chart = sheet.book.file.add_chart({"type": "bar"})
    chart.add_series({
        "name": "Customers",
        "categories": sheet.quoted((rows[0], column), (rows[1], column)),
        "values": sheet.quoted((rows[0], 2), (rows[1], 2)),
        "points": [{"fill": {"color": own["color"]}} for own in segments],
        "data_labels": {"value": True, "num_format": "#,##0"},
        "gap": 45,
    })  # fmt: skip
    chart.set_title({"name": "Customers by segment", "name_font": {"size": 12}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    chart.set_x_axis({"num_format": "#,##0", "major_gridlines": {"visible": False}, "min": 0,
                      "visible": False})  # fmt: skip
    chart.set_size({"width": 760, "height": 110 + 34 * len(segments)})
    sheet.page.insert_chart(sheet.row, 1, chart, {
        "description": "Bars: how many customers are in each segment.",
    })  # fmt: skip

"""The sheets about the data and about the run: what was read, and how to do it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from segmentry.exports.words import CAUTION
from segmentry.exports.workbook import look
from segmentry.exports.workbook.look import Style
from segmentry.exports.workbook.sheet import Book, Cell, Sheet, label
from segmentry.report.repeating import command_of, python_of
from segmentry.textual import tokens, visible

__all__ = ["write_about", "write_quality"]

_FIGURES = {"mean": "Mean", "median": "Median", "std": "Std. dev.", "skew": "Skew"}


def write_quality(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet ``Data quality``."""
    sheet = book.sheet("Data quality", [34, 13, 12, 56, 12, 18, 12, *[13] * len(_FIGURES)])
    source = summary["source"]
    sheet.spread("Data quality", look.TITLE)
    sheet.spread(f"{label(source['name'])} was read as {visible(source['read_as'])}.", look.QUIET)
    sheet.head(["Rows"], ["Count"], ["", "Why"])
    for what, count, why in _rows(summary):
        told = visible(why), look.TEXT
        sheet.line([(what, look.TEXT), (count, look.WHOLE), ("", look.PLAIN), told])
    sheet.gap()
    if source["notes"]:
        sheet.spread("What was changed, left out, or looks odd", look.SUBTITLE)
        for note in source["notes"]:
            sheet.spread(visible(note), look.WRAP)
        sheet.gap()
    _columns(sheet, summary)
    sheet.gap()
    sheet.spread("How the features were prepared", look.SUBTITLE)
    sheet.spread(visible(summary["plan"]["reason"]), look.WRAP)
    for own in summary["treatments"]:
        sheet.spread(f"{label(own['feature'])}: {visible(own['sentence'])}", look.WRAP)


def _rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """What became of the rows, as in the report."""
    rows, rejects = summary["rows"], summary["source"]["rejects"]
    yield "Read", rows["read"], "all records of the source"
    for own in rejects:
        yield "Rejected", own["rows"], own["reason"]
    if rows["rejected"] and not rejects:
        yield "Rejected", rows["rejected"], "a total of the others"
    for name, (what, why) in _LEFT_OUT.items():
        if rows[name]:
            yield what, rows[name], why
    yield "Used", rows["used"], ""
    if rows["duplicates"]:
        yield "of them repeated", rows["duplicates"], "they repeat another row exactly"


_LEFT_OUT = {
    "repeated": ("Repeated", "an id that an earlier row has already"),
    "without_id": ("Without id", "no id"),
    "incomplete": ("Incomplete", "no value for a feature: kept, with an empty segment"),
}


def _columns(sheet: Sheet, summary: Mapping[str, Any]) -> None:
    sheet.spread("Every column, what it is for, and what it holds", look.SUBTITLE)
    heads = ("Missing", "Missing as", "Distinct", *_FIGURES.values())
    sheet.line([
        *((own, look.HEAD) for own in ("Column", "Role", "Type", "Why")),
        *((own, look.HEAD if own == "Missing as" else look.RIGHT_HEAD) for own in heads),
    ])  # fmt: skip
    for own in summary["columns"]:
        texts: list[Cell] = [(label(own["column"]), look.TEXT)]
        texts += [(visible(own[name]), look.TEXT) for name in ("role", "type", "reason")]
        sheet.line([
            *texts, (own["missing"], look.WHOLE), (visible(tokens(own["missing_as"])), look.TEXT),
            (own["distinct"], look.WHOLE),
            *(look.DASH if own[name] is None else (own[name], look.decimals([own[name]]))
              for name in _FIGURES),
        ])  # fmt: skip


_MONO: Style = {**look.WRAP, "font_name": "Consolas", "font_size": 10, "bg_color": "#F4F7FA"}


def write_about(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet ``About``: the method in two sentences, and how to run it again."""
    sheet = book.sheet("About", [110])
    sheet.spread("About this workbook", look.TITLE)
    sheet.spread(
        f"Made by Segmentry {visible(summary['version'])} with K-Means. "
        f"{visible(summary['plan']['reason'])} {visible(summary['cells']['meaning'])}",
        look.WRAP,
    )
    sheet.spread(CAUTION, look.WRAP)
    for title, code in (("In a terminal", command_of(summary)), ("In Python", python_of(summary))):
        sheet.gap()
        sheet.spread(f"To run it again: {title[0].lower()}{title[1:]}", look.SUBTITLE)
        sheet.spread(visible(code), _MONO)

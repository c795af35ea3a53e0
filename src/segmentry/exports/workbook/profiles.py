"""The sheet of profiles: a row a column, a column a segment; and the sheet of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from segmentry.exports.workbook import look
from segmentry.exports.workbook.sheet import Book, Sheet, label
from segmentry.textual import percent, visible

__all__ = ["write_profiles", "write_rules"]

_Z = {**look.PLAIN, "num_format": "[>=0.05]+0.0;[<=-0.05]-0.0;0.0"}


def write_profiles(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet ``Profiles``."""
    segments = summary["segments"]
    sheet = book.sheet("Profiles", [34, 24, 13, *[17] * len(segments)])
    across = min(len(sheet.widths), 8)
    sheet.spread("How each segment differs from all customers", look.TITLE, across=across)
    sheet.spread(
        "An index of 100 is the average of all customers, 200 is double. Orange is above the "
        "average, blue below.",
        look.QUIET,
        across=across,
    )
    head = sheet.line([
        ("Column", look.HEAD), ("Level", look.HEAD), ("All", look.RIGHT_HEAD),
        *((f"{own['segment']} {label(own['name'], 60)}", look.badge(own["color"]))
          for own in segments),
    ])  # fmt: skip
    sheet.repeat(head)
    sheet.freeze(2)
    groups = [summary["all"], *(own["profile"] for own in segments)]
    for title, name in _BLOCKS.items():
        _numbers(sheet, groups, title, name)
    for title, name in (("Share of each level", "share"), ("Index of each level", "index")):
        _levels(sheet, groups, title, name)


_BLOCKS = {
    "Average": "mean",
    "Index (100 is the average of all)": "index",
    "Standard deviations from the average of all": "z",
    "Median": "median",
    "Standard deviation": "std",
}


def _numbers(sheet: Sheet, groups: Sequence[Mapping[str, Any]], title: str, name: str) -> None:
    """One figure of each column of numbers, by segment."""
    told = [{own["column"]: own[name] for own in one["numbers"]} for one in groups]
    values = {column: [own.get(column) for own in told] for column in told[0]}
    known = {column: own for column, own in values.items() if set(own) - {None}}
    if not known:
        return
    sheet.line([(title, look.SUBTITLE)], height=24)
    first = sheet.row
    for column, figures in known.items():
        style = {"index": look.INDEX, "z": _Z}.get(name) or look.decimals(figures)
        _line(sheet, column, "", figures, style)
    _scaled(sheet, first, name, len(groups))


def _levels(sheet: Sheet, groups: Sequence[Mapping[str, Any]], title: str, name: str) -> None:
    """Share or index of each level of each column of text, by segment."""
    if not any(own["levels"] for own in groups):
        return
    sheet.line([(title, look.SUBTITLE)], height=24)
    first, style = sheet.row, look.PERCENT if name == "share" else look.INDEX
    for column, level, of in _each_level(groups, name):
        _line(sheet, column, level, [of(own) for own in groups], style)
    _scaled(sheet, first, name, len(groups))


_Of = Callable[[Mapping[str, Any]], float | None]


def _each_level(groups: Sequence[Mapping[str, Any]], name: str) -> Iterator[tuple[str, str, _Of]]:
    """Every level that is told of any group, those of all customers first."""
    columns = dict.fromkeys(column for own in groups for column in own["levels"])
    for column in columns:
        known = [one for own in groups for one in own["levels"].get(column, ())]
        for level in dict.fromkeys(one["level"] for one in known):

            def of(own: Mapping[str, Any], column: str = column, level: str = level) -> Any:
                told = {one["level"]: one[name] for one in own["levels"].get(column, ())}
                return told.get(level)

            yield column, level, of


def _line(
    sheet: Sheet, column: str, level: str, values: Sequence[float | None], style: Mapping[str, Any]
) -> None:
    sheet.line([
        (label(column), look.TEXT), (label(level), look.TEXT),
        *(look.DASH if own is None else (own, style) for own in values),
    ])  # fmt: skip


_POINTS = {"index": (50.0, 100.0, 150.0), "z": (-1.5, 0.0, 1.5)}


def _scaled(sheet: Sheet, first: int, name: str, groups: int) -> None:
    """Colour what can be compared from column to column."""
    if name in _POINTS and sheet.row > first:
        for column in range(3, 2 + groups):
            sheet.scale((first, sheet.row - 1), column, _POINTS[name])


_NO_RULE = "No short rule tells these customers from the others."


def write_rules(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet ``Rules``: what defines each segment, and which features matter."""
    sheet = book.sheet("Rules", [5, 30, 80, 13, 13, 13])
    rules = summary["rules"]
    sheet.spread("What defines each segment", look.TITLE)
    if len(summary["segments"]) == 1:
        sheet.spread("All customers are in one segment, so no rule sets it apart.", look.WRAP)
        return
    sheet.spread(
        f"The rules put {percent(rules['fidelity'])} of the customers into their own segment. They "
        "retell the segments in words that anybody can check; the segments themselves are drawn by "
        "distance to their averages.",
        look.QUIET,
    )
    head = sheet.head(
        ["", "Segment", "Rule"],
        ["Share of the segment caught", "Of those caught, in the segment", "Customers caught"],
    )
    sheet.repeat(head)
    sheet.freeze(2)
    for own, segment in zip(rules["segments"], summary["segments"], strict=False):
        start = [
            (segment["segment"], look.badge(segment["color"])),
            (visible(segment["name"]), look.TEXT),
        ]
        if not own["rules"]:
            sheet.line([*start, (_NO_RULE, look.TEXT)])
        for rule in own["rules"]:
            sheet.line([
                *start, (visible(rule["rule"]), look.TEXT), (rule["coverage"], look.PERCENT),
                (rule["precision"], look.PERCENT), (rule["customers"], look.WHOLE),
            ])  # fmt: skip
    sheet.gap()
    _importance(sheet, summary)


def _importance(sheet: Sheet, summary: Mapping[str, Any]) -> None:
    sheet.spread("How much each feature sets the segments apart", look.SUBTITLE)
    sheet.head([""], ["Importance"], ["Feature"])
    for own in summary["importance"]:
        sheet.line(
            [
                ("", look.PLAIN),
                (own["between_share"], look.PERCENT),
                (label(own["feature"]), look.TEXT),
            ]
        )
    sheet.spread(
        "Importance is the share of a feature's variance that lies between the segments: 0 % sets "
        "nothing apart, 100 % everything.",
        look.QUIET,
    )

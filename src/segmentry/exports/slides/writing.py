"""Which slides there are: the verdict, all segments, each segment, and how far to trust them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from segmentry.errors import InputError
from segmentry.exports.slides.deck import MUTED, Deck, Slide
from segmentry.exports.words import CAUTION, facts_of, heading_of, play_of, trust_of
from segmentry.files import whole_file
from segmentry.textual import cut, listed, percent

__all__ = ["write_slides"]

_MOST_ON_ONE = 10
_MOST_BARS = 8
_MOST_WARNINGS = 4


def write_slides(summary: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a run as PowerPoint slides.

    Parameters
    ----------
    summary : dict
        What :func:`segmentry.report.summary.summarise` returns, or ``summary.json`` holds; names
        and advice may have been edited.
    path : str or PathLike
        The file.

    Raises
    ------
    InputError
        If the extra ``pptx`` is not installed.
    OutputError
        If the system refuses to write.
    """
    try:
        deck = Deck()
    except ModuleNotFoundError as error:
        raise InputError(
            f"Slides need a library that is not installed ({error.name}).",
            "Install it: pip install 'segmentry[pptx]'",
            code="R106",
        ) from None
    _opening(deck, summary)
    _overview(deck, summary)
    for own in summary["segments"]:
        _segment(deck, own, summary)
    _evidence(deck, summary)
    with whole_file(path) as draft:
        deck.save(draft)


def _opening(deck: Deck, summary: Mapping[str, Any]) -> None:
    slide = deck.slide(heading_of(summary), size=(40, 32, 26, 22), top=1.3, height=1.5)
    colors = [own["color"][1:] for own in summary["segments"]]
    width = 12.1 / len(colors)
    for place, color in enumerate(colors):
        slide.patch((0.6 + place * width, 0.75, width, 0.12), color)
    slide.text(summary["verdict"], (0.6, 2.9, 12.1, 1.5), sizes=(20, 18, 16, 14))
    slide.text(facts_of(summary), (0.6, 4.45, 12.1, 0.6), sizes=(14, 12, 10), color=MUTED)
    warnings = list(summary["warnings"])
    if warnings:
        shown = [f"• {cut(own, 220)}" for own in warnings[:_MOST_WARNINGS]]
        more = len(warnings) - len(shown)
        lines = ["Before you act on this", *shown, *([f"and {more} more"] if more else [])]
        slide.patch((0.6, 5.15, 0.07, 1.75), "E0A800")
        slide.text("\n".join(lines), (0.75, 5.15, 11.95, 1.75), sizes=(14, 12, 11, 10, 9))
        slide.note("\n".join(warnings))


def _overview(deck: Deck, summary: Mapping[str, Any]) -> None:
    """All segments: how large, and what to do about each; ten a slide."""
    segments = summary["segments"]
    for start in range(0, len(segments), _MOST_ON_ONE):
        own = segments[start : start + _MOST_ON_ONE]
        slide = deck.slide("The segments at a glance" + (" (continued)" if start else ""))
        _sizes(slide, own, largest=segments[0]["customers"])
        rows = [["", "Segment", "Customers", "Share", "What to do"]]
        rows += [
            [str(one["segment"]), one["name"], f"{one['customers']:,}", percent(one["share"]),
             play_of(one)]
            for one in own
        ]  # fmt: skip
        height = min(0.62, 5.5 / len(rows))
        slide.table(
            rows, (5.0, 1.5, 7.75, height * len(rows)), (0.4, 3.25, 1.15, 0.85, 2.1),
            right=(2, 3), colors=[one["color"][1:] for one in own], height=height,
        )  # fmt: skip


def _sizes(slide: Slide, segments: Sequence[Mapping[str, Any]], *, largest: int) -> None:
    from pptx.enum.chart import XL_LABEL_POSITION

    told = listed([f"{own['segment']}: {own['customers']:,}" for own in segments])
    chart = slide.chart(
        "BAR_CLUSTERED", [str(own["segment"]) for own in segments],
        {"Customers": [own["customers"] for own in segments]},
        (0.5, 1.4, 4.3, 0.9 + 0.5 * len(segments)), alt=f"Customers by segment. {told}.",
    )  # fmt: skip
    _bare(chart)
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 1.2 * largest
    chart.plots[0].gap_width = 45
    _labels(chart, "#,##0", XL_LABEL_POSITION.OUTSIDE_END)
    for place, own in enumerate(segments):
        _paint(chart.series[0].points[place].format.fill, own["color"])


def _bare(chart: Any) -> None:
    """No grid, no values beside an axis, first category on top."""
    chart.has_legend = False
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False
    chart.category_axis.reverse_order = True
    chart.category_axis.format.line.fill.background()


def _labels(chart: Any, number_format: str, position: Any) -> None:
    plot = chart.plots[0]
    plot.has_data_labels = True
    plot.data_labels.number_format = number_format
    plot.data_labels.number_format_is_linked = False
    plot.data_labels.position = position


def _paint(fill: Any, color: str) -> None:
    from pptx.dml.color import RGBColor

    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(color.removeprefix("#"))


# ---------------------------------------------------------------- one segment


def _segment(deck: Deck, own: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
    color = own["color"][1:]
    slide = deck.slide(own["name"], left=1.45)
    slide.patch((0.6, 0.5, 0.7, 0.7), color, str(own["segment"]), round=True)
    size = f"{own['customers']:,} customers, {percent(own['share'])}"
    slide.text(
        f"{size}  ·  {play_of(own)}", (1.45, 1.4, 11.2, 0.4), sizes=(16, 14, 12), color=MUTED
    )
    slide.text("Who they are", (0.6, 1.95, 5.2, 0.4), sizes=(14,), bold=True, color=color)
    slide.text(own["description"], (0.6, 2.3, 5.2, 2.6), sizes=(16, 15, 14, 13, 12, 11, 10, 9))
    _against_all(slide, own, summary)
    actions = own["actions"]
    texts = (
        ("Campaign", actions["campaign"]), ("Pricing", actions["pricing"]),
        ("Customer experience", actions["customer_experience"]),
    )  # fmt: skip
    for place, (title, text) in enumerate(texts):
        left = 0.6 + 4.1 * place
        slide.patch((left, 5.05, 3.85, 0.04), color)
        slide.text(title, (left, 5.12, 3.85, 0.38), sizes=(14,), bold=True)
        slide.text(text, (left, 5.5, 3.85, 1.6), sizes=(16, 15, 14, 13, 12, 11, 10, 9))


def _against_all(slide: Slide, own: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
    """Bars from the average of all customers: indexes, or standard deviations where one lacks."""
    numbers = _most_telling(own, summary)
    if not numbers:
        return
    by_index = all(one["index"] is not None for one in numbers)
    part, middle = ("index", 100.0) if by_index else ("z", 0.0)
    title = (
        "Index against all customers (100 is the average)"
        if by_index
        else "Standard deviations from the average of all customers"
    )
    values = [one[part] for one in numbers]
    labels = [cut(" ".join(one["column"].split()), 32) for one in numbers]
    slide.text(title, (6.2, 1.95, 6.5, 0.4), sizes=(14, 12), bold=True)
    number_format = "0" if by_index else "[>=0.05]+0.0;[<=-0.05]-0.0;0.0"
    told = listed(
        [
            f"{label} {value:.{0 if by_index else 1}f}"
            for label, value in zip(labels, values, strict=True)
        ]
    )
    chart = slide.chart(
        "BAR_CLUSTERED", labels, {title: values}, (6.1, 2.3, 6.7, 2.65),
        alt=f"{title}: {told}.", number_format="0.0",
    )  # fmt: skip
    reach = _reach(summary, [one["column"] for one in numbers], part, middle)
    _bars_from(chart, (middle - reach, middle, middle + reach), own["color"], number_format)


def _reach(summary: Mapping[str, Any], columns: Sequence[str], part: str, middle: float) -> float:
    """How far from the middle an axis goes: as far as any segment needs, alike on all slides."""
    values = [
        one[part]
        for own in summary["segments"]
        for one in own["profile"]["numbers"]
        if one["column"] in columns and one[part] is not None
    ]
    return float(1.3 * max([abs(own - middle) for own in values] + [0.1]))


def _most_telling(own: Mapping[str, Any], summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The features by importance first, then what describes the segment."""
    ranked = [one["feature"] for one in summary["importance"]]
    known = [one for one in own["profile"]["numbers"] if one["z"] is not None]
    order = {name: place for place, name in enumerate(ranked)}
    return sorted(known, key=lambda one: order.get(one["column"], len(order)))[:_MOST_BARS]


def _bars_from(
    chart: Any, axis: tuple[float, float, float], color: str, number_format: str
) -> None:
    from pptx.enum.chart import XL_LABEL_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    _bare(chart)
    chart.value_axis.minimum_scale, middle, chart.value_axis.maximum_scale = axis
    chart.value_axis.crosses_at = middle
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.category_axis.tick_labels.font.size = Pt(11)
    chart.plots[0].gap_width = 40
    chart.plots[0].series[0].invert_if_negative = False
    _labels(chart, number_format, XL_LABEL_POSITION.OUTSIDE_END)
    _paint(chart.series[0].format.fill, color)


# ---------------------------------------------------------------- how many


def _evidence(deck: Deck, summary: Mapping[str, Any]) -> None:
    slide = deck.slide("How many segments, and how far to trust them")
    slide.text(summary["verdict"], (0.6, 1.35, 12.1, 0.95), sizes=(16, 14, 12, 11))
    several = [own for own in summary["evidence"] if own["silhouette"] is not None]
    if several:
        _curves(slide, summary, several)
    told = f"{trust_of(summary)}\n{CAUTION}"
    slide.text(told, (0.6, 5.75, 12.1, 1.4), sizes=(14, 13, 12, 11, 10))


def _curves(slide: Slide, summary: Mapping[str, Any], several: Sequence[Mapping[str, Any]]) -> None:
    everything = summary["evidence"]
    k = summary["k"]
    left = {"Inertia": [own["inertia"] for own in everything]}
    right = {
        "Silhouette": [own["silhouette"] for own in several],
        "Silhouette of noise": [own["noise_silhouette"] for own in several],
    }
    slide.text("Inertia by number of segments: how tight they are", (0.6, 2.4, 6.0, 0.4),
               sizes=(13, 12), bold=True)  # fmt: skip
    slide.text("Silhouette by number of segments: how separate they are", (6.8, 2.4, 6.0, 0.4),
               sizes=(13, 12), bold=True)  # fmt: skip
    first = slide.chart(
        "LINE_MARKERS", [str(own["k"]) for own in everything], left, (0.5, 2.75, 6.1, 2.95),
        alt=f"Inertia falls with each further segment; {k} were taken.",
    )  # fmt: skip
    second = slide.chart(
        "LINE_MARKERS", [str(own["k"]) for own in several], right, (6.7, 2.75, 6.1, 2.95),
        alt=f"Silhouette by number of segments, beside that of noise; {k} were taken.",
        number_format="0.00",
    )  # fmt: skip
    _lines(first, ("#0072B2",), "#,##0")
    _lines(second, ("#D55E00", "#9AA7B4"), "0.0")


def _lines(chart: Any, colors: Sequence[str], number_format: str) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.util import Pt

    chart.has_legend = len(colors) > 1
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string("E3E8EE")
    chart.value_axis.format.line.fill.background()
    chart.value_axis.tick_labels.number_format = number_format
    chart.value_axis.tick_labels.number_format_is_linked = False
    for series, color in zip(chart.plots[0].series, colors, strict=True):
        series.smooth = False
        series.format.line.color.rgb = RGBColor.from_string(color[1:])
        series.format.line.width = Pt(2.25)
        _paint(series.marker.format.fill, color)
        series.marker.format.line.color.rgb = RGBColor.from_string(color[1:])

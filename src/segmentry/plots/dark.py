"""The same figures on a dark page."""

from __future__ import annotations

import re

from segmentry.plots.style import GRID, INK, MUTED

__all__ = ["PAPER", "dark_color", "in_the_dark"]

PAPER = "#1b232c"
"""What a dark page is drawn on."""
_DARK = {
    "#ffffff": PAPER,
    INK: "#e8edf3",
    MUTED: "#a9b5c2",
    GRID: "#303b47",
    "#b9c2cc": "#5a6774",  # edges of axes
    "#b9c6d3": "#4c5967",  # bars that were not taken
    "#eef2f6": "#26303b",  # the band of what is average
    "#882255": "#D0587E",
    "#332288": "#7D74D8",
    "#666666": "#858585",
}
"""By colour of the light page; segments are among them only where they would hardly be seen."""
_BY_LIGHT = {light.lower(): dark for light, dark in _DARK.items()}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")


def dark_color(color: str) -> str:
    """Return what a colour is on a dark page; most segments keep theirs.

    >>> dark_color("#0072B2"), dark_color("#332288")
    ('#0072B2', '#7D74D8')
    """
    return _BY_LIGHT.get(color.lower(), color)


def in_the_dark(svg: str) -> str:
    """Return a figure of ours, as SVG text, in the colours of a dark page.

    >>> in_the_dark("fill: #1d2733; stroke: #009e73")
    'fill: #e8edf3; stroke: #009e73'
    """
    return _COLOR.sub(lambda found: dark_color(found[0]), svg)

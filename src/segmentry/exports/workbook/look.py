"""How cells look: styles as plain data, each named for what it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "DASH", "HEAD", "INDEX", "NOTE", "PERCENT", "PLAIN", "QUIET", "RIGHT_HEAD", "SUBTITLE",
    "TEXT", "TITLE", "WHOLE", "WRAP", "Style", "badge", "decimals",
]  # fmt: skip

Style = Mapping[str, Any]
"""Properties of a format, in xlsxwriter's words."""
_INK, _SOFT = "#1D2733", "#566270"
PLAIN: Style = {"valign": "top", "font_color": _INK}
WRAP: Style = {**PLAIN, "text_wrap": True}
TEXT: Style = {**WRAP, "align": "left", "indent": 1}
QUIET: Style = {**WRAP, "font_color": _SOFT}
TITLE: Style = {**PLAIN, "bold": True, "font_size": 16}
SUBTITLE: Style = {**PLAIN, "bold": True, "font_size": 12, "valign": "bottom"}
NOTE: Style = {**WRAP, "bg_color": "#FFF4D6"}
HEAD: Style = {
    "bold": True, "text_wrap": True, "valign": "vcenter", "font_color": _INK,
    "bg_color": "#E6ECF2", "bottom": 1, "bottom_color": "#9AA7B4", "indent": 1,
}  # fmt: skip
RIGHT_HEAD: Style = {**HEAD, "align": "right", "indent": 0}
WHOLE: Style = {**PLAIN, "num_format": "#,##0"}
PERCENT: Style = {**PLAIN, "num_format": "0.0 %"}
INDEX: Style = {**PLAIN, "num_format": "0"}
DASH: tuple[str, Style] = ("–", {**PLAIN, "align": "right", "font_color": _SOFT})
"""What is not known."""


def badge(color: str) -> Style:
    """A segment's number, or its heading, on the segment's colour."""
    return {
        "bold": True, "font_color": "#FFFFFF", "bg_color": color, "align": "center",
        "valign": "top", "text_wrap": True,
    }  # fmt: skip


def decimals(values: Sequence[float | None]) -> Style:
    """The number format with as many decimals as tell these numbers apart at a glance.

    >>> decimals([88.2, 55.3])["num_format"], decimals([0.5, None])["num_format"]
    ('#,##0.0', '#,##0.000')
    """
    largest = max((abs(own) for own in values if own is not None), default=0.0)
    if largest >= 1e9 or 0 < largest < 0.001:
        return {**PLAIN, "num_format": "0.00E+00"}
    count = next(own for own, limit in ((3, 1), (2, 10), (1, 1000), (0, 1e9)) if largest < limit)
    return {**PLAIN, "num_format": "#,##0" + ("." + "0" * count if count else "")}

"""The data page: what was read, what each column is for, and how its numbers are spread."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from segmentry.report.html import styled
from segmentry.report.templating import environment
from segmentry.steps.distributions import Distribution
from segmentry.version import __version__

__all__ = ["bars_of", "data_page"]

_BARS = 24
"""At most; fewer of few customers."""
_FEWEST = 5
"""Customers that a bar must stand for."""


def data_page(
    found: Mapping[str, Any],
    bars: Mapping[str, Sequence[int]],
    levels: Mapping[str, Sequence[tuple[str, int]]],
) -> str:
    """Return the data page as HTML text.

    Parameters
    ----------
    found : mapping
        An exploration as plain data.
    bars : mapping
        By column of numbers that may be shown a small histogram, see :func:`bars_of`.
    levels : mapping
        By column of words or dates, what it holds with its customers.
    """
    rows = {"read": found["rows"] + found["rejected"], "rejected": found["rejected"],
            "lines": None, "repeated": 0, "without_id": 0, "incomplete": 0, "used": found["rows"],
            "duplicates": found["duplicate_rows"]}  # fmt: skip
    style, style_hash = styled({"segments": []})
    drawn = {**bars, **{name: [own for _, own in told] for name, told in levels.items()}}
    return (
        environment()
        .get_template("data.html")
        .render(
            version=__version__,
            style=style,
            style_hash=style_hash,
            source=found["source"] | {"notes": found["warnings"]},
            rows=rows,
            columns=found["columns"],
            treatments=found["treatments"],
            scaling=found["scaling"],
            bars={name: _svg(own) for name, own in drawn.items()},
            levels=levels,
        )
    )


def bars_of(own: Distribution) -> list[int]:
    """A small histogram: customers from the 1st to the 99th percentile, fewer than five as 0."""
    low, high = own.quantiles([0.01, 0.99])
    count = min(_BARS, max(_FEWEST, own.customers // 20))
    edges = np.linspace(low, high, count + 1)
    below = own.up_to(edges.tolist())
    below[0] = own.up_to([float(np.nextafter(low, -np.inf))])[0]
    counts = [round(own) for own in np.diff(below).tolist()]
    return [count if count >= _FEWEST else 0 for count in counts]


def _svg(shown: Sequence[int]) -> str:
    """The same as an image in SVG."""
    top = max([*shown, 1])
    bars = "".join(
        f'<rect x="{5 * i}" y="{28 - 28 * count / top:.1f}" width="4.4" '
        f'height="{28 * count / top:.1f}" fill="#0b5cad"/>'
        for i, count in enumerate(shown)
        if count
    )
    box = f'viewBox="0 0 {5 * len(shown)} 28" preserveAspectRatio="none"'
    text = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{bars}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()

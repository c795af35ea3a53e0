"""The look of all figures, and how a figure becomes a file.

matplotlib is imported when the first figure is drawn, and only its object API is used, so that no
global state changes. Colours are safe for colour-blind readers, and no figure needs colour alone:
segments carry their number.
"""

from __future__ import annotations

import io
import warnings
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ACCENT",
    "GRID",
    "INK",
    "MUTED",
    "Display",
    "Drawn",
    "alike",
    "log_axis",
    "segment_color",
    "style",
    "thousands",
    "to_png",
    "to_svg",
]

_COLORS = (
    "#0072B2", "#D55E00", "#009E73", "#B5538F", "#B87700",
    "#2E9BD6", "#882255", "#7A7A1E", "#332288", "#666666",
)  # fmt: skip
INK, MUTED, GRID, ACCENT = "#1d2733", "#5b6775", "#e3e8ee", "#0072B2"
_FONTS = "'DejaVu Sans', Verdana, Geneva, sans-serif"
"""In SVG text stays text, in fonts that are about as wide as the one it was laid out with."""
_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "text.color": INK,
    "axes.edgecolor": "#b9c2cc",
    "axes.labelcolor": INK,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "svg.hashsalt": "segmentry",
    "svg.fonttype": "none",
    "figure.facecolor": "white",
}


def segment_color(segment: int) -> str:
    """Return the colour of a segment number, the same in every figure and page.

    >>> segment_color(1)
    '#0072B2'
    """
    return _COLORS[(segment - 1) % len(_COLORS)]


class Display(Protocol):
    """A figure that can be read as numbers or drawn."""

    title: str

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height of its own figure."""

    def frame(self) -> pd.DataFrame:
        """Return the numbers that the figure shows."""

    def alt(self) -> str:
        """Say in words what the figure shows, for those who cannot see it."""

    def figure(self) -> Figure:
        """Draw a figure of its own."""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into ``ax``, or into a figure of its own, and return the axes."""


def to_svg(figure: Figure) -> str:
    """Return a figure as SVG text; the same figure gives the same text.

    Its layout is found at the first drawing and kept for the next.
    """
    stream = io.StringIO()
    _save(figure, stream, format="svg", dpi=130, metadata={"Date": None})
    return stream.getvalue().replace("'DejaVu Sans'", _FONTS)


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG bytes, 150 dots an inch."""
    stream = io.BytesIO()
    _save(figure, stream, format="png", dpi=150, metadata={"Software": None})
    return stream.getvalue()


def _save(figure: Figure, stream: io.StringIO | io.BytesIO, **options: Any) -> None:
    """Write a figure; that our font lacks a letter is no news to whoever sees it."""
    with style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, **options)
        figure.set_layout_engine("none")


def style() -> AbstractContextManager[None]:
    """Set the look of our figures for a while, whatever theme the caller has chosen."""
    import matplotlib as mpl

    settings: dict[Any, Any] = {
        name: value
        for name, value in mpl.rcParamsDefault.items()
        if name.startswith(("axes.", "figure.", "font.", "grid.", "legend.", "lines.", "xtick.",
                            "ytick.", "savefig.", "svg.", "patch."))
    }  # fmt: skip
    settings.update(_STYLE)
    return mpl.rc_context(settings)


class Drawn:
    """What all displays share: a figure of their own, and how a notebook shows them."""

    size = (7.6, 4.4)

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height of its own figure."""
        return self.size

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw into ``ax``, or into a figure of its own, and return the axes."""
        if ax is None:
            return self.figure().axes[0]
        self.draw(ax)
        return ax

    def figure(self) -> Figure:
        """Draw a figure of its own."""
        from matplotlib.figure import Figure

        with style():
            figure = Figure(figsize=self.size, layout="constrained")
            self.draw(figure.add_subplot())
        return figure

    @abstractmethod
    def draw(self, ax: Axes) -> None:
        """Draw into ``ax`` in whatever style is set."""

    def _repr_svg_(self) -> str:
        return to_svg(self.figure())


def thousands(ax: Axes) -> None:
    """Start the y axis at 0 and mark its thousands."""
    from matplotlib.ticker import StrMethodFormatter

    ax.set_ylim(0, None)
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def log_axis(ax: Axes, axis: str, *, most: int = 9) -> None:
    """Divide an axis from 0 on in steps of ln(1 + x), its marks in plain numbers, a few only."""
    import numpy as np
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    def forward(values: Any) -> Any:
        return np.log1p(np.maximum(values, -0.99))

    limits = ax.get_xlim() if axis == "x" else ax.get_ylim()
    scale, own = (ax.set_xscale, ax.xaxis) if axis == "x" else (ax.set_yscale, ax.yaxis)
    scale("function", functions=(forward, np.expm1))
    marks = [0.0, *(step * 10.0**power for power in range(13) for step in (1, 3))]
    seen = [mark for mark in marks if limits[0] <= mark <= limits[1]]
    while len(seen) > most:
        seen = seen[::-2][::-1]
    own.set_major_locator(FixedLocator(seen))
    own.set_minor_locator(NullLocator())
    own.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def alike(values: Sequence[float]) -> list[str]:
    """Write numbers with the same decimals, as many as tell them apart at a glance.

    >>> alike([88.2, 55.296]), alike([15_200.5, 9_800.0])
    (['88.2', '55.3'], ['15,200', '9,800'])
    """
    largest = max((abs(value) for value in values), default=0.0)
    if largest >= 1e6 or 0 < largest < 0.01:
        return [f"{value:.3g}" for value in values]
    decimals = next(own for own, limit in ((3, 1), (2, 10), (1, 1000), (0, 1e7)) if largest < limit)
    return [f"{value:,.{decimals}f}" for value in values]

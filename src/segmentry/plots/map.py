"""The map: customers on the two most telling features, coloured by segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segmentry.plots.density import draw_density
from segmentry.plots.style import Drawn, log_axis, segment_color
from segmentry.steps.findings import Findings
from segmentry.textual import cut, in_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["SegmentsDisplay"]

_MOST_SHAPES = 400
"""More dots than these are a picture inside the SVG, so that the file stays small."""
_WIDEST = 72


@dataclass(repr=False)
class SegmentsDisplay(Drawn):
    """The customers on the two most telling features, coloured by segment, with the centres."""

    found: Findings
    title = "The map of the segments"
    size = (9.2, 6.0)

    @property
    def axes_features(self) -> tuple[str, ...]:
        """The one or two features in which the segments differ most, in column order."""
        return tuple(self.found.population.telling(2))

    def frame(self) -> pd.DataFrame:
        """Return a row a cell: its features, the customers it stands for, and its segment."""
        import pandas as pd

        cells = self.found.cells
        frame = pd.DataFrame(cells.values, columns=list(self.found.population.features))
        return frame.assign(customers=cells.weights, segment=self.found.solution.labels + 1)

    def alt(self) -> str:
        """Say where each segment lies."""
        parts = []
        for own, name in zip(self.found.population.segments, self.found.names, strict=True):
            place = ", ".join(f"{f} {own.number(f).shown:,.4g}" for f in self.axes_features)
            parts.append(f"{own.segment} {name.name} around {place}")
        return "Scatter of all customers by segment: " + "; ".join(parts) + "."

    def draw(self, ax: Axes) -> None:
        """Draw into ``ax``."""
        density = self.found.density
        if density is not None:
            draw_density(ax, density)
        self._draw_dots(ax, shown=density is None)
        for profile in self.found.population.segments:
            place = [profile.number(name).shown for name in self.axes_features]
            ax.plot(place[0], place[1] if len(place) > 1 else 0, "o", markersize=19, zorder=4,
                    color="white", markeredgecolor=segment_color(profile.segment),
                    markeredgewidth=2.4)  # fmt: skip
            ax.annotate(str(profile.segment), (place[0], place[1] if len(place) > 1 else 0),
                        ha="center", va="center_baseline", weight="bold", zorder=5)  # fmt: skip
        names = [*(cut(in_words(own), _WIDEST) for own in self.axes_features), ""]
        ax.set(title=self.title, xlabel=names[0], ylabel=names[1])
        for axis, name in zip(("x", "y"), self.axes_features, strict=False):
            if name in self.found.model.plan.logged:
                log_axis(ax, axis)
        if len(self.axes_features) == 1:
            ax.set_yticks([])
        wide = max(len(name.name) for name in self.found.names) > 45
        _legend_below(ax, columns=1 if wide or self.found.solution.k == 1 else 2)

    def _draw_dots(self, ax: Axes, *, shown: bool) -> None:
        """A dot a cell, the larger the more customers; without dots the legend alone."""
        x, y, labels, weights = self._points()
        for label, name in enumerate(self.found.names):
            own = (labels == label) & shown
            size = np.clip(26 * np.sqrt(weights[own] / np.median(weights)), 6, 160)
            ax.scatter(x[own], y[own], s=size, color=segment_color(label + 1), alpha=0.72,
                       linewidths=0.4, edgecolors="white", rasterized=len(x) > _MOST_SHAPES,
                       label=f"{label + 1}  {cut(name.name, _WIDEST)}")  # fmt: skip

    def _points(self) -> tuple[Any, Any, Any, Any]:
        cells, labels = self.found.cells, self.found.solution.labels
        where = [self.found.population.features.index(name) for name in self.axes_features]
        x = cells.values[:, where[0]]
        y = cells.values[:, where[1]] if len(where) > 1 else np.zeros(len(x))
        return x, y, labels, cells.weights


def _legend_below(ax: Axes, *, columns: int) -> None:
    legend = ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=columns,
        handletextpad=0.3, columnspacing=1.6, fontsize=9.5,
    )  # fmt: skip
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1)
            if hasattr(handle, "set_sizes"):
                handle.set_sizes([44])

"""How far to trust the segments: the silhouettes within each, and whether it comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segmentry.plots.style import INK, MUTED, Drawn, segment_color, style
from segmentry.steps.evidence import Evidence
from segmentry.steps.findings import Findings
from segmentry.steps.stability import describe_stability

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["TrustDisplay"]

_CUTS = (0.6, 0.75, 0.85)


@dataclass(repr=False)
class TrustDisplay(Drawn):
    """The silhouette plot (Rousseeuw 1987) beside the stability of each segment."""

    found: Findings
    title = "Silhouette within each segment"
    size = (9.6, 4.2)

    def frame(self) -> pd.DataFrame:
        """Return a row a segment: mean silhouette, share of it below 0, Jaccard, its reading."""
        import pandas as pd

        own = self._own
        return pd.DataFrame({
            "segment": range(1, self.found.choice.k + 1),
            "silhouette": list(own.segment_silhouettes) or [np.nan],
            "below_zero": [float(np.mean(curve < 0)) for curve in self.found.choice.curves],
            "jaccard": list(own.segment_stabilities),
            "reading": [describe_stability(value) for value in own.segment_stabilities],
        })  # fmt: skip

    @property
    def _own(self) -> Evidence:
        return self.found.choice.at(self.found.choice.k)

    def alt(self) -> str:
        """Say which segment is the least clear and which the least stable."""
        own = self._own
        if self.found.choice.k == 1:
            return "One segment: there is nothing to tell apart."
        dim = int(np.argmin(own.segment_silhouettes))
        loose = int(np.argmin(own.segment_stabilities))
        return (
            "The silhouettes of each segment's customers: the mean is lowest in segment "
            f"{dim + 1}, {own.segment_silhouettes[dim]:.2f}. Bars of stability: the least stable "
            f"is segment {loose + 1} with a Jaccard index of {own.segment_stabilities[loose]:.2f}, "
            f"{describe_stability(own.segment_stabilities[loose])}."
        )

    def figure(self) -> Figure:
        """Draw both panels side by side."""
        from matplotlib.figure import Figure

        with style():
            figure = Figure(figsize=self.size, layout="constrained")
            left, right = figure.subplots(1, 2, width_ratios=(3, 2))
            self.draw(left)
            self._draw_stability(right)
        return figure

    def draw(self, ax: Axes) -> None:
        """Draw the silhouette plot into ``ax``: each segment as high as it is large."""
        sizes = self.found.choice.solution.sizes
        gap, top = 0.02 * sizes.sum(), 0.0
        for label, (curve, size) in enumerate(zip(self.found.choice.curves, sizes, strict=True), 1):
            places = top + np.linspace(0, size, len(curve))
            ax.fill_betweenx(places, 0, curve, color=segment_color(label), linewidth=0)
            ax.text(-0.02, top + size / 2, str(label), ha="right", va="center", weight="bold",
                    color=segment_color(label))  # fmt: skip
            top += size + gap
        mean = self._own.silhouette
        if mean is not None:
            ax.axvline(mean, color=INK, linestyle=(0, (4, 3)), linewidth=1.4)
            ax.text(mean, -0.01, f"mean {mean:.2f}", ha="center", va="bottom", fontsize=9.5,
                    transform=ax.get_xaxis_transform(), bbox={"facecolor": "white",
                    "edgecolor": "none", "pad": 1.5})  # fmt: skip
        lowest = min(float(curve.min()) for curve in self.found.choice.curves)
        ax.set(title=self.title, xlabel="Silhouette of each customer", yticks=[],
               xlim=(min(-0.1, lowest - 0.06), 1.0))  # fmt: skip
        ax.invert_yaxis()
        ax.spines["left"].set_visible(False)

    def _draw_stability(self, ax: Axes) -> None:
        values = list(self._own.segment_stabilities)
        labels = list(range(1, len(values) + 1))
        bars = ax.barh(labels, values, color=[segment_color(own) for own in labels], height=0.62)
        ax.bar_label(bars, [f"{value:.2f}" for value in values], padding=4, fontsize=9.5)
        for cut in _CUTS:
            ax.axvline(cut, color=MUTED, linewidth=1, linestyle=(0, (2, 2)), zorder=0)
        ax.set(title="Stability: does it come back?", xlabel="Jaccard index on new draws",
               xlim=(0, 1.16), yticks=labels, xticks=(0, *_CUTS, 1))  # fmt: skip
        ax.set_xticklabels(["0", "0.6", "0.75", "0.85", "1"], fontsize=9)
        ax.invert_yaxis()
        ax.grid(visible=False)

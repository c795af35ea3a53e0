"""Who is in the segments: profiles against all customers, and distributions."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segmentry.plots.style import (
    MUTED,
    Drawn,
    alike,
    log_axis,
    segment_color,
    style,
    thousands,
)
from segmentry.steps.findings import Findings
from segmentry.steps.profiles import NumberProfile
from segmentry.textual import cut, in_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DistributionsDisplay", "ProfileDisplay"]

_WIDEST = 28
_MOST_PANELS = 9
_ROOM = 0.5
"""Beside the outermost points, for their figures; a share of the width between them."""


class _Panels(Drawn):
    """A figure of several panels, two or three a row, one for each column."""

    found: Findings
    title = ""
    _height = 2.6

    def _columns(self) -> list[str]:
        return self.found.population.telling(_MOST_PANELS)

    def _grid(self) -> tuple[int, int]:
        """Panels beside each other, and rows of them."""
        count = len(self._columns())
        across = min(count, 3)
        return across, -(-count // across)

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height of its own figure."""
        across, down = self._grid()
        return 9.2 if across > 1 else 6.0, self._height * down + 0.5

    @abstractmethod
    def _draw_panel(self, ax: Axes, name: str) -> None:
        """Draw one column."""

    def figure(self) -> Figure:
        """Draw a figure of its own."""
        from matplotlib.figure import Figure

        names = self._columns()
        across, down = self._grid()
        with style():
            figure = Figure(figsize=self.inches, layout="constrained")
            grid = figure.subplots(down, across, squeeze=False)
            for i, ax in enumerate(grid.flat):
                if i < len(names):
                    self._draw_panel(ax, names[i])
                    if i % across:
                        ax.set_ylabel("")
                else:
                    ax.set_visible(False)
            figure.suptitle(self.title, x=0.01, ha="left", fontsize=11.5, weight="bold")
        return figure

    def draw(self, ax: Axes) -> None:
        """Draw into ``ax``."""
        self._draw_panel(ax, self._columns()[0])


@dataclass(repr=False)
class ProfileDisplay(_Panels):
    """Each segment's mean against the population's, column by column, in the column's unit."""

    found: Findings
    title = "Profiles: each segment against all customers"

    def __post_init__(self) -> None:
        self._height = 1.3 + 0.3 * len(self.found.population.segments)

    def _columns(self) -> list[str]:
        told = self.found.population.telling(_MOST_PANELS)
        numbers = [own.column for own in self.found.population.all.numbers]
        others = [name for name in numbers if name not in self.found.population.features]
        shown = {*told, *others[: max(0, _MOST_PANELS - len(told))]}
        return [name for name in numbers if name in shown]

    def frame(self) -> pd.DataFrame:
        """Return a row a segment and column: mean, median, index, standard deviations from all."""
        import pandas as pd

        rows = [
            (own.segment, number.column, number.mean, number.median, number.index, number.z)
            for own in self.found.population.segments
            for number in own.numbers
        ]
        return pd.DataFrame(rows, columns=["segment", "column", "mean", "median", "index", "z"])

    def alt(self) -> str:
        """Say how far each segment lies from the average."""
        parts = [
            f"{own.segment} {name.name}: "
            + ", ".join(f"{number.column} {number.mean:,.4g}" for number in own.numbers)
            for own, name in zip(self.found.population.segments, self.found.names, strict=True)
        ]
        return "Dot chart of the segments' means against all customers. " + "; ".join(parts) + "."

    def _draw_panel(self, ax: Axes, name: str) -> None:
        everyone, logged = self.found.population.all.number(name), self._is_logged(name)
        middle, band = everyone.shown, self._band(everyone)
        ax.axvspan(*band, color="#eef2f6", zorder=0)
        ax.axvline(middle, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
        segments = [own for own in self.found.population.segments if own.has(name)]
        means = [own.number(name).shown for own in segments]
        for own, mean, text in zip(segments, means, alike(means), strict=True):
            color, right = segment_color(own.segment), mean >= middle
            ax.plot([middle, mean], [own.segment] * 2, color=color, linewidth=2.6)
            ax.plot([mean], [own.segment], "o", color=color, markersize=8)
            ax.annotate(text, (mean, own.segment), xytext=(8 if right else -8, 0),
                        textcoords="offset points", ha="left" if right else "right",
                        va="center", fontsize=9.5)  # fmt: skip
        numbers = [own.segment for own in self.found.population.segments]
        ax.set(
            title=cut(in_words(name) + (", typically" if logged else ""), _WIDEST),
            yticks=numbers,
            ylim=(max(numbers) + 0.6, 0.4),
            ylabel="Segment",
        )
        ax.grid(axis="y", visible=False)
        ends = [*means, *band]
        if logged:
            low, high = np.log1p(max(0.0, min(ends))), np.log1p(max(ends))
            reach = _ROOM * (high - low) or 1.0
            ax.set_xlim(np.expm1(low - reach), np.expm1(high + reach))
            log_axis(ax, "x", most=4)
        else:
            ax.margins(x=_ROOM)
            if min(means) >= 0:  # where nothing is below zero, no mark is
                ax.set_xticks([mark for mark in ax.get_xticks() if mark >= 0])

    def _is_logged(self, name: str) -> bool:
        return self.found.population.all.number(name).typical is not None

    def _band(self, everyone: NumberProfile) -> tuple[float, float]:
        """Half a standard deviation to either side of all customers, of logarithms where used."""
        if everyone.typical is None:
            half = 0.5 * everyone.standard_deviation
            return everyone.mean - half, everyone.mean + half
        own = self.found.model.plan.of(everyone.column)
        log, half = np.log1p(everyone.typical), 0.5 * own.scale
        return float(np.expm1(log - half)), float(np.expm1(log + half))

    def draw(self, ax: Axes) -> None:
        """All columns on one axis: how far from the population, in its standard deviations."""
        columns = self._columns()
        short = [cut(in_words(name), _WIDEST) for name in columns]
        ax.axhspan(-0.5, 0.5, color="#eef2f6", zorder=0)
        for own, name in zip(self.found.population.segments, self.found.names, strict=True):
            z = [own.number(column).z if own.has(column) else np.nan for column in columns]
            ax.plot(short, z, "o-", color=segment_color(own.segment),
                    label=f"{own.segment}  {cut(name.name, _WIDEST)}")  # fmt: skip
        ax.set(title=self.title, ylabel="Standard deviations from the average of all")
        ax.legend(fontsize=9)


@dataclass(repr=False)
class DistributionsDisplay(_Panels):
    """Histogram of each feature, coloured by segment."""

    found: Findings
    title = "Distributions of the features, by segment"
    _height = 3.0

    def frame(self) -> pd.DataFrame:
        """Return a row a feature, bin and segment: customers."""
        import pandas as pd

        rows = [
            (own.feature, own.edges[i], own.edges[i + 1], segment, count)
            for own in self.found.histograms
            for segment, counts in enumerate(own.counts, 1)
            for i, count in enumerate(counts)
        ]
        return pd.DataFrame(rows, columns=["feature", "from", "to", "segment", "customers"])

    def alt(self) -> str:
        """Name the features and where most customers lie."""
        parts = []
        for own in self.found.histograms:
            totals = np.sum(own.counts, axis=0)
            top = int(totals.argmax())
            parts.append(
                f"{own.feature} is most frequent from {own.edges[top]:,.4g} "
                f"to {own.edges[top + 1]:,.4g}"
            )
        return "Stacked histograms by segment: " + "; ".join(parts) + "."

    def _draw_panel(self, ax: Axes, name: str) -> None:
        own = next(own for own in self.found.histograms if own.feature == name)
        edges = np.array(own.edges)
        base = np.zeros(len(edges) - 1)
        for segment, counts in enumerate(own.counts, 1):
            ax.bar(edges[:-1], counts, width=np.diff(edges), bottom=base, align="edge",
                   color=segment_color(segment), edgecolor="white", linewidth=0.5,
                   label=f"{segment}")  # fmt: skip
            base += np.array(counts)
        ax.set(
            title=cut(in_words(name), _WIDEST),
            xlabel="",
            ylabel="Customers",
        )
        if name in self.found.model.plan.logged:
            ax.set_xlim(max(edges[0], 0.0), edges[-1])
            log_axis(ax, "x", most=5)
        thousands(ax)
        ax.set_ylim(0, 1.06 * max(base.max(), 1))
        ax.grid(axis="x", visible=False)
        if name == self._columns()[-1] and len(own.counts) > 1:
            ax.legend(title="Segment", fontsize=9, title_fontsize=9, loc="upper left",
                      bbox_to_anchor=(1.0, 1.0), handlelength=1.0)  # fmt: skip

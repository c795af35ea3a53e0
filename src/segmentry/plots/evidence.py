"""How many segments: the elbow and the silhouette by k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentry.plots.style import ACCENT, INK, MUTED, Drawn, thousands
from segmentry.steps.evidence import Evidence
from segmentry.steps.findings import Findings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["ElbowDisplay", "SilhouetteDisplay"]


@dataclass(repr=False)
class ElbowDisplay(Drawn):
    """Inertia by number of segments, with the knee and the number taken."""

    found: Findings
    title = "Elbow: inertia by number of segments"
    size = (6.2, 4.0)

    def frame(self) -> pd.DataFrame:
        """Return a row a k: inertia, share saved by one more segment, distance to the chord."""
        import pandas as pd

        rows = [(own.k, own.inertia, own.inertia_drop, own.knee_distance) for own in self._all]
        return pd.DataFrame(rows, columns=["k", "inertia", "inertia_drop", "knee_distance"])

    @property
    def _all(self) -> tuple[Evidence, ...]:
        return self.found.choice.evidence

    def alt(self) -> str:
        """Say what the curve shows."""
        knee = self.found.choice.knee
        bends = f"it bends most at k = {knee}" if knee else "it does not bend"
        first, last = self._all[0], self._all[-1]
        return (
            f"Line chart of the inertia for k = 1 to {last.k}: it falls from {first.inertia:,.0f} "
            f"to {last.inertia:,.0f}, and {bends}."
        )

    def draw(self, ax: Axes) -> None:
        """Draw into ``ax``."""
        choice = self.found.choice
        ax.plot([own.k for own in self._all], [own.inertia for own in self._all],
                "o-", color=MUTED, markersize=5, linewidth=1.8)  # fmt: skip
        marks = {choice.k: "taken", **({choice.knee: "knee"} if choice.knee else {})}
        for height, (k, word) in zip((0.76, 0.6), sorted(marks.items()), strict=False):
            place = (min((k - 1) / max(len(self._all) - 1, 1) + 0.13, 0.72), height)
            _mark(ax, choice.at(k), f"{word}: k = {k}", place, taken=k == choice.k)
        _label_ks(ax, [own.k for own in self._all])
        ax.set(title=self.title, ylabel="Inertia (sum of squared distances)")
        thousands(ax)


@dataclass(repr=False)
class SilhouetteDisplay(Drawn):
    """Mean silhouette by number of segments, with the best one."""

    found: Findings
    title = "Silhouette: how well separated the segments are"
    size = (6.2, 4.0)

    def frame(self) -> pd.DataFrame:
        """Return a row a k from 2 on: mean silhouette, its standard error, and that of noise."""
        import pandas as pd

        names = ["k", "silhouette", "silhouette_error", "noise_silhouette"]
        rows = [[getattr(own, name) for name in names] for own in self._all]
        return pd.DataFrame(rows, columns=names)

    @property
    def _all(self) -> tuple[Evidence, ...]:
        return tuple(own for own in self.found.choice.evidence if own.silhouette is not None)

    def alt(self) -> str:
        """Say which k is best."""
        best = self.found.choice.best_silhouette
        if best is None:
            return "No silhouette: only one segment was possible."
        return (
            f"Bar chart of the mean silhouette for k = 2 to {self._all[-1].k}: it is largest at "
            f"k = {best}, {self.found.choice.at(best).silhouette:.3f}. Lines show what noise of "
            "the same kind reaches."
        )

    def draw(self, ax: Axes) -> None:
        """Draw into ``ax``."""
        ks = [own.k for own in self._all]
        values = [own.silhouette or 0.0 for own in self._all]
        colors = [ACCENT if k == self.found.choice.k else "#b9c6d3" for k in ks]
        ax.bar(ks, values, color=colors, width=0.68)
        noise = [(own.k, own.noise_silhouette) for own in self._all]
        known = [(k, value) for k, value in noise if value is not None]
        for k, value in zip(ks, values, strict=True):
            top = max(value, dict(known).get(k, 0.0), 0.0)
            ax.annotate(f"{value:.2f}", (k, top), xytext=(0, 4), textcoords="offset points",
                        ha="center", fontsize=9.5)  # fmt: skip
        if known:
            ax.hlines([value for _, value in known], [k - 0.42 for k, _ in known],
                      [k + 0.42 for k, _ in known], color=INK, linewidth=2.2,
                      label="noise of the same kind")  # fmt: skip
            ax.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
        _label_ks(ax, ks)
        ax.set(title=self.title, ylabel="Mean silhouette (−1 to 1)")
        ax.grid(axis="x", visible=False)
        ax.margins(y=0.2)


def _mark(ax: Axes, own: Evidence, text: str, place: tuple[float, float], *, taken: bool) -> None:
    """Mark a point of the curve: filled where it was taken, a ring where not.

    The text stands at a place in the axes, where a falling curve leaves room.
    """
    color = ACCENT if taken else MUTED
    ax.plot([own.k], [own.inertia], "o", markersize=11, color=color if taken else "white",
            markeredgecolor=color, markeredgewidth=2, zorder=3)  # fmt: skip
    ax.annotate(
        text, (own.k, own.inertia), xytext=place, textcoords="axes fraction", color=color,
        weight="bold", arrowprops={"arrowstyle": "-", "color": color, "shrinkB": 6},
    )  # fmt: skip


def _label_ks(ax: Axes, ks: Sequence[int]) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_xlabel("Number of segments k")
    if len(ks) <= 15:
        ax.set_xticks(list(ks))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))

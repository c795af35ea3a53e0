"""Many customers on two axes: not a dot each, but how dense they lie, coloured by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from segmentry.plots.style import segment_color
from segmentry.steps.counts import Density
from segmentry.steps.profiles import FEWEST

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_density"]

Floats = npt.NDArray[np.float64]

_FAINTEST = 0.16
_STRONGER = 0.4
"""Strength is no straight measure: the densest places would else be all that can be seen."""


def draw_density(ax: Axes, density: Density) -> None:
    """Colour small rectangles by the segment that most of their customers belong to.

    The denser the stronger; a rectangle with fewer than five customers stays empty.
    """
    colors = _colors(density.counts)
    ax.pcolormesh(*density.edges, colors, rasterized=True, linewidth=0)
    shown = colors[:, :, 3] > 0
    for set_limits, edges, used in (
        (ax.set_xlim, density.edges[0], np.flatnonzero(shown.any(axis=0))),
        (ax.set_ylim, density.edges[1], np.flatnonzero(shown.any(axis=1))),
    ):
        if len(used):
            set_limits(edges[used[0]], edges[used[-1] + 1])


def _colors(counts: Floats) -> Floats:
    """Red, green, blue and opacity of each rectangle, shape (rows, columns, 4)."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(segment_color(label + 1)) for label in range(counts.shape[2])])
    total = counts.sum(axis=2)
    strength = _FAINTEST + (1 - _FAINTEST) * (total / max(total.max(), 1.0)) ** _STRONGER
    opacity = np.where(total < FEWEST, 0.0, strength)
    return np.dstack([palette[counts.argmax(axis=2)], opacity])

"""The figures: for each one a Display, whose ``frame()`` holds the numbers and ``plot()`` draws."""

from __future__ import annotations

from segmentry.plots.evidence import ElbowDisplay, SilhouetteDisplay
from segmentry.plots.map import SegmentsDisplay
from segmentry.plots.profiles import DistributionsDisplay, ProfileDisplay
from segmentry.plots.style import Display, segment_color, to_png, to_svg
from segmentry.plots.trust import TrustDisplay
from segmentry.steps.findings import Findings

__all__ = [
    "Display",
    "DistributionsDisplay",
    "ElbowDisplay",
    "ProfileDisplay",
    "SegmentsDisplay",
    "SilhouetteDisplay",
    "TrustDisplay",
    "displays",
    "segment_color",
    "to_png",
    "to_svg",
]


def displays(found: Findings) -> dict[str, Display]:
    """Return every figure of a run, by the name of its file."""
    return {
        "elbow": ElbowDisplay(found),
        "silhouette": SilhouetteDisplay(found),
        "segments": SegmentsDisplay(found),
        "profile": ProfileDisplay(found),
        "distributions": DistributionsDisplay(found),
        "trust": TrustDisplay(found),
    }

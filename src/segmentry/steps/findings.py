"""What all steps found, gathered for the report, the figures and the exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentry.model import SegmentModel
from segmentry.steps.compression import Cells
from segmentry.steps.counts import Density
from segmentry.steps.histograms import Histogram
from segmentry.steps.kmeans import Solution
from segmentry.steps.naming import SegmentName
from segmentry.steps.overview import Overview
from segmentry.steps.playbook import Advice
from segmentry.steps.profiles import Population
from segmentry.steps.rfm_cells import Crosstab
from segmentry.steps.roles import Roles
from segmentry.steps.rules import Rules
from segmentry.steps.selection import Choice
from segmentry.steps.sources import Source
from segmentry.steps.treatments import Treatment

__all__ = ["Findings"]


@dataclass(frozen=True)
class Findings:
    """Everything that one run knows; each attribute is what the step of its name returned.

    Attributes
    ----------
    options : dict
        What the caller asked for, as given.
    density : Density or None
        How dense the customers lie; None where the cells are few enough to be drawn one by one.
    used : int
        Customers who have a segment; ``source.rows`` less those who lack a feature.
    treatments : tuple of Treatment
        What was done to each feature, in words.
    warnings : tuple of str
        What the reader should know before acting.
    rfm : Crosstab or None
        The ten RFM cells beside the segments, where customers were built from order lines.
    """

    options: Mapping[str, Any]
    source: Source
    overview: Overview
    roles: Roles
    used: int
    treatments: tuple[Treatment, ...]
    cells: Cells
    choice: Choice
    solution: Solution
    population: Population
    histograms: tuple[Histogram, ...]
    density: Density | None
    names: tuple[SegmentName, ...]
    advice: tuple[Advice, ...]
    model: SegmentModel
    warnings: tuple[str, ...]
    rules: Rules
    rfm: Crosstab | None = None

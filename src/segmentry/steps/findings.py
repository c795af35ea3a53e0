"""What all steps found, gathered for the report, the figures and the exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentry.model import SegmentModel
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution
from segmentry.steps.naming import SegmentName
from segmentry.steps.overview import Overview
from segmentry.steps.playbook import Advice
from segmentry.steps.profiles import Histogram, Population
from segmentry.steps.roles import Roles
from segmentry.steps.selection import Choice
from segmentry.steps.sources import Source

__all__ = ["Findings"]


@dataclass(frozen=True)
class Findings:
    """Everything that one run knows; each attribute is what the step of its name returned.

    Attributes
    ----------
    options : dict
        What the caller asked for, as given.
    used : int
        Customers who have all features; ``source.rows`` less those who do not.
    warnings : tuple of str
        What the reader should know before acting.
    """

    options: Mapping[str, Any]
    source: Source
    overview: Overview
    roles: Roles
    used: int
    cells: Cells
    choice: Choice
    solution: Solution
    population: Population
    histograms: tuple[Histogram, ...]
    names: tuple[SegmentName, ...]
    advice: tuple[Advice, ...]
    model: SegmentModel
    warnings: tuple[str, ...]

"""Step 8: compare by logarithms what was clustered by logarithms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from segmentry.plan import Plan
from segmentry.steps.profiles import Population, SegmentProfile

__all__ = ["by_logarithms"]


def by_logarithms(
    population: Population, plan: Plan, centers: npt.NDArray[np.float64]
) -> Population:
    """The profiles, whose features that became logarithms are compared by those.

    Among heavy tails plain means and standard deviations would call nearly everything average, and
    a mean may lie above that of all in a segment whose customers mostly lie below.

    Parameters
    ----------
    population : Population
        Compared by means.
    plan : Plan
        Says which features became logarithms.
    centers : ndarray of shape (k, n_coordinates)
        Segment 1 first.
    """
    everyone = np.zeros(len(plan.names))
    segments = zip(population.segments, centers, strict=True)
    return replace(
        population,
        all=_by_logarithms(population.all, plan, everyone),
        segments=tuple(_by_logarithms(own, plan, center) for own, center in segments),
    )


def _by_logarithms(
    profile: SegmentProfile, plan: Plan, center: npt.NDArray[np.float64]
) -> SegmentProfile:
    places = {name: plan.names.index(name) for name in plan.logged}
    numbers = []
    for own in profile.numbers:
        if own.column in places:
            feature = plan.features[places[own.column]]
            z = float(center[places[own.column]]) / feature.weight
            whole = math.expm1(feature.center)
            typical = max(0.0, math.expm1(feature.center + z * feature.scale))
            index = 100 * typical / whole if whole > 0 else None
            own = replace(own, typical=typical, z=z, index=index)
        numbers.append(own)
    return replace(profile, numbers=tuple(numbers))

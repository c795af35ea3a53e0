"""Step 12b, of one customer: which values speak for its segment, and which for the next.

A squared distance is a sum over the features, so the difference of the squared distances to two
centres is one, too: each feature's part of it is what that value contributes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentry.model import SegmentModel
from segmentry.plan import Axis
from segmentry.steps.features import coordinates, values_of

__all__ = ["Contribution", "contributions"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Contribution:
    """What one feature contributes to a customer's being in one segment and not in another.

    Attributes
    ----------
    feature : str
        A column of the model.
    value : float or str
        The customer's, in the feature's own unit; of a category, its level.
    own_center, other_center : float or None
        The centres of the two segments there, in the same unit; None of a category.
    difference : float
        The squared distance to the other centre less that to the own along this feature, in plan
        coordinates: above 0 it speaks for the own segment, below for the other. All together add
        up to the difference of the whole squared distances.
    weight : float
        Its size as a share of the sizes of all, 0 to 1.
    """

    feature: str
    value: float | str
    own_center: float | None
    other_center: float | None
    difference: float
    weight: float


def contributions(
    model: SegmentModel, values: Floats, *, own: int, other: int
) -> tuple[Contribution, ...]:
    """Return what each feature contributes, that which speaks most for the own segment first.

    Parameters
    ----------
    model : SegmentModel
        The model.
    values : ndarray of shape (n_coordinates,)
        One customer, as :func:`.features.prepared_values` gives it.
    own, other : int
        The numbers of the two segments.
    """
    centers = np.array([model.segments[own - 1].center, model.segments[other - 1].center])
    apart = (coordinates(model.plan, values[None, :]) - centers) ** 2
    differences = apart[1] - apart[0]
    places = values_of(model.plan, centers)
    axes = model.plan.axes
    sums = {
        name: sum(float(differences[i]) for i, axis in enumerate(axes) if axis.column == name)
        for name in dict.fromkeys(axis.column for axis in axes)
    }
    whole = sum(map(abs, sums.values())) or 1.0
    found = []
    for name, difference in sums.items():
        i = next(i for i, axis in enumerate(axes) if axis.column == name)
        is_number = axes[i].level is None
        found.append(
            Contribution(
                feature=name,
                value=float(values[i]) if is_number else _level(axes, values, name),
                own_center=float(places[0, i]) if is_number else None,
                other_center=float(places[1, i]) if is_number else None,
                difference=difference,
                weight=abs(difference) / whole,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.difference))


def _level(axes: tuple[Axis, ...], values: Floats, name: str) -> str:
    """The level that a customer has in a category."""
    own = [axis.level or "" for axis, on in zip(axes, values, strict=True)
           if axis.column == name and on == 1]  # fmt: skip
    return own[0] if own else "none of these"

"""Step 12b: one customer explained: the segment, how surely, and what would move it elsewhere.

Along one feature, all else equal, squared distances to two centres differ by a linear function of
the coordinate. So the stretch on which a segment is the nearest is an interval with known ends,
and the smallest change of one feature leads to the nearer end. Nothing is searched for. No change
leads where hardly any of the model's customers are, nor from a whole number to one that is none.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.model import Baseline, SegmentModel
from segmentry.steps.contributions import Contribution, contributions
from segmentry.steps.features import coordinates, values_of
from segmentry.steps.flags import IN_BETWEEN
from segmentry.steps.given import given_values
from segmentry.steps.scoring import score

__all__ = ["Explanation", "Move", "explain"]

Floats = npt.NDArray[np.float64]

_OUT = (2.3263478740408408 - 1.2815515594457831) / (2 * 1.2815515594457831)
"""Of a normal distribution, how far the first hundredth lies below the first decile, as part of
what lies between that and the ninth."""
_NUDGES = (0.0, *(10.0**power for power in range(-15, -5)))
"""How far beyond a border a customer is put, as parts of the numbers involved."""


@dataclass(frozen=True)
class Move:
    """The smallest change in one feature that puts a customer into another segment.

    Attributes
    ----------
    segment, name : int, str
        Where the customer would be.
    feature : str
        What would change, all else being equal.
    value, target : float or str
        From which value to which, in the feature's own unit; of a category, levels.
    shift : float
        The same change in plan coordinates, without its sign: what is smallest.
    """

    segment: int
    name: str
    feature: str
    value: float | str
    target: float | str
    shift: float

    def __str__(self) -> str:
        if isinstance(self.value, str) or isinstance(self.target, str):
            return f"{self.feature} from {self.value} to {self.target}"
        return f"{self.feature} from {self.value:,.6g} to {self.target:,.6g}"


@dataclass(frozen=True, repr=False)
class Explanation:
    """Where a customer belongs, how surely, and what would move it.

    Attributes
    ----------
    segment, name : int, str
        The segment with the nearest centre.
    distance : float
        To that centre, in plan coordinates.
    margin : float or None
        How much nearer that centre is than the second nearest, ``(d2 - d1) / d2``, 0 to 1; None
        where there is one segment only.
    second_segment, second_name : int or None, str or None
        The segment with the second nearest centre.
    in_between : bool or None
        Whether the margin is below 0.1.
    outlier : bool or None
        Whether the distance is beyond that of 99 % of the segment's customers; None where the
        model does not know.
    moves : dict of int to (Move or None)
        For each other segment the smallest change in one feature that leads there; None where no
        single feature can.
    contributions : tuple of Contribution
        Which values put it there and not into the second nearest segment: each feature's part of
        the difference of the squared distances. Empty where there is one segment only.
    """

    segment: int
    name: str
    distance: float
    margin: float | None
    second_segment: int | None
    second_name: str | None
    in_between: bool | None
    outlier: bool | None
    moves: Mapping[int, Move | None]
    contributions: tuple[Contribution, ...] = ()

    def _told(self) -> list[str]:
        """How surely the customer belongs there, in sentences."""
        told = [f"Distance to the centre {self.distance:.4g}."]
        if self.second_segment is not None:
            margin = "n/a" if self.margin is None else f"{self.margin:.2f}"
            told.append(f"Margin {margin}; next is {self.second_segment} {self.second_name}.")
        if self.in_between:
            told.append("In between these two: treat the segment as a guess.")
        if self.outlier:
            told.append("An outlier: further out than 99 % of the segment.")
        if self.contributions:
            most = [f"{own.feature} {own.difference:+.4g}" for own in self.contributions]
            told.append(f"For it rather than {self.second_segment}: {', '.join(most)}.")
        return told

    def _changes(self) -> list[tuple[int, str]]:
        return [
            (segment, str(move) if move else "no change of a single feature")
            for segment, move in self.moves.items()
        ]

    def __repr__(self) -> str:
        lines = [f"Segment {self.segment}: {self.name}", *(f"  {own}" for own in self._told())]
        if self.moves:
            lines.append("What would move this customer to segment")
        lines += [f"  {segment}  {change}" for segment, change in self._changes()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{segment}</td><td style='text-align:left'>{html.escape(change)}</td></tr>"
            for segment, change in self._changes()
        )
        table = (
            "<table><thead><tr><th>To segment</th><th style='text-align:left'>"
            f"What would move this customer</th></tr></thead><tbody>{rows}</tbody></table>"
        )
        return (
            f"<p><b>Segment {self.segment}: {html.escape(self.name)}</b></p>"
            f"<p>{html.escape(' '.join(self._told()))}</p>{table if self.moves else ''}"
        )


def explain(model: SegmentModel, customer: Any) -> Explanation:
    """Explain one customer; see :meth:`segmentry.Model.explain`."""
    values = given_values(model, customer)
    scored = score(model, values[None, :])
    own, distance = int(scored.segments[0]), float(scored.distances[0])
    margin = None if np.isnan(scored.margins[0]) else float(scored.margins[0])
    second = _second(model, values, own)
    far = model.segments[own - 1].far_distance
    return Explanation(
        segment=own,
        name=model.segments[own - 1].name,
        distance=distance,
        margin=margin,
        second_segment=second,
        second_name=None if second is None else model.segments[second - 1].name,
        in_between=None if margin is None else margin < IN_BETWEEN,
        outlier=None if far is None else distance > far,
        moves={
            other.segment: _move(model, values, other.segment)
            for other in model.segments
            if other.segment != own
        },
        contributions=() if second is None else contributions(model, values, own=own, other=second),
    )


def _second(model: SegmentModel, values: Floats, own: int) -> int | None:
    """The second nearest segment; of equals the lower."""
    point = coordinates(model.plan, values[None, :])[0]
    others = [
        (sum((x - c) * (x - c) for x, c in zip(point, other.center, strict=True)), other.segment)
        for other in model.segments
        if other.segment != own
    ]
    return min(others)[1] if others else None


# ---------------------------------------------------------------- what would move it


def _move(model: SegmentModel, values: Floats, segment: int) -> Move | None:
    """The smallest change of one feature that ends in a segment, checked by scoring."""
    found = [_move_along(model, values, segment), *_moves_of_levels(model, values, segment)]
    return min((own for own in found if own), key=lambda own: own.shift, default=None)


def _move_along(model: SegmentModel, values: Floats, segment: int) -> Move | None:
    """The smallest change of one number."""
    point = coordinates(model.plan, values[None, :])[0]
    ends = [_end(model, values, segment, axis) for axis in range(len(model.plan.features))]
    reachable = sorted((abs(end[0] - point[i]), i) for i, end in enumerate(ends) if end)
    for _, axis in reachable:
        end = ends[axis]
        for target in _targets(model, values, axis, *end) if end else ():
            changed = values.copy()
            changed[axis] = target
            if score(model, changed[None, :]).segments[0] == segment:
                shift = abs(float(coordinates(model.plan, changed[None, :])[0, axis] - point[axis]))
                return Move(
                    segment, model.segments[segment - 1].name, model.plan.names[axis],
                    float(values[axis]), target, shift,
                )  # fmt: skip
    return None


def _moves_of_levels(model: SegmentModel, values: Floats, segment: int) -> Iterator[Move]:
    """Each change of a category from one level to another that leads there."""
    axes = model.plan.axes
    for category in model.plan.categories:
        own = [i for i, axis in enumerate(axes) if axis.column == category.name]
        for target in own:
            changed = values.copy()
            changed[own] = [float(i == target) for i in own]
            moved = score(model, changed[None, :]).segments[0] == segment
            if moved and not np.array_equal(changed, values):
                here = next((axes[i].level for i in own if values[i] == 1), "none of these")
                both = coordinates(model.plan, np.array([values, changed]))
                shift = float(np.sqrt(np.sum((both[1] - both[0]) ** 2)))
                yield Move(
                    segment, model.segments[segment - 1].name, category.name,
                    here or "", axes[target].level or "", shift,
                )  # fmt: skip


def _targets(
    model: SegmentModel, values: Floats, axis: int, near: float, far: float
) -> Iterator[float]:
    """The values that the change may lead to, the nearest first."""
    point = coordinates(model.plan, values[None, :])[0]
    least, most = _possible(model, axis, float(values[axis]))
    before = _baseline(model, axis)
    whole = before is not None and before.whole and float(values[axis]).is_integer()
    for target in _beyond(model, point, axis, near, far):
        own = float(np.ceil(target) if far > near else np.floor(target)) if whole else target
        if least <= own <= most:
            yield own


def _baseline(model: SegmentModel, axis: int) -> Baseline | None:
    name = model.plan.names[axis]
    return next((own for own in model.baseline if own.feature == name and own.edges), None)


def _possible(model: SegmentModel, axis: int, value: float) -> tuple[float, float]:
    """Where nearly all customers are, by the deciles, and this one.

    That is the range from the first hundredth to the last of a normal distribution with the same
    deciles (of logarithms, where those are taken); what is never below 0 ends there.
    """
    before = _baseline(model, axis)
    if before is None:
        return (-np.inf, np.inf)
    edges = before.edges
    logged = model.plan.features[axis].transform == "log1p" and edges[0] > -1
    low, high = np.log1p([edges[0], edges[-1]]) if logged else (edges[0], edges[-1])
    out = _OUT * (high - low)
    ends = np.expm1([low - out, high + out]) if logged else (low - out, high + out)
    least = max(float(ends[0]), 0.0) if edges[0] >= 0 else float(ends[0])
    return (min(least, value), max(float(ends[1]), value))


def _end(
    model: SegmentModel, values: Floats, segment: int, axis: int
) -> tuple[float, float] | None:
    """The nearer end of the stretch along a coordinate that is a segment's, and the other end.

    None where there is no such stretch among the values that are possible. A logarithm's stretch
    begins at the value 0 at the least.
    """
    point = coordinates(model.plan, values[None, :])[0]
    centers = np.array(model.centers)
    along = centers[:, axis]
    rest = ((np.delete(point, axis) - np.delete(centers, axis, axis=1)) ** 2).sum(axis=1)
    gaps = along - along[segment - 1]
    further = rest - rest[segment - 1]
    lower = np.arange(model.k) < segment - 1
    if np.any((gaps == 0) & ((further < 0) | (lower & (further == 0)))):
        return None
    aside = gaps != 0
    borders = (along[aside] + along[segment - 1]) / 2 + further[aside] / (2 * gaps[aside])
    low = max(borders[gaps[aside] < 0], default=-np.inf)
    high = min(borders[gaps[aside] > 0], default=np.inf)
    feature = model.plan.features[axis]
    if feature.transform == "log1p":
        low = max(low, coordinates(model.plan, np.zeros((1, len(point))))[0, axis])
    if feature.clip is not None:
        ends = np.tile(np.zeros(len(point)), (2, 1))
        ends[:, axis] = feature.clip
        least, most = coordinates(model.plan, ends)[:, axis]
        low = max(low, least)
        high = min(high, most) if feature.clip[1] < sql.LARGEST else high
    possible = np.tile(values, (2, 1))
    possible[:, axis] = np.clip(_possible(model, axis, values[axis]), -sql.LARGEST, sql.LARGEST)
    least, most = coordinates(model.plan, possible)[:, axis]
    low, high = max(low, least), min(high, most)
    if low > high or np.isinf([low, high]).all():
        return None
    both = (float(low), float(high))
    return both if abs(low - point[axis]) <= abs(high - point[axis]) else both[::-1]


def _beyond(
    model: SegmentModel, point: Floats, axis: int, near: float, far: float
) -> Iterator[float]:
    """Values at the near end of a stretch and a hair within, in the feature's own unit."""
    size = abs(near) + abs(point[axis]) + float(np.abs(np.array(model.centers)[:, axis]).max())
    for nudge in _NUDGES:
        inside = point.copy()
        inside[axis] = near + np.sign(far - near) * min(nudge * size, abs(far - near) / 2)
        yield float(values_of(model.plan, inside[None, :])[0, axis])

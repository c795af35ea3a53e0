"""What Python says of customers, in the columns of an exported query's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segmentry import sql
from segmentry.model import SegmentModel
from segmentry.steps.features import coordinates
from segmentry.steps.flags import flags_of
from segmentry.steps.scoring import Scores, score

__all__ = ["answer_schema", "expected_answer"]

Floats = npt.NDArray[np.float64]

_KINDS = {
    "segment": pa.int64(), "segment_name": pa.string(), "distance": pa.float64(),
    "margin": pa.float64(), "second_segment": pa.int64(), "in_between": pa.bool_(),
    "outlier": pa.bool_(),
}  # fmt: skip


def answer_schema(*, flags: bool) -> pa.Schema:
    """The columns of an answer in their types, the id as text."""
    names = (*sql.ANSWERED, *(sql.FLAGGED if flags else ()))
    return pa.schema([("id", pa.string()), *((name, _KINDS[name]) for name in names)])


def expected_answer(
    model: SegmentModel, ids: Sequence[Any] | pa.ChunkedArray, values: Floats, *, flags: bool
) -> pa.Table:
    """Score customers in memory.

    Parameters
    ----------
    model : SegmentModel
        The model.
    ids : sequence
        What names the customers.
    values : ndarray of shape (n, n_coordinates)
        As :func:`segmentry.steps.scoring.score` takes them.
    flags : bool
        Whether the second nearest segment and the flags are told too.
    """
    scores = score(model, values)
    known, nothing = scores.segments > 0, np.isnan(scores.margins)
    names = np.array([None, *(own.name for own in model.segments)], dtype=object)
    columns = [
        pa.array(ids, pa.string()) if isinstance(ids, list) else ids,
        pa.array(scores.segments, mask=~known),
        pa.array(names[scores.segments], pa.string()),
        pa.array(scores.distances, mask=~known),
        pa.array(scores.margins, mask=nothing),
    ]
    if flags:
        columns += _flagged(model, values, scores)
    return pa.table(columns, schema=answer_schema(flags=flags))


def _flagged(model: SegmentModel, values: Floats, scores: Scores) -> list[pa.Array]:
    known, nothing = scores.segments > 0, np.isnan(scores.margins)
    limits = flags_of(model)
    far = np.array([np.nan, *(np.nan if own is None else own for own in limits.far)])
    beyond = far[scores.segments]
    return [
        pa.array(_second_segments(model, values, scores), mask=~known | (model.k == 1)),
        pa.array(scores.margins < limits.in_between, mask=nothing),
        pa.array(scores.distances > beyond, mask=~known | np.isnan(beyond)),
    ]


def _second_segments(model: SegmentModel, values: Floats, scores: Scores) -> npt.NDArray[np.int64]:
    """The nearest segment but for the own one; an exact tie goes to the lower number."""
    raw = np.where(np.abs(values) <= sql.LARGEST, values, np.nan)
    points = coordinates(model.plan, raw)
    distances = np.full((len(points), model.k), np.inf)
    for label, center in enumerate(model.centers):
        distances[:, label] = 0.0
        for x, own in zip(points.T, center, strict=True):
            distances[:, label] += (x - own) * (x - own)
        distances[scores.segments == label + 1, label] = np.inf
    nearest: npt.NDArray[np.int64] = np.argmin(distances, axis=1) + 1
    return nearest

"""The model: everything needed to score a new customer, and nothing about any single one.

On disk it is one JSON file, ``model.json``::

    {"format": 2, "made_by": "segmentry 0.1.0", "checksum": "sha256:…", "model": {…}}

The checksum is over the canonical text of ``model`` (sorted keys, no spaces), so that a damaged
file is refused and a re-indented one is not.

How to change the format
------------------------
A field that no score depends on may be added with a default: older files are read without it, and
a test says so. For everything else:

1. Raise ``FORMAT`` and change the dataclasses.
2. Write a function that turns the ``model`` part of the format before into the new one, and call
   it in :func:`from_json` for every older number, so that each file ever written can be read.
3. Store a file of the format before in ``tests/golden/`` and a test that loads it. Golden files
   are added to, never edited.

What each format brought
------------------------
2. Missing values are filled, values are drawn in to bounds, features have weights, and categories
   have coordinates. What format 1 does not say is what the fields' defaults say: nothing of it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from segmentry.errors import ModelFileError, SourceNotFoundError
from segmentry.files import write_text
from segmentry.plan import STRICT, Axis, CategoryPlan, FeaturePlan, Plan
from segmentry.version import __version__

__all__ = [
    "FORMAT",
    "Axis",
    "Baseline",
    "CategoryPlan",
    "FeaturePlan",
    "Plan",
    "SegmentCenter",
    "SegmentModel",
    "from_json",
    "load_model",
    "to_json",
]

FORMAT = 2
_SIZE_LIMIT = 64 * 2**20
_MOST_DIGITS = 400
_LONGEST_NAME = 10_000
_SMALLEST, _LARGEST = 1e-200, 1e110
"""What a coordinate may be divided by, and be: no square of a distance overflows."""


@dataclass(frozen=True)
class SegmentCenter:
    """One segment of the model.

    Attributes
    ----------
    segment : int
        Its number, 1..k, largest first.
    name : str
        Its name.
    name_locked : bool
        Whether a person chose the name, so that no later run may change it.
    customers : int
        How many customers it had when the model was made.
    share : float
        The same, as a share of all customers that were used, 0 to 1.
    center : tuple of float
        The K-Means centroid in the plan's coordinates.
    mean : tuple of float
        The members' mean of each feature, in the feature's own unit, and the share of each level
        of a category.
    far_distance : float or None
        The distance from the centre beyond which a customer is an outlier; None where that is not
        known, as in older files and for segments of fewer than five customers.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    segment: int
    name: str
    name_locked: bool
    customers: int
    share: float
    center: tuple[float, ...]
    mean: tuple[float, ...]
    far_distance: float | None = None


@dataclass(frozen=True)
class Baseline:
    """How a feature was distributed when the model was made, for comparison later.

    Attributes
    ----------
    feature : str
        The column.
    edges : tuple of float
        Its deciles, ascending and without repetitions, in the column's unit.
    shares : tuple of float
        Share of customers up to the first edge, between each two (upper edge included), and
        above the last; one more than there are edges. They sum to 1.
    whole : bool
        Whether all its values were whole numbers; False where that is not known, as in older files.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    feature: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    whole: bool = False


@dataclass(frozen=True)
class SegmentModel:
    """Everything needed to score a new customer.

    Attributes
    ----------
    plan : Plan
        From columns to coordinates.
    segments : tuple of SegmentCenter
        Number 1 first.
    id_column : str or None
        The column that named the customers; None where rows were counted instead.
    inertia : float
        Sum of squared distances to the own centre over all customers, in plan coordinates.
    silhouette : float or None
        Mean silhouette, -1 to 1; None for a single segment.
    customers : int
        How many customers the model rests on.
    baseline : tuple of Baseline
        One for each feature that is a number.
    weight_column : str or None
        The column that said how much each customer counted; no score depends on it.
    orders : dict of str to str or None, optional
        Where customers were built from order lines: ``as_of``, the day from which days were
        counted, and by part (``id``, ``date``, ``amount``, ``order``, ``product``) the column of
        the lines. No score depends on it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    plan: Plan
    segments: tuple[SegmentCenter, ...]
    id_column: str | None
    inertia: float
    silhouette: float | None
    customers: int
    baseline: tuple[Baseline, ...]
    weight_column: str | None = None
    orders: dict[str, str | None] | None = None

    @property
    def k(self) -> int:
        """The number of segments."""
        return len(self.segments)

    @property
    def centers(self) -> tuple[tuple[float, ...], ...]:
        """The centroids in plan coordinates, segment 1 first."""
        return tuple(segment.center for segment in self.segments)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model as JSON; the file appears whole or not at all."""
        write_text(path, to_json(self))


def to_json(model: SegmentModel) -> str:
    """Return the text of ``model.json``; the same model gives the same bytes."""
    body = dataclasses.asdict(model)
    document = {
        "format": FORMAT,
        "made_by": f"segmentry {__version__}",
        "checksum": _checksum(body),
        "model": body,
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def load_model(path: str | os.PathLike[str]) -> SegmentModel:
    """Read a ``model.json``.

    Raises
    ------
    SourceNotFoundError
        If there is no such file.
    ModelFileError
        If it is a pickle (never opened), damaged, made by a newer version, or not a model.
    """
    place = Path(path)
    try:
        with place.open("rb") as stream:
            raw = stream.read(_SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise SourceNotFoundError(
            f"{place} not found.", "Give the path of a model.json that a run has left.", code="R01"
        ) from None
    except OSError as error:
        raise ModelFileError(
            f"{place} cannot be read: {error.strerror}.",
            "Give the path of a model.json that a run has left.",
            code="R01",
        ) from error
    if place.suffix in {".joblib", ".pkl", ".pickle", ".skops"} or raw[:1] == b"\x80":
        raise ModelFileError(
            f"{place.name} is a pickle, and pickle files can run code.",
            "Load the model.json beside it; the joblib file is for scikit-learn.",
            code="M57",
        )
    if len(raw) > _SIZE_LIMIT:
        raise ModelFileError(
            f"{place.name} is larger than 64 MB.", "A model is a few kB: is it a model?", code="M56"
        )
    return from_json(raw, name=place.name)


def from_json(raw: bytes | str, *, name: str = "the model") -> SegmentModel:
    """Turn the text of a ``model.json`` into a model, checked from end to end.

    Raises
    ------
    ModelFileError
        With the place of the first fault, as a JSON pointer where there is one.
    """
    document = _parse(raw, name)
    if not isinstance(document, dict) or "format" not in document or "model" not in document:
        raise ModelFileError(
            f"{name} is JSON, but not a Segmentry model.",
            "Give the path of a model.json that a run has left.",
            code="M53",
        )
    number = document["format"]
    if type(number) is not int or not 1 <= number <= FORMAT:
        raise ModelFileError(
            f"{name} has format {number!r}; this version reads formats 1 to {FORMAT}.",
            "Upgrade Segmentry, or make the model again with this version.",
            code="M54",
        )
    body = document["model"]
    if document.get("checksum") != _checksum(body):
        raise ModelFileError(
            f"{name}: checksum mismatch, the file is damaged or was edited.",
            "Restore it from a copy, or run the segmentation again.",
            code="M53",
        )
    return _checked(body, name)


def _parse(raw: bytes | str, name: str) -> Any:
    def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key appears twice")
        return found

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not a number")

    def whole(digits: str) -> int:
        if len(digits) > _MOST_DIGITS:
            raise ValueError(f"a number has {len(digits):,} digits")
        return int(digits)

    try:
        return json.loads(raw, object_pairs_hook=no_twins, parse_constant=refuse, parse_int=whole)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{name} is not valid JSON ({str(error) or 'nested too deep'}).",
            "Restore it from a copy, or run the segmentation again.",
            code="M53",
        ) from None


def _checked(body: Any, name: str) -> SegmentModel:
    from pydantic import TypeAdapter, ValidationError

    adapter: TypeAdapter[SegmentModel] = TypeAdapter(SegmentModel)
    try:
        model = adapter.validate_json(json.dumps(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        pointer = "/" + "/".join(str(part) for part in first["loc"])
        raise _unsound(name, f"{pointer}: {first['msg']}") from None
    _check_shape(model, name)
    return model


def _check_shape(model: SegmentModel, name: str) -> None:
    """Refuse what fits the types and still makes no sense."""
    _check_plan(model.plan, name)
    if not model.segments:
        raise _unsound(name, "/segments: none")
    taken: set[str] = set()
    for i, segment in enumerate(model.segments):
        if segment.segment != i + 1:
            raise _unsound(name, f"/segments/{i}/segment: must be {i + 1}")
        _check_segment(segment, len(model.plan.axes), name)
        if segment.name in taken:
            raise _unsound(name, f"/segments/{i}/name: another segment is called so")
        taken.add(segment.name)
    if sum(own.customers for own in model.segments) != model.customers:
        raise _unsound(name, "/customers: must be the sum of the segments'")
    if model.id_column in model.plan.columns:
        raise _unsound(name, "/id_column: must not be one of the plan's")
    _check_baseline(model, name)
    _check_orders(model.orders or {}, name)


def _check_segment(segment: SegmentCenter, axes: int, name: str) -> None:
    place = f"/segments/{segment.segment - 1}"
    for part in ("center", "mean"):
        own = getattr(segment, part)
        if len(own) != axes:
            raise _unsound(name, f"{place}/{part}: must have {axes} numbers")
        for i, value in enumerate(own):
            if abs(value) > _LARGEST:
                raise _unsound(name, f"{place}/{part}/{i}: is too large")
    if not 0 < len(segment.name.strip()) <= _LONGEST_NAME:
        raise _unsound(name, f"{place}/name: must have 1 to {_LONGEST_NAME:,} letters")
    if segment.customers < 0:
        raise _unsound(name, f"{place}/customers: must not be below 0")
    if not 0 <= segment.share <= 1:
        raise _unsound(name, f"{place}/share: must be from 0 to 1")
    if segment.far_distance is not None and segment.far_distance < 0:
        raise _unsound(name, f"{place}/far_distance: must not be below 0")


def _check_orders(orders: dict[str, str | None], name: str) -> None:
    day = orders.get("as_of")
    if day is None:
        return
    try:
        date.fromisoformat(day)
    except ValueError:
        raise _unsound(name, "/orders/as_of: must be a day such as 2026-01-31") from None


def _check_plan(plan: Plan, name: str) -> None:
    columns = plan.columns
    if not plan.features or len(set(columns)) < len(columns):
        raise _unsound(name, "/plan/features: none, or one of them twice")
    for kind in ("features", "categories"):
        for i, own in enumerate(getattr(plan, kind)):
            for part in ("scale", "weight"):
                if getattr(own, part) < _SMALLEST:
                    raise _unsound(name, f"/plan/{kind}/{i}/{part}: must be above 0")
    for i, feature in enumerate(plan.features):
        if feature.clip and feature.clip[0] > feature.clip[1]:
            raise _unsound(name, f"/plan/features/{i}/clip: must be ascending")
    for i, category in enumerate(plan.categories):
        if not category.levels or len(set(category.levels)) < len(category.levels):
            raise _unsound(name, f"/plan/categories/{i}/levels: none, or one of them twice")


def _check_baseline(model: SegmentModel, name: str) -> None:
    for i, own in enumerate(model.baseline):
        if own.feature not in model.plan.numbers:
            raise _unsound(name, f"/baseline/{i}/feature: must be one of the plan's")
        if len(own.shares) != len(own.edges) + 1:
            raise _unsound(name, f"/baseline/{i}/shares: must have {len(own.edges) + 1} numbers")


def _unsound(name: str, what: str) -> ModelFileError:
    return ModelFileError(
        f"{name} is not a sound model: {what}.", "Run the segmentation again.", code="M55"
    )


def _checksum(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

"""Step 12b: one customer as it was given: a mapping, a row of a dataframe, or a table of one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentry import sql
from segmentry.engines import frames
from segmentry.errors import ColumnError, FeatureError, InputError, closest
from segmentry.model import SegmentModel
from segmentry.plan import CategoryPlan, FeaturePlan, level_names
from segmentry.steps.features import is_missing_level, prepared_values

__all__ = ["given_values"]

Floats = npt.NDArray[np.float64]

_MISSING = frozenset({"NAType", "NaTType"})


def given_values(model: SegmentModel, customer: Any) -> Floats:
    """The customer's values along the model's coordinates; missing ones are filled as planned."""
    given, plan = _mapping(customer), model.plan
    columns: dict[str, Any] = {own.name: [_number(given, own)] for own in plan.features}
    columns |= {own.name: [_level(given, own)] for own in plan.categories}
    values: Floats = prepared_values(plan, columns)[0]
    return values


def _level(given: Mapping[Any, Any], own: CategoryPlan) -> Any:
    value = _given(given, own.name)
    if is_missing_level(own, value):
        if own.fill is not None:
            return None
        raise FeatureError(
            f"The customer has no usable value in {own.name!r}, so it belongs to no segment.",
            f"Give one of: {', '.join(level_names(own))}.",
            code="R37",
        )
    return float(value) if own.numeric and isinstance(value, Real | Decimal) else value


def _mapping(customer: Any) -> Mapping[Any, Any]:
    if isinstance(customer, Mapping):
        return customer
    if getattr(customer, "ndim", None) == 1 and hasattr(customer, "to_dict"):
        return dict(customer.to_dict())
    if not frames.is_frame(customer):
        raise InputError(
            f"A {type(customer).__name__} is not a customer.",
            "Pass a dict of values by column, a row of a dataframe, or a dataframe with one row.",
            code="R00",
        )
    table = frames.to_arrow(customer)
    if table.num_rows != 1:
        raise InputError(
            f"One customer can be explained at a time; this table has {table.num_rows:,} rows.",
            "Pass one row, for example customers.iloc[[0]], or use assign for all of them.",
            code="R00",
        )
    return dict(table.to_pylist()[0])


def _given(given: Mapping[Any, Any], name: str) -> Any:
    if name not in given:
        names = [own for own in given if isinstance(own, str)]
        near = ", ".join(repr(own) for own in closest(name, names))
        fix = f"Did you mean {near}?" if near else f"Add it: the model needs {name!r}."
        raise ColumnError(f"The customer has no column {name!r}.", fix, code="R25")
    return given[name]


def _number(given: Mapping[Any, Any], own: FeaturePlan) -> float:
    value, logged = _given(given, own.name), own.transform == "log1p"
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal | None):
        if type(value).__name__ not in _MISSING:
            raise FeatureError(
                f"The customer's {own.name!r} is not a number, as the model needs it.",
                "Give it in the form in which the model was made.",
                code="R60",
            )
        value = None
    number = np.nan if value is None else float(value)
    missing = not abs(number) <= sql.LARGEST
    if (missing and own.fill is None) or (logged and number <= -1):
        raise FeatureError(
            f"The customer has no usable value in {own.name!r}, so it belongs to no segment.",
            "Give a finite number" + (" above -1." if logged else "."),
            code="R37",
        )
    return number

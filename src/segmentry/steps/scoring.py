"""Step 12: new customers to segments, in memory or in the engine, by the same arithmetic."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import ColumnError, FeatureError, InputError
from segmentry.model import SegmentModel
from segmentry.steps.amendments import keep_as_stored, read_as_number
from segmentry.steps.features import coordinates
from segmentry.steps.flags import flags_of
from segmentry.steps.kmeans import nearest_two
from segmentry.steps.sources import TABLE, Source

__all__ = ["Scores", "assign_query", "feature_values", "score", "with_features"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Where each customer belongs.

    Attributes
    ----------
    segments : ndarray of shape (n,)
        Segment numbers 1..k; 0 where a feature is missing.
    distances : ndarray of shape (n,)
        To the own centre, in plan coordinates; NaN where a feature is missing.
    margins : ndarray of shape (n,)
        ``(d2 - d1) / d2``, 0 (between two segments) to 1 (at the centre); NaN where a feature is
        missing or there is only one segment.
    """

    segments: npt.NDArray[np.int64]
    distances: Floats
    margins: Floats


def score(model: SegmentModel, values: npt.ArrayLike) -> Scores:
    """Score customers in memory.

    Parameters
    ----------
    model : SegmentModel
        The model.
    values : array-like of shape (n, n_coordinates)
        In the columns' own units and the plan's order, levels of categories as 0 or 1; NaN,
        infinity and whatever is larger than 1e100 mean missing.
    """
    raw = np.asarray(values, dtype=np.float64)
    known = np.where(np.abs(raw) <= sql.LARGEST, raw, np.nan)
    points = coordinates(model.plan, known)
    present = ~np.isnan(points).any(axis=1)
    points = points[present]
    labels, nearest, second = nearest_two(points, np.array(model.centers))
    segments = np.zeros(len(raw), dtype=np.int64)
    distances, margins = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
    segments[present] = labels + 1
    distances[present] = np.sqrt(nearest)
    if model.k > 1:
        further = np.sqrt(second)
        gap = further - distances[present]
        margins[present] = np.divide(gap, further, out=np.full(len(gap), np.nan), where=further > 0)
    return Scores(segments, distances, margins)


def assign_query(
    model: SegmentModel,
    source: Source,
    engine: Engine,
    *,
    to_file: bool = False,
    flags: bool = False,
) -> exp.Select:
    """Return the query that assigns every customer of a source, in the source's order.

    ``to_file`` makes one whose answer the engine writes quickly, ``flags`` one that also tells the
    second nearest segment, who is in between and who is an outlier.

    The source has every column as :func:`with_features` gives it.
    """
    id_column = model.id_column if model.id_column in source.names else None
    if id_column is not None:
        keep_as_stored(source, engine, id_column)
    elif not engine.numbered:
        raise InputError(
            f"{source.name} has no id column, and rows of a database have no numbers.",
            "Name the column that names each customer: --id COLUMN.",
            code="R26",
        )
    names = [segment.name for segment in model.segments]
    labels = sql.Labels(TABLE, model.plan, model.centers)
    return sql.assignments(
        labels,
        names,
        id_column=id_column,
        enumerated=to_file,
        flags=flags_of(model) if flags else None,
    )


def feature_values(model: SegmentModel, source: Source, engine: Engine) -> Floats:
    """Return the values of every customer of a source along the model's coordinates, in order.

    Missing ones are filled and far ones drawn in, as the plan says; NaN where nothing stands for a
    missing one.

    Raises
    ------
    ColumnError, FeatureError
        As :func:`with_features` does.
    """
    with_features(model, source, engine)
    return engine.array(sql.prepared_values(TABLE, model.plan))


def _check_built(orders: Mapping[str, str | None], source: Source, features: Sequence[str]) -> None:
    """Refuse order lines where customers built from them are wanted."""
    missing = [name for name in features if name not in source.names]
    if not missing:
        return
    words = ["segmentry", "rfm", source.name]
    for part, column in orders.items():
        option = f"--{part.replace('_', '-')}"
        words += [option, column] if column and part != "as_of" else []
    raise ColumnError(
        f"{source.name} has no column {missing[0]!r}: the model is about customers that were built "
        "from order lines.",
        f"Build them first:  {shlex.join([*words, '-o', 'customers.parquet'])}",
        code="R25",
    )


def with_features(model: SegmentModel, source: Source, engine: Engine) -> Source:
    """The source with every column that the model needs, in the type in which it needs it.

    Raises
    ------
    ColumnError
        If the source lacks a feature of the model.
    FeatureError
        If a feature of the model is not a number there.
    """
    if model.orders is not None:
        _check_built(model.orders, source, model.plan.columns)
    for name in model.plan.numbers:
        if _column(source, name).type != "number":
            if _has_values(engine, name):
                raise FeatureError(
                    f"{source.name}: column {name!r} is not a number, as the model needs it.",
                    "Give the column in the form in which the model was made.",
                    code="R60",
                )
            source = read_as_number(source, engine, name)
    for category in model.plan.categories:
        name, kind = category.name, _column(source, category.name).type
        if not category.numeric and kind != "text":
            source = keep_as_stored(source, engine, name)
        elif category.numeric and kind != "number":
            source = read_as_number(source, engine, name)
    return source


def _column(source: Source, name: str) -> sql.Column:
    return source.column(name, option="The model needs it; the table")


def _has_values(engine: Engine, name: str) -> bool:
    return bool(engine.rows(sql.usable_rows(TABLE, [name]))[0]["rows"])

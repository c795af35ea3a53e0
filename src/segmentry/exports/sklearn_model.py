"""The model as a plain scikit-learn object, which needs no Segmentry to be loaded.

A bare ``KMeans`` where nothing is prepared, else a ``Pipeline`` that prepares each column (fills,
clips, takes logarithms, turns levels into columns), scales with ``StandardScaler`` and ends in
``KMeans``. Both know their ``feature_names_in_`` and predict on the
original columns; the label plus 1 is the segment number. It is rebuilt from the model, not fitted
again, so it holds no ``labels_``: nothing about any single customer.

``predict`` of scikit-learn has no label for "no segment": where the model gives none, the pipeline
raises a ValueError that names the column. What counts as missing elsewhere does here, too: numbers
beyond 1e100, and what means "missing" among levels. Where nothing is prepared but scaled, the
object is scikit-learn's own, which refuses NaN and infinity and takes every other number.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import numpy as np

from segmentry.files import whole_file
from segmentry.model import SegmentModel, from_json, to_json
from segmentry.plan import CategoryPlan, FeaturePlan, Plan
from segmentry.sql import BLANK_TOKENS, LARGEST

__all__ = ["joblib_meanwhile", "save_joblib", "to_sklearn"]


def to_sklearn(model: SegmentModel) -> Any:
    """Rebuild the model as ``KMeans``, or as a ``Pipeline`` that ends in it.

    Returns
    -------
    sklearn.cluster.KMeans or sklearn.pipeline.Pipeline
        Ready to ``predict`` on a dataframe with the feature columns, in their own units.
    """
    kmeans, plan = _kmeans(model), model.plan
    treated = bool(plan.categories) or any(_is_treated(own) for own in plan.features)
    if not treated and all(own.plain for own in plan.features):
        kmeans.feature_names_in_ = np.array(plan.names, dtype=object)
        return kmeans
    from sklearn.pipeline import Pipeline

    first = [("prepare", _preparation(plan))] if treated else []
    return Pipeline([*first, ("scale", _scaler(model, named=not treated)), ("kmeans", kmeans)])


def _is_treated(own: FeaturePlan) -> bool:
    return own.transform != "none" or own.fill is not None or own.clip is not None


def _preparation(plan: Plan) -> Any:
    """What is done to each column before it is scaled, in the plan's order."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline

    steps = [(own.name, _steps_of_number(own)) for own in plan.features]
    steps += [(own.name, own_steps) for own in plan.categories for own_steps in _of_category(own)]
    columns = [
        (f"{i} {name}", make_pipeline(*own), [name]) for i, (name, own) in enumerate(steps, 1)
    ]
    shown = {own.name: _shown(own) for own in plan.categories}
    rows = max(map(len, shown.values()), default=1)
    table: dict[str, list[Any]] = {own.name: [0.0] * rows for own in plan.features}
    table |= {name: [*own, *own[:1] * (rows - len(own))] for name, own in shown.items()}
    return ColumnTransformer(columns).fit(pd.DataFrame(table, columns=list(plan.columns)))


def _shown(own: CategoryPlan) -> list[Any]:
    """Made-up levels to fit the encoder on: what the model knows twice, and what it does not."""
    return [*own.levels, *own.levels, *([_unknown(own)] if own.other else [])]


def _unknown(own: CategoryPlan) -> str | float:
    """A level that the model does not know; beyond the others, since encoders want an order."""
    numbers = [level for level in own.levels if not isinstance(level, str)]
    return max(numbers) + 1 if numbers else "__other__"


def _steps_of_number(own: FeaturePlan) -> list[Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import FunctionTransformer

    steps = _within_limits()
    if own.fill is not None:
        steps.append(SimpleImputer(strategy="constant", fill_value=own.fill))
    if own.clip is not None:
        ends = {"a_min": own.clip[0], "a_max": own.clip[1]}
        steps.append(FunctionTransformer(np.clip, kw_args=ends))
    if own.transform == "log1p":
        steps.append(FunctionTransformer(np.log1p))
    return [*steps, _refusal(own.name)]


def _within_limits() -> list[Any]:
    """Numbers too large to compute with are missing; of functions that scikit-learn can find."""
    beyond = (partial(np.less, LARGEST), partial(np.greater, -LARGEST))
    return [_of_table("astype", dtype="float64"), *(_of_table("mask", cond=own) for own in beyond)]


def _of_table(method: str, **options: Any) -> Any:
    """A step that is a method of pandas' dataframes."""
    import pandas as pd
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(getattr(pd.DataFrame, method), kw_args=options)


def _refusal(name: str) -> Any:
    """Refuses what is still missing, by the column's name."""
    from sklearn.preprocessing import FunctionTransformer
    from sklearn.utils import check_array

    return FunctionTransformer(check_array, kw_args={"dtype": None, "input_name": repr(name)})


def _of_category(own: CategoryPlan) -> list[list[Any]]:
    """What is done to a category, after a look at whether it is there where nothing stands for it.

    The look makes no column. It is for its own words: scikit-learn names no column of texts.
    """
    from sklearn.preprocessing import FunctionTransformer

    first = _within_limits() if own.numeric else _without_blanks()
    if own.fill is not None:
        return [[*first, _of_table("fillna", value=own.fill), *_encoding(own)]]
    no_column = FunctionTransformer(np.take, kw_args={"indices": [], "axis": 1})
    missing = [_of_table("isna"), _of_table("astype", dtype="float64")]
    nan = _of_table("mask", cond=partial(np.less, 0.5))
    return [[*first, *missing, nan, _refusal(own.name), no_column], [*first, *_encoding(own)]]


def _encoding(own: CategoryPlan) -> list[Any]:
    """Levels as columns of 0 and 1; those that the model does not know are its other level."""
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

    known = sorted(own.levels, key=lambda level: (isinstance(level, str), level))
    encoder = OneHotEncoder(
        categories=[[*known, *([_unknown(own)] if own.other else [])]],
        min_frequency=2 if own.other else None,
        handle_unknown="infrequent_if_exist" if own.other else "ignore",
        sparse_output=False,
    )
    columns = [*(known.index(level) for level in own.levels), *([len(known)] if own.other else [])]
    ordered = FunctionTransformer(np.take, kw_args={"indices": columns, "axis": 1})
    return [encoder, ordered]


def _without_blanks() -> list[Any]:
    """What means "missing" among levels is missing, as wherever customers are read."""
    said = rf"(?i)\A *(?:{'|'.join(map(re.escape, BLANK_TOKENS))}) *\Z"
    blank = _of_table("replace", to_replace=said, value=np.nan, regex=True)
    return [_of_table("astype", dtype=object), blank]


def _kmeans(model: SegmentModel) -> Any:
    from sklearn.cluster import KMeans

    kmeans = KMeans(n_clusters=model.k, n_init=1, random_state=0)
    kmeans.cluster_centers_ = np.array(model.centers, dtype=np.float64)
    kmeans.inertia_ = model.inertia
    kmeans.n_iter_ = 1
    kmeans.n_features_in_ = len(model.plan.axes)
    kmeans._n_threads = 1
    return kmeans


def _scaler(model: SegmentModel, *, named: bool) -> Any:
    from sklearn.preprocessing import StandardScaler

    plan = model.plan
    scaler = StandardScaler()
    levels = [0.0] * (len(plan.axes) - len(plan.features))
    scaler.mean_ = np.array([*(own.center for own in plan.features), *levels])
    scaler.scale_ = np.array(plan.units)
    scaler.var_ = scaler.scale_**2
    scaler.n_features_in_ = len(plan.axes)
    scaler.n_samples_seen_ = model.customers
    if named:
        scaler.feature_names_in_ = np.array(plan.names, dtype=object)
    return scaler


def save_joblib(model: SegmentModel, path: str | os.PathLike[str]) -> None:
    """Write the scikit-learn object with joblib; the same model gives the same bytes."""
    import joblib

    with whole_file(path) as draft:
        joblib.dump(to_sklearn(model), draft)


@contextmanager
def joblib_meanwhile(model: SegmentModel, path: str | os.PathLike[str]) -> Iterator[None]:
    """Write the scikit-learn object while the body of the ``with`` runs; it is there at its end.

    Importing scikit-learn takes longer than segmenting 200 customers, so a process where it is
    not imported yet leaves the writing to another one, on the second core.
    """
    if "sklearn" in sys.modules or not sys.executable:
        save_joblib(model, path)
        yield
        return
    with subprocess.Popen(
        [sys.executable, "-m", "segmentry.exports.sklearn_model", os.fspath(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as helper:
        try:
            _hand_over(model, helper)
            yield
            failed = helper.wait() != 0
        except BaseException:
            helper.kill()
            raise
    if failed:
        save_joblib(model, path)


def _hand_over(model: SegmentModel, helper: subprocess.Popen[bytes]) -> None:
    """Send the model to the helper; one that has died already shows at its end."""
    with suppress(BrokenPipeError):
        if helper.stdin:
            helper.stdin.write(to_json(model).encode())
            helper.stdin.close()


if __name__ == "__main__":
    save_joblib(from_json(sys.stdin.buffer.read()), sys.argv[1])

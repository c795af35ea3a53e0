"""The model as a plain scikit-learn object, which needs no Segmentry to be loaded.

A bare ``KMeans`` where nothing is prepared, else a ``Pipeline`` that takes logarithms, scales with
``StandardScaler`` and ends in ``KMeans``. Both know their ``feature_names_in_`` and predict on the
original columns; the label plus 1 is the segment number. It is rebuilt from the model, not fitted
again, so it holds no ``labels_``: nothing about any single customer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from segmentry.files import whole_file
from segmentry.model import SegmentModel, from_json, to_json

__all__ = ["joblib_meanwhile", "save_joblib", "to_sklearn"]


def to_sklearn(model: SegmentModel) -> Any:
    """Rebuild the model as ``KMeans``, or as a ``Pipeline`` that ends in it.

    Returns
    -------
    sklearn.cluster.KMeans or sklearn.pipeline.Pipeline
        Ready to ``predict`` on a dataframe with the feature columns, in their own units.
    """
    kmeans = _kmeans(model)
    if model.plan.scaling == "none":
        kmeans.feature_names_in_ = np.array(model.plan.names, dtype=object)
        return kmeans
    from sklearn.pipeline import Pipeline

    logs = any(own.transform == "log1p" for own in model.plan.features)
    first = [("log", _logarithm(model))] if logs else []
    return Pipeline([*first, ("scale", _scaler(model, named=not logs)), ("kmeans", kmeans)])


def _logarithm(model: SegmentModel) -> Any:
    """The logarithm of some columns, the others as they are, in the plan's order."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import FunctionTransformer

    columns = [
        (
            own.name,
            FunctionTransformer(np.log1p) if own.transform == "log1p" else "passthrough",
            [own.name],
        )
        for own in model.plan.features
    ]
    empty = pd.DataFrame([[0.0] * len(columns)], columns=list(model.plan.names))
    return ColumnTransformer(columns).fit(empty)


def _kmeans(model: SegmentModel) -> Any:
    from sklearn.cluster import KMeans

    kmeans = KMeans(n_clusters=model.k, n_init=1, random_state=0)
    kmeans.cluster_centers_ = np.array(model.centers, dtype=np.float64)
    kmeans.inertia_ = model.inertia
    kmeans.n_iter_ = 1
    kmeans.n_features_in_ = len(model.plan.features)
    kmeans._n_threads = 1
    return kmeans


def _scaler(model: SegmentModel, *, named: bool) -> Any:
    from sklearn.preprocessing import StandardScaler

    features = model.plan.features
    scaler = StandardScaler()
    scaler.mean_ = np.array([own.center for own in features])
    scaler.scale_ = np.array([own.scale for own in features])
    scaler.var_ = scaler.scale_**2
    scaler.n_features_in_ = len(features)
    scaler.n_samples_seen_ = model.customers
    if named:
        scaler.feature_names_in_ = np.array(model.plan.names, dtype=object)
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

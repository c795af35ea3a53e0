"""The same steps as a scikit-learn estimator; no logic of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin
from sklearn.base import TransformerMixin as _TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentry import pipeline
from segmentry.engines import frames
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.model import SegmentModel
from segmentry.steps.features import Log, Scale, coordinates
from segmentry.steps.scoring import feature_values, score
from segmentry.steps.sources import open_source

__all__ = ["Segmenter"]


class Segmenter(ClassNamePrefixFeaturesOutMixin, _TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-Means segments with a defended number of clusters, as a scikit-learn estimator.

    Arrays are clustered on every column. Dataframes go by roles: the columns that
    :func:`segmentry.segment` would choose are used, the others are left aside.

    Parameters
    ----------
    n_clusters : int or "auto", default="auto"
        Number of segments, or the one with the best silhouette.
    k_max : int, default=10
        The largest number that ``"auto"`` may take.
    log : {"auto", "none"}, default="auto"
        Whether strongly skewed features become logarithms, as in :func:`segmentry.segment`.
    scale : {"auto", "none", "zscore"}, default="auto"
        ``"auto"`` takes z-scores where the features' standard deviations differ by more than a
        factor of 2.
    random_state : int, RandomState or None, default=0
        Of the random starts.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Label of each row, 0..k-1, largest segment first; segment number = label + 1.
    cluster_centers_ : ndarray of shape (n_clusters_, n_used_features)
        Centres in the features' own units.
    inertia_ : float
        Sum of squared distances to the own centre, in plan coordinates.
    silhouette_ : float or None
        Mean silhouette; None for a single cluster.
    n_clusters_ : int
        The number of clusters.
    n_iter_ : int
        Exact passes over all rows, at least 1.
    model_ : segmentry.model.SegmentModel
        Plan, centres and names.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of str
        Their names, where they had any.

    Examples
    --------
    >>> import pandas as pd, segmentry
    >>> df = pd.read_csv(segmentry.datasets.mall_customers_path())
    >>> segmenter = segmentry.Segmenter().fit(df)
    >>> segmenter.n_clusters_, segmenter.predict(df)[:4]
    (5, array([3, 4, 3, 4]))
    """

    def __init__(
        self,
        n_clusters: int | str = "auto",
        *,
        k_max: int = 10,
        scale: Scale = "auto",
        log: Log = "auto",
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.k_max = k_max
        self.scale = scale
        self.log = log
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Segmenter:  # noqa: ARG002
        """Find the segments.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dataframe
            The customers.
        y : ignored

        Returns
        -------
        self
        """
        if frames.is_frame(X):
            validate_data(self, X, skip_check_array=True)
            source, features = frames.to_arrow(X), None
        else:
            values = validate_data(self, X, dtype=np.float64)
            features = [f"x{i}" for i in range(values.shape[1])]
            source = pa.table(dict(zip(features, values.T, strict=True)))
        self._fit(source, features)
        self.labels_ = self.predict(X)
        return self

    def _fit(self, source: pa.Table, features: list[str] | None) -> None:
        with pipeline.segment(
            source,
            features=features,
            k=self.n_clusters,
            k_max=self.k_max,
            scale=self.scale,
            log=self.log,
            seed=_seed(self.random_state),
        ) as result:
            self.model_ = result.model
            self.n_clusters_ = result.k
            self.inertia_ = result.inertia
            self.silhouette_ = result.silhouette
            self.n_iter_ = max(1, result.found.solution.passes)
        self.cluster_centers_ = np.array([own.mean for own in self.model_.segments])
        self._n_features_out = self.n_clusters_

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """Return the label of each row, 0..k-1; -1 where a dataframe lacks a feature's value.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dataframe
            Customers with the columns seen in ``fit``; of a dataframe the features suffice.
        """
        labels: npt.NDArray[np.int64] = score(self.model_of_fit(), self._values(X)).segments - 1
        return labels

    def transform(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the distance of each row to every centre, in plan coordinates.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dataframe
            Customers with the columns seen in ``fit``.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters_)
        """
        model = self.model_of_fit()
        points = coordinates(model.plan, self._values(X))
        gaps = points[:, None, :] - np.array(model.centers)[None, :, :]
        distances: npt.NDArray[np.float64] = np.sqrt(np.sum(gaps * gaps, axis=2))
        return distances

    def model_of_fit(self) -> SegmentModel:
        """Return the fitted model, or say that ``fit`` comes first."""
        check_is_fitted(self)
        return self.model_

    def _values(self, X: Any) -> npt.NDArray[np.float64]:
        """The model's feature columns of X, in the plan's order."""
        names = list(self.model_of_fit().plan.names)
        known = [str(name) for name in getattr(self, "feature_names_in_", names)]
        if frames.is_frame(X):
            given = {str(name) for name in frames.names_of(X)}
            if given == set(known) or not given >= set(names):
                validate_data(self, X, skip_check_array=True, reset=False)
            with DuckDBEngine() as engine:
                return feature_values(self.model_, open_source(X, engine), engine)
        if len(known) == len(names):
            checked: npt.NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
            return checked
        rows = validate_data(self, X, dtype=None, reset=False, ensure_all_finite=False)
        return np.asarray(rows[:, [known.index(name) for name in names]], dtype=np.float64)


def _seed(random_state: Any) -> int:
    """A whole number for the random starts, from whatever scikit-learn takes."""
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))

"""The same steps as a scikit-learn estimator; no logic of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin
from sklearn.base import TransformerMixin as _TransformerMixin
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentry import pipeline
from segmentry.engines import frames
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.errors import FeatureError
from segmentry.model import SegmentModel
from segmentry.segmentation import Segmentation
from segmentry.steps.features import Log, Scale, coordinates, prepared_values
from segmentry.steps.preparation import Missing, Outliers
from segmentry.steps.scoring import feature_values, score
from segmentry.steps.sources import open_source

__all__ = ["Segmenter"]

_WEIGHT = "sample_weight (given)"
"""The column of weights that were given apart from the customers."""
_FEW = 30
"""In fewer rows columns may be constant, or all their values different, by chance."""


class Segmenter(ClassNamePrefixFeaturesOutMixin, _TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-Means segments with a defended number of clusters, as a scikit-learn estimator.

    Arrays are clustered on every column. Dataframes go by roles: the columns that
    :func:`segmentry.segment` would choose are used, the others are left aside.

    Parameters
    ----------
    n_clusters : int or "auto", default="auto"
        Number of segments, or the one that the evidence is best for, as :func:`segmentry.segment`
        finds it: it may be 1.
    k_max : int, default=10
        The largest number that ``"auto"`` may take.
    categorical : sequence of str, optional
        Columns of a dataframe to cluster on by their levels.
    missing : {"fill", "drop"}, default="fill"
        Whether a missing value of a dataframe is taken for the median (the commonest level), or its
        row is labelled -1.
    outliers : {"keep", "winsorize"}, default="keep"
        Whether numbers beyond the 1 % and 99 % quantiles count as if they were at them.
    feature_weight : mapping of str to float, optional
        By how much features' coordinates are multiplied.
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
        Centres in the features' own units, shares of the levels of categories.
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
        categorical: Sequence[str] | None = None,
        missing: Missing = "fill",
        outliers: Outliers = "keep",
        feature_weight: Mapping[str, float] | None = None,
        scale: Scale = "auto",
        log: Log = "auto",
        random_state: Any = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.k_max = k_max
        self.categorical = categorical
        self.missing = missing
        self.outliers = outliers
        self.feature_weight = feature_weight
        self.scale = scale
        self.log = log
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Segmenter:  # noqa: ARG002
        """Find the segments.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dataframe
            The customers.
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional
            How much each customer counts where centres are placed; scaling counts all alike. The
            inertia is that of weights which average 1.

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
        weight = None
        if sample_weight is not None:
            weight = _WEIGHT
            source = source.append_column(weight, pa.array(_weights(sample_weight, X)))
        self._fit(source, features, weight)
        self.labels_ = self.predict(X)
        return self

    def _fit(self, source: pa.Table, features: list[str] | None, weight: str | None) -> None:
        with self._segmented(source, features, weight) as result:
            self.model_ = result.model
            self.n_clusters_ = result.k
            self.inertia_ = result.inertia
            self.silhouette_ = result.silhouette
            self.n_iter_ = max(1, result.found.solution.passes)
        self.cluster_centers_ = np.array([own.mean for own in self.model_.segments])
        self._n_features_out = self.n_clusters_

    def _segmented(
        self, source: pa.Table, features: list[str] | None, weight: str | None
    ) -> Segmentation:
        """The run; of a few rows that say nothing about roles, on every column of numbers."""
        try:
            return self._run(source, features, weight)
        except FeatureError as error:
            numbers = [own.name for own in source.schema if _is_number(own) and own.name != weight]
            many = source.num_rows >= _FEW or features is not None
            if many or not numbers or error.code not in {"R37", "R41"}:
                raise
        return self._run(source, numbers, weight)

    def _run(
        self, source: pa.Table, features: list[str] | None, weight: str | None
    ) -> Segmentation:
        return pipeline.segment(
            source,
            features=features,
            categorical=self.categorical,
            missing=self.missing,
            outliers=self.outliers,
            feature_weight=self.feature_weight,
            weight=weight,
            k=self.n_clusters,
            k_max=self.k_max,
            scale=self.scale,
            log=self.log,
            seed=_seed(self.random_state),
            duplicates="keep",
            few="allow",
        )

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
        """The values of X along the model's coordinates."""
        plan = self.model_of_fit().plan
        names = list(plan.columns)
        known = [str(name) for name in getattr(self, "feature_names_in_", names)]
        if frames.is_frame(X):
            given = {str(name) for name in frames.names_of(X)}
            if given == set(known) or not given >= set(names):
                validate_data(self, X, skip_check_array=True, reset=False)
            with DuckDBEngine() as engine:
                return feature_values(self.model_, open_source(X, engine), engine)
        if len(known) == len(names) and not plan.categories:
            checked = validate_data(self, X, dtype=np.float64, reset=False)
        else:
            checked = validate_data(self, X, dtype=None, reset=False, ensure_all_finite=False)
        return prepared_values(plan, {name: checked[:, known.index(name)] for name in names})


def _is_number(column: pa.Field) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(is_kind(column.type) for is_kind in kinds)


def _weights(sample_weight: Any, X: Any) -> npt.NDArray[np.float64]:
    """Customer weights as an array, as long as the customers are many."""
    weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64)
    if weights.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    check_consistent_length(X, weights)
    return np.asarray(weights)


def _seed(random_state: Any) -> int:
    """A whole number for the random starts, from whatever scikit-learn takes."""
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))

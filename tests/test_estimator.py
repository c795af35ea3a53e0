"""The scikit-learn estimator."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import segmentry


@pytest.mark.slow
def test_scikit_learn_finds_no_fault_with_it():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        found = check_estimator(segmentry.Segmenter(k_max=4), on_fail=None)
    assert [own["check_name"] for own in found if own["status"] == "failed"] == []
    assert len([own for own in found if own["status"] == "passed"]) > 40


@pytest.mark.slow
def test_a_dataframe_goes_by_roles_and_gives_the_mall_segments(mall):
    customers = pd.read_csv(mall)
    segmenter = segmentry.Segmenter().fit(customers)
    assert segmenter.n_clusters_ == 5
    assert np.bincount(segmenter.labels_).tolist() == [81, 39, 35, 23, 22]
    assert segmenter.n_features_in_ == 5
    assert_array_equal(segmenter.predict(customers), segmenter.labels_)
    result = segmentry.segment(customers)
    assert_array_equal(segmenter.labels_ + 1, result.assign()["segment"])
    assert_allclose(segmenter.cluster_centers_, result.centers.to_numpy(), rtol=1e-11)


@pytest.mark.slow
def test_an_array_is_clustered_on_every_column(mall):
    values = pd.read_csv(mall)[["Annual Income (k$)", "Spending Score (1-100)"]].to_numpy()
    segmenter = segmentry.Segmenter(n_clusters=5).fit(values)
    assert segmenter.inertia_ == pytest.approx(44_448.4554, abs=0.01)
    assert segmenter.transform(values).shape == (200, 5)
    assert_array_equal(segmenter.transform(values).argmin(axis=1), segmenter.labels_)
    assert segmenter.get_feature_names_out().tolist() == [f"segmenter{i}" for i in range(5)]


@pytest.mark.slow
def test_it_works_as_the_last_step_of_a_pipeline_and_can_be_cloned(mall):
    values = pd.read_csv(mall)[["Age", "Spending Score (1-100)"]].to_numpy(float)
    pipeline = make_pipeline(StandardScaler(), segmentry.Segmenter(n_clusters=4, random_state=1))
    labels = pipeline.fit_predict(values)
    assert set(labels) == {0, 1, 2, 3}
    assert clone(pipeline[-1]).get_params()["n_clusters"] == 4


@pytest.mark.slow
def test_a_customer_without_a_value_is_labelled_minus_one():
    table = pd.DataFrame({"spend": [1, 2, None, 9, 10], "visits": [1, 1, 2, 5, 5.5]})
    assert segmentry.Segmenter(n_clusters=2, missing="drop").fit(table).labels_[2] == -1
    assert segmentry.Segmenter(n_clusters=2).fit(table).labels_[2] != -1


@pytest.mark.slow
def test_a_random_state_object_may_choose_the_seed():
    values = np.random.RandomState(0).randint(0, 9, (40, 2))
    segmenter = segmentry.Segmenter(2, random_state=np.random.RandomState(1)).fit(values)
    assert segmenter.n_clusters_ == 2
    assert segmentry.Segmenter(2, random_state=None).fit(values).n_clusters_ == 2


def test_predict_before_fit_is_refused_as_scikit_learn_does():
    with pytest.raises(NotFittedError):
        segmentry.Segmenter().predict([[1.0, 2.0]])

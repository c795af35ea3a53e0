"""The plan: when features become logarithms and z-scores, and the way there and back."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

import segmentry
from segmentry.errors import FeatureError
from segmentry.model import FeaturePlan, Plan
from segmentry.steps.features import coordinates, learn_plan, values_of


def shop(rows: int = 600) -> pd.DataFrame:
    rng = np.random.RandomState(2)
    return pd.DataFrame(
        {
            "visits": rng.poisson(9, rows),
            "revenue": np.round(np.exp(3 + rng.randn(rows)), 2),
        }
    )


@pytest.mark.slow
def test_a_strongly_skewed_feature_becomes_its_logarithm_and_the_plan_says_so():
    table = shop()
    plan = segmentry.segment(table, k=2).model.plan
    assert [own.transform for own in plan.features] == ["none", "log1p"]
    logs = np.log1p(table["revenue"])
    assert plan.features[1].center == pytest.approx(logs.mean(), rel=1e-10)
    assert plan.features[1].scale == pytest.approx(logs.std(ddof=0), rel=1e-10)
    assert plan.scaling == "zscore"
    assert "revenue (skew " in plan.reason
    assert "logarithm ln(1 + x)" in plan.reason


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"log": "none"}, {"scale": "none"}])
def test_no_logarithm_is_taken_against_the_wish(options):
    plan = segmentry.segment(shop(), k=2, **options).model.plan
    assert {own.transform for own in plan.features} == {"none"}


@pytest.mark.slow
def test_negative_values_stay_as_they_are():
    table = shop()
    table["revenue"] -= 50
    found = segmentry.segment(table, k=2)
    assert [own.transform for own in found.model.plan.features] == ["none", "none"]


def test_what_is_no_way_to_take_logarithms_is_refused():
    with pytest.raises(FeatureError, match="log='yes' is not known") as caught:
        learn_plan([], log="yes")
    assert caught.value.fix == "Choose auto or none."


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    arrays(float, (7, 2), elements=st.floats(0, 1e6)),
    st.booleans(),
    st.floats(-5, 5),
    st.booleans(),
)
def test_coordinates_lead_back_to_the_values(values, scaled, center, logged):
    features = (
        FeaturePlan("a", center if scaled else 0.0, 2.5 if scaled else 1.0),
        FeaturePlan("b", 0.0, 1.0, "log1p" if logged else "none"),
    )
    plan = Plan(features, "zscore" if scaled else "none", "")
    assert_allclose(values_of(plan, coordinates(plan, values)), values, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_the_saved_model_and_the_scikit_learn_object_take_the_logarithm_too(tmp_path):
    table = shop()
    result = segmentry.segment(table, k=3)
    assigned = result.assign()["segment"].to_numpy()
    result.save(tmp_path / "model.json")
    again = segmentry.load(tmp_path / "model.json").assign(table)["segment"].to_numpy()
    assert (again == assigned).all()
    result.save_joblib(tmp_path / "model.joblib")
    theirs = joblib.load(tmp_path / "model.joblib")
    assert list(theirs.named_steps) == ["prepare", "scale", "kmeans"]
    assert (theirs.predict(table) + 1 == assigned).all()


@pytest.mark.slow
def test_a_value_without_a_logarithm_has_no_segment():
    result = segmentry.segment(shop(), k=2)
    new = pd.DataFrame({"visits": [5, 5, 5], "revenue": [10.0, -1.0, -7.5]})
    with pytest.warns(segmentry.errors.DataWarning, match="another unit"):
        assert result.assign(new)["segment"].isna().tolist() == [False, True, True]

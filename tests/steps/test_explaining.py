"""One customer explained: the same answer as assign gives, and moves that are the smallest."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segmentry
from segmentry.errors import ColumnError, FeatureError, InputError
from segmentry.model import Baseline, FeaturePlan, Plan, SegmentCenter, SegmentModel
from segmentry.scorer import Model
from segmentry.steps.explaining import explain
from segmentry.steps.features import coordinates
from segmentry.steps.scoring import score

INCOME, SPENDING = "Annual Income (k$)", "Spending Score (1-100)"


@pytest.fixture(scope="module")
def model(model_json) -> Model:
    return segmentry.load(model_json)


def made_up(random: np.random.Generator, axes: int, k: int) -> SegmentModel:
    """A model with a plan of every kind."""
    scaling = random.choice(["none", "zscore", "log"])
    features = tuple(
        FeaturePlan(
            f"f{i}",
            0.0 if scaling == "none" else float(random.normal()),
            1.0 if scaling == "none" else float(random.uniform(0.3, 3)),
            transform="log1p" if scaling == "log" and i == 0 else "none",
        )
        for i in range(axes)
    )
    centers = random.normal(size=(k, axes)).round(random.integers(0, 4)).tolist()
    segments = tuple(
        SegmentCenter(i, f"S{i}", False, 9, 1 / k, tuple(own), tuple(own), 1.5)
        for i, own in enumerate(centers, 1)
    )
    plan = Plan(features, "none" if scaling == "none" else "zscore", "for the test")
    return SegmentModel(plan, segments, None, 1.0, None, 9 * k, ())


@pytest.mark.slow
def test_every_mall_customer_is_explained_as_the_engine_assigns_them(mall, model):
    customers = pd.read_csv(mall)
    assigned = model.assign(customers, flags=True)
    for (_, customer), (_, row) in zip(customers.iterrows(), assigned.iterrows(), strict=True):
        found = model.explain(customer)
        for name in ("segment", "distance", "margin", "second_segment", "in_between", "outlier"):
            assert getattr(found, name) == row[name], name
        assert found.name == row["segment_name"]


@pytest.mark.slow
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(2, 6))
def test_no_smaller_change_on_a_fine_grid_leads_there(seed, axes, k):
    random = np.random.default_rng(seed)
    model = made_up(random, axes, k)
    values = np.abs(random.normal(size=axes))
    found = explain(model, dict(zip(model.plan.names, values.tolist(), strict=True)))
    here = coordinates(model.plan, values[None, :])[0]
    grids = []
    for axis, feature in enumerate(model.plan.features):
        grid = np.repeat(values[None, :], 4001, axis=0)
        low = 0.0 if feature.transform == "log1p" else -20.0
        grid[:, axis] = np.linspace(low, 20.0, 4001)
        shifts = np.abs(coordinates(model.plan, grid)[:, axis] - here[axis])
        grids.append((score(model, grid).segments, shifts))
    for segment, move in found.moves.items():
        reached = [shifts[segments == segment] for segments, shifts in grids]
        smallest = min(np.concatenate(reached), default=np.inf)
        if move is None:
            assert smallest == np.inf
            continue
        assert move.shift <= smallest + 1e-9
        changed = values.copy()
        changed[model.plan.names.index(move.feature)] = move.target
        assert score(model, changed[None, :]).segments[0] == segment


@pytest.mark.slow
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 6))
def test_the_second_segment_is_where_the_customer_goes_if_the_first_is_gone(seed, axes, k):
    random = np.random.default_rng(seed)
    model = made_up(random, axes, k)
    values = np.abs(random.normal(size=axes))
    found = explain(model, dict(zip(model.plan.names, values.tolist(), strict=True)))
    assert set(found.moves) == set(range(1, k + 1)) - {found.segment}
    point = coordinates(model.plan, values[None, :])[0]
    order = np.argsort(((np.array(model.centers) - point) ** 2).sum(axis=1), kind="stable") + 1
    assert found.segment == order[0]
    assert found.second_segment == (order[1] if k > 1 else None)


def test_a_border_can_be_worked_out_by_hand():
    plan = Plan((FeaturePlan("x", 0.0, 1.0), FeaturePlan("y", 0.0, 1.0)), "none", "by hand")
    places = [(0.0, 0.0), (10.0, 0.0), (5.0, 1.0), (0.0, 100.0)]
    segments = tuple(
        SegmentCenter(i, f"S{i}", False, 9, 0.25, own, own, 2.0) for i, own in enumerate(places, 1)
    )
    baseline = (Baseline("y", (0.0, 4.0), (0.3, 0.3, 0.4)),)
    model = SegmentModel(plan, segments, None, 1.0, None, 36, baseline)
    found = explain(model, {"x": 1.0, "y": -3.0})
    assert (found.segment, found.distance, found.outlier) == (1, pytest.approx(10**0.5), True)
    # Between 3 and 2 lies x = 6.8 at y = -3; between 1 and 3, x = 3.2.
    assert str(found.moves[2]) == "x from 1 to 6.8"
    assert str(found.moves[3]) == "x from 1 to 3.2"
    # Segment 4 begins at y = 50.4242, where nobody is whose middle ends at 4.
    assert found.moves[4] is None
    assert found.moves[3].shift == pytest.approx(2.2)


def test_no_move_leads_where_no_customer_can_be(mall, model):
    customers = pd.read_csv(mall)
    ends = customers[[INCOME, SPENDING]].agg(["min", "max"])
    for _, customer in customers.iloc[::9].iterrows():
        for move in filter(None, model.explain(customer).moves.values()):
            assert move.target == int(move.target)
            low, high = ends[move.feature]
            assert max(0, low - 15) <= move.target <= high + 15


@pytest.mark.slow
def test_days_and_orders_stay_whole_and_above_nothing():
    rng = np.random.RandomState(1)
    table = pd.DataFrame({
        "recency_days": np.r_[rng.randint(1, 60, 200), rng.randint(200, 360, 200)],
        "orders": np.r_[rng.geometric(0.1, 200), rng.randint(1, 3, 200)],
    })  # fmt: skip
    model = segmentry.segment(table, k=3)
    moves = [
        move
        for _, customer in table.iloc[::20].iterrows()
        for move in model.explain(customer).moves.values()
        if move
    ]
    assert moves
    assert all(own.target >= 0 and own.target == int(own.target) for own in moves)
    assert all(own.target <= 500 for own in moves if own.feature == "recency_days")


def test_a_segment_that_no_single_feature_leads_to_has_no_move(model):
    found = model.explain({INCOME: 70, SPENDING: 65})
    assert found.moves[4] is None
    assert "4  no change of a single feature" in repr(found)


@pytest.mark.parametrize(
    "wrap",
    [
        dict, pd.Series,
        lambda own: pd.DataFrame([own]), lambda own: pl.DataFrame([own]),
        lambda own: pa.Table.from_pylist([own]),
        lambda own: {name: Decimal(value) for name, value in own.items()},
        lambda own: {name: np.int64(value) for name, value in own.items()},
    ],
)  # fmt: skip
def test_a_customer_may_come_as_dict_series_or_table_of_one_row(model, wrap):
    own = {INCOME: 86, SPENDING: 82}
    assert model.explain(wrap(own)) == model.explain(own)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), 1e200, pd.NA, pd.NaT])
def test_a_missing_value_is_told(model, nothing):
    with pytest.raises(FeatureError) as caught:
        model.explain({INCOME: nothing, SPENDING: 82})
    assert (caught.value.code, repr(INCOME) in caught.value.what) == ("R37", True)


@pytest.mark.parametrize("word", ["much", "86", True, [86]])
def test_what_is_not_a_number_is_told_without_the_value(model, word):
    with pytest.raises(FeatureError) as caught:
        model.explain({INCOME: word, SPENDING: 82})
    assert caught.value.code == "R60"
    assert "much" not in str(caught.value)


def test_a_column_that_is_not_there_is_told_with_the_nearest(model):
    with pytest.raises(ColumnError) as caught:
        model.explain({"Annual Income": 86, SPENDING: 82})
    assert (caught.value.code, caught.value.fix) == ("R25", "Did you mean 'Annual Income'?")
    with pytest.raises(ColumnError):
        model.explain({})


@pytest.mark.parametrize("table", [pd.DataFrame(), pd.DataFrame({INCOME: [1, 2]}), 5, "customer"])
def test_what_is_not_one_customer_is_told(model, table):
    with pytest.raises(InputError) as caught:
        model.explain(table)
    assert caught.value.code == "R00"


def test_an_explanation_shows_itself_in_words_and_in_a_notebook(model):
    near = model.explain({INCOME: 70, SPENDING: 66})
    assert near.in_between
    assert "In between these two" in repr(near)
    far = model.explain({INCOME: 500, SPENDING: 90})
    assert far.outlier
    assert "An outlier" in repr(far)
    assert "<b>Segment 2: High Income, High Spending</b>" in far._repr_html_()


def test_names_are_escaped_in_a_notebook():
    plan = Plan((FeaturePlan("<i>", 0.0, 1.0),), "none", "for the test")
    segments = tuple(
        SegmentCenter(i, "<script>", False, 9, 0.5, (float(i),), (float(i),)) for i in (1, 2)
    )
    found = explain(SegmentModel(plan, segments, None, 1.0, None, 18, ()), {"<i>": 1.2})
    assert "<script>" not in found._repr_html_()
    assert "<i>" not in found._repr_html_()
    assert found.outlier is None


@pytest.mark.parametrize("seed", range(20))
def test_contributions_add_up_to_the_difference_of_the_squared_distances(seed):
    random = np.random.default_rng(seed)
    own = made_up(random, axes=4, k=5)
    values = np.abs(random.normal(size=4))
    found = explain(own, {f"f{i}": value for i, value in enumerate(values)})
    point = coordinates(own.plan, values[None, :])[0]
    squares = sorted(((point - np.array(own.centers)) ** 2).sum(axis=1))
    assert sum(one.difference for one in found.contributions) == pytest.approx(
        squares[1] - squares[0]
    )
    assert sum(one.weight for one in found.contributions) == pytest.approx(1)
    differences = [one.difference for one in found.contributions]
    assert differences == sorted(differences, reverse=True)
    assert {one.feature: one.value for one in found.contributions} == {
        f"f{i}": value for i, value in enumerate(values)
    }


def test_a_contribution_can_be_worked_out_by_hand(model):
    """Income and spending are not scaled; the averages of segments 1 and 2 are in model.json."""
    found = model.explain({INCOME: 70, SPENDING: 66})
    first, second = (np.array(model.model.segments[i - 1].center) for i in (1, 2))
    parts = {one.feature: one for one in found.contributions}
    assert parts[INCOME].difference == pytest.approx((70 - second[0]) ** 2 - (70 - first[0]) ** 2)
    assert parts[INCOME].difference > 0 > parts[SPENDING].difference
    assert (parts[INCOME].own_center, parts[INCOME].other_center) == (first[0], second[0])
    assert f"For it rather than 2: {INCOME} +" in repr(found)


@pytest.mark.slow
def test_a_category_contributes_as_one_and_a_single_segment_has_no_other():
    table = pd.DataFrame({
        "spend": [1.0, 2, 3, 50, 51, 52] * 10, "kind": ["a", "a", "a", "b", "b", "b"] * 10,
    })  # fmt: skip
    with segmentry.segment(table, features=["spend"], categorical=["kind"], k=2) as result:
        found = result.explain({"spend": 2.0, "kind": "a"})
        assert {one.feature: one.value for one in found.contributions} == {
            "spend": 2.0, "kind": "a"
        }  # fmt: skip
    with segmentry.segment(table, features=["spend"], k=1) as result:
        assert result.explain({"spend": 2.0}).contributions == ()

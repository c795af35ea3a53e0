"""Preparing: filled, drawn in, one-hot and weighted, alike in SQL, NumPy and scikit-learn."""

from __future__ import annotations

import math

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import segmentry
from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.errors import ColumnError, FeatureError, InputError
from segmentry.plan import CategoryPlan, FeaturePlan, Plan
from segmentry.sql.preparing import coordinates as sql_coordinates
from segmentry.steps.features import coordinates, prepared_values
from segmentry.steps.preparation import WINSORIZED
from tables import shop_with_gaps

pytestmark = pytest.mark.slow

# ---------------------------------------------------------------- SQL and NumPy are one

finite = st.floats(-1e100, 1e100, allow_nan=False)
numbers = st.one_of(st.none(), finite, st.sampled_from([0.0, -0.0, -1.0, 1e-320, 1e100, -1e100]))
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
words = st.text(letters, max_size=6).filter(
    lambda own: own.strip(" ").lower() not in sql.BLANK_TOKENS
)
"""What means missing has become NULL when the source was read."""
levels = st.one_of(st.none(), st.sampled_from(["a", "B'", 'c"', "ü;--"]), words)


@st.composite
def features(draw: st.DrawFn) -> FeaturePlan:
    low = draw(st.floats(-1e6, 1e6))
    return FeaturePlan(
        'a"b',
        center=draw(st.floats(-1e6, 1e6)),
        scale=draw(st.floats(1e-3, 1e6)),
        transform=draw(st.sampled_from(["none", "log1p"])),
        fill=draw(st.one_of(st.none(), st.floats(-1e6, 1e6))),
        clip=draw(st.sampled_from([None, (low, low + draw(st.floats(0, 1e6)))])),
        weight=draw(st.sampled_from([1.0, 0.5, 3.0])),
    )


@st.composite
def categories(draw: st.DrawFn) -> CategoryPlan:
    known = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    return CategoryPlan(
        "town",
        tuple(known),
        other=draw(st.booleans()),
        scale=draw(st.floats(0.1, 2)),
        fill=draw(st.sampled_from([None, *known])),
        weight=draw(st.sampled_from([1.0, 2.0])),
    )


@settings(max_examples=80, deadline=None)
@given(features(), categories(), st.lists(st.tuples(numbers, levels), min_size=1, max_size=9))
def test_the_plan_in_sql_is_the_plan_in_numpy(feature, category, rows):
    plan = Plan((feature,), "zscore", "", (category,))
    cells, towns = zip(*rows, strict=True)
    table = pa.table({'a"b': pa.array(cells, pa.float64()), "town": pa.array(towns, pa.string())})
    with DuckDBEngine() as engine:
        engine.add_arrow("customers", table)
        values = engine.array(sql.prepared_values("customers", plan))
        points = engine.array(sql.expressions.select(*sql_coordinates(plan), of="customers"))
    ours = prepared_values(plan, {'a"b': [math.nan if x is None else x for x in cells],
                                  "town": list(towns)})  # fmt: skip
    np.testing.assert_array_equal(values, ours)
    np.testing.assert_allclose(points, coordinates(plan, ours), rtol=1e-13)


def test_a_customer_without_a_value_gets_the_median_and_the_commonest_level():
    table = pd.DataFrame({
        "spend": [1.0, 2.0, 3.0, 100.0, None, 101.0, 103.0, 104.0] * 5,
        "visits": [1, 2, 3, 9, 9, 8, 9, 10] * 5,
        "plan": (["gold"] * 3 + ["basic"] * 4 + [None]) * 5,
    })  # fmt: skip
    result = segmentry.segment(table, k=2, categorical=["plan"])
    plan = result.model.plan
    assert [own.fill for own in plan.features] == [100.0, None]
    assert plan.categories[0].levels == ("basic", "gold")
    assert plan.categories[0].fill == "basic"
    assert result.found.used == 40
    assert not result.assign()["segment"].isna().any()
    (spend, _, kind) = result.found.treatments
    assert (spend.filled, kind.filled) == (5, 5)
    assert "5 missing (12.5 %), taken for the median, 100" in spend.sentence
    assert any("Missing values are filled (spend 5, plan 5)" in own for own in result.warnings)


def test_a_feature_that_was_complete_is_not_guessed_when_customers_are_scored(mall):
    result = segmentry.segment(mall)
    new = pd.DataFrame({"Annual Income (k$)": [90.0, None], "Spending Score (1-100)": [85, 80]})
    assert result.assign(new)["segment"].isna().tolist() == [False, True]


def test_the_measures_are_those_of_an_imputer_and_a_scaler():
    table = shop_with_gaps()[["spend", "visits"]]
    plan = segmentry.segment(table, k=3, scale="zscore", log="none").model.plan
    pipe = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(table)
    assert [own.fill for own in plan.features] == pytest.approx(list(pipe[0].statistics_))
    assert [own.center for own in plan.features] == pytest.approx(list(pipe[1].mean_))
    assert [own.scale for own in plan.features] == pytest.approx(list(pipe[1].scale_))


def test_values_beyond_the_quantiles_are_drawn_in_and_counted():
    rng = np.random.RandomState(0)
    spend = np.append(rng.randn(998) * 10 + 100, [10_000.0, -9_000.0])
    table = pd.DataFrame({"spend": spend, "visits": rng.randint(1, 30, 1000)})
    result = segmentry.segment(table, k=3, outliers="winsorize")
    own = result.model.plan.features[0]
    assert own.clip == pytest.approx(np.quantile(spend, WINSORIZED))
    drawn_in = int(((spend < own.clip[0]) | (spend > own.clip[1])).sum())
    assert result.found.treatments[0].drawn_in == drawn_in == 20
    scaled = segmentry.segment(table, k=3, outliers="winsorize", scale="zscore").model.plan
    assert scaled.features[0].center == pytest.approx(np.clip(spend, *own.clip).mean())
    kept = segmentry.segment(table, k=3)
    assert any("spend: 2 customers lie far out" in own for own in kept.warnings)
    assert not any("lie far out" in own for own in result.warnings)


@pytest.mark.parametrize(("below", "transform"), [(9, "log1p"), (30, "none")])
def test_a_few_negative_values_do_not_keep_a_skewed_feature_from_its_logarithm(
    below, transform, tmp_path
):
    rng = np.random.default_rng(0)
    spend = np.exp(rng.normal(3, 1.3, 1000))
    spend[:below] = -50.0
    table = pd.DataFrame({"spend": spend, "visits": rng.integers(1, 30, 1000)})
    with segmentry.segment(table, k=3) as result:
        own, told = result.model.plan.features[0], result.found.treatments[0].sentence
        same = result.assign(pd.DataFrame({"spend": [-50.0, 0.0], "visits": [9, 9]}))
        result.report(tmp_path / "report.html")
    assert own.transform == transform
    assert ("9 values below 0 count as 0" in told) == (transform == "log1p")
    if transform == "log1p":
        logs = np.log1p(np.maximum(spend, 0.0))
        assert (own.center, own.scale) == pytest.approx((logs.mean(), logs.std()))
        assert same["distance"].nunique() == 1


def test_many_customers_with_a_few_negative_values_are_drawn_on_the_map():
    rng = np.random.default_rng(0)
    spend = np.exp(rng.normal(3, 1.3, 30_000))
    spend[:250] = -50.0
    table = pd.DataFrame({"spend": spend, "paid": np.exp(rng.normal(2, 1.5, 30_000))})
    with segmentry.segment(table, k=2) as result:
        density = result.found.density
    assert density is not None
    assert density.edges[0][0] >= 0.0
    assert density.counts.sum() > 29_000


# ---------------------------------------------------------------- categories


def mixed(seed: int, *, carries: bool) -> tuple[pd.DataFrame, np.ndarray]:
    """Two numbers and a category: one that tells overlapping groups apart, or one that is noise."""
    rng = np.random.RandomState(seed)
    if carries:
        groups = rng.randint(0, 3, 600)
        places, spread = np.array([[0, 0], [1.5, 0], [0.75, 1.3]]), 0.6
        levels = np.where(rng.rand(600) < 0.05, rng.choice(list("ABC"), 600),
                          np.array(list("ABC"))[groups])  # fmt: skip
    else:
        groups = rng.randint(0, 4, 600)
        places, spread = np.array([[0, 0], [5, 0], [0, 5], [5, 5]]), 1.0
        levels = rng.choice(list("ABC"), 600)
    points = places[groups] + spread * rng.randn(600, 2)
    table = pd.DataFrame({
        "spend": 100 * points[:, 0] + 500, "visits": points[:, 1] + 20, "channel": levels
    })  # fmt: skip
    return table, groups


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_category_that_carries_the_structure_is_used(seed):
    table, groups = mixed(seed, carries=True)
    result = segmentry.segment(table, categorical=["channel"])
    without = segmentry.segment(table, k=3)
    with_it = adjusted_rand_score(groups, result.assign()["segment"])
    assert result.k == 3
    assert with_it > adjusted_rand_score(groups, without.assign()["segment"]) + 0.15
    assert with_it > 0.7


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_category_that_is_noise_does_not_take_over(seed):
    table, groups = mixed(seed, carries=False)
    found = segmentry.segment(table, categorical=["channel"])
    segments = found.assign()["segment"]
    assert found.k == 4
    assert adjusted_rand_score(groups, segments) > 0.9
    assert adjusted_rand_score(table["channel"], segments) < 0.05
    assert any("channel has nothing to do with the other features" in own for own in found.warnings)
    full = segmentry.segment(table, categorical=["channel"], feature_weight={"channel": 1})
    assert not any("nothing to do with" in own for own in full.warnings)
    assert full.model.plan.categories[0].weight == 1
    noise = table.assign(spend=np.random.RandomState(seed).randn(600),
                         visits=np.random.RandomState(seed + 9).randn(600))  # fmt: skip
    nothing = segmentry.segment(noise, categorical=["channel"])
    assert (nothing.k, nothing.strength) == (1, "none")


def between(seed: int, levels: int, distance: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Groups on a circle, that far from its middle in standard deviations; each is a level."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, levels, 800)
    turn = 2 * np.pi * groups / levels
    points = distance * np.c_[np.cos(turn), np.sin(turn)] + rng.normal(0, 1, (800, 2))
    names = np.array(["shop", "web", "phone", "post"])[groups]
    return pd.DataFrame({"spend": points[:, 0], "visits": points[:, 1], "channel": names}), groups


@pytest.mark.parametrize(("levels", "distance"), [(3, 1.0), (3, 1.5), (4, 1.5)])
def test_a_category_that_carries_the_groups_finds_them_where_numbers_overlap(levels, distance):
    table, groups = between(3, levels, distance)
    alone = segmentry.segment(table[["spend", "visits"]], k=levels)
    found = segmentry.segment(table, categorical=["channel"])
    assert found.k == levels
    assert adjusted_rand_score(groups, found.assign()["segment"]) > 0.75
    assert adjusted_rand_score(groups, alone.assign()["segment"]) < 0.65


def test_three_levels_vary_as_much_as_a_number_loses_that_is_cut_in_three():
    table, _ = mixed(0, carries=True)
    result = segmentry.segment(table, k=3, categorical=["channel"])
    plan = result.model.plan
    columns = {name: table[name].to_numpy() for name in plan.columns}
    points = coordinates(plan, prepared_values(plan, columns))
    variances = points.var(axis=0)
    assert variances[:2] == pytest.approx([1, 1], rel=1e-3)
    assert variances[2:].sum() == pytest.approx(1 - 0.1902)
    assert plan.names == ("spend", "visits", *(f"channel: {own}" for own in "ABC"[:0]),
                          *(f"channel: {own}" for own in plan.categories[0].levels))  # fmt: skip


def test_segments_rules_and_names_speak_of_levels():
    rng = np.random.RandomState(0)
    groups = np.repeat([0, 1], 100)
    table = pd.DataFrame({
        "spend": np.array([100.0, 101.0])[groups] + rng.randn(200),
        "visits": rng.randint(10, 14, 200),
        "channel": np.where(groups == 1, "online", "store"),
    })  # fmt: skip
    result = segmentry.segment(table, k=2, categorical=["channel"], feature_weight={"channel": 3})
    assert sorted(own.split(", ")[-1] for own in result.segments["name"]) == [
        "Online Channel", "Store Channel",
    ]  # fmt: skip
    assert set(result.rules["rule"]) <= {
        "channel is online", "channel is not online", "channel is store", "channel is not store",
    }  # fmt: skip
    importance = result.importance
    assert importance["feature"].iloc[0] == "channel"
    assert importance["importance"].iloc[0] == 1.0
    assert set(importance["level"].iloc[:2]) == {"online", "store"}
    assert any("channel alone sets the segments apart" in own for own in result.warnings)


def test_rare_levels_are_folded_and_unknown_ones_join_them():
    table = shop_with_gaps()
    table["town"] = ["Berlin"] * 150 + ["Kiel"] * 140 + [f"T{i}" for i in range(10)]
    result = segmentry.segment(table, k=2, categorical=["town"])
    own = result.model.plan.categories[0]
    assert (own.levels, own.other) == (("Berlin", "Kiel"), True)
    rare, unknown = table.iloc[[295]], table.iloc[[295]].assign(town="Nowhere")
    assert result.assign(rare)["distance"].tolist() == result.assign(unknown)["distance"].tolist()


def test_a_category_of_numbers_is_taken_by_its_levels():
    table = shop_with_gaps()
    table["region_code"] = np.resize([1, 2, 7], 300)
    result = segmentry.segment(table, k=2, categorical=["region_code"])
    assert set(result.model.plan.categories[0].levels) == {1.0, 2.0, 7.0}
    assert set(result.model.plan.names[-3:]) == {f"region_code: {own}" for own in (1, 2, 7)}
    again = result.assign(table.assign(region_code=table["region_code"].astype(str)))
    assert again["segment"].tolist() == result.assign()["segment"].tolist()


# ---------------------------------------------------------------- weights


@pytest.mark.parametrize("rows", [300, pytest.param(60_000, marks=pytest.mark.slow)])
def test_customer_weights_are_scikit_learns_sample_weights(rows):
    rng = np.random.RandomState(3)
    groups = rng.randint(0, 3, rows)
    points = np.array([[0, 0], [4, 0], [0, 4]])[groups] + rng.randn(rows, 2)
    weights = np.where(groups == 1, 5.0, 1.0) * rng.gamma(2, 1, rows)
    table = pd.DataFrame({"a": points[:, 0], "b": points[:, 1], "w": weights})
    result = segmentry.segment(table, k=3, weight="w", scale="none")
    assert result.found.cells.kind == ("distinct" if rows == 300 else "lattice")
    own = weights / weights.mean()
    start = np.array(result.model.centers)
    with threadpool_limits(1):
        theirs = KMeans(3, init=start, n_init=1, tol=0, max_iter=50).fit(points, sample_weight=own)
    assert result.inertia == pytest.approx(theirs.inertia_, rel=1e-6)
    np.testing.assert_allclose(start, theirs.cluster_centers_, atol=1e-3)
    assert [own.customers for own in result.model.segments] == sorted(
        np.bincount(theirs.labels_), reverse=True
    )
    assert result.model.weight_column == "w"
    assert result.found.roles.of("w").role == "weight"


def test_a_sample_carries_the_weights_of_its_customers():
    rng = np.random.RandomState(5)
    points = rng.randn(60_000, 5) + 4 * rng.randint(0, 2, (60_000, 1))
    table = pd.DataFrame(points, columns=list("abcde")).assign(w=rng.gamma(2, 1, 60_000))
    result = segmentry.segment(table, k=2, weight="w", scale="none")
    assert result.found.cells.kind == "sample"
    own = (table["w"] / table["w"].mean()).to_numpy()
    gaps = points[:, None, :] - np.array(result.model.centers)
    nearest = (gaps**2).sum(axis=2).min(axis=1)
    assert result.inertia == pytest.approx(float(nearest @ own), rel=1e-9)


def test_a_customer_who_weighs_nothing_gets_a_segment_and_moves_no_centre():
    table = pd.DataFrame({"a": [1.0, 2, 3, 11, 12, 13, 500] * 9, "w": [1, 1, 1, 1, 1, 1, 0] * 9})
    result = segmentry.segment(table, features=["a"], k=2, weight="w", scale="none", log="none")
    assert sorted(own.center[0] for own in result.model.segments) == pytest.approx(
        [2, 12], abs=1e-5
    )
    assert not result.assign()["segment"].isna().any()
    assert any("w: 9 customers have no weight, or 0" in own for own in result.warnings)


@pytest.mark.parametrize(
    ("weights", "what"),
    [
        ([1, 2, -1], "100 weights in 'w' are below 0."),
        ([0, 0, 0], "Every weight in 'w' is zero or missing."),
        (["a", "b", "c"], "Weights in 'w' are not numbers."),
    ],
)
def test_weights_that_are_none_are_refused(weights, what):
    table = shop_with_gaps().assign(w=np.resize(weights, 300))
    with pytest.raises(FeatureError) as caught:
        segmentry.segment(table, weight="w")
    assert caught.value.what == what


def test_a_feature_weight_is_that_column_multiplied():
    rng = np.random.RandomState(1)
    table = pd.DataFrame({"a": rng.randn(200), "b": rng.randn(200)})
    ours = segmentry.segment(table, k=3, scale="none", feature_weight={"b": 4})
    theirs = segmentry.segment(table.assign(b=4 * table["b"]), k=3, scale="none")
    assert ours.inertia == pytest.approx(theirs.inertia)
    assert (ours.assign()["segment"] == theirs.assign()["segment"]).all()
    assert "multiplied by 4, as you asked" in ours.found.treatments[1].sentence
    means = [own.mean for own in ours.model.segments]
    labels = ours.assign()["segment"]
    assert means[0] == pytest.approx(table[labels == 1].mean().tolist())


def test_weights_for_what_is_no_feature_are_refused():
    with pytest.raises(ColumnError, match=r"A weight is given to 'spent', which is no feature\."):
        segmentry.segment(shop_with_gaps(), feature_weight={"spent": 2})
    for weight in (-1, 0, 1e160, 1e30, 1e-300, "2", True, None, float("nan")):
        with pytest.raises(InputError) as caught:
            segmentry.segment(shop_with_gaps(), feature_weight={"spend": weight})
        assert caught.value.what == f"The weight of 'spend' is {weight!r}."
        assert caught.value.fix.startswith("Give a number from 0.001 to 1,000;")
    for given_ in (["spend"], "spend=2", 2):
        with pytest.raises(InputError, match="says no number for each column"):
            segmentry.segment(shop_with_gaps(), feature_weight=given_)


# ---------------------------------------------------------------- the model elsewhere


def test_model_and_joblib_do_the_whole_plan_on_the_original_columns(tmp_path):
    table = shop_with_gaps().assign(code=np.resize([3, 1, 2, 2], 300))
    result = segmentry.segment(
        table, k=4, categorical=["town", "code"], outliers="winsorize", feature_weight={"spend": 2}
    )
    assigned = result.assign()["segment"].to_numpy()
    result.save(tmp_path / "model.json")
    again = segmentry.load(tmp_path / "model.json")
    assert (again.assign(table)["segment"].to_numpy() == assigned).all()
    result.save_joblib(tmp_path / "model.joblib")
    theirs = joblib.load(tmp_path / "model.joblib")
    assert (theirs.predict(table) + 1 == assigned).all()
    for own in (0, 7, 299):
        customer = {
            key: None if pd.isna(value) else value for key, value in table.iloc[own].items()
        }
        assert again.explain(customer).segment == assigned[own]


def test_an_explanation_may_move_a_customer_by_its_level():
    table, _ = mixed(0, carries=True)
    result = segmentry.segment(table, k=3, categorical=["channel"], feature_weight={"channel": 3})
    found = result.explain({"spend": 500.0, "visits": 20.0, "channel": "A"})
    moves = [own for own in found.moves.values() if own and own.feature == "channel"]
    assert moves
    for own in moves:
        changed = {"spend": 500.0, "visits": 20.0, "channel": own.target}
        assert result.explain(changed).segment == own.segment
        assert str(own) == f"channel from A to {own.target}"


def test_the_estimator_prepares_as_a_run_does():
    table = shop_with_gaps()
    options = {"categorical": ["town"], "outliers": "winsorize", "feature_weight": {"visits": 2}}
    ours = segmentry.Segmenter(3, **options).fit(table)
    run = segmentry.segment(table, k=3, **options).assign()["segment"].to_numpy()
    assert (ours.labels_ + 1 == run).all()
    assert (ours.predict(table) == ours.labels_).all()

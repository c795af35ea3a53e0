"""Rules: what they say is so, they are few, and the tree behind them is scikit-learn's."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

import segmentry
from segmentry.errors import InputError
from segmentry.report.html import report_page
from segmentry.steps import compression
from segmentry.steps.rules import Rule, define_segments
from segmentry.steps.trees import grow, readable

INCOME, SPENDING = "Annual Income (k$)", "Spending Score (1-100)"


@pytest.fixture(scope="module")
def result(mall):
    return segmentry.segment(mall)


def caught_by(rule: Rule, customers: pd.DataFrame) -> pd.Series:
    """Who meets all conditions, read off the rule as a person would."""
    meets = pd.Series(True, index=customers.index)
    for own in rule.conditions:
        if own.lower is not None:
            meets &= customers[own.feature] > own.lower
        if own.upper is not None:
            meets &= customers[own.feature] <= own.upper
    return meets


def test_five_rules_tell_the_five_mall_segments(result):
    rules = result.found.rules
    assert (rules.leaves, rules.fidelity, rules.exact) == (5, 0.975, True)
    assert result.rules["rule"].tolist() == [
        f"{INCOME} above 39 up to 69",
        f"{INCOME} above 69 and {SPENDING} above 50",
        f"{INCOME} above 69 and {SPENDING} up to 50",
        f"{INCOME} up to 39 and {SPENDING} up to 50",
        f"{INCOME} up to 39 and {SPENDING} above 50",
    ]
    assert result.rules["customers"].sum() == 200
    assert list(result.rules) == [
        "segment", "segment_name", "rule", "coverage", "precision", "customers"
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("features", [None, ["Age", INCOME, SPENDING]])
def test_coverage_precision_and_fidelity_are_those_of_the_customers(mall, features):
    customers = pd.read_csv(mall)
    with segmentry.segment(customers, features=features) as run:
        own, rules = run.assign()["segment"], run.found.rules
    right, times = 0, 0
    for segment in rules.segments:
        for rule in segment.rules:
            meets = caught_by(rule, customers)
            both = (meets & (own == segment.segment)).sum()
            assert rule.customers == meets.sum() >= 5
            assert rule.coverage == pytest.approx(both / (own == segment.segment).sum())
            assert rule.precision == pytest.approx(both / meets.sum())
            right, times = right + both, times + meets
    assert (times == 1).all(), "everybody meets exactly one rule"
    assert rules.fidelity == pytest.approx(right / 200)
    assert rules.fidelity >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("features", [[INCOME, SPENDING], ["Age", INCOME, SPENDING]])
@pytest.mark.parametrize("leaves", [2, 3, 5, 8, 12])
def test_the_tree_is_that_of_scikit_learn_on_the_raw_rows(mall, features, leaves):
    customers = pd.read_csv(mall)
    with segmentry.segment(customers, features=features) as run:
        cells, labels = run.found.cells, run.found.solution.labels
        segments = run.assign()["segment"]
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=5, random_state=0)
    tree.fit(customers[features], segments)
    grown = grow(cells.values, labels, cells.weights, fidelity=1.0, most_leaves=leaves, least=5)
    score = sum(own.right for own in grown) / cells.weights.sum()
    assert score == pytest.approx(tree.score(customers[features], segments), abs=1e-12)
    assert len(grown) <= tree.get_n_leaves()


def test_fewer_leaves_of_the_same_tree_would_not_be_faithful(result):
    cells, labels = result.found.cells, result.found.solution.labels
    four = grow(cells.values, labels, cells.weights, fidelity=0.95, most_leaves=4, least=5)
    assert sum(own.right for own in four) / 200 < 0.95


def test_a_split_that_changes_no_answer_is_taken_back():
    values = np.arange(8.0)[:, None]
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 0])
    leaves = grow(values, labels, np.ones(8), fidelity=0.8, most_leaves=8)
    assert [own.label for own in leaves] == [0, 1, 0], "label 1 has a leaf of its own"
    few = grow(values, labels, np.ones(8), fidelity=1.0, most_leaves=8, least=4)
    assert [own.bounds for own in few] == [{}]


@pytest.mark.slow
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 4))
def test_leaves_part_all_points_among_them_and_count_them_right(seed, kinds, axes):
    random = np.random.default_rng(seed)
    values = random.integers(-9, 9, (60, axes)) * random.choice([0.01, 1.0, 1e6])
    labels, weights = random.integers(0, kinds, 60), random.integers(1, 9, 60).astype(float)
    leaves = grow(values, labels, weights, fidelity=0.9, most_leaves=4 * kinds, least=5, slack=0.02)
    times = np.zeros(60)
    for leaf in leaves:
        inside = np.ones(60, dtype=bool)
        for i, (lower, upper) in leaf.bounds.items():
            inside &= (lower is None) | (values[:, i] > (-np.inf if lower is None else lower))
            inside &= (upper is None) | (values[:, i] <= (np.inf if upper is None else upper))
        times += inside
        counted = np.bincount(labels[inside], weights[inside], minlength=labels.max() + 1)
        assert counted.tolist() == leaf.counts.tolist()
        assert leaf.counts.sum() >= 5
    assert (times == 1).all()
    assert len(leaves) <= 4 * kinds


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e6))
def test_a_readable_number_lies_where_it_was_asked_for(low, width):
    high = low + width
    if high > low:
        assert low <= readable(low, high, (low + high) / 2) < high


@pytest.mark.slow
def test_the_order_of_the_rows_does_not_show(mall, result):
    shuffled = pd.read_csv(mall).sample(frac=1, random_state=3)
    with segmentry.segment(shuffled) as other:
        assert other.found.rules == result.found.rules
        assert json.dumps(other.summary["rules"]) == json.dumps(result.summary["rules"])
        assert other.summary["importance"] == result.summary["importance"]


@pytest.mark.slow
def test_one_segment_needs_no_condition_and_a_tiny_one_gets_no_rule(mall):
    with segmentry.segment(mall, k=1) as run:
        assert run.rules["rule"].tolist() == ["every customer"]
        assert run.found.rules.fidelity == 1.0
    table = pd.DataFrame({"spend": [*range(60), 9000, 9100], "visits": [i % 7 for i in range(62)]})
    with segmentry.segment(table, k=2, features=["spend"], log="none") as run:
        assert run.summary["rules"]["segments"][1]["rules"] == []
        assert run.summary["rules"]["segments"][1]["coverage"] == 0
        assert run.rules["segment"].tolist() == [1]


def test_the_summary_holds_conditions_that_a_program_can_read(result):
    rules = result.summary["rules"]
    assert rules["segments"][0]["rules"][0]["conditions"] == [
        {"feature": INCOME, "lower": 39, "upper": 69, "level": None}
    ]
    assert (rules["fidelity"], rules["leaves"], rules["asked"]) == (0.975, 5, 0.95)


def test_importance_is_the_share_of_variance_between_segments(mall, result):
    customers = pd.read_csv(mall)
    segments = result.assign()["segment"].to_numpy()
    table = result.importance
    assert table["feature"].tolist() == [SPENDING] * 5 + [INCOME] * 5
    for feature, own in table.groupby("feature"):
        column = customers[feature]
        means = column.groupby(segments).transform("mean")
        assert own["importance"].iloc[0] == pytest.approx(means.var() / column.var())
        first = column[segments == 1].mean()
        assert own["index"].iloc[0] == pytest.approx(100 * first / column.mean())
        assert own["z"].iloc[0] == pytest.approx((first - column.mean()) / column.std(ddof=0))


@pytest.mark.slow
@pytest.mark.parametrize("axes", [2, 4])
def test_rules_of_more_customers_than_cells_are_near_and_say_so(monkeypatch, axes):
    monkeypatch.setattr(compression, "MOST_CELLS", 500)
    centers = np.repeat(np.eye(4)[:3, :axes] * 40 + 50, 1000, axis=0)
    values = centers + np.random.default_rng(1).normal(0, 3, centers.shape)
    customers = pd.DataFrame(values, columns=list("abcd")[:axes])
    with segmentry.segment(customers, k=3) as run:
        rules, own = run.found.rules, run.assign()["segment"]
        assert "points that stand for all customers" in report_page(run.found)
    assert (rules.exact, rules.leaves) == (False, 3)
    for segment in rules.segments:
        meets = caught_by(segment.rules[0], customers)
        share = (meets & (own == segment.segment)).sum() / (own == segment.segment).sum()
        assert share == pytest.approx(segment.coverage, abs=0.02)


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan")])
def test_a_fidelity_that_is_no_share_is_told(result, share):
    found = result.found
    with pytest.raises(InputError) as caught:
        define_segments(found.cells, found.solution, found.model.plan.names, fidelity=share)
    assert caught.value.code == "R00"

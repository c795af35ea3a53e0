"""The main job on the Mall data: the figures that must come out, and the same bytes every time."""

from __future__ import annotations

import json
import random

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans

import segmentry

INCOME, SPENDING = "Annual Income (k$)", "Spending Score (1-100)"
NAMES = [
    "Average Income, Average Spending",
    "High Income, High Spending",
    "High Income, Low Spending",
    "Low Income, Low Spending",
    "Low Income, High Spending",
]


@pytest.fixture(scope="module")
def result(mall):
    return segmentry.segment(mall)


def test_the_mall_data_gives_five_segments_with_the_published_figures(result):
    assert result.k == 5
    assert result.inertia == pytest.approx(44_448.4554, abs=0.01)
    assert result.silhouette == pytest.approx(0.5539, abs=0.0001)
    assert result.segments["customers"].tolist() == [81, 39, 35, 23, 22]
    assert result.segments["name"].tolist() == NAMES
    centers = [[55.296, 49.519], [86.538, 82.128], [88.2, 17.114], [26.304, 20.913],
               [25.727, 79.364]]  # fmt: skip
    assert np.abs(result.centers.to_numpy() - centers).max() < 0.001
    assert result.found.choice.knee == 5
    assert result.warnings == ()


@pytest.mark.slow
def test_the_order_of_the_columns_changes_no_name(mall):
    turned = pd.read_csv(mall).iloc[:, ::-1]
    assert segmentry.segment(turned, k=5).segments["name"].tolist() == NAMES


def test_roles_are_found_without_an_option(result):
    roles = result.found.roles
    assert roles.id == "CustomerID"
    assert roles.features == (INCOME, SPENDING)
    assert roles.profile == ("Gender", "Age")


@pytest.mark.slow
def test_three_features_give_six_segments(mall):
    result = segmentry.segment(mall, features=["Age", INCOME, SPENDING])
    assert (result.k, result.found.choice.knee) == (6, 4)
    assert result.inertia == pytest.approx(58_300.44, abs=0.01)
    assert result.segments["customers"].tolist() == [45, 39, 38, 35, 22, 21]


def test_the_titles_are_those_a_marketer_expects(result):
    titles = dict(zip(result.segments["name"], result.segments["title"], strict=True))
    assert titles["High Income, High Spending"] == "VIP"
    assert titles["Low Income, High Spending"] == "Promotion-minded fans"
    low = result.segments.set_index("name").loc["Low Income, Low Spending"]
    assert low["priority"] == "not a primary target"


@pytest.mark.slow
def test_every_k_of_the_evidence_is_as_good_as_scikit_learn_with_many_starts(result, mall):
    values = pd.read_csv(mall)[[INCOME, SPENDING]].to_numpy(float)
    for k, inertia in zip(result.evidence["k"][:7], result.evidence["inertia"][:7], strict=True):
        theirs = KMeans(k, n_init=100, random_state=1).fit(values).inertia_
        assert inertia <= theirs * (1 + 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("features", [None, ["Age", INCOME, SPENDING]])
def test_any_seed_and_any_order_of_the_rows_give_the_same_segments_file(mall, tmp_path, features):
    from segmentry.exports.tables import segments_columns, write_csv

    header, *rows = mall.read_text().splitlines()
    texts = set()
    for seed in range(6):
        random.Random(seed).shuffle(rows)
        source = tmp_path / "mall.csv"
        source.write_text("\n".join([header, *rows]) + "\n")
        with segmentry.segment(source, seed=seed, features=features) as result:
            write_csv(segments_columns(result.found), tmp_path / "segments.csv")
        texts.add((tmp_path / "segments.csv").read_bytes())
    assert len(texts) == 1


@pytest.mark.slow
def test_two_runs_leave_the_same_bytes(mall, tmp_path):
    for name in ("one", "two"):
        segmentry.segment(mall).write(tmp_path / name)
    same = ["model.json", "segments.csv", "customers.csv", "summary.json", "report.html",
            "kmeans_model.joblib", "plots/segments.png"]  # fmt: skip
    for file in same:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), (
            file
        )


@pytest.mark.slow
def test_the_order_of_the_columns_changes_nothing_but_their_order(mall, tmp_path):
    turned = pd.read_csv(mall).iloc[:, ::-1]
    turned.to_csv(tmp_path / "turned.csv", index=False)
    result = segmentry.segment(tmp_path / "turned.csv")
    assert sorted(result.segments["customers"]) == [22, 23, 35, 39, 81]
    assert result.inertia == pytest.approx(44_448.4554, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_tables_come_back_as_the_kind_that_came(mall, kind):
    frame = {"pandas": pd.read_csv, "polars": pl.read_csv, "pyarrow": lambda p: pa.table(
        pd.read_csv(p))}[kind](mall)  # fmt: skip
    result = segmentry.segment(frame)
    for table in (result.segments, result.centers, result.evidence, result.assign()):
        assert type(table) is type(frame)
    assert result.k == 5


@pytest.mark.slow
def test_a_saved_model_scores_as_the_run_did(result, mall, tmp_path):
    result.save(tmp_path / "model.json")
    model = segmentry.load(tmp_path / "model.json")
    pd.testing.assert_frame_equal(model.assign(mall), result.assign())
    assert model.k == 5
    assert "High Income, High Spending" in repr(model)


def test_new_customers_go_to_the_segment_that_their_values_say(result):
    new = pd.DataFrame({INCOME: [90, 20, 56], SPENDING: [85, 80, 50], "CustomerID": [7, 8, 9]})
    found = result.assign(new)
    assert found["segment_name"].tolist() == [NAMES[1], NAMES[4], NAMES[0]]
    assert found.columns.tolist() == ["CustomerID", "segment", "segment_name", "distance", "margin"]
    assert found["CustomerID"].tolist() == [7, 8, 9]


@pytest.mark.slow
def test_a_customer_without_a_value_keeps_its_row_and_has_no_segment():
    table = pd.DataFrame({"spend": [1, 2, None, 9, 10, 11], "visits": [1, 1, 1, 5, 5, 6]})
    result = segmentry.segment(table, k=2, missing="drop")
    assert result.assign()["segment"].isna().tolist() == [False, False, True, False, False, False]
    assert result.assign()["row_number"].tolist() == [1, 2, 3, 4, 5, 6]
    rows = result.summary["rows"]
    assert (rows["read"], rows["rejected"], rows["incomplete"], rows["used"]) == (6, 0, 1, 5)
    assert "1 row could not be used" in " ".join(result.warnings)


@pytest.mark.slow
def test_features_on_different_scales_are_turned_into_z_scores():
    rng = np.random.RandomState(0)
    table = pd.DataFrame({"spend": rng.rand(60) * 1000, "visits": np.repeat([1, 2, 9], 20)})
    result = segmentry.segment(table, k=2)
    assert result.model.plan.scaling == "zscore"
    assert "factor" in result.model.plan.reason
    assert result.assign()["segment"].nunique() == 2
    z = (table - table.mean()) / table.std(ddof=0)
    theirs = KMeans(2, n_init=50, random_state=0).fit(z)
    assert result.inertia == pytest.approx(theirs.inertia_, rel=1e-9)


@pytest.mark.slow
def test_unscaled_by_request_warns_with_the_share_of_the_widest_feature():
    table = pd.DataFrame({"spend": np.arange(40) * 100.0, "visits": np.arange(40) % 7})
    result = segmentry.segment(table, k=2, scale="none")
    assert any("spend alone makes 100 %" in warning for warning in result.warnings)


def test_one_segment_is_everybody():
    table = pd.DataFrame({"spend": [1.0, 5.0, 9.0, 4.0], "visits": [1, 2, 3, 5]})
    result = segmentry.segment(table, k=1)
    assert result.segments["name"].tolist() == ["All customers"]
    assert result.silhouette is None
    assert result.assign()["margin"].isna().all()
    json.dumps(result.summary, allow_nan=False)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "features"), [("lattice", 2), ("sample", 4)])
def test_fewer_cells_stand_in_for_many_customers_and_are_settled_on_all_of_them(
    monkeypatch, kind, features
):
    from segmentry.steps import compression

    monkeypatch.setattr(compression, "MOST_CELLS", 500)
    rng = np.random.RandomState(0)
    sizes_and_places = ((2000, 0), (1000, 6), (500, -7))
    values = np.vstack([rng.randn(n, features) + place for n, place in sizes_and_places])
    names = ["spend", "visits", "orders", "baskets"][:features]
    result = segmentry.segment(pd.DataFrame(values, columns=names), k=3, scale="none")
    assert result.found.cells.kind == kind
    theirs = KMeans(3, n_init=20, tol=0, random_state=0).fit(values)
    assert result.inertia == pytest.approx(theirs.inertia_, rel=1e-9)
    sizes = sorted(np.bincount(theirs.labels_), reverse=True)
    assert result.segments["customers"].tolist() == sizes
    assert result.found.solution.passes >= 1
    assert 0 < result.evidence["silhouette"][2] < 1
    summary = result.summary
    assert summary["cells"]["kind"] == kind
    assert "are estimates" in summary["cells"]["meaning"]
    assert summary["passes"] == result.found.solution.passes


def test_cells_that_hold_equal_customers_are_said_to_be_exact(result):
    assert result.summary["cells"]["kind"] == "distinct"
    assert "K-Means on all customers, exactly" in result.summary["cells"]["meaning"]


@pytest.mark.slow
def test_a_result_shows_itself_in_a_terminal_and_in_a_notebook(result):
    assert "High Income, High Spending" in repr(result)
    shown = result._repr_html_()
    assert "<table>" in shown
    assert "VIP" in shown
    assert result.plot_elbow()._repr_svg_().startswith("<?xml")

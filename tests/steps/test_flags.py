"""Flags: who lies in between and who is an outlier, learned once and told on request."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.model import _checksum, from_json
from segmentry.steps import compression

pytestmark = pytest.mark.slow

INCOME, SPENDING = "Annual Income (k$)", "Spending Score (1-100)"


@pytest.mark.parametrize(("most_cells", "features"), [(50_000, "abc"), (500, "ab"), (500, "abcd")])
def test_about_one_in_a_hundred_is_an_outlier_of_its_segment(monkeypatch, most_cells, features):
    monkeypatch.setattr(compression, "MOST_CELLS", most_cells)
    random = np.random.default_rng(5)
    centers = np.repeat(np.eye(4)[:3, : len(features)] * 60, 4000, axis=0)
    values = (centers + random.normal(0, 5, centers.shape)).round(2)
    with segmentry.segment(pd.DataFrame(values, columns=list(features)), k=3) as run:
        told = run.assign(flags=True)
    shares = told.groupby("segment")["outlier"].mean()
    assert shares.between(0.005, 0.025).all(), shares


def test_the_distance_is_the_quantile_of_the_segment():
    random = np.random.default_rng(2)
    customers = pd.DataFrame({"x": np.r_[random.normal(0, 1, 2000), random.normal(30, 2, 2000)]})
    with segmentry.segment(customers, k=2, features=["x"]) as run:
        told = run.assign()
        for own in run.model.segments:
            distances = told.loc[told["segment"] == own.segment, "distance"]
            assert own.far_distance == pytest.approx(
                np.quantile(distances, 0.99, method="inverted_cdf"), rel=1e-8
            )
            assert (distances > own.far_distance).mean() <= 0.01


def test_a_few_customers_do_not_show_their_own_distance(mall):
    with segmentry.segment(mall) as run:
        furthest = run.assign().groupby("segment")["distance"].max()
        for own in run.model.segments:
            assert own.far_distance == float(f"{own.far_distance:.2g}") > furthest[own.segment]
    table = pd.DataFrame({"spend": [*range(60), 9000, 9100]})
    with segmentry.segment(table, k=2, features=["spend"], log="none") as run:
        assert run.model.segments[1].far_distance is None
        told = run.assign(flags=True)
        assert told["outlier"].isna().sum() == 2


def test_an_older_file_without_distances_still_loads_and_flags_no_outlier(model_json, mall):
    document = json.loads(model_json.read_text())
    for own in document["model"]["segments"]:
        del own["far_distance"]
    document["checksum"] = _checksum(document["model"])
    model = segmentry.Model(from_json(json.dumps(document)))
    told = model.assign(mall, flags=True)
    assert told["outlier"].isna().all()
    assert told["in_between"].sum() == 2
    assert told.iloc[:, :5].equals(segmentry.load(model_json).assign(mall))


def test_a_missing_feature_and_a_single_segment_leave_flags_empty(mall, model_json):
    model = segmentry.load(model_json)
    told = model.assign(pd.DataFrame({INCOME: [None, 70.0], SPENDING: [39, 66]}), flags=True)
    names = ["segment", "second_segment", "in_between", "outlier"]
    assert told[names].isna().all(axis=1).tolist() == [True, False]
    assert told.loc[1, names].tolist() == [1, 2, True, False]
    with segmentry.segment(mall, k=1) as run:
        told = run.assign(flags=True)
        assert told[["second_segment", "in_between"]].isna().all(axis=None)
        assert told["outlier"].sum() == 2, "one in a hundred"


def test_flags_come_on_request_and_change_nothing_else(segmentry_cli, customers_csv):
    plain, flagged = customers_csv.parent / "plain", customers_csv.parent / "flagged"
    assert segmentry_cli("run", customers_csv, "-o", plain).code == 0
    assert segmentry_cli("run", customers_csv, "-o", flagged, "--flags").code == 0
    for name in ("segments.csv", "model.json", "summary.json", "report.html"):
        assert (plain / name).read_bytes() == (flagged / name).read_bytes()
    before, after = pd.read_csv(plain / "customers.csv"), pd.read_csv(flagged / "customers.csv")
    assert list(before) == ["CustomerID", "segment", "segment_name", "distance", "margin"]
    assert list(after)[5:] == ["second_segment", "in_between", "outlier"]
    assert after[list(before)].equals(before)
    answer = segmentry_cli("assign", plain / "model.json", customers_csv, "--flags")
    assert answer.stdout == (flagged / "customers.csv").read_text()


def test_an_id_column_with_the_name_of_a_flag_is_marked(mall):
    customers = pd.read_csv(mall).rename(columns={"CustomerID": "outlier"})
    with segmentry.segment(customers, id="outlier") as run:
        assert next(iter(run.assign())) == "outlier"
        assert next(iter(run.assign(flags=True))) == "outlier (data)"

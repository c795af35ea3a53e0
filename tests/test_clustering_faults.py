"""What K-Means must not be given, and what it must not do with it: faults.md, section B4."""

from __future__ import annotations

import filecmp

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

import segmentry
from segmentry.errors import ClusterCountError, FeatureError
from segmentry.steps import refinement, validation


def cloud(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.RandomState(seed)
    return pd.DataFrame({"spend": rng.randn(rows), "visits": rng.randn(rows)})


def three_groups(rows: int = 300, *, shift: float = 0.0, unit: float = 1.0) -> pd.DataFrame:
    rng = np.random.RandomState(1)
    groups = np.arange(rows) % 3
    points = np.array([[0, 0], [6, 0], [0, 6]])[groups] + rng.randn(rows, 2)
    return pd.DataFrame(shift + unit * points, columns=["spend", "visits"])


@pytest.mark.parametrize(("rows", "k"), [(3, 2), (5, 3), (11, 6)])
def test_fewer_than_two_customers_a_segment_are_refused(rows, k):  # B4-44
    with pytest.raises(ClusterCountError) as caught:
        segmentry.segment(cloud(rows), k=k)
    assert caught.value.code == "R44"
    assert caught.value.what == (
        f"k={k} needs at least {2 * k} customers, two a segment; there are {rows}."
    )
    assert caught.value.fix == f"The largest possible k is {rows // 2}."


@pytest.mark.parametrize(("rows", "k"), [(6, 3), (29, 3), (12, "auto")])
def test_fewer_than_thirty_customers_run_and_are_called_unstable(rows, k):  # B4-44
    result = segmentry.segment(cloud(rows), k=k)
    assert (
        f"Only {rows} customers: with fewer than 30 the segments are unstable." in result.warnings
    )


def test_the_estimator_refuses_no_size_that_scikit_learn_accepts():  # B4-44
    assert segmentry.Segmenter(3).fit(cloud(3)).n_clusters_ == 3


def test_one_customer_of_ten_million_is_called_an_outlier():  # B4-45, B4-47
    table = three_groups().assign(spend=lambda own: own["spend"].round() * 10 + 100)
    table.loc[0, "spend"] = 1e7
    result = segmentry.segment(table, log="none")
    told = " ".join(result.warnings)
    assert "spend: 1 customer lies far out and makes" in told
    alone = [own.segment for own in result.model.segments if own.customers == 1]
    assert all(f"Segment {own} has 1 customer: outliers rather than" in told for own in alone)
    drawn = segmentry.segment(table, outliers="winsorize")
    assert min(own.customers for own in drawn.model.segments) > 5


def test_a_feature_that_is_mostly_one_value_can_be_drawn_in():  # B4-47: no quartile range
    rng = np.random.RandomState(0)
    table = pd.DataFrame({
        "returns": np.append(np.zeros(290), rng.randint(1, 9, 10)), "visits": rng.randint(0, 9, 300)
    })  # fmt: skip
    for outliers in ("keep", "winsorize"):
        result = segmentry.segment(table, k=2, outliers=outliers)
        assert np.isfinite(result.model.centers).all()


@pytest.mark.parametrize(("shift", "unit"), [(1e8, 0.01), (0.0, 1e25), (-3e9, 1e-3), (0.0, 1e-30)])
def test_far_away_and_tiny_values_give_the_segments_of_ordinary_ones(shift, unit):  # B4-48
    ordinary = segmentry.segment(three_groups(), k=3).assign()["segment"]
    found = segmentry.segment(three_groups(shift=shift, unit=unit), k=3)
    assert (found.assign()["segment"] == ordinary).all()
    assert np.isfinite(found.inertia)
    assert np.isfinite(found.model.centers).all()


def test_values_that_overflow_are_refused_before_k_means_sees_them(tmp_path):  # B4-48
    table = three_groups()
    table.loc[7, "spend"] = 1e200
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(FeatureError) as caught:
        segmentry.segment(tmp_path / "t.csv")
    assert caught.value.code == "R35"


@pytest.mark.slow
def test_the_number_of_threads_changes_no_byte(tmp_path, mall):  # B4-49
    for threads in (1, 2, 8):
        with segmentry.segment(mall, threads=threads) as result:
            result.write(tmp_path / str(threads))
    for name in ("model.json", "segments.csv", "summary.json", "customers.csv", "report.html"):
        for threads in (2, 8):
            assert filecmp.cmp(tmp_path / "1" / name, tmp_path / str(threads) / name, shallow=False)


def test_uniform_noise_is_one_segment():  # B4-50
    rng = np.random.RandomState(3)
    table = pd.DataFrame(rng.rand(400, 2), columns=["spend", "visits"])
    result = segmentry.segment(table)
    assert (result.k, result.strength) == (1, "none")
    assert result.segments["name"].tolist() == ["All customers"]
    assert result.assign()["margin"].isna().all()
    assert any("no natural segments" in own for own in result.warnings)


def test_centres_that_do_not_come_to_rest_are_told(monkeypatch):  # B4-51
    monkeypatch.setattr(refinement, "MOST_PASSES", 3)
    monkeypatch.setattr(validation, "MOST_PASSES", 3)
    rng = np.random.RandomState(0)
    table = pd.DataFrame(rng.rand(60_000, 2), columns=["spend", "visits"])
    result = segmentry.segment(table, k=6)
    assert result.found.solution.passes == 2
    assert any("did not come to rest within 2 passes" in own for own in result.warnings)


@pytest.mark.slow
def test_a_wide_table_stays_within_its_memory():  # B4-52
    rng = np.random.RandomState(0)
    groups = np.arange(300) % 2
    points = rng.randn(300, 120) + 3 * groups[:, None]
    table = pd.DataFrame(points, columns=[f"spend{i}" for i in range(120)])
    result = segmentry.segment(table, k=2, memory_limit="300MB")
    with threadpool_limits(1):
        theirs = KMeans(2, n_init=3, random_state=0).fit(points)
    assert result.inertia == pytest.approx(theirs.inertia_, rel=1e-6)


@pytest.mark.slow
def test_a_hundred_thousand_levels_become_twenty_and_the_rest():  # B4-52
    rng = np.random.RandomState(0)
    names = np.where(rng.rand(120_000) < 0.5, "Berlin", [f"T{i % 100_000}" for i in range(120_000)])
    table = cloud(120_000).assign(town=names)
    plan = segmentry.segment(table, k=2, categorical=["town"]).model.plan
    assert plan.categories[0].levels == ("Berlin",)
    assert plan.categories[0].other

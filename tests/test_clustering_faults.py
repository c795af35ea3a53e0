"""What K-Means must not be given, and what it must not do with it: faults.md, section B4."""

from __future__ import annotations

import filecmp
import json

import numpy as np
import pandas as pd
import pytest
import sklearn
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


@pytest.mark.parametrize(("k", "code"), [(10_000, "R42"), (41, "R42"), (40, "R44"), (21, "R44")])
def test_one_largest_number_of_segments_is_told_however_many_are_asked_for(k, code):  # B4-43
    with pytest.raises(ClusterCountError) as caught:
        segmentry.segment(cloud(40), k=k)
    assert (caught.value.code, caught.value.fix) == (code, "The largest possible k is 20.")


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "k"), [(6, 3), (29, 3), (12, "auto")])
def test_fewer_than_thirty_customers_run_and_are_called_unstable(rows, k):  # B4-44
    result = segmentry.segment(cloud(rows), k=k)
    assert (
        f"Only {rows} customers: with fewer than 30 the segments are unstable." in result.warnings
    )


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 9, 29])
def test_the_estimator_refuses_no_size_that_scikit_learn_accepts(rows):  # B4-44
    for table in (cloud(rows), cloud(rows).to_numpy()):
        for k in sorted({1, min(2, rows), min(3, rows)}):
            ours = segmentry.Segmenter(k, scale="none", log="none").fit(table)
            assert (ours.n_clusters_, len(ours.labels_)) == (k, rows)
            theirs = KMeans(k, n_init=20, random_state=0).fit(table)
            assert ours.inertia_ <= theirs.inertia_ + 1e-9


@pytest.mark.slow
def test_centres_of_the_estimator_are_exact_however_few_customers_they_stand_for():
    table = cloud(3)
    ours = segmentry.Segmenter(3).fit(table)
    assert ours.cluster_centers_[ours.labels_] == pytest.approx(table.to_numpy())


@pytest.mark.slow
def test_what_few_customers_have_on_average_is_rounded_everywhere(tmp_path):  # B5-61, B7-72
    table = cloud(60).assign(customer_id=[f"c{i}" for i in range(60)])
    table.loc[7, ["spend", "visits"]] = [913.37, 977.77]
    with segmentry.segment(table, k=2) as result:
        assert result.model.segments[1].customers == 1
        result.write(tmp_path / "run")
        assert result.segments.loc[1, "spend"] == 900.0
        assert any("Averages of segment 2 are rounded" in own for own in result.warnings)
        assert not any("913.37" in str(own) for own in result.alternative(3).means)
    model = json.loads((tmp_path / "run" / "model.json").read_text())["model"]
    assert model["segments"][1].pop("center") == [913.37, 977.77]
    made_with = json.loads((tmp_path / "run" / "timings.json").read_text())["versions"]
    assert made_with["scikit-learn"] == sklearn.__version__  # B5-58
    files = [tmp_path / "run" / own for own in ("summary.json", "segments.csv", "report.html")]
    for text in (json.dumps(model), *(own.read_text() for own in files)):
        assert "913.37" not in text
        assert "977.77" not in text


@pytest.mark.slow
def test_one_segment_as_asked_brings_no_advice_to_ask_for_a_number():
    told = " ".join(segmentry.segment(cloud(40), k=1).warnings)
    assert "ask for a number" not in told


@pytest.mark.parametrize("k", ["auto", 1, 3])
def test_customers_who_are_alike_in_every_column_are_told(k):  # B4-41
    table = pd.DataFrame({"spend": [5.0] * 40, "visits": [6] * 40})
    with pytest.raises(FeatureError) as caught:
        segmentry.segment(table, k=k, duplicates="keep")
    assert (caught.value.code, "All 40 rows are identical" in caught.value.what) == ("R41", True)


@pytest.mark.slow
def test_centres_that_do_not_come_to_rest_are_an_error_where_warnings_are(
    monkeypatch, command, tmp_path
):  # B4-51
    monkeypatch.setattr(refinement, "MOST_PASSES", 3)
    monkeypatch.setattr(validation, "MOST_PASSES", 3)
    rng = np.random.RandomState(0)
    table = pd.DataFrame(rng.rand(60_000, 2).round(6), columns=["spend", "visits"])
    table.to_csv(tmp_path / "t.csv", index=False)
    done = command("run", tmp_path / "t.csv", "--k", "6", "--strict", "-o", tmp_path / "out")
    assert (done.code, "did not come to rest" in done.stderr) == (5, True)


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_feature_that_is_mostly_one_value_can_be_drawn_in():  # B4-47: no quartile range
    rng = np.random.RandomState(0)
    table = pd.DataFrame({
        "returns": np.append(np.zeros(290), rng.randint(1, 9, 10)), "visits": rng.randint(0, 9, 300)
    })  # fmt: skip
    for outliers in ("keep", "winsorize"):
        result = segmentry.segment(table, k=2, outliers=outliers)
        assert np.isfinite(result.model.centers).all()


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "unit"), [(1e8, 0.01), (0.0, 1e25), (-3e9, 1e-3), (0.0, 1e-30)])
def test_far_away_and_tiny_values_give_the_segments_of_ordinary_ones(shift, unit):  # B4-48
    ordinary = segmentry.segment(three_groups(), k=3).assign()["segment"]
    found = segmentry.segment(three_groups(shift=shift, unit=unit), k=3)
    assert (found.assign()["segment"] == ordinary).all()
    assert np.isfinite(found.inertia)
    assert np.isfinite(found.model.centers).all()


@pytest.mark.slow
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


@pytest.mark.slow
def test_uniform_noise_is_one_segment():  # B4-50
    rng = np.random.RandomState(3)
    table = pd.DataFrame(rng.rand(400, 2), columns=["spend", "visits"])
    result = segmentry.segment(table)
    assert (result.k, result.strength) == (1, "none")
    assert result.segments["name"].tolist() == ["All customers"]
    assert result.assign()["margin"].isna().all()
    assert any("no natural segments" in own for own in result.warnings)


@pytest.mark.slow
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
def test_two_thousand_columns_are_looked_at():  # B4-52
    numbers = np.random.RandomState(0).randint(0, 50, (60, 2_000))
    frame = pd.DataFrame(numbers, columns=[f"c{i}" for i in range(2_000)])
    found = segmentry.explore(frame).to_dict()["columns"]
    assert {own["column"]: own["distinct"] for own in found} == frame.nunique().to_dict()


@pytest.mark.slow
def test_a_hundred_thousand_levels_become_twenty_and_the_rest():  # B4-52
    rng = np.random.RandomState(0)
    names = np.where(rng.rand(120_000) < 0.5, "Berlin", [f"T{i % 100_000}" for i in range(120_000)])
    table = cloud(120_000).assign(town=names)
    plan = segmentry.segment(table, k=2, categorical=["town"]).model.plan
    assert plan.categories[0].levels == ("Berlin",)
    assert plan.categories[0].other

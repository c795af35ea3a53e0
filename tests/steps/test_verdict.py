"""One number of segments: right where segments are planted, none where there are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.errors import ClusterCountError
from segmentry.steps.selection import Choice, Wanted, choose
from tables import cells_of, plan_of, planted_rows

THREE = ["Age", "Annual Income (k$)", "Spending Score (1-100)"]


def chosen(rows: np.ndarray, **wanted: object) -> Choice:
    return choose(cells_of(rows), plan_of(rows), wanted=Wanted(**wanted))


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 4, 7])
def test_planted_segments_are_found_and_the_evidence_is_strong(k):
    found = chosen(planted_rows(k, k=k))
    assert (found.k, found.strength, found.natural) == (k, "strong", True)
    assert "the evidence is strong" in found.verdict
    assert found.at(k).excess > 0.1


@pytest.mark.slow
def test_segments_of_very_unequal_size_are_found_where_the_silhouette_misses_them():
    rng = np.random.RandomState(0)
    places, sizes = [[0, 0], [7, 0], [0, 7], [9, 9]], [300, 30, 30, 300]
    rows = np.vstack([rng.randn(n, 2) + own for n, own in zip(sizes, places, strict=True)])
    found = chosen(rows)
    assert found.k == 4
    assert found.best_silhouette == 2


STRUCTURELESS = {
    "uniform": lambda rng: rng.rand(500, 2),
    "one Gaussian": lambda rng: rng.randn(500, 3),
    "correlated": lambda rng: rng.randn(500, 2) @ np.array([[1.0, 0.9], [0.0, 0.4]]),
    "lognormal": lambda rng: np.exp(0.8 * rng.randn(500, 2)),
    "counts": lambda rng: rng.poisson([0.7, 3.0], (500, 2)).astype(float),
    "whole numbers": lambda rng: rng.randint(0, 12, (500, 2)).astype(float),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", STRUCTURELESS)
def test_there_are_no_segments_where_there_is_no_structure(kind):
    found = chosen(STRUCTURELESS[kind](np.random.RandomState(7)))
    assert (found.k, found.strength, found.natural) == (1, "none", False)
    assert "no natural segments" in found.verdict


@pytest.mark.slow
def test_a_number_that_the_user_insists_on_is_made_and_marked_as_slices():
    found = chosen(np.random.RandomState(7).rand(500, 2), k=4)
    assert (found.k, found.strength) == (4, "none")
    assert "slices of a continuum" in found.verdict


@pytest.mark.slow
def test_a_fixed_number_is_told_what_the_evidence_is_for():
    rows = planted_rows(1, k=4)
    assert "rather for four, which would put segments" in chosen(rows, k=5).verdict
    assert "rather for four, which would split segment 1" in chosen(rows, k=3).verdict
    assert "is for this number too" in chosen(rows, k=4).verdict


@pytest.mark.slow
def test_limits_of_the_business_hold():
    rows = planted_rows(1, k=4)
    assert chosen(rows, k_max=3).k == 3
    assert chosen(rows, k_min=5).k >= 5
    assert chosen(rows, min_share=0.3).at(chosen(rows, min_share=0.3).k).smallest_share >= 0.3
    assert chosen(rows, min_size=100).at(chosen(rows, min_size=100).k).smallest_share >= 100 / 240


@pytest.mark.slow
def test_limits_that_no_number_keeps_to_are_refused_and_one_is_named_that_would_do():
    rows = planted_rows(1, k=4)
    with pytest.raises(ClusterCountError) as caught:
        chosen(rows, k_min=6, min_share=0.2)
    assert caught.value.code == "R43"
    share = float(str(caught.value).rsplit("--min-share ", 1)[1].rstrip("."))
    assert chosen(rows, k_min=6, min_share=share).k >= 6


@pytest.mark.parametrize(
    "options",
    [{"k_min": 5, "k_max": 4}, {"min_share": 0.6}, {"min_share": -0.1}, {"min_size": 0}],
)
def test_limits_that_make_no_sense_are_refused(mall, options):
    with pytest.raises(ClusterCountError) as caught:
        segmentry.segment(mall, **options)
    assert caught.value.code == "R43"


@pytest.mark.slow
@pytest.mark.parametrize(("features", "k"), [(None, 5), (THREE, 6)])
def test_the_mall_data_give_the_same_verdict_for_every_seed_and_order(mall, features, k):
    table = pd.read_csv(mall)
    said = set()
    for seed in (0, 1, 17):
        rows = table.sample(frac=1, random_state=seed)
        with segmentry.segment(rows, features=features, seed=seed) as found:
            said.add((found.k, found.strength, found.verdict))
    assert len(said) == 1
    assert said.pop()[:2] == (k, "strong")


@pytest.mark.slow
def test_noise_is_one_segment_with_a_warning_and_k_asks_for_more(tmp_path):
    rng = np.random.RandomState(3)
    table = pd.DataFrame({"visits": rng.normal(50, 9, 300), "spend": rng.normal(400, 60, 300)})
    with segmentry.segment(table) as found:
        assert (found.k, found.strength) == (1, "none")
        assert found.segments["name"].tolist() == ["All customers"]
        assert any("no natural segments" in own for own in found.warnings)
        assert found.stability["reading"].tolist() == ["highly stable"]
        found.write(tmp_path / "out")
    with segmentry.segment(table, k=3) as found:
        assert any("slices of a continuum" in own for own in found.warnings)


@pytest.mark.slow
def test_the_evidence_has_a_row_for_each_k_and_the_summary_holds_it_all(mall):
    with segmentry.segment(mall) as found:
        evidence, summary = found.evidence, found.summary
    assert evidence["k"].tolist() == list(range(1, 11))
    assert evidence["silhouette"].iloc[4] - evidence["noise_silhouette"].iloc[4] == pytest.approx(
        evidence["excess"].iloc[4]
    )
    assert evidence["excess"].idxmax() == 4
    assert (evidence["runner_up_excess"].dropna() > 0).all()
    assert summary["strength"] == "strong"
    assert summary["runner_up"]["k"] == 6
    votes = {own["criterion"]: own["k"] for own in summary["votes"]}
    assert votes["Silhouette"] == votes["Davies-Bouldin"] == 5
    assert votes["Gap statistic"] == 1
    assert [own["stability_reading"] for own in summary["segments"]] == ["highly stable"] * 5


@pytest.mark.slow
def test_traps_are_told(mall):
    features = ["CustomerID", "Spending Score (1-100)"]
    with segmentry.segment(mall, features=features) as found:
        assert any("CustomerID is a feature because you chose it" in w for w in found.warnings)
    rows = planted_rows(1, k=2, n=200)
    table = pd.DataFrame(np.vstack([rows, [[300.0, 300.0]] * 3]), columns=["a", "b"])
    with segmentry.segment(table, k=3, log="none") as found:
        assert any("outliers rather than a segment" in own for own in found.warnings)
    table = pd.DataFrame({"a": rows[:, 0], "b": rows[:, 0] * 2 + 0.1 * rows[:, 1]})
    with segmentry.segment(table) as found:
        assert any("nearly repeat each other" in own for own in found.warnings)

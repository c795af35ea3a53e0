"""Another number of segments, shown from the cells that are there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

import segmentry
from segmentry.datasets import mall_customers_path
from segmentry.errors import ClusterCountError

FEATURES = ["Annual Income (k$)", "Spending Score (1-100)"]


@pytest.fixture(scope="module")
def mall():
    with segmentry.segment(mall_customers_path()) as result:
        yield result


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_sizes_and_means_are_those_of_scikit_learn_on_the_raw_rows(mall, k):
    rows = pd.read_csv(mall_customers_path())[FEATURES]
    with threadpool_limits(1):
        fit = KMeans(k, n_init=60, random_state=0).fit(rows)
    means = rows.groupby(fit.labels_).mean()
    sizes = pd.Series(fit.labels_).value_counts()
    other = mall.alternative(k)
    assert sorted(other.customers) == sorted(sizes)
    ours = sorted((own[FEATURES[0]], own[FEATURES[1]]) for own in other.means)
    assert np.allclose(ours, sorted(map(tuple, means.to_numpy())))


def test_the_number_that_was_taken_is_the_result_itself(mall):
    other = mall.alternative(mall.k)
    assert list(other.customers) == [own.customers for own in mall.found.population.segments]
    assert list(other.names) == [own.name for own in mall.found.names]
    assert other.matches == (1, 2, 3, 4, 5)
    assert other.moved_share == 0


def test_who_would_move_adds_up_from_both_sides(mall):
    for k in range(1, 11):
        other = mall.alternative(k)
        assert [sum(row) for row in other.moved] == [81, 39, 35, 23, 22]
        assert [sum(column) for column in zip(*other.moved, strict=True)] == list(other.customers)


def test_splitting_one_segment_moves_the_smaller_part_only(mall):
    other = mall.alternative(6)
    assert other.matches == (1, 3, 2, 4, 5, None)
    assert other.moved_share == pytest.approx(10 / 200)


def test_names_are_different_at_every_k(mall):
    for k in range(1, 11):
        assert len(set(mall.alternative(k).names)) == k


@pytest.mark.parametrize("k", [0, 11, -1])
def test_a_number_that_was_not_compared_is_refused_with_the_range(mall, k):
    with pytest.raises(ClusterCountError, match="from 1 to 10"):
        mall.alternative(k)


@pytest.mark.slow
def test_a_sample_counts_all_customers():
    rng = np.random.RandomState(2)
    rows = pd.DataFrame(rng.normal(size=(60_000, 5)), columns=list("abcde"))
    with segmentry.segment(rows, k=3) as result:
        assert result.found.cells.kind == "sample"
        for k in (2, 5):
            other = result.alternative(k)
            assert sum(other.customers) == pytest.approx(60_000, abs=k)
            assert sum(map(sum, other.moved)) == pytest.approx(60_000, abs=3 * k)


@pytest.mark.slow
def test_a_category_is_counted_by_its_levels():
    rng = np.random.RandomState(5)
    spend = np.r_[rng.normal(20, 2, 150), rng.normal(60, 2, 150)].round()
    kind = np.r_[np.repeat("a", 150), np.repeat("b", 150)]
    rows = pd.DataFrame({"spend": spend, "visits": spend + rng.randint(0, 5, 300), "kind": kind})
    with segmentry.segment(rows, categorical=["kind"], k=2) as result:
        means = result.alternative(2).means
        assert [own["kind"] for own in means] == [1.0, 1.0]

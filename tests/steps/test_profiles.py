"""Profiles against pandas on the raw rows, and what they must keep to themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry
from segmentry.sql import exact_bits


@pytest.fixture(scope="module")
def result(mall):
    return segmentry.segment(mall)


@pytest.fixture(scope="module")
def raw(result, mall):
    return pd.read_csv(mall).assign(segment=result.assign()["segment"])


def test_means_medians_and_spreads_are_those_of_the_raw_rows(result, raw):
    for own in result.found.population.segments:
        mine = raw[raw["segment"] == own.segment]
        assert own.customers == len(mine)
        for number in own.numbers:
            values = mine[number.column]
            assert number.mean == pytest.approx(values.mean(), rel=1e-12)
            assert number.median == values.median()
            assert number.standard_deviation == pytest.approx(values.std(ddof=0), rel=1e-9)
            assert number.index == pytest.approx(100 * values.mean() / raw[number.column].mean())


def test_levels_are_shares_of_the_segment(result, raw):
    for own in result.found.population.segments:
        counts = raw[raw["segment"] == own.segment]["Gender"].value_counts(normalize=True)
        told = {level.level: level.share for level in own.levels["Gender"]}
        assert told == pytest.approx(counts.to_dict())


def test_the_share_between_segments_is_eta_squared(result, raw):
    feature = "Annual Income (k$)"
    means = raw.groupby("segment")[feature].transform("mean")
    share = ((means - raw[feature].mean()) ** 2).sum() / (
        (raw[feature] - raw[feature].mean()) ** 2
    ).sum()
    assert result.found.population.between_share(feature) == pytest.approx(share, rel=1e-9)


def test_histograms_count_every_customer_once_and_in_its_bin(result, raw):
    for histogram in result.found.histograms:
        for segment, counts in enumerate(histogram.counts, 1):
            values = raw.loc[raw["segment"] == segment, histogram.feature]
            expected, _ = np.histogram(values, bins=histogram.edges)
            assert list(counts) == expected.tolist()


@pytest.mark.slow
def test_a_column_with_values_below_zero_has_no_index():
    table = pd.DataFrame({"balance": [-5.0, 2, 3, 90, 91, 92], "visits": [1, 2, 2, 9, 8, 9]})
    for own in segmentry.segment(table, k=2).found.population.segments:
        assert own.number("balance").index is None
        assert own.number("visits").index is not None


@pytest.mark.slow
def test_a_segment_of_fewer_than_five_tells_nothing_but_its_features():
    table = pd.DataFrame(
        {
            "spend": [1.0, 2.0, 1.5, 1.2, 1.1, 2.2, 90.0, 91.0],
            "age": [20, 30, 25, 24, 33, 41, 77, 78],
            "city": ["Rome"] * 6 + ["Oslo"] * 2,
        }
    )
    result = segmentry.segment(table, k=2)
    small = result.found.population.segments[1]
    assert small.customers == 2
    assert [own.column for own in small.numbers] == ["spend"]
    assert small.levels == {}
    assert "Oslo" not in str(result.summary)
    assert "77" not in result.found.advice[1].description


@pytest.mark.slow
def test_levels_of_fewer_than_five_customers_are_left_out():
    table = pd.DataFrame({"spend": np.arange(40) ** 1.5, "city": ["Rome"] * 37 + ["Oslo"] * 3})
    result = segmentry.segment(table, k=2, profile=["city"])
    assert "Oslo" not in str(result.summary["segments"])


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=6, max_size=60), st.randoms())
def test_means_do_not_depend_on_the_order_of_the_rows(values, random):
    rows = [value if abs(value) > 1e-6 else 0.0 for value in values]
    if len(set(rows)) < 3:
        return
    shuffled = random.sample(rows, len(rows))
    found = [
        segmentry.segment(pd.DataFrame({"x": own}), features=["x"], k=2).segments["x"].tolist()
        for own in (rows, shuffled)
    ]
    assert found[0] == found[1]


@pytest.mark.slow
@given(st.floats(1e-200, 1e200), st.integers(1, 10**9))
def test_exact_sums_cannot_overflow_a_64_bit_integer(largest, rows):
    from fractions import Fraction

    assert Fraction(largest) * rows * Fraction(2) ** exact_bits(largest, rows) < 2**63

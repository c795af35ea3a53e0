"""The map as plain numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segmentry
from segmentry.datasets import mall_customers_path
from segmentry.errors import ColumnError
from segmentry.plots.dots import MOST_DOTS, _log_marks, _marks, dot_map

INCOME, SPENDING = "Annual Income (k$)", "Spending Score (1-100)"


@pytest.fixture(scope="module")
def mall():
    with segmentry.segment(mall_customers_path()) as result:
        yield result.found


def test_every_customer_is_on_the_map_in_its_segment(mall):
    drawn = dot_map(mall)
    frame = pd.DataFrame(drawn.dots, columns=["x", "y", "customers", "segment"])
    assert frame.customers.sum() == 200
    assert frame.groupby("segment").customers.sum().tolist() == [81, 39, 35, 23, 22]
    assert frame[["x", "y"]].min().min() > 0
    assert frame[["x", "y"]].max().max() < 1
    assert not drawn.grouped


def test_places_grow_with_the_values(mall):
    rows = pd.read_csv(mall_customers_path())
    drawn = dot_map(mall)
    low, high = rows[INCOME].min(), rows[INCOME].max()
    margin = 0.04 * (high - low)
    expected = (rows[INCOME].drop_duplicates() - low + margin) / (high - low + 2 * margin)
    assert {own[0] for own in drawn.dots} == set(expected.round(4))


def test_axes_can_be_chosen(mall):
    drawn = dot_map(mall, x=SPENDING, y=INCOME)
    assert (drawn.x.feature, drawn.y.feature) == (SPENDING, INCOME)
    usual = dot_map(mall)
    assert sorted(own[:2] for own in drawn.dots) == sorted(own[1::-1] for own in usual.dots)


def test_an_axis_that_was_not_clustered_on_is_refused_with_those_there_are(mall):
    with pytest.raises(ColumnError, match="no axis 'Age'"):
        dot_map(mall, x="Age")


@pytest.mark.slow
def test_a_single_feature_lies_on_a_line():
    with segmentry.segment(mall_customers_path(), features=[INCOME]) as result:
        drawn = dot_map(result.found)
    assert drawn.y.feature == ""
    assert {own[1] for own in drawn.dots} == {0.5}


@pytest.mark.slow
def test_many_cells_share_dots_and_nobody_is_lost():
    rng = np.random.RandomState(0)
    rows = pd.DataFrame({"a": rng.normal(size=9_000), "b": rng.normal(size=9_000)})
    with segmentry.segment(rows, k=3) as result:
        drawn = dot_map(result.found)
        sizes = [own.customers for own in result.found.population.segments]
    frame = pd.DataFrame(drawn.dots, columns=["x", "y", "customers", "segment"])
    assert drawn.grouped
    assert len(frame) < 3 * 44 * 44
    assert len(frame) < len(result.found.cells)
    assert len(result.found.cells) > MOST_DOTS
    assert frame.groupby("segment").customers.sum().tolist() == pytest.approx(sizes, rel=0.05)


@pytest.mark.slow
def test_a_logarithmic_axis_has_marks_in_the_columns_own_unit():
    rng = np.random.RandomState(1)
    rows = pd.DataFrame({"spend": rng.lognormal(4, 2, 800).round(), "n": rng.randint(1, 30, 800)})
    with segmentry.segment(rows, k=3) as result:
        axis = dot_map(result.found, x="spend", y="n").x
    assert axis.logged
    assert {"10", "100", "1,000"} <= {text for _, text in axis.ticks}


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_marks_are_round_few_and_within(low, width):
    high = low + width
    marks = _marks(low, high)
    tolerance = 1e-9 * max(abs(low), abs(high), width)
    assert all(low - tolerance <= place <= high + tolerance for place, _ in marks)
    assert len(marks) <= 17


def test_marks_of_logarithms_are_where_ln_one_plus_x_says():
    places = {text: place for place, text in _log_marks(0.0, np.log1p(1000))}
    assert places["100"] == pytest.approx(np.log(101))

"""One plan, two interpreters: SQL in the engine and NumPy in memory give the same answer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal
from sklearn.cluster import KMeans

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.model import FeaturePlan, Plan, SegmentCenter, SegmentModel
from segmentry.scorer import Model
from segmentry.steps.scoring import score

HOSTILE = ['a"b', "a`b", "a]b", "a'b", "a\\", "a;--", "SELECT", "{x}", "é😀", " "]


def model_of(centers: np.ndarray, names: list[str], *, scaled: bool = False) -> SegmentModel:
    features = tuple(
        FeaturePlan(name, 3.7 * (i + 1), 0.3 + i) if scaled else FeaturePlan(name, 0.0, 1.0)
        for i, name in enumerate(names)
    )
    segments = tuple(
        SegmentCenter(i + 1, f"Segment '{i + 1}'", False, 1, 0.1, tuple(own), tuple(own))
        for i, own in enumerate(centers.tolist())
    )
    plan = Plan(features, "zscore" if scaled else "none", "for the test")
    return SegmentModel(plan, segments, None, 1.0, None, 10, ())


def in_engine(model: SegmentModel, values: np.ndarray) -> dict[str, list]:
    table = pa.table(dict(zip(model.plan.names, values.T, strict=True)))
    return Model(model).assign(table).to_pydict()


def as_lists(model: SegmentModel, values: np.ndarray) -> dict[str, list]:
    found = score(model, values)

    def empty(numbers: np.ndarray) -> list:
        return [None if np.isnan(own) else own for own in numbers]

    return {
        "segment": [own or None for own in found.segments.tolist()],
        "distance": empty(found.distances),
        "margin": empty(found.margins),
    }


cells = st.one_of(
    st.integers(-20, 20).map(float),
    st.floats(-1e6, 1e6),
    st.sampled_from([np.nan, np.inf, -np.inf, 0.5, 1e-300, -0.0]),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_sql_and_numpy_assign_every_customer_alike_ties_and_gaps_included(data):
    d, k = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 5))
    values = data.draw(arrays(float, (data.draw(st.integers(1, 12)), d), elements=cells))
    centers = data.draw(arrays(float, (k, d), elements=st.integers(-10, 10).map(float)))
    model = model_of(centers, HOSTILE[:d], scaled=data.draw(st.booleans()))
    ours = in_engine(model, values)
    assert {name: ours[name] for name in ("segment", "distance", "margin")} == as_lists(
        model, values
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_any_column_name_is_quoted_in_every_query(name):
    import segmentry

    values = [1.0, 2.0, 8.0, 9.0, 9.5, 30.0]
    table = pa.table({name: values, "other'": [5.0, 4.0, 5.0, 4.0, 5.0, 4.0]})
    result = segmentry.segment(table, features=[name], k=2)
    labels = result.assign().column("segment").to_pylist()
    assert labels == [1, 1, 1, 1, 1, 2]


def test_assignments_equal_those_of_scikit_learn():
    rng = np.random.RandomState(0)
    values, centers = rng.randn(500, 3), rng.randn(6, 3)
    kmeans = KMeans(6, init=centers, n_init=1, max_iter=1).fit(values)
    model = model_of(kmeans.cluster_centers_, ["a", "b", "c"])
    assert_array_equal(score(model, values).segments - 1, kmeans.predict(values))


def test_distance_and_margin_are_as_computed_by_hand():
    model = model_of(np.array([[0.0, 0.0], [10.0, 0.0]]), ["x", "y"])
    found = score(model, [[3.0, 4.0], [5.0, 0.0], [np.nan, 1.0]])
    assert found.segments.tolist() == [1, 1, 0]
    assert found.distances[:2].tolist() == [5.0, 5.0]
    second = np.sqrt(7.0**2 + 4.0**2)
    assert found.margins[:2].tolist() == [(second - 5.0) / second, 0.0]
    assert np.isnan(found.distances[2])


def test_every_query_can_be_printed_and_parsed_again():
    import sqlglot

    from segmentry import sql

    model = model_of(np.array([[0.0], [1.0]]), ['a"b'])
    query = sql.assignments(
        sql.Labels("customers", model.plan, model.centers), ["A", "B"], id_column=None
    )
    text = query.sql(dialect=DuckDBEngine.dialect, pretty=True)
    steps = ("coordinates", "distances", "nearest", "labelled")
    assert all(f'"{step}" AS (' in text for step in steps)
    assert sqlglot.parse_one(text, dialect="duckdb").sql(dialect="duckdb") == query.sql(
        dialect="duckdb"
    )

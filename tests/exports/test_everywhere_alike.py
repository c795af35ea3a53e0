"""A model gives a customer the same segment wherever it is scored, or none everywhere."""

from __future__ import annotations

import warnings
from contextlib import closing

import duckdb
import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry
from segmentry.exports.sklearn_model import to_sklearn
from segmentry.scorer import Model
from segmentry.steps.features import prepared_values
from segmentry.steps.scoring import score

pytestmark = pytest.mark.slow

NUMBERS = st.one_of(
    st.none(),
    st.integers(-5, 300).map(float),
    st.floats(-1e6, 1e6),
    st.sampled_from([np.inf, -np.inf, 1e101, -1e200, -1.0, -0.0, 1e-320, 1e9]),
)
TOWNS = st.sampled_from(
    ["Berlin", "Ulm", "Bonn", "Oslo", "BERLIN", " Ulm ", "", " ", "n/a", "?", None]
)
CODES = st.sampled_from([1.0, 2.0, 3.0, 9.0, None, np.inf, -1e101])
"""Of towns and codes those that the models know, others, and what means that there is none."""
OPTIONS = {
    "filled": {},
    "dropped": {"missing": "drop"},
    "never missing": {"gaps": False},
    "drawn in": {"outliers": "winsorize"},
    "drawn in, never missing": {"gaps": False, "outliers": "winsorize"},
    "weighted": {"feature_weight": {"spend": 3, "town": 0.5}},
    "raw": {"log": "none", "scale": "none", "gaps": False},
}


def customers(*, gaps: bool) -> pd.DataFrame:
    rng = np.random.RandomState(2)
    table = pd.DataFrame({
        "spend": np.exp(rng.normal(3, 1.2, 240)).round(2),
        "visits": rng.randint(0, 30, 240).astype(float),
        "town": rng.choice(["Berlin", "Ulm", "Bonn"], 240, p=[0.5, 0.3, 0.2]),
        "code": rng.choice([1.0, 2.0, 3.0], 240),
    })  # fmt: skip
    if gaps:
        for i, name in enumerate(table):
            table.loc[10 * i : 10 * i + 14, name] = None
    return table


@pytest.fixture(scope="module", params=OPTIONS)
def model(request):
    options = dict(OPTIONS[request.param])
    table = customers(gaps=options.pop("gaps", True))
    with segmentry.segment(table, k=4, categorical=["town", "code"], **options) as result:
        return Model(result.model)


def table_of(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["spend", "visits", "town", "code"])
    numbers = dict.fromkeys(["spend", "visits", "code"], "float64")
    return table.astype({**numbers, "town": object}).assign(customer_id=np.arange(len(rows)))


def by_sql(model, table: pd.DataFrame) -> list:
    query = model.to_sql(dialect="duckdb", table="new", id="customer_id")
    with closing(duckdb.connect()) as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE new AS FROM given")
        found = dict(row[:2] for row in connection.execute(query).fetchall())
    return [found[own] for own in table["customer_id"]]


def by_joblib(pipeline, table: pd.DataFrame) -> list[int | None]:
    """One by one, since a refusal is about all of them."""
    found: list[int | None] = []
    for i in range(len(table)):
        try:
            found.append(int(pipeline.predict(table.iloc[[i]])[0]) + 1)
        except ValueError as error:
            assert "contains" in str(error)  # noqa: PT017  it says what it lacks
            found.append(None)
    return found


@settings(max_examples=6, deadline=None)
@given(rows=st.lists(st.tuples(NUMBERS, NUMBERS, TOWNS, CODES), min_size=1, max_size=6))
def test_every_way_to_score_gives_the_same_segment_or_none(model, rows):
    table = table_of(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assigned = model.assign(table.drop(columns="customer_id"))["segment"]
        ours = [None if pd.isna(own) else int(own) for own in assigned]
        assert by_joblib(to_sklearn(model.model), table) == ours
    assert by_sql(model, table) == ours
    plan, columns = model.model.plan, {name: table[name].to_numpy() for name in table}
    in_memory = score(model.model, prepared_values(plan, columns)).segments
    assert [own or None for own in in_memory.tolist()] == ours


@pytest.mark.parametrize(
    ("column", "value"), [("town", None), ("town", " "), ("code", None), ("spend", 1e200)]
)
def test_the_joblib_file_names_the_column_for_want_of_which_there_is_no_segment(
    tmp_path, column, value
):
    table = customers(gaps=False)
    with segmentry.segment(table, k=3, categorical=["town", "code"]) as result:
        result.save_joblib(tmp_path / "kmeans_model.joblib")
    pipeline = joblib.load(tmp_path / "kmeans_model.joblib")
    table.loc[3, column] = value
    with pytest.raises(ValueError, match=f"Input '{column}' contains NaN"):
        pipeline.predict(table)

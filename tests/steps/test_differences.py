"""What is unlike the customers that a model was made from is told, and scored all the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.errors import ColumnError, DataWarning, FeatureError
from tables import shop_with_gaps


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.json"
    with segmentry.segment(shop_with_gaps(), k=3, categorical=["town"]) as result:
        result.save(path)
    return segmentry.load(path)


def told(model, customers: pd.DataFrame) -> str:
    with pytest.warns(DataWarning) as caught:
        model.assign(customers)
    return " ".join(str(own.message) for own in caught)


def test_customers_of_the_same_kind_are_scored_without_a_word(model):
    whole = shop_with_gaps().dropna()
    assert model.assign(whole)["segment"].notna().all()


@pytest.mark.slow
def test_missing_values_are_counted_with_what_stands_for_them(model, tmp_path):
    read = model.assign_file(shop_with_gaps(), tmp_path / "scored.csv")
    said = " ".join(read.warnings)
    assert "spend: 11 customers have no value, for which " in said
    assert "town: 9 customers have no value, for which Berlin stands." in said


@pytest.mark.slow
def test_customers_without_a_segment_are_counted(mall, tmp_path):
    customers = pd.read_csv(mall)
    customers.loc[:2, "Annual Income (k$)"] = np.nan
    read = segmentry.segment(mall).assign_file(customers, tmp_path / "scored.csv")
    assert "Annual Income (k$): 3 customers have no value and get no segment." in read.warnings


def test_levels_never_seen_are_counted(model):
    customers = shop_with_gaps().dropna()
    customers.loc[customers.index[:4], "town"] = "Oslo"
    assert "town: 4 customers have a level that the model has never seen" in told(model, customers)


@pytest.mark.slow
@pytest.mark.parametrize("column", ["spend", "visits"])
@pytest.mark.parametrize(
    ("factor", "words"),
    [(1e6, "1,000,000 times"), (1e3, "1,000 times"), (100.0, "100 times"), (1e-2, "1/100 of"),
     (1e-3, "1/1,000 of"), (160.0, "")],
)  # fmt: skip
def test_another_unit_is_told_whether_it_is_larger_or_smaller(model, column, factor, words):
    customers = shop_with_gaps().dropna()
    customers[column] *= factor
    said = told(model, customers)
    assert said.startswith(f"{column}: most of these customers are ")
    assert words in said
    assert said.endswith("is this another unit?")


@pytest.mark.slow
def test_income_in_thousands_is_told_beside_income_in_units(tmp_path):
    rng = np.random.RandomState(2)
    income = rng.normal(50_000, 12_000, 400).round()
    table = pd.DataFrame({"income": income, "visits": rng.randint(1, 30, 400)})
    model = segmentry.segment(table, k=3)
    assert "1/1,000 of what most" in told(model, table.assign(income=income / 1000))
    assert "1/10 of what most" in told(model, table.assign(income=income / 10))


def test_one_far_value_is_no_other_unit_and_fills_no_screen(model, tmp_path):
    customers = shop_with_gaps().dropna()
    customers.loc[customers.index[0], ["spend", "visits"]] = [1e9, 1e99]
    assert model.assign_file(customers, tmp_path / "scored.csv").warnings == ()


@pytest.mark.slow
def test_customers_of_one_segment_are_no_other_unit(model, tmp_path):
    customers = shop_with_gaps().dropna().reset_index(drop=True)
    own = model.assign(customers)["segment"]
    for segment in (1, 2, 3):
        read = model.assign_file(customers[own == segment], tmp_path / f"{segment}.csv")
        assert read.warnings == ()


def test_a_number_too_large_to_compute_with_is_told_as_that(model):
    customers = shop_with_gaps().dropna()
    customers.loc[customers.index[0], "spend"] = 1e200
    assert "spend: 1 value is beyond 1e100 and counts as missing." in told(model, customers)


@pytest.mark.slow
def test_a_missing_column_and_a_column_of_text_are_refused(model):
    with pytest.raises(ColumnError, match="has no column 'town'"):
        model.assign(shop_with_gaps().drop(columns="town"))
    with pytest.raises(FeatureError, match="column 'visits' is not a number"):
        model.assign(shop_with_gaps().assign(visits=np.resize(["many", "few"], 300)))


@pytest.mark.slow
def test_the_command_line_tells_it_too(model, tmp_path, segmentry_cli):
    model.save(tmp_path / "model.json")
    customers = shop_with_gaps().dropna().assign(town="Oslo")
    customers.to_csv(tmp_path / "new.csv", index=False)
    done = segmentry_cli("assign", tmp_path / "model.json", tmp_path / "new.csv")
    assert done.code == 0
    assert "Warning: town: " in done.stderr
    assert "never seen" in done.stderr

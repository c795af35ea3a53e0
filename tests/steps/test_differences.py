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


def test_missing_values_are_counted_with_what_stands_for_them(model, tmp_path):
    read = model.assign_file(shop_with_gaps(), tmp_path / "scored.csv")
    said = " ".join(read.warnings)
    assert "spend: 11 customers have no value, for which " in said
    assert "town: 9 customers have no value, for which Berlin stands." in said


def test_customers_without_a_segment_are_counted(mall, tmp_path):
    customers = pd.read_csv(mall)
    customers.loc[:2, "Annual Income (k$)"] = np.nan
    read = segmentry.segment(mall).assign_file(customers, tmp_path / "scored.csv")
    assert "Annual Income (k$): 3 customers have no value and get no segment." in read.warnings


def test_levels_never_seen_are_counted(model):
    customers = shop_with_gaps().dropna()
    customers.loc[customers.index[:4], "town"] = "Oslo"
    assert "town: 4 customers have a level that the model has never seen" in told(model, customers)


@pytest.mark.parametrize(("column", "factor"), [("spend", 1e6), ("visits", 1000.0)])
def test_another_unit_is_suspected_of_logarithms_too(model, column, factor):
    customers = shop_with_gaps().dropna()
    customers[column] *= factor
    assert f"{column}: these customers are around " in told(model, customers)
    assert "is this another unit?" in told(model, customers)


def test_a_missing_column_and_a_column_of_text_are_refused(model):
    with pytest.raises(ColumnError, match="has no column 'town'"):
        model.assign(shop_with_gaps().drop(columns="town"))
    with pytest.raises(FeatureError, match="column 'visits' is not a number"):
        model.assign(shop_with_gaps().assign(visits=np.resize(["many", "few"], 300)))


def test_the_command_line_tells_it_too(model, tmp_path, segmentry_cli):
    model.save(tmp_path / "model.json")
    customers = shop_with_gaps().dropna().assign(town="Oslo")
    customers.to_csv(tmp_path / "new.csv", index=False)
    done = segmentry_cli("assign", tmp_path / "model.json", tmp_path / "new.csv")
    assert done.code == 0
    assert "Warning: town: " in done.stderr
    assert "never seen" in done.stderr

"""Reading: dataframes of every library give the same table as files."""

from __future__ import annotations

import datetime
import decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from readings import READ, read, types_of


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pd", "pl", "pa"])
def test_a_dataframe_is_read_whatever_library_it_is_of(make):
    source, columns = read(make(READ))
    assert columns == READ
    assert (source.path, source.rows) == (None, 3)
    assert source.kind in ("pandas", "polars", "pyarrow")


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1.0, None, 3.0]),
        pd.Series([1.0, float("inf"), 3.0]),
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series([decimal.Decimal(1), None, decimal.Decimal(3)]),
        pd.Categorical([1, None, 3]),
        pl.Series([1.0, float("nan"), 3.0]),
        pa.array([1, None, 3], pa.decimal256(50)),
        pa.array([1, None, 3], pa.uint8()),
    ],
    ids=["NaN", "infinity", "Int64", "Decimal", "category", "Polars NaN", "decimal256", "uint8"],
)
def test_a_gap_in_a_column_of_numbers_is_missing_in_every_library(values):
    table = {"id": ["a", "b", "c"], "n": values}
    make = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}
    frame = make[type(values).__module__.split(".")[0]](table)
    assert read(frame)[1]["n"] == [1.0, None, 3.0]


@pytest.mark.parametrize(
    "values",
    [
        pd.Categorical(["x", None, "y"]),
        pl.Series(["x", None, "y"], dtype=pl.Categorical),
        pl.Series(["x", None, "y"], dtype=pl.Enum(["x", "y"])),
        pa.array(["x", None, "y"]).dictionary_encode(),
        pa.array(["x", None, "y"], pa.large_string()),
    ],
    ids=["pandas category", "Polars category", "enum", "dictionary", "large string"],
)
def test_categories_are_read_as_their_words(values):
    table = {"n": [1, 2, 3], "c": values}
    make = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}
    frame = make[type(values).__module__.split(".")[0]](table)
    assert read(frame)[1]["c"] == ["x", None, "y"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, False], "text"),
        ([datetime.timedelta(1), datetime.timedelta(2)], "text"),
        ([datetime.time(1), datetime.time(2)], "text"),
        ([b"a", b"b"], "text"),
        ([None, None], "text"),
        ([datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 2)], "date"),
    ],
)
def test_a_column_of_any_other_kind_is_no_number_and_no_error(values, kind):
    assert types_of(pl.DataFrame({"n": [1, 2], "c": values})) == {"n": "number", "c": kind}


def test_an_index_is_left_out_and_numbered_columns_are_named_by_their_number():
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    assert read(frame)[1] == {"a": [1.0, 2.0]}
    assert list(read(pd.DataFrame([[1, 2], [3, 4]]))[1]) == ["0", "1"]

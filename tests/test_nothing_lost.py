"""Nothing of the user's is lost, mixed up or turned into something else."""

from __future__ import annotations

import csv
import os
import shutil

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.errors import ColumnError, InputError, OutputError

TABLE = pd.DataFrame({"spend": [1.0, 2, 3, 50, 51, 53, 52], "visits": [1, 2, 1, 9, 8, 9, 7]})


@pytest.mark.slow
@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symlink", "hard link"])
def test_the_input_is_never_overwritten_under_another_name(mall, tmp_path, link):
    (tmp_path / "out").mkdir()
    shutil.copy(mall, tmp_path / "out" / "customers.csv")
    link(tmp_path / "out" / "customers.csv", tmp_path / "in.csv")
    result = segmentry.segment(tmp_path / "in.csv")
    with pytest.raises(OutputError, match="would overwrite the input"):
        result.write(tmp_path / "out", force=True)
    assert (tmp_path / "out" / "customers.csv").read_bytes() == mall.read_bytes()


@pytest.mark.slow
def test_a_forced_run_leaves_no_customers_of_an_older_one(mall, tmp_path):
    segmentry.segment(mall).write(tmp_path / "out")
    pd.read_csv(mall).to_parquet(tmp_path / "mall.parquet")
    segmentry.segment(tmp_path / "mall.parquet").write(tmp_path / "out", force=True)
    assert (tmp_path / "out" / "customers.parquet").exists()
    assert not (tmp_path / "out" / "customers.csv").exists()


@pytest.mark.slow
def test_answers_about_a_pandas_table_bear_its_index():
    table = TABLE.set_axis([30, 10, 20, 70, 60, 50, 40])
    result = segmentry.segment(table, k=2)
    assert result.assign().index.tolist() == table.index.tolist()
    assert result.assign(table.iloc[::-1]).index.tolist() == table.index.tolist()[::-1]
    joined = table.assign(segment=result.assign()["segment"])
    assert (joined.loc[joined["spend"] > 40, "segment"] == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["segment", "distance", "margin", "segment_name"])
def test_an_id_column_called_like_one_of_ours_is_marked(name):
    table = TABLE.assign(**{name: [f"K{i}" for i in range(7)]})
    found = segmentry.segment(table, k=2, id=name).assign()
    assert found.columns.tolist()[0] == f"{name} (data)"
    assert found["segment"].tolist() == [2, 2, 2, 1, 1, 1, 1]


@pytest.mark.parametrize("name", ["_segmentry_x1", "_segmentry_row", "file_row_number"])
def test_names_that_we_need_ourselves_are_refused(name):
    with pytest.raises(ColumnError, match="is reserved") as caught:
        segmentry.segment(TABLE.rename(columns={"spend": name}))
    assert caught.value.code == "R23"


@pytest.mark.slow
def test_a_closed_result_says_that_its_rows_are_gone():
    with segmentry.segment(TABLE, k=2) as result:
        pass
    with pytest.raises(InputError, match="has let go"):
        result.assign()
    assert len(result.assign(TABLE)) == 7
    assert result.k == 2


@pytest.mark.slow
def test_an_estimator_reads_a_dataframe_as_a_run_does_and_needs_its_features_only():
    table = TABLE.astype(str).assign(note=[f"n{i}" for i in range(7)])
    table.loc[2, "spend"] = "?"
    segmenter = segmentry.Segmenter(n_clusters=2, missing="drop").fit(table)
    assert segmenter.labels_.tolist() == [1, 1, -1, 0, 0, 0, 0]
    assert segmenter.predict(table[["visits", "spend"]]).tolist() == segmenter.labels_.tolist()


@pytest.mark.slow
def test_long_whole_ids_of_a_dataframe_stay_whole():
    ids = [10**17 + i for i in range(7)]
    found = segmentry.segment(TABLE.assign(customer_id=ids), k=2).assign()
    assert found["customer_id"].tolist() == ids


def test_a_text_that_looks_like_a_formula_is_harmless_in_the_segments_file(tmp_path):
    from segmentry.exports.tables import write_csv

    write_csv({"=a": ["@b", "-5", "-5+1"], "n": [1.5, -2.0, 3.0]}, tmp_path / "t.csv")
    rows = list(csv.reader((tmp_path / "t.csv").read_text().splitlines()))
    assert rows == [["'=a", "n"], ["'@b", "1.5"], ["-5", "-2.0"], ["'-5+1", "3.0"]]


@pytest.mark.slow
def test_features_that_repeat_each_other_are_told():
    rng = np.random.RandomState(0)
    table = pd.DataFrame({"revenue": rng.rand(50), "visits": rng.rand(50)})
    table["revenue_eur"] = table["revenue"] * 0.9
    told = segmentry.segment(table, k=2).warnings
    assert any("revenue and revenue_eur nearly repeat each other" in own for own in told)


@pytest.mark.slow
def test_forty_features_give_a_report_that_stays_small_and_readable():
    rng = np.random.RandomState(0)
    table = pd.DataFrame(rng.randn(300, 40), columns=[f"metric {i:02d}" for i in range(40)])
    table.iloc[:150] += 3
    with segmentry.segment(table) as result:
        from segmentry.report.html import report_page

        assert result.k == 2
        assert len(report_page(result.found)) < 1_000_000
        assert max(len(own.description) for own in result.found.advice) < 800


@pytest.mark.slow
def test_numbers_with_a_decimal_comma_are_told_and_digits_with_underscores_are_no_numbers(tmp_path):
    lines = ["umsatz;code;besuche", *(f"{i}.{i:03d},50;{i}_000;{i * i}" for i in range(1, 40))]
    (tmp_path / "kunden.csv").write_text("\n".join(lines) + "\n")
    found = segmentry.explore(tmp_path / "kunden.csv")
    assert [own.type for own in found.source.columns] == ["number", "text", "number"]
    assert "umsatz was read with a decimal comma." in found.warnings
    assert not any("code was" in own for own in found.warnings)

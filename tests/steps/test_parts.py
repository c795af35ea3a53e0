"""Several Parquet files that are one table, by folder or glob, beside the same rows in one file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import segmentry
from commands import assert_two_lines, explored, summary_of

EXPORTS = {"folder": "shop", "glob": "shop/*/*/*.parquet", "any depth": "shop/**/*.parquet"}


@pytest.fixture
def shop(mall, tmp_path) -> pd.DataFrame:
    """The Mall Customers data in four files, by year and month; and its rows."""
    rows = pd.read_csv(mall)
    rows["CustomerID"] = [f"{own:04d}" for own in rows["CustomerID"]]
    for place, part in zip(
        [(year, month) for year in (2025, 2026) for month in ("01", "12")],
        (rows[start : start + 50] for start in range(0, 200, 50)),
        strict=True,
    ):
        folder = tmp_path / "shop" / f"year={place[0]}" / f"month={place[1]}"
        folder.mkdir(parents=True)
        part.to_parquet(folder / "part-0.parquet", index=False)
    (tmp_path / "shop" / "_SUCCESS").touch()
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("source", EXPORTS.values(), ids=EXPORTS)
def test_files_in_folders_are_read_as_one_table(shop, command, source):
    found = explored(command, source)
    assert found["rows"] == 200
    assert found["source"]["read_as"] == "Parquet, 4 files, partitioned by year, month"
    kinds = {own["column"]: (own["role"], own["type"]) for own in found["columns"]}
    assert [*kinds] == [*shop.columns, "month", "year"]
    assert kinds["month"] == kinds["year"] == ("profile", "text")


@pytest.mark.slow
def test_a_run_on_several_files_is_that_on_one(shop, command, tmp_path):
    found = summary_of(command, "shop/*/*/*.parquet", "--profile", "Age,Gender")
    parts = pd.read_parquet(tmp_path / "out" / "customers.parquet")
    shop.to_parquet(tmp_path / "one.parquet", index=False)
    one = summary_of(command, "one.parquet", "--profile", "Age,Gender")
    assert found["segments"] == one["segments"]
    pd.testing.assert_frame_equal(
        parts, pd.read_parquet(tmp_path / "out" / "customers.parquet"), check_exact=True
    )
    assert parts["CustomerID"].tolist() == shop["CustomerID"].tolist()


@pytest.mark.slow
def test_rows_without_an_id_are_numbered_through_all_files(mall, tmp_path):
    rows = pd.read_csv(mall).iloc[:, 3:]
    for i in range(4):
        part = rows.iloc[i * 50 : (i + 1) * 50]
        part.to_parquet(tmp_path / f"part-{i}.parquet", index=False)
    with segmentry.segment(tmp_path, k=5) as result:
        assert result.assign()["row_number"].tolist() == list(range(1, 201))


@pytest.mark.slow
def test_the_folder_of_a_run_is_called_after_the_folder_of_the_files(shop, command, tmp_path):
    assert command("run", "shop/*/*/*.parquet", "--k", "5").code == 0
    assert (tmp_path / "shop-segments" / "customers.parquet").is_file()


@pytest.mark.slow
def test_none_of_the_files_is_written_over(shop, command, tmp_path):
    command("run", "shop", "--k", "5", "-o", "out")
    target = "shop/year=2025/month=01/part-0.parquet"
    before = (tmp_path / target).read_bytes()
    ended = command("assign", "out/model.json", "shop", "-o", target, "--force")
    assert_two_lines(ended, "R82", "part-0.parquet", "Choose another file.")
    assert (tmp_path / target).read_bytes() == before


def test_a_glob_that_matches_nothing_is_told(command):
    ended = command("explore", "shop/*.parquet")
    assert_two_lines(ended, "R01", "No file matches shop/*.parquet", "folder of Parquet files")


def test_text_files_are_not_read_together(write, command):
    for name in ("a.csv", "b.csv"):
        write(name, "id,visits\n1,2\n2,3\n")
    assert_two_lines(command("explore", "*.csv"), "R22", "2 of 2 files are no Parquet (a.csv)")


def test_a_glob_that_matches_one_text_file_reads_it(write, command):
    write("customers.csv", "id,visits\n" + "".join(f"{i},{i % 7}\n" for i in range(40)))
    assert explored(command, "cust*.csv")["rows"] == 40


def test_files_with_other_columns_are_refused_by_name(tmp_path, command):
    for name, column in (("a", "visits"), ("b", "spending")):
        pd.DataFrame({"id": range(40), column: range(40)}).to_parquet(tmp_path / f"{name}.parquet")
    ended = command("explore", "*.parquet")
    assert_two_lines(ended, "R22", "b.parquet and a.parquet differ in column 'spending'")


def test_a_damaged_file_among_them_is_named(shop, command, tmp_path):
    damaged = Path(tmp_path / "shop/year=2026/month=12/part-0.parquet")
    damaged.write_bytes(damaged.read_bytes()[:-20])
    assert_two_lines(command("explore", "shop"), "R22", "part-0.parquet", "cut off or damaged")


def test_a_file_whose_name_looks_like_a_glob_is_that_file(write, command):
    write("customers[1].csv", "id,visits\n" + "".join(f"{i},{i % 7}\n" for i in range(40)))
    assert explored(command, "customers[1].csv")["rows"] == 40

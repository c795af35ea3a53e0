"""A bad file gets two lines that say what happened and what to do, and never a traceback.

Codes are those of the project's table of faults.
"""

from __future__ import annotations

import gzip
import pickle
import sqlite3
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from commands import assert_two_lines, told_without_rights
from refusals import HEADER, ROWS, refusal
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.resources import Resources
from segmentry.steps.sources import open_source

SMALL_AND_LARGE = pytest.mark.usefixtures("small_and_large")


def test_a_missing_file_is_told_with_the_nearest_name(write, tmp_path):
    write("custmers.csv", HEADER + ROWS)
    error = refusal(tmp_path / "customers.csv")
    assert error.code == "R01"
    assert isinstance(error, FileNotFoundError)
    assert f"looking from {Path.cwd()}" in error.what
    assert error.fix == f"Did you mean {tmp_path / 'custmers.csv'}?"


def test_a_missing_file_in_a_missing_folder_is_told_too(tmp_path):
    assert refusal(tmp_path / "nowhere" / "customers.csv").code == "R01"


def test_a_folder_is_told_with_the_tables_in_it(write, tmp_path):
    write("a.csv", HEADER + ROWS)
    error = refusal(tmp_path)
    assert (error.code, "is a folder" in error.what, "a.csv" in error.fix) == ("R01", True, True)


@pytest.mark.slow
def test_a_file_that_may_not_be_read_is_told(open_folder):
    path = open_folder / "secret.csv"
    path.write_text(HEADER + ROWS)
    assert told_without_rights("open(path).readline()", path) == HEADER + "\n"
    path.chmod(0)
    told = told_without_rights("open_source(path, DuckDBEngine())", path)
    assert told.startswith(f"R01 {path} cannot be opened: Permission denied.")
    assert f"It belongs to {path.owner()}." in told


@pytest.mark.parametrize(
    "content",
    [b"", b"\xef\xbb\xbf", b"\n\r\n  \n\t\n", b"\xef\xbb\xbf\n\n", b"\n" * 9000, b",,,\n,,,\n"],
    ids=["nothing", "a mark", "blank lines", "a mark and lines", "many blank lines", "commas"],
)
def test_an_empty_file_is_told(write, content):
    assert refusal(write("t.csv", content)).code == "R02"


@pytest.mark.parametrize("content", ["id,a,b", "id,a,b\n", "\n\nid,a,b\n\n\n", "sep=;\nid;a;b\n"])
@SMALL_AND_LARGE
def test_a_header_without_rows_is_told(write, content):
    error = refusal(write("t.csv", content))
    assert (error.code, "header found (3 columns)" in error.what) == ("R03", True)


def sqlite_file(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("create table t (a)")
    database.close()


def zip_file(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("<!DOCTYPE html><html></html>"), "web page"),
        (lambda path: path.write_text("\n  <html><body></body></html>"), "web page"),
        (lambda path: path.write_text('[{"a": 1}]'), "a JSON array"),
        (lambda path: path.write_bytes(b"%PDF-1.7\n%\xe2\xe3"), "PDF"),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600)), "document of Office"),
        (lambda path: path.write_bytes(gzip.compress(b"id,a\n1,2\n")), "gzip"),
        (lambda path: path.write_bytes(pickle.dumps({"a": 1}, protocol=2)), "a pickle"),
        (lambda path: path.write_bytes(pickle.dumps({"a": 1}, protocol=5)), "a pickle"),
        (lambda path: path.write_bytes(pickle.dumps({"a": 1}, protocol=0)), "a pickle"),
        (lambda path: path.write_text("<html><body>\n<p>x</p>\n", "utf-16"), "web page"),
        (lambda path: path.write_text("Set-Cookie: x\n<html>\n<tr><td>1</td></tr>\n"), "web page"),
        (lambda path: path.write_text("BEGIN:VCARD\nFN:x\nEND:VCARD\n" * 9), "vCard"),
        (lambda path: path.write_text("[section]\nkey=value\nother=5\n" * 9), "settings"),
        (zip_file, "a zip archive"),
        (sqlite_file, "an SQLite database"),
    ],
)
def test_what_only_calls_itself_csv_is_told_by_what_it_is(tmp_path, make, said):
    make(tmp_path / "data.csv")
    error = refusal(tmp_path / "data.csv")
    assert (error.code, said in error.what) == ("R04", True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["#!id", "<id>", "{id}", "[id]", "import date"])
def test_a_name_of_a_column_does_not_make_a_table_something_else(write, name):
    source = write("t.csv", HEADER.replace("id", name) + ROWS)
    with DuckDBEngine() as engine:
        assert open_source(source, engine).names == (name, "visits", "basket")


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + ROWS + "41,\x00,3\n").encode(),
        (HEADER + ROWS * 200 + "41,\x00,3\n").encode(),
        (HEADER + ROWS).encode("utf-16-le"),
        (HEADER.replace("id", "größe") + ROWS + "41,\x00,3\n").encode("cp1252"),
    ],
    ids=["at the start", "far below", "UTF-16 without its mark", "cp1252"],
)
def test_nul_bytes_are_told(write, content):
    assert refusal(write("t.csv", content)).code == "R07"


@pytest.mark.parametrize("times", [1, 200], ids=["near the top", "far below"])
def test_a_nul_byte_is_told_with_its_line(write, times):
    error = refusal(write("t.csv", HEADER + ROWS * times + "41,\x00,3\n"))
    assert error.what.startswith(f"t.csv, line {40 * times + 2} holds a NUL byte")


def test_text_that_is_neither_utf_8_nor_western_is_told(write):
    error = refusal(write("t.csv", HEADER.encode() + b"\x81\x8d,1,2\n"))
    assert (error.code, "neither UTF-8" in error.what) == ("R09", True)
    assert "--encoding" in error.fix


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "line", "fields"),
    [
        (HEADER + ROWS + "41,2\n" + ROWS, 42, 2),
        (HEADER + ROWS + "41,2,3,4\n", 42, 4),
        (HEADER + "1,2,3,4\n" + ROWS, 2, 4),
        ("\n\n" + HEADER + ROWS + "41,2\n", 44, 2),
        (HEADER + '1,"two\nlines",3\n2,3\n' + ROWS, 4, 2),
    ],
    ids=["fewer", "more", "in the first row", "below blank lines", "after a long cell"],
)
@SMALL_AND_LARGE
def test_a_ragged_row_is_told_with_its_line(write, content, line, fields):
    error = refusal(write("t.csv", content))
    assert error.code == "R13"
    assert error.what == f"t.csv, line {line} has {fields} fields where the header has 3."
    assert "--skip-bad-lines" in error.fix


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEADER + ROWS + '41,"2,3\n' + ROWS, 42),
        (HEADER + '1,"2,3\n' + ROWS, 2),
        ('id,"visits,basket\n' + ROWS, 1),
        (HEADER + ROWS + '41,2,"3', 42),
    ],
    ids=["in the middle", "in the first row", "in the header", "at the end"],
)
@SMALL_AND_LARGE
def test_a_quote_that_is_never_closed_is_told_with_its_line(write, content, line):
    error = refusal(write("t.csv", content))
    assert error.code == "R16"
    assert error.what == f"t.csv, line {line}: a quote is opened and never closed."


MIB = 2**20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEADER + f'1,2,"{"x" * 4_200_000}"\n' + ROWS, "line 2 has a 4.2 MB field"),
        (HEADER + ROWS + f"41,2,{'x' * 1_100_000}\n" + ROWS, "line 42 has a 1.1 MB field"),
        (HEADER + '1,"two\r\nlines",3\n' + f"2,{'ä' * 600_000},3\n", "line 4 has a 1.2 MB field"),
        (f"{'x' * 2_000_000},b\n1,2\n2,3\n", "line 1 has a 2.0 MB field"),
        (f"a,{','.join(f'c{i}' for i in range(20))}\n"
         f"1{f',{chr(120) * (MIB - 9)}' * 20}\n" * 2, "line 2 has 21.0 MB"),
    ],
    ids=["in the first row", "far below", "of letters of two bytes", "in the header", "many"],
)  # fmt: skip
@SMALL_AND_LARGE
def test_a_field_or_line_that_is_too_long_is_told_with_its_line_and_size(write, content, said):
    error = refusal(write("t.csv", content))
    assert error.code == "R19"
    assert error.what.startswith(f"t.csv, {said}: fields of more than 1 MiB")


def test_a_quote_left_open_in_a_large_file_is_no_long_field(write):
    error = refusal(write("t.csv", HEADER + '1,"two\nlines",3\n41,"2,3\n' + ROWS * 9000))
    assert (error.code, error.what) == (
        "R16", "t.csv, line 4: a quote is opened and never closed."
    )  # fmt: skip


@pytest.mark.slow
@SMALL_AND_LARGE
def test_long_fields_and_lines_within_the_limits_are_read_whole(write):
    notes = [letter * MIB for letter in "abc"]
    text = f"id,x,y,z,n\n1,{','.join(notes)},1\n2,,,,2\n" + f"3,,,{'d' * 200_000},3\n"
    with DuckDBEngine(Resources(memory_limit="64MB")) as engine:
        source = open_source(write("t.csv", text), engine)
        found = engine.rows(exp.select("x", "y", "z").from_("raw"))
    assert source.rows == 3
    assert list(found[0].values()) == notes
    assert found[2]["z"] == "d" * 200_000


@pytest.mark.parametrize("length", [4, 100, -20], ids=["its mark", "its start", "all but its end"])
def test_a_truncated_parquet_file_is_told(tmp_path, length):
    pq.write_table(pa.table({"a": [1, 2, 3], "b": [3, 4, 9]}), tmp_path / "whole.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:length])
    error = refusal(tmp_path / "cut.parquet")
    assert (error.code, "cut off or damaged" in error.what) == ("R22", True)


def test_a_parquet_file_that_is_damaged_inside_is_told(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": list(range(500)), "b": list(range(500))}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:20] + bytes(200) + whole[220:])
    assert refusal(path).code == "R22"


def test_a_parquet_file_without_rows_is_told(tmp_path):
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64())])
    pq.ParquetWriter(tmp_path / "no_groups.parquet", schema).close()
    pq.write_table(schema.empty_table(), tmp_path / "no_rows.parquet")
    for name in ("no_groups.parquet", "no_rows.parquet"):
        error = refusal(tmp_path / name)
        assert (error.code, "header found (2 columns)" in error.what) == ("R03", True)


@pytest.mark.parametrize("names", [["a", "a"], ["Age", "age "], ["a", "a\u200b"]])
def test_twin_names_in_a_parquet_file_are_told(tmp_path, names):
    columns = [pa.array([1, 2]), pa.array([3, 4])]
    pq.write_table(pa.Table.from_arrays(columns, names=names), tmp_path / "t.parquet")
    error = refusal(tmp_path / "t.parquet")
    assert (error.code, "columns 1 and 2 are" in error.what) == ("R23", True)


@pytest.mark.parametrize(
    "values",
    [[[1], [2]], [{"x": 1}, {"x": 2}], pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int8()))],
    ids=["lists", "records", "maps"],
)
def test_a_nested_column_is_told_by_its_name(tmp_path, values):
    pq.write_table(pa.table({"a": [1, 2], "basket": values}), tmp_path / "t.parquet")
    error = refusal(tmp_path / "t.parquet")
    assert (error.code, "column 'basket'" in error.what) == ("R22", True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": 1}\n{"a": 2', "line 2, is not JSON"),
        ('{"a": 1}\nsecret\n', "line 2, is not JSON"),
        ('{"mail": "a@b.org", "mail": 2}\n', "do not fit together"),
        ('{"a": 1, "A": 2}\n', "do not fit together"),
    ],
)
@SMALL_AND_LARGE
def test_broken_json_lines_are_told_without_a_cell_of_theirs(write, content, said):
    error = refusal(write("t.jsonl", content))
    assert (error.code, said in error.what) == ("R22", True)
    assert "secret" not in str(error)
    assert "a@b.org" not in str(error)


def test_a_damaged_workbook_is_told(write):
    assert refusal(write("t.xlsx", b"PK\x03\x04 and nothing else")).code == "R21"


@pytest.mark.parametrize("source", [None, 5, [1, 2], {"a": [1]}, pd.Series([1, 2])], ids=repr)
def test_what_is_no_table_is_told_by_its_kind(source):
    error = refusal(source)
    assert (error.code, type(source).__name__ in error.what) == ("R01", True)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pd.DataFrame(), "R03"),
        (pd.DataFrame(index=range(3)), "R03"),
        (pd.DataFrame({"a": [], "b": []}), "R03"),
        (pd.DataFrame([[1, 2], [2, 3]], columns=["a", "a"]), "R23"),
        (pd.DataFrame({"a": [1, "x", 2.5], "b": [1, 2, 3]}), "R22"),
        (pd.DataFrame({"a": [1j, 2j], "b": [1, 2]}), "R22"),
    ],
    ids=["nothing", "no columns", "no rows", "twin names", "mixed kinds", "complex numbers"],
)
def test_a_dataframe_that_is_no_table_of_customers_is_told(frame, code):
    assert refusal(frame).code == code


# ---------------------------------------------------------------- the same through the command line


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"", [], "R02"),
        (b"id,a,b\n", [], "R03"),
        (pickle.dumps({"a": 1}), [], "R04"),
        (b"id,a,b\n1,2,3\n4,5\n", [], "R13"),
        (b'id,"a\nb",c\n1,2,3\n1,"2\n', [], "R16"),
        ((HEADER + ROWS).encode(), ["--features", "bask"], "R25"),
        ((HEADER + ROWS).encode(), ["--k", "2.5"], "R43"),
        ((HEADER + ROWS).encode(), ["--k", "36"], "R42"),
    ],
)
def test_the_command_line_prints_two_lines_and_leaves_nothing(
    segmentry_cli, write, content, options, code
):
    write("t.csv", content)
    assert_two_lines(segmentry_cli("run", "t.csv", *options), code)


def test_explore_refuses_in_two_lines_too(command, write):
    write("custmers.csv", HEADER + ROWS)
    ended = command("explore", "customers.csv", "--json")
    assert_two_lines(ended, "R01", "customers.csv not found", "Did you mean custmers.csv?")

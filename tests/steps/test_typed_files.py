"""Reading: Excel, JSON lines and Parquet give the same table as text."""

from __future__ import annotations

import datetime
import decimal
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from readings import READ, SMALL_AND_LARGE, columns_of, read
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.amendments import keep_as_stored
from segmentry.steps.sources import open_source


def write_sheets(path: Path, **sheets: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return path


@pytest.mark.slow
def test_an_excel_sheet_is_read_with_its_cells_as_they_look(tmp_path):
    day = datetime.date(2024, 2, 29)
    rows = [["id", "town", "spend", "joined", None], ["007", "Köln", 1.5, day, 1],
            [], ["008", "Brühl", -2, day, 2], ["009", None, 1000, day, 3]]  # fmt: skip
    path = write_sheets(tmp_path / "t.xlsx", Notes=[["see the next sheet"]], Data=rows)
    source, columns = read(path)
    assert (source.kind, source.detail, source.rows) == ("xlsx", "Excel, sheet 'Data'", 3)
    assert {name: columns[name] for name in READ} == READ
    assert columns["joined"] == [day] * 3
    assert columns["column_5"] == [1.0, 2.0, 3.0]
    with DuckDBEngine() as engine:
        keep_as_stored(open_source(path, engine), engine, "id")
        assert columns_of(engine)["id"] == ["007", "008", "009"]


@SMALL_AND_LARGE
def test_json_lines_are_read_and_a_key_that_is_not_there_is_missing(write):
    lines = '{"id": "007", "town": "Köln", "spend": 1.5}\n{"id": "008", "spend": null}\n\n{}\n'
    source, columns = read(write("t.jsonl", lines))
    assert (source.kind, source.rows) == ("jsonl", 3)
    assert columns == {
        "id": [7.0, 8.0, None],
        "town": ["Köln", None, None],
        "spend": [1.5, None, None],
    }


@pytest.mark.slow
@SMALL_AND_LARGE
def test_json_lines_keep_every_digit_of_an_id(write):
    ids = ["7", "9007199254740993", "18446744073709551615", "-9223372036854775808"]
    for some in (ids[:2], ids[:3], ids[1:]):
        path = write("t.jsonl", "".join(f'{{"id": {own}, "n": 1}}\n' for own in some))
        with DuckDBEngine() as engine:
            keep_as_stored(open_source(path, engine), engine, "id")
            assert [str(own) for own in columns_of(engine)["id"]] == some


@SMALL_AND_LARGE
def test_json_lines_keep_every_letter_of_a_value(write):
    ids = ['"001"', "101", "1234567890123456789012345", '"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"',
           '"2024-01-01"', '"1E5"', '"caf\\u00e9"', "null"]  # fmt: skip
    levels = ['"x"', "1", "true", '"say \\"y\\""', "null", '"x"', '"x"', '"x"']
    lines = zip(ids, levels, strict=True)
    text = "".join(f'{{"id": {own}, "level": {level}}}\n' for own, level in lines)
    path = write("t.jsonl", text)
    with DuckDBEngine() as engine:
        open_source(path, engine)
        found = columns_of(engine, "raw")
    assert found["id"] == [json.loads(own) if '"' in own else own for own in ids[:-1]] + [None]
    assert found["level"] == ["x", "1", "true", 'say "y"', None, "x", "x", "x"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_json_lines_may_be_in_other_letters(write, encoding):
    lines = "".join(f'{{"id": "k{i}", "town": "Köln", "n": {i}}}\n' for i in range(9))
    content = lines.encode(encoding)
    source, columns = read(write("t.jsonl", b"\xfe\xff" * ("be" in encoding) + content))
    assert (source.kind, source.rows, set(columns["town"])) == ("jsonl", 9, {"Köln"})


ODD = {"id": "id", "a\u202eb": "ab", " x  y\n": "x y"}


@pytest.mark.slow
def test_names_in_parquet_and_json_are_cleaned_as_those_of_text(tmp_path, write):
    lines = "".join(json.dumps(dict.fromkeys(ODD, i)) + "\n" for i in range(3))
    odder = {**ODD, "c\x00": "c", "": "column_5"}
    pq.write_table(pa.table({name: [1, 2, 3] for name in odder}), tmp_path / "t.parquet")
    for path, names in ((tmp_path / "t.parquet", odder), (write("t.jsonl", lines), ODD)):
        source, columns = read(path)
        assert list(columns) == list(source.names) == list(names.values())
        assert sum("nobody sees" in own for own in source.warnings) == len(names) // 2
        assert source.unnamed == tuple(own for own in names.values() if own == "column_5")


def test_a_parquet_file_keeps_its_types_and_nan_is_missing(tmp_path):
    table = pa.table({
        "id": ["007", "008", "009"],
        "price": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("3.00")]),
        "spend": pa.array([1.0, float("nan"), float("inf")]),
        "active": [True, False, None],
        "joined": [datetime.date(2024, 1, 1)] * 3,
        "town": pa.array(["a", "b", "a"]).dictionary_encode(),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "t.parquet")
    source, columns = read(tmp_path / "t.parquet")
    assert (source.kind, source.rows) == ("parquet", 3)
    assert columns["price"] == [1.25, None, 3.0]
    assert columns["spend"] == [1.0, None, None]
    assert columns["active"] == ["true", "false", None]
    assert [column.type for column in source.columns] == [
        "number", "number", "number", "text", "date", "text",
    ]  # fmt: skip


def parquet(path: Path, *, old_times: bool = False, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path, use_deprecated_int96_timestamps=old_times)
    return path


def test_a_large_parquet_file_without_any_text_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("segmentry.steps.kinds._MANY_ROWS", 10)
    spend = [float(i) for i in range(20)]
    source, columns = read(parquet(tmp_path / "t.parquet", spend=spend, visits=list(range(20))))
    assert source.rows == 20
    assert columns["spend"] == spend


@pytest.mark.parametrize("old_times", [False, True], ids=["timestamp", "int96"])
def test_a_time_in_a_parquet_file_is_a_day(tmp_path, old_times):
    times = [datetime.datetime(2024, 2, 29, 23, 30), None, datetime.datetime(1970, 1, 1)]
    path = parquet(tmp_path / "t.parquet", old_times=old_times, n=[1, 2, 3], seen=times)
    assert read(path)[1]["seen"] == [datetime.date(2024, 2, 29), None, datetime.date(1970, 1, 1)]


@pytest.mark.slow
def test_a_time_with_a_zone_is_a_day_in_utc(tmp_path):
    half_past_eleven = datetime.datetime(2024, 2, 28, 23, 30, tzinfo=datetime.UTC)
    for zone in ("UTC", "America/New_York", "Asia/Tokyo", "+05:30"):
        times = pa.array([half_past_eleven], pa.timestamp("us", zone))
        path = parquet(tmp_path / "t.parquet", n=[1], seen=times)
        assert read(path)[1]["seen"] == [datetime.date(2024, 2, 28)]


def test_decimals_that_a_double_cannot_hold_are_told(tmp_path):
    cents = [decimal.Decimal("12345678901.25"), decimal.Decimal("0.10"), None]
    long = [decimal.Decimal("12345678901234567890.125"), decimal.Decimal("0.5"), None]
    columns = {
        "cents": pa.array(cents, pa.decimal128(38, 18)),
        "long": pa.array(long, pa.decimal128(38, 18)),
        "short": pa.array([decimal.Decimal("1.1")] * 3, pa.decimal128(9, 2)),
    }
    source, found = read(parquet(tmp_path / "t.parquet", **columns))
    assert found["cents"] == [12345678901.25, 0.1, None]
    assert found["long"] == [12345678901234567890.125, 0.5, None]
    assert [own[: own.index(";")] for own in source.warnings] == [
        "long: 1 value has more than 15 digits"
    ]


def test_a_dictionary_in_a_parquet_file_is_its_words_and_numbers(tmp_path):
    words = pa.array(["b", None, "a"]).dictionary_encode()
    numbers = pa.array([2.5, None, 2.5]).dictionary_encode()
    source, found = read(parquet(tmp_path / "t.parquet", word=words, number=numbers))
    assert found == {"word": ["b", None, "a"], "number": [2.5, None, 2.5]}
    assert [own.type for own in source.columns] == ["text", "number"]


@pytest.mark.slow
def test_what_a_file_holds_counts_and_not_what_it_is_called(write, tmp_path):
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "parquet.csv")
    write_sheets(tmp_path / "excel.csv", S=[["a"], [1], [2]])
    write("json.csv", '{"a": 1}\n{"a": 2}\n')
    write("text.xlsx", "a,b\n1,1\n2,1\n")
    kinds = {"parquet.csv": "Parquet", "excel.csv": "Excel", "json.csv": "JSON lines",
             "text.xlsx": "text (CSV)"}  # fmt: skip
    for name, kind in kinds.items():
        source, columns = read(tmp_path / name)
        assert columns["a"] == [1.0, 2.0]
        assert source.warnings == (f"{name} is {kind} by its content and was read as such.",)

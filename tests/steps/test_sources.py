"""Reading: every kind of file and dataframe, written in every usual way, gives the same table."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.sources import TABLE, Source, keep_as_stored, open_source, read_as_number

SMALL_AND_LARGE = pytest.mark.usefixtures("small_and_large")
TEXT = "id,town,spend\n007,Köln,1.5\n008,Brühl,-2\n009,,1e3\n"
READ = {"id": [7.0, 8.0, 9.0], "town": ["Köln", "Brühl", None], "spend": [1.5, -2.0, 1000.0]}


def columns_of(engine: DuckDBEngine, table: str = TABLE) -> dict[str, list[object]]:
    answer = engine.arrow(exp.select("*").from_(table)).to_pydict()
    return {name: values for name, values in answer.items() if name != "_segmentry_row"}


def read(source: object) -> tuple[Source, dict[str, list[object]]]:
    with DuckDBEngine() as engine:
        found = open_source(source, engine)
        return found, columns_of(engine)


def types_of(source: object) -> dict[str, str]:
    return {column.name: column.type for column in read(source)[0].columns}


def write_sheets(path: Path, **sheets: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return path


# ---------------------------------------------------------------- text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("separator", "said"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
@SMALL_AND_LARGE
def test_the_separator_is_found(write, separator, said):
    source, columns = read(write("t.csv", TEXT.replace(",", separator)))
    assert columns == READ
    assert (source.rows, source.rejected, source.warnings) == (3, 0, ())
    assert (source.kind, source.detail) == ("csv", f"UTF-8, separated by {said}")


@pytest.mark.parametrize(
    "content",
    [TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), b"\xfe\xff" + TEXT.encode("utf-16-be")],
    ids=["UTF-8 with its mark", "UTF-16 little", "UTF-16 big"],
)
@SMALL_AND_LARGE
def test_a_mark_at_the_start_tells_the_encoding_and_is_no_part_of_a_name(write, content):
    source, columns = read(write("t.csv", content))
    assert columns == READ
    assert source.warnings == ()


@SMALL_AND_LARGE
def test_western_european_text_is_read_with_a_warning(write):
    source, columns = read(write("t.csv", TEXT.encode("cp1252")))
    assert columns == READ
    assert source.detail == "CP1252, separated by comma"
    assert "not UTF-8 and was read as cp1252" in source.warnings[0]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@SMALL_AND_LARGE
def test_rows_may_end_as_on_windows_and_old_macs(write, end):
    assert read(write("t.csv", TEXT.replace("\n", end)))[1] == READ


@SMALL_AND_LARGE
def test_rows_may_end_in_different_ways(write):
    mixed = TEXT.replace("\n", "\r\n", 2)
    assert read(write("t.csv", mixed))[1] == READ
    quoted = 'id,town,spend\r\n7,"two\rlines, ""quoted""",1\n8,b,2\r\n'
    assert read(write("q.csv", quoted))[1]["town"] == ['two\rlines, "quoted"', "b"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", [TEXT.rstrip("\n"), TEXT + "\n\n", "\n\n" + TEXT, "\n" * 500 + TEXT]
)
@SMALL_AND_LARGE
def test_blank_lines_around_and_no_end_of_the_last_line_change_nothing(write, text):
    assert read(write("t.csv", text))[1] == READ


@SMALL_AND_LARGE
def test_excels_line_that_names_the_separator_is_obeyed(write):
    text = "sep=|\nid|town;a|spend\n7|x;y|1\n"
    assert read(write("t.csv", text))[1] == {"id": [7.0], "town;a": ["x;y"], "spend": [1.0]}


@SMALL_AND_LARGE
def test_quotes_hold_separators_line_ends_and_doubled_quotes(write):
    text = 'id,"a, b",c\r\n1,"x ""y"", z","two\r\nlines"\r\n2,plain,"one\nmore"\r\n'
    columns = read(write("t.csv", text))[1]
    assert columns["a, b"] == ['x "y", z', "plain"]
    assert columns["c"] == ["two\r\nlines", "one\nmore"]


@SMALL_AND_LARGE
def test_a_column_without_a_name_is_named_by_its_place(write):
    assert list(read(write("t.csv", "id,,c\n1,2,3\n"))[1]) == ["id", "column_2", "c"]


@SMALL_AND_LARGE
def test_an_id_is_kept_byte_for_byte(write):
    ids = ["007", "1E5", "9007199254740993", " x ", "nan", "0x1F"]
    path = write("t.csv", "id,a\n" + "".join(f"{own},1\n" for own in ids))
    with DuckDBEngine() as engine:
        keep_as_stored(open_source(path, engine), engine, "id")
        assert columns_of(engine)["id"] == ids


CELLS = st.text(st.characters(exclude_characters="\0;\t|", exclude_categories=["Cs"]), max_size=8)


def has_a_row(rows: list[tuple[str, ...]]) -> bool:
    """Whether a row holds anything: a file without one is refused."""
    return any(cell.strip(" \t\r\n") for row in rows for cell in row)


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 10**9], ids=["large", "small"])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6).filter(has_a_row),
    style=st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
)
def test_whatever_pythons_csv_module_writes_comes_back(tmp_path_factory, size, rows, style):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=style[0], quoting=style[1])
    writer.writerows([("one", "two", "three"), *rows])
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    path.write_bytes(text.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch, DuckDBEngine() as engine:
        patch.setattr("segmentry.engines.duckdb.SMALL_FILE", size)
        source = open_source(path, engine)
        cells = columns_of(engine, "raw")
    records = len(list(csv.reader(io.StringIO(text.getvalue(), newline="")))) - 1
    assert source.rows + source.rejected == records
    assert list(zip(*cells.values(), strict=True)) == [
        tuple(cell or None for cell in row) for row in rows if has_a_row([row])
    ]


# ---------------------------------------------------------------- what a cell means


MISSING = ["", " ", "?", "-", "--", ".", "NA", "n/a", "#N/A", "NaN", "None", "null", "NULL",
           "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("token", [*MISSING, "inf", "1e999"])
def test_a_token_for_missing_is_missing_in_a_column_of_numbers(write, token):
    text = "id,spend\n" + "".join(f"{i},{i}\n" for i in range(1, 40)) + f"40,{token}\n"
    source, columns = read(write("t.csv", text))
    assert columns["spend"] == [*map(float, range(1, 40)), None]
    assert bool(source.warnings) == (token in ("inf", "1e999"))


@SMALL_AND_LARGE
def test_in_a_column_of_words_only_blank_tokens_are_missing(write):
    cells = ["NA", "none", "-", "", "?", "n/a", "#N/A", "null", "yes"]
    text = "id,answer\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))
    columns = read(write("t.csv", text))[1]
    assert columns["answer"] == ["NA", "none", "-", None, None, None, None, None, "yes"]


@SMALL_AND_LARGE
def test_a_few_odd_values_count_as_missing_and_are_told_by_line_but_not_by_value(write):
    cells = [str(i) for i in range(100)]
    cells[6], cells[41] = "twelve", "5 apples"
    source, columns = read(write("t.csv", "n,spend\n" + "".join(f"1,{own}\n" for own in cells)))
    assert [i for i, cell in enumerate(columns["spend"]) if cell is None] == [6, 41]
    assert source.warnings == ("spend: 2 values are no number and count as missing (line 8, 43).",)


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["1e200"], "1 value is beyond 1e100 and counts as missing (line 102)."),
        (["1e200", "free"], "2 values are no number, or beyond 1e100, and count as missing"),
    ],
)
def test_a_number_too_large_to_compute_with_is_told_as_that(tmp_path, cells, what):
    rows = [*(f"{i},{i}.5" for i in range(100)), *(f"9{i},{own}" for i, own in enumerate(cells))]
    (tmp_path / "t.csv").write_text("\n".join(["id,spend", *rows, ""]))
    with DuckDBEngine() as engine:
        (told,) = open_source(tmp_path / "t.csv", engine).warnings
    assert told.startswith(f"spend: {what}")


@pytest.mark.parametrize(("odd", "kind"), [(5, "number"), (6, "text")])
@SMALL_AND_LARGE
def test_a_column_is_one_of_numbers_up_to_five_odd_cells_in_a_hundred(write, odd, kind):
    cells = ["x"] * odd + [str(i) for i in range(100 - odd)]
    text = "n,spend\n" + "".join(f"1,{own}\n" for own in cells)
    assert types_of(write("t.csv", text))["spend"] == kind


@SMALL_AND_LARGE
def test_a_column_of_dates_is_known(write):
    text = "joined,left\n2024-02-29,x\n2023-12-31,2024-01-01\n"
    assert types_of(write("t.csv", text)) == {"joined": "date", "left": "text"}


# ---------------------------------------------------------------- large files


@pytest.mark.slow
def test_a_large_file_is_kept_in_a_file_that_vanishes_and_its_order_stays(write, monkeypatch):
    monkeypatch.setattr("segmentry.engines.duckdb.SMALL_FILE", 1000)
    rows = [(f"{i:07}", i % 7, "" if i % 11 else "x") for i in range(300_000)]
    text = "id,n,word\n" + "".join(f"{own},{n},{word}\n" for own, n, word in rows)
    with DuckDBEngine() as engine:
        source = open_source(write("t.csv", text), engine)
        assert [column.type for column in source.columns] == ["number", "number", "text"]
        kept = {path.name for path in engine.folder.iterdir()}
        source = keep_as_stored(source, engine, "id")
        assert len(kept) == len(list(engine.folder.iterdir())) == 2
        assert kept != {path.name for path in engine.folder.iterdir()}
        numbers = engine.arrow(exp.select("*").from_(TABLE)).to_pydict()
    assert list(numbers) == ["_segmentry_row", "id", "n", "word"]
    assert numbers.pop("_segmentry_row") == list(range(1, 300_001))
    assert list(zip(*numbers.values(), strict=True)) == [
        (own, float(n), word or None) for own, n, word in rows
    ]
    assert not engine.folder.exists()


def test_a_large_column_of_texts_needs_no_second_writing_to_be_an_id(write, monkeypatch):
    monkeypatch.setattr("segmentry.engines.duckdb.SMALL_FILE", 0)
    with DuckDBEngine() as engine:
        source = open_source(write("t.csv", TEXT.replace("00", "x")), engine)
        kept = {path.name for path in engine.folder.iterdir()}
        keep_as_stored(source, engine, "id")
        assert kept == {path.name for path in engine.folder.iterdir()}
        assert columns_of(engine)["id"] == ["x7", "x8", "x9"]


@SMALL_AND_LARGE
def test_a_column_without_any_value_can_be_read_as_numbers(write):
    with DuckDBEngine() as engine:
        source = open_source(write("t.csv", "id,n\n1,\n2,?\n"), engine)
        assert source.column("n").type == "text"
        assert read_as_number(source, engine, "n").column("n").type == "number"
        assert columns_of(engine) == {"id": [1.0, 2.0], "n": [None, None]}


# ---------------------------------------------------------------- other files


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


# ---------------------------------------------------------------- dataframes


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pd", "pl", "pa"])
def test_a_dataframe_is_read_whatever_library_it_is_of(make):
    source, columns = read(make(READ))
    assert columns == READ
    assert (source.path, source.rows) == (None, 3)
    assert source.kind in ("pandas", "polars", "pyarrow")


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

"""Reading: text, written in every usual way, gives the same table."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from readings import READ, SMALL_AND_LARGE, TEXT, columns_of, read, types_of
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.amendments import keep_as_stored, read_as_number
from segmentry.steps.sources import TABLE, open_source

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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("end", ["\r\n", "\r"])
@SMALL_AND_LARGE
def test_rows_may_end_as_on_windows_and_old_macs(write, end):
    assert read(write("t.csv", TEXT.replace("\n", end)))[1] == READ


@pytest.mark.slow
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


@pytest.mark.slow
@SMALL_AND_LARGE
def test_quotes_hold_separators_line_ends_and_doubled_quotes(write):
    text = 'id,"a, b",c\r\n1,"x ""y"", z","two\r\nlines"\r\n2,plain,"one\nmore"\r\n'
    columns = read(write("t.csv", text))[1]
    assert columns["a, b"] == ['x "y", z', "plain"]
    assert columns["c"] == ["two\r\nlines", "one\nmore"]


@pytest.mark.slow
@SMALL_AND_LARGE
def test_a_column_without_a_name_is_named_by_its_place(write):
    assert list(read(write("t.csv", "id,,c\n1,2,3\n"))[1]) == ["id", "column_2", "c"]


@pytest.mark.slow
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


@pytest.mark.slow
@SMALL_AND_LARGE
def test_a_few_odd_values_count_as_missing_and_are_told_by_line_but_not_by_value(write):
    cells = [str(i) for i in range(100)]
    cells[6], cells[41] = "twelve", "5 apples"
    source, columns = read(write("t.csv", "n,spend\n" + "".join(f"1,{own}\n" for own in cells)))
    assert [i for i, cell in enumerate(columns["spend"]) if cell is None] == [6, 41]
    (told,) = source.warnings
    assert told == "spend: 2 values are no number and count as missing (lines 8 and 43)."


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


@pytest.mark.slow
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

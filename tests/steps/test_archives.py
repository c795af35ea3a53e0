"""A workbook is expanded once before it is read, whatever it says about itself."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

import bombs
from segmentry.errors import ResourceError, SegmentryError
from segmentry.steps.archives import check_workbook


def refused(write, content: bytes, **limits) -> SegmentryError:
    with pytest.raises(SegmentryError) as caught:
        check_workbook(write("orders.xlsx", content), **limits)
    return caught.value


@pytest.mark.slow
def test_a_bomb_is_refused_by_what_it_says_it_expands_to(write):
    content = bombs.flat_bomb(60)
    error = refused(write, content)
    assert (error.code, error.exit_code) == ("S97", 3)
    assert isinstance(error, ResourceError)
    assert error.what.startswith("orders.xlsx: the workbook expands to 60 MB (")
    assert f"{60e6 / len(content):,.0f}" in error.what


@pytest.mark.slow
def test_a_bomb_that_says_less_is_refused_by_what_it_expands_to(write):
    content = bombs.lying_bomb(60)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert sum(part.file_size for part in book.infolist()) < 10_000
    error = refused(write, content)
    assert error.code == "S97"
    assert error.what.startswith("orders.xlsx: the workbook expands to 2")


def test_parts_that_lie_on_each_other_are_counted_as_often_as_they_are_listed(write):
    assert "expands to 500 MB" in refused(write, bombs.overlapping_bomb(500)).what


def test_more_than_a_thousand_parts_are_refused(write):
    extra = {f"xl/media/{i}": b"" for i in range(1_000)}
    error = refused(write, bombs.zipped(bombs.parts_of() | extra))
    assert error.what == "orders.xlsx: the workbook has more than 1,000 parts (1,005)."


@pytest.mark.parametrize(
    ("reference", "row", "column"),
    [("XFD1048576", "1,048,576", "16,384"), ("DZ1000000", "1,000,000", "130"),
     ("XFE1", "41", "16,385"), ("A1048577", "1,048,577", "2")],
)  # fmt: skip
def test_cells_that_lie_too_far_from_the_table_are_refused(reference, row, column, write):
    error = refused(write, bombs.far_cells(reference))
    assert error.code == "S97"
    assert f"as far as row {row} and column {column}, which" in error.what


@pytest.mark.parametrize("reference", ["XFD40", "A1048576", "CA1000000"])
def test_cells_that_lie_as_far_as_tables_reach_are_not(reference, write):
    check_workbook(write("orders.xlsx", bombs.far_cells(reference)))


def test_what_only_names_a_far_cell_is_no_cell(write):
    view = '<sheetView><selection activeCell="XFD1048576" sqref="XFD1048576"/></sheetView>'
    sheet = bombs.sheet_of(bombs.TABLE, dimension="A1:XFD1048576")
    sheet = sheet.replace("<sheetData>", f"{view}<sheetData>")
    check_workbook(write("orders.xlsx", bombs.workbook(sheet)))


@pytest.mark.parametrize(
    "content",
    [bombs.wrong_checksum(), bombs.encrypted_parts(), bombs.workbook()[:1_000], b"PK\x03\x04"],
)
def test_a_damaged_workbook_is_told_as_damaged(content, write):
    error = refused(write, content)
    assert (error.code, error.exit_code) == ("R21", 2)


@pytest.mark.slow
def test_whole_workbooks_of_other_programs_are_let_in(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "large.xlsx") as book:
        sheet = book.add_worksheet()
        for i in range(2_000):
            sheet.write_row(i, 0, ["the same text"] * 30)
    check_workbook(tmp_path / "large.xlsx")
    check_workbook(tmp_path / "large.xlsx", most_bytes=10**7)
    with pytest.raises(ResourceError, match="expands to"):
        check_workbook(tmp_path / "large.xlsx", most_bytes=10**6)


@pytest.mark.slow
def test_the_command_line_refuses_a_bomb_with_exit_code_3(write, command):
    path = write("orders.xlsx", bombs.flat_bomb(60))
    ended = command("explore", path)
    assert ended.code == 3
    assert "the workbook expands to 60 MB" in " ".join(ended.stderr.split())

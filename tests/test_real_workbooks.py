"""Workbooks as people make them: covers, titles, merged cells, formulas; read right, or refused."""

from __future__ import annotations

import datetime
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

import segmentry
from commands import assert_two_lines, explored, summary_of
from tables import columns_of

N = 40
TOWNS = ("Köln", "Brühl", "Ahrweiler")


def write_book(path: Path, sheets: dict[str, list[list[object]]], *, hidden: str = "") -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
            if title == hidden:
                sheet.hide()


TABLE: list[list[object]] = [
    ["Kunden-Nr", "Besuche", "Umsatz"],
    *[[f"{i:03}", i % 7, 2.5 * (i % 11)] for i in range(1, N + 1)],
]
COVER: list[list[object]] = [["Kunden 2024"], [], ["erstellt von", "Vertrieb"], ["am", "1.2.2024"]]


@pytest.mark.slow
def test_a_workbook_with_a_cover_and_titles_goes_in_without_an_option(command, tmp_path):
    table = [["Liste aller Kunden"], [], *TABLE, ["Summe", 120, 999]]
    write_book(tmp_path / "t.xlsx", {"Deckblatt": COVER, "Daten": table})
    rows = summary_of(command, "t.xlsx")["rows"]
    assert (rows["read"], rows["rejected"], rows["used"]) == (N + 1, 1, N)
    summary = json.loads(Path("out/summary.json").read_text())
    assert summary["source"]["read_as"] == "Excel, sheet 'Daten'"
    assert summary["roles"]["id"] == "Kunden-Nr"
    assert any("the header is in row 3" in own for own in summary["warnings"])


@pytest.mark.slow
def test_two_sheets_that_may_be_meant_are_asked_about(command, tmp_path):
    write_book(tmp_path / "t.xlsx", {"2023": TABLE, "2024": TABLE[:-5]})
    ended = command("explore", "t.xlsx")
    assert_two_lines(ended, "R21", "'2023' (40 rows), '2024' (35 rows)", "--sheet '2023'")
    assert explored(command, "t.xlsx", "--sheet", "2024")["rows"] == N - 5
    assert explored(command, "t.xlsx", "--sheet", "2")["rows"] == N - 5
    assert_two_lines(command("explore", "t.xlsx", "--sheet", "x"), "R21", "has no sheet 'x'")


@pytest.mark.slow
def test_a_hidden_sheet_is_read_only_when_it_is_named(command, tmp_path):
    write_book(tmp_path / "t.xlsx", {"2024": TABLE, "alt": TABLE}, hidden="alt")
    assert explored(command, "t.xlsx")["source"]["read_as"] == "Excel, sheet '2024'"
    assert explored(command, "t.xlsx", "--sheet", "alt")["rows"] == N


@pytest.mark.slow
def test_formulas_and_errors_in_a_workbook_are_told(command, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["id", "visits", "spend"])
        for i in range(1, N + 1):
            sheet.write_row(i, 0, [1000 + 3 * i, i % 7])
            sheet.write_formula(i, 2, f"=B{i + 1}*2+NOW()*0", None, i % 7 * 2)
        sheet.write_formula(5, 1, "=1/0", None, "#DIV/0!")
    found = explored(command, "t.xlsx")
    said = " ".join(found["warnings"])
    assert "1 cell with an Excel error" in said
    assert "41 formulas; the stored values were taken. NOW" in said
    assert [own["missing"] for own in found["columns"]] == [0, 1, 0]


def write_cells(path: Path, fill: Callable[[Any, Any], None], **options: object) -> None:
    with xlsxwriter.Workbook(path, options) as book:
        fill(book, book.add_worksheet("Data"))


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_dates_are_the_same_in_both_epochs_of_excel(tmp_path, epoch):
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=37 * i) for i in range(N)]

    def fill(book: Any, sheet: Any) -> None:
        style = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, ["id", "joined"])
        for i, day in enumerate(days, 1):
            sheet.write(i, 0, 1000 + 3 * i)
            sheet.write_datetime(i, 1, day, style)

    write_cells(tmp_path / "t.xlsx", fill, date_1904=epoch == 1904)
    assert columns_of(tmp_path / "t.xlsx")["joined"] == days


@pytest.mark.slow
def test_merged_cells_are_read_as_they_look(tmp_path):
    def fill(_: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 4, "All customers")
        sheet.write_row(1, 0, ["id", "visits", "Name", "", "town"])
        sheet.merge_range(1, 2, 1, 3, "Name")
        for i in range(N):
            sheet.write_row(i + 2, 0, [1000 + 3 * i, i % 7, f"A{i}", f"B{i}"])
        for i in range(0, N, 10):
            sheet.merge_range(i + 2, 4, i + 11, 4, TOWNS[i % 3])

    write_cells(tmp_path / "t.xlsx", fill)
    found = segmentry.explore(tmp_path / "t.xlsx")
    assert found.rows == N
    assert "36 cells got the value of the one above" in " ".join(found.warnings)
    assert found.source.names == ("id", "visits", "Name", "Name (2)", "town")
    assert found.roles.named("contact") == ("Name", "Name (2)")
    assert columns_of(tmp_path / "t.xlsx")["town"] == [TOWNS[i // 10 * 10 % 3] for i in range(N)]


@pytest.mark.slow
def test_a_header_of_two_rows_is_told_and_its_row_can_be_said(command, tmp_path):
    def fill(_: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 1, 0, "id")
        sheet.merge_range(0, 1, 0, 2, "2023")
        sheet.merge_range(0, 3, 0, 4, "2024")
        sheet.write_row(1, 1, ["visits", "spend", "visits 24", "spend 24"])
        for i in range(N):
            sheet.write_row(i + 2, 0, [1000 + 3 * i, i % 7, 2.5 * i, i % 5, ""])

    write_cells(tmp_path / "t.xlsx", fill)
    assert_two_lines(
        command("run", "t.xlsx"), "R12", "header looks to be in row 2", "--header-row 2"
    )
    found = explored(command, "t.xlsx", "--header-row", "2")
    names = [own["column"] for own in found["columns"]]
    assert (names, found["rows"]) == (["id", "visits", "spend", "visits 24", "spend 24"], N)


def compound(*streams: str) -> bytes:
    """The beginning of a file of several streams, and a directory with their names."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(
        own.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for own in ("Root Entry", *streams)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (compound("EncryptionInfo", "EncryptedPackage"), "is a workbook with a password"),
        (compound("Workbook"), "is a workbook of Excel 97 to 2003 (.xls)"),
        (compound("Book"), "is a workbook of Excel 97 to 2003 (.xls)"),
        (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
         "is an OpenDocument workbook (.ods)"),
    ],
    ids=["password", "xls", "older xls", "ods"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["t.xlsx", "t.csv"])
def test_a_workbook_that_cannot_be_read_is_told_by_its_kind(command, write, content, said, name):
    write(name, content)
    ended = command("run", name)
    assert_two_lines(ended, "R21", f"{name} {said}.", "save it as .xlsx")


@pytest.mark.slow
def test_a_workbook_with_macros_is_read_and_nothing_of_it_runs(tmp_path):
    write_book(tmp_path / "plain.xlsx", {"Data": TABLE})
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain,
        zipfile.ZipFile(tmp_path / "t.xlsm", "w") as book,
    ):
        for part in plain.namelist():
            old, new = b"spreadsheetml.sheet.main", b"spreadsheetml.sheet.macroEnabled.main"
            book.writestr(part, plain.read(part).replace(old, new))
        book.writestr("xl/vbaProject.bin", compound("VBA"))
    assert columns_of(tmp_path / "t.xlsm") == columns_of(tmp_path / "plain.xlsx")


def numbered_sheet(*below: list[object]) -> list[list[object]]:
    return [TABLE[0], *([100 + i, *row[1:]] for i, row in enumerate(TABLE[1:])), *below]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("below", "rejected"),
    [
        ([["Total", None, 999], [], ["* Net of returns"]], 2),
        ([[], ["Total", None, 999], ["Durchschnitt", 3, 12.5]], 2),
        ([["Gesamt (40 Kunden)", None, 999]], 1),
        ([["Source: CRM"]], 1),
        ([[], ["Printed by the shop"]], 1),
        ([[141, None, None]], 0),
    ],
    ids=["total and note", "total and average", "counted", "note", "parted", "a customer"],
)
def test_totals_and_notes_below_a_sheet_are_no_customers(command, tmp_path, below, rejected):
    write_book(tmp_path / "t.xlsx", {"Data": numbered_sheet(*below)})
    found = explored(command, "t.xlsx")
    assert (found["rows"], found["rejected"]) == (N + (not rejected), rejected)
    assert not rejected or "left out, a" in " ".join(found["warnings"])


def test_a_sheet_without_a_header_is_told(command, tmp_path):
    write_book(tmp_path / "t.xlsx", {"Data": numbered_sheet()[1:]})
    assert_two_lines(command("run", "t.xlsx"), "R12", "it has no header")


@pytest.mark.slow
def test_titles_of_several_cells_on_a_sheet_are_left_out(command, tmp_path):
    title = ["Filter:", "all"]
    table = [[*row, "Ulm"] for row in numbered_sheet()]
    write_book(tmp_path / "t.xlsx", {"Data": [title, *table]})
    found = explored(command, "t.xlsx")
    assert (found["rows"], found["columns"][0]["column"]) == (N, "Kunden-Nr")


@pytest.mark.slow
def test_two_tables_on_one_sheet_are_told(command, tmp_path):
    second = [["Filiale", "Ziel", "Ist"], *([f"F{i}", i, i % 3] for i in range(9))]
    write_book(tmp_path / "t.xlsx", {"Data": numbered_sheet([], *second)})
    ended = command("run", "t.xlsx")
    assert_two_lines(ended, "R21", "two tables, with headers in rows 1 and 43", "--header-row 43")
    assert explored(command, "t.xlsx", "--header-row", "43")["rows"] == 9


@pytest.mark.slow
def test_formulas_without_a_stored_value_are_told(command, tmp_path):
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "visits", "spend"])
        for i in range(1, N + 1):
            sheet.write_row(i, 0, [1000 + 3 * i, i % 7])
            sheet.write_formula(i, 2, f"=B{i + 1}*2", None, "" if i > 9 else 5)

    write_cells(tmp_path / "t.xlsx", fill)
    said = " ".join(explored(command, "t.xlsx")["warnings"])
    assert "31 formulas without a stored value, which counts as missing" in said

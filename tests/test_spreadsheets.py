"""What a person made in a spreadsheet program goes in without an option: LibreOffice, in German."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

import segmentry
from commands import assert_two_lines, summary_of
from tables import columns_of

pytestmark = pytest.mark.slow

N = 60
TOWNS = ("Köln", "Brühl", "Bad Münstereifel")
IDS = [f"{7 * i:05}" for i in range(1, N + 1)]
SINCE = [datetime.date(2015, 1, 31) + datetime.timedelta(days=41 * i) for i in range(N)]
SPENT = [1000.5 + (250.25 * i * i) % 4321 for i in range(N)]
ORDERS = [i * i % 13 for i in range(N)]
CSV = "csv:Text - txt - csv (StarCalc):59,34,{letters},1,,1031,false,true,false,false,false,2"
"""Semicolons, double quotes, the letters, from line 1, German, cells as shown, the second sheet."""
UTF_8, ANSI = 76, 1

OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"
 xmlns:office="{OFFICE}:office:1.0" xmlns:style="{OFFICE}:style:1.0" xmlns:text="{OFFICE}:text:1.0"
 xmlns:table="{OFFICE}:table:1.0" xmlns:number="{OFFICE}:datastyle:1.0"
 xmlns:of="{OFFICE}:of:1.2"><office:automatic-styles>
<number:date-style style:name="D" number:language="de" number:country="DE">
<number:day number:style="long"/><number:text>.</number:text>
<number:month number:style="long"/><number:text>.</number:text><number:year number:style="long"/>
</number:date-style>
<number:currency-style style:name="E" number:language="de" number:country="DE">
<number:number number:decimal-places="2" number:min-decimal-places="2"
 number:min-integer-digits="1" number:grouping="true"/><number:text> </number:text>
<number:currency-symbol number:language="de" number:country="DE">€</number:currency-symbol>
</number:currency-style>
<style:style style:name="date" style:family="table-cell" style:data-style-name="D"/>
<style:style style:name="euros" style:family="table-cell" style:data-style-name="E"/>
</office:automatic-styles><office:body><office:spreadsheet>"""
FOOT = "</office:spreadsheet></office:body></office:document>"


def cell(value: object) -> str:
    kinds = {
        datetime.date: 'table:style-name="date" office:value-type="date" '
        f'office:date-value="{value}"',
        float: f'table:style-name="euros" office:value-type="float" office:value="{value}"',
        int: f'office:value-type="float" office:value="{value}"',
    }
    text = escape(str(value))
    if text.startswith("of:"):
        kind = f'table:formula="{text}" office:value-type="float" office:value="0"'
    else:
        kind = kinds.get(type(value), 'office:value-type="string"')
    shown = f"<text:p>{text}</text:p>" if isinstance(value, str) and ":=" not in text else ""
    return f"<table:table-cell {kind}>{shown}</table:table-cell>"


def sheet(name: str, rows: list[list[object]]) -> str:
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}">{body}</table:table>'


@pytest.fixture(scope="module")
def convert(office, tmp_path_factory):
    """Let LibreOffice save the workbook in another format, and return the file."""
    folder = tmp_path_factory.mktemp("office")
    customers: list[list[object]] = [
        ["Kundenliste, Stand 31.12.2024"],
        [],
        ["Kundennummer", "Kunde seit", "Umsatz", "Bestellungen", "Ort", "Je Bestellung"],
        *[
            [
                IDS[i],
                SINCE[i],
                SPENT[i],
                ORDERS[i],
                TOWNS[i % 3],
                f"of:=[.C{i + 4}]/([.D{i + 4}]+1)",
            ]
            for i in range(N)
        ],
    ]
    cover: list[list[object]] = [["Kunden 2024"], [], ["erstellt von", "Vertrieb"]]
    notes: list[list[object]] = [["Ort", "Leitung"], ["Köln", "offen"], ["Brühl", "offen"]]
    sheets = (("Deckblatt", cover), ("Kunden", customers), ("Notizen", notes))
    source = folder / "kunden.fods"
    source.write_text(HEAD + "".join(sheet(*own) for own in sheets) + FOOT, encoding="utf-8")

    def converted(kind: str, name: str) -> Path:
        subprocess.run(
            [office, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}",
             "--convert-to", kind, "--outdir", str(folder / name), str(source)],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        (made,) = (folder / name).iterdir()
        return made

    return converted


def test_a_workbook_and_its_texts_of_german_habit_give_the_same_segments(
    convert, command, tmp_path
):
    kinds = {"xlsx": "xlsx", "utf-8": CSV.format(letters=UTF_8), "ansi": CSV.format(letters=ANSI)}
    answers = {}
    for name, kind in kinds.items():
        made = convert(kind, name)
        found = columns_of(made)
        assert found["Kunde seit"] == SINCE
        assert found["Umsatz"] == [round(own, 2) for own in SPENT]
        assert found["Bestellungen"] == ORDERS
        assert found["Ort"] == [TOWNS[i % 3] for i in range(N)]
        assert found["Je Bestellung"][:3] == pytest.approx(
            [SPENT[i] / (ORDERS[i] + 1) for i in range(3)], abs=0.005
        )
        shutil.copyfile(made, tmp_path / f"{name}{made.suffix}")
        summary = summary_of(command, f"{name}{made.suffix}")
        assert (summary["rows"]["read"], summary["rows"]["used"]) == (N, N)
        assert summary["roles"]["id"] == "Kundennummer"
        assert summary["roles"]["features"] == ["Umsatz", "Bestellungen", "Je Bestellung"]
        assert any("the header is in" in own for own in summary["warnings"])
        with segmentry.segment(made, features=["Umsatz", "Bestellungen"], k=3) as result:
            answers[name] = result.assign().to_dict("list")
    assert answers["xlsx"]["Kundennummer"] == IDS
    assert answers["xlsx"] == answers["utf-8"] == answers["ansi"]


@pytest.mark.parametrize(
    ("kind", "said"), [("ods", "OpenDocument workbook (.ods)"), ("xls", "Excel 97 to 2003 (.xls)")]
)
def test_other_workbooks_are_told_by_their_kind(convert, command, tmp_path, kind, said):
    shutil.copyfile(convert(kind, kind), tmp_path / f"kunden.{kind}")
    assert_two_lines(command("run", f"kunden.{kind}"), "R21", said, "save it as .xlsx")

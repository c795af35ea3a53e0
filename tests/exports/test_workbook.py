"""The Excel workbook: every figure is the summary's, and nothing of the data can do any harm."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import segmentry
from commands import assert_two_lines
from runs import HOSTILE_COLUMNS, HOSTILE_IDS, HOSTILE_LEVELS
from segmentry.exports.workbook import customers, write_workbook, writing

pytestmark = pytest.mark.slow

SHEETS = ["Segments", "Profiles", "Rules", "How many", "Data quality", "Customers", "About"]


def summary_of(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text(encoding="utf-8"))


def written(run: Path, path: Path, **changes: object) -> dict[str, list[list]]:
    """The sheets of a run's workbook, as another program reads them."""
    write_workbook(summary_of(run) | changes, run / "customers.csv", path)
    return sheets_of(path)


def sheets_of(path: Path) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def rows_below(sheet: list[list], *head: str) -> list[list]:
    """The rows between a row that begins with these headings and the next empty one."""
    start = next(i for i, row in enumerate(sheet) if tuple(row[: len(head)]) == head) + 1
    rows = []
    for row in sheet[start:]:
        if not any(cell != "" for cell in row):
            break
        rows.append(row)
    return rows


def parts_of(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


# ---------------------------------------------------------------- figures


def test_the_segments_are_those_of_the_summary(mall_run, tmp_path):
    summary = summary_of(mall_run)
    sheet = written(mall_run, tmp_path / "a.xlsx")["Segments"]
    assert sheet[1][0] == summary["verdict"]
    *rows, everyone = rows_below(sheet, "", "Segment", "Customers", "Share")
    assert len(rows) == 5
    for row, own in zip(rows, summary["segments"], strict=True):
        assert row[:4] == [own["segment"], own["name"], own["customers"], own["share"]]
        told = {one["column"]: one for one in own["profile"]["numbers"]}
        figures = [told[name][part] for name in summary["telling"] for part in ("mean", "index")]
        assert row[4:8] == figures
        assert row[8].startswith(own["summary"])
        assert row[9] == f"{own['title']} – {own['priority']}"
        assert row[10:] == list(own["actions"].values())
    raw = pd.read_csv(segmentry.datasets.mall_customers_path())
    assert everyone[1:4] == ["All customers", 200, 1]
    assert everyone[4] == pytest.approx(raw["Annual Income (k$)"].mean(), rel=1e-11)


def test_profiles_rules_and_evidence_are_those_of_the_summary(mall_run, tmp_path):
    summary = summary_of(mall_run)
    sheets = written(mall_run, tmp_path / "a.xlsx")
    profiles = sheets["Profiles"]
    titles = [row[0] for row in profiles]
    for title, part in (("Average", "mean"), ("Index (100 is the average of all)", "index"),
                        ("Median", "median"), ("Standard deviation", "std")):  # fmt: skip
        start = titles.index(title) + 1
        for i, one in enumerate(summary["all"]["numbers"]):
            told = [own["profile"]["numbers"][i][part] for own in summary["segments"]]
            assert profiles[start + i] == [one["column"], "", one[part], *told]
    share = profiles[titles.index("Share of each level") + 1]
    told = [own["profile"]["levels"]["Gender"] for own in summary["segments"]]
    women = [next(one["share"] for one in own if one["level"] == "Female") for own in told]
    assert share == ["Gender", "Female", 112 / 200, *women]
    rules = rows_below(sheets["Rules"], "", "Segment", "Rule")
    assert [row[2:] for row in rules] == [
        [rule["rule"], rule["coverage"], rule["precision"], rule["customers"]]
        for own in summary["rules"]["segments"]
        for rule in own["rules"]
    ]
    evidence = rows_below(sheets["How many"], "Segments (k)")
    assert [row[:2] for row in evidence] == [[e["k"], e["inertia"]] for e in summary["evidence"]]
    assert [row[3] or None for row in evidence] == [e["silhouette"] for e in summary["evidence"]]


def test_the_data_and_how_to_repeat_the_run_are_told(mall_run, tmp_path):
    sheets = written(mall_run, tmp_path / "a.xlsx")
    assert list(sheets) == SHEETS
    quality = sheets["Data quality"]
    assert [row[:2] for row in rows_below(quality, "Rows")] == [["Read", 200], ["Used", 200]]
    columns = rows_below(quality, "Column", "Role")
    raw = pd.read_csv(segmentry.datasets.mall_customers_path())
    assert [row[0] for row in columns] == list(raw.columns)
    assert [row[6] for row in columns] == [raw[name].nunique() for name in raw.columns]
    about = "\n".join(row[0] for row in sheets["About"])
    assert "segmentry run Mall_Customers.csv" in about
    assert "result = segmentry.segment('Mall_Customers.csv')" in about


def test_every_customer_is_there_by_the_name_that_the_segment_has_now(mall_run, tmp_path):
    segments = summary_of(mall_run)["segments"]
    segments[0]["name"] = "Our regulars"
    header, *rows = written(mall_run, tmp_path / "a.xlsx", segments=segments)["Customers"]
    assert header == ["CustomerID", "Segment", "Name", "Distance", "Margin"]
    with (mall_run / "customers.csv").open(encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    names = {own["segment"]: own["name"] for own in segments}
    assert len(rows) == len(lines) == 200
    for row, line in zip(rows, lines, strict=True):
        number = int(line["segment"])
        figures = [float(line["distance"]), float(line["margin"])]
        assert row[:3] == [line["CustomerID"], number, names[number]]
        assert row[3:] == pytest.approx(figures, rel=1e-15)


def test_python_and_the_command_line_write_the_same_bytes(mall, mall_run, tmp_path, command):
    with segmentry.segment(mall) as result:
        result.to_xlsx(tmp_path / "python.xlsx")
    assert command("export", mall_run, "--to", "xlsx", "-o", "cli.xlsx").code == 0
    assert (tmp_path / "cli.xlsx").read_bytes() == (tmp_path / "python.xlsx").read_bytes()
    refused = command("export", mall_run, "--to", "xlsx", "-o", "cli.xlsx")
    assert_two_lines(refused, "R82", "cli.xlsx exists already")


# ---------------------------------------------------------------- B8-77, 78, 79


@pytest.mark.parametrize("stream", [False, True], ids=["table", "stream"])
def test_nothing_from_the_data_is_a_formula_or_a_link(
    hostile_run, tmp_path, monkeypatch, stream
):  # fmt: skip
    if stream:
        monkeypatch.setattr(writing, "_MOST_IN_MEMORY", 10)
    summary = summary_of(hostile_run)
    for own, name in zip(summary["segments"], ("=1+1", "<r><t>&</t></r>"), strict=True):
        own["name"], own["title"] = name, "@SUM(A1)"
    sheets = written(hostile_run, tmp_path / "a.xlsx", segments=summary["segments"])
    parts = parts_of(tmp_path / "a.xlsx")
    sheet_parts = {name: text for name, text in parts.items() if "worksheets/sheet" in name}
    assert len(sheet_parts) == len(SHEETS)
    for text in parts.values():
        ElementTree.fromstring(text)
    for text in sheet_parts.values():
        assert "<f>" not in text
        assert "<f " not in text
        assert "hyperlink" not in text
    assert not any("externalLink" in name or "vba" in name.lower() for name in parts)
    told = "\n".join(str(cell) for sheet in sheets.values() for row in sheet for cell in row)
    for text in (*HOSTILE_COLUMNS, *HOSTILE_LEVELS, "=1+1"):
        assert text in told
    ids = [row[0] for row in sheets["Customers"]]
    spoilt = {"bell\x07": "bell", "<r><t>&</t></r>": "<r><t>&</t></r> "}
    assert ids[: len(HOSTILE_IDS) + 1] == ["=id", *(spoilt.get(own, own) for own in HOSTILE_IDS)]


def test_ids_keep_their_zeros_and_digits(hostile_run, tmp_path):
    ids = [row[0] for row in written(hostile_run, tmp_path / "a.xlsx")["Customers"][1:]]
    assert {"007", "12345678901234567890", "0000000000000034", "-12.5", "1e5"} <= set(ids)
    assert all(isinstance(own, str) for own in ids)


def test_customers_go_on_in_a_second_sheet(mall_run, tmp_path, monkeypatch):
    assert customers.MOST_ROWS == 2**20 - 1
    monkeypatch.setattr(customers, "MOST_ROWS", 150)
    sheets = written(mall_run, tmp_path / "a.xlsx")
    assert len(sheets["Customers"]) == 151
    assert len(sheets["Customers 2"]) == 51
    assert sheets["Customers"][0] == sheets["Customers 2"][0]
    ids = [row[0] for name in ("Customers", "Customers 2") for row in sheets[name][1:]]
    assert ids == [str(i) for i in range(1, 201)]


def test_a_stream_holds_the_same_cells_as_a_table(mall_run, tmp_path, monkeypatch):
    table = written(mall_run, tmp_path / "a.xlsx")
    assert "xl/tables/table1.xml" in parts_of(tmp_path / "a.xlsx")
    monkeypatch.setattr(writing, "_MOST_IN_MEMORY", 10)
    assert written(mall_run, tmp_path / "b.xlsx") == table
    assert "<autoFilter" in parts_of(tmp_path / "b.xlsx")["xl/worksheets/sheet6.xml"]


def test_a_cell_is_never_too_long_nor_a_sheet_named_by_the_data(hostile_run, tmp_path):
    summary = summary_of(hostile_run)
    summary["segments"][0]["name"] = "[]:*?/\\" + "😀" * 40_000
    summary["source"]["name"] = "[]:*?/\\" * 50
    sheets = written(hostile_run, tmp_path / "a.xlsx", **summary)
    assert list(sheets) == SHEETS
    longest = max(
        len(str(cell).encode("utf-16-le")) // 2
        for sheet in sheets.values() for row in sheet for cell in row
    )  # fmt: skip
    assert 30_000 < longest <= 32_767


def test_on_paper_names_are_whole_and_the_chart_is_on_one_page(mall_run, tmp_path):
    segments = summary_of(mall_run)["segments"]
    segments[0]["name"] = "Customers who come often and spend less than they could"
    written(mall_run, tmp_path / "a.xlsx", segments=segments)
    parts = parts_of(tmp_path / "a.xlsx")
    page = re.search("<pageSetup[^>]*>", parts["xl/worksheets/sheet1.xml"])[0]
    assert "fitToHeight" not in page, "one page high is what is meant where nothing is said"
    columns = re.findall(
        r'<col min="(\d+)"[^>]*width="([\d.]+)"', parts["xl/worksheets/sheet6.xml"]
    )
    assert float(dict(columns)["3"]) > len(segments[0]["name"])


def test_an_id_column_named_like_ours_gets_another_title(tmp_path):
    table = pd.DataFrame({"NAME": [f"c{i}" for i in range(40)]})
    table["spent"], table["visits"] = [i % 9 for i in range(40)], [i % 7 for i in range(40)]
    with segmentry.segment(table, id="NAME", features=["spent", "visits"], k=2) as result:
        result.to_xlsx(tmp_path / "a.xlsx")
    assert sheets_of(tmp_path / "a.xlsx")["Customers"][0][:3] == ["NAME (id)", "Segment", "Name"]


# ---------------------------------------------------------------- in a real program


def test_libreoffice_shows_every_sheet_without_a_formula(office, hostile_run, tmp_path):
    sheets = written(hostile_run, tmp_path / "a.xlsx")
    kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    words = [office, "--headless", home, "--convert-to", kind, "--outdir", tmp_path]
    subprocess.run([*words, tmp_path / "a.xlsx"], check=True, timeout=120, capture_output=True)
    for name, rows in sheets.items():
        with (tmp_path / f"a-{name}.csv").open(encoding="utf-8", newline="") as stream:
            shown = list(csv.reader(stream))
        texts = {cell for row in rows for cell in row if isinstance(cell, str)} - {""}
        assert texts <= {cell for row in shown for cell in row}, name


# ---------------------------------------------------------------- a folder that is none


def damaged(text: str) -> dict[str, str]:
    """Ways in which a summary can be damaged."""
    return {
        "cut": text[:-40],
        "NaN": text.replace('"share": 0.405', '"share": NaN'),
        "text for a number": text.replace('"customers": 81', '"customers": "81"'),
        "too large": text.replace('"inertia": ', '"inertia": 1e999, "was": ', 1),
        "no color": text.replace("#0072B2", "red"),
        "a part missing": text.replace('"segments"', '"pieces"'),
        "options": text.replace('"feature_weight": {}', '"feature_weight": {"a": "b"}'),
        "a list": "[]",
        "deep": "[" * 100_000,
        "numbers": text.replace('"segment": 2,', '"segment": 7,'),
    }


@pytest.mark.parametrize("how", damaged("{}"))
def test_a_damaged_run_is_refused(mall_run, tmp_path, command, how):
    run = Path(shutil.copytree(mall_run, tmp_path / "run"))
    sound = (run / "summary.json").read_text(encoding="utf-8")
    spoilt = damaged(sound)[how]
    assert spoilt != sound
    (run / "summary.json").write_text(spoilt, encoding="utf-8")
    ended = command("export", "run", "--to", "xlsx")
    assert_two_lines(ended, "M53", "summary.json is damaged", "--force")


def test_a_run_of_another_version_is_refused(mall_run, tmp_path, command):
    run = Path(shutil.copytree(mall_run, tmp_path / "run"))
    text = (run / "summary.json").read_text(encoding="utf-8")
    old = re.sub(r'"version": "[^"]+"', '"version": "0.0.7"', text, count=1)
    (run / "summary.json").write_text(old, encoding="utf-8")
    assert_two_lines(command("export", "run", "--to", "xlsx"), "M54", "Segmentry 0.0.7")


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"CustomerID,segment,segment_name,distance,margin\n1,x,y,z,secret\n",
     b"CustomerID,segment,segment_name,distance,margin\n\xff,1,y,1,1\n"],
    ids=["empty", "other columns", "no numbers", "no UTF-8"],
)  # fmt: skip
def test_a_damaged_file_of_customers_is_refused(mall_run, tmp_path, command, content):
    run = Path(shutil.copytree(mall_run, tmp_path / "run"))
    (run / "customers.csv").write_bytes(content)
    ended = command("export", "run", "--to", "xlsx")
    assert_two_lines(ended, "M53", "customers.csv is not the customers' file of a run")
    assert "secret" not in ended.stderr


def test_what_is_no_run_is_refused(tmp_path, command, customers_csv):
    for name in (".", "nowhere", "customers.csv"):
        ended = command("export", name, "--to", "xlsx")
        assert_two_lines(ended, "R01", "is not the folder of a run")
    assert_two_lines(command("export", ".", "--to", "docx"), "R00", "no export to 'docx'")


def test_an_export_never_replaces_what_it_is_made_from(mall_run, tmp_path, command):
    run = Path(shutil.copytree(mall_run, tmp_path / "run"))
    for name in ("summary.json", "customers.csv", "model.json", "report.html"):
        ended = command("export", "run", "--to", "xlsx", "-o", run / name, "--force")
        assert_two_lines(ended, "R82", name)

"""PowerPoint: native charts with the summary's figures, and no text that runs over its box."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from PIL import ImageFont
from pptx import Presentation
from pptx.util import Emu
from python_calamine import CalamineWorkbook

import segmentry
from commands import assert_two_lines
from segmentry.exports.slides import write_slides

pytestmark = pytest.mark.slow

FONT = Path(matplotlib.get_data_path()) / "fonts/ttf"
NARROWER = {False: 0.9, True: 0.86}
"""How wide texts in Arial are against DejaVu, plain and bold; every machine has the latter."""


def summary_of(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text(encoding="utf-8"))


def slides_of(summary: dict, path: Path) -> list:
    write_slides(summary, path)
    return list(Presentation(str(path)).slides)


def charts_of(slide) -> list:
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def told_on(slide) -> str:
    frames = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    cells = [
        cell.text for shape in slide.shapes if shape.has_table
        for row in shape.table.rows for cell in row.cells
    ]  # fmt: skip
    return "\n".join(frames + cells)


def test_the_slides_tell_what_the_summary_holds(mall_run, tmp_path):
    summary = summary_of(mall_run)
    opening, overview, *segments, evidence = slides_of(summary, tmp_path / "a.pptx")
    assert opening.shapes.title.text == "5 segments in Mall_Customers.csv"
    assert summary["verdict"] in told_on(opening)
    sizes = charts_of(overview)[0].plots[0]
    assert list(sizes.categories) == ["1", "2", "3", "4", "5"]
    assert list(sizes.series[0].values) == [81, 39, 35, 23, 22]
    colors = [str(sizes.series[0].points[i].format.fill.fore_color.rgb) for i in range(5)]
    assert colors == [own["color"][1:] for own in summary["segments"]]
    for slide, own in zip(segments, summary["segments"], strict=True):
        assert slide.shapes.title.text == own["name"]
        told = told_on(slide)
        assert all(text in told for text in (own["description"], *own["actions"].values()))
        plot = charts_of(slide)[0].plots[0]
        indexes = {one["column"]: one["index"] for one in own["profile"]["numbers"]}
        shown = dict(zip(plot.categories, plot.series[0].values, strict=True))
        assert shown == indexes
        assert str(plot.series[0].format.fill.fore_color.rgb) == own["color"][1:]
    inertia, silhouette = (chart.plots[0] for chart in charts_of(evidence))
    assert list(inertia.series[0].values) == [own["inertia"] for own in summary["evidence"]]
    known = [own["silhouette"] for own in summary["evidence"] if own["silhouette"] is not None]
    assert list(silhouette.series[0].values) == known


def test_a_chart_opens_on_the_numbers_that_it_shows(mall_run, tmp_path):
    overview = slides_of(summary_of(mall_run), tmp_path / "a.pptx")[1]
    blob = charts_of(overview)[0].part.chart_workbook.xlsx_part.blob
    rows = CalamineWorkbook.from_filelike(io.BytesIO(blob)).get_sheet_by_name("Sheet1").to_python()
    assert rows == [["", "Customers"], ["1", 81], ["2", 39], ["3", 35], ["4", 23], ["5", 22]]


def hostile_summary(run: Path) -> dict:
    """Ten segments with the longest and worst of names."""
    summary = summary_of(run)
    names = ("=1+1", "W" * 300, "ein langes Wort " * 30, "漢字" * 150, "<b>&amp;</b>\x07\u202e",
             "kurz", "😀" * 300, "x" * 299, "a\nb\nc\nd\ne\nf", "")  # fmt: skip
    first = summary["segments"][0]
    summary["segments"] = [
        first | {"segment": i, "name": name, "title": name, "description": f"{name} " * 8,
                 "actions": dict.fromkeys(first["actions"], name * 3)}
        for i, name in enumerate(names, 1)
    ]  # fmt: skip
    summary["warnings"] = [f"{name} is odd." for name in names]
    summary["verdict"] = "Because of this and that, " * 40
    return summary


@pytest.mark.parametrize("which", ["mall", "hostile"])
def test_no_text_runs_over_its_box(mall_run, hostile_run, tmp_path, which):
    summary = summary_of(mall_run) if which == "mall" else hostile_summary(hostile_run)
    slides = slides_of(summary, tmp_path / "a.pptx")
    assert len(slides) == len(summary["segments"]) + 3
    seen = 0
    for slide in slides:
        for paragraphs, width, height in boxes_of(slide):
            needed = sum(height_of(own, width) for own in paragraphs)
            assert needed <= height + 0.5, [own.text for own in paragraphs]
            seen += 1
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= Emu(12_192_000)
            assert shape.top + shape.height <= Emu(6_858_000)
    assert seen > 30


def boxes_of(slide) -> Iterator[tuple[list, float, float]]:
    """Each box's paragraphs, and its room in points."""
    for shape in slide.shapes:
        if shape.has_text_frame and shape.text_frame.text:
            frame = shape.text_frame
            width = shape.width - frame.margin_left - frame.margin_right
            height = shape.height - frame.margin_top - frame.margin_bottom
            yield list(frame.paragraphs), Emu(width).pt, Emu(height).pt
        if shape.has_table:
            table = shape.table
            assert sum(row.height for row in table.rows) <= shape.height + 10
            for row in table.rows:
                for column, cell in zip(table.columns, row.cells, strict=True):
                    width = column.width - cell.margin_left - cell.margin_right
                    height = row.height - cell.margin_top - cell.margin_bottom
                    yield list(cell.text_frame.paragraphs), Emu(width).pt, Emu(height).pt


@cache
def font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT / f"DejaVuSans{'-Bold' if bold else ''}.ttf"), 100,
                              layout_engine=ImageFont.Layout.BASIC)  # fmt: skip


def width_of(text: str, size: float, bold: bool) -> float:
    """Of a text on one line, by the letters of a real font; what it lacks is a square."""
    known = "".join(letter for letter in text if ord(letter) < 0x2E80)
    drawn = font(bold).getlength(known) * size / 100
    return NARROWER[bold] * drawn + size * (len(text) - len(known))


def height_of(paragraph, width: float) -> float:
    """Of a paragraph as it is broken into lines, in points."""
    runs = paragraph.runs
    if not runs:
        return 0.0
    size, bold = runs[0].font.size.pt, bool(runs[0].font.bold)
    lines, line = 1, ""
    for word in paragraph.text.split(" "):
        longer = f"{line} {word}" if line else word
        if width_of(longer, size, bold) <= width:
            line = longer
            continue
        lines += bool(line)
        line = ""
        for letter in word:
            if width_of(line + letter, size, bold) > width:
                lines, line = lines + 1, ""
            line += letter
    return lines * size * 1.17


def test_what_is_cut_stands_in_full_in_the_notes(mall_run, tmp_path):
    summary = summary_of(mall_run)
    summary["segments"][1]["name"] = "An endless name, " * 20
    slide = slides_of(summary, tmp_path / "a.pptx")[3]
    assert slide.shapes.title.text.endswith("…")
    assert summary["segments"][1]["name"] in slide.notes_slide.notes_text_frame.text


def test_nothing_from_the_data_is_a_formula_a_link_or_markup(hostile_run, tmp_path):
    summary = hostile_summary(hostile_run)
    path = tmp_path / "a.pptx"
    slides = slides_of(summary, path)
    assert slides[2].shapes.title.text == "=1+1"
    assert "<b>&amp;</b>␇⟨U+202E⟩" in slides[6].shapes.title.text
    with zipfile.ZipFile(path) as file:
        sheets = 0
        for name in file.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(file.read(name))
                assert b'TargetMode="External"' not in file.read(name)
                assert b"hlinkClick" not in file.read(name)
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(file.read(name))) as book:
                    text = book.read("xl/worksheets/sheet1.xml").decode()
                assert "<f" not in text
                assert "hyperlink" not in text
                sheets += 1
    assert sheets == sum(len(charts_of(slide)) for slide in slides) > 3


def test_python_and_the_command_line_write_the_same_slides(mall, mall_run, tmp_path, command):
    with segmentry.segment(mall) as result:
        result.to_pptx(tmp_path / "python.pptx")
    assert command("export", mall_run, "--to", "pptx", "-o", "cli.pptx").code == 0
    assert (tmp_path / "cli.pptx").read_bytes() == (tmp_path / "python.pptx").read_bytes()


def test_without_the_library_two_lines_say_what_to_install(mall_run, command, monkeypatch):
    monkeypatch.setitem(sys.modules, "pptx", None)
    ended = command("export", mall_run, "--to", "pptx", "-o", "a.pptx")
    assert_two_lines(ended, "R106", "pptx", "pip install 'segmentry[pptx]'")

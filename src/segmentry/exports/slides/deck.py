"""A deck in the making: boxes of text that fits, native charts and tables; inches throughout."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from segmentry.exports.slides.fitting import fit
from segmentry.textual import storable, visible

__all__ = ["INK", "MUTED", "Deck", "Slide", "told"]

INK, MUTED, LINE = "1D2733", "566270", "DFE5EB"
WIDTH, HEIGHT = 13.333, 7.5
_POINTS = 72.0
_FONT = "Arial"
_TITLE_ONLY = 5
_PAD = 0.04
"""Inches between a box's edge and its text, which the estimate of a fit leaves free."""


def told(text: str) -> str:
    """A text of the data as a slide may hold it."""
    return storable(visible(text))


class Deck:
    """A presentation, 16 to 9."""

    def __init__(self) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        self.file = Presentation()
        self.file.slide_width, self.file.slide_height = Inches(WIDTH), Inches(HEIGHT)
        self.file.core_properties.title = "Customer segments"
        self.file.core_properties.author = "Segmentry"

    def slide(self, title: str, *, size: Sequence[float] = (28, 24, 20, 16), left: float = 0.6,
              top: float = 0.45, height: float = 0.95) -> Slide:  # fmt: skip
        """Add a slide with a title, which outlines and screen readers show too."""
        page = self.file.slides.add_slide(self.file.slide_layouts[_TITLE_ONLY])
        slide = Slide(page)
        slide.fill(page.shapes.title, title, (left, top, WIDTH - 0.6 - left, height), sizes=size,
                   bold=True)  # fmt: skip
        return slide

    def save(self, path: Path) -> None:
        """Write the file; the same slides give the same bytes."""
        stream = io.BytesIO()
        self.file.save(stream)
        with zipfile.ZipFile(stream) as made, zipfile.ZipFile(path, "w") as file:
            for name in made.namelist():
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                file.writestr(entry, made.read(name), compress_type=zipfile.ZIP_DEFLATED)


Box = tuple[float, float, float, float]
"""Left, top, width and height."""


class Slide:
    """A slide; whatever had to be cut to fit stands in full in its notes."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def text(self, text: str, box: Box, **style: Any) -> None:
        """Add a box of text, in the largest of the sizes that fits."""
        from pptx.util import Inches

        self.fill(self.page.shapes.add_textbox(*map(Inches, box)), text, box, **style)

    def fill(
        self, shape: Any, text: str, box: Box, *, sizes: Sequence[float] = (14, 12, 11, 10),
        bold: bool = False, color: str = INK, center: bool = False, middle: bool = False,
    ) -> None:  # fmt: skip
        """Put a text into a shape, where the box is, as large as fits."""
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Inches

        text = told(text)
        shape.left, shape.top, shape.width, shape.height = map(Inches, box)
        room = (box[2] - 2 * _PAD) * _POINTS, (box[3] - 2 * _PAD) * _POINTS
        fitted = fit(text, *room, sizes, bold=bold)
        frame = shape.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = Inches(_PAD)
        frame.margin_top = frame.margin_bottom = Inches(_PAD)
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE if middle else MSO_ANCHOR.TOP
        for place, line in enumerate(fitted.text.split("\n")):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.CENTER if center else PP_ALIGN.LEFT
            self._styled(paragraph.add_run(), line, fitted.size, bold=bold, color=color)
        if fitted.cut:
            self.note(text)

    def _styled(self, run: Any, text: str, size: float, *, bold: bool, color: str) -> None:
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        run.text = text
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, _FONT
        run.font.color.rgb = RGBColor.from_string(color)

    def note(self, text: str) -> None:
        """Add to the notes below the slide."""
        frame = self.page.notes_slide.notes_text_frame
        frame.text = f"{frame.text}\n{told(text)}" if frame.text else told(text)

    def patch(self, box: Box, color: str, text: str = "", *, round: bool = False) -> None:
        """Add a coloured shape, such as a segment's number on its colour."""
        from pptx.dml.color import RGBColor
        from pptx.enum.shapes import MSO_SHAPE
        from pptx.util import Inches

        kind = MSO_SHAPE.OVAL if round else MSO_SHAPE.RECTANGLE
        shape = self.page.shapes.add_shape(kind, *map(Inches, box))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(color)
        shape.line.fill.background()
        shape.shadow.inherit = False
        if text:
            self.fill(shape, text, box, sizes=(20, 14), bold=True, color="FFFFFF", center=True,
                      middle=True)  # fmt: skip

    def table(
        self, rows: Sequence[Sequence[str]], box: Box, widths: Sequence[float], *,
        right: Sequence[int] = (), colors: Sequence[str] = (), height: float = 0.4,
    ) -> None:  # fmt: skip
        """Add a table; ``colors`` are those of the first cell of each row below the head."""
        from pptx.dml.color import RGBColor
        from pptx.util import Inches

        frame = self.page.shapes.add_table(len(rows), len(widths), *map(Inches, box))
        table = frame.table
        table.horz_banding = False
        for column, width in enumerate(widths):
            table.columns[column].width = Inches(width)
        for place, row in enumerate(rows):
            table.rows[place].height = Inches(height)
            for column, text in enumerate(row):
                cell = table.cell(place, column)
                cell.fill.solid()
                own = colors[place - 1] if place and colors and column == 0 else None
                shade = own or ("E6ECF2" if place == 0 else "FFFFFF")
                cell.fill.fore_color.rgb = RGBColor.from_string(shade)
                self._cell(cell, text, (widths[column], height), head=place == 0,
                           right=column in right, white=own is not None)  # fmt: skip

    def _cell(
        self, cell: Any, text: str, room: tuple[float, float], *, head: bool, right: bool,
        white: bool,
    ) -> None:  # fmt: skip
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Inches

        cell.margin_left = cell.margin_right = Inches(0.06)
        cell.margin_top = cell.margin_bottom = Inches(0.02)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        points = (room[0] - 0.13) * _POINTS, (room[1] - 0.05) * _POINTS
        fitted = fit(told(text), *points, (14, 12, 11, 10, 9, 8), bold=head or white)
        paragraph = cell.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        color = "FFFFFF" if white else INK
        self._styled(paragraph.add_run(), fitted.text, fitted.size, bold=head or white, color=color)
        if fitted.cut:
            self.note(text)

    def chart(
        self, kind: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]],
        box: Box, *, alt: str, number_format: str = "#,##0",
    ) -> Any:  # fmt: skip
        """Add a native chart, with a sheet of its own in which no label is a formula."""
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE
        from pptx.util import Inches, Pt

        data = CategoryChartData(number_format=number_format)
        data.categories = [told(own) for own in labels]
        for name, values in series.items():
            data.add_series(name, values)
        frame = self.page.shapes.add_chart(
            getattr(XL_CHART_TYPE, kind), *map(Inches, box), data
        )  # fmt: skip
        frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
        chart = frame.chart
        chart.part.chart_workbook.update_from_xlsx_blob(_sheet(labels, series, number_format))
        chart.font.size, chart.font.name = Pt(12), _FONT
        chart.has_title = False
        return chart


def _sheet(
    labels: Sequence[str], series: Mapping[str, Sequence[float | None]], number_format: str
) -> bytes:
    """The numbers of a chart as PowerPoint keeps them: the labels below A1, a series a column."""
    from segmentry.exports.workbook.sheet import Book

    stream = io.BytesIO()
    book = Book(stream, stream=False)
    sheet = book.sheet("Sheet1", [30.0, *[14.0] * len(series)])
    sheet.line([("", {}), *((name, {}) for name in series)])
    style = {"num_format": number_format}
    for label, *values in zip(labels, *series.values(), strict=True):
        sheet.line([(told(label), {}), *((own, style) for own in values)])
    book.file.close()
    return stream.getvalue()

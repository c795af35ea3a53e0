"""A sheet that is written row by row, and through which no text of the data can do any harm."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import IO, Any

from segmentry.exports.workbook import look
from segmentry.exports.workbook.look import Style
from segmentry.textual import storable, visible

__all__ = ["Book", "Cell", "Sheet", "harmless", "label"]

Cell = tuple[Any, Style]

_MOST_LETTERS = 32_767
"""What Excel takes in a cell, in units of UTF-16."""
_LINE_HEIGHT, _HIGHEST = 15.0, 400.0
"""Of a line of text, and what Excel can show of a row, in points."""


def harmless(text: str) -> str:
    r"""A text as a cell may hold it: without controls, and no longer than Excel allows.

    >>> harmless("K\x00öln\x1b"), len(harmless("😀" * 20_000))
    ('Köln', 16383)
    """
    text = storable(text)
    if len(text) > _MOST_LETTERS // 2:
        text = text.encode("utf-16-le")[: 2 * _MOST_LETTERS].decode("utf-16-le", "ignore")
    # xlsxwriter takes such a text for markup of its own and would write it as it stands.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _height(text: str, style: Style, width: float) -> float:
    """How high a wrapped text stands in a column of so many letters.

    Programs that only show a workbook do not find that out, and no program does for merged cells.
    """
    size = style.get("font_size", 11)
    letters = max(4, int(0.97 * width * 11 / size) - (2 if style.get("indent") else 1))
    lines = sum(len(textwrap.wrap(own, letters)) or 1 for own in text[:5000].split("\n"))
    return float(min(_HIGHEST, lines * _LINE_HEIGHT * size / 11))


def label(text: str, most: int = 120) -> str:
    """A name of the data on one line, not too long, what nobody sees made visible."""
    text = visible(" ".join(text.split()))
    return harmless(text if len(text) <= most else text[: most - 1] + "…")


class Book:
    """A workbook in the making; each format is made once.

    ``stream`` keeps one row at a time in memory, in files in ``folder``.
    """

    def __init__(self, file: str | IO[bytes], *, stream: bool, folder: str | None = None) -> None:
        import datetime

        import xlsxwriter

        self.file: Any = xlsxwriter.Workbook(file, {
            "constant_memory": stream, "tmpdir": folder, "strings_to_formulas": False,
            "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False,
        })  # fmt: skip
        self.stream = stream
        made = datetime.datetime(1980, 1, 1)  # the same run gives the same bytes
        self.file.set_properties({"title": "Customer segments", "created": made})
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, style: Style) -> Any:
        """The format of a style."""
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(dict(style))
        return self._formats[key]

    def sheet(self, name: str, widths: Sequence[float], *, color: str | None = None) -> Sheet:
        """A new sheet; ``widths`` are those of its columns, in letters."""
        return Sheet(self, name, widths, color)


class Sheet:
    """A sheet to which rows are added from the top; A4 across, one page wide when printed."""

    def __init__(self, book: Book, name: str, widths: Sequence[float], color: str | None) -> None:
        self.book, self.name, self.widths = book, name, widths
        self.page = book.file.add_worksheet(name)
        self.row = 0
        for column, width in enumerate(widths):
            self.page.set_column(column, column, width)
        self.page.hide_gridlines(2)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.page.fit_to_pages(1, 0)
        self.page.set_footer("&L&8Segmentry&R&8&A, page &P of &N")
        if color:
            self.page.set_tab_color(color)

    def line(self, cells: Sequence[Cell], *, height: float = 0.0) -> int:
        """Add a row, as high as its texts need or ``height``, and return its number."""
        needed = [
            _height(value, style, width)
            for (value, style), width in zip(cells, self.widths, strict=False)
            if isinstance(value, str) and style.get("text_wrap")
        ]
        higher = max(height, *needed, 0.0)
        if higher > _LINE_HEIGHT:
            self.page.set_row(self.row, higher)
        for column, (value, style) in enumerate(cells):
            self.put(column, value, style)
        self.row += 1
        return self.row - 1

    def head(self, left: Sequence[str], right: Sequence[str] = (), then: Sequence[str] = ()) -> int:
        """Add a row of headings: those of texts, of figures, and of texts again."""
        styles = (look.HEAD, look.RIGHT_HEAD, look.HEAD)
        parts = zip((left, right, then), styles, strict=True)
        return self.line([(own, style) for titles, style in parts for own in titles])

    def put(self, column: int, value: Any, style: Style) -> None:
        """Write one cell of the present row: a text is a text, a number a number."""
        made = self.book.format(style)
        if isinstance(value, str):
            self.page.write_string(self.row, column, harmless(value), made)
        elif isinstance(value, bool):
            self.page.write_boolean(self.row, column, value, made)
        elif value is None or (isinstance(value, float) and not math.isfinite(value)):
            self.page.write_blank(self.row, column, None, made)
        else:
            self.page.write_number(self.row, column, value, made)

    def spread(self, text: str, style: Style, *, across: int | None = None) -> float:
        """Add a row with one text over all columns, as high as it needs, and tell how high."""
        last = (across or len(self.widths)) - 1
        height = _height(text, style, sum(self.widths[: last + 1])) + 3
        self.page.set_row(self.row, height)
        if last > 0:
            self.page.merge_range(self.row, 0, self.row, last, "", self.book.format(style))
        self.put(0, text, style)
        self.row += 1
        return height

    def gap(self) -> None:
        """Leave a row free."""
        self.row += 1

    def freeze(self, columns: int = 0) -> None:
        """Keep what stands above the next row, and the first columns, in sight."""
        self.page.freeze_panes(self.row, columns)

    def repeat(self, row: int) -> None:
        """Print a row again at the top of every page."""
        self.page.repeat_rows(row)

    def scale(self, rows: tuple[int, int], column: int, points: tuple[float, ...]) -> None:
        """Colour the cells of a column: blue below, white in the middle, orange above."""
        low, middle, high = points
        self.page.conditional_format(rows[0], column, rows[1], column, {
            "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num",
            "min_value": low, "mid_value": middle, "max_value": high,
            "min_color": "#8DB8DD", "mid_color": "#FFFFFF", "max_color": "#F2B27E",
        })  # fmt: skip

    def quoted(self, first: tuple[int, int], last: tuple[int, int]) -> list[Any]:
        """A range of this sheet, as charts want it."""
        return [self.name, *first, *last]

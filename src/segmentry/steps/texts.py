"""Step 1g: a text file into the engine, in whatever letters and layout it was written."""

from __future__ import annotations

import csv
import itertools
import re
from dataclasses import dataclass, replace
from pathlib import Path

from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.faults import MixedLineEndsError, RaggedRowsError
from segmentry.errors import SourceError
from segmentry.steps import encodings, headers, layouts
from segmentry.steps.fields import long_fields, refuse_too_long
from segmentry.steps.layouts import Layout
from segmentry.steps.lines import Lines
from segmentry.steps.reading import Reading
from segmentry.steps.records import Records, count_records
from segmentry.steps.repairs import Rejects, mended
from segmentry.steps.separators import separator_name

__all__ = ["TextRead", "add_text"]

_LOOKED_AT = 200
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")


@dataclass(frozen=True)
class TextRead:
    """How a text file was read.

    Attributes
    ----------
    detail : str
        Its encoding and separator.
    notes : tuple of str
        What the reader should know.
    rejects : Rejects or None
        Rows that were set aside.
    unnamed : tuple of str
        Columns that are named by their place.
    lines : Lines or None
        Tells in which line a row stands.
    """

    detail: str
    notes: tuple[str, ...]
    rejects: Rejects | None = None
    unnamed: tuple[str, ...] = ()
    lines: Lines | None = None


def add_text(name: str, path: Path, engine: DuckDBEngine, reading: Reading) -> TextRead:
    """Read a CSV file into a table of text, in UTF-8 or made so, and say how it was written.

    Raises
    ------
    SourceError
        If it cannot be read as a table, or not in one way only.
    """
    letters = encodings.letters_of(path, told=reading.encoding)
    with encodings.as_utf8(path, letters, folder=engine.folder) as readable, long_fields():
        layout = layouts.layout_of(readable, path.name, reading)
        rejects = _add(name, readable, layout, engine, skip=reading.skip_bad_lines, text=reading.id)
    shown = separator_name(layout.separator)
    notes = (*((letters.note,) if letters.note else ()), *layout.notes)
    if rejects:
        notes += tuple(rejects.notes(path.name))
    detail = f"{letters.encoding.upper()}, separated by {shown}"
    lines = Lines(path, letters.encoding, layout.above, rejects=rejects.path if rejects else None)
    return TextRead(detail, notes, rejects, layout.unnamed, lines)


def _add(
    name: str, path: Path, layout: Layout, engine: DuckDBEngine, *, skip: bool, text: str | None
) -> Rejects | None:
    """As the file is, where the engine can read it; else a copy that it can."""
    records = count_records(path, above=layout.above)
    if records.may_be_long:
        refuse_too_long(path, path.name, separator=layout.separator, above=layout.above)
    if not (layout.wrapping or layout.footers):
        try:
            all_there = _add_rows(name, path, layout, engine, records, text=text)
            if all_there and not _has_other_rows(name, layout, engine):
                return None
        except MixedLineEndsError:
            pass
        except RaggedRowsError:
            if not skip:
                raise
    with mended(path, layout, folder=engine.folder, skip=skip) as (copy, rejects):
        whole, kept = replace(layout, above=0), count_records(copy)
        if rejects.broken > kept.count:
            raise _mostly_broken(path.name, rejects, layout)
        if not _add_rows(name, copy, whole, engine, kept, text=text):
            raise SourceError(
                f"{path.name}: the rows that were read are not as many as the file holds.",
                "Open it in a spreadsheet program and save it again as CSV (UTF-8).",
                code="R13",
            )
    return rejects if rejects.count else None


def _mostly_broken(name: str, rejects: Rejects, layout: Layout) -> SourceError:
    """Most rows are no bad lines: it is the header, or the separator, that does not fit them."""
    shown = separator_name(layout.separator)
    return SourceError(
        f"{name}: {rejects.broken:,} rows do not fit the header's {len(layout.header)} fields "
        f"(separated by {shown}), more than do: too many to set aside.",
        "Correct the header or those rows; or say what separates the fields with --sep, or where "
        f"the header is with --header-row (now line {layout.above + 1}).",
        code="R13",
    )


def _has_other_rows(name: str, layout: Layout, engine: DuckDBEngine) -> bool:
    """Whether rows are no customers: the header again, where files were joined, or nothing."""
    texts = [own for own, kind in engine.columns(name) if kind == "text"]
    is_text = len(texts) == len(layout.header)
    if is_text and engine.rows(sql.header_rows(name, layout.header))[0]["rows"]:
        return True
    if len(layout.header) == 1:
        return False
    return bool(engine.rows(sql.blank_rows(name, layout.header, texts=texts))[0]["rows"])


def _decimals(path: Path, layout: Layout, text: str | None) -> frozenset[str]:
    """The columns that begin with many numbers with a clear decimal point, and nothing else.

    Such a column is never an id, unless the caller says so.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = itertools.islice(stream, layout.above + 1, layout.above + 1 + _LOOKED_AT)
        rows = list(csv.reader(lines, delimiter=layout.separator))
    if len(rows) < _LOOKED_AT or any(len(row) != len(layout.header) for row in rows):
        return frozenset()
    return frozenset(
        name
        for name, cells in zip(layout.header, zip(*rows, strict=True), strict=True)
        if name != text
        and not headers.is_id(headers.words_of(name))
        and all(_DECIMAL.fullmatch(cell) for cell in cells)
        and any(cell[-4:-3] != "." for cell in cells)
    )


def _add_rows(
    name: str,
    path: Path,
    layout: Layout,
    engine: DuckDBEngine,
    records: Records,
    *,
    text: str | None,
) -> bool:
    """Read the rows, and say whether they are as many as an independent count finds.

    (DuckDB 2.0.0 loses every row, without a word, where blank lines above the header end in
    another way than the rows do.)
    """
    numbers = frozenset[str]() if engine.is_small(path) else _decimals(path, layout, text)
    engine.add_csv(
        name, path, separator=layout.separator, header=layout.header, above=layout.above,
        numbers=numbers, long_lines=records.may_be_long,
    )  # fmt: skip
    rows = engine.rows(sql.text_types(name, []))[0]["rows"]
    return bool(rows == records.count)

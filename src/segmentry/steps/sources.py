"""Step 1: read a source. What is there, how is it written, and how many rows are loaded?

A file is known by its content, not by its extension. Text enters the engine as text, with the
dialect given explicitly, and each column is cast there: nothing guesses twice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segmentry import sql
from segmentry.engines import frames
from segmentry.engines.contract import Database, Engine
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.registry import engine_of, is_url
from segmentry.errors import ColumnError, SourceError, closest
from segmentry.redaction import redacted
from segmentry.sql import Column
from segmentry.steps import (
    dataframes,
    formats,
    headers,
    json_lines,
    kinds,
    layouts,
    texts,
    workbooks,
)
from segmentry.steps.lines import Lines
from segmentry.steps.parts import Parts, folder_of, only_file, parts_of
from segmentry.steps.reading import Reading
from segmentry.steps.repairs import Rejects

__all__ = [
    "TABLE",
    "Source",
    "count_stored",
    "open_source",
    "with_table",
]

TABLE = "customers"
"""The engine's table of the source, each column in its type."""
_RAW = "raw"
_KEPT = "kept"
_KINDS = {"csv": "text (CSV)", "parquet": "Parquet", "xlsx": "Excel", "jsonl": "JSON lines"}
_KIND_OF_SUFFIX = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".xlsx": "xlsx",
    ".xlsm": "xlsx", ".json": "jsonl", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A table of customers that the engine has at hand.

    Attributes
    ----------
    name : str
        The file's name, or the kind of dataframe.
    kind : str
        ``csv``, ``parquet``, ``xlsx``, ``jsonl``, or the dataframe's library.
    path : Path or None
        Where the file is; of several files the folder that they are in.
    columns : tuple of Column
        In the source's order, each with its type.
    rows : int
        Rows in the table; with those rejected, repeated and without id all records of the source.
    rejected : int
        Rows that were not loaded: totals, and broken lines where the caller wants to skip them.
    detail : str
        How the file was read, for example ``"UTF-8, separated by ','"``.
    warnings : tuple of str
        What the reader should know.
    index : pandas.Index or None
        What labels the rows of a pandas table; answers about its rows bear it too.
    repeated, without_id : int
        Rows that were left out because they repeat another one, or name nobody.
    raw : str
        The engine's table of the source as it came.
    rejects : Rejects or None
        What was not loaded, why, and where it lies as long as the engine is there.
    stays : bool
        Whether the rows stay where they are, in a database.
    left_out : mapping of str to str
        Columns that hold no single values, each with its type, where the others can be used.
    kept : tuple of Column
        How the engine keeps a large text file: numbers and dates read, all else as it came.
    unnamed : tuple of str
        Columns that are named by their place, because the header does not.
    nearly : frozenset of str
        Columns of text that are numbers but for some cells.
    parts : tuple of Path
        The files, where there are several.
    keys : tuple of str
        Columns that the files' folders name: levels, whatever they look like.
    lines : Lines or None
        Tells in which line of a text file a row stands.
    """

    name: str
    kind: str
    path: Path | None
    columns: tuple[Column, ...]
    rows: int
    rejected: int
    detail: str
    warnings: tuple[str, ...] = ()
    index: Any = field(default=None, repr=False, compare=False)
    repeated: int = 0
    without_id: int = 0
    raw: str = _RAW
    rejects: Rejects | None = field(default=None, repr=False, compare=False)
    stays: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    kept: tuple[Column, ...] = field(default=(), repr=False, compare=False)
    unnamed: tuple[str, ...] = ()
    nearly: frozenset[str] = frozenset()
    parts: tuple[Path, ...] = field(default=(), repr=False, compare=False)
    keys: tuple[str, ...] = ()
    lines: Lines | None = field(default=None, repr=False, compare=False)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read."""
        return self.parts or ((self.path,) if self.path else ())

    @property
    def is_whole(self) -> bool:
        """Whether all rows are there, so that the number of each is the one of the source."""
        return self.raw == _RAW

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' headers."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str, *, option: str = "The table") -> Column:
        """Return the column of a name.

        Raises
        ------
        ColumnError
            If there is none, with the nearest names.
        """
        for column in self.columns:
            if column.name == name:
                return column
        if name in self.left_out:
            raise ColumnError(
                f"{self.name}: column {name!r} is of type {self.left_out[name]}, which holds no "
                "single number, text or date.",
                "Choose another one, or turn it into one with --query 'SELECT … AS …'.",
                code="R108",
            )
        near = closest(name, self.names)
        shown = ", ".join(repr(choice) for choice in near or self.names[:12])
        hint = f"Did you mean {shown}?" if near else f"{option} has: {shown}."
        if near and len(self.names) <= 12:
            hint += f" The columns are: {', '.join(self.names)}."
        raise ColumnError(f"{self.name} has no column {name!r}.", hint, code="R25")


def open_source(source: Any, engine: Engine, reading: Reading | None = None) -> Source:
    """Make the engine's table ``customers``, from a file, a dataframe or what a database has.

    Parameters
    ----------
    source : str, PathLike or dataframe
        A path (CSV, TSV, Parquet, Excel, JSON lines), a glob or folder of Parquet files, or a
        pandas, Polars or PyArrow table.
    engine : Engine
        The one that :func:`segmentry.engines.registry.open_engine` returns for the source.
    reading : Reading, optional
        What the caller says about how it is to be read.

    Raises
    ------
    SourceError
        If it is not there, empty, or not a table.
    """
    wish = reading or Reading()
    if isinstance(engine, Database):
        found = _open_place(source, engine)
    elif not isinstance(engine, DuckDBEngine) or is_url(source):
        raise _no_file(str(source))
    elif isinstance(source, (str, os.PathLike)):
        parts = parts_of(os.fspath(source))
        found = (
            _open_parts(os.fspath(source), parts, engine)
            if parts
            else _open_file(only_file(os.fspath(source)), engine, wish)
        )
    elif frames.is_frame(source):
        found = _open_frame(source, engine)
    else:
        raise SourceError(
            f"A source cannot be a {type(source).__name__}.",
            "Give a path, or a pandas, Polars or PyArrow table.",
            code="R01",
        )
    return _with_types(found, engine, wish)


# ---------------------------------------------------------------- by kind


def _open_place(source: Any, engine: Database) -> Source:
    opened, kind = engine.open_table(_RAW), engine_of(source)
    return Source(
        opened.name, kind.name if kind else engine.dialect, None, (), 0, 0, opened.detail,
        warnings=opened.notes, stays=True, left_out=opened.left_out,
    )  # fmt: skip


def _no_file(url: str) -> SourceError:
    return SourceError(
        f"{redacted(url)} is no file, and cannot be read here.",
        "Give a file, or in Python a table (docs/files.md); databases go into: segmentry run, "
        "explore, assign.",
        code="R01",
    )


def _open_frame(frame: Any, engine: DuckDBEngine) -> Source:
    table = dataframes.add_frame(_RAW, frame, engine)
    return Source(
        table.name, table.kind, None, (), table.rows, 0, "a dataframe in memory",
        index=getattr(frame, "index", None),
    )  # fmt: skip


def _open_parts(source: str, parts: Parts, engine: DuckDBEngine) -> Source:
    folder = folder_of(source)
    engine.add_parquet(_RAW, *parts.paths, rows_before=parts.rows_before)
    name = folder.resolve().name if Path(source) == folder else source
    return Source(name, "parquet", folder, (), 0, 0, parts.detail, parts=parts.paths,
                  keys=parts.keys)  # fmt: skip


def _open_file(path: Path, engine: DuckDBEngine, reading: Reading) -> Source:
    kind = formats.kind_of(path, formats.head(path), encoding=reading.encoding)
    if reading.sheet is not None and kind != "xlsx":
        raise SourceError(
            f"{path.name} is {_KINDS[kind]}, which has no sheets.", "Leave out --sheet.", code="R21"
        )
    source = Source(path.name, kind, path, (), 0, 0, "")
    if kind == "parquet":
        cells = formats.parquet_header(path)
        names, notes = layouts.titled(cells)
        formats.check_header(names, path.name)
        engine.add_parquet(_RAW, path, names=names)
        unnamed = layouts.unnamed_among(names, cells)
        source = replace(source, detail="Parquet", warnings=tuple(notes), unnamed=unnamed)
    elif kind == "jsonl":
        lines = json_lines.add_json_lines(_RAW, path, engine, reading)
        source = replace(source, detail=lines.detail, warnings=lines.notes, unnamed=lines.unnamed,
                         lines=lines.lines)  # fmt: skip
    elif kind == "xlsx":
        sheet = workbooks.read_sheet(path, reading)
        engine.add_arrow(_RAW, sheet.table, numbered=True)
        detail = f"Excel, sheet {sheet.name!r}"
        source = replace(source, detail=detail, warnings=sheet.notes, rejected=sheet.totals,
                         unnamed=sheet.unnamed)  # fmt: skip
    else:
        text = texts.add_text(_RAW, path, engine, reading)
        aside = text.rejects.count if text.rejects else 0
        source = replace(source, detail=text.detail, warnings=text.notes, rejected=aside,
                         rejects=text.rejects, unnamed=text.unnamed, lines=text.lines)  # fmt: skip
    if _KIND_OF_SUFFIX.get(path.suffix.lower(), kind) != kind:
        said = f"{path.name} is {_KINDS[kind]} by its content and was read as such."
        source = replace(source, warnings=(said, *source.warnings))
    return source


# ---------------------------------------------------------------- types


def _with_types(source: Source, engine: Engine, reading: Reading) -> Source:
    """Decide each column's type and make the typed table ``customers``."""
    rows = engine.rows(sql.text_types(_RAW, []))[0]["rows"]
    found = kinds.find_kinds(
        source.name, engine, _RAW, rows=rows, reading=reading, lines=source.lines
    )
    if rows == 0:
        raise SourceError(
            f"{source.name}: header found ({len(found.columns)} columns) but no data rows.",
            "Export the data again, with its rows.",
            code="R03",
        )
    empty = frozenset(source.unnamed) & found.empty
    columns = [own for own in found.columns if own.name not in empty]
    columns = [replace(own, type="text") if own.name in source.keys else own for own in columns]
    columns = _with_levels(replace(source, columns=tuple(columns)), reading)
    unnamed = layouts.notes_on_unnamed(source.name, source.unnamed, empty=empty)
    notes = (*source.warnings, *unnamed, *found.notes)
    source = replace(source, rows=rows, warnings=notes, nearly=found.nearly)
    return with_table(source, engine, columns)


def _with_levels(source: Source, reading: Reading) -> list[Column]:
    """The columns, with the levels that are to be read as others.

    Raises
    ------
    ColumnError
        If there is no such column, or it is none of text.
    """
    columns = {own.name: own for own in source.columns}
    for name, levels in (reading.map or {}).items():  # type: ignore[union-attr]
        column = source.column(name, option="--map")
        if column.type != "text":
            raise ColumnError(
                f"--map names {name}, a column of {column.type}s and not of levels.",
                "Name a column of text, or leave it out of --map.",
                code="R40",
            )
        columns[name] = replace(column, levels=tuple(levels.items()))
    return list(columns.values())


def _is_to_be_read(column: Column) -> bool:
    """Whether a column is to be turned from text into something, which is done once; ids stay."""
    read = column.stored_as_text and column.type in ("number", "date")
    return read and not headers.is_id(headers.words_of(column.name))


def with_table(source: Source, engine: Engine, columns: Sequence[Column]) -> Source:
    """Make the typed table; what a large text file says is turned into numbers only once."""
    if not any(map(_is_to_be_read, columns)) or not engine.is_stored(source.raw):
        engine.add_view(TABLE, sql.typed(source.raw, columns, numbered=engine.numbered))
        return replace(source, columns=tuple(columns))
    kept = tuple(replace(own, type="stored") if own.type == "text" else own for own in columns)
    if kept != source.kept:
        engine.add_stored(_KEPT, sql.typed(source.raw, kept, numbered=False))
    done = [own if own.type == "text" else replace(own, type="stored") for own in columns]
    engine.add_view(TABLE, sql.typed(_KEPT, done))
    return replace(source, columns=tuple(columns), kept=kept)


def count_stored(engine: Engine, name: str, *, table: str = _RAW) -> int:
    """How many different values a column holds as it came; long ids are alike as doubles only."""
    return int(engine.rows(sql.distinct_rows(table, [name]))[0]["rows"])

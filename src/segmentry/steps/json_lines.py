"""Step 1p: a file of JSON lines into the engine, every value as it is written."""

from __future__ import annotations

from pathlib import Path

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.errors import SourceError
from segmentry.steps import encodings, formats, layouts
from segmentry.steps.lines import Lines
from segmentry.steps.reading import Reading
from segmentry.steps.texts import TextRead

__all__ = ["add_json_lines"]


def add_json_lines(name: str, path: Path, engine: DuckDBEngine, reading: Reading) -> TextRead:
    """Read one JSON object a line into a table of text: an id keeps every letter and digit.

    Raises
    ------
    SourceError
        If a line is no object, or a value holds others.
    ColumnError
        If two keys are one name.
    """
    letters = encodings.letters_of(path, told=reading.encoding)
    with encodings.as_utf8(path, letters, folder=engine.folder, marked=False) as readable:
        keys = engine.json_keys(readable)
        names, notes = layouts.titled([key for key, _ in keys])
        formats.check_header(names, path.name)
        nested = next((own for own, (_, kind) in zip(names, keys, strict=True) if kind == "nested"),
                      None)  # fmt: skip
        if nested is not None:
            raise SourceError(
                f"{path.name}: column {nested!r} holds lists or records, not single values.",
                "Leave it out of the file, or spread it over columns.",
                code="R22",
            )
        titles = dict(zip((key for key, _ in keys), names, strict=True))
        engine.add_json_lines(name, readable, titles=titles)
    detail = "JSON lines" if letters.encoding == "utf-8" else f"JSON lines, {letters.encoding}"
    notes = [*([letters.note] if letters.note else []), *notes]
    unnamed = layouts.unnamed_among(names, [key for key, _ in keys])
    lines = Lines(path, letters.encoding, has_header=False)
    return TextRead(detail, tuple(notes), unnamed=unnamed, lines=lines)

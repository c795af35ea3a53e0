"""A small table as text, and what a source is read as."""

from __future__ import annotations

import pytest
from sqlglot import exp

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.sources import TABLE, Source, open_source

SMALL_AND_LARGE = pytest.mark.usefixtures("small_and_large")
TEXT = "id,town,spend\n007,Köln,1.5\n008,Brühl,-2\n009,,1e3\n"
READ = {"id": [7.0, 8.0, 9.0], "town": ["Köln", "Brühl", None], "spend": [1.5, -2.0, 1000.0]}


def columns_of(engine: DuckDBEngine, table: str = TABLE) -> dict[str, list[object]]:
    answer = engine.arrow(exp.select("*").from_(table)).to_pydict()
    return {name: values for name, values in answer.items() if name != "_segmentry_row"}


def read(source: object) -> tuple[Source, dict[str, list[object]]]:
    with DuckDBEngine() as engine:
        found = open_source(source, engine)
        return found, columns_of(engine)


def types_of(source: object) -> dict[str, str]:
    return {column.name: column.type for column in read(source)[0].columns}

"""Columns of codes such as C00123 in large tables: told quickly, and never for another kind."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.reading import Reading
from segmentry.steps.sources import Source, open_source

ROWS = 100_050
BEGUN = 20_000


def opened(later: str | None, **reading: Any) -> Source:
    """A table that begins with codes and goes on with something."""
    codes = [f"C{i:06}" for i in range(BEGUN)]
    rest = [later] * (ROWS - BEGUN) if later != "code" else [f"K-{i}" for i in range(ROWS - BEGUN)]
    with DuckDBEngine() as engine:
        return open_source(pa.table({"code": codes + rest}), engine, Reading(**reading))


def test_codes_to_the_end_are_text_that_can_be_used_as_it_is():
    column = opened("code").column("code")
    assert (column.type, column.clean) == ("text", True)


@pytest.mark.slow
def test_numbers_after_many_codes_are_still_counted_and_told():
    source = opened("5")
    assert source.column("code").type == "text"
    assert source.warnings == (
        f"code was taken for text: {ROWS - BEGUN:,} of its {ROWS:,} values are numbers, the others "
        "are not.",
    )


@pytest.mark.slow
def test_currencies_after_many_codes_are_still_counted_and_told():
    assert "are numbers, the others are not." in opened("EUR 5").warnings[0]


@pytest.mark.slow
def test_missing_cells_after_many_codes_are_still_missing():
    assert not opened("n/a").column("code").clean
    assert not opened(None).column("code").clean


@pytest.mark.slow
def test_a_code_that_is_told_to_mean_missing_is_missing():
    assert opened("code").column("code").clean
    assert not opened("code", missing_token=["K-7"]).column("code").clean

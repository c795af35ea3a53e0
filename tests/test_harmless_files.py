"""B8-76: no cell and no heading of a CSV file is run by a spreadsheet program."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

import segmentry
from runs import HOSTILE_IDS, hostile_table
from segmentry.engines import arrow_files
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.textual import guarded, unguarded

RUNS = set("=+-@\t\r\n\0＝＋－＠")


def cells_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def runs(cell: str) -> bool:
    """Whether a spreadsheet program may take a cell for more than a text or a number."""
    if cell[:1] == "'":
        return False
    try:
        float(cell)
    except ValueError:
        return cell.lstrip(" \"'")[:1] in RUNS and cell.lstrip(" \"'") != ""
    return False


def test_no_cell_and_no_heading_of_a_run_is_a_formula(hostile_run):
    for name in ("customers.csv", "segments.csv"):
        cells = [cell for row in cells_of(hostile_run / name) for cell in row]
        assert not [cell for cell in cells if runs(cell)]
    header, *rows = cells_of(hostile_run / "customers.csv")
    assert header[0] == "'=id"
    assert [unguarded(row[0]) for row in rows[: len(HOSTILE_IDS)]] == list(HOSTILE_IDS)
    assert {"007", "12345678901234567890", "-12.5", "1e5"} <= {row[0] for row in rows}
    assert "'=1+1" in cells_of(hostile_run / "segments.csv")[0]


@pytest.mark.slow
def test_raw_leaves_every_text_as_it_is(tmp_path, command):
    hostile_table().to_csv(tmp_path / "c.csv", index=False)
    words = ("run", "c.csv", "--id", "=id", "--k", "2", "--force", "-o", "out")
    ids = [row[0] for row in cells_of(tmp_path / "c.csv")[1:]]
    assert command(*words).code == 0
    told = [row[0] for row in cells_of(tmp_path / "out/customers.csv")[1:]]
    assert told == [guarded(own) for own in ids] != ids
    assert command(*words, "--raw").code == 0
    assert [row[0] for row in cells_of(tmp_path / "out/customers.csv")[1:]] == ids
    for raw, expected in (((), told), (("--raw",), ids)):
        shown = command("assign", "out/model.json", "c.csv", *raw)
        assert [row[0] for row in csv.reader(io.StringIO(shown.stdout))][1:] == expected


@pytest.mark.slow
def test_ordinary_files_are_the_same_with_and_without(mall, tmp_path):
    with segmentry.segment(mall) as result:
        result.write(tmp_path / "guarded")
        result.write(tmp_path / "raw", raw=True)
    for name in ("customers.csv", "segments.csv"):
        pair = [(tmp_path / folder / name).read_bytes() for folder in ("guarded", "raw")]
        assert pair[0] == pair[1]


@pytest.mark.slow
def test_parquet_holds_texts_as_they_are(tmp_path):
    hostile_table().to_parquet(tmp_path / "c.parquet")
    with segmentry.segment(tmp_path / "c.parquet", id="=id", k=2) as result:
        result.write(tmp_path / "out")
    told = pd.read_parquet(tmp_path / "out/customers.parquet")
    assert told["=id"].tolist()[: len(HOSTILE_IDS)] == list(HOSTILE_IDS)


SMALL = st.text(st.sampled_from("=+-@\t\r\n\0＝－＠'\" 09.,eEa"), max_size=6) | st.text(max_size=6)


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine() as own:
        yield own


@pytest.mark.slow
@given(st.lists(SMALL.filter(lambda own: own == own.encode(errors="replace").decode())))
def test_python_the_engine_and_arrow_guard_alike_and_can_be_undone(engine, tmp_path_factory, texts):
    texts = ["x", *(own for own in texts if own)]
    folder = tmp_path_factory.mktemp("guard")
    table = pa.table({"=n": texts})
    engine._session.connection.register("texts", table)
    query = exp.select(exp.column("=n", quoted=True)).from_("texts")
    engine.write(query, folder / "a.csv", parquet=False, harmless=True)
    batches = table.to_batches()
    arrow_files.write_batches(table.schema, batches, folder / "b.csv", parquet=False, harmless=True)
    expected = [["'=n"], *([guarded(own)] for own in texts)]
    assert cells_of(folder / "a.csv") == cells_of(folder / "b.csv") == expected
    assert [unguarded(guarded(own)) for own in texts] == texts
    assert not [own for own in texts if runs(guarded(own))]

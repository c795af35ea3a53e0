"""A row that is refused is named by its line in the file, where people look it up."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import assert_two_lines, explored
from segmentry import sql
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.lines import Lines

pytestmark = pytest.mark.slow

N = 40
PEOPLE = [f"C{i},{20 + i % 40},{1000 + i * 7 % 900}" for i in range(N)]


def table(*rows: str, above: str = "", header: str = "id,age,income") -> str:
    return above + "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    ("above", "between", "lines"),
    [("", "", (5, 42)), ("Export\n\n", "", (7, 44)), ("", "\n\n", (5, 44)), ("", ",,\n", (5, 43))],
    ids=["plain", "below a title", "blank lines", "separators only"],
)
def test_ids_that_contradict_each_other_are_found_by_their_lines(
    command, write, above, between, lines
):
    text = table(*PEOPLE, above=above) + between + "C3,99,1\n"
    write("t.csv", text)
    where = "lines {} and {}".format(*lines)
    assert text.splitlines()[lines[1] - 1] == "C3,99,1"
    assert_two_lines(command("run", "t.csv"), "R27", f"1 id in id appears in several rows that "
                     f"differ (first in {where})")  # fmt: skip


def test_cells_of_several_lines_and_rows_set_aside_count_as_lines(command, write):
    rows = [f'{row},"two\nlines"' for row in PEOPLE]
    rows[10] += ",more"
    write("t.csv", table(*rows, "D1,30,1e200,x", header="id,age,income,note"))
    ended = command("run", "t.csv", "--skip-bad-lines")
    assert_two_lines(ended, "R35", f"beyond 1e100 in line {2 * N + 2}")


def test_words_among_numbers_are_found_in_other_letters_too(command, write):
    rows = [f"{i};{20 + i};{i * 7 % 90}" for i in range(N)]
    rows[6] = "6;26;später"
    write("t.csv", table(*rows, header="nr;größe;wert").encode("cp1252"))
    (told,) = [own for own in explored(command, "t.csv")["warnings"] if "no number" in own]
    assert told == "wert: 1 value is no number and counts as missing (line 8)."


def test_where_rows_were_left_out_numbers_of_the_others_are_not_given(command, write):
    write("t.csv", table(*PEOPLE, ",30,5", "D1,30,1e200"))
    assert_two_lines(command("run", "t.csv"), "R35", "beyond 1e100 in 1 row.")


def test_rows_of_nothing_but_separators_are_no_customers(command, write):
    rows = [row.partition(",")[2] for row in PEOPLE]
    rows[10:10] = [",", " , "]
    write("t.csv", table(*rows, header="age,income"))
    found = explored(command, "t.csv")
    assert (found["rows"], found["rejected"]) == (N, 2)
    assert "t.csv: 2 rows left out, nothing but separators (lines 12 and 13)." in found["warnings"]


def test_rows_of_nothing_but_separators_are_found_among_a_thousand_columns():
    names = [f"c{i}" for i in range(1000)]
    rows = [("1" if name == "c7" else None, " \t") for name in names]
    cells = {name: pa.array(cells, pa.string()) for name, cells in zip(names, rows, strict=True)}
    with DuckDBEngine() as engine:
        engine.add_arrow("wide", pa.table(cells))
        (found,) = engine.rows(sql.blank_rows("wide", names, texts=names))
    assert found["rows"] == 1


def test_a_single_column_may_have_gaps(command, write):
    write("t.csv", "spend\n" + "".join(f"{i * 7 % 90}\n" for i in range(N)) + '""\n5\n')
    found = explored(command, "t.csv")
    assert (found["rows"], found["rejected"]) == (N + 2, 0)


cells = st.text(st.sampled_from('ab",;\n\r é'), max_size=6)


@given(
    st.lists(st.tuples(cells, st.integers(0, 2)), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(0, 3),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_every_row_is_found_where_it_was_written(rows, end, above, encoding):
    text, expected = end * above + "id,note" + end, []
    for i, (cell, blank) in enumerate(rows):
        text += end * blank
        before = text.replace("\r\n", "\n").replace("\r", "\n")
        expected.append(before.count("\n") + 1)
        text += f'{i},"{cell.replace(chr(34), chr(34) * 2)}"{end}'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.encode(encoding))
        found = Lines(path, encoding, above).of(range(1, len(rows) + 1))
    assert found == expected

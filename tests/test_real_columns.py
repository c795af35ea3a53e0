"""Names, ids and private data of real customer files: found out, or asked about, by the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import assert_two_lines, explored, summary_of
from refusals import refusal

N = 40
HEADER = "customer_id,visits,basket,town\n"
LINES = [f"K{i:03},{i % 7},{3 * (i % 5) + 0.5},Köln{i % 3}\n" for i in range(1, N + 1)]
PLAIN = HEADER + "".join(LINES)


# ---------------------------------------------------------------- one row a customer


def test_identical_rows_of_one_customer_are_one_and_counted(command, write):
    write("t.csv", PLAIN + LINES[0] + LINES[4] + LINES[4])
    found = summary_of(command, "t.csv")
    assert (found["rows"]["repeated"], found["rows"]["used"]) == (3, N)
    assert "customer_id: 3 rows that repeat another one exactly were left out." in found["warnings"]
    assert found["roles"]["id"] == "customer_id"
    ids = [line.split(",")[0] for line in Path("out/customers.csv").read_text().splitlines()[1:]]
    assert ids == [line.split(",")[0] for line in LINES]


CONTRADICTIONS = PLAIN + "K001,6,1.5,Bonn\nK002,5,2,Bonn\nK002,5,9,Bonn\n"


def test_rows_that_contradict_each_other_are_refused_with_the_choices(command, write):
    write("t.csv", CONTRADICTIONS)
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R27", "2 ids in customer_id", "rows 1 and 41", "--duplicates first")
    assert "K00" not in ended.stderr


@pytest.mark.slow
def test_the_first_row_of_each_customer_or_every_row_can_be_kept(command, write):
    write("t.csv", CONTRADICTIONS)
    first = summary_of(command, "t.csv", "--duplicates", "first")
    assert (first["rows"]["repeated"], first["rows"]["used"]) == (3, N)
    assert "--duplicates first" in Path("out/report.html").read_text()
    every = summary_of(command, "t.csv", "--duplicates", "keep")
    assert (every["rows"]["repeated"], every["rows"]["used"]) == (0, N + 3)


@pytest.mark.slow
@pytest.mark.usefixtures("small_and_large")
def test_rows_without_an_id_are_left_out_and_counted(command, write):
    write("t.csv", PLAIN + ",6,1.5,Bonn\n?,5,2,Bonn\n")
    found = summary_of(command, "t.csv")
    assert (found["rows"]["without_id"], found["rows"]["used"]) == (2, N)


def test_a_table_in_which_most_have_no_id_is_refused(command, write):
    write("t.csv", "customer_id,a,b\n" + "".join(
        f"{i if i % 3 == 0 else ''},{i % 7},{i % 5}\n" for i in range(1, N + 1)
    ))  # fmt: skip
    ended = command("run", "t.csv", "--id", "customer_id")
    assert_two_lines(ended, "R28", "27 of 40 rows have no customer_id")


def test_a_table_of_orders_is_told(command, write):
    write("t.csv", "customer_id,date,amount\n" + "".join(
        f"{i % 9},2024-01-{i % 28 + 1:02},{1.5 * i}\n" for i in range(90)
    ))  # fmt: skip
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R29", "looks like a table of orders", "--rfm", "segmentry rfm")


@pytest.mark.slow
def test_a_table_without_an_id_numbers_its_rows(command, write):
    write("t.csv", PLAIN.replace("customer_id", "town code").replace("K0", "4"))
    found = summary_of(command, "t.csv")
    assert found["roles"]["id"] is None
    assert Path("out/customers.csv").read_text().startswith("row_number,")


def test_an_answer_about_duplicates_that_is_none_is_told(write):
    assert refusal(write("t.csv", PLAIN), duplicates="some").code == "R00"


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("a,b,a,c", 'columns 1 and 3 are both "a"'),
        ("Age,b,age,c", 'columns 1 and 3 are "Age" and "age"'),
        ("a,b, a ,c", "columns 1 and 3 are"),
    ],
)
def test_two_columns_of_one_name_are_told_with_their_places(command, write, header, said):
    write("t.csv", PLAIN.replace(HEADER, header + "\n"))
    assert_two_lines(command("explore", "t.csv"), "R23", said)


def test_a_column_that_is_not_there_is_told_with_the_nearest(command, write):
    write("t.csv", PLAIN)
    assert_two_lines(command("explore", "t.csv", "--id", " Customer_ID"), "R25", "'customer_id'")
    assert_two_lines(command("explore", "t.csv", "--features", "vists"), "R25", "'visits'")


def test_columns_without_a_name_are_named_by_place_and_empty_ones_ignored(command, write):
    write("t.csv", "id,visits,,\n" + "".join(f"{i},{i % 7},{i % 5},\n" for i in range(100, 140)))
    columns = explored(command, "t.csv")["columns"]
    assert [own["column"] for own in columns] == ["id", "visits", "column_3", "column_4"]
    assert columns[3]["reason"] == "empty"

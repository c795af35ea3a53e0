"""Names, ids and private data of real customer files: found out, or asked about, by the command."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import segmentry
from commands import assert_two_lines, explored, summary_of
from refusals import refusal

N = 40
HEADER = "customer_id,visits,basket,town\n"
LINES = [f"K{i:03},{i % 7},{3 * (i % 5) + 0.5},Köln{i % 3}\n" for i in range(1, N + 1)]
PLAIN = HEADER + "".join(LINES)


# ---------------------------------------------------------------- one row a customer


@pytest.mark.slow
def test_identical_rows_of_one_customer_are_one_and_counted(command, write):
    write("t.csv", PLAIN + LINES[0] + LINES[4] + LINES[4])
    found = summary_of(command, "t.csv")
    assert (found["rows"]["repeated"], found["rows"]["used"]) == (3, N)
    assert "customer_id: 3 rows that repeat another one exactly were left out." in found["warnings"]
    assert found["roles"]["id"] == "customer_id"
    ids = [line.split(",")[0] for line in Path("out/customers.csv").read_text().splitlines()[1:]]
    assert ids == [line.split(",")[0] for line in LINES]


CONTRADICTIONS = PLAIN + "K001,6,1.5,Bonn\nK002,5,2,Bonn\nK002,5,9,Bonn\n"


@pytest.mark.slow
def test_rows_that_contradict_each_other_are_refused_with_the_choices(command, write):
    write("t.csv", CONTRADICTIONS)
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R27", "2 ids in customer_id", "lines 2 and 42", "--duplicates first")
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


@pytest.mark.slow
def test_a_table_in_which_most_have_no_id_is_refused(command, write):
    write("t.csv", "customer_id,a,b\n" + "".join(
        f"{i if i % 3 == 0 else ''},{i % 7},{i % 5}\n" for i in range(1, N + 1)
    ))  # fmt: skip
    ended = command("run", "t.csv", "--id", "customer_id")
    assert_two_lines(ended, "R28", "27 of 40 rows have no customer_id")


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_column_that_is_not_there_is_told_with_the_nearest(command, write):
    write("t.csv", PLAIN)
    assert_two_lines(command("explore", "t.csv", "--id", " Customer_ID"), "R25", "'customer_id'")
    assert_two_lines(command("explore", "t.csv", "--features", "vists"), "R25", "'visits'")


@pytest.mark.slow
def test_a_column_without_a_name_is_named_by_its_place_and_told(command, write):
    header = ",".join(["id", "visits", *[f"n{i}" for i in range(9)], "", "town"])
    rows = "".join(f"{1000 + 3 * i},{i % 7}{',1' * 9},{i % 5},Bonn\n" for i in range(N))
    write("t.csv", f"{header}\n{rows}")
    found = explored(command, "t.csv")
    assert "t.csv: 1 column has no name and is called column_12." in found["warnings"]
    assert found["columns"][11]["role"] == "feature"


@pytest.mark.slow
def test_columns_without_name_and_values_are_left_out_with_one_warning(command, write):
    rows = [f"{1000 + 3 * i},{i % 7},{' ' if i % 2 else ''},{i % 5},,?,\n" for i in range(N)]
    write("t.csv", "id,visits,,basket, ,,note\n" + "".join(rows))
    found = explored(command, "t.csv")
    assert [own["column"] for own in found["columns"]] == ["id", "visits", "basket", "note"]
    assert found["columns"][3]["reason"] == "empty"
    assert [own for own in found["warnings"] if "column" in own] == [
        "t.csv: 3 columns have no name and no values and were left out.", "1 column is empty: note."
    ]  # fmt: skip
    assert [own["column"] for own in found["columns"] if own["role"] == "feature"] == [
        "visits", "basket"
    ]  # fmt: skip


# ---------------------------------------------------------------- tables in memory


def customers_table(*more: tuple[str | None, int, float]) -> dict[str, list[Any]]:
    rows = [(f"K{i:03}", i % 7, 3 * (i % 5) + 0.5) for i in range(1, N + 1)]
    columns = zip(*rows, *more, strict=True)
    return dict(zip(("customer_id", "visits", "basket"), map(list, columns), strict=True))


MAKERS = pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.DataFrame, pa.table], ids="pd pl pa".split()
)


@pytest.mark.slow
@MAKERS
def test_a_table_in_memory_with_repeated_ids_is_refused_with_the_choices(make):
    error = refusal(make(customers_table(("K001", 6, 1.5), ("K002", 5, 9.0))))
    assert (error.code, "2 ids in customer_id appear" in error.what) == ("R27", True)
    assert "duplicates='first'" in error.fix
    assert "K00" not in str(error)


@pytest.mark.slow
@MAKERS
def test_identical_rows_and_rows_without_id_of_a_table_in_memory_are_left_out(make):
    table = customers_table(("K003", 3, 9.5), (None, 1, 1.0), ("K001", 1, 3.5))
    with segmentry.segment(make(table), k=2) as result:
        rows = result.summary["rows"]
        ids = list(pa.table(result.assign())["customer_id"].to_pylist())
    assert (rows["repeated"], rows["without_id"], rows["used"]) == (2, 1, N)
    assert ids == table["customer_id"][:N]


@pytest.mark.slow
def test_the_rows_that_are_left_of_a_pandas_table_keep_their_labels():
    table = pd.DataFrame(customers_table(("K000", 6, 1.5)))
    table = pd.concat([table.iloc[[4]], table]).set_axis([f"row {i}" for i in range(N + 2)])
    with segmentry.segment(table, k=2) as result:
        found = result.assign()
    assert found.index.tolist() == [f"row {i}" for i in range(N + 2) if i != 5]
    assert (table.loc[found.index, "customer_id"] == found["customer_id"]).all()


def test_a_table_of_orders_in_memory_is_told():
    days = [datetime.date(2024, 1, 1 + i % 28) for i in range(90)]
    orders = {"customer_id": [i % 9 for i in range(90)], "date": days, "amount": [*range(90)]}
    error = refusal(pd.DataFrame(orders))
    assert (error.code, "looks like a table of orders" in error.what) == ("R29", True)
    assert "rfm=True" in error.fix


# ---------------------------------------------------------------- ids are as they are written


LONG = 1_234_567_890_123_456_789
ABOUT_IDS = ("share an id", "shares an id", "repeat", "no id", "no number")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "decimal"])
def test_long_ids_are_different_though_they_are_alike_as_doubles(command, tmp_path, kind):
    ids = pa.array([LONG + i for i in range(N)], pa.uint64())
    table = pa.table({"id": ids, "a": [i % 7 for i in range(N)], "b": [i % 5 for i in range(N)]})
    path = tmp_path / f"t.{kind}"
    if kind == "decimal":
        table = table.set_column(0, "id", ids.cast(pa.decimal128(20, 0)))
    if kind in ("parquet", "decimal"):
        pq.write_table(table, path)
    elif kind == "csv":
        table.to_pandas().to_csv(path, index=False)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    found = explored(command, path.name)
    assert (found["columns"][0]["role"], found["columns"][0]["distinct"]) == ("id", N)
    assert not any(word in own for own in found["warnings"] for word in ABOUT_IDS), found


@pytest.mark.slow
def test_an_id_that_is_a_word_is_one_as_the_numbers_are(command, write):
    rows = "".join(f"{'Walk-in' if i == 7 else 1000 + 3 * i},{i % 7},{i % 5}\n" for i in range(N))
    write("t.csv", "id,visits,basket\n" + rows)
    found = explored(command, "t.csv")
    assert (found["columns"][0]["missing"], found["columns"][0]["distinct"]) == (0, N)
    assert not any(word in own for own in found["warnings"] for word in ABOUT_IDS), found


@pytest.mark.slow
def test_ids_that_differ_in_zeros_and_spaces_are_no_repeats(command, write):
    ids = ["3", "03", " 3", *(str(1000 + 3 * i) for i in range(N))]
    write("t.csv", "id,visits,basket\n" + "".join(f'"{own}",1,2\n' for own in ids[:3])
          + "".join(f"{own},{i % 7},{i % 5}\n" for i, own in enumerate(ids[3:])))  # fmt: skip
    found = explored(command, "t.csv")
    assert not any(word in own for own in found["warnings"] for word in ABOUT_IDS), found


@pytest.mark.slow
def test_one_of_something_is_told_in_the_singular(command, write):
    write("t.csv", PLAIN + LINES[0] + ",6,1.5,Bonn\n")
    told = " ".join(explored(command, "t.csv")["warnings"])
    assert "1 row repeats another one exactly." in told
    assert "1 row shares an id with an earlier row." in told
    assert "1 of 42 rows has no id." in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("parquet", "spend: 2 values are infinite or NaN and count as missing."),
        ("jsonl", "spend: 1 value is no number and counts as missing (line 4)."),  # NaN is a token
    ],
)
def test_infinity_that_came_as_a_number_is_told(command, tmp_path, kind, said):
    values = [float("inf") if i == 3 else float("nan") if i == 4 else 1.5 * i for i in range(N)]
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table({"spend": values, "visits": [i % 7 for i in range(N)]}), path)
    else:
        words = {3: "Infinity", 4: "NaN"}
        path.write_text("".join(
            f'{{"spend": {words.get(i, own)}, "visits": {i % 7}}}\n' for i, own in enumerate(values)
        ))  # fmt: skip
    told = explored(command, path.name)["warnings"]
    assert said in told


def test_a_number_too_large_is_told_by_explore_as_a_run_refuses_it(command, tmp_path):
    values = [1e308 if i == 3 else 1.5 * i for i in range(N)]
    pq.write_table(pa.table({"spend": values, "visits": list(range(N))}), tmp_path / "t.parquet")
    told = " ".join(explored(command, "t.parquet")["warnings"])
    assert "Feature 'spend' holds a number beyond 1e100 in row 4. A run refuses it" in told


# ---------------------------------------------------------------- what should not be there


@pytest.mark.slow
@pytest.mark.parametrize("name", ["card", "Card number", "note"])
def test_numbers_of_payment_cards_are_warned_of_strongly(command, write, name):
    cards = ["4111111111111111", "5500005555555559", "378282246310005"]
    rows = [f"{1000 + 3 * i},{cards[i % 3]},{i % 7},{i % 5}\n" for i in range(N)]
    write("t.csv", f"id,{name},visits,basket\n" + "".join(rows))
    found = explored(command, "t.csv")
    assert found["columns"][1]["role"] == "contact"
    assert f"{name} holds numbers of payment cards: take that column out of the file" in " ".join(
        found["warnings"]
    )


@pytest.mark.slow
def test_near_copies_are_told_before_anything_is_clustered(command, write):
    rows = [
        f"{1000 + 3 * i},{i * i % 97},{(i * i % 97) * 1.19:.2f},{-(i * i % 97) if i % 4 else ''},"
        f"{i * 7 % 31}\n"
        for i in range(N)
    ]
    write("t.csv", "id,net,gross,refund,visits\n" + "".join(rows))
    told = [own for own in explored(command, "t.csv")["warnings"] if "repeat each other" in own]
    assert told == [
        "net, gross and refund nearly repeat each other and count 3 times: keep only one of them "
        "with --features."
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("features", "copies"), [(["net"], False), (["net", "gross"], True)])
def test_levels_to_cluster_on_are_explored_beside_numbers(features, copies):
    rows = [(i * i % 97, 2 * (i * i % 97), "ab"[i % 2]) for i in range(N)]
    table = pd.DataFrame(rows, columns=["net", "gross", "kind"])
    found = segmentry.explore(table, features=features, categorical=["kind"])
    assert found.roles.features == (*features, "kind")
    told = " ".join(found.warnings)
    assert ("net and gross nearly repeat each other" in told) == copies
    assert "kind nearly" not in told

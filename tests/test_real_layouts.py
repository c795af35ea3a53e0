"""Separators, headers and footers of real exports: read right without an option, or asked about.

Each file is made here and goes through the command.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import assert_two_lines, explored, summary_of
from segmentry.errors import SourceError
from segmentry.steps.layouts import layout_of

N = 40


def names_of(found: dict) -> list[str]:
    return [own["column"] for own in found["columns"]]


def amount(i: int, step: int) -> str:
    """An amount with a decimal comma; no two alike."""
    return f"{i * step % 97 + 3},{(i * 7 + step) % 90 + 10}"


# ---------------------------------------------------------------- separators

GERMAN = {
    "amounts": ("umsatz;marge;retouren", lambda i: [amount(i, own) for own in (31, 17, 5)]),
    "addresses": (
        "Kundennr;Name;Adresse;Umsatz;Marge",
        lambda i: [f"{1000 + i}", f"Kunde, {i}", f"Weg {i}, 10115 Berlin, DE", amount(i, 31),
                   amount(i, 7)],
    ),
    "commas in names": (
        "id;umsatz, netto;b, c", lambda i: [f"{i}", amount(i, 31), amount(i, 7)]
    ),
    "one comma a row": ("id;umsatz;stadt", lambda i: [f"{i}", amount(i, 31), "Ulm"]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", sorted(GERMAN))
@pytest.mark.parametrize("above", ["", "Export der Kunden\n", "Export;;\n;;\n"])
def test_a_semicolon_separates_where_commas_are_decimal_or_in_addresses(
    command, write, case, above
):
    header, row = GERMAN[case]
    write("t.csv", above + header + "\n" + "".join(";".join(row(i)) + "\n" for i in range(N)))
    found = explored(command, "t.csv")
    assert names_of(found) == header.split(";")
    assert (found["rows"], found["source"]["read_as"]) == (N, "UTF-8, separated by semicolon")


@pytest.mark.slow
def test_no_customer_of_a_large_german_file_becomes_a_name_of_a_column(command, write):
    header, row = GERMAN["addresses"]
    text = "".join(";".join(row(i)) + "\n" for i in range(300_000))
    write("t.csv", f"{header}\n{text}")
    found = explored(command, "t.csv")
    assert (names_of(found), found["rows"]) == (header.split(";"), 300_000)


@pytest.mark.slow
def test_a_single_column_of_decimal_commas_is_no_two_columns(command, write):
    write("t.csv", "spend\n" + "".join(f"{i},5\n" for i in range(N)))
    found = explored(command, "t.csv")
    assert (names_of(found), found["columns"][0]["mean"]) == (["spend"], 20.0)


def test_two_separators_that_fit_alike_are_shown_with_both_readings(command, write):
    write("t.csv", "id;a,b;c\n" + "".join(f"{i};{i % 3},{i % 5};{i % 7}\n" for i in range(N)))
    ended = command("explore", "t.csv")
    assert_two_lines(ended, "R10", "--sep ';' (3 columns)", "--sep ',' (2 columns)")


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["~", "\x01"])
def test_a_rare_separator_is_found(command, write, mark):
    text = "id,a,b\n" + "".join(f"{i},{i % 7},{i % 5}\n" for i in range(N))
    write("t.csv", text.replace(",", mark))
    assert names_of(explored(command, "t.csv")) == ["id", "a", "b"]


@pytest.mark.slow
def test_a_colon_is_asked_about(command, write):
    write("t.csv", "id:a:b\n" + "".join(f"{i}:{i % 7}:{i % 5}\n" for i in range(N)))
    assert_two_lines(command("run", "t.csv"), "R10", "may be separated by colons", "--sep ':'")
    assert names_of(explored(command, "t.csv", "--sep", ":")) == ["id", "a", "b"]


@pytest.mark.slow
def test_excels_line_about_another_separator_is_told_and_not_obeyed(command, write):
    write("t.csv", "sep=;\nid,a,b\n" + "".join(f"{i},{i % 7},{i % 5}\n" for i in range(N)))
    found = explored(command, "t.csv")
    assert names_of(found) == ["id", "a", "b"]
    assert "its first line says semicolon, its rows say comma" in found["warnings"][0]


PIECES = st.sampled_from(
    ["12,50", "1.234,00", "0,5", "Weg 1, 10115 Ulm", "Ann, B", "x", "7", "a|b", "c ^ d", "10:30"]
)


@st.composite
def unquoted_tables(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """A table without quotes, in any dialect whose separator is in no cell."""
    width = draw(st.integers(2, 5))
    mark = draw(st.sampled_from(["\t", ";", "|", "^", ","]))
    pieces = PIECES.filter(lambda own: mark not in own)
    same = draw(st.lists(pieces, min_size=width, max_size=width))
    words = ["id", "umsatz, netto", "Ort", "betrag", "c d"]
    header = [own.replace(mark, "") for own in words[:width]]
    rows = [
        [own if draw(st.booleans()) else draw(pieces) for own in same]
        for _ in range(draw(st.integers(3, 12)))
    ]
    return mark, [header, *rows]


@pytest.mark.slow
@settings(max_examples=300)
@given(unquoted_tables(), st.sampled_from(["", "Kunden 2024\n", "Export, alle\n\n"]))
def test_the_layout_of_an_unquoted_table_is_found_or_asked_about(tmp_path_factory, table, above):
    mark, rows = table
    path = tmp_path_factory.getbasetemp() / "unquoted.csv"
    path.write_text(above.replace(mark, " of") + "".join(mark.join(own) + "\n" for own in rows))
    with suppress(SourceError):
        found = layout_of(path, path.name)
        assert (found.separator, list(found.header)) == (mark, rows[0])
        assert (found.footers, found.wrapping) == (0, "")


# ---------------------------------------------------------------- headers

HEADER = "cust_id,town,visits,revenue\n"
ROWS = "".join(f"{i:03},Ort{i % 4},{i * 7 % 50 + 1},{i * 37 % 900}.25\n" for i in range(1, N + 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Export,2024-01-01,,\nFilter: all,,,\n\n", 4),
        ("Report,Customers,,\n", 2),
        ("Report,Customers\nFrom,2024-01-01\nTo,2024-12-31\nUser,all\n", 5),
        ("# exported on 2024, by the shop\n# second, line, of three\n", 3),
    ],
    ids=["padded", "one padded", "not padded", "comments"],
)
def test_titles_of_several_cells_are_left_out_and_told(command, write, above, line):
    write("t.csv", above + HEADER + ROWS)
    found = explored(command, "t.csv")
    assert names_of(found) == HEADER.strip().split(",")
    assert (found["rows"], f"the header is in line {line}" in found["warnings"][0]) == (N, True)


@pytest.mark.slow
@pytest.mark.parametrize("above", ["Report,Customers,2024,\n", "From,2024-01-01,to\n"])
def test_a_title_that_may_be_the_header_is_asked_about_with_the_line_to_say(command, write, above):
    write("t.csv", above + HEADER + ROWS)
    said = "the header looks to be in line 2 (line 1 has 3 filled cells of 4)"
    assert_two_lines(command("run", "t.csv"), "R12", said, "Say --header-row 2")
    assert names_of(explored(command, "t.csv", "--header-row", "2"))[0] == "cust_id"


def test_a_second_header_row_is_told_with_its_line(command, write):
    write("t.csv", "\n" + HEADER + "(text),(text),(n),(EUR)\n" + ROWS)
    assert_two_lines(command("run", "t.csv"), "R12", "line 3, below the header", "--header-row 3")


@pytest.mark.parametrize(
    "row",
    [
        lambda i: f"C{i},a{i}@x.org,+49 170 55{i:04},{i % 7}",
        lambda i: f"Ann{i},Ulm,{i % 7}",
        lambda i: f"C{i};{i % 7},5 €;{i % 5} €",
        lambda i: f"C{i},{i % 9 if i else ''},{i % 7 + 5},Ulm",
        lambda i: f"C{i},2024-01-{i % 28 + 1:02},{i % 7},{i % 5}",
        lambda i: f"{'ABCDEFG'[i % 7]}na,{'Ulm' if i % 3 else 'Bonn'},{'x' if i % 4 else 'y'}",
    ],
    ids=["contact", "one number", "currency", "a blank", "dates", "words"],
)
def test_a_first_customer_is_no_header_and_none_of_it_is_shown(command, write, row):
    write("t.csv", "".join(row(i) + "\n" for i in range(N)))
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R12", "it has no header", "--header-row 1")
    assert not any(cell in ended.stderr for cell in ("C0", "a0@", "Ann0", "2024", "Bonn", "+49"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "header",
    ["shop,2024,Q1,C1", "id,0-18,19-30,x", "S,30 days,60 days,90 days", ",id,a,b", "Ulm,a,b,c"],
)
def test_names_that_look_like_cells_are_names(command, write, header):
    write("t.csv", header + "\n" + "".join(f"S{i},{i},{i % 7},{i % 5}\n" for i in range(N)))
    assert explored(command, "t.csv")["rows"] == N


@pytest.mark.parametrize("command_name", ["explore", "run"])
def test_a_line_of_the_header_beyond_the_end_is_told(command, write, command_name):
    write("t.csv", HEADER + ROWS)
    ended = command(command_name, "t.csv", "--header-row", "999")
    assert_two_lines(ended, "R12", "has nothing from line 999 on", "the file has 41")


# ---------------------------------------------------------------- footers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("below", "rejected"),
    [
        ("Source: CRM export,,,\n", 1),
        ("Source: CRM export\n", 1),
        ("(40 rows affected)\n", 1),
        (",,,\nReport generated 2024-01-01,,,\n", 2),
        ("Total (40 customers),,1080,18000\n", 1),
        ("40 customers,Total,1080,18000\n", 1),
        ("Subtotal,,200,3000\nTotal,,1080,18000\n", 2),
        ("Zwischensumme,,200,3000\n", 1),
        ("Average,,27,450\n", 1),
    ],
)
def test_totals_and_notes_are_no_customers_however_they_are_written(
    command, write, below, rejected
):
    write("t.csv", HEADER + ROWS + below)
    found = explored(command, "t.csv")
    assert (found["rows"], found["rejected"]) == (N, rejected)


@pytest.mark.slow
@pytest.mark.parametrize(
    "row",
    ["Total Energies,Ulm,3,50\n", "Max,Ulm,3,50\n", "Ann Smith,,,\n", "Sum Ying,Total,3,50\n"],
)
def test_a_last_customer_with_a_telling_name_is_one(command, write, row):
    rows = "".join(f"{'ABCDEFGH'[i % 8]}nn Smith{'x' * i},Ulm,{i % 7},{i}\n" for i in range(N))
    write("t.csv", HEADER.replace("cust_id", "company") + rows + row)
    found = explored(command, "t.csv")
    assert (found["rows"], found["rejected"]) == (N + 1, 0)


@pytest.mark.slow
@pytest.mark.parametrize("tail", ["", ";", ";;;"])
@pytest.mark.parametrize("header", ['"id,town,a"', "id,town,a"])
@pytest.mark.parametrize("total", ["", '"Total,,87"'])
def test_rows_quoted_as_a_whole_may_have_a_bare_header_a_tail_and_a_total(
    command, write, tail, header, total
):
    lines = [header, *(f'"{i},""Ort, {i % 3}"",{i % 5}"' for i in range(N)), *filter(None, [total])]
    write("t.csv", "".join(f"{own}{tail}\n" for own in lines))
    found = explored(command, "t.csv")
    assert names_of(found) == ["id", "town", "a"]
    assert (found["rows"], found["rejected"]) == (N, bool(total))


@pytest.mark.slow
def test_a_single_quoted_column_with_commas_in_it_is_no_table_in_quotes(command, write):
    write("t.csv", '"spend"\n' + "".join(f'"{i},5"\n' for i in range(N)))
    assert names_of(explored(command, "t.csv")) == ["spend"]


@pytest.mark.slow
def test_titles_and_totals_of_a_run_are_set_aside_and_rows_add_up(command, write):
    text = io.StringIO()
    csv.writer(text).writerows([["Export", "", "", ""], [""] * 4])
    write("t.csv", text.getvalue() + HEADER + ROWS + "Total,,1,2\n,,,\n* net,,,\n")
    rows = summary_of(command, "t.csv")["rows"]
    assert (rows["used"], rows["rejected"]) == (N, 3)
    assert "* net" in (Path("out") / "rejects.csv").read_text()


@pytest.mark.parametrize("good", [0, 10])
def test_lines_are_not_set_aside_where_most_are_bad(command, write, good):
    text = "".join(f"{i},{i % 7}\n" for i in range(good))
    write("t.csv", "id,a\n" + text + "".join(f"{i},{i % 7},{i % 5}\n" for i in range(100, 130)))
    ended = command("run", "t.csv", "--skip-bad-lines")
    assert_two_lines(ended, "R13", "30 rows do not fit the header's 2 fields", "--header-row")


def test_a_sheet_of_a_text_file_is_no_sheet(command, write):
    write("t.csv", HEADER + ROWS)
    assert_two_lines(command("run", "t.csv", "--sheet", "x"), "R21", "which has no sheets")

"""Customer files as other systems and spreadsheets write them: read right, or refused.

Each is made here and goes through the command; rows read, rejected and used add up.
"""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

import segmentry
from commands import assert_two_lines, explored, summary_of
from refusals import refusal
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.alphabets import encoding_by_letters
from segmentry.steps.reading import Reading
from segmentry.steps.sources import open_source
from tables import columns_of

N = 40
TOWNS = ("Köln", "Brühl", "Ahrweiler")
HEADER = "id,visits,basket,town\n"
LINES = [f"{i:03},{i % 7},{3 * (i % 5) + 0.5},{TOWNS[i % 3]}\n" for i in range(1, N + 1)]
PLAIN = HEADER + "".join(LINES)
SMALL_AND_LARGE = pytest.mark.usefixtures("small_and_large")


# ---------------------------------------------------------------- letters


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "towns"),
    [
        ("cp932", ("東京都新宿区", "大阪府大阪市", "神奈川県横浜市")),
        ("gbk", ("北京市朝阳区", "上海市浦东新区", "广州市天河区")),
        ("big5", ("台北市信義區", "高雄市左營區", "臺中市西屯區")),
        ("euc_kr", ("서울특별시 강남구", "부산광역시 해운대구", "대구광역시")),
        ("cp1251", ("Москва", "Казань", "Санкт-Петербург")),
        ("koi8_r", ("Москва", "Казань", "Санкт-Петербург")),
        ("cp1253", ("Αθήνα", "Θεσσαλονίκη", "Πάτρα")),
        ("cp1252", ("Köln", "São Paulo", "Málaga")),
        ("cp1250", ("Łódź", "Kraków", "Białystok")),
        ("iso8859_2", ("Świdnica", "Kraków", "Łódź")),
        ("cp1250", ("Plzeň", "Kroměříž", "Ústí")),
        ("cp1250", ("Győr", "Székesfehérvár", "Pécs")),
        ("cp850", ("Köln", "Düsseldorf", "Gießen")),
        ("cp850", ("Besançon", "Orléans", "Saint-Étienne")),
        ("cp1254", ("Muğla", "Kırklareli", "Gümüşhane")),
        ("mac_roman", ("Köln", "Düsseldorf", "Málaga")),
    ],
)
def test_text_in_another_encoding_is_read_right_and_told(command, write, encoding, towns):
    text = PLAIN
    for old, new in zip(TOWNS, towns, strict=True):
        text = text.replace(old, new)
    path = write("t.csv", text.encode(encoding))
    found = explored(command, "t.csv")
    assert found["rows"] == N
    assert "is not UTF-8 and was read as" in found["warnings"][0]
    assert set(columns_of(path)["town"]) == set(towns)


@pytest.mark.slow
def test_what_may_be_two_encodings_is_asked_about_with_the_likely_ones(command, write):
    write("t.csv", PLAIN.replace("Köln", "КАЗАНЬ").replace("Brühl", "МОСКВА").encode("cp1251"))
    ended = command("explore", "t.csv")
    assert_two_lines(ended, "R09", "cp1251 (Cyrillic: АВЗК", "--encoding")
    assert explored(command, "t.csv", "--encoding", "cp1251")["rows"] == N
    assert set(columns_of(Path("t.csv"), encoding="cp1251")["town"]) == {
        "КАЗАНЬ",
        "МОСКВА",
        "Ahrweiler",
    }


@pytest.mark.parametrize(
    ("encoding", "towns", "letters"),
    [
        ("cp1254", ("Eskişehir", "Diyarbakır", "Muğla"), "cp1254 (Turkish: ğış)"),
        ("cp1255", ("חיפה", "ירושלים", "חולון"), "cp1255 (Hebrew: הוחילםןפרש)"),
    ],
)
def test_letters_of_the_likely_encodings_are_shown_but_no_words(
    command, write, encoding, towns, letters
):
    text = PLAIN
    for old, new in zip(TOWNS, towns, strict=True):
        text = text.replace(old, new)
    write("t.csv", text.encode(encoding))
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R09", letters)
    assert not any(town in ended.stderr for town in towns)


def test_lines_of_another_encoding_among_utf_8_are_told(command, write):
    lines = [f"{i},{i % 7},{i % 5},Москва\n" for i in range(N)]
    content = b"".join(own.encode("utf-8" if i % 3 else "cp1251") for i, own in enumerate(lines))
    write("t.csv", HEADER.encode() + content)
    assert_two_lines(command("run", "t.csv"), "R09", "mixes two encodings", "cp1251")


def test_few_lines_in_utf_8_among_western_ones_are_read_right(command, write):
    lines = [own.encode("utf-8" if i % 5 == 0 else "cp1252") for i, own in enumerate(LINES)]
    path = write("t.csv", HEADER.encode() + b"".join(lines))
    assert set(columns_of(path)["town"]) == set(TOWNS)


@pytest.mark.slow
def test_letters_that_another_program_lost_are_counted(command, write):
    write("t.csv", PLAIN.replace("Köln", "K\ufffdln"))
    assert "13 letters are lost (�)" in explored(command, "t.csv")["warnings"][0]


@pytest.mark.slow
def test_one_odd_byte_far_down_in_a_utf_8_file_spoils_no_other_letter(command, write):
    text = (HEADER + "".join(LINES * 400)).encode() + b"99,1,2.5,K\xf6ln\n"
    path = write("t.csv", text)
    found = explored(command, "t.csv")
    assert "1 byte is not UTF-8 (line 16,002) and read as cp1252" in found["warnings"][0]
    assert set(columns_of(path)["town"]) == set(TOWNS)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_named_and_read_when_said(command, write, encoding):
    write("t.csv", PLAIN.encode(encoding))
    assert_two_lines(command("explore", "t.csv"), "R07", f"--encoding {encoding}")
    assert explored(command, "t.csv", "--encoding", encoding)["rows"] == N


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_tells_the_encoding_and_is_no_part_of_the_first_name(command, write, encoding):
    write("t.csv", PLAIN.replace("id", "客户id", 1).encode(encoding))
    found = explored(command, "t.csv", "--id", "客户id")
    assert found["columns"][0]["role"] == "id"


def test_an_encoding_that_does_not_fit_is_told(command, write):
    write("t.csv", PLAIN.encode("cp1252"))
    assert_two_lines(command("explore", "t.csv", "--encoding", "utf-8"), "R09", "utf-8")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Zürich € 5 – ok", "cp1252"),
        ("Ø Bon; Köln; Gießen; Übach; Ärger; " * 20, "cp1252"),
        ("Ærø, Ålborg", "cp1252"),
        ("顧客番号,氏名,年齢", "cp932"),
    ],
)
def test_a_few_letters_are_enough_where_they_are_clear(text, encoding):
    assert encoding_by_letters(text.encode(encoding)) == encoding


# ---------------------------------------------------------------- layout


@pytest.mark.slow
@pytest.mark.parametrize("separator", [";", "\t", "|", "^", ","])
@pytest.mark.parametrize("told", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_separator_is_found_and_shown(command, write, separator, told):
    line = f"sep={separator}\n" if told else ""
    write("t.csv", line + PLAIN.replace(",", separator))
    assert len(explored(command, "t.csv")["columns"]) == 4


@pytest.mark.slow
def test_two_separators_that_fit_alike_are_asked_about(command, write):
    write("t.csv", "id;a,b\n" + "".join(f"{i};{i % 3},{i % 5}\n" for i in range(N)))
    ended = command("explore", "t.csv")
    assert_two_lines(ended, "R10", "comma or semicolon", "--sep ','")
    found = explored(command, "t.csv", "--sep", ";")
    assert [own["column"] for own in found["columns"]] == ["id", "a,b"]


@pytest.mark.slow
def test_rows_that_are_quoted_as_a_whole_are_unwrapped(command, write):
    text = "".join('"' + line.replace('"', '""').rstrip("\n") + '"\n' for line in [HEADER, *LINES])
    write("t.csv", text)
    found = explored(command, "t.csv")
    assert [own["column"] for own in found["columns"]] == ["id", "visits", "basket", "town"]
    assert found["rows"] == N
    assert "every row is quoted as a whole" in found["warnings"][0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("above", "line"),
    [("Report of customers\n", 2), ("Report,,,\n,,,\n", 3), ("\n\nAll customers\n2024\n\n", 6)],
)
def test_titles_above_the_header_are_left_out_and_told(command, write, above, line):
    write("t.csv", above + PLAIN)
    found = explored(command, "t.csv")
    assert [own["column"] for own in found["columns"]] == ["id", "visits", "basket", "town"]
    assert (found["rows"], f"the header is in line {line}" in found["warnings"][0]) == (N, True)


@pytest.mark.slow
def test_the_row_of_the_header_can_be_said(command, write):
    write("t.csv", "a,b,c,d\n1,2,3,4\n" + PLAIN)
    found = explored(command, "t.csv", "--header-row", "3")
    assert found["columns"][0]["column"] == "id"
    assert found["rows"] == N


def test_a_second_header_row_is_told(command, write):
    write("t.csv", HEADER + "number,times,euros,name\n" + "".join(LINES))
    assert_two_lines(command("explore", "t.csv"), "R12", "second header row", "--header-row")


@pytest.mark.slow
def test_a_first_customer_without_numbers_is_no_second_header(command, write):
    write("t.csv", HEADER + "n/a,?,none,Bonn\n" + "".join(LINES))
    assert explored(command, "t.csv")["rows"] == N + 1


@pytest.mark.slow
@pytest.mark.parametrize("total", ["Total,180,390.5,\n", "Gesamt:,180\n", ",Summe,390.5,"])
def test_a_total_below_the_rows_is_no_customer(command, write, total):
    write("t.csv", PLAIN + total)
    found = explored(command, "t.csv")
    assert (found["rows"], found["rejected"]) == (N, 1)
    assert "1 row left out, a total of the others (line 42)" in found["warnings"][0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("below", "reasons"),
    [
        ("Total: account,180,390.5,\n", ["a total of the others"]),
        ("Total,180,390.5,\nAverage,4.5,9.7,\n", ["a total of the others"] * 2),
        ("Mittelwert;4.5\nSumme,180,390.5,\n", ["a note below the table", "a total of the others"]),
        ("\nExported by the CRM on 2024-01-01\n", ["a note below the table"]),
        ("\n\nConfidential,,,\nPage 1 of 1", ["a note below the table"] * 2),
        (HEADER + LINES[0].replace("001", "041"), ["the header again"]),
    ],
    ids=["named", "average", "mean above", "note", "notes", "joined files"],
)
@SMALL_AND_LARGE
def test_what_stands_below_the_rows_is_no_customer(command, write, below, reasons):
    write("t.csv", PLAIN + below)
    found = explored(command, "t.csv")
    assert found["rows"] == N + ("041" in below)
    assert found["rejected"] == len(reasons)
    assert {own["reason"] for own in found["source"]["rejects"]} == set(reasons)


@pytest.mark.slow
@pytest.mark.parametrize(
    "below",
    ['041,1,2.5,"Bonn\n\n"\n', '041,1,2.5,"a\n\nbye"\n', "041,1,2.5,Total\n", "\n041,1,2.5,\n"],
    ids=["a cell that ends in blank lines", "and in words", "a town", "below a blank line"],
)
def test_a_last_customer_is_no_note(command, write, below):
    write("t.csv", PLAIN + below)
    found = explored(command, "t.csv")
    assert (found["rows"], found["rejected"]) == (N + 1, 0)


@pytest.mark.slow
def test_a_file_without_a_header_is_told_and_loses_nobody(command, write):
    write("t.csv", "".join(LINES))
    assert_two_lines(command("run", "t.csv"), "R12", "it has no header", "names of the columns")
    assert explored(command, "t.csv", "--header-row", "1")["rows"] == N - 1


@pytest.mark.slow
@pytest.mark.parametrize("names", ["2021,2022,2023", "1,2,3", "30 days,60 days,90 days"])
def test_columns_may_be_called_by_years_or_numbers(command, write, names):
    write("t.csv", f"shop,{names}\n" + "".join(f"S{i},{i},{i + 2},{i % 3}\n" for i in range(N)))
    assert explored(command, "t.csv")["rows"] == N


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PLAIN.replace(",", "','").replace("\n", "'\n'")[:-1], "in single quotes"),
        (PLAIN.replace(",", "   "), "4 columns that only spaces keep apart"),
    ],
    ids=["single quotes", "spaces"],
)
def test_a_layout_that_cannot_be_read_is_told(command, write, text, said):
    write("t.csv", "'" + text if "single" in said else text)
    assert_two_lines(command("run", "t.csv"), "R10", said)


@pytest.mark.slow
def test_columns_with_a_space_between_them_are_read_when_that_is_said(command, write):
    write("t.csv", PLAIN.replace(",", " "))
    assert_two_lines(command("run", "t.csv"), "R10", "--sep space")
    assert len(explored(command, "t.csv", "--sep", "space")["columns"]) == 4


@pytest.mark.slow
def test_what_was_left_out_of_a_run_lies_beside_its_results(command, write):
    write("t.csv", PLAIN + "Total,180,390.5,\n")
    rows = summary_of(command, "t.csv")["rows"]
    assert (rows["read"], rows["rejected"], rows["used"]) == (N + 1, 1, N)
    assert "a total of the others" in (Path("out") / "rejects.csv").read_text()


RAGGED = HEADER + "".join(LINES[:20]) + "x1,2\n" + "".join(LINES[20:]) + "x2,2,3,4,5\n"


def test_ragged_rows_are_told_with_their_lines(command, write):
    write("t.csv", RAGGED)
    ended = command("run", "t.csv")
    assert_two_lines(
        ended, "R13", "2 lines have more or fewer", "22 (2), 43 (5)", "--skip-bad-lines"
    )


@pytest.mark.slow
def test_ragged_rows_are_counted_where_that_is_wanted(command, write):
    write("t.csv", RAGGED)
    found = explored(command, "t.csv", "--skip-bad-lines")
    assert (found["rows"], found["rejected"]) == (N, 2)
    assert [own["rows"] for own in found["source"]["rejects"]] == [1, 1]
    assert "segmentry run writes it to rejects.csv" in " ".join(found["warnings"])


@pytest.mark.slow
def test_ragged_rows_are_set_aside_where_that_is_wanted(command, write):
    write("t.csv", RAGGED)
    rows = summary_of(command, "t.csv", "--skip-bad-lines")["rows"]
    assert (rows["read"], rows["rejected"], rows["used"]) == (N + 2, 2, N)
    aside = Path("out/rejects.csv")
    assert list(csv.reader(aside.read_text().splitlines()))[1:] == [
        ["22", "fewer fields than the header's 4", "x1", "2"],
        ["43", "more fields than the header's 4", "x2", "2", "3", "4", "5"],
    ]
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert "skip_bad_lines" in json.loads(Path("out/summary.json").read_text())["options"]
    assert ">x1<" not in Path("out/report.html").read_text()
    write("t.csv", PLAIN)
    summary_of(command, "t.csv")
    assert not aside.exists()


@pytest.mark.slow
def test_assign_sets_broken_lines_aside_too(command, write):
    write("t.csv", PLAIN)
    summary_of(command, "t.csv")
    write("new.csv", RAGGED)
    ended = command("assign", "out/model.json", "new.csv", "-o", "new-segments.csv",
                    "--skip-bad-lines")  # fmt: skip
    assert ended.code == 0
    assert "Warning: new.csv: 1 row left out, fewer fields" in ended.stderr
    assert ended.new_files == {"new-segments.csv", "new-segments-rejects.csv"}
    assert len(Path("new-segments.csv").read_text().splitlines()) == N + 1


@pytest.mark.parametrize("tail", ["041,2", "041", '041,2,"3'])
def test_a_file_that_was_cut_off_is_told(command, write, tail):
    write("t.csv", PLAIN + tail)
    code, said = ("R16", "line 42: a quote") if '"' in tail else ("R14", "the file looks cut off")
    assert_two_lines(command("run", "t.csv"), code, said)


@pytest.mark.slow
def test_the_last_row_needs_no_line_end(command, write):
    write("t.csv", PLAIN.rstrip("\n"))
    assert explored(command, "t.csv")["rows"] == N


@pytest.mark.slow
def test_no_row_is_lost_where_blank_lines_end_in_another_way(command, write):
    write("t.csv", "\n\n" + PLAIN.replace("\n", "\r\n"))
    assert explored(command, "t.csv")["rows"] == N


@pytest.mark.slow
def test_unseen_characters_are_taken_out_of_names(command, write):
    write("t.csv", PLAIN.replace("visits", "vis\u200bits").replace("basket", "\u202ebasket"))
    found = explored(command, "t.csv")
    assert [own["column"] for own in found["columns"]] == ["id", "visits", "basket", "town"]
    assert sum("characters that nobody sees" in own for own in found["warnings"]) == 2


UNSEEN = ("K\x01ln", "Br\x1b[31mhl", "\u202eAhr\u200bweiler")
SHOWN = ("K␁ln", "Br␛[31mhl", "⟨U+202E⟩Ahr⟨U+200B⟩weiler")


@pytest.mark.slow
def test_characters_that_nobody_sees_are_shown_wherever_a_person_reads_them(command, write):
    text = PLAIN.replace("Ahrweiler", UNSEEN[2])
    for town, cell in zip(TOWNS, UNSEEN, strict=True):
        text = text.replace(town, cell)
    path = write("t.csv", text)
    assert set(columns_of(path)["town"]) == set(UNSEEN)
    ended = command("run", "t.csv", "-o", "out", "--k", "2")
    page = Path("out/report.html").read_text()
    for letter in "\x01\x1b\u202e\u200b":
        assert letter not in ended.stdout + ended.stderr + page
    assert all(shown in page for shown in SHOWN)


def test_a_terminal_is_not_steered_by_the_name_of_a_column():
    table = pd.DataFrame({"vis\x1b[2Jits": range(60), "spend\u202e": [i % 7 for i in range(60)]})
    found = segmentry.explore(table)
    assert "vis␛[2Jits" in repr(found)
    assert "spend⟨U+202E⟩" in found._repr_html_()
    assert not set("\x1b\u202e") & set(repr(found) + found._repr_html_())


def test_half_of_a_character_is_told(write):
    whole, half = ["x", "y"], ["x\ud800", "y"]
    for table in (
        pd.DataFrame({"a": pd.Series(half, dtype=object), "b": [1, 2]}),
        pd.DataFrame([whole, whole], columns=pd.Index(half, dtype=object)),
    ):
        error = refusal(table)
        assert (error.code, "half of a character" in error.what) == ("R18", True)
    error = refusal(write("t.jsonl", '{"a": "x"}\n{"a": "x\\ud800"}\n'))
    assert (error.code, "line 2, holds half of a character" in error.what) == ("R22", True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<table><tr><td>id</td></tr></table>", "a web page"),
        (b"<HTML xmlns='x'><body></body>", "a web page"),
        (b"MIME-Version: 1.0\n", "a saved web page"),
        (b"#!/usr/bin/env python\nprint(1)\n", "a program"),
        (b"import pandas as pd\n", "a program"),
        (b"\x89PNG\r\n\x1a\n0000", "a picture"),
        (b"BZh91AY", "a bzip2 archive"),
    ],
)
def test_what_is_no_table_is_told_by_its_content(command, write, content, said):
    write("t.xls", content)
    assert_two_lines(command("run", "t.xls"), "R04", said)


# ---------------------------------------------------------------- whatever is written comes back


UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]
LETTERS = {
    **dict.fromkeys(UNICODE, "Äößé東京안Жω😀İ"), "utf-16-le": "Ä東", "utf-16-be": "Ä東",
    "cp1252": "Äößé€", "cp1250": "ŁłŻéÄ", "mac_roman": "Äößé", "cp1251": "ЖбяИ",
    "koi8_r": "ЖбяИ", "cp866": "ЖбяИ", "cp1253": "Ωαής", "cp932": "東京ソ表ｱ",
    "euc_jp": "東京ソ表", "gb18030": "北京€",
    "big5": "台北功許", "euc_kr": "서울안", "latin-1": "Äößé\x85", "cp437": "ÄöÉ",
}  # fmt: skip
"""Letters of each encoding, among them those whose second byte is a backslash or a bar."""


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[list[str]], dict[str, Any]]:
    """A table of text, and how it is written; its first row keeps every column one of words."""
    encoding = draw(st.sampled_from(sorted(LETTERS)))
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    letters = "abz 0179,;\t|^'\"-.=+@" + LETTERS[encoding]
    ends = "\r\n" if quoting == csv.QUOTE_ALL else ""
    cells = st.text(st.sampled_from(letters + ends), max_size=6)
    rows = draw(st.lists(st.tuples(cells, cells, cells).map(list), max_size=8))
    return [["word", "a b", "x"], *rows], {
        "encoding": encoding,
        "quoting": quoting,
        "delimiter": draw(st.sampled_from([",", ";", "\t", "|", "^"])),
        "end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "above": draw(st.sampled_from(["", "\n\n", "sep=?\n", "All customers\n\n"])),
        "last": draw(st.booleans()),
    }


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 10**9], ids=["large", "small"])
@settings(max_examples=120)
@given(written_tables())
def test_a_table_in_any_dialect_and_encoding_reads_back_equal(tmp_path_factory, size, table):
    rows, how = table
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, delimiter=how["delimiter"], lineterminator="\n", quoting=how["quoting"]
    )
    writer.writerows([("one", "two", "three"), *rows])
    lines = text.getvalue() if how["last"] else text.getvalue().removesuffix(how["end"])
    above = how["above"].replace("?", how["delimiter"])
    path = tmp_path_factory.getbasetemp() / "dialect.csv"
    path.write_bytes((above + lines).encode(how["encoding"]))
    said = {} if how["encoding"] in UNICODE else {"encoding": how["encoding"]}
    with pytest.MonkeyPatch.context() as patch, DuckDBEngine() as engine:
        patch.setattr("segmentry.engines.duckdb.SMALL_FILE", size)
        source = open_source(path, engine, Reading(**said))
        cells = engine.arrow(exp.select("*").from_("raw")).drop_columns("_segmentry_row")
    assert source.rows + source.rejected == len(rows)
    kept = [row for row in rows if any(cell.strip(" \t\r\n") for cell in row)]
    assert [[cell or "" for cell in own.values()] for own in cells.to_pylist()] == kept


@pytest.mark.parametrize(
    "options",
    [{"sep": ";;"}, {"decimal": "x"}, {"encoding": "klingon"}, {"header_row": 0},
     {"encoding": "idna"}, {"encoding": "unicode_escape"}, {"encoding": "utf-7"},
     {"date_order": "ymd"}],
)  # fmt: skip
def test_an_option_that_makes_no_sense_is_told(write, options):
    error = refusal(write("t.csv", PLAIN), **options)
    assert (error.code, next(iter(options)) in error.what) == ("R00", True)

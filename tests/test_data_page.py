"""The data page of explore, and the data section of the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from commands import assert_two_lines
from segmentry import explore

pytestmark = pytest.mark.slow

HEADER = "id;e-mail;umsatz;stadt;<script>\n"
ROWS = [f"{900 + 3 * i};p{i}@shop.example;{i % 17},5;Ort {i % 3};{i % 5}\n" for i in range(120)]
RAGGED = HEADER + "".join(ROWS) + "999;x@shop.example\n" + "Summe;;800,5;;9\n"


def test_the_data_page_tells_rows_columns_and_what_was_changed(command, write):
    write("kunden.csv", RAGGED)
    ended = command("explore", "kunden.csv", "--skip-bad-lines", "--html", "data.html")
    assert ended.code == 0
    assert ended.new_files == {"data.html"}
    page = Path("data.html").read_text()
    for said in ("122 rows, 5 columns", "fewer fields than the header&#39;s 5; line 122",
                 "a total of the others; line 123", "umsatz was read with a decimal comma",
                 "contact data by its name"):  # fmt: skip
        assert said in page
    assert "shop.example" not in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    images = re.findall(r'alt="Distribution of ([^"]+)"', page)
    assert images == ["umsatz", "stadt", "&lt;script&gt;"]
    assert "Ort 0 40, Ort 1 40, Ort 2 40" in page


def test_words_and_dates_have_a_small_histogram_and_ids_and_addresses_none(write):
    rows = [
        f"{900 + i},{i % 17},p{i}@shop.example,{'Köln' if i % 3 else 'Zürich'},"
        f"{'Ulm' if i == 1 else 'Bonn'},20{10 + i % 4}-05-{1 + i % 28:02d}\n"
        for i in range(120)
    ]
    found = explore(write("t.csv", "id,spend,mail,city,branch,since\n" + "".join(rows)))
    assert found.levels == {
        "city": (("Köln", 80), ("Zürich", 40)),
        "branch": (("Bonn", 119),),
        "since": (("2010", 30), ("2011", 30), ("2012", 30), ("2013", 30)),
    }


def test_the_data_page_replaces_nothing_without_force(command, write):
    write("t.csv", HEADER + "".join(ROWS))
    write("data.html", "mine")
    assert_two_lines(command("explore", "t.csv", "--html", "data.html"), "R82", "--force")
    assert_two_lines(command("explore", "t.csv", "--html", "t.csv", "--force"), "R82", "overwrite")
    assert command("explore", "t.csv", "--html", "data.html", "--force").code == 0
    assert Path("data.html").read_text() != "mine"


def test_the_report_tells_what_became_of_the_rows(command, write):
    write("kunden.csv", RAGGED + ROWS[3] + ";y@shop.example;3,5;Ort 1;2\n")
    ended = command("run", "kunden.csv", "--skip-bad-lines", "-o", "out", "--json")
    assert ended.code == 0, ended
    rows = json.loads(ended.stdout)["rows"]
    parts = ("rejected", "repeated", "without_id", "incomplete", "used")
    assert rows["read"] == sum(rows[part] for part in parts)
    page = Path("out/report.html").read_text()
    for said in ("What became of the rows", "Rejected", "Repeated", "Without id", "Used"):
        assert said in page

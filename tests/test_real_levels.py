"""Values hardly true, and levels written in two ways, are told. Made here, by the command."""

from __future__ import annotations

import shlex
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segmentry
from commands import assert_two_lines, explored, summary_of
from segmentry.steps.reading import Reading, written_map
from tables import columns_of
from written_tables import N

pytestmark = pytest.mark.slow


def test_values_that_can_hardly_be_true_are_counted_and_stay(command, write):
    lines = [f"{1000 + 3 * i};{150 if i == 4 else 20 + i % 40};{-5 if i < 2 else 100 * i};"
             f"{'1850' if i == 7 else '2020'}-01-02;{i % 5}" for i in range(N)]  # fmt: skip
    path = write("t.csv", "id;age;income;joined;n\n" + "\n".join(lines) + "\n")
    told = explored(command, "t.csv")["warnings"]
    assert "age: 1 value above 120. Nothing was changed." in told
    assert "income: 2 values below 0. Nothing was changed." in told
    assert "joined: 1 value before 1900 or after 2050." in told
    assert max(columns_of(path)["age"]) == 150


GENDERS = ("Male", "male", "m", "Male", "Fe male", "female", "female")
MERGED = {"Fe male": "female", "m": "Male", "male": "Male"}


def levels_table() -> str:
    lines = [f"{1000 + 3 * i};{GENDERS[i % 7]};{i % 5};{i % 11}\n" for i in range(70)]
    return "id;gender;n;spend\n" + "".join(lines)


def test_levels_that_may_be_one_are_told_with_what_would_merge_them(command, write):
    path = write("t.csv", levels_table())
    found = explored(command, "t.csv")
    assert found["columns"][1]["distinct"] == 5
    told = next(own for own in found["warnings"] if "Nothing was merged" in own)
    assert "'Fe male' = 'female'; 'Male' = 'm' = 'male'" in told
    words = shlex.split(told[told.index("--map") : told.index(" (in Python")])
    assert explored(command, "t.csv", *words)["columns"][1]["distinct"] == 2
    assert set(columns_of(path, map={"gender": MERGED})["gender"]) == {"Male", "female"}


@pytest.mark.parametrize(
    "levels",
    [
        ("A", "A+", "A-"), ("H", "M", "L"), ("H", "M"), ("25", "<25", ">25"), ("C", "C#", "C++"),
        ("1", "T", "Y"), ("👍", "😀"), ("+1x", "-1x"), ("25-34", "2534"), ("m", "f", "k"),
        ("F", "T"), ("1 2", "12"), ("S", "M", "L", "male"), ("W", "N", "O"), ("Y", "N"),
        ("J", "y", "t", "1"),
    ],
)  # fmt: skip
def test_levels_that_may_be_opposites_are_never_merged(levels):
    frame = pd.DataFrame({"x": [levels[i % len(levels)] for i in range(N)], "a": range(N)})
    assert not any("merged" in own for own in segmentry.explore(frame).warnings)


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (("Yes", "y", "No", "n", "unknown"), "'No' = 'n'; 'Yes' = 'y'"),
        (("H", "hombre", "M", "mujer"), "'H' = 'hombre'; 'M' = 'mujer'"),
        (("E-Mail", "email", "Post"), "'E-Mail' = 'email'"),
        (("ＶＩＰ", "vip", "Basis"), "'vip' = 'ＶＩＰ'"),
        (("New York", "new_york", "Rome"), "'New York' = 'new_york'"),
    ],
)
def test_levels_that_are_typed_in_two_ways_are_told(levels, said):
    frame = pd.DataFrame({"x": [levels[i % len(levels)] for i in range(N)], "a": range(N)})
    assert said in " ".join(segmentry.explore(frame).warnings)


def test_levels_that_were_merged_are_one_in_a_run_and_its_report(command, write):
    write("t.csv", levels_table())
    found = summary_of(command, "t.csv", "--map", "gender:Fe male=female,m=Male,male=Male")
    profiles = [own["profile"]["levels"]["gender"] for own in found["segments"]]
    assert {own["level"] for levels in profiles for own in levels} == {"Male", "female"}
    assert found["options"]["map"] == {"gender": MERGED}
    page = Path("out/report.html").read_text()
    assert "--map &#39;gender:Fe male=female,m=Male,male=Male&#39;" in page
    ended = command("assign", "out/model.json", "t.csv", "--map", "gender:m=Male")
    assert ended.code == 0


@given(
    st.dictionaries(
        st.text(st.sampled_from("ab:,'\"= ;é\\\n"), min_size=1, max_size=4),
        st.text(st.sampled_from("ab:,'\"= ;é\\\n"), min_size=1, max_size=4),
        min_size=1,
    ),
    st.text(st.sampled_from("ab, :é"), min_size=1),
)
def test_levels_to_be_merged_can_be_written_and_read(levels, column):
    assert Reading(map=[written_map(column, levels)]).map == {column: levels}


@pytest.mark.parametrize(
    ("said", "code"),
    [("gender", "R00"), ("gender:", "R00"), ("gender:m", "R00"), ("gender:m=", "R00"),
     ("gendre:m=Male", "R25"), ("n:1=one", "R40")],
)  # fmt: skip
def test_levels_that_cannot_be_merged_are_told(command, write, said, code):
    write("t.csv", levels_table())
    assert_two_lines(command("explore", "t.csv", "--map", said), code, said.split(":")[0])

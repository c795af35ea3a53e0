"""Names and actions that people change."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import segmentry
from segmentry.datasets import mall_customers_path
from segmentry.errors import InputError

pytestmark = pytest.mark.slow


@pytest.fixture
def mall():
    with segmentry.segment(mall_customers_path()) as result:
        yield result


def test_a_new_name_is_everywhere(mall, tmp_path):
    mall.rename(2, "The <b>golden</b> few")
    mall.write(tmp_path / "out")
    saved = json.loads((tmp_path / "out" / "model.json").read_text())
    assert "The <b>golden</b> few" in json.dumps(saved, ensure_ascii=False)
    report = (tmp_path / "out" / "report.html").read_text()
    assert "The &lt;b&gt;golden&lt;/b&gt; few" in report
    assert "The <b>golden</b> few" not in report
    customers = pd.read_csv(tmp_path / "out" / "customers.csv")
    assert set(customers.loc[customers.segment == 2, "segment_name"]) == {"The <b>golden</b> few"}
    assert mall.segments.iloc[1]["name"] == "The <b>golden</b> few"
    assert mall.summary["rules"]["segments"][1]["name"] == "The <b>golden</b> few"


def test_the_model_remembers_that_the_name_was_given(mall, tmp_path):
    mall.rename(1, "Middle")
    mall.save(tmp_path / "model.json")
    again = segmentry.load(tmp_path / "model.json").model
    assert [own.name_locked for own in again.segments] == [True] + [False] * 4
    assert again.segments[0].name == "Middle"


def test_a_new_name_moves_nobody(mall):
    before = mall.assign()
    mall.rename(3, "Others")
    after = mall.assign()
    assert before.drop(columns="segment_name").equals(after.drop(columns="segment_name"))


def test_actions_are_changed_one_by_one(mall):
    before = mall.summary["segments"][4]
    mall.advise(5, campaign="Call them.", title="Fans")
    after = mall.summary["segments"][4]
    assert after["actions"]["campaign"] == "Call them."
    assert after["title"] == "Fans"
    assert after["actions"]["pricing"] == before["actions"]["pricing"]


def test_lines_and_controls_of_a_typed_text_become_spaces_or_go(mall):
    mall.rename(1, "  The\x1b[31m\n middle\u202e ")
    assert mall.found.names[0].name == "The[31m middle"


@pytest.mark.parametrize(
    ("segment", "name", "told"),
    [
        (0, "x", "no segment 0"),
        (6, "x", "no segment 6"),
        (True, "x", "no segment True"),
        (1, "   ", "needs a name"),
        (1, "x" * 121, "121 characters"),
        (1, "High Income, Low Spending", "called 'High Income, Low Spending' already"),
        (1, 7, "not a text"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(mall, segment, name, told):
    before = mall.summary
    with pytest.raises(InputError, match=told):
        mall.rename(segment, name)
    assert mall.summary == before


def test_an_unknown_text_is_refused_with_those_there_are(mall):
    with pytest.raises(InputError, match="no slogan"):
        mall.advise(1, slogan="Buy!")

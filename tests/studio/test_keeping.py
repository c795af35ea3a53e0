"""Names and actions that somebody has changed go along to the next run, where that is sound."""

from __future__ import annotations

import html
import re

import pytest
from studio_here import begin, bring, ended, explored

from segmentry.studio.comparing import became
from segmentry.studio.keeping import where_clear

CARD = "A card & a call"


@pytest.mark.parametrize(
    ("before", "now", "clear"),
    [
        ("111222", "222111", {1: 2, 2: 1}),
        ("111222", "112222", {1: 1, 2: 2}),
        ("1111", "1122", {}),
        ("111222", "111111", {}),
        ("111", "000", {}),
        ("0001", "1112", {1: 2}),
    ],
)
def test_a_segment_has_clearly_become_another_by_two_thirds_of_both(before, now, clear):
    assert where_clear(became(before, now)) == clear


def data_of(visitor, run: str) -> str:
    """The data page of a run."""
    return re.search(r'href="(/data/\w+)"', visitor.get(run).text)[1]


def changed(visitor, run: str, segment: int, **texts: str) -> None:
    """Give a segment a name, or actions, as its form does."""
    assert visitor.post(f"{run}/segments/{segment}", data=texts).status_code == 303


def again(visitor, run: str, **form: str) -> str:
    """Begin a run that is built upon another one; its address."""
    like = {"like": run.rpartition("/")[2]} | form
    return begin(visitor, data_of(visitor, run), **like)


def found(visitor, run: str) -> str:
    """The page of a run, once it has found segments."""
    text = ended(visitor, run)
    assert 'id="take"' in text, text
    return text


def names_of(text: str) -> list[str]:
    """What the cards on a page are called."""
    return [html.unescape(own) for own in re.findall(r"<header>.*?<h3>(.*?)</h3>", text, re.DOTALL)]


def handed_over(text: str) -> str:
    """What a page says of the names and actions of the run before, as one line."""
    said = re.search(r'id="handover">(.*?)</div>', text, re.DOTALL)
    return " ".join(html.unescape(re.sub("<[^>]*>", "", said[1])).split()) if said else ""


@pytest.fixture
def named(ada) -> str:
    """A run on the mall data whose second segment (39 customers) has a name and a campaign."""
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    run = begin(ada, data, k="5")
    found(ada, run)
    changed(ada, run, 2, name="Gold <b>", campaign=CARD)
    return run


@pytest.mark.slow
def test_a_name_and_actions_go_along_to_the_segment_that_theirs_became(ada, named):
    run = again(ada, named, k="6")
    text = found(ada, run)
    assert "Names and actions of the run before" in handed_over(text)
    assert "Gold <b>: name and actions kept for segment" in handed_over(text)
    assert "<b>" not in names_of(text)
    assert names_of(text).count("Gold <b>") == 1
    assert html.escape(CARD) in text
    assert "Gold <b>" in ada.get(f"{run}/files/segments.csv").text
    assert "Gold <b>" in names_of(found(ada, again(ada, run, k="5"))), "and to the one after it"


@pytest.mark.slow
def test_where_a_segment_went_into_another_one_its_name_does_not(ada, named):
    text = found(ada, again(ada, named, k="2"))
    said = handed_over(text)
    assert "Gold <b>: not kept. Of its 39 customers" in said
    assert sum(map(int, re.findall(r"(\d+) are in segment [12] \(of \d+\)", said))) == 39
    assert "Gold <b>" not in names_of(text)


@pytest.mark.slow
def test_what_was_changed_goes_along_from_the_data_page_too_and_nothing_else_does(ada, named):
    text = found(ada, begin(ada, data_of(ada, named), k="5", scale="none"))
    assert "Gold <b>: name and actions kept" in handed_over(text)
    assert handed_over(text).count("customers") == 1
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    fresh = begin(ada, data, k="5")
    assert handed_over(found(ada, fresh)) == "", "it is another file"
    assert handed_over(found(ada, again(ada, fresh, k="4"))) == "", "nothing was changed"


@pytest.mark.slow
def test_with_other_columns_to_group_by_no_name_is_kept_and_the_page_says_so(ada, named):
    data = data_of(ada, named)
    ada.post(f"{data}/roles", data={"column": "Age", "role": "feature"})
    explored(ada, data)
    text = found(ada, begin(ada, data, k="5"))
    assert "None was kept. Customers are grouped by other columns now" in handed_over(text)
    assert "Gold <b>" not in names_of(text)


@pytest.mark.slow
def test_names_of_a_run_that_was_put_away_are_not_kept_and_the_page_says_so(ada, named):
    for k in "2345":
        found(ada, begin(ada, data_of(ada, named), k=k))
    page = ada.get(named).text
    assert "This run was put away" in page
    assert "do not go along, because this run was put away" in page
    text = found(ada, again(ada, named, k="5"))
    assert "None was kept. The run before could not be asked any more" in handed_over(text)


@pytest.mark.slow
def test_names_of_customers_built_from_orders_go_along(ada):
    lines = [
        f"{i},{i % 60},2025-{1 + i % 12:02d}-{1 + i % 28:02d},{5 + i % 60 * (1 + i % 7)}"
        for i in range(600)
    ]
    data = bring(ada, "\n".join(["order_id,customer_id,order_date,amount", *lines]), "orders.csv")
    explored(ada, data)
    run = begin(ada, data, rfm="1", k="3")
    ended(ada, run)
    changed(ada, run, 1, name="Ours")
    text = found(ada, again(ada, run, k="3", k_max="5"))
    assert "Ours: name kept for segment 1." in handed_over(text)
    assert names_of(text)[0] == "Ours"

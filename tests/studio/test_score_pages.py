"""Scoring in the studio: what is typed, and files that are read as the run's own was."""

from __future__ import annotations

import pytest
from studio_here import begin, bring, ended, explored, until

pytestmark = pytest.mark.slow

GROUPS = ((1120, 3), (3450, 22), (5210, 9))
LINES = [
    f"K{i:04d};Köln;{(GROUPS[i % 3][0] + i) // 1000},{(GROUPS[i % 3][0] + i) % 1000:03d};"
    f"{GROUPS[i % 3][1] + i % 4}"
    for i in range(120)
]
GERMAN = "\n".join(["Kundennr;Ort;Umsatz;Besuche", *LINES, ""])
"""Only a person knows what 1,234 means in it."""
FEATURES = ("Annual Income (k$)", "Spending Score (1-100)")


def scored(visitor, run: str, **values: object):
    data = {f"value:{name}": own for name, own in values.items()}
    return visitor.post(f"{run}/score", data=data)


@pytest.fixture(scope="module")
def german(ada) -> str:
    """The address of a run on a file with decimal commas."""
    data = bring(ada, GERMAN, "Kunden.csv")
    assert "“Decimal mark”" in explored(ada, data)
    ada.post(f"{data}/reading", data={"decimal": ","})
    assert 'class="fault"' not in explored(ada, data)
    run = begin(ada, data, k="3")
    assert 'id="take"' in ended(ada, run)
    return run


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "1_000", "\u0663", "15,000"])
def test_what_is_no_number_is_refused_by_name_and_the_run_lives_on(ada, adas_run, text):
    answer = scored(ada, adas_run, **{FEATURES[0]: text, FEATURES[1]: "50"})
    assert answer.status_code == 422
    assert FEATURES[0] in answer.text.partition('class="fault"')[2].partition("</h2>")[0]
    answer = scored(ada, adas_run, **{FEATURES[0]: "70", FEATURES[1]: "50"})
    assert answer.status_code == 200
    assert f"Read as {FEATURES[0]} 70; {FEATURES[1]} 50." in answer.text


@pytest.mark.parametrize(
    ("typed", "used"), [("1.234", "1234"), ("3.450,2", "3450.2"), ("3,45", "3.45"), ("1.9", "1.9")]
)
def test_a_typed_number_is_read_with_the_marks_of_the_file(ada, german, typed, used):
    answer = scored(ada, german, Umsatz=typed, Besuche="9")
    assert answer.status_code == 200
    assert f"Read as Umsatz {used}; Besuche 9." in answer.text


def test_a_file_is_scored_as_the_file_of_the_run_was_read_and_deleted_at_once(ada, german, studio):
    answer = ada.post(f"{german}/score-file", files={"file": ("more.csv", GERMAN)})
    assert answer.status_code == 303, answer.text
    assert list(studio.tmp.rglob("more.csv")) == []
    text = ada.get(answer.headers["location"]).text
    assert "more.csv: 120 customers" in text
    assert text.count("<td>40</td>") == 3


def test_a_file_that_is_read_in_another_way_can_be_scored_too(ada, german):
    english = GERMAN.replace(",", ".")
    files = {"file": ("more.csv", english)}
    said = {"decimal": ".", "sep": ";"}
    answer = ada.post(f"{german}/score-file", files=files, data=said)
    assert answer.status_code == 303, answer.text
    assert ada.get(f"{german}/score").text.count("<td>40</td>") == 3
    answer = ada.post(f"{german}/score-file", files=files, data={"decimal": "", "sep": "|"})
    assert answer.status_code == 422
    assert '<option value="|" selected>' in answer.text
    assert "“" in answer.text or "Umsatz" in answer.text


def test_the_page_asks_how_a_file_is_read_where_only_a_person_knows(ada, adas_run, studio):
    table = "CustomerID,Annual Income (k$),Spending Score (1-100)\n" + "".join(
        f'{i},"1,{100 + i}",{i % 90}\n' for i in range(50)
    )
    answer = ada.post(f"{adas_run}/score-file", files={"file": ("odd.csv", table)})
    assert answer.status_code == 422
    assert "“Decimal mark”" in answer.text
    assert '<select name="decimal">' in answer.text
    until(lambda: not list(studio.tmp.rglob("odd.csv")), "the file is deleted")
    assert scored(ada, adas_run, **{FEATURES[0]: "70", FEATURES[1]: "50"}).status_code == 200


def test_the_page_tells_which_values_put_a_customer_there(ada, adas_run):
    text = scored(ada, adas_run, **{FEATURES[0]: "70", FEATURES[1]: "66"}).text
    assert "Why this segment and not 2 High Income, High Spending" in text
    rows = text.partition('aria-label="Why this segment"')[2].partition("</table>")[0]
    assert rows.index(FEATURES[0]) < rows.index("for 1, ") < rows.index(FEATURES[1])
    assert rows.index(FEATURES[1]) < rows.index("for 2, ")

"""The data page: roles that are changed with a click, and what is filled in and kept."""

from __future__ import annotations

import re

import pytest
from studio_here import begin, bring, ended, explored

pytestmark = pytest.mark.slow

DATED = "id,spend,visits,since\n" + "".join(
    f"{1000 + 7 * i},{(i * i) % 97},{i % 5},2024-{1 + i % 12:02d}-{1 + i % 28:02d}\n"
    for i in range(120)
)


def click(visitor, data: str, column: str, role: str) -> str:
    """The data page after a click on what a column is used to."""
    answer = visitor.post(f"{data}/roles", data={"column": column, "role": role})
    assert answer.status_code == 303, answer.text
    return explored(visitor, data)


def pressed(text: str) -> dict[str, str]:
    """Which use of each column is shown as the one that counts."""
    return dict(
        re.findall(
            r'aria-label="Use of ([^"]*)">.*?value="(\w+)"[^>]*aria-pressed="true"', text, re.DOTALL
        )
    )


def test_customers_can_be_grouped_by_a_column_of_text(ada):
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    text = click(ada, data, "Gender", "feature")
    assert 'class="fault"' not in text
    assert pressed(text)["Gender"] == "feature"
    assert "grouped by" in ended(ada, begin(ada, data, k="4"))


def test_a_role_that_a_column_cannot_have_is_told_above_the_table_and_taken_back(ada):
    data = bring(ada, DATED)
    before = pressed(explored(ada, data))
    text = click(ada, data, "since", "feature")
    assert "since" in re.search(r'class="fault".*?</h2>', text, re.DOTALL)[0]
    assert "Nothing was changed: the columns are used as before." in text
    assert pressed(text) == before
    text = click(ada, data, "visits", "ignored")
    assert 'class="fault"' not in text
    assert pressed(text) == before | {"visits": "ignored"}

"""The data page: roles that are changed with a click, and what is filled in and kept."""

from __future__ import annotations

import html
import re

import pytest
from studio_here import begin, bring, ended, explored, until

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


def values_of(text: str) -> dict[str, str]:
    """What the form of a run is filled in with, by field."""
    form = text.partition('id="find"')[2].partition("</form>")[0]
    found = {
        re.search(r'name="([^"]*)"', own)[1]: (re.search(r' value="([^"]*)"', own) or ["", ""])[1]
        for own in re.findall("<input[^>]*>", form)
        if 'type="checkbox"' not in own or "checked" in own
    }
    for name, choices in re.findall(r'<select name="([^"]*)">(.*?)</select>', form, re.DOTALL):
        found[name] = (re.search(r'value="([^"]*)" selected', choices) or ["", ""])[1]
    found |= dict(re.findall(r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL))
    return {name: own for name, own in found.items() if own and name != "key"}


SETTINGS = {
    "k": "4", "k_max": "7", "min_share": "2.5", "missing": "drop", "seed": "3",
    "weight:Annual Income (k$)": "2", "playbook_text": "# mine",
}  # fmt: skip


def test_all_settings_of_a_run_are_filled_in_again(ada):
    data = ada.post("/demo").headers["location"]
    usual = values_of(explored(ada, data))
    run = begin(ada, data, **SETTINGS)
    ended(ada, run)
    begin(ada, data, k="2")
    assert values_of(ada.get(data).text)["k"] == "2"
    like = run.rpartition("/")[2]
    assert values_of(ada.get(f"{data}?like={like}").text) == usual | SETTINGS


def test_a_click_and_another_reading_keep_what_is_filled_in(ada):
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    script = {"hx-request": "true"}
    typed = {"weight:Annual Income (k$)": "3", "column": "Age", "role": "feature"}
    part = ada.post(f"{data}/roles", data=typed, headers=script).text
    assert part.startswith('<section id="columns">')
    assert 'name="k"' not in part, "the rest of the form stays as it is"
    assert '<div class="fields" id="weights" hx-swap-oob="true">' in part
    explored(ada, data)
    part = ada.get(f"{data}/columns", params={"weight:Annual Income (k$)": "3"}).text
    assert re.search(r'name="weight:Annual Income[^>]*value="3"', part)
    assert 'name="weight:Age"' in part
    form = SETTINGS | {"key": "x", "missing_token": "99"}
    answer = ada.post(f"{data}/reading", data=form, headers=script)
    assert answer.text.startswith('<div id="body">')
    assert values_of(explored(ada, data)) == SETTINGS


def test_where_no_column_is_left_to_group_by_the_page_says_so_beforehand(ada):
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    click(ada, data, "Annual Income (k$)", "ignored")
    text = click(ada, data, "Spending Score (1-100)", "ignored")
    assert "No column is left to group customers by: click “Group” at one of them." in text
    assert '<button class="primary" type="submit" disabled>Find the segments' in text
    assert re.search(r'Use of Annual Income.*?class="why">you chose it<', text, re.DOTALL)
    text = click(ada, data, "Age", "feature")
    assert "No column is left" not in text
    assert '<button class="primary" type="submit">Find the segments' in text


ORDERS = "order_id,customer_id,order_date,amount\n" + "".join(
    f"{5000 + i},C{i % 60:03d},2025-{1 + i * 7 % 12:02d}-{1 + i % 28:02d},{10 + i * i % 190}.50\n"
    for i in range(600)
)


def test_a_list_of_orders_becomes_customers_with_the_button_that_is_there(ada):
    data = bring(ada, ORDERS, "orders.csv")
    text = explored(ada, data)
    assert "segmentry run" not in text
    assert "With “This is a list of orders”, on the data page, customers are built" in text
    assert values_of(text)["rfm"] == "1"
    run = begin(ada, data, **values_of(text))
    text = ended(ada, run)
    assert '<a href="#rfm">RFM cells</a>' in text
    assert 'id="rfm"' in text
    assert "you chose it" not in text, "nobody chose a feature"
    answer = ada.post(f"{run}/score-file", files={"file": ("more.csv", ORDERS)})
    assert answer.status_code == 422
    note = answer.text.partition('class="fault"')[2].partition("</div>")[0]
    assert "Bring a table with a row for each customer and these columns" in note
    assert "segmentry rfm" not in note


def test_what_a_line_is_worth_may_be_typed_as_a_product(ada):
    lines = [own.rpartition(",")[0] for own in ORDERS.splitlines()]
    rows = [f"{own},{1 + i % 5},{10 + i * i % 190}.50" for i, own in enumerate(lines[1:])]
    data = bring(ada, "\n".join([f"{lines[0]},items,fee", *rows]), "orders.csv")
    form = values_of(explored(ada, data)) | {"rfm": "1", "rfm_amount": "items*fee"}
    text = ended(ada, begin(ada, data, **form))
    assert "--amount &#39;items*fee&#39;" in text
    assert values_of(ada.get(data).text)["rfm_amount"] == "items*fee"


STATES = "order_id,customer_id,order_date,amount,status\n" + "".join(
    f"{line},{'cancelled' if i % 6 == 0 else 'paid'}\n"
    for i, line in enumerate(ORDERS.splitlines()[1:])
)


def test_lines_that_do_not_count_and_the_first_day_are_said_with_the_list_of_orders(ada):
    data = bring(ada, STATES, "orders.csv")
    usual = values_of(explored(ada, data))
    told = ended(ada, begin(ada, data, **usual))
    assert "use “Lines that do not count”: status:cancelled." in told
    assert "--leave-out" not in told

    said = {"rfm_leave_out": "status:cancelled", "rfm_since": "2025-03-01", "k": "3"}
    run = begin(ada, data, **usual | said)
    text = ended(ada, run)
    assert "came to nothing" not in text
    assert "dated before 2025-03-01 left out" in text
    assert "--leave-out status:cancelled --since 2025-03-01" in text
    python = "rfm={'leave_out': 'status:cancelled', 'since': '2025-03-01'}"
    assert python in html.unescape(text)
    assert values_of(ada.get(data).text) == usual | said
    assert values_of(ada.get(f"{data}?like={run[6:]}").text) == usual | said


def test_a_level_that_no_line_has_is_told_and_what_was_typed_stays(ada):
    data = bring(ada, STATES, "orders.csv")
    explored(ada, data)
    for typed, words in [
        ("status:lost", "has no level"),
        ("cancelled", "is no column with levels"),
    ]:
        text = ended(ada, begin(ada, data, rfm="1", rfm_leave_out=typed))
        fault = text.partition('class="fault"')[2].partition("</div>")[0]
        assert words in fault
        assert "--leave-out" not in fault
        assert values_of(ada.get(data).text)["rfm_leave_out"] == typed


def test_a_broken_playbook_is_told_without_a_path_and_can_be_corrected(ada, studio):
    data = ada.post("/demo").headers["location"]
    run = begin(ada, data, playbook_text="[[play]\nbroken")
    text = ended(ada, run)
    assert "<h1>No segments were found</h1>" in text
    assert "Your own playbook cannot be read" in text
    assert str(studio.tmp) not in text
    assert "segmentry playbook" not in text
    assert values_of(ada.get(data).text)["playbook_text"] == "[[play]\nbroken"


def test_what_is_not_needed_any_more_can_be_removed(ada, studio):
    data = bring(ada, DATED, "once.csv")
    explored(ada, data)
    uploads = len(studio.uploads)
    run = begin(ada, data, k="2")
    ended(ada, run)
    assert f'action="{run}/remove"' in ada.get("/").text
    assert ada.post(f"{run}/remove").headers["location"] == "/"
    assert ada.get(run).status_code == 404
    text = ada.get("/").text
    assert run not in text
    assert f'action="{data}/remove"' in text
    ada.post(f"{data}/remove")
    assert ada.get(data).status_code == 404
    assert data not in ada.get("/").text
    assert len(studio.uploads) == uploads - 1


def test_after_a_refused_file_the_next_one_is_read_by_the_same_process(own_studio):
    studio = own_studio()
    with studio.visitor() as ada:
        text = explored(ada, bring(ada, b"\x00\x01", "broken.csv"))
        assert 'class="fault"' in text
        until(lambda: len(studio.workers) == 2, "another one is ready")
        before = studio.workers
        assert 'class="fault"' not in explored(ada, bring(ada, DATED))
        assert studio.workers == before
        assert list(studio.tmp.rglob("broken.csv")) == []


def test_the_usual_playbook_can_be_taken_to_start_from_and_one_s_own_again(ada):
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    assert '<a href="/static/playbook.toml" download>' in ada.get(data).text
    usual = ada.get("/static/playbook.toml")
    assert usual.headers["content-disposition"] == 'attachment; filename="playbook.toml"'
    mine = usual.text.replace('"VIP"', '"Our best"')
    run = begin(ada, data, k="5", playbook_text=mine)
    text = ended(ada, run)
    assert "Our best" in text
    assert "--playbook playbook.toml" in text
    answer = ada.get(f"{run}/files/playbook.toml")
    assert answer.text.split() == mine.split()
    assert answer.headers["content-disposition"] == 'attachment; filename="playbook.toml"'

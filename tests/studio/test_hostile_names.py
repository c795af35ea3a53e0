"""Names that would break a page: of files, columns, levels and segments, on every page."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from studio_here import begin, bring, ended, explored

pytestmark = pytest.mark.slow

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "javascript:alert(1)",
    "</script></style></textarea>",
    "' onfocus='alert(1)' autofocus='",
    "\u202egnp.exe\u202c مرحبا",
    "long " * 60,
    "👩‍👩‍👧‍👦 家族",
]


def table(columns: dict[str, list[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue()


def nothing_came_alive(page) -> None:
    """No element is there that a name would have made, and no template was filled in."""
    own = "[autofocus]:not([role=status])"  # “Saved.” is ours
    count = f"img[src=x], [onerror], [onfocus], {own}, a[href^='javascript:'], body style"
    assert page.locator(count).count() == 0
    scripts = page.locator("script")
    own = [scripts.nth(i).get_attribute("src") or "" for i in range(scripts.count())]
    assert len(own) == 3
    assert all(source.startswith("/static/") for source in own)
    assert "49" not in re.findall(r"\d+", page.locator("h1").inner_text())


def nothing_sticks_out(page) -> None:
    page.wait_for_load_state()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def hostile(ada) -> tuple[str, str]:
    """A file full of such names, and a run on it whose segments have such names, too."""
    chance = np.random.default_rng(3)
    columns = {"level": [NASTY[i % len(NASTY)] for i in range(90)]}
    columns |= {
        name: [i % 3 * 40 + int(own) for i, own in enumerate(chance.integers(0, 20, 90))]
        for name in NASTY
    }
    data = bring(ada, table(columns), NASTY[1] + ".csv")
    explored(ada, data)
    run = begin(ada, data, k="3")
    text = ended(ada, run)
    assert 'id="take"' in text, re.findall('(?s)<div class="fault".*?</div>', text)
    for i, name in enumerate(NASTY[:3], 1):
        texts = {"name": name, "title": name, "campaign": name, "pricing": name}
        assert ada.post(f"{run}/segments/{i}", data=texts).status_code == 303
    return data, run


def test_names_are_shown_and_never_run(browse, ada, hostile):
    data, run = hostile
    page = browse(data, of=ada)
    told = page.locator("table.columns").inner_text()
    for name in NASTY[:6]:
        assert name in told
    nothing_came_alive(page)
    nothing_sticks_out(page)
    for name in NASTY[:2]:
        row = page.locator("tbody tr").nth(1 + NASTY.index(name))
        row.get_by_role("button", name="Leave out").click()
        row.locator("button[value=ignored][aria-pressed=true]").wait_for()
    page.get_by_text("Counting again").wait_for(state="detached")
    nothing_came_alive(page)

    page = browse(run, of=ada)
    page.wait_for_selector("#map-panel svg.dots")
    assert page.locator("article.card h3").all_inner_texts() == NASTY[:3]
    assert page.locator("#segment-1 .actions dd").first.inner_text() == NASTY[0]
    nothing_came_alive(page)
    nothing_sticks_out(page)
    page.locator("#axis-x").select_option(NASTY[1])
    page.wait_for_function(
        "n => document.querySelector('text.axis').textContent == n", arg=NASTY[1]
    )
    page.locator("#map-panel .average").first.hover()
    page.locator("#k").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".other table")
    assert NASTY[0] in page.locator(".other").inner_text()
    nothing_came_alive(page)


def test_names_are_shown_on_the_other_pages_too(browse, ada, hostile):
    data, run = hostile
    page = browse(f"{run}/score", of=ada)
    for box in page.locator("#one input").all():
        box.fill("50")
    page.click("#one button")
    page.wait_for_selector("#one article")
    nothing_came_alive(page)
    nothing_sticks_out(page)
    page.locator("#one input").first.fill(NASTY[5])
    page.click("#one button")
    page.wait_for_selector("[role=alert]")
    nothing_came_alive(page)
    again = begin(ada, data, k="2")
    ended(ada, again)
    page.goto(page.url.partition("/runs")[0])
    assert page.locator("#earlier li").count() >= 2
    nothing_came_alive(page)
    nothing_sticks_out(page)
    for select, own in zip(page.locator("form.inline select").all(), (run, again), strict=True):
        select.select_option(own[6:])
    page.click("button:text-is('Compare')")
    page.wait_for_selector("h1:text-is('Compare')")
    nothing_came_alive(page)
    nothing_sticks_out(page)


def test_what_is_taken_away_has_a_harmless_name(ada, hostile):
    answer = ada.get(f"{hostile[1]}/files/model.json")
    assert answer.status_code == 200
    said = answer.headers["content-disposition"]
    assert not re.search(r"[<>\r\n]", said)
    assert said.endswith(('model.json"', "model.json"))


@pytest.mark.parametrize("k", [1, 15])
def test_one_segment_and_fifteen_are_shown(browse, ada, k):
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    run = begin(ada, data, k=str(k), k_max="15")
    assert 'id="take"' in ended(ada, run)
    page = browse(run, of=ada)
    page.wait_for_selector("#map-panel svg.dots")
    assert page.locator("article.card").count() == k
    if k == 1:
        assert page.locator("article.card h3").inner_text() == "All customers"
        assert page.locator("h1").inner_text() == "1 segment in Mall_Customers.csv"
    assert page.locator("#map-panel .average").count() == k
    assert not re.search(r"\bNone\b|\bnan\b", page.locator("main").inner_text())
    nothing_sticks_out(page)
    page.goto(page.url + "/score")
    page.get_by_label("Annual Income").fill("70")
    page.get_by_label("Spending Score").fill("66")
    page.click("#one button")
    page.wait_for_selector("#one article")
    nothing_sticks_out(page)


def test_two_hundred_columns_are_shown(browse, ada):
    chance = np.random.default_rng(5)
    columns = {f"column {i}": chance.choice(["a", "b", "c"], 60).tolist() for i in range(197)}
    columns |= {name: chance.integers(0, 99, 60).tolist() for name in ("spend", "visits", "items")}
    data = bring(ada, table(columns))
    explored(ada, data)
    page = browse(data, of=ada)
    assert page.locator("table.columns tbody tr").count() == 200
    nothing_sticks_out(page)
    run = begin(ada, data, k="2", k_max="2")
    assert 'id="take"' in ended(ada, run)
    page.goto(page.url.partition("/data")[0] + run)
    page.wait_for_selector("#map-panel svg.dots")
    nothing_sticks_out(page)

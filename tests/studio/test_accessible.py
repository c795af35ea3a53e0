"""Every page and state of the studio for everybody: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

import re

import pytest
from axe_here import assert_none, faults_on
from studio_here import begin, bring, demo_run, ended, explored

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def places(ada, long):
    """Where the states are that last, and the data of a run that takes long."""
    data_of_long = bring(ada, long, "long.parquet")
    explored(ada, data_of_long)
    refused = bring(ada, "<html><p>no table</p></html>", "page.html")
    explored(ada, refused)
    few = bring(ada, "spend,visits\n1,2\n3,4\n50,60\n", "few.csv")
    explored(ada, few)
    failed = begin(ada, few, k="15")
    assert 'class="fault"' in ended(ada, failed)
    run = demo_run(ada)
    data = re.search(r'href="(/data/\w+)"', ada.get(run).text)[1]
    other = begin(ada, data, k="3")
    ended(ada, other)
    return {
        "start": "/", "data": data, "data with a fault": refused, "failed": failed,
        "result": run, "another number without a script": f"{run}/other?k=3",
        "comparison": f"/compare?a={run[6:]}&b={other[6:]}", "not there": "/nowhere",
        "refused": "/compare", "long": data_of_long,
    }  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_keeps_anybody_out(browse, ada, places, width, theme):
    options = {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
    page = browse(**options)
    origin = page.url.rstrip("/")
    found = {"start, empty": faults_on(page)}
    page.context.clear_cookies()
    page.goto(origin)
    found["not let in"] = faults_on(page)

    page = browse(of=ada, **options)
    for name, path in places.items():
        page.goto(origin + path)
        if name == "result":
            page.wait_for_selector("#map-panel svg.dots")
        found[name] = faults_on(page)

    page.goto(origin + begin(ada, places["long"]))
    page.wait_for_selector("li[aria-current=step]")
    found["under way"] = faults_on(page)
    page.click("text=Cancel")
    page.wait_for_selector("text=Nothing was kept")
    found["cancelled"] = faults_on(page)

    page.goto(origin + places["result"])
    page.wait_for_selector("#map-panel svg.dots")
    page.locator("#k").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".other table")
    page.locator(".legend button").first.click()
    found["result with another number and a card"] = faults_on(page)

    page.goto(f"{origin}{places['result']}/score")
    page.get_by_label("Annual Income").fill("70")
    page.get_by_label("Spending Score").fill("66")
    page.click("#one button")
    page.wait_for_selector("#one article")
    found["scored"] = faults_on(page)
    page.get_by_label("Spending Score").fill("much")
    page.click("#one button")
    page.wait_for_selector("[role=alert]")
    found["not scored"] = faults_on(page)

    page.goto(origin + places["result"])
    card = page.locator("#segment-1")
    card.locator("summary").click()
    card.get_by_label("Name").fill(page.locator("#segment-2 h3").inner_text())
    card.get_by_role("button", name="Save").click()
    page.wait_for_selector("#segment-1 [role=alert]")
    found["a name that is taken"] = faults_on(page)
    assert_none(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_does_find_what_is_wrong(browse, theme):
    page = browse(color_scheme=theme)
    page.evaluate("document.querySelector('h1').outerHTML = '<img src=\"/static/icon.svg\">'")
    assert [own for own in faults_on(page) if own.startswith("image-alt")]

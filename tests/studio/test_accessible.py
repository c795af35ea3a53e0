"""Every page and state of the studio for everybody: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

import re
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect
from studio_here import begin, bring, demo_run, ended, explored

pytestmark = pytest.mark.slow

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
FAULTS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.flatMap(
    own => own.nodes.map(node => `${own.id} at ${node.target}: ${node.failureSummary}`))"""
OPEN = "document.querySelectorAll('details').forEach(own => { own.open = true; })"


def faults_on(page) -> list[str]:
    """What axe finds on a page as it is now, and what sticks out of it."""
    page.evaluate(OPEN)
    page.evaluate(AXE)
    found = page.evaluate(FAULTS)
    wide, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return [*found, *([f"{wide} px wide in {room}"] if wide > room else [])]


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
    told = "\n".join(f"{name}: {own}" for name, faults in found.items() for own in faults)
    assert not told, told


@pytest.fixture(scope="module")
def orders(ada):
    """The data page of a list of orders, and a run on the customers built from it."""
    lines = [
        f"{i},{i % 60},2025-{1 + i % 12:02d}-{1 + i % 28:02d},{5 + i % 60 * (1 + i % 7)}"
        for i in range(600)
    ]
    text = "\n".join(["order_id,customer_id,order_date,amount", *lines])
    data = bring(ada, text, "orders.csv")
    explored(ada, data)
    run = begin(ada, data, rfm="1", k="3")
    assert 'id="rfm"' in ended(ada, run)
    return data, run


@pytest.fixture(scope="module")
def put_away(ada):
    """A run of which only the page is left."""
    run = demo_run(ada)
    for _ in range(4):
        demo_run(ada)
    assert "This run was put away" in ada.get(run).text
    return run


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_no_state_that_is_seldom_seen_keeps_anybody_out(
    browse, ada, orders, put_away, theme, width
):
    page = browse(of=ada, color_scheme=theme, viewport={"width": width, "height": 900})
    origin = page.url.rstrip("/")
    found = {}
    for name, path in {
        "put away": put_away, "score, put away": f"{put_away}/score",
        "orders": orders[0], "customers of orders": orders[1],
    }.items():  # fmt: skip
        page.goto(origin + path)
        page.wait_for_load_state("networkidle")
        found[name] = faults_on(page)

    live = demo_run(ada)
    page.goto(origin + live)
    page.wait_for_selector("#map-panel svg.dots")
    page.locator("#segment-1 summary").click()
    page.locator("#segment-1").get_by_label("Name").fill("   ")
    page.locator("#segment-1").get_by_role("button", name="Save").click()
    page.wait_for_selector("[role=alert]")
    found["a name that is none"] = faults_on(page)

    page.goto(origin + live)
    page.wait_for_selector("#map-panel svg.dots")
    expect(page.locator(".other tbody tr")).to_have_count(5)
    for _ in range(4):
        demo_run(ada)
    page.locator("#take a").first.click()
    page.wait_for_selector("#take [role=alert]")
    page.locator("#k").evaluate("own => own.setAttribute('max', '99')")
    page.locator("#k").focus()
    page.keyboard.press("End")
    page.wait_for_selector("#other-panel [role=alert]")
    found["what is put into a page on an error"] = faults_on(page)
    told = "\n".join(f"{name}: {own}" for name, faults in found.items() for own in faults)
    assert not told, told


def test_what_is_too_large_is_told_to_everybody(browser, own_studio):
    studio = own_studio("--most-mb", "1")
    with studio.visitor() as visitor, browser.new_context() as context:
        answer = visitor.post("/files", files={"file": ("a.csv", b"a,b\n" + b"1,2\n" * 500_000)})
        assert answer.status_code == 413
        page = context.new_page()
        page.goto(studio.link)
        page.evaluate("text => { document.documentElement.innerHTML = text; }", answer.text)
        assert faults_on(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_does_find_what_is_wrong(browse, theme):
    page = browse(color_scheme=theme)
    page.evaluate("document.querySelector('h1').outerHTML = '<img src=\"/static/icon.svg\">'")
    assert [own for own in faults_on(page) if own.startswith("image-alt")]

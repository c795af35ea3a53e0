"""States that are seldom seen keep nobody out either."""

from __future__ import annotations

import re

import pytest
from axe_here import assert_none, faults_on
from playwright.sync_api import expect
from studio_here import PATIENCE, begin, bring, ended, explored

pytestmark = pytest.mark.slow

WAIT = 1000 * PATIENCE
"""Milliseconds."""
EVERYBODY = [(theme, width) for theme in ("light", "dark") for width in (1280, 390)]
ORDERS = "order_id,customer_id,order_date,amount,status\n" + "".join(
    f"{i},{i % 60},2025-{1 + i % 12:02d}-{1 + i % 28:02d},{5 + i % 60 * (1 + i % 7)},"
    f"{'cancelled' if i % 9 == 0 else 'paid'}\n"
    for i in range(600)
)


def found(visitor, data: str, **form: str) -> str:
    """The address of a run that is done."""
    run = begin(visitor, data, **form)
    text = ended(visitor, run)
    assert 'id="take"' in text, text
    return run


def demo_data(visitor) -> str:
    """The data page of the mall data, which is read."""
    data = visitor.post("/demo").headers["location"]
    explored(visitor, data)
    return data


def put_away(visitor, run: str) -> None:
    """Find segments until a run is the fifth."""
    data = re.search(r'href="(/data/\w+)"', visitor.get(run).text)[1]
    for k in "2345":
        found(visitor, data, k=k)
    assert "This run was put away" in visitor.get(run).text


@pytest.fixture(scope="module")
def places(ada) -> dict[str, str]:
    """Where these states are."""
    orders = bring(ada, ORDERS, "orders.csv")
    explored(ada, orders)
    run = found(ada, demo_data(ada), k="5")
    ada.post(f"{run}/segments/1", data={"name": "Mine"})
    again = found(ada, re.search(r'href="(/data/\w+)"', ada.get(run).text)[1], k="3")
    put_away(ada, run)
    return {
        "put away": run, "nobody is scored any more": f"{run}/score", "names handed on": again,
        "a list of orders": orders, "customers of orders": found(ada, orders, rfm="1", k="3"),
    }  # fmt: skip


@pytest.mark.parametrize(("theme", "width"), EVERYBODY)
def test_no_state_that_is_seldom_seen_keeps_anybody_out(browse, ada, places, theme, width):
    page = browse(of=ada, color_scheme=theme, viewport={"width": width, "height": 900})
    origin = page.url.rstrip("/")
    states = {}
    for name, path in places.items():
        page.goto(origin + path)
        if name == "customers of orders":
            page.wait_for_selector("#map-panel svg.dots", timeout=WAIT)
        states[name] = faults_on(page)
    assert_none(states)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [("name", "   ", "A segment needs a name."), ("pricing", "x" * 2_001, "has 2,001 characters")],
)
@pytest.mark.parametrize(("theme", "width"), EVERYBODY[1:3])
def test_the_field_that_is_wrong_says_why_and_has_the_focus(
    browse, ada, adas_run, theme, width, field, typed, words
):
    page = browse(adas_run, of=ada, color_scheme=theme, viewport={"width": width, "height": 900})
    page.locator("#segment-2 summary").click()
    card = page.locator("#segment-2")
    wrong = card.locator(f"[name={field}]")
    wrong.fill(typed)
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_role("alert")).to_contain_text(words, timeout=WAIT)
    expect(wrong).to_be_focused(timeout=WAIT)
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(re.compile(re.escape(words)))
    assert_none({field: faults_on(page)})


@pytest.mark.parametrize(("theme", "width"), EVERYBODY[:1] + EVERYBODY[3:])
def test_no_error_that_is_put_into_a_page_keeps_anybody_out(browse, ada, theme, width):
    run = found(ada, demo_data(ada), k="5")
    page = browse(run, of=ada, color_scheme=theme, viewport={"width": width, "height": 900})
    page.wait_for_selector("#map-panel svg.dots", timeout=WAIT)
    expect(page.locator(".other tbody tr")).to_have_count(5, timeout=WAIT)
    put_away(ada, run)
    page.locator("#take a").first.click()
    page.wait_for_selector("#take [role=alert]", timeout=WAIT)
    states = {"a file to take away": faults_on(page)}
    page.locator("#k").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#other-panel [role=alert]", timeout=WAIT)
    assert_none(states | {"another number": faults_on(page)})


@pytest.mark.parametrize(("theme", "width"), EVERYBODY[:1] + EVERYBODY[3:])
def test_what_is_too_large_is_told_to_everybody(browser, own_studio, tmp_path, theme, width):
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 260_000)
    studio = own_studio("--most-mb", "1")
    options = {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
    with studio.visitor() as visitor, browser.new_context(**options) as context:
        context.add_cookies([
            {"name": name, "value": value, "url": studio.origin}
            for name, value in visitor.cookies.items()
        ])  # fmt: skip
        context.route("**/files.js", lambda route: route.abort())  # it would refuse beforehand
        page = context.new_page()
        page.goto(studio.origin)
        page.set_input_files("input[type=file]", tmp_path / "a.csv")
        with page.expect_response("**/files", timeout=WAIT) as waiting:
            page.click("text=Open the file")
        assert waiting.value.status == 413
        expect(page.get_by_role("alert")).to_contain_text("a.csv is larger", timeout=WAIT)
        assert_none({"too large": faults_on(page)})

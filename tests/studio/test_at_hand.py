"""What somebody does with a mouse or the keyboard, and what must not happen under their hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from studio_here import begin, bring, explored

from segmentry.studio.progress import standing

PATIENCE = 60_000
"""Milliseconds."""


def of_each_k(demo, k: int) -> tuple[float, float]:
    """Where the button stands and how high the page is, with another number of segments shown."""
    demo.locator("#k").evaluate(
        "(own, k) => { own.value = k; own.dispatchEvent(new Event('input', {bubbles: true})); }", k
    )
    expect(demo.locator(".other tbody tr")).to_have_count(k)
    return demo.evaluate(
        "[document.querySelector('#take-k').getBoundingClientRect().top + scrollY,"
        " document.documentElement.scrollHeight]"
    )


@pytest.mark.slow
def test_dragging_the_slider_shows_what_lies_under_the_mouse(browse, ada, adas_run):
    page = browse(adas_run, of=ada)
    page.wait_for_selector("#map-panel svg.dots")
    page.locator("#k").scroll_into_view_if_needed()
    expect(page.locator(".other tbody tr")).to_have_count(5)
    expect(page.locator("#take-k button")).to_be_disabled()
    box = page.locator("#k").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.45 * box["width"], middle)
    page.mouse.down()
    for percent in range(45, 97):
        page.mouse.move(box["x"] + percent / 100 * box["width"], middle)
    expect(page.locator("#k-out")).to_have_text("10")
    expect(page.locator(".other tbody tr")).to_have_count(10)
    expect(page.locator("#take-k button")).to_have_text("Take these 10")
    expect(page.locator("#other-said")).to_contain_text("10 segments: ")
    page.mouse.up()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_while_the_slider_does(browse, ada, adas_run, width):
    page = browse(adas_run, of=ada, viewport={"width": width, "height": 900})
    page.wait_for_selector("#map-panel svg.dots")
    places = {tuple(of_each_k(page, k)) for k in (10, 2, 5)}
    assert len(places) == 1


@pytest.mark.slow
def test_cancel_keeps_the_focus_while_the_run_goes_on(browse, ada, long):
    data = bring(ada, long, "long.parquet")
    explored(ada, data)
    page = browse(begin(ada, data), of=ada)
    page.locator("#cancel").focus()
    page.evaluate("document.querySelector('#step-said').marked = true")
    expect(page.locator("#step-said")).to_have_text("Trying numbers of segments", timeout=PATIENCE)
    assert page.evaluate("document.querySelector('#step-said').marked"), "the same node speaks"
    assert page.evaluate("document.activeElement.id") == "cancel"
    page.keyboard.press("Enter")
    expect(page.locator("h2")).to_have_text("Cancelled")


def test_the_time_left_never_grows():
    told, promised = [], None
    for elapsed in range(1, 40):
        at = standing("elbow", 0.3, float(elapsed), promised=promised)
        promised = at.seconds_left
        told.append((promised, at.late))
    assert [own for own, _ in told] == sorted((own for own, _ in told), reverse=True)
    assert not told[0][1]
    assert told[-1][1], "it says that it takes longer"

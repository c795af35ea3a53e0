"""The map under a mouse, and the whole way by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from steps_here import PATIENCE, opened

pytestmark = pytest.mark.slow


def test_pointing_at_a_segment_lights_it_and_shows_its_card(demo):
    demo.wait_for_selector("#map-panel svg.dots")
    expect(demo.locator("[data-hint]")).to_be_visible()
    demo.locator("#map-panel .average[data-segment='2']").hover()
    expect(demo.locator("#map-panel .cloud.on")).to_have_count(1)
    expect(demo.locator("#map-panel .cloud.on")).to_have_attribute("data-segment", "2")
    expect(demo.locator("[data-card='2']")).to_be_visible()
    expect(demo.locator("[data-card='2'] h3")).to_have_text("High Income, High Spending")
    expect(demo.locator("[data-card]:visible")).to_have_count(1)
    demo.locator("h1").hover()
    expect(demo.locator("[data-hint]")).to_be_visible()
    demo.locator(".legend button").nth(2).click()
    demo.locator("h1").hover()
    expect(demo.locator("[data-card='3']")).to_be_visible()
    expect(demo.locator(".legend button").nth(2)).to_have_attribute("aria-pressed", "true")


def test_the_axes_of_the_map_can_be_chosen(demo):
    demo.wait_for_selector("#axis-x")
    first, second = demo.locator("#axis-x option").all_inner_texts()
    assert demo.locator("#map-panel text.axis").all_text_contents() == [first, second]
    demo.locator("#axis-x").select_option(second)
    expect(demo.locator("#map-panel text.axis").first).to_have_text(second)
    assert demo.locator("#map-panel .cloud").count() == 5


def test_the_whole_way_can_be_gone_by_keyboard(browse):
    page = opened(browse)

    def tab_to(text: str) -> None:
        """Press Tab until an element with this text, which must be seen to have the focus."""
        for _ in range(150):
            page.keyboard.press("Tab")
            told = page.evaluate("""() => {
                const own = document.activeElement, style = getComputedStyle(own);
                const label = own.labels && own.labels.length ? own.labels[0].innerText : "";
                const box = own.getBoundingClientRect();
                return [own.innerText || label || own.ariaLabel || "", style.outlineStyle,
                        parseFloat(style.outlineWidth), box.width * box.height, own.tagName]
            }""")
            if told[4] != "BODY":
                assert told[1] != "none", told
                assert told[2] >= 2, told
                assert told[3] > 0, told
            if told[0].strip().startswith(text):
                return
        raise AssertionError(f"Tab does not reach {text!r}")

    tab_to("Skip to the content")
    page.keyboard.press("Enter")
    tab_to("Try it with the mall data")
    page.keyboard.press("Enter")
    page.wait_for_selector("#find", timeout=PATIENCE)
    expect(page.get_by_text("Counting again")).to_have_count(0)
    tab_to("Leave out")
    before = page.evaluate("document.activeElement.id")
    page.keyboard.press("Space")
    expect(page.locator(f"#{before}")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Counting again")).to_have_count(0, timeout=PATIENCE)
    assert page.evaluate("document.activeElement.id") == before, "the focus stays where it was"
    tab_to("Find the segments")
    page.keyboard.press("Enter")
    page.wait_for_selector("#take", timeout=PATIENCE)
    page.wait_for_selector("#map-panel svg.dots")
    tab_to("Change name and actions")
    page.keyboard.press("Enter")
    tab_to("Name")
    page.keyboard.press("Control+A")
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(page.locator("#segment-1 h3")).to_have_text("Mine")
    page.wait_for_selector("#map-panel svg.dots")
    tab_to("2 High Income")
    page.keyboard.press("Space")
    expect(page.locator("[data-card='2']")).to_be_visible()
    tab_to("Number of segments")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".other tbody tr")).to_have_count(4)
    tab_to("Take these 4")
    tab_to("report.html")
    tab_to("scoring.sql")

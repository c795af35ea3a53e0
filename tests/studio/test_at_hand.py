"""What somebody does with a mouse or the keyboard, and what must not happen under their hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from studio_here import begin, bring, demo_run, explored

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


# ---------------------------------------------------------------- what fits the screen


def figure_of(page, name: str):
    return page.locator(f"#{name} .frame img").first


@pytest.mark.slow
def test_figures_are_drawn_for_dark_pages_too(browse, ada, adas_run):
    page = browse(adas_run, of=ada, color_scheme="dark")
    shown = figure_of(page, "profiles").evaluate(
        "own => { own.loading = 'eager'; return own.decode().then(() => own.currentSrc); }"
    )
    assert shown.endswith("theme=dark")
    drawn = ada.get(shown).text
    assert "#1b232c" in drawn
    assert "#ffffff" not in drawn
    assert ada.get(f"{adas_run}/figures/profile.svg?theme=pink").status_code == 404


@pytest.mark.slow
def test_on_a_phone_figures_are_legible_and_captions_are_whole(browse, ada, adas_run):
    page = browse(adas_run, of=ada, viewport={"width": 390, "height": 844})
    page.wait_for_selector("#map-panel svg.dots")
    page.wait_for_load_state("networkidle")
    pixels = page.evaluate(
        "document.querySelector('.dots').getBoundingClientRect().width / 720 * 13"
    )
    assert pixels > 9
    for name in ("how-many", "profiles", "trust"):
        frame = page.locator(f"#{name} .frame").first
        wide, room = frame.evaluate("own => [own.scrollWidth, own.clientWidth]")
        assert wide > 1.2 * room
        assert frame.get_attribute("tabindex") == "0"
    cut = page.evaluate("""[...document.querySelectorAll("caption")].filter(own => {
        const range = document.createRange();
        range.selectNodeContents(own);
        return range.getBoundingClientRect().right > innerWidth;
    }).map(own => own.textContent)""")
    assert cut == []


@pytest.mark.slow
def test_the_sections_stay_at_hand_and_cover_nothing(browse, ada, adas_run):
    page = browse(adas_run, of=ada, reduced_motion="reduce")
    page.wait_for_selector("#map-panel svg.dots")
    links = page.locator("nav.sections a")
    links.get_by_text("Score").click()
    expect(links.get_by_text("Score")).to_have_attribute("aria-current", "true")
    expect(page.locator("#score h2")).to_be_in_viewport()
    under = page.evaluate("document.querySelector('nav.sections').getBoundingClientRect().bottom")
    assert page.locator("#score h2").bounding_box()["y"] > under
    links.get_by_text("Top").click()
    expect(page.locator("h1")).to_be_in_viewport()


@pytest.mark.slow
def test_a_segment_that_is_pointed_at_leaves_the_other_map_alone(browse, ada, adas_run):
    page = browse(adas_run, of=ada)
    page.wait_for_selector("#map-panel svg.dots")
    page.locator("#k").scroll_into_view_if_needed()
    expect(page.locator(".other tbody tr")).to_have_count(5)
    page.locator(".legend button").nth(1).click()
    expect(page.locator("[data-card='2'] .first")).to_contain_text("Campaign: ")
    expect(page.locator(".lab.lit")).to_have_count(1)
    expect(page.locator(".other.lit")).to_have_count(0)
    page.locator(".other .average").first.hover()
    expect(page.locator(".other.lit")).to_have_count(1)
    expect(page.locator("[data-card='2']")).to_be_visible()


# ---------------------------------------------------------------- files that come and go


@pytest.mark.slow
def test_the_lines_that_repeat_a_run_can_be_copied(browse, ada, adas_run):
    page = browse(adas_run, of=ada, permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("#method .copy").first
    button.click()
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#method pre").first.text_content()


@pytest.mark.slow
def test_a_file_tells_that_it_is_made_and_what_went_wrong(browse, ada):
    run = demo_run(ada)
    page = browse(run, of=ada)
    row = page.locator("#take li", has_text="report.pdf")
    with page.expect_download() as waiting:
        page.click("text=report.pdf")
        expect(row.locator(".made")).to_have_text("is being made…")
    assert waiting.value.suggested_filename == "Mall_Customers-report.pdf"
    expect(row.locator(".made")).to_have_count(0)
    for _ in range(4):
        demo_run(ada)
    page.click("text=segments.csv")
    expect(page.locator("#take [role=alert]")).to_contain_text("This run was put away")


@pytest.mark.slow
def test_an_upload_that_is_too_large_is_told_before_it_is_sent(browser, own_studio, tmp_path):
    (tmp_path / "large.csv").write_text("a,b\n" + "1,2\n" * 400_000)
    studio = own_studio("--most-mb", "1")
    with browser.new_context() as context:
        page = context.new_page()
        sent = []
        page.on("request", lambda own: sent.append(own.method))
        page.goto(studio.link)
        page.wait_for_url(f"{studio.origin}/")
        page.set_input_files("input[type=file]", tmp_path / "large.csv")
        expect(page.get_by_role("alert")).to_contain_text("large.csv has 1.6 MB.")
        assert "POST" not in sent

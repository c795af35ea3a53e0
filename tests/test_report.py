"""The report in a real browser: what it shows, and that it asks nobody for anything."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import segmentry
from segmentry.plots import displays
from segmentry.report.html import render, report_page

pytestmark = pytest.mark.slow

NASTY = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "</style>"]


@pytest.fixture
def open_page(browser, tmp_path):
    """Open HTML text as a file and note every console line, dialog and request."""

    def opened(text, width=1200):
        file = tmp_path / "report.html"
        file.write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.noise = []
        page.on("console", lambda own: page.noise.append(own.text))
        page.on("pageerror", lambda own: page.noise.append(str(own)))
        page.on("dialog", lambda own: (page.noise.append(own.message), own.dismiss()))
        page.on(
            "request",
            lambda own: own.url.startswith(("file:", "data:")) or page.noise.append(own.url),
        )
        page.goto(file.as_uri())
        return page

    return opened


@pytest.fixture(scope="module")
def mall_report(mall):
    return report_page(segmentry.segment(mall).found)


def test_the_answer_comes_first_as_five_cards(open_page, mall_report):
    page = open_page(mall_report)
    cards = page.locator("article.card")
    assert cards.count() == 5
    assert "High Income, High Spending" in cards.nth(1).inner_text()
    assert "VIP" in cards.nth(1).inner_text()
    assert "Campaign" in cards.nth(1).inner_text()
    order = page.eval_on_selector_all("section", "all => all.map(own => own.id)")
    assert order == ["segments", "map", "how-many", "profiles", "rules", "data", "trust", "method"]
    assert page.noise == []


def test_it_is_self_contained_small_and_has_no_script(open_page, mall_report):
    assert len(mall_report.encode()) < 1_000_000
    assert "<script" not in mall_report
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", mall_report)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', mall_report)[1]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    page = open_page(mall_report)
    width = page.eval_on_selector(".w1", "own => own.getBoundingClientRect().width")
    assert width > 50, "the style sheet is applied under its own policy"


def test_every_figure_is_drawn_and_has_words_for_those_who_cannot_see_it(open_page, mall_report):
    page = open_page(mall_report)
    figures = page.eval_on_selector_all(
        "img", "all => all.map(own => [own.naturalWidth, own.alt, own.src.slice(0, 26)])"
    )
    assert len(figures) == 6
    for width, alt, source in figures:
        assert width > 300
        assert len(alt) > 40
        assert source == "data:image/svg+xml;base64,"


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_sticks_out_on_any_screen(open_page, mall_report, width):
    page = open_page(mall_report, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_id_and_no_contact_data_is_in_it(tmp_path):
    table = pd.DataFrame(
        {
            "customer_id": [f"ID-{i:04d}" for i in range(60)],
            "email": [f"someone{i}@mail.example" for i in range(60)],
            "full_name": [f"Given Family{i}" for i in range(60)],
            "spend": [i % 7 + 50 * (i % 2) for i in range(60)],
            "visits": [i % 5 + 20 * (i % 3) for i in range(60)],
        }
    )
    result = segmentry.segment(table)
    result.write(tmp_path / "run")
    told = [file for file in (tmp_path / "run").rglob("*") if file.suffix in {".html", ".json"}]
    told.append(tmp_path / "run" / "segments.csv")
    for file in told:
        text = file.read_text()
        assert not re.search(r"ID-\d{4}|someone\d|Family\d", text), file.name
    assert result.summary["roles"]["contact"] == ["email", "full_name"]


@pytest.mark.parametrize("nasty", NASTY)
def test_text_from_the_data_is_shown_and_never_run(open_page, nasty):
    table = pd.DataFrame(
        {
            nasty: [1.0, 2, 3, 1, 2, 3, 50, 51, 52, 50, 51, 52],
            "spend": [5.0, 6, 5, 6, 5, 6, 90, 91, 90, 91, 90, 92],
            "group": [nasty] * 6 + ["b"] * 6,
        }
    )
    result = segmentry.segment(table, k=2, features=[nasty, "spend"], profile=["group"])
    page = open_page(report_page(result.found))
    assert page.noise == []
    assert nasty in page.inner_text("#data")
    assert nasty in page.inner_text("#profiles")
    assert page.locator("script, img:not([src^='data:'])").count() == 0
    assert nasty not in result._repr_html_() or "<" not in nasty


def test_one_segment_and_missing_figures_render_too(open_page):
    table = pd.DataFrame({"spend": [1.0, 5.0, 9.0, 4.0, 7.5], "visits": [1, 2, 3, 5, 2]})
    page = open_page(report_page(segmentry.segment(table, k=1).found))
    assert page.noise == []
    assert "1 segment in" in page.inner_text("h1")
    assert "All customers" in page.inner_text("article.card")
    assert "None" not in page.inner_text("body")
    assert "nan" not in page.inner_text("body").lower().split()


def test_many_segments_and_long_names_stay_readable(open_page):
    name = "a very long column name that goes on " * 8
    table = pd.DataFrame({name: [i * i for i in range(120)], "spend": [i % 11 for i in range(120)]})
    text = report_page(segmentry.segment(table, k=20, features=[name, "spend"]).found)
    page = open_page(text, width=400)
    assert page.locator("article.card").count() == 20
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert len(text) < 10_000_000


def test_the_same_run_gives_the_same_page(mall):
    found = segmentry.segment(mall).found
    figures = {name: own.figure() for name, own in displays(found).items()}
    assert render(found, segmentry.segment(mall).summary, figures) == report_page(found)

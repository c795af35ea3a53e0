"""The studio as an analyst meets it, in a real browser: from a messy file to what is taken away."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from steps_here import PATIENCE, bring, find, opened, row, settle, slide_to, take

import segmentry

pytestmark = pytest.mark.slow

NASTY = "<img src=x onerror=alert(1)>"


def messy_csv(folder: Path) -> Path:
    """Customers as an office writes them down; only a person knows what 1,234 means."""
    chance = np.random.default_rng(7)
    lines = ["Kundennr;E-Mail;Ort;Umsatz;Besuche;Alter"]
    for i in range(120):
        group = i % 3
        spent = (1120, 3450, 5210)[group] + chance.integers(-90, 90)
        visits = (3, 22, 9)[group] + chance.integers(0, 5) if i != 5 else "k. A."
        town = ("Köln", "München", "Zürich")[i % 7 % 3]
        lines.append(
            f"K{i:04d};kunde{i}@beispiel.example;{town};{spent // 1000},{spent % 1000:03d};"
            f"{visits};{20 + i % 50}"
        )
    lines.append("Gesamt;;;391,200;1359;")
    path = folder / "Kunden März.csv"
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    return path


# ---------------------------------------------------------------- the whole way


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_a_messy_file_becomes_named_segments_that_can_be_taken_away(browse, tmp_path, scripted):
    page = opened(browse, scripted=scripted)
    bring(page, messy_csv(tmp_path))
    expect(page.get_by_role("alert")).to_contain_text("Umsatz")
    expect(page.get_by_role("alert")).to_contain_text("“Decimal mark”")
    page.get_by_label("Decimal mark").select_option(",")
    page.click("text=Read it again")
    settle(page, "#columns")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Kunden März.csv")
    expect(page.locator("#body > .verdict")).to_contain_text("120 rows, 6 columns")
    expect(page.locator(".note")).to_contain_text("a total of the others (line 122)")
    expect(row(page, "E-Mail")).to_contain_text("contact data: never used")
    expect(row(page, "E-Mail").get_by_role("button")).to_have_count(0)
    assert "@beispiel" not in page.content()

    row(page, "Ort").get_by_role("button", name="Leave out").click()
    settle(page, "#columns")
    left = row(page, "Ort").get_by_role("button", name="Leave out")
    expect(left).to_have_attribute("aria-pressed", "true")

    find(page)
    expect(page.locator("h1")).to_have_text("3 segments in Kunden März.csv")
    assert page.locator("article.card").count() == 3
    assert "@beispiel" not in page.content()
    assert "K0001" not in page.content()

    slide_to(page, 2)
    expect(page.locator(".other .verdict")).to_contain_text("With 2 instead of 3")
    expect(page.locator(".other tbody tr")).to_have_count(2)
    if not scripted:
        page.go_back()

    card = page.locator("#segment-2")
    card.locator("summary").click()
    card.get_by_label("Name").fill(NASTY)
    card.get_by_label("Campaign").fill("Invite them & theirs")
    card.get_by_role("button", name="Save").click()
    expect(page.locator("#segment-2 h3")).to_have_text(NASTY)
    expect(page.locator("#segment-2 .actions")).to_contain_text("Invite them & theirs")
    assert page.locator("img[src=x]").count() == 0
    expect(page.locator("#segment-2").get_by_text("Saved.")).to_be_focused()

    card = page.locator("#segment-1")
    card.locator("summary").click()
    card.get_by_label("Name").fill(NASTY)
    card.get_by_label("Campaign").fill("Three long lines")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_role("alert")).to_contain_text("Another segment is called")
    expect(card.get_by_label("Campaign")).to_have_value("Three long lines")
    expect(card.get_by_label("Name")).to_be_focused()
    page.goto(page.url)
    expect(page.locator("h1")).to_have_text("3 segments in Kunden März.csv")
    expect(page.get_by_text("Saved.")).to_have_count(0)

    folder = tmp_path / "taken"
    folder.mkdir()
    model = segmentry.load(take(page, "model.json", folder))
    page.click("text=Score one customer, or a file of them")
    for typed, customer in [("3,4", 3.4), ("1.9", 1.9)]:
        page.get_by_label("Umsatz").fill(typed)
        page.get_by_label("Besuche").fill("21")
        page.click("#one button")
        found = model.explain({"Umsatz": customer, "Besuche": 21})
        told = page.locator("#one article")
        expect(told.locator(".badge")).to_have_text(str(found.segment))
        expect(told.locator("header h3")).to_have_text(found.name)
        expect(told).to_contain_text(f"{found.second_segment} {found.second_name}")
    page.get_by_label("Umsatz").fill("a lot")
    page.click("#one button")
    expect(page.get_by_role("alert")).to_contain_text("Umsatz is not a number.")


# ---------------------------------------------------------------- the mall data


def test_the_mall_data_shows_the_five_segments_in_two_clicks(browse):
    page = opened(browse)
    page.click("text=Try it with the mall data")
    page.wait_for_url("**/data/*")
    page.wait_for_selector("#find", timeout=PATIENCE)
    find(page)
    names = page.locator("article.card h3").all_inner_texts()
    assert sorted(names) == sorted([
        "Average Income, Average Spending", "High Income, High Spending",
        "High Income, Low Spending", "Low Income, Low Spending", "Low Income, High Spending",
    ])  # fmt: skip


def test_two_browsers_do_not_see_each_other_s_runs(browse, studio, demo):
    other = opened(browse)
    other.goto(studio.origin)
    expect(other.locator("#earlier")).to_contain_text("Nothing yet.")
    answer = other.goto(demo.url)
    assert answer.status == 404
    expect(other.locator("h1")).to_have_text("That did not work")


def test_a_reload_in_mid_run_keeps_the_progress_and_ends_at_the_result(browse):
    page = opened(browse)
    page.click("text=Try it with the mall data")
    page.wait_for_selector("#find", timeout=PATIENCE)
    page.get_by_role("button", name="Find the segments").click()
    page.wait_for_selector("progress, #take")
    run = page.url
    page.reload()
    page.wait_for_selector("progress, #take")
    page.wait_for_selector("#take", timeout=PATIENCE)
    assert page.url == run
    page.goto(run.partition("/runs")[0])
    expect(page.locator("#earlier li")).to_contain_text("5 segments; the largest, Average Income")


def test_a_run_can_be_cancelled_where_its_progress_is_shown(browse, tmp_path, long):
    (tmp_path / "many.parquet").write_bytes(long)
    page = opened(browse)
    bring(page, tmp_path / "many.parquet")
    page.get_by_role("button", name="Find the segments").click()
    page.wait_for_selector("progress")
    page.click("text=Cancel")
    expect(page.locator("h2")).to_have_text("Cancelled")
    expect(page.locator("h1")).to_have_text("The run was cancelled")
    expect(page).to_have_title(re.compile("The run was cancelled"))
    page.click("text=Back to the data")
    expect(page.locator("h1")).to_have_text("many.parquet")


def test_two_runs_are_compared(demo, adas_run):
    demo.locator("#again select").select_option("3")
    demo.get_by_role("button", name="Run again").click()
    expect(demo.locator("h1")).to_have_text("3 segments in Mall_Customers.csv")
    demo.click("text=Compare with the run before")
    expect(demo.locator("section h2 a")).to_have_count(2)
    assert demo.locator(".compare tbody").nth(0).locator("tr").count() == 5
    assert demo.locator(".compare tbody").nth(1).locator("tr").count() == 3
    settings = demo.locator("section[aria-labelledby=different] tbody tr")
    assert settings.all_inner_texts() == ["How many segments\tlet the data decide\t3"]
    went = demo.locator("section[aria-labelledby=who-moved] tbody tr")
    expect(went).to_have_count(5)
    parts = [re.findall(r"([\d,]+) \(\d", own) for own in went.all_inner_texts()]
    assert sum(int(own) for part in parts for own in part) == 200
    here = demo.url.rpartition("=")[2]
    demo.goto(f"{demo.url.partition('?')[0]}?a={here}&b={here}")
    expect(demo.get_by_role("alert")).to_contain_text("one and the same run")
    demo.go_back()
    expect(demo.locator(f"a[href='{adas_run}']")).to_have_count(1)


def test_what_is_filled_in_stays_and_business_limits_hold(browse):
    page = opened(browse)
    page.click("text=Try it with the mall data")
    page.wait_for_selector("#find", timeout=PATIENCE)
    page.get_by_label("How many segments").select_option("auto")
    page.get_by_label("At most").fill("9")
    page.get_by_label("Smallest segment").fill("15")
    page.click("text=How columns are prepared")
    page.get_by_label("Weight of Annual Income").fill("1.5")
    row(page, "Age").get_by_role("button", name="Group").click()
    settle(page, "#columns")
    expect(page.get_by_label("Weight of Age")).to_be_visible()
    row(page, "Age").get_by_role("button", name="Describe").click()
    settle(page, "#columns")
    expect(page.get_by_label("Weight of Age")).to_have_count(0)
    expect(page.get_by_label("Weight of Annual Income")).to_have_value("1.5")
    page.get_by_label("Weight of Annual Income").fill("")
    page.click("text=How the file is read")
    page.get_by_label("Also means").fill("-99")
    page.click("text=Read it again")
    expect(page.locator("#reading details")).not_to_have_attribute("open", "", timeout=PATIENCE)
    settle(page, "#find")
    expect(page.get_by_label("At most")).to_have_value("9")
    expect(page.get_by_label("Smallest segment")).to_have_value("15")
    find(page)
    sizes = [
        int(own.replace(",", "")) for own in page.locator("article.card .size b").all_inner_texts()
    ]
    assert sum(sizes) == 200
    assert min(sizes) >= 30, "15 % of the customers"
    expect(page.locator("#again").get_by_label("Smallest segment")).to_have_value("15.0")

"""What somebody does in a browser, step by step."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect
from studio_here import PATIENCE as SECONDS

PATIENCE = 1000 * SECONDS
"""Milliseconds."""


def bring(page, path: Path) -> None:
    """Choose a file on the start page; with a script it is sent at once."""
    page.set_input_files("input[type=file]", path)
    if not page.scripted:
        page.click("text=Open the file")
    page.wait_for_url("**/data/*")
    settle(page, "#reading")


def settle(page, selector: str) -> None:
    """Wait for a part of the page; without a script by looking again, as people would."""
    if page.scripted:
        expect(page.get_by_text("Counting again")).to_have_count(0, timeout=PATIENCE)
        page.wait_for_selector(selector, timeout=PATIENCE)
        return
    for _ in range(300):
        busy = page.get_by_text("Counting again").count() + page.locator("progress").count()
        if page.locator(selector).count() and not busy:
            return
        page.wait_for_timeout(100)
        page.reload()
    raise AssertionError(f"{selector} is not there")


def find(page) -> None:
    page.get_by_role("button", name="Find the segments").click()
    page.wait_for_url("**/runs/*")
    settle(page, "#take")


def opened(browse, *, scripted: bool = True, **options):
    page = browse(java_script_enabled=scripted, **options)
    page.scripted = scripted
    return page


def row(page, column: str):
    return page.locator(f"table.columns tbody tr:has(th:has-text('{column}'))")


def slide_to(page, k: int) -> None:
    slider = page.get_by_role("slider")
    slider.focus()
    while int(slider.input_value()) != k:
        page.keyboard.press("ArrowLeft" if int(slider.input_value()) > k else "ArrowRight")
    if page.scripted:
        expect(page.locator("#k-out")).to_have_text(str(k))
    else:
        page.click("#other button")


def take(page, name: str, folder: Path) -> Path:
    """Download a file by its link."""
    with page.expect_download() as waiting:
        page.locator("#take").get_by_text(name, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path

"""A real browser: Debian's Chromium, and what a page must not do in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_TOLD = ("/files/", "/other?")
"""What a page asks for by script, and tells of if it is refused."""
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium, as long as the context lasts."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    assert path, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


def listen(context: BrowserContext, origin: str) -> list[str]:
    """Note every console line, fault, dialog and request to another host in any of its pages.

    That the server refused a page which was asked for is no fault of a page.
    """
    noise: list[str] = []
    asked: set[str] = set()

    def on_console(own: ConsoleMessage) -> None:
        if not (_REFUSED.match(own.text) and own.location["url"] in asked):
            noise.append(f"{own.type}: {own.text} ({own.location['url']})")

    def on_request(own: Any) -> None:
        if own.is_navigation_request() or any(part in own.url for part in _TOLD):
            asked.add(own.url)
        if not own.url.startswith((origin, "data:", "blob:", "about:")):
            noise.append(f"request: {own.url}")

    context.on("console", on_console)
    context.on("weberror", lambda own: noise.append(f"error: {own.error}"))
    context.on("dialog", lambda own: (noise.append(f"dialog: {own.message}"), own.dismiss()))
    context.on("request", on_request)
    return noise

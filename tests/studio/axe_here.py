"""What axe finds on a page, and what sticks out of it."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python

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


def assert_none(found: dict[str, list[str]]) -> None:
    """Nothing was found in any state; else what and where."""
    told = "\n".join(f"{name}: {own}" for name, faults in found.items() for own in faults)
    assert not told, told

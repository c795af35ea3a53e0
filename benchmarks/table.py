"""Write the table in README.md from what is in results/, so that the two never differ.

Run:  .venv/bin/python benchmarks/table.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness import RESULTS

from segmentry.files import write_text

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- table.py writes from here -->"
END = "<!-- to here -->"
ORDER = (
    "demo", "restarts", "elbow-1m", "elbow-10m", "command-shop", "command-large", "command-skewed",
    "command-plain", "pass", "assign", "read", "quality-shop", "quality-skewed", "quality-plain",
)  # fmt: skip


def rows() -> Iterator[str]:
    """The lines of the table, a result after the other."""
    yield "| script | question | measured | must reach |"
    yield "|:--|:--|:--|:--|"
    for found in results():
        mark = ", and the answers disagree" if found["problems"] else ""
        for row in found["table"]:
            script, answer = f"`{found['script']}`", row["answer"] + mark
            yield f"| {script} | {row['question']} | {answer} | {row['demand']} |"


def results() -> list[dict[str, Any]]:
    """All that was stored, in the order of the names above; others come last."""
    names = sorted(path.stem for path in RESULTS.glob("*.json"))
    known = [name for name in ORDER if name in names]
    others = [name for name in names if name not in ORDER]
    return [json.loads((RESULTS / f"{name}.json").read_text()) for name in (*known, *others)]


def main() -> None:
    before, rest = README.read_text().split(BEGIN)
    after = rest.split(END)[1]
    write_text(README, "\n".join([before + BEGIN, "", *rows(), "", END + after]))


if __name__ == "__main__":
    main()

"""What the command line shows: results as plain text, errors in two lines, a bar while it works."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segmentry.progress import Progress
from segmentry.textual import cut, percent, short_number, text_table

__all__ = ["progress_bar", "say_error", "tell_explored", "tell_run"]

_STEPS = {
    "read": "Reading",
    "explore": "Exploring the columns",
    "prepare": "Preparing the features",
    "elbow": "Trying numbers of segments",
    "settle": "Settling the centres",
    "describe": "Describing the segments",
    "figures": "Drawing the figures",
    "report": "Writing the report",
    "files": "Writing tables and models",
}


def say_error(code: str, what: str, fix: str) -> None:
    """Print the two lines of an error to stderr."""
    print(f"Error [{code}]: {_one_line(what)}\nFix: {_one_line(fix)}", file=sys.stderr)


def _one_line(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def progress_bar(*, silent: bool) -> Iterator[Progress]:
    """Hand out a progress that draws a bar on a terminal and is silent elsewhere."""
    if silent or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=len(_STEPS))
        order = list(_STEPS)

        def tell(step: str, share: float, note: str) -> None:
            doing = f"{_STEPS[step]}, {note}" if note else _STEPS[step]
            bar.update(task, description=doing, completed=order.index(step) + share)

        yield Progress(tell)


def tell_run(summary: Mapping[str, Any], folder: Path) -> None:
    """Print the segments, why there are so many, and where everything lies."""
    features = list(summary["telling"])
    more = len(summary["roles"]["features"]) - len(features)
    rows = summary["rows"]
    grouped = f"grouped by {' and '.join(features)}" + (f" and {more} more" if more else "")
    name = summary["source"]["name"]
    print(f"{name}: {rows['used']:,} of {rows['read']:,} customers, {grouped}\n")
    print(summary["verdict"] + "\n")
    header = [
        "",
        "Segment",
        "What it is",
        "Customers",
        "Share",
        *(cut(own, 24) for own in features),
    ]
    lines = [
        [str(own["segment"]), own["name"], own["title"], f"{own['customers']:,}",
         percent(own["share"]), *(short_number(own["center"][name]) for name in features)]
        for own in summary["segments"]
    ]  # fmt: skip
    print(text_table(header, lines, left=3))
    print()
    print(text_table(None, [
        ["Report", str(folder / "report.html")],
        ["Segments", str(folder / "segments.csv")],
        ["Model", f"{folder / 'model.json'}  (score new customers: segmentry assign MODEL FILE)"],
    ], left=2))  # fmt: skip
    for warning in summary["warnings"]:
        print(f"Warning: {_one_line(warning)}", file=sys.stderr)


def tell_explored(found: Any) -> None:
    """Print an exploration: as a table for people, or plain data as JSON."""
    if not isinstance(found, dict):
        print(found)
        return
    import json

    print(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False, default=str))

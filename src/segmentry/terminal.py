"""What the command line shows: results as plain text, errors in two lines, a bar while it works."""

from __future__ import annotations

import io
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segmentry.progress import STEPS, Progress
from segmentry.textual import cut, listed, percent, short_number, text_table, visible

__all__ = [
    "open_streams",
    "progress_bar",
    "say_error",
    "tell_customers",
    "tell_explored",
    "tell_run",
    "tell_warnings",
]

RUN_ORDERS = tuple(own for own in STEPS if own != "assign")
"""The steps of a whole run that begins with order lines."""
RUN = tuple(own for own in RUN_ORDERS if own != "orders")
"""The steps of a whole run."""
_ENOUGH_SEEN = 0.05
"""The share of the work after which a guess at the time left is worth showing."""


def open_streams() -> None:
    """Let print work where a stream is closed, or cannot show every letter."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say_error(code: str, what: str, fix: str) -> None:
    """Print the two lines of an error to stderr."""
    print(f"Error [{code}]: {_one_line(what)}\nFix: {_one_line(fix)}", file=sys.stderr)


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


@contextmanager
def progress_bar(*, silent: bool, steps: Sequence[str] = RUN) -> Iterator[Progress]:
    """Hand out a progress that draws a bar on a terminal and is silent elsewhere.

    ``steps`` are those that the command will go through.
    """
    if silent or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description:<36}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=1.0, left="")
        started = time.monotonic()

        def tell(step: str, share: float, note: str) -> None:
            name = STEPS[step][0]
            reached = _share_done(step, share, steps)
            left = _time_left(time.monotonic() - started, reached)
            described = f"{name}, {note}" if note else name
            changed = bar.tasks[task].description != described
            bar.update(task, description=described, completed=reached, left=left, refresh=changed)

        yield Progress(tell)


def _share_done(step: str, share: float, steps: Sequence[str]) -> float:
    """The share of all steps that is done, at a share of one of them.

    >>> _share_done("assign", 0.5, ["read", "assign"])
    0.5454545454545454
    """
    weights = [STEPS[own][1] for own in steps]
    place = steps.index(step)
    return (sum(weights[:place]) + share * weights[place]) / sum(weights)


def _time_left(elapsed: float, share: float) -> str:
    """A guess, if there is ground for one.

    >>> _time_left(30, 0.25), _time_left(0.2, 0.01)
    ('about 90 s left', '')
    """
    if share < _ENOUGH_SEEN or elapsed < 1:
        return ""
    seconds = elapsed * (1 - share) / share
    if seconds < 120:
        return f"about {seconds:.0f} s left"
    return f"about {seconds / 60:.0f} min left"


def tell_run(summary: Mapping[str, Any], folder: Path, *, table: str | None = None) -> None:
    """Print the segments, why there are so many, and where everything lies.

    ``table`` is where a database keeps the segments of its customers.
    """
    numbers, categories = list(summary["telling"]), list(summary["categories"])
    features = [*numbers, *categories]
    more = len(summary["roles"]["features"]) - len(features)
    rows = summary["rows"]
    grouped = "grouped by " + listed([*features, f"{more} more"] if more else features)
    name = summary["source"]["name"]
    print(visible(f"{name}: {rows['used']:,} of {rows['read']:,} customers, {grouped}\n"))
    print(visible(summary["verdict"]) + "\n")
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
         percent(own["share"]), *(short_number(own["center"][name]) for name in numbers),
         *(_main_level(own["profile"]["levels"][name]) for name in categories)]
        for own in summary["segments"]
    ]  # fmt: skip
    print(text_table(header, lines, left=3))
    print()
    places = [["Customers", table]] if table else []
    if not table and not any(folder.glob("customers.*")):
        places = [["Customers", "stay in the database (keep a table there: --write-to NAME)"]]
    print(text_table(None, [
        ["Report", str(folder / "report.html")],
        ["Segments", str(folder / "segments.csv")],
        ["Model", f"{folder / 'model.json'}  (score new customers: segmentry assign MODEL FILE)"],
        *places,
    ], left=2))  # fmt: skip
    tell_warnings(summary["warnings"])


def _main_level(levels: Sequence[Mapping[str, Any]]) -> str:
    """The commonest level of a category, and its share."""
    return (
        f"{cut(levels[0]['level'], 16)} {percent(levels[0]['share'], decimals=0)}" if levels else ""
    )


def tell_warnings(warnings: Sequence[str]) -> None:
    """Print what the reader should know to stderr, a line each."""
    for warning in warnings:
        print(f"Warning: {_one_line(warning)}", file=sys.stderr)


def tell_customers(found: Any, warnings: Sequence[str], output: Path | None) -> None:
    """Print customers built from orders: their ten cells, as a table or as JSON."""
    tell_explored(found)
    if output is not None:
        print(f"Written: {output}", file=sys.stderr)
        command = ["segmentry", "run", str(output), "--features", "recency_days,orders,revenue"]
        print(f"Next:  {shlex.join(command)}", file=sys.stderr)
    for warning in warnings:
        print(f"Warning: {_one_line(warning)}", file=sys.stderr)


def tell_explored(found: Any) -> None:
    """Print what was found: as a table for people, or plain data as JSON."""
    if not isinstance(found, dict):
        print(found)
        return
    import json

    print(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False, default=str))

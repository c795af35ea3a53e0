"""What the pages are made with: templates, and the words that only the studio needs."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from segmentry.report.templating import environment
from segmentry.studio.store import Run
from segmentry.studio.words import CHOICES, ENCODINGS, said, spoken
from segmentry.textual import percent, short_number

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["page", "radius_of", "segment_styles"]


def page(name: str, **content: Any) -> str:
    """Return a page, or a part of one, as HTML text."""
    return _environment().get_template(name).render(radius=radius_of(content), **content)


@cache
def _environment() -> Environment:
    from markupsafe import Markup, escape

    found = environment("studio/templates")
    found.filters |= {
        "clock": lambda own: dt.datetime.fromtimestamp(own).strftime("%H:%M"),
        "iso": lambda own: dt.datetime.fromtimestamp(own, dt.UTC).isoformat(timespec="seconds"),
        "duration": _duration,
        "exact": lambda text: Markup(escape(text)),  # noqa: S704  escaped, but not made visible
        "run_label": _run_label,
        "said": said,
        "spoken": spoken,
        "state_words": _state_words,
        "value": lambda own: own if isinstance(own, str) else short_number(own),
    }
    found.globals |= {"choices": CHOICES, "encodings": ENCODINGS}
    return found


def radius_of(content: Mapping[str, Any]) -> Any:
    """How large a dot of the map is drawn, by the customers that it stands for."""
    dots = content["drawn"]["dots"] if "drawn" in content else ()
    most = max((own[2] for own in dots), default=1.0)
    largest = 4.2 if most <= 1 else 11.0 if len(dots) > 300 else 9.0

    def radius(customers: float) -> float:
        return max(1.4, largest * math.sqrt(customers / most))

    return radius


def segment_styles(
    palette: Sequence[tuple[str, str]], segments: Sequence[Mapping[str, Any]]
) -> str:
    """The colours of segments, on light pages and on dark ones, and their sizes.

    >>> print(segment_styles([("#332288", "#7D74D8")], [{"segment": 1, "share": 0.5}]), end="")
    .s1 { --own: #332288; }
    .w1 { width: 50.00%; }
    @media (prefers-color-scheme: dark) { .s1 { --own: #7D74D8; } }
    """
    lines = [f".s{i} {{ --own: {light}; }}" for i, (light, _) in enumerate(palette, 1)]
    lines += [f".w{own['segment']} {{ width: {100 * own['share']:.2f}%; }}" for own in segments]
    lines += [
        f"@media (prefers-color-scheme: dark) {{ .s{i} {{ --own: {dark}; }} }}"
        for i, (light, dark) in enumerate(palette, 1)
        if dark != light
    ]
    return "\n".join(lines) + "\n"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} seconds"
    return f"{math.ceil(seconds / 60)} minutes"


def _state_words(run: Run) -> str:
    if run.state == "done" and run.told is not None:
        summary = run.told["summary"]
        largest = summary["segments"][0]
        share = percent(largest["share"], decimals=0)
        count = len(summary["segments"])
        return (
            f"{count} segment{'' if count == 1 else 's'}; the largest, {largest['name']}, {share}"
        )
    words = {"waiting": "waiting", "running": "under way", "failed": "did not work"}
    return words.get(run.state, run.state)


def _run_label(run: Run) -> str:
    at = dt.datetime.fromtimestamp(run.born).strftime("%H:%M:%S")
    count = len(run.told["summary"]["segments"]) if run.told else 0
    return f"{run.project.name}, {count} segments, {at}"

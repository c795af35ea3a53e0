"""The report: one self-contained page, made from the summary and the figures.

Nothing in it needs a script or a network, and a strict content security policy says so: styles by
their hash, images as data. All text from the data is escaped by Jinja2.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from segmentry.plots import displays, segment_color, to_svg
from segmentry.report.repeating import command_of, python_of
from segmentry.report.summary import summarise
from segmentry.report.templating import environment
from segmentry.steps.findings import Findings
from segmentry.steps.profiles import SegmentProfile
from segmentry.textual import percent, short_number, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["notebook_card", "render", "report_page", "styled"]


def report_page(found: Findings) -> str:
    """Return the report of a run as HTML text."""
    figures = {name: display.figure() for name, display in displays(found).items()}
    return render(found, summarise(found), figures)


def render(found: Findings, summary: Mapping[str, Any], figures: Mapping[str, Figure]) -> str:
    """Return the report as HTML text, from a summary and figures that are there already."""
    style, style_hash = styled(summary)
    images = {
        name: {"light": _data_uri(figures[name]), "alt": display.alt()}
        for name, display in displays(found).items()
    }
    return (
        environment()
        .get_template("report.html")
        .render(
            summary=summary,
            source=summary["source"],
            rows=summary["rows"],
            style=style,
            style_hash=style_hash,
            images=images,
            command=command_of(summary),
            python=python_of(summary),
        )
    )


def styled(summary: Mapping[str, Any]) -> tuple[Any, str]:
    """The styles of a page, and the hash by which its security policy allows them."""
    style = environment().get_template("report.css").render(summary=summary)
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment().filters["safe_style"](style), style_hash


def _data_uri(figure: Figure) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(to_svg(figure).encode()).decode()


# ---------------------------------------------------------------- in a notebook


def notebook_card(found: Findings) -> str:
    """Return the verdict and the segments as a piece of HTML for a notebook."""
    rows = []
    for own, name, advice in zip(found.population.segments, found.names, found.advice, strict=True):
        dot = (
            "<span style='display:inline-block;width:.8em;height:.8em;border-radius:50%;"
            f"background:{segment_color(own.segment)}'></span>"
        )
        means = "".join(
            f"<td>{short_number(own.number(feature).mean)}</td>"
            for feature in found.population.features
        ) + "".join(
            f"<td>{html.escape(_main_level(own, category))}</td>"
            for category in found.population.categories
        )
        rows.append(
            f"<tr><td>{dot} {own.segment}</td><td style='text-align:left'>"
            f"{html.escape(visible(name.name))}</td><td>{own.customers:,}</td>"
            f"<td>{percent(own.share)}</td>{means}"
            f"<td style='text-align:left'>{html.escape(advice.play.title)}</td></tr>"
        )
    columns = (*found.population.features, *found.population.categories)
    titles = "".join(f"<th>{html.escape(own)}</th>" for own in columns)
    done = "; ".join(f"{own.feature}: {own.sentence}" for own in found.treatments)
    notes = "".join(f"<p>Note: {html.escape(own)}</p>" for own in found.warnings)
    return (
        f"<p><b>{html.escape(found.choice.verdict)}</b></p><table><thead><tr><th></th>"
        "<th style='text-align:left'>Segment</th><th>Customers</th><th>Share</th>"
        f"{titles}<th style='text-align:left'>Play</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table><p>Prepared: {html.escape(done)}.</p>{notes}"
    )


def _main_level(profile: SegmentProfile, category: str) -> str:
    levels = profile.levels.get(category, ())
    return f"{levels[0].level} {percent(levels[0].share, decimals=0)}" if levels else "–"

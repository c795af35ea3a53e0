"""How pages are made from templates: all text from the data is escaped, and made visible."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from segmentry.textual import in_words, percent, short_number, tokens, visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment"]

_OWN = "report/templates"


@cache
def environment(*more: str) -> Environment:
    """Where the templates are, and what they may use.

    ``more`` are folders of the package whose templates come first.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    found = Environment(
        loader=ChoiceLoader([PackageLoader("segmentry", own) for own in (*more, _OWN)]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "number": short_number,
        "percent": percent,
        "threshold": lambda value: f"{value:,.12g}",
        "tokens": tokens,
        "words": in_words,
        "whole": lambda value: f"{value:,}",
        "safe_style": lambda text: Markup(text),  # noqa: S704  numbers and our own colours only
    }
    return found

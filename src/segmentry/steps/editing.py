"""Step 10c: what the people who use the segments change: their names, and what to do about them.

Everything that follows from a run (report, tables, model, exports) is made from its findings, so
a change there is a change everywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from segmentry.errors import InputError
from segmentry.steps.findings import Findings
from segmentry.textual import visible

__all__ = ["advise_segment", "rename_segment"]

_LONGEST_NAME = 120
_LONGEST_TEXT = 2_000
_TEXTS = ("title", "priority", "summary", "campaign", "pricing", "experience")


def rename_segment(found: Findings, segment: int, name: str) -> Findings:
    """Give a segment a name of one's own, which the model keeps as locked.

    Raises
    ------
    InputError
        If there is no such segment, or the name is empty, too long, or that of another one.
    """
    _check_segment(found, segment)
    own = _cleaned(name, "name", most=_LONGEST_NAME)
    others = {one.name for one in found.names if one.segment != segment}
    if not own:
        raise InputError("A segment needs a name.", "Type at least one letter.", code="R91")
    if own in others:
        raise InputError(
            f"Another segment is called {own!r} already.", "Choose another name.", code="R91"
        )
    i = segment - 1
    names = tuple(replace(one, name=own) if j == i else one for j, one in enumerate(found.names))
    segments = tuple(
        replace(one, name=own, name_locked=True) if j == i else one
        for j, one in enumerate(found.model.segments)
    )
    return replace(found, names=names, model=replace(found.model, segments=segments))


def advise_segment(found: Findings, segment: int, **texts: str) -> Findings:
    """Change what is to be done about a segment.

    Parameters
    ----------
    found : Findings
        The run.
    segment : int
        Its number.
    **texts
        Any of ``title``, ``priority``, ``summary``, ``campaign``, ``pricing``, ``experience``.

    Raises
    ------
    InputError
        If there is no such segment or text, or one is too long.
    """
    _check_segment(found, segment)
    unknown = sorted(set(texts) - set(_TEXTS))
    if unknown:
        raise InputError(
            f"A segment has no {', '.join(unknown)}.", f"Choose among {', '.join(_TEXTS)}.",
            code="R91",
        )  # fmt: skip
    own: dict[str, Any] = {
        name: _cleaned(text, name, most=_LONGEST_TEXT) for name, text in texts.items()
    }
    i = segment - 1
    advice = tuple(
        replace(one, play=replace(one.play, **own)) if j == i else one
        for j, one in enumerate(found.advice)
    )
    return replace(found, advice=advice)


def _check_segment(found: Findings, segment: int) -> None:
    numbers = range(1, len(found.names) + 1)
    if isinstance(segment, bool) or segment not in numbers:
        raise InputError(
            f"There is no segment {segment!r}.",
            f"Choose a number from 1 to {len(found.names)}.",
            code="R91",
        )


def _cleaned(text: object, what: str, *, most: int) -> str:
    """One line of text without control characters."""
    if not isinstance(text, str):
        raise InputError(f"The {what} is not a text.", "Give a text.", code="R91")
    own = " ".join("".join(c for c in text if visible(c) == c or c.isspace()).split())
    if len(own) > most:
        raise InputError(
            f"The {what} has {len(own):,} characters.", f"Keep to {most:,}.", code="R91"
        )
    return own

"""Names and actions of one's own go along to the segments of the next run that theirs became.

A segment has clearly become another one where two thirds of its customers are in that one, and two
thirds of that one's customers come from it: no other pair of the two can claim the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segmentry.errors import SegmentryError
from segmentry.studio.comparing import Became, became, of_same_rows
from segmentry.studio.limits import ASKING
from segmentry.studio.store import Run, Texts

__all__ = ["Handover", "Part", "hand_on", "labels_before", "own_texts", "texts_of", "where_clear"]

_CLEAR = 2 / 3


@dataclass(frozen=True)
class Part:
    """What became of a segment whose name or actions somebody had changed.

    Attributes
    ----------
    segment, name : int, str
        What it was in the run before.
    texts : dict
        What was changed about it.
    customers : int
        How many it had.
    went : tuple of (int, int)
        Segments of this run and how many of these customers are there, the most first.
    now : int
        The segment that it clearly became; 0 for none.
    taken : bool
        Whether its name could not be kept because another segment of this run has it.
    """

    segment: int
    name: str
    texts: Mapping[str, str]
    customers: int
    went: tuple[tuple[int, int], ...]
    now: int = 0
    taken: bool = False

    @property
    def kept(self) -> str:
        """What was kept, in words; empty where nothing was.

        >>> Part(1, "Gold", {"name": "Gold", "campaign": "A card."}, 9, ((2, 9),), now=2).kept
        'name and actions'
        """
        actions = any(own != "name" for own in self.texts)
        named = "name" in self.texts and not self.taken
        words = [word for word, own in (("name", named), ("actions", actions)) if own]
        return " and ".join(words) if self.now else ""


@dataclass(frozen=True)
class Handover:
    """What a run took over from the one before.

    Attributes
    ----------
    before : str
        The id of that run.
    why : str
        Why nothing could be taken over; empty where it could.
    parts : tuple of Part
        Every segment there whose name or actions somebody had changed.
    """

    before: str
    why: str = ""
    parts: tuple[Part, ...] = ()


def texts_of(told: Mapping[str, Any]) -> Texts:
    """Return name and actions of each segment, as a form has them."""
    return {
        own["segment"]: {
            "name": own["name"],
            "title": own["title"],
            "campaign": own["actions"]["campaign"],
            "pricing": own["actions"]["pricing"],
            "experience": own["actions"]["customer_experience"],
        }
        for own in told["summary"]["segments"]
    }


def own_texts(run: Run) -> Texts:
    """Return what somebody has changed, by segment."""
    now = texts_of(run.told) if run.told else {}
    changed = {
        segment: {name: text for name, text in own.items() if text != run.as_found[segment][name]}
        for segment, own in now.items()
    }
    return {segment: own for segment, own in changed.items() if own}


async def labels_before(run: Run) -> str:
    """Ask the run before who is where, while it can be asked; empty where nothing is to be kept."""
    before = run.follows
    if before is None or before.worker is None or not own_texts(before):
        return ""
    asked = before.worker.ask("labels", {}, limits=ASKING)
    try:
        # A run that is cancelled meanwhile does not end the worker of another one.
        found: str = (await asyncio.shield(asked))["labels"]
    except SegmentryError:
        return ""
    return found


async def hand_on(run: Run, told: dict[str, Any], labels: str) -> dict[str, Any]:
    """Give this run's segments what is theirs of the run before, and remember what came of it.

    Parameters
    ----------
    run : Run
        One whose worker has just found segments.
    told : dict
        What it said.
    labels : str
        Who was where in the run before: :func:`labels_before`.

    Returns
    -------
    dict
        What the worker says now.
    """
    before, run.follows = run.follows, None
    texts = own_texts(before) if before else {}
    if before is None or before.told is None or run.worker is None or not texts:
        return told
    why = _obstacle(before, told, labels)
    if why:
        run.handover = Handover(before.id, why)
        return told
    now: str = (await run.worker.ask("labels", {}, limits=ASKING))["labels"]
    parts = _parts(texts, texts_of(before.told), labels, now)
    changes = {str(own.now): dict(own.texts) for own in parts if own.now}
    if changes:
        answer = await run.worker.ask("carry", {"changes": changes}, limits=ASKING)
        told, refused = answer["told"], answer["refused"]
        parts = [replace(own, taken=own.now in refused) for own in parts]
        run.revision += 1
    run.handover = Handover(before.id, "", tuple(parts))
    return told


def _obstacle(before: Run, told: dict[str, Any], labels: str) -> str:
    """Why no segment of the run before can be found again; empty where they can."""
    assert before.told is not None  # noqa: S101
    if _grouped_by(before.told) != _grouped_by(told):
        return "Customers are grouped by other columns now, so these are other segments."
    if not of_same_rows(before.told["summary"], told["summary"]):
        return "The rows are read in another way now, so nobody knows who is who."
    if not labels:
        return "The run before could not be asked any more who was where."
    return ""


def _grouped_by(told: Mapping[str, Any]) -> set[str]:
    plan = told["summary"]["plan"]
    return {own["name"] for own in (*plan["features"], *plan["categories"])}


def _parts(texts: Texts, called: Texts, first: str, second: str) -> list[Part]:
    """What became of each segment with texts of its own."""
    went = became(first, second)
    clear = where_clear(went)
    return [
        Part(
            own.segment, called[own.segment]["name"], texts[own.segment], own.customers, own.now,
            clear.get(own.segment, 0),
        )
        for own in went if own.segment in texts
    ]  # fmt: skip


def where_clear(went: Sequence[Became]) -> dict[int, int]:
    """Return which segment clearly became which.

    >>> where_clear(became("1111222233", "1111333222"))
    {1: 1, 2: 3, 3: 2}
    """
    sizes: Counter[int] = Counter()
    for own in went:
        sizes.update(dict(own.now))
    return {
        own.segment: segment
        for own in went
        for segment, customers in own.now[:1]
        if own.segment and segment
        and customers >= _CLEAR * max(own.customers, sizes[segment])
    }  # fmt: skip

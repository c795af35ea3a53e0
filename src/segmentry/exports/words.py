"""What the exports for people say of a run in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segmentry.textual import cut, listed

__all__ = ["CAUTION", "facts_of", "heading_of", "play_of", "trust_of"]

CAUTION = (
    "What this cannot tell: whether the segments will still be there next year, why they are as "
    "they are, and whether an action works. Test each action on a part of its segment first."
)


def heading_of(summary: Mapping[str, Any]) -> str:
    """How many segments, and in what."""
    count = len(summary["segments"])
    return f"{count} segment{'' if count == 1 else 's'} in {cut(summary['source']['name'], 80)}"


def facts_of(summary: Mapping[str, Any]) -> str:
    """How many customers, what they were grouped by, and how good the evidence is."""
    columns = list(summary["telling"]) + list(summary["categories"])
    told = [f"{summary['rows']['used']:,} customers"]
    if columns:
        told.append(f"grouped by {listed([cut(' '.join(own.split()), 60) for own in columns])}")
    if summary["silhouette"] is not None:
        told.append(f"evidence {summary['strength']}, silhouette {summary['silhouette']:.3f}")
    return " · ".join(told)


def trust_of(summary: Mapping[str, Any]) -> str:
    """How far the answer holds, in the words of the report."""
    if len(summary["segments"]) == 1:
        return "All customers are in one segment, so there is nothing to separate."
    told = [f"The evidence is {summary['strength']}."]
    if summary["silhouette"] is not None:
        told.append(
            f"The mean silhouette is {summary['silhouette']:.3f}, usually read as "
            f"{summary['structure']} structure."
        )
    if summary["agreement"] is not None:
        told.append(
            "When customers are drawn anew and grouped again, the segments agree to "
            f"{summary['agreement']:.2f} of 1."
        )
    return " ".join([*told, summary["search"]])


def play_of(segment: Mapping[str, Any]) -> str:
    """What a segment is to the business, and what to do first."""
    return " – ".join(part for part in (segment["title"], segment["priority"]) if part)

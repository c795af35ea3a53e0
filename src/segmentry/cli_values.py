"""What is typed as the value of an option, and what it means to Python."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

from segmentry.cli_preparing import feature_weights
from segmentry.errors import InputError

__all__ = ["count_in", "names_in", "read_orders", "read_preparing"]


def names_in(text: str | None) -> list[str] | None:
    """Split ``A,B``; a name that holds a comma stands in double quotes."""
    if text is None:
        return None
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]


def read_preparing(said: dict[str, Any]) -> dict[str, Any]:
    """How features are to be prepared, with names and weights read."""
    weights = feature_weights(said["feature_weight"])
    return said | {"categorical": names_in(said["categorical"]), "feature_weight": weights}


def read_orders(rfm: bool, said: Mapping[str, str | None]) -> bool | dict[str, str]:
    """What is said of order lines; it says nothing of customers."""
    given = {name: own for name, own in said.items() if own is not None}
    if given and not rfm:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise InputError(f"{options} says something of order lines.", "Add --rfm.", code="R00")
    return given or rfm


def count_in(text: str) -> int | str:
    """A number where it is one; whatever else it is, the pipeline refuses it in words."""
    try:
        return int(text)
    except ValueError:
        return text

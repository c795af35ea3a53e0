"""What a run was asked for, as summaries tell it, and what is refused before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

from segmentry.errors import InputError
from segmentry.steps.roles import listed
from segmentry.transactions import PARTS

__all__ = ["as_given", "check_seed", "said_of_orders"]


def as_given(**options: Any) -> dict[str, Any]:
    """The options as summaries tell them: lists of names, plain mappings, no path of a machine."""
    for name in ("features", "profile", "categorical"):
        options[name] = listed(options[name])
    weights = {} if options["feature_weight"] is None else options["feature_weight"]
    if not isinstance(weights, Mapping):
        raise InputError(
            f"feature_weight={weights!r} says no number for each column.",
            'Give a mapping, for example {"income": 2}.',
            code="R46",
        )
    options["feature_weight"] = {str(name): own for name, own in weights.items()}
    if options["playbook"] is not None:
        options["playbook"] = Path(options["playbook"]).name
    return options


def said_of_orders(rfm: bool | Mapping[str, Any]) -> dict[str, Any]:
    """What the caller says of order lines."""
    if isinstance(rfm, Mapping):
        unknown = sorted(set(rfm) - set(PARTS))
        if unknown:
            raise InputError(
                f"rfm has no part {', '.join(map(repr, unknown))}.",
                f"Choose among {', '.join(PARTS)}.",
                code="R00",
            )
        return {name: own if own is None else str(own) for name, own in rfm.items()}
    return {}


def check_seed(seed: object) -> None:
    """Refuse what is no whole number from 0 on."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise InputError(
            f"seed={seed!r} is not a whole number from 0 on.",
            "Give one, for example seed=0.",
            code="R00",
        )

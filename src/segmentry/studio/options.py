"""What people fill in on the pages, as the options of the public functions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from segmentry.errors import InputError
from segmentry.studio.store import Project
from segmentry.studio.words import encoding_of
from segmentry.textual import cut

__all__ = [
    "explore_options",
    "filled_in",
    "reading_of",
    "reading_options",
    "role_options",
    "run_options",
]

_CHOICES = {
    "missing": "fill", "outliers": "keep", "scale": "auto", "log": "auto", "duplicates": "refuse",
}  # fmt: skip
"""Options with a few values, and the usual one."""
_WHOLE = ("header_row",)
_WORDS = ("encoding", "sep", "decimal", "date_order", "sheet")
_ORDERS = ("date", "amount", "order", "product", "leave_out", "since", "as_of")

Form = Mapping[str, str]


def explore_options(project: Project) -> dict[str, Any]:
    """How a file is to be explored."""
    return dict(project.reading) | role_options(project)


def role_options(project: Project) -> dict[str, Any]:
    """What each column is for, where the user said anything of it; else it is found out."""
    if not project.roles or project.found is None:
        return {}
    numbers = {own["column"] for own in project.found["columns"] if own["type"] == "number"}

    def named(role: str) -> list[str]:
        return [name for name, own in project.roles.items() if own == role]

    features = named("feature")
    own: dict[str, Any] = {
        "features": [name for name in features if name in numbers],
        "profile": named("profile"),
    }
    levels = [name for name in features if name not in numbers]
    own |= {"categorical": levels} if levels else {}
    return own | ({"id": named("id")[0]} if named("id") else {})


def reading_options(form: Form) -> dict[str, Any]:
    """How a file is to be read."""
    own: dict[str, Any] = {name: form[name].strip() for name in _WORDS if form.get(name)}
    if "encoding" in own:
        own["encoding"] = encoding_of(own["encoding"])
    for name in _WHOLE:
        if form.get(name):
            own[name] = _whole(form[name], name)
    tokens = [word.strip() for word in form.get("missing_token", "").split(",") if word.strip()]
    levels = [text.strip() for text in form.get("map", "").split(";") if text.strip()]
    own |= {"missing_token": tokens} if tokens else {}
    own |= {"map": levels} if levels else {}
    return own | ({"skip_bad_lines": True} if form.get("skip_bad_lines") else {})


def reading_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """How the file of a run was read, where the user said so."""
    names = (*_WORDS, *_WHOLE, "missing_token", "map", "skip_bad_lines")
    return {name: options[name] for name in names if name in options}


def run_options(project: Project, form: Form) -> dict[str, Any]:
    """What a run is asked for: the form, the roles, and how the file is read."""
    own: dict[str, Any] = explore_options(project)
    k = form.get("k", "auto")
    own["k"] = k if k == "auto" else _whole(k, "k")
    if form.get("k_max"):
        own["k_max"] = _whole(form["k_max"], "k_max")
    if form.get("min_share"):
        own["min_share"] = _number(form["min_share"], "The smallest segment") / 100
    own |= {name: form[name] for name, usual in _CHOICES.items() if form.get(name, usual) != usual}
    if form.get("seed", "0") != "0":
        own["seed"] = _whole(form["seed"], "seed")
    if form.get("weight"):
        own["weight"] = form["weight"]
        for name in ("features", "profile"):
            if name in own:
                own[name] = [column for column in own[name] if column != form["weight"]]
    weights = {
        name.removeprefix("weight:"): _number(text, "A weight")
        for name, text in form.items()
        if name.startswith("weight:") and text.strip()
    }
    own |= {"feature_weight": weights} if weights else {}
    own |= {"playbook_text": form["playbook_text"]} if form.get("playbook_text", "").strip() else {}
    return _of_orders(own, form) if form.get("rfm") else own


def filled_in(options: Mapping[str, Any]) -> dict[str, str]:
    """The form of a run as it was filled in: what :func:`run_options` makes these options of.

    >>> filled_in({"k": 4, "min_share": 0.05, "feature_weight": {"spend": 2.0}, "rfm": True})
    {'k': '4', 'min_share': '5', 'weight:spend': '2', 'rfm': '1'}
    """
    plain = ("k", "k_max", *_CHOICES, "seed", "weight", "playbook_text")
    own = {name: str(options[name]) for name in plain if options.get(name) is not None}
    if options.get("min_share"):
        own["min_share"] = f"{100 * options['min_share']:.12g}"
    weights = options.get("feature_weight", {})
    own |= {f"weight:{name}": f"{weight:.12g}" for name, weight in weights.items()}
    if options.get("rfm"):
        said = options["rfm"] if isinstance(options["rfm"], Mapping) else {}
        own |= {"rfm": "1"} | {f"rfm_{name}": str(column) for name, column in said.items()}
    return own


def _of_orders(own: dict[str, Any], form: Form) -> dict[str, Any]:
    """The same where customers are to be built from orders: roles are then found anew."""
    for name in ("features", "profile", "categorical"):
        own.pop(name, None)
    said = {name: form.get(f"rfm_{name}", "").strip() for name in _ORDERS}
    return own | {"rfm": {name: text for name, text in said.items() if text} or True}


def _whole(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(
            f"{what}={cut(text, 40)!r} is not a whole number.", "Type one.", code="R00"
        ) from None


def _number(text: str, what: str) -> float:
    try:
        own = float(text.strip().replace(",", "."))
    except ValueError:
        own = math.nan
    if not math.isfinite(own):
        raise InputError(f"{what} {cut(text, 40)!r} is not a number.", "Type one.", code="R00")
    return own

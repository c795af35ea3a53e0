"""How a run is made again: the command, and the lines of Python."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from segmentry.steps.reading import Reading, written_map

__all__ = ["command_of", "python_of"]

_DEFAULTS: dict[str, Any] = {
    "features": None, "profile": None, "id": None, "categorical": None, "k": "auto", "k_min": 1,
    "k_max": 10, "min_share": None, "min_size": None, "missing": "fill", "outliers": "keep",
    "scale": "auto", "log": "auto", "weight": None, "feature_weight": {}, "seed": 0,
    "playbook": None, "duplicates": "refuse",
} | {own.name: own.default for own in fields(Reading) if own.name != "id"}  # fmt: skip


def _given(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are not as they are by default, in their order."""
    options = summary["options"]
    return {
        name: options[name]
        for name, default in _DEFAULTS.items()
        if options.get(name, default) != default
    }


def command_of(summary: Mapping[str, Any]) -> str:
    """The shell command that repeats the run."""
    words = ["segmentry", "run", str(summary["source"]["name"])]
    for name, value in _given(summary).items():
        words += _as_option(f"--{name.replace('_', '-')}", value)
    if "rfm" in summary["options"]:
        words.append("--rfm")
        for name, value in summary["options"]["rfm"].items():
            words += _as_option(f"--{name.replace('_', '-')}", value) if value is not None else []
    return shlex.join([*words, "--force"])


def _as_option(option: str, value: Any) -> list[str]:
    if option == "--missing-token":
        return [word for own in value for word in (option, own)]
    if option == "--map":
        return [word for name, own in value.items() for word in (option, written_map(name, own))]
    if isinstance(value, dict):
        return [word for name, own in value.items() for word in (option, f"{name}={own:g}")]
    if isinstance(value, list):
        return [option, ",".join(f'"{own}"' if "," in own else own for own in value)]
    return [option] if value is True else [option, str(value)]


def python_of(summary: Mapping[str, Any]) -> str:
    """The Python lines that repeat the run."""
    given = [f", {name}={value!r}" for name, value in _given(summary).items()]
    if "rfm" in summary["options"]:
        given.append(f", rfm={summary['options']['rfm'] or True!r}")
    name = summary["source"]["name"]
    return (
        "import segmentry\n"
        f"result = segmentry.segment({name!r}{''.join(given)})\n"
        'result.report("report.html")\n'
        'result.save("model.json")\n'
        '# Later: segmentry.load("model.json").assign("new_customers.csv")'
    )

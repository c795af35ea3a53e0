"""A desk for tests: what a worker must survive, and what it must not be able to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import segmentry
from segmentry.errors import InputError

VERBS = (
    "explore", "echo", "refuse", "stumble", "hoard", "chatter", "sleep", "spin", "die", "swell",
    "look_around", "reach",
)  # fmt: skip


def warm() -> None:
    import segmentry.exploration
    import segmentry.exports.folder
    import segmentry.pipeline  # noqa: F401


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: list[bytes] = []

    def explore(self, *, path: str, tell: Any) -> dict[str, Any]:
        found = segmentry.explore(path, memory_limit="500MB")
        return found.to_dict()

    def echo(self, *, tell: Any, **arguments: Any) -> dict[str, Any]:
        print("this is no answer")
        os.write(1, b"nor is this\n")
        return arguments

    def refuse(self, *, tell: Any) -> dict[str, Any]:
        raise InputError("The table is empty.", "Give another.", code="R02")

    def stumble(self, *, tell: Any) -> dict[str, Any]:
        raise KeyError("ada@example.org")

"""Which step is under way, how far it is, and how long each one took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["STEPS", "Advance", "Progress", "Tell", "ignore"]

STEPS = {
    "read": ("Reading", 6),
    "orders": ("Turning orders into customers", 20),
    "explore": ("Exploring the columns", 18),
    "prepare": ("Preparing the features", 4),
    "elbow": ("Trying numbers of segments", 14),
    "settle": ("Settling the centres", 14),
    "describe": ("Describing the segments", 12),
    "figures": ("Drawing the figures", 12),
    "report": ("Writing the report", 5),
    "files": ("Writing tables and models", 15),
    "assign": ("Assigning customers", 60),
}
"""What each step is called, and about how many hundredths of a run on some million customers it
takes; on another size the time left that follows from them is rougher."""

Tell = Callable[[str, float, str], None]
"""Called with the step's name, the share of it that is done, 0 to 1, and what it is doing."""


class Advance(Protocol):
    """Called from inside a step, with the share of it that is done and what it does next."""

    def __call__(self, share: float, note: str = "") -> None:
        """Take notice of a share, 0 to 1, and of a note such as ``"pass 3"``."""


def ignore(share: float, note: str = "") -> None:
    """Take no notice."""


def _silent(step: str, share: float, note: str) -> None:
    """Say nothing."""


@dataclass
class Progress:
    """Names the steps to a listener and keeps their wall-clock seconds.

    Between two calls of ``advance``, a step moves on by its long queries: each one takes it half
    of the way that is left, so that it never stands still and never arrives too early.

    >>> progress = Progress(lambda *told: print(told))
    >>> with progress.step("settle") as advance:
    ...     advance(0.5, "pass 2")
    ...     progress.query(0.5)
    ...     progress.query(1.0)
    ('settle', 0.0, '')
    ('settle', 0.5, 'pass 2')
    ('settle', 0.625, 'pass 2')
    ('settle', 0.75, 'pass 2')
    ('settle', 1.0, '')
    >>> list(progress.seconds)
    ['settle']
    """

    tell: Tell = _silent
    seconds: dict[str, float] = field(default_factory=dict)
    _step: str = ""
    _share: float = 0.0
    _note: str = ""

    @contextmanager
    def step(self, name: str) -> Iterator[Advance]:
        """Announce a step, hand out a function that takes the share done, and time the whole."""
        started = time.perf_counter()
        self._step = name
        self._advance(0.0)
        yield self._advance
        self._advance(1.0)
        self._step = ""
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def _advance(self, share: float, note: str = "") -> None:
        self._share, self._note = share, note
        self.tell(self._step, share, note)

    def query(self, share: float) -> None:
        """Take notice of the share, 0 to 1, that is done of a long query of the step."""
        if not self._step:
            return
        reached = self._share + (1 - self._share) * share / 2
        if share >= 1:
            self._share = reached
        self.tell(self._step, reached, self._note)

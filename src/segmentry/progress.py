"""Which step is under way and how long each one took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Advance", "Progress", "Tell", "ignore"]

Advance = Callable[[float], None]
"""Called with the share of a step that is done, 0 to 1."""
Tell = Callable[[str, float], None]
"""Called with the step's name and the share of it that is done, 0 to 1."""


def ignore(share: float) -> None:
    """Take no notice."""


def _silent(step: str, share: float) -> None:
    """Say nothing."""


@dataclass
class Progress:
    """Names the steps to a listener and keeps their wall-clock seconds.

    >>> progress = Progress()
    >>> with progress.step("read") as advance:
    ...     advance(0.5)
    >>> list(progress.seconds)
    ['read']
    """

    tell: Tell = _silent
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[Advance]:
        """Announce a step, hand out a function that takes the share done, and time the whole."""
        started = time.perf_counter()
        self.tell(name, 0.0)
        yield lambda share: self.tell(name, share)
        self.tell(name, 1.0)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

"""How the command line stops when a signal asks it to."""

from __future__ import annotations

import signal
import sys
from types import FrameType

__all__ = ["asked", "stop"]

_AGAIN_SECONDS = 0.02
asked: list[int] = []
"""The signals that asked to stop."""


def stop(number: int, frame: FrameType | None) -> None:
    """Leave by way of all clean-up, in which no second signal interferes.

    An import ends first: a library in C that is half imported takes the process down with noise.
    """
    if _is_importing(frame) and hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda _, later: stop(number, later))
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
        return
    for own in (signal.SIGINT, signal.SIGTERM):
        signal.signal(own, signal.SIG_IGN)
    asked.append(number)
    sys.exit(128 + number)


def _is_importing(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False

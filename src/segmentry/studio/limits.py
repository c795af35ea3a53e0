"""What an answer may take, and what is said of a worker that takes more, or breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentry.errors import SegmentryError
from segmentry.studio.worker import LONGEST_LINE

__all__ = [
    "ASKING", "READING", "RUNNING", "Limits", "WorkerFault", "answer_of", "broken", "stopped",
    "too_long",
]  # fmt: skip


_LESS = (
    "Save the table alone as CSV (UTF-8) or Parquet, without columns that nobody needs, and give "
    "that file."
)


@dataclass(frozen=True)
class Limits:
    """What one answer may take.

    Attributes
    ----------
    memory_bytes : int
        Addresses beyond those that a worker has taken before its first question.
    cpu_seconds : int
        Of all its processors together.
    wall_seconds : float
        By the clock, from the question to the answer.
    """

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


READING = Limits(memory_bytes=2**30, cpu_seconds=60, wall_seconds=60.0)
"""For looking at an upload."""
RUNNING = Limits(memory_bytes=3 * 2**30, cpu_seconds=3600, wall_seconds=1800.0)
"""For a run."""
ASKING = Limits(memory_bytes=3 * 2**30, cpu_seconds=600, wall_seconds=300.0)
"""For every question after a run: what it has found stays in memory."""


class WorkerFault(SegmentryError):  # noqa: N818
    """What a worker refused, or what ended it, in the two lines of every error."""

    def __init__(self, what: str, fix: str, *, code: str, exit_code: int = 3) -> None:
        super().__init__(what, fix, code=code)
        self.exit_code = exit_code


def answer_of(reply: Mapping[str, Any], doing: str, limits: Limits) -> dict[str, Any]:
    """Return the answer of a worker's reply, or raise the error that it is.

    Raises
    ------
    WorkerFault
        The error, in its two lines.
    """
    if "error" in reply:
        error = reply["error"]
        raise WorkerFault(
            error["what"], error["fix"], code=error["code"], exit_code=error["exit_code"]
        )
    failed = reply.get("failed")
    if failed == "memory":
        raise WorkerFault(
            f"{doing} needs more than the {_megabytes(limits)} MB of memory that it may take.",
            _LESS,
            code="S97",
        )
    if failed == "size":
        raise WorkerFault(
            f"{doing} gives more than the {LONGEST_LINE // 2**20} MB that a page may hold.",
            _LESS,
            code="S97",
        )
    if failed:
        raise WorkerFault(
            f"A bug in Segmentry ({failed}).",
            "Please report it, with the kind of file that it was.",
            code="X70",
            exit_code=70,
        )
    answer: dict[str, Any] = reply["answer"]
    return answer


def too_long(doing: str, seconds: float, kind: str = "") -> WorkerFault:
    """Tell that something was ended by the clock, or by the time that it computed."""
    time = f"{seconds:,g} second{'' if seconds == 1 else 's'}"
    return WorkerFault(f"{doing} took more than {time}{kind} and was stopped.", _LESS, code="S97")


def stopped(doing: str) -> WorkerFault:
    """Tell that somebody ended it."""
    return WorkerFault(
        f"{doing} was stopped.", "Give the file once more to begin again.", code="S97"
    )


def broken(doing: str, limits: Limits) -> WorkerFault:
    """Tell that a worker ended by itself."""
    return WorkerFault(
        f"{doing} took more than the {_megabytes(limits)} MB of memory that it may, or the file "
        "broke the program that reads it.",
        _LESS,
        code="S97",
    )


def _megabytes(limits: Limits) -> str:
    return f"{limits.memory_bytes / 2**20:,.0f}"

"""What a worker does: lock itself in, then answer questions, a line of JSON each, until it ends.

``python -m segmentry.studio.worker FOLDER DESK PARENT`` is started by :mod:`.workers`. It reads
``{"id": 7, "verb": "explore", "arguments": {…}, "memory_bytes": …, "cpu_seconds": …}`` and writes
any number of ``{"id": 7, "tell": ["elbow", 0.4, "k = 5"]}``, then one of
``{"id": 7, "answer": {…}}``, ``{"id": 7, "error": {"code": …, "what": …, "fix": …,
"exit_code": 2}}`` and ``{"id": 7, "failed": "memory"}``, where it failed in a way that only the
parent has words for: ``"memory"``, ``"size"`` of the answer, or the kind of an exception. (Its text
may hold a customer's data.)
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import queue
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from segmentry.errors import InputError, SegmentryError
from segmentry.studio import confinement

__all__ = ["LONGEST_LINE", "main"]

LONGEST_LINE = 32 * 2**20
"""Bytes of a question or an answer."""
_TELL_SECONDS = 0.1


def main(folder: Path, desk: str, *, parent: int) -> None:
    """Answer what comes in by the standard input, until it ends."""
    questions, replies = _lines()
    walls = confinement.before_libraries(folder, parent=parent)
    module = importlib.import_module(desk)
    module.warm()
    walls = confinement.before_files(folder, walls)
    clerk = _Clerk(module.Desk(folder), frozenset(module.VERBS), replies)
    clerk.say({"ready": asdict(walls)})
    for line in _arriving(questions):
        clerk.reply(json.loads(line))


def _lines() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes to the parent, out of reach of libraries that print or read."""
    questions, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return os.fdopen(questions, "rb"), os.fdopen(replies, "wb")


def _arriving(questions: BinaryIO) -> Iterator[bytes]:
    """Lines as they come; at their end the process ends at once, even in the midst of work."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        for line in questions:
            waiting.put(line)
        os._exit(0)

    threading.Thread(target=listen, name="segmentry-listener", daemon=True).start()
    while True:
        yield waiting.get()


class _Clerk:
    """Hands questions to the desk, and what comes of them to the parent."""

    def __init__(self, desk: Any, verbs: frozenset[str], replies: BinaryIO) -> None:
        self._desk, self._verbs, self._replies = desk, verbs, replies
        self._mapped = _mapped_bytes()

    def say(self, reply: dict[str, Any]) -> None:
        """Write one line of strict JSON, or that it would be too long."""
        line = json.dumps(reply, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        if len(line) > LONGEST_LINE:
            line = json.dumps({"id": reply["id"], "failed": "size"}).encode() + b"\n"
        self._replies.write(line)
        self._replies.flush()

    def reply(self, question: dict[str, Any]) -> None:
        """Answer a question; whatever goes wrong is an answer too."""
        number = question["id"]
        try:
            self._limit(question)
            answer = self._ask(question)
            self.say({"id": number, "answer": answer})
        except SegmentryError as error:
            told = {"code": error.code, "what": error.what, "fix": error.fix}
            self.say({"id": number, "error": told | {"exit_code": error.exit_code}})
        except BaseException as error:
            # A panic in a library written in Rust is no Exception.
            out = _is_out_of_memory(error)
            if not out:
                traceback.print_exc(file=sys.stderr)
            self.say({"id": number, "failed": "memory" if out else type(error).__name__})

    def _ask(self, question: dict[str, Any]) -> Any:
        verb = question["verb"]
        if verb not in self._verbs:
            raise InputError(f"Nobody here knows {verb!r}.", "Reload the page.", code="S92")
        return getattr(self._desk, verb)(
            **question["arguments"], tell=_Teller(self, question["id"]).tell
        )

    def _limit(self, question: dict[str, Any]) -> None:
        """Set how much more memory and time than now this answer may take."""
        with suppress(ImportError):
            import resource

            used = resource.getrusage(resource.RUSAGE_SELF)
            seconds = int(used.ru_utime + used.ru_stime) + 1 + question["cpu_seconds"]
            _set_soft(resource.RLIMIT_CPU, seconds)
            if self._mapped:
                _set_soft(resource.RLIMIT_AS, self._mapped + question["memory_bytes"])


def _set_soft(limit: int, wanted: int) -> None:
    """Set what a process may raise again for its next answer."""
    import resource

    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(
        limit, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )


def _mapped_bytes() -> int:
    """The addresses that are taken now; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmSize:\s+(\d+) kB", status)
    return 1024 * int(found[1]) if found else 0


class _Teller:
    """Tells how far a step is, though not oftener than anybody could see."""

    def __init__(self, clerk: _Clerk, number: int) -> None:
        self._clerk, self._number = clerk, number
        self._step, self._when = "", 0.0

    def tell(self, step: str, share: float, note: str) -> None:
        """Pass it on if the step is new, or done, or it has been a while."""
        now = time.monotonic()
        if step == self._step and share < 1 and now - self._when < _TELL_SECONDS:
            return
        self._step, self._when = step, now
        self._clerk.say({"id": self._number, "tell": [step, share, note]})


def _is_out_of_memory(error: BaseException | None) -> bool:
    """Whether memory ran out, by whatever name the libraries have for it."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if re.search(r"bad_alloc|allocate memory|start new thread|Out of Memory", str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], parent=int(sys.argv[3]))

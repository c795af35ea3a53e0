"""Run a command in a fresh process; measure its seconds and the memory of it and its children.

Linux counts the peak of a process from before its program was loaded, when it still shared the
memory of the one that started it. So the command is started by a small process of our own, this
file run as a script, and not by the benchmark, which may have become big.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Finished", "measure"]

_SECONDS_BETWEEN_LOOKS = 0.02


@dataclass(frozen=True)
class Finished:
    """What a command took.

    Attributes
    ----------
    seconds : float
        From its start to its end, by the clock on the wall.
    peak_mib : float
        The most memory (resident, MiB) that the command and its children held at once: seen by a
        look every 20 ms, and at least the exact peak of the largest of them.
    out : str
        What it printed.
    """

    seconds: float
    peak_mib: float
    out: str


def measure(command: Sequence[str]) -> Finished:
    """Run a command to its end.

    Raises
    ------
    RuntimeError
        With the end of what it said, if it failed.
    """
    starter = [sys.executable, "-I", "-S", __file__, *command]
    done = subprocess.run(starter, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    if found["code"] != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {found['code']}:\n{found['err']}")
    return Finished(found["seconds"], found["peak_mib"], found["out"])


# ---------------------------------------------------------------- in the small process


def _run(command: Sequence[str]) -> dict[str, object]:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        looker = _Looker(process.pid)
        looker.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        looker.stop()
        out.seek(0)
        err.seek(0)
        return {
            "seconds": seconds,
            "peak_mib": max(usage.ru_maxrss * 1024, looker.peak) / 2**20,
            "code": os.waitstatus_to_exitcode(status),
            "out": out.read(),
            "err": err.read()[-2_000:],
        }


class _Looker(threading.Thread):
    """Looks now and then how much memory a process and its children hold together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(_SECONDS_BETWEEN_LOOKS):
            self.peak = max(self.peak, sum(_resident_bytes(own) for own in _family(self._pid)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _family(pid: int) -> Iterator[int]:
    """A process and all that come from it; nothing where the system does not show them."""
    yield pid
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [own for thread in threads for own in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _resident_bytes(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1:])))

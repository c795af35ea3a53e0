"""A studio of the tests' own: the real command as a process, and who visits it."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import IO

import httpx2

from commands import COMMAND, SURROUNDINGS, files_in

PATIENCE = 120.0
"""Seconds after which a test gives up."""


class Studio:
    """A running ``segmentry studio``.

    Parameters
    ----------
    place : Path
        An empty folder: its ``tmp`` is the studio's temporary folder.
    options : str
        Of the command.
    """

    def __init__(self, place: Path, *options: str) -> None:
        self.tmp, self._errors = place / "tmp", place / "stderr"
        self.tmp.mkdir(exist_ok=True)
        self._links: Queue[str] = Queue()
        with self._errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*COMMAND, "studio", "--port", "0", *options],
                env=SURROUNDINGS | {"TMPDIR": str(self.tmp)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )
        assert self.process.stdout
        threading.Thread(target=self._listen, args=[self.process.stdout], daemon=True).start()
        self._link = self._links.get(timeout=PATIENCE)
        self.origin = self._link.partition("/?")[0]

    def _listen(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                for found in re.findall(r"http://\S+\?token=\S+", line):
                    self._links.put(found)

    @property
    def link(self) -> str:
        """The link that works; it was used once another one was printed."""
        while not self._links.empty():
            self._link = self._links.get()
        return self._link

    @contextmanager
    def visitor(self) -> Iterator[httpx2.Client]:
        """A browser of somebody who was let in, as far as HTTP goes."""
        before = self.link
        with httpx2.Client(base_url=self.origin, timeout=PATIENCE) as client:
            assert client.get(before).status_code == 200
            self.await_link(before)
            yield client

    def await_link(self, before: str) -> str:
        """The link that was printed after another one was used."""
        if self.link == before:
            self._link = self._links.get(timeout=PATIENCE)
        return self._link

    @property
    def errors(self) -> str:
        """What it wrote to its standard error."""
        return self._errors.read_text()

    @property
    def uploads(self) -> list[Path]:
        """The files in its private folder: what was uploaded, under random names."""
        return [own for own in self.tmp.glob("segmentry-studio-*/*") if own.is_file()]

    @property
    def workers(self) -> set[int]:
        """The processes that it has started."""
        return children_of(self.process.pid)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it with a signal; its exit code. Nobody and nothing may be left."""
        workers = self.workers
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        assert not any(map(is_running, workers))
        assert files_in(self.tmp) == frozenset()
        assert self.errors == ""
        return code


def children_of(pid: int) -> set[int]:
    """The processes that a process has started and that are there."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(own) for path in lists for own in path.read_text().split()}


def is_running(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@contextmanager
def running_studio(place: Path, *options: str) -> Iterator[Studio]:
    """A studio that is ended cleanly, whatever comes."""
    studio = Studio(place, *options)
    try:
        yield studio
        if studio.process.poll() is None:
            assert studio.end() == 143
    finally:
        studio.process.kill()
        studio.process.wait()


# ---------------------------------------------------------------- what a visitor does


def until(condition, what: str, seconds: float = PATIENCE):
    """Ask again and again until something is so; what was answered then."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)
    return found


def bring(visitor: httpx2.Client, content: bytes | str, name: str = "customers.csv") -> str:
    """Upload a file; the address of its data page."""
    answer = visitor.post("/files", files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def explored(visitor: httpx2.Client, address: str) -> str:
    """The data page, once the file is read."""

    def read() -> str:
        text = visitor.get(address).raise_for_status().text
        return "" if "<progress" in text or "Counting again" in text else text

    return until(read, "the file is read")


def begin(visitor: httpx2.Client, address: str, **form: object) -> str:
    """Begin a run on a file; the address of the run."""
    answer = visitor.post(f"{address}/runs", data={"key": "", **form})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def ended(visitor: httpx2.Client, address: str) -> str:
    """The page of a run, once the run is over, whatever came of it."""

    def read() -> str:
        text = visitor.get(address).raise_for_status().text
        return "" if "<progress" in text else text

    return until(read, "the run is over")


def demo_run(visitor: httpx2.Client) -> str:
    """The address of a run on the mall data that is done."""
    address = begin(visitor, visitor.post("/demo").headers["location"])
    text = ended(visitor, address)
    assert 'id="take"' in text, text
    return address

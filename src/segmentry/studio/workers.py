"""The parent's side of workers: start them, ask them, and end them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import segmentry
from segmentry.engines.scratch import Scratch
from segmentry.progress import Tell
from segmentry.studio.limits import (
    ASKING,
    READING,
    RUNNING,
    Limits,
    WorkerFault,
    answer_of,
    broken,
    stopped,
    too_long,
)
from segmentry.studio.worker import LONGEST_LINE

__all__ = ["ASKING", "READING", "RUNNING", "Limits", "Worker", "WorkerFault", "Workers"]

_START_SECONDS = 120.0
_LAST_WORDS = 16_384
_KEPT = ("PATH", "SYSTEMROOT")
"""What a worker needs of the environment; the rest may hold passwords."""


class Worker:
    """One process that answers questions about one upload, one after the other.

    Made by :meth:`Workers.take`.

    Attributes
    ----------
    folder : Path
        The only place where it may write; it vanishes when the worker ends.
    walls : dict
        Which walls stand around it, see :class:`.confinement.Walls`.
    """

    def __init__(self, scratch: Scratch, desk: str) -> None:
        self._scratch, self._desk = scratch, desk
        self.folder = scratch.path
        self.walls: dict[str, bool] = {}
        self._turn = asyncio.Lock()
        self._asked = 0
        self._killed = False
        self._words: deque[bytes] = deque()
        self._started: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.returncode is None and not self._killed

    @property
    def _process(self) -> asyncio.subprocess.Process:
        if self._started is None:
            raise _Ended
        return self._started

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def peak_bytes(self) -> int:
        """The most memory that it has held; 0 where the system does not tell, or after its end."""
        with suppress(OSError):
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            return 1024 * int(found[1]) if found else 0
        return 0

    @property
    def last_words(self) -> str:
        """The end of what it wrote to its standard error: for us, since it may hold data."""
        return b"".join(self._words).decode("utf-8", "replace")[-_LAST_WORDS:]

    # ------------------------------------------------------------ beginning and end

    async def start(self) -> None:
        """Start the process and wait until it has loaded its libraries and locked itself in.

        Raises
        ------
        WorkerFault
            If it does not get that far.
        """
        self._started = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-s", "-m", "segmentry.studio.worker",
            str(self.folder), self._desk, str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env=_surroundings(self.folder),
            start_new_session=True,
            limit=LONGEST_LINE,
        )  # fmt: skip
        self._watch = asyncio.create_task(self._wait())
        try:
            reply = await asyncio.wait_for(self._read(), _START_SECONDS)
            self.walls = reply["ready"]
        except (TimeoutError, _Ended, KeyError):
            await self.close()
            raise WorkerFault(
                "The part of the studio that reads files did not start.",
                "Run segmentry demo in a terminal: it says what is missing.",
                code="X70",
                exit_code=70,
            ) from None
        except BaseException:
            self.kill()
            raise

    async def _wait(self) -> None:
        """Keep the end of what it says beside its answers, and clear up behind it."""
        stream = self._process.stderr
        while stream is not None and (some := await stream.read(4096)):
            self._words.append(some)
            while sum(map(len, self._words)) > 2 * _LAST_WORDS:
                self._words.popleft()
        await self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._scratch.close()

    def kill(self) -> None:
        """End it at once, with all that it has started; its folder goes with it."""
        self._killed = True
        if self._started is None:
            self._scratch.close()
        elif self._started.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """End it, and return when nothing is left of it."""
        self.kill()
        if self._watch is not None:
            await self._watch

    # ------------------------------------------------------------ questions

    async def ask(
        self,
        verb: str,
        arguments: Mapping[str, Any],
        *,
        limits: Limits,
        tell: Tell | None = None,
        doing: str = "",
    ) -> dict[str, Any]:
        """Ask for an answer, and wait for it; a second question waits for the first.

        Parameters
        ----------
        verb : str
            One of the desk's verbs.
        arguments : mapping
            Its arguments, as plain data.
        limits : Limits
            What the answer may take. Who asks for more is ended.
        tell : callable, optional
            Is told how far the work is.
        doing : str, optional
            What it does, as the beginning of a sentence, for messages. Default: "Reading" and the
            name of the file in ``arguments["path"]``.

        Raises
        ------
        ValueError
            If an argument is what JSON cannot say; the worker goes on.
        WorkerFault
            If the answer is an error, or the worker had to be ended, or has ended by itself.
        asyncio.CancelledError
            If the task is cancelled; the worker is then ended too.
        """
        path = arguments.get("path")
        doing = doing or (f"Reading {Path(path).name}" if path else "The work")
        self._asked += 1
        number = self._asked
        # Written before it is this worker's turn: what JSON cannot say ends no worker.
        question = _line({
            "id": number, "verb": verb, "arguments": dict(arguments),
            "memory_bytes": limits.memory_bytes, "cpu_seconds": limits.cpu_seconds,
        })  # fmt: skip
        async with self._turn:
            try:
                reply = await asyncio.wait_for(
                    self._answer(number, question, tell), limits.wall_seconds
                )
            except TimeoutError:
                self.kill()
                raise too_long(doing, limits.wall_seconds) from None
            except _Ended:
                raise await self._end(doing, limits) from None
            except BaseException:
                self.kill()
                raise
        return answer_of(reply, doing, limits)

    async def _answer(self, number: int, question: bytes, tell: Tell | None) -> dict[str, Any]:
        """Send a question and read until its answer."""
        await self._write(question)
        while True:
            reply = await self._read()
            if reply.get("id") != number:
                continue
            if "tell" not in reply:
                return reply
            if tell:
                step, share, note = reply["tell"]
                tell(step, share, note)

    async def _write(self, line: bytes) -> None:
        stream = self._process.stdin
        if not self.alive or stream is None:
            raise _Ended
        try:
            stream.write(line)
            await stream.drain()
        except OSError:
            raise _Ended from None

    async def _read(self) -> dict[str, Any]:
        """The next line; what is no line of ours ends the worker."""
        stream = self._process.stdout
        try:
            line = await stream.readline() if stream else b""
            reply = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise _Ended
        return reply

    async def _end(self, doing: str, limits: Limits) -> WorkerFault:
        """Why it has ended, in two lines."""
        asked_to = self._killed
        self.kill()
        code = await self._process.wait()
        if sys.platform != "win32" and code == -signal.SIGXCPU:
            return too_long(doing, limits.cpu_seconds, " of processor time")
        return stopped(doing) if asked_to else broken(doing, limits)


def _line(question: dict[str, Any]) -> bytes:
    return json.dumps(question, allow_nan=False).encode() + b"\n"


class _Ended(Exception):  # noqa: N818
    """The process has ended, or says what is no answer."""


def _surroundings(folder: Path) -> dict[str, str]:
    """The environment of a worker: where things are, and nothing that is secret.

    Modules are looked for where this process does, but not in the folder that it was started in,
    nor in somebody's home: what is on the path may be read, and there lies more than modules.
    """
    own = Path(segmentry.__file__).resolve().parents[1]
    passed_over = {Path.cwd(), Path.home(), Path("/")} - {own}
    paths = dict.fromkeys(map(Path, filter(None, sys.path)))
    places = [str(path) for path in paths if path.is_absolute() and path not in passed_over]
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(folder),
        "PYTHONPATH": os.pathsep.join(places),
        "PYTHONUTF8": "1",
        "TMPDIR": str(folder),
    }


class Workers:
    """Workers to take, one for each upload, and one that is ready before anybody asks.

    Parameters
    ----------
    parent : Path
        Where their folders are made.
    most : int, optional
        How many may be taken at once.
    desk : str, optional
        The module that knows the verbs: ``Desk(folder)``, whose methods in ``VERBS`` take their
        arguments and ``tell``, and ``warm()``, which loads the libraries.

    Examples
    --------
    >>> async def read(path, folder):
    ...     workers = Workers(folder)
    ...     await workers.start()
    ...     worker = await workers.take()
    ...     try:
    ...         return await worker.ask("explore", {"path": path, "options": {}}, limits=READING)
    ...     finally:
    ...         await workers.close()
    """

    def __init__(
        self, parent: Path, *, most: int = 12, desk: str = "segmentry.studio.desk"
    ) -> None:
        self._parent, self._most, self._desk = parent, most, desk
        self._taken: list[Worker] = []
        self._made: set[Worker] = set()
        self._spare: asyncio.Task[Worker] | None = None

    async def start(self) -> None:
        """Begin to make the first one ready, and return at once."""
        if self._spare is None:
            self._spare = asyncio.create_task(self._new())

    async def _new(self) -> Worker:
        worker = Worker(Scratch(self._parent), self._desk)
        self._made = {own for own in self._made if own.folder.exists()} | {worker}
        await worker.start()
        return worker

    @property
    def free(self) -> int:
        """How many more may be taken now."""
        self._taken = [own for own in self._taken if own.alive]
        return self._most - len(self._taken)

    async def take(self) -> Worker:
        """Hand out one that is ready, and begin to make another.

        Raises
        ------
        WorkerFault
            If as many as there may be are taken (S101), or none starts (X70).
        """
        if self.free < 1:
            raise WorkerFault(
                f"All {self._most} places for work are taken.",
                "Try again in a minute, or remove a run or a file on the start page.",
                code="S101",
            )
        spare, self._spare = self._spare or asyncio.create_task(self._new()), None
        worker = await spare
        if not worker.alive:
            worker = await self._new()
        self._taken.append(worker)
        await self.start()
        return worker

    async def close(self) -> None:
        """End them all, and return when nothing is left of them."""
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.cancel()
            await asyncio.gather(spare, return_exceptions=True)
        await asyncio.gather(*(own.close() for own in self._made))
        self._made.clear()

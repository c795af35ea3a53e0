"""What takes time: exploring a file and finding segments, one run after the other.

The pages never wait for them: a task asks a worker and writes down what it tells, and pages read
that. Two runs may wait for the one under way; a third is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from segmentry.errors import InputError, SegmentryError
from segmentry.studio.keeping import hand_on, labels_before, texts_of
from segmentry.studio.store import Fault, Project, Run, Store, retire
from segmentry.studio.uploads import NO_ROOM, no_room, placed, present, withdraw
from segmentry.studio.workers import ASKING, READING, RUNNING, Limits, Worker, Workers

__all__ = ["BusyError", "Jobs", "gone"]

_MOST_WAITING = 2
_MOST_ALIVE = 4
_SECONDS_PER_MB = 0.3
_MOST_HANDED_ON_BYTES = 700_000_000
"""A worker that has held more may lack the room for another file."""


class BusyError(SegmentryError):
    """Too many runs are waiting."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            "Two runs are waiting already.", "Wait until one is done, or cancel one.", code="S101"
        )


class Jobs:
    """Explores files and finds segments, and asks the workers of runs that are done.

    Parameters
    ----------
    workers : Workers
        Where workers come from.
    store : Store
        What is remembered.
    """

    def __init__(self, workers: Workers, store: Store) -> None:
        self._workers, self._store = workers, store
        self._turn = asyncio.Semaphore(1)
        self._tasks: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------ exploring

    def explore(self, project: Project, options: Mapping[str, Any]) -> None:
        """Begin to explore a file; what was found before stays until it is done.

        Where that is under way, it is done again after it: ending it would end the worker, too.
        """
        project.fault, project.step = None, ("read", 0.0)
        project.wanted = dict(options)
        if not project.busy:
            project.task = self._begin(self._explore(project))

    async def _explore(self, project: Project) -> None:
        while project.wanted is not None:
            options, project.wanted = project.wanted, None
            try:
                found = await self._explored(project, options)
            except Exception as error:
                if project.wanted is None:
                    project.refused(_fault_of(error))
            else:
                if project.wanted is None:
                    project.explored(found)

    async def _explored(self, project: Project, options: dict[str, Any]) -> dict[str, Any]:
        def tell(step: str, share: float, _: str) -> None:
            project.step = (step, share)

        worker = await self._worker_of(project)
        said = {"path": self._shown(worker, project), "options": options}
        return await worker.ask("explore", said, limits=_reading(project), tell=tell)

    async def _worker_of(self, project: Project) -> Worker:
        """The worker of a file, one only, whoever asks for it meanwhile."""
        async with project.taking:
            if project.worker is None or not project.worker.alive:
                project.worker = self._handed_on(project)
            if project.worker is None:
                await self._make_room()
                project.worker = await self._workers.take()
            return project.worker

    def _handed_on(self, project: Project) -> Worker | None:
        """The worker of a file of the same browser that was refused, which it holds nothing of."""
        sessions = (own.projects for own in self._store.sessions.values())
        for other in next((own for own in sessions if project.id in own), {}).values():
            worker = other.worker
            if other is project or worker is None or not (other.rejected and _is_idle(other)):
                continue
            if worker.peak_bytes <= _MOST_HANDED_ON_BYTES:
                other.worker = None
                withdraw(placed(other.path, other.name, worker.folder))
                return worker
        return None

    # ------------------------------------------------------------ running

    def check_room(self) -> None:
        """Refuse where too many runs wait already.

        Raises
        ------
        BusyError
            If so.
        """
        if sum(not run.over for run in self._store.runs) > _MOST_WAITING:
            raise BusyError

    def run(self, run: Run) -> None:
        """Begin a run as soon as it is its turn."""
        run.task = self._begin(self._run(run))

    async def _run(self, run: Run) -> None:
        def tell(step: str, share: float, note: str) -> None:
            run.step = (step, share, note)

        try:
            async with self._turn:
                run.state, run.started = "running", time.time()
                labels = await labels_before(run)
                run.worker = await self._handed_over(run.project)
                said = {"path": self._shown(run.worker, run.project), "options": run.options}
                told = await run.worker.ask("run", said, limits=RUNNING, tell=tell)
                run.as_found = texts_of(told)
                run.told = await hand_on(run, told, labels)
                run.state = "done"
        except asyncio.CancelledError:
            run.state = "cancelled"
            retire(run)
        except Exception as error:
            run.state, run.fault = "failed", _fault_of(error)
            retire(run)
        finally:
            run.ended, run.follows = time.time(), None

    async def _handed_over(self, project: Project) -> Worker:
        """The worker that explored the file, or another one, which then belongs to the run."""
        worker = await self._worker_of(project)
        project.worker = None
        return worker

    def cancel(self, run: Run) -> None:
        """Stop a run that is not over, at once."""
        if not run.over and run.task is not None:
            run.task.cancel()
            run.state, run.ended = "cancelled", time.time()
            retire(run)

    async def _make_room(self) -> None:
        """Put away the worker of the oldest run, where there are many."""
        alive = sorted((run for run in self._store.runs if run.over and run.alive), key=_age)
        for run in alive[: max(0, len(alive) - _MOST_ALIVE + 1)]:
            await self._retire(run)
        idle = sorted((own for own in self._store.projects if _is_idle(own)), key=_age)
        for project in idle[: max(0, len(idle) - _MOST_ALIVE + 1)]:
            self._put_away(project)

    async def _retire(self, run: Run) -> None:
        """Let go of a run, once every figure of its page is drawn."""
        with contextlib.suppress(SegmentryError):
            for name in run.told["figures"] if run.told else ():
                await self.figure(run, name)
        retire(run)

    async def expire(self, now: float | None = None) -> None:
        """Let go of what is an hour old."""
        for run in list(self._store.aged(now)):
            await self._retire(run)
        self._store.expire(now)

    @staticmethod
    def _put_away(project: Project) -> None:
        if project.worker is not None:
            project.worker.kill()
            project.worker = None

    # ------------------------------------------------------------ asking

    async def ask(self, run: Run, verb: str, **arguments: Any) -> dict[str, Any]:
        """Ask the worker of a run that is done.

        Raises
        ------
        SegmentryError
            What the worker says, or that it was put away.
        """
        return await self.worker_of(run).ask(verb, arguments, limits=ASKING)

    async def figure(self, run: Run, name: str) -> dict[str, str]:
        """One figure of the report as SVG text by theme, drawn once for each set of names."""
        if name not in run.figures:
            revision = run.revision
            drawn = await self.ask(run, "figure", name=name)
            if run.revision != revision:
                return drawn
            run.figures[name] = drawn
        return run.figures[name]

    @staticmethod
    def worker_of(run: Run) -> Worker:
        """The worker that holds what a run has found.

        Raises
        ------
        SegmentryError
            If it was put away.
        """
        if run.worker is None or not run.worker.alive:
            raise SegmentryError(
                "This run was put away to make room.",
                "Find the segments again from its data page. This page stays; names and actions "
                "that were changed would have to be typed again.",
                code="S92",
            )
        return run.worker

    def shown(self, run: Run, path: Path, name: str) -> Path:
        """Let the worker of a run see another file, under its own name."""
        return present(path, name, self.worker_of(run).folder)

    def _shown(self, worker: Worker, project: Project) -> str:
        if not project.there:
            raise gone()
        return str(present(project.path, project.name, worker.folder))

    def _begin(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Stop everything."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _reading(project: Project) -> Limits:
    """What looking at a file may take: longer for a large one."""
    more = round(_SECONDS_PER_MB * project.path.stat().st_size / 1e6) if project.there else 0
    return replace(
        READING,
        cpu_seconds=READING.cpu_seconds + more,
        wall_seconds=READING.wall_seconds + more,
    )


def gone() -> InputError:
    """A file that is not kept any more."""
    return InputError("The file was deleted.", "Bring it again.", code="S102")


def _fault_of(error: Exception) -> Fault:
    """What went wrong; of a bug only the kind, since its text may hold data."""
    if isinstance(error, SegmentryError):
        return Fault.of(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return Fault.of(no_room("the file"))
    logging.getLogger(__name__).error("a task failed", exc_info=error)
    return Fault.of_bug(error)


def _age(own: Run | Project) -> float:
    return own.born


def _is_idle(project: Project) -> bool:
    return project.worker is not None and project.worker.alive and not project.busy

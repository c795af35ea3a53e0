"""What the studio remembers: sessions, the files that were brought, the runs; and what expires.

Everything is in memory but the uploads, which lie in a private folder under random names. Nothing
of one session can be reached from another: each one finds only its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentry.errors import SegmentryError
from segmentry.studio.workers import Worker

if TYPE_CHECKING:
    from segmentry.studio.keeping import Handover

__all__ = ["LIFE_SECONDS", "Fault", "Project", "Run", "Session", "Store", "Texts", "private_folder"]

Texts = dict[int, dict[str, str]]
"""By segment its name and actions, by the field of the form."""

LIFE_SECONDS = 3600.0
"""How long an upload is kept, and what was made from it can be taken away."""
_PREFIX = "segmentry-studio-"


@dataclass(frozen=True)
class Fault:
    """What went wrong, for a person."""

    code: str
    what: str
    fix: str

    @classmethod
    def of(cls, error: SegmentryError) -> Fault:
        """The same of an error of ours."""
        return cls(error.code, error.what, error.fix)

    @classmethod
    def of_bug(cls, error: Exception) -> Fault:
        """A fault of ours; its text may hold data, so only its kind is told."""
        what = f"A bug in the studio ({type(error).__name__})."
        return cls("X70", what, "Please report it; nothing was lost.")


def _new_id() -> str:
    """128 random bits, so that no one guesses another's address."""
    return secrets.token_hex(16)


@dataclass
class Project:
    """A file that was brought, and what is known of it.

    Attributes
    ----------
    name : str
        What it is called; for display only.
    path : Path
        Where it lies.
    own : bool
        Whether it was uploaded, so that it is ours to delete.
    roles : dict
        Roles that the user chose, by column.
    reasons : dict
        Why each column that the user has not changed has its role.
    reading : dict
        How it is to be read, where the user said so.
    found : dict or None
        What exploring it told last; a fault since then leaves it.
    settled : tuple of dict
        ``roles`` and ``reasons`` as they were then.
    wanted : dict or None
        How it is to be explored next.
    draft : dict or None
        What was filled in for a run and not sent yet, or sent and refused.
    """

    name: str
    path: Path
    own: bool = True
    id: str = field(default_factory=_new_id)
    born: float = field(default_factory=time.time)
    roles: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] | None = None
    settled: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))
    fault: Fault | None = None
    wanted: dict[str, Any] | None = None
    draft: dict[str, str] | None = None
    step: tuple[str, float] = ("read", 0.0)
    worker: Worker | None = None
    taking: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    task: asyncio.Task[None] | None = None

    def explored(self, found: dict[str, Any]) -> None:
        """Remember what exploring told, and which roles it was told of."""
        self.found, self.fault = found, None
        self.settled = dict(self.roles), dict(self.reasons)

    def refused(self, fault: Fault) -> None:
        """Remember what went wrong; roles go back to where they could be explored."""
        self.fault = fault
        self.roles, self.reasons = (dict(own) for own in self.settled)

    @property
    def there(self) -> bool:
        """Whether the file is still kept."""
        return self.path.exists()

    @property
    def rejected(self) -> bool:
        """Whether it could not be read, so that nothing is known of it."""
        return self.found is None and self.fault is not None

    @property
    def busy(self) -> bool:
        """Whether it is being explored."""
        return self.task is not None and not self.task.done()


@dataclass
class Run:
    """One search for segments, and what came of it.

    Attributes
    ----------
    state : str
        ``waiting``, ``running``, ``done``, ``failed`` or ``cancelled``.
    told : dict or None
        What the worker said: the summary, and what pages need beside it.
    promised : float or None
        How many seconds were said to be left when somebody asked last.
    revision : int
        How often names or actions were changed.
    saved : int or None
        The segment that was changed since the page was shown last.
    as_found : dict
        Names and actions before anybody changed them.
    follows : Run or None
        The run whose names and actions are to go along, until this one is over.
    handover : Handover or None
        What was taken over from it.
    """

    project: Project
    options: dict[str, Any]
    key: str
    id: str = field(default_factory=_new_id)
    born: float = field(default_factory=time.time)
    state: str = "waiting"
    step: tuple[str, float, str] = ("", 0.0, "")
    started: float = 0.0
    promised: float | None = None
    ended: float = 0.0
    told: dict[str, Any] | None = None
    fault: Fault | None = None
    revision: int = 0
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    worker: Worker | None = None
    task: asyncio.Task[None] | None = None
    scored: dict[str, Any] | None = None
    saved: int | None = None
    as_found: Texts = field(default_factory=dict)
    follows: Run | None = None
    handover: Handover | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen of itself."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def alive(self) -> bool:
        """Whether its worker can still be asked."""
        return self.worker is not None and self.worker.alive


@dataclass
class Session:
    """What one browser brought and found."""

    projects: dict[str, Project] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    def with_key(self, key: str) -> Run | None:
        """The run that a form has started already, if it was sent twice; not one that is lost."""
        kept = (own for own in self.runs.values() if own.state not in ("failed", "cancelled"))
        return next((own for own in kept if own.key == key), None)


@dataclass
class Store:
    """All sessions, and the folder of the uploads."""

    folder: Path
    sessions: dict[str, Session] = field(default_factory=dict)

    def session(self, key: str) -> Session:
        """What a browser has, from its first request on."""
        return self.sessions.setdefault(key, Session())

    @property
    def runs(self) -> Iterator[Run]:
        """The runs of everybody."""
        return (run for session in self.sessions.values() for run in session.runs.values())

    @property
    def projects(self) -> Iterator[Project]:
        """The files of everybody."""
        return (own for session in self.sessions.values() for own in session.projects.values())

    def aged(self, now: float | None = None) -> Iterator[Run]:
        """The runs whose workers are to be let go of, because they or their files are that old."""
        limit = (now if now is not None else time.time()) - LIFE_SECONDS
        return (
            run for run in self.runs
            if run.over and run.alive and min(run.born, run.project.born) <= limit
        )  # fmt: skip

    def expire(self, now: float | None = None) -> None:
        """Let go of what is an hour old: the files, and the workers that hold their rows."""
        limit = (now if now is not None else time.time()) - LIFE_SECONDS
        with contextlib.suppress(OSError):
            os.utime(self.folder)  # another studio that starts sees that this one is alive
        for project in list(self.projects):
            if project.born <= limit:
                self.forget_file(project)
        for run in list(self.runs):
            if run.over and run.born <= limit:
                retire(run)

    def forget_file(self, project: Project) -> None:
        """Delete an upload; what was found in it stays on its pages."""
        if project.task is not None:
            project.task.cancel()
        if project.worker is not None:
            project.worker.kill()
            project.worker = None
        if project.own:
            with contextlib.suppress(OSError):
                project.path.unlink(missing_ok=True)
        for run in self.runs:
            if run.project is project and run.over:
                retire(run)

    def close(self) -> None:
        """Delete everything."""
        workers = [*(own.worker for own in self.projects), *(own.worker for own in self.runs)]
        for worker in filter(None, workers):
            worker.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def retire(run: Run) -> None:
    """End the worker of a run; its page stays."""
    if run.worker is not None:
        run.worker.kill()
        run.worker = None


# ---------------------------------------------------------------- the folder


def private_folder(within: Path | None = None) -> Path:
    """Make a folder that only its owner may enter, and sweep those of studios that are gone."""
    place = within or Path(tempfile.gettempdir())
    for old in place.glob(f"{_PREFIX}*"):
        if _is_left(old):
            shutil.rmtree(old, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
    made.chmod(0o700)
    return made


def _is_left(folder: Path) -> bool:
    """Whether the studio that made a folder has ended; its number may be another program's now."""
    said = folder.name.removeprefix(_PREFIX).partition("-")[0]
    try:
        own = folder.lstat()
    except OSError:
        return False
    if not said.isdecimal() or folder.is_symlink() or own.st_uid != os.getuid():
        return False
    if int(said) == os.getpid():
        return True
    try:
        os.kill(int(said), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return time.time() - own.st_mtime > 24 * LIFE_SECONDS

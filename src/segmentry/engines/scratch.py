"""A private folder for temporary files, which vanishes with whoever made it."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from segmentry.errors import OutputError

if sys.platform != "win32":
    import fcntl

__all__ = ["Scratch"]

_NAME = re.compile(r"segmentry-\d+-\w+")


class Scratch:
    """A folder of mode 0700 with the name ``segmentry-<pid>-<random>``.

    It is removed by :meth:`close`, or when nothing refers to it any more, or at the end of Python.
    After ``kill -9`` it stays, until the next one in the same place sweeps it away: a lock on the
    folder, which the system takes back from the dead, tells that nobody uses it.

    Parameters
    ----------
    parent : Path
        The folder to make it in.

    Raises
    ------
    OutputError
        If the system refuses (exit code 4).

    Examples
    --------
    >>> scratch = Scratch(Path(tempfile.gettempdir()))
    >>> oct(scratch.path.stat().st_mode)[-3:]
    '700'
    >>> scratch.close()
    >>> scratch.path.exists()
    False
    """

    def __init__(self, parent: Path) -> None:
        try:
            _sweep(parent)
            self.path, lock = _locked_folder(parent)
        except OSError as error:
            raise OutputError(
                f"Could not make a temporary folder in {parent}: {error.strerror or error}.",
                "Give a folder that has room and may be written to: --temp-dir DIR.",
                code="R111",
                exit_code=4,
            ) from error
        self._remove = weakref.finalize(self, _remove, self.path, lock, os.getpid())

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        self._remove()


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """Make a folder that bears its final name only when it is locked."""
    draft = Path(tempfile.mkdtemp(prefix=".segmentry-", dir=parent))
    lock = _lock(draft)
    folder = draft.with_name(f"segmentry-{os.getpid()}-{draft.name.removeprefix('.segmentry-')}")
    draft.rename(folder)
    return folder, lock


def _lock(folder: Path) -> int:
    """Lock a folder until the process ends; where the system has no such locks, -1."""
    if sys.platform == "win32":
        return -1
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return -1
    return handle


def _remove(folder: Path, lock: int, owner: int) -> None:
    """Remove a folder, though not from a forked child; a signal in the midst does not stop it."""
    if os.getpid() != owner:
        return
    try:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock >= 0:
            os.close(lock)


def _sweep(parent: Path) -> None:
    """Remove what killed processes of this user have left."""
    if sys.platform == "win32":
        return
    with os.scandir(parent) as entries:
        left = [Path(entry.path) for entry in entries if _is_ours(entry)]
    for folder in left:
        with suppress(OSError):
            lock = _lock(folder)
            if lock >= 0:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether something in a folder for all is a folder that a process of this user has made."""
    if not _NAME.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
        return False
    try:
        return entry.stat(follow_symlinks=False).st_uid == os.geteuid()
    except OSError:
        return False

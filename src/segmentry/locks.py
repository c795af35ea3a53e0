"""One writer at a time for each place: a lock that the system takes back from the dead."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from segmentry.errors import OutputError

if sys.platform != "win32":
    import fcntl

__all__ = ["locked"]

_held: set[Path] = set()
"""Places that this process has locked already."""


@contextlib.contextmanager
def locked(target: Path) -> Iterator[None]:
    """Let nobody else write to a place meanwhile; ``.<name>.lock`` beside it says who does.

    Where the folder around it is not there yet, or the system has no such locks, nothing is locked.

    Raises
    ------
    OutputError
        If another process writes there (exit code 4).

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, locked(Path(folder) / "out"):
    ...     [path.name for path in Path(folder).iterdir()]
    ['.out.lock']
    """
    place = target.resolve()
    if sys.platform == "win32" or place in _held or not place.parent.is_dir():
        yield
        return
    lock = place.with_name(f".{place.name}.lock")
    handle = _taken(lock, target)
    _held.add(place)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()} {os.uname().nodename} {time.strftime('%H:%M')}".encode())
        yield
    finally:
        _held.discard(place)
        lock.unlink(missing_ok=True)
        os.close(handle)


def _taken(lock: Path, target: Path) -> int:
    """The lock's file, open and locked; one that a dead process left is taken over."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(handle, 300).decode(errors="replace")
            os.close(handle)
            raise _busy(target, owner) from None
        except OSError:
            return handle
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), lock.stat()):
                return handle
        os.close(handle)  # whoever had it removed it in between: it locks nothing any more


def _busy(target: Path, owner: str) -> OutputError:
    pid, host, since = [*owner.split(), "?", "?", "?"][:3]
    where = "" if host == os.uname().nodename else f" on {host}"
    return OutputError(
        f"{target} is locked by pid {pid}{where} since {since}: another run writes there.",
        "Wait until it has ended, or choose another place with -o.",
        code="R118",
        exit_code=4,
    )

"""What a worker gives up before it sees a file of anybody's: processes, the network, other files.

There are several walls, one behind the other, because none stands everywhere. The kernel's
(a namespace without a network, Landlock for files, seccomp for system calls) hold libraries in C
and need Linux; Python's own, an audit hook, holds Python wherever it runs.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentry.studio.kernel import (
    die_with_parent,
    leave_network,
    lock_files,
    lock_system_calls,
    renounce_privileges,
)

__all__ = ["Walls", "before_files", "before_libraries", "readable_places"]

_MOST_OPEN = 512
_LARGEST_FILE = 4 * 2**30
_FORBIDDEN = frozenset({
    "subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
    "os.startfile", "os.startfile/2", "os.system", "pty.spawn", "os.kill", "os.killpg",
    "ctypes.call_function", "sys.addaudithook", "syslog.openlog", "ftplib.connect",
})  # fmt: skip
"""Events of Python that no verb has any use for."""
_CHANGING = frozenset({
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
    "os.setxattr", "os.symlink", "os.truncate", "os.utime",
})  # fmt: skip
"""Events that change what lies at a path."""
_CHANGED = {"os.link": (0, 2), "os.rename": (0, 2), "os.symlink": (1, 2)}
"""Which arguments of theirs are that path; usually it is the first."""
_SYSTEM = (
    "/usr", "/lib", "/lib64", "/opt/homebrew", "/System", "/Library", "/etc/fonts",
    "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/sys/fs/cgroup",
    "/sys/devices/system", "/sys/kernel/mm", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
    "/proc/sys/vm", "/proc/sys/kernel", "/dev/null", "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip
"""Where a system keeps what libraries look up; nothing of any user's."""


@dataclass(frozen=True)
class Walls:
    """Which of the kernel's walls stand around a worker; elsewhere there is Python's alone.

    Attributes
    ----------
    network : bool
        It is in a network of its own, which is connected to nothing.
    files : bool
        The kernel refuses files outside its places, to libraries in C as well.
    system_calls : bool
        The kernel refuses sockets, programs, processes and what else no verb needs.
    """

    network: bool
    files: bool
    system_calls: bool = False


def before_libraries(folder: Path, *, parent: int) -> Walls:
    """Do what must be done while there is only one thread: later ones are born inside the walls.

    Parameters
    ----------
    folder : Path
        The only place where this process may write.
    parent : int
        The process that this one is not to outlive.
    """
    os.umask(0o077)
    _set_limits()
    network = leave_network()
    die_with_parent(parent)
    renounce_privileges()
    return Walls(network, lock_files(folder, readable_places()))


def _set_limits() -> None:
    """No core dumps, which hold what was uploaded; bounds on open files and the size of one."""
    with suppress(ImportError):
        import resource

        for limit, wanted in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, _MOST_OPEN),
            (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        ):
            hard = resource.getrlimit(limit)[1]
            own = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(limit, (own, own))


def readable_places() -> list[Path]:
    """Where the interpreter, its libraries and the system keep what is needed to work."""
    own = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, f"/proc/{os.getpid()}"]
    places = map(Path, dict.fromkeys([*own, *_SYSTEM]))
    return [place for place in places if place.is_absolute()]


def before_files(folder: Path, walls: Walls) -> Walls:
    """Close what the libraries needed only to be loaded: programs, sockets, files elsewhere."""
    locked = lock_system_calls()
    sys.addaudithook(_guard(folder, readable_places()))
    return Walls(walls.network, walls.files, locked)


# ---------------------------------------------------------------- Python's own wall


def _guard(folder: Path, places: Sequence[Path]) -> Callable[[str, tuple[Any, ...]], None]:
    """The hook that Python calls before it does anything that reaches out of it."""
    writable = (os.path.realpath(folder), "/dev/null")
    readable = (*writable, *map(os.path.realpath, places))

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            _check(path, writable if _is_writing(flags) else readable)
        elif event in _FORBIDDEN or event.startswith("socket."):
            raise PermissionError(errno.EPERM, f"{event} is not allowed here")
        elif event in _CHANGING:
            for path in arguments[slice(*_CHANGED.get(event, (0, 1)))]:
                _check(path, writable)
        elif event == "ctypes.dlopen" and os.sep in str(arguments[0]):
            _check(arguments[0], readable[len(writable) :])
        elif event in ("os.listdir", "os.scandir", "os.chdir"):
            _check(arguments[0], readable)

    return guard


def _is_writing(flags: object) -> bool:
    changing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    return isinstance(flags, int) and bool(flags & changing)


def _check(path: object, places: Sequence[str]) -> None:
    """Refuse a path that leads out of these places; an open file, or none, is no path."""
    if not isinstance(path, str | bytes | os.PathLike):
        return
    name = os.fsdecode(path)
    real = os.path.realpath(name)
    if not any(real == own or real.startswith(own.rstrip("/") + "/") for own in places):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)

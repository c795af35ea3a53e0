"""How much of the machine a run may take: threads, memory, a place for temporary files."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

from segmentry.errors import InputError, OutputError

__all__ = ["ENOUGH_MEMORY", "Resources", "usable_cpus", "usable_memory"]

ENOUGH_MEMORY = 640 * 10**6
"""Bytes; the engine needs no more by default, because what does not fit goes to a file."""
_LEAST_MEMORY = 64 * 10**6
_MOST_THREADS = 1024
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])(i?)B?\s*", re.IGNORECASE)
_GROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


@dataclass(frozen=True)
class Resources:
    """Limits on what the engine takes; no limit changes any result.

    Parameters
    ----------
    threads : int, optional
        Threads of the engine. Default: the processors that this process may use, by its affinity
        and by the quota of its container.
    memory_limit : str, optional
        What the engine may hold in memory, for example ``"512MB"`` or ``"1.5GiB"``; beyond, it
        works with temporary files. Default: half of what this process may use, by the machine and
        by its container, but at most 640 MB. Python and its libraries come on top.
    temp_dir : str or PathLike, optional
        A folder for temporary files. Default: the system's.

    Raises
    ------
    InputError
        If a number or a size makes no sense.
    OutputError
        If the folder is not there, or may not be written to.

    Examples
    --------
    >>> Resources(threads=2, memory_limit="1.5GiB").memory_bytes
    1610612736
    """

    threads: int | None = None
    memory_limit: str | None = None
    temp_dir: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        if self.threads is not None:
            _check_threads(self.threads)
        if self.memory_limit is not None:
            _bytes_of(self.memory_limit)
        if self.temp_dir is not None:
            _check_folder(Path(self.temp_dir))

    @property
    def thread_count(self) -> int:
        """Threads that the engine takes."""
        return usable_cpus() if self.threads is None else int(self.threads)

    @property
    def memory_bytes(self) -> int:
        """Bytes that the engine may hold in memory."""
        if self.memory_limit is not None:
            return _bytes_of(self.memory_limit)
        return max(_LEAST_MEMORY, min(ENOUGH_MEMORY, usable_memory() // 2))

    @property
    def folder(self) -> Path:
        """The folder for temporary files.

        Raises
        ------
        OutputError
            If none is given and the system has none either.
        """
        if self.temp_dir is not None:
            return Path(self.temp_dir)
        try:
            return Path(tempfile.gettempdir())
        except FileNotFoundError:
            raise OutputError(
                "There is no folder for temporary files.", "Give one: --temp-dir DIR.", code="R111"
            ) from None


def _check_threads(threads: object) -> None:
    whole = isinstance(threads, Integral) and not isinstance(threads, bool)
    if not whole or not 1 <= int(threads) <= _MOST_THREADS:  # type: ignore[call-overload]
        raise InputError(
            f"threads={threads!r} is not a whole number from 1 to {_MOST_THREADS:,}.",
            f"Give one, for example {usable_cpus()}, which is what this process may use.",
            code="R00",
        )


def _bytes_of(size: object) -> int:
    """``"1.5GiB"`` in bytes: K, M, G and T are powers of 1000, with an i of 1024."""
    found = _SIZE.fullmatch(size) if isinstance(size, str) else None
    if found is None:
        raise InputError(
            f"memory_limit={size!r} is not a size.", "Give one such as 512MB or 1.5GiB.", code="R00"
        )
    number, unit, binary = found.groups()
    wanted = int(float(number) * (1024 if binary else 1000) ** ("KMGT".index(unit.upper()) + 1))
    if not _LEAST_MEMORY <= wanted <= 2**60:
        raise InputError(
            f"memory_limit={size!r} is too {'little' if wanted < _LEAST_MEMORY else 'much'}.",
            "Give 64MB or more, for example 512MB.",
            code="R00",
        )
    return wanted


def _check_folder(folder: Path) -> None:
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        state = "cannot be written to" if folder.is_dir() else "is not a folder"
        raise OutputError(
            f"The place for temporary files, {folder}, {state}.",
            "Give a folder that is there and may be written to: --temp-dir DIR.",
            code="R111",
        )


# ---------------------------------------------------------------- what this process may use


def usable_cpus(*, groups: Path = _GROUPS, membership: Path = _MEMBERSHIP) -> int:
    """Return the processors that this process may use: its affinity, and its container's quota.

    ``groups`` and ``membership`` are where Linux shows control groups (version 1 and 2).
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cpus = len(affinity(0)) if affinity else os.cpu_count() or 1
    quotas = (_cpu_quota(group) for group in _own_groups("cpu", groups, membership))
    return max(1, math.ceil(min([cpus, *quotas])))


def usable_memory(*, groups: Path = _GROUPS, membership: Path = _MEMBERSHIP) -> int:
    """Return the bytes of memory that this process may use: the machine's, or its container's."""
    limits = (_memory_limit(group) for group in _own_groups("memory", groups, membership))
    return int(min([_machine_memory(), *limits]))


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2 * ENOUGH_MEMORY


def _own_groups(controller: str, groups: Path, membership: Path) -> Iterator[Path]:
    """The folders of the control groups that this process is in, from the outermost."""
    for line in _words(membership, separator="\n"):
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        for mount in {controllers, controller} if controllers else {"", "unified"}:
            parts = [part for part in path.split("/") if part not in ("", "..")]
            yield from (groups.joinpath(mount, *parts[:i]) for i in range(len(parts) + 1))


def _cpu_quota(group: Path) -> float:
    """Processors that a group may use, in fractions; infinity is no limit."""
    quota = _words(group / "cpu.max") or [
        *_words(group / "cpu.cfs_quota_us"),
        *_words(group / "cpu.cfs_period_us"),
    ]
    limited = len(quota) == 2 and quota[0].isdigit()
    return int(quota[0]) / int(quota[1]) if limited else math.inf


def _memory_limit(group: Path) -> float:
    """Bytes that a group may use; infinity is no limit."""
    limit = _words(group / "memory.max") or _words(group / "memory.limit_in_bytes")
    return int(limit[0]) if limit and limit[0].isdigit() else math.inf


def _words(file: Path, *, separator: str | None = None) -> list[str]:
    """What a small file of the system says; nothing where it is not there."""
    try:
        return file.read_text(encoding="utf-8").strip().split(separator)
    except (OSError, UnicodeError):
        return []

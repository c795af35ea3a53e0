"""What Linux can refuse a process: a network, files, system calls. Elsewhere nothing of it is.

Every function says whether it took hold, and none fails where the kernel, or the container that
this runs in, does not let it. The numbers are those of Linux's headers; they never change.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = [
    "die_with_parent",
    "leave_network",
    "lock_files",
    "lock_system_calls",
    "renounce_privileges",
]

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9
_CLONE_THREAD, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00010000, 0x10000000, 0x40000000


def _call(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library; -1 where it fails, or where this is not Linux."""
    if not sys.platform.startswith("linux"):
        return -1
    wide = [ctypes.c_long(own) if isinstance(own, int) else own for own in arguments]
    try:
        return int(getattr(ctypes.CDLL(None, use_errno=True), name)(*wide))
    except AttributeError:
        return -1


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent ends; end at once where it has already."""
    _call("prctl", _PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def renounce_privileges() -> bool:
    """Let no program that is started give this process more rights than it has."""
    return _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def leave_network() -> bool:
    """Move to a network of one's own, where not even loopback is up, as the same user."""
    user, group = os.geteuid(), os.getegid()
    if _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with suppress(OSError):
            Path("/proc/self", name).write_text(text, encoding="ascii")
    return True


# ---------------------------------------------------------------- files (Landlock)

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FOLDER = 1 << 0 | 1 << 2 | 1 << 3
"""Run and read files, list folders."""
_ON_A_FILE = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
_FILE_RIGHTS = (0, 13, 14, 15, 15, 16, 16, 16)
"""How many rights about files each version of Landlock knows."""
_NETWORK_FROM, _SCOPES_FROM = 4, 6


def lock_files(folder: Path, readable: Sequence[Path]) -> bool:
    """Read only these places, write only the folder; open no TCP connection, signal nobody.

    It holds for this thread and those that it starts.
    """
    version = _call("syscall", _CREATE_RULESET, 0, 0, 1)
    if version < 1:
        return False
    rights = (1 << _FILE_RIGHTS[min(version, len(_FILE_RIGHTS) - 1)]) - 1
    rules = struct.pack("=Q", rights)
    rules += struct.pack("=Q", 3) if version >= _NETWORK_FROM else b""
    rules += struct.pack("=Q", 3) if version >= _SCOPES_FROM else b""
    handle = _call("syscall", _CREATE_RULESET, rules, len(rules), 0)
    if handle < 0:
        return False
    try:
        _allow(handle, folder, rights)
        _allow(handle, Path("/dev/null"), rights)
        for place in readable:
            _allow(handle, place, rights & _READ_FOLDER)
        return _call("syscall", _RESTRICT_SELF, handle, 0) == 0
    finally:
        os.close(handle)


def _allow(handle: int, place: Path, rights: int) -> None:
    """Add a place to what is allowed, if it is there."""
    with suppress(OSError):
        opened = os.open(place, os.O_RDONLY | getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
        try:
            own = rights if place.is_dir() else rights & _ON_A_FILE
            _call("syscall", _ADD_RULE, handle, 1, struct.pack("=Qi", own, opened), 0)
        finally:
            os.close(opened)


# ---------------------------------------------------------------- system calls (seccomp)

_SECCOMP = {"x86_64": 317, "aarch64": 277}
_MACHINE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_TGKILL = {"x86_64": 234, "aarch64": 131}
_CLONE3 = 435
_REFUSED = {
    # sockets: socket connect accept accept4 bind listen
    # processes: fork vfork execve execveat kill tkill rt_(tg)sigqueueinfo ptrace
    # process_vm_readv process_vm_writev
    # the kernel: mount umount unshare setns keys bpf perf_event_open userfaultfd open_by_handle_at
    "x86_64": (41, 42, 43, 288, 49, 50, 57, 58, 59, 322, 62, 200, 129, 297, 101, 310, 311, 165,
               166, 272, 308, 248, 249, 250, 321, 298, 323, 304),
    "aarch64": (198, 203, 202, 242, 200, 201, 221, 281, 129, 130, 138, 240, 117, 270, 271, 40, 39,
                97, 268, 217, 218, 219, 280, 241, 282, 265),
}  # fmt: skip
_REFUSED_EVERYWHERE = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 442, 467)
"""Signals and files by descriptor, io_uring (which opens sockets too), the newer calls of mount."""
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOWED, _KILLED, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


def lock_system_calls() -> bool:
    """Refuse, with EPERM and in all threads, sockets, programs, processes and others' memory."""
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _SECCOMP or sys.maxsize < 2**32:
        return False
    steps = b"".join(_filter(machine))
    code = ctypes.create_string_buffer(steps)
    program = struct.pack("@HP", len(steps) // 8, ctypes.addressof(code))
    return _call("syscall", _SECCOMP[machine], 1, 1, program) == 0


def _filter(machine: str) -> Iterator[bytes]:
    """The program that looks at every system call: its machine, its number, maybe its argument."""
    yield from (_step(_LOAD, 4), _step(_EQUAL, _MACHINE[machine], 1, 0), _step(_RETURN, _KILLED))
    yield _step(_LOAD, 0)
    if machine == "x86_64":  # the numbers of its 32-bit programs would be others
        yield from (_step(_AT_LEAST, 0x40000000, 0, 1), _step(_RETURN, _KILLED))
    for number in (*_REFUSED[machine], *_REFUSED_EVERYWHERE):
        yield from (_step(_EQUAL, number, 0, 1), _step(_RETURN, _EPERM))
    # A clone3 hides its flags in memory: the C library takes clone where there is no clone3.
    yield from (_step(_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _ENOSYS))
    # Threads are allowed, other processes not; signals to oneself (raise, abort), not to others.
    yield from (_step(_EQUAL, _CLONE[machine], 0, 3), _step(_LOAD, 16))
    yield from (_step(_ANY_BIT, _CLONE_THREAD, 5, 0), _step(_RETURN, _EPERM))
    yield from (_step(_EQUAL, _TGKILL[machine], 0, 3), _step(_LOAD, 16))
    yield from (_step(_EQUAL, os.getpid(), 1, 0), _step(_RETURN, _EPERM))
    yield _step(_RETURN, _ALLOWED)


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One step of the program: what to do, and how many to skip if so and if not."""
    return struct.pack("=HBBI", code, then, otherwise, value)

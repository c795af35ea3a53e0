"""What somebody would try who has taken over a worker, in Python and in libraries in C."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

_LIBC = ctypes.CDLL(None, use_errno=True)


def _told(result: int) -> int:
    """What a function of the C library returned; its error as Python raises it."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


# ---------------------------------------------------------------- in Python


def connect(port: int) -> Any:
    return socket.create_connection(("127.0.0.1", port), timeout=2)


def resolve() -> Any:
    return socket.getaddrinfo("localhost", 80)


def start_program() -> Any:
    return subprocess.run([sys.executable, "-c", "pass"], check=True)


def shell() -> Any:
    return os.system("true")


def fork() -> Any:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return child


def read(path: str) -> Any:
    return Path(path).read_bytes()


def read_by_link(path: str) -> Any:
    Path("link").symlink_to(path)
    return Path("link").read_bytes()


def write(path: str) -> Any:
    return Path(path).write_text("owned")


def append(path: str) -> Any:
    return os.write(os.open(path, os.O_WRONLY | os.O_APPEND), b"owned")


def remove(path: str) -> Any:
    return Path(path).unlink()


def move(path: str) -> Any:
    return Path(path).rename("mine")


def make_folder(path: str) -> Any:
    return Path(path).mkdir()


def list_folder(path: str) -> Any:
    return os.listdir(path)


def end_parent() -> Any:
    return os.kill(os.getppid(), 0)


def load_library(path: str) -> Any:
    return ctypes.CDLL(path)


def import_upload(module: str) -> Any:
    return __import__(module)


# ---------------------------------------------------------------- in C


def c_read(path: str) -> Any:
    return _told(_LIBC.open(path.encode(), os.O_RDONLY))


def c_write(path: str) -> Any:
    return _told(_LIBC.open(path.encode(), os.O_WRONLY | os.O_CREAT, 0o600))


def c_socket() -> Any:
    return _told(_LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0))


def c_unix_socket() -> Any:
    return _told(_LIBC.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))


def c_io_uring() -> Any:
    return _told(_LIBC.syscall(425, 8, ctypes.create_string_buffer(120)))


def c_fork() -> Any:
    child = _told(_LIBC.fork())
    if child == 0:
        os._exit(0)
    return child


def c_execute() -> Any:
    arguments = (ctypes.c_char_p * 2)(b"/usr/bin/true", None)
    return _told(_LIBC.execv(b"/usr/bin/true", arguments))


def c_signal() -> Any:
    return _told(_LIBC.kill(os.getppid(), 0))


def c_trace() -> Any:
    return _told(_LIBC.ptrace(16, os.getppid(), 0, 0))


def c_namespace() -> Any:
    return _told(_LIBC.unshare(0x10000000))


def arrow_read(path: str) -> Any:
    return pa.OSFile(path).read()


def duckdb_read(path: str) -> Any:
    return duckdb.sql(f"SELECT content FROM read_text('{path}')").fetchall()


def duckdb_write(path: str) -> Any:
    duckdb.sql("SELECT 1 AS a").write_csv(path)


def duckdb_install() -> Any:
    return duckdb.execute("INSTALL httpfs; LOAD httpfs")

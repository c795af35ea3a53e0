"""A real PostgreSQL server for the tests: of its own, on loopback, gone at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from adbc_driver_postgresql import dbapi

PASSWORD = "s3cr3t+w0rd"
"""Of every role; whoever finds it in an output has found a leak."""
_ROLES = """
CREATE ROLE owner LOGIN PASSWORD 's3cr3t+w0rd';
CREATE ROLE reader LOGIN PASSWORD 's3cr3t+w0rd';
CREATE ROLE writer LOGIN PASSWORD 's3cr3t+w0rd';
CREATE DATABASE shop;
"""
_GRANTS = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC;
CREATE SCHEMA crm AUTHORIZATION owner;
CREATE SCHEMA marketing AUTHORIZATION owner;
GRANT USAGE ON SCHEMA crm TO reader, writer;
GRANT USAGE, CREATE ON SCHEMA marketing TO writer;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA crm GRANT SELECT ON TABLES TO reader, writer;
"""
"""What docs/postgres.md says of roles that may do no more than they need."""


VISITS = pa.table(
    {
        "id": pa.array(range(1, 61), pa.int64()),
        "visits": pa.array([i % 7 for i in range(60)], pa.int32()),
        "basket": pa.array([3.5 * (i % 5) for i in range(60)], pa.float64()),
    }
)
"""Sixty customers of a shop."""


def binaries() -> Path | None:
    """Where the server's programs are, the newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    return found[0].parent if found else Path(on_path).parent if on_path else None


_ENDING = """
cat
set -- "$1" "$2" -D "$1/data" -m immediate -w stop
folder=$1; shift
if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
rm -rf "$folder"
"""


class Server:
    """A server in a folder; roles ``owner``, ``reader`` and ``writer``; the database ``shop``."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            shutil.chown(folder / "password", "postgres")
        self._call("initdb", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
                   "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
                   "-D", folder / "data")  # fmt: skip
        self.start()
        self.execute(_ROLES, database="postgres")
        self.execute(_GRANTS)

    def _call(self, program: str, *words: object) -> None:
        """Run one of the server's programs, which refuse to run as root."""
        own = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*own, self.programs / program, *words]
        with (self.folder / "said").open("w+") as said:
            done = subprocess.run(
                [str(word) for word in command], cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, timeout=60,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read()

    def start(self) -> None:
        """Let it listen."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        options += " -c fsync=off -c full_page_writes=off -c max_connections=30"
        self._call("pg_ctl", "-D", self.folder / "data", "-o", options,
                   "-l", self.folder / "log", "-w", "start")  # fmt: skip

    def kill(self) -> None:
        """End it as a crash does, if it is there."""
        if not (self.folder / "data/postmaster.pid").exists():
            return
        self._call("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    def url(self, role: str = "reader", *, database: str = "shop", options: str = "") -> str:
        """Where to connect, with the password in it."""
        return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}{options}"

    def execute(self, text: str, *, role: str = "postgres", database: str = "shop") -> None:
        """Run statements, one after the other."""
        with dbapi.connect(self.url(role, database=database), autocommit=True) as connection:
            for statement in filter(str.strip, text.split(";\n")):
                with connection.cursor() as cursor:
                    cursor.execute(statement)

    def ask(self, text: str, *, role: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        with (
            dbapi.connect(self.url(role), autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(text)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def load(self, name: str, table: pa.Table, *, schema: str = "crm") -> str:
        """Keep a table, which all roles may read; its name in full."""
        with dbapi.connect(self.url("owner")) as connection:
            with connection.cursor() as cursor:
                cursor.adbc_ingest(name, table, mode="replace", db_schema_name=schema)
            connection.commit()
        return f"{schema}.{name}"


@contextmanager
def running_server() -> Iterator[Server]:
    """A server of its own; where PostgreSQL is not installed the test is skipped, not in CI."""
    programs = binaries()
    if programs is None:
        missing = "PostgreSQL is not installed: sudo apt-get install postgresql"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="segmentry-postgres-"))
    # Ends the server when its stdin closes, which it also does where pytest is killed.
    words = ["sh", "-c", _ENDING, "sh", str(folder), str(programs / "pg_ctl")]
    ending = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield Server(folder, programs)
    finally:
        ending.communicate()

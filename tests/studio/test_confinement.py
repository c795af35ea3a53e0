"""A worker that somebody has taken over finds no way out."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asking import AMPLE, fault_of, with_worker
from segmentry.studio.uploads import present

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="walls of Linux")
REFUSED = (errno.EPERM, errno.EACCES, errno.ENOSYS)


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of somebody who listens on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def outcomes(place: Path, *attempts: tuple[str, dict[str, object]]) -> list[dict[str, object]]:
    """What comes of attempts in a worker, which answers the next question all the same."""

    async def ask(worker):
        told = [
            await worker.ask("attempt", {"name": name, **arguments}, limits=AMPLE)
            for name, arguments in attempts
        ]
        assert await worker.ask("echo", {"n": 1}, limits=AMPLE) == {"n": 1}
        return told

    return with_worker(place, ask)


@pytest.mark.slow
def test_python_reaches_neither_network_nor_programs_nor_other_processes(listening, tmp_path):
    names = ("resolve", "start_program", "shell", "fork", "end_parent")
    told = outcomes(tmp_path, ("connect", {"port": listening}), *((name, {}) for name in names))
    assert [own.get("refused") for own in told] == [errno.EPERM] * 6, told
    assert all("is not allowed here" in str(own["by"]) for own in told)


@pytest.mark.slow
def test_python_touches_no_file_outside_the_folder(tmp_path):
    secret, target = tmp_path / "secret.csv", tmp_path / "new.csv"
    secret.write_text("id\n1\n")
    (tmp_path / "workers").mkdir()
    told = outcomes(
        tmp_path / "workers",
        *((name, {"path": str(secret)}) for name in
          ("read", "read_by_link", "write", "append", "remove", "move", "arrow_read")),
        *((name, {"path": str(target)}) for name in ("write", "make_folder")),
        *((name, {"path": "/etc/passwd"}) for name in ("read", "arrow_read")),
        ("read", {"path": f"/proc/{os.getpid()}/environ"}),
        ("list_folder", {"path": str(tmp_path)}),
        ("list_folder", {"path": "/home"}),
    )  # fmt: skip
    assert [own.get("refused") for own in told] == [errno.EACCES] * len(told), told
    assert secret.read_text() == "id\n1\n"
    assert not target.exists()


@pytest.mark.slow
def test_a_worker_cannot_read_the_folder_that_the_studio_was_started_in(tmp_path, monkeypatch):
    """``python -m segmentry studio`` puts that folder on the path where modules are looked for."""
    (tmp_path / "salaries.csv").write_text("name,salary\n")
    (tmp_path / "workers").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    told = outcomes(
        tmp_path / "workers",
        *((name, {"path": str(tmp_path / "salaries.csv")}) for name in ("read", "arrow_read")),
    )
    assert [own.get("refused") for own in told] == [errno.EACCES] * 2, told


@pytest.mark.slow
def test_what_is_uploaded_is_never_run(tmp_path):
    """A file that is named like a module, or is a library, stays a file."""
    module, library = tmp_path / "yaml_of_mine.py", tmp_path / "mine.so"
    module.write_text("raise SystemExit('owned')")
    library.write_bytes(b"\x7fELF")

    async def ask(worker):
        for path in (module, library):
            (worker.folder / path.name).write_bytes(path.read_bytes())
        imported = await worker.ask(
            "attempt", {"name": "import_upload", "module": module.stem}, limits=AMPLE
        )
        place = str(worker.folder / library.name)
        loaded = await worker.ask("attempt", {"name": "load_library", "path": place}, limits=AMPLE)
        return imported, loaded

    imported, loaded = with_worker(tmp_path, ask)
    assert imported["refused"] == "ModuleNotFoundError"
    assert loaded["refused"] == errno.EACCES


@pytest.mark.slow
def test_libraries_in_c_reach_no_files_outside_the_folder_either(tmp_path):
    secret, target = tmp_path / "secret.csv", tmp_path / "new.csv"
    secret.write_text("id\n1\n")
    (tmp_path / "workers").mkdir()

    async def ask(worker):
        if not worker.walls["files"]:
            pytest.skip("this kernel has no Landlock")
        attempts = [
            ("c_read", secret), ("c_write", secret), ("c_write", target), ("c_read", "/etc/passwd"),
            ("duckdb_read", secret), ("duckdb_read", "/etc/passwd"), ("duckdb_write", target),
        ]  # fmt: skip
        told = [
            await worker.ask("attempt", {"name": name, "path": str(path)}, limits=AMPLE)
            for name, path in attempts
        ]
        inside = await worker.ask(
            "attempt", {"name": "duckdb_write", "path": str(worker.folder / "a.csv")}, limits=AMPLE
        )
        assert (worker.folder / "a.csv").read_text() == "a\n1\n"
        return told, inside

    told, inside = with_worker(tmp_path / "workers", ask)
    assert [own.get("refused") for own in told] == [errno.EACCES] * 4 + ["IOException"] * 3, told
    assert all("Permission denied" in str(own["by"]) for own in told)
    assert inside == {"got": "None"}
    assert secret.read_text() == "id\n1\n"
    assert not target.exists()


@pytest.mark.slow
def test_libraries_in_c_open_no_socket_and_start_no_process(tmp_path):
    names = ("c_socket", "c_unix_socket", "c_io_uring", "c_fork", "c_execute", "c_signal",
             "c_trace", "c_namespace")  # fmt: skip

    async def ask(worker):
        if not worker.walls["system_calls"]:
            pytest.skip("this kernel has no seccomp")
        told = [await worker.ask("attempt", {"name": name}, limits=AMPLE) for name in names]
        installed = await worker.ask("attempt", {"name": "duckdb_install"}, limits=AMPLE)
        return told, installed

    told, installed = with_worker(tmp_path, ask)
    assert all(own.get("refused") in REFUSED for own in told), told
    assert "got" not in installed


@pytest.mark.slow
def test_a_worker_is_in_a_network_of_its_own(tmp_path):
    async def ask(worker):
        if not worker.walls["network"]:
            pytest.skip("this kernel gives nobody a network of their own")
        return os.readlink(f"/proc/{worker.pid}/ns/net")

    assert with_worker(tmp_path, ask) != os.readlink("/proc/self/ns/net")


@pytest.mark.slow
def test_the_walls_leave_a_whole_run_alone(mall, tmp_path):
    async def ask(worker):
        path = present(mall, mall.name, worker.folder)
        explored = await worker.ask("explore", {"path": str(path)}, limits=AMPLE)
        return explored, await worker.ask("whole", {"path": str(path)}, limits=AMPLE)

    explored, written = with_worker(tmp_path, ask)
    assert explored["rows"] == 200
    assert set(written) >= {
        "customers.csv", "kmeans_model.joblib", "model.json", "report.html", "segments.csv"
    }  # fmt: skip
    assert all(size > 100 for size in written.values())


@pytest.mark.slow
def test_a_path_outside_is_told_as_any_other_that_may_not_be_read(tmp_path):
    async def ask(worker):
        return await fault_of(worker.ask("explore", {"path": "/etc/passwd"}, limits=AMPLE))

    fault = with_worker(tmp_path, ask)
    assert fault.what == "/etc/passwd cannot be opened: Permission denied."

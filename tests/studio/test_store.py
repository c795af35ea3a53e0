"""What the studio remembers, and what it lets go of after an hour."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest
from studio_here import children_of, is_running

from segmentry.studio.app import Settings, create_app
from segmentry.studio.jobs import Jobs
from segmentry.studio.store import LIFE_SECONDS, Store, private_folder

TABLE = "spend,visits\n" + "".join(f"{i % 2 * 50 + i},{i % 2 * 30 + i % 5}\n" for i in range(40))


@contextlib.asynccontextmanager
async def studio_within(place: Path) -> AsyncIterator[tuple[httpx2.AsyncClient, Store, Jobs]]:
    """The studio in this process, so that its clock can be set."""
    links: list[str] = []
    door = create_app(Settings(folder=place, tell=links.append))
    async with door.app.router.lifespan_context(door.app):
        transport = httpx2.ASGITransport(door)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as own:
            assert (await own.get(links[-1])).status_code == 200
            yield own, door.app.state.store, door.app.state.jobs
    assert list(place.iterdir()) == []


async def settled(ask: Callable[[], Awaitable[httpx2.Response]]) -> str:
    """A page, once nothing is under way on it."""
    while "<progress" in (text := (await ask()).text) or "Counting again" in text:
        await asyncio.sleep(0.05)
    return text


@pytest.mark.slow
def test_after_an_hour_files_and_processes_are_gone_and_the_page_of_the_run_stays(tmp_path):
    async def visit() -> None:
        async with studio_within(tmp_path) as (ada, store, jobs):
            answer = await ada.post("/files", files={"file": ("customers.csv", TABLE)})
            data = answer.headers["location"]
            await settled(lambda: ada.get(data))
            run = (await ada.post(f"{data}/runs", data={"k": "2"})).headers["location"]
            assert "Take away" in await settled(lambda: ada.get(run))
            answer = await ada.post(f"{run}/score-file", files={"file": ("more.csv", TABLE)})
            assert answer.status_code == 303
            held = next(store.runs).worker
            (upload,) = (own for own in store.folder.iterdir() if own.is_file())
            assert oct(upload.stat().st_mode) == "0o100600"

            await jobs.expire(time.time() + LIFE_SECONDS - 60)
            assert upload.exists()
            assert is_running(held.pid)
            await jobs.expire(time.time() + LIFE_SECONDS + 1)
            assert not upload.exists()
            await held.close()
            assert not is_running(held.pid)
            assert not held.folder.exists()

            page = (await ada.get(run)).text
            assert "2 segments in customers.csv" in page
            assert "This run was put away" in page
            assert "/files/" not in page
            assert "disabled" in page
            figures = re.findall(r'<img[^>]* src="(/runs/[^"]+)"', page)
            assert len(figures) > 3
            for address in figures:
                assert (await ada.get(address)).status_code == 200, address
            for path in ("/files/model.json", "/files/scored.csv", "/map", "/other?k=2"):
                answer = await ada.get(run + path)
                assert answer.status_code == 410, path
                assert "This run was put away to make room." in answer.text
                assert "Find the segments again from its data page" in answer.text
            answer = await ada.post(f"{run}/score-file", files={"file": ("more.csv", TABLE)})
            assert "This run was put away" in answer.text
            answer = await ada.post(f"{run}/segments/1", data={"name": "Mine"})
            assert "This run was put away" in answer.text
            page = (await ada.get(data)).text
            assert "The file was deleted after an hour" in page
            for path, form in [("/roles", {"column": "spend", "role": "ignored"}),
                               ("/reading", {"sep": ";"}), ("/runs", {"k": "2"})]:  # fmt: skip
                answer = await ada.post(data + path, data=form)
                assert answer.status_code == 410, path
                assert "The file was deleted." in answer.text
            assert (await ada.get(data)).text.count("disabled") == page.count("disabled")
            assert [own for own in store.folder.iterdir() if own.is_file()] == []

    asyncio.run(visit())


@pytest.mark.slow
def test_a_file_that_expires_while_its_run_waits_ends_the_run_in_two_lines(tmp_path):
    async def visit() -> None:
        async with studio_within(tmp_path) as (ada, store, _):
            answer = await ada.post("/files", files={"file": ("customers.csv", TABLE)})
            data = answer.headers["location"]
            await settled(lambda: ada.get(data))
            run = (await ada.post(f"{data}/runs", data={"k": "2"})).headers["location"]
            store.expire(time.time() + LIFE_SECONDS + 1)
            page = await settled(lambda: ada.get(run))
            assert "The file was deleted." in page
            assert "Bring it again." in page

    asyncio.run(visit())


def _gone() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_at_the_start_folders_of_studios_that_are_gone_are_swept_and_no_others(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        names = {
            "swept": [f"segmentry-studio-{_gone()}-ab", f"segmentry-studio-{os.getpid()}-old"],
            "kept": [f"segmentry-studio-{other.pid}-cd", "segmentry-studio-mine", "holiday"],
        }
        for name in names["swept"] + names["kept"]:
            (tmp_path / name).mkdir()
            (tmp_path / name / "upload").write_text("spend\n1\n")
        made = private_folder(tmp_path)
        assert {own.name for own in tmp_path.iterdir()} == {*names["kept"], made.name}
        assert made.stat().st_mode & 0o777 == 0o700
    finally:
        other.communicate(b"\n")


@pytest.mark.slow
@pytest.mark.parametrize("removed", [False, True])
def test_no_worker_is_left_behind_by_a_run_or_an_end_in_the_midst_of_exploring(tmp_path, removed):
    """Who is behind none would lack a place: there are twelve at once."""

    async def visit() -> None:
        async with studio_within(tmp_path) as (ada, store, _):
            for _ in range(4):
                data = (await ada.post("/demo")).headers["location"]
                if removed:
                    await asyncio.sleep(0)
                    await ada.post(f"{data}/remove")
                    continue
                run = (await ada.post(f"{data}/runs", data={"k": "2"})).headers["location"]
                assert "Take away" in await settled(lambda run=run: ada.get(run))
            known = [own.worker for own in (*store.runs, *store.projects) if own.worker]
            spare = 1
            while (running := len(workers_here())) > len(known) + spare:
                await asyncio.sleep(0.05)
            assert running <= len(known) + spare

    asyncio.run(asyncio.wait_for(visit(), 240))


def workers_here() -> set[int]:
    """The workers that this process has started, which is no studio else."""
    return {own for own in children_of(os.getpid()) if is_running(own) and _is_worker(own)}


def _is_worker(pid: int) -> bool:
    return b"segmentry.studio.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_no_link_to_another_folder_is_followed_when_sweeping(tmp_path):
    target = tmp_path / "photos"
    target.mkdir()
    (target / "one").touch()
    (tmp_path / f"segmentry-studio-{_gone()}-x").symlink_to(target)
    private_folder(tmp_path)
    assert (target / "one").exists()


def test_a_studio_that_was_idle_for_long_still_counts_as_alive(tmp_path):
    """The number of a process that is gone may be another program's after a day."""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        folder = tmp_path / f"segmentry-studio-{other.pid}-ab"
        folder.mkdir()
        long_ago = time.time() - 30 * LIFE_SECONDS
        os.utime(folder, (long_ago, long_ago))
        Store(folder).expire()
        private_folder(tmp_path)
        assert folder.exists()
        os.utime(folder, (long_ago, long_ago))
        private_folder(tmp_path)
        assert not folder.exists()
    finally:
        other.communicate(b"\n")

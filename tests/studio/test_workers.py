"""Workers answer, stop, fail and end, and never take the studio with them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from asking import AMPLE, fault_of, with_worker
from segmentry.engines.scratch import Scratch
from segmentry.studio.workers import Worker, WorkerFault, Workers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    end = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_running(pid)


@pytest.mark.slow
def test_answers_are_what_the_desk_gives_whatever_it_prints(tmp_path):
    async def ask(worker):
        return [await worker.ask("echo", {"n": n, "ü": "\u2028"}, limits=AMPLE) for n in range(3)]

    assert with_worker(tmp_path, ask) == [{"n": n, "ü": "\u2028"} for n in range(3)]


@pytest.mark.slow
def test_questions_at_once_are_answered_one_after_the_other(tmp_path):
    async def ask(worker):
        asked = (worker.ask("echo", {"n": n}, limits=AMPLE) for n in range(20))
        return await asyncio.gather(*asked)

    assert with_worker(tmp_path, ask) == [{"n": n} for n in range(20)]


@pytest.mark.slow
def test_progress_is_told_but_not_oftener_than_anybody_could_see(tmp_path):
    told = []

    async def ask(worker):
        await worker.ask("chatter", {}, limits=AMPLE, tell=lambda *own: told.append(own))

    with_worker(tmp_path, ask)
    assert told[0] == ("read", 0.0, "0")
    assert told[-1] == ("find", 1.0, "10000")
    assert {step for step, _, _ in told} == {"read", "find"}
    assert len(told) < 1_000


@pytest.mark.slow
def test_errors_come_with_code_and_both_lines_and_the_worker_goes_on(tmp_path):
    async def ask(worker):
        refused = await fault_of(worker.ask("refuse", {}, limits=AMPLE))
        unknown = await fault_of(worker.ask("__init__", {}, limits=AMPLE))
        return refused, unknown, await worker.ask("echo", {"n": 1}, limits=AMPLE)

    refused, unknown, answer = with_worker(tmp_path, ask)
    assert (refused.code, refused.exit_code) == ("R02", 2)
    assert (refused.what, refused.fix) == ("The table is empty.", "Give another.")
    assert unknown.code == "S92"
    assert answer == {"n": 1}


@pytest.mark.slow
def test_a_bug_is_told_by_its_kind_alone_because_its_text_may_hold_data(tmp_path):
    async def ask(worker):
        bugs = [await fault_of(worker.ask(verb, {}, limits=AMPLE)) for verb in ("stumble", "guess")]
        assert worker.alive
        return bugs, worker.last_words

    (stumbled, guessed), words = with_worker(tmp_path, ask)
    assert (stumbled.code, stumbled.what) == ("X70", "A bug in Segmentry (KeyError).")
    assert (guessed.code, guessed.what) == ("X70", "A bug in Segmentry (ValueError).")
    assert "ada@example.org" not in str(stumbled)
    assert "KeyError" in words


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_who_asks_for_too_much_memory_is_told_how_much_there_was(tmp_path):
    async def ask(worker):
        fault = await fault_of(worker.ask("hoard", {}, limits=AMPLE, doing="Reading orders.xlsx"))
        more = replace(AMPLE, memory_bytes=3 * 2**30)
        return fault, await worker.ask("hoard", {}, limits=more)

    fault, answer = with_worker(tmp_path, ask)
    assert (fault.code, fault.exit_code) == ("S97", 3)
    assert fault.what == (
        "Reading orders.xlsx needs more than the 1,024 MB of memory that it may take."
    )
    assert answer == {"bytes": 2**31}


@pytest.mark.slow
def test_who_takes_too_long_is_ended_and_its_folder_goes_too(tmp_path):
    async def ask(worker):
        limits = replace(AMPLE, wall_seconds=0.5)
        fault = await fault_of(worker.ask("sleep", {}, limits=limits, doing="Reading orders.xlsx"))
        assert not worker.alive
        after = await fault_of(worker.ask("echo", {}, limits=AMPLE))
        return worker.pid, fault, after

    pid, fault, after = with_worker(tmp_path, ask)
    assert fault.what == "Reading orders.xlsx took more than 0.5 seconds and was stopped."
    assert (fault.code, fault.exit_code) == ("S97", 3)
    assert after.code == "S97"
    assert not is_running(pid)


@pytest.mark.slow
def test_who_computes_too_long_is_ended_by_the_system(tmp_path):
    async def ask(worker):
        return await fault_of(worker.ask("spin", {}, limits=replace(AMPLE, cpu_seconds=1)))

    fault = with_worker(tmp_path, ask)
    assert fault.what == "The work took more than 1 second of processor time and was stopped."
    assert fault.code == "S97"


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["die", "abort"])
def test_a_worker_that_ends_in_the_midst_is_a_fault_in_two_lines(verb, tmp_path):
    async def ask(worker):
        fault = await fault_of(worker.ask(verb, {}, limits=AMPLE))
        assert not worker.alive
        return fault

    fault = with_worker(tmp_path, ask)
    assert (fault.code, fault.exit_code) == ("S97", 3)
    assert fault.what == (
        "The work took more than the 1,024 MB of memory that it may, or the file broke the "
        "program that reads it."
    )


@pytest.mark.slow
def test_an_answer_that_is_too_long_is_refused_and_the_worker_goes_on(tmp_path):
    async def ask(worker):
        fault = await fault_of(worker.ask("swell", {}, limits=AMPLE))
        return fault, await worker.ask("echo", {"n": 1}, limits=AMPLE)

    fault, answer = with_worker(tmp_path, ask)
    assert fault.what == "The work gives more than the 32 MB that a page may hold."
    assert answer == {"n": 1}


@pytest.mark.slow
def test_cancelling_ends_the_worker(tmp_path):
    async def ask(worker):
        asked = asyncio.create_task(worker.ask("sleep", {}, limits=AMPLE))
        await asyncio.sleep(0.2)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not worker.alive
        return worker.pid

    assert not is_running(with_worker(tmp_path, ask))


@pytest.mark.slow
def test_a_worker_that_is_killed_says_that_it_was_stopped(tmp_path):
    async def ask(worker):
        asked = asyncio.create_task(fault_of(worker.ask("sleep", {}, limits=AMPLE)))
        await asyncio.sleep(0.2)
        worker.kill()
        return await asked

    assert with_worker(tmp_path, ask).what == "The work was stopped."


@pytest.mark.slow
def test_a_worker_sees_no_secret_of_the_studio(tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.chdir(tmp_path)

    async def ask(worker):
        assert worker.folder.stat().st_mode & 0o777 == 0o700
        return worker.folder, await worker.ask("surroundings", {}, limits=AMPLE)

    with (tmp_path / "open.txt").open("w") as stream:
        os.set_inheritable(stream.fileno(), True)
        folder, seen = with_worker(tmp_path, ask)
    assert "hunter2" not in str(seen)
    assert seen["cwd"] == seen["environment"]["HOME"] == seen["environment"]["TMPDIR"]
    assert seen["cwd"] == str(folder.resolve())
    assert str(folder) not in seen["path"]
    assert "" not in seen["path"]
    assert seen["session"]
    assert seen["core"] == [0, 0]
    assert seen["files"] <= 512
    # Three that lead nowhere or to us, two pipes, and the one that lists them.
    assert len(seen["open"]) <= 7


PARENT = """
import asyncio, os, sys
from pathlib import Path
from segmentry.engines.scratch import Scratch
from segmentry.studio.workers import Limits, Worker

async def main():
    worker = Worker(Scratch(Path(sys.argv[1])), "small_desk")
    await worker.start()
    print(worker.pid, flush=True)
    await worker.ask("spin", {}, limits=Limits(2**30, 60, 60.0))

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_worker_does_not_outlive_the_studio(tmp_path):
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE, env=surroundings, cwd=tmp_path,
    ) as studio:  # fmt: skip
        pid = int(studio.stdout.readline())
        assert is_running(pid)
        studio.send_signal(signal.SIGKILL)
    wait_until_gone(pid)
    assert len(list(tmp_path.iterdir())) == 1
    Scratch(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_desk_that_does_not_load_is_a_fault_and_leaves_nothing(tmp_path):
    async def start():
        worker = Worker(Scratch(tmp_path), "no_such_desk")
        fault = await fault_of(worker.start())
        return fault, worker.last_words

    fault, words = asyncio.run(start())
    assert fault.code == "X70"
    assert "no_such_desk" in words
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_one_worker_is_always_ready_and_no_more_are_taken_than_there_may_be(tmp_path):
    async def use():
        workers = Workers(tmp_path, most=2, desk="small_desk")
        await workers.start()
        first, second = await workers.take(), await workers.take()
        assert first.pid != second.pid
        assert first.folder != second.folder
        full = await fault_of(workers.take())
        first.kill()
        third = await workers.take()
        answer = await third.ask("echo", {"n": 3}, limits=AMPLE)
        pids = [own.pid for own in (first, second, third)]
        await workers.close()
        return full, answer, pids

    full, answer, pids = asyncio.run(use())
    assert (full.code, full.what) == ("S101", "All 2 places for work are taken.")
    assert answer == {"n": 3}
    assert not any(map(is_running, pids))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_ready_worker_that_has_died_is_replaced(tmp_path):
    async def use():
        workers = Workers(tmp_path, desk="small_desk")
        await workers.start()
        ready = await workers._spare
        os.kill(ready.pid, signal.SIGKILL)
        await ready._watch
        taken = await workers.take()
        answer = await taken.ask("echo", {"n": 1}, limits=AMPLE)
        await workers.close()
        return answer

    assert asyncio.run(use()) == {"n": 1}


def test_a_fault_is_an_error_of_segmentrys():
    fault = WorkerFault("It took long.", "Give less.", code="S97")
    assert (str(fault), fault.exit_code) == ("It took long.\nGive less.", 3)


@pytest.mark.slow
def test_a_question_that_no_line_can_hold_ends_no_worker(tmp_path):
    async def ask(worker):
        with pytest.raises(ValueError, match="JSON"):
            await worker.ask("echo", {"spend": float("nan")}, limits=AMPLE)
        return await worker.ask("echo", {"spend": 1.0}, limits=AMPLE)

    assert with_worker(tmp_path, ask) == {"spend": 1.0}

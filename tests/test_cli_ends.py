"""How the command line ends when somebody stops it, or stops listening."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import COMMAND, SURROUNDINGS, files_in

pytestmark = pytest.mark.slow

PIPE = subprocess.PIPE
PATIENCE = 300.0
"""Seconds."""


AS_AT_HOME = {key: value for key, value in SURROUNDINGS.items() if key != "PYTHONWARNINGS"}


def start(folder: Path, *arguments: object, stdout: object = PIPE) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], cwd=folder, env=AS_AT_HOME, stdout=stdout, stderr=PIPE
    )


def wait_until(happened: Callable[[], bool]) -> None:
    """Until something says that the process is under way, on a busy machine also."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_while_it_writes_leaves_nothing(customers_csv, number, code):
    before = files_in(customers_csv.parent)
    process = start(customers_csv.parent, "run", "customers.csv")
    wait_until(lambda: any(customers_csv.parent.glob(".customers-segments.*")))
    process.send_signal(number)
    assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == code
    assert files_in(customers_csv.parent) == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_waits_for_its_input_can_be_stopped(tmp_path, number, code):
    os.mkfifo(tmp_path / "endless.csv")
    process = start(tmp_path, "explore", "endless.csv")
    with (tmp_path / "endless.csv").open("w"):
        time.sleep(0.3)  # until it reads: between two checks for signals none is seen
        process.send_signal(number)
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == code


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux to look inside")
@pytest.mark.parametrize("delay", [0.0, 0.1, 0.2, 0.4, 0.8])
def test_a_stop_in_the_midst_of_a_query_is_no_bug(tmp_path, delay):
    rng = random.Random(1)
    rows = "".join(f"{i},{rng.random():.4f},{rng.random():.4f}\n" for i in range(200_000))
    (tmp_path / "big.csv").write_text("id,a,b\n" + rows)
    process = start(tmp_path, "run", "big.csv")
    wait_until(lambda: "_duckdb" in Path(f"/proc/{process.pid}/maps").read_text())
    time.sleep(delay)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 143
    assert files_in(tmp_path) == {"big.csv"}


@pytest.mark.parametrize("command", ["explore", "assign"])
def test_a_reader_that_goes_away_is_no_error(command, customers_csv, model_json):
    inputs = ["customers.csv"] if command == "explore" else [model_json, "customers.csv"]
    with start(customers_csv.parent, command, *inputs) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_closed_stdout_is_no_error(customers_csv):
    command = ["sh", "-c", '"$@" >&-', "sh", *COMMAND, "explore", "customers.csv"]
    done = subprocess.run(
        command, cwd=customers_csv.parent, env=SURROUNDINGS, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_two_lines_and_exit_code_4(customers_csv):
    with open("/dev/full", "wb") as full:
        process = start(customers_csv.parent, "explore", "customers.csv", stdout=full)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 4
    assert said.startswith(b"Error [R82]: The system refused: No space left on device.\nFix: ")
    assert said.count(b"\n") == 2


def test_names_that_the_terminal_cannot_show_are_no_error(write, tmp_path):
    write("t.csv", "id,größe\n" + "".join(f"{i},{i % 7}\n" for i in range(40)))
    done = subprocess.run(
        [*COMMAND, "explore", "t.csv"], cwd=tmp_path, capture_output=True, check=False,
        env={**SURROUNDINGS, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"gr\xf6\xdfe" in done.stdout

"""The command line as users meet it: a process, its exit code, and what it printed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from segmentry.cli import main

Command = Callable[..., "Ended"]
COMMAND = [sys.executable, "-m", "segmentry"]
SURROUNDINGS = {**os.environ, "COLUMNS": "200", "PYTHONWARNINGS": "error"}


@dataclass(frozen=True)
class Ended:
    """How a command ended, and which files it left in its folder."""

    code: int
    stdout: str
    stderr: str
    new_files: frozenset[str]


def files_in(folder: Path) -> frozenset[str]:
    """All files and folders below, by their paths."""
    return frozenset(str(path.relative_to(folder)) for path in folder.rglob("*"))


def run_segmentry(folder: Path, *arguments: object) -> Ended:
    before = files_in(folder)
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=SURROUNDINGS,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    return Ended(done.returncode, done.stdout, done.stderr, files_in(folder) - before)


def call_segmentry(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *words: object,
) -> Ended:
    """The command line in this process, which spares the half second that starting one takes."""
    before = files_in(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["segmentry", *map(str, words)])
    capsys.readouterr()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    told = capsys.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return Ended(code, told.out, told.err, files_in(folder) - before)


def assert_two_lines(ended: Ended, code: str, *words: str, exit_code: int = 2) -> None:
    """Two lines on stderr, with these words in them, and nothing else anywhere."""
    assert ended.code == exit_code, ended
    assert ended.stdout == ""
    assert re.fullmatch(rf"Error \[{code}\]: [^\n]+\nFix: [^\n]+\n", ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in ended.stderr
    assert ended.new_files == frozenset()


def explored(command: Command, *words: object) -> dict[str, Any]:
    """What ``segmentry explore`` finds, as plain data."""
    ended = command("explore", *words, "--json")
    assert (ended.code, ended.stderr) == (0, ""), ended
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def summary_of(command: Command, *words: object) -> dict[str, Any]:
    """The summary of a whole run into the folder ``out``, whose rows must add up."""
    ended = command("run", *words, "-o", "out", "--force", "--k", "2", "--json")
    assert ended.code == 0, ended
    found: dict[str, Any] = json.loads(ended.stdout)
    parts = ("rejected", "repeated", "without_id", "incomplete", "used")
    assert found["rows"]["read"] == sum(found["rows"][part] for part in parts)
    return found


_NOBODY = 65534
_AS_NOBODY = f"""
import os, sys
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.resources import Resources
from segmentry.errors import SegmentryError
from segmentry.steps.sources import open_source
if os.geteuid() == 0:
    os.setgid({_NOBODY})
    os.setuid({_NOBODY})
try:
    print(eval(sys.argv[1], globals() | {{"path": sys.argv[2]}}))
except SegmentryError as error:
    print(error.code, error)
"""


def told_without_rights(code: str, path: Path) -> str:
    """What an expression says of a ``path``, to a user who is not root, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, code, str(path)],
        env=SURROUNDINGS,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

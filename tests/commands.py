"""The command line as users meet it: a process, its exit code, and what it printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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


def assert_two_lines(ended: Ended, code: str, *words: str, exit_code: int = 2) -> None:
    """Two lines on stderr, with these words in them, and nothing else anywhere."""
    assert ended.code == exit_code, ended
    assert ended.stdout == ""
    assert re.fullmatch(rf"Error \[{code}\]: [^\n]+\nFix: [^\n]+\n", ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in ended.stderr
    assert ended.new_files == frozenset()

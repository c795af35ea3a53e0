"""A folder for temporary files goes with its owner, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands import files_in
from segmentry.engines.scratch import Scratch
from segmentry.errors import OutputError

LINUX = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system with fork")
HOLD = """
import sys, time
from pathlib import Path
from segmentry.engines.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
(scratch.path / "big").write_text("rows")
print(scratch.path, flush=True)
"""


def holder(folder: Path, then: str) -> subprocess.Popen[str]:
    """Another process that has a folder, says so, and then does something."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD + then, str(folder)], stdout=subprocess.PIPE, text=True
    )


def test_a_folder_is_private_and_vanishes_when_it_is_closed(tmp_path):
    scratch = Scratch(tmp_path)
    assert scratch.path.parent == tmp_path
    assert scratch.path.name.startswith(f"segmentry-{os.getpid()}-")
    assert scratch.path.stat().st_mode & 0o777 == 0o700
    (scratch.path / "deep").mkdir()
    (scratch.path / "deep" / "file").touch()
    scratch.close()
    scratch.close()
    assert files_in(tmp_path) == frozenset()


def test_a_folder_vanishes_with_whoever_forgets_it(tmp_path):
    scratch = Scratch(tmp_path)
    del scratch
    assert files_in(tmp_path) == frozenset()


@pytest.mark.parametrize("then", ["", "sys.exit(3)", "1 / 0", "raise KeyboardInterrupt"])
def test_a_folder_vanishes_at_the_end_of_python(tmp_path, then):
    with holder(tmp_path, f"sys.stderr = None\n{then}") as process:
        assert process.stdout.readline().startswith(str(tmp_path))
    assert files_in(tmp_path) == frozenset()


@LINUX
def test_what_a_killed_process_left_is_swept_by_the_next_and_a_living_ones_is_not(tmp_path):
    with holder(tmp_path, "time.sleep(600)") as dead, holder(tmp_path, "time.sleep(600)") as alive:
        left, kept = (Path(own.stdout.readline().strip()) for own in (dead, alive))
        dead.kill()
        dead.wait()
        assert left.exists()
        own = Scratch(tmp_path)
        assert (left.exists(), kept.exists(), own.path.exists()) == (False, True, True)
        alive.kill()
    own.close()
    Scratch(tmp_path).close()
    assert files_in(tmp_path) == frozenset()


@LINUX
def test_what_is_not_ours_is_never_swept(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").touch()
    (tmp_path / "segmentry-999999-linked000").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "segmentry-999999-plainfil").touch()
    (tmp_path / "segmentry-notes").mkdir()
    if os.geteuid() == 0:
        (tmp_path / "segmentry-999999-somebody").mkdir()
        os.chown(tmp_path / "segmentry-999999-somebody", 12345, 12345)
    before = files_in(tmp_path)
    Scratch(tmp_path).close()
    assert files_in(tmp_path) == before


@LINUX
def test_a_forked_child_takes_nothing_away_and_keeps_it_for_as_long_as_it_lives(tmp_path):
    fork = "import os\nif os.fork() == 0: sys.exit()\nos.wait(); print('back', flush=True)"
    with holder(tmp_path, f"{fork}\ntime.sleep(600)") as process:
        folder = Path(process.stdout.readline().strip())
        assert process.stdout.readline() == "back\n"
        assert (folder / "big").read_text() == "rows"
        process.send_signal(signal.SIGKILL)


def test_a_place_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match="Could not make a temporary folder") as caught:
        Scratch(tmp_path / "nowhere")
    assert (caught.value.code, caught.value.exit_code) == ("R111", 4)

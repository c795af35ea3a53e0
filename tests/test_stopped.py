"""Whatever a run is doing when it is stopped, it ends with nothing left: no file, no process."""

from __future__ import annotations

import codecs
import os
import select
import signal
import subprocess
from pathlib import Path

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from commands import COMMAND, SURROUNDINGS, files_in
from segmentry.datasets import make_shop
from test_cli_ends import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux to look inside"),
]
STEPS = ["Reading", "Exploring", "Trying numbers", "Describing", "Drawing", "Writing tables"]
LARGE = ["--memory-limit", "200MB"]
"""With so little memory the rows of the text go to a file."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """A shop whose rows take a while, as text and as Parquet."""
    folder = tmp_path_factory.mktemp("shop")
    path = make_shop(700_000, path=folder / "shop.parquet")
    pc.write_csv(pq.read_table(path), folder / "shop.csv")
    return folder


class Run:
    """A run in a terminal of its own, and what it has shown there."""

    def __init__(self, folder: Path, source: Path) -> None:
        (folder / "temporary").mkdir()
        self.folder, self.shown = folder, ""
        self._letters = codecs.getincrementaldecoder("utf-8")()  # one may come in two parts
        self._terminal, end = os.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, "run", source, "-o", "out", "--temp-dir", "temporary", *LARGE],
            cwd=folder, env=SURROUNDINGS, stdout=subprocess.PIPE, stderr=end,
            start_new_session=True,
        )  # fmt: skip
        os.close(end)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        os.close(self._terminal)

    def shows(self, words: str) -> bool:
        """Whether the terminal has shown these words by now; it is read, lest the run waits."""
        while select.select([self._terminal], [], [], 0)[0]:
            try:
                self.shown += self._letters.decode(os.read(self._terminal, 65536))
            except OSError:
                break
        return words in self.shown

    def has(self, pattern: str) -> bool:
        """Whether there is such a file in the folder of the run by now."""
        self.shows("")
        assert self.process.poll() is None, self.shown
        try:
            return any(self.folder.glob(pattern))
        except FileNotFoundError:  # a folder went while it was looked into
            return False

    def stop(self, number: int) -> None:
        """Stop it as a terminal does (the whole group), or a supervisor (the process alone)."""
        (os.killpg if number == signal.SIGINT else os.kill)(self.process.pid, number)
        assert self.process.communicate(timeout=60)[0] == b""
        self.shows("")

    def assert_nothing_is_left(self, number: int) -> None:
        assert self.process.returncode == 128 + number
        assert not {"Error", "Traceback", "Warning", "nanobind"} & set(self.shown.split())
        assert files_in(self.folder) == {"temporary"}
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)


@pytest.mark.parametrize("words", STEPS)
def test_a_run_can_be_stopped_at_every_step(shop, tmp_path, words):
    with Run(tmp_path, shop / "shop.parquet") as run:
        wait_until(lambda: run.shows(words))
        run.stop(signal.SIGINT)
        run.assert_nothing_is_left(signal.SIGINT)


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("shop.csv", "temporary/*/raw-*.parquet"),
        ("shop.csv", "temporary/*/kept-*.parquet"),
        ("shop.csv", ".out.*/.customers.csv.*"),
        ("shop.parquet", ".out.*/.customers.parquet.*"),
        ("shop.parquet", ".out.*/.kmeans_model.joblib.*"),
    ],
    ids=["text is read", "types are kept", "CSV is written", "Parquet is written", "joblib runs"],
)
def test_a_run_can_be_stopped_while_a_file_is_half_written(shop, tmp_path, source, pattern):
    with Run(tmp_path, shop / source) as run:
        wait_until(lambda: run.has(pattern))
        run.stop(signal.SIGTERM)
        run.assert_nothing_is_left(signal.SIGTERM)


def test_an_impatient_user_does_not_disturb_the_clean_up(shop, tmp_path):
    with Run(tmp_path, shop / "shop.parquet") as run:
        wait_until(lambda: run.has(".out.*/.customers.parquet.*"))
        for _ in range(3):
            os.kill(run.process.pid, signal.SIGINT)
        run.stop(signal.SIGINT)
        run.assert_nothing_is_left(signal.SIGINT)


def test_what_kill_9_leaves_in_the_temporary_folder_is_swept_by_the_next(shop, tmp_path, mall):
    with Run(tmp_path, shop / "shop.csv") as run:
        wait_until(lambda: run.has("temporary/*/raw-*.parquet"))
        run.stop(signal.SIGKILL)
        assert any(tmp_path.glob("temporary/segmentry-*/raw-*.parquet"))
    done = subprocess.run(
        [*COMMAND, "explore", mall, "--temp-dir", "temporary"], cwd=tmp_path, env=SURROUNDINGS,
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stderr == b""
    assert files_in(tmp_path / "temporary") == frozenset()

"""--threads, --memory-limit and --temp-dir: every command takes them, no result depends on them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

import segmentry
from commands import COMMAND, SURROUNDINGS, assert_two_lines, files_in, run_segmentry
from segmentry.datasets import make_shop

pytestmark = pytest.mark.slow

OPTIONS = {"threads": 1, "memory_limit": "200MB"}
FLAGS = ["--threads", "1", "--memory-limit", "200MB"]
SAME = ("summary.json", "segments.csv", "model.json", "customers.parquet")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    return make_shop(5_000, seed=3, path=tmp_path_factory.mktemp("shop") / "shop.parquet")


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in SAME}


def test_no_limit_changes_a_byte_of_the_result(shop, tmp_path):
    plain = run_segmentry(tmp_path, "run", shop, "--k", 4, "-o", "plain")
    limited = run_segmentry(
        tmp_path, "run", shop, "--k", 4, "-o", "limited", *FLAGS, "--temp-dir", tmp_path
    )
    assert (plain.code, limited.code) == (0, 0)
    assert digests(tmp_path / "plain") == digests(tmp_path / "limited")
    assert {path.name for path in tmp_path.iterdir()} == {"plain", "limited"}


def test_explore_and_assign_take_the_limits_too(shop, tmp_path):
    assert run_segmentry(tmp_path, "explore", shop, *FLAGS, "--temp-dir", tmp_path).code == 0
    with segmentry.segment(shop, k=2, **OPTIONS, temp_dir=tmp_path) as result:
        result.save(tmp_path / "model.json")
        assigned = result.assign()
    done = run_segmentry(
        tmp_path, "assign", "model.json", shop, "-o", "new.parquet", *FLAGS, "--temp-dir", tmp_path
    )
    assert done.code == 0
    again = segmentry.load(tmp_path / "model.json").assign(shop, **OPTIONS)
    assert (again["segment"] == assigned["segment"]).all()
    assert segmentry.explore(shop, **OPTIONS, temp_dir=tmp_path).rows == 5_000


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--threads", "0"], "threads"),
        (["--memory-limit", "much"], "much"),
        (["--temp-dir", "nowhere"], "nowhere"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_in_two_lines(shop, tmp_path, flags, said):
    done = run_segmentry(tmp_path, "run", shop, *flags)
    assert done.code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 2
    assert not done.new_files


def test_a_large_text_file_gives_the_same_bytes_as_a_small_one(shop, tmp_path, monkeypatch):
    path = tmp_path / "shop.csv"
    pc.write_csv(pq.read_table(shop), path)
    for folder, small in (("in_memory", 10**9), ("in_a_file", 0)):
        monkeypatch.setattr("segmentry.engines.duckdb.SMALL_FILE", small)
        with segmentry.segment(path, k=4) as result:
            result.write(tmp_path / folder)
    for name in (*SAME[:3], "customers.csv"):
        assert (tmp_path / "in_memory" / name).read_bytes() == (
            tmp_path / "in_a_file" / name
        ).read_bytes()


TEMPORARY: list[str] | None = None


def remember_temporary_files(event: str, arguments: tuple[object, ...]) -> None:
    if TEMPORARY is not None and event in ("tempfile.mkstemp", "tempfile.mkdtemp"):
        TEMPORARY.append(str(arguments[0]))


def test_temporary_files_go_nowhere_else(write, tmp_path, monkeypatch, mall, model_json):
    for name in ("temporary", "out"):
        (tmp_path / name).mkdir()
    odd = write("odd.csv", mall.read_text().replace("\n", "\r\n", 3).encode("utf-16"))
    sys.addaudithook(remember_temporary_files)
    monkeypatch.setattr(sys.modules[__name__], "TEMPORARY", [])
    monkeypatch.setattr("segmentry.engines.duckdb.SMALL_FILE", 0)
    with segmentry.segment(odd, k=5, temp_dir=tmp_path / "temporary") as result:
        result.assign(odd, temp_dir=tmp_path / "temporary")
    model = segmentry.load(model_json)
    model.assign_file(odd, tmp_path / "out" / "a.csv", temp_dir=tmp_path / "temporary")
    assert TEMPORARY
    parents = {Path(own).relative_to(tmp_path).parts[0] for own in TEMPORARY}
    assert parents == {"temporary", "out"}
    assert files_in(tmp_path / "temporary") == frozenset()


def test_a_table_that_is_too_large_for_the_limit_is_two_lines_and_exit_code_3(
    tmp_path, segmentry_cli
):
    texts = ["a" * 30_000_000, "b" * 30_000_000, "c" * 30_000_000]
    pq.write_table(pa.table({"n": [1, 2, 3], "note": texts}), tmp_path / "t.parquet")
    ended = segmentry_cli("run", "t.parquet", "--memory-limit", "64MB", "--temp-dir", ".")
    assert_two_lines(ended, "R110", "64 MB of memory", "--memory-limit 128MB", exit_code=3)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
@pytest.mark.parametrize("command", ["explore", "assign"])
def test_a_terminal_shows_what_is_being_done_and_nothing_stays(
    command, customers_csv, model_json, tmp_path
):
    inputs = ["customers.csv"] if command == "explore" else [model_json, "customers.csv"]
    terminal, end = os.openpty()
    with subprocess.Popen(
        [*COMMAND, command, *map(str, inputs)], cwd=tmp_path, env=SURROUNDINGS,
        stdout=subprocess.PIPE, stderr=end,
    ) as process:  # fmt: skip
        os.close(end)
        process.stdout.read()
    shown = os.read(terminal, 100_000).decode("utf-8", "replace")
    os.close(terminal)
    assert process.returncode == 0
    assert "Reading" in shown
    assert shown.endswith("\x1b[2K")

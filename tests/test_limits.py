"""--threads, --memory-limit and --temp-dir: every command takes them, no result depends on them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import segmentry
from commands import run_segmentry
from segmentry.datasets import make_shop

OPTIONS = {"threads": 1, "memory_limit": "200MB"}
FLAGS = ["--threads", "1", "--memory-limit", "200MB"]
SAME = ("summary.json", "segments.csv", "model.json", "customers.parquet")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    return make_shop(20_000, seed=3, path=tmp_path_factory.mktemp("shop") / "shop.parquet")


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
    assert segmentry.explore(shop, **OPTIONS, temp_dir=tmp_path).rows == 20_000


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

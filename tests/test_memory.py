"""A run of millions of customers keeps to its memory, whatever the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from commands import SURROUNDINGS
from segmentry.datasets import make_shop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to measure"),
]
MEASURED = """
import re, sys
from segmentry.cli import main
try:
    main()
except SystemExit as end:
    with open("/proc/self/status") as status:
        peak = re.search(r"VmHWM:\\s+(\\d+) kB", status.read())
    print(end.code, peak[1])
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """Three million customers as Parquet and as text, written a million at a time."""
    folder = tmp_path_factory.mktemp("shop")
    file = pq.ParquetFile(make_shop(3_000_000, path=folder / "shop.parquet"))
    with pc.CSVWriter(folder / "shop.csv", file.schema_arrow) as writer:
        for batch in file.iter_batches():
            writer.write_batch(batch)
    return folder


def peak_megabytes(folder: Path, *arguments: object) -> float:
    """What a command has held in memory at most, all of Python and its libraries included."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, arguments)],
        cwd=folder, env=SURROUNDINGS, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    code, kilobytes = done.stdout.splitlines()[-1].split()
    assert code == "0", done.stderr
    return int(kilobytes) / 1000


@pytest.mark.parametrize("name", ["shop.csv", "shop.parquet"])
def test_a_run_holds_little_more_than_its_limit_and_python(shop, name, tmp_path):
    limits = ["--memory-limit", "128MB", "--temp-dir", tmp_path]
    peak = peak_megabytes(tmp_path, "run", shop / name, "-o", tmp_path / "out", *limits)
    assert peak < 450
    model = tmp_path / "out" / "model.json"
    peak = peak_megabytes(
        tmp_path, "assign", model, shop / name, "-o", tmp_path / "new.parquet", *limits
    )
    assert peak < 350
    assert pq.read_metadata(tmp_path / "new.parquet").num_rows == 3_000_000

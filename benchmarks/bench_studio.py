"""How long does somebody at the studio wait, and how much memory does its server take?

Three questions, to a real `segmentry studio` over HTTP:

- The mall data, from the click on "Find the segments" to the cards, beside what `segmentry demo`
  takes for reading, clustering and drawing (the steps of its timings.json, without the start of
  Python).
- A Parquet file of a million customers, uploaded, run, and its result shown: by how much the
  server's own process grows.
- Another number of segments of these, from the slider to the panel.

Run:  .venv/bin/python benchmarks/bench_studio.py [--rounds N] [--rows N]
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
from data_sets import DATA_SETS, size_name
from harness import Claim, Run, finish, options, seconds_of
from processes import measure

MUST_REACH = 2.0
MOST_GROWTH_MIB = 300.0
OFFICIAL_ROUNDS = 7
OFFICIAL_ROWS = 1_000_000
LOOK_SECONDS = 0.02


class Studio:
    """A studio that runs, and a browser that was let in."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        base, _, token = address.partition("/?token=")
        self._process = process
        self.client = httpx.Client(base_url=base, follow_redirects=True, timeout=600)
        self.client.get("/", params={"token": token})

    @property
    def resident_mib(self) -> float:
        """The memory that the server's own process holds now."""
        return self._status("VmRSS")

    @property
    def peak_mib(self) -> float:
        """The most that it has held."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        text = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+) kB", text)
        return int(found[1]) / 1024 if found else 0.0

    def until(self, path: str, mark: str) -> str:
        """Look at a page until something is on it."""
        while mark not in (text := self.client.get(path).text):
            if 'class="fault"' in text:
                raise RuntimeError(re.sub("<[^>]*>", " ", text))
            time.sleep(LOOK_SECONDS)
        return text

    def run(self, data: str) -> str:
        """Find the segments of a file, and return the address of the result that is shown."""
        form = {"k": "auto", "key": str(time.perf_counter_ns())}
        path = str(self.client.post(f"{data}/runs", data=form).url.path)
        self.until(path, 'class="card')
        return path


@contextmanager
def studio() -> Iterator[Studio]:
    """A studio of its own, ended afterwards."""
    command = [sys.executable, "-m", "segmentry", "studio", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(
            found[0] for line in process.stdout if (found := re.search(r"http\S+", line))
        )
        try:
            yield Studio(process, address)
        finally:
            process.terminate()


def mall(own: Studio) -> float:
    """Seconds from the click to the cards."""
    data = str(own.client.post("/demo").url.path)
    own.until(data, 'id="columns"')
    return seconds_of(lambda: own.run(data))


def demo() -> float:
    """Seconds of the steps of `segmentry demo`."""
    with tempfile.TemporaryDirectory() as folder:
        measure([sys.executable, "-m", "segmentry", "demo", "-o", f"{folder}/run"])
        told = json.loads((Path(folder) / "run" / "timings.json").read_text())
        return sum(own for step, own in told.items() if step != "versions")


def large(own: Studio, path: Path) -> tuple[float, float, list[float]]:
    """Seconds of upload, run and result; growth of the server in MiB; seconds of the slider."""
    before = own.resident_mib
    started = time.perf_counter()
    with path.open("rb") as stream:
        data = str(own.client.post("/files", files={"file": (path.name, stream)}).url.path)
    own.until(data, 'id="columns"')
    result = own.run(data)
    seconds = time.perf_counter() - started
    growth = own.peak_mib - before
    slides = [seconds_of(lambda k=k: own.client.get(f"{result}/other?k={k}")) for k in range(2, 11)]
    return seconds, growth, slides


def main(rounds: int, rows: int) -> int:
    path = DATA_SETS["shop"].path(rows)
    with studio() as own:
        mall(own)
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(demo())
            time.sleep(4)  # the next worker gets ready, as while somebody reads the page
            ours.append(mall(own))
    with studio() as own:
        mall(own)
        seconds, growth, slides = large(own, path)
    runs = [
        Run("studio, mall, click to cards", statistics.median(ours)),
        Run("segmentry demo, its steps", statistics.median(theirs)),
        Run(f"studio, {size_name(rows)} rows, upload to cards", seconds, growth),
        Run("slider, one number of segments", statistics.median(slides)),
    ]
    claims = [
        Claim(
            "studio: the mall data from click to cards, beside the steps of `segmentry demo`",
            runs[0].seconds / runs[1].seconds, at_most=MUST_REACH, unit="× longer",
        ),
        Claim(
            f"studio: growth of the server by a Parquet file of {size_name(rows)} rows, its run "
            "and its result", growth, unit="MiB", at_most=MOST_GROWTH_MIB,
        ),
        Claim(
            f"studio: another number of segments of {size_name(rows)} rows, slider to panel",
            1000 * runs[3].seconds, unit="ms", note=f"at most {1000 * max(slides):.0f} ms",
        ),
    ]  # fmt: skip
    official = rounds >= OFFICIAL_ROUNDS and rows >= OFFICIAL_ROWS
    return finish("studio", claims, runs=runs, official=official)


if __name__ == "__main__":
    parser = options(__doc__, rounds=OFFICIAL_ROUNDS)
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    given = parser.parse_args()
    sys.exit(main(given.rounds, given.rows))

"""What does one exact pass of K-Means over all rows cost, beside a bare scan of the same columns?

8 continuous features in a Parquet file, k = 5. The pass assigns every row to the nearest centre and
adds coordinates so that the order of the rows does not matter; the scan is ``sum`` of each column
by a bare DuckDB with as many threads and as much memory. Both warm, in turn, medians. The sums of
both must agree.

Run:  .venv/bin/python benchmarks/bench_pass.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
from data_sets import DATA_SETS, K
from harness import Claim, finish, median_run, options, seconds_of
from own_steps import Prepared, prepare

from segmentry.engines.resources import Resources
from segmentry.steps.features import values_of
from segmentry.steps.refinement import _Pass, _Table

OFFICIAL_ROWS = 10_000_000
MUST_REACH = 4.0
SAME = 1e-9
PLAIN = DATA_SETS["plain"]


def bare_duckdb() -> duckdb.DuckDBPyConnection:
    """DuckDB with the limits that Segmentry's own engine has."""
    connection, limits = duckdb.connect(), Resources()
    connection.execute(f"SET threads = {limits.thread_count}")
    connection.execute(f"SET memory_limit = '{limits.memory_bytes}B'")
    return connection


def bench(rows: int, *, rounds: int) -> int:
    path = PLAIN.path(rows)
    with prepare(PLAIN, path) as prepared, bare_duckdb() as bare:
        return compare(prepared, bare, path, rows=rows, rounds=rounds)


def compare(
    prepared: Prepared, bare: duckdb.DuckDBPyConnection, path: Path, *, rows: int, rounds: int
) -> int:
    centers = prepared.elbow(K)[K - 1].centers
    table = _Table(prepared.engine, prepared.features, prepared.cells)
    sums = ", ".join(f"sum({name})" for name in PLAIN.features)

    def scan() -> tuple[float, ...]:
        return bare.execute(f"SELECT {sums} FROM read_parquet(?)", [str(path)]).fetchone() or ()

    jobs: dict[str, Callable[[], object]] = {
        "bare scan": scan,
        "exact pass": lambda: table.move(centers),
    }
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):  # the first round is not counted
        for name, job in jobs.items():
            times[name].append(seconds_of(job))
    runs = {name: median_run(name, own[1:]) for name, own in times.items()}
    seconds = [runs[name].seconds for name in ("exact pass", "bare scan")]
    claim = Claim(
        f"One exact pass over {rows:,} rows × 8 continuous features, beside a bare scan",
        seconds[0] / seconds[1],
        "× longer",
        at_most=MUST_REACH,
        note="{:.2f} s beside {:.2f} s".format(*seconds),
    )
    return finish(
        "pass", [claim], runs=list(runs.values()), official=rows == OFFICIAL_ROWS,
        problems=problems(prepared, table.move(centers), scan(), rows=rows),
    )  # fmt: skip


def problems(prepared: Prepared, found: _Pass, bare: tuple[float, ...], *, rows: int) -> list[str]:
    """The middle of all customers, by the pass and by the scan."""
    middle = np.average(found.means, axis=0, weights=found.sizes)
    by_pass = values_of(prepared.features.plan, middle[None, :])[0]
    by_scan = np.array(bare, dtype=float) / rows
    if np.allclose(by_pass, by_scan, rtol=SAME, atol=SAME):
        return []
    return [f"the pass finds means {by_pass.tolist()}, the scan {by_scan.tolist()}"]


def main() -> int:
    parser = options(__doc__, rounds=7)
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    own = parser.parse_args()
    return bench(own.rows, rounds=own.rounds)


if __name__ == "__main__":
    sys.exit(main())

"""What do Newton's steps save on all customers, and the grid for silhouettes?

1 M customers with 3 skewed features, k = 5: passes over all rows until moving the centres gains
less than one part in 10⁹, by Newton's steps and by plain Lloyd. 1 M customers with 2 whole-number
features: the exact silhouette for k = 2..10 by convolution on the grid of cells, beside measuring
every pair of cells. The answers must agree.

Run:  .venv/bin/python benchmarks/bench_settling.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from data_sets import DATA_SETS, K
from harness import Claim, Run, finish, median_run, options, seconds_of
from own_steps import Prepared, prepare

from segmentry.steps import silhouette
from segmentry.steps.kmeans import Solution
from segmentry.steps.refinement import TOLERANCE, _Table

OFFICIAL_ROWS = 1_000_000
SAME = 1e-6


def plain_passes(prepared: Prepared, start: Solution) -> tuple[int, float]:
    """Passes of plain Lloyd to the same tolerance, and the inertia at their end."""
    table = _Table(prepared.engine, prepared.features, prepared.cells)
    found, passes = table.move(start.centers), 1
    while found.fall > TOLERANCE * start.inertia:
        found, passes = table.move(found.means), passes + 1
    return passes + 1, table.measured(replace(start, centers=found.means)).inertia


def settling(rows: int) -> tuple[Claim, list[Run], list[str]]:
    data = DATA_SETS["skewed"]
    with prepare(data, data.path(rows)) as prepared:
        start = prepared.elbow(K)[K - 1]
        ours = prepared.settled(start)
        passes, inertia = plain_passes(prepared, start)
    claim = Claim(
        f"Passes over {rows:,} rows × 3 skewed features until nothing moves, beside plain Lloyd",
        passes / ours.passes,
        "× fewer",
        note=f"{ours.passes} instead of {passes}",
    )
    runs = [
        Run("Newton's steps", 0.0, inertia=ours.inertia, details={"passes": ours.passes}),
        Run("plain Lloyd", 0.0, inertia=inertia, details={"passes": passes}),
    ]
    worse = ours.inertia > inertia * (1 + SAME)
    return claim, runs, [f"inertia {ours.inertia} beside {inertia}"] if worse else []


def on_grid(rows: int, rounds: int) -> tuple[Claim, list[Run], list[str]]:
    data = DATA_SETS["shop"]
    with prepare(data, data.path(rows)) as prepared:
        solutions = prepared.elbow(10)[1:]
        cells = prepared.cells
    every = np.arange(len(cells))
    jobs = {
        "grid": lambda: silhouette.silhouettes(cells, solutions),
        "every pair": lambda: silhouette._sums_by_pairs(cells, every, solutions),
    }
    runs = [
        median_run(name, [seconds_of(job) for _ in range(rounds)]) for name, job in jobs.items()
    ]
    claim = Claim(
        f"Exact silhouettes of {rows:,} customers for k = 2..10 on a grid, beside every pair",
        runs[1].seconds / runs[0].seconds,
        "× faster",
        note=f"{runs[0].seconds:.2f} s beside {runs[1].seconds:.2f} s",
    )
    return claim, runs, _differences(cells, solutions)


def _differences(cells: object, solutions: list[Solution]) -> list[str]:
    """Silhouettes by the grid against those from the pairs."""
    by_grid = silhouette.silhouettes(cells, solutions)  # type: ignore[arg-type]
    grid_of, silhouette.grid_of = silhouette.grid_of, lambda _: None
    try:
        by_pairs = silhouette.silhouettes(cells, solutions)  # type: ignore[arg-type]
    finally:
        silhouette.grid_of = grid_of
    gap = max(abs(one[0] - other[0]) for one, other in zip(by_grid, by_pairs, strict=True))
    return [f"silhouettes differ by {gap}"] if gap > SAME else []


def main() -> int:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    own = parser.parse_args()
    parts = [settling(own.rows), on_grid(own.rows, own.rounds)]
    return finish(
        "settling", [claim for claim, _, _ in parts],
        runs=[run for _, runs, _ in parts for run in runs],
        official=own.rows == OFFICIAL_ROWS, problems=[one for _, _, told in parts for one in told],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

"""How long does it take to score a file of customers with a stored model, Parquet to Parquet?

Whole processes: ``segmentry assign`` beside a script that reads with pandas, predicts with the
joblib model of the same run, and writes id and segment; and beside the same script writing all that
ours writes (name, distance and margin as well). Ours also at a tenth of the rows, to see whether
its memory stays. The segments must agree row by row.

Run:  .venv/bin/python benchmarks/bench_assign.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import own_command
from contest import run_rival
from data_sets import DATA_SETS, K, cache_folder
from harness import Claim, Run, finish, options

OFFICIAL_ROWS = 10_000_000
MUST_REACH = 5.0
CONSTANT = 1.25
SHOP = DATA_SETS["shop"]


def theirs(name: str, path: Path, output: Path, extra: Sequence[str], *, rounds: int) -> Run:
    arguments = ["score", str(path), f"--output={output}", *extra]
    found = [run_rival(SHOP, arguments) for _ in range(rounds)]
    return Run(
        name,
        statistics.median(finished.seconds for finished, _ in found),
        max(finished.peak_mib for finished, _ in found),
        details={
            "rounds": [finished.seconds for finished, _ in found],
            "seconds_by_part": found[-1][1]["seconds"],
        },
    )


def differing(ours: Path, other: Path) -> int:
    """How many rows, in order, have another id or another segment in two files."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        answer = connection.execute(
            "SELECT count(*) FROM read_parquet(?) ours POSITIONAL JOIN read_parquet(?) other "
            "WHERE ours.customer_id IS DISTINCT FROM other.customer_id "
            "OR ours.segment IS DISTINCT FROM other.segment",
            [str(ours), str(other)],
        ).fetchone()
    return int(answer[0]) if answer else 0


def bench(rows: int, folder: Path, *, rounds: int) -> int:
    own_command.segment(SHOP, [rows // 10], folder, rounds=1, k=K)
    run = own_command.folder_of(folder, rows // 10)
    joblib = f"--model={run / 'kmeans_model.joblib'}"
    everything = f"--all-columns={run / 'model.json'}"
    path, outputs = SHOP.path(rows), [folder / f"{name}.parquet" for name in ("ours", "a", "b")]
    small = own_command.assign(
        run / "model.json", SHOP.path(rows // 10), folder / "small.parquet", rounds=rounds
    )
    ours = own_command.assign(run / "model.json", path, outputs[0], rounds=rounds)
    plain = theirs("pandas + KMeans.predict", path, outputs[1], [joblib], rounds=rounds)
    full = theirs(
        "the same, all our columns", path, outputs[2], [joblib, everything], rounds=rounds
    )
    problems = [
        f"{differing(outputs[0], output):,} rows differ between {outputs[0].name} and {output.name}"
        for output in outputs[1:]
        if differing(outputs[0], output)
    ]
    return finish(
        "assign", claims(rows, small, ours, plain, full), runs=[small, ours, plain, full],
        problems=problems, official=rows == OFFICIAL_ROWS,
    )  # fmt: skip


def claims(rows: int, small: Run, ours: Run, plain: Run, full: Run) -> list[Claim]:
    work = f"Assign {rows:,} rows, Parquet to Parquet"
    return [
        Claim(
            f"{work}, beside {rival}",
            run.seconds / ours.seconds,
            "× faster",
            at_least=limit,
            note=f"{ours.seconds:.1f} s beside {run.seconds:.1f} s; peak "
            f"{ours.peak_mib:,.0f} beside {run.peak_mib:,.0f} MiB",
        )
        for rival, run, limit in (
            ("pandas, KMeans.predict and to_parquet of id and segment", plain, MUST_REACH),
            ("the same script writing name, distance and margin too, as ours does", full, None),
        )
    ] + [
        Claim(
            f"{work}, peak memory beside ours at a tenth of the rows",
            (ours.peak_mib or 0.0) / (small.peak_mib or 1.0),
            at_most=CONSTANT,
            note=f"{ours.peak_mib:,.0f} after {small.peak_mib:,.0f} MiB",
        )
    ]


def main() -> int:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    own = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        return bench(own.rows, Path(folder), rounds=own.rounds)


if __name__ == "__main__":
    sys.exit(main())

"""How long does it take to read a gigabyte of CSV, beside DuckDB that is told everything?

Segmentry finds encoding, separator, header and types, counts the records a second time, and ends
with a typed table in a file. DuckDB's ``read_csv`` gets the dialect and all types and writes its
table to a Parquet file as well, with as many threads and as much memory. Both as processes of their
own, in turn, medians. Rows and the sums of both must agree.

Run:  .venv/bin/python benchmarks/bench_read.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from data_sets import DATA_SETS, cache_folder, size_name
from harness import Claim, Run, finish, options
from processes import Finished, measure

OFFICIAL_ROWS = 10_000_000
MUST_REACH = 0.5
MOST_MIB = 1024
PLAIN = DATA_SETS["plain"]

OURS = """
import json, sys
from sqlglot import exp
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.steps.sources import open_source
with DuckDBEngine() as engine:
    source = open_source(sys.argv[1], engine)
    query = exp.select(*(exp.Sum(this=exp.column(name, quoted=True)) for name in sys.argv[3:]))
    sums = [list(row.values()) for row in engine.rows(query.from_("customers"))][0]
    print(json.dumps({"rows": source.rows, "sums": sums}))
"""
THEIRS = """
import json, sys, duckdb
from segmentry.engines.resources import Resources
limits, target = Resources(), sys.argv[2]
with duckdb.connect() as own:
    own.execute(f"SET threads = {limits.thread_count}")
    own.execute(f"SET memory_limit = '{limits.memory_bytes}B'")
    own.execute("SET enable_progress_bar = false")
    names = sys.argv[3:]
    types = {"customer_id": "VARCHAR"} | dict.fromkeys(names, "DOUBLE")
    table = own.read_csv(sys.argv[1], sep=",", header=True, auto_detect=False, quotechar='"',
                         escapechar='"', columns=types)
    table.write_parquet(target)
    sums = ", ".join(f'sum("{name}")' for name in names)
    found = own.execute(f"SELECT count(*), {sums} FROM read_parquet('{target}')").fetchone()
    print(json.dumps({"rows": found[0], "sums": found[1:]}))
"""


def csv_file(rows: int) -> Path:
    """The customers as text; made once."""
    path = cache_folder() / f"plain-{size_name(rows)}.csv"
    if not path.exists():
        import duckdb

        names = ", ".join(f'round("{name}", 6) AS "{name}"' for name in PLAIN.features)
        source = PLAIN.path(rows)
        query = f"SELECT customer_id, {names} FROM read_parquet('{source}')"
        duckdb.sql(query).write_csv(str(path))
    with path.open("rb") as stream:
        while stream.read(1 << 24):
            pass
    return path


def bench(rows: int, *, rounds: int) -> int:
    path, target = csv_file(rows), cache_folder() / "read.parquet"
    finished: dict[str, list[Finished]] = {"segmentry": [], "DuckDB, told everything": []}
    for _ in range(rounds):
        for own, script in zip(finished.values(), (OURS, THEIRS), strict=True):
            words = [sys.executable, "-c", script, str(path), str(target), *PLAIN.features]
            own.append(measure(words))
            target.unlink(missing_ok=True)
    runs = [
        Run(name, statistics.median(one.seconds for one in own), max(one.peak_mib for one in own))
        for name, own in finished.items()
    ]
    answers = [json.loads(own[-1].out.strip().splitlines()[-1]) for own in finished.values()]
    return finish(
        "read", claims(runs, path), runs=runs, official=rows == OFFICIAL_ROWS,
        problems=problems(answers),
    )  # fmt: skip


def claims(runs: list[Run], path: Path) -> list[Claim]:
    size = f"{path.stat().st_size / 1e9:.2f} GB of CSV"
    ours, theirs = runs
    return [
        Claim(
            f"Read {size}, beside DuckDB's read_csv with dialect and types given",
            theirs.seconds / ours.seconds,
            "× faster",
            at_least=MUST_REACH,
            note=f"{ours.seconds:.1f} s beside {theirs.seconds:.1f} s",
        ),
        Claim(f"Read {size}, peak memory", ours.peak_mib or 0.0, "MiB", at_most=MOST_MIB),
    ]


def problems(found: list[dict[str, object]]) -> list[str]:
    """Where rows or sums differ."""
    ours, theirs = found
    if ours["rows"] != theirs["rows"]:
        return [f"ours reads {ours['rows']} rows, DuckDB {theirs['rows']}"]
    pairs = zip(ours["sums"], theirs["sums"], strict=True)  # type: ignore[call-overload]
    return [f"sums {a} and {b}" for a, b in pairs if abs(a - b) > 1e-6 * abs(b)]


def main() -> int:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    own = parser.parse_args()
    return bench(own.rows, rounds=own.rounds)


if __name__ == "__main__":
    sys.exit(main())

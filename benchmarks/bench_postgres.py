"""What does it cost to segment customers in PostgreSQL, beside taking their features out first?

A shop of a million customers in a PostgreSQL server of the benchmark's own, on loopback. The whole
run where they are, beside reading the feature columns into Python by ADBC and running the same on
DuckDB: processes of their own, in turn, medians. And the most table data that an answer of the
server held in Python at once. Number of segments, sizes and centres must agree.

Run:  .venv/bin/python benchmarks/bench_postgres.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

import pyarrow.parquet as pq
from data_sets import cache_folder
from harness import Claim, Run, finish, options
from processes import Finished, measure

from segmentry.datasets import make_shop

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres_server import Server, running_server

OFFICIAL_ROWS = 1_000_000
MUST_REACH = 2.0
MOST_MB = 64
FEATURES = ["income", "spending", "recency_days", "orders", "revenue"]

OURS = """
import json, sys, segmentry
from segmentry.engines.postgres_session import Session
largest, arrow = 0, Session.arrow
def weighed(self, query):
    global largest
    table = arrow(self, query)
    largest = max(largest, table.nbytes)
    return table
Session.arrow = weighed
with segmentry.segment(sys.argv[1], table="crm.shop", features=sys.argv[2:], profile=[],
                       id="customer_id") as found:
    print(json.dumps({"k": found.k, "sizes": found.segments["customers"].tolist(),
                      "centres": found.centers.to_numpy().tolist(), "largest": largest}))
"""
THEIRS = """
import json, sys, segmentry
from adbc_driver_postgresql import dbapi
names = ", ".join(f'"{own}"' for own in ("customer_id", *sys.argv[2:]))
with dbapi.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    cursor.execute(f"SELECT {names} FROM crm.shop")
    table = cursor.fetch_arrow_table()
with segmentry.segment(table, features=sys.argv[2:], profile=[], id="customer_id") as found:
    print(json.dumps({"k": found.k,
                      "sizes": found.segments.column("customers").to_pylist(),
                      "centres": found.centers.to_pandas().to_numpy().tolist(),
                      "largest": table.nbytes}))
"""


def loaded(server: Server, rows: int) -> None:
    """The shop as a table that the server knows well."""
    path = cache_folder() / f"shop-of-postgres-{rows}.parquet"
    if not path.exists():
        make_shop(rows, path=path)
    server.load("shop", pq.read_table(path))
    server.execute("VACUUM ANALYZE crm.shop")


def bench(rows: int, *, rounds: int) -> int:
    finished: dict[str, list[Finished]] = {"in PostgreSQL": [], "ADBC, then DuckDB": []}
    with running_server() as server:
        loaded(server, rows)
        for _ in range(rounds):
            for own, script in zip(finished.values(), (OURS, THEIRS), strict=True):
                own.append(measure([sys.executable, "-c", script, server.url(), *FEATURES]))
    answers = [json.loads(own[-1].out.strip().splitlines()[-1]) for own in finished.values()]
    runs = [
        Run(
            name,
            statistics.median(one.seconds for one in own),
            max(one.peak_mib for one in own),
            details={"largest_answer_bytes": answer["largest"]},
        )
        for (name, own), answer in zip(finished.items(), answers, strict=True)
    ]
    return finish(
        "postgres", claims(runs, rows), runs=runs, official=rows == OFFICIAL_ROWS,
        problems=problems(answers),
    )  # fmt: skip


def claims(runs: list[Run], rows: int) -> list[Claim]:
    work = f"{rows:,} customers segmented in PostgreSQL"
    ours, theirs = runs
    return [
        Claim(
            f"{work}, beside taking features out by ADBC and running on DuckDB",
            ours.seconds / theirs.seconds,
            "× longer",
            at_most=MUST_REACH,
            note=f"{ours.seconds:.1f} s beside {theirs.seconds:.1f} s; peak of the process "
            f"{ours.peak_mib or 0:,.0f} beside {theirs.peak_mib or 0:,.0f} MiB",
        ),
        Claim(
            f"{work}, the largest answer of the server in Python",
            ours.details["largest_answer_bytes"] / 2**20,
            "MiB",
            at_most=MOST_MB * 1e6 / 2**20,
            note=f"{theirs.details['largest_answer_bytes'] / 2**20:,.0f} MiB when taken out",
        ),
    ]


def problems(found: list[dict[str, object]]) -> list[str]:
    """Where the answers differ."""
    ours, theirs = found
    wrong = [f"{own}: {ours[own]} and {theirs[own]}" for own in ("k", "sizes")
             if ours[own] != theirs[own]]  # fmt: skip
    pairs = [
        pair
        for mine, other in zip(ours["centres"], theirs["centres"], strict=False)  # type: ignore[call-overload]
        for pair in zip(mine, other, strict=True)
    ]
    return [*wrong, *(f"centres {a} and {b}" for a, b in pairs if abs(a - b) > 1e-6 * abs(b))]


def main() -> int:
    parser = options(__doc__, rounds=3)
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    own = parser.parse_args()
    return bench(own.rows, rounds=own.rounds)


if __name__ == "__main__":
    sys.exit(main())

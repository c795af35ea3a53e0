"""What does it cost to turn order lines into customers, beside a bare sum by customer?

Order lines from ``make_orders``, in Parquet. The figures of every customer (recency, orders,
revenue less returns and the rest), from reading to the table of customers, beside a bare DuckDB
that sums one column by customer, with as many threads and as much memory. Then scores and cells
too; and then with orders and products told apart, beside a statement written by hand for the same
columns. The sums of all must agree. At last the whole command, for its peak memory.

Run:  .venv/bin/python benchmarks/bench_rfm.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from bench_pass import bare_duckdb
from data_sets import cache_folder
from harness import Claim, Run, finish, median_run, options, seconds_of
from processes import measure

import segmentry
from segmentry import sql
from segmentry.datasets import make_orders
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.resources import Resources
from segmentry.steps.order_lines import count_lines, last_day
from segmentry.steps.orders import _FIGURES, build_customers
from segmentry.steps.sources import TABLE, open_source

OFFICIAL_ROWS = 20_000_000
MUST_REACH = 3.0
MOST_MIB = 1_024
PLAIN = sql.OrderColumns("customer_id", "order_date", "amount")
FULL = sql.OrderColumns("customer_id", "order_date", "amount", "order_id", "product")
SUM = (
    "CREATE OR REPLACE TABLE sums AS SELECT customer_id, sum(amount) AS revenue FROM {} GROUP BY 1"
)
BY_HAND = """
CREATE OR REPLACE TABLE customers AS
WITH by_order AS (
  SELECT customer_id, order_id, min(order_date) FILTER (amount >= 0) AS first,
    max(order_date) FILTER (amount >= 0) AS last, sum(amount) AS net,
    sum(amount) FILTER (amount < 0) AS returned, count(*) FILTER (amount >= 0) > 0 AS bought
  FROM {lines} GROUP BY ALL
), buyers AS (
  SELECT customer_id, count(*) FILTER (bought) AS orders, min(first) AS first, max(last) AS last,
    sum(net) AS revenue, sum(returned) AS returned
  FROM by_order GROUP BY ALL
), products AS (
  SELECT customer_id, count(*) AS products
  FROM (SELECT DISTINCT customer_id, product FROM {lines} WHERE amount >= 0) GROUP BY ALL
)
SELECT * FROM buyers LEFT JOIN products USING (customer_id)
"""


def orders_file(rows: int) -> Path:
    """The order lines, made once."""
    path = cache_folder() / f"orders-{rows}.parquet"
    return path if path.exists() else make_orders(rows, path=path)


def narrow_file(rows: int) -> Path:
    """The same lines with id, date and amount only."""
    path = cache_folder() / f"orders-narrow-{rows}.parquet"
    if not path.exists():
        with duckdb.connect() as connection:
            lines = connection.read_parquet(str(orders_file(rows)))
            lines.select("customer_id, order_date, amount").write_parquet(str(path))
    return path


def figures(path: Path, columns: sql.OrderColumns) -> float:
    """Ours up to the figures, from opening the file; returns all revenue."""
    with DuckDBEngine() as engine:
        open_source(path, engine)
        return aggregate(engine, columns)


def aggregate(engine: DuckDBEngine, columns: sql.OrderColumns) -> float:
    """The aggregate alone, and the counts that it needs."""
    lines = count_lines(engine, columns)
    query = sql.figures_of(TABLE, columns, lines.known, as_of=last_day(lines.days))
    engine.add_stored(_FIGURES, query)
    return total(engine)


def total(engine: DuckDBEngine) -> float:
    return float(engine.array(sql.columns(_FIGURES, ["revenue"])).sum())


def customers(path: Path, columns: sql.OrderColumns) -> float:
    """Ours up to scores and cells; returns all revenue."""
    with DuckDBEngine() as engine:
        build_customers(open_source(path, engine), engine, columns)
        return total(engine)


def bare(path: Path, statement: str, *, table: str) -> float:
    """A statement of DuckDB's own; returns all revenue."""
    with bare_duckdb() as connection:
        lines = f"read_parquet('{path}')"
        connection.execute(statement.format(lines, lines=lines))
        found = connection.execute(f"SELECT sum(revenue) FROM {table}").fetchone()
        return float(found[0]) if found else 0.0


def bench(rows: int, *, rounds: int) -> int:
    wide, narrow = orders_file(rows), narrow_file(rows)
    with DuckDBEngine() as opened:
        open_source(wide, opened)
        jobs: dict[str, Callable[[], float]] = {
            "bare sum": lambda: bare(narrow, SUM, table="sums"),
            "figures": lambda: figures(narrow, PLAIN),
            "figures, scores and cells": lambda: customers(narrow, PLAIN),
            "by hand, orders and products": lambda: bare(wide, BY_HAND, table="customers"),
            "figures, orders and products": lambda: aggregate(opened, FULL),
        }
        return compare(jobs, rows=rows, rounds=rounds)


def command(rows: int) -> Run:
    """``segmentry rfm`` from the lines in a file to the customers in a file."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["rfm", str(orders_file(rows)), "-o", str(Path(folder) / "customers.parquet")]
        done = measure([sys.executable, "-m", "segmentry", *words])
    return Run("segmentry rfm, whole command", done.seconds, done.peak_mib)


def compare(jobs: dict[str, Callable[[], float]], *, rows: int, rounds: int) -> int:
    sums = {name: job() for name, job in jobs.items()}  # not counted
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            times[name].append(seconds_of(job))
    runs = {name: median_run(name, own) for name, own in times.items()}
    runs["command"] = command(rows)
    first = sums["bare sum"]
    problems = [
        f"{name} finds {own}, the bare sum {first}"
        for name, own in sums.items()
        if abs(own - first) > 1e-9 * abs(first)
    ]
    return finish(
        "rfm", claims(runs, rows), runs=list(runs.values()), official=rows == OFFICIAL_ROWS,
        problems=problems,
    )  # fmt: skip


def claims(runs: dict[str, Run], rows: int) -> list[Claim]:
    asked = [
        ("figures", "bare sum", "Figures of customers from {} order lines, beside a bare sum by "
         "customer", MUST_REACH),
        ("figures, scores and cells", "bare sum", "The same with scores and cells, {} order lines, "
         "beside a bare sum by customer", None),
        ("figures, orders and products", "by hand, orders and products", "Figures with orders and "
         "products told apart, {} order lines in an opened file, beside a statement by hand", 1.0),
    ]  # fmt: skip
    found = []
    for ours, theirs, question, most in asked:
        own, other = runs[ours].seconds, runs[theirs].seconds
        note = f"{own:.2f} s beside {other:.2f} s"
        found.append(Claim(question.format(f"{rows:,}"), own / other, "× longer",
                           at_most=most, note=note))  # fmt: skip
    limit = Resources().memory_bytes / 10**6
    found.append(Claim(f"segmentry rfm on {rows:,} order lines, peak memory",
                       runs["command"].peak_mib or 0.0, "MiB", at_most=MOST_MIB,
                       note=f"{limit:,.0f} MB for the engine"))  # fmt: skip
    return found


def main() -> int:
    parser = options(__doc__, rounds=5)
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    own = parser.parse_args()
    print(f"DuckDB {duckdb.__version__}, Segmentry {segmentry.__version__}, {Resources()}")
    return bench(own.rows, rounds=own.rounds)


if __name__ == "__main__":
    sys.exit(main())

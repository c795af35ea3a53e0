"""What does the evidence on the number of segments cost on many customers?

``segment()`` on the synthetic shop, two integer features, in process; then, on the same cells, the
evidence alone: every criterion for k = 1..10 on the customers and on noise of the same kind, and
50 bootstrap draws for each k. A run without it would take the difference.

Run:  .venv/bin/python benchmarks/bench_evidence.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import sys

from data_sets import DATA_SETS
from harness import Claim, finish, options, seconds_of
from threadpoolctl import threadpool_limits

import segmentry
from segmentry.progress import ignore
from segmentry.steps.evidence import Measures, gather_evidence
from segmentry.steps.selection import gather

OFFICIAL = {"rows": 10_000_000, "rounds": 3}
LAST = 10


def main(own: argparse.Namespace) -> int:
    data = DATA_SETS["shop"]
    path = data.path(own.rows)

    def run() -> None:
        segmentry.segment(path, features=data.features, k_max=LAST).close()

    whole = statistics.median(seconds_of(run) for _ in range(own.rounds))
    with segmentry.segment(path, features=data.features, k_max=LAST) as result:
        cells, plan = result.found.cells, result.model.plan
    with threadpool_limits(1):
        solutions = gather(cells, LAST, seed=0, advance=ignore)
        evidence = statistics.median(
            seconds_of(lambda: gather_evidence(Measures.of(cells, plan, LAST), solutions))
            for _ in range(own.rounds)
        )
    claim = Claim(
        f"segment() on {own.rows:,} rows with the evidence, beside without it",
        whole / (whole - evidence), "× longer", at_most=3.0,
        note=f"{whole:.1f} s, of which the evidence takes {evidence:.2f} s",
    )  # fmt: skip
    figures = {"whole_seconds": whole, "evidence_seconds": evidence, "cells": len(cells)}
    official = all(getattr(own, name) == value for name, value in OFFICIAL.items())
    return finish("evidence", [claim], figures=figures, official=official)


if __name__ == "__main__":
    parser = options(__doc__, rounds=OFFICIAL["rounds"])
    parser.add_argument("--rows", type=int, default=OFFICIAL["rows"])
    sys.exit(main(parser.parse_args()))

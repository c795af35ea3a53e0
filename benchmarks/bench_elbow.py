"""How long do reading, the elbow for k = 1..10 with ten restarts each, and the final fit take?

In process, all imports done before the clock starts; 2 integer features from Parquet. Ours are the
steps of the pipeline, several rounds, the median; the rivals are single runs in processes of their
own that clock their parts. At ten million rows only some fits of a rival's elbow are measured and
the whole is scaled from them: the results say how. Ours must not have a higher inertia than
scikit-learn, beyond the last digits.

Run:  .venv/bin/python benchmarks/bench_elbow.py [--rows N …] [--rivals …] [--rounds N]
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contest import SCALED_FROM, SKLEARN, Contestant, add_rivals_option, compete_all
from data_sets import DATA_SETS, K, size_name
from harness import Claim, Run, finish, options, seconds_of
from own_steps import prepare

from segmentry.steps.kmeans import Solution

MUST_REACH = {1_000_000: 40, 10_000_000: 200}
SAME = 1e-9
SHOP = DATA_SETS["shop"]
SOME_KS = (1, 2, 10)


def ours(path: Path, *, rounds: int) -> Run:
    found: list[Solution] = []

    def job() -> None:
        with prepare(SHOP, path) as prepared:
            found.append(prepared.settled(prepared.elbow()[K - 1]))

    seconds = [seconds_of(job) for _ in range(rounds)]
    details = {"rounds": seconds}
    return Run("Segmentry", statistics.median(seconds), None, found[-1].inertia, details)


def bench(rows: int, *, rivals: Sequence[str], rounds: int) -> int:
    path = SHOP.path(rows)
    own = ours(path, rounds=rounds)
    some_ks = SOME_KS if rows >= SCALED_FROM else None
    theirs = compete_all(rivals, SHOP, path, some_ks=some_ks)
    return finish(
        f"elbow-{size_name(rows)}",
        [*(claim(rows, own, rival) for rival in theirs.values()), inertia(rows, own, theirs)],
        runs=[own, *(rival.run(rival.inside) for rival in theirs.values())],
        problems=problems(own, theirs[SKLEARN]),
        official=rows in MUST_REACH,
    )


def claim(rows: int, own: Run, rival: Contestant) -> Claim:
    seconds = f"{own.seconds:.2f} s beside {rival.inside:,.1f} s"
    return Claim(
        f"Read, elbow 1..10 × 10 restarts, final fit; in process, {rows:,} rows × 2 integer "
        f"features, beside {rival.title}",
        rival.inside / own.seconds,
        "× faster",
        at_least=MUST_REACH.get(rows) if rival.name == SKLEARN else None,
        note=f"{seconds}, elbow scaled" if rival.scaled else seconds,
    )


def inertia(rows: int, own: Run, theirs: Mapping[str, Contestant]) -> Claim:
    return Claim(
        f"The same work on {rows:,} rows, final inertia above scikit-learn's",
        (own.inertia or 0.0) / theirs[SKLEARN].inertia - 1,
        "excess",
        at_most=SAME,
    )


def problems(own: Run, sklearn: Contestant) -> list[str]:
    if own.inertia is not None and own.inertia <= sklearn.inertia * (1 + SAME):
        return []
    return [f"inertia {own.inertia!r} is above scikit-learn's {sklearn.inertia!r}"]


def main() -> int:
    parser = options(__doc__, rounds=5)
    parser.add_argument("--rows", type=int, nargs="+", default=list(MUST_REACH))
    add_rivals_option(parser)
    own = parser.parse_args()
    return max(bench(rows, rivals=own.rivals, rounds=own.rounds) for rows in own.rows)


if __name__ == "__main__":
    sys.exit(main())

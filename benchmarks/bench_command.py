"""How long does the whole command take, from the shell to report and customers.parquet?

Whole processes, with the peak of their resident memory, children included. Four cases:

shop     2 integer features: ours at a tenth of the rows and at all of them, beside a script with
         pandas and scikit-learn that draws the elbow, fits, and writes the customers
large    the same data: ours at all of the rows and at ten times as many
skewed   3 continuous features with heavy tails (ours takes logarithms and z-scores; the rivals get
         the same coordinates), k = 5
plain    8 continuous features, k = 5

The rivals' fit with k = 5 and ten starts is measured, and of the elbow only some fits, from which
the rest is scaled: the results say how.

Run:  .venv/bin/python benchmarks/bench_command.py [CASE …] [--rows N] [--rivals …] [--rounds N]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import own_command
from contest import SCALED_FROM, SKLEARN, Contestant, add_rivals_option, compete_all
from data_sets import DATA_SETS, K, cache_folder
from harness import Claim, Run, finish, options

OFFICIAL_ROWS = 10_000_000
GIB = 1024.0
NEAR = 1.0001
SAME = 1e-9
SOME_KS = (1, 2, 10)


def shop(own: argparse.Namespace, folder: Path) -> int:
    data, rows = DATA_SETS["shop"], own.rows
    small, whole = own_command.segment(data, [rows // 10, rows], folder, rounds=own.rounds)
    theirs = compete_all(
        own.rivals, data, data.path(rows), output=folder / "theirs.parquet",
        some_ks=SOME_KS if rows >= SCALED_FROM else None,
    )  # fmt: skip
    work = f"Whole command, 2 integer features, {rows:,} rows"
    claims = [
        *(
            faster(work, whole, rival, at_least=40 if rival.name == SKLEARN else None)
            for rival in theirs.values()
        ),
        longer(work, whole, small, at_most=2.5),
        memory(work, whole, at_most=GIB),
        equal_inertia(work, whole, theirs[SKLEARN]),
    ]
    problems = [
        *own_command.problems_of(small, k=K),
        *own_command.problems_of(whole, k=K),
        *higher(whole, theirs[SKLEARN]),
    ]
    runs = [small, whole, *(rival.run(rival.whole) for rival in theirs.values())]
    return finish("command-shop", claims, runs=runs, problems=problems, official=is_official(own))


def large(own: argparse.Namespace, folder: Path) -> int:
    data, rows = DATA_SETS["shop"], 10 * own.rows
    small, whole = own_command.segment(data, [own.rows, rows], folder, rounds=own.large_rounds)
    work = f"Whole command, 2 integer features, {rows:,} rows"
    claims = [longer(work, whole, small, at_most=12), memory(work, whole, at_most=1.5 * GIB)]
    problems = [*own_command.problems_of(small, k=K), *own_command.problems_of(whole, k=K)]
    runs = [small, whole]
    return finish("command-large", claims, runs=runs, problems=problems, official=is_official(own))


def skewed(own: argparse.Namespace, folder: Path) -> int:
    return continuous("skewed", own, folder)


def plain(own: argparse.Namespace, folder: Path) -> int:
    return continuous("plain", own, folder)


def continuous(name: str, own: argparse.Namespace, folder: Path) -> int:
    """Ours beside the rivals in our coordinates."""
    data, rows = DATA_SETS[name], own.rows
    [whole] = own_command.segment(data, [rows], folder, rounds=own.rounds, k=K)
    theirs = compete_all(
        own.rivals, data, data.path(rows), some_ks=(1,),
        plan=own_command.folder_of(folder, rows) / "summary.json",
        output=folder / "theirs.parquet",
    )  # fmt: skip
    work = f"Whole command, {len(data.features)} continuous features ({name}), {rows:,} rows"
    inertia = Claim(
        f"{work}, inertia beside that of scikit-learn's best of 10 on all rows",
        (whole.inertia or 0.0) / theirs[SKLEARN].inertia,
        "inertia",
        at_most=NEAR,
    )
    if name == "skewed":
        specific = [than_elbow(work, whole, theirs[SKLEARN]), inertia]
    else:
        specific = [inertia, memory(work, whole, at_most=1.5 * GIB)]
    claims = [*(faster(work, whole, rival) for rival in theirs.values()), *specific]
    runs = [whole, *(rival.run(rival.whole) for rival in theirs.values())]
    return finish(
        f"command-{name}", claims, runs=runs, problems=own_command.problems_of(whole, k=K),
        official=is_official(own),
    )  # fmt: skip


CASES: dict[str, Callable[[argparse.Namespace, Path], int]] = {
    "shop": shop,
    "large": large,
    "skewed": skewed,
    "plain": plain,
}


# ---------------------------------------------------------------- what is claimed


def faster(work: str, ours: Run, rival: Contestant, *, at_least: float | None = None) -> Claim:
    return _beside(
        f"{work}, beside a script with {rival.title}: elbow, fit, to_parquet",
        ours,
        rival,
        rival.whole,
        at_least=at_least,
    )


def than_elbow(work: str, ours: Run, rival: Contestant) -> Claim:
    question = f"{work}, beside {rival.title}'s elbow alone"
    return _beside(question, ours, rival, rival.seconds["elbow"], at_least=20)


def _beside(
    question: str, ours: Run, rival: Contestant, theirs: float, *, at_least: float | None
) -> Claim:
    seconds = f"{ours.seconds:.1f} s beside {theirs:,.0f} s"
    note = f"{seconds}, elbow scaled" if rival.scaled else seconds
    return Claim(question, theirs / ours.seconds, "× faster", at_least=at_least, note=note)


def longer(work: str, whole: Run, small: Run, *, at_most: float) -> Claim:
    return Claim(
        f"{work}, beside ours at a tenth of the rows",
        whole.seconds / small.seconds,
        "× longer",
        at_most=at_most,
        note=f"{whole.seconds:.1f} s after {small.seconds:.1f} s",
    )


def memory(work: str, ours: Run, *, at_most: float) -> Claim:
    return Claim(f"{work}, peak memory", ours.peak_mib or 0.0, "MiB", at_most=at_most)


def equal_inertia(work: str, ours: Run, rival: Contestant) -> Claim:
    excess = (ours.inertia or 0.0) / rival.inertia - 1
    return Claim(f"{work}, inertia above {rival.title}'s", excess, "excess", at_most=SAME)


def higher(ours: Run, rival: Contestant) -> list[str]:
    if ours.inertia is not None and ours.inertia <= rival.inertia * (1 + SAME):
        return []
    return [f"{ours.name}: inertia {ours.inertia!r} is above {rival.name}'s {rival.inertia!r}"]


# ---------------------------------------------------------------- as a script


def is_official(own: argparse.Namespace) -> bool:
    return bool(own.rows == OFFICIAL_ROWS)


def main() -> int:
    parser = options(__doc__, rounds=3)
    parser.add_argument("case", nargs="*", metavar="CASE", help=", ".join(CASES) + " [all]")
    parser.add_argument("--rows", type=int, default=OFFICIAL_ROWS)
    parser.add_argument("--large-rounds", type=int, default=1, help="those of the case large [1]")
    add_rivals_option(parser)
    own = parser.parse_args()
    unknown = set(own.case) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    codes = []
    for name in own.case or CASES:
        with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
            codes.append(CASES[name](own, Path(folder)))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())

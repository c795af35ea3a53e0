"""How near does every seed come to the best solution that anyone found?

On each data set, for k = 5 (the groups that were planted) and for k = 8 (harder): the inertia on
all rows that Segmentry's steps reach, seed by seed, above the best of all these and of
scikit-learn's ``n_init=10`` on all rows in the same coordinates. One inertia of ours for each k is
measured again with NumPy on the raw rows, and must agree.

Run:  .venv/bin/python benchmarks/bench_quality.py [DATA …] [--rows N] [--seeds N] [--their-seeds N]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from contest import SKLEARN, compete
from data_sets import DATA_SETS, DataSet, cache_folder
from harness import Claim, finish, options
from own_steps import Prepared, prepare
from rivals import in_coordinates, inertia_of

from segmentry.steps.kmeans import Solution

OFFICIAL = {"rows": 1_000_000, "seeds": 20, "their_seeds": 2, "ks": [5, 8]}
MUST_REACH = 1e-4
SAME = 1e-9


def bench(data: DataSet, own: argparse.Namespace, folder: Path) -> int:
    path, plan = data.path(own.rows), folder / "plan.json"
    with prepare(data, path) as prepared:
        plan.write_text(json.dumps({"plan": asdict(prepared.features.plan)}))
        found: dict[int, list[Solution]] = {k: [] for k in own.ks}
        for seed in range(own.seeds):
            for k, solution in settled(prepared, own.ks, seed=seed).items():
                found[k].append(solution)
        kind = prepared.cells.kind
    ours = {k: [solution.inertia for solution in solutions] for k, solutions in found.items()}
    theirs = {k: rival_inertias(data, path, plan, k, seeds=own.their_seeds) for k in own.ks}
    raw = in_coordinates(pd.read_parquet(path, columns=list(data.features)), plan)
    figures = {str(k): figures_of(ours[k], theirs[k]) for k in own.ks}
    return finish(
        f"quality-{data.name}",
        [claim(data, k, figures[str(k)], own) for k in own.ks],
        figures={"by_k": figures, "cells": kind},
        problems=[text for k in own.ks for text in problems(k, found[k][-1], raw)],
        official=all(getattr(own, name) == value for name, value in OFFICIAL.items()),
    )


def settled(prepared: Prepared, ks: Sequence[int], *, seed: int) -> dict[int, Solution]:
    solutions = prepared.elbow(max(10, *ks), seed=seed)
    return {k: prepared.settled(solutions[k - 1], seed=seed) for k in ks}


def rival_inertias(data: DataSet, path: Path, plan: Path, k: int, *, seeds: int) -> list[float]:
    """scikit-learn's, seed by seed; it draws no elbow."""
    found = [
        compete(SKLEARN, data, path, some_ks=[1], k=k, plan=plan, seed=seed)
        for seed in range(seeds)
    ]
    return [own.inertia for own in found if own is not None]


def figures_of(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    best = min(*ours, *theirs)
    return {
        "best": best,
        "ours": list(ours),
        "scikit-learn": list(theirs),
        "worst_excess": max(ours) / best - 1,
        "seeds_within_1e-9": sum(own <= best * (1 + SAME) for own in ours),
        "worst_excess_scikit-learn": max(theirs) / best - 1,
    }


def claim(data: DataSet, k: int, found: dict[str, Any], own: argparse.Namespace) -> Claim:
    return Claim(
        f"{own.rows:,} rows, {data.name} ({len(data.features)} features), k = {k}, {own.seeds} "
        "seeds: worst inertia above the best that anyone found",
        found["worst_excess"],
        "excess",
        at_most=MUST_REACH,
        note=f"scikit-learn, n_init=10: {found['worst_excess_scikit-learn']:.1e}",
    )


def problems(k: int, solution: Solution, raw: Any) -> list[str]:
    again = inertia_of(raw, solution.centers)
    if abs(again - solution.inertia) <= SAME * again:
        return []
    return [f"k = {k}: inertia {solution.inertia!r}, but {again!r} on the raw rows"]


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("data", nargs="*", metavar="DATA", help=", ".join(DATA_SETS) + " [all]")
    parser.add_argument("--rows", type=int, default=OFFICIAL["rows"])
    parser.add_argument("--seeds", type=int, default=OFFICIAL["seeds"])
    parser.add_argument("--their-seeds", type=int, default=OFFICIAL["their_seeds"])
    parser.add_argument("--ks", type=int, nargs="+", default=OFFICIAL["ks"])
    own = parser.parse_args()
    unknown = set(own.data) - set(DATA_SETS)
    if unknown:
        parser.error(f"no such data: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        return max(bench(DATA_SETS[name], own, Path(folder)) for name in own.data or DATA_SETS)


if __name__ == "__main__":
    sys.exit(main())

"""What do many random starts on few cells cost, beside scikit-learn's own?

On the Mall data (196 cells), k = 5 and 200 starts each: all at once as NumPy arrays, which is what
Segmentry does; scikit-learn fitted once with n_init=200, which does not tell how often the best
solution was hit; and 200 fits with n_init=1, which do. All single-threaded, medians of several
rounds. It also times, in fresh processes, importing scikit-learn beside a whole segmentation.

Run:  .venv/bin/python benchmarks/bench_restarts.py [ROUNDS]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

import segmentry
from segmentry.datasets import mall_customers_path
from segmentry.steps.restarts import restart

RESULT = Path(__file__).parent / "results" / "restarts.json"
STARTS, K = 200, 5


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def seconds_in_a_process(code: str) -> float:
    return timed(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def main(rounds: int) -> None:
    with segmentry.segment(mall_customers_path(), k=K) as result:
        points, weights = result.found.cells.points, result.found.cells.weights
        inertia = result.inertia

    def single(seed: int) -> KMeans:
        return KMeans(K, n_init=1, random_state=seed).fit(points, sample_weight=weights)

    ways = {
        "all at once": lambda: restart(points, weights, K, seed=0),
        "scikit-learn, n_init=200": lambda: KMeans(K, n_init=STARTS, random_state=0).fit(
            points, sample_weight=weights
        ),
        "scikit-learn, 200 fits": lambda: [single(seed) for seed in range(STARTS)],
        "import scikit-learn": lambda: seconds_in_a_process("import sklearn.cluster"),
        "import and segment": lambda: seconds_in_a_process(
            f"import segmentry; segmentry.segment({str(mall_customers_path())!r})"
        ),
    }
    with threadpool_limits(1):
        assert abs(min(single(seed).inertia_ for seed in range(20)) - inertia) < 1e-6 * inertia
        times = {name: [timed(work) for _ in range(rounds + 1)][1:] for name, work in ways.items()}
    medians = {name: statistics.median(own) for name, own in times.items()}
    for name, own in medians.items():
        print(f"{name:<26} {1000 * own:8.1f} ms")
    ratios = {
        "n_init=200 / all at once": medians["scikit-learn, n_init=200"] / medians["all at once"],
        "200 fits / all at once": medians["scikit-learn, 200 fits"] / medians["all at once"],
        "import scikit-learn / segment": medians["import scikit-learn"]
        / medians["import and segment"],
    }
    for name, ratio in ratios.items():
        print(f"{name:<30} {ratio:6.2f}")
    RESULT.write_text(
        json.dumps(
            {
                "rounds": rounds,
                "median_ms": {name: round(1000 * own, 2) for name, own in medians.items()},
                "ratios": {name: round(own, 2) for name, own in ratios.items()},
                "numpy": np.__version__,
            },
            indent=2,
        )
        + "\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)

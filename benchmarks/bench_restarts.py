"""What do many random starts on few cells cost, beside scikit-learn's own?

On the Mall data (196 cells), k = 5 and 200 starts each: all at once as NumPy arrays, which is what
Segmentry does; scikit-learn fitted once with n_init=200, which does not tell how often the best
solution was hit; and 200 fits with n_init=1, which do. All single-threaded, medians of several
rounds. It also times, in fresh processes, importing scikit-learn beside a whole segmentation.

Run:  .venv/bin/python benchmarks/bench_restarts.py [--rounds N]
"""

from __future__ import annotations

import subprocess
import sys

from harness import Claim, finish, median_run, options, seconds_of
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

import segmentry
from segmentry.datasets import mall_customers_path
from segmentry.steps.restarts import restart

STARTS, K = 200, 5
OFFICIAL_ROUNDS = 7


def seconds_in_a_process(code: str) -> float:
    return seconds_of(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def main(rounds: int) -> int:
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
        best = min(single(seed).inertia_ for seed in range(20))
        times = {
            name: [seconds_of(work) for _ in range(rounds + 1)][1:] for name, work in ways.items()
        }
    runs = {name: median_run(name, own) for name, own in times.items()}

    def beside(question: str, slow: str, quick: str, unit: str) -> Claim:
        return Claim(question, runs[slow].seconds / runs[quick].seconds, unit)

    work = f"{STARTS} random starts on the Mall data all at once, beside"
    claims = [
        beside(
            f"{work} scikit-learn's `n_init={STARTS}`, which does not count hits",
            "scikit-learn, n_init=200", "all at once", "× faster",
        ),
        beside(
            f"{work} {STARTS} fits, which do", "scikit-learn, 200 fits", "all at once", "× faster"
        ),
        beside(
            "Importing scikit-learn, beside importing Segmentry and segmenting 200 customers",
            "import scikit-learn", "import and segment", "× longer",
        ),
    ]  # fmt: skip
    same = abs(best - inertia) < 1e-6 * inertia
    problems = [] if same else [f"inertia {inertia!r} beside {best!r}"]
    return finish(
        "restarts",
        claims,
        runs=list(runs.values()),
        problems=problems,
        official=rounds >= OFFICIAL_ROUNDS,
    )


if __name__ == "__main__":
    sys.exit(main(options(__doc__, rounds=OFFICIAL_ROUNDS).parse_args().rounds))

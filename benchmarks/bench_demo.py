"""How long does `segmentry demo` take beside a plain script of the classic project?

Both are whole processes, run in turn on the same machine; the medians and their ratio count. The
plain script does what notebooks do: pandas, the elbow for k = 1..10 with n_init=10, the fit, three
plots with seaborn and matplotlib, joblib. Ours also makes the report, five figures as PNG and SVG,
200 restarts for each k, the silhouettes, the tables and the model files.

Run:  .venv/bin/python benchmarks/bench_demo.py [ROUNDS]
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from segmentry.datasets import mall_customers_path

RESULT = Path(__file__).parent / "results" / "demo.json"
MUST_REACH = 1.5

PLAIN = """
import matplotlib
matplotlib.use("Agg")
import joblib, matplotlib.pyplot as plt, pandas as pd, seaborn as sns, sys
from sklearn.cluster import KMeans

source, folder = sys.argv[1:]
customers = pd.read_csv(source)
print(customers.describe())
print(customers.isnull().sum())
X = customers[["Annual Income (k$)", "Spending Score (1-100)"]]

inertias = [KMeans(k, n_init=10, random_state=42).fit(X).inertia_ for k in range(1, 11)]
plt.figure(figsize=(8, 5))
plt.plot(range(1, 11), inertias, "o-")
plt.savefig(f"{folder}/elbow.png")

kmeans = KMeans(5, n_init=10, random_state=42).fit(X)
customers["segment"] = kmeans.labels_
plt.figure(figsize=(8, 6))
sns.scatterplot(customers, x=X.columns[0], y=X.columns[1], hue="segment", palette="Set1")
plt.scatter(*kmeans.cluster_centers_.T, c="black", marker="x")
plt.savefig(f"{folder}/segments.png")

figure, axes = plt.subplots(1, 2, figsize=(12, 4))
for axis, column in zip(axes, X.columns):
    sns.histplot(customers[column], kde=True, ax=axis)
figure.savefig(f"{folder}/distributions.png")

print(customers.groupby("segment")[list(X.columns)].mean())
joblib.dump(kmeans, f"{folder}/kmeans_model.joblib")
print(repr(kmeans.inertia_))
"""


def seconds_of(command: list[str]) -> tuple[float, str]:
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - started, done.stdout


def main(rounds: int) -> None:
    times: dict[str, list[float]] = {"plain script": [], "segmentry demo": []}
    with tempfile.TemporaryDirectory() as folder:
        plain = [sys.executable, "-c", PLAIN, str(mall_customers_path()), folder]
        ours = [sys.executable, "-m", "segmentry", "demo", "-o", f"{folder}/run", "--force"]
        for _ in range(rounds + 1):  # the first round warms the disk and is not counted
            for name, command in (("plain script", plain), ("segmentry demo", ours)):
                seconds, said = seconds_of(command)
                times[name].append(seconds)
                if name == "plain script":
                    inertia = float(said.splitlines()[-1])
        summary = json.loads((Path(folder) / "run" / "summary.json").read_text())
    assert abs(summary["inertia"] - inertia) < 1e-6 * inertia, "the answers differ"
    medians = {name: statistics.median(own[1:]) for name, own in times.items()}
    ratio = medians["segmentry demo"] / medians["plain script"]
    for name, own in medians.items():
        print(f"{name:<16} {own:6.2f} s")
    print(f"ratio            {ratio:6.2f}   (must be at most {MUST_REACH})")
    RESULT.parent.mkdir(exist_ok=True)
    libraries = ("duckdb", "matplotlib", "numpy", "pandas", "scikit-learn", "sqlglot")
    RESULT.write_text(
        json.dumps(
            {
                "rounds": rounds,
                "median_seconds": {name: round(own, 3) for name, own in medians.items()},
                "ratio": round(ratio, 3),
                "must_reach": MUST_REACH,
                "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
                "versions": {name: version(name) for name in libraries},
            },
            indent=2,
        )
        + "\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)

"""How long does `segmentry demo` take beside a plain script of the classic project?

Both are whole processes, run in turn on the same machine; the medians and their ratio count. The
plain script does what notebooks do: pandas, the elbow for k = 1..10 with n_init=10, the fit, three
plots with seaborn and matplotlib, joblib. Ours also makes the report, five figures as PNG and SVG,
200 restarts for each k, the silhouettes, the tables and the model files.

Run:  .venv/bin/python benchmarks/bench_demo.py [--rounds N]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from harness import Claim, finish, median_run, options
from processes import measure

from segmentry.datasets import mall_customers_path

MUST_REACH = 1.5
OFFICIAL_ROUNDS = 9

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


def main(rounds: int) -> int:
    times: dict[str, list[float]] = {"plain script": [], "segmentry demo": []}
    with tempfile.TemporaryDirectory() as folder:
        plain = [sys.executable, "-c", PLAIN, str(mall_customers_path()), folder]
        ours = [sys.executable, "-m", "segmentry", "demo", "-o", f"{folder}/run", "--force"]
        for _ in range(rounds + 1):  # the first round warms the disk and is not counted
            for name, command in (("plain script", plain), ("segmentry demo", ours)):
                finished = measure(command)
                times[name].append(finished.seconds)
                if name == "plain script":
                    inertia = float(finished.out.splitlines()[-1])
        summary = json.loads((Path(folder) / "run" / "summary.json").read_text())
    runs = {name: median_run(name, own[1:]) for name, own in times.items()}
    ratios = [b / a for a, b in zip(*(own[1:] for own in times.values()), strict=True)]
    claim = Claim(
        "`segmentry demo`, report included, beside a plain script of the classic project",
        runs["segmentry demo"].seconds / runs["plain script"].seconds,
        "× longer",
        at_most=MUST_REACH,
        note=f"single rounds: {min(ratios):.2f} to {max(ratios):.2f}",
    )
    same = abs(summary["inertia"] - inertia) < 1e-6 * inertia
    problems = [] if same else [f"inertia {summary['inertia']!r} beside {inertia!r}"]
    return finish(
        "demo",
        [claim],
        runs=list(runs.values()),
        problems=problems,
        official=rounds >= OFFICIAL_ROUNDS,
    )


if __name__ == "__main__":
    sys.exit(main(options(__doc__, rounds=OFFICIAL_ROUNDS).parse_args().rounds))

"""What a user would take instead of Segmentry; each run is a process of its own.

    rivals.py fit RIVAL FILE --features A,B …     read, elbow, final fit, predict, write
    rivals.py score FILE --model JOBLIB …         read, predict, write

RIVAL is ``scikit-learn`` (KMeans, as in every notebook), ``minibatch`` (its MiniBatchKMeans),
``faiss`` (on all rows) or ``faiss-sampled`` (which trains on 256 rows a centre: its default).
Prints one JSON object: seconds by part, each fit, and the final inertia on all rows.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["ELBOW", "FITTERS", "STARTS", "in_coordinates", "inertia_of"]

ELBOW = range(1, 11)
STARTS = 10
_CHUNK = 1_000_000
_FULL_ELBOW = ",".join(f"{k}:{STARTS}" for k in ELBOW)

Fitter = Callable[..., Any]
"""Takes points, k, n_init and seed; gives what has cluster_centers_ and predict()."""


class _Clock:
    """Seconds by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


# ---------------------------------------------------------------- the rivals


def _scikit_learn() -> Fitter:
    from sklearn.cluster import KMeans

    return lambda points, k, n_init, seed: KMeans(k, n_init=n_init, random_state=seed).fit(points)


def _minibatch() -> Fitter:
    from sklearn.cluster import MiniBatchKMeans

    return lambda points, k, n_init, seed: MiniBatchKMeans(k, n_init=n_init, random_state=seed).fit(
        points
    )


def _faiss(*, sampled: bool) -> Fitter:
    import faiss

    class Fitted:
        """FAISS under scikit-learn's names."""

        def __init__(self, points: Any, k: int, n_init: int, seed: int) -> None:
            limit = {} if sampled else {"max_points_per_centroid": len(points)}
            self._kmeans = faiss.Kmeans(points.shape[1], k, nredo=n_init, seed=seed, **limit)
            self._kmeans.train(points)
            self.cluster_centers_ = self._kmeans.centroids

        def predict(self, points: Any) -> np.ndarray:
            labels: np.ndarray = self._kmeans.index.search(points, 1)[1][:, 0]
            return labels

    return Fitted


FITTERS: dict[str, Callable[[], Fitter]] = {
    "scikit-learn": _scikit_learn,
    "minibatch": _minibatch,
    "faiss": lambda: _faiss(sampled=False),
    "faiss-sampled": lambda: _faiss(sampled=True),
}


# ---------------------------------------------------------------- fit


def fit(own: argparse.Namespace) -> dict[str, Any]:
    """Read, elbow, final fit, predict, write."""
    clock = _Clock()
    with clock.part("import"):
        import pandas as pd

        try:
            fitter = FITTERS[own.rival]()
        except ImportError:
            return {"skipped": "pip install faiss-cpu"}
    with clock.part("read"):
        customers = pd.read_parquet(own.file, columns=[own.id, *own.features])
    with clock.part("prepare"):
        points = in_coordinates(customers[own.features], own.plan)
        ready = points
        if own.rival.startswith("faiss"):
            ready = np.ascontiguousarray(points, dtype=np.float32)
    fits = []
    for k, n_init in own.fits:
        with clock.part("elbow"):
            started = time.perf_counter()
            fitter(ready, k, n_init, own.seed)
        fits.append({"k": k, "n_init": n_init, "seconds": time.perf_counter() - started})
    with clock.part("fit"):
        model = fitter(ready, own.k, own.n_init, own.seed)
    if own.output:
        with clock.part("predict"):
            customers["segment"] = model.predict(ready) + 1
        with clock.part("write"):
            customers.to_parquet(own.output)
    inertia = inertia_of(points, np.asarray(model.cluster_centers_, dtype=float))
    return {"seconds": clock.seconds, "fits": fits, "inertia": inertia}


def in_coordinates(points: Any, plan: Path | None) -> Any:
    """The points in the coordinates of a plan, as ``summary.json`` holds it, or as they are."""
    if plan is None:
        return points
    content = json.loads(plan.read_text())
    prepared = points.astype(float)
    for own in content["plan"]["features"]:
        values = points[own["name"]]
        values = np.log1p(values) if own["transform"] == "log1p" else values
        prepared[own["name"]] = (values - own["center"]) / own["scale"]
    return prepared


def inertia_of(points: Any, centers: np.ndarray) -> float:
    """On all rows in double precision, the same for every rival; not among the seconds."""
    total = 0.0
    for start in range(0, len(points), _CHUNK):
        chunk = np.asarray(points[start : start + _CHUNK], dtype=float)
        total += np.min([((chunk - own) ** 2).sum(axis=1) for own in centers], axis=0).sum()
    return float(total)


# ---------------------------------------------------------------- score


def score(own: argparse.Namespace) -> dict[str, Any]:
    """Read, predict with a stored model, write."""
    clock = _Clock()
    with clock.part("import"):
        import joblib
        import pandas as pd
        import sklearn.cluster  # noqa: F401

        model = joblib.load(own.model)
    with clock.part("read"):
        customers = pd.read_parquet(own.file, columns=[own.id, *own.features])
    with clock.part("predict"):
        points = customers[own.features]
        answer = customers[[own.id]].copy()
        answer["segment"] = model.predict(points) + 1
        if own.all_columns:
            _add_distances(answer, model.transform(points), own.all_columns)
    with clock.part("write"):
        answer.to_parquet(own.output)
    return {"seconds": clock.seconds}


def _add_distances(answer: Any, distances: np.ndarray, model_json: Path) -> None:
    """Name, distance and margin, which Segmentry writes too."""
    segments = json.loads(model_json.read_text())["model"]["segments"]
    names = np.array([segment["name"] for segment in segments], dtype=object)
    answer["segment_name"] = names[answer["segment"] - 1]
    nearest, second = np.partition(distances, 1, axis=1)[:, :2].T
    answer["distance"] = nearest
    answer["margin"] = (second - nearest) / second


# ---------------------------------------------------------------- as a script


def _fits(text: str) -> list[tuple[int, int]]:
    """``2:10,5:1`` is k = 2 with n_init=10, then k = 5 with n_init=1; empty is none."""
    pairs = (own.split(":") for own in text.split(",") if own)
    return [(int(k), int(n_init)) for k, n_init in pairs]


def _names(text: str) -> list[str]:
    return text.split(",")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    works = parser.add_subparsers(required=True)
    fitting = works.add_parser("fit")
    fitting.set_defaults(work=fit)
    fitting.add_argument("rival", choices=FITTERS)
    fitting.add_argument("--k", type=int, default=5)
    fitting.add_argument("--n-init", type=int, default=STARTS, help="of the final fit")
    fitting.add_argument("--fits", type=_fits, default=_FULL_ELBOW, help="of the elbow: k:n_init,…")
    fitting.add_argument("--plan", type=Path, help="a summary.json, whose coordinates are taken")
    fitting.add_argument("--seed", type=int, default=0)
    scoring = works.add_parser("score")
    scoring.set_defaults(work=score)
    scoring.add_argument("--model", required=True, type=Path)
    scoring.add_argument("--all-columns", type=Path, help="model.json: write what it tells as well")
    for work in (fitting, scoring):
        work.add_argument("file", type=Path)
        work.add_argument("--features", type=_names, required=True)
        work.add_argument("--id", default="customer_id")
        work.add_argument("--output", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _parse()
    print(json.dumps(arguments.work(arguments)))

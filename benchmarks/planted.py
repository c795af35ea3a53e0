"""Seeded data sets with a known number of segments, and others with none.

Written before the rule that they test. Families differ in one difficulty each; in a *separated*
family the nearest centres are at least six within-cluster standard deviations apart. Even numbers
of a family are for tuning, odd ones for reporting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator

__all__ = ["DataSet", "planted", "structureless"]


@dataclass(frozen=True)
class DataSet:
    """Rows with a known number of clusters; 1 means none."""

    family: str
    number: int
    rows: Floats
    k: int
    separated: bool

    @property
    def for_tuning(self) -> bool:
        """Whether a rule may be tuned on it; it must not be reported then."""
        return self.number % 2 == 0


def centers_apart(rng: Rng, k: int, axes: int, apart: float) -> Floats:
    """Draw k centres of which the nearest two are ``apart``, and none is lonely."""
    while True:
        centers = rng.standard_normal((k, axes))
        gaps = np.linalg.norm(centers[:, None] - centers[None], axis=2)
        np.fill_diagonal(gaps, np.inf)
        if gaps.min(axis=1).max() < 2.5 * gaps.min():
            return centers * apart / gaps.min()


def mixture(rng: Rng, centers: Floats, sizes: npt.NDArray[np.int64], deviations: Floats) -> Floats:
    """Rows around the centres, each group with its own standard deviation."""
    group = np.repeat(np.arange(len(centers)), sizes)
    noise = rng.standard_normal((len(group), centers.shape[1]))
    rows: Floats = centers[group] + noise * deviations[group][:, None]
    return rows


def _sizes(rng: Rng, k: int, *, unequal: bool) -> npt.NDArray[np.int64]:
    base = int(rng.integers(60, 180))
    if not unequal:
        return np.full(k, base)
    shares = np.geomspace(1, 12, k)
    return np.maximum((shares / shares.mean() * base).astype(int), 25)


def _equal(rng: Rng, k: int, axes: int) -> Floats:
    centers = centers_apart(rng, k, axes, rng.uniform(6, 9))
    return mixture(rng, centers, _sizes(rng, k, unequal=False), np.ones(k))


def _unequal_sizes(rng: Rng, k: int, axes: int) -> Floats:
    centers = centers_apart(rng, k, axes, rng.uniform(6, 9))
    return mixture(rng, centers, _sizes(rng, k, unequal=True), np.ones(k))


def _unequal_spreads(rng: Rng, k: int, axes: int) -> Floats:
    centers = centers_apart(rng, k, axes, rng.uniform(6, 8))
    spreads = rng.uniform(0.35, 1.0, k)
    return mixture(rng, centers, _sizes(rng, k, unequal=False), spreads)


def _integers(rng: Rng, k: int, axes: int) -> Floats:
    rows = _equal(rng, k, axes)
    low, high = rows.min(axis=0), rows.max(axis=0)
    return np.round((rows - low) / (high - low) * rng.integers(20, 100, axes))


def _overlapping(rng: Rng, k: int, axes: int) -> Floats:
    centers = centers_apart(rng, k, axes, rng.uniform(4.0, 4.8))
    return mixture(rng, centers, _sizes(rng, k, unequal=False), np.ones(k))


def _irrelevant(rng: Rng, k: int, axes: int) -> Floats:
    rows = _equal(rng, k, axes)
    noise = rng.standard_normal((len(rows), int(rng.integers(1, 3))))
    return np.hstack([rows, noise * rows.std(axis=0).mean()])


def _heavy_tails(rng: Rng, k: int, axes: int) -> Floats:
    centers = centers_apart(rng, k, axes, rng.uniform(7, 9))
    group = np.repeat(np.arange(k), _sizes(rng, k, unequal=False))
    noise = rng.standard_t(4, (len(group), axes)) / np.sqrt(2)
    return centers[group] + noise


def _skewed(rng: Rng, k: int, axes: int) -> Floats:
    rows = _equal(rng, k, axes)
    return np.exp(rows / rows.std(axis=0) * 0.9 + 3)


Maker = Callable[[Rng, int, int], Floats]
_PLANTED: dict[str, tuple[Maker, bool]] = {
    "equal": (_equal, True),
    "unequal sizes": (_unequal_sizes, True),
    "unequal spreads": (_unequal_spreads, True),
    "integers": (_integers, True),
    "overlapping": (_overlapping, False),
    "irrelevant features": (_irrelevant, False),
    "heavy tails": (_heavy_tails, False),
    "skewed": (_skewed, False),
}
_SHAPES = [(2, 2), (3, 2), (5, 2), (4, 3), (7, 3), (2, 5), (6, 4), (9, 5), (8, 10), (3, 8)]
"""Numbers of clusters and of features; few features hold no nine clusters of one width."""


def planted(seed: int = 0) -> Iterator[DataSet]:
    """Eighty data sets: ten of each of eight families."""
    for f, (family, (make, separated)) in enumerate(_PLANTED.items()):
        for number, (k, axes) in enumerate(_SHAPES):
            rng = np.random.default_rng([seed, f, number])
            yield DataSet(family, number, make(rng, k, axes), k, separated)


def _correlated(rng: Rng, rows: int, axes: int) -> Floats:
    mixing = rng.standard_normal((axes, axes)) + np.eye(axes)
    return rng.standard_normal((rows, axes)) @ mixing


_NONE: dict[str, Callable[[Rng, int, int], Floats]] = {
    "uniform": lambda rng, rows, axes: rng.uniform(0, 1, (rows, axes)),
    "one Gaussian": lambda rng, rows, axes: rng.standard_normal((rows, axes)),
    "correlated Gaussian": _correlated,
    "skewed continuum": lambda rng, rows, axes: np.exp(
        rng.uniform(0.4, 1.2) * rng.standard_normal((rows, axes))
    ),
    "exponential": lambda rng, rows, axes: rng.exponential(1.0, (rows, axes)),
    "Poisson counts": lambda rng, rows, axes: rng.poisson(
        rng.uniform(0.3, 6, axes), (rows, axes)
    ).astype(float),
    "integers": lambda rng, rows, axes: rng.integers(
        0, rng.integers(5, 100, axes), (rows, axes)
    ).astype(float),
}


def structureless(seed: int = 0) -> Iterator[DataSet]:
    """Forty-two data sets without any segment: six of each of seven families."""
    for f, (family, make) in enumerate(_NONE.items()):
        for number in range(6):
            rng = np.random.default_rng([seed, 100 + f, number])
            rows = int(rng.integers(200, 1_500))
            yield DataSet(family, number, make(rng, rows, 2 + number // 2 * 1), 1, separated=False)

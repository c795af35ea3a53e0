"""Small tables of customers that several tests share."""

from __future__ import annotations

import numpy as np

from segmentry.steps.compression import Cells


def cells_of(rows: np.ndarray) -> Cells:
    points, counts = np.unique(rows, axis=0, return_counts=True)
    weights = counts.astype(float)
    spreads = np.zeros(len(points))
    bounds = rows.min(axis=0), rows.max(axis=0)
    return Cells("distinct", points, points, weights, spreads, len(rows), *bounds)


def integer_rows(seed: int, n: int = 400) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, 12, size=(n, 2)).astype(float)

"""Small tables of customers that several tests share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sqlglot import exp

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.model import FeaturePlan, Plan
from segmentry.steps.compression import Cells
from segmentry.steps.reading import Reading
from segmentry.steps.sources import open_source


def cells_of(rows: np.ndarray) -> Cells:
    points, counts = np.unique(rows, axis=0, return_counts=True)
    weights = counts.astype(float)
    spreads = np.zeros(len(points))
    bounds = rows.min(axis=0), rows.max(axis=0)
    return Cells("distinct", points, points, weights, spreads, len(rows), *bounds)


def integer_rows(seed: int, n: int = 400) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, 12, size=(n, 2)).astype(float)


def plan_of(rows: np.ndarray, *, scale: float = 1.0) -> Plan:
    """The plan that leaves everything in its own units."""
    features = tuple(FeaturePlan(f"x{i}", 0.0, scale) for i in range(rows.shape[1]))
    return Plan(features, "none" if scale == 1.0 else "zscore", "as it is")


def planted_rows(seed: int, *, k: int, n: int = 60, apart: float = 8.0) -> np.ndarray:
    """Groups of n around places on a circle, rows shuffled."""
    rng = np.random.RandomState(seed)
    turns = 2 * np.pi * np.arange(k) / k
    radius = apart / (2 * np.sin(np.pi / k)) if k > 1 else 0.0
    places = radius * np.column_stack([np.cos(turns), np.sin(turns)])
    return rng.permutation(np.vstack([rng.randn(n, 2) + place for place in places]))


def shop_with_gaps() -> pd.DataFrame:
    """300 customers of a shop: a skewed spend and visits with gaps, a town with gaps, an age."""
    rng = np.random.RandomState(7)
    groups = rng.randint(0, 3, 300)
    table = pd.DataFrame({
        "spend": np.round(np.exp(np.array([3, 5, 4])[groups] + 0.5 * rng.randn(300)), 2),
        "visits": np.array([2.0, 8.0, 25.0])[groups] + rng.randint(0, 4, 300),
        "town": np.array(["Berlin", "Kiel", "Ulm"])[(groups + (rng.rand(300) < 0.2)) % 3],
        "age": rng.randint(18, 80, 300),
    })  # fmt: skip
    table.loc[::29, "spend"] = np.nan
    table.loc[5::31, "visits"] = np.nan
    table["town"] = table["town"].astype(object)
    table.loc[3::37, "town"] = None
    return table


def columns_of(source: Any, *, table: str = "customers", **reading: Any) -> dict[str, list[Any]]:
    """The columns of a source as the engine holds them: typed, or ``raw`` as they came."""
    with DuckDBEngine() as engine:
        open_source(source, engine, Reading(**reading))
        found = dict(engine.arrow(exp.select("*").from_(table)).to_pydict())
    return {name: cells for name, cells in found.items() if name != "_segmentry_row"}

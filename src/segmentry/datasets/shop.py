"""A made-up shop of any size, so that anyone can repeat what we measured."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentry.datasets.chunks import write_chunks

__all__ = ["make_shop"]

_REGIONS = ("North", "East", "South", "West", "Centre")
_SHARES = (0.4, 0.2, 0.17, 0.12, 0.11)
_INCOMES = (55, 87, 88, 26, 26)
_SPENDINGS = (50, 82, 17, 21, 79)
_SPREADS = ((9, 6), (16, 9), (16, 9), (8, 12), (8, 10))


def make_shop(n: int, seed: int = 0, *, path: str | os.PathLike[str] = "shop.parquet") -> Path:
    """Write a seeded synthetic shop of n customers as Parquet, a million customers at a time.

    Five groups of customers differ in income and spending, as on the Mall data; recency, orders
    and revenue follow from them with heavy tails. Nothing in it is about a real person.

    Parameters
    ----------
    n : int
        Number of customers.
    seed : int
        The same seed gives the same rows; the first rows of a larger shop are those of a smaller
        one, in whole millions.
    path : str or PathLike
        The file to write. It appears whole or not at all.

    Returns
    -------
    Path
        The file, with the columns ``customer_id`` (text), ``gender``, ``age`` (years),
        ``income`` (k$ a year, whole), ``spending`` (1 to 100, whole), ``recency_days``, ``orders``,
        ``revenue`` ($) and ``region``.

    Raises
    ------
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow.parquet as pq
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     shop = make_shop(1_000, seed=1, path=Path(folder) / "shop.parquet")
    ...     pq.read_table(shop).shape
    (1000, 9)
    """
    return write_chunks(path, n, seed, _SCHEMA, _customers)


_SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "gender": pa.string(),
        "age": pa.int32(),
        "income": pa.int32(),
        "spending": pa.int32(),
        "recency_days": pa.int32(),
        "orders": pa.int32(),
        "revenue": pa.float64(),
        "region": pa.string(),
    }
)


def _customers(start: int, rows: int, rng: np.random.Generator) -> pa.Table:
    group = rng.choice(len(_SHARES), rows, p=_SHARES)
    spread = np.array(_SPREADS)[group]
    income = np.array(_INCOMES)[group] + spread[:, 0] * rng.standard_normal(rows)
    spending = np.array(_SPENDINGS)[group] + spread[:, 1] * rng.standard_normal(rows)
    orders = 1 + rng.poisson(rng.gamma(0.8, 0.06 * np.clip(spending, 1, None)))
    basket = np.exp(3.2 + 0.004 * income + 0.7 * rng.standard_normal(rows))
    columns = [
        np.char.add("C", np.char.zfill(np.arange(start + 1, start + rows + 1).astype(str), 9)),
        np.where(rng.random(rows) < 0.56, "Female", "Male"),
        np.clip(rng.normal(np.where(group == 4, 26, 40), 12), 18, 90).astype(np.int32),
        np.clip(income, 5, 180).astype(np.int32),
        np.clip(spending, 1, 100).astype(np.int32),
        np.minimum(rng.exponential(400 / orders), 1_500).astype(np.int32),
        orders.astype(np.int32),
        np.round(orders * basket, 2),
        np.array(_REGIONS)[rng.integers(0, len(_REGIONS), rows)],
    ]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, _SCHEMA.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)

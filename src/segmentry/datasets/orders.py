"""Made-up order lines of any number, so that anyone can repeat what we measured."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentry.datasets.chunks import write_chunks

__all__ = ["make_orders"]

_LINES_A_CUSTOMER = 20
_DAYS = 730
_LAST_DAY = np.datetime64("2026-06-30")
_PRODUCTS = 2_000
_RETURNED = 0.03
# Share of the customers, orders against the others, days ago of the first and the last order.
_GROUPS = (
    (0.15, 6.0, 720, 0),
    (0.20, 3.0, 720, 240),
    (0.20, 1.0, 90, 0),
    (0.30, 1.0, 720, 0),
    (0.15, 0.6, 720, 420),
)


def make_orders(
    n_lines: int, seed: int = 0, *, path: str | os.PathLike[str] = "orders.parquet"
) -> Path:
    """Write seeded synthetic order lines as Parquet, a million at a time.

    There is about a customer for 20 lines, of five kinds: loyal ones, ones that stopped coming,
    new ones, occasional ones and ones gone for long. How often they order and what they pay have
    heavy tails; 3 % of the lines are returns. Nothing in it is about a real person.

    Parameters
    ----------
    n_lines : int
        Number of lines.
    seed : int
        The same seed gives the same lines.
    path : str or PathLike
        The file to write. It appears whole or not at all.

    Returns
    -------
    Path
        The file, with the columns ``customer_id`` (text), ``order_id``, ``order_date``,
        ``product`` (text), ``quantity`` (negative in a return) and ``amount`` ($, of the line).

    Raises
    ------
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow.parquet as pq
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     orders = make_orders(1_000, seed=1, path=Path(folder) / "orders.parquet")
    ...     pq.read_table(orders).shape
    (1000, 6)
    """
    shop = _Shop(max(1, n_lines // _LINES_A_CUSTOMER), seed)
    return write_chunks(path, n_lines, seed, _SCHEMA, shop.lines)


_SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "order_id": pa.int64(),
        "order_date": pa.date32(),
        "product": pa.string(),
        "quantity": pa.int32(),
        "amount": pa.float64(),
    }
)


class _Shop:
    """The customers: how likely each one is to order, when, and how much one pays."""

    def __init__(self, customers: int, seed: int) -> None:
        rng = np.random.default_rng([seed, customers])
        group = rng.choice(len(_GROUPS), customers, p=[own[0] for own in _GROUPS])
        _, orders, first, last = np.array(_GROUPS)[group].T
        weights = orders * rng.gamma(1.2, 1.0, customers) + 0.02
        self.reached = np.cumsum(weights) / weights.sum()
        self.first = last + (first - last) * rng.random(customers) ** 0.5
        self.last = last
        self.level = np.exp(0.6 * rng.standard_normal(customers) + 0.25 * np.log1p(weights))

    def lines(self, start: int, rows: int, rng: np.random.Generator) -> pa.Table:
        """Some rows: orders one after the other, each with one to several lines."""
        sizes = 1 + rng.poisson(1.5, rows)
        order = np.repeat(np.arange(rows), sizes)[:rows]
        orders = int(order[-1]) + 1
        customer = np.searchsorted(self.reached, rng.random(orders), side="right")
        customer = np.minimum(customer, len(self.reached) - 1)
        gap = self.first[customer] - self.last[customer]
        days_ago = (self.last[customer] + gap * rng.random(orders)).astype(np.int64)
        return self._table(start, order, customer[order], days_ago[order], rng)

    def _table(
        self,
        start: int,
        order: np.ndarray[tuple[int], np.dtype[np.int64]],
        customer: np.ndarray[tuple[int], np.dtype[np.int64]],
        days_ago: np.ndarray[tuple[int], np.dtype[np.int64]],
        rng: np.random.Generator,
    ) -> pa.Table:
        rows = len(order)
        returned = rng.random(rows) < _RETURNED
        quantity = (1 + rng.geometric(0.6, rows) // 2) * np.where(returned, -1, 1)
        price = np.exp(2.5 + 0.8 * rng.standard_normal(rows)) * self.level[customer]
        product = np.minimum(rng.zipf(1.3, rows), _PRODUCTS)
        columns = [
            np.char.add("C", np.char.zfill((customer + 1).astype(str), 8)),
            start + order + 1,
            _LAST_DAY - days_ago,
            np.char.add("P", np.char.zfill(product.astype(str), 4)),
            quantity.astype(np.int32),
            np.round(quantity * price, 2),
        ]
        arrays = [pa.array(own, kind) for own, kind in zip(columns, _SCHEMA.types, strict=True)]
        return pa.Table.from_arrays(arrays, schema=_SCHEMA)

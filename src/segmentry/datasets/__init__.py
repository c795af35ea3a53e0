"""Data that comes with the package."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentry.datasets.orders import make_orders as make_orders
    from segmentry.datasets.shop import make_shop as make_shop

__all__ = ["make_orders", "make_shop", "mall_customers_path"]


def __getattr__(name: str) -> Any:
    if name == "make_orders":
        return importlib.import_module("segmentry.datasets.orders").make_orders
    if name == "make_shop":
        return importlib.import_module("segmentry.datasets.shop").make_shop
    raise AttributeError(f"module 'segmentry.datasets' has no attribute {name!r}")


def mall_customers_path() -> Path:
    """Return the path of the Mall Customers data: 200 customers of a shopping mall.

    Columns: CustomerID, Gender, Age (years), Annual Income (k$, thousands of dollars a year),
    Spending Score (1-100, given by the mall).

    >>> mall_customers_path().name
    'Mall_Customers.csv'
    """
    return Path(__file__).with_name("Mall_Customers.csv")

"""Data that comes with the package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["mall_customers_path"]


def mall_customers_path() -> Path:
    """Return the path of the Mall Customers data: 200 customers of a shopping mall.

    Columns: CustomerID, Gender, Age (years), Annual Income (k$, thousands of dollars a year),
    Spending Score (1-100, given by the mall).

    >>> mall_customers_path().name
    'Mall_Customers.csv'
    """
    return Path(__file__).with_name("Mall_Customers.csv")

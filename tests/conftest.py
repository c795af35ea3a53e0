"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.datasets import mall_customers_path


@pytest.fixture(scope="session")
def mall() -> Path:
    """The Mall Customers data."""
    return mall_customers_path()

"""What leaves a database in a whole run: cells, samples and aggregates, but not its rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import segmentry
from segmentry.engines.postgres_session import Session
from segmentry.engines.spark import SparkEngine

pytestmark = pytest.mark.slow

MOST_ROWS = 50_000
MOST_BYTES = 64 * 2**20


class Watched:
    """Lets every answer through, and keeps how large it was.

    Counts by segment and value have a row for each bin of each feature: of them the bytes count.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
        self.rows: list[int] = []
        self.bytes: list[int] = []
        asked = kind.arrow

        def arrow(engine: object, query: object) -> pa.Table:
            table = asked(engine, query)
            counts = {"segment", "customers"} <= set(table.column_names)
            self.rows.append(0 if counts else table.num_rows)
            self.bytes.append(table.nbytes)
            return table

        monkeypatch.setattr(kind, "arrow", arrow)

    def assert_small(self) -> None:
        assert len(self.rows) > 15
        assert max(self.rows) <= MOST_ROWS
        assert max(self.bytes) <= MOST_BYTES


def customers(rows: int, features: int) -> pa.Table:
    """Customers whose combinations of values are as many as they are."""
    rng = np.random.default_rng(7)
    centres = rng.normal(0, 4, (3, features))
    values = centres[rng.integers(0, 3, rows)] + rng.normal(0, 1, (rows, features))
    columns = {f"f{i}": values[:, i] for i in range(features)}
    cities = pa.array(np.array(["Graz", "Linz", "Wels"])[rng.integers(0, 3, rows)])
    return pa.table({"customer_id": range(rows), **columns, "city": cities})


WAYS = [(2, "lattice"), (5, "sample")]


@pytest.mark.parametrize(("features", "kind"), WAYS)
def test_no_more_than_cells_and_aggregates_leave_postgres(postgres, monkeypatch, features, kind):
    table = postgres.load("leaving", customers(300_000, features))
    watched = Watched(monkeypatch, Session)
    with segmentry.segment(postgres.url("writer"), table=table, k=3, k_max=3) as result:
        result.write_table("marketing.leaving", replace=True)
        assert sum(result.segments["customers"]) == 300_000
        assert result.found.cells.kind == kind
    watched.assert_small()


@pytest.mark.parametrize(("features", "kind"), WAYS)
def test_no_more_than_cells_and_aggregates_leave_spark(spark, monkeypatch, features, kind):
    source = spark.frame(customers(300_000, features))
    watched = Watched(monkeypatch, SparkEngine)
    with segmentry.segment(source, k=3, k_max=3) as result:
        assert result.assign().count() == 300_000
        assert sum(result.segments["customers"]) == 300_000
        assert result.found.cells.kind == kind
    watched.assert_small()

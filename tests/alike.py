"""Whether two runs on the same customers, in different engines, say the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

import segmentry

HOSTILE = ['spend "net"; --', "`visits`\n{}", "age]*/ %s $1", "SELECT"]


def assert_alike(ours: segmentry.Segmentation, theirs: segmentry.Segmentation, *, within: float):
    """The same segments: how many, how large, what they are called, where their centres are."""
    assert ours.k == theirs.k
    mine, other = frame(ours.segments), frame(theirs.segments)
    assert mine["customers"].tolist() == other["customers"].tolist()
    assert mine["name"].tolist() == other["name"].tolist()
    centers = frame(ours.centers), frame(theirs.centers)
    np.testing.assert_allclose(*centers, rtol=within, atol=within)
    assert ours.found.cells.kind == theirs.found.cells.kind
    assert [own.role for own in ours.found.roles.all] == [
        own.role for own in theirs.found.roles.all
    ]


def assert_assigned_alike(ours, theirs):
    """Every customer has the same segment, at the same distance, whatever the order."""
    tables = (frame(ours), frame(theirs))
    mine, other = (own.sort_values(own.columns[0], ignore_index=True) for own in tables)
    pd.testing.assert_frame_equal(mine, other, check_exact=True, check_dtype=False)


def frame(table) -> pd.DataFrame:
    return table.to_pandas() if isinstance(table, pa.Table) else table


def turned(table: pa.Table) -> pa.Table:
    """The rows from the last to the first."""
    return table.take(pa.array(np.arange(len(table))[::-1].copy()))


def hostile_table(n: int = 400) -> pa.Table:
    """Numbers with gaps, categories, and names that mean something in SQL."""
    rng = np.random.default_rng(3)
    group = rng.integers(0, 3, n)
    spend = np.round(20 + 60 * group + rng.normal(0, 8, n), 2)
    visits = (3 + 9 * (group == 1) + rng.poisson(2, n)).astype(float)
    ages = rng.integers(18, 80, n).astype(float)
    spend[::17], visits[::23], ages[::11] = np.nan, np.nan, np.nan
    cities = np.array(["Graz", "Łódź", "", "n/a"], object)[rng.integers(0, 4, n)]
    return pa.table(
        {
            "customer_id": pa.array(range(1_001, 1_001 + n), pa.int64()),
            **{
                name: pa.array(own, from_pandas=True)
                for name, own in zip(HOSTILE, (spend, visits, ages, cities), strict=True)
            },
        }
    )

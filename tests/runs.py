"""Runs that tests of exports make files of: an ordinary one, and one of hostile names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import segmentry

HOSTILE_IDS = (
    "=HYPERLINK(\"http://example.com\")", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "＝1+1",
    " =1", "'=1", '"=1', "http://example.com/", "mailto:a@example.com", "internal:Sheet1!A1",
    "{=1+1}", "007", "12345678901234567890", "-12.5", "1e5", "TRUE", "<r><t>&</t></r>", "<b>&amp;",
    "_x0041_", "bell\x07", "K\u202eöln", "2024-01-02", "😀",
)  # fmt: skip
"""What a spreadsheet program would take for something else than the text that it is."""
HOSTILE_COLUMNS = ("=1+1", '@"><script>alert(1)</script>', "+{{7*7}}")
HOSTILE_LEVELS = ("=cmd|' /C calc'!A0", "</t></is><f>1</f>", "http://example.com/")


def hostile_table() -> pd.DataFrame:
    """60 customers in two groups, with names that would run, link or break out if they could."""
    rng = np.random.RandomState(3)
    groups = np.arange(60) % 2
    ids = [*HOSTILE_IDS, *(f"{i:016}" for i in range(60 - len(HOSTILE_IDS)))]
    first, second, third = HOSTILE_COLUMNS
    return pd.DataFrame({
        "=id": ids,
        first: 10.0 + 40 * groups + rng.randint(0, 5, 60),
        second: 100.0 - 50 * groups + rng.randint(0, 9, 60),
        third: np.array(HOSTILE_LEVELS)[(groups + np.arange(60) // 20) % 3],
    })  # fmt: skip


def write_mall_run(mall: Path, path: Path) -> Path:
    """The folder of a run on the Mall Customers data."""
    with segmentry.segment(mall) as result:
        result.write(path)
    return path


def write_hostile_run(path: Path) -> Path:
    """The folder of a run on hostile names."""
    first, second, third = HOSTILE_COLUMNS
    options = {"id": "=id", "features": [first, second], "profile": [third], "k": 2}
    with segmentry.segment(hostile_table(), **options) as result:
        result.write(path, flags=True)
    return path

"""How a synthetic table of any size is written: a million rows at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.files import whole_file

__all__ = ["write_chunks"]

_CHUNK = 1_000_000


def write_chunks(
    path: str | os.PathLike[str],
    n: int,
    seed: int,
    schema: pa.Schema,
    make: Callable[[int, int, np.random.Generator], pa.Table],
) -> Path:
    """Write n rows as Parquet; ``make`` gets the first row, how many, and what draws them.

    The first rows of a larger table are those of a smaller one, in whole millions.
    """
    target = Path(path)
    with whole_file(target) as draft, pq.ParquetWriter(draft, schema) as writer:
        for start in range(0, n, _CHUNK):
            rows = min(_CHUNK, n - start)
            writer.write_table(make(start, rows, np.random.default_rng([seed, start])))
    return target

"""The data of the benchmarks: seeded, made once a size into a cache folder, a million rows a time.

The folder is that of the variable SEGMENTRY_BENCH_DATA, else one among the temporary files.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.datasets import make_shop
from segmentry.files import whole_file

__all__ = ["DATA_SETS", "ID", "DataSet", "K", "cache_folder", "size_name"]

ID = "customer_id"
K = 5
"""How many groups are planted in each data set."""
_SEED = 1
_CHUNK = 1_000_000
_SHARES = (0.3, 0.25, 0.2, 0.15, 0.1)


@dataclass(frozen=True)
class DataSet:
    """Customers of any number.

    Attributes
    ----------
    name : str
        What results call it.
    features : tuple of str
        The columns to cluster on; the others are there as well.
    make : callable
        Writes so many customers to a path.
    """

    name: str
    features: tuple[str, ...]
    make: Callable[[int, Path], object]

    def path(self, rows: int) -> Path:
        """The Parquet file with so many customers, made first if need be and read once."""
        path = cache_folder() / f"{self.name}-{size_name(rows)}-seed{_SEED}.parquet"
        if not path.exists():
            print(f"Making {path.name}", flush=True)
            self.make(rows, path)
        _read_once(path)
        return path


def cache_folder() -> Path:
    """Where the data are kept; made if it is not there."""
    default = Path(tempfile.gettempdir()) / "segmentry-bench"
    folder = Path(os.environ.get("SEGMENTRY_BENCH_DATA") or default)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def size_name(rows: int) -> str:
    """``10m`` for ten million, ``100k`` for a hundred thousand."""
    for unit, letter in ((1_000_000, "m"), (1_000, "k")):
        if rows % unit == 0:
            return f"{rows // unit}{letter}"
    return str(rows)


def _read_once(path: Path) -> None:
    """Bring the file into the system's cache, so that whoever comes first does not pay for it."""
    with path.open("rb") as stream:
        while stream.read(1 << 24):
            pass


def _make_shop(rows: int, path: Path) -> None:
    make_shop(rows, seed=_SEED, path=path)


def _make_skewed(rows: int, path: Path) -> None:
    """Three features with heavy tails, like amounts of money."""
    _make_continuous(rows, path, axes=3, skewed=True)


def _make_plain(rows: int, path: Path) -> None:
    """Eight features without tails."""
    _make_continuous(rows, path, axes=8, skewed=False)


def _make_continuous(rows: int, path: Path, *, axes: int, skewed: bool) -> None:
    """Customers of five groups that overlap, with normal features or their exponentials."""
    names = [f"x{i + 1}" for i in range(axes)]
    schema = pa.schema([(ID, pa.int64()), *((name, pa.float64()) for name in names)])
    with whole_file(path) as draft, pq.ParquetWriter(draft, schema) as writer:
        for start in range(0, rows, _CHUNK):
            values = _continuous(start, min(_CHUNK, rows - start), axes=axes)
            if skewed:
                values = np.expm1(np.clip(3 + 0.9 * values, 0, None))
            numbers = pa.array(np.arange(start, start + len(values)))
            writer.write_table(pa.table([numbers, *map(pa.array, values.T)], schema=schema))


def _continuous(start: int, rows: int, *, axes: int) -> np.ndarray:
    rng = np.random.default_rng([_SEED, start, axes])
    spread = 1.2 if axes <= 3 else 1.6
    centers = np.random.default_rng([_SEED, axes]).normal(0, spread, (len(_SHARES), axes))
    group = rng.choice(len(_SHARES), rows, p=_SHARES)
    return centers[group] + 0.8 * rng.standard_normal((rows, axes))


DATA_SETS = {
    own.name: own
    for own in (
        DataSet("shop", ("income", "spending"), _make_shop),
        DataSet("skewed", ("x1", "x2", "x3"), _make_skewed),
        DataSet("plain", tuple(f"x{i}" for i in range(1, 9)), _make_plain),
    )
}

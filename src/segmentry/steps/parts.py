"""Step 1a: several Parquet files that are one table: a glob, or a folder, perhaps partitioned."""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from segmentry.errors import SourceError, SourceNotFoundError
from segmentry.steps.formats import check_header, damaged_parquet

__all__ = ["Parts", "folder_of", "only_file", "parts_of"]

_PARTITION = re.compile(r"([^=]+)=")


@dataclass(frozen=True)
class Parts:
    """The files of a table, in the order of their paths.

    Attributes
    ----------
    paths : tuple of Path
        Where they are.
    rows_before : tuple of int
        For each file the rows of all files before it.
    keys : tuple of str
        What their folders say of them: ``year`` of ``year=2026/month=01``.
    """

    paths: tuple[Path, ...]
    rows_before: tuple[int, ...]
    keys: tuple[str, ...]

    @property
    def detail(self) -> str:
        """How many there are, in words."""
        by = f", partitioned by {', '.join(self.keys)}" if self.keys else ""
        return f"Parquet, {len(self.paths):,} files{by}"


def folder_of(source: str) -> Path:
    """The folder below which a glob looks, or the path itself.

    >>> folder_of("data/year=*/part-*.parquet").as_posix()
    'data'
    """
    path = Path(source)
    if not glob.has_magic(source):
        return path
    fixed = next(i for i, part in enumerate(path.parts) if glob.has_magic(part))
    return Path(*path.parts[:fixed])


def parts_of(source: str) -> Parts | None:
    """The files that a glob or a folder of Parquet files stands for; None for a single file.

    Files and folders whose names begin with ``.`` or ``_`` are no data, as in Spark.

    Raises
    ------
    SourceError
        If a glob matches nothing, or the files are not all Parquet with the same columns.
    """
    path = Path(source)
    if only_file(source).is_file() or not (path.is_dir() or glob.has_magic(source)):
        return None
    base = folder_of(source)
    found = path.rglob("*.parquet") if path.is_dir() else _matches(source)
    paths = sorted(own for own in found if own.is_file() and not _is_hidden(own, base))
    if path.is_dir() and not paths:
        return None
    return _together(source, base, paths)


def only_file(source: str) -> Path:
    """The path itself, or the one file that a glob matches."""
    matches = _matches(source)
    return matches[0] if len(matches) == 1 else Path(source)


def _matches(source: str) -> list[Path]:
    if Path(source).exists() or not glob.has_magic(source):
        return []
    base = folder_of(source)
    return list(base.glob(str(Path(source).relative_to(base))))


def _is_hidden(path: Path, base: Path) -> bool:
    below = path.relative_to(base) if path.is_relative_to(base) else path
    return any(part.startswith((".", "_")) and "=" not in part for part in below.parts)


def _together(source: str, base: Path, paths: Sequence[Path]) -> Parts | None:
    if not paths:
        raise SourceNotFoundError(
            f"No file matches {source} (looking from {Path.cwd()}).",
            "Give a path, a folder of Parquet files, or a glob such as 'data/*.parquet'.",
            code="R01",
        )
    if others := [own for own in paths if not _is_parquet(own)]:
        raise SourceError(
            f"{source}: {len(others):,} of {len(paths):,} files are no Parquet ({others[0].name}).",
            "Only Parquet files are read together: give one file, or a glob of Parquet files.",
            code="R22",
        )
    tables = [_footer(own) for own in paths]
    first = tables[0].schema.names
    check_header(first, paths[0].name)
    for own, table in zip(paths, tables, strict=True):
        if odd := set(table.schema.names) ^ set(first):
            raise SourceError(
                f"{source}: {own.name} and {paths[0].name} differ in column {min(odd)!r}.",
                "Give files that have the same columns.",
                code="R22",
            )
    rows = [0]
    for table in tables[:-1]:
        rows.append(rows[-1] + table.num_rows)
    return Parts(tuple(paths), tuple(rows), _keys(base, paths))


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


def _footer(path: Path) -> pyarrow.parquet.FileMetaData:
    try:
        return pyarrow.parquet.read_metadata(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise damaged_parquet(path) from None


def _keys(base: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    """The names in folders such as ``year=2026``, where all files lie in folders of these names."""
    found = {
        tuple(
            key[1] for part in own.relative_to(base).parts[:-1] if (key := _PARTITION.match(part))
        )
        for own in paths
    }
    return next(iter(found)) if len(found) == 1 else ()

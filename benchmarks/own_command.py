"""Segmentry's command line, run as a whole process."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from data_sets import DataSet, size_name
from harness import Run
from processes import measure

__all__ = ["assign", "folder_of", "problems_of", "segment"]


def segment(
    data: DataSet, sizes: Sequence[int], folder: Path, *, rounds: int, k: int | None = None
) -> list[Run]:
    """Segment each size in turn, as many rounds as asked; the median seconds and the worst peak.

    The folder of the last round stays; :func:`folder_of` tells where.
    """
    paths = {rows: data.path(rows) for rows in sizes}
    finished: dict[int, list[Any]] = {rows: [] for rows in sizes}
    for _ in range(rounds):
        for rows, path in paths.items():
            finished[rows].append(measure(_command(data, path, folder_of(folder, rows), k=k)))
    return [_run(data, rows, folder_of(folder, rows), finished[rows]) for rows in sizes]


def folder_of(folder: Path, rows: int) -> Path:
    """Where the run on so many rows is."""
    return folder / size_name(rows)


def _command(data: DataSet, path: Path, output: Path, *, k: int | None) -> list[str]:
    options = [f"--features={','.join(data.features)}", f"-o{output}", "--force"]
    options += [f"--k={k}"] if k else []
    return [sys.executable, "-m", "segmentry", "run", str(path), *options]


def _run(data: DataSet, rows: int, folder: Path, finished: Sequence[Any]) -> Run:
    summary = json.loads((folder / "summary.json").read_text())
    return Run(
        f"segmentry run, {data.name}, {rows:,} rows",
        statistics.median(own.seconds for own in finished),
        max(own.peak_mib for own in finished),
        summary["inertia"],
        {
            "rounds": [own.seconds for own in finished],
            "peaks_mib": [own.peak_mib for own in finished],
            "steps": json.loads((folder / "timings.json").read_text()),
            "rows": rows,
            "rows_written": pq.read_metadata(folder / "customers.parquet").num_rows,
            **{key: summary[key] for key in ("k", "cells", "passes", "restarts", "hit_rate")},
        },
    )


def problems_of(run: Run, *, k: int) -> list[str]:
    """What is wrong with a run: rows that are missing, or another number of segments."""
    found, problems = run.details, []
    if found["rows_written"] != found["rows"]:
        problems.append(f"{run.name}: {found['rows_written']:,} rows in customers.parquet")
    if found["k"] != k:
        problems.append(f"{run.name}: {found['k']} segments, so that inertia cannot be compared")
    return problems


def assign(model: Path, path: Path, output: Path, *, rounds: int) -> Run:
    """Score a file with a model."""
    command = [sys.executable, "-m", "segmentry", "assign", str(model), str(path), f"-o{output}"]
    finished = [measure([*command, "--force"]) for _ in range(rounds)]
    rows = pq.read_metadata(output).num_rows
    return Run(
        f"segmentry assign, {rows:,} rows",
        statistics.median(own.seconds for own in finished),
        max(own.peak_mib for own in finished),
        details={"rounds": [own.seconds for own in finished]},
    )

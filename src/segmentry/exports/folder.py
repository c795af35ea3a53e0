"""The folder of a run: every file that a run leaves, put in place at once."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from segmentry.exports.sklearn_model import joblib_meanwhile
from segmentry.exports.tables import segments_columns, write_csv
from segmentry.files import check_not_input, keep_private, new_folder, write_text
from segmentry.plots import displays, to_png
from segmentry.progress import Progress
from segmentry.report.html import render
from segmentry.report.summary import summarise
from segmentry.steps.findings import Findings
from segmentry.version import __version__

__all__ = ["customers_file", "write_folder"]


_OURS = (
    "report.html", "segments.csv", "customers.csv", "customers.parquet", "model.json",
    "kmeans_model.joblib", "summary.json", "timings.json", "rejects.csv",
)  # fmt: skip
_NOT_ALWAYS = ("customers.csv", "customers.parquet", "rejects.csv")
"""Files that an earlier run may have left and this one does not write."""
_FIGURES = ("elbow", "silhouette", "segments", "profile", "distributions", "trust")


def customers_file(found: Findings) -> str:
    """The name of the customers' file: Parquet where the source is Parquet, else CSV."""
    return "customers.parquet" if found.source.kind == "parquet" else "customers.csv"


def write_folder(
    found: Findings,
    path: str | os.PathLike[str],
    *,
    write_customers: Callable[[Path], None] | None,
    progress: Progress,
    force: bool = False,
    raw: bool = False,
) -> None:
    """Write report, tables, models and figures into a folder that appears whole.

    Parameters
    ----------
    found : Findings
        The run.
    path : str or PathLike
        The folder. With ``force`` an existing one keeps all files that are not ours.
    write_customers : callable
        Lets the engine write the customers' file to the path given; None where they stay.
    progress : Progress
        Announces the steps; its seconds go to ``timings.json``.
    raw : bool
        Whether texts in ``segments.csv`` that a spreadsheet program would run stay as they are.

    Raises
    ------
    OutputError
        If the folder exists and ``force`` is not given, or would overwrite the source.
    """
    _spare_source(found, Path(path))
    with (
        new_folder(path, force=force, without=_NOT_ALWAYS) as folder,
        joblib_meanwhile(found.model, folder / "kmeans_model.joblib"),
    ):
        with progress.step("figures"):
            figures = {name: display.figure() for name, display in displays(found).items()}
            (folder / "plots").mkdir()
            for name, figure in figures.items():
                (folder / "plots" / f"{name}.png").write_bytes(to_png(figure))
        with progress.step("report"):
            summary = summarise(found)
            write_text(folder / "report.html", render(found, summary, figures))
            write_text(folder / "summary.json", to_text(summary))
        with progress.step("files"):
            write_csv(segments_columns(found), folder / "segments.csv", raw=raw)
            if write_customers is not None:
                write_customers(folder / customers_file(found))
            found.model.save(folder / "model.json")
            if found.source.rejects:
                keep_private(found.source.rejects.path, folder / "rejects.csv")
        write_text(folder / "timings.json", to_text(_circumstances(progress)))


def _spare_source(found: Findings, path: Path) -> None:
    """Refuse a folder in which the source itself would be replaced, under whatever name."""
    for name in (*_OURS, *(f"plots/{own}.png" for own in _FIGURES)):
        check_not_input(path / name, *found.source.files, fix="Choose another folder with -o DIR.")


def _circumstances(progress: Progress) -> dict[str, Any]:
    """Seconds by step, and what the run was made with: what differs from one run to the next.

    The joblib file wants the scikit-learn of this version; model.json wants none.
    """
    seconds = {name: round(own, 4) for name, own in progress.seconds.items()}
    libraries = {name: _version(name) for name in ("scikit-learn", "numpy", "duckdb")}
    own = {"segmentry": __version__, "python": platform.python_version()}
    return seconds | {"versions": own | libraries}


def _version(library: str) -> str | None:
    with suppress(PackageNotFoundError):
        return version(library)
    return None


def to_text(content: Mapping[str, Any]) -> str:
    """A dict as JSON text that any program can read: no NaN, no Infinity."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

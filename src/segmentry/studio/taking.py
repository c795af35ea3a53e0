"""The files that can be taken away from a run, and who writes each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segmentry.errors import InputError
from segmentry.files import keep_private, write_text

if TYPE_CHECKING:
    from segmentry.segmentation import Segmentation

__all__ = ["FILES", "WRITERS"]

FILES: Mapping[str, str] = {
    "report.html": "text/html; charset=utf-8",
    "segments.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "segments.pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "report.pdf": "application/pdf",
    "customers.csv": "text/csv; charset=utf-8",
    "customers.parquet": "application/vnd.apache.parquet",
    "segments.csv": "text/csv; charset=utf-8",
    "model.json": "application/json",
    "summary.json": "application/json",
    "kmeans_model.joblib": "application/octet-stream",
    "scoring.sql": "text/plain; charset=utf-8",
    "playbook.toml": "text/plain; charset=utf-8",
    "rejects.csv": "text/csv; charset=utf-8",
    "scored.csv": "text/csv; charset=utf-8",
}
"""What can be taken away, and of which kind it is."""
_TABLE = "customers"


def _write_sql(result: Segmentation, path: Path, dialect: str) -> None:
    write_text(path, result.to_sql(dialect, table=_TABLE))


def _write_summary(result: Segmentation, path: Path, _: str) -> None:
    from segmentry.exports.folder import to_text

    write_text(path, to_text(result.summary))


def _write_segments(result: Segmentation, path: Path, _: str) -> None:
    from segmentry.exports.tables import segments_columns, write_csv

    write_csv(segments_columns(result.found), path)


def _write_rejects(result: Segmentation, path: Path, _: str) -> None:
    rejects = result.found.source.rejects
    if rejects is None:
        raise InputError("No row was left out.", "There is nothing to take away.", code="S92")
    keep_private(rejects.path, path)


def _write_playbook(_: Segmentation, path: Path, __: str) -> None:
    """The run has written it already."""
    if not path.exists():
        raise InputError(
            "The playbook was the usual one.", "There is nothing to take away.", code="S92"
        )


_Writer = Callable[["Segmentation", Path, str], None]
WRITERS: Mapping[str, _Writer] = {
    "report.html": lambda result, path, _: result.report(path),
    "segments.xlsx": lambda result, path, _: result.to_xlsx(path),
    "segments.pptx": lambda result, path, _: result.to_pptx(path),
    "report.pdf": lambda result, path, _: result.to_pdf(path),
    "customers.csv": lambda result, path, _: result.write_customers(path),
    "customers.parquet": lambda result, path, _: result.write_customers(path),
    "segments.csv": _write_segments,
    "model.json": lambda result, path, _: result.save(path),
    "summary.json": _write_summary,
    "kmeans_model.joblib": lambda result, path, _: result.save_joblib(path),
    "playbook.toml": _write_playbook,
    "rejects.csv": _write_rejects,
    "scoring.sql": _write_sql,
}

"""What ``segmentry export`` does: a saved model for another system, a run for people."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentry.engines.registry import is_url
from segmentry.errors import InputError, OutputError
from segmentry.files import check_free, check_not_input, write_text
from segmentry.model import SegmentModel, load_model

if TYPE_CHECKING:
    from segmentry.exports.run_folder import RunFolder

__all__ = ["export"]

_OF_RUNS = ("xlsx", "pptx", "pdf")
_OF_MODELS = ("sql", "joblib")


def export(path: str, to: str, *, output: Path | None, force: bool, **options: Any) -> list[str]:
    """Write a model, or the folder of a run, in another form, and return what to tell about it.

    Parameters
    ----------
    path : str
        Of the folder of a run; for SQL and joblib a ``model.json`` will do.
    to : {"sql", "joblib", "xlsx", "pptx", "pdf"}
        The form.
    output : Path or None
        The file; None prints SQL, and puts what is made of a run beside its folder.
    force : bool
        Whether to replace a file.
    **options
        Of SQL: ``dialect``, ``table``, ``id``, ``view``, ``flags``, ``check`` and ``query``.

    Raises
    ------
    InputError
        If the form is unknown, or lacks what it needs.
    OutputError
        If the query does not say what Python says.
    """
    if to in _OF_RUNS:
        return _export_run(path, to, output=output, force=force)
    if to in _OF_MODELS:
        return _export_model(path, to, output=output, force=force, **options)
    raise InputError(
        f"There is no export to {to!r}.",
        f"Choose --to {', '.join(_OF_MODELS)} (of a model) or {', '.join(_OF_RUNS)} (of a run).",
        code="R00",
    )


def _export_run(path: str, to: str, *, output: Path | None, force: bool) -> list[str]:
    from segmentry.exports.run_folder import open_run

    run = open_run(path)
    place = run.path.resolve()
    target = output or place.with_name(f"{place.name}.{to}")
    for own in run.files():
        check_not_input(target, own)
    check_free(target, force=force, kind="file")
    _WRITERS[to](run, target)
    return [f"Written: {target}"]


def _xlsx(run: RunFolder, target: Path) -> None:
    from segmentry.exports.workbook import write_workbook

    write_workbook(run.summary, run.customers, target)


def _pptx(run: RunFolder, target: Path) -> None:
    from segmentry.exports.slides import write_slides

    write_slides(run.summary, target)


def _pdf(run: RunFolder, target: Path) -> None:
    from segmentry.exports.pdf import write_pdf

    write_pdf(run.report(), target)


_WRITERS: Mapping[str, Callable[[RunFolder, Path], None]] = {
    "xlsx": _xlsx, "pptx": _pptx, "pdf": _pdf,
}  # fmt: skip


def _export_model(
    path: str, to: str, *, output: Path | None, force: bool, **options: Any
) -> list[str]:
    place = Path(path)
    place = place / "model.json" if place.is_dir() else place
    model = load_model(place)
    if output is not None:
        check_not_input(output, place)
        check_free(output, force=force, kind="file")
    return _joblib(model, output) if to == "joblib" else _sql(model, output, **options)


def _joblib(model: SegmentModel, output: Path | None) -> list[str]:
    from segmentry.exports.sklearn_model import save_joblib

    if output is None:
        raise InputError("joblib writes a file.", "Say which, with -o model.joblib.", code="R00")
    save_joblib(model, output)
    return [f"Written: {output}"]


def _sql(
    model: SegmentModel,
    output: Path | None,
    *,
    dialect: str | None,
    table: str | None,
    check: str | None,
    query: str | None,
    **options: Any,
) -> list[str]:
    from segmentry.exports.checking import check_sql
    from segmentry.exports.scoring_sql import scoring_sql

    if dialect is None or table is None:
        raise InputError(
            "An export to SQL needs to know for which system and which table.",
            "For example --dialect postgres --table crm.customers.",
            code="R00",
        )
    if query is not None and not is_url(check):
        raise InputError(
            "--query says something of a database, and --check names none.",
            "Give its URL, for example --check postgresql://user@host/db.",
            code="R105",
        )
    text = scoring_sql(model, dialect, table=table, **options)
    told = []
    if check is not None:
        checked = check_sql(
            model, dialect, check, id=options["id"], flags=options["flags"], table=table,
            query=query,
        )  # fmt: skip
        if checked.different:
            raise OutputError(
                str(checked), "Nothing was written. Please report it as a bug.", code="S69"
            )
        told.append(str(checked))
    if output is None:
        sys.stdout.write(text)
        return told
    write_text(output, text)
    return [*told, f"Written: {output}"]

"""What ``segmentry export`` does: a saved model, written for another system."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from segmentry.errors import InputError, OutputError
from segmentry.files import check_free, check_not_input, write_text
from segmentry.model import SegmentModel, load_model

__all__ = ["export_model"]


def export_model(
    path: str, to: str, *, output: Path | None, force: bool, **options: Any
) -> list[str]:
    """Write a model in another form, and return what to tell about it.

    Parameters
    ----------
    path : str
        Of the ``model.json``.
    to : {"sql", "joblib"}
        The form.
    output : Path or None
        The file; None prints SQL.
    force : bool
        Whether to replace a file.
    **options
        Of SQL: ``dialect``, ``table``, ``id``, ``view``, ``flags`` and ``check``.

    Raises
    ------
    InputError
        If the form is unknown, or lacks what it needs.
    OutputError
        If the query does not say what Python says.
    """
    if to not in ("sql", "joblib"):
        raise InputError(
            f"There is no export to {to!r}.", "Choose --to sql or --to joblib.", code="R00"
        )
    model = load_model(path)
    if output is not None:
        check_not_input(output, Path(path))
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
    text = scoring_sql(model, dialect, table=table, **options)
    told = []
    if check is not None:
        checked = check_sql(model, dialect, check, id=options["id"])
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

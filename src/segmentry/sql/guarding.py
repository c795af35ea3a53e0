"""Texts on their way into a CSV file that a spreadsheet program may open."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from segmentry.sql.expressions import alias, col
from segmentry.textual import FORMULA, PLAIN_NUMBER, guarded

__all__ = ["guarded_texts"]


def guarded_texts(
    query: exp.Select, columns: Sequence[str], *, texts: Collection[str]
) -> exp.Select:
    """The query's answer with an apostrophe before each text and heading that may be a formula.

    In DuckDB's words; :func:`segmentry.textual.guarded` is the same in Python.
    """
    shown = [
        alias(_guarded(name) if name in texts else col(name), guarded(name)) for name in columns
    ]
    return exp.Select().select(*shown, copy=False).from_(query.subquery("answer"), copy=False)


def _guarded(name: str) -> exp.Expr:
    text = exp.cast(col(name), "varchar")
    begins = exp.RegexpLike(this=text, expression=exp.Literal.string(FORMULA))
    number = exp.Anonymous(
        this="regexp_full_match", expressions=[text.copy(), exp.Literal.string(PLAIN_NUMBER)]
    )
    before = exp.DPipe(this=exp.Literal.string("'"), expression=text.copy())
    runs = exp.and_(begins, exp.not_(number))
    return exp.Case(ifs=[exp.If(this=runs, true=before)], default=text.copy())

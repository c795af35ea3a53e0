"""The model as SQL: one readable SELECT that scores customers where they are.

docs/scoring-sql.md says what is executed in the tests, and what each dialect does otherwise.
"""

from __future__ import annotations

import re

from sqlglot import exp

from segmentry import sql
from segmentry.errors import InputError, closest
from segmentry.exports.dialect_names import check_columns, table_named
from segmentry.exports.layout import laid_out
from segmentry.model import SegmentModel
from segmentry.plan import level_names
from segmentry.steps.flags import flags_of
from segmentry.version import __version__

__all__ = ["SUPPORTED", "scoring_sql"]

SUPPORTED = ("duckdb", "postgres", "spark", "sqlite")
"""Dialects whose export is executed in the tests; the others are parsed back only."""
_SPELT = {"tsql2019": "tsql"}
_GIVEN = "given"


def scoring_sql(
    model: SegmentModel,
    dialect: str,
    *,
    table: str,
    id: str | None = None,
    view: str | None = None,
    flags: bool = False,
) -> str:
    """Write the whole model as one SELECT.

    Parameters
    ----------
    model : SegmentModel
        The model.
    dialect : str
        One of :data:`segmentry.sql.DIALECTS`.
    table : str
        Where the customers are: up to three names with points between; a name that is no plain word
        stands in double quotes. In PostgreSQL, Redshift, Snowflake and Oracle a plain word is left
        to the warehouse to fold.
    id : str, optional
        The column that names the customers. Default: the one of the model.
    view : str, optional
        Make a view of this name of it.
    flags : bool
        Whether to add ``second_segment``, ``in_between`` and ``outlier``.

    Returns
    -------
    str
        With a comment that says what it is.

    Raises
    ------
    InputError
        If the dialect is unknown, there is no id column, or the dialect cannot tell two columns
        apart.
    """
    _check_dialect(dialect)
    id_column = id or model.id_column
    if id_column is None:
        raise InputError(
            "The model has no id column, and rows of a database have no order.",
            "Say which column names the customers, for example --id customer_id.",
            code="R26",
        )
    title = sql.id_title(id_column, flags=flags)
    check_columns(list(dict.fromkeys([id_column, title, *model.plan.columns])), dialect)
    labels = sql.Labels(_GIVEN, model.plan, model.centers)
    query = sql.scoring_query(
        labels,
        [own.name for own in model.segments],
        table_named(table, dialect),
        dialect=dialect,
        id_column=id_column,
        flags=flags_of(model) if flags else None,
    )
    written = _written(query, dialect, view)
    return f"{_comment(model, dialect, table)}\n{written};\n"


def _written(query: exp.Select, dialect: str, view: str | None) -> str:
    spelt, text = _SPELT.get(dialect, dialect), laid_out(query, _SPELT.get(dialect, dialect))
    if view is None:
        return text
    name, select = table_named(view, dialect), exp.select("1")
    drop = exp.Drop(tables=[name], kind="VIEW", exists=True).sql(dialect=spelt)
    replace = dialect != "sqlite"
    create = sql.scoring_view(name, select, replace=replace).sql(dialect=spelt)
    head = create.removesuffix(select.sql(dialect=spelt)).rstrip()
    return f"{head}\n{text}" if replace else f"{drop};\n{head}\n{text}"


def _check_dialect(dialect: str) -> None:
    if dialect not in sql.DIALECTS:
        near = closest(dialect, sql.DIALECTS)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise InputError(
            f"There is no dialect {dialect!r}.", f"{hint}Choose among {', '.join(sql.DIALECTS)}.",
            code="R00",
        )  # fmt: skip


def _comment(model: SegmentModel, dialect: str, table: str) -> str:
    """What the statement is, a line each; nothing in it can end the comment."""
    status = "supported: executed in Segmentry's tests" if dialect in SUPPORTED else (
        "experimental: only parsed back in Segmentry's tests, so compare some rows with Python"
    )  # fmt: skip
    axes = (f"x{i} is {own.name}" for i, own in enumerate(model.plan.axes, 1))
    required = ", ".join(model.plan.required) or "none"
    lines = [
        f"Segmentry {__version__}: {model.k} segments of the customers in {table}.",
        f"Written for {dialect} ({status}).",
        f"Needs the columns: {', '.join(model.plan.columns)}.",
        f"Prepared: {model.plan.reason}",
        *(f"Levels of {own.name}: {', '.join(level_names(own))}." for own in model.plan.categories),
        f"Coordinates: {'; '.join(axes)}.",
        f"A customer without one of these has no segment: {required}.",
        *(f"Segment {own.segment} is {own.name}." for own in model.segments),
        "distance is to the segment's centre; margin is (d2 - d1) / d2, 0 between two segments.",
    ]
    return "\n".join(f"-- {_one_line(line)}" for line in lines)


def _one_line(text: str) -> str:
    """Without anything that ends a line or a comment."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).replace("*/", "* /")

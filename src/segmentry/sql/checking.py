"""An exported query beside Python's answers: what is asked to compare the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp

from segmentry.sql.expressions import (
    alias,
    col,
    count,
    double,
    relation,
    select,
    whole,
)

_PARTS = ("id", "segment", "distance")
_ID = "_segmentry_id"


def with_id_as_text(table: str, id_column: str, names: Sequence[str]) -> exp.Select:
    """The id of every customer as text, and other columns."""
    return select(alias(exp.cast(col(id_column), "text"), _ID), *map(col, names), of=table)


def as_it_is(text: str, dialect: str, before: Mapping[str, str]) -> exp.Select:
    """A query in a dialect's own words, which no engine says in others.

    ``before`` holds queries, also in its words, that it finds by name as if they were tables.
    """
    found = sqlglot.parse_one(text, read=dialect)
    assert isinstance(found, exp.Select)  # noqa: S101  it was written as one
    for name, query in before.items():
        called = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
        step = exp.CTE(this=sqlglot.parse_one(query, read=dialect), alias=called)
        found.set("with_", exp.With(expressions=[step, *found.ctes]))
    found.meta["base"] = True
    return found


def scored_rows(table: str, id_column: str) -> exp.Select:
    """Of scored customers the id as text, the segment (0 for none) and the distance (or -1)."""
    segment = exp.cast(col("segment"), "bigint")
    return select(
        alias(exp.cast(col(id_column), "text"), "id"),
        alias(exp.func("coalesce", segment, whole(0)), "segment"),
        alias(exp.func("coalesce", col("distance"), double(-1.0)), "distance"),
        of=table,
    )


def unlike_pairs(ours: str, theirs: str, *, near: float) -> exp.Select:
    """How many customers we have, and how many rows of either table have none like them beside.

    Both are put in order by id, segment and distance, so that ids may repeat.
    """
    sides = {"ours": ours, "theirs": theirs}
    numbered = {side: _numbered(table).subquery(side) for side, table in sides.items()}
    both = exp.EQ(this=_of("ours", "n"), expression=_of("theirs", "n"))
    alike = exp.and_(
        exp.NullSafeEQ(this=_of("ours", "id"), expression=_of("theirs", "id")),
        exp.EQ(this=_of("ours", "segment"), expression=_of("theirs", "segment")),
        _near(_of("ours", "distance"), _of("theirs", "distance"), near),
    )
    unlike = exp.Case().when(alike, exp.null()).else_(whole(1))
    found = exp.select(
        alias(count(_of("ours", "n")), "rows"), alias(count(unlike), "unlike")
    ).from_(numbered["ours"])
    return found.join(numbered["theirs"], on=both, join_type="full")


def _of(side: str, name: str) -> exp.Column:
    return exp.column(name, table=side, quoted=True)


def _numbered(table: str) -> exp.Select:
    order = exp.Order(expressions=[exp.Ordered(this=col(own)) for own in _PARTS])
    number = exp.Window(this=exp.RowNumber(), order=order)
    return exp.select(*map(col, _PARTS), alias(number, "n")).from_(relation(table))


def _near(one: exp.Expr, two: exp.Expr, share: float) -> exp.Expr:
    gap = exp.Abs(this=exp.Sub(this=one, expression=two))
    size = exp.Greatest(this=exp.Abs(this=one.copy()), expressions=[double(1.0)])
    return exp.LTE(this=gap, expression=exp.Mul(this=size, expression=double(share)))

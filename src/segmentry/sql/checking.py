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
from segmentry.sql.labelling import FLAGGED

_KINDS: Mapping[str, tuple[str, exp.Expr]] = {
    "segment": ("bigint", whole(0)),
    "segment_name": ("text", exp.Literal.string("")),
    "distance": ("double", double(-1.0)),
    "margin": ("double", double(-1.0)),
    "second_segment": ("bigint", whole(0)),
    "in_between": ("int", whole(-1)),
    "outlier": ("int", whole(-1)),
}
"""The type of each answer, and what stands for none."""
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


def comparable(table: str, id_title: str, *, flags: bool) -> exp.Select:
    """Of scored customers the id as text, and each answer with a value for none, flags as 0 or 1.

    ``id_title`` is what their id is called there.
    """
    answers = [(name, _KINDS[name]) for name in _parts(flags)[1:]]
    found = [
        alias(exp.func("coalesce", exp.cast(col(name), kind), none.copy()), name)
        for name, (kind, none) in answers
    ]
    return select(alias(exp.cast(col(id_title), "text"), "id"), *found, of=table)


def unlike_pairs(ours: str, theirs: str, *, near: float, flags: bool) -> exp.Select:
    """How many customers we have, and how many rows of either table have none like them beside.

    Both are as :func:`comparable` gives them, and are put in order by all columns, so that ids may
    repeat.
    """
    sides = {"ours": ours, "theirs": theirs}
    parts = _parts(flags)
    numbered = {side: _numbered(own, parts).subquery(side) for side, own in sides.items()}
    both = exp.EQ(this=_of("ours", "n"), expression=_of("theirs", "n"))
    alike = exp.and_(
        exp.NullSafeEQ(this=_of("ours", "id"), expression=_of("theirs", "id")),
        *(_alike(part, near) for part in parts[1:]),
    )
    unlike = exp.Case().when(alike, exp.null()).else_(whole(1))
    found = exp.select(
        alias(count(_of("ours", "n")), "rows"), alias(count(unlike), "unlike")
    ).from_(numbered["ours"])
    return found.join(numbered["theirs"], on=both, join_type="full")


def _parts(flags: bool) -> tuple[str, ...]:
    """What is compared, in the order in which rows are put."""
    return ("id", "segment", "distance", "segment_name", "margin", *(FLAGGED if flags else ()))


def _alike(part: str, near: float) -> exp.Expr:
    ours, theirs = _of("ours", part), _of("theirs", part)
    if _KINDS[part][0] == "double":
        return _near(ours, theirs, near)
    return exp.EQ(this=ours, expression=theirs)


def _of(side: str, name: str) -> exp.Column:
    return exp.column(name, table=side, quoted=True)


def _numbered(table: str, parts: Sequence[str]) -> exp.Select:
    order = exp.Order(expressions=[exp.Ordered(this=col(own)) for own in parts])
    number = exp.Window(this=exp.RowNumber(), order=order)
    return exp.select(*map(col, parts), alias(number, "n")).from_(relation(table))


def _near(one: exp.Expr, two: exp.Expr, share: float) -> exp.Expr:
    gap = exp.Abs(this=exp.Sub(this=one, expression=two))
    size = exp.Greatest(this=exp.Abs(this=one.copy()), expressions=[double(1.0)])
    return exp.LTE(this=gap, expression=exp.Mul(this=size, expression=double(share)))

"""What several engines say in another way than the trees that all queries are made as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from segmentry.sql.expressions import null_if_missing, plus, whole

__all__ = ["guarded_cast", "half_up", "like_number", "member_as_text", "reword"]

_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9][0-9]?)?$"
_LONGEST = 200
"""Characters of a number: with an exponent of two digits it is one that a double can hold.

As a bound within the pattern it would make PostgreSQL twenty times slower.
"""


def reword(query: exp.Expr, words: Mapping[Any, Callable[[Any], exp.Expr]]) -> None:
    """Say in place each kind of node in the other words."""
    for kind, said in words.items():
        for node in list(query.find_all(kind)):
            other = said(node)
            if other is not node:
                node.replace(other)


def guarded_cast(node: exp.Expr) -> exp.Expr:
    """A cast of text of what is a plain number alone; other text would be refused, or misread."""
    return null_if_missing(
        like_number(node.this), exp.Cast(this=node.this.copy(), to=node.args["to"].copy())
    )


def like_number(text: exp.Expr) -> exp.Expr:
    """Whether a text is a plain number that a double can hold."""
    short = exp.LTE(this=exp.Length(this=text.copy()), expression=whole(_LONGEST))
    return exp.and_(short, exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(_NUMBER)))


def half_up(node: exp.Expr) -> exp.Expr:
    """Half upward; what is rounded is never negative."""
    return exp.Floor(this=plus(node.this.copy(), 0.5))


def member_as_text(node: exp.Expr) -> exp.Expr:
    """A member of a type is its text."""
    return node.this.copy() if node.args["to"].this == exp.DType.ENUM else node

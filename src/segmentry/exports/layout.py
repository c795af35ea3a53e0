"""A query laid out for people: a line a column, a line a case.

(sqlglot's own layout breaks every pair of brackets into three lines.)
"""

from __future__ import annotations

from sqlglot import exp

__all__ = ["laid_out"]


_PAD = "  "


def laid_out(query: exp.Select, dialect: str) -> str:
    """Return the query as text, step by step.

    Names and texts may hold line breaks, so lines are indented as they are made, never afterwards.
    """
    steps = [
        f"{_name(own, dialect)} AS {_kept(own)}(\n{_select(own.this, dialect, _PAD)}\n)"
        for own in query.ctes
    ]
    head = f"WITH {', '.join(steps)}\n" if steps else ""
    return head + _select(query, dialect, "")


def _name(step: exp.CTE, dialect: str) -> str:
    return exp.to_identifier(step.alias, quoted=True).sql(dialect=dialect)


def _kept(step: exp.CTE) -> str:
    return "MATERIALIZED " if step.args.get("materialized") else ""


def _select(query: exp.Select, dialect: str, pad: str) -> str:
    """One SELECT without the steps before it; what follows its columns is on a line of its own."""
    bare = query.copy()
    bare.set("with_", None)
    columns = bare.expressions
    bare.set("expressions", [exp.Literal.number(1)])
    rest = bare.sql(dialect=dialect).removeprefix("SELECT 1").strip()
    inside = pad + _PAD
    told = ",\n".join(inside + _column(own, dialect, inside) for own in columns)
    return f"{pad}SELECT\n{told}\n{pad}{rest}"


def _column(own: exp.Expr, dialect: str, pad: str) -> str:
    if isinstance(own, exp.Alias) and isinstance(own.this, exp.Case):
        title = own.args["alias"].sql(dialect=dialect)
        return f"{_case(own.this, dialect, pad)} AS {title}"
    return own.sql(dialect=dialect)


def _case(own: exp.Case, dialect: str, pad: str) -> str:
    lines = ["CASE"]
    for one in own.args["ifs"]:
        when, then = one.this.sql(dialect=dialect), one.args["true"].sql(dialect=dialect)
        lines.append(f"{pad}{_PAD}WHEN {when} THEN {then}")
    if own.args.get("default") is not None:
        lines.append(f"{pad}{_PAD}ELSE {own.args['default'].sql(dialect=dialect)}")
    return "\n".join([*lines, f"{pad}END"])

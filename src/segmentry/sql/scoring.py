"""The whole model as one SELECT on a table of somebody's, in the words of their warehouse.

The steps and the arithmetic are those of :func:`segmentry.sql.assignments`; before them go two
that read each column as the model needs it, whatever its type: what is no number, NaN, infinity and
numbers too large to compute with are missing there as they are in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sqlglot import exp

from segmentry.errors import InputError
from segmentry.plan import CategoryPlan, Plan
from segmentry.sql.any_type import WITHOUT_BOOLEANS, number_of, text_of
from segmentry.sql.expressions import alias, col, double, null_if_missing, select
from segmentry.sql.labelling import Flags, Labels, assignments, with_steps
from segmentry.sql.postgres import fence, repeated_steps
from segmentry.sql.reading import BLANK_TOKENS, LARGEST

__all__ = ["DIALECTS", "scoring_query", "scoring_view"]

DIALECTS = (
    "duckdb", "postgres", "spark", "sqlite", "snowflake", "bigquery", "databricks", "redshift",
    "trino", "tsql", "tsql2019", "mysql", "clickhouse", "oracle",
)  # fmt: skip
"""What an export can be written in; ``tsql`` is SQL Server from 2022 on."""
_PREFIX = "_segmentry_"
_READ = "read"
_UNDERFLOWS = frozenset({"postgres", "redshift"})
"""Where a product or quotient too small for a double is an error, not 0."""
_TINY = 1e-130
"""What is not smaller can be squared, and so can the difference of two such doubles."""
_MOST_SQUARES = 64
"""Features times segments up to which SQLite may put the steps of a query into each other."""
_DOUBLE_BY_EXPONENT = frozenset(
    "duckdb spark databricks bigquery trino tsql tsql2019 mysql clickhouse sqlite".split()
)
"""Where a number written with an exponent is a double."""
_BINARY_ORDER = {
    "tsql": "Latin1_General_100_BIN2", "tsql2019": "Latin1_General_100_BIN2",
    "mysql": "utf8mb4_0900_bin",
}  # fmt: skip
"""Where words are equal that differ in case or accents, unless a collation says otherwise."""


def scoring_query(
    labels: Labels,
    names: Sequence[str],
    table: exp.Table,
    *,
    dialect: str,
    id_column: str,
    flags: Flags | None,
) -> exp.Select:
    """A row a customer of the table: its id, segment, segment_name, distance, margin.

    ``labels.table`` is what the step is called in which missing values are NULL. The query is in
    the words of the dialect, and names of ours have no prefix.

    Raises
    ------
    InputError
        If the table, without a schema, is called like a step.
    """
    plan = labels.plan
    if dialect in _UNDERFLOWS:
        labels = _without_tiny_centers(labels)
    query = assignments(labels, names, id_column=id_column, flags=flags)
    found = {step.alias: step.this.copy() for step in query.ctes}
    query.set("with_", None)
    if dialect in _UNDERFLOWS:
        _without_underflow(found["coordinates"], labels)
    steps = {
        _READ: exp.select(*_read(plan, id_column, dialect)).from_(table),
        labels.table: select(*_given(plan, id_column), of=_READ),
        **found,
    }
    _check_table(table, steps)
    _without_rows([query, *steps.values()])
    return _spoken(with_steps(query, steps), dialect, taken=[id_column, *plan.columns])


def _check_table(table: exp.Table, steps: Collection[str]) -> None:
    """Refuse a table that would be taken for a step, in whatever case."""
    if table.db or table.name.casefold() not in steps:
        return
    raise InputError(
        f"A table that is called {table.name!r} would be taken for a step of the query.",
        f'Name its schema too, for example public."{table.name}".',
        code="R67",
    )


def _read(plan: Plan, id_column: str, dialect: str) -> list[exp.Expr]:
    """The columns that the model needs, each once, whatever type they have: numbers and texts."""
    found: dict[str, exp.Expr] = {id_column: col(id_column)}
    for name in plan.numbers:
        found[name] = number_of(name, dialect)
    for own in plan.categories:
        value = number_of(own.name, dialect) if own.numeric else _level(own, dialect)
        found.setdefault(own.name, value)
    return [alias(own, name) for name, own in found.items()]


def _level(own: CategoryPlan, dialect: str) -> exp.Expr:
    """The text in a cell; 1 and 0 are true and false where there are no other booleans."""
    text = text_of(own.name, dialect)
    words = {str(level).lower(): str(level) for level in own.levels}
    if dialect not in WITHOUT_BOOLEANS or not words.keys() <= {"true", "false"}:
        return text
    found = exp.Case()
    for digit, word in (("1", "true"), ("0", "false")):
        is_it = exp.EQ(this=text.copy(), expression=exp.Literal.string(digit))
        found = found.when(is_it, exp.Literal.string(words.get(word, word)))
    return found.else_(text)


def _given(plan: Plan, id_column: str) -> list[exp.Expr]:
    """The same, with NULL for what is missing: also numbers that cannot be computed with."""
    found: dict[str, exp.Expr] = {id_column: col(id_column)}
    numeric = [own.name for own in plan.categories if own.numeric]
    for name in (*plan.numbers, *numeric):
        inside = exp.Between(this=col(name), low=double(-LARGEST), high=double(LARGEST))
        found[name] = null_if_missing(inside, col(name))
    for own in plan.categories:
        found.setdefault(own.name, _said(own.name))
    return [alias(own, name) for name, own in found.items()]


def _said(name: str) -> exp.Expr:
    """A text, or NULL where it means "missing", as it does wherever customers are read."""
    bare = exp.Lower(this=exp.Trim(this=col(name)))
    blank = exp.In(this=bare, expressions=[exp.Literal.string(own) for own in BLANK_TOKENS])
    return exp.Case().when(blank, exp.null()).else_(col(name))


def _without_tiny_centers(labels: Labels) -> Labels:
    """Centres that are next to nothing are 0."""
    centers = [[0.0 if abs(x) < _TINY else x for x in center] for center in labels.centers]
    return replace(labels, centers=centers)


def _without_underflow(coordinates: exp.Select, labels: Labels) -> None:
    """Let coordinates next to 0 be 0 where their squares, or their quotients, would be an error."""
    own_x = coordinates.expressions[-len(labels.plan.names) :]
    for i, (feature, x) in enumerate(zip(labels.plan.features, own_x, strict=False)):
        near = [center[i] for center in labels.centers]
        if all(near) and (feature.plain or abs(feature.center) >= _TINY):
            continue
        value = x.this if feature.plain else x.this.this
        small = exp.LT(
            this=exp.Abs(this=value.copy()),
            expression=double(_TINY if feature.plain else _TINY * feature.unit),
        )
        x.set("this", exp.Case().when(small, double(0.0)).else_(x.this.copy()))


def _without_rows(queries: Sequence[exp.Expr]) -> None:
    """Leave the number of the row out, which a table of somebody's does not have."""
    for query in queries:
        query.set("expressions", [own for own in query.expressions if own.name != "_segmentry_row"])


def scoring_view(name: exp.Table, query: exp.Select, *, replace: bool) -> exp.Create:
    """The query as a view."""
    return exp.Create(this=name, kind="VIEW", replace=replace, expression=query)


# ---------------------------------------------------------------- dialects


def _spoken(query: exp.Select, dialect: str, *, taken: Sequence[str]) -> exp.Select:
    """The query with what a dialect says in another way; names of ours lose their prefix.

    ``taken`` are the columns' names, which ours must not be confused with.
    """
    found: exp.Expr = query.copy()
    _rename(found, taken)
    for change in _CHANGES:
        found = change(found, dialect)
    assert isinstance(found, exp.Select)  # noqa: S101  no change makes another thing of it
    return found


def _rename(query: exp.Expr, taken: Sequence[str]) -> None:
    """``_segmentry_x1`` becomes ``x1``, where no column is called so."""
    used = {name.casefold() for name in taken}
    for own in query.find_all(exp.Identifier):
        short = own.name.removeprefix(_PREFIX)
        if own.name.startswith(_PREFIX) and short.casefold() not in used:
            own.set("this", short)


def _plain_least(query: exp.Expr, dialect: str) -> exp.Expr:
    """All distances are there or none is, so nobody's LEAST has to skip NULL."""
    word = "MIN" if dialect == "sqlite" else "LEAST"

    def change(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Least):
            return node
        values = [node.this, *node.expressions]
        if dialect == "tsql2019":
            return _least_by_case(values)
        return exp.Anonymous(this=word, expressions=values)

    return query.transform(change, copy=False)


def _least_by_case(values: Sequence[exp.Expr]) -> exp.Expr:
    """The smallest of some values where there is no LEAST."""
    found = exp.Case()
    for i, value in enumerate(values[:-1]):
        smaller = (exp.LTE(this=value.copy(), expression=own.copy()) for own in values[i + 1 :])
        found = found.when(exp.and_(*smaller), value.copy())
    return found.else_(values[-1].copy())


def _plain_doubles(query: exp.Expr, dialect: str) -> exp.Expr:
    """A number with an exponent needs no cast where it is a double already."""
    if dialect not in _DOUBLE_BY_EXPONENT:
        return query

    def change(node: exp.Expr) -> exp.Expr:
        is_cast = isinstance(node, exp.Cast) and node.is_type("double")
        is_number = is_cast and isinstance(node.this, exp.Literal) and not node.this.is_string
        return node.this if is_number else node

    return query.transform(change, copy=False)


def _oracle_doubles(query: exp.Expr, dialect: str) -> exp.Expr:
    """Oracle's DOUBLE PRECISION is decimal; its binary double has another name."""
    if dialect == "oracle":
        for node in list(query.find_all(exp.Cast)):
            if node.is_type("double"):
                node.set("to", exp.DataType(this=exp.DType.USERDEFINED, kind="BINARY_DOUBLE"))
    return query


def _flags_as_numbers(query: exp.Expr, dialect: str) -> exp.Expr:
    """A condition is no value in T-SQL and Oracle: 1 and 0 stand for it."""
    if dialect not in ("tsql", "tsql2019", "oracle"):
        return query
    for node in list(query.find_all(exp.Cast)):
        if node.is_type("boolean"):
            node.set("to", exp.DataType.build("int"))

    def change(node: exp.Expr) -> exp.Expr:
        within = isinstance(node.parent, exp.If) and node.arg_key == "true"
        is_value = isinstance(node.parent, exp.Alias) or within
        if not (isinstance(node, exp.LT | exp.GT) and is_value):
            return node
        opposite = exp.GTE if isinstance(node, exp.LT) else exp.LTE
        other = opposite(this=node.this.copy(), expression=node.expression.copy())
        one, zero = exp.Literal.number(1), exp.Literal.number(0)
        return exp.Case().when(node.copy(), one).when(other, zero)

    return query.transform(change, copy=False)


def _exact_words(query: exp.Expr, dialect: str) -> exp.Expr:
    """Words are compared letter by letter; in T-SQL they are written as national ones."""

    def change(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.In) and _of_words(node) and dialect in _BINARY_ORDER:
            order = exp.to_identifier(_BINARY_ORDER[dialect])
            compared = exp.Collate(this=node.this.copy(), expression=order)
            return exp.In(this=compared, expressions=[one.copy() for one in node.expressions])
        return node

    changed = query.transform(change, copy=False)
    if not dialect.startswith("tsql"):
        return changed
    return changed.transform(
        lambda node: (
            exp.National(this=node.name)
            if isinstance(node, exp.Literal) and node.is_string
            else node
        )
    )


def _of_words(node: exp.In) -> bool:
    return all(isinstance(own, exp.Literal) and own.is_string for own in node.expressions)


def _single_brackets(query: exp.Expr, dialect: str) -> exp.Expr:  # noqa: ARG001
    """Brackets within brackets say nothing."""
    for node in list(query.find_all(exp.Paren)):
        while isinstance(node.this, exp.Paren):
            node.set("this", node.this.this)
    return query


def _fenced(query: exp.Expr, dialect: str) -> exp.Expr:
    """PostgreSQL would work each distance out anew wherever it is mentioned."""
    if dialect == "postgres":
        fence(query)
    return query


def _kept(query: exp.Expr, dialect: str) -> exp.Expr:
    """SQLite puts steps into each other too, until hundreds of features are gigabytes of query."""
    if dialect == "sqlite" and sum(1 for _ in query.find_all(exp.Mul)) > _MOST_SQUARES:
        for step in repeated_steps(query):
            step.set("materialized", True)
    return query


_CHANGES: tuple[Callable[[exp.Expr, str], exp.Expr], ...] = (
    _plain_least, _plain_doubles, _flags_as_numbers, _oracle_doubles, _exact_words,
    _single_brackets, _fenced, _kept,
)  # fmt: skip

"""What PostgreSQL says in another way, so that its answers are those of the other engines.

A query is made for every engine alike; here it is turned into one that PostgreSQL can run. Nothing
may be created in a read-only transaction, so what other engines keep as views goes before each
query as common table expressions, which the planner takes apart again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from segmentry.sql.expressions import alias, col, double, null_if_missing, whole
from segmentry.sql.rewording import guarded_cast, half_up, member_as_text, reword
from segmentry.sql.views import Views

__all__ = [
    "COMMIT", "READ_ONLY", "ROLLBACK", "all_of", "base_table", "column_types", "fence",
    "in_postgres", "keep_as", "may_create", "read_write", "relation", "repeated_steps",
    "server_facts", "setting", "snapshot", "types_called",
]  # fmt: skip

_HASHES_A_COUNT = 16
_HUGE, _TINY = 1e300, 1e-100
"""Beyond and below, arithmetic of PostgreSQL raises an error where others give infinity and 0."""


def in_postgres(query: exp.Select, views: Views) -> exp.Select:
    """The query in PostgreSQL's words, with the views that it stands on before it."""
    return views.under(query, spoken=_spoken)


def _spoken(query: exp.Select) -> None:
    fence(query)
    _translate(query)


# ---------------------------------------------------------------- fences


def fence(query: exp.Expr) -> None:
    """End a step in OFFSET 0 where the next one says one of its results more than once.

    PostgreSQL puts steps into each other and works a result out anew wherever it is mentioned.
    """
    for step in repeated_steps(query):
        step.set("this", step.this.offset(0))


def repeated_steps(query: exp.Expr) -> list[exp.CTE]:
    """The steps of which another one says a result more than once."""
    found: list[exp.CTE] = []
    for steps in query.find_all(exp.With):
        outer = steps.parent
        for step in steps.expressions:
            results = {
                own.alias
                for own in step.this.expressions
                if isinstance(own, exp.Alias) and not isinstance(own.this, exp.Column)
            }
            readers = [own.this for own in steps.expressions] + [outer]
            if any(_mentions(own, step.alias, results) > 1 for own in readers):
                found.append(step)
    return found


def _mentions(reader: exp.Expr | None, step: str, results: set[str]) -> int:
    """How often a query names the result of a step that it names most."""
    if not isinstance(reader, exp.Select) or step not in _sources(reader):
        return 0
    counts = dict.fromkeys(results, 0)
    clauses = [*reader.expressions, reader.args.get("where"), reader.args.get("order")]
    for clause in clauses:
        for column in clause.find_all(exp.Column) if clause else ():
            if column.name in counts:
                counts[column.name] += 1
    return max(counts.values(), default=0)


def _sources(query: exp.Select) -> list[str]:
    origin = query.args.get("from_")
    return [own.name for own in origin.find_all(exp.Table)] if origin else []


# ---------------------------------------------------------------- words


def _translate(query: exp.Expr) -> None:
    """Say in place what PostgreSQL says in another way; a step may be called like a word of its."""
    for step in query.find_all(exp.CTE):
        name = exp.to_identifier(step.alias, quoted=True)
        step.set("alias", exp.TableAlias(this=name))
    reword(query, _WORDS)


def _hash(*cells: exp.Expr) -> exp.Expr:
    row = exp.Anonymous(this="ROW", expressions=[cell.copy() for cell in cells])
    seed = exp.cast(whole(0), "bigint")
    return exp.Anonymous(this="HASH_RECORD_EXTENDED", expressions=[row, seed])


def _anonymous(node: exp.Expr) -> exp.Expr:
    return _hash(*node.expressions) if node.name.lower() == "hash" else node


def _about_distinct(node: exp.Expr) -> exp.Expr:
    """From the different hashes among a sixteenth of all possible ones."""
    bits = exp.BitwiseAnd(this=_hash(node.this), expression=whole(_HASHES_A_COUNT - 1))
    drawn = exp.EQ(this=exp.paren(bits), expression=whole(0))
    present = node.this.copy().is_(exp.null()).not_()
    hashes = null_if_missing(exp.and_(present, drawn), _hash(node.this))
    counted = exp.Count(this=exp.Distinct(expressions=[hashes]))
    return exp.Mul(this=counted, expression=whole(_HASHES_A_COUNT))


def _contains(node: exp.Expr) -> exp.Expr:
    place = exp.Anonymous(this="STRPOS", expressions=[node.this.copy(), node.expression.copy()])
    return exp.GT(this=place, expression=whole(0))


def _bytewise(node: exp.Expr) -> exp.Expr:
    """Hexadecimal digits in the order of their codes, whatever the database's language."""
    return exp.paren(exp.Collate(this=node.copy(), expression=exp.to_identifier("C", quoted=True)))


_WORDS = {
    exp.TryCast: guarded_cast,
    exp.Anonymous: _anonymous,
    exp.ApproxDistinct: _about_distinct,
    exp.Contains: _contains,
    exp.MD5: _bytewise,
    exp.Round: half_up,
    exp.Cast: member_as_text,
}


# ---------------------------------------------------------------- sessions

READ_ONLY = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
COMMIT, ROLLBACK = "COMMIT", "ROLLBACK"


def snapshot() -> exp.Select:
    """A name for what this transaction sees, by which another one can see the same."""
    return exp.select(alias(_call("pg_export_snapshot"), "snapshot"))


def read_write(snapshot: str) -> list[str]:
    """Begin a transaction that may write, and sees what the one with the snapshot sees."""
    name = exp.Literal.string(snapshot).sql(dialect="postgres")
    return [
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE", f"SET TRANSACTION SNAPSHOT {name}",
    ]  # fmt: skip


def keep_as(table: exp.Table, query: exp.Select, *, replacing: bool) -> list[exp.Expr]:
    """Make a table of a query's answer; one that is there gives way when the new one is whole."""
    if not replacing:
        return [exp.Create(this=table, kind="TABLE", expression=query)]
    draft = table.copy()
    draft.set("this", exp.to_identifier(f"segmentry_{secrets.token_hex(8)}", quoted=True))
    name = exp.Table(this=table.this.copy())
    return [
        exp.Create(this=draft, kind="TABLE", expression=query),
        exp.Drop(tables=[table.copy()], kind="TABLE"),
        exp.Alter(this=draft.copy(), kind="TABLE", actions=[exp.AlterRename(this=name)]),
    ]


def setting(name: str, value: str) -> exp.Select:
    """Set something for the whole session."""
    words = [exp.Literal.string(name), exp.Literal.string(value), exp.false()]
    return exp.select(alias(_call("set_config", *words), "set"))


# ---------------------------------------------------------------- what is there


def base_table(origin: exp.Table | exp.Query, kinds: Mapping[str, str]) -> exp.Select:
    """The customers as they are, each column as text, as a date or as a number.

    ``kinds`` says by column ``text``, ``date``, ``double``, ``numeric``, ``money`` or ``whole``.
    """
    cells = [alias(_cell(name, kind), name) for name, kind in kinds.items()]
    query = exp.select(*cells).from_(_rows(origin))
    query.meta["base"] = True
    return query


def _cell(name: str, kind: str) -> exp.Expr:
    cell: exp.Expr = col(name)
    if kind == "text":
        text = exp.cast(cell, "text")
        return exp.Collate(this=text, expression=exp.to_identifier("C", quoted=True))
    if kind == "date":
        return exp.cast(cell, "timestamp")
    if kind == "double":
        cell = exp.cast(cell, "double")
        small = exp.Between(this=cell, low=double(-_TINY), high=double(_TINY))
        return exp.Case().when(small, double(0.0)).else_(cell.copy())
    if kind == "money":
        return exp.cast(cell, "decimal")
    return _numeric(cell) if kind == "numeric" else cell


def _numeric(cell: exp.Expr) -> exp.Expr:
    """A number of any length within what a double holds; NaN and infinity stay."""

    def number(value: float) -> exp.Expr:
        return exp.cast(exp.Literal.number(repr(value)), "decimal")

    size = exp.Abs(this=cell.copy())
    usual = exp.Between(this=size, low=number(_TINY), high=number(_HUGE))
    small = exp.LT(this=size.copy(), expression=number(_TINY))
    finite = exp.LT(
        this=size.copy(), expression=exp.cast(exp.Literal.string("Infinity"), "decimal")
    )
    huge = exp.Mul(this=exp.Sign(this=cell.copy()), expression=number(_HUGE))
    return (
        exp.Case()
        .when(usual, cell.copy())
        .when(small, exp.cast(whole(0), "decimal"))
        .when(finite, huge)
        .else_(cell.copy())
    )


def column_types(origin: exp.Table | exp.Query, names: Sequence[str]) -> exp.Select:
    """The numbers of the columns' types, as ``types``; no row is looked at."""
    typed = [_number(_call("pg_typeof", col(name))) for name in names]
    one = exp.select("1").subquery("one")
    types = alias(exp.array(*typed, dialect="postgres"), "types")
    return exp.select(types).from_(one).join(_rows(origin), on=exp.false(), join_type="left")


def _number(type_called: exp.Expr) -> exp.Expr:
    """The number of a type, as a whole number."""
    return exp.cast(exp.cast(type_called, "oid", dialect="postgres"), "bigint")


def types_called(numbers: Iterable[int]) -> exp.Select:
    """What the types of these numbers are called, of what category, and what a domain is made of.

    See https://www.postgresql.org/docs/current/catalog-pg-type.html.
    """
    number = _number(col("oid"))
    base = _number(col("typbasetype"))
    text = [alias(exp.cast(col(own), "text"), own) for own in ("typname", "typcategory")]
    return (
        exp.select(alias(number, "oid"), *text, alias(base, "base"))
        .from_(exp.table_("pg_type", db="pg_catalog"))
        .where(number.copy().isin(*sorted(numbers)))
    )


def server_facts() -> exp.Select:
    """The version of the server, the database, the role, and whether that may do anything."""
    version = exp.cast(_call("current_setting", exp.Literal.string("server_version_num")), "int")
    powerful = (
        exp.select("rolsuper")
        .from_(exp.table_("pg_roles", db="pg_catalog"))
        .where(exp.EQ(this=col("rolname"), expression=exp.CurrentUser()))
    )
    return exp.select(
        alias(version, "version"),
        alias(exp.cast(_call("current_database"), "text"), "database"),
        alias(exp.cast(exp.CurrentUser(), "text"), "role"),
        alias(powerful.subquery(), "powerful"),
    )


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name.upper(), expressions=list(arguments))


def relation(table: exp.Table) -> exp.Select:
    """The number and kind of a table or view; no row where there is none."""
    name = exp.Literal.string(table.sql(dialect="postgres"))
    number = _number(col("oid"))
    return (
        exp.select(alias(number, "number"), alias(exp.cast(col("relkind"), "text"), "kind"))
        .from_(exp.table_("pg_class", db="pg_catalog"))
        .where(exp.EQ(this=col("oid"), expression=_call("to_regclass", name)))
    )


def may_create(schema: str | None) -> exp.Select:
    """Whether the role may make tables in a schema; NULL where there is none."""
    name: exp.Expr = _call("current_schema")
    if schema is not None:
        quoted = exp.to_identifier(schema, quoted=True).sql(dialect="postgres")
        name = _call("to_regnamespace", exp.Literal.string(quoted))
    else:
        name = _call("to_regnamespace", _call("quote_ident", exp.cast(name, "text")))
    number = exp.cast(name, "oid", dialect="postgres")
    return exp.select(
        alias(_call("has_schema_privilege", number, exp.Literal.string("CREATE")), "may")
    )


def all_of(origin: exp.Table | exp.Query) -> exp.Select:
    """All columns of the customers as they are."""
    return exp.select("*").from_(_rows(origin))


def _rows(origin: exp.Table | exp.Query) -> exp.Table | exp.Subquery:
    return origin.copy() if isinstance(origin, exp.Table) else origin.subquery("given")

"""What a column of somebody's table says, of whatever type it is: a number, or a text.

An exported query is written before anybody knows the types of the columns that it will meet:
numbers may stand in a column of text, as a CSV file leaves them in SQLite, as money or as decimals
of any length; levels may be booleans, or members of a type. Nothing else may become a number: a
text that is none is missing, as it is where customers are read, while a plain cast makes 0 of it in
SQLite and MySQL and stops the query elsewhere.

Where a dialect can tell a column's type before it runs, only texts pay for the look at each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from segmentry.sql.expressions import col, null_if_missing, whole
from segmentry.sql.rewording import like_number

__all__ = ["WITHOUT_BOOLEANS", "number_of", "text_of"]

WITHOUT_BOOLEANS = frozenset({"sqlite", "mysql", "tsql", "tsql2019"})
"""Where what was true and false elsewhere is 1 and 0."""
_DIGITS_KEPT = 200
"""Beyond, a number is too large to compute with, or the rest makes no difference."""
_ANY_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_NUMBER_TYPES = "^(tinyint|smallint|int|integer|bigint|float|real|double|decimal)"
_BINARY_ORDER = {"postgres": "C", "duckdb": "C", "sqlite": "BINARY"}
"""Where a cast leaves a column the collation by which ``Wien`` and ``wien`` may be equal."""
_TEXTS = {
    "tsql": "NVARCHAR(MAX)", "tsql2019": "NVARCHAR(MAX)", "oracle": "VARCHAR2(4000)",
}  # fmt: skip
"""What a text is called, where sqlglot's word for it cannot be compared or knows few letters."""


def number_of(name: str, dialect: str) -> exp.Expr:
    """The number in a column's cell as a double, NaN and infinity among them; else NULL."""
    return _NUMBERS[dialect](col(name))


def text_of(name: str, dialect: str) -> exp.Expr:
    """The text in a column's cell, to be compared letter by letter."""
    text, order = _text(col(name), dialect), _BINARY_ORDER.get(dialect)
    if order is None:
        return text
    return exp.Collate(this=text, expression=exp.to_identifier(order, quoted=True))


def _text(cell: exp.Expr, dialect: str) -> exp.Expr:
    own = _TEXTS.get(dialect)
    if own is None:
        return exp.cast(cell, "text")
    return exp.Cast(this=cell, to=exp.DataType(this=exp.DType.USERDEFINED, kind=own))


def _trimmed(cell: exp.Expr) -> exp.Expr:
    return exp.Trim(this=exp.cast(cell.copy(), "text"))


def _word(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def _called(function: str, *cells: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=[own.copy() for own in cells])


def _tried(cell: exp.Expr) -> exp.Expr:
    return exp.TryCast(this=cell.copy(), to=exp.DataType.build("double"))


def _matches(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=text, expression=_word(pattern))


# ---------------------------------------------------------------- by dialect


def _in_duckdb(cell: exp.Expr) -> exp.Expr:
    """``1_000`` is a number to DuckDB, and true is 1."""
    kind = _called("TYPEOF", cell)
    marked = exp.Contains(this=exp.cast(cell.copy(), "text"), expression=_word("_"))
    is_text = exp.EQ(this=kind, expression=_word("VARCHAR"))
    is_flag = exp.EQ(this=kind.copy(), expression=_word("BOOLEAN"))
    misread = exp.or_(is_flag, exp.and_(is_text, marked))
    return exp.Case().when(misread, exp.null()).else_(_tried(cell))


def _in_sqlite(cell: exp.Expr) -> exp.Expr:
    """Beside a number a text that is one counts as such; any other is larger than all numbers.

    See https://www.sqlite.org/datatype3.html#type_conversions_prior_to_comparison.
    """
    most = exp.cast(_word("1e308"), "double")
    is_number = exp.LTE(this=cell.copy(), expression=most)
    return null_if_missing(is_number, exp.cast(cell.copy(), "double"))


def _in_postgres(cell: exp.Expr) -> exp.Expr:
    """By way of the text, which alone can be had of every type; money in the server's own notation.

    A number of more digits than a double's exponent can count would be an error.
    """
    text = exp.cast(cell.copy(), "text")
    kind = exp.Anonymous(this="PG_TYPEOF", expressions=[cell.copy()])

    def is_any(*names: str) -> exp.Expr:
        types = [exp.cast(_word(own), "regtype", dialect="postgres") for own in names]
        return exp.In(this=kind.copy(), expressions=types)

    short = exp.Anonymous(this="LEFT", expressions=[text.copy(), whole(_DIGITS_KEPT)])
    amount = exp.cast(exp.cast(text.copy(), "money", dialect="postgres"), "decimal")
    return (
        exp.Case()
        .when(
            is_any("double precision", "integer", "numeric", "bigint", "smallint"),
            exp.cast(short, "double"),
        )
        .when(is_any("real"), exp.cast(exp.cast(text.copy(), "float"), "double"))
        .when(is_any("money"), exp.cast(amount, "double"))
        .when(like_number(exp.Trim(this=text)), exp.cast(text.copy(), "double"))
    )


def _in_spark(cell: exp.Expr) -> exp.Expr:
    """``12d`` is a number to Java, and true is 1."""
    is_number = _matches(_called("TYPEOF", cell), _NUMBER_TYPES)
    text = _trimmed(cell)
    return (
        exp.Case()
        .when(is_number, exp.cast(cell.copy(), "double"))
        .when(like_number(text), exp.cast(text.copy(), "double"))
    )


def _in_trino(cell: exp.Expr) -> exp.Expr:
    is_number = _matches(_called("TYPEOF", cell), _NUMBER_TYPES)
    looks_so = _matches(_trimmed(cell), _ANY_NUMBER)
    return exp.Case().when(exp.or_(is_number, looks_so), _tried(cell))


def _in_snowflake(cell: exp.Expr) -> exp.Expr:
    """Only texts may be tried, and every value can be a variant."""
    variant = _called("TO_VARIANT", cell)
    is_number = _called("IS_DOUBLE", variant)
    text = exp.Anonymous(this="TRY_TO_DOUBLE", expressions=[_trimmed(cell)])
    return exp.Case().when(is_number, exp.cast(variant.copy(), "double")).else_(text)


def _in_tsql(cell: exp.Expr) -> exp.Expr:
    """Of nothing but spaces, T-SQL makes 0."""
    has_digits = exp.Like(this=_text(cell.copy(), "tsql"), expression=exp.National(this="%[0-9]%"))
    return null_if_missing(has_digits, _tried(cell))


def _where_alike(cell: exp.Expr) -> exp.Expr:
    """A cast of what looks like a number alone."""
    return null_if_missing(_matches(_trimmed(cell), _ANY_NUMBER), exp.cast(cell.copy(), "double"))


def _in_redshift(cell: exp.Expr) -> exp.Expr:
    return null_if_missing(_matches(_trimmed(cell), _ANY_NUMBER), _tried(cell))


def _in_clickhouse(cell: exp.Expr) -> exp.Expr:
    is_text = exp.Like(this=_called("toTypeName", cell), expression=_word("%String%"))
    tried = exp.Anonymous(this="toFloat64OrNull", expressions=[_called("toString", cell)])
    return exp.Case().when(is_text, tried).else_(_called("toFloat64", cell))


def _in_oracle(cell: exp.Expr) -> exp.Expr:
    kind = exp.DataType(this=exp.DType.USERDEFINED, kind="BINARY_DOUBLE")
    return exp.Cast(this=cell.copy(), to=kind, default=exp.null())


_NUMBERS: Mapping[str, Callable[[exp.Expr], exp.Expr]] = {
    "duckdb": _in_duckdb, "sqlite": _in_sqlite, "postgres": _in_postgres,
    "spark": _in_spark, "databricks": _in_spark, "trino": _in_trino, "snowflake": _in_snowflake,
    "bigquery": _tried, "redshift": _in_redshift, "mysql": _where_alike, "tsql": _in_tsql,
    "tsql2019": _in_tsql, "clickhouse": _in_clickhouse, "oracle": _in_oracle,
}  # fmt: skip

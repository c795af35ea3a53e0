"""The words of Spark: what its SQL says in another way, and how the customers are read there.

Whether ANSI mode is on makes no difference: nothing is cast that does not fit, and nothing is
divided by 0. The session's time zone makes none either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from segmentry.sql.binning import Bins, bin_number
from segmentry.sql.expressions import alias, col, double, null_if_missing, select, whole
from segmentry.sql.labelling import with_steps
from segmentry.sql.rewording import guarded_cast, half_up, member_as_text, reword
from segmentry.sql.views import Views

__all__ = ["base_table", "in_spark", "own_name", "put_in_place", "safe_name", "written"]

_ALL_WHOLE = 2.0**53
"""Doubles from here on have no fraction."""
_CELL = ("_segmentry_place", "_segmentry_value", "_segmentry_center", "_segmentry_unit")
"""Of a row for one column of a customer."""
_KEY = "_segmentry_key"
_SEGMENT_BITS, _PLACE_BITS = 12, 8
"""Of a key that holds a segment, a column and the number of a bin, which takes 20 bits at most."""
_MARK = "\ue000segmentry\ue000"
_DOLLAR = "$\u200b{"
"""For ``${``, which Spark fills in from its settings, even within a name."""


def in_spark(query: exp.Select, views: Views) -> exp.Select:
    """The query in Spark's words, with the views that it stands on before it."""
    counted = query.meta.get("counted")
    query = _stacked(query, counted) if counted else query
    found = views.under(query, spoken=lambda own: reword(own, _WORDS))
    for step in found.find_all(exp.CTE):
        step.set("materialized", None)
    return found


def written(query: exp.Select, *, given: str) -> str:
    """The text of a query for ``spark.sql``, where the table ``given`` is filled in by its name."""
    query = query.copy()
    for name in query.find_all(exp.Identifier):
        name.set("this", safe_name(name.name))
    for word in query.find_all(exp.Literal):
        word.set("this", word.name.replace("${", _MARK))
    text = query.sql(dialect="spark").replace(_MARK, r"\u0024{")
    text = text.replace("{", "{{").replace("}", "}}")
    return text.replace(f"`{given}`", f"{{{given}}}")


def safe_name(name: str) -> str:
    """A name in which Spark fills nothing in."""
    return name.replace("${", _DOLLAR)


def own_name(name: str) -> str:
    """The name of which :func:`safe_name` made this one."""
    return name.replace(_DOLLAR, "${")


def base_table(given: str, kinds: Mapping[str, str]) -> exp.Select:
    """The customers as they are, each column as text, as a date or as a number.

    ``kinds`` says by column ``text``, ``date``, ``moment``, ``double`` or ``as it is``.
    """
    cells = [alias(_cell(col(name), kind), name) for name, kind in kinds.items()]
    query = exp.select(*cells).from_(exp.Table(this=exp.to_identifier(given, quoted=True)))
    query.meta["base"] = True
    return query


def put_in_place(draft: str, name: str) -> list[str]:
    """Let one table take the name of another; both are quoted."""
    old, new = (exp.to_table(own, dialect="spark") for own in (name, draft))
    rename = exp.AlterRename(this=old.copy())
    found = [
        exp.Drop(tables=[old], kind="TABLE"),
        exp.Alter(this=new, kind="TABLE", actions=[rename]),
    ]
    return [own.sql(dialect="spark") for own in found]


def _cell(cell: exp.Expr, kind: str) -> exp.Expr:
    if kind == "text":
        return exp.cast(cell, "text")
    if kind == "double":
        return exp.cast(cell, "double")
    return _in_utc(cell) if kind == "moment" else cell


def _in_utc(cell: exp.Expr) -> exp.Expr:
    """A moment as date and time in UTC, whatever the session's time zone."""
    start = exp.Anonymous(this="TO_TIMESTAMP_NTZ", expressions=[exp.Literal.string("1970-01-01")])
    micros = exp.Anonymous(this="UNIX_MICROS", expressions=[cell])
    unit = exp.var("MICROSECOND")
    return exp.Anonymous(this="TIMESTAMPADD", expressions=[unit, micros, start])


def _stacked(query: exp.Select, columns: Mapping[str, Bins | None]) -> exp.Select:
    """What :func:`segmentry.sql.segment_counts` asks, with the columns one below the other.

    Spark groups by sets of columns as if by all of them at once, and does not compile the bins of
    many columns in one step: that takes two to three times as long.
    """
    segment, *codes, customers = query.expressions
    *before, (_, coded) = [(own.alias, own.this) for own in query.ctes]
    below = exp.Aliases(
        this=_stack(columns), expressions=[exp.to_identifier(own, quoted=True) for own in _CELL]
    )
    place, *cell = map(col, _CELL)
    steps = dict(before)
    steps["stacked"] = select(coded.expressions[0].copy(), below, of=coded.args["from_"].this.name)
    steps["coded"] = select(segment.copy(), place, alias(_code(*cell), "code"), of="stacked")
    keys = [segment, place, col("code")]
    if all(columns.values()):
        steps["coded"], steps["counted"] = _keyed(keys, steps["coded"], customers.copy())
    else:
        counted = select(*(own.copy() for own in keys), customers.copy(), of="coded")
        steps["counted"] = counted.group_by(*(own.copy() for own in keys))
    back = [
        alias(
            null_if_missing(exp.EQ(this=place.copy(), expression=whole(i)), col("code")), own.name
        )
        for i, own in enumerate(codes)
    ]
    return with_steps(select(segment.copy(), *back, col(customers.alias), of="counted"), steps)


def _keyed(
    keys: Sequence[exp.Expr], coded: exp.Select, customers: exp.Expr
) -> tuple[exp.Select, exp.Select]:
    """Both last steps where all codes are numbers of bins, which fit into one whole number.

    Segment, column and bin are the low, middle and high bits of it: Spark groups by one whole
    number faster than by three columns. Who has no value, or no segment, has no key.
    """
    segment, place, code = coded.expressions
    low = exp.Mul(this=place, expression=whole(1 << _SEGMENT_BITS))
    high = exp.Mul(
        this=exp.cast(code.this, "bigint"), expression=whole(1 << _SEGMENT_BITS + _PLACE_BITS)
    )
    key = exp.Add(this=exp.Add(this=high, expression=low), expression=segment.this.copy())
    packed = select(alias(key, _KEY), of="stacked")
    grouped = select(col(_KEY), customers, of="coded").group_by(col(_KEY))
    parts = (
        _bits(0, _SEGMENT_BITS),
        _bits(_SEGMENT_BITS, _PLACE_BITS),
        exp.cast(_shifted(_SEGMENT_BITS + _PLACE_BITS), "double"),
    )
    named = [alias(part, own.name) for part, own in zip(parts, keys, strict=True)]
    groups = grouped.subquery("grouped")
    return packed, exp.select(*named, col(customers.alias)).from_(groups)


def _shifted(bits: int) -> exp.Expr:
    """The key without its lowest bits; a negative bin stays one."""
    return exp.Anonymous(this="SHIFTRIGHT", expressions=[col(_KEY), whole(bits)])


def _bits(start: int, count: int) -> exp.Expr:
    """Some bits of the key."""
    return exp.paren(exp.BitwiseAnd(this=_shifted(start), expression=whole((1 << count) - 1)))


def _stack(columns: Mapping[str, Bins | None]) -> exp.Expr:
    """A row for each column: its number, its value, and centre and unit of its bins if any."""
    parts: list[exp.Expr] = []
    for i, (name, bins) in enumerate(columns.items()):
        ends = [double(bins.center), double(bins.unit)] if bins else [_no_number(), _no_number()]
        parts += [whole(i), exp.cast(col(name), "double"), *ends]
    return exp.Anonymous(this="STACK", expressions=[whole(len(columns)), *parts])


def _code(value: exp.Expr, center: exp.Expr, unit: exp.Expr) -> exp.Expr:
    found = exp.Case().when(unit.copy().is_(exp.null()), value.copy())
    return found.else_(bin_number(value, center, unit))


def _no_number() -> exp.Expr:
    return exp.cast(exp.null(), "double")


# ---------------------------------------------------------------- words


def _floor(node: exp.Expr) -> exp.Expr:
    """As a double: Spark's is a whole number of 64 bits, which not every column's values fit."""
    value = node.this
    if isinstance(node.parent, exp.Cast) and node.parent.is_type("double"):
        return node
    found = exp.cast(exp.Floor(this=value.copy()), "double")
    if not isinstance(value, exp.Column):
        return found
    small = exp.LT(this=exp.Abs(this=value.copy()), expression=double(_ALL_WHOLE))
    return exp.Case().when(small, found).else_(value.copy())


def _anonymous(node: exp.Expr) -> exp.Expr:
    """Of 64 bits; a missing value counts, which Spark would skip."""
    if node.name.lower() != "hash":
        return node
    cells = [part for own in node.expressions for part in (own, own.is_(exp.null()))]
    return exp.Anonymous(this="XXHASH64", expressions=[own.copy() for own in cells])


def _cast(node: exp.Expr) -> exp.Expr:
    """A double becomes the nearest whole number, where Spark would cut it."""
    if node.is_type("bigint") and isinstance(node.this, exp.Mul):
        nearest = exp.Anonymous(this="RINT", expressions=[node.this.copy()])
        return exp.cast(nearest, "bigint")
    return member_as_text(node)


_WORDS = {
    exp.TryCast: guarded_cast,
    exp.Anonymous: _anonymous,
    exp.Round: half_up,
    exp.Floor: _floor,
    exp.Cast: _cast,
}

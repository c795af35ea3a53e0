"""Views that an engine need not keep: each query brings those along that it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

__all__ = ["Views", "is_base"]

_Wanted = frozenset[str] | None
"""Columns by name; None for all of them."""


class Views:
    """Queries by name, in the order in which they were made: each stands on earlier ones only.

    >>> from segmentry.sql import columns
    >>> views = Views()
    >>> views.add("adults", exp.select("*").from_("people").where("age > 17"))
    >>> views.under(columns("adults", ["age"]), spoken=lambda step: None).sql()[:29]
    'WITH "adults" AS NOT MATERIAL'
    """

    def __init__(self) -> None:
        self._views: dict[str, exp.Select] = {}
        self._latest: dict[str, str] = {}

    def add(self, name: str, query: exp.Select) -> None:
        """Give a query a name, which it takes over from an earlier one."""
        own = self._renamed(query)
        latest = name if name not in self._views else f"{name}~{len(self._views)}"
        self._views[latest] = own
        self._latest[name] = latest

    def under(self, query: exp.Select, *, spoken: Callable[[exp.Select], None]) -> exp.Select:
        """The query with the views that it stands on before it, as common table expressions.

        Of their columns only those go before the query that it asks for. ``spoken`` says a query in
        place in the words of an engine.
        """
        query = self._renamed(query).copy()
        spoken(query)
        wanted: dict[str, _Wanted] = {}
        _want(query, self._views, wanted, beyond=None)
        steps: list[exp.CTE] = []
        for name in reversed(list(self._views)):
            if name not in wanted:
                continue
            view = _narrowed(self._views[name], wanted[name])
            if not is_base(view):
                _want(view, self._views, wanted, beyond=wanted[name])
                spoken(view)
            called = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
            steps.append(exp.CTE(this=view, alias=called, materialized=False))
        if steps:
            query.set("with_", exp.With(expressions=[*reversed(steps), *query.ctes]))
        return query

    def _renamed(self, query: exp.Select) -> exp.Select:
        """The query on the views that have its tables' names now."""
        if is_base(query):
            return query
        query = query.copy()
        own = {cte.alias for cte in query.find_all(exp.CTE)}
        for table in query.find_all(exp.Table):
            if table.name in self._latest and table.name not in own and not table.db:
                table.set("this", exp.to_identifier(self._latest[table.name], quoted=True))
        return query


def is_base(query: exp.Select) -> bool:
    """Whether this is what the customers are read by, in the caller's own words."""
    return bool(query.meta.get("base"))


def _want(
    query: exp.Select,
    views: Mapping[str, exp.Select],
    wanted: dict[str, _Wanted],
    *,
    beyond: _Wanted,
) -> None:
    """Note which columns a query asks of which views; ``beyond`` are those that are asked of it."""
    own = {step.alias for step in query.find_all(exp.CTE)}
    tables = {table.name for table in query.find_all(exp.Table) if not table.db} - own
    names: _Wanted = frozenset(column.name for column in query.find_all(exp.Column))
    if any(isinstance(star.parent, exp.Select) for star in query.find_all(exp.Star)):
        names = names | beyond if names is not None and beyond is not None else None
    for table in tables & set(views):
        before = wanted.get(table, frozenset())
        wanted[table] = None if names is None or before is None else names | before


def _narrowed(view: exp.Select, wanted: _Wanted) -> exp.Select:
    """A copy of a view with the columns that are wanted; at least one, so that rows can count."""
    if wanted is None or view.args.get("distinct"):
        return view.copy()
    columns = [own for own in view.expressions if own.is_star or own.alias_or_name in wanted]
    narrow = exp.Select(expressions=[own.copy() for own in columns or view.expressions[:1]])
    for name, own in view.args.items():
        if name != "expressions" and own is not None:
            copies = [one.copy() for one in own] if isinstance(own, list) else None
            narrow.set(name, copies if copies is not None else _copied(own))
    narrow.meta.update(view.meta)
    return narrow


def _copied(own: object) -> object:
    return own.copy() if isinstance(own, exp.Expr) else own

"""Steps 1 to 3: from a source to customers, a row each, whose columns have a role.

Where the source holds order lines, customers are built from them first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from segmentry.engines.contract import Engine
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.resources import Resources
from segmentry.errors import InputError
from segmentry.progress import Progress
from segmentry.steps import customers, orders, plausibility, roles, sources, suitability
from segmentry.steps.overview import Overview, overview
from segmentry.steps.reading import Reading
from segmentry.steps.sources import Source
from segmentry.transactions import open_customers

__all__ = ["Intake", "take_in"]

_ROLES = ("features", "profile", "id", "categorical", "weight")
"""The options that say what columns are for."""


@dataclass(frozen=True)
class Intake:
    """Customers in the engine, ready to be prepared.

    Attributes
    ----------
    table : Source
        Where they are, a row each, and what to know of how they were read.
    columns : Overview
        What is in each column.
    roles : Roles
        What each column is for, and why.
    built : Customers, optional
        The orders behind them.
    """

    table: Source
    columns: Overview
    roles: roles.Roles
    built: orders.Customers | None


def take_in(
    source: Any,
    engine: Engine,
    options: Mapping[str, Any],
    reading: Reading,
    *,
    limits: Resources,
    progress: Progress,
) -> Intake:
    """Read customers, or build them from orders; find out what their columns are for."""
    chosen, built = {name: options[name] for name in _ROLES}, None
    if "rfm" not in options:
        with progress.step("read"):
            table = sources.open_source(source, engine, reading)
    else:
        built, table = _built(
            source, engine, options, reading=reading, limits=limits, progress=progress
        )
        chosen |= _roles_of_built(table, chosen)
    with progress.step("explore"):
        found = Intake(table, *_assigned(table, engine, chosen), built)
        found = _one_row_each(found, engine, chosen, options.get("duplicates", "refuse"))
        if built:
            found = replace(found, roles=_explained(found.roles, options))
        suitability.check_features(found.roles, found.table, found.columns, engine)
        if options["features"] is None:
            suitability.refuse_unknown_words(found.roles, found.table, found.columns, engine)
        odd = plausibility.odd_values(found.columns, found.roles, engine)
        return replace(found, table=replace(found.table, warnings=(*found.table.warnings, *odd)))


def _built(
    source: Any,
    engine: Engine,
    options: Mapping[str, Any],
    *,
    reading: Reading,
    limits: Resources,
    progress: Progress,
) -> tuple[orders.Customers, Source]:
    """Customers built from order lines."""
    if not isinstance(engine, DuckDBEngine):
        raise InputError(
            "Order lines are read from files and dataframes only, not from a database.",
            "Build a row a customer there, and give it with --query 'SELECT … GROUP BY …'.",
            code="R105",
        )
    lines = {"id": options["id"], **options["rfm"]}
    return open_customers(source, engine, lines, reading=reading, limits=limits, progress=progress)


def _roles_of_built(table: Source, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The roles of what was built from orders, but for those that were chosen."""
    others = [*(chosen["categorical"] or ()), chosen["weight"]]
    own = {name: chosen[name] for name in ("features", "profile")}
    return dict(orders.roles_of_customers(table, **own, others=others))


def _assigned(
    table: Source, engine: Engine, chosen: Mapping[str, Any]
) -> tuple[Overview, roles.Roles]:
    """What is in each column, the id as it came, and what it is for."""
    columns = overview(table, engine)
    own_roles = roles.assign_roles(table, columns, engine, **chosen)
    return customers.with_id_as_it_came(table, columns, own_roles, engine), own_roles


def _one_row_each(
    found: Intake, engine: Engine, chosen: Mapping[str, Any], duplicates: Any
) -> Intake:
    """The same with one row a customer, explored anew if that takes rows away."""
    single = customers.one_row_each(found.table, found.columns, found.roles, engine, duplicates)
    if single is found.table:
        return found
    return Intake(single, *_assigned(single, engine, chosen), found.built)


def _explained(own_roles: roles.Roles, options: Mapping[str, Any]) -> roles.Roles:
    """Say of customers built from orders why each column is what it is, unless it was chosen."""
    chosen = {own for name in _ROLES for own in roles.listed(options[name]) or ()}
    reasons = {
        "id": "names each customer",
        "feature": "recency, frequency, money: what orders are usually grouped by",
        "profile": "built from the orders: describes segments",
    }
    explained = (
        own if own.column in chosen else replace(own, reason=reasons.get(own.role, own.reason))
        for own in own_roles.all
    )
    return roles.Roles(tuple(explained))

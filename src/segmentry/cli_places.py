"""The options of the command line that are about databases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from glob import has_magic
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["Places", "Replace", "WriteTo", "place_of", "stem_of"]

_PANEL = "Customers in a database"


class Places:
    """Which rows of a database are meant: :class:`segmentry.engines.places.Place`."""

    table: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_PANEL, metavar="NAME", help="The table with them: schema.table."
        ),
    ] = None
    query: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_PANEL, metavar="SELECT", help="One SELECT with a row a customer."
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=_PANEL, metavar="SECONDS", help="What one query may take. (600)"
        ),
    ] = None


WriteTo = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL, metavar="NAME", help="Keep their segments there as a table."
    ),
]
Replace = Annotated[
    bool,
    typer.Option(
        "--replace",
        rich_help_panel=_PANEL,
        help="With --write-to: replace an earlier table of segments.",
    ),
]


def stem_of(source: str, options: Mapping[str, Any]) -> str:
    """What the folder of a run is called after: file, folder of files, or table of a database.

    >>> stem_of("data/customers.csv", {}), stem_of("postgresql://db/x", {"table": "crm.Big"})
    ('customers', 'Big')
    >>> stem_of("shop/year=*/*.parquet", {})
    'shop'
    """
    if "://" not in source:
        if not has_magic(source):
            return Path(source).stem
        from segmentry.steps.parts import folder_of

        return folder_of(source).resolve().name or "customers"
    table = (options.get("table") or "query").rpartition(".")[2]
    return re.sub(r"[^\w-]+", "-", table).strip("-") or "query"


def place_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Of the options those that say which rows of a database are meant."""
    return {name: options[name] for name in ("table", "query", "timeout")}

"""The options that several commands share, each spelled once.

A group is a class whose fields are options; :func:`asks` gives a command those of some groups. What
a group says stands together in the help.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

__all__ = [
    "Features",
    "Flags",
    "Folder",
    "Force",
    "Id",
    "Json",
    "Limits",
    "Orders",
    "Playbook",
    "Profile",
    "Raw",
    "Reading",
    "SourceArgument",
    "asks",
    "of_group",
    "option",
]

Command = TypeVar("Command", bound=Callable[..., None])

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="CSV, TSV, Parquet, Excel (.xlsx), JSON lines; postgresql://…, spark://… or sc://…",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", help="Folder to write. (SOURCE-segments)"),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an earlier run in the same folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]
Features = Annotated[
    str | None,
    typer.Option(
        metavar="A,B", help="Columns to cluster on. Quote names that hold commas: '\"a,b\",c'."
    ),
]
Profile = Annotated[
    str | None, typer.Option(metavar="C,D", help="Columns that only describe the segments.")
]
Playbook = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Your own playbook (see: segmentry playbook)."),
]
Flags = Annotated[
    bool,
    typer.Option("--flags", help="Add second_segment, in_between and outlier to the customers."),
]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Leave texts as they are in CSV files, also =formulas."),
]
Id = Annotated[str | None, typer.Option("--id", metavar="COL", help="Column that names customers.")]


def option(*names: str, panel: str, **said: Any) -> Any:
    """An option that stands under a heading of the help."""
    return typer.Option(*names, rich_help_panel=panel, **said)


_READING = "How the source is read (by default found out)"


class Reading:
    """How a source is to be read: :class:`segmentry.steps.reading.Reading`."""

    encoding: Annotated[
        str | None,
        option(panel=_READING, metavar="NAME", help="Letters of a text file: cp1251, utf-16-le."),
    ] = None
    sep: Annotated[
        str | None,
        option(panel=_READING, metavar="CHAR", help="What separates fields: ';' or tab."),
    ] = None
    decimal: Annotated[
        str | None, option(panel=_READING, metavar=".|,", help="Decimal mark of numbers.")
    ] = None
    date_order: Annotated[
        str | None, option(panel=_READING, metavar="dmy|mdy", help="What 03/04/2024 means.")
    ] = None
    header_row: Annotated[
        int | None,
        option(panel=_READING, metavar="N", help="Line with the names of the columns, from 1."),
    ] = None
    sheet: Annotated[
        str | None, option(panel=_READING, metavar="NAME|N", help="Sheet of a workbook.")
    ] = None
    skip_bad_lines: Annotated[
        bool,
        option(
            "--skip-bad-lines",
            panel=_READING,
            help="Set broken lines aside in a file, and count them.",
        ),
    ] = False
    missing_token: Annotated[
        list[str] | None,
        option(
            panel=_READING,
            metavar="TOKEN",
            help="What also means that there is no value: NA, unknown, -99. May be repeated.",
        ),
    ] = None
    map: Annotated[
        list[str] | None,
        option(
            panel=_READING,
            metavar="COL:A=B,…",
            help="Levels to be read as others: 'Gender:m=Male,male=Male'. \\= is a level's own =. "
            "May be repeated.",
        ),
    ] = None


_LIMITS = "What it may take (no limit changes a result)"


class Limits:
    """What the engine may take: :class:`segmentry.engines.resources.Resources`."""

    threads: Annotated[
        int | None,
        option(panel=_LIMITS, metavar="N", help="Threads to use. (all that may be used)"),
    ] = None
    memory_limit: Annotated[
        str | None,
        option(
            panel=_LIMITS,
            metavar="SIZE",
            help="Memory of the engine; beyond, files. (640MB at most)",
        ),
    ] = None
    temp_dir: Annotated[
        Path | None,
        option(panel=_LIMITS, metavar="DIR", help="Folder for temporary files. (the system's)"),
    ] = None


_ORDERS = "Which columns of order lines say what (by default found out)"


class Orders:
    """What is said of order lines: :func:`segmentry.rfm`."""

    date: Annotated[
        str | None, option(panel=_ORDERS, metavar="COL", help="The column of dates.")
    ] = None
    amount: Annotated[
        str | None,
        option(panel=_ORDERS, metavar="COL|A*B", help="Amounts, or quantity*price; returns < 0."),
    ] = None
    order: Annotated[
        str | None, option(panel=_ORDERS, metavar="COL", help="The column of order numbers.")
    ] = None
    product: Annotated[
        str | None, option(panel=_ORDERS, metavar="COL", help="The column of products.")
    ] = None
    leave_out: Annotated[
        str | None,
        option(
            panel=_ORDERS,
            metavar="COL:A,B",
            help="Lines that do not count: 'status:cancelled,failed'.",
        ),
    ] = None
    since: Annotated[
        str | None, option(panel=_ORDERS, metavar="DATE", help="The first day that counts.")
    ] = None
    as_of: Annotated[
        str | None,
        option(
            panel=_ORDERS, metavar="DATE", help="Count days from here. (the day after the last)"
        ),
    ] = None


def asks(*groups: type) -> Callable[[Command], Command]:
    """Give a command the options of some groups, in place of its ``**`` parameter."""

    def asked(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True).parameters.values()
        shared = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=getattr(group, name),
                annotation=hint,
            )
            for group in groups
            for name, hint in get_type_hints(group, include_extras=True).items()
        ]
        kept = [one for one in own if one.kind is not inspect.Parameter.VAR_KEYWORD]
        command.__signature__ = inspect.Signature([*kept, *shared])  # type: ignore[attr-defined]
        return command

    return asked


def of_group(group: type, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a command's options that belong to a group."""
    return {name: options[name] for name in group.__annotations__}

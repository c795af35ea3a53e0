"""The options of the command line that say how a file is to be read, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Letters of a text file: cp1251, utf-16-le. (found out)"),
]
Sep = Annotated[
    str | None,
    typer.Option(metavar="CHAR", help="What separates fields: ';' or tab. (found out)"),
]
Decimal = Annotated[
    str | None,
    typer.Option(metavar=".|,", help="Decimal mark of numbers. (found out by column)"),
]
DateOrder = Annotated[
    str | None,
    typer.Option(metavar="dmy|mdy", help="What 03/04/2024 means. (found out by column)"),
]
HeaderRow = Annotated[
    int | None,
    typer.Option(metavar="N", help="Line with the names of the columns, from 1. (found out)"),
]
Sheet = Annotated[
    str | None,
    typer.Option(metavar="NAME|N", help="Sheet of a workbook. (the one with the table)"),
]
SkipBadLines = Annotated[
    bool,
    typer.Option("--skip-bad-lines", help="Set broken lines aside in a file, and count them."),
]
Duplicates = Annotated[
    str, typer.Option(metavar="refuse|first|keep", help="Rows that differ about one id.")
]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page, too.")]

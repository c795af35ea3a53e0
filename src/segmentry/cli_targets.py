"""Where ``segmentry assign`` puts its answer: a file, a table of a database, standard output."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from segmentry.cli_options import Limits, of_group
from segmentry.terminal import progress_bar, tell_warnings

__all__ = ["to_file", "to_stdout", "to_table"]


def to_file(model: str, source: str, output: Path, options: dict[str, Any]) -> None:
    """Write them to a CSV or Parquet file."""
    with progress_bar(silent=False, steps=("read", "assign")) as progress:
        from segmentry.scorer import load

        read = load(model).assign_file(source, output, progress=progress, **options)
    tell_warnings(read.warnings)


def to_table(model: str, source: str, name: str, options: dict[str, Any]) -> None:
    """Keep them as a table of the database that the customers are in."""
    with progress_bar(silent=False, steps=("read", "assign")) as progress:
        from segmentry.scorer import load

        options = {own: said for own, said in options.items() if own not in vars(Limits)}
        read = load(model).assign_table(source, name, progress=progress, **options)
    tell_warnings(read.warnings)
    print(f"Written: {name}", file=sys.stderr)


def to_stdout(model: str, source: str, options: dict[str, Any]) -> None:
    """Print them, by way of a file: nothing is printed where a customer cannot be read."""
    from segmentry.engines.resources import Resources
    from segmentry.engines.scratch import Scratch

    limits = of_group(Limits, options)
    with closing(Scratch(Resources(**limits).folder)) as scratch:
        answer = scratch.path / "customers.csv"
        to_file(model, source, answer, options)
        sys.stdout.flush()
        with answer.open("rb") as stream:
            shutil.copyfileobj(stream, sys.stdout.buffer)

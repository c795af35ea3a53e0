"""The options of the command line that say how features are prepared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from segmentry.errors import InputError

Categorical = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="Columns to cluster on by their levels, beside numbers."),
]
Missing = Annotated[
    str,
    typer.Option(metavar="fill|drop", help="Missing values: the median stands in, or no segment."),
]
Outliers = Annotated[
    str,
    typer.Option(metavar="keep|winsorize", help="Numbers beyond the 1 % and 99 % quantiles."),
]
Scale = Annotated[
    str, typer.Option(metavar="auto|none|zscore", help="How features are made comparable.")
]
Log = Annotated[
    str, typer.Option(metavar="auto|none", help="Whether skewed features become logarithms.")
]
Weight = Annotated[
    str | None,
    typer.Option(metavar="COL", help="How much each customer counts for the centres."),
]
FeatureWeight = Annotated[
    list[str] | None,
    typer.Option(metavar="COL=2", help="Let a feature count more or less; may be repeated."),
]


def feature_weights(given: Sequence[str] | None) -> dict[str, float]:
    """Read ``COL=2``, as often as it is given.

    >>> feature_weights(["a=b=2"])
    {'a=b': 2.0}
    """
    found = {}
    for text in given or ():
        name, _, number = text.rpartition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            name = ""
        if not name.strip():
            raise InputError(
                f"--feature-weight {text!r} is not COL=NUMBER.",
                "Write it like --feature-weight 'Annual Income=2'.",
                code="R46",
            )
    return found

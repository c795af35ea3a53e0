"""The options of the command line that say how features are prepared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from segmentry.cli_options import option
from segmentry.errors import InputError

__all__ = ["Preparing", "feature_weights"]

_PREPARING = "How features are prepared (docs/preparing.md)"


class Preparing:
    """How features are prepared: :class:`segmentry.steps.preparation.Preparing`."""

    categorical: Annotated[
        str | None,
        option(panel=_PREPARING, metavar="A,B", help="Columns to cluster on by their levels."),
    ] = None
    missing: Annotated[
        str,
        option(
            panel=_PREPARING,
            metavar="fill|drop",
            help="Missing values: the median stands in, or no segment.",
        ),
    ] = "fill"
    outliers: Annotated[
        str,
        option(
            panel=_PREPARING,
            metavar="keep|winsorize",
            help="Numbers beyond the 1 % and 99 % quantiles.",
        ),
    ] = "keep"
    scale: Annotated[
        str,
        option(
            panel=_PREPARING, metavar="auto|none|zscore", help="How features are made comparable."
        ),
    ] = "auto"
    log: Annotated[
        str,
        option(
            panel=_PREPARING, metavar="auto|none", help="Whether skewed features become logarithms."
        ),
    ] = "auto"
    weight: Annotated[
        str | None,
        option(panel=_PREPARING, metavar="COL", help="How much each customer counts for centres."),
    ] = None
    feature_weight: Annotated[
        list[str] | None,
        option(
            panel=_PREPARING,
            metavar="COL=2",
            help="Let a feature count more or less. May be repeated.",
        ),
    ] = None


def feature_weights(given: Sequence[str] | None) -> dict[str, float]:
    """Read ``COL=2``, as often as it is given.

    >>> feature_weights(["a=b=2"])
    {'a=b': 2.0}
    """
    found: dict[str, float] = {}
    for text in given or ():
        name, _, number = text.rpartition("=")
        name = name.strip()
        if name in found:
            raise InputError(
                f"--feature-weight gives {name!r} two weights.", "Give it one.", code="R46"
            )
        try:
            found[name] = float(number)
        except ValueError:
            name = ""
        if not name:
            raise InputError(
                f"--feature-weight {text!r} is not COL=NUMBER.",
                "Write it like --feature-weight 'Annual Income=2'.",
                code="R46",
            )
    return found

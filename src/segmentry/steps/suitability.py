"""Step 3d: can the features be clustered on, and was none left out that should be one?"""

from __future__ import annotations

import shlex

from segmentry.engines.contract import Engine
from segmentry.errors import FeatureError
from segmentry.steps import headers
from segmentry.steps.headers import words_of
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.roles import Roles, is_private
from segmentry.steps.sources import Source
from segmentry.steps.whereabouts import read_odd_values, read_odd_words, where_too_large

__all__ = ["about_too_large", "check_features", "refuse_unknown_words"]

_FEW_WORDS = 5


def check_features(roles: Roles, source: Source, columns: Overview, engine: Engine) -> None:
    """Refuse features that cannot be clustered on.

    Raises
    ------
    FeatureError
        If a feature is not a number or is empty, or there is no feature at all.
    """
    for name in roles.features:
        column = columns.column(name)
        if not column.present:
            raise FeatureError(
                f"Feature {name!r} is empty in all {column.rows} rows.",
                "Leave it out of --features.",
                code="R37",
            )
        if column.type != "number" and name not in roles.categories:
            raise FeatureError(
                f"Feature {name!r} is not a number{_examples(column, source, columns, engine)}.",
                "Cluster on its levels with --categorical, describe by it with --profile, or "
                "choose columns of numbers with --features.",
                code="R32",
            )
        if column.type == "date":
            raise FeatureError(
                f"Category {name!r} is a date.", "Turn it into a number of days.", code="R32"
            )
        where = where_too_large(source, engine, name) if column.missing else ""
        if where:
            raise FeatureError(
                _too_large(name, where), "Correct or empty that cell, then run again.", code="R35"
            )
    if not set(roles.features) - set(roles.categories):
        _raise_no_feature(roles, columns)


def about_too_large(roles: Roles, source: Source, columns: Overview, engine: Engine) -> list[str]:
    """What a run would refuse, where a source is only looked at."""
    gaps = [name for name in roles.features if columns.column(name).missing]
    numbers = [name for name in gaps if columns.column(name).type == "number"]
    found = {name: where_too_large(source, engine, name) for name in numbers}
    return [
        f"{_too_large(name, where)} A run refuses it: correct or empty that cell."
        for name, where in found.items()
        if where
    ]


def _too_large(name: str, where: str) -> str:
    return f"Feature {name!r} holds a number beyond 1e100 in {where}."


def refuse_unknown_words(roles: Roles, source: Source, columns: Overview, engine: Engine) -> None:
    """Refuse a column that would be a feature but for a few words, which may mean "missing".

    Raises
    ------
    FeatureError
        With the first of them; the caller knows what they mean.
    """
    for name in sorted(source.nearly, key=source.names.index):
        words = words_of(name)
        known = headers.is_id(words) or headers.is_code(words) or headers.is_demographic(words)
        if known or roles.of(name).role not in {"profile", "ignored"}:
            continue
        odd = read_odd_words(source, engine, name, limit=_FEW_WORDS + 1)
        if not 0 < len(odd) <= _FEW_WORDS:
            continue
        said = " ".join(f"--missing-token {shlex.quote(own)}" for own in odd)
        raise FeatureError(
            f"{name} would be a feature but for some words"
            f"{_examples(columns.column(name), source, columns, engine)}.",
            f"If they mean that there is no value, say {said} (in Python missing_token={odd!r}); "
            f"else name the columns to cluster on with --features, or describe by it with "
            f"--profile {shlex.quote(name)}.",
            code="R32",
        )


def _examples(column: ColumnSummary, source: Source, columns: Overview, engine: Engine) -> str:
    """A few cells that are no numbers; nothing of a column that may name or reach somebody."""
    if is_private(column, source, columns, engine):
        return ""
    examples = read_odd_values(source, engine, column.name)
    return f" ({examples})" if examples else ""


def _raise_no_feature(roles: Roles, columns: Overview) -> None:
    listed = "; ".join(f"{own.column}: {own.role}, {own.reason}" for own in roles.all)
    usable = [
        column.name
        for column in columns.columns
        if column.type == "number"
        and column.distinct > 1
        and roles.of(column.name).role in {"profile", "ignored", "outcome"}
    ]
    fix = (
        f"Name the columns to cluster on, for example --features {','.join(usable[:2])!r}."
        if usable
        else "Add at least one column of numbers that differs between customers."
    )
    alike = [own.name for own in columns.columns if own.type == "number" and own.distinct == 1]
    if alike and not usable and columns.rows > 1:
        raise FeatureError(
            f"All {columns.rows:,} rows are identical in every column of numbers ({listed}).",
            fix,
            code="R41",
        )
    raise FeatureError(f"No column can be clustered on ({listed}).", fix, code="R37")

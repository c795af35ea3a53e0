"""Step 3: decide what each column is for, and say why.

By default customers are segmented on behaviour and value and described by demographics. A column
with contact data is recognised by its name or its values and never shown, stored or used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from segmentry import sql
from segmentry.engines.contract import Engine
from segmentry.errors import ColumnError
from segmentry.steps import headers
from segmentry.steps.headers import words_of
from segmentry.steps.identities import CARDS, private_kind
from segmentry.steps.overview import ColumnSummary, Overview
from segmentry.steps.sources import (
    TABLE,
    Source,
    count_stored,
)

__all__ = [
    "BY_NAME",
    "LIKE_IDS",
    "Role",
    "Roles",
    "assign_roles",
    "is_private",
    "listed",
]

RoleName = Literal["id", "feature", "profile", "outcome", "contact", "weight", "ignored"]

BY_NAME = "an id by its name, not a quantity"
"""Why a column is ignored that is called an id and names nobody."""
LIKE_IDS = "a number of its own in every row, as ids have"
"""Why one is ignored whose values look like ids though its name does not say so."""
_ADDRESS = re.compile(r"(?s).+@.+\..+")
_CHOSEN = "chosen by you"
_MOST_LEVELS = 50
_AT_ONCE = 50
_SAMPLE = 400
"""Rows whose values are looked at for what they give away."""

_FEW = 5
"""So many different texts are levels, however few the rows."""
_NEARLY_ALL = 0.8
_CODE_LENGTH = 100_000


@dataclass(frozen=True)
class Role:
    """What one column is for, and why; ``categorical`` is a feature of levels, not of numbers."""

    column: str
    role: RoleName
    reason: str
    categorical: bool = False


@dataclass(frozen=True)
class Roles:
    """What all columns are for.

    Attributes
    ----------
    all : tuple of Role
        In the source's order.
    """

    all: tuple[Role, ...]

    def named(self, role: RoleName) -> tuple[str, ...]:
        """The columns of a role, in the source's order."""
        return tuple(own.column for own in self.all if own.role == role)

    @property
    def id(self) -> str | None:
        """The id column, if there is one."""
        return next(iter(self.named("id")), None)

    @property
    def features(self) -> tuple[str, ...]:
        """The columns to cluster on."""
        return self.named("feature")

    @property
    def categories(self) -> tuple[str, ...]:
        """The features whose values are levels."""
        return tuple(own.column for own in self.all if own.categorical)

    @property
    def profile(self) -> tuple[str, ...]:
        """The columns that only describe."""
        return self.named("profile")

    def of(self, column: str) -> Role:
        """The role of one column."""
        return next(own for own in self.all if own.column == column)


def assign_roles(
    source: Source,
    columns: Overview,
    engine: Engine,
    *,
    features: Sequence[str] | None = None,
    profile: Sequence[str] | None = None,
    id: str | None = None,
    categorical: Sequence[str] | None = None,
    weight: str | None = None,
) -> Roles:
    """Decide the role of every column; what the caller names is taken as given.

    Parameters
    ----------
    features, profile : sequence of str, optional
        Columns to cluster on, and columns to describe by. None: decided here.
    id : str, optional
        The column that names the customer.
    categorical : sequence of str, optional
        Columns to cluster on by their levels.
    weight : str, optional
        The column that says how much each customer counts.

    Raises
    ------
    ColumnError
        If a named column is not there, or is named for two roles.
    """
    levels = categorical or ()
    chosen = _chosen(source, features, profile, id, levels, weight)
    id_column = id or _find_id(columns, engine, taken=chosen)
    private = _private_columns(source, columns, engine)
    padded = _padded_columns(source, columns, engine)
    roles = []
    for column in columns.columns:
        if column.name in chosen:
            is_levels = column.name in levels
            why = f"{_CHOSEN}, by its levels" if is_levels else _CHOSEN
            roles.append(Role(column.name, chosen[column.name], why, categorical=is_levels))
        elif column.name == id_column:
            roles.append(Role(column.name, "id", "names each customer"))
        else:
            roles.append(_role_of(column, private, is_padded=column.name in padded))
    kept = None if features is None else [*features, *levels]
    return _limited(Roles(tuple(roles)), kept, profile)


def listed(names: Sequence[str] | None) -> list[str] | None:
    """A single name is a list of one, not of its letters; a dataframe's names may be numbers.

    >>> listed("Age"), listed([0, 1]), listed(None)
    (['Age'], ['0', '1'], None)
    """
    if names is None:
        return None
    return [names] if isinstance(names, str) else [str(name) for name in names]


def _chosen(
    source: Source,
    features: Sequence[str] | None,
    profile: Sequence[str] | None,
    id: str | None,
    categorical: Sequence[str],
    weight: str | None,
) -> dict[str, RoleName]:
    wanted: list[tuple[str, RoleName, str]] = [
        (name, "feature", "--features") for name in features or ()
    ]
    wanted += [(name, "profile", "--profile") for name in profile or ()]
    wanted += [(name, "feature", "--categorical") for name in categorical]
    wanted += [(id, "id", "--id")] if id is not None else []
    wanted += [(weight, "weight", "--weight")] if weight is not None else []
    chosen: dict[str, RoleName] = {}
    for name, role, option in wanted:
        source.column(name, option=option)
        if chosen.get(name, role) != role:
            raise ColumnError(
                f"{name!r} is named as {chosen[name]} and as {role}.",
                "Name it in one of the options only.",
                code="R25",
            )
        chosen[name] = role
    return chosen


def _find_id(columns: Overview, engine: Engine, *, taken: dict[str, RoleName]) -> str | None:
    """The first column that is called an id and has a value of its own in (nearly) every row."""
    if "id" in taken.values():
        return None
    candidates = [
        column for column in columns.columns if column.name not in taken and _is_called_id(column)
    ]
    for column in candidates:
        if column.present and _names_nearly_all(column, engine):
            return column.name
    return None


def _names_nearly_all(column: ColumnSummary, engine: Engine) -> bool:
    """Whether nearly every row has a value of its own; as it came, where it does not as a number.

    Long ids are alike as doubles only.
    """
    enough = 0.99 * column.present
    return column.distinct >= enough or count_stored(engine, column.name) >= enough


def _is_called_id(column: ColumnSummary) -> bool:
    words = words_of(column.name)
    return headers.is_id(words) and not headers.is_contact(words)


def _private_columns(source: Source, columns: Overview, engine: Engine) -> dict[str, str]:
    """Columns whose values name or reach somebody, each with what they are."""
    looked = [own.name for own in source.columns if own.type in ("text", "number", "stored")]
    found: dict[str, str] = {}
    for start in range(0, len(looked), _AT_ONCE):
        some = looked[start : start + _AT_ONCE]
        sample = engine.arrow(sql.first_values(source.raw, some, limit=_SAMPLE)).to_pydict()
        for name in some:
            kind = private_kind([own for own in sample[name] if own])
            if kind:
                found[name] = kind
    mails = _columns_of_addresses(source, columns, engine)
    return dict.fromkeys(mails, "e-mail addresses") | found


def _columns_of_addresses(source: Source, columns: Overview, engine: Engine) -> frozenset[str]:
    """Columns of text in which most values look like e-mail addresses."""
    texts = [column.name for column in source.columns if column.type == "text"]
    # Where all values are one the first tells; to look at each of many millions takes long.
    alike = [name for name in texts if columns.column(name).distinct == 1]
    first = engine.rows(sql.first_values(TABLE, alike, limit=1))[0] if alike else {}
    found = {name for name, value in first.items() if value and _ADDRESS.fullmatch(value)}
    others = [name for name in texts if not first.get(name)]
    counts = engine.rows(sql.address_counts(TABLE, others))[0] if others else {}
    found |= {
        name
        for i, name in enumerate(others)
        if counts[f"addresses{i}"] > 0.5 * max(1, columns.column(name).present)
    }
    return frozenset(found)


def _padded_columns(source: Source, columns: Overview, engine: Engine) -> frozenset[str]:
    """Columns of whole numbers of their own, all written in one width, with zeros in front."""
    names = [
        own.name
        for own in source.columns
        if own.type == "number"
        and own.stored_as_text
        and _is_number_of_its_own(columns.column(own.name))
    ]
    if not names or not engine.reads_notations:
        return frozenset()
    found = engine.rows(sql.widths(source.raw, names))[0]
    return frozenset(
        name
        for i, name in enumerate(names)
        if found[f"least{i}"] == found[f"most{i}"] and found[f"zeros{i}"]
    )


def _role_of(column: ColumnSummary, private: Mapping[str, str], *, is_padded: bool = False) -> Role:
    """The default role of a column that nobody has named."""
    words = words_of(column.name)
    contact = _contact_reason(column, words, private)
    if contact:
        return Role(column.name, "contact", contact)
    if not column.present:
        return Role(column.name, "ignored", "empty")
    if column.distinct == 1:
        return Role(column.name, "ignored", "the same value in every row")
    if headers.is_outcome(words):
        return Role(column.name, "outcome", "an outcome or label by its name, so not clustered on")
    if column.type == "date":
        return Role(column.name, "ignored", "a date, not a quantity")
    if column.type == "text":
        return _role_of_text(column, words)
    return _role_of_number(column, words, is_padded=is_padded)


def _contact_reason(
    column: ColumnSummary, words: Sequence[str], private: Mapping[str, str]
) -> str | None:
    if headers.is_contact(words) and private.get(column.name) != CARDS:
        return "contact data by its name: never shown, stored or used"
    if column.name in private:
        return f"{private[column.name]}: never shown, stored or used"
    if column.type == "date" and headers.is_birth(words):
        return "a date of birth: never shown, stored or used"
    most = headers.most_levels_of(words)
    if column.type == "text" and most is not None and column.distinct > most:
        return "a name: never shown, stored or used"
    return None


def _role_of_text(column: ColumnSummary, words: Sequence[str]) -> Role:
    if headers.is_customer_id(words):
        return Role(column.name, "ignored", BY_NAME)
    if column.distinct > _MOST_LEVELS:
        return Role(column.name, "ignored", f"text with {column.distinct:,} different values")
    if headers.is_remark(words):
        return Role(column.name, "ignored", "free text by its name, in which anybody may be named")
    if column.distinct > max(_FEW, _NEARLY_ALL * column.present):
        return Role(
            column.name, "ignored", f"{column.distinct} different texts in {column.present} rows"
        )
    return Role(column.name, "profile", f"text with {column.distinct} levels: describes segments")


def _role_of_number(column: ColumnSummary, words: Sequence[str], *, is_padded: bool) -> Role:
    if _is_counter(column) or headers.is_counter(words):
        return Role(column.name, "ignored", "counts the rows")
    if headers.is_id(words):
        return Role(column.name, "ignored", BY_NAME)
    if headers.is_code(words):
        return Role(column.name, "ignored", "a code, not a quantity, by its name")
    if headers.is_demographic(words):
        return Role(column.name, "profile", "demographic by its name: describes segments")
    if is_padded or _looks_like_code(column):
        return Role(column.name, "ignored", LIKE_IDS)
    if column.distinct == 2:
        return Role(column.name, "profile", "only two values: describes segments")
    if column.missing > 0.6 * column.rows:
        share = 100 * column.missing / column.rows
        return Role(column.name, "ignored", f"{share:.0f} % of its values are missing")
    return Role(column.name, "feature", "a number about behaviour or value")


def _is_number_of_its_own(column: ColumnSummary) -> bool:
    """Whether nearly every row has a whole number of its own, and no quantity by its name."""
    unique = column.rows >= 30 and column.distinct >= 0.99 * column.present
    return unique and column.whole and not headers.says_measure(words_of(column.name))


def _looks_like_code(column: ColumnSummary) -> bool:
    """Whether such numbers have six digits or more, or number the rows from anywhere."""
    long = (column.minimum or 0) >= _CODE_LENGTH
    return _is_number_of_its_own(column) and (long or _is_gapless(column))


def _is_counter(column: ColumnSummary) -> bool:
    """Whether a column numbers the rows: from 0 or 1 without a gap, each value once."""
    return column.rows >= 10 and _is_gapless(column) and column.minimum in (0.0, 1.0)


def _is_gapless(column: ColumnSummary) -> bool:
    if column.minimum is None or column.maximum is None or not column.whole:
        return False
    return column.maximum - column.minimum + 1 == column.rows == column.distinct


def _limited(roles: Roles, features: Sequence[str] | None, profile: Sequence[str] | None) -> Roles:
    """Where the caller named the features (or profile) the others describe (or are left out)."""
    limited = []
    for own in roles.all:
        if features is not None and own.role == "feature" and own.column not in features:
            own = Role(own.column, "profile", "not among the features that you chose")
        if profile is not None and own.role == "profile" and own.column not in profile:
            own = Role(own.column, "ignored", "not among the profile columns that you chose")
        limited.append(own)
    return Roles(tuple(limited))


def is_private(column: ColumnSummary, source: Source, columns: Overview, engine: Engine) -> bool:
    """Whether a column may name or reach somebody, whatever the caller takes it for."""
    words = words_of(column.name)
    private = _private_columns(source, columns, engine)
    return headers.is_id(words) or _contact_reason(column, words, private) is not None


def second_thoughts(columns: Overview, roles: Roles) -> list[Role]:
    """What the features that the caller chose would have been, where that is no feature at all."""
    found = []
    for name in roles.features:
        if not roles.of(name).reason.startswith(_CHOSEN):
            continue
        column = columns.column(name)
        if name in roles.categories and (
            column.type == "number" or column.distinct <= _MOST_LEVELS
        ):
            continue
        own = _role_of(column, {})
        if _is_called_id(column) and column.distinct >= 0.99 * column.present:
            own = Role(name, "id", "names each customer")
        if own.role in {"id", "contact", "outcome", "ignored"}:
            found.append(own)
    return found

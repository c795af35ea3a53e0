"""The plan: how raw columns become clustering coordinates, learned once; plain data.

A number goes through up to five stages, each of which may be absent: *fill* a missing one, *clip*
it to bounds, *transform* it, *scale* it, and *weight* it. A category becomes one coordinate for
each of its levels (one-hot). Two interpreters carry a plan out, :mod:`segmentry.steps.features` in
NumPy and :mod:`segmentry.sql.preparing` in SQL, which a property test holds equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

__all__ = ["STRICT", "Axis", "CategoryPlan", "FeaturePlan", "Plan"]

STRICT: dict[str, Any] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
"""How pydantic reads what a file holds: no fields that are not known, no conversions."""


@dataclass(frozen=True)
class FeaturePlan:
    """How one column of numbers becomes one coordinate: ``(t(value) - center) / scale * weight``.

    Attributes
    ----------
    name : str
        The column's header in the source.
    center, scale : float
        In the column's own unit, or in that of its logarithm; 0 and 1 where nothing is scaled.
        ``scale`` is above 0.
    transform : {"none", "log1p"}
        What ``t`` is: the value itself, or ln(1 + value). A value of -1 or less has no logarithm
        and counts as missing.
    fill : float or None
        What stands for a missing value; None where none was missing, or customers without one were
        left out: they have no segment then.
    clip : (float, float) or None
        The bounds to which values are drawn in, before the transform.
    weight : float
        Above 0. A feature of weight 2 counts like one that varies twice as much.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    name: str
    center: float
    scale: float
    transform: Literal["none", "log1p"] = "none"
    fill: float | None = None
    clip: tuple[float, float] | None = None
    weight: float = 1.0

    @property
    def unit(self) -> float:
        """By what the centred value is divided."""
        return self.scale / self.weight

    @property
    def plain(self) -> bool:
        """Whether the coordinate is the value itself, or its logarithm."""
        return self.center == 0.0 and self.unit == 1.0


@dataclass(frozen=True)
class CategoryPlan:
    """How one column of levels becomes coordinates: one a level, ``weight / scale`` or 0.

    Attributes
    ----------
    name : str
        The column's header in the source.
    levels : tuple of str, or of float
        The levels that have a coordinate, the commonest first.
    other : bool
        Whether there is a last coordinate for all other levels together.
    scale : float
        ``sqrt(G / V)`` where ``G`` is the chance that two customers differ: so the coordinates have
        a total variance of ``V``, 0.64 for two levels and nearer to a z-score's for more. See
        :mod:`segmentry.steps.categories`.
    fill : str or float or None
        The level that stands for a missing one; None as in :class:`FeaturePlan`.
    weight : float
        As in :class:`FeaturePlan`.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    name: str
    levels: tuple[str, ...] | tuple[float, ...]
    other: bool
    scale: float
    fill: str | float | None = None
    weight: float = 1.0

    @property
    def unit(self) -> float:
        """By what 1 is divided to be the coordinate of a level."""
        return self.scale / self.weight

    @property
    def numeric(self) -> bool:
        """Whether levels are numbers."""
        return not isinstance(self.levels[0], str)


@dataclass(frozen=True)
class Axis:
    """One coordinate: a column of numbers, or one level of a category.

    Attributes
    ----------
    name : str
        The column, or the column and the level: ``"city: Berlin"``.
    column : str
        The column.
    level : str or None
        The level in words; None of a number.
    """

    name: str
    column: str
    level: str | None = None


@dataclass(frozen=True)
class Plan:
    """How raw columns become clustering coordinates, learned once; plain data.

    Coordinates are those of the features, then those of each category's levels.

    Attributes
    ----------
    features : tuple of FeaturePlan
        The columns of numbers, in the order of the source.
    scaling : {"none", "zscore"}
        Whether coordinates are in the columns' units or in population standard deviations.
    reason : str
        Why, in a sentence.
    categories : tuple of CategoryPlan
        The columns of levels, in the order of the source.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    features: tuple[FeaturePlan, ...]
    scaling: Literal["none", "zscore"]
    reason: str
    categories: tuple[CategoryPlan, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of the columns that a customer must have."""
        return (*self.numbers, *(own.name for own in self.categories))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The headers of the columns of numbers."""
        return tuple(own.name for own in self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """The coordinates' names."""
        return tuple(own.name for own in self.axes)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The coordinates; no two have the same name."""
        found = [Axis(own.name, own.name) for own in self.features]
        taken = {own.name for own in found}
        for category in self.categories:
            for level in level_names(category):
                name = f"{category.name}: {level}"
                while name in taken:
                    name += " (level)"
                taken.add(name)
                found.append(Axis(name, category.name, level))
        return tuple(found)

    @property
    def units(self) -> tuple[float, ...]:
        """By what each coordinate's value is divided."""
        levels = [[own.unit] * len(level_names(own)) for own in self.categories]
        return (*(own.unit for own in self.features), *(unit for own in levels for unit in own))

    @property
    def logged(self) -> tuple[str, ...]:
        """The features of which the logarithm is taken."""
        return tuple(own.name for own in self.features if own.transform == "log1p")

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which a customer has no segment."""
        return tuple(own.name for own in self._all if own.fill is None)

    def of(self, column: str) -> FeaturePlan | CategoryPlan:
        """What becomes of a column."""
        return next(own for own in self._all if own.name == column)

    @property
    def _all(self) -> list[FeaturePlan | CategoryPlan]:
        return [*self.features, *self.categories]


def level_names(category: CategoryPlan) -> list[str]:
    """The levels of a category in words, one for each of its coordinates.

    >>> level_names(CategoryPlan("size", (1.0, 2.5), other=True, scale=1.0))
    ['1', '2.5', 'other']
    """
    words = [own if isinstance(own, str) else f"{own:.15g}" for own in category.levels]
    return [*words, "other"] if category.other else words

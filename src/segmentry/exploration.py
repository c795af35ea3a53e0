"""Look at a source before anything is clustered."""

from __future__ import annotations

import dataclasses
import html
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Unpack

from segmentry.engines.contract import Engine
from segmentry.engines.resources import Resources
from segmentry.files import write_text
from segmentry.opening import opened
from segmentry.progress import Progress
from segmentry.report.summary import column_dict
from segmentry.steps.commonest import Counts, commonest
from segmentry.steps.customers import with_id_as_it_came
from segmentry.steps.order_columns import about_orders
from segmentry.steps.overview import Overview, overview
from segmentry.steps.plausibility import near_copies, odd_values
from segmentry.steps.preparation import Preparing, prepare
from segmentry.steps.reading import Reading, ReadingOptions
from segmentry.steps.roles import Roles, assign_roles, listed
from segmentry.steps.sources import Source
from segmentry.steps.suitability import about_too_large
from segmentry.steps.treatments import Treatment, describe
from segmentry.steps.validation import about_dates, about_source, about_treatments
from segmentry.textual import figure, text_table, tokens, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Exploration", "about_rejects", "explore"]

_NUMBERS = ("min", "mean", "median", "max", "std", "skew")


@dataclass(frozen=True, repr=False)
class Exploration:
    """What is in a source: a row a column with its type, role and statistics.

    Attributes
    ----------
    source : Source
        What was read, and how.
    overview : Overview
        Rows, exact duplicate rows, and the statistics of each column.
    roles : Roles
        What each column is for, and why.
    warnings : tuple of str
        What the reader should know.
    treatments : tuple of Treatment
        What a run without options would do to each feature before K-Means.
    scaling : str
        Why features would be scaled, or not.
    levels : mapping
        By column of words or dates that may be shown: its commonest levels, or its years, with
        their customers; none that fewer than five have.
    """

    source: Source
    overview: Overview
    roles: Roles
    warnings: tuple[str, ...]
    treatments: tuple[Treatment, ...] = ()
    scaling: str = ""
    levels: Mapping[str, Counts] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.overview.rows

    @property
    def duplicate_rows(self) -> int:
        """Rows that repeat an earlier one in every column."""
        return self.overview.duplicate_rows

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data; statistics of id and contact columns are left out."""
        return {
            "source": {
                "name": self.source.name,
                "kind": self.source.kind,
                "read_as": self.source.detail,
                "rejects": self.source.rejects.to_dict() if self.source.rejects else [],
            },
            "rows": self.rows,
            "rejected": self.source.rejected,
            "duplicate_rows": self.duplicate_rows,
            "columns": [column_dict(own, self.roles.of(own.name)) for own in self.overview.columns],
            "treatments": [dataclasses.asdict(own) for own in self.treatments],
            "scaling": self.scaling,
            "warnings": list(self.warnings),
        }

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write the data page: rows, columns and their distributions, as one HTML file."""
        from segmentry.report.data import data_page

        write_text(path, data_page(self.to_dict(), self.bars(), self.levels))

    def bars(self) -> dict[str, list[int]]:
        """Return a small histogram of each column of numbers that may be shown.

        It goes from the 1st to the 99th percentile; a bar for fewer than five customers is 0.
        """
        from segmentry.report.data import bars_of

        shown = {
            own.name: own.distribution
            for own in self.overview.columns
            if self.roles.of(own.name).role not in ("id", "contact")
        }
        return {name: bars_of(own) for name, own in shown.items() if own is not None}

    def frame(self) -> pd.DataFrame:
        """Return a row a column as a pandas table."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["columns"])

    def __repr__(self) -> str:
        columns = self.to_dict()["columns"]
        header = ["column", "role", "type", "missing", "distinct", *_NUMBERS]
        rows = [
            [own["column"], own["role"], own["type"], f"{own['missing']:,}", f"{own['distinct']:,}"]
            + [_short(own[name]) for name in _NUMBERS]
            for own in columns
        ]
        reasons = [[own["column"], f"{own['role']}: {own['reason']}"] for own in columns]
        parts = [self._headline(), "", text_table(header, rows, left=3), "", "Why these roles"]
        parts += [text_table(None, reasons, left=2)]
        gaps = [[own["column"], tokens(own["missing_as"])] for own in columns]
        if any(said for _, said in gaps):
            known = [[name, said] for name, said in gaps if said]
            parts += ["", "How missing values are written", text_table(None, known, left=2)]
        if self.treatments:
            done = [[own.feature, own.sentence] for own in self.treatments]
            parts += ["", "How a run would prepare the features", text_table(None, done, left=2)]
        parts += [visible(f"\nNote: {warning}") for warning in self.warnings]
        return "\n".join(parts)

    def _headline(self) -> str:
        missing = sum(own.missing for own in self.overview.columns)
        return visible(
            f"{self.source.name} ({self.source.detail}): {self.rows:,} rows, "
            f"{len(self.overview.columns)} columns, {missing:,} missing values, "
            f"{self.duplicate_rows:,} duplicate rows"
        )

    def _repr_html_(self) -> str:
        header = ["column", "role", "why", "type", "missing", "distinct", *_NUMBERS]
        rows = [
            [own["column"], own["role"], own["reason"], own["type"], f"{own['missing']:,}",
             f"{own['distinct']:,}", *(_short(own[name]) for name in _NUMBERS)]
            for own in self.to_dict()["columns"]
        ]  # fmt: skip
        head = "".join(f"<th style='text-align:left'>{title}</th>" for title in header)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(visible(cell))}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        done = "; ".join(f"{own.feature}: {own.sentence}" for own in self.treatments)
        prepared = f"<p>A run would prepare {html.escape(visible(done))}.</p>" if done else ""
        notes = "".join(f"<p>Note: {html.escape(visible(own))}</p>" for own in self.warnings)
        return (
            f"<p><b>{html.escape(self._headline())}</b></p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{prepared}{notes}"
        )


def explore(
    source: Any,
    *,
    features: Sequence[str] | None = None,
    profile: Sequence[str] | None = None,
    id: str | None = None,
    categorical: Sequence[str] | None = None,
    weight: str | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    temp_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    **reading: Unpack[ReadingOptions],
) -> Exploration:
    """Count and measure every column of a source and say what each one is for.

    Parameters
    ----------
    source : str, PathLike or dataframe
        A path (CSV, TSV, Parquet, Excel, JSON lines), or a pandas, Polars or PyArrow table.
    features, profile : sequence of str, optional
        As in :func:`segmentry.segment`.
    id, categorical, weight : optional
        As in :func:`segmentry.segment`.
    threads, memory_limit, temp_dir : optional
        What the engine may take: threads, memory such as ``"2GB"`` (beyond, it works with
        temporary files), and the folder for those. No limit changes any result. See
        :class:`segmentry.engines.resources.Resources` for the defaults.
    progress : Progress, optional
        Is told each step.
    **reading
        How a file is to be read, as in :func:`segmentry.segment`.

    Returns
    -------
    Exploration

    Raises
    ------
    SourceError, ColumnError
        If the source cannot be read, or a named column is not there.

    Examples
    --------
    >>> import segmentry
    >>> found = segmentry.explore(segmentry.datasets.mall_customers_path())
    >>> found.rows, found.duplicate_rows, found.roles.features
    (200, 0, ('Annual Income (k$)', 'Spending Score (1-100)'))
    """
    watch = progress or Progress()
    limits, wish = Resources(threads, memory_limit, temp_dir), Reading(**reading, id=id)
    with (
        opened(source, wish, limits=limits, progress=watch) as (table, engine),
        watch.step("explore"),
    ):
        columns = overview(table, engine)
        roles = assign_roles(
            table, columns, engine, features=listed(features), profile=listed(profile), id=id,
            categorical=listed(categorical), weight=weight,
        )  # fmt: skip
        columns = with_id_as_it_came(table, columns, roles, engine)
        odd = [*odd_values(columns, roles, engine), *near_copies(roles, engine)]
        odd += about_too_large(roles, table, columns, engine)
        levels = commonest(columns, roles, engine)
        orders = about_orders(table, columns)
        # A row is no customer there, so nothing is said of how customers would be grouped.
        planned = ("", ()) if orders else _planned(table, columns, roles, engine)
    scaling, treatments = planned
    warnings = (
        *table.warnings,
        *about_rejects(table),
        *(orders or about_dates(columns, roles)),
        *about_source(columns, roles, orders=bool(orders)),
        *odd,
        *about_treatments(columns, treatments),
    )
    return Exploration(table, columns, roles, warnings, treatments, scaling, levels)


def _planned(
    table: Source, columns: Overview, roles: Roles, engine: Engine
) -> tuple[str, tuple[Treatment, ...]]:
    """What a run would do to the features; nothing where it would refuse them."""
    numbers = [columns.column(own) for own in roles.features if own not in roles.categories]
    if not numbers or any(own.type != "number" or not own.present for own in numbers):
        return "", ()
    prepared = prepare(engine, table, columns, roles, Preparing())
    return prepared.plan.reason, describe(prepared.plan, columns, prepared)


def about_rejects(source: Source) -> list[str]:
    """Where the lines that were set aside can be had."""
    if not source.rejects:
        return []
    name = source.rejects.path.name
    return [f"What was left out is not kept here: segmentry run writes it to {name}."]


def _short(value: float | None) -> str:
    return "" if value is None else figure(value)

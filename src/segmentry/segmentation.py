"""The result of a run: a model that also knows how it came about."""

from __future__ import annotations

import os
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentry.engines import frames
from segmentry.engines.contract import Engine
from segmentry.engines.held import Held
from segmentry.engines.resources import Resources
from segmentry.engines.scratch import Scratch
from segmentry.files import whole_file, write_text
from segmentry.opening import database_of
from segmentry.progress import Progress
from segmentry.scorer import Model, kind_of
from segmentry.steps import editing, scoring
from segmentry.steps.alternatives import Alternative, describe_alternative
from segmentry.steps.findings import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from segmentry.plots import Display

__all__ = ["Segmentation"]

_CLOSED = "Use it before it is closed, or pass the customers: result.assign(customers)."


class Segmentation(Model):
    """The result of :func:`segment`: named segments, the evidence for them, and a model.

    Attributes
    ----------
    found : Findings
        What each step found, for those who want everything.
    model : SegmentModel
        What scores new customers.
    """

    def __init__(self, found: Findings, engine: Engine, progress: Progress) -> None:
        super().__init__(found.model)
        self.found = found
        self._held = Held(engine, fix=_CLOSED)
        self._progress = progress

    def __enter__(self) -> Segmentation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the customers' rows; model, tables and figures stay."""
        self._held.close()

    @property
    def _engine(self) -> Engine:
        """The engine that holds the customers' rows."""
        return self._held.engine

    # ------------------------------------------------------------ the answer

    @property
    def inertia(self) -> float:
        """Sum of squared distances to the own centre, over all customers."""
        return self.found.solution.inertia

    @property
    def silhouette(self) -> float | None:
        """Mean silhouette over all customers, -1 to 1; None for a single segment."""
        return self.found.choice.at(self.k).silhouette

    @property
    def hit_rate(self) -> float:
        """Share of the random starts that ended at the best solution."""
        return self.found.solution.hit_rate

    @property
    def verdict(self) -> str:
        """Why this number of segments, in a sentence."""
        return self.found.choice.verdict

    @property
    def strength(self) -> str:
        """How sure it is that these segments are there: strong, fair, weak or none."""
        return self.found.choice.strength

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before acting."""
        return self.found.warnings

    @property
    def summary(self) -> dict[str, Any]:
        """Everything machine-readable, as in ``summary.json``."""
        from segmentry.report.summary import summarise

        return summarise(self.found)

    # ------------------------------------------------------------ tables

    @property
    def segments(self) -> Any:
        """A row a segment: number, name, size, mean of each feature and profile column, advice."""
        from segmentry.exports.tables import segments_table

        return frames.from_arrow(segments_table(self.found), kind_of(self.found.source))

    @property
    def centers(self) -> Any:
        """A row a segment, a column a feature: the centres in the features' own units."""
        from segmentry.exports.tables import centers_table

        return frames.from_arrow(centers_table(self.found), kind_of(self.found.source))

    @property
    def evidence(self) -> Any:
        """A row a k: every criterion, that of noise beside it, and how stable the solution is."""
        from segmentry.exports.tables import evidence_table

        return frames.from_arrow(evidence_table(self.found), kind_of(self.found.source))

    @property
    def stability(self) -> Any:
        """A row a segment: how often it comes back on bootstrap draws (Jaccard), in a word too."""
        from segmentry.exports.tables import stability_table

        return frames.from_arrow(stability_table(self.found), kind_of(self.found.source))

    @property
    def rules(self) -> Any:
        """A row a rule: its segment, the rule in words, coverage, precision, customers caught."""
        from segmentry.exports.tables import rules_table

        return frames.from_arrow(rules_table(self.found), kind_of(self.found.source))

    @property
    def importance(self) -> Any:
        """A row a feature and segment, the most important first: how the segment stands out."""
        from segmentry.exports.tables import importance_table

        return frames.from_arrow(importance_table(self.found), kind_of(self.found.source))

    def assign(self, customers: Any = None, *, flags: bool = False, **limits: Any) -> Any:
        """Say for each customer which segment it belongs to; by default for those of the run.

        See :meth:`Model.assign` for what comes back.
        """
        if customers is not None:
            return super().assign(customers, flags=flags, **limits)
        return self._assigned(self.found.source, self._engine, flags=flags)

    # ------------------------------------------------------------ make it one's own

    def rename(self, segment: int, name: str) -> None:
        """Give a segment a name of your own; the model keeps it, marked as locked.

        Raises
        ------
        InputError
            If there is no such segment, or the name is empty, too long, or that of another one.

        Examples
        --------
        >>> import segmentry
        >>> result = segmentry.segment(segmentry.datasets.mall_customers_path())
        >>> result.rename(1, "The middle")
        >>> result.model.segments[0].name, result.model.segments[0].name_locked
        ('The middle', True)
        """
        self._change(editing.rename_segment(self.found, segment, name))

    def advise(self, segment: int, **texts: str) -> None:
        """Change what is to be done about a segment, in report, tables and exports.

        Parameters
        ----------
        segment : int
            Its number.
        **texts
            Any of ``title``, ``priority``, ``summary``, ``campaign``, ``pricing``, ``experience``.

        Raises
        ------
        InputError
            If there is no such segment or text, or one is too long.
        """
        self._change(editing.advise_segment(self.found, segment, **texts))

    def alternative(self, k: int) -> Alternative:
        """Show another number of segments beside the one taken, at once: the cells are there.

        Raises
        ------
        ClusterCountError
            If ``k`` is beyond what was compared.

        Examples
        --------
        >>> import segmentry
        >>> result = segmentry.segment(segmentry.datasets.mall_customers_path())
        >>> result.alternative(2).customers
        (110, 90)
        """
        own = self.found
        return describe_alternative(
            own.cells, own.model.plan, own.choice.solutions, k, taken=own.solution
        )

    def _change(self, found: Findings) -> None:
        self.found, self.model = found, found.model

    # ------------------------------------------------------------ plots

    def plot_elbow(self, ax: Axes | None = None) -> Display | Axes:
        """Show inertia by k with the knee; drawn into ``ax`` if one is given."""
        return self._plot("elbow", ax)

    def plot_silhouette(self, ax: Axes | None = None) -> Display | Axes:
        """Show the mean silhouette by k; drawn into ``ax`` if one is given."""
        return self._plot("silhouette", ax)

    def plot_segments(self, ax: Axes | None = None) -> Display | Axes:
        """Show the customers on the two most telling features, with the centres."""
        return self._plot("segments", ax)

    def plot_profile(self, ax: Axes | None = None) -> Display | Axes:
        """Show each segment against all customers; into ``ax`` all columns on one scale."""
        return self._plot("profile", ax)

    def plot_distributions(self, ax: Axes | None = None) -> Display | Axes:
        """Show a histogram of each feature by segment; into ``ax`` the first feature alone."""
        return self._plot("distributions", ax)

    def plot_trust(self, ax: Axes | None = None) -> Display | Axes:
        """Show each segment's silhouettes and stability; into ``ax`` the silhouettes alone."""
        return self._plot("trust", ax)

    def _plot(self, name: str, ax: Axes | None) -> Display | Axes:
        from segmentry.plots import displays

        display = displays(self.found)[name]
        return display if ax is None else display.plot(ax)

    # ------------------------------------------------------------ files

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one self-contained HTML file."""
        from segmentry.report.html import report_page

        write_text(path, report_page(self.found))

    def to_xlsx(self, path: str | os.PathLike[str], *, flags: bool = False) -> None:
        """Write an Excel workbook: segments, profiles, rules, evidence, data, customers.

        ``flags`` adds columns to the customers, as in :meth:`Model.assign`. Customers of a
        database stay there, so that their sheet is left out.
        """
        from segmentry.exports.workbook import write_workbook

        if self.found.source.stays:
            write_workbook(self.summary, None, path)
            return
        with closing(Scratch(Resources().folder)) as scratch:
            customers = scratch.path / "customers.parquet"
            self.write_customers(customers, flags=flags)
            write_workbook(self.summary, customers, path)

    def to_pptx(self, path: str | os.PathLike[str]) -> None:
        """Write PowerPoint slides with charts that can be edited: ``segmentry[pptx]``."""
        from segmentry.exports.slides import write_slides

        write_slides(self.summary, path)

    def to_pdf(self, path: str | os.PathLike[str]) -> None:
        """Write the report as PDF: ``segmentry[pdf]``."""
        from segmentry.exports.pdf import write_pdf
        from segmentry.report.html import report_page

        write_pdf(report_page(self.found), path)

    def save_joblib(self, path: str | os.PathLike[str]) -> None:
        """Write a plain scikit-learn object that predicts on the original columns."""
        from segmentry.exports.sklearn_model import save_joblib

        save_joblib(self.model, path)

    def to_sklearn(self) -> Any:
        """Return the model as a plain scikit-learn object that predicts on the original columns."""
        from segmentry.exports.sklearn_model import to_sklearn

        return to_sklearn(self.model)

    def write(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        flags: bool = False,
        raw: bool = False,
    ) -> None:
        """Write report, tables, models and figures into a folder that appears whole.

        ``flags`` adds columns to the customers' file, as in :meth:`Model.assign`; ``raw`` leaves
        texts in CSV files as they are, also those that a spreadsheet program would run. Customers
        of a database stay there, so that there is no such file: see :meth:`write_table`.

        Raises
        ------
        OutputError
            If the folder exists and ``force`` is not given, or the input would be overwritten.
        """
        from segmentry.exports.folder import write_folder

        write_folder(
            self.found,
            path,
            write_customers=None
            if self.found.source.stays
            else partial(self.write_customers, flags=flags, raw=raw),
            progress=self._progress,
            force=force,
            raw=raw,
        )

    def write_table(self, name: str, *, replace: bool = False, flags: bool = False) -> None:
        """Let the database that the customers are in keep their segments as a table.

        It holds the id, ``segment``, ``segment_name``, ``distance`` and ``margin``, of the very
        rows that the run has seen.

        Parameters
        ----------
        name : str
            The table to write, ``schema.table``.
        replace : bool
            Whether it may take the place of an earlier table of segments.
        flags : bool
            Whether to add columns, as in :meth:`Model.assign`.

        Raises
        ------
        InputError
            If the customers are in no database.
        OutputError
            If the table is there and is not to be replaced, or may not be written.
        """
        engine = self._engine
        database = database_of(engine, name)
        query = scoring.assign_query(self.model, self.found.source, engine, flags=flags)
        database.write_table(query, name, replace=replace)

    def write_customers(
        self, path: str | os.PathLike[str], *, flags: bool = False, raw: bool = False
    ) -> None:
        """Write id, segment, name, distance and margin of each customer: CSV, or Parquet by name.

        ``flags`` adds columns, as in :meth:`Model.assign`; ``raw`` leaves texts of a CSV file as
        they are, also those that a spreadsheet program would run.
        """
        table, engine = self.found.source, self._engine
        query = scoring.assign_query(self.model, table, engine, flags=flags, to_file=True)
        with whole_file(path) as draft:
            parquet = Path(path).suffix.lower() == ".parquet"
            engine.write(query, draft, parquet=parquet, harmless=not raw)

    # ------------------------------------------------------------ how it shows itself

    def __repr__(self) -> str:
        width = max(len(own.name) for own in self.found.names)
        lines = [self.verdict, ""]
        for own, name in zip(self.found.population.segments, self.found.names, strict=True):
            size = f"{own.customers:>9,}  {100 * own.share:5.1f} %"
            lines.append(f"  {own.segment}  {name.name:<{width}}  {size}")
        lines += ["", *(f"Note: {warning}" for warning in self.warnings)]
        return "\n".join(lines).rstrip()

    def _repr_html_(self) -> str:
        from segmentry.report.html import notebook_card

        return notebook_card(self.found)

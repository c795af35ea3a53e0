"""What users hold: a model that scores, and a segmentation that also knows how it came about."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from segmentry.engines import frames
from segmentry.engines.contract import Engine
from segmentry.engines.held import Held
from segmentry.engines.resources import Resources
from segmentry.errors import DataWarning
from segmentry.files import check_not_input, keep_private, whole_file, write_text
from segmentry.model import SegmentModel, load_model
from segmentry.opening import database_of, opened
from segmentry.progress import Progress
from segmentry.steps import scoring
from segmentry.steps.differences import Differences, differences
from segmentry.steps.findings import Findings
from segmentry.steps.reading import Reading, ReadingOptions
from segmentry.steps.sources import Source

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from segmentry.plots import Display
    from segmentry.steps.explaining import Explanation

__all__ = ["Model", "Segmentation", "load"]

_CLOSED = "Use it before it is closed, or pass the customers: result.assign(customers)."


class Model:
    """A saved model, ready to score new customers; :func:`load` returns one.

    Attributes
    ----------
    model : SegmentModel
        Its plan, centres and names.
    """

    def __init__(self, model: SegmentModel) -> None:
        self.model = model

    @property
    def k(self) -> int:
        """The number of segments."""
        return self.model.k

    def assign(
        self,
        customers: Any,
        *,
        flags: bool = False,
        threads: int | None = None,
        memory_limit: str | None = None,
        temp_dir: str | os.PathLike[str] | None = None,
        **reading: Unpack[ReadingOptions],
    ) -> Any:
        """Say for each customer which segment it belongs to.

        Parameters
        ----------
        customers : str, PathLike or dataframe
            Anything that :func:`segment` reads, with the model's feature columns; a database with
            ``table`` or ``query``.
        flags : bool
            Whether to add ``second_segment``, ``in_between`` (the margin is below 0.1) and
            ``outlier`` (further from the centre than 99 % of the segment's customers were).
        threads, memory_limit, temp_dir : optional
            What the engine may take, as in :func:`segment`.
        **reading
            How a file is to be read, as in :func:`segment`.

        Returns
        -------
        dataframe
            Of the same kind as ``customers`` (pandas for a path), in the same order: the id
            column (``row_number`` where there is none), ``segment``, ``segment_name``,
            ``distance`` to the centre in plan coordinates, and ``margin``, how much nearer the
            own centre is than the second nearest, ``(d2 - d1) / d2``. A customer without a value
            in some feature has an empty segment.

        Raises
        ------
        ColumnError, FeatureError
            If a feature of the model is not there, or is not a number.

        Warns
        -----
        DataWarning
            For what makes segments doubtful: numbers that seem to be in another unit, and levels
            that the model has never seen.
        """
        limits = Resources(threads, memory_limit, temp_dir)
        wish = Reading(**reading, id=self.model.id_column)
        with opened(customers, wish, limits=limits) as (found, engine):
            table = scoring.with_features(self.model, found, engine)
            for own in differences(self.model, engine).doubtful:
                warnings.warn(own, DataWarning, stacklevel=2)
            return self._assigned(table, engine, flags=flags)

    def _assigned(self, table: Source, engine: Engine, *, flags: bool) -> Any:
        """The answer as a dataframe; ids from a file are integers where they are written so."""
        answer = engine.arrow(scoring.assign_query(self.model, table, engine, flags=flags))
        if table.path is not None:
            answer = frames.whole_numbers(answer, answer.column_names[0])
        return frames.from_arrow(answer, _kind(table), index=table.index)

    def assign_file(
        self,
        customers: Any,
        path: str | os.PathLike[str],
        *,
        flags: bool = False,
        threads: int | None = None,
        memory_limit: str | None = None,
        temp_dir: str | os.PathLike[str] | None = None,
        progress: Progress | None = None,
        **reading: Unpack[ReadingOptions],
    ) -> Source:
        """Score like :meth:`assign`, and let the engine write a CSV file, or Parquet by its name.

        Parameters
        ----------
        customers, flags
            As in :meth:`assign`.
        path : str or PathLike
            The file to write.
        threads, memory_limit, temp_dir : optional
            What the engine may take, as in :func:`segment`.
        progress : Progress, optional
            Is told each step.
        **reading
            How a file is to be read, as in :func:`segment`. Lines that are set aside go to
            ``<path>-rejects.csv``.

        Returns
        -------
        Source
            What was read: its rows, those that were set aside, and what to know about them.

        Raises
        ------
        OutputError
            If the file would replace the source, or cannot be written.
        """
        target, watch = Path(path), progress or Progress()
        limits = Resources(threads, memory_limit, temp_dir)
        wish = Reading(**reading, id=self.model.id_column)
        with opened(customers, wish, limits=limits, progress=watch) as (found, engine):
            table = scoring.with_features(self.model, found, engine)
            told = differences(self.model, engine)
            query = scoring.assign_query(self.model, table, engine, flags=flags, to_file=True)
            check_not_input(target, table.path)
            with watch.step("assign"), whole_file(target) as draft:
                engine.write(query, draft, parquet=target.suffix.lower() == ".parquet")
                if table.rejects:
                    keep_private(table.rejects.path, target.with_name(f"{target.stem}-rejects.csv"))
        return _noted(table, told)

    def assign_table(
        self,
        customers: str,
        name: str,
        *,
        replace: bool = False,
        flags: bool = False,
        progress: Progress | None = None,
        **reading: Unpack[ReadingOptions],
    ) -> Source:
        """Score the customers of a database there, and let it keep the answer as a table.

        No row leaves the database, and the table appears whole or not at all.

        Parameters
        ----------
        customers : str
            The URL of a database, with ``table`` or ``query`` among the options.
        name : str
            The table to write, ``schema.table``.
        replace : bool
            Whether it may take the place of an earlier table of segments.
        flags : bool
            Whether to add columns, as in :meth:`assign`.
        progress : Progress, optional
            Is told each step.
        **reading
            Which rows: ``table``, ``query``, ``timeout``, as in :func:`segment`.

        Returns
        -------
        Source
            What was read.

        Raises
        ------
        OutputError
            If the table is there and is not to be replaced, or may not be written.
        """
        watch = progress or Progress()
        wish = Reading(**reading, id=self.model.id_column)
        with opened(customers, wish, limits=Resources(), progress=watch) as (found, engine):
            database = database_of(engine, name)
            database.check_target(name, replace=replace)
            table = scoring.with_features(self.model, found, engine)
            told = differences(self.model, engine)
            query = scoring.assign_query(self.model, table, engine, flags=flags)
            with watch.step("assign"):
                database.write_table(query, name, replace=replace)
        return _noted(table, told)

    def explain(self, customer: Any) -> Explanation:
        """Say where one customer belongs, how surely, and what would move it elsewhere.

        Parameters
        ----------
        customer : dict, Series or dataframe with one row
            Values by column, in the columns' own units.

        Returns
        -------
        Explanation
            Its ``moves``: for each other segment the smallest change in one feature to get there.

        Raises
        ------
        ColumnError, FeatureError, InputError
            If a feature is not there, or is not a number, or this is not one customer.

        Examples
        --------
        >>> from segmentry import datasets, segment
        >>> result = segment(datasets.mall_customers_path())
        >>> found = result.explain({"Annual Income (k$)": 70, "Spending Score (1-100)": 66})
        >>> found.segment, found.second_segment, found.in_between
        (1, 2, True)
        >>> print(found.moves[2])
        Spending Score (1-100) from 66 to 66.7023
        """
        from segmentry.steps.explaining import explain

        return explain(self.model, customer)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model as ``model.json``."""
        self.model.save(path)

    def to_sql(
        self,
        dialect: str,
        *,
        table: str,
        id: str | None = None,
        view: str | None = None,
        flags: bool = False,
    ) -> str:
        """Write the whole model as one SELECT that scores customers where they are.

        Parameters
        ----------
        dialect : str
            ``duckdb``, ``postgres``, ``snowflake`` and so on: see docs/scoring-sql.md.
        table : str
            Where the customers are, for example ``"crm.customers"``.
        id : str, optional
            The column that names the customers. Default: the one of the model.
        view : str, optional
            Make a view of this name of it.
        flags : bool
            As in :meth:`assign`.

        Returns
        -------
        str

        Raises
        ------
        InputError
            If the dialect is unknown, or cannot say it.

        Examples
        --------
        >>> from segmentry import datasets, segment
        >>> query = segment(datasets.mall_customers_path()).to_sql("duckdb", table="customers")
        >>> print(query.splitlines()[0])
        -- Segmentry 0.1.0: 5 segments of the customers in customers.
        """
        from segmentry.exports.scoring_sql import scoring_sql

        return scoring_sql(self.model, dialect, table=table, id=id, view=view, flags=flags)

    def __repr__(self) -> str:
        lines = [f"Model with {self.k} segments on {', '.join(self.model.plan.columns)}"]
        lines += [f"  {own.segment}  {own.name}" for own in self.model.segments]
        return "\n".join(lines)


def load(path: str | os.PathLike[str]) -> Model:
    """Load a ``model.json``; pickles and joblib files are never opened.

    Raises
    ------
    SourceNotFoundError, ModelFileError
        If the file is not there, or is damaged, too new or no model.
    """
    return Model(load_model(path))


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

        return frames.from_arrow(segments_table(self.found), _kind(self.found.source))

    @property
    def centers(self) -> Any:
        """A row a segment, a column a feature: the centres in the features' own units."""
        from segmentry.exports.tables import centers_table

        return frames.from_arrow(centers_table(self.found), _kind(self.found.source))

    @property
    def evidence(self) -> Any:
        """A row a k: every criterion, that of noise beside it, and how stable the solution is."""
        from segmentry.exports.tables import evidence_table

        return frames.from_arrow(evidence_table(self.found), _kind(self.found.source))

    @property
    def stability(self) -> Any:
        """A row a segment: how often it comes back on bootstrap draws (Jaccard), in a word too."""
        from segmentry.exports.tables import stability_table

        return frames.from_arrow(stability_table(self.found), _kind(self.found.source))

    @property
    def rules(self) -> Any:
        """A row a rule: its segment, the rule in words, coverage, precision, customers caught."""
        from segmentry.exports.tables import rules_table

        return frames.from_arrow(rules_table(self.found), _kind(self.found.source))

    @property
    def importance(self) -> Any:
        """A row a feature and segment, the most important first: how the segment stands out."""
        from segmentry.exports.tables import importance_table

        return frames.from_arrow(importance_table(self.found), _kind(self.found.source))

    def assign(self, customers: Any = None, *, flags: bool = False, **limits: Any) -> Any:
        """Say for each customer which segment it belongs to; by default for those of the run.

        See :meth:`Model.assign` for what comes back.
        """
        if customers is not None:
            return super().assign(customers, flags=flags, **limits)
        return self._assigned(self.found.source, self._engine, flags=flags)

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

    def save_joblib(self, path: str | os.PathLike[str]) -> None:
        """Write a plain scikit-learn object that predicts on the original columns."""
        from segmentry.exports.sklearn_model import save_joblib

        save_joblib(self.model, path)

    def to_sklearn(self) -> Any:
        """Return the model as a plain scikit-learn object that predicts on the original columns."""
        from segmentry.exports.sklearn_model import to_sklearn

        return to_sklearn(self.model)

    def write(
        self, path: str | os.PathLike[str], *, force: bool = False, flags: bool = False
    ) -> None:
        """Write report, tables, models and figures into a folder that appears whole.

        ``flags`` adds columns to the customers' file, as in :meth:`Model.assign`. Customers of a
        database stay there, so that there is no such file: see :meth:`write_table`.

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
            else partial(self._write_customers, flags=flags),
            progress=self._progress,
            force=force,
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

    def _write_customers(self, path: Path, *, flags: bool) -> None:
        table, engine = self.found.source, self._engine
        query = scoring.assign_query(self.model, table, engine, flags=flags, to_file=True)
        engine.write(query, path, parquet=path.suffix == ".parquet")

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


def _noted(table: Source, told: Differences) -> Source:
    """The source, with what is unlike the customers that the model was made from."""
    return replace(table, warnings=(*table.warnings, *told.doubtful, *told.counted))


def _kind(table: Source) -> str:
    """Which dataframes to give back: the kind that came, pandas for a file."""
    return "pandas" if table.path is not None or table.stays else table.kind

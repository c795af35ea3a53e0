"""A model that scores new customers, without anything of how it came about."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from segmentry.engines import frames
from segmentry.engines.contract import Engine, Lazy
from segmentry.engines.resources import Resources
from segmentry.errors import DataWarning
from segmentry.files import check_not_input, keep_private, whole_file
from segmentry.model import SegmentModel, load_model
from segmentry.opening import database_of, opened
from segmentry.progress import Progress
from segmentry.steps import scoring
from segmentry.steps.differences import Differences, differences
from segmentry.steps.reading import Reading, ReadingOptions
from segmentry.steps.sources import Source

if TYPE_CHECKING:
    from segmentry.steps.explaining import Explanation

__all__ = ["Model", "kind_of", "load"]


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
            Of the same kind as ``customers`` (pandas for a path; for a Spark dataframe one that is
            worked out when somebody looks), in the same order: the id
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
            for own in differences(self.model, table, engine).doubtful:
                warnings.warn(own, DataWarning, stacklevel=2)
            return self._assigned(table, engine, flags=flags)

    def _assigned(self, table: Source, engine: Engine, *, flags: bool) -> Any:
        """The answer as a dataframe; ids from a file are integers where they are written so."""
        query = scoring.assign_query(self.model, table, engine, flags=flags)
        lazy = engine.frame(query) if isinstance(engine, Lazy) else None
        if lazy is not None:
            return lazy
        answer = engine.arrow(query)
        if table.path is not None:
            answer = frames.whole_numbers(answer, answer.column_names[0])
        return frames.from_arrow(answer, kind_of(table), index=table.index)

    def assign_file(
        self,
        customers: Any,
        path: str | os.PathLike[str],
        *,
        flags: bool = False,
        raw: bool = False,
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
        raw : bool
            Whether texts of a CSV file stay as they are; else those that a spreadsheet program
            would take for a formula get an apostrophe before them.
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
            told = differences(self.model, table, engine)
            query = scoring.assign_query(self.model, table, engine, flags=flags, to_file=True)
            check_not_input(target, *table.files)
            with watch.step("assign"), whole_file(target) as draft:
                parquet = target.suffix.lower() == ".parquet"
                engine.write(query, draft, parquet=parquet, harmless=not raw)
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
            told = differences(self.model, table, engine)
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
        Spending Score (1-100) from 66 to 67
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


def _noted(table: Source, told: Differences) -> Source:
    """The source, with what is unlike the customers that the model was made from."""
    return replace(table, warnings=(*table.warnings, *told.doubtful, *told.counted))


def kind_of(table: Source) -> str:
    """Which dataframes to give back: the kind that came, pandas for a file."""
    return "pandas" if table.path is not None or table.stays else table.kind

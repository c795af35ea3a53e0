"""Spark: queries run where the customers are, and only small answers leave.

SQL and dataframes only, so that it is the same in a session of its own, on a cluster and by way of
Spark Connect. Nothing is left in the session: each query brings its views along.
"""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame
from sqlglot import exp

from segmentry.engines import arrow_files
from segmentry.engines.places import Opened, Place, parse_query, parse_table
from segmentry.engines.spark_session import Session
from segmentry.errors import OutputError, SourceError
from segmentry.redaction import redacted
from segmentry.sql import spark as words
from segmentry.sql.views import Views

__all__ = ["SparkEngine"]

_KINDS = {
    **dict.fromkeys(("byte", "short", "integer", "long", "bigint", "decimal"), "as it is"),
    **dict.fromkeys(("tinyint", "smallint", "int", "date", "timestamp_ntz"), "as it is"),
    **dict.fromkeys(("float", "double"), "double"),
    **dict.fromkeys(("string", "char", "varchar", "boolean", "void", "time"), "text"),
    "timestamp": "moment", "timestamp_ltz": "moment",
}  # fmt: skip
_BATCH_ROWS = 50_000
"""Of an answer that is written to a file; it is never held whole."""
_ASSIGNED = frozenset({"segment", "segment_name", "distance", "margin"})
"""Columns by which a table of assignments is known, which alone may be replaced."""


class SparkEngine:
    """Asks Spark about one dataframe, table or query.

    Parameters
    ----------
    source : pyspark.sql.DataFrame or str
        A dataframe of any session, or the URL of a session: ``spark://host:7077`` (a cluster),
        ``spark://local[4]`` (this machine), ``spark://`` (what spark-submit or the session's
        settings say), ``sc://host:15002`` (Spark Connect).
    place : Place
        For a URL the table or the query that gives the customers; how long a query may take.
    watch : callable, optional
        Never called: a query of Spark's is many jobs.

    Raises
    ------
    DatabaseError
        If there is no session to be had, or it is lost.
    InputError
        If the table is not there, or the query is no single SELECT.
    ResourceError
        By a query that takes longer than it may.
    """

    dialect = "spark"
    numbered = False
    reads_notations = False
    scans_once = True

    def __init__(
        self,
        source: Any,
        place: Place,
        *,
        watch: Callable[[float], None] | None = None,  # noqa: ARG002
    ) -> None:
        _check_source(source)
        self._views = Views()
        self._given = f"segmentry_{secrets.token_hex(8)}"
        self._lazy = not isinstance(source, str)
        self._name, self._detail = "spark table", "a Spark dataframe"
        query = parse_query(place.query, dialect=self.dialect) if place.query is not None else None
        self._session = Session(source, timeout=place.timeout)
        try:
            if isinstance(source, str):
                self._detail = f"Spark, {redacted(source)}"
                self._name = "query" if query else place.table or ""
                source = self._origin(place)
            self._source: DataFrame = source
            self._table = place.table
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the session if it is the engine's own; a second time does nothing."""
        self._session.close()

    # ------------------------------------------------------------ where the customers are

    def _origin(self, place: Place) -> DataFrame:
        if place.query is not None:
            text = place.query
            return self._session.run(lambda spark: _analysed(spark.sql(text)))
        name = _quoted(place.table or "")
        return self._session.run(lambda spark: _analysed(spark.table(name)), table=place.table)

    def open_table(self, name: str) -> Opened:
        """Give the customers a name, in types that every engine knows."""
        schema = self._session.run(lambda _: self._source.schema)
        titles = [own.name for own in schema]
        cased = self._session.run(lambda spark: spark.conf.get("spark.sql.caseSensitive"))
        _check_titles(titles, self._name, cased=str(cased).lower() == "true")
        self._source = self._source.toDF(*map(words.safe_name, titles))
        types = {own.name: own.dataType for own in schema}
        kinds = {title: _KINDS.get(_word(kind)) for title, kind in types.items()}
        kept = {title: kind for title, kind in kinds.items() if kind}
        left_out = {own: types[own].simpleString() for own, kind in kinds.items() if not kind}
        self.add_view(name, words.base_table(self._given, kept))
        notes = tuple(
            f"{title} was left out: a column of type {kind} holds no single number, text or date."
            for title, kind in left_out.items()
        )
        return Opened(self._name, self._detail, notes, left_out)

    # ------------------------------------------------------------ tables

    def columns(self, name: str) -> list[tuple[str, str]]:
        """Return each column's name and type: number, text or date."""
        everything = exp.select("*").from_(exp.Table(this=exp.to_identifier(name, quoted=True)))
        schema = self._session.run(lambda _: self._asked(everything).schema)
        return [(words.own_name(own.name), _simple_type(_word(own.dataType))) for own in schema]

    def decimals(self, name: str, *, digits: int) -> list[str]:  # noqa: ARG002
        """Return the columns of decimals that may have more digits: they are not looked at."""
        return []

    def add_view(self, name: str, query: exp.Select) -> None:
        """Give a query a name, which it takes over from an earlier one."""
        self._views.add(name, query)

    def add_stored(self, name: str, query: exp.Select) -> None:
        """Give a query a name: what is kept in Spark's memory is up to whoever runs it."""
        self.add_view(name, query)

    def is_stored(self, name: str) -> bool:  # noqa: ARG002
        """Whether a table is one of the engine's own: never."""
        return False

    # ------------------------------------------------------------ answers

    def _asked(self, query: exp.Select) -> DataFrame:
        """The query's answer, not worked out yet, with the names that it has in the query."""
        full = words.in_spark(query, self._views)
        text = words.written(full, given=self._given)
        found: DataFrame = self._session.spark.sql(text, **{self._given: self._source})
        names = [own.alias_or_name for own in full.expressions]
        return found if "*" in names else found.toDF(*names)

    def frame(self, query: exp.Select) -> DataFrame | None:
        """A query's answer as a dataframe, worked out when somebody looks; None for a URL."""
        return self._session.run(lambda _: self._asked(query)) if self._lazy else None

    def arrow(self, query: exp.Select) -> pa.Table:
        """Run a query and return its whole answer; only for answers that are small."""
        table: pa.Table = self._session.run(lambda _: self._asked(query).toArrow())
        return table.replace_schema_metadata(None)

    def rows(self, query: exp.Select) -> list[dict[str, Any]]:
        """Run a query and return its whole answer as dicts."""
        rows: list[dict[str, Any]] = self.arrow(query).to_pylist()
        return rows

    def array(self, query: exp.Select) -> npt.NDArray[np.float64]:
        """Run a query of numbers and return its whole answer, a row a row; NULL is NaN."""
        return arrow_files.as_array(self.arrow(query))

    def write(
        self,
        query: exp.Select,
        path: str | os.PathLike[str],
        *,
        parquet: bool,
        harmless: bool = False,
    ) -> None:
        """Run a query and write its answer to a file, CSV or Parquet, part by part."""

        def copy(_: Any) -> None:
            found = self._asked(query)
            schema = found.limit(0).toArrow().schema.remove_metadata()
            batches = _batches(found, schema)
            arrow_files.write_batches(schema, batches, path, parquet=parquet, harmless=harmless)

        self._session.run(copy)

    # ------------------------------------------------------------ tables written

    def check_target(self, table: str, *, replace: bool) -> None:
        """Refuse a table that assignments cannot be written to."""
        name = _quoted(table)
        if not self._session.run(lambda spark: spark.catalog.tableExists(name)):
            return
        if not replace:
            raise OutputError(
                f"The table {table} is there already.",
                "Replace it with --replace, or choose another name.",
                code="R68",
            )
        titles = set(self._session.run(lambda spark: spark.table(name).columns))
        same = self._table is not None and _quoted(self._table).lower() == name.lower()
        if same or not titles >= _ASSIGNED:
            raise OutputError(
                f"{table} is not a table of segments that Segmentry wrote, so it is not replaced.",
                "Choose another name.",
                code="R68",
            )

    def write_table(self, query: exp.Select, table: str, *, replace: bool) -> None:
        """Let Spark keep a query's answer as a table; an earlier one gives way when it is whole."""
        self.check_target(table, replace=replace)
        name = _quoted(table)

        def keep(spark: Any) -> None:
            if not spark.catalog.tableExists(name):
                self._asked(query).write.saveAsTable(name)
                return
            draft = _quoted(table, last=f"segmentry_{secrets.token_hex(8)}")
            self._asked(query).write.saveAsTable(draft)
            for statement in words.put_in_place(draft, name):
                spark.sql(statement)

        self._session.run(keep)


# ---------------------------------------------------------------- names and types


def _check_source(source: Any) -> None:
    if isinstance(source, str) or (isinstance(source, DataFrame) and not source.isStreaming):
        return
    raise SourceError(
        f"A source in Spark cannot be a {type(source).__name__}.",
        "Give a dataframe of pyspark.sql that is no stream; of pandas-on-Spark .to_spark().",
        code="R01",
    )


def _analysed(frame: DataFrame) -> DataFrame:
    """The dataframe, whose columns Spark Connect has looked up."""
    _ = frame.schema
    return frame


def _quoted(table: str, *, last: str | None = None) -> str:
    """The name of a table as Spark reads it; ``last`` takes the place of its last part."""
    names = [own.name for own in parse_table(table)]
    parts = [*names[:-1], last or names[-1]]
    return ".".join("`" + own.replace("`", "``") + "`" for own in parts)


def _word(kind: Any) -> str:
    """The first word of a type's name."""
    found: str = kind.typeName().partition("(")[0].partition(" ")[0]
    return found


def _simple_type(kind: str) -> str:
    if kind in ("date", "timestamp", "timestamp_ntz", "timestamp_ltz"):
        return "date"
    return "text" if _KINDS.get(kind) == "text" else "number"


def _check_titles(titles: Sequence[str], name: str, *, cased: bool) -> None:
    seen: dict[str, str] = {}
    for title in titles:
        key = title if cased else title.lower()
        if key in seen:
            raise SourceError(
                f"{name}: Spark cannot tell the columns {seen[key]!r} and {title!r} apart.",
                "Give each column a name of its own, for example with withColumnsRenamed or toDF.",
                code="R23",
            )
        seen[key] = title
    if not titles:
        raise SourceError(f"{name} has no columns.", "Give it some.", code="R23")


def _batches(frame: DataFrame, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a dataframe, partition by partition, in pieces."""
    rows = frame.toLocalIterator()
    while some := list(itertools.islice(rows, _BATCH_ROWS)):
        columns = zip(*some, strict=True)
        arrays = [pa.array(own, field.type) for own, field in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)

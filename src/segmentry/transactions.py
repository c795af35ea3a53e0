"""From order lines to customers, for those who want the table itself."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from segmentry import sql
from segmentry.engines import frames
from segmentry.engines.contract import Engine
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.engines.held import Held
from segmentry.engines.resources import Resources
from segmentry.files import check_not_input, whole_file
from segmentry.progress import Progress
from segmentry.steps.order_columns import describe_columns, find_columns
from segmentry.steps.order_status import with_left_out
from segmentry.steps.orders import BUILT, Customers, build_customers
from segmentry.steps.playbook import Playbook, read_playbook
from segmentry.steps.reading import Reading, ReadingOptions
from segmentry.steps.sources import Source, open_source
from segmentry.textual import percent, short_number, text_table

__all__ = ["PARTS", "RFM", "open_customers", "rfm"]

_DAYS = ("since", "as_of")
PARTS = ("date", "amount", "order", "product", "leave_out", *_DAYS)
"""What may be said of order lines, beside the id."""

_CLOSED = "Use it before it is closed."


class RFM:
    """Customers built from order lines: figures, scores 1 to 5, and one of ten cells each.

    Attributes
    ----------
    found : Customers
        Columns taken, counts of lines, the ten cells, and what to know.
    """

    def __init__(
        self, found: Customers, engine: Engine, progress: Progress, playbook: Playbook
    ) -> None:
        self.found = found
        self._plays = playbook.cells
        self._held = Held(engine, fix=_CLOSED)
        self._progress = progress

    def __enter__(self) -> RFM:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the customers' rows; the counts stay."""
        self._held.close()

    @property
    def _engine(self) -> Engine:
        return self._held.engine

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before acting."""
        return self.found.warnings

    def frame(self) -> Any:
        """Return a row a customer, sorted by id: pandas for a path, else of the source's kind."""
        names = [title for title, _ in self._engine.columns(BUILT)]
        table = self._engine.arrow(sql.columns(BUILT, names))
        source = self.found.source
        if source.path is not None:
            table = frames.whole_numbers(table, names[0])
        return frames.from_arrow(table, "pandas" if source.path is not None else source.kind)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a row a customer, sorted by id, as CSV, or as Parquet by the file's name.

        Raises
        ------
        OutputError
            If the file would replace the source, or cannot be written.
        """
        target = Path(path)
        check_not_input(target, *self.found.source.files)
        names = [title for title, _ in self._engine.columns(BUILT)]
        with self._progress.step("files"), whole_file(target) as draft:
            parquet = target.suffix.lower() == ".parquet"
            self._engine.write(sql.columns(BUILT, names), draft, parquet=parquet)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the ten cells as plain data; nothing about a single customer."""
        told = self.found.to_dict()
        cells = [own | self._plays[own["cell"]].actions() for own in told["cells"]]
        return {**told, "cells": cells, "warnings": list(self.warnings)}

    def __repr__(self) -> str:
        own = self.found
        headline = (
            f"{own.source.name}: {own.customers:,} customers from {own.lines:,} lines "
            f"({own.returns:,} returns), as of {own.as_of}\n{describe_columns(own.columns)}"
        )
        header = [
            "RFM cell",
            "What to do",
            "Customers",
            "Share",
            "Revenue",
            "Recency (days)",
            "Orders",
            "Mean revenue",
        ]
        rows = [
            [cell.cell, self._plays[cell.cell].priority, f"{cell.customers:,}",
             percent(cell.share), percent(cell.revenue_share),
             *map(short_number, (cell.recency_days, cell.orders, cell.revenue))]
            for cell in own.cells
        ]  # fmt: skip
        return f"{headline}\n\n{text_table(header, rows, left=2)}"


def rfm(
    orders: Any,
    *,
    id: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    order: str | None = None,
    product: str | None = None,
    leave_out: str | None = None,
    since: dt.date | str | None = None,
    as_of: dt.date | str | None = None,
    playbook: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    temp_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    **reading: Unpack[ReadingOptions],
) -> RFM:
    """Turn order lines into customers: recency, frequency, money, scores and ten classic cells.

    Parameters
    ----------
    orders : str, PathLike or dataframe
        A row an order, or a row a line of one: anything that :func:`segment` reads.
    id, date, amount : str, optional
        The columns that say who bought, when, and for how much; ``"quantity*price"`` multiplies
        two. Negative amounts are returns. Default: found by header and type.
    order, product : str, optional
        The columns that number orders and name products. Default: found by header. Without an
        order column each row is an order.
    leave_out : str, optional
        A column and levels of it whose lines do not count, such as ``"status:cancelled,failed"``.
        Default: every line counts; one that says of itself that it was cancelled is told.
    since : date or str, optional
        The first day that counts. Default: that of the first line; lines dated long before all
        others, such as an 1850, are left out.
    as_of : date or str, optional
        The day from which days are counted; later lines are left out. Default: the day after the
        last line; lines dated long after all others, such as a 2099 among 2026, do not count for
        that and are left out.
    playbook : str or PathLike, optional
        A TOML file with what to do about each cell. Default: the retail playbook.
    threads, memory_limit, temp_dir, progress, **reading : optional
        As in :func:`segment`.

    Returns
    -------
    RFM
        ``.frame()`` has a row a customer: the id; ``recency_days``, days since the last order;
        ``orders``; ``revenue``, less returns; ``average_order_value``, revenue by orders;
        ``tenure_days``, days since the first order; ``days_between_orders``, missing for a single
        one; ``returns_share``, returned by bought money, at most 1; ``products``, different ones
        bought (with a product column); ``r_score``, ``f_score``, ``m_score``, 1 to 5; and
        ``rfm_cell``. See :mod:`segmentry.steps.orders` for the rules.

    Raises
    ------
    SourceError, ColumnError, FeatureError
        If the source cannot be read, a column is not there or cannot be told from another, or no
        line can be used.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import segmentry
    >>> orders = pa.table({
    ...     "customer": ["Ann", "Ann", "Bob"],
    ...     "date": ["2026-01-01", "2026-01-11", "2026-01-05"],
    ...     "amount": [20.0, 30.0, 9.5],
    ... })
    >>> with segmentry.rfm(orders, as_of="2026-01-31") as customers:
    ...     found = customers.frame()
    >>> found["recency_days"].to_pylist(), found["revenue"].to_pylist()
    ([20, 26], [50.0, 9.5])
    """
    watch = progress or Progress()
    chosen = {"id": id, "date": date, "amount": amount, "order": order, "product": product}
    chosen |= {"leave_out": leave_out}
    days = {"since": since, "as_of": as_of}
    plays, wish = read_playbook(playbook), Reading(**reading, id=id)
    engine = DuckDBEngine(Resources(threads, memory_limit, temp_dir), watch=watch.query)
    try:
        found = build(orders, engine, chosen, days, progress=watch, reading=wish)
    except BaseException:
        engine.close()
        raise
    return RFM(found, engine, watch, plays)


def open_customers(
    orders: Any,
    engine: DuckDBEngine,
    chosen: Mapping[str, Any],
    *,
    reading: Reading | None = None,
    limits: Resources,
    progress: Progress,
) -> tuple[Customers, Source]:
    """Build customers in an engine of their own, which lets go of the lines, and open them here.

    ``chosen`` has the columns by part, what to leave out, and the days. Money below zero counts
    as none.
    """
    path = engine.folder / "customers-of-orders.parquet"
    columns = {name: own for name, own in chosen.items() if name not in _DAYS}
    days = {name: chosen.get(name) for name in _DAYS}
    with DuckDBEngine(limits, watch=progress.query) as own:
        built = build(
            orders,
            own,
            columns,
            days,
            reading=reading,
            progress=progress,
            floored=True,
        )
        names = (sql.id_name(built.columns), *sql.figure_names(built.columns), "rfm_cell")
        own.write(sql.columns(BUILT, names), path, parquet=True)
    lines, table = built.source, open_source(path, engine)
    return built, replace(
        table, name=lines.name, kind=lines.kind, path=lines.path, parts=lines.parts,
        warnings=built.warnings,
        detail=f"{lines.detail}; its lines were turned into customers",
    )  # fmt: skip


def build(
    orders: Any,
    engine: DuckDBEngine,
    chosen: Mapping[str, str | None],
    days: Mapping[str, dt.date | str | None],
    *,
    progress: Progress,
    reading: Reading | None = None,
    floored: bool = False,
) -> Customers:
    """Open order lines in an engine, find their columns and build the customers there."""
    with progress.step("read"):
        source = open_source(orders, engine, reading)
        named = {name: own for name, own in chosen.items() if name != "leave_out"}
        columns = find_columns(source, named)
        columns = with_left_out(source, engine, columns, chosen.get("leave_out"))
    with progress.step("orders"):
        return build_customers(source, engine, columns, **days, floored=floored)

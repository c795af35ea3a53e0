"""The workbook as a whole: which sheets, and how it becomes a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from segmentry.engines.resources import Resources
from segmentry.engines.scratch import Scratch
from segmentry.exports.answers import Customers
from segmentry.exports.workbook.customers import write_customers
from segmentry.exports.workbook.evidence import write_evidence
from segmentry.exports.workbook.orders import write_orders
from segmentry.exports.workbook.profiles import write_profiles, write_rules
from segmentry.exports.workbook.quality import write_about, write_quality
from segmentry.exports.workbook.segments import write_segments
from segmentry.exports.workbook.sheet import Book
from segmentry.files import whole_file

__all__ = ["write_workbook"]

_MOST_IN_MEMORY = 50_000
"""Customers whose cells are held until the end, which a table of Excel's needs."""


def write_workbook(
    summary: Mapping[str, Any], customers: Customers | None, path: str | os.PathLike[str]
) -> None:
    """Write a run as an Excel workbook that a manager can print as it is.

    Parameters
    ----------
    summary : dict
        What :func:`segmentry.report.summary.summarise` returns, or ``summary.json`` holds; names
        and advice may have been edited.
    customers : Path, iterable of pyarrow.RecordBatch or None
        A row each: the id, ``segment``, ``segment_name``, ``distance``, ``margin`` and perhaps
        the flags. None leaves their sheet out.
    path : str or PathLike
        The file.

    Raises
    ------
    SourceError
        If the customers' file is damaged.
    OutputError
        If the system refuses to write.
    """
    from xlsxwriter.exceptions import FileCreateError

    rows = summary["rows"]["used"] + summary["rows"]["incomplete"]
    with (
        whole_file(path) as draft,
        closing(Scratch(Resources().folder)) as scratch,
    ):
        book = Book(str(draft), stream=rows > _MOST_IN_MEMORY, folder=str(scratch.path))
        if rows > 4_000_000:
            book.file.use_zip64()
        for write in (
            write_segments, write_profiles, write_rules, write_evidence, write_orders,
            write_quality,
        ):  # fmt: skip
            write(book, summary)
        if customers is not None:
            write_customers(book, summary, customers)
        write_about(book, summary)
        try:
            book.file.close()
        except FileCreateError as error:
            raise error.args[0] from error

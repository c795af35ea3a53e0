"""The only package that writes SQL: every query is a sqlglot tree, never a pasted string.

A query is built from named steps (``coordinates`` → ``distances`` → ``labelled``), joined as
common table expressions, so that each can be printed and run alone. Names are quoted always.

Two rules keep answers equal on every engine and any number of threads:

* a sum over floating-point values is a sum of integers: each value is multiplied by a power of
  two and rounded first (:func:`exact_sum`), because adding doubles in another order gives another
  answer;
* a distance is the sum of squared differences from the first coordinate to the last, and an exact
  tie goes to the lower segment number.
"""

from __future__ import annotations

from segmentry.sql.counting import (
    address_counts,
    cells,
    column_counts,
    columns,
    decile_values,
    distinct_cells,
    distinct_rows,
    interval_counts,
    moments,
    present_rows,
    sample_rows,
    usable_rows,
)
from segmentry.sql.expressions import (
    ROW,
    exact_bits,
)
from segmentry.sql.labelling import (
    SEGMENT,
    Labels,
    assignments,
    bin_counts,
    level_counts,
    lloyd_pass,
    segment_numbers,
)
from segmentry.sql.reading import (
    BLANK_TOKENS,
    LARGEST,
    MISSING_TOKENS,
    Column,
    ColumnType,
    odd_values,
    text_types,
    too_large,
    typed,
)

__all__ = [
    "BLANK_TOKENS",
    "LARGEST",
    "MISSING_TOKENS",
    "ROW",
    "SEGMENT",
    "Column",
    "ColumnType",
    "Labels",
    "address_counts",
    "assignments",
    "bin_counts",
    "cells",
    "column_counts",
    "columns",
    "decile_values",
    "distinct_cells",
    "distinct_rows",
    "exact_bits",
    "interval_counts",
    "level_counts",
    "lloyd_pass",
    "moments",
    "odd_values",
    "present_rows",
    "sample_rows",
    "segment_numbers",
    "text_types",
    "too_large",
    "typed",
    "usable_rows",
]

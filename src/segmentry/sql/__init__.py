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

from segmentry.sql.binning import (
    STEPS,
    Axis,
    Bins,
    density_counts,
    distinct_values,
    segment_counts,
    segment_moments,
    value_counts,
)
from segmentry.sql.cells import (
    Lattice,
    distinct_cells,
    distinct_points,
    lattice_cells,
    sample_rows,
)
from segmentry.sql.checking import as_it_is, scored_rows, unlike_pairs, with_id_as_text
from segmentry.sql.counting import (
    about_distinct,
    address_counts,
    code_texts,
    column_counts,
    columns,
    counts_outside,
    dates_outside,
    distinct_rows,
    first_rows,
    first_values,
    header_rows,
    level_counts,
    moments,
    present_rows,
    usable_rows,
    weight_counts,
    weight_sum,
    year_counts,
)
from segmentry.sql.expressions import ROW, exact_bits
from segmentry.sql.figures import FIGURES, SCORES, figure_names, figures_of, id_name
from segmentry.sql.guarding import guarded_texts
from segmentry.sql.labelling import SEGMENT, Flags, Labels, assignments
from segmentry.sql.notations import CURRENCIES, date_votes, number_votes
from segmentry.sql.orders import (
    KnownLines,
    OrderColumns,
    lines_beside_amounts,
    lines_by_day,
    missing_counts,
    repeated_amounts,
)
from segmentry.sql.passes import inertia_pass, lloyd_pass
from segmentry.sql.preparing import Weighting, feature_counts, prepared_values, without_any
from segmentry.sql.reading import (
    BLANK_TOKENS,
    LARGEST,
    MISSING_TOKENS,
    Column,
    ColumnType,
    count_odd_values,
    long_decimals,
    missing_rows,
    missing_tokens,
    odd_numbers,
    odd_values,
    odd_words,
    plain_numbers,
    stored_texts,
    text_types,
    too_large,
    typed,
)
from segmentry.sql.repeats import kept_rows, repeated_ids, rows_with_id, rows_without_id
from segmentry.sql.rfm import (
    CELL_TABLE,
    CELLS,
    buyer_counts,
    cell_counts,
    cells_by_segment,
    scored_customers,
)
from segmentry.sql.scoring import DIALECTS, scoring_query, scoring_view, spoken

__all__ = [
    "BLANK_TOKENS",
    "CELLS",
    "CELL_TABLE",
    "CURRENCIES",
    "DIALECTS",
    "FIGURES",
    "LARGEST",
    "MISSING_TOKENS",
    "ROW",
    "SCORES",
    "SEGMENT",
    "STEPS",
    "Axis",
    "Bins",
    "Column",
    "ColumnType",
    "Flags",
    "KnownLines",
    "Labels",
    "Lattice",
    "OrderColumns",
    "Weighting",
    "about_distinct",
    "address_counts",
    "as_it_is",
    "assignments",
    "buyer_counts",
    "cell_counts",
    "cells_by_segment",
    "code_texts",
    "column_counts",
    "columns",
    "count_odd_values",
    "counts_outside",
    "date_votes",
    "dates_outside",
    "density_counts",
    "distinct_cells",
    "distinct_points",
    "distinct_rows",
    "distinct_values",
    "exact_bits",
    "feature_counts",
    "figure_names",
    "figures_of",
    "first_rows",
    "first_values",
    "guarded_texts",
    "header_rows",
    "id_name",
    "inertia_pass",
    "kept_rows",
    "lattice_cells",
    "level_counts",
    "lines_beside_amounts",
    "lines_by_day",
    "lloyd_pass",
    "long_decimals",
    "missing_counts",
    "missing_rows",
    "missing_tokens",
    "moments",
    "number_votes",
    "odd_numbers",
    "odd_values",
    "odd_words",
    "plain_numbers",
    "prepared_values",
    "present_rows",
    "repeated_amounts",
    "repeated_ids",
    "rows_with_id",
    "rows_without_id",
    "sample_rows",
    "scored_customers",
    "scored_rows",
    "scoring_query",
    "scoring_view",
    "segment_counts",
    "segment_moments",
    "spoken",
    "stored_texts",
    "text_types",
    "too_large",
    "typed",
    "unlike_pairs",
    "usable_rows",
    "value_counts",
    "weight_counts",
    "weight_sum",
    "with_id_as_text",
    "without_any",
    "year_counts",
]

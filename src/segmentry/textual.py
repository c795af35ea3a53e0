"""Plain tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["text_table"]


def text_table(
    header: Sequence[str] | None, rows: Sequence[Sequence[str]], *, left: int = 1
) -> str:
    """Align columns with spaces: the first ``left`` ones to the left, the others to the right.

    >>> print(text_table(["name", "n"], [["a", "10"], ["bc", "9"]]))
    name   n
    a     10
    bc     9
    """
    lines = [list(header), *rows] if header else list(rows)
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )

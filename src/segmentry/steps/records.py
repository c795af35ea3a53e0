"""Step 1h: how many records does a text file hold, by a count of its own?

Whatever reads the file must come to the same number: so no row is lost without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segmentry.steps.fields import LONGEST_FIELD

__all__ = ["Records", "count_records"]

_BLOCK = 2**22
_PIECE = LONGEST_FIELD // 2
"""A record longer than the longest field has one whole piece in it, at least."""


@dataclass(frozen=True)
class Records:
    """How many records there are, and whether one may be longer than the longest field."""

    count: int
    may_be_long: bool


def count_records(path: Path, *, above: int = 0) -> Records:
    """Count the records below the header: lines that hold something, line ends in quotes apart.

    Parameters
    ----------
    path : Path
        A text file in UTF-8.
    above : int
        Lines above the header.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "t.csv"
    ...     _ = path.write_bytes(b'id,note\\n1,"two\\nlines"\\n\\n2,x')
    ...     count_records(path).count
    2
    """
    count, quoted, ended, long = 0, False, True, False
    with path.open("rb") as stream:
        for _ in range(above):
            stream.readline()
        while block := stream.read(_BLOCK):
            letters = np.frombuffer(block, np.uint8)
            ends = (letters == ord("\n")) | (letters == ord("\r"))
            if quoted or b'"' in block:
                quotes = np.cumsum(letters == ord('"'), dtype=np.uint8) & 1
                inside = (quotes ^ quoted).astype(bool)
                ends &= ~inside
                quoted = bool(inside[-1])
            count += int(np.count_nonzero(ends[1:] & ~ends[:-1])) + int(ends[0] and not ended)
            ended = bool(ends[-1])
            long = long or _has_endless_piece(ends)
    return Records(max(0, count + (not ended) - 1), long)


def _has_endless_piece(ends: npt.NDArray[np.bool_]) -> bool:
    """Whether no record ends anywhere in one of the pieces of a block."""
    whole = len(ends) // _PIECE * _PIECE
    return not bool(ends[:whole].reshape(-1, _PIECE).any(axis=1).all())

"""A small table, and the error of a run that is refused."""

from __future__ import annotations

import pytest

import segmentry
from segmentry.errors import SegmentryError

HEADER = "id,visits,basket\n"
ROWS = "".join(f"{i},{i % 7},{3 * (i % 5)}\n" for i in range(1, 41))


def refusal(source: object, **options: object) -> SegmentryError:
    """The error of a run, which has both of its lines."""
    with pytest.raises(SegmentryError) as caught:
        segmentry.segment(source, **options)
    error = caught.value
    assert isinstance(error, ValueError)
    assert error.exit_code == 2
    assert str(error) == f"{error.what}\n{error.fix}"
    assert all(line.strip() and len(line) < 1000 for line in (error.what, error.fix))
    return error

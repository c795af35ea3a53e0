"""Numbers that people type mean what they mean in the file."""

from __future__ import annotations

import pytest

from segmentry.errors import InputError
from segmentry.studio.typed import number


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("42", "", 42), ("-3", "", -3), ("\u22123", "", -3), ("1e3", "", 1000), (".5", "", 0.5),
        ("1.5", "", 1.5), ("1,5", "", 1.5), ("1,5", ".", 1.5), ("1.9", ",", 1.9),
        ("15,000", ".", 15_000), ("15,000", ",", 15), ("1.234", ",", 1234), ("1.234", ".", 1.234),
        ("3.450,2", "", 3450.2), ("3,450.2", ",", 3450.2), ("3 450,2", "", 3450.2),
        ("3\u00a0450", "", 3450), ("3\u202f450", ".", 3450), ("1,234,567", "", 1_234_567),
        ("12.", "", 12),
    ],
)  # fmt: skip
def test_a_number_is_read_as_the_file_writes_its_own(text, mark, value):
    assert number(text, "spend", mark=mark) == value


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("nan", "R83", "not a number"), ("inf", "R83", "not a number"),
        ("1e999", "R84", "too large"), ("-1e999", "R84", "too large"),
        ("1_000", "R83", "not a number"), ("\u0663", "R83", "not a number"),
        ("1 2", "R83", "not a number"), ("12,34,5", "R83", "not a number"),
        ("15,000", "R34", "as 15 or as 15000"), ("1.234", "R34", "as 1.234 or as 1234"),
    ],
)  # fmt: skip
def test_what_is_no_number_or_two_is_refused_and_the_column_named(text, code, words):
    with pytest.raises(InputError, match=words) as refused:
        number(text, "spend")
    assert refused.value.code == code
    assert refused.value.what.startswith("spend")

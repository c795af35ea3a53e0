"""Words for who has never seen a terminal: what the pages say instead of options and codes."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["CHOICES", "ENCODINGS", "encoding_of", "spoken", "value_words"]

CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "missing": (("fill", "the median stands in"), ("drop", "customer gets no segment")),
    "outliers": (("keep", "count as they are"), ("winsorize", "are cut at 1 % and 99 %")),
    "scale": (("auto", "decide"), ("zscore", "make all comparable"), ("none", "leave as it is")),
    "log": (("auto", "as logarithms"), ("none", "leave as they are")),
    "duplicates": (
        ("refuse", "stop and say so"), ("first", "take the first"), ("keep", "take every row"),
    ),
    "date_order": (("dmy", "3 April"), ("mdy", "March 4")),
}  # fmt: skip
"""Options with a few values, and what each value is called on the pages."""
ENCODINGS: Mapping[str, str] = {
    "utf-8": "Unicode (UTF-8)",
    "cp1252": "Windows (Western European)",
    "cp1250": "Windows (Central European)",
    "cp1251": "Windows (Cyrillic)",
    "cp932": "Windows (Japanese)",
    "gbk": "Windows (Chinese)",
    "mac_roman": "old Macs",
    "utf-16-le": "Unicode (UTF-16)",
}
"""The commonest encodings of letters."""
_IN_PYTHON = re.compile(r" \(in Python [^()]*\)")
_CODES = {
    code: words
    for name, words in ENCODINGS.items()
    for code in (name.upper(), name)
    if not name.startswith("utf")
}
_CODE = re.compile(rf"\b({'|'.join(_CODES)})\b(?: \([A-Z][A-Za-z ]+(?:\)|(; )))?")
_SAID = ((re.compile("(?<=[ ,])say “"), "set “"), (re.compile(r"” (?=\S+:\S+=)"), "”: "))


def value_words(option: str, value: str) -> str:
    """Return what a value of an option is called, where the pages let it be chosen by a name.

    >>> value_words("--missing", "drop"), value_words("--sep", ";")
    ('“customer gets no segment”', ';')
    """
    told = dict(CHOICES.get(option.removeprefix("--").replace("-", "_"), ()))
    return f"“{told[value]}”" if value in told else value


def encoding_of(words: str) -> str:
    """Return the encoding that is meant, by its own name or by what the pages call it.

    >>> encoding_of("windows (cyrillic)"), encoding_of("koi8-r")
    ('cp1251', 'koi8-r')
    """
    known = {told.lower(): code for code, told in ENCODINGS.items()}
    return known.get(words.lower(), words)


def spoken(text: str) -> str:
    """Return a sentence without what only programmers write.

    >>> spoken("To merge them, use it (in Python map={'Sex': {'m': 'Male'}}).")
    'To merge them, use it.'
    >>> spoken("Read as CP1252, separated by ';'")
    "Read as Windows (Western European), separated by ';'"
    >>> spoken("Read as cp1252 (Western European; 9 odd bytes): if wrong, say “Letters”.")
    'Read as Windows (Western European) (9 odd bytes): if wrong, set “Letters”.'
    """
    for wording, instead in ((_IN_PYTHON, ""), *_SAID):
        text = wording.sub(instead, text)
    return _CODE.sub(lambda found: _CODES[found[1]] + (" (" if found[2] else ""), text)

"""Words for who has never seen a terminal: what the pages say instead of options and codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmentry.steps.findings import Findings

__all__ = [
    "CHOICES", "ENCODINGS", "as_pages_say", "encoding_of", "label_of", "said", "spoken",
]  # fmt: skip

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
_LABELS = {
    "--encoding": "Letters",
    "--sep": "Fields are separated by",
    "--decimal": "Decimal mark",
    "--date-order": "03/04/2026 means",
    "--header-row": "Line with the column names",
    "--sheet": "Sheet of the workbook",
    "--skip-bad-lines": "Leave broken lines out",
    "--missing-token": "Also means “no value”",
    "--map": "Levels to be read as others",
    "--k": "How many segments",
    "--k-max": "At most",
    "--min-share": "Smallest segment",
    "--categorical": "Group",
    "--features": "Group",
    "--profile": "Describe",
    "--id": "Id",
    "--duplicates": "Rows that differ about one id",
    "--missing": "Missing values",
    "--outliers": "Extreme values",
    "--scale": "Scale",
    "--log": "Skewed columns",
    "--weight": "Customers count by",
    "--feature-weight": "Weight of the column",
    "--rfm": "This is a list of orders",
    "--date": "Date of the order",
    "--amount": "Amount",
    "--order": "Order number",
    "--product": "Product",
    "--leave-out": "Lines that do not count",
    "--since": "First day that counts",
    "--as-of": "Count days from",
    "--seed": "Seed",
}
"""What the options of the command line are called on these pages."""
_BUILD = {
    "Build a row a customer first:  segmentry ": (
        "With “This is a list of orders”, on the data page, customers are built from them first."
    ),
    "Build them first:  segmentry ": (
        "Bring a table with a row for each customer and these columns, or open that list of orders "
        "on the start page to find segments in it."
    ),
}
"""Where a sentence ends in a command, what is done on these pages instead."""
_OPTION = re.compile(
    r"(?<![\w-])(?P<option>--[a-z][a-z-]*[a-z])"
    r"(?:[ =](?P<value>'[^']*'|\"[^\"]*\"|[.,](?=\s|$)|(?:[A-Z]+|\d+|dmy|mdy|tab|auto|first|keep"
    r"|drop|none|zscore|winsorize|(?:utf|cp|mac|gb|latin|iso)[\w-]*)(?![\w])))?"
)
"""An option, with its value where the next word is one."""
_IN_PYTHON = re.compile(r" \(in Python [^()]*\)")
_CODES = {
    code: words
    for name, words in ENCODINGS.items()
    for code in (name.upper(), name)
    if not name.startswith("utf")
}
_CODE = re.compile(rf"\b({'|'.join(_CODES)})\b(?: \([A-Z][A-Za-z ]+(?:\)|(; )))?")
_SAID = ((re.compile("(?<=[ ,])say “"), "set “"), (re.compile(r"” (?=\S+:\S+=)"), "”: "))


def _value_words(option: str, value: str) -> str:
    """What a value of an option is called, where the pages let it be chosen by a name.

    >>> _value_words("--missing", "drop"), _value_words("--sep", ";")
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


def label_of(name: str) -> str:
    """Return what the pages call an option of the public functions.

    >>> label_of("k_max"), label_of("file")
    ('At most', 'File')
    """
    own = name.replace("_", " ")
    return _LABELS.get(f"--{name.replace('_', '-')}", own[:1].upper() + own[1:])


def said(text: str) -> str:
    """Return a sentence about options of the command line in the names that the pages give them.

    >>> said("Say it with --decimal . or --decimal ,")
    'Say it with “Decimal mark”: . or “Decimal mark”: ,'
    >>> said("Use --skip-bad-lines to leave them out, or --encoding cp1251.")
    'Use “Leave broken lines out” to leave them out, or “Letters”: Windows (Cyrillic).'
    >>> said("To leave them out, use --leave-out 'status:void,lost'.")
    'To leave them out, use “Lines that do not count”: status:void,lost.'
    """
    for start, instead in _BUILD.items():
        if start in text:
            return text[: text.index(start)] + instead
    return spoken(_OPTION.sub(_labelled, text))


def _labelled(found: re.Match[str]) -> str:
    label, value = _LABELS.get(found["option"]), found["value"]
    if label is None:
        return found[0]
    quoted = value is not None and value[0] in "'\""
    given = "" if value is None or value.isupper() else value[1:-1] if quoted else value
    said = _value_words(found["option"], given)
    return f"“{label}”: {said}" if said else f"“{label}”"


def as_pages_say(found: Findings) -> Findings:
    """Return a run whose warnings and notes speak of the pages, in every file made of it."""
    source = replace(
        found.source, detail=said(found.source.detail),
        warnings=tuple(map(said, found.source.warnings)),
    )  # fmt: skip
    return replace(found, source=source, warnings=tuple(map(said, found.warnings)))

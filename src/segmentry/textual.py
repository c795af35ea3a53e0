"""Numbers and tables as plain text, for a terminal and for pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = [
    "FORMULA",
    "PLAIN_NUMBER",
    "counted",
    "cut",
    "figure",
    "guarded",
    "in_words",
    "listed",
    "percent",
    "places",
    "short_number",
    "some_of",
    "storable",
    "text_table",
    "tokens",
    "unguarded",
    "verb",
    "visible",
]  # fmt: skip

FORMULA = r"""^[ '"]*[=+\-@\t\r\n\x00＝＋－＠]"""
"""How a text begins that a spreadsheet program may take for a formula; in RE2's words, too."""
PLAIN_NUMBER = r"[+-]?([0-9]+([.,][0-9]+)*|[.,][0-9]+)([eE][+-]?[0-9]+)?"
"""What begins like one and is a number all the same."""

_NOT_STORABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_HUMP = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])")
_UNITS = frozenset("days weeks months years hours minutes".split())
_LASTING = frozenset("recency tenure duration time age".split())
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Show the characters that nobody sees, or that would steer a terminal or turn the text round.

    >>> visible("K\\x1böln \\u202e1")
    'K␛öln ⟨U+202E⟩1'
    """
    return _UNSEEN.sub(lambda found: _picture(ord(found[0])), text)


def _picture(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def storable(text: str) -> str:
    r"""A text without what XML cannot hold, and without controls, as files of Office need it.

    >>> storable("K\x00öln\x1b")
    'Köln'
    """
    return _NOT_STORABLE.sub("", text)


def guarded(text: str) -> str:
    """A text as a CSV file may hold it: an apostrophe before what may be taken for a formula.

    >>> guarded("=1+1"), guarded(" @SUM(A1)"), guarded("-12.5"), guarded("007")
    ("'=1+1", "' @SUM(A1)", '-12.5', '007')
    """
    return f"'{text}" if _may_run(text) else text


def unguarded(text: str) -> str:
    """The text as it was.

    >>> unguarded("'=1+1"), unguarded("'tis"), unguarded(guarded("'=1+1"))
    ('=1+1', "'tis", "'=1+1")
    """
    return text[1:] if text[:1] == "'" and _may_run(text[1:]) else text


def _may_run(text: str) -> bool:
    return bool(re.match(FORMULA, text)) and not re.fullmatch(PLAIN_NUMBER, text)


def cut(text: str, width: int) -> str:
    """Shorten a text to a width; what is missing is shown by an ellipsis, what nobody sees too.

    >>> cut("Annual Income (k$)", 10)
    'Annual In…'
    """
    text = visible(text)
    return text if len(text) <= width else text[: width - 1] + "…"


def in_words(header: str) -> str:
    """A column's header as people write it; one that has spaces stays as it is.

    >>> in_words("average_order_value"), in_words("recency_days"), in_words("AnnualIncome")
    ('average order value', 'recency (days)', 'Annual Income')
    >>> in_words("Spending Score (1-100)"), in_words("rfm_cell"), in_words("2024_spend")
    ('Spending Score (1-100)', 'RFM cell', '2024 spend')
    """
    text = header.strip()
    if " " in text:
        return text
    parted = _HUMP.sub(" ", re.sub(r"_+|(?<=[^\W\d])\.(?=[^\W\d])", " ", text)).strip()
    words = ["RFM" if word.lower() == "rfm" else word for word in parted.split()]
    if len(words) == 2 and words[1].lower() in _UNITS and words[0].lower() in _LASTING:
        words[1] = f"({words[1].lower()})"
    return " ".join(words) or text


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    >>> listed(["recency_days", "orders", "revenue"]), listed(["income", "spending"])
    ('recency_days, orders and revenue', 'income and spending')
    """
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def some_of(names: Sequence[str], *, most: int = 5) -> str:
    """Join names as a sentence does, and say how many more there are.

    >>> some_of(["a", "b"]), some_of(["a", "b", "c", "d"], most=2)
    ('a and b', 'a, b and 2 more')
    """
    more = len(names) - most
    return listed([*names[:most], *([f"{more:,} more"] if more > 0 else [])])


def places(what: str, numbers: Sequence[int], *, of: int) -> str:
    """Name the first of some lines or rows, and say how many more there are.

    >>> places("line", [8], of=1), places("line", [8, 4300], of=2), places("row", [2, 3], of=9)
    ('line 8', 'lines 8 and 4,300', 'rows 2, 3 and 7 more')
    """
    more = of - len(numbers)
    named = [f"{number:,}" for number in numbers] + [f"{more:,} more"] * (more > 0)
    return f"{what}{'s' if of > 1 else ''} {listed(named)}"


def counted(count: int, thing: str, says: str = "") -> str:
    """A count with its noun, and its verb, in the singular or plural.

    Parameters
    ----------
    count : int
        How many there are.
    thing : str
        One of them.
    says : str
        What one of them does: a regular verb, or ``is``, ``was``, ``has``.

    Examples
    --------
    >>> counted(1, "row", "repeats"), counted(1200, "row", "repeats")
    ('1 row repeats', '1,200 rows repeat')
    >>> counted(1, "value", "is"), counted(2, "value", "is"), counted(0, "customer", "has")
    ('1 value is', '2 values are', '0 customers have')
    """
    several = "" if count == 1 else "s"
    return f"{count:,} {thing}{several} {verb(count, says)}".rstrip()


def verb(count: int, says: str) -> str:
    """A verb in the singular or plural.

    >>> verb(1, "appears"), verb(2, "appears"), verb(2, "was")
    ('appears', 'appear', 'were')
    """
    return says if count == 1 else _PLURALS.get(says, says.removesuffix("s"))


_PLURALS = {"is": "are", "was": "were", "has": "have", "does": "do"}


def figure(value: float) -> str:
    """Write a number with four digits, or with all before its point; a very large one shorter.

    >>> figure(2.71828), figure(16_370.4), figure(0.001234567), figure(2.5e12)
    ('2.718', '16,370', '0.001235', '2.500e+12')
    """
    size = abs(value)
    return f"{value:,.4g}" if size < 1e3 else f"{value:,.0f}" if size < 1e9 else f"{value:,.3e}"


def short_number(value: float | None) -> str:
    """Write a number as a reader wants it: one decimal, more for small ones, none for large ones.

    >>> short_number(86.538), short_number(2.5), short_number(152_300.7), short_number(None)
    ('86.5', '2.50', '152,301', 'n/a')
    """
    if value is None:
        return "n/a"
    size = abs(value)
    if size >= 1e9 or 0 < size < 0.001:
        return f"{value:.3g}"
    decimals = next(own for own, limit in ((3, 1), (2, 10), (1, 1000), (0, 1e9)) if size < limit)
    return f"{value:,.{decimals}f}"


def percent(share: float | None, *, decimals: int = 1) -> str:
    """Write a share as percent.

    >>> percent(0.405), percent(0.593, decimals=0)
    ('40.5 %', '59 %')
    """
    return "n/a" if share is None else f"{100 * share:.{decimals}f} %"


def tokens(missing_as: Mapping[str, int]) -> str:
    """Say how missing values are written.

    >>> tokens({"?": 7, "blank": 5}), tokens({"blank": 12})
    ('7 × ?, 5 × blank', '')
    """
    if set(missing_as) <= {"blank"}:
        return ""
    return ", ".join(f"{count:,} × {token}" for token, count in missing_as.items())


def text_table(
    header: Sequence[str] | None, rows: Sequence[Sequence[str]], *, left: int = 1
) -> str:
    """Align columns with spaces: the first ``left`` ones to the left, the others to the right.

    >>> print(text_table(["name", "n"], [["a", "10"], ["bc", "9"]]))
    name   n
    a     10
    bc     9
    """
    shown = [header, *rows] if header else rows
    lines = [[visible(cell) for cell in line] for line in shown]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )

"""Numbers as people type them, read in the way in which the file writes its own."""

from __future__ import annotations

import math
import re

from segmentry.errors import InputError
from segmentry.textual import cut

__all__ = ["number"]

_SPACES = re.compile("[ \u00a0\u2009\u202f]")
_OTHER = {".": ",", ",": "."}


def number(text: str, name: str, *, mark: str = "") -> float:
    """Return the number that was typed for a column.

    Parameters
    ----------
    text : str
        What was typed.
    name : str
        Of the column, for messages.
    mark : str, optional
        The decimal mark of the file; empty where the file does not tell.

    Raises
    ------
    InputError
        R83 if it is no number, R84 if it is too large for one, R34 if it can be read in two ways.

    >>> number("3.450,2", "spend"), number("1.234", "spend", mark=","), number("1,5", "spend")
    (3450.2, 1234.0, 1.5)
    >>> number("15,000", "spend")
    Traceback (most recent call last):
    ...
    segmentry.errors.InputError: spend: 15,000 can be read in two ways, as 15 or as 15000.
    Type 15000 or 15.0.
    """
    plain = text.strip().replace("\u2212", "-")
    read = {own: _read(plain, own) for own in _OTHER}
    kept = [own for own in ([mark] if read.get(mark) is not None else read) if read[own]]
    found = {own: float(read[own] or "nan") for own in kept}
    if not found:
        raise InputError(
            f"{name} is not a number.",
            "Type one, such as 42 or 42.5.",
            code="R83",
        )
    values = sorted(set(found.values()))
    if not all(map(math.isfinite, values)):
        raise InputError(f"{name} is too large a number.", "Type a smaller number.", code="R84")
    if len(values) > 1:
        raise _unclear(text, name, values)
    return values[0]


def _read(text: str, mark: str) -> str | None:
    """The number as Python writes it, if this may be its decimal mark."""
    other = re.escape(_OTHER[mark])
    own = re.escape(mark)
    groups = rf"[0-9]{{1,3}}(?:{other}[0-9]{{3}})+|[0-9]{{1,3}}(?: [0-9]{{3}})+"
    form = rf"[-+]?(?:(?:{groups}|[0-9]+)(?:{own}[0-9]*)?|{own}[0-9]+)(?:[eE][-+]?[0-9]{{1,4}})?"
    plain = _SPACES.sub(" ", text)
    if not re.fullmatch(form, plain):
        return None
    return plain.replace(" ", "").replace(_OTHER[mark], "").replace(mark, ".")


def _unclear(text: str, name: str, values: list[float]) -> InputError:
    small, large = (f"{own:.12g}" for own in sorted(values, key=abs))
    plain = small if "." in small else f"{small}.0"
    return InputError(
        f"{name}: {cut(text.strip(), 40)} can be read in two ways, as {small} or as {large}.",
        f"Type {large} or {plain}.", code="R34",
    )  # fmt: skip

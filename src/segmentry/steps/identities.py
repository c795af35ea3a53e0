"""Step 3c: columns whose values give away what their names do not.

Numbers of cards, accounts and persons carry check digits, so that a column of them is no accident;
phone numbers are known by their marks. A few hundred values are looked at, and none is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

__all__ = ["CARDS", "private_kind"]

CARDS = "numbers of payment cards, by their check digit"

_FEWEST = 10
_NEARLY_ALL = 0.9
_CARD = re.compile(r"4\d{12}|3[068]\d{12}|3[47]\d{13}|[2-6]\d{15}|[46]\d{18}", re.ASCII)
_PHONE = re.compile(r"(\+|00)\d[\d ()./-]{6,18}\d|\(?0\d{1,4}[)/ .-][\d ()./-]{4,14}\d|"
                    r"\(\d{3}\) ?\d{3}[ .-]?\d{4}|\d{3}[-.]\d{3}[-.]\d{4}")  # fmt: skip


def private_kind(values: Sequence[str]) -> str | None:
    """Say what the values of a column are, if nearly all are of one kind that names a person.

    >>> private_kind(["4111 1111 1111 1111"] * 12)
    'numbers of payment cards, by their check digit'
    >>> private_kind(["41", "57"] * 12)
    """
    seen = [value.strip() for value in values if value and value.strip()]
    if len(seen) < _FEWEST:
        return None
    for kind, is_one in _KINDS.items():
        if sum(map(is_one, seen)) >= _NEARLY_ALL * len(seen):
            return kind
    return None


def _digits(text: str) -> str:
    return re.sub(r"[ .\-/]", "", text)


def _luhn(digits: str) -> bool:
    doubled = [int(own) * (1 + i % 2) for i, own in enumerate(reversed(digits))]
    return sum(own - 9 if own > 9 else own for own in doubled) % 10 == 0


def _is_card(text: str) -> bool:
    digits = _digits(text)
    return bool(_CARD.fullmatch(digits)) and _luhn(digits)


def _is_iban(text: str) -> bool:
    bare = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", bare):
        return False
    return int("".join(str(int(own, 36)) for own in bare[4:] + bare[:4])) % 97 == 1


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(own) * weight for own, weight in zip(digits, weights, strict=False))


def _is_cpf(text: str) -> bool:
    """Brazil: two check digits modulo 11."""
    digits = _digits(text)
    if not (digits.isdecimal() and len(digits) == 11) or len(set(digits)) == 1:
        return False
    checks = [_weighted(digits, range(n, 1, -1)) * 10 % 11 % 10 for n in (10, 11)]
    return digits[9:] == "".join(map(str, checks))


def _is_pesel(text: str) -> bool:
    """Poland: a date, and a check digit modulo 10."""
    right = text.isdecimal() and len(text) == 11 and 1 <= int(text[4:6]) <= 31
    return right and _weighted(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _is_dni(text: str) -> bool:
    """Spain: the letter is the number modulo 23."""
    found = re.fullmatch(r"([XYZ]?)(\d{7,8})-?([A-Z])", text.upper())
    if not found or len(found[1] + found[2]) != 8:
        return False
    number = int(str("XYZ".index(found[1]) if found[1] else "") + found[2])
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == found[3]


def _is_bsn(text: str) -> bool:
    """The Netherlands: the test of eleven."""
    digits = _digits(text)
    right = digits.isdecimal() and len(digits) == 9
    return right and _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _is_nir(text: str) -> bool:
    """France: sex, year, month, and the rest modulo 97."""
    digits = _digits(text)
    if not re.fullmatch(r"[12]\d{2}(0[1-9]|1[0-2])\d{10}", digits):
        return False
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def _is_steuer_id(text: str) -> bool:
    """Germany: ISO 7064, modulo 11 and 10."""
    digits = _digits(text)
    if not (digits.isdecimal() and len(digits) == 11 and digits[0] != "0"):
        return False
    product = 10
    for own in digits[:10]:
        total = (int(own) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def _is_resident_id(text: str) -> bool:
    """China: a date of birth, and a check digit modulo 11."""
    if not re.fullmatch(r"\d{6}(19|20)\d{9}[\dXx]", text):
        return False
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    return "10X98765432"[_weighted(text[:17], weights) % 11] == text[17].upper()


def _is_personnummer(text: str) -> bool:
    """Sweden: a date of birth, and Luhn's check digit."""
    found = re.fullmatch(r"(?:19|20)?(\d{2}[01]\d[0-3]\d)[-+](\d{4})", text)
    return found is not None and _luhn(found[1] + found[2])


_KINDS: dict[str, Callable[[str], bool]] = {
    CARDS: _is_card,
    "bank accounts (IBAN), by their check digits": _is_iban,
    "Brazilian tax numbers (CPF), by their check digits": _is_cpf,
    "Polish personal numbers (PESEL), by their check digit": _is_pesel,
    "German tax numbers, by their check digit": _is_steuer_id,
    "Spanish identity numbers (DNI), by their letter": _is_dni,
    "Dutch personal numbers (BSN), by their check digit": _is_bsn,
    "French social security numbers, by their check digits": _is_nir,
    "Chinese identity numbers, by their check digit": _is_resident_id,
    "Swedish personal numbers, by their check digit": _is_personnummer,
    "US social security numbers": lambda text: bool(re.fullmatch(r"\d{3}-\d{2}-\d{4}", text)),
    "Italian tax codes": lambda text: bool(
        re.fullmatch(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", text.upper())
    ),
    "e-mail addresses": lambda text: bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text)),
    "phone numbers": lambda text: bool(_PHONE.fullmatch(text)),
}

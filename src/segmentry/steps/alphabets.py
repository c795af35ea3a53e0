"""Step 1c: text that is not UTF-8: which alphabet do its bytes make sense in?

No byte says so itself, but a wrong guess shows: words of Western European languages are mostly
plain letters with an accent here and there, Cyrillic ones have their capital in front, and the
characters that Chinese, Japanese and Korean texts use most lie together in the tables of each
encoding. Where two encodings make equal sense nothing is guessed.
"""

from __future__ import annotations

import re

__all__ = ["candidates_of", "encoding_by_letters"]

_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_SIGNS = frozenset({b"\x80", b"\xa3", b"\xa5"})
"""Euro, pound and yen in cp1252: alone between figures and blanks they are no letters."""
_COMMON_WESTERN = frozenset("äöüßéèàçñóíáúêâîôûëïõãåøæœìòùÄÖÜÉÈÀÇÑÓÍÁÚÅØÆÕÃÊÂÎÔÛ’–€“”„‚‘´°§²³ºª")
_COMMON_CENTRAL = frozenset("ąćęłńóśźżáčďéěíňřšťúůýžäöüőűôľĺŕâăîșşțţđĄĆĘŁŃÓŚŹŻČĎĚŇŘŠŤŮÝŽŐŰĽ")
_IN_WORDS_NEVER = frozenset("¹²³¼½¾¿¡¢£¤¥¦¨©ª«¬®¯°±´µ¶·¸º»×÷")
_RUSSIAN = frozenset("оеаинтсрвлкм")
_GREEK = frozenset("αοιετσνηυρςκόίά")
_ACCENTED = frozenset("άέήίόύώΆΈΉΊΌΎΏϊϋ")
_MOSTLY_FOREIGN = 0.55
_CLEAR = 0.08
_ENOUGH = 0.7
_NEARLY_ALL = 0.98
_LONG_ENOUGH = 30
_FEWEST = 3
_FEW_LETTERS = 6

_TWO_BYTES = {
    "cp932": (frozenset({*range(0x88, 0x98), 0x81, 0x82, 0x83}), 0),
    "euc_jp": (frozenset({*range(0xB0, 0xD0), 0xA1, 0xA4, 0xA5}), 0),
    "gb18030": (frozenset({*range(0xB0, 0xD8), 0xA1, 0xA3}), 0xA1),
    "big5": (frozenset({*range(0xA4, 0xC7), 0xA1}), 0),
    "euc_kr": (frozenset(range(0xB0, 0xC9)), 0xA1),
}
"""The first bytes of the common characters, and the least that their second byte can be."""
_CYRILLIC = ("cp1251", "koi8_r", "cp866")


def encoding_by_letters(sample: bytes) -> str | None:
    """Return the encoding in which a sample makes sense, None if two do or none does.

    >>> encoding_by_letters("Köln, Straße, Café".encode("cp1252"))
    'cp1252'
    >>> encoding_by_letters("Москва, Санкт-Петербург".encode("cp1251"))
    'cp1251'
    >>> encoding_by_letters("東京都新宿区, 大阪市北区".encode("cp932"))
    'cp932'
    >>> encoding_by_letters("Köln; 19.900,00 €; 23.400,00 €; 7.150,00 €".encode("cp1252"))
    'cp1252'
    """
    scores = candidates_of(sample)
    if not scores or scores[0][1] < _ENOUGH:
        return None
    if len(scores) > 1 and scores[0][1] - scores[1][1] < _CLEAR:
        return None
    return scores[0][0]


def candidates_of(sample: bytes) -> list[tuple[str, float]]:
    """The encodings that a sample may be in, the most likely first, each with a score up to 1."""
    odd = [word for word in _WORD.findall(sample) if not word.isascii()]
    words = [word for word in odd if word not in _SIGNS]
    letters = b"".join(words)
    if not letters:  # amounts with a currency sign, in letters that need no accents
        return [("cp1252", 1.0)] if odd else []
    foreign = sum(byte >= 0x80 for byte in letters) / len(letters)
    scores = _foreign_scores(sample, words) if foreign > _MOSTLY_FOREIGN else {}
    scores |= _latin_scores(words) if foreign <= _MOSTLY_FOREIGN or not scores else {}
    return sorted(scores.items(), key=lambda own: -own[1])


def _decoded(text: bytes, encoding: str) -> str | None:
    try:
        return text.decode(encoding)
    except UnicodeError:
        return None


def _latin_scores(words: list[bytes]) -> dict[str, float]:
    """For the encodings of Latin letters the share of the odd letters that are usual ones."""
    scores = {}
    usual = {"cp1252": _COMMON_WESTERN, "mac_roman": _COMMON_WESTERN, "cp1250": _COMMON_CENTRAL}
    for encoding, common in usual.items():
        text = _decoded(b" ".join(words), encoding)
        odd = [letter for letter in text or "" if not letter.isascii()]
        if odd:
            strange = sum(letter in _IN_WORDS_NEVER for letter in odd)
            known = sum(letter in common for letter in odd)
            scores[encoding] = max(0.0, (known - strange) / len(odd))
    # What is Western European as it stands is nothing else: this is by far the most common.
    if scores.get("cp1252", 0.0) >= max(scores.values(), default=1.0):
        scores["cp1252"] = 1.0 if scores["cp1252"] >= _ENOUGH else scores["cp1252"]
        scores = {own: min(score, 0.9 if own != "cp1252" else 1.0) for own, score in scores.items()}
    return scores


def _foreign_scores(sample: bytes, words: list[bytes]) -> dict[str, float]:
    scores = {}
    for encoding in _TWO_BYTES:
        if _decoded(sample, encoding) is not None:
            scores[encoding] = _two_byte_score(sample, encoding)
    for encoding in _CYRILLIC:
        text = _decoded(b" ".join(words), encoding)
        if text is not None:
            scores[encoding] = _letter_score(text, _RUSSIAN)
    text = _decoded(b" ".join(words), "cp1253")
    if text is not None:
        scores["cp1253"] = _letter_score(text, _GREEK) * (1.0 if _is_accented(text) else 0.6)
    if scores.get("euc_kr", 0.0) > _NEARLY_ALL:  # few others keep to that third of the table
        long = sum(byte >= 0x80 for byte in sample) > _LONG_ENOUGH
        for other in ("gb18030", "euc_jp", "big5") if long else ("gb18030",):
            scores[other] = min(scores.get(other, 0.0), 0.8)
    return {encoding: round(score, 3) for encoding, score in scores.items() if score > 0.2}


def _two_byte_score(sample: bytes, encoding: str) -> float:
    """The share of characters beyond ASCII that are common ones."""
    first, second = _TWO_BYTES[encoding]
    common = total = 0
    for letter in sample.decode(encoding):
        if letter.isascii():
            continue
        pair = letter.encode(encoding)
        total += 1
        common += len(pair) == 2 and pair[0] in first and pair[1] >= second
    return common / max(total, _FEWEST)


def _is_accented(text: str) -> bool:
    """Whether most words bear an accent, as Greek ones do unless they are all capitals."""
    words = [word for word in re.findall(r"[^\W\d_]{2,}", text) if not word.isascii()]
    return 2 * sum(bool(_ACCENTED & set(word)) for word in words) > len(words)


def _letter_score(text: str, common: frozenset[str]) -> float:
    """How much words look like those of a language: usual letters, capitals only in front."""
    words = re.findall(r"[^\W\d_]+", text)
    letters = [letter for letter in "".join(words) if not letter.isascii()]
    if not letters:
        return 0.0
    strange = sum(not letter.isascii() and not letter.isalpha() for letter in text)
    usual = sum(letter.lower() in common for letter in letters) / len(letters)
    cased = sum(word.islower() or word.isupper() or word.istitle() for word in words) / len(words)
    share = len(letters) / (len(letters) + 2 * strange) * min(1.0, len(letters) / _FEW_LETTERS)
    return float(share * (0.5 * cased + 0.5 * min(1.0, usual / 0.6)))

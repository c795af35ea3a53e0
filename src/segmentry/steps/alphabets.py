"""Step 1c: text that is not UTF-8: which alphabet do its bytes make sense in?

No byte says so itself, but a wrong guess shows: words of Western European languages are mostly
plain letters with an accent here and there, Cyrillic ones have their capital in front, and the
characters that Chinese, Japanese and Korean texts use most lie together in the tables of each
encoding. Where two encodings make equal sense nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["candidates_of", "encoding_by_letters"]

_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_SIGNS = frozenset({b"\x80", b"\xa3", b"\xa5"})
"""Euro, pound and yen in cp1252: alone between figures and blanks they are no letters."""
_WESTERN = tuple(map(frozenset, (
    "äöüß", "àâçéèêëîïôùûüÿœæ", "áéíñóúüªº", "áâãàçéêíóôõúªº", "àèéìíîòóùú", "áèéëïíöóüú", "åäöéü",
    "æøåéüö", "áæðéíóöúýþ", "àçéèíïòóúü",
)))  # fmt: skip
"""Letters of German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Danish, Icelandic and
Catalan."""
_CENTRAL = tuple(map(frozenset, (
    "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß",
)))  # fmt: skip
"""Letters of Polish, Czech, Slovak, Hungarian, Romanian, Croatian and German."""
_TURKISH = (frozenset("çğıiöşüâîû\u0307"),)
_BALTIC = tuple(map(frozenset, ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž")))
_LATIN = {
    "cp1252": _WESTERN, "cp1250": _CENTRAL, "cp1254": _TURKISH, "cp1257": _BALTIC,
    "iso8859_2": _CENTRAL, "mac_roman": _WESTERN, "cp850": _WESTERN, "cp852": _CENTRAL,
    "cp857": _TURKISH,
}  # fmt: skip
"""The languages that each encoding is for; the most common one first."""
_MARKS = frozenset("’–—€“”„‚‘´°§²³")
_OF_SEVERAL = 0.8
"""What letters are worth that no single language has, but several have together."""
_WHOLE = 0.98
_TELLING = 2
"""Letters that two encodings read in different ways, which are no accident."""
_IN_WORDS_NEVER = frozenset("¹²³¼½¾¿¡¢£¤¥¦¨©ª«¬®¯°±´µ¶·¸º»×÷")
_RUSSIAN = frozenset("оеаинтсрвлкм")
_GREEK = frozenset("αοιετσνηυρςκόίά")
_HEBREW = frozenset("יוהלארתבמשנ")
_HEBREW_ENDS_INSIDE = re.compile("[ךםןףץ][א-ת]")
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
    """For the encodings of Latin letters how well they make words of one language, or several."""
    scores: dict[str, float] = {}
    seen: set[str] = set()
    for encoding, languages in _LATIN.items():
        text = _decoded(b" ".join(words), encoding)
        if text and text not in seen:  # as in a more common one
            seen.add(text)
            scores[encoding] = _latin_score(text, languages)
    western = scores.get("cp1252", 0.0)
    # What is Western European as it stands is nothing else: this is by far the most common. But
    # many letters that are whole words of another language, too, are no accident.
    if western >= max(scores.values(), default=1.0):
        for encoding, score in scores.items():
            whole = min(score, western) >= _WHOLE and _differ(words, encoding) >= _TELLING
            scores[encoding] = score if whole else min(score, 0.9)
        scores["cp1252"] = 1.0 if western >= _ENOUGH else western
    return scores


def _differ(words: list[bytes], encoding: str) -> int:
    """How many letters the encoding reads in another way than cp1252 does."""
    letters = {bytes([own]) for own in b"".join(words) if own >= 128}
    return sum(_decoded(own, "cp1252") != _decoded(own, encoding) for own in letters)


def _latin_score(text: str, languages: Sequence[frozenset[str]]) -> float:
    odd = [letter for letter in text if not letter.isascii()]
    # In Portuguese õ stands before e alone; elsewhere it is Hungarian, read in the wrong letters.
    misplaced = len(re.findall("õ(?![eE])", text, re.IGNORECASE)) if languages is _WESTERN else 0
    strange = sum(own in _IN_WORDS_NEVER and own not in _MARKS for own in odd) + misplaced
    known = [own for own in odd if own not in _MARKS]
    shares = [sum(own.lower()[0] in language for own in known) for language in languages]
    together = sum(any(own.lower()[0] in language for language in languages) for own in known)
    best = max(*shares, _OF_SEVERAL * together) / len(known) if known else 1.0
    words = [own for own in re.findall(r"[^\W\d_]+", text.replace("ß", "s")) if not own.isascii()]
    cased = sum(own.islower() or own.isupper() or own.istitle() for own in words)
    neat = (0.5 + 0.5 * cased / len(words)) if words else 1.0
    return max(0.0, best - strange / len(odd)) * neat


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
    text = _decoded(b" ".join(words), "cp1255")
    if text is not None and not _HEBREW_ENDS_INSIDE.search(text):
        scores["cp1255"] = _letter_score(text, _HEBREW)
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
    neat = (word.islower() or word.isupper() or word.istitle() or _is_caseless(word)
            for word in words)  # fmt: skip
    cased = sum(neat) / len(words)
    share = len(letters) / (len(letters) + 2 * strange) * min(1.0, len(letters) / _FEW_LETTERS)
    return float(share * (0.5 * cased + 0.5 * min(1.0, usual / 0.6)))


def _is_caseless(word: str) -> bool:
    return word.lower() == word.upper()

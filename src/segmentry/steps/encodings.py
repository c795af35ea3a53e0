"""Step 1b: which letters and line ends does a text file use, and a copy where they are odd."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, AnyStr, TextIO

from segmentry.errors import SourceError
from segmentry.steps.alphabets import candidates_of, encoding_by_letters

__all__ = ["Letters", "as_utf8", "copy_in", "letters_of"]

_BLOCK = 4 * 2**20
_SAMPLE = 2**16
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_PREVIEWED = 12
_LOST = "\ufffd".encode()
_STRAY = "segmentry_stray"
_NAMES = {
    "cp1252": "Western European", "cp1250": "Central European", "mac_roman": "old Macs",
    "cp1254": "Turkish", "cp1257": "Baltic", "iso8859_2": "Central European, ISO",
    "cp850": "Western European, DOS", "cp852": "Central European, DOS", "cp857": "Turkish, DOS",
    "cp1255": "Hebrew",
    "cp1251": "Cyrillic", "koi8_r": "Cyrillic", "cp866": "Cyrillic", "cp1253": "Greek",
    "cp932": "Japanese", "euc_jp": "Japanese", "gb18030": "Chinese",
    "big5": "traditional Chinese", "euc_kr": "Korean",
}  # fmt: skip


@dataclass(frozen=True)
class Letters:
    """Which letters the bytes of a text file stand for.

    Attributes
    ----------
    encoding : str
        Python's name of the encoding.
    note : str
        What the reader should know, if anything.
    strays : bool
        Whether a few bytes are no UTF-8, and are read as cp1252.
    """

    encoding: str
    note: str = ""
    strays: bool = False


def _western(error: UnicodeError) -> tuple[str, int]:
    """Read what is no UTF-8 as cp1252; the five bytes that are nothing there, as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    text = "".join(
        bytes([own]).decode("cp1252" if own not in _UNDEFINED else "latin-1") for own in bad
    )
    return text, error.end


_UNDEFINED = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})
codecs.register_error(_STRAY, _western)


def letters_of(path: Path, *, told: str | None = None) -> Letters:
    """Find the encoding: as told, by the mark at the start, UTF-8 if the whole file is, else by
    what makes sense.

    Raises
    ------
    SourceError
        If there is a NUL character in UTF-8 text, or several encodings make equal sense.
    """
    if told is not None and codecs.lookup(told).name != "utf-8":
        return Letters(told)
    with path.open("rb") as stream:
        start = stream.read(4)
        for mark, encoding in _MARKS:
            if start.startswith(mark) and told is None:
                return Letters(encoding)
        stream.seek(0)
        decoder, lost = codecs.getincrementaldecoder("utf-8")(), 0
        try:
            for block in _blocks(stream):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
                    lost += block.count(_LOST)
                if b"\x00" in block:
                    raise _nul(path.name, _line_of_nul(path))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if told is not None:
                raise _no_letter(path.name, told) from None
            return _odd_letters(path)
    return Letters("utf-8", _lost_letters(path.name, lost))


def _lost_letters(name: str, count: int) -> str:
    """A note on the sign for letters that some program could not read; they are gone."""
    if not count:
        return ""
    what = "letters are" if count > 1 else "letter is"
    return f"{name}: {count:,} {what} lost (�): another program read the file in wrong letters."


@dataclass
class _Odd:
    """What was seen of a file that is not UTF-8 as a whole; ``apart``: lines without any UTF-8."""

    sound: int = 0
    bad: int = 0
    first: int = 0
    sample: bytes = b""
    apart: bytes = b""


def _odd_letters(path: Path) -> Letters:
    """The encoding of a file that is not UTF-8, or not everywhere."""
    odd = _look_at_odd_lines(path)
    encoding = encoding_by_letters(odd.sample)
    # Letters of cp1252 hardly ever make sense as UTF-8, those of Chinese and the like often do.
    if odd.sound > odd.bad or (odd.sound and encoding == "cp1252"):
        _refuse_two_encodings(path.name, odd)
        count = f"{odd.bad:,} byte{'s are' if odd.bad > 1 else ' is'}"
        where = "first in line" if odd.bad > 1 else "line"
        note = f"{count} not UTF-8 ({where} {odd.first:,}) and read as cp1252 (Western European)."
        return Letters("utf-8", f"{path.name}: {note}", strays=True)
    if encoding is None:
        raise _unclear_letters(path.name, odd)
    odd_bytes = f"{odd.bad:,} odd byte{'s' if odd.bad > 1 else ''}, first in line {odd.first:,}"
    return Letters(
        encoding,
        f"{path.name} is not UTF-8 and was read as {encoding} ({_NAMES[encoding]}; {odd_bytes}): "
        "where letters look wrong, say --encoding NAME.",
    )


def _look_at_odd_lines(path: Path) -> _Odd:
    """Count the characters beyond ASCII that are UTF-8 and the bytes that are not."""
    odd = _Odd()
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.isascii():
                continue
            text = line.decode("utf-8", errors="ignore")
            bad = len(line) - len(text.encode())
            sound = len(text) - len(text.encode("ascii", errors="ignore"))
            odd.sound += sound
            odd.bad += bad
            odd.first = odd.first or (number if bad else 0)
            if bad and len(odd.sample) < _SAMPLE:
                odd.sample += line[:_SAMPLE]
                odd.apart += b"" if sound else line[:_SAMPLE]
    return odd


def _refuse_two_encodings(name: str, odd: _Odd) -> None:
    """Refuse lines of another encoding among those in UTF-8, unless it is Western European."""
    other = encoding_by_letters(odd.apart)
    if other and odd.apart.decode(other) != odd.apart.decode("utf-8", errors=_STRAY):
        raise SourceError(
            f"{name} mixes two encodings: most lines are UTF-8, others look like {other} "
            f"({_NAMES[other]}), first in line {odd.first:,}.",
            "Export it again as CSV (UTF-8), or turn those lines into UTF-8.",
            code="R09",
        )


def _letters_in(sample: bytes, encoding: str) -> str:
    """The different letters beyond ASCII, in the order of the alphabet, so that no cell shows."""
    found = sorted({own for own in sample.decode(encoding, errors="replace") if own.isalpha()})
    odd = [own for own in found if not own.isascii()]
    return "".join(odd[:_PREVIEWED]) + ("…" if len(odd) > _PREVIEWED else "")


def _unclear_letters(name: str, odd: _Odd) -> SourceError:
    likely = [own for own, _ in candidates_of(odd.sample)[:3]]
    shown = ", ".join(f"{own} ({_NAMES[own]}: {_letters_in(odd.sample, own)})" for own in likely)
    makes = f"it may be {shown}" if likely else "it makes sense in no encoding that is known here"
    return SourceError(
        f"{name} is neither UTF-8 nor clearly anything else: {makes}; first odd byte in line "
        f"{odd.first:,}.",
        f"Say which, for example --encoding {likely[0] if likely else 'cp1252'}, or save it as "
        "CSV (UTF-8).",
        code="R09",
    )


def _blocks(stream: IO[AnyStr]) -> Iterator[AnyStr]:
    while block := stream.read(_BLOCK):
        yield block


def _line_of_nul(path: Path) -> int:
    """The line of the first NUL byte."""
    lines = 1
    with path.open("rb") as stream:
        for block in _blocks(stream):
            before, nul, _ = block.partition(b"\x00")
            lines += before.count(b"\n")
            if nul:
                break
    return lines


def _nul(name: str, line: int) -> SourceError:
    return SourceError(
        f"{name}, line {line} holds a NUL byte: the file is damaged, or no plain text.",
        "Export the data again as CSV (UTF-8).",
        code="R07",
    )


def _without_nul(stream: TextIO, name: str) -> Iterator[str]:
    """The text piece by piece; a NUL character in it is refused."""
    lines = 1
    for block in _blocks(stream):
        before, nul, _ = block.partition("\x00")
        lines += before.count("\n")
        if nul:
            raise _nul(name, lines)
        yield block


def _no_letter(name: str, encoding: str) -> SourceError:
    return SourceError(
        f"{name} cannot be read as {encoding}: a byte of it is no letter there.",
        "Say another with --encoding NAME, or save it as CSV (UTF-8).",
        code="R09",
    )


@contextmanager
def as_utf8(path: Path, letters: Letters, *, folder: Path, marked: bool = True) -> Iterator[Path]:
    """Hand out the file itself, or a copy in UTF-8, in a folder given, that vanishes afterwards.

    ``marked``: whether the file may have a mark at its start.
    """
    bare = marked or not _has_mark(path)
    if letters.encoding == "utf-8" and not letters.strays and bare:
        yield path
        return
    wrong = _STRAY if letters.strays else "strict"
    if not bare:
        letters = replace(letters, encoding="utf-8-sig")
    with copy_in(path, folder) as copy:
        try:
            with (
                path.open(encoding=letters.encoding, newline="", errors=wrong) as source,
                copy.open("w", encoding="utf-8", newline="") as target,
            ):
                target.writelines(_without_nul(source, path.name))
        except UnicodeError:
            raise _no_letter(path.name, letters.encoding) from None
        yield copy


def _has_mark(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(3) == codecs.BOM_UTF8


@contextmanager
def copy_in(path: Path, folder: Path) -> Iterator[Path]:
    """A path for a copy with the same name, which errors tell."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        yield Path(own) / path.name

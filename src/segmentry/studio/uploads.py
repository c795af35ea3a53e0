"""A file comes in: what it is called on the page, where it lies, and that it is not too large."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from segmentry.errors import SegmentryError

__all__ = [
    "Incoming",
    "Stored",
    "UploadFault",
    "check_archive",
    "placed",
    "present",
    "receive",
    "safe_name",
    "withdraw",
]

_LONGEST_NAME = 120
_LONGEST_NAME_BYTES = 240
_LONGEST_SUFFIX = 12
_NAMELESS = "upload"
_RANDOM_BYTES = 16
_STORED = re.compile(rf"[0-9a-f]{{{2 * _RANDOM_BYTES}}}")
_PIECE = 2**20
_MOST_EXPANDED = 200 * 10**6
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors that say that something cannot be stored."""
_FOREIGN = re.compile(r'[<>:"|?*\[\]{}$`\\/]')
"""What some system, shell or engine reads as more than a letter of a name."""


class UploadFault(SegmentryError):  # noqa: N818
    """A file is not taken in.

    Attributes
    ----------
    status : int
        The status of HTTP that says the same.
    """

    exit_code = 3

    def __init__(self, what: str, fix: str, *, code: str, status: int) -> None:
        super().__init__(what, fix, code=code)
        self.status = status


@dataclass(frozen=True)
class Stored:
    """A file that has come in.

    Attributes
    ----------
    path : Path
        Where it lies, under a name that nobody can guess and that says nothing.
    name : str
        What it is called on pages and in messages: never a part of a path.
    size : int
        Bytes.
    """

    path: Path
    name: str
    size: int


def safe_name(raw: str) -> str:
    r"""Return what a file may be called on a page: its last part, without what misleads.

    Letters of all scripts and spaces stay. Folders of any system, controls, marks that turn the
    direction of writing, and what shells or engines take for a pattern do not; neither does what
    is beyond 120 characters, but for the ending.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\Temp\\Kunden März.csv")
    ('passwd', 'Kunden März.csv')
    >>> safe_name("invoice\u202efdp.csv"), safe_name("<img>.csv"), safe_name("..")
    ('invoicefdp.csv', '_img_.csv', 'upload')
    """
    last = re.split(r"[/\\]", re.sub(r"^[A-Za-z]:", "", raw).rstrip("/\\"))[-1]
    plain = unicodedata.normalize("NFC", last)
    shown = "".join(" " if own.isspace() else own for own in plain if _is_shown(own))
    shown = " ".join(_FOREIGN.sub("_", shown).split()).strip(". ")
    return _shortened(shown) or _NAMELESS


def _is_shown(character: str) -> bool:
    """Whether a character can be seen, or is an ordinary space."""
    kind = unicodedata.category(character)
    return kind in ("Zs",) or kind[0] not in "CZ"


def _shortened(name: str) -> str:
    """Cut the stem of a long name, so that its ending still tells its kind."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    end = dot + suffix
    stem = stem[: _LONGEST_NAME - len(end)]
    room = _LONGEST_NAME_BYTES - len(end.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").strip(". ") + end


class Incoming(Protocol):
    """A file of a form, as the server hands it over."""

    @property
    def filename(self) -> str | None:
        """What the sender calls it."""

    async def read(self, size: int) -> bytes:
        """Return at most so many bytes of it, none at its end."""


async def receive(file: Incoming, folder: Path, limit: int) -> Stored:
    """Store what comes in, as it comes, and count it.

    Parameters
    ----------
    file : Incoming
        What comes in, and what its sender calls it.
    folder : Path
        A private folder (0700); the file gets a random name there, for its owner alone (0600).
    limit : int
        The most bytes that are taken.

    Raises
    ------
    UploadFault
        If it is larger (status 413), or there is no room for it (507). Nothing is left then.
    """
    shown = safe_name(file.filename or "")
    path = folder / secrets.token_hex(_RANDOM_BYTES)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    size = 0
    try:
        with os.fdopen(handle, "wb") as target:
            while piece := await file.read(_PIECE):
                size += len(piece)
                if size > limit:
                    raise _too_large(shown, limit)
                target.write(piece)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise no_room(shown) from error
        raise
    return Stored(path, shown, size)


def _too_large(name: str, limit: int) -> UploadFault:
    return UploadFault(
        f"{name} is larger than the {limit / 1e6:,g} MB that can be uploaded.",
        "Leave columns out that nobody needs, save it as Parquet, or use the command: "
        "segmentry run FILE.",
        code="S97",
        status=413,
    )


def no_room(name: str) -> UploadFault:
    """A file cannot be stored."""
    return UploadFault(
        f"There is no room left on this computer to store {name}.",
        "Delete files that are not needed any more, and give it again.",
        code="S102",
        status=507,
    )


def present(path: Path, name: str, folder: Path) -> Path:
    """Lay a file into a worker's folder, under the name that its messages are to tell.

    A worker can read nothing of anybody's outside its folder. An upload gets one more name there,
    where the system allows that; of any other file it gets a copy, which it may spoil. Each has a
    folder of its own, so that neither another one nor what the worker writes is taken for it.
    """
    place = placed(path, name, folder)
    if place.exists():
        return place
    place.parent.mkdir(mode=0o700, exist_ok=True)
    if _STORED.fullmatch(path.name):
        with suppress(OSError):
            os.link(path, place)
            return place
    shutil.copyfile(path, place)
    return place


def placed(path: Path, name: str, folder: Path) -> Path:
    """Where :func:`present` lays a file."""
    return folder / f"given-{path.name}" / name


def withdraw(place: Path) -> None:
    """Take away what :func:`present` laid there; the upload itself may be gone already."""
    with suppress(OSError):
        place.unlink(missing_ok=True)
        place.parent.rmdir()


def check_archive(path: Path) -> None:
    """Refuse a workbook that expands to more than 200 MB, or is damaged; for workers to call.

    Raises
    ------
    SegmentryError
        With the code S97 where it is too large, R21 where it is damaged.
    """
    from segmentry.steps.archives import check_workbook

    with path.open("rb") as stream:
        is_archive = stream.read(4) == b"PK\x03\x04"
    if is_archive:
        check_workbook(path, most_bytes=_MOST_EXPANDED)

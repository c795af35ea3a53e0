"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from segmentry.errors import OutputError, SegmentryError

__all__ = [
    "Kind",
    "check_free",
    "check_not_input",
    "keep_private",
    "new_folder",
    "whole_file",
    "write_text",
]

Kind = Literal["file", "folder"]


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str], *, mode: int = 0o666) -> Iterator[Path]:
    """Hand out a temporary path in the same folder; on success it is synced and takes the name.

    ``mode`` says who may read and write it, less what the system's mask takes away.

    Raises
    ------
    OutputError
        If the system refuses to write (exit code 4). The old file is then as it was.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "a.txt") as draft:
    ...         _ = draft.write_text("whole")
    ...     (Path(folder) / "a.txt").read_text()
    'whole'
    """
    target = Path(path)
    with _told(target):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
        draft = Path(name)
        try:
            yield draft
            draft.chmod(mode & ~_umask())
            _sync(draft)
            draft.replace(target)
            _sync(target.parent)
        finally:
            draft.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file whole, as UTF-8 with ``\\n`` line ends."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def keep_private(source: Path, path: Path) -> None:
    """Copy a file whole to a place where only its owner may read it."""
    with whole_file(path, mode=0o600) as draft:
        shutil.copyfile(source, draft)


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """Hand out a temporary folder beside ``path``; on success it becomes ``path``.

    With ``force`` an existing folder keeps every file that the new one does not have, so nothing
    of anybody else's is lost.

    Raises
    ------
    OutputError
        If the folder exists and ``force`` is not given (exit code 2), or cannot be written (4).
    """
    target = Path(path)
    check_free(target, force=force)
    with _told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            yield draft
            draft.chmod(0o777 & ~_umask())
            for file in draft.rglob("*"):
                _sync(file)
            _take_place(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def check_free(path: str | os.PathLike[str], *, force: bool = False, kind: Kind = "folder") -> None:
    """Refuse a place to write that is a link, of another kind, or there and not to be replaced.

    Raises
    ------
    OutputError
        With exit code 2.
    """
    target = Path(path)
    option = "-o DIR" if kind == "folder" else "-o FILE"
    fits = target.is_dir() if kind == "folder" else target.is_file()
    if target.is_symlink() or (target.exists() and not fits):
        raise OutputError(
            f"{target} is not a plain {kind}.", f"Choose another {kind} with {option}.", code="R82"
        )
    if target.exists() and not force:
        raise OutputError(
            f"The output {kind} {target} exists already.",
            f"Choose another with {option}, or replace it with --force.",
            code="R82",
        )


def check_not_input(
    path: str | os.PathLike[str], *sources: Path | None, fix: str = "Choose another file."
) -> None:
    """Refuse to write over one of the files that are being read.

    Raises
    ------
    OutputError
        With exit code 2.
    """
    target = Path(path)
    for source in sources if target.exists() else ():
        if source is not None and source.exists() and target.samefile(source):
            raise OutputError(
                f"The output would overwrite the input {source}.",
                fix,
                code="R82",
            )


def _take_place(draft: Path, target: Path) -> None:
    """Put the draft where the target is: one rename, or file by file among files of others."""
    if not target.exists():
        draft.replace(target)
    else:
        for file in sorted(path for path in draft.rglob("*") if path.is_file()):
            place = target / file.relative_to(draft)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
    _sync(target.parent)


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    """Turn the system's refusal into an error of ours that names the path."""
    try:
        yield
    except SegmentryError:
        raise
    except OSError as error:
        raise OutputError(
            f"Could not write {target}: {error.strerror or error}.",
            "Check that the folder exists, has room and may be written to.",
            code="R82",
            exit_code=4,
        ) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

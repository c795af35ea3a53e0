"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from segmentry.errors import OutputError, SegmentryError
from segmentry.locks import locked

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

_DRAFT = ".draft"
_HERE, _EXCHANGE = -100, 2
"""Of Linux: paths are looked for from where the process is; both names change places."""


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
def new_folder(
    path: str | os.PathLike[str], *, force: bool = False, without: Collection[str] = ()
) -> Iterator[Path]:
    """Hand out a temporary folder beside ``path``; on success it becomes ``path``, in one step.

    With ``force`` an existing folder keeps every file that the new one does not have, so nothing
    of anybody else's is lost, but those ``without`` which it shall be. What a killed process left
    of such a folder is swept away.

    Raises
    ------
    OutputError
        If the folder exists and ``force`` is not given (exit code 2), cannot be written, or another
        process writes to it (4).
    """
    target = Path(path)
    check_free(target, force=force)
    with _told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            _sweep(target)
            draft = _folder_beside(target)
            try:
                yield draft
                draft.chmod(0o777 & ~_umask())
                for file in draft.rglob("*"):
                    _sync(file)
                _take_place(draft, target, without)
            finally:
                shutil.rmtree(draft, ignore_errors=True)


def _folder_beside(target: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=_DRAFT, dir=target.parent))


def _sweep(target: Path) -> None:
    """Remove drafts of killed processes: whoever has the lock is the only one with a draft."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.????????{_DRAFT}"):
        shutil.rmtree(left, ignore_errors=True)


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


def _take_place(draft: Path, target: Path, without: Collection[str]) -> None:
    """Put the draft where the target is, in one step if the system can; else file by file."""
    if not target.exists():
        draft.replace(target)
    elif not _change_places(draft, target, without):
        new = sorted(path.relative_to(draft) for path in draft.rglob("*") if path.is_file())
        for file in new:
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            (draft / file).replace(target / file)
        for name in {*without} - {str(file) for file in new}:
            (target / name).unlink(missing_ok=True)
    _sync(target.parent)


def _change_places(draft: Path, target: Path, without: Collection[str]) -> bool:
    """Let the draft have all that only the target has, and swap the two; False if that cannot be.

    A folder that this process works in is left where it is, or it would see the old one.
    """
    if target.resolve() == Path.cwd() or sys.platform != "linux":
        return False
    system = ctypes.CDLL(None)
    if not hasattr(system, "renameat2"):
        return False
    try:
        _link_others(target, draft, {target / name for name in without})
        draft.chmod(target.stat().st_mode & 0o7777)
    except OSError:
        return False
    new, old = os.fsencode(draft), os.fsencode(target)
    return bool(system.renameat2(_HERE, new, _HERE, old, _EXCHANGE) == 0)


def _link_others(old: Path, new: Path, without: Collection[Path]) -> None:
    """Give each file that only the old folder has a second name in the new one."""
    for entry in os.scandir(old):
        path, place = Path(entry.path), new / entry.name
        if entry.is_dir(follow_symlinks=False):
            place.mkdir(exist_ok=True)
            _link_others(path, place, without)
        elif not place.exists() and path not in without:
            os.link(path, place, follow_symlinks=False)


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

"""The folder that a run has left, opened again: what exports for people are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentry.errors import SourceError, SourceNotFoundError
from segmentry.exports.shape import fault_in
from segmentry.report.repeating import command_of, python_of
from segmentry.version import __version__

__all__ = ["RunFolder", "open_run"]

_AGAIN = "Make the run again, with --force into the same folder."
_LARGEST = 256 * 2**20


@dataclass(frozen=True)
class RunFolder:
    """What a run has left.

    Attributes
    ----------
    path : Path
        The folder.
    summary : dict
        Of ``summary.json``, sound.
    customers : Path or None
        The customers' file; None where a database has kept them.
    """

    path: Path
    summary: Mapping[str, Any]
    customers: Path | None

    def report(self) -> str:
        """The text of the report.

        Raises
        ------
        SourceError
            If it is missing or damaged.
        """
        file = self.path / "report.html"
        try:
            if file.stat().st_size > _LARGEST:
                raise _damaged(file, "larger than 256 MB")
            return file.read_text(encoding="utf-8")
        except OSError as error:
            raise _damaged(file, f"not readable ({error.strerror})") from error
        except UnicodeDecodeError:
            raise _damaged(file, "not UTF-8") from None

    def files(self) -> list[Path]:
        """What of it exports are made from, and must not be written over."""
        names = ("summary.json", "model.json", "report.html", "segments.csv")
        found = [self.path / name for name in names]
        return [*found, self.customers] if self.customers else found


def open_run(path: str | Path) -> RunFolder:
    """Open the folder that ``segmentry run -o`` wrote.

    Raises
    ------
    SourceNotFoundError
        If there is no such folder, or no run in it.
    SourceError
        If it is damaged, or of another version.
    """
    folder = Path(path)
    file = folder / "summary.json"
    if not file.is_file():
        raise SourceNotFoundError(
            f"{folder} is not the folder of a run: it holds no summary.json.",
            "Give the folder that segmentry run -o DIR has written.",
            code="R01",
        )
    summary = _read(file)
    files = [folder / name for name in ("customers.csv", "customers.parquet")]
    return RunFolder(folder, summary, next((own for own in files if own.is_file()), None))


def _read(file: Path) -> dict[str, Any]:
    if file.stat().st_size > _LARGEST:
        raise _damaged(file, "larger than 256 MB")
    try:
        summary = json.loads(file.read_bytes(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _damaged(file, f"not valid JSON ({str(error) or 'nested too deep'})") from None
    except OSError as error:
        raise _damaged(file, f"not readable ({error.strerror})") from error
    version = summary.get("version") if isinstance(summary, dict) else None
    fault = fault_in(summary) or _fault_in_options(summary)
    if isinstance(version, str) and version != __version__:
        raise SourceError(
            f"{file.parent} was written by Segmentry {version[:20]}; this is {__version__}.",
            _AGAIN,
            code="M54",
        )
    if fault:
        raise _damaged(file, fault)
    return dict(summary)


def _fault_in_options(summary: Mapping[str, Any]) -> str | None:
    """Whether the run can be told again."""
    try:
        command_of(summary), python_of(summary)
    except (TypeError, ValueError, AttributeError):
        return "/options: not those of a run"
    return None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number")


def _damaged(file: Path, why: str) -> SourceError:
    return SourceError(f"{file} is damaged: {why}.", _AGAIN, code="M53")

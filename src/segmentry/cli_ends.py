"""How the command line ends: with an exit code to rely on, and never a traceback."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from segmentry import stopping
from segmentry.errors import SegmentryError
from segmentry.redaction import masked
from segmentry.terminal import open_streams, say_error

__all__ = ["run_to_end"]

_NO_MEMORY = 3
_NO_IO = 4
_BUG = 70


def run_to_end(app: typer.Typer) -> NoReturn:
    """Run the command line and exit with a code that a program can rely on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping.stop)
    open_streams()
    try:
        code = _run(app)
    except Exception as error:
        code = 128 + stopping.asked[0] if stopping.asked else _told(error)
    sys.exit(code)


def _told(error: Exception) -> int:
    """Say in two lines what went wrong, and return the exit code; a reader may have gone."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, SegmentryError):
        say_error(error.code, error.what, error.fix)
        return error.exit_code
    if isinstance(error, TyperException):
        say_error(
            "R00", masked(error.format_message()), "See: segmentry --help, segmentry run --help."
        )
        return 2
    if isinstance(error, OSError):
        return _refused(error)
    if isinstance(error, MemoryError):
        say_error("R110", "There is no memory left.", "Close other programs, or lend it more.")
        return _NO_MEMORY
    return _bug(error)


def _run(app: typer.Typer) -> int:
    """Run the command; a reader of stdout that has gone is told from other exits."""
    try:
        code: int = app(standalone_mode=False) or 0
        sys.stdout.flush()
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):
            raise stop.__context__ from None
        raise
    return code


def _refused(error: OSError) -> int:
    """Two lines for a write or read that the system did not grant."""
    with suppress(OSError):
        sys.stdout.close()
    say_error(
        "R82",
        f"The system refused: {error.strerror or type(error).__name__}.",
        "Check that there is room, and who may write there.",
    )
    return _NO_IO


def _bug(error: Exception) -> int:
    """Two lines for a fault of ours; its text may hold data, so only its kind is told."""
    if os.environ.get("SEGMENTRY_DEBUG"):
        raise error
    say_error(
        "X70",
        f"A bug in Segmentry ({type(error).__name__}); nothing was written.",
        "Please report it, with the traceback that SEGMENTRY_DEBUG=1 shows.",
    )
    return _BUG

"""Work that can be stopped: Python hears of Ctrl-C only between two of its own steps."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import TypeVar

__all__ = ["run_stoppably"]

T = TypeVar("T")
_GLANCE_SECONDS = 0.2
_AGAIN_SECONDS = 0.02
_START_SECONDS = 1.0


def run_stoppably(
    work: Callable[[], T],
    *,
    interrupt: Callable[[], None],
    glance: Callable[[], None],
    patience: float = math.inf,
) -> T:
    """Do a piece of work in a second thread, while this one listens.

    Parameters
    ----------
    work : callable
        What may take long, in a library that lets other threads run.
    interrupt : callable
        Makes the work end soon; called again and again until it has ended.
    glance : callable
        Called now and then while the work runs.
    patience : float
        Seconds after which interrupted work that does not end is left alone; only for a library
        that waits in Python. Default: none is.

    Returns
    -------
    object
        What the work returns. What it raises is raised here.

    Raises
    ------
    BaseException
        Whatever a signal raises here, as soon as the interrupted work has ended.

    Examples
    --------
    >>> run_stoppably(lambda: 6 * 7, interrupt=lambda: None, glance=lambda: None)
    42
    """
    future: Future[T] = Future()
    # Python waits for its threads when it exits, but for daemons, which take libraries in C down
    # with noise if they still hold something of theirs: only work that may never end gets one.
    thread = threading.Thread(
        target=_do, args=(work, future), name="segmentry-engine", daemon=patience < math.inf
    )
    try:
        thread.start()
        while not wait([future], timeout=_GLANCE_SECONDS).done:
            glance()
    except BaseException:
        _end(future, interrupt, until=time.monotonic() + patience)
        _await_start(thread)
        raise
    return future.result()


def _do(work: Callable[[], T], future: Future[T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


def _end(future: Future[T], interrupt: Callable[[], None], *, until: float) -> None:
    """Let work that has not begun never begin, and interrupt what has until it ends.

    A thread that is still in C at the end of Python aborts the process. (A thread must not be
    joined here: before Python 3.13, one whose ``join`` a signal broke off counts as ended.)
    """
    while not (future.cancel() or future.done()) and time.monotonic() < until:
        with suppress(KeyboardInterrupt, SystemExit):
            interrupt()
            wait([future], timeout=_AGAIN_SECONDS)


def _await_start(thread: threading.Thread) -> None:
    """Let a thread that the system has not begun yet begin: before, Python does not wait for it.

    One that a signal kept from being started at all looks the same, so there is a limit.
    """
    until = time.monotonic() + _START_SECONDS
    while _is_about_to_start(thread) and time.monotonic() < until:
        with suppress(KeyboardInterrupt, SystemExit):
            time.sleep(_AGAIN_SECONDS / 4)


def _is_about_to_start(thread: threading.Thread) -> bool:
    return thread in threading.enumerate() and thread.ident is None

"""Start the studio, say where it is, and end it cleanly."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from segmentry.errors import InputError, SegmentryError

__all__ = ["serve"]


def serve(
    *, host: str = "127.0.0.1", port: int = 8765, most_mb: int = 1_000, folder: Path | None = None
) -> None:
    """Serve until Ctrl-C.

    Raises
    ------
    InputError
        If the extra is not installed, or the port is taken.
    """
    try:
        import uvicorn

        from segmentry.studio.app import Settings, create_app
    except ModuleNotFoundError as error:
        raise InputError(
            f"The studio needs {error.name}, which is not installed.",
            "Install it: pip install 'segmentry[studio]'.",
            code="S93",
        ) from None
    if host in ("0.0.0.0", "::"):  # noqa: S104
        raise InputError(
            f"--host {host} is every address of this computer, so none that a browser can be "
            "checked by.",
            "Name the one that people will type, for example --host 192.168.0.10.",
            code="S98",
        )
    logging.getLogger().addHandler(_Discreet())
    with _listening(host, port) as listener:
        own = listener.getsockname()[1]
        settings = Settings(host, own, most_mb, folder, _teller())
        config = uvicorn.Config(
            create_app(settings), log_config=None, access_log=False, server_header=False,
            date_header=False, timeout_graceful_shutdown=3, limit_concurrency=200,
            timeout_keep_alive=30, h11_max_incomplete_event_size=65_536, ws="none",
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listener])


class _Discreet(logging.Handler):
    """What libraries log may hold data: of a bug only the kind is told, of the rest nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line about a bug."""
        if os.environ.get("SEGMENTRY_DEBUG"):
            print(self.format(record), file=sys.stderr)
        elif (kind := _bug_of(record)) is not None:
            print(
                f"A bug in the studio ({kind.__name__}). "
                "With SEGMENTRY_DEBUG=1 it tells more.",
                file=sys.stderr, flush=True,
            )  # fmt: skip


def _bug_of(record: logging.LogRecord) -> type[BaseException] | None:
    """The kind of a fault that is told; that a request ends with the studio is none."""
    kind = record.exc_info[0] if record.exc_info else None
    return None if kind is None or issubclass(kind, asyncio.CancelledError) else kind


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a taken port is told before anything else."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise _PortError(host, port, error.strerror or "not possible") from None
    return listener


class _PortError(SegmentryError):
    """The studio cannot listen there."""

    exit_code = 4

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port}: {why}.",
            "Choose another port: segmentry studio --port 0 takes a free one.",
            code="S94",
        )


def _teller() -> Callable[[str], None]:
    """Print where the first browser may come in, and each next one."""
    addresses: list[str] = []

    def tell(address: str) -> None:
        if addresses:
            print(f"For another browser:  {address}", flush=True)
        else:
            print(f"Segmentry studio is ready. Open this in a browser:\n\n  {address}\n")
            print(
                "The link works once. Ctrl-C ends the studio and deletes its files.\n", flush=True
            )
        addresses.append(address)

    return tell

"""The studio's application: what is behind the door, put together.

:mod:`segmentry.studio.door` lets requests in, the modules ``*_pages`` answer them, and
:mod:`segmentry.studio.jobs` lets workers do what takes time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from segmentry.errors import SegmentryError
from segmentry.studio import data_pages, run_pages, start_pages, still
from segmentry.studio.door import App, Door, Keys, RefusalError, Scope
from segmentry.studio.jobs import Jobs
from segmentry.studio.pages import page
from segmentry.studio.store import Fault, Store, private_folder
from segmentry.studio.uploads import UploadFault
from segmentry.studio.workers import Workers

__all__ = ["Settings", "create_app"]

_SWEEP_SECONDS = 20.0


@dataclass(frozen=True)
class Settings:
    """How the studio is set up.

    Attributes
    ----------
    host, port : str, int
        Where it listens.
    most_mb : int
        The largest upload.
    folder : Path or None
        Where uploads are put in a folder of their own; default the system's temporary folder.
    tell : callable
        Is given the address for the next browser.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    most_mb: int = 1_000
    folder: Path | None = None
    tell: Callable[[str], None] = field(default=lambda _: None)

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser may call the studio."""
        own = f"[{self.host}]" if ":" in self.host else self.host
        names = {"127.0.0.1", "localhost", "[::1]", own}
        return tuple(f"{name}:{self.port}" for name in sorted(names))

    def address(self, token: str) -> str:
        """Where the next browser may come in."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?token={token}"


def create_app(settings: Settings) -> Door:
    """Put the studio together; its folder and its workers come with its start."""
    keys = Keys(lambda token: settings.tell(settings.address(token)))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = Store(private_folder(settings.folder))
        workers = Workers(store.folder)
        await workers.start()
        jobs = Jobs(workers, store)
        app.state.store, app.state.jobs, app.state.settings = store, jobs, settings
        keys.renew()
        sweeping = asyncio.create_task(_sweep(jobs))
        try:
            yield
        finally:
            sweeping.cancel()
            await jobs.close()
            await workers.close()
            store.close()

    app = FastAPI(
        lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, title="Segmentry studio"
    )
    for part in (start_pages, data_pages, run_pages, still):
        app.include_router(part.router)
    app.add_exception_handler(SegmentryError, _refused)
    app.add_exception_handler(RefusalError, _turned_away)
    app.add_exception_handler(HTTPException, _not_there)
    app.add_exception_handler(RequestValidationError, _misspelt)
    app.add_exception_handler(Exception, _bug)
    return Door(
        app, keys=keys, hosts=settings.hosts, cookie=f"segmentry_{settings.port}",
        most_bytes=settings.most_mb * 1_000_000 + 100_000, refuse=_refuse,
    )  # fmt: skip


async def _sweep(jobs: Jobs) -> None:
    """Let go of what has expired, again and again."""
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        await jobs.expire()


# ---------------------------------------------------------------- when it does not work


_STATUS = {"S92": 410, "S97": 413, "S101": 429, "S102": 410}


async def _refused(request: Request, error: Exception) -> Response:
    """An error of ours, on a page with what to do about it."""
    assert isinstance(error, SegmentryError)  # noqa: S101
    usual = _STATUS.get(error.code, 422 if error.exit_code == 2 else 503)
    status = error.status if isinstance(error, UploadFault) else usual
    return _told(request.scope, status, Fault.of(error))


async def _turned_away(request: Request, error: Exception) -> Response:
    """What the door refuses while the body comes in."""
    assert isinstance(error, RefusalError)  # noqa: S101
    return _told(request.scope, error.status, Fault(error.code, error.what, error.fix))


async def _misspelt(request: Request, error: Exception) -> Response:
    """An address with something else than a number where one belongs; it is not repeated."""
    del error
    fault = Fault("S100", "This address lacks a number.", "Go back, and follow a link of the page.")
    return _told(request.scope, 422, fault)


async def _not_there(request: Request, error: Exception) -> Response:
    """A page that is not there, or not this browser's: both look the same."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    what = "There is no such page." if status == 404 else "That cannot be done here."
    return _told(request.scope, status, Fault("S100", what, "Go back to the start page."))


async def _bug(request: Request, error: Exception) -> Response:
    """A fault of ours; its text may hold data, so only its kind is told."""
    if os.environ.get("SEGMENTRY_DEBUG"):
        traceback.print_exception(error)
    return _told(request.scope, 500, Fault.of_bug(error))


def _refuse(refusal: RefusalError, scope: Scope) -> App:
    """What the door says to whom it does not let in."""
    return _told(scope, refusal.status, Fault(refusal.code, refusal.what, refusal.fix))


def _told(scope: Scope, status: int, fault: Fault) -> Response:
    """A page for browsers, a note for a part of one, else a problem document (RFC 9457)."""
    headers = {name: own.decode("latin-1") for name, own in scope["headers"]}
    if b"hx-request" in headers:
        return HTMLResponse(page("fault_note.html", fault=fault), status)
    accepts = headers.get(b"accept", "")
    if "text/html" in accepts or "*/*" in accepts:
        back, words = _back(scope, headers, status)
        content = page("fault.html", fault=fault, back=back, back_text=words)
        return HTMLResponse(content, status)
    problem: dict[str, Any] = {
        "type": "about:blank", "title": fault.what, "status": status, "detail": fault.fix,
        "code": fault.code,
    }  # fmt: skip
    return JSONResponse(problem, status, media_type="application/problem+json")


def _back(scope: Scope, headers: dict[bytes, str], status: int) -> tuple[str, str]:
    """Where to go from an error, and what that is called: to the page that led to it, if any.

    Nowhere where no page would let one in.
    """
    if status in (401, 429) and not scope.get("session"):
        return "", ""
    origin, _, path = headers.get(b"referer", "").partition("://")[2].partition("/")
    if origin == headers.get(b"host") and scope["method"] == "POST" and f"/{path}" != scope["path"]:
        return f"/{path}", "Go back"
    return "/", "To the start page"

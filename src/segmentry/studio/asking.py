"""What a request is about: the session, its own files and runs; a stranger's are not there."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from segmentry.studio.jobs import Jobs
from segmentry.studio.pages import page
from segmentry.studio.store import Project, Run, Session, Store

__all__ = ["form_of", "go", "jobs_of", "project_of", "run_of", "session_of", "shown", "store_of"]

_MOST_FIELDS = 5_000
_MOST_FIELD_BYTES = 300_000


def store_of(request: Request) -> Store:
    """What the studio remembers."""
    store: Store = request.app.state.store
    return store


def jobs_of(request: Request) -> Jobs:
    """What takes time."""
    jobs: Jobs = request.app.state.jobs
    return jobs


def session_of(request: Request) -> Session:
    """What the browser that asks has brought and found."""
    return store_of(request).session(request.scope["session"])


def project_of(request: Request, project_id: str) -> Project:
    """One of its files; 404 for anybody else's."""
    found = session_of(request).projects.get(project_id)
    if found is None:
        raise HTTPException(404)
    return found


def run_of(request: Request, run_id: str, *, done: bool = False) -> Run:
    """One of its runs; 404 for anybody else's, and for one that is not done where it must be."""
    found = session_of(request).runs.get(run_id)
    if found is None or (done and found.told is None):
        raise HTTPException(404)
    return found


async def form_of(request: Request) -> dict[str, str]:
    """What was filled in, as text."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD_BYTES)
    return {name: own for name, own in form.items() if isinstance(own, str)}


def shown(name: str, **content: Any) -> HTMLResponse:
    """A page, or a part of one."""
    return HTMLResponse(page(name, **content))


def go(path: str) -> RedirectResponse:
    """On to another page, after something was done."""
    return RedirectResponse(path, status_code=303)

"""The start page, and how a file comes in."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from segmentry.datasets import mall_customers_path
from segmentry.errors import InputError
from segmentry.studio.asking import go, jobs_of, run_of, session_of, shown, store_of
from segmentry.studio.comparing import Became, became, differences, moved, of_same_customers
from segmentry.studio.options import explore_options
from segmentry.studio.store import Project
from segmentry.studio.uploads import NO_ROOM, Stored, no_room, receive

__all__ = ["Brought", "bring", "router"]

router = APIRouter()
_MOST_FILES = 50


@router.get("/")
async def start(request: Request) -> Response:
    """The start page."""
    session = session_of(request)
    runs = sorted(session.runs.values(), key=lambda own: -own.born)
    used = {run.project.id for run in runs}
    projects = [own for own in session.projects.values() if own.id not in used]
    return shown(
        "start.html", runs=runs, projects=projects[::-1], fault=None,
        finished=sum(run.state == "done" for run in runs),
        most_mb=request.app.state.settings.most_mb,
    )  # fmt: skip


@router.post("/files")
async def upload(request: Request) -> Response:
    """A file comes in, is put under a random name, and explored."""
    stored = (await bring(request)).stored
    session = session_of(request)
    if len(session.projects) >= _MOST_FILES:
        stored.path.unlink(missing_ok=True)
        raise InputError(
            f"There are {_MOST_FILES} files open already.",
            "Remove one on the start page that is not needed any more.", code="S101",
        )  # fmt: skip
    return _opened(request, Project(stored.name, stored.path))


@router.post("/demo")
async def demo(request: Request) -> Response:
    """The mall data, as if it had been brought."""
    path = mall_customers_path()
    return _opened(request, Project(path.name, path, own=False))


@router.get("/compare")
async def compare(request: Request, a: str, b: str) -> Response:
    """Two runs side by side, and who moved where both can still be asked."""
    first, second = (run_of(request, own, done=True) for own in (a, b))
    if first is second:
        raise InputError("These are one and the same run.", "Choose two, and compare again.",
                         code="S96")  # fmt: skip
    went: tuple[Became, ...] = ()
    if of_same_customers(first, second):
        ask = jobs_of(request).ask
        went = became(*[(await ask(run, "labels"))["labels"] for run in (first, second)])
    return shown(
        "compare.html", runs=[first, second], differences=differences(first, second), went=went,
        moved=moved(went),
    )  # fmt: skip


@dataclass(frozen=True)
class Brought:
    """A form with a file: the file, and what else was filled in."""

    stored: Stored
    said: dict[str, str]


async def bring(request: Request) -> Brought:
    """Take the file of a form and put it into the studio's folder."""
    try:
        async with request.form(max_files=1, max_fields=20) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                raise InputError("No file came with that.", "Choose a file first.", code="S96")
            limit = request.app.state.settings.most_mb * 1_000_000
            said = {name: own for name, own in form.items() if isinstance(own, str)}
            return Brought(await receive(file, store_of(request).folder, limit), said)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise no_room("the file") from None


def _opened(request: Request, project: Project) -> Response:
    session_of(request).projects[project.id] = project
    jobs_of(request).explore(project, explore_options(project))
    return go(f"/data/{project.id}")

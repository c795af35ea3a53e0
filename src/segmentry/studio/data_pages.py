"""The data page: what is in a file, what each column is for, and what a run is to do."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from segmentry.errors import InputError
from segmentry.studio.asking import form_of, go, jobs_of, project_of, run_of, session_of, shown
from segmentry.studio.jobs import gone
from segmentry.studio.options import explore_options, reading_options, run_options
from segmentry.studio.store import Project, Run

__all__ = ["router"]

router = APIRouter(prefix="/data")
_ROLES = frozenset({"feature", "profile", "id", "ignored"})


@router.get("/{project_id}")
async def data(request: Request, project_id: str) -> Response:
    """The page."""
    return _shown(request, "project.html", project_of(request, project_id))


@router.get("/{project_id}/body")
async def body(request: Request, project_id: str) -> Response:
    """Its content, asked for again while the file is being read."""
    return _shown(request, "project_body.html", project_of(request, project_id))


@router.post("/{project_id}/roles")
async def change_role(request: Request, project_id: str) -> Response:
    """One column is for something else now."""
    project = project_of(request, project_id)
    form = await form_of(request)
    column, role = form.get("column", ""), form.get("role", "")
    found = project.found or {"columns": []}
    known = {own["column"]: own["role"] for own in found["columns"]}
    if column not in known or known[column] == "contact" or role not in _ROLES:
        raise InputError("That column cannot have that role.", "Choose another one.", code="R25")
    if not project.roles:
        project.reasons = {own["column"]: own["reason"] for own in found["columns"]}
    if not project.there:
        raise gone()
    project.roles = known | project.roles
    project.reasons.pop(column, None)
    if role == "id":
        project.roles = {
            name: "ignored" if own == "id" else own for name, own in project.roles.items()
        }
    project.roles[column] = role
    jobs_of(request).explore(project, explore_options(project))
    if request.headers.get("hx-request"):
        return _shown(request, "project_body.html", project)
    return go(f"/data/{project.id}")


@router.post("/{project_id}/reading")
async def change_reading(request: Request, project_id: str) -> Response:
    """The file is to be read in another way."""
    project = project_of(request, project_id)
    form = await form_of(request)
    if not project.there:
        raise gone()
    project.reading = reading_options(form)
    project.roles, project.reasons, project.found, project.settled = {}, {}, None, ({}, {})
    jobs_of(request).explore(project, explore_options(project))
    return go(f"/data/{project.id}")


@router.post("/{project_id}/runs")
async def begin(request: Request, project_id: str) -> Response:
    """A run begins; the same form sent twice is one run."""
    project, session, jobs = project_of(request, project_id), session_of(request), jobs_of(request)
    form = await form_of(request)
    key = form.get("key") or secrets.token_hex(8)
    run = session.with_key(key)
    if run is None:
        jobs.check_room()
        if not project.there:
            raise gone()
        run = Run(project, _like(request, form) | run_options(project, form), key)
        session.runs[run.id] = run
        jobs.run(run)
    return go(f"/runs/{run.id}")


def _like(request: Request, form: dict[str, str]) -> dict[str, Any]:
    """The settings of an earlier run, but for those that the form asks for anew."""
    if not form.get("like"):
        return {}
    before = run_of(request, form["like"]).options
    return {name: own for name, own in before.items() if name not in form}


def _shown(request: Request, name: str, project: Project) -> Response:
    """A page about a file; the last run's settings are filled in."""
    runs = [own for own in session_of(request).runs.values() if own.project is project]
    return shown(
        name, project=project, found=_found(project), key=secrets.token_hex(8),
        before=_before(runs[-1].options) if runs else {},
    )  # fmt: skip


def _found(project: Project) -> dict[str, Any] | None:
    """What exploring told, and whether it looks like orders."""
    if project.found is None:
        return None
    said = " ".join(project.found["warnings"])
    columns = [
        own | {"reason": project.reasons.get(own["column"], own["reason"])}
        for own in project.found["columns"]
    ]
    return project.found | {"columns": columns, "orders": "rfm" in said}


def _before(options: dict[str, Any]) -> dict[str, Any]:
    share = options.get("min_share")
    return options | ({"min_percent": round(100 * share, 2)} if share else {})

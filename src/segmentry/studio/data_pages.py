"""The data page: what is in a file, what each column is for, and what a run is to do."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from segmentry.errors import InputError
from segmentry.studio.asking import (
    form_of,
    go,
    jobs_of,
    project_of,
    run_of,
    session_of,
    shown,
    store_of,
)
from segmentry.studio.jobs import gone
from segmentry.studio.keeping import own_texts
from segmentry.studio.options import (
    explore_options,
    filled_in,
    reading_options,
    run_options,
)
from segmentry.studio.store import Fault, Project, Run, retire

__all__ = ["router"]

router = APIRouter(prefix="/data")
_ROLES = frozenset({"feature", "profile", "id", "ignored"})


@router.get("/{project_id}")
async def data(request: Request, project_id: str, like: str = "") -> Response:
    """The page; with the settings of one of its runs where one says so."""
    project = project_of(request, project_id)
    if like:
        project.draft = filled_in(run_of(request, like).options)
    return _shown(request, "project.html", project)


@router.get("/{project_id}/body")
async def body(request: Request, project_id: str) -> Response:
    """Its content, asked for again while the file is being read."""
    return _shown(request, "project_body.html", project_of(request, project_id))


@router.get("/{project_id}/columns")
async def columns(request: Request, project_id: str) -> Response:
    """Its columns, asked for again while they are counted, and what depends on them."""
    project = project_of(request, project_id)
    _keep_weights(request, project, dict(request.query_params))
    return _part(request, project)


@router.post("/{project_id}/roles")
async def change_role(request: Request, project_id: str) -> Response:
    """One column is for something else now."""
    project = project_of(request, project_id)
    form = await form_of(request)
    column, role = form.get("column", ""), form.get("role", "")
    found = project.found or {"columns": []}
    known = {own["column"]: own["role"] for own in found["columns"]}
    is_part = bool(request.headers.get("hx-request"))
    _keep_weights(request, project, form)
    if column not in known or known[column] == "contact" or role not in _ROLES:
        raise InputError("That column cannot have that role.", "Choose another one.", code="R25")
    if not project.there:
        if not is_part:
            raise gone()
        project.fault = Fault.of(gone())
        return _part(request, project)
    if not project.roles:
        project.reasons = {own["column"]: own["reason"] for own in found["columns"]}
    project.roles = known | project.roles
    project.reasons.pop(column, None)
    if role == "id":
        project.roles = {
            name: "ignored" if own == "id" else own for name, own in project.roles.items()
        }
    project.roles[column] = role
    jobs_of(request).explore(project, explore_options(project))
    return _part(request, project) if is_part else go(f"/data/{project.id}")


@router.post("/{project_id}/reading")
async def change_reading(request: Request, project_id: str) -> Response:
    """The file is to be read in another way."""
    project = project_of(request, project_id)
    form = await form_of(request)
    if not project.there:
        raise gone()
    if "key" in form:  # a script sends what is filled in for a run along
        project.draft = form
    project.reading = reading_options(form)
    project.roles, project.reasons, project.found, project.settled = {}, {}, None, ({}, {})
    jobs_of(request).explore(project, explore_options(project))
    if request.headers.get("hx-request"):
        return _shown(request, "project_body.html", project)
    return go(f"/data/{project.id}")


@router.post("/{project_id}/remove")
async def remove(request: Request, project_id: str) -> Response:
    """The file is not needed any more, nor are its runs."""
    project, session = project_of(request, project_id), session_of(request)
    for run in [own for own in session.runs.values() if own.project is project]:
        jobs_of(request).cancel(run)
        del session.runs[run.id]
        retire(run)
    del session.projects[project.id]
    store_of(request).forget_file(project)
    return go("/")


@router.post("/{project_id}/runs")
async def begin(request: Request, project_id: str) -> Response:
    """A run begins; the same form sent twice is one run."""
    project, session, jobs = project_of(request, project_id), session_of(request), jobs_of(request)
    form = await form_of(request)
    project.draft = None if form.get("like") else form
    key = form.get("key") or secrets.token_hex(8)
    run = session.with_key(key)
    if run is None:
        jobs.check_room()
        if not project.there:
            raise gone()
        options = _like(request, form) | run_options(project, form)
        run = Run(project, options, key, follows=_followed(request, project, form))
        session.runs[run.id] = run
        jobs.run(run)
    return go(f"/runs/{run.id}")


def _like(request: Request, form: dict[str, str]) -> dict[str, Any]:
    """The settings of an earlier run, but for those that the form asks for anew."""
    if not form.get("like"):
        return {}
    before = run_of(request, form["like"]).options
    return {name: own for name, own in before.items() if name not in form}


def _followed(request: Request, project: Project, form: dict[str, str]) -> Run | None:
    """The run whose names and actions go along: the one that is built upon, or the last changed."""
    if form.get("like"):
        return run_of(request, form["like"])
    runs = session_of(request).runs.values()
    changed = [own for own in runs if own.project is project and own_texts(own)]
    return changed[-1] if changed else None


def _shown(request: Request, name: str, project: Project, *, oob: bool = False) -> Response:
    """A page about a file; the settings of the last run, or those not sent yet, are filled in."""
    return shown(
        name, project=project, found=_found(project), key=secrets.token_hex(8),
        before=_before(request, project), oob=oob,
    )  # fmt: skip


def _part(request: Request, project: Project) -> Response:
    """The columns and what depends on them; the rest of the page stays as it is."""
    if project.found is not None:
        return _shown(request, "columns_part.html", project, oob=True)
    return Response(headers={"hx-redirect": f"/data/{project.id}"})


def _keep_weights(request: Request, project: Project, form: Mapping[str, str]) -> None:
    """Remember the weights that are typed, because their fields come anew with the columns."""
    typed = {name: own for name, own in form.items() if name.startswith("weight:")}
    if any(typed.values()) or project.draft is not None:
        project.draft = _before(request, project) | typed


def _before(request: Request, project: Project) -> dict[str, str]:
    """What the form of a run is filled in with."""
    if project.draft is not None:
        return project.draft
    runs = [own for own in session_of(request).runs.values() if own.project is project]
    return filled_in(runs[-1].options) if runs else {}


def _found(project: Project) -> dict[str, Any] | None:
    """What exploring told, whether it looks like orders, and whether anything is grouped by."""
    if project.found is None:
        return None
    said = " ".join(project.found["warnings"])
    columns = [
        own | {"reason": _reason(project, own["column"], own["reason"])}
        for own in project.found["columns"]
    ]
    roles = [project.roles.get(own["column"], own["role"]) for own in columns]
    orders = "--rfm" in said
    return project.found | {"columns": columns, "orders": orders, "grouped": "feature" in roles}


def _reason(project: Project, column: str, found: str) -> str:
    """Why a column is used as it is: found out, or because somebody clicked on it."""
    if column in project.roles and column not in project.reasons:
        return "you chose it"
    return project.reasons.get(column, found)

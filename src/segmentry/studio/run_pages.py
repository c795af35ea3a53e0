"""The pages of a run: how far it is, what it found, another k, other names, files to take away."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

from segmentry.errors import SegmentryError
from segmentry.studio.asking import (
    form_of,
    go,
    jobs_of,
    run_of,
    session_of,
    shown,
)
from segmentry.studio.options import reading_of, reading_options
from segmentry.studio.pages import segment_styles
from segmentry.studio.progress import standing
from segmentry.studio.start_pages import bring
from segmentry.studio.store import Fault, Run, retire
from segmentry.studio.taking import FILES
from segmentry.studio.typed import number
from segmentry.studio.uploads import withdraw

__all__ = ["router"]

router = APIRouter(prefix="/runs/{run_id}")
_TEXTS = ("title", "campaign", "pricing", "experience")
_THEMES = ("light", "dark")
_DOWNLOAD = {"content-security-policy": "sandbox; default-src 'none'"}


@router.get("")
async def result(request: Request, run_id: str) -> Response:
    """What was found, or how far the run is."""
    run = run_of(request, run_id)
    if run.told is None:
        return _working(run, "working.html")
    return _result(request, run)


@router.get("/progress")
async def progress(request: Request, run_id: str, seen: str = "") -> Response:
    """How far the run is; once it is over the browser is sent to what came of it.

    Only what changes is sent, so that the focus stays on the button beside it.
    """
    run = run_of(request, run_id)
    answer = _working(run, "progress.html" if run.over else "how_far_now.html", seen=seen)
    if run.over:
        answer.headers["hx-redirect"] = f"/runs/{run.id}"
    return answer


@router.post("/cancel")
async def cancel(request: Request, run_id: str) -> Response:
    """Stop the run at once."""
    run = run_of(request, run_id)
    jobs_of(request).cancel(run)
    return go(f"/runs/{run.id}")


@router.post("/remove")
async def remove(request: Request, run_id: str) -> Response:
    """The run is not needed any more; its file stays."""
    run, session = run_of(request, run_id), session_of(request)
    jobs_of(request).cancel(run)
    del session.runs[run.id]
    retire(run)
    return go("/")


# ---------------------------------------------------------------- what belongs to the result


@router.get("/segments.css")
async def styles(request: Request, run_id: str) -> Response:
    """The colours and sizes of the segments."""
    told = _told(run_of(request, run_id, done=True))
    style = segment_styles(told["palette"], told["summary"]["segments"])
    return Response(style, media_type="text/css")


@router.get("/figures/{name}.svg")
async def figure(request: Request, run_id: str, name: str, theme: str = "light") -> Response:
    """One figure of the report, drawn once for each set of names."""
    run = run_of(request, run_id, done=True)
    if name not in _told(run)["figures"] or theme not in _THEMES:
        raise HTTPException(404)
    drawn = await jobs_of(request).figure(run, name)
    headers = {"content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
    return Response(drawn[theme], media_type="image/svg+xml", headers=headers)


@router.get("/map")
async def draw_map(
    request: Request, run_id: str, x: str | None = None, y: str | None = None
) -> Response:
    """The map on two axes."""
    run = run_of(request, run_id, done=True)
    if x == y:
        y = None
    drawn = await jobs_of(request).ask(run, "draw", x=x, y=y)
    summary = _summary(run)
    return shown(
        "map_panel.html", run=run, summary=summary, drawn=drawn, names=summary["segments"],
        numbers=_told(run)["numbers"],
    )  # fmt: skip


@router.get("/other")
async def other(request: Request, run_id: str, k: int) -> Response:
    """Another number of segments, at once: a part of the page, or a page of its own."""
    run = run_of(request, run_id, done=True)
    found = await jobs_of(request).ask(run, "alternative", k=k)
    summary = _summary(run)
    names = [own["name"] for own in summary["segments"]]
    for i, own in enumerate(found["segments"]):
        own["now"] = _now(found["moved"], names, i)
    name = "other_part.html" if request.headers.get("hx-request") else "other_page.html"
    return shown(
        name, run=run, summary=summary, other=found, drawn=found["drawn"],
        names=found["segments"], key=secrets.token_hex(8),
    )  # fmt: skip


@router.get("/segments/{segment}")
async def reloaded(request: Request, run_id: str, segment: int) -> Response:
    """The address of a change that was refused, asked for again."""
    return go(f"/runs/{run_of(request, run_id).id}#segment-{segment}")


@router.post("/segments/{segment}")
async def change(request: Request, run_id: str, segment: int) -> Response:
    """A segment gets another name, or other actions."""
    run, jobs = run_of(request, run_id, done=True), jobs_of(request)
    form = await form_of(request)
    try:
        if "name" in form:
            run.told = await jobs.ask(run, "rename", segment=segment, name=form["name"])
        texts = {name: form[name] for name in _TEXTS if name in form}
        if texts:
            run.told = await jobs.ask(run, "advise", segment=segment, texts=texts)
    except SegmentryError as error:
        edited = {**form, "segment": segment, "wrong": _wrong_field(error)}
        return _result(request, run, fault=Fault.of(error), edited=edited)
    finally:
        run.revision += 1
        run.figures.clear()
    run.saved = segment
    return go(f"/runs/{run.id}")


# ---------------------------------------------------------------- scoring


@router.get("/score")
async def score_page(request: Request, run_id: str) -> Response:
    """Where one customer can be typed in, or a file brought."""
    return _score(run_of(request, run_id, done=True))


@router.post("/score")
async def score(request: Request, run_id: str) -> Response:
    """One customer's segment, and why."""
    run = run_of(request, run_id, done=True)
    typed = {
        name.removeprefix("value:"): own.strip()
        for name, own in (await form_of(request)).items()
        if name.startswith("value:")
    }
    try:
        values = {name: _read(run, name, own) for name, own in typed.items()}
        answer = await jobs_of(request).ask(run, "score", customer=values)
    except SegmentryError as error:
        return _score(run, typed=typed, fault=Fault.of(error))
    return _score(run, typed=typed, answer=answer, used=values)


@router.get("/score-file")
async def reloaded_score(request: Request, run_id: str) -> Response:
    """The address of a file that was refused, asked for again."""
    return go(f"/runs/{run_of(request, run_id, done=True).id}/score#many")


@router.post("/score-file")
async def score_file(request: Request, run_id: str) -> Response:
    """The segments of a file of customers, which is deleted at once."""
    run, jobs = run_of(request, run_id, done=True), jobs_of(request)
    brought = await bring(request)
    stored = brought.stored
    reading = reading_of(run.options)
    place: Path | None = None
    try:
        if "decimal" in brought.said:
            reading = reading_options(brought.said)
        place = jobs.shown(run, stored.path, stored.name)
        found = await jobs.ask(run, "score_file", path=str(place), reading=reading)
    except SegmentryError as error:
        return _score(run, fault=Fault.of(error), reading=reading)
    finally:
        with contextlib.suppress(OSError):
            stored.path.unlink(missing_ok=True)
        if place is not None:
            withdraw(place)
    run.scored = found | {"name": stored.name}
    return go(f"/runs/{run.id}/score#many")


# ---------------------------------------------------------------- taking away


@router.get("/files/{name}")
async def take(request: Request, run_id: str, name: str, dialect: str = "postgres") -> Response:
    """A file to take away, made when it is asked for."""
    run = run_of(request, run_id, done=True)
    if name not in FILES or (name == "scored.csv" and run.scored is None):
        raise HTTPException(404)
    if name != "scored.csv":
        await jobs_of(request).ask(run, "export", name=name, dialect=dialect)
    folder = jobs_of(request).worker_of(run).folder
    # The command that repeats the run names the playbook, so it keeps its name.
    stem = "" if name == "playbook.toml" else f"{Path(run.project.name).stem}-"
    return FileResponse(
        folder / name, media_type=FILES[name], filename=f"{stem}{name}",
        headers=_DOWNLOAD,
    )  # fmt: skip


# ---------------------------------------------------------------- how pages are put together


def _result(
    request: Request,
    run: Run,
    fault: Fault | None = None,
    edited: Mapping[str, Any] | None = None,
) -> Response:
    """The page of a result; ``edited`` is what was typed for a segment and refused."""
    told, summary = _told(run), _summary(run)
    saved, run.saved = run.saved, None
    at = f"/runs/{run.id}/figures"
    images = {
        name: own | {theme: f"{at}/{name}.svg?v={run.revision}&theme={theme}" for theme in _THEMES}
        for name, own in told["figures"].items()
    }
    others = [
        own for own in session_of(request).runs.values()
        if own.told is not None and own is not run and own.born < run.born
    ]  # fmt: skip
    answer = shown(
        "run.html", run=run, summary=summary, images=images, fault=fault, command=told["command"],
        python=told["python"], key=secrets.token_hex(8), dialects=told["dialects"],
        others=others[::-1], edited=edited or {}, saved=saved,
    )  # fmt: skip
    answer.status_code = 422 if fault else 200
    return answer


def _wrong_field(error: SegmentryError) -> str:
    """Which field of a segment's form an error is about."""
    return next((own for own in _TEXTS if error.what.startswith(f"The {own} ")), "name")


def _working(run: Run, name: str, **content: Any) -> Response:
    step, share, _ = run.step
    elapsed = time.time() - run.started if run.started else 0.0
    at = standing(step, share, elapsed, orders="rfm" in run.options, promised=run.promised)
    run.promised = at.seconds_left
    return shown(name, run=run, at=at, **content)


def _score(run: Run, **content: Any) -> Response:
    told = _told(run)
    usual: dict[str, Any] = {
        "typed": {}, "answer": None, "used": {}, "fault": None, "scored": run.scored,
        "reading": reading_of(run.options),
    }  # fmt: skip
    status = 422 if content.get("fault") else 200
    answer = shown(
        "score.html", run=run, summary=told["summary"], numbers=told["numbers"],
        categories=told["categories"], required=told["required"], **(usual | content),
    )  # fmt: skip
    answer.status_code = status
    return answer


def _read(run: Run, name: str, text: str) -> float | str | None:
    """What was typed for one column: a number as the file writes them, a level, or nothing."""
    if not text:
        return None
    if name in _told(run)["categories"]:
        return text
    return number(text, name, mark=_told(run)["mark"])


def _told(run: Run) -> dict[str, Any]:
    if run.told is None:
        raise HTTPException(404)
    return run.told


def _summary(run: Run) -> dict[str, Any]:
    summary: dict[str, Any] = _told(run)["summary"]
    return summary


def _now(moved: list[list[int]], names: list[str], i: int) -> list[tuple[int, str, int]]:
    """In which segments the customers of another solution's segment are now, the most first."""
    parts = [(j + 1, names[j], row[i]) for j, row in enumerate(moved) if row[i]]
    return sorted(parts, key=lambda own: -own[2])

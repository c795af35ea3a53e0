"""What is the same for everybody: styles, scripts, the icon."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

from segmentry.report.templating import environment

__all__ = ["router"]

router = APIRouter(prefix="/static")
_FOLDER = Path(__file__).with_name("static")
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@router.get("/report.css")
async def report_styles() -> Response:
    """The styles of the report, which the studio's pages begin with."""
    style = environment().get_template("report.css").render(summary={"segments": []})
    return Response(style, media_type="text/css")


@router.get("/playbook.toml")
async def usual_playbook() -> Response:
    """What is done about segments unless somebody says otherwise, to start one's own from."""
    path = _FOLDER.parents[1] / "steps" / "playbook.toml"
    return FileResponse(path, media_type="text/plain; charset=utf-8", filename="playbook.toml")


@router.get("/{name}")
async def still_file(name: str) -> Response:
    """One of the few files that are there; nothing else."""
    path = next((own for own in _FOLDER.iterdir() if own.name == name), None)
    if path is None or path.suffix not in _KINDS:
        raise HTTPException(404)
    return FileResponse(path, media_type=_KINDS[path.suffix])

"""Every route of the studio, so that no test forgets one."""

from __future__ import annotations

from segmentry.studio.app import Settings, create_app

IDS = {"project_id", "run_id"}
SAID = {"segment": "1", "name": "report.html"}


def routes() -> list[tuple[str, str]]:
    """Every method and path that the studio knows, so that none is forgotten here."""
    app = create_app(Settings()).app
    return [
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]


def filled(path: str, project: str, run: str) -> str:
    """The path of a route, about one file or run."""
    said = SAID | {"project_id": project.rpartition("/")[2], "run_id": run.rpartition("/")[2]}
    path = path.format(**said)
    more = {"/compare": f"?a={said['run_id']}&b={said['run_id']}"}.get(path, "")
    return path + (more or ("?k=3" if path.endswith("/other") else ""))

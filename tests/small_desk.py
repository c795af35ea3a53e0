"""A desk for tests: what a worker must survive, and what it must not be able to do."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import segmentry
from segmentry.errors import InputError
from segmentry.studio.uploads import check_archive

VERBS = (
    "explore", "whole", "echo", "refuse", "stumble", "guess", "hoard", "chatter", "sleep", "spin",
    "die", "abort", "swell", "surroundings", "attempt",
)  # fmt: skip


def warm() -> None:
    import python_calamine

    import segmentry.exploration
    import segmentry.exports.folder
    import segmentry.exports.sklearn_model
    import segmentry.pipeline
    import segmentry.report.html

    _ = (python_calamine, segmentry.pipeline)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def explore(self, *, path: str, tell: Any) -> dict[str, Any]:
        if Path(path).parent.parent == self.folder:
            check_archive(Path(path))
        return segmentry.explore(path, memory_limit="500MB").to_dict()

    def whole(self, *, path: str, tell: Any) -> dict[str, Any]:
        import sklearn.cluster  # noqa: F401 - or another process would write the joblib file

        with segmentry.segment(path, k=3) as result:
            result.write(self.folder / "run")
        return {own.name: own.stat().st_size for own in (self.folder / "run").iterdir()}

    def echo(self, *, tell: Any, **arguments: Any) -> dict[str, Any]:
        print("this is no answer", flush=True)
        os.write(1, b"nor is this\n")
        return arguments

    def refuse(self, *, tell: Any) -> dict[str, Any]:
        raise InputError("The table is empty.", "Give another.", code="R02")

    def stumble(self, *, tell: Any) -> dict[str, Any]:
        raise KeyError("ada@example.org")

    def guess(self, *, tell: Any) -> dict[str, Any]:
        return {"mean": float("nan")}

    def hoard(self, *, tell: Any) -> dict[str, Any]:
        return {"bytes": len(bytearray(2**31))}

    def chatter(self, *, tell: Any) -> dict[str, Any]:
        for step in ("read", "find"):
            for i in range(10_001):
                tell(step, i / 10_000, f"{i}")
        return {}

    def sleep(self, *, tell: Any) -> dict[str, Any]:
        time.sleep(60)
        return {}

    def spin(self, *, tell: Any) -> dict[str, Any]:
        while True:
            pass

    def die(self, *, tell: Any) -> dict[str, Any]:
        os._exit(3)

    def abort(self, *, tell: Any) -> dict[str, Any]:
        os.abort()

    def swell(self, *, tell: Any) -> dict[str, Any]:
        return {"text": "x" * 2**25}

    def surroundings(self, *, tell: Any) -> dict[str, Any]:
        import resource
        import sys

        return {
            "environment": dict(os.environ),
            "cwd": os.getcwd(),
            "path": sys.path,
            "session": os.getsid(0) == os.getpid(),
            "core": resource.getrlimit(resource.RLIMIT_CORE),
            "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "open": sorted(int(own) for own in os.listdir("/proc/self/fd")),
        }

    def attempt(self, *, name: str, tell: Any, **arguments: Any) -> dict[str, Any]:
        import attempts

        try:
            return {"got": str(getattr(attempts, name)(**arguments))}
        except OSError as error:
            return {"refused": error.errno, "by": str(error)}
        except Exception as error:
            return {"refused": type(error).__name__, "by": str(error)}

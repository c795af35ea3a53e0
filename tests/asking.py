"""A real worker with the small desk, for as long as a test asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from segmentry.engines.scratch import Scratch
from segmentry.studio.workers import Limits, Worker, WorkerFault

AMPLE = Limits(memory_bytes=2**30, cpu_seconds=60, wall_seconds=60.0)


def with_worker(
    place: Path, work: Callable[[Worker], Awaitable[Any]], *, desk: str = "small_desk"
) -> Any:
    """Let a worker do some work; nothing is left of it afterwards."""

    async def run() -> Any:
        worker = Worker(Scratch(place), desk)
        try:
            await worker.start()
            return await work(worker)
        finally:
            await worker.close()
            assert not worker.folder.exists()

    return asyncio.run(run())


async def fault_of(asked: Awaitable[Any]) -> WorkerFault:
    """The error that an answer is, with both of its lines."""
    with pytest.raises(WorkerFault) as caught:
        await asked
    error = caught.value
    assert str(error) == f"{error.what}\n{error.fix}"
    assert all(line.strip() and "\n" not in line for line in (error.what, error.fix))
    return error

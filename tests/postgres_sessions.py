"""An engine on the tests' own PostgreSQL server, and what it says when it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import segmentry
from postgres_server import PASSWORD, Server
from segmentry.engines.contract import Database
from segmentry.engines.places import Place
from segmentry.engines.postgres import PostgresEngine
from segmentry.errors import SegmentryError


def refused(server: Server, **options: object) -> SegmentryError:
    """What is said instead of an answer, in two lines and without a password."""
    url = options.pop("url", server.url())
    with pytest.raises(SegmentryError) as caught:
        segmentry.explore(url, **options)
    error = caught.value
    for line in (error.what, error.fix):
        assert line.strip()
        assert "\n" not in line
        assert PASSWORD not in line
    return error


@contextmanager
def opened(server: Server, place: str, *, timeout: float | None = None) -> Iterator[PostgresEngine]:
    query = place if " " in place else None
    table = None if query else place
    engine = PostgresEngine(server.url(), Place(table, query, timeout))
    assert isinstance(engine, Database)
    try:
        yield engine
    finally:
        engine.close()

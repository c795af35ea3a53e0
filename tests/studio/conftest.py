"""What the studio's tests share."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from studio_here import PATIENCE, Studio, demo_run, running_studio

from browser_here import listen

expect.set_options(timeout=1000 * PATIENCE)
SCREEN = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def studio(tmp_path_factory) -> Iterator[Studio]:
    """A studio for all tests that leave it as it is."""
    with running_studio(tmp_path_factory.mktemp("studio")) as started:
        yield started


@pytest.fixture
def own_studio(tmp_path) -> Iterator[Callable[..., Studio]]:
    """Start a studio for one test alone."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(running_studio(tmp_path, *options))


@pytest.fixture(scope="module")
def ada(studio) -> Iterator[httpx2.Client]:
    """Somebody who is in the studio; for a module, since nobody may have too many files open."""
    with studio.visitor() as client:
        yield client


@pytest.fixture(scope="module")
def ben(studio) -> Iterator[httpx2.Client]:
    """Somebody else who is in the studio."""
    with studio.visitor() as client:
        yield client


@pytest.fixture(scope="module")
def _begun() -> list[str]:
    return []


@pytest.fixture
def adas_run(ada, _begun) -> str:
    """The address of a run of Ada's that is done; a new one where others have taken its place."""
    if not _begun or "This run was put away" in ada.get(_begun[-1]).text:
        _begun.append(demo_run(ada))
    return _begun[-1]


@pytest.fixture
def adas_data(ada, adas_run) -> str:
    """The address of the data page of Ada's run."""
    return re.search(r'href="(/data/\w+)"', ada.get(adas_run).text)[1]


@pytest.fixture
def stranger(studio):
    """Somebody who was not let in."""
    with httpx2.Client(base_url=studio.origin, timeout=PATIENCE) as client:
        yield client


@pytest.fixture(scope="session")
def long() -> bytes:
    """Customers that take some seconds: more than any test waits before it does something."""
    numbers = np.random.default_rng(0).normal(size=(120_000, 6))
    stream = io.BytesIO()
    pd.DataFrame(numbers, columns=list("abcdef")).to_parquet(stream)
    return stream.getvalue()


@pytest.fixture
def browse(browser, studio) -> Iterator[Callable[..., object]]:
    """Open a browser of its own in the studio; at the end its pages must have been quiet."""
    with ExitStack() as stack:

        def opened(path: str = "/", *, of: httpx2.Client | None = None, **options):
            """A new browser at a path; it is let in by the link, or is that of somebody inside."""
            context = stack.enter_context(browser.new_context(**SCREEN | options))
            noise = listen(context, studio.origin)
            stack.callback(lambda: _assert_quiet(noise))
            page = context.new_page()
            if of is None:
                before = studio.link
                page.goto(before)
                page.wait_for_url(f"{studio.origin}/")
                studio.await_link(before)
            else:
                context.add_cookies([
                    {"name": name, "value": value, "url": studio.origin}
                    for name, value in of.cookies.items()
                ])  # fmt: skip
            if of is not None or path != "/":
                page.goto(studio.origin + path)
            return page

        yield opened


@pytest.fixture
def demo(browse, ada, adas_run):
    """The page of a run that is done, in a browser."""
    return browse(adas_run, of=ada)


def _assert_quiet(noise: list[str]) -> None:
    assert noise == []

"""What the studio's tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest
from studio_here import Studio, demo_run, running_studio

from browser_here import listen


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


@pytest.fixture(scope="session")
def ada(studio) -> Iterator[httpx2.Client]:
    """Somebody who is in the studio."""
    with studio.visitor() as client:
        yield client


@pytest.fixture(scope="session")
def ben(studio) -> Iterator[httpx2.Client]:
    """Somebody else who is in the studio."""
    with studio.visitor() as client:
        yield client


@pytest.fixture(scope="session")
def adas_run(ada) -> str:
    """The address of a run of Ada's that is done."""
    return demo_run(ada)


@pytest.fixture
def browse(browser, studio) -> Iterator[Callable[..., object]]:
    """Open a browser of its own in the studio; at the end its pages must have been quiet."""
    with ExitStack() as stack:

        def opened(*, at: Studio = studio, **options):
            context = stack.enter_context(browser.new_context(**options))
            noise = listen(context, at.origin)
            stack.callback(lambda: _assert_quiet(noise))
            page = context.new_page()
            before = at.link
            page.goto(before)
            at.await_link(before)
            return page

        yield opened


def _assert_quiet(noise: list[str]) -> None:
    assert noise == []

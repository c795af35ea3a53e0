"""What all tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import segmentry
from browser_here import running_browser
from commands import Ended, call_segmentry, run_segmentry
from postgres_server import VISITS, Server, running_server
from runs import write_hostile_run, write_mall_run
from segmentry.datasets import mall_customers_path
from spark_here import Spark, running_spark

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("segmentry", deadline=None, database=None, derandomize=True)
settings.load_profile("segmentry")


@pytest.fixture(scope="session")
def mall() -> Path:
    """The Mall Customers data."""
    return mall_customers_path()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own."""
    with running_server() as server:
        yield server


@pytest.fixture
def visits(postgres) -> str:
    """The name of a table in PostgreSQL with sixty customers."""
    return postgres.load("visits", VISITS)


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """A session of Spark in the tests' own process."""
    with running_spark() as session:
        yield session


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser. It goes with the module: beside it no test can run an event loop."""
    with running_browser() as started:
        yield started


@pytest.fixture
def customers_csv(mall, tmp_path) -> Path:
    """The Mall Customers data as a file of the user's own."""
    return Path(shutil.copyfile(mall, tmp_path / "customers.csv"))


@pytest.fixture(scope="session")
def model_json(mall, tmp_path_factory) -> Path:
    """The model of the Mall Customers data."""
    path = tmp_path_factory.mktemp("model") / "model.json"
    with segmentry.segment(mall, k=5) as result:
        result.save(path)
    return path


@pytest.fixture(scope="session")
def mall_run(mall, tmp_path_factory) -> Path:
    """The folder of a run on the Mall Customers data; not to be written to."""
    return write_mall_run(mall, tmp_path_factory.mktemp("runs") / "mall")


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory) -> Path:
    """The folder of a run whose ids, columns and levels are hostile; not to be written to."""
    return write_hostile_run(tmp_path_factory.mktemp("runs") / "hostile")


@pytest.fixture(scope="session")
def office() -> str:
    """LibreOffice; without it the test is skipped, but not where ``CI`` is ``true``."""
    path = shutil.which("soffice")
    if path is None and os.environ.get("CI") != "true":
        pytest.skip("LibreOffice is missing: apt-get install libreoffice-calc-nogui")
    assert path, "these tests need LibreOffice: apt-get install libreoffice-calc-nogui"
    return path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may go to, which those of tests are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def segmentry_cli(tmp_path) -> Callable[..., Ended]:
    """Run ``python -m segmentry ARGUMENTS`` in the test's own folder."""

    def run(*arguments: object) -> Ended:
        return run_segmentry(tmp_path, *arguments)

    return run


@pytest.fixture
def command(tmp_path, monkeypatch, capsys) -> Callable[..., Ended]:
    """Run ``segmentry ARGUMENTS`` in the test's own folder, in this process."""

    def run(*arguments: object) -> Ended:
        return call_segmentry(tmp_path, monkeypatch, capsys, *arguments)

    return run


@pytest.fixture
def write(tmp_path) -> Callable[..., Path]:
    """Write a file into the test's own folder and return its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture(params=["small", "large"])
def small_and_large(request, monkeypatch) -> None:
    """Read a text file as small ones are, into memory, and as large ones are, by way of a file."""
    if request.param == "large":
        monkeypatch.setattr("segmentry.engines.duckdb.SMALL_FILE", 0)

"""What is imported when: quick to start, and one way only."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import segmentry

ROOT = Path(__file__).parents[1]


def imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.slow
def test_help_imports_no_heavy_library():
    code = (
        "import sys; sys.argv = ['segmentry', '--help']\n"
        "from segmentry.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert not imported_by(code) & {"sklearn", "pandas", "matplotlib", "duckdb", "pyarrow", "numpy"}


def test_importing_the_package_imports_nothing_else():
    heavy = {"sklearn", "pandas", "matplotlib", "duckdb", "numpy", "typer"}
    assert not imported_by("import segmentry") & heavy


@pytest.mark.slow
def test_segmenting_a_file_needs_neither_scikit_learn_nor_pandas(mall):
    code = f"import segmentry; segmentry.segment({str(mall)!r}).summary"
    assert not imported_by(code) & {"sklearn", "pandas", "polars"}


@pytest.mark.slow
def test_the_server_of_the_studio_loads_nothing_that_reads_uploads():
    heavy = {"sklearn", "pandas", "matplotlib", "duckdb", "pyarrow", "numpy", "sqlglot", "scipy"}
    assert not imported_by("import segmentry.studio.app, segmentry.studio.server") & heavy


@pytest.mark.slow
def test_segmenting_a_file_loads_only_what_the_main_path_needs(mall):
    """Each of these takes tens of megabytes, and as long as segmenting 200 customers."""
    late = {"scipy", "fastapi", "xlsxwriter", "pptx", "weasyprint", "matplotlib", "pyspark"}
    assert not imported_by(f"import segmentry; segmentry.segment({str(mall)!r})") & late


def test_every_public_name_can_be_had_and_has_a_docstring():
    for name in segmentry.__all__:
        assert getattr(segmentry, name).__doc__, name


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["version"] == segmentry.__version__


@pytest.mark.slow
def test_nothing_in_the_package_unpickles():
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"load", "loads", "Unpickler"}:
                owner = getattr(node.value, "id", "")
                assert owner not in {"joblib", "pickle", "dill", "cloudpickle"}, file


def test_no_module_is_called_after_nothing():
    names = {file.stem for file in (ROOT / "src").rglob("*.py")}
    assert not names & {"utils", "helpers", "common", "misc"}

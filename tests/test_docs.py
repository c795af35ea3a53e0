"""What the docs show works: their Python runs, their commands exist, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from segmentry.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md"),
         *ROOT.glob("benchmarks/*.md")]  # fmt: skip


def blocks(language: str) -> list[str]:
    return [
        block
        for page in PAGES
        for block in re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.S)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_docs_runs(code, tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "Mall_Customers.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs", "exec"), {})
    assert "Traceback" not in capsys.readouterr().err


def test_commands_in_the_docs_exist_with_their_options():
    import typer

    commands = typer.main.get_command(app).commands
    shown = [
        shlex.split(line, comments=True)
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith("segmentry ")
    ]
    assert len(shown) > 4
    for words in shown:
        known = {option for own in commands[words[1]].params for option in own.opts}
        assert {word for word in words if word.startswith("-")} <= known, words


def test_make_targets_in_the_docs_exist():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)
    shown = {own for block in blocks("sh") for own in re.findall(r"^make (\w+)", block, re.M)}
    assert shown <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_step_of_the_pipeline_is_in_the_numbered_readme():
    text = (ROOT / "src/segmentry/steps/README.md").read_text()
    for module in (ROOT / "src/segmentry/steps").glob("*.py"):
        assert module.name == "__init__.py" or f"`{module.name}`" in text

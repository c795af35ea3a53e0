"""What a report prints to repeat its run does so, from a folder with the file."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

import segmentry
from segmentry.report.repeating import command_of, python_of
from segmentry.steps.playbook import default_playbook

pytestmark = pytest.mark.slow

MIXED = "id;kind;net, €;visits\n" + "".join(
    f"{1000 + 7 * i};{'ab?'[i % 3]};{i % 3 * 40 + i % 7},{i % 10}5;{i % 3 * 9 + i % 4}\n"
    for i in range(90)
)
ORDERS = "order_id,customer_id,order_date,amount\n" + "".join(
    f"{5000 + i},C{i % 60:03d},2025-{1 + i * 7 % 12:02d}-{1 + i % 28:02d},{10 + i * i % 190}.50\n"
    for i in range(600)
)
CASES = {
    "the mall data": ("Mall_Customers.csv", {}),
    "a name with a quote": ("O'Neil's 2026.csv", {"k": 3, "scale": "zscore", "seed": 2}),
    "names with commas, levels, weights": (
        "mixed.csv",
        {
            "features": ["net, €", "visits"], "categorical": ["kind"], "k": 3, "decimal": ",",
            "feature_weight": {"net, €": 2.0}, "missing_token": ["?"],
            "map": {"kind": {"b": "B, b"}}, "min_share": 0.05,
        },
    ),
    "a playbook of one's own": ("Mall_Customers.csv", {"playbook": "playbook.toml", "k": 4}),
    "orders": ("orders.csv", {"rfm": {"amount": "amount"}, "k": 3}),
}  # fmt: skip


@pytest.fixture(params=CASES.values(), ids=CASES)
def summary(request, tmp_path, mall, monkeypatch):
    """The summary of a run on a file in the folder that the test works in."""
    monkeypatch.chdir(tmp_path)
    name, options = request.param
    for path, content in (("mixed.csv", MIXED), ("orders.csv", ORDERS)):
        Path(path).write_text(content, encoding="utf-8")
    shutil.copy(default_playbook(), "playbook.toml")
    if not Path(name).exists():
        shutil.copy(mall, name)
    with segmentry.segment(name, **options) as result:
        return result.summary


def test_the_printed_python_repeats_the_run(summary):
    known: dict[str, object] = {}
    exec(python_of(summary), known)
    with known["result"] as result:
        assert result.summary == summary
    model = segmentry.load("model.json")
    assert [own.name for own in model.model.segments] == [
        own["name"] for own in summary["segments"]
    ]
    assert "<h1>" in Path("report.html").read_text(encoding="utf-8")


def test_the_printed_command_repeats_the_run(summary, command):
    words = shlex.split(command_of(summary))
    assert words[0] == "segmentry"
    ended = command(*words[1:])
    assert ended.code == 0, ended
    (written,) = Path().rglob("summary.json")
    assert json.loads(written.read_text(encoding="utf-8")) == json.loads(json.dumps(summary))


def test_the_lines_about_new_customers_run_too(mall, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(mall, "new_customers.csv")
    with segmentry.segment(mall, k=3) as result:
        lines = python_of(result.summary).splitlines()
        result.save("model.json")
    assert lines[-1].startswith("# Later: ")
    told = eval(lines[-1].removeprefix("# Later: "), {"segmentry": segmentry})
    assert len(told) == 200

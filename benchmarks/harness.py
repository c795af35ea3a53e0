"""What every benchmark does alike: its options, what it prints, the file it leaves in results/."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from data_sets import cache_folder

__all__ = ["RESULTS", "Claim", "Run", "finish", "median_run", "options", "seconds_of"]

RESULTS = Path(__file__).parent / "results"
_LIBRARIES = (
    "segmentry", "duckdb", "faiss-cpu", "matplotlib", "numpy", "pandas", "pyarrow",
    "scikit-learn", "sqlglot",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one contestant took for one job.

    Attributes
    ----------
    name : str
        Who, on what.
    seconds : float
        The median, where there were several rounds.
    peak_mib : float or None
        The most resident memory of the whole process and its children.
    inertia : float or None
        Of the final solution, on all rows.
    details : mapping
        Whatever else was found; it goes to the results.
    """

    name: str
    seconds: float
    peak_mib: float | None = None
    inertia: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """One row of the table in README.md.

    Attributes
    ----------
    question : str
        What was asked.
    measured : float
        The answer.
    unit : str
        How it is written: "×" and the like, "MiB", "inertia" (a ratio near 1) or "excess" (a
        share near 0).
    at_least, at_most : float or None
        What it must reach, if anything.
    note : str
        What the reader should know about the answer.
    """

    question: str
    measured: float
    unit: str = "×"
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the answer is as it must be."""
        low = self.at_least is None or self.measured >= self.at_least
        return low and (self.at_most is None or self.measured <= self.at_most)

    @property
    def answer(self) -> str:
        """The answer as text."""
        told = _told(self.measured, self.unit)
        if not self.reached:
            told += ", not reached"
        return f"{told} ({self.note})" if self.note else told

    @property
    def demand(self) -> str:
        """What must be reached, as text; empty if nothing."""
        if self.at_least is not None:
            return f"≥ {_limit(self.at_least, self.unit)}"
        return f"≤ {_limit(self.at_most, self.unit)}" if self.at_most is not None else ""


_SHORT = {"excess": "", "inertia": "×", "× faster": "×", "× longer": "×"}
"""Units beside a demand."""


def _told(value: float, unit: str) -> str:
    if unit == "inertia":
        return f"{value:.8f} ×"
    if unit == "excess":
        return f"{value:.1e}"
    places = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{0 if unit == 'MiB' else places}f} {unit}"


def _limit(value: float, unit: str) -> str:
    return f"{value:,.6g} {_SHORT.get(unit, unit)}".strip()


# ---------------------------------------------------------------- options


def options(text: str | None, *, rounds: int | None = None) -> argparse.ArgumentParser:
    """A parser that shows the script's docstring, with ``--rounds`` if there are any."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if rounds is not None:
        parser.add_argument(
            "--rounds", type=int, default=rounds, help=f"times that ours runs [{rounds}]"
        )
    return parser


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes, by the clock on the wall."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_run(name: str, seconds: Sequence[float]) -> Run:
    """A run of several rounds, by their median."""
    return Run(name, statistics.median(seconds), details={"rounds": list(seconds)})


# ---------------------------------------------------------------- at the end


def finish(
    name: str,
    claims: Sequence[Claim],
    *,
    runs: Sequence[Run] = (),
    figures: Mapping[str, Any] | None = None,
    problems: Sequence[str] = (),
    official: bool = True,
) -> int:
    """Print what was found and store it.

    Parameters
    ----------
    name : str
        Of the benchmark, and of its file.
    claims : sequence of Claim
        Its rows of the table.
    runs : sequence of Run
        Who took what.
    figures : mapping, optional
        Whatever else was measured.
    problems : sequence of str
        Where the answers disagree; they are stored and shown too.
    official : bool
        Whether the sizes are those of the table; else the file goes to the cache folder.

    Returns
    -------
    int
        The exit code: 1 if the answers disagree.
    """
    _print_runs(runs)
    for claim in claims:
        print(f"{claim.question}: {claim.answer}   must reach {claim.demand or '–'}")
    for problem in problems:
        print(f"DISAGREE: {problem}")
    content = {
        "script": _script(),
        "table": [_row(claim) for claim in claims],
        "runs": [asdict(run) for run in runs],
        **(figures or {}),
        "problems": list(problems),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "versions": _versions(),
    }
    path = _path(name, official=official)
    path.write_text(json.dumps(_rounded(content), indent=2, ensure_ascii=False) + "\n")
    print(f"Written: {path}\n", flush=True)
    return 1 if problems else 0


def _print_runs(runs: Sequence[Run]) -> None:
    if not runs:
        return
    print(f"{'':<44} {'seconds':>10} {'peak MiB':>9}  inertia")
    for run in runs:
        memory = f"{run.peak_mib:9,.0f}" if run.peak_mib is not None else " " * 9
        inertia = f"{run.inertia:.10g}" if run.inertia is not None else ""
        print(f"{run.name:<44} {run.seconds:10.3f} {memory}  {inertia}".rstrip())


def _row(claim: Claim) -> dict[str, Any]:
    texts = {"answer": claim.answer, "demand": claim.demand, "reached": claim.reached}
    return {**asdict(claim), **texts}


def _path(name: str, *, official: bool) -> Path:
    folder = RESULTS if official else cache_folder() / "results"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.json"


def _script() -> str:
    import __main__

    return Path(__main__.__file__).name


def _machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_at_end": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    """The processor's name, as Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _rounded(value: Any) -> Any:
    """Numbers with 12 significant digits."""
    if isinstance(value, Mapping):
        return {key: _rounded(own) for key, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(own) for own in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value

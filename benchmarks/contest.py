"""Let a rival do the same job in a process of its own, and scale what was not measured in full."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from data_sets import DataSet, K
from harness import Run
from processes import Finished, measure
from rivals import ELBOW, FITTERS, STARTS

__all__ = [
    "SCALED_FROM",
    "SKLEARN",
    "Contestant",
    "add_rivals_option",
    "compete",
    "compete_all",
    "run_rival",
]

SKLEARN = "scikit-learn"
SCALED_FROM = 5_000_000
"""From so many rows on, only some fits of the rivals' elbow are measured."""
_HOW = (
    "Fits at k = {ks} were measured, with {starts} starts and the one at k = {k} with 10; seconds "
    "were counted up to 10 starts, and interpolated linearly between these k{beyond}."
)
_SOME_STARTS = {"faiss": 2, "faiss-sampled": 2}
"""FAISS makes 25 passes a start, whatever happens, so its seconds grow with the starts. Those of
scikit-learn depend on luck, so that all ten are made."""
_LUCKY = "minibatch"
"""Whose seconds depend on luck more than on k or on the rows: its elbow is never scaled."""
_TITLES = {
    SKLEARN: SKLEARN,
    "minibatch": "MiniBatchKMeans",
    "faiss": "FAISS on all rows",
    "faiss-sampled": "FAISS on its sample",
}
_ORIGIN = Path(__file__).with_name("rivals.py")


@dataclass(frozen=True)
class Contestant:
    """What a rival took.

    Attributes
    ----------
    name : str
        Which rival.
    seconds : dict of str to float
        By part: import, read, prepare, elbow (all of it), fit, predict, write, and the rest of
        the process.
    peak_mib : float
        Of the whole process.
    inertia : float
        On all rows.
    scaled : bool
        Whether the elbow is an estimate from some of its fits.
    how : str
        How it was estimated.
    fits : list of dict
        Those of the elbow that were measured: k, n_init, seconds.
    """

    name: str
    seconds: dict[str, float]
    peak_mib: float
    inertia: float
    scaled: bool
    how: str
    fits: list[dict[str, Any]]

    @property
    def title(self) -> str:
        """The rival as texts call it."""
        return _TITLES[self.name]

    @property
    def whole(self) -> float:
        """Seconds of the whole process."""
        return sum(self.seconds.values())

    @property
    def inside(self) -> float:
        """Seconds to read, prepare, draw the elbow and fit, once all is imported."""
        return sum(self.seconds[part] for part in ("read", "prepare", "elbow", "fit"))

    def run(self, seconds: float) -> Run:
        """As a row of what is printed and stored."""
        details = {
            "seconds_by_part": self.seconds,
            "scaled": self.scaled,
            "how": self.how,
            "fits": self.fits,
        }
        mark = " (scaled)" if self.scaled else ""
        return Run(self.title + mark, seconds, self.peak_mib, self.inertia, details)


def add_rivals_option(parser: argparse.ArgumentParser) -> None:
    """``--rivals`` for those to meet besides scikit-learn, who is always there."""
    others = [own for own in FITTERS if own != SKLEARN]
    parser.add_argument(
        "--rivals", nargs="*", choices=others, default=others,
        help="besides scikit-learn [all]",
    )  # fmt: skip


def compete_all(
    rivals: Sequence[str], data: DataSet, path: Path, **options: Any
) -> dict[str, Contestant]:
    """Let scikit-learn and these do the job in turn; who is not installed is left out."""
    found = {}
    for rival in (SKLEARN, *rivals):
        contestant = compete(rival, data, path, **options)
        if contestant is not None:
            found[rival] = contestant
    return found


def compete(
    rival: str,
    data: DataSet,
    path: Path,
    *,
    some_ks: Sequence[int] | None = None,
    k: int = K,
    plan: Path | None = None,
    output: Path | None = None,
    seed: int = 0,
) -> Contestant | None:
    """Let a rival draw the elbow and fit k segments with ten starts.

    Parameters
    ----------
    rival : str
        One of FITTERS.
    data, path
        The data set and its file.
    some_ks : sequence of int, optional
        The part of the elbow to measure, from which the whole is scaled; the final fit counts as
        one more. Default: all of it, which MiniBatchKMeans always does.
    plan : Path, optional
        A ``summary.json`` in whose coordinates to work.
    output : Path, optional
        Where to write the customers with their segments.

    Returns
    -------
    Contestant or None
        None if the rival is not installed.
    """
    arguments = ["fit", rival, str(path), f"--k={k}", f"--seed={seed}"]
    starts = _SOME_STARTS.get(rival, STARTS)
    if rival == _LUCKY:
        some_ks = None
    if some_ks is not None:
        arguments.append(f"--fits={','.join(f'{own}:{starts}' for own in some_ks)}")
    arguments += [f"--plan={plan}"] if plan else []
    arguments += [f"--output={output}"] if output else []
    finished, answer = run_rival(data, arguments)
    if "skipped" in answer:
        print(f"{rival}: skipped, {answer['skipped']}")
        return None
    seconds = answer["seconds"]
    seconds["rest"] = max(0.0, finished.seconds - sum(seconds.values()))
    how = ""
    if some_ks is not None:
        final = {"k": k, "n_init": STARTS, "seconds": seconds["fit"]}
        known = [own for own in answer["fits"] if own["k"] != k] + [final]
        seconds["elbow"] = _scaled_elbow(known)
        ks = sorted(own["k"] for own in known)
        beyond = f", and beyond {ks[-1]} along the same line" if ks[-1] < max(ELBOW) else ""
        told = ", ".join(str(own) for own in ks)
        how = _HOW.format(ks=told, starts=starts, k=k, beyond=beyond)
    return Contestant(
        rival, seconds, finished.peak_mib, answer["inertia"], bool(how), how, answer["fits"]
    )


def run_rival(data: DataSet, arguments: Sequence[str]) -> tuple[Finished, dict[str, Any]]:
    """Run the rivals' script; what it took and what it answered."""
    features = f"--features={','.join(data.features)}"
    finished = measure([sys.executable, str(_ORIGIN), *arguments, features])
    answer: dict[str, Any] = json.loads(finished.out.splitlines()[-1])
    return finished, answer


def _scaled_elbow(fits: Sequence[dict[str, Any]]) -> float:
    """Seconds of the elbow for all k with ten starts each, from fits at two values of k or more.

    Linear in k between those that were measured, and beyond the last as between the last two.
    """
    known = sorted(fits, key=lambda own: own["k"])
    ks = np.array([own["k"] for own in known], dtype=float)
    full = np.array([own["seconds"] * STARTS / own["n_init"] for own in known])
    slope = (full[-1] - full[-2]) / (ks[-1] - ks[-2])
    inner = np.interp(list(ELBOW), ks, full)
    return float(np.sum(inner + slope * np.clip(np.array(ELBOW) - ks[-1], 0, None)))

"""What a worker can be asked: a thin layer over the public API, in plain data.

One desk serves one upload, and holds the result of its last run, so that another number of
segments, a new name or a file to take away needs no second run.
"""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentry.errors import InputError, PlaybookError
from segmentry.files import write_text
from segmentry.progress import Progress, Tell
from segmentry.studio.taking import FILES, WRITERS
from segmentry.studio.uploads import check_archive
from segmentry.studio.words import as_pages_say

if TYPE_CHECKING:
    from segmentry.segmentation import Segmentation
    from segmentry.steps.alternatives import Alternative
    from segmentry.steps.findings import Findings

__all__ = ["VERBS", "Desk", "warm"]

VERBS = (
    "explore", "run", "alternative", "draw", "figure", "rename", "advise", "carry", "export",
    "score", "score_file", "labels",
)  # fmt: skip
"""What may be asked."""

_MEMORY = "640MB"
_SIGNS = string.digits + string.ascii_lowercase


def warm() -> None:
    """Load what every upload needs before the first one is seen."""
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg
    import python_calamine
    import sklearn.cluster
    import sklearn.pipeline

    import segmentry.exploration
    import segmentry.exports.folder
    import segmentry.exports.scoring_sql
    import segmentry.pipeline
    import segmentry.plots.dark
    import segmentry.plots.dots
    import segmentry.report.data

    _ = (matplotlib.backends.backend_agg, matplotlib.backends.backend_svg, python_calamine)
    _ = (sklearn.cluster, sklearn.pipeline, segmentry.pipeline)
    with segmentry.segment(segmentry.datasets.mall_customers_path()) as result:
        segmentry.report.html.report_page(result.found)
        segmentry.plots.dots.dot_map(result.found, result.alternative(3).labels)
        _ = result.alternative(3).matches


class Desk:
    """Answers about one upload.

    Parameters
    ----------
    folder : Path
        The only place where it may write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._result: Segmentation | None = None

    # ------------------------------------------------------------ the data and the run

    def explore(self, *, path: str, options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """What is in the upload: rows, columns, roles, warnings, small histograms."""
        from segmentry.exploration import about_rejects, explore

        check_archive(Path(path))
        found = explore(path, progress=Progress(tell), memory_limit=_MEMORY, **options)
        of_terminals = about_rejects(found.source)
        warnings = [own for own in found.warnings if own not in of_terminals]
        return found.to_dict() | {
            "bars": found.bars(), "levels": dict(found.levels), "warnings": warnings,
        }  # fmt: skip

    def run(self, *, path: str, options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """Find the segments; the answer is what ``summary.json`` holds.

        Files that are made of them are for people who never see a command line.
        """
        from segmentry.pipeline import segment

        if self._result is not None:
            self._result.close()
            self._result = None
        said = dict(options)
        own_playbook = said.pop("playbook_text", None)
        if own_playbook is not None:
            said["playbook"] = self._playbook(own_playbook)
        self._result = segment(path, progress=Progress(tell), memory_limit=_MEMORY, **said)
        self._result.found = as_pages_say(self._result.found)
        return self._told()

    def _playbook(self, text: str) -> Path:
        """What was typed as a file, once it is one that can be understood."""
        from segmentry.steps.playbook import read_playbook

        path = self._folder / "playbook.toml"
        write_text(path, text)
        try:
            read_playbook(path)
        except PlaybookError as error:
            raise PlaybookError(
                error.what.replace(f"Playbook {path}", "Your own playbook"),
                "Go back to the data: what was typed is still there, under “Your own playbook”. "
                "Correct it, or empty the field.",
                code=error.code,
            ) from None
        return path

    @property
    def _own(self) -> Segmentation:
        if self._result is None:
            raise InputError("There is no run yet.", "Find the segments first.", code="S92")
        return self._result

    def _told(self) -> dict[str, Any]:
        """The summary, and what pages need beside it."""
        from segmentry.plots import displays, segment_color
        from segmentry.plots.dark import dark_color
        from segmentry.report.repeating import command_of, python_of
        from segmentry.sql.scoring import DIALECTS

        found, summary = self._own.found, self._own.summary
        colors = [segment_color(i) for i in range(1, 1 + 2 * len(found.choice.solutions))]
        return {
            "summary": summary,
            "figures": {
                name: {"alt": own.alt(), "inches": list(own.inches)}
                for name, own in displays(found).items()
            },
            "command": command_of(summary),
            "python": python_of(summary),
            "k_max": len(found.choice.solutions),
            "numbers": list(found.model.plan.numbers),
            "categories": _levels_of(self._own),
            "required": list(found.model.plan.required),
            "mark": _mark_of(found),
            "palette": [(own, dark_color(own)) for own in colors],
            "dialects": sorted(DIALECTS),
            "rejects": found.source.rejects is not None,
        }

    # ------------------------------------------------------------ looking at it

    def alternative(self, *, k: int, tell: Tell) -> dict[str, Any]:
        """Another number of segments beside the one that was taken, and its map."""
        del tell
        from segmentry.plots.dots import dot_map

        other = self._own.alternative(k)
        evidence = self._own.found.choice.at(k)
        everyone = sum(other.customers)
        return {
            "k": k,
            "drawn": dataclasses.asdict(dot_map(self._own.found, other.labels)),
            "silhouette": evidence.silhouette,
            "noise_silhouette": evidence.noise_silhouette,
            "inertia": evidence.inertia,
            "agreement": evidence.agreement,
            "moved": [list(row) for row in other.moved],
            "moved_share": other.moved_share,
            "segments": [
                {
                    "segment": i,
                    "name": name,
                    "customers": customers,
                    "share": customers / everyone,
                    "means": dict(means),
                    "shade": shade,
                }
                for i, (name, customers, means, shade) in enumerate(
                    zip(other.names, other.customers, other.means, _shades(other), strict=True), 1
                )
            ],
        }

    def draw(self, *, x: str | None = None, y: str | None = None, tell: Tell) -> dict[str, Any]:
        """The map: dots, averages, axes."""
        del tell
        from segmentry.plots.dots import dot_map

        return dataclasses.asdict(dot_map(self._own.found, x=x, y=y))

    def figure(self, *, name: str, tell: Tell) -> dict[str, Any]:
        """One figure of the report as SVG text, for light pages and for dark ones."""
        del tell
        from segmentry.plots import displays, to_svg
        from segmentry.plots.dark import in_the_dark

        drawn = to_svg(displays(self._own.found)[name].figure())
        return {"light": drawn, "dark": in_the_dark(drawn)}

    # ------------------------------------------------------------ making it one's own

    def rename(self, *, segment: int, name: str, tell: Tell) -> dict[str, Any]:
        """Give a segment a name of one's own."""
        del tell
        self._own.rename(segment, name)
        return self._told()

    def advise(self, *, segment: int, texts: Mapping[str, str], tell: Tell) -> dict[str, Any]:
        """Change what is to be done about a segment."""
        del tell
        self._own.advise(segment, **texts)
        return self._told()

    def carry(self, *, changes: Mapping[str, Mapping[str, str]], tell: Tell) -> dict[str, Any]:
        """Give segments the names and actions of an earlier run, and say whose name is taken."""
        del tell
        names = {int(own): texts["name"] for own, texts in changes.items() if "name" in texts}
        refused = self._renamed(names)
        for segment, texts in changes.items():
            actions = {name: text for name, text in texts.items() if name != "name"}
            self._own.advise(int(segment), **actions)
        return {"told": self._told(), "refused": refused}

    def _renamed(self, names: Mapping[int, str]) -> list[int]:
        """Rename segments, and return those whose name another one has for good."""
        refused = []
        for segment, name in names.items():
            try:
                self._own.rename(segment, name)
            except InputError:
                refused.append(segment)
        freed = 0 < len(refused) < len(names)
        return self._renamed({own: names[own] for own in refused}) if freed else refused

    # ------------------------------------------------------------ new customers

    def score(self, *, customer: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """Where one customer belongs, how surely, and what would move it."""
        del tell
        from segmentry.steps.explaining import explain

        answer: dict[str, Any] = _plain(explain(self._own.model, customer))
        return answer

    def score_file(
        self, *, path: str, reading: Mapping[str, Any] | None = None, tell: Tell
    ) -> dict[str, Any]:
        """Segments for a file of customers, which is read as one says."""
        from segmentry.scorer import Model

        check_archive(Path(path))
        target = self._folder / "scored.csv"
        read = Model(self._own.model).assign_file(
            path, target, flags=True, progress=Progress(tell), memory_limit=_MEMORY,
            **(reading or {}),
        )  # fmt: skip
        return {
            "path": target.name, "rows": read.rows, "warnings": list(read.warnings),
            "segments": _counted(target),
        }  # fmt: skip

    def labels(self, *, tell: Tell) -> dict[str, Any]:
        """The segment of each customer of the run, in the order of the rows, to base 36."""
        del tell
        segments = self._own.assign()["segment"].fillna(0).astype(int)
        return {"labels": "".join(map(_SIGNS.__getitem__, segments))}

    # ------------------------------------------------------------ taking it away

    def export(self, *, name: str, dialect: str = "postgres", tell: Tell) -> dict[str, Any]:
        """Write one of :data:`.taking.FILES`, and say where it lies."""
        del tell
        writer = WRITERS.get(name)
        if writer is None:
            raise InputError(
                f"There is no file {name!r}.", f"Choose among {', '.join(FILES)}.", code="S92"
            )
        path = self._folder / name
        writer(self._own, path, dialect)
        return {"path": name}


def _shades(other: Alternative) -> list[int]:
    """The number whose colour a segment has: that of the one whose place it takes, else a new."""
    new = iter(range(len(other.moved) + 1, len(other.moved) + other.k + 1))
    return [own if own is not None else next(new) for own in other.matches]


def _levels_of(result: Segmentation) -> dict[str, list[str]]:
    """The levels of each category that was clustered on, for a form."""
    from segmentry.plan import level_names

    return {own.name: level_names(own) for own in result.model.plan.categories}


def _mark_of(found: Findings) -> str:
    """The decimal mark that the run's file writes numbers with; empty where it does not tell."""
    said = found.options.get("decimal")
    marks = {own.mark for own in found.source.columns if own.mark}
    if said or marks:
        return str(said or ("," if "," in marks else "."))
    if found.source.kind not in ("csv", "jsonl"):
        return ""
    return "" if all(own.whole for own in found.overview.columns if own.type == "number") else "."


def _plain(value: Any) -> Any:
    """Dataclasses and mappings as what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {own.name: _plain(getattr(value, own.name)) for own in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(own) for key, own in value.items()}
    if isinstance(value, tuple):
        return [_plain(own) for own in value]
    return value


def _counted(path: Path) -> list[dict[str, Any]]:
    """How many customers of a scored file are in each segment."""
    import csv
    from collections import Counter

    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        segment, name = header.index("segment"), header.index("segment_name")
        found = Counter((row[segment], row[name]) for row in rows)
    return [
        {"segment": int(number) if number else None, "name": name, "customers": customers}
        for (number, name), customers in sorted(
            found.items(), key=lambda own: (not own[0][0], own[0][0].zfill(6))
        )
    ]

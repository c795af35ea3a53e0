"""The segments, their centres and the evidence as tables."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from segmentry.files import whole_file
from segmentry.steps.evidence import FIGURES
from segmentry.steps.findings import Findings
from segmentry.steps.profiles import SegmentProfile
from segmentry.steps.stability import describe_stability
from segmentry.textual import guarded

__all__ = [
    "centers_table",
    "evidence_table",
    "importance_table",
    "rules_table",
    "segments_columns",
    "segments_table",
    "stability_table",
    "write_csv",
]

_ADVICE = {
    "title": "title",
    "priority": "priority",
    "campaign": "campaign",
    "pricing": "pricing",
    "customer_experience": "experience",
}
"""Headers of the advice, and what each is called in a playbook."""


def segments_table(found: Findings) -> pa.Table:
    """A row a segment: number, name, size, the mean of each feature and profile column, advice."""
    columns = segments_columns(found)
    means = {own.column for own in found.population.all.numbers}
    unknown = {name for name, own in columns.items() if all(cell is None for cell in own)}
    return pa.table({
        name: pa.array(own, pa.float64() if name in means else pa.string())
        if name in unknown
        else own
        for name, own in columns.items()
    })  # fmt: skip


def segments_columns(found: Findings) -> dict[str, list[Any]]:
    """The same, a list a column: to make an Arrow array of a list would import pandas.

    Nothing in it depends on the seed or on the order of the source's rows.
    """
    segments = found.population.segments
    columns: dict[str, list[Any]] = {
        "segment": [own.segment for own in segments],
        "name": [own.name for own in found.names],
        "customers": [own.customers for own in segments],
        "share": [_rounded(own.share) for own in segments],
    }
    for number in found.population.all.numbers:
        columns[_free(number.column, columns)] = [
            _rounded(own.number(number.column).mean) if own.has(number.column) else None
            for own in segments
        ]
    for column in found.population.all.levels:
        commonest = [own.levels.get(column, ()) for own in segments]
        texts = [levels[0].level if levels else None for levels in commonest]
        columns[_free(column, columns)] = texts
    for header, text in _ADVICE.items():
        columns[_free(header, columns)] = [getattr(own.play, text) for own in found.advice]
    columns[_free("description", columns)] = [own.description for own in found.advice]
    return columns


def _rounded(value: float) -> float:
    return float(f"{value:.12g}")


def _free(header: str, taken: Mapping[str, Any]) -> str:
    """The header, marked where a column of ours has it already."""
    while header in taken:
        header += " (data)"
    return header


def centers_table(found: Findings) -> pa.Table:
    """A row a segment, a column a feature: the members' means, in the features' own units."""
    return pa.table(
        {
            name: [_rounded(own.number(name).mean) for own in found.population.segments]
            for name in found.population.features
        }
    )


def evidence_table(found: Findings) -> pa.Table:
    """A row a k, a column for each of :data:`segmentry.steps.evidence.FIGURES`."""
    return pa.table(
        {name: [getattr(own, name) for own in found.choice.evidence] for name in FIGURES}
    )


def stability_table(found: Findings) -> pa.Table:
    """A row a segment: the mean Jaccard index on bootstrap draws, and how that is read."""
    values = found.choice.at(found.choice.k).segment_stabilities
    return pa.table({
        "segment": [own.segment for own in found.population.segments],
        "name": [own.name for own in found.names],
        "jaccard": list(values),
        "reading": [describe_stability(own) for own in values],
    })  # fmt: skip


def rules_table(found: Findings) -> pa.Table:
    """A row a rule: segment, segment_name, rule, coverage, precision, customers caught."""
    rows = [
        {
            "segment": own.segment,
            "segment_name": name.name,
            "rule": rule.sentence,
            "coverage": rule.coverage,
            "precision": rule.precision,
            "customers": rule.customers,
        }
        for own, name in zip(found.rules.segments, found.names, strict=True)
        for rule in own.rules
    ]
    return pa.Table.from_pylist(rows)


def importance_table(found: Findings) -> pa.Table:
    """A row a feature and segment: importance, segment, segment_name, mean, z, index.

    ``importance`` is the share of the feature's variance that lies between the segments. Where
    some features are categories there are ``level``, the commonest, and ``level_share`` too.
    """
    rows = [
        {
            "feature": feature,
            "importance": _rounded(found.population.between_share(feature)),
            "segment": own.segment,
            "segment_name": name.name,
            **_standing(own, feature, levels=bool(found.population.categories)),
        }
        for feature in found.population.ranked()
        for own, name in zip(found.population.segments, found.names, strict=True)
    ]
    return pa.Table.from_pylist(rows)


def _standing(own: SegmentProfile, feature: str, *, levels: bool) -> dict[str, Any]:
    """How a segment stands out in a feature; ``levels`` where some features are categories."""
    if own.has(feature):
        number = own.number(feature)
        mean, z, index = _rounded(number.mean), _rounded(number.z), number.index
        told = {"mean": mean, "z": z, "index": index}
        return told | ({"level": None, "level_share": None} if levels else {})
    known = own.levels.get(feature, ())
    main = (known[0].level, _rounded(known[0].share)) if known else (None, None)
    return {"mean": None, "z": None, "index": None, "level": main[0], "level_share": main[1]}


def write_csv(
    columns: Mapping[str, Sequence[Any]], path: str | os.PathLike[str], *, raw: bool = False
) -> None:
    """Write a few columns as CSV, UTF-8 with ``\\n`` line ends.

    Text that a spreadsheet program would take for a formula gets an apostrophe before it, unless
    ``raw``.
    """
    told = str if raw else guarded
    with whole_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([told(name) for name in columns])
        for row in zip(*columns.values(), strict=True):
            writer.writerow([told(own) if isinstance(own, str) else own for own in row])

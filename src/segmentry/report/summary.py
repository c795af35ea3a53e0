"""The run as a plain dict: all that ``summary.json`` holds and the report shows."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from segmentry.report.orders import rfm_dict
from segmentry.report.segments import segments_dict
from segmentry.steps.compression import describe_cells
from segmentry.steps.evidence import FIGURES, Evidence
from segmentry.steps.findings import Findings
from segmentry.steps.overview import ColumnSummary
from segmentry.steps.restarts import describe_search
from segmentry.steps.roles import Role
from segmentry.steps.silhouette import describe_silhouette
from segmentry.version import __version__

__all__ = ["column_dict", "summarise"]


_MISSING: dict[str | None, str] = {"": "blank", None: "not readable"}


def summarise(found: Findings) -> dict[str, Any]:
    """Return everything machine-readable about a run.

    Numbers keep 12 significant digits, so that a run repeated elsewhere gives the same text; what
    is not known is None. Nothing in it is about a single customer.
    """
    summary = {
        "version": __version__,
        "options": dict(found.options),
        **_what_was_read(found),
        **_how_it_was_prepared(found),
        **_what_is_drawn(found),
        **_how_k_was_chosen(found),
        **_how_centers_were_found(found),
        **segments_dict(found),
        "warnings": list(found.warnings),
        "rfm": rfm_dict(found),
    }
    rounded: dict[str, Any] = _rounded(summary)
    return rounded


def _what_was_read(found: Findings) -> dict[str, Any]:
    return {
        "source": _source(found),
        "rows": _rows(found),
        "roles": _roles(found),
        "columns": [_column(found, column) for column in found.overview.columns],
    }


def _source(found: Findings) -> dict[str, Any]:
    own = found.source
    return {
        "name": own.name,
        "kind": own.kind,
        "read_as": own.detail,
        "rejects": own.rejects.to_dict() if own.rejects else [],
        "notes": list(own.warnings),
    }


def _rows(found: Findings) -> dict[str, Any]:
    """How many rows were read, and what became of them."""
    own = found.source
    return {
        "read": sum((own.rows, own.rejected, own.repeated, own.without_id)),
        "rejected": own.rejected,
        "repeated": own.repeated,
        "without_id": own.without_id,
        "incomplete": own.rows - found.used,
        "used": found.used,
        "lines": found.rfm.built.lines if found.rfm else None,
        "duplicates": found.overview.duplicate_rows,
    }


def _how_it_was_prepared(found: Findings) -> dict[str, Any]:
    """How customers became weighted points."""
    return {
        "plan": _plan(found),
        "treatments": [dataclasses.asdict(own) for own in found.treatments],
        "cells": {
            "kind": found.cells.kind,
            "count": len(found.cells),
            "exact": found.cells.exact,
            "meaning": describe_cells(found.cells),
        },
    }


def _what_is_drawn(found: Findings) -> dict[str, Any]:
    """What figures draw: dots or their density, and of which features."""
    return {
        "dots": found.density is None,
        "telling": found.population.telling(6),
        "categories": list(found.population.categories),
    }


def _how_k_was_chosen(found: Findings) -> dict[str, Any]:
    choice = found.choice
    return {
        "k": found.solution.k,
        "verdict": choice.verdict,
        "strength": choice.strength,
        "natural": choice.natural,
        "runner_up": {"k": choice.judged.runner_up, "change": choice.judged.change},
        "knee": choice.knee,
        "best_silhouette": choice.best_silhouette,
        "gap_k": choice.gap_k,
        "votes": _votes(found),
        "agreement": choice.at(choice.k).agreement,
        "evidence": [_evidence(own, found) for own in choice.evidence],
    }


def _how_centers_were_found(found: Findings) -> dict[str, Any]:
    """The solution, how good it is, and how long it was searched for."""
    own, silhouette = found.solution, found.choice.at(found.choice.k).silhouette
    return {
        "inertia": own.inertia,
        "silhouette": silhouette,
        "structure": describe_silhouette(silhouette or 0.0),
        "hit_rate": own.hit_rate,
        "restarts": own.restarts,
        "search": describe_search(own.restarts, own.hits, cells=len(found.cells)),
        "passes": own.passes,
    }


def _roles(found: Findings) -> dict[str, Any]:
    return {
        "id": found.roles.id,
        "features": list(found.roles.features),
        "profile": list(found.roles.profile),
        "outcome": list(found.roles.named("outcome")),
        "contact": list(found.roles.named("contact")),
        "ignored": list(found.roles.named("ignored")),
        "reasons": {own.column: own.reason for own in found.roles.all},
    }


def _column(found: Findings, column: ColumnSummary) -> dict[str, Any]:
    """A column without the ends of its range, which are single customers' values."""
    own = column_dict(column, found.roles.of(column.name))
    return {key: value for key, value in own.items() if key not in {"min", "max"}}


def column_dict(column: ColumnSummary, role: Role) -> dict[str, Any]:
    """One row of the overview: what the column is, and its statistics unless they are private."""
    hidden = role.role in {"id", "contact"}
    numbers = {
        "min": column.minimum,
        "mean": column.mean,
        "median": column.median,
        "max": column.maximum,
        "std": column.sample_deviation,
        "skew": column.sample_skew,
    }
    return {
        "column": column.name,
        "type": column.type,
        "role": role.role,
        "reason": role.reason,
        "missing": column.missing,
        "missing_as": {
            _MISSING.get(token, token): count for token, count in column.missing_as.items()
        },
        "distinct": column.distinct,
        **(dict.fromkeys(numbers) if hidden else numbers),
    }


def _plan(found: Findings) -> dict[str, Any]:
    plan = found.model.plan
    return {
        "scaling": plan.scaling,
        "reason": plan.reason,
        "features": [dataclasses.asdict(own) for own in plan.features],
        "categories": [dataclasses.asdict(own) for own in plan.categories],
        "weight": found.model.weight_column,
    }


def _votes(found: Findings) -> list[dict[str, Any]]:
    """What each criterion alone would say, in the order of the table."""
    choice = found.choice
    several = [own for own in choice.evidence if own.silhouette is not None]

    def top(name: str, sign: int = 1) -> int | None:
        known = {own.k: getattr(own, name) for own in several if getattr(own, name) is not None}
        return max(known, key=lambda k: (sign * known[k], -k)) if known else None

    said = {
        "Elbow (knee of the inertia)": choice.knee,
        "Silhouette": top("silhouette"),
        "Silhouette above noise": top("excess"),
        "Gain of likelihood above noise": top("gain"),
        "Gap statistic": choice.gap_k,
        "Davies-Bouldin": top("davies_bouldin", -1),
        "Calinski-Harabasz": top("calinski_harabasz"),
        "Bootstrap agreement": top("agreement"),
    }
    return [{"criterion": name, "k": k} for name, k in said.items()]


def _evidence(own: Evidence, found: Findings) -> dict[str, Any]:
    return {
        **{name: getattr(own, name) for name in FIGURES},
        "is_knee": own.k == found.choice.knee,
        "segment_silhouettes": list(own.segment_silhouettes),
        "segment_stabilities": list(own.segment_stabilities),
    }


def _rounded(value: Any) -> Any:
    """Twelve significant digits everywhere; what is not finite is None."""
    if isinstance(value, dict):
        return {key: _rounded(own) for key, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(own) for own in value]
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    return value

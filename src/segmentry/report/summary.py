"""The run as a plain dict: all that ``summary.json`` holds and the report shows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from segmentry.plots import segment_color
from segmentry.report.orders import rfm_dict
from segmentry.steps.compression import describe_cells
from segmentry.steps.evidence import FIGURES, Evidence
from segmentry.steps.findings import Findings
from segmentry.steps.overview import ColumnSummary
from segmentry.steps.playbook import Advice
from segmentry.steps.profiles import Level, NumberProfile, SegmentProfile
from segmentry.steps.restarts import describe_search
from segmentry.steps.roles import Role
from segmentry.steps.rules import Rule, SegmentRules
from segmentry.steps.silhouette import describe_silhouette
from segmentry.steps.stability import describe_stability
from segmentry.version import __version__

__all__ = ["column_dict", "summarise"]


_MISSING: dict[str | None, str] = {"": "blank", None: "not readable"}


def summarise(found: Findings) -> dict[str, Any]:
    """Return everything machine-readable about a run.

    Numbers keep 12 significant digits, so that a run repeated elsewhere gives the same text; what
    is not known is None. Nothing in it is about a single customer.
    """
    evidence, own = found.choice.at(found.choice.k), found.source
    summary = {
        "version": __version__,
        "options": dict(found.options),
        "source": {
            "name": found.source.name,
            "kind": found.source.kind,
            "read_as": found.source.detail,
            "rejects": found.source.rejects.to_dict() if found.source.rejects else [],
            "notes": list(found.source.warnings),
        },
        "rows": {
            "read": sum((own.rows, own.rejected, own.repeated, own.without_id)),
            "rejected": own.rejected,
            "repeated": own.repeated,
            "without_id": own.without_id,
            "incomplete": found.source.rows - found.used,
            "used": found.used,
            "lines": found.rfm.built.lines if found.rfm else None,
            "duplicates": found.overview.duplicate_rows,
        },
        "roles": _roles(found),
        "columns": [_column(found, column) for column in found.overview.columns],
        "plan": _plan(found),
        "treatments": [dataclasses.asdict(own) for own in found.treatments],
        "cells": {
            "kind": found.cells.kind,
            "count": len(found.cells),
            "exact": found.cells.exact,
            "meaning": describe_cells(found.cells),
        },
        "dots": found.density is None,
        "telling": found.population.telling(6),
        "categories": list(found.population.categories),
        "k": found.solution.k,
        "verdict": found.choice.verdict,
        "strength": found.choice.strength,
        "natural": found.choice.natural,
        "runner_up": {"k": found.choice.judged.runner_up, "change": found.choice.judged.change},
        "knee": found.choice.knee,
        "best_silhouette": found.choice.best_silhouette,
        "gap_k": found.choice.gap_k,
        "votes": _votes(found),
        "agreement": evidence.agreement,
        "evidence": [_evidence(own, found) for own in found.choice.evidence],
        "inertia": found.solution.inertia,
        "silhouette": evidence.silhouette,
        "structure": describe_silhouette(evidence.silhouette or 0.0),
        "hit_rate": found.solution.hit_rate,
        "restarts": found.solution.restarts,
        "search": describe_search(
            found.solution.restarts, found.solution.hits, cells=len(found.cells)
        ),
        "passes": found.solution.passes,
        "all": _profile(found.population.all),
        "segments": [_segment(found, i) for i in range(found.solution.k)],
        "rules": _rules(found),
        "importance": [_importance(found, name) for name in found.population.ranked()],
        "warnings": list(found.warnings),
        "rfm": rfm_dict(found),
    }
    rounded: dict[str, Any] = _rounded(summary)
    return rounded


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


def _segment(found: Findings, i: int) -> dict[str, Any]:
    profile, name, advice = found.population.segments[i], found.names[i], found.advice[i]
    evidence = found.choice.at(found.choice.k)
    silhouettes, stabilities = evidence.segment_silhouettes, evidence.segment_stabilities
    return {
        "segment": profile.segment,
        "name": name.name,
        "color": segment_color(profile.segment),
        "customers": profile.customers,
        "share": profile.share,
        "center": {own: profile.number(own).mean for own in found.population.features},
        "levels": dict(name.levels),
        "silhouette": silhouettes[i] if silhouettes else None,
        "stability": stabilities[i],
        "stability_reading": describe_stability(stabilities[i]),
        "profile": _profile(profile),
        "typical": _typical(profile),
        "description": advice.description,
        **_actions(advice),
    }


def _profile(own: SegmentProfile) -> dict[str, Any]:
    return {
        "numbers": [_number(number) for number in own.numbers],
        "levels": {column: _levels(levels) for column, levels in own.levels.items()},
    }


def _number(own: NumberProfile) -> dict[str, Any]:
    return {
        "column": own.column,
        "mean": own.mean,
        "median": own.median,
        "std": own.standard_deviation,
        "index": own.index,
        "z": own.z,
        "typical": own.typical,
    }


def _levels(own: tuple[Level, ...]) -> list[dict[str, Any]]:
    return [{"level": one.level, "share": one.share, "index": one.index} for one in own]


def _typical(profile: SegmentProfile) -> dict[str, Any]:
    """Medians and commonest levels: no one person's row."""
    medians: Mapping[str, Any] = {own.column: own.median for own in profile.numbers}
    commonest = {column: own[0].level for column, own in profile.levels.items() if own}
    return {**medians, **commonest}


def _rules(found: Findings) -> dict[str, Any]:
    rules = found.rules
    return {
        "fidelity": rules.fidelity,
        "asked": rules.asked,
        "leaves": rules.leaves,
        "exact": rules.exact,
        "segments": [
            _segment_rules(own, name.name)
            for own, name in zip(rules.segments, found.names, strict=True)
        ],
    }


def _segment_rules(own: SegmentRules, name: str) -> dict[str, Any]:
    return {
        "segment": own.segment,
        "name": name,
        "coverage": own.coverage,
        "precision": own.precision,
        "rules": [_rule(rule) for rule in own.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.sentence,
        "conditions": [
            {"feature": own.feature, "lower": own.lower, "upper": own.upper, "level": own.level}
            for own in rule.conditions
        ],
        "coverage": rule.coverage,
        "precision": rule.precision,
        "customers": rule.customers,
    }


def _importance(found: Findings, feature: str) -> dict[str, Any]:
    return {
        "feature": feature,
        "between_share": found.population.between_share(feature),
        "segments": [_standing(own, feature) for own in found.population.segments],
    }


def _standing(own: SegmentProfile, feature: str) -> dict[str, Any]:
    """How a segment stands out in a feature: a number's distance, or a category's main level."""
    if own.has(feature):
        number = own.number(feature)
        return {"segment": own.segment, "z": number.z, "index": number.index}
    levels = own.levels.get(feature, ())
    main = (levels[0].level, levels[0].share) if levels else (None, None)
    return {"segment": own.segment, "z": None, "index": None, "level": main[0], "share": main[1]}


def _actions(advice: Advice) -> dict[str, Any]:
    play = advice.play
    return {
        "title": play.title,
        "priority": play.priority,
        "summary": play.summary,
        "actions": {
            "campaign": play.campaign,
            "pricing": play.pricing,
            "customer_experience": play.experience,
        },
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

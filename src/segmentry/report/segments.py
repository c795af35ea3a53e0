"""The part of a summary that is about segments: who is in each, and what sets it apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segmentry.plots import segment_color
from segmentry.steps.findings import Findings
from segmentry.steps.playbook import Advice
from segmentry.steps.profiles import Level, NumberProfile, SegmentProfile
from segmentry.steps.rules import Rule, SegmentRules
from segmentry.steps.stability import describe_stability

__all__ = ["segments_dict"]


def segments_dict(found: Findings) -> dict[str, Any]:
    """The segments beside all customers, what defines them, and which features part them."""
    return {
        "all": _profile(found.population.all),
        "segments": [_segment(found, i) for i in range(found.solution.k)],
        "rules": _rules(found),
        "importance": [_importance(found, name) for name in found.population.ranked()],
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

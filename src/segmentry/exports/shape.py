"""What a summary must hold before anything is made of it: its shape, checked part by part."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["fault_in"]

_Count = Annotated[int, Field(ge=0, le=2**53)]
_Number = int | float
_Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    """Types as they are, no number that is not finite; what else there is does not matter."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class _Mean(_Part):
    column: str
    mean: float | None
    median: float | None
    std: float | None
    index: float | None
    z: float | None


class _Level(_Part):
    level: str
    share: float
    index: float | None


class _Profile(_Part):
    numbers: list[_Mean]
    levels: dict[str, list[_Level]]


class _Actions(_Part):
    campaign: str
    pricing: str
    customer_experience: str


class _Segment(_Part):
    segment: Annotated[int, Field(ge=1)]
    name: str
    color: Annotated[str, Field(pattern=r"\A#[0-9A-Fa-f]{6}\z")]
    customers: _Count
    share: _Share
    silhouette: float | None
    stability: float | None
    stability_reading: str
    profile: _Profile
    typical: dict[str, _Number | str | None]
    description: str
    title: str
    priority: str
    summary: str
    actions: _Actions


class _Evidence(_Part):
    k: Annotated[int, Field(ge=1)]
    inertia: float | None
    inertia_drop: float | None
    silhouette: float | None
    noise_silhouette: float | None
    gain: float | None
    gap: float | None
    davies_bouldin: float | None
    calinski_harabasz: float | None
    agreement: float | None
    hit_rate: float | None
    smallest_share: float | None
    largest_share: float | None


class _Vote(_Part):
    criterion: str
    k: int | None


class _Rule(_Part):
    rule: str
    coverage: float
    precision: float
    customers: _Count


class _SegmentRules(_Part):
    segment: int
    rules: list[_Rule]


class _Rules(_Part):
    fidelity: float
    asked: float
    leaves: int
    segments: list[_SegmentRules]


class _Importance(_Part):
    feature: str
    between_share: float


class _Reject(_Part):
    rows: _Count
    reason: str


class _Source(_Part):
    name: str
    read_as: str
    rejects: list[_Reject]
    notes: list[str]


class _Rows(_Part):
    read: _Count
    rejected: _Count
    repeated: _Count
    without_id: _Count
    incomplete: _Count
    used: _Count
    duplicates: _Count


class _Roles(_Part):
    features: list[str]
    profile: list[str]


class _Column(_Part):
    column: str
    type: str
    role: str
    reason: str
    missing: _Count
    missing_as: dict[str, _Count]
    distinct: _Count
    mean: float | None
    median: float | None
    std: float | None
    skew: float | None


class _Treatment(_Part):
    feature: str
    sentence: str


class _Plan(_Part):
    reason: str


class _Cells(_Part):
    meaning: str


class _Cell(_Part):
    cell: str
    customers: _Count
    share: float
    revenue_share: float | None
    recency_days: float | None
    orders: float | None
    revenue: float | None
    priority: str
    summary: str
    campaign: str
    pricing: str
    experience: str


class _Crossed(_Part):
    cell: str
    customers: list[_Count | None]


class _Rfm(_Part):
    lines: _Count
    customers: _Count
    as_of: str
    cells: list[_Cell]
    crosstab: list[_Crossed]


class _Summary(_Part):
    version: str
    options: dict[str, Any]
    source: _Source
    rows: _Rows
    roles: _Roles
    columns: list[_Column]
    plan: _Plan
    treatments: list[_Treatment]
    cells: _Cells
    telling: list[str]
    categories: list[str]
    k: int
    verdict: str
    strength: str
    structure: str
    search: str
    agreement: float | None
    silhouette: float | None
    votes: list[_Vote]
    evidence: Annotated[list[_Evidence], Field(min_length=1)]
    all: _Profile
    segments: Annotated[list[_Segment], Field(min_length=1)]
    rules: _Rules
    importance: list[_Importance]
    warnings: list[str]
    rfm: _Rfm | None


def fault_in(summary: Any) -> str | None:
    """Where a summary is not one, as a JSON pointer with the reason; None where it is sound.

    >>> fault_in({"version": 1}).splitlines()[0]
    '/version: Input should be a valid string'
    """
    try:
        sound = _Summary.model_validate(summary)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        return f"/{'/'.join(str(part) for part in first['loc'])}: {first['msg']}"
    for i, own in enumerate(sound.segments):
        if own.segment != i + 1:
            return f"/segments/{i}/segment: must be {i + 1}"
    return None

"""What the routes of the effect say: registrations, samples, findings, reviews, and the daily series."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field


class PlanOut(BaseModel):
    """预先登记的指标: filed before the first fire, never changed; `digest` is over it."""

    scenario_id: str
    version: str
    name: str
    metric: str
    measured: str
    success: str
    window_days: int
    share_held: float
    review_on: date
    level: float
    power: float
    least: int
    covariate: str
    registered_on: date
    registered_at: datetime
    registered_by: str
    digest: str


class SampleOut(BaseModel):
    """Clients by group (TREATED, HELD_OUT, GLOBAL); a client counts once. elsewhere: share to whom others spoke."""

    enrolled: dict[str, int]
    ended: dict[str, int]
    known: dict[str, int]
    elsewhere: dict[str, float]
    ratio_p: float | None
    mixed: int
    first_on: date | None


class DifferenceOut(BaseModel):
    """Treated less held out: a ratio, or yuan a client. smallest: what would be seen with the planned power."""

    treated: float
    held: float
    figure: float = Field(validation_alias="value")
    low: float
    high: float
    method: str
    adjusted: bool
    smallest: float


class MissingOut(BaseModel):
    lack: str
    text: str
    n: int


class FindingOut(BaseModel):
    """The look of the review day, or what is missing for one."""

    day: date
    sample: SampleOut
    difference: DifferenceOut | None
    treated: float | None
    missing: list[MissingOut]


class EffectOut(BaseModel):
    plan: PlanOut
    status: str
    due: bool
    filed: bool
    smallest: float | None
    finding: FindingOut


class EffectList(BaseModel):
    items: list[EffectOut]


class FactOut(BaseModel):
    label: str
    figure: float | None = Field(validation_alias="value")
    n: int


class FeedbackOut(BaseModel):
    label: str
    n: int
    share: float


class ReasonOut(BaseModel):
    reason: str
    n: int


class HeldByOut(BaseModel):
    rule: str
    says: str
    n: int


class AdviceOut(BaseModel):
    id: str
    say: str
    fact: str
    figure: float = Field(validation_alias="value")


class ReviewOut(EffectOut):
    """第七步复核"""

    outcomes: dict[str, int]
    facts: dict[str, FactOut]
    feedback: list[FeedbackOut]
    skipped: list[ReasonOut]
    held_by: list[HeldByOut]
    improve: str
    advice: list[AdviceOut]


class ReviewList(BaseModel):
    items: list[ReviewOut]


class SeriesOut(BaseModel):
    """One unit on one day; money as text. known: whose assets are known; market: gain of the day net of flows."""

    day: date
    level: str
    unit: str
    name: str
    clients: int
    known: int
    aum: str
    flow: str
    market: str
    mau: int


class SeriesList(BaseModel):
    items: list[SeriesOut]

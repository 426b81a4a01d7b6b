"""What the routes of advisors' grades take and give. Scores are points from 0 to 100; money is a string in yuan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from advisors.matching import Proposal
from advisors.periods.types import Appeal, Drilled, Evidence, EvidenceKind, Line, PeriodRun, RunState
from advisors.types import Component, IndicatorPoints, Move, Scale, ScoreCard, SourceRow
from api.routes.grade_shapes import Perhaps, Plan, Why
from api.routes.shapes import PRINTABLE, Ask, Code, Day
from clients.grading.review.types import AppealState

PeriodCode = Annotated[str, StringConstraints(min_length=4, max_length=8, pattern=r"^\d{4}(?:[QqHh][1-4])?$")]
Seal = Annotated[str, StringConstraints(min_length=8, max_length=80, pattern=PRINTABLE)]


class AdvisorRunOut(BaseModel):
    """One run over a closed period. digest: what approval names again; withheld: people without a grade."""

    number: str
    period: str
    first: date
    last: date
    state: RunState
    digest: str
    rules: str
    people: int
    withheld: int
    ran_by: str
    ran_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    published_by: str | None
    published_at: datetime | None
    effective_from: date | None
    version: int

    @classmethod
    def of(cls, one: PeriodRun) -> AdvisorRunOut:
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class AdvisorRunList(BaseModel):
    items: list[AdvisorRunOut]


class AdvisorRunIn(Ask):
    """period: 2026Q3, 2026H2 or 2026."""

    period: PeriodCode


class AdvisorApproveIn(Ask):
    """digest: of the run that was looked at; another one is refused."""

    digest: Seal
    reason: Perhaps = ""


class AdvisorReasonIn(Ask):
    reason: Why


class AdvisorPublishIn(Ask):
    effective_from: Day | None = None


class AdvisorLineOut(BaseModel):
    """One person of a run. graded: by the run; level: after appeals; null: not graded."""

    staff_no: str
    name: str
    branch_no: str
    branch: str
    scale: Scale
    peer_group: str
    score: float | None
    before: str | None
    graded: str | None
    level: str | None

    @classmethod
    def of(cls, one: Line) -> AdvisorLineOut:
        return cls(
            staff_no=one.staff_no, name=one.name, branch_no=one.branch_no, branch=one.branch, scale=Scale(one.scale),
            peer_group=one.group, score=one.score, before=one.before, graded=one.graded, level=one.level,
        )  # fmt: skip


class AdvisorLinePage(BaseModel):
    items: list[AdvisorLineOut]
    next: str | None


class LeftOutOut(BaseModel):
    key: str
    what: str
    why: str
    amount: str | None = Field(description="元；不是金额则空")


class IndicatorOut(BaseModel):
    """A figure on its way to points; withheld says why there is none, and then all else is null."""

    indicator: str
    figure: float | None
    withheld: str
    numerator: float | None
    denominator: float | None
    low: float | None
    high: float | None
    adjusted: float | None
    credibility: float | None
    points: float | None
    weight: float
    clients: int
    rows: int
    note: str
    left_out: list[LeftOutOut]

    @classmethod
    def of(cls, one: IndicatorPoints) -> IndicatorOut:
        value = one.value
        left = [
            LeftOutOut(key=x.key, what=x.what, why=x.why, amount=None if x.amount is None else f"{x.amount:.2f}")
            for x in value.left_out
        ]
        return cls(
            indicator=value.id, figure=value.value, withheld=value.withheld, numerator=value.numerator,
            denominator=value.denominator, low=value.low, high=value.high, adjusted=one.adjusted,
            credibility=one.credibility, points=one.points, weight=one.applied, clients=value.clients, rows=value.rows,
            note=value.note, left_out=left,
        )  # fmt: skip


class ComponentOut(BaseModel):
    component: Component
    points: float | None
    weight: float
    indicators: list[IndicatorOut]


class SourceRowOut(BaseModel):
    """One row that made a figure. counted, of: what it adds to numerator and denominator."""

    kind: str
    key: str
    client_no: str
    day: date | None
    counted: float
    of: float
    note: str

    @classmethod
    def told(cls, one: SourceRow) -> SourceRowOut:
        return cls(
            kind=one.kind.value, key=one.key, client_no=one.client_no, day=one.day, counted=one.counted, of=one.of,
            note=one.note,
        )  # fmt: skip


class DrilledOut(BaseModel):
    """agrees: the rows still add up to the numerator and denominator of the card."""

    indicator: str
    rows: list[SourceRowOut]
    counted: float
    of: float
    agrees: bool

    @classmethod
    def told(cls, one: Drilled) -> DrilledOut:
        return cls(
            indicator=one.indicator, rows=[SourceRowOut.told(each) for each in one.rows], counted=one.counted,
            of=one.of, agrees=one.agrees,
        )  # fmt: skip


class MoveOut(BaseModel):
    """One client who would be better served by another; gain: points of fit."""

    client_no: str
    from_staff: str
    to_staff: str
    gain: float
    why: list[str]


class MovesOut(BaseModel):
    """A proposal; nobody is moved by it. before, after: sums of fit; full: who stands at the limit afterwards."""

    day: date
    moves: list[MoveOut]
    before: float
    after: float
    unplaced: list[str]
    full: list[str]

    @classmethod
    def told(cls, day: date, one: Proposal) -> MovesOut:
        moves = [
            MoveOut(client_no=x.client_no, from_staff=x.from_no, to_staff=x.to_no, gain=x.gain, why=list(x.why))
            for x in one.moves
        ]
        return cls(
            day=day, moves=moves, before=one.before, after=one.after, unplaced=list(one.unplaced), full=list(one.full)
        )


class DeductionOut(BaseModel):
    code: str
    title: str
    points: float
    day: date
    row: SourceRowOut
    source: str


class VetoOut(BaseModel):
    code: str
    title: str
    day: date
    row: SourceRowOut
    until: date


class ConductOut(BaseModel):
    indicator: str
    figure: float | None
    withheld: str
    rows: int


class TrainingOut(BaseModel):
    indicator: str
    title: str
    points: float
    course: str


class StandingOut(BaseModel):
    """The colleagues of the group as bounds and shares; nobody is named. Null where they are too few."""

    peers: int
    scores: list[float] = Field(description="最低、下四分位、中位、上四分位、最高")
    better: float = Field(description="得分更低的同事占比")
    components: dict[str, float]


class ScoreCardOut(BaseModel):
    """One card: from figures to level. move: against the level before; missing: for the next level."""

    run: str
    staff_no: str
    name: str
    scale: Scale
    peer_group: str
    clients: int
    components: list[ComponentOut]
    conduct: list[ConductOut]
    raw: float | None
    adjusted: float | None
    shrunk: float | None
    deductions: list[DeductionOut]
    base: float | None
    multiplier: float
    multiplier_why: list[str]
    vetoes: list[VetoOut]
    score: float | None
    graded: str | None
    level: str | None
    before: str | None
    move: Move
    reasons: list[str]
    blocked_until: date | None
    next_level: str | None
    missing: list[str]
    training: list[TrainingOut]
    notes: list[str]
    standing: StandingOut | None
    rules: str
    digest: str

    @classmethod
    def of(cls, run: PeriodRun, line: Line, card: ScoreCard, standing: StandingOut | None) -> ScoreCardOut:
        deductions = [
            DeductionOut(code=x.code, title=x.title, points=x.points, day=x.day, row=SourceRowOut.told(x.row),
                         source=x.source)
            for x in card.deductions
        ]  # fmt: skip
        vetoes = [
            VetoOut(code=x.code, title=x.title, day=x.day, row=SourceRowOut.told(x.row), until=x.until)
            for x in card.vetoes
        ]
        training = [
            TrainingOut(indicator=x.indicator, title=x.title, points=x.points, course=x.course) for x in card.training
        ]
        parts = [
            ComponentOut(component=x.component, points=x.points, weight=x.applied,
                         indicators=[IndicatorOut.of(each) for each in x.indicators])
            for x in card.components
        ]  # fmt: skip
        conduct = [ConductOut(indicator=x.id, figure=x.value, withheld=x.withheld, rows=x.rows) for x in card.conduct]
        return cls(
            run=run.number, staff_no=card.staff_no, name=card.name, scale=card.scale, peer_group=card.peer_group,
            clients=card.clients, components=parts, conduct=conduct, raw=card.raw, adjusted=card.adjusted,
            shrunk=card.shrunk, deductions=deductions, base=card.base, multiplier=card.multiplier,
            multiplier_why=list(card.multiplier_why), vetoes=vetoes, score=card.score, graded=line.graded,
            level=line.level, before=line.before, move=card.move, reasons=list(card.reasons),
            blocked_until=card.blocked_until, next_level=card.next_level.code if card.next_level else None,
            missing=list(card.missing), training=training, notes=list(card.notes), standing=standing,
            rules=card.rules_version, digest=card.digest,
        )  # fmt: skip


class EvidenceIO(Ask):
    """kind RECORD: the number of a record of the system; DOCUMENT: a paper's name; STATEMENT: in text alone."""

    kind: EvidenceKind
    reference: Annotated[str, StringConstraints(max_length=64, pattern=PRINTABLE)] = ""
    text: Plan = ""

    def value(self) -> Evidence:
        return Evidence(self.kind, self.reference, self.text)


class AdvisorAppealIn(Ask):
    """point: the indicator or deduction that is wrong; empty: the level as a whole."""

    wanted: Code
    reason: Plan
    evidence: Annotated[list[EvidenceIO], Field(min_length=1, max_length=20)]
    point: Annotated[str, StringConstraints(max_length=48, pattern=PRINTABLE)] = ""


class AdvisorDecisionIn(Ask):
    """given: the level, where it is another than the wanted one."""

    upheld: bool
    reason: Plan
    given: Annotated[str, StringConstraints(max_length=16, pattern=PRINTABLE)] = ""
    effective_from: Day | None = None


class AdvisorAppealOut(BaseModel):
    id: int
    run: str
    staff_no: str
    name: str
    point: str
    level: str | None
    wanted: str
    reason: str
    evidence: list[EvidenceIO]
    state: AppealState
    filed_by: str
    filed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    given: str | None
    effective_from: date | None
    version: int

    @classmethod
    def of(cls, one: Appeal) -> AdvisorAppealOut:
        told = {name: getattr(one, name) for name in cls.model_fields if name != "evidence"}
        shown = [EvidenceIO(kind=x.kind, reference=x.reference, text=x.text) for x in one.evidence]
        return cls(**told, evidence=shown)


class AdvisorAppealList(BaseModel):
    items: list[AdvisorAppealOut]

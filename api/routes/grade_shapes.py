"""What the routes of grades take and give."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.routes.shapes import PRINTABLE, Ask, Code, Day
from clients.grading.book import Basis
from clients.grading.review.types import (
    Appeal,
    AppealState,
    Arrangement,
    InForce,
    Review,
    ReviewKind,
    ReviewLine,
    ReviewState,
)

Plan = Annotated[str, StringConstraints(max_length=512, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Why = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=PRINTABLE)]
Perhaps = Annotated[str, StringConstraints(max_length=256, pattern=PRINTABLE)]
Version = Annotated[int, Field(ge=1)]


class ClassCount(BaseModel):
    """One class: how many clients."""

    grade: str
    label: str
    clients: int


class SchemeCount(BaseModel):
    """One scheme on a day. basis: computed, approved by review, or computed since nothing is approved yet."""

    scheme: str
    title: str
    version: str
    basis: Basis
    classes: list[ClassCount]
    not_graded: int


class GradeBookOut(BaseModel):
    """The book's grades on a day; run_day is the day of the newest run on file, none where there is none."""

    day: date
    run_day: date | None
    clients: int
    schemes: list[SchemeCount]


class GradedClientOut(BaseModel):
    """One client with its class in every scheme; null is 不评."""

    client_no: str
    grades: dict[str, str | None]
    assets: str | None = Field(description="元；不可知则空")


class GradedClientPage(BaseModel):
    items: list[GradedClientOut]
    next: str | None


class InForceOut(BaseModel):
    """The grade in force in one scheme. engine is what was computed."""

    scheme: str
    title: str
    grade: str | None
    label: str
    since: date | None
    needs_review: bool
    reviewed: bool
    review: str
    engine: str | None
    engine_label: str

    @classmethod
    def of(cls, one: InForce) -> InForceOut:
        return cls(
            scheme=one.scheme, title=one.title, grade=one.code, label=one.label, since=one.since,
            needs_review=one.needs_review, reviewed=one.reviewed, review=one.review, engine=one.engine,
            engine_label=one.engine_label,
        )  # fmt: skip


class GradeStepOut(BaseModel):
    """One entry of a client's history."""

    day: date
    scheme: str
    title: str
    label: str
    how: str
    review: str


class ClientGradesOut(BaseModel):
    client_no: str
    day: date
    grades: list[InForceOut]
    history: list[GradeStepOut]


class MigrationOut(BaseModel):
    """Rows are the classes before, then 不评, then 此前没有; columns those after, then 不评. Assets in yuan."""

    scheme: str
    title: str
    first: date
    last: date
    rows: list[str]
    columns: list[str]
    counts: list[list[int]]
    assets: list[list[str]] = Field(description="元，截止日的资产；只合计资产可知的客户，见 known")
    known: list[list[int]] = Field(description="各格中资产可知的客户数；为 0 时资产不可知，不是没有资产")
    better: int
    worse: int
    same: int
    moved: int


class ReviewOut(BaseModel):
    """One review. day: whose grades were taken as the preliminary ones."""

    number: str
    kind: ReviewKind
    state: ReviewState
    day: date
    event: str
    reason: str
    clients: int
    schemes: list[str]
    opened_by: str
    opened_at: datetime
    convened_by: str | None
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    effective_from: date | None
    version: int

    @classmethod
    def of(cls, one: Review) -> ReviewOut:
        told = {name: getattr(one, name) for name in cls.model_fields if name != "schemes"}
        return cls(**told, schemes=[scheme.code for scheme in one.schemes])


class ReviewList(BaseModel):
    items: list[ReviewOut]


class LineGradeOut(BaseModel):
    """before: in force when the review was opened; engine: computed; preliminary: 初评; null is 不评 or not yet."""

    scheme: str
    before: str | None
    engine: str | None
    preliminary: str | None
    grade: str | None


class ReviewLineOut(BaseModel):
    """One client of a review with what the three lists say."""

    client_no: str
    branch: str
    staff: str
    grades: list[LineGradeOut]
    plan: str
    policy_action: Arrangement | None
    policy: str
    settlement_action: Arrangement | None
    settlement: str
    reason: str
    version: int

    @classmethod
    def of(cls, one: ReviewLine) -> ReviewLineOut:
        grades = [
            LineGradeOut(scheme=code, before=g.before, engine=g.engine, preliminary=g.preliminary, grade=g.grade)
            for code, g in one.grades.items()
        ]
        told = {name: getattr(one, name) for name in cls.model_fields if name != "grades"}
        return cls(**told, grades=grades)


class ReviewLinePage(BaseModel):
    items: list[ReviewLineOut]
    next: str | None


class SummaryOut(BaseModel):
    """汇总: the clients of the three lists by number, classes counted, who still lacks a plan."""

    plan: list[str]
    policy: list[str]
    credit: list[str]
    counts: dict[str, dict[str, int]]
    moved: int
    without_plan: list[str]


class ReviewIn(Ask):
    """Open a review: annual without an event. Outside the window, and for an event, the reason must be said."""

    day: Day | None = None
    year: Annotated[int, Field(ge=2017, le=2199)] | None = None
    event: Annotated[str, StringConstraints(max_length=16, pattern=PRINTABLE)] | None = None
    client_nos: Annotated[list[Code], Field(max_length=10_000)] | None = None
    reason: Perhaps = ""


class LineIn(Ask):
    """Grades by scheme (null: 不评) and what the lists say; what is left out stays."""

    grades: dict[Code, Code | None] = Field(default_factory=dict, max_length=50)
    plan: Plan | None = None
    policy_action: Arrangement | None = None
    policy: Plan | None = None
    settlement_action: Arrangement | None = None
    settlement: Plan | None = None
    reason: Perhaps = ""


class ApproveIn(Ask):
    effective_from: Day | None = None
    reason: Perhaps = ""


class ReasonIn(Ask):
    reason: Why


class AppealIn(Ask):
    client_no: Code
    scheme: Code
    wanted: Code
    reason: Plan


class DecisionIn(Ask):
    upheld: bool
    reason: Plan
    effective_from: Day | None = None


class AppealOut(BaseModel):
    id: int
    review: str
    client_no: str
    scheme: str
    grade: str | None
    wanted: str
    reason: str
    state: AppealState
    filed_by: str
    filed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    effective_from: date | None
    version: int

    @classmethod
    def of(cls, one: Appeal) -> AppealOut:
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class AppealList(BaseModel):
    items: list[AppealOut]


class RefusedRowOut(BaseModel):
    """One row of a sheet that was not taken."""

    line: int
    client_no: str
    column: str
    value: str
    expected: str


class SheetOut(BaseModel):
    """What became of a sheet: read = changed + unchanged + refused, unless nothing was taken as a whole."""

    read: int
    changed: list[str]
    unchanged: int
    refused: list[RefusedRowOut]
    dry_run: bool

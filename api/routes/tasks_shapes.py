"""Tasks as they are asked for and told: lists, one with its history, its story, moves and records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api.routes.amounts import Digest
from api.routes.shapes import PRINTABLE, Ask, Code, Day
from mot.scenario.types import ContactWay, FeedbackOption
from mot.tasks.desk import TaskDetail
from mot.tasks.repository import TaskFilter
from mot.tasks.story import Story
from mot.tasks.types import Attachment, RecordAsk, ServiceRecord, Task, TaskAction, TaskOffer, TaskState, TaskStep
from reports.masking import mask_name

_LINES: Final = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Said = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_LINES)]
Note = Annotated[str, StringConstraints(max_length=1000, pattern=_LINES)]
Short = Annotated[str, StringConstraints(max_length=400, pattern=_LINES)]
Part = Annotated[str | None, Query(max_length=64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """The filters of the list; what is left out takes all."""

    owner_no: Part = None
    branch_no: Part = None
    client_no: Part = None
    scenario_id: Part = None
    family: Part = None
    state: TaskState | None = None
    open: Annotated[bool | None, Query(description="true：未结束的；false：已结束的")] = None
    mandatory: bool | None = None
    overdue: bool | None = None
    escalated: bool | None = None
    unassigned: bool | None = None
    q: Annotated[str, Query(max_length=128, description="客户、名称或提示的一部分")] = ""

    def filter(self) -> TaskFilter:
        return TaskFilter(
            owner_no=self.owner_no, branch_no=self.branch_no, client_no=self.client_no, scenario_id=self.scenario_id,
            family=self.family, state=self.state, open=self.open, mandatory=self.mandatory, overdue=self.overdue,
            escalated=self.escalated, unassigned=self.unassigned, text=self.q,
        )  # fmt: skip


class OfferOut(BaseModel):
    kind: str
    name: str
    product_code: str
    level: str
    decision_id: str
    outcome: str


class TaskOut(BaseModel):
    """One task as it stands. Names of clients are masked; who works it sees them in the story."""

    task: str
    version: int
    origin: str
    client_no: str
    client_name: str
    scenario_id: str
    name: str
    family: str
    purpose: str
    event_kind: str
    mandatory: bool
    priority: int
    must_contact: bool
    evidence: bool
    compliance_copy: bool
    needs_adviser: bool
    state: str
    owner_no: str
    owner_name: str
    branch_no: str
    made_on: date
    due_on: date
    overdue: bool
    escalated_on: date | None
    ended_on: date | None
    feedback: str
    held_why: str
    held_until: datetime | None
    offers: list[OfferOut]


class StepOut(BaseModel):
    version: int
    action: str
    state: str
    at: datetime
    by: str
    note: str
    digest: str


class RecordOut(BaseModel):
    id: int
    task: str
    client_no: str
    staff_no: str
    way: str
    contacted_at: datetime
    reached: bool
    content: str
    client_words: str
    feedback: str
    effect: str
    next_step: str
    products: list[dict[str, str]]
    attachments: list[dict[str, str]]
    compliance_copy: bool
    digest: str


class TaskWhole(TaskOut):
    """With its history (oldest first), its records, what may be done next, and tasks that follow from it."""

    notice: str
    history: list[StepOut]
    records: list[RecordOut]
    actions: list[TaskAction]
    follow_ups: list[str]


class OptionOut(BaseModel):
    code: str
    label: str
    effect: str


class FittingOut(OfferOut):
    """A product of the task as it stands today. still: it may still be offered."""

    still: bool
    why: str


class ReasonOut(BaseModel):
    kind: str
    name: str
    occurred_on: date
    source: str
    confidence: int
    tentative: bool
    facts: dict[str, Any]


class StoryOut(BaseModel):
    """Why now, what to say, what fits and why, what must not be offered, what to write down."""

    task: str
    client_no: str
    client_name: str
    notice: str
    why: str
    when: str
    reasons: list[ReasonOut]
    opening: str
    points: list[str]
    lacking: list[str]
    questions: list[str]
    materials: list[str]
    fits: list[FittingOut]
    help: list[str]
    never: list[str]
    client_level: str
    too_risky: list[str]
    steps: list[str]
    ways: list[ContactWay]
    record_fields: list[str]
    options: list[OptionOut]
    success: str
    records: list[RecordOut]


class TaskPageOut(BaseModel):
    items: list[TaskOut]
    next: str | None


class MoveIn(Ask):
    """ACCEPT, START, SKIP, CANCEL or ESCALATE; a reason (note) for the last three."""

    action: TaskAction
    note: Note = ""


class OwnerIn(Ask):
    staff_no: Code
    note: Note = ""


class SeenIn(Ask):
    """A task and the version of it that was read."""

    task: Code
    version: Annotated[int, Field(ge=1, le=10**9)]


class MovesIn(MoveIn):
    tasks: Annotated[list[SeenIn], Field(min_length=1, max_length=100)]


class OwnersIn(OwnerIn):
    tasks: Annotated[list[SeenIn], Field(min_length=1, max_length=100)]


class RefusedOut(BaseModel):
    task: str
    code: str
    detail: str


class BulkOut(BaseModel):
    done: list[TaskOut]
    refused: list[RefusedOut]


class OwnIn(Ask):
    """A task of one's own for a client."""

    client_no: Code
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=PRINTABLE)]
    note: Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=_LINES)]
    due_on: Day
    priority: Annotated[int, Field(ge=1, le=9)] = 6


class AttachmentIn(Ask):
    digest: Digest
    name: Annotated[str, StringConstraints(max_length=128, pattern=PRINTABLE)] = ""


class RecordIn(Ask):
    """One contact. feedback: the code of one of the task's options; products: codes that were spoken of."""

    way: ContactWay
    contacted_at: AwareDatetime
    content: Said
    feedback: Code
    client_words: Annotated[str, StringConstraints(max_length=2000, pattern=_LINES)] = ""
    next_step: Short = ""
    products: Annotated[list[Code], Field(max_length=20)] = Field(default_factory=list)
    attachments: Annotated[list[AttachmentIn], Field(max_length=20)] = Field(default_factory=list)

    def ask(self) -> RecordAsk:
        return RecordAsk(
            way=self.way, contacted_at=self.contacted_at, content=self.content, feedback=self.feedback,
            client_words=self.client_words, next_step=self.next_step, products=tuple(self.products),
            attachments=tuple(Attachment(one.digest, one.name) for one in self.attachments),
        )  # fmt: skip


class SuppressionOut(BaseModel):
    """One contact that was held back, and until when at least; null: only a new fact opens the gate."""

    id: int
    subject: str
    stage: str
    client_no: str
    scenario_id: str
    day: date
    rules: list[str]
    reason: str
    next_allowed_at: datetime | None


class SuppressionPage(BaseModel):
    items: list[SuppressionOut]
    next: str | None


class RecordPage(BaseModel):
    items: list[RecordOut]
    next: str | None


_SAME: Final = (
    "version", "client_no", "scenario_id", "name", "family", "event_kind", "mandatory", "priority", "must_contact",
    "evidence", "compliance_copy", "needs_adviser", "owner_no", "owner_name", "branch_no", "made_on", "due_on",
    "escalated_on", "ended_on", "feedback", "held_why", "held_until",
)  # fmt: skip


def task_fields(one: Task, day: date) -> dict[str, Any]:
    return {
        "task": one.number, "origin": one.origin.value, "purpose": one.purpose.value, "state": one.state.value,
        "client_name": mask_name(one.client_name), "overdue": one.overdue(day),
        "offers": [offer_out(offer) for offer in one.offers], **{name: getattr(one, name) for name in _SAME},
    }  # fmt: skip


def task_out(one: Task, day: date) -> TaskOut:
    return TaskOut(**task_fields(one, day))


def offer_out(one: TaskOffer) -> OfferOut:
    return OfferOut(**_offer(one))


def _offer(one: TaskOffer) -> dict[str, str]:
    names = ("kind", "name", "product_code", "level", "decision_id", "outcome")
    return {name: getattr(one, name) for name in names}


def whole_out(detail: TaskDetail, day: date) -> TaskWhole:
    return TaskWhole(
        **task_fields(detail.task, day), notice=_without(detail.task), history=[_step(one) for one in detail.steps],
        records=[record_out(one) for one in detail.records], actions=list(detail.actions),
        follow_ups=[one.number for one in detail.follow_ups],
    )


def _without(task: Task) -> str:
    """The line without the client's name."""
    return task.notice.replace(task.client_name, mask_name(task.client_name)) if task.client_name else task.notice


def _step(one: TaskStep) -> StepOut:
    return StepOut(
        version=one.version, action=one.action.value, state=one.state.value, at=one.at, by=one.by_name, note=one.note,
        digest=one.digest,
    )


def record_out(one: ServiceRecord) -> RecordOut:
    return RecordOut(
        id=one.id, task=one.task_no, client_no=one.client_no, staff_no=one.staff_no, way=one.way.value,
        contacted_at=one.contacted_at, reached=one.reached, content=one.content, client_words=one.client_words,
        feedback=one.feedback, effect=one.effect.value, next_step=one.next_step,
        products=[dict(product) for product in one.products],
        attachments=[{"digest": paper.digest, "name": paper.name} for paper in one.attachments],
        compliance_copy=one.compliance_copy, digest=one.digest,
    )


def option_out(one: FeedbackOption) -> OptionOut:
    return OptionOut(code=one.code, label=one.label, effect=one.effect.value)


def story_out(one: Story) -> StoryOut:
    return StoryOut(
        task=one.task.number, client_no=one.task.client_no, client_name=one.task.client_name, notice=one.task.notice,
        why=one.why, when=one.when,
        reasons=[ReasonOut(
            kind=reason.kind, name=reason.name, occurred_on=reason.occurred_on, source=reason.source,
            confidence=reason.confidence, tentative=reason.tentative, facts=reason.facts,
        ) for reason in one.reasons],
        opening=one.opening, points=list(one.points), lacking=list(one.lacking), questions=list(one.questions),
        materials=list(one.materials),
        fits=[FittingOut(
            **{**_offer(fit.offer), "outcome": fit.outcome.value}, still=fit.still, why=fit.why
        ) for fit in one.fits],
        help=[offer.name for offer in one.help], never=list(one.never), client_level=one.client_level,
        too_risky=list(one.too_risky), steps=list(one.steps), ways=[ContactWay(code) for code, _ in one.ways],
        record_fields=[code for code, _ in one.record_fields], options=[option_out(found) for found in one.options],
        success=one.success, records=[record_out(found) for found in one.records],
    )  # fmt: skip

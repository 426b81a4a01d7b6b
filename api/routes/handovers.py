"""交接: first what it would do and what is open, then done as it was seen, by the digest of the preview."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.contract.marks import keyless
from api.contract.refusals import problem_responses
from api.desks import Handovers, Stamped
from api.routes.shapes import Ask, Code, Day, Reason
from clients.open_items import label_of
from clients.staff.handover import HandoverAsk, HandoverPlan
from clients.staff.problems import (
    ChangedMeanwhile,
    NoSuchRelation,
    NoSuchStaff,
    NotInPost,
    NotQualified,
    OverCapacity,
    StaffRefused,
)
from clients.staff.types import RelationRole
from kit.access import Verb

router = APIRouter(
    prefix="/handovers", tags=["服务关系"], route_class=Door, dependencies=[needs(Verb.RELATION_EDIT)]
)
ASKED = (NoSuchStaff, NoSuchRelation, StaffRefused)


class PlanIn(Ask):
    """From whom to whom, from which day on; without `client_nos` everybody whom the first one serves."""

    from_staff: Code
    to_staff: Code
    day: Day
    client_nos: Annotated[list[Code], Field(min_length=1, max_length=5_000)] | None = None

    def ask(self) -> HandoverAsk:
        chosen = None if self.client_nos is None else tuple(self.client_nos)
        return HandoverAsk(from_staff=self.from_staff, to_staff=self.to_staff, day=self.day, client_nos=chosen)


class HandoverIn(PlanIn):
    """What was previewed, why, and the digest that the preview gave."""

    reason: Reason
    digest: Annotated[str, Field(max_length=80, description="预览给出的 digest")]


class MoveOut(BaseModel):
    relation_id: int
    client_no: str
    client_name: str
    role: RelationRole
    valid_from: date
    valid_to: date | None
    joined: bool


class OpenItemOut(BaseModel):
    kind: str
    label: str
    id: str
    client_no: str
    title: str
    due: date | None


class PlanOut(BaseModel):
    """What would pass on, what is open with these clients, and what stands against it."""

    from_staff: str
    to_staff: str
    day: date
    clients: int
    moves: list[MoveOut]
    open_items: list[OpenItemOut]
    refusals: list[str]
    book_before: int
    book_after: int
    capacity: int | None
    digest: str


class HandoverOut(BaseModel):
    id: int
    reason: str
    plan: PlanOut


def plan_out(plan: HandoverPlan) -> PlanOut:
    items = [{**asdict(one), "label": label_of(one.kind)} for one in plan.open_items]
    return PlanOut.model_validate({**asdict(plan), "open_items": items, "clients": plan.clients})


@router.post("/preview", operation_id="previewHandover", responses=problem_responses(*ASKED))
@keyless
def preview(body: PlanIn, desk: Handovers) -> PlanOut:
    """What the handover would do; nothing is filed, so no `Idempotency-Key` is asked for."""
    return plan_out(desk.preview(body.ask()))


@router.post(
    "", status_code=201, operation_id="doHandover",
    responses=problem_responses(*ASKED, ChangedMeanwhile, NotInPost, NotQualified, OverCapacity),
)
def hand_over(body: HandoverIn, desk: Handovers, stamp: Stamped) -> HandoverOut:
    """Do what was previewed. Refused where it would do something else by now."""
    done = desk.do(body.ask(), reason=body.reason, expected_digest=body.digest, stamp=stamp)
    return HandoverOut(id=done.id, reason=done.reason, plan=plan_out(done.plan))

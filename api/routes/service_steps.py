"""已接受的调整: steps of the load plan that were accepted, and taken back; both are filed and never changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import ServicePromises, Stamped
from api.routes.shapes import FIRST_DAY, LAST_DAY, PRINTABLE, Ask
from clients.service.agreed import LONGEST_REASON, Agreed, AgreedStep
from clients.service.plan import Measure
from clients.service.problems import NoSuchStep, PlanMovedOn, StepRefused
from clients.service.service import StepAsk
from clients.service.types import PromiseKind
from kit.access import Verb

router = APIRouter(prefix="/service/steps", tags=["服务"], route_class=Door)
MOST: int = 200
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Reason = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="已接受的调整的编号")]


class StepIn(Ask):
    """A step as `getServiceLoad` tells it. to_staff_no: null where the person stays the same."""

    client_no: Code
    kind: PromiseKind
    owed_on: Day
    measure: Measure
    to_staff_no: Annotated[str | None, Field(max_length=64, pattern=PRINTABLE)] = None
    to_on: Day


class StepsIn(Ask):
    """All are accepted or none."""

    steps: Annotated[list[StepIn], Field(min_length=1, max_length=MOST)]
    reason: Reason


class UndoIn(Ask):
    reason: Reason


class AgreedOut(BaseModel):
    """One accepted step. to_on: the first day of the agreed week. fault: why it does not hold in the day's plan."""

    number: int
    client_no: str
    kind: PromiseKind
    owed_on: date
    measure: Measure
    staff_no: str
    to_staff_no: str | None
    to_on: date
    reason: str
    accepted_by: str
    accepted_at: datetime
    fault: str | None = None


class AgreedList(BaseModel):
    items: list[AgreedOut]


def agreed_out(one: Agreed, fault: str = "") -> AgreedOut:
    told = {name: getattr(one, name) for name in AgreedOut.model_fields if name not in ("to_staff_no", "fault")}
    return AgreedOut(**told, to_staff_no=one.to_staff_no or None, fault=fault or None)


def step_agreed_out(step: AgreedStep) -> AgreedOut:
    return agreed_out(step.agreed, step.fault)


@router.post(
    "", status_code=201, operation_id="acceptServiceSteps", dependencies=[needs(Verb.LOAD_DECIDE)],
    responses=problem_responses(StepRefused, PlanMovedOn),
)
def accept_steps(body: StepsIn, desk: ServicePromises, stamp: Stamped) -> AgreedList:
    """Accept steps of today's plan; later plans keep them where they were agreed."""
    asks = [StepAsk(**{**one.model_dump(), "to_staff_no": one.to_staff_no or ""}) for one in body.steps]
    return AgreedList(items=[agreed_out(one) for one in desk.accept(asks, body.reason, stamp)])


@router.post(
    "/{number}/undo", status_code=204, operation_id="undoServiceStep", dependencies=[needs(Verb.LOAD_DECIDE)],
    responses=problem_responses(StepRefused, NoSuchStep),
)
def undo_step(number: Number, body: UndoIn, desk: ServicePromises, stamp: Stamped) -> None:
    """Take an accepted step back."""
    desk.undo(number, body.reason, stamp)

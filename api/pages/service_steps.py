"""接受与撤回调整, from the page of the load: what was chosen, why, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api.access import Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import ServicePromises, StaffDesk, Stamped
from api.pages.service import Seen, load_html, seen_of
from api.routes.service_steps import MOST, Number
from clients.service.agreed import LONGEST_REASON
from clients.service.plan import Measure
from clients.service.problems import StepRefused
from clients.service.service import StepAsk
from clients.service.types import PromiseKind
from kit.access import Verb
from kit.problems import Problem

router = APIRouter(prefix="/service/load/steps", route_class=Door, dependencies=[needs(Verb.LOAD_DECIDE)])


class ReasonField(BaseModel):
    reason: Annotated[str, Field(max_length=4 * LONGEST_REASON)] = ""


class StepFields(ReasonField):
    """step: what `step_value` made of each chosen step; listed: of each that the page shows, every: all of those.

    branch, measure, staff, page: the look that it was chosen from, to come back to.
    """

    step: list[Annotated[str, Field(max_length=256)]] = Field(default_factory=list, max_length=MOST)
    listed: list[Annotated[str, Field(max_length=256)]] = Field(default_factory=list, max_length=MOST)
    every: Annotated[str, Field(max_length=8)] = ""
    branch: Annotated[str, Field(max_length=64)] = ""
    measure: Annotated[str, Field(max_length=16)] = ""
    staff: Annotated[str, Field(max_length=64)] = ""
    page: Annotated[str, Field(max_length=8)] = ""

    @property
    def chosen(self) -> list[str]:
        return self.listed if self.every else self.step

    @property
    def seen(self) -> Seen:
        return seen_of(self.branch, self.measure, self.staff, self.page)


def asked(value: str) -> StepAsk:
    """A step of the page. Raises StepRefused for what no page of ours sends."""
    try:
        client_no, kind, owed_on, measure, to_staff_no, to_on = value.rsplit("|", 5)
        return StepAsk(
            client_no, PromiseKind(kind), date.fromisoformat(owed_on), Measure(measure), to_staff_no,
            date.fromisoformat(to_on),
        )  # fmt: skip
    except ValueError as fault:
        raise StepRefused("所选的调整无法识别；请刷新后再选") from fault


@router.post("")
def accept_on_page(
    fields: Annotated[StepFields, Form()], desk: ServicePromises, staff: StaffDesk, session: Database, who: Who,
    stamp: Stamped,
) -> Response:  # fmt: skip
    """Accept what was ticked."""
    seen = fields.seen
    return _done(
        session, lambda: desk.accept([asked(one) for one in fields.chosen], fields.reason, stamp),
        lambda fault: load_html(desk, staff, who, seen, fault=fault, reason=fields.reason, picked=set(fields.step)),
        "accepted", replace(seen, page=1),
    )  # fmt: skip


@router.post("/{number}/undo")
def undo_on_page(
    number: Number, fields: Annotated[ReasonField, Form()], desk: ServicePromises, staff: StaffDesk,
    session: Database, who: Who, stamp: Stamped,
) -> Response:  # fmt: skip
    """Take one back."""
    return _done(
        session, lambda: desk.undo(number, fields.reason, stamp),
        lambda fault: load_html(desk, staff, who, Seen(), fault=fault), "undone", Seen(),
    )  # fmt: skip


def _done(
    session: Database, deed: Callable[[], object], again: Callable[[str], str], note: str, seen: Seen
) -> Response:
    """On to the load; a refusal writes nothing and is told above it, with what was typed."""
    try:
        deed()
    except Problem as refused:
        session.rollback()
        return HTMLResponse(again(refused.detail), status_code=refused.status)
    href = seen.href()
    return RedirectResponse(f"{href}{'&' if '?' in href else '?'}note={note}", status_code=303)

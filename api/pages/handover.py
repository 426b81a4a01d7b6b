"""交接 as a page: to whom and from which day, what that would do and what is open, then done as it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, StringConstraints

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.marks import keyless
from api.database import Database
from api.desks import Handovers, StaffDesk, Stamped
from api.pages.fields import Text
from api.pages.forms import FormCode, FormDay, FormLine, needed, said
from api.pages.staff_view import HEAD_OFFICE, LIST, book_of, branch_of, post_of, staff_path
from api.rendering import render
from api.routes.shapes import PathCode
from clients.open_items import label_of
from clients.staff.handover import HandoverAsk, HandoverPlan, HandoverService
from clients.staff.problems import StaffRefused
from clients.staff.service import StaffService
from clients.staff.types import Staff
from kit.access import Verb
from kit.problems import Problem
from reports.masking import mask_name

router = APIRouter(
    prefix=f"{LIST}/{{staff_no}}/handover", route_class=Door, dependencies=[needs(Verb.RELATION_EDIT)]
)
COLLEAGUES: Final = 500
SHOWN: Final = 200
LONGEST: Final = 5_000  # clients named in one handover


class HandoverFields(BaseModel):
    """What the browser sends. clients: numbers apart by space, comma or line; empty for everybody."""

    to_staff: FormCode = ""
    day: FormDay = None
    clients: Annotated[str, StringConstraints(max_length=400_000)] = ""
    reason: FormLine = ""
    digest: Annotated[str, StringConstraints(max_length=80)] = ""

    def ask(self, staff_no: str) -> HandoverAsk:
        """Raises StaffRefused."""
        named = tuple(dict.fromkeys(self.clients.replace("，", " ").replace(",", " ").replace("、", " ").split()))
        if len(named) > LONGEST:
            raise StaffRefused(f"一次最多指定 {LONGEST} 位客户；请分几次办理，或不指定而交接全部")
        return HandoverAsk(
            from_staff=staff_no, to_staff=needed(self.to_staff, "接手人"), day=needed(self.day, "交接日"),
            client_nos=named or None,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Colleagues of one branch to choose from: number and label."""

    name: str
    people: tuple[tuple[str, str], ...]


@router.get("", response_class=HTMLResponse)
def handover_page(staff_no: PathCode, desk: StaffDesk, scope: Reach, to: Text = None) -> str:
    """To whom, from which day on."""
    return _page(desk, staff_no, HandoverFields(to_staff=to or "", day=scope.day))


@router.post("/preview")
@keyless
def handover_preview(
    staff_no: PathCode, fields: Annotated[HandoverFields, Form()], desk: StaffDesk, handovers: Handovers
) -> Response:
    """What it would do and what is open; nothing is filed."""
    desk.get(staff_no)
    return _shown(desk, handovers, staff_no, fields)


@router.post("")
def do_handover(
    staff_no: PathCode,
    fields: Annotated[HandoverFields, Form()],
    desk: StaffDesk,
    handovers: Handovers,
    stamp: Stamped,
    session: Database,
) -> Response:
    """Do what was previewed. Where it would do something else by now, the new preview is shown."""
    desk.get(staff_no)
    try:
        handovers.do(fields.ask(staff_no), reason=fields.reason, expected_digest=fields.digest, stamp=stamp)
    except Problem as refused:
        session.rollback()
        return _shown(desk, handovers, staff_no, fields, refused)
    return RedirectResponse(staff_path(staff_no, note="handed"), status_code=303)


def _shown(
    desk: StaffService, handovers: HandoverService, staff_no: str, fields: HandoverFields, fault: Problem | None = None
) -> Response:
    """The page with its preview; where there is none, with what stands against it."""
    try:
        plan = handovers.preview(fields.ask(staff_no))
    except Problem as refused:
        return HTMLResponse(_page(desk, staff_no, fields, None, refused.detail), status_code=refused.status)
    told = fault.detail if fault else ""
    return HTMLResponse(_page(desk, staff_no, fields, plan, told), status_code=fault.status if fault else 200)


def _page(
    desk: StaffService, staff_no: str, fields: HandoverFields, plan: HandoverPlan | None = None, fault: str = ""
) -> str:
    person = desk.get(staff_no)
    return render(
        "pages/staff_handover.html",
        "staff",
        person=person,
        who=f"{person.staff_no} {person.name} · {post_of(person)} · {branch_of(person)}",
        clients=book_of(person),
        base=staff_path(staff_no),
        fields={name: said(value) for name, value in fields.model_dump(mode="json").items()},
        places=_places(desk, staff_no),
        plan=None if plan is None else _told(plan, desk),
        fault=fault,
    )


def _places(desk: StaffService, staff_no: str) -> list[Place]:
    """Who may take over, by branch; the giver's own branch first."""
    own = desk.get(staff_no).branch_name
    by_branch: dict[str, list[Staff]] = {}
    for one in desk.list(in_post=True, limit=COLLEAGUES):
        if one.staff_no != staff_no:
            by_branch.setdefault(one.branch_name or HEAD_OFFICE, []).append(one)
    order = sorted(by_branch, key=lambda name: (name != own, name))
    return [Place(name, tuple(_option(one) for one in by_branch[name])) for name in order]


def _option(one: Staff) -> tuple[str, str]:
    away = "，离岗中" if one.absent else ""
    return one.staff_no, f"{one.staff_no} {one.name} · {post_of(one)} · 服务 {book_of(one)} 位{away}"


def _told(plan: HandoverPlan, desk: StaffService) -> dict[str, object]:
    taker = desk.get(plan.to_staff)
    return {
        "taker": f"{taker.staff_no} {taker.name}", "day": plan.day, "clients": plan.clients, "digest": plan.digest,
        "relations": len(plan.moves), "open": len(plan.open_items), "refusals": plan.refusals,
        "before": plan.book_before, "after": plan.book_after,
        "capacity": plan.capacity, "full": plan.capacity is not None and plan.book_after > plan.capacity,
        "moves": [
            (one.client_no, mask_name(one.client_name), one.role.label, _until(one.valid_to), _how(one.joined))
            for one in plan.moves[:SHOWN]
        ],
        "items": [
            (label_of(one.kind), one.client_no, one.title, said(one.due) or "没有期限")
            for one in plan.open_items[:SHOWN]
        ],
        "more_moves": max(0, len(plan.moves) - SHOWN), "more_items": max(0, len(plan.open_items) - SHOWN),
    }  # fmt: skip


def _until(last: date | None) -> str:
    return said(last) or "没有终止日"


def _how(joined: bool) -> str:
    return "接手人已在服务，原关系结束" if joined else "由接手人接着服务"

"""Pages of deliveries: the list with what got stuck first, and one with its history and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.access import Now, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped
from api.pages.deliveries_view import LIST, STUCK_WORD, figures, history, line_of, state_chips
from api.pages.fields import Text
from api.pages.suitability_list import code
from api.rendering import render
from api.routes.deliveries import before_id
from api.routes.delivery_shapes import sees_words
from api.routes.shapes import PathId
from kit.access import Actor, Verb
from kit.problems import Problem
from mot.channels.types import Channel
from mot.delivery.outbox import recipient_of, subject_id_of
from mot.delivery.service import STUCK, DeliveryDesk
from mot.delivery.types import Delivery, DeliveryState
from reports.paging import write_cursor

router = APIRouter(prefix=LIST, route_class=Door)
READS: Final = [needs(Verb.DELIVERY_READ)]
HANDLES: Final = [needs(Verb.DELIVERY_HANDLE)]
PAGE: Final = 50
NOTES: Final = {
    "replayed": "已回到待发送；消息编号不变。", "confirmed": "已记为送达。", "cancelled": "已取消，不再发送。",
}  # fmt: skip


class ReasonFields(BaseModel):
    """Why a person acts."""

    reason: Annotated[str, Field(max_length=400)] = ""


Handled = Annotated[ReasonFields, Form()]


@router.get("", response_class=HTMLResponse, dependencies=READS)
def deliveries_page(
    session: Database, who: Who, at: Now, state: Text = None, channel: Text = None, recipient: Text = None,
    subject: Text = None, cursor: Text = None,
) -> str:  # fmt: skip
    """Newest first; the head says how many wait for a person."""
    desk = DeliveryDesk(session)
    chosen, way = code(DeliveryState, state or ""), code(Channel, channel or "")
    states = (chosen,) if chosen else STUCK if state == STUCK_WORD else ()
    asked = {"channel": way.value if way else "", "recipient": (recipient or "").strip(),
             "subject": (subject or "").strip()}  # fmt: skip
    found = desk.page(
        states=states, channel=way, recipient=recipient_of(asked["recipient"]) or None,
        subject_id=subject_id_of(asked["subject"]) or None,
        before=before_id(cursor), most=PAGE + 1,
    )  # fmt: skip
    named = state if states else ""
    following = _address({**asked, "state": named, "cursor": write_cursor(str(found[PAGE - 1].id))}) \
        if len(found) > PAGE else None  # fmt: skip
    counts = desk.counts()
    return render(
        "pages/deliveries.html", "deliveries", reader=who, lines=[line_of(one, who) for one in found[:PAGE]],
        chips=state_chips(counts, named or "", asked), figures=figures(counts), asked=asked, state=named,
        channels=[(one.value, one.label) for one in Channel], overdue=desk.overdue(at), following=following,
        first=_address({**asked, "state": named}) if cursor else None, narrowed=bool(named or any(asked.values())),
    )  # fmt: skip


@router.get("/{delivery_id}", response_class=HTMLResponse, dependencies=READS)
def delivery_page(delivery_id: PathId, session: Database, who: Who, note: Text = None) -> str:
    """One delivery: where it stands, why, and everything that happened to it."""
    return _page(session, delivery_id, who, NOTES.get(note or ""))


@router.post("/{delivery_id}/replay", dependencies=HANDLES)
def replay_page(delivery_id: PathId, fields: Handled, session: Database, stamp: Stamped) -> Response:
    """Send it again."""
    return _attempt(session, delivery_id, DeliveryDesk.replay, "replayed", fields, stamp)


@router.post("/{delivery_id}/confirm", dependencies=HANDLES)
def confirm_page(delivery_id: PathId, fields: Handled, session: Database, stamp: Stamped) -> Response:
    """It did arrive."""
    return _attempt(session, delivery_id, DeliveryDesk.confirm, "confirmed", fields, stamp)


@router.post("/{delivery_id}/cancel", dependencies=HANDLES)
def cancel_page(delivery_id: PathId, fields: Handled, session: Database, stamp: Stamped) -> Response:
    """Withdraw it."""
    return _attempt(session, delivery_id, DeliveryDesk.cancel, "cancelled", fields, stamp)


def _attempt(
    session: Session, delivery_id: int, deed: Callable[..., Delivery], note: str, fields: ReasonFields, stamp: Stamped
) -> Response:
    """Do it and show the page; a refusal is told on the page with what was typed."""
    try:
        deed(DeliveryDesk(session), delivery_id, fields.reason, stamp)
    except Problem as refused:
        session.rollback()
        if refused.status == 404:
            raise
        page = _page(session, delivery_id, stamp.actor, None, refused.detail, fields.reason)
        return HTMLResponse(page, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{delivery_id}?note={note}", status_code=303)


def _page(
    session: Session, delivery_id: int, who: Actor, note: str | None, fault: str = "", typed: str = ""
) -> str:
    desk = DeliveryDesk(session)
    one = desk.get(delivery_id)
    return render(
        "pages/delivery.html", "deliveries", *([note] if note else []), reader=who, one=one, line=line_of(one, who),
        history=history(desk.attempts(delivery_id)), words=sees_words(who), fault=fault, typed=typed,
        handles=who.may(Verb.DELIVERY_HANDLE), action=f"{LIST}/{one.id}",
        open={"replay": one.state in (*STUCK, DeliveryState.HELD), "confirm": one.state is DeliveryState.UNCERTAIN,
              "cancel": one.state in (*STUCK, DeliveryState.HELD, DeliveryState.PENDING)},
    )  # fmt: skip


def _address(asked: Mapping[str, str | None]) -> str:
    kept = {name: value for name, value in asked.items() if value}
    return f"{LIST}?{urlencode(kept)}" if kept else LIST

"""发送记录与死信: what was sent to whom, what got stuck, and what a person does about it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import Who, acting, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import Stamped
from api.links import next_link
from api.routes.delivery_shapes import (
    ChannelAsked,
    DeliveryDetail,
    DeliveryPage,
    HandleAsk,
    RecipientAsked,
    StateAsked,
    SubjectAsked,
    delivery_detail,
    delivery_out,
)
from api.routes.shapes import Cursor, Limit, PathId
from kit.access import Actor, Verb
from mot.delivery.problems import NoSuchDelivery, NotOpen
from mot.delivery.service import STUCK, DeliveryDesk
from reports.paging import NOT_OURS, read_cursor, write_cursor
from reports.problems import BadCursor

router = APIRouter(prefix="/deliveries", tags=["发送"], route_class=Door)
Handler = Annotated[Actor, Depends(acting(Verb.DELIVERY_HANDLE))]
LARGEST_ID: Final = 2**31 - 1
HANDLED: Final = problem_responses(NoSuchDelivery, NotOpen)


@router.get("", operation_id="listDeliveries", dependencies=[needs(Verb.DELIVERY_READ)])
def list_deliveries(
    request: Request, response: Response, session: Database, who: Who, state: StateAsked = None,
    channel: ChannelAsked = None, recipient: RecipientAsked = None, subject: SubjectAsked = None,
    stuck: Annotated[bool, Query(description="只看死信与不确定的")] = False, cursor: Cursor = None, limit: Limit = 50,
) -> DeliveryPage:  # fmt: skip
    """Deliveries, newest first; `stuck` shows dead letters and those whose answer was lost."""
    desk = DeliveryDesk(session)
    states = (state,) if state else STUCK if stuck else ()
    found = desk.page(
        states=states, channel=channel, recipient=recipient, subject_id=subject, before=before_id(cursor),
        most=limit + 1,
    )  # fmt: skip
    following = write_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    next_link(request, response, following)
    items = [delivery_out(one, who) for one in found[:limit]]
    return DeliveryPage(items=items, counts=desk.counts(), next=following)


@router.get(
    "/{delivery_id}", operation_id="getDelivery", responses=problem_responses(NoSuchDelivery),
    dependencies=[needs(Verb.DELIVERY_READ)],
)
def get_delivery(delivery_id: PathId, session: Database, who: Who) -> DeliveryDetail:
    """One delivery with its history."""
    desk = DeliveryDesk(session)
    return delivery_detail(desk.get(delivery_id), desk.attempts(delivery_id), who)


@router.post("/{delivery_id}/replay", operation_id="replayDelivery", responses=HANDLED)
def replay_delivery(
    delivery_id: PathId, ask: HandleAsk, session: Database, who: Handler, stamp: Stamped
) -> DeliveryDetail:
    """Send a dead, uncertain or held one again; its message id stays the same."""
    desk = DeliveryDesk(session)
    return delivery_detail(desk.replay(delivery_id, ask.reason, stamp), desk.attempts(delivery_id), who)


@router.post("/{delivery_id}/confirm", operation_id="confirmDelivery", responses=HANDLED)
def confirm_delivery(
    delivery_id: PathId, ask: HandleAsk, session: Database, who: Handler, stamp: Stamped
) -> DeliveryDetail:
    """Say that an uncertain one did arrive."""
    desk = DeliveryDesk(session)
    return delivery_detail(desk.confirm(delivery_id, ask.reason, stamp), desk.attempts(delivery_id), who)


@router.post("/{delivery_id}/cancel", operation_id="cancelDelivery", responses=HANDLED)
def cancel_delivery(
    delivery_id: PathId, ask: HandleAsk, session: Database, who: Handler, stamp: Stamped
) -> DeliveryDetail:
    """Withdraw one that has not arrived and is not on its way."""
    desk = DeliveryDesk(session)
    return delivery_detail(desk.cancel(delivery_id, ask.reason, stamp), desk.attempts(delivery_id), who)


def before_id(cursor: str | None) -> int | None:
    """The id that a cursor holds. Raises BadCursor."""
    if cursor is None:
        return None
    said = read_cursor(cursor, 1)[0]
    if not said.isascii() or not said.isdigit() or int(said) > LARGEST_ID:
        raise BadCursor(NOT_OURS)
    return int(said)

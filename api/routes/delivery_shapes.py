"""Deliveries and messages as the API shows them. The words of a delivery are for those who may see clients."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from api.routes.shapes import Ask, Reason
from kit.access import Actor, Verb
from mot.channels.types import Channel
from mot.delivery.types import Attempt, Delivery, DeliveryState, Happening, SubjectKind

StateAsked = Annotated[DeliveryState | None, Query(description="状态")]
ChannelAsked = Annotated[Channel | None, Query(description="渠道")]
RecipientAsked = Annotated[str | None, Query(max_length=128, description="收件人，如 `staff:S001`")]
SubjectAsked = Annotated[str | None, Query(max_length=80, description="任务或通知的编号")]


class DeliveryOut(BaseModel):
    """One delivery. ready_at: when it may be sent; null where it waits for a person or has ended."""

    id: int
    message_id: str
    subject_kind: SubjectKind
    subject_id: str
    channel: Channel
    address: str
    recipient: str
    category: str
    priority: int
    title: str | None
    state: DeliveryState
    reason: str
    attempts: int
    uncertain: int
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None


class AttemptOut(BaseModel):
    """One happening of its history."""

    number: int
    at: datetime
    happening: Happening
    detail: str
    worker: str


class DeliveryDetail(DeliveryOut):
    """With its words and its history, oldest first."""

    body: str | None
    history: list[AttemptOut]


class DeliveryPage(BaseModel):
    """counts: of all deliveries by state, whatever the filters."""

    items: list[DeliveryOut]
    counts: dict[DeliveryState, int]
    next: str | None


class HandleAsk(Ask):
    """Why a person acts."""

    reason: Reason


class MessageOut(BaseModel):
    """One message of the inbox."""

    id: int
    category: str
    title: str
    body: str
    link: str
    sent_at: datetime
    read_at: datetime | None


class MessagePage(BaseModel):
    """unread: of the whole inbox."""

    items: list[MessageOut]
    unread: int
    next: str | None


def sees_words(who: Actor) -> bool:
    """Whether the words, in which a client may be named, are for this reader."""
    return who.may(Verb.ACCOUNT_READ)


def delivery_out(one: Delivery, who: Actor) -> DeliveryOut:
    return DeliveryOut(**_members(one, who))


def delivery_detail(one: Delivery, past: list[Attempt], who: Actor) -> DeliveryDetail:
    history = [
        AttemptOut(number=row.number, at=row.at, happening=row.happening, detail=row.detail, worker=row.worker)
        for row in past
    ]
    return DeliveryDetail(**_members(one, who), body=one.body if sees_words(who) else None, history=history)


def _members(one: Delivery, who: Actor) -> dict[str, Any]:
    members = {name: getattr(one, name) for name in DeliveryOut.model_fields}
    return members | ({} if sees_words(who) else {"title": None})

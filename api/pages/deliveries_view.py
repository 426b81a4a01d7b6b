"""A delivery in words: its line in the list, its history, the figures above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from api.pages.suitability_list import moment
from api.routes.delivery_shapes import sees_words
from diagnosis.wording import number
from kit.access import Actor
from mot.delivery.outbox import subject_words
from mot.delivery.types import Attempt, Delivery, DeliveryState, Happening

LIST: Final = "/deliveries"
STUCK_WORD: Final = "STUCK"
S: Final = DeliveryState
TONES: Final[Mapping[DeliveryState, str]] = {
    S.SENT: "DOWN", S.DEAD: "UP", S.UNCERTAIN: "WARN", S.HELD: "WARN",
}  # fmt: skip
BAD: Final = (Happening.REFUSED, Happening.UNCERTAIN, Happening.FAILED, Happening.EXPIRED, Happening.LATE)


def line_of(one: Delivery, who: Actor) -> dict[str, Any]:
    return {
        "id": one.id, "href": f"{LIST}/{one.id}", "title": one.title if sees_words(who) else f"第 {one.id} 条",
        "subject": subject_words(one), "channel": one.channel.label, "address": one.address,
        "recipient": recipient(one.recipient), "state": one.state.label, "tone": TONES.get(one.state, "PLAIN"),
        "reason": one.reason, "attempts": one.attempts, "uncertain": one.uncertain, "made": moment(one.created_at),
        "next": moment(one.ready_at) if one.ready_at and one.ready_at > one.created_at else "",
    }  # fmt: skip


def recipient(told: str) -> str:
    """An opaque id in words."""
    kind, _, code = told.partition(":")
    names = {"staff": "员工", "client": "客户", "branch": "营业部", "user": "用户"}
    return f"{names[kind]} {code}" if kind in names and code else told


def figures(counts: Mapping[DeliveryState, int]) -> list[dict[str, str]]:
    """What the head says; each figure leads to its deliveries."""
    told = [("死信", S.DEAD), ("不确定", S.UNCERTAIN), ("暂缓", S.HELD), ("待发送", S.PENDING)]
    return [
        {"label": label, "text": f"{number(counts[state], 0)} 条", "href": f"{LIST}?state={state.value}",
         "tone": "WARN" if counts[state] and state in (S.DEAD, S.UNCERTAIN) else "PLAIN"}
        for label, state in told
    ]  # fmt: skip


def state_chips(counts: Mapping[DeliveryState, int], chosen: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """All, those that wait for a person, and each state."""
    stuck = counts[S.DEAD] + counts[S.UNCERTAIN]
    told = [("", "全部", sum(counts.values())), (STUCK_WORD, "须处理", stuck)]
    told += [(one.value, one.label, counts[one]) for one in DeliveryState]
    return [
        {"label": label, "count": number(n, 0), "active": value == chosen, "href": _href(value, asked)}
        for value, label, n in told
        if n or value in ("", STUCK_WORD, chosen)
    ]


def _href(state: str, asked: Mapping[str, str]) -> str:
    kept = {name: value for name, value in {"state": state, **asked}.items() if value}
    return f"{LIST}?{urlencode(kept)}" if kept else LIST


def history(past: Sequence[Attempt]) -> list[dict[str, str]]:
    """Newest first."""
    return [
        {"at": moment(row.at), "label": row.happening.label, "detail": row.detail, "worker": row.worker,
         "tone": "DOWN" if row.happening in (Happening.SENT, Happening.CONFIRMED) else
                 "WARN" if row.happening in BAD else "PLAIN"}
        for row in reversed(past)
    ]  # fmt: skip

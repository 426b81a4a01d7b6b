"""发送的状态机: what an answer, a recheck or a lost lease makes of a delivery. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mot.channels.specs import ChannelSpec, OnUncertain
from mot.channels.types import Answer, Verdict
from mot.delivery.problems import NotOpen
from mot.delivery.rules import DeliveryRules, backoff
from mot.delivery.types import Delivery, DeliveryState, Happening, Recheck, Word

S, H = DeliveryState, Happening
ENDED: Final = frozenset({S.SENT, S.DEAD, S.CANCELLED})


@dataclass(frozen=True, slots=True)
class Settlement:
    """The state to file and the row of history. ready_at: when a worker may claim it, None never by itself."""

    state: DeliveryState
    happening: Happening | None
    reason: str = ""
    ready_at: datetime | None = None
    tried: bool = False  # counts as an attempt
    lost: bool = False  # counts as uncertain


def after_answer(answer: Answer, one: Delivery, spec: ChannelSpec, rules: DeliveryRules, now: datetime) -> Settlement:
    """What the receiver's answer makes of a delivery that was claimed."""
    if answer.verdict is Verdict.SENT:
        return Settlement(S.SENT, H.SENT, answer.detail, tried=True)
    if answer.verdict is Verdict.REFUSED:
        return Settlement(S.DEAD, H.REFUSED, answer.detail, tried=True)
    if answer.verdict is Verdict.UNCERTAIN:
        return after_silence(answer.detail, one, spec, rules, now)
    attempt = one.attempts + 1
    if attempt >= rules.attempts:
        return Settlement(S.DEAD, H.FAILED, f"试了 {attempt} 次仍未送达：{answer.detail}", tried=True)
    later = now + backoff(rules, one.key, attempt, answer.retry_after)
    return Settlement(S.PENDING, H.FAILED, answer.detail, later, tried=True)


def after_silence(detail: str, one: Delivery, spec: ChannelSpec, rules: DeliveryRules, now: datetime) -> Settlement:
    """A push whose answer was lost, or whose worker died over it: as the channel's data say."""
    if spec.on_uncertain is OnUncertain.HOLD:
        told = f"{detail}；{one.channel.label}不认得重复，须人工核对后确认或重发"
        return Settlement(S.UNCERTAIN, H.UNCERTAIN, told, None, tried=True, lost=True)
    attempt = one.attempts + 1
    if attempt >= rules.attempts:
        return Settlement(S.DEAD, H.UNCERTAIN, f"试了 {attempt} 次没有回答：{detail}", tried=True, lost=True)
    later = now + backoff(rules, one.key, attempt)
    return Settlement(S.UNCERTAIN, H.UNCERTAIN, f"{detail}；将以同一编号再发", later, tried=True, lost=True)


def after_recheck(said: Recheck, one: Delivery, now: datetime) -> Settlement | None:
    """What the gates make of it before sending; None where it may go."""
    if said.word is Word.GO:
        return None
    if said.word is Word.CANCEL:
        return Settlement(S.CANCELLED, H.CANCELLED, said.reason)
    again = said.next_at if said.next_at is None or said.next_at > now else now
    known = one.state is S.HELD and one.reason == said.reason
    return Settlement(S.HELD, None if known else H.HELD, said.reason, again)


def put_back(one: Delivery, ready_at: datetime, *, asked: bool = False) -> Settlement:
    """The channel's limit is reached, or the receiver asked to be left alone: nothing was tried, it waits its turn."""
    state = S.UNCERTAIN if one.uncertain and one.state is S.UNCERTAIN else S.PENDING
    return Settlement(state, None, "对方要求稍后再发" if asked else "等候渠道的频率限制", ready_at)


def expired(one: Delivery, rules: DeliveryRules, now: datetime) -> Settlement | None:
    """Too old to be of use to anybody; None while it is not."""
    if one.expires_at is not None and now > one.expires_at and not one.uncertain:
        return Settlement(S.CANCELLED, H.EXPIRED, "已过时效，不再发送")
    if now - one.since <= rules.age or one.uncertain or one.state is S.HELD:
        return None
    return Settlement(S.DEAD, H.EXPIRED, f"超过 {rules.age.days} 天未送达，不再发送")


def check_replay(one: Delivery) -> None:
    """A person may send again what is dead, uncertain or held. Raises NotOpen."""
    if one.state not in (S.DEAD, S.UNCERTAIN, S.HELD):
        raise NotOpen(f"发送记录 {one.id} {one.state.label}，不能重发；只有死信、不确定、暂缓的可以")


def check_confirm(one: Delivery) -> None:
    """A person may say that an uncertain one arrived. Raises NotOpen."""
    if one.state is not S.UNCERTAIN:
        raise NotOpen(f"发送记录 {one.id} {one.state.label}，不能确认送达；只有不确定的可以")


def check_cancel(one: Delivery) -> None:
    """What has not ended and is not on its way may be withdrawn. Raises NotOpen."""
    if one.state in ENDED - {S.DEAD} or one.state is S.CLAIMED:
        raise NotOpen(f"发送记录 {one.id} {one.state.label}，不能取消")

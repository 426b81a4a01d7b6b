"""发送前复查: both gates once more, in the transaction that sends. What changed since changes the task.

A product that is no longer allowed is taken off the task; a marketing task with nothing left to offer is held. A
contact that the client does not want any more, a complaint, a death, the quiet hours: held, with a row and the next
time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.clock import SHANGHAI, day_of
from kit.problems import Problem
from mot.contact.facts import Asked, ContactFacts, ContactReader, contacts_of
from mot.contact.repository import SuppressionRepository
from mot.contact.tables import SuppressionRow
from mot.matching.gate import PURPOSES, gate, gate_sentence
from mot.matching.waiting import Held, next_allowed
from mot.scenario.desk import ScenarioDesk
from mot.scenario.types import ContactWay, OfferKind, Purpose
from mot.tasks.filing import advance, text_of, title_of
from mot.tasks.offers import OfferDesk, offers_of, stored
from mot.tasks.ports import PushReason, Recheck, Verdict
from mot.tasks.rules import house_calendar
from mot.tasks.tables import TaskRow
from mot.tasks.types import OPEN_STATES, TaskAction, TaskState, task_number
from suitability.levels import Outcome

SEND: Final = "SEND"
HOUSE: Final = Actor("", "系统", Role.SERVICE)
_COUNTED_AT_MAKING: Final = frozenset(("MOT-G11", "MOT-G12", "MOT-G13", "MOT-G14"))
"""Caps of the day on which the task was made were counted then; of a later day they are counted now."""


def recheck_before_sending(
    session: Session, task_id: int, staff_no: str, at: datetime, reason: PushReason = PushReason.NEW
) -> Recheck:
    """May the push about this task go to this person at this moment? Files what it finds; the commit is the caller's.

    at: with time zone. A push to a member of staff waits for the quiet hours only where the task is no duty.
    """
    row = session.get(TaskRow, task_id, populate_existing=True, with_for_update=True)
    if row is None:
        return Recheck(verdict=Verdict.DROP, reason="任务不存在")
    if row.state not in [one.value for one in OPEN_STATES]:
        return Recheck(verdict=Verdict.DROP, reason=f"任务{TaskState(row.state).label}")
    if reason is not PushReason.ESCALATED and staff_no != row.owner_no:
        return Recheck(verdict=Verdict.DROP, reason=f"任务已改由 {row.owner_no or '他人'} 办理")
    stamp, day = Stamp(HOUSE, at), day_of(at)
    changed = _offers_again(session, row, stamp, day)
    held, rules = _held_by(session, row, at, day)
    if held is not None:
        _keep(session, row, held, rules, stamp, day)
        return held
    if row.held_why:
        row.held_why, row.held_until = "", None
        advance(session, row, TaskAction.RELEASE, TaskState(row.state), stamp)
    verdict = Verdict.CHANGED if changed else Verdict.SEND
    return Recheck(verdict=verdict, reason=changed, title=title_of(row, reason), text=text_of(row))


def _offers_again(session: Session, row: TaskRow, stamp: Stamp, day: date) -> str:
    """Take off what is not allowed any more, with a decision of today for what stays; what changed, in words."""
    offers = offers_of(row.offers)
    named = [one for one in offers if one.product_code]
    if not named or (row.made_on == day and not _moved(session, row, day)):
        return ""
    desk, kept, gone = OfferDesk(session, day), [], []
    for one in offers:
        if not one.product_code:
            kept.append(one)
            continue
        try:
            outcome = desk.asks(row.client_no, one.product_code).outcome
        except Problem:  # taken off the list since
            outcome = Outcome.REFUSE
        if one.kind == OfferKind.SERVICE and desk.not_offered(row.client_no, one.product_code):
            outcome = Outcome.REFUSE
        if outcome is Outcome.ALLOW:
            decision = one.decision_id if row.made_on == day else desk.decide(row.client_no, one.product_code, stamp)[0]
            kept.append(replace(one, decision_id=decision))
        else:
            gone.append(one)
    if not gone:
        row.offers = stored(kept)
        return ""
    row.offers = stored(kept)
    told = "、".join(f"{one.name}（{one.product_code}）" for one in gone)
    advance(
        session, row, TaskAction.CHANGE, TaskState(row.state), stamp,
        note=f"适当性结论已变，不再推介：{told}"[:1000], removed=[one.product_code for one in gone],
    )  # fmt: skip
    return f"适当性结论已变，不再推介：{told}"


def _moved(session: Session, row: TaskRow, day: date) -> bool:
    """Whether the answer about any named product is another one than ALLOW today."""
    desk = OfferDesk(session, day)
    for one in offers_of(row.offers):
        if one.product_code:
            try:
                if desk.asks(row.client_no, one.product_code).outcome is not Outcome.ALLOW:
                    return True
                if one.kind == OfferKind.SERVICE and desk.not_offered(row.client_no, one.product_code):
                    return True
            except Problem:
                return True
    return False


def _held_by(session: Session, row: TaskRow, at: datetime, day: date) -> tuple[Recheck | None, tuple[str, ...]]:
    """What the contact gate says now and by which rules; None: it lets the contact through."""
    client = ClientRepository(session, everything(day)).client(row.client_no)
    accounts = ClientRepository(session, everything(day)).accounts_of_client(row.client_no)
    closed = bool(accounts) and all(one.closed_on is not None and one.closed_on <= day for one in accounts)
    known = ContactReader(session, day).of([client], frozenset((row.client_no,)) if closed else frozenset(), but=row.id)
    local = at.astimezone(SHANGHAI)
    asked = Asked(
        client_nos=[row.client_no], purpose=np.array([PURPOSES.index(Purpose(row.purpose))], dtype=np.int64),
        mandatory=np.array([int(row.mandatory)], dtype=np.int64), ways=[_ways(session, row)],
        staff_today=np.zeros(1, dtype=np.int64), suitable=np.array([_suitable(row)], dtype=np.int64),
        minute=local.hour * 60 + local.minute,
    )  # fmt: skip
    judged = gate(contacts_of(asked, known, house_calendar()), day)
    counted = _COUNTED_AT_MAKING if row.made_on == day else frozenset()
    rules = tuple(one for one in judged.reasons(0) if one not in counted)
    if not rules:
        return None, ()
    reason = "；".join(gate_sentence(rule, day) for rule in rules)
    at_last = _next(local, rules, known, row.client_no)
    return Recheck(verdict=Verdict.HOLD, reason=reason, next_allowed_at=at_last), rules


def _suitable(row: TaskRow) -> int:
    """A marketing task that offered products and has none left offers nothing that is allowed."""
    offers = offers_of(row.offers)
    if any(one.product_code for one in offers):
        return 1
    return 0 if row.purpose == Purpose.MARKETING.value and row.needs_adviser else -1


def _ways(session: Session, row: TaskRow) -> tuple[ContactWay, ...]:
    scenario = ScenarioDesk(session).contents((row.scenario_digest,)).get(row.scenario_digest)
    return scenario.assignment.contact if scenario else tuple(ContactWay)


def _next(at: datetime, rules: tuple[str, ...], known: ContactFacts, client_no: str) -> datetime | None:
    return next_allowed(Held(
        at=at, rules=rules, quiet_until=known.quiet_until.get(client_no),
        bereaved_on=known.bereaved_on.get(client_no),
    ), house_calendar())  # fmt: skip


def _keep(
    session: Session, row: TaskRow, held: Recheck, rules_held: tuple[str, ...], stamp: Stamp, day: date
) -> None:
    """The suppressed contact as a row, once a day and reason; the task says that it is held, and why."""
    rules = ",".join(rules_held)[:128]
    number, stage = task_number(row.id or 0), SEND
    read = SuppressionRepository(session, everything(day))
    if (number, rules) not in read.known(day, stage):
        read.add_all([SuppressionRow(
            subject=number, stage=stage, client_no=row.client_no, scenario_id=row.scenario_id,
            scenario_digest=row.scenario_digest, staff_no=row.owner_no, day=day, at=stamp.at, rules=rules,
            reason=held.reason[:600], next_allowed_at=held.next_allowed_at,
        )])  # fmt: skip
    if row.held_why != held.reason[:600]:
        row.held_why, row.held_until = held.reason[:600], held.next_allowed_at
        advance(session, row, TaskAction.HOLD, TaskState(row.state), stamp, note=held.reason[:1000])

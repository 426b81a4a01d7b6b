"""能不能联系: what the contact gate says of one task at this very moment, for whoever is about to pick up the phone.

Caps are counted when a task is made and again when it is pushed; here the gate is asked for what a person can still
break: consent, no-disturb, refused ways, quiet hours, complaints, bereavement. Nothing is filed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.complaints.mute import muted_by_complaint, quiet_until
from clients.repository import ClientRepository
from kit.access import everything
from kit.clock import SHANGHAI, day_of
from mot.contact.facts import Asked, ContactFacts, contacts_of, way_of
from mot.contact.repository import NOTHING_SAID, PreferenceRepository, Wishes
from mot.events.kinds import FIRST_DAY
from mot.events.repository import EventRepository
from mot.matching.gate import PURPOSES, contact_book, gate, gate_sentence
from mot.matching.waiting import Held, next_allowed
from mot.scenario.types import ContactWay
from mot.tasks.rules import house_calendar
from mot.tasks.types import Task

QUIET: Final = "MOT-G09"


@dataclass(frozen=True, slots=True)
class ContactStanding:
    """reasons: why not, in the words of the rules; empty: the client may be contacted now.

    way: the first way of the task that the client does not refuse. quiet: first and last minute of the quiet hours as
    the rule writes them. next_allowed_at: None while only a new fact opens the gate, or nothing is shut.
    """

    wishes: Wishes
    way: ContactWay | None
    reasons: tuple[str, ...]
    quiet: tuple[str, str]
    next_allowed_at: datetime | None


def contact_standing(session: Session, task: Task, ways: Sequence[ContactWay], at: datetime) -> ContactStanding:
    """The gate as it stands at the moment. The caller has seen that the task may be looked at. Raises NoSuchClient."""
    day, local = day_of(at), at.astimezone(SHANGHAI)
    client = ClientRepository(session, everything(day)).client(task.client_no)
    wishes = PreferenceRepository(session).on(day, [client.id]).get(client.id, NOTHING_SAID)
    muted = muted_by_complaint(session, [client.id], day)
    quiet = quiet_until(session, muted, day)
    known = ContactFacts(
        day=day, wishes={task.client_no: wishes}, muted=frozenset([task.client_no] if muted else []),
        quiet_until={task.client_no: quiet[client.id]} if client.id in quiet else {},
        bereaved_on=EventRepository(session, everything(day)).last_of("BEREAVEMENT", day, [task.client_no]),
    )  # fmt: skip
    one, none = np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    asked = Asked(
        client_nos=[task.client_no], purpose=one * PURPOSES.index(task.purpose), mandatory=one * int(task.mandatory),
        ways=[tuple(ways) or tuple(ContactWay)], staff_today=none, suitable=-one,
        minute=local.hour * 60 + local.minute,
    )  # fmt: skip
    rules = gate(contacts_of(asked, known, house_calendar()), day).reasons(0)
    held = Held(
        at=local, rules=rules, quiet_until=known.quiet_until.get(task.client_no),
        bereaved_on=known.bereaved_on.get(task.client_no),
    )  # fmt: skip
    hours = contact_book().on(QUIET, max(day, FIRST_DAY)) or {"start": "", "end": ""}
    return ContactStanding(
        wishes=wishes, way=way_of(wishes, tuple(ways) or tuple(ContactWay)),
        reasons=tuple(gate_sentence(rule, day) for rule in rules), quiet=(hours["start"], hours["end"]),
        next_allowed_at=next_allowed(held, house_calendar()) if rules else None,
    )  # fmt: skip

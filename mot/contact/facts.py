"""What the contact gate reads of many contacts at once: wishes, complaints, bereavement, and how often was contacted.

The same facts serve the making of a task and the moment before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import func, select
from sqlmodel import Session, col

from clients.complaints.mute import muted_by_complaint, quiet_until
from clients.repository import ClientFacts
from kit.access import everything
from kit.days import TradingCalendar
from market.types import IntArray
from mot.contact.repository import NOTHING_SAID, PreferenceRepository, Wishes
from mot.events.columns import NO_DAY
from mot.events.kinds import FIRST_DAY
from mot.events.repository import EventRepository
from mot.matching.gate import NO_TIME, Contacts, contact_book, contacts
from mot.scenario.types import ContactWay, Purpose
from mot.tasks.tables import ServiceRecordRow, TaskRow
from mot.tasks.types import Origin, TaskState

_BATCH: Final = 500
MADE: Final = (Origin.SCENARIO.value, Origin.FOLLOW_UP.value)


@dataclass(frozen=True)
class ContactFacts:
    """What is known on a day of the clients that are asked about, by client number; absent: nothing weighs."""

    day: date
    wishes: Mapping[str, Wishes] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()
    quiet_until: Mapping[str, date] = field(default_factory=dict)  # last day, of those muted with nothing open any more
    closed: frozenset[str] = frozenset()  # clients without an open account
    bereaved_on: Mapping[str, date] = field(default_factory=dict)
    client_today: Mapping[str, int] = field(default_factory=dict)
    way_today: Mapping[tuple[str, str], int] = field(default_factory=dict)
    marketing: Mapping[str, tuple[date, ...]] = field(default_factory=dict)  # days of marketing tasks, lately
    staff_today: Mapping[str, int] = field(default_factory=dict)


class ContactReader:
    """Reads these facts over one session; the house's own work."""

    def __init__(self, session: Session, day: date) -> None:
        self._session = session
        self._day = day

    def of(
        self, clients: Sequence[ClientFacts], closed: frozenset[str] = frozenset(), *, but: int | None = None
    ) -> ContactFacts:
        """but: id of the task that is asked about; it does not count against itself."""
        numbers = {one.id: one.client_no for one in clients}
        few = list(numbers) if len(numbers) <= _BATCH else None
        wishes = PreferenceRepository(self._session).on(self._day, few)
        muted = {one for one in muted_by_complaint(self._session, few, self._day) if one in numbers}
        quiet = quiet_until(self._session, muted, self._day)
        bereaved = EventRepository(self._session, everything(self._day)).last_of("BEREAVEMENT", self._day)
        return ContactFacts(
            day=self._day, wishes={numbers[one]: said for one, said in wishes.items() if one in numbers},
            muted=frozenset(numbers[one] for one in muted),
            quiet_until={numbers[one]: last for one, last in quiet.items()}, closed=closed,
            bereaved_on=bereaved, client_today=self._tasks_today(but), way_today=self._ways_today(),
            marketing=self._marketing(but), staff_today=self._staff_today(but),
        )  # fmt: skip

    def _made(self, but: int | None, *where: Any) -> list[Any]:
        """Conditions of tasks that count: made by the house and not taken back."""
        other = [] if but is None else [col(TaskRow.id) != but]
        return [col(TaskRow.origin).in_(MADE), col(TaskRow.state) != TaskState.CANCELLED.value, *other, *where]

    def _tasks_today(self, but: int | None) -> dict[str, int]:
        asked = (
            select(col(TaskRow.client_no), func.count())
            .where(*self._made(but, col(TaskRow.made_on) == self._day))
            .group_by(col(TaskRow.client_no))
        )
        return {client: int(n) for client, n in self._session.execute(asked)}

    def _ways_today(self) -> dict[tuple[str, str], int]:
        asked = (
            select(col(ServiceRecordRow.client_no), col(ServiceRecordRow.way), func.count())
            .where(col(ServiceRecordRow.day) == self._day)
            .group_by(col(ServiceRecordRow.client_no), col(ServiceRecordRow.way))
        )
        return {(client, way): int(n) for client, way, n in self._session.execute(asked)}

    def _marketing(self, but: int | None) -> dict[str, tuple[date, ...]]:
        since = self._day - timedelta(days=marketing_days(self._day) - 1)
        asked = select(col(TaskRow.client_no), col(TaskRow.made_on)).where(*self._made(
            but, col(TaskRow.purpose) == Purpose.MARKETING.value, col(TaskRow.made_on) >= since,
            col(TaskRow.made_on) <= self._day,
        ))  # fmt: skip
        found: dict[str, list[date]] = {}
        for client, on in self._session.execute(asked):
            found.setdefault(client, []).append(on)
        return {client: tuple(sorted(days)) for client, days in found.items()}

    def _staff_today(self, but: int | None) -> dict[str, int]:
        asked = (
            select(col(TaskRow.owner_no), func.count())
            .where(*self._made(but, col(TaskRow.made_on) == self._day, ~col(TaskRow.mandatory)))
            .group_by(col(TaskRow.owner_no))
        )
        return {staff: int(n) for staff, n in self._session.execute(asked) if staff}


def marketing_days(day: date) -> int:
    """In how many calendar days marketing is counted (MOT-G13)."""
    return int(contact_book().on("MOT-G13", max(day, FIRST_DAY))["days"])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """n contacts that are about to be, as their callers know them."""

    client_nos: Sequence[str]
    purpose: IntArray
    mandatory: IntArray
    ways: Sequence[Sequence[ContactWay]]  # in order of preference
    staff_today: IntArray  # optional tasks of the person before this one, those of the same batch included
    suitable: IntArray
    minute: int = NO_TIME


def way_of(wishes: Wishes, ways: Sequence[ContactWay]) -> ContactWay | None:
    """The first way that the client does not refuse; None where all are refused."""
    return next((way for way in ways if way not in wishes.refused_ways), None)


def contacts_of(asked: Asked, known: ContactFacts, calendar: TradingCalendar) -> Contacts:
    """The gate's columns of these contacts."""
    said = [known.wishes.get(one, NOTHING_SAID) for one in asked.client_nos]
    ways = [way_of(wish, some) for wish, some in zip(said, asked.ways, strict=True)]
    numbers = asked.client_nos
    n, session = len(numbers), int(calendar.is_session(known.day))

    def whole(values: Sequence[int]) -> IntArray:
        return np.array(values, dtype=np.int64)

    return contacts(
        asked.purpose, known.day, mandatory=asked.mandatory, minute=np.full(n, asked.minute, dtype=np.int64),
        trading_day=np.full(n, session, dtype=np.int64), deceased=whole([_flag(one.deceased) for one in said]),
        account_open=whole([int(one not in known.closed) for one in numbers]),
        consent_service=whole([_flag(one.consent_service) for one in said]),
        consent_marketing=whole([_flag(one.consent_marketing) for one in said]),
        do_not_disturb=whole([_flag(one.do_not_disturb) for one in said]),
        way_refused=whole([int(way is None) for way in ways]),
        complaint_open=whole([int(one in known.muted and one not in known.quiet_until) for one in numbers]),
        quiet_until=whole([_ordinal(known.quiet_until.get(one)) for one in numbers]),
        bereaved_on=whole([_ordinal(known.bereaved_on.get(one)) for one in numbers]),
        client_today=whole([known.client_today.get(one, 0) for one in numbers]),
        way_today=whole([known.way_today.get((one, way.value if way else ""), 0)
                         for one, way in zip(numbers, ways, strict=True)]),
        marketing_lately=whole([len(known.marketing.get(one, ())) for one in numbers]),
        staff_today=asked.staff_today, suitable=asked.suitable,
    )  # fmt: skip


def _flag(said: bool | None) -> int:
    return -1 if said is None else int(said)


def _ordinal(day: date | None) -> int:
    return NO_DAY if day is None else day.toordinal()

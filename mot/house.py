"""The house at work: the day's run over the book, and one client at once when something is told.

Each step may be repeated: what is on file is not filed again. The commit belongs to the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import everything
from kit.clock import day_of
from kit.marks import database_id
from kit.settings import settings
from mot.assembly.derived import derived
from mot.assembly.span import ReadSpan, SpanReader
from mot.derive.span import one_day
from mot.events.desk import file_derived
from mot.matching.holdout import Holdout, holdout_of
from mot.scenario.desk import ScenarioDesk
from mot.tasks.assignment import servers_on
from mot.tasks.making import Made, TaskMaker
from mot.tasks.ports import Outbox

_KEY_BYTES: Final = 32


@dataclass(frozen=True)
class DayRead:
    """The book as it was read for a day: read once, used by several steps."""

    day: date
    read: ReadSpan


def holdout_on(session: Session, day: date) -> Holdout:
    """The holdout of the firm: by HESHI_HOLDOUT_KEY, or else by a key made of the database's own id."""
    secret = settings().holdout_key.get_secret_value().encode()
    if not secret:
        secret = hashlib.blake2b(database_id(session).encode(), digest_size=_KEY_BYTES, person=b"heshi.mot").digest()
    return holdout_of(secret, day)


def read_day(session: Session, day: date, client_nos: Sequence[str] | None = None) -> DayRead:
    """Everything that the engine reads for a day. Raises NoSuchClient."""
    return DayRead(day, SpanReader(session, one_day(day)).read(client_nos))


def derive_events(session: Session, read: DayRead, stamp: Stamp) -> int:
    """File what the book shows on the day; how many events are new."""
    events, codes = derived(session, read.read)
    return file_derived(
        session, everything(read.day), events, read.read.client_nos, codes.ref_of, codes.words, read.day, stamp
    )


def make_tasks(
    session: Session, read: DayRead, stamp: Stamp, outbox: Outbox | None, *, client_no: str | None = None,
    at_once: bool = False, dry: bool = False,
) -> Made:  # fmt: skip
    """Judge what is pending on the day under the scenarios in force, and file tasks."""
    day = read.day
    maker = TaskMaker(
        session, stamp, day, clients=read.read.clients, book=read.read.book(day),
        servers=servers_on(session, day, None if client_no is None else [client_no]),
        scenarios=ScenarioDesk(session).in_force(day), holdout=holdout_on(session, day), outbox=outbox,
    )  # fmt: skip
    return maker.run(client_no=client_no, at_once=at_once, dry=dry)


def answer_event(session: Session, client_no: str, stamp: Stamp, outbox: Outbox | None) -> Made:
    """An event was told: tasks of immediate scenarios are made now, the others wait for the day's run."""
    day = day_of(stamp.at)
    return make_tasks(session, read_day(session, day, [client_no]), stamp, outbox, client_no=client_no, at_once=True)

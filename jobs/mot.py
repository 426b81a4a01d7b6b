"""The steps of a day that belong to the moments: events, tasks, upkeep, and what was held asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import everything
from mot.assembly.derived import derived
from mot.delivery.outbox import DeliveryOutbox
from mot.events.kinds import by_place
from mot.house import derive_events, make_tasks, read_day
from mot.tasks.rechecking import recheck_before_sending
from mot.tasks.repository import TaskRepository
from mot.tasks.upkeep import Upkeep

Told = Mapping[str, Any]


def derive_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """File what the book shows on the day, each event once."""
    read = read_day(session, day)
    if not dry:
        return {"new": derive_events(session, read, stamp)}
    events, _ = derived(session, read.read)
    kinds = by_place(day)
    counts: dict[str, int] = {}
    for code in events.kind.tolist():
        counts[kinds[code].id] = counts.get(kinds[code].id, 0) + 1
    return {"found": len(events), "kinds": counts}


def make_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """Judge what is pending, and file tasks."""
    made = make_tasks(session, read_day(session, day), stamp, DeliveryOutbox(), dry=dry)
    return {
        "events": made.events, "tasks": made.candidates if dry else len(made.tasks), "pushed": made.pushed,
        "held_by": dict(made.held_by), "outcomes": {name: dict(one) for name, one in made.outcomes.items()},
    }  # fmt: skip


def upkeep_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """Report what is late, end what has lapsed, hand over what belongs to somebody else now."""
    if dry:
        return {"open": len(TaskRepository(session, everything(day)).open_rows())}
    return dict(Upkeep(session, day, stamp, DeliveryOutbox()).run())


def retry_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """Tasks that were held before being pushed are asked about again."""
    held = [row for row in TaskRepository(session, everything(day)).open_rows() if row.held_why]
    if dry:
        return {"held": len(held)}
    freed = 0
    for row in held:
        recheck_before_sending(session, row.id or 0, row.owner_no, stamp.at)
        freed += int(not row.held_why)
    return {"held": len(held), "freed": freed}

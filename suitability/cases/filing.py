"""How a case comes to be in a new state: its row, the event, the row of the trail."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.digest import digest
from kit.trail.entry import Entry
from kit.trail.service import record
from suitability.cases.tables import CaseEventRow, MismatchCaseRow
from suitability.cases.types import CaseStatus, ContactChannel, EventKind, case_number


def event_row(
    row: MismatchCaseRow, kind: EventKind, stamp: Stamp, day: date, *, note: str = "",
    channel: ContactChannel | None = None, evidence: str = "", detail: dict[str, Any] | None = None,
) -> CaseEventRow:  # fmt: skip
    """The event of the version that the row has now; its digest is over everything that it says."""
    assert row.id is not None
    told = dict(detail or {})
    said = {
        "case": case_number(row.id), "version": row.version, "kind": kind, "day": day, "by": stamp.actor.user_id,
        "status": row.status, "note": note, "channel": channel or "", "evidence": evidence, "detail": told,
    }
    return CaseEventRow(
        case_id=row.id, version=row.version, kind=kind.value, at=stamp.at, day=day, by_id=stamp.actor.user_id,
        by_name=stamp.actor.name, status=row.status, note=note, channel=channel.value if channel else "",
        evidence=evidence, detail=told, digest=digest(said),
    )


def entry_of(row: MismatchCaseRow, event: CaseEventRow, stamp: Stamp) -> Entry:
    """What the trail says of the event."""
    assert row.id is not None
    return Entry(
        actor=stamp.actor, at=stamp.at, origin=stamp.origin, action=f"case.{event.kind.lower()}",
        record_kind="mismatch_case", record_id=case_number(row.id), record_version=str(event.version),
        purpose=event.note, digest=event.digest,
        detail={
            "client": row.client_no, "product": row.product_code, "status": event.status, "evidence": event.evidence,
            "origin": row.origin, "severity": row.severity,
        },
    )  # fmt: skip


def advance(
    session: Session, row: MismatchCaseRow, kind: EventKind, status: CaseStatus, stamp: Stamp, day: date, **more: Any
) -> CaseEventRow:
    """The row in its next version and state, with the event and the trail of it."""
    row.version += 1
    row.status = status.value
    event = event_row(row, kind, stamp, day, **more)
    session.add(event)
    session.flush()
    record(session, entry_of(row, event, stamp))
    return event

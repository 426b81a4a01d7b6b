"""What the watch tells the desk: cases are opened, changed, cured and reopened; owners and deadlines are looked after.

The same observation twice writes nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import everything
from kit.trail.service import record_all
from suitability.cases.confirmed import confirmed
from suitability.cases.filing import advance, entry_of, event_row
from suitability.cases.observing import Effect, effects_of, facts_digest, severity_after
from suitability.cases.owners import owners_on
from suitability.cases.repository import CaseRepository, case_of
from suitability.cases.rules import dimensions_of, due_on, needs_second, to_escalate
from suitability.cases.tables import MismatchCaseRow
from suitability.cases.types import (
    CaseStatus,
    Cause,
    EventKind,
    Observation,
    Owner,
    Resolution,
    Severity,
)
from suitability.retention import retained_until

LATE: Final = "逾期未处理，自动上报合规"
THE_WATCH: Final = "系统核对"
CONFIRMED: Final = "客户买入前已按特别警示的路径确认"
HANDED_OVER: Final = "服务关系变更，随客户转交"


class CaseIntake:
    """Files what was observed on one day, over the whole book; the commit belongs to the caller."""

    def __init__(self, session: Session, day: date, stamp: Stamp) -> None:
        self._session = session
        self._day = day
        self._stamp = stamp
        self._read = CaseRepository(session, everything(day))

    def observe(self, told: Sequence[Observation]) -> Counter[str]:
        """What happened, counted by EventKind. One observation a client and product."""
        clients = sorted({one.client_no for one in told})
        known = self._read.by_client(clients, hold=True)
        owners = owners_on(self._session, self._day) if told else {}
        done: Counter[str] = Counter()
        fresh = []
        for one in sorted(told, key=lambda one: one.key):
            row = known.get(one.key)
            effects = effects_of(case_of(row) if row else None, row.facts_digest if row else "", one, self._day)
            done.update(effect.kind.value for effect in effects)
            if row is None and effects:
                fresh.append((one, owners.get(one.client_no)))
            elif row is not None:
                self._apply(row, one, effects)
        return done + self._open(fresh)

    def preview(self, told: Sequence[Observation]) -> Counter[str]:
        """What `observe` would count; nothing is written."""
        known = self._read.by_client(sorted({one.client_no for one in told}))
        done: Counter[str] = Counter()
        for one in told:
            row = known.get(one.key)
            effects = effects_of(case_of(row) if row else None, row.facts_digest if row else "", one, self._day)
            done.update(effect.kind.value for effect in effects)
        return done

    def present_keys(self) -> set[tuple[str, str]]:
        """Client and product of every case that is thought to be there still."""
        return self._read.present_keys()

    def maintain(self) -> Counter[str]:
        """Late cases are reported to compliance; a case follows its client to whoever serves now."""
        rows = self._read.unsettled()
        owners = owners_on(self._session, self._day) if rows else {}
        done: Counter[str] = Counter()
        for row in rows:
            owner = owners.get(row.client_no)
            if not row.escalated and owner is not None and owner.staff_no != row.owner_no and self._follows(row):
                self._hand_over(row, owner)
                done[EventKind.ASSIGNED.value] += 1
            severity = Severity(Severity.of_rank(row.severity))
            if not row.escalated and to_escalate(severity, row.due_on, self._day):
                row.escalated = True
                self._advance(row, EventKind.ESCALATED, CaseStatus(row.status), LATE)
                done[EventKind.ESCALATED.value] += 1
        return done

    # within

    def _open(self, fresh: Sequence[tuple[Observation, Owner | None]]) -> Counter[str]:
        rows = [self._new_row(one, owner) for one, owner in fresh]
        self._read.add_all(rows)
        events = [
            event_row(row, EventKind.OPENED, self._stamp, self._day, detail=_opening(row, one))
            for row, (one, _) in zip(rows, fresh, strict=True)
        ]
        self._read.add_all(events)
        record_all(self._session, (entry_of(row, event, self._stamp) for row, event in zip(rows, events, strict=True)))
        return self._end_confirmed(rows, [one for one, _ in fresh])

    def _end_confirmed(self, rows: Sequence[MismatchCaseRow], told: Sequence[Observation]) -> Counter[str]:
        """What the client was warned of and confirmed before is accepted; a grave one waits for another person."""
        done: Counter[str] = Counter()
        known = confirmed(self._session, self._day, told)
        for row, one in zip(rows, told, strict=True):
            ground = known.get(one.key)
            if ground is None:
                continue
            grave = needs_second(Severity(Severity.of_rank(row.severity)), self._day)
            status = CaseStatus.CLOSING if grave else CaseStatus.RESOLVED
            kind = EventKind.PROPOSED if grave else EventKind.RESOLVED
            self._end(row, kind, status, Resolution.ACCEPTED, CONFIRMED, ground.digest, decision=ground.decision)
            done[kind.value] += 1
        return done

    def _new_row(self, one: Observation, owner: Owner | None) -> MismatchCaseRow:
        severity = severity_after(one, self._day)
        row = MismatchCaseRow(
            client_no=one.client_no, client_name=one.client_name, product_code=one.product_code,
            product_name=one.product_name, client_class="", product_level="", dimensions="", gap=0, severity=0,
            origin=one.cause.value, status=(CaseStatus.ASSIGNED if owner else CaseStatus.OPEN).value, present=True,
            facts={}, facts_digest="", opened_on=self._day, seen_on=self._day,
            due_on=due_on(severity, self._day, backlog=one.cause is Cause.FOUND),
            retain_until=retained_until(self._day, "mismatch_case"),
        )
        if owner is not None:
            row.owner_no, row.owner_name, row.branch_no = owner.staff_no, owner.name, owner.branch_no
        self._take_over(row, one)
        return row

    def _take_over(self, row: MismatchCaseRow, one: Observation) -> None:
        """The facts of the observation become those of the case."""
        row.client_class, row.product_level, row.gap = one.client_class, one.product_level, one.gap
        row.dimensions = ",".join(what.value for what in dimensions_of(one.rules, self._day))
        row.severity = severity_after(one, self._day).rank
        row.facts = {**one.facts, "rules": list(one.rules), "measures": one.measures}
        row.facts_digest, row.value = facts_digest(one), one.value
        row.seen_on, row.present = self._day, True

    def _apply(self, row: MismatchCaseRow, one: Observation, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if effect.kind is EventKind.GONE:
                row.present, row.seen_on = False, self._day
                self._advance(row, effect.kind, effect.status, "", **one.facts)
            elif effect.resolution is not None:
                self._close(row, effect, effect.resolution)
            else:
                self._change(row, one, effect)

    def _change(self, row: MismatchCaseRow, one: Observation, effect: Effect) -> None:
        before = {"rules": row.facts.get("rules", []), "gap": row.gap, "severity": row.severity}
        self._take_over(row, one)
        if effect.kind is EventKind.REOPENED or row.status == CaseStatus.CLOSING.value != effect.status.value:
            row.resolution = row.proposed_by = row.proposed_by_id = ""
            row.resolved_on = None
        if effect.kind is EventKind.REOPENED or row.severity > before["severity"]:
            row.due_on = due_on(Severity(Severity.of_rank(row.severity)), self._day, backlog=False)
            row.origin = one.cause.value
        detail = {**_opening(row, one), "before": before}
        self._advance(row, effect.kind, effect.status, one.cause.label, **detail)

    def _close(self, row: MismatchCaseRow, effect: Effect, resolution: Resolution) -> None:
        """A cure that the watch saw: closed, or proposed where another person has to look."""
        self._end(row, effect.kind, effect.status, resolution, "核对显示错配已消失")

    def _end(
        self, row: MismatchCaseRow, kind: EventKind, status: CaseStatus, resolution: Resolution, note: str,
        evidence: str = "", **detail: str,
    ) -> None:  # fmt: skip
        row.resolution = resolution.value
        if status is CaseStatus.RESOLVED:
            row.resolved_on = self._day
        else:
            row.proposed_by_id, row.proposed_by = "", THE_WATCH  # a machine: any person is the second one
        told = {"resolution": resolution.value, **detail}
        advance(
            self._session, row, kind, status, self._stamp, self._day, note=note, evidence=evidence, detail=told
        )

    def _follows(self, row: MismatchCaseRow) -> bool:
        """A case that a person gave to somebody stays with them; one that the watch gave follows the client."""
        given = [one for one in self._read.events(row.id or 0) if one.kind is EventKind.ASSIGNED]
        return not given or given[-1].note == HANDED_OVER

    def _hand_over(self, row: MismatchCaseRow, owner: Owner) -> None:
        before = row.owner_no
        row.owner_no, row.owner_name, row.branch_no = owner.staff_no, owner.name, owner.branch_no
        status = CaseStatus.ASSIGNED if row.status == CaseStatus.OPEN.value else CaseStatus(row.status)
        detail: Mapping[str, str] = {"from": before, "to": owner.staff_no}
        self._advance(row, EventKind.ASSIGNED, status, HANDED_OVER, **detail)

    def _advance(self, row: MismatchCaseRow, kind: EventKind, status: CaseStatus, note: str, **detail: object) -> None:
        advance(self._session, row, kind, status, self._stamp, self._day, note=note, detail=detail)


def _opening(row: MismatchCaseRow, one: Observation) -> dict[str, object]:
    """What an event keeps of an observation."""
    return {
        "cause": one.cause.value, "rules": list(one.rules), "gap": one.gap, "client_class": one.client_class,
        "product_level": one.product_level, "severity": row.severity, "due_on": row.due_on.isoformat(),
        "value": None if one.value is None else format(one.value, "f"), "facts": one.facts, "owner": row.owner_no,
        "measures": one.measures,
    }  # fmt: skip

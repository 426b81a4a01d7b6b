"""The desk of mismatch cases: lists, counts, one case with its timeline, and what people do to it.

Read within the scope of `Verb.CASE_READ`; changed within that of `CASE_WORK` (assign, escalate, contact, note, resolve,
reopen) or `CASE_APPROVE` (approve, reject). Every change takes the version that the caller saw and is refused (412)
where it has moved on. The commit belongs to the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from clients.staff.filing import Stamp, held
from clients.staff.problems import ChangedMeanwhile, NotInPost
from kit.access import NotAllowed, Role, Scope
from kit.clock import day_of
from kit.digest import is_digest
from kit.rulebook import Rule, load_rulebook
from suitability.cases.filing import advance
from suitability.cases.filters import DEFAULT_LIMIT, MOST, CaseFilter, CaseSort
from suitability.cases.machine import check_resolution, check_second, next_status, open_actions
from suitability.cases.owners import owner_named
from suitability.cases.problems import NoSuchCase, ReasonMissing
from suitability.cases.repository import CaseRepository, case_id_of, case_of
from suitability.cases.rules import due_on, needs_second
from suitability.cases.tables import MismatchCaseRow
from suitability.cases.types import (
    Case,
    CaseAction,
    CaseEvent,
    CaseStatus,
    ClientCases,
    ContactChannel,
    EventKind,
    Resolution,
    Severity,
    case_number,
)
from suitability.changes.in_force import rules_of

LONGEST_NOTE: Final = 1000
_SECOND: Final = (Role.COMPLIANCE, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list; next_cursor None on the last."""

    cases: tuple[Case, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """One case whole: its timeline (oldest first), what may be done next, the rules that are hit, with their sources.

    second_needed: closing it takes another person.
    """

    case: Case
    events: tuple[CaseEvent, ...]
    actions: tuple[CaseAction, ...]
    rules: tuple[Rule, ...]
    second_needed: bool


class CaseService:
    """Cases within a scope over one session."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = CaseRepository(session, scope)

    # reading

    def list(
        self, filters: CaseFilter | None = None, *, sort: CaseSort = CaseSort.DUE, cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> CasePage:  # fmt: skip
        """Raises BadCursor. overdue is as of the scope's day."""
        rows, following = self._read.page(filters or CaseFilter(), sort, cursor, max(1, min(limit, MOST)))
        return CasePage(tuple(case_of(row) for row in rows), following)

    def counts(self, filters: CaseFilter | None = None) -> dict[str, dict[str, int]]:
        """Cases by facet and value, each facet under all filters but its own; `all` under every one of them."""
        return self._read.counts(filters or CaseFilter())

    def clients(
        self, filters: CaseFilter | None = None, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> tuple[ClientCases, ...]:
        """The same cases rolled up by client, by client number after `after`."""
        rows = self._read.by_client_of(filters or CaseFilter(), after, max(1, min(limit, MOST)))
        return tuple(
            ClientCases(no, name, owner, known, n, Severity(Severity.of_rank(grave)), due, value, int(late))
            for no, name, owner, known, n, grave, due, value, late in rows
        )

    def get(self, number: str) -> Case:
        """Raises NoSuchCase."""
        return case_of(self._row(number))

    def detail(self, number: str) -> CaseDetail:
        """Raises NoSuchCase."""
        case = self.get(number)
        book = load_rulebook("suitability", "matching")
        rules = tuple(book[one] for one in case.facts.get("rules", ()) if one in book.rules)
        with rules_of(self._session, self._scope.day):
            second = needs_second(case.severity, self._scope.day)
        return CaseDetail(case, self._read.events(case.id), open_actions(case), rules, second)

    # changing: what they raise beside what is named is NoSuchCase, ChangedMeanwhile, ActionNotOpen

    def assign(self, number: str, staff_no: str, *, expected_version: int, stamp: Stamp, note: str = "") -> Case:
        """Give the case to a person in post. Raises NoSuchStaff, NotInPost; NotAllowed for an adviser."""
        self._row(number)  # what lies outside the scope is not there, whatever the role may do
        if stamp.actor.role not in _SECOND:
            raise NotAllowed("案件由营业部主管或合规分派")
        row, case, day = self._held(number, expected_version, stamp)
        status = next_status(case, CaseAction.ASSIGN, day)
        owner = owner_named(self._session, staff_no, day)
        if owner is None:
            raise NotInPost(f"{staff_no} 在 {day} 不在岗；请改派在岗的同事")
        before = row.owner_no
        row.owner_no, row.owner_name, row.branch_no = owner.staff_no, owner.name, owner.branch_no
        return self._done(row, EventKind.ASSIGNED, status, stamp, note=note, detail={"from": before, "to": staff_no})

    def escalate(self, number: str, *, note: str, expected_version: int, stamp: Stamp) -> Case:
        """Report the case to compliance, who alone close it from then on. Raises ReasonMissing."""
        _check_text(note, "上报合规须写明原因")
        row, case, day = self._held(number, expected_version, stamp)
        status = next_status(case, CaseAction.ESCALATE, day)
        row.escalated = True
        return self._done(row, EventKind.ESCALATED, status, stamp, note=note)

    def contact(
        self, number: str, channel: ContactChannel, note: str, *, expected_version: int, stamp: Stamp,
        evidence: str = "", happened_on: date | None = None,
    ) -> Case:  # fmt: skip
        """What was said to the client, how and when. Raises ReasonMissing without a word on it or for a later day."""
        _check_text(note, "请写明与客户沟通的内容")
        _check_evidence(evidence)
        row, case, day = self._held(number, expected_version, stamp)
        if happened_on is not None and happened_on > day:
            raise ReasonMissing(f"联系日期 {happened_on} 晚于今天 {day}")
        status = next_status(case, CaseAction.CONTACT, day)
        row.contacts += 1
        return self._done(
            row, EventKind.CONTACTED, status, stamp, note=note, channel=channel, evidence=evidence,
            detail={"happened_on": (happened_on or day).isoformat()},
        )  # fmt: skip

    def contact_all(
        self, seen: Mapping[str, int], channel: ContactChannel, note: str, *, stamp: Stamp, evidence: str = "",
        happened_on: date | None = None,
    ) -> tuple[Case, ...]:  # fmt: skip
        """One call about several cases of one client. seen: the version of each by number; all are filed or none.

        Raises what `contact` raises, and ReasonMissing where they are not of one client.
        """
        if not seen or len({self.get(number).client_no for number in seen}) > 1:
            raise ReasonMissing("一次联系只能登记在同一位客户的案件上")
        return tuple(
            self.contact(
                number, channel, note, expected_version=version, stamp=stamp, evidence=evidence,
                happened_on=happened_on,
            )
            for number, version in sorted(seen.items())
        )  # fmt: skip

    def note(
        self, number: str, note: str, *, expected_version: int, stamp: Stamp, evidence: str = "", name: str = ""
    ) -> Case:
        """A word or a paper for the file; evidence: its sha256, name: what it is. Raises ReasonMissing."""
        _check_text(note, "请写明说明，或证据是什么")
        _check_evidence(evidence)
        row, case, day = self._held(number, expected_version, stamp)
        status = next_status(case, CaseAction.NOTE, day)
        told = {"name": name[:128]}
        return self._done(row, EventKind.NOTED, status, stamp, note=note, evidence=evidence, detail=told)

    def resolve(
        self, number: str, resolution: Resolution, note: str, *, expected_version: int, stamp: Stamp,
        evidence: str = "",
    ) -> Case:  # fmt: skip
        """End the case; a grave one waits for another person's approval.

        Raises StillMismatched, NotAcceptable, ReasonMissing; NotAllowed for an escalated case in other hands than
        compliance.
        """
        _check_text(note, f"以“{resolution.label}”了结须写明理由")
        _check_evidence(evidence)
        row, case, day = self._held(number, expected_version, stamp)
        with rules_of(self._session, day):
            status = next_status(case, CaseAction.RESOLVE, day)
            _check_escalated(case, stamp)
            check_resolution(case, resolution, note, evidence, day)
        row.resolution = resolution.value
        kind = EventKind.PROPOSED if status is CaseStatus.CLOSING else EventKind.RESOLVED
        if status is CaseStatus.CLOSING:
            row.proposed_by_id, row.proposed_by = stamp.actor.user_id, stamp.actor.name
        else:
            row.resolved_on = day
        return self._done(
            row, kind, status, stamp, note=note, evidence=evidence, detail={"resolution": resolution.value}
        )

    def approve(self, number: str, *, note: str, expected_version: int, stamp: Stamp) -> Case:
        """Another person agrees that the case ends. Raises SamePerson, ReasonMissing, NotAllowed, StillMismatched."""
        row, case, day = self._second(number, note, expected_version, stamp, CaseAction.APPROVE)
        if case.resolution is Resolution.CURED:
            check_resolution(case, Resolution.CURED, note, "", day)
        row.resolved_on = day
        detail = {"resolution": row.resolution, "proposed_by": row.proposed_by}
        return self._done(row, EventKind.RESOLVED, CaseStatus.RESOLVED, stamp, note=note, detail=detail)

    def reject(self, number: str, *, note: str, expected_version: int, stamp: Stamp) -> Case:
        """Another person sends the case back. Raises SamePerson, ReasonMissing, NotAllowed."""
        row, case, day = self._second(number, note, expected_version, stamp, CaseAction.REJECT)
        detail = {"resolution": row.resolution, "proposed_by": row.proposed_by}
        _clear_closing(row)
        status = next_status(case, CaseAction.REJECT, day)
        return self._done(row, EventKind.REJECTED, status, stamp, note=note, detail=detail)

    def reopen(self, number: str, *, note: str, expected_version: int, stamp: Stamp) -> Case:
        """Take up a closed case again, with a new deadline. Raises ReasonMissing."""
        _check_text(note, "重开案件须写明理由")
        row, case, day = self._held(number, expected_version, stamp)
        status = next_status(case, CaseAction.REOPEN, day)
        detail = {"resolution": row.resolution, "resolved_on": str(row.resolved_on)}
        _clear_closing(row)
        with rules_of(self._session, day):
            row.due_on = due_on(case.severity, day, backlog=False)
        return self._done(row, EventKind.REOPENED, status, stamp, note=note, detail=detail)

    # within

    def _second(
        self, number: str, note: str, expected_version: int, stamp: Stamp, action: CaseAction
    ) -> tuple[MismatchCaseRow, Case, date]:
        self._row(number)
        if stamp.actor.role not in _SECOND:
            raise NotAllowed("案件的了结由合规或营业部主管复核")
        _check_text(note, "请写明复核意见")
        row, case, day = self._held(number, expected_version, stamp)
        next_status(case, action, day)
        check_second(case, stamp.actor.user_id)
        _check_escalated(case, stamp)
        return row, case, day

    def _held(self, number: str, expected_version: int, stamp: Stamp) -> tuple[MismatchCaseRow, Case, date]:
        """The case, held until the transaction ends. Raises NoSuchCase, ChangedMeanwhile."""
        row = self._row(number)
        try:
            row = held(self._session, MismatchCaseRow, row.id, expected_version, f"案件 {number}")
        except ChangedMeanwhile as late:
            raise self._faster(row, expected_version) from late
        return row, case_of(row), day_of(stamp.at)

    def _faster(self, row: MismatchCaseRow, seen: int) -> ChangedMeanwhile:
        """What others did to the case since the version that was seen: what, who, when, in so many words."""
        since = [one for one in self._read.events(row.id or 0) if one.version > seen]
        told = "；".join(f"{one.by_name} {one.kind.label}（{one.day}）" for one in since)
        return ChangedMeanwhile(
            f"案件 {case_number(row.id or 0)} 已被他人办理（您看到的是第 {seen} 版，现为第 {row.version} 版）"
            f"{f'：{told}' if told else ''}；请重新读取后再办理",
            version=row.version, changes=[_said_of(one) for one in since],
        )

    def _row(self, number: str) -> MismatchCaseRow:
        found = case_id_of(number.strip())
        row = None if found is None else self._read.row(found)
        if row is None:
            raise NoSuchCase(f"没有错配案件 {number}，或不在您的范围内；请核对案件号")
        return row

    def _done(
        self, row: MismatchCaseRow, kind: EventKind, status: CaseStatus, stamp: Stamp, **more: Any
    ) -> Case:
        advance(self._session, row, kind, status, stamp, day_of(stamp.at), **more)
        return case_of(row)


def _said_of(event: CaseEvent) -> dict[str, Any]:
    """One thing that somebody else did, as a problem tells it."""
    return {
        "version": event.version, "kind": event.kind.value, "label": event.kind.label, "by": event.by_name,
        "at": event.at.isoformat(), "status": event.status.value, "note": event.note,
    }  # fmt: skip


def _clear_closing(row: MismatchCaseRow) -> None:
    row.resolution = row.proposed_by = row.proposed_by_id = ""
    row.resolved_on = None


def _check_escalated(case: Case, stamp: Stamp) -> None:
    if case.escalated and stamp.actor.role is not Role.COMPLIANCE:
        raise NotAllowed(f"案件 {case.number} 已上报合规，由合规了结")


def _check_text(note: str, missing: str) -> None:
    if not note.strip():
        raise ReasonMissing(missing)
    if len(note) > LONGEST_NOTE:
        raise ReasonMissing(f"文字最多 {LONGEST_NOTE} 个字符")


def _check_evidence(evidence: str) -> None:
    """The file itself is kept elsewhere; the case keeps what it is known by."""
    if evidence and not is_digest(evidence):
        raise ReasonMissing("证据以其 sha256 摘要登记，形如 sha256:64 位十六进制")

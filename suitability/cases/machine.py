"""案件的状态机: which action is open in which state, where it leads, and what it asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from suitability.cases.problems import ActionNotOpen, NotAcceptable, ReasonMissing, SamePerson, StillMismatched
from suitability.cases.rules import acceptable, needs_second
from suitability.cases.types import Case, CaseAction, CaseStatus, Resolution

_A, _S = CaseAction, CaseStatus
_WORKING: Final[Mapping[CaseAction, CaseStatus | None]] = {  # None: the state stays
    _A.ASSIGN: None, _A.ESCALATE: None, _A.CONTACT: _S.CONTACTED, _A.NOTE: None, _A.RESOLVE: _S.RESOLVED,
}  # fmt: skip
OPEN_IN: Final[Mapping[CaseStatus, Mapping[CaseAction, CaseStatus | None]]] = {
    _S.OPEN: {**_WORKING, _A.ASSIGN: _S.ASSIGNED},
    _S.ASSIGNED: _WORKING,
    _S.CONTACTED: _WORKING,
    _S.CLOSING: {_A.NOTE: None, _A.APPROVE: _S.RESOLVED, _A.REJECT: _S.ASSIGNED, _A.ESCALATE: None},
    _S.RESOLVED: {_A.NOTE: None, _A.REOPEN: _S.REOPENED},
    _S.REOPENED: {**_WORKING, _A.ASSIGN: _S.ASSIGNED},
}
"""What is done in each state and where it leads; RESOLVE leads to CLOSING where a second person has to look."""


def next_status(case: Case, action: CaseAction, day: date) -> CaseStatus:
    """Where the action leads. Raises ActionNotOpen that says what is open instead."""
    open_here = OPEN_IN[case.status]
    if action not in open_here:
        told = "、".join(one.label for one in open_here)
        raise ActionNotOpen(f"案件 {case.number} {case.status.label}，不能{action.label}；可以{told}")
    if action is CaseAction.RESOLVE and needs_second(case.severity, day):
        return CaseStatus.CLOSING
    return open_here[action] or case.status


def check_resolution(case: Case, resolution: Resolution, note: str, evidence: str, day: date) -> None:
    """Whether the case may end so.

    Raises StillMismatched for a cure that the watch does not see, NotAcceptable where the client's word cannot end it,
    ReasonMissing without a reason, or without evidence of what the client confirmed.
    """
    if resolution is Resolution.CURED and case.present:
        told = "处理后先重新核对，再以“已消除”了结"
        raise StillMismatched(f"案件 {case.number} 在 {case.seen_on} 的核对中仍不匹配；{told}")
    if resolution is Resolution.ACCEPTED:
        if not acceptable(case.facts.get("rules", ()), day) or case.client_class == "C1_LOWEST":
            what = "、".join(one.label for one in case.dimensions)
            raise NotAcceptable(f"案件 {case.number}（{what}）不能以客户确认了结；须消除错配，或说明为误报")
        if not evidence:
            raise ReasonMissing("客户知情确认须附证据摘要（录音、书面确认或电子确认的 sha256）")
    if not note.strip():
        raise ReasonMissing(f"以“{resolution.label}”了结须写明理由")


def check_second(case: Case, user_id: str) -> None:
    """Raises SamePerson where the one who approves is the one who proposed."""
    if case.proposed_by_id == user_id:
        raise SamePerson(f"案件 {case.number} 的了结由您提议，须由另一人复核")


def open_actions(case: Case) -> tuple[CaseAction, ...]:
    """What a page may offer."""
    return tuple(OPEN_IN[case.status])

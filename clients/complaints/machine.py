"""投诉的状态机: which act is open in which state, where it leads, and who may not do it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from clients.complaints.problems import ComplaintNeedsAnother, ComplaintNotOpen
from clients.complaints.rules import needs_second
from clients.complaints.types import Complaint, ComplaintAct, ComplaintStatus

_A, _S = ComplaintAct, ComplaintStatus
_WORKING: Final[Mapping[ComplaintAct, ComplaintStatus | None]] = {  # None: the state stays
    _A.ASSIGN: _S.WORKING, _A.NOTE: None, _A.REGRADE: None, _A.EXTEND: None, _A.CONCLUDE: _S.CLOSED,
}  # fmt: skip
OPEN_IN: Final[Mapping[ComplaintStatus, Mapping[ComplaintAct, ComplaintStatus | None]]] = {
    _S.RECEIVED: {_A.ASSIGN: _S.WORKING, _A.NOTE: None, _A.REGRADE: None},
    _S.WORKING: _WORKING,
    _S.CLOSING: {_A.NOTE: None, _A.APPROVE: _S.CLOSED, _A.REJECT: _S.WORKING},
    _S.CLOSED: {_A.NOTE: None, _A.REOPEN: _S.WORKING},
}
"""What is done in each state and where it leads; CONCLUDE leads to CLOSING where another person has to look."""
_JUDGING: Final = frozenset({_A.CONCLUDE, _A.APPROVE, _A.REJECT, _A.REGRADE, _A.EXTEND})


def next_status(complaint: Complaint, act: ComplaintAct, day: date) -> ComplaintStatus:
    """Where the act leads. Raises ComplaintNotOpen that says what is open instead."""
    open_here = OPEN_IN[complaint.status]
    if act not in open_here:
        told = "、".join(one.label for one in open_here)
        raise ComplaintNotOpen(f"投诉 {complaint.number} {complaint.status.label}，不能{act.label}；可以{told}")
    if act is _A.CONCLUDE and needs_second(complaint.severity, day):
        return _S.CLOSING
    return open_here[act] or complaint.status


def check_person(complaint: Complaint, act: ComplaintAct, user_id: str, subject: str) -> None:
    """Raises ComplaintNeedsAnother where the person must not do this: whoever it is about never judges it, and nobody
    approves what they proposed themselves.
    """
    if complaint.about_staff_no and subject == f"staff:{complaint.about_staff_no}" and act in _JUDGING:
        raise ComplaintNeedsAnother(f"投诉 {complaint.number} 涉及您本人，须由他人{act.label}")
    if act in (_A.APPROVE, _A.REJECT) and complaint.proposed_by_id == user_id:
        raise ComplaintNeedsAnother(f"投诉 {complaint.number} 的结论由您提出，须由另一人复核")


def open_acts(complaint: Complaint) -> tuple[ComplaintAct, ...]:
    """What may be done next."""
    return tuple(OPEN_IN[complaint.status])

"""Some of the demo's cases in the hands of people: contacted, accepted, a false alarm, waiting for a second person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Final

from sqlmodel import Session

from clients.staff.filing import Stamp
from demo.products import CHECKER, stamp
from kit.access import Actor, Role, everything
from suitability.cases.filters import CaseFilter, CaseSort
from suitability.cases.machine import OPEN_IN
from suitability.cases.rules import acceptable
from suitability.cases.service import CaseService
from suitability.cases.types import Case, CaseAction, CaseStatus, ContactChannel, Resolution, Severity

CONTACTED: Final = 6
SAID: Final = "电话告知客户持有产品的等级与其承受能力不匹配及可能的损失，建议调整；客户表示三日内答复"


def work_some(session: Session, day: date) -> None:
    """Contact, accept, dismiss, propose, escalate: as the owners and the compliance officer of the demo would."""
    desk = CaseService(session, everything(day))
    cases = _of(desk, Severity.MEDIUM)
    for _ in range(CONTACTED):
        _contact(desk, next(cases, None), day)
    _accept(desk, next(cases, None), day)
    _dismiss(desk, next(cases, None), "客户当日已在另一渠道完成测评，系统同步滞后，非真实错配", day)
    grave = _of(desk, Severity.SEVERE)
    _dismiss(desk, next(grave, None), "经核实客户适用的测评结果录入有误，已更正，提请复核", day)
    reported = next(grave, None)
    if reported is not None:
        said = "客户拒绝调整持仓，提请合规处理"
        desk.escalate(reported.number, note=said, expected_version=reported.version, stamp=_by(reported, day))


def _of(desk: CaseService, severity: Severity) -> Iterator[Case]:
    """Open cases of a severity, one a client."""
    seen: set[str] = set()
    for case in desk.list(CaseFilter(severity=severity, unsettled=True), sort=CaseSort.VALUE, limit=200).cases:
        usable = case.product_code and not case.escalated and CaseAction.RESOLVE in OPEN_IN[case.status]
        if usable and case.client_no not in seen and case.status is CaseStatus.ASSIGNED:
            seen.add(case.client_no)
            yield case


def _contact(desk: CaseService, case: Case | None, day: date) -> Case | None:
    if case is None:
        return None
    return desk.contact(
        case.number, ContactChannel.PHONE, SAID, expected_version=case.version, stamp=_by(case, day),
        evidence=_paper("call", case),
    )  # fmt: skip


def _accept(desk: CaseService, case: Case | None, day: date) -> None:
    """A client who knows and confirms; another person need not look at a case that is not grave."""
    told = _contact(desk, case, day)
    if told is not None and acceptable(told.facts["rules"], day):
        desk.resolve(
            told.number, Resolution.ACCEPTED, "客户已书面确认知悉风险并坚持持有", expected_version=told.version,
            stamp=stamp(CHECKER, day), evidence=_paper("confirmation", told),
        )  # fmt: skip


def _dismiss(desk: CaseService, case: Case | None, said: str, day: date) -> None:
    """A false alarm, with the reason; a grave one waits for another person."""
    if case is not None:
        desk.resolve(
            case.number, Resolution.FALSE_ALARM, said, expected_version=case.version, stamp=_by(case, day)
        )


def _by(case: Case, day: date) -> Stamp:
    owner = Actor(f"demo-{case.owner_no}"[:32], case.owner_name or "示例顾问", Role.ADVISOR, f"staff:{case.owner_no}")
    made: Stamp = stamp(owner, day)
    return made


def _paper(kind: str, case: Case) -> str:
    return "sha256:" + sha256(f"{kind}:{case.number}".encode()).hexdigest()

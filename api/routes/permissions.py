"""交易权限: what a client may trade and what is missing; opened on evidence, closed with a reason."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Permissions, Stamped
from api.routes.amounts import Yuan
from api.routes.shapes import Ask, Day, Line, PathCode, Reason
from clients.repository import NoSuchClient
from kit.access import Verb
from suitability.gates.judge import GateAnswer, State
from suitability.gates.overview import GateStanding, overview, standing_of
from suitability.gates.permissions import GateRecord, RecordKind
from suitability.gates.problems import (
    EvidenceConflict,
    GateAlreadyOpen,
    GateNotInForce,
    GateNotOpen,
    GateOutOfOrder,
    NoSuchRecord,
    ReasonNeeded,
    UnknownVariant,
)
from suitability.levels import Gate

router = APIRouter(prefix="/clients/{client_no}", tags=["交易权限"], route_class=Door)
READS = [needs(Verb.PERMISSION_READ)]
EDITS = [needs(Verb.PERMISSION_EDIT)]
PathGate = Annotated[Gate, Path(description="权限")]
OF_GATE: Final = {"disclosed_on": "disclosures", "test_score": "test_scores", "tested_on": "tested_on"}
"""Given for the one gate that is applied for; evidence holds them by gate."""


class GateApplicationIn(Ask):
    """What was handed in; the rest is read from ledger, register, assessment and category. Absent is not known."""

    first_trade_on: Annotated[Day | None, Field(description="首次交易日，任何券商")] = None
    broker_since: Annotated[Day | None, Field(description="证券开户日")] = None
    futures_since: Annotated[Day | None, Field(description="期货开户日")] = None
    disclosed_on: Annotated[Day | None, Field(description="风险揭示书签署日")] = None
    test_score: Annotated[int | None, Field(ge=0, le=100, description="知识测试得分")] = None
    tested_on: Day | None = None
    test_grade: Annotated[int | None, Field(ge=1, le=3)] = None
    trial_grade: Annotated[int | None, Field(ge=1, le=3, description="模拟交易级别")] = None
    related_work: bool | None = None
    futures_experience: bool | None = None
    bad_record: bool | None = None
    default_record: bool | None = None
    affiliate: bool | None = None
    assets_20d: Yuan | None = None
    assets_10d: Yuan | None = None
    assets_today: Yuan | None = None
    financial_assets: Yuan | None = None
    mean_income_3y: Yuan | None = None
    net_assets: Yuan | None = None
    household_net_financial_assets: Yuan | None = None
    household_financial_assets: Yuan | None = None
    paid_in_capital: Yuan | None = None
    amount: Yuan | None = None
    grade: Annotated[int | None, Field(ge=1, le=3, description="股票期权的级别")] = None
    effective_from: Day | None = None
    refuse: Annotated[Line, Field(description="公司综合评估不予开通的理由；空为不反对")] = ""
    replaces: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="所答复的待补材料记录")] = None

    def evidence(self, gate: Gate) -> dict[str, Any]:
        """Fields of the evidence that were handed in."""
        told = self.model_dump(exclude={"grade", "effective_from", "refuse", "replaces"}, exclude_none=True)
        for name, place in OF_GATE.items():
            if name in told:
                value = told.pop(name)
                told[place] = {gate: Decimal(value) if name == "test_score" else value}
        return told


class ClosingIn(Ask):
    reason: Reason
    effective_from: Day


class ConditionOut(BaseModel):
    """One condition: what is known, what is asked, by which rule; decides: it keeps the gate closed."""

    rule: str
    title: str
    state: State
    label: str
    value: str | None = Field(description="空为未知")
    limit: str
    source: str
    confirmed: bool
    evidence: str = Field(description="数字的出处")
    as_of: date | None
    decides: bool
    missing: str | None


class PermissionOut(BaseModel):
    """One gate. open_since and grade where it is open; else whether it could be opened today, and what is missing."""

    gate: Gate
    label: str
    open_since: date | None
    grade: int | None
    state: State | None = Field(description="未开通时：MET 可以申请开通")
    variant: str | None = Field(description="按哪一级别或类别判断")
    missing: list[str]


class PermissionDetail(PermissionOut):
    conditions: list[ConditionOut]


class PermissionList(BaseModel):
    client_no: str
    day: date
    items: list[PermissionOut]


class PermissionRecordOut(BaseModel):
    """An application, opening, registration or closing as it was filed, with what it rested on."""

    id: int
    client_no: str
    gate: Gate
    kind: RecordKind
    grade: int | None
    applied_on: date
    effective_from: date
    evidence: dict[str, Any]
    conditions: list[Any]
    reasons: list[str]
    rule_version: str
    digest: str
    replaces: int | None
    decided_by: str
    decided_at: datetime


class PermissionRecordList(BaseModel):
    items: list[PermissionRecordOut]


def permission_out(one: GateStanding) -> PermissionOut:
    record, answer = one.record, one.answer
    return PermissionOut(
        gate=one.gate, label=one.gate.label, open_since=None if record is None else record.effective_from,
        grade=None if record is None else record.grade, state=None if answer is None else answer.state,
        variant=None if answer is None else answer.variant, missing=[] if answer is None else list(answer.missing),
    )  # fmt: skip


def conditions_out(answer: GateAnswer | None) -> list[ConditionOut]:
    told = () if answer is None else answer.conditions
    return [ConditionOut(**{name: getattr(one, name) for name in ConditionOut.model_fields}) for one in told]


def record_out(record: GateRecord) -> PermissionRecordOut:
    return PermissionRecordOut(**{name: getattr(record, name) for name in PermissionRecordOut.model_fields})


@router.get(
    "/permissions", operation_id="listPermissions", dependencies=READS,
    responses=problem_responses(NoSuchClient, EvidenceConflict),
)
def list_permissions(client_no: PathCode, desk: Permissions, scope: Reach) -> PermissionList:
    """What the client may trade, and what is missing for each gate that is closed."""
    found = overview(desk, client_no, scope.day)
    return PermissionList(client_no=client_no, day=scope.day, items=[permission_out(one) for one in found])


@router.get(
    "/permissions/{gate}", operation_id="getPermission", dependencies=READS,
    responses=problem_responses(NoSuchClient, EvidenceConflict, GateNotInForce, UnknownVariant),
)
def get_permission(client_no: PathCode, gate: PathGate, desk: Permissions, scope: Reach) -> PermissionDetail:
    """One gate with every condition on what is on file."""
    held = desk.permissions_of(client_no, scope.day).get(gate)
    found = standing_of(desk, client_no, gate, scope.day, held)
    if found is None:
        raise GateNotInForce(f"{gate.label}在 {scope.day} 没有生效的准入规则")
    return PermissionDetail(**permission_out(found).model_dump(), conditions=conditions_out(found.answer))


@router.post(
    "/permissions/{gate}/applications", status_code=201, operation_id="applyForPermission", dependencies=EDITS,
    responses=problem_responses(
        NoSuchClient, EvidenceConflict, GateAlreadyOpen, GateNotInForce, GateOutOfOrder, NoSuchRecord, UnknownVariant
    ),
)
def apply(
    client_no: PathCode, gate: PathGate, body: GateApplicationIn, desk: Permissions, scope: Reach, stamp: Stamped
) -> PermissionRecordOut:
    """Judge an application on today's evidence and file it: OPENED, REFUSED, or PENDING what is missing. Nobody opens
    against a condition that is not met.
    """
    evidence = desk.evidence(client_no, gate, scope.day, body.evidence(gate))
    return record_out(desk.apply(
        client_no, gate, evidence, stamp, grade=body.grade, effective_from=body.effective_from, refuse=body.refuse,
        replaces=body.replaces,
    ))  # fmt: skip


@router.post(
    "/permissions/{gate}/closing", status_code=201, operation_id="closePermission", dependencies=EDITS,
    responses=problem_responses(NoSuchClient, GateNotOpen, GateOutOfOrder, ReasonNeeded),
)
def close(
    client_no: PathCode, gate: PathGate, body: ClosingIn, desk: Permissions, stamp: Stamped
) -> PermissionRecordOut:
    """Close a permission from a day on."""
    done = desk.revoke(client_no, gate, reason=body.reason, effective_from=body.effective_from, stamp=stamp)
    return record_out(done)


@router.get(
    "/permission-records", operation_id="listPermissionRecords", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def list_records(client_no: PathCode, desk: Permissions) -> PermissionRecordList:
    """Every record, oldest first."""
    return PermissionRecordList(items=[record_out(one) for one in desk.history(client_no)])

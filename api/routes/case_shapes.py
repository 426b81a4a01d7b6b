"""Mismatch cases as they are asked for and told: the list's filters, one case with its timeline, what is done to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field, StringConstraints

from api.routes.amounts import Digest, plain
from api.routes.shapes import FIRST_DAY, Ask, Code, Day
from reports.masking import mask_name
from suitability.cases.filters import CaseFilter
from suitability.cases.service import LONGEST_NOTE, CaseDetail
from suitability.cases.types import (
    Case,
    CaseAction,
    CaseEvent,
    CaseStatus,
    Cause,
    ContactChannel,
    Dimension,
    EventKind,
    Resolution,
    Severity,
)

_LINES: Final = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Said = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NOTE, pattern=_LINES)]
Aside = Annotated[str, StringConstraints(max_length=LONGEST_NOTE, pattern=_LINES)]
Part = Annotated[str | None, Query(max_length=64)]

ClassAsked = Annotated[str | None, Query(max_length=16, description="C1_LOWEST、C1 … C5、NONE、PROFESSIONAL")]
LevelAsked = Annotated[str | None, Query(max_length=4, description="R1 … R5")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuery:
    """The filters of the list; what is left out takes all."""

    status: CaseStatus | None = None
    unsettled: Annotated[bool | None, Query(description="true：尚未了结的；false：已了结的")] = None
    severity: Severity | None = None
    origin: Cause | None = None
    dimension: Dimension | None = None
    client_no: Part = None
    client_class: ClassAsked = None
    product_level: LevelAsked = None
    owner_no: Part = None
    branch_no: Part = None
    overdue: bool | None = None
    escalated: bool | None = None
    q: Annotated[str, Query(max_length=128, description="客户号、姓名、产品代码或名称的一部分，或案件编号")] = ""

    def filter(self) -> CaseFilter:
        return CaseFilter(
            status=self.status, unsettled=self.unsettled, severity=self.severity, origin=self.origin,
            dimension=self.dimension, client_no=self.client_no, client_class=self.client_class,
            product_level=self.product_level, owner_no=self.owner_no, branch_no=self.branch_no, overdue=self.overdue,
            escalated=self.escalated, text=self.q,
        )  # fmt: skip


class CaseOut(BaseModel):
    """One case as it stands. product_code is empty where the client's assessment itself is missing or has expired."""

    number: str
    version: int
    client_no: str
    client_name: str = Field(description="姓名已遮盖")
    client_class: str
    product_code: str
    product_name: str
    product_level: str
    dimensions: list[Dimension]
    gap: int = Field(description="产品高于客户的级数")
    severity: Severity
    origin: Cause
    status: CaseStatus
    present: bool = Field(description="最近一次核对时仍不匹配")
    value: str | None = Field(description="市值（元）；没有价格为空")
    owner_no: str
    owner_name: str
    branch_no: str
    escalated: bool
    contacts: int
    opened_on: date
    due_on: date
    overdue: bool
    seen_on: date
    proposed_by: str = Field(description="提议了结的人，等另一人复核")
    resolution: Resolution | None
    resolved_on: date | None
    retain_until: date


class CasePageOut(BaseModel):
    items: list[CaseOut]
    next: str | None


class CaseEventOut(BaseModel):
    """One entry of the timeline: who did what, on what evidence. Never changed."""

    version: int
    kind: EventKind
    at: datetime
    by: str
    status: CaseStatus
    note: str
    channel: ContactChannel | None
    evidence: str
    detail: dict[str, Any]
    digest: str


class BrokenRuleOut(BaseModel):
    id: str
    title: str
    source: str
    confirmed: bool


class CaseWhole(CaseOut):
    """One case whole. actions: what is open in its state; whether you may do it is for your role to say."""

    facts: dict[str, Any] = Field(description="核对时读到的事实")
    rules: list[BrokenRuleOut]
    actions: list[CaseAction]
    second_needed: bool = Field(description="了结须由另一人复核")
    events: list[CaseEventOut] = Field(description="经过，旧的在前")


class OwnerIn(Ask):
    """Who shall work the case: a person in post."""

    staff_no: Code
    note: Aside = ""


class ReasonIn(Ask):
    note: Said


class ContactIn(Ask):
    """What was said to the client. evidence: digest of the recording or letter."""

    channel: ContactChannel
    note: Said
    evidence: Digest | None = None
    happened_on: Annotated[Day | None, Field(description=f"哪一天；默认今天，不早于 {FIRST_DAY}，不晚于今天")] = None


class EvidenceIn(Ask):
    """A word or a paper for the file; the paper itself is kept elsewhere, the case keeps its digest."""

    note: Said
    evidence: Digest | None = None
    name: Annotated[str, StringConstraints(max_length=128, pattern=_LINES)] = ""


class ResolutionIn(Ask):
    """How the case ends. ACCEPTED needs the digest of what the client confirmed."""

    resolution: Resolution
    note: Said
    evidence: Digest | None = None


_SAME: Final = tuple(
    name for name in CaseOut.model_fields if name not in ("client_name", "dimensions", "value", "overdue")
)


def _fields(case: Case, day: date) -> dict[str, Any]:
    return {
        **{name: getattr(case, name) for name in _SAME}, "client_name": mask_name(case.client_name),
        "dimensions": list(case.dimensions), "value": plain(case.value), "overdue": case.overdue(day),
    }  # fmt: skip


def case_out(case: Case, day: date) -> CaseOut:
    return CaseOut(**_fields(case, day))


def whole_out(detail: CaseDetail, day: date) -> CaseWhole:
    return CaseWhole(
        **_fields(detail.case, day), facts=detail.case.facts, actions=list(detail.actions),
        second_needed=detail.second_needed, events=[event_out(one) for one in detail.events],
        rules=[
            BrokenRuleOut(id=one.id, title=one.title, source=one.source, confirmed=one.confirmed)
            for one in detail.rules
        ],
    )  # fmt: skip


def event_out(event: CaseEvent) -> CaseEventOut:
    named = {name: getattr(event, name) for name in CaseEventOut.model_fields if name != "by"}
    return CaseEventOut(**named, by=event.by_name)

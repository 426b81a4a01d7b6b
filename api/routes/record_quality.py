"""资料质量: what is missing, stale or wrong in the records of clients, and the points that it costs each person."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import needs
from api.contract.door import Door
from api.desks import RecordQuality
from api.routes.shapes import Limit
from clients.records.checks import Fault
from clients.records.service import Finding, PersonQuality, Quality
from kit.access import Verb

router = APIRouter(prefix="/records", tags=["资料质量"], route_class=Door)


class FindingOut(BaseModel):
    """One fault of one client. It never repeats what stands in the record."""

    client_no: str
    staff_no: str
    check: str
    fault: Fault
    label: str
    ask: str
    points: int


class PersonQualityOut(BaseModel):
    """whole: clients without a fault. staff_no "": clients whom nobody in post serves."""

    staff_no: str
    name: str
    clients: int
    whole: int
    points: int
    points_a_client: float
    by_check: dict[str, int]


class QualityOut(BaseModel):
    day: date
    clients: int
    points: int
    by_check: dict[str, int]
    people: list[PersonQualityOut]
    findings: list[FindingOut]
    findings_total: int


def finding_out(one: Finding) -> FindingOut:
    return FindingOut(
        client_no=one.client_no, staff_no=one.staff_no, check=one.check.name, fault=one.check.fault,
        label=one.check.label, ask=one.check.ask, points=one.points,
    )  # fmt: skip


def person_out(one: PersonQuality) -> PersonQualityOut:
    return PersonQualityOut(
        staff_no=one.staff_no, name=one.staff_name, clients=one.clients, whole=one.whole, points=one.points,
        points_a_client=round(one.points_a_client, 2), by_check=one.by_check,
    )  # fmt: skip


def quality_out(found: Quality, limit: int) -> QualityOut:
    return QualityOut(
        day=found.day, clients=found.clients, points=found.points, by_check=found.by_check,
        people=[person_out(one) for one in found.people],
        findings=[finding_out(one) for one in found.findings[:limit]], findings_total=len(found.findings),
    )  # fmt: skip


@router.get("/quality", operation_id="getRecordQuality", dependencies=[needs(Verb.RECORD_READ)])
def get_quality(
    desk: RecordQuality, staff_no: Annotated[str | None, Query(max_length=64)] = None, limit: Limit = 100
) -> QualityOut:
    """Up to `limit` faults, the dearest first, and everybody's points; of one person's clients with staff_no."""
    return quality_out(desk.check(staff_no), limit)

"""半年自查: made from the records and filed, listed, read as data, taken away as PDF or Excel."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import Response as Bytes
from pydantic import BaseModel, Field, StringConstraints

from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Inspections, Stamped
from api.links import next_link
from api.routes.shapes import Ask, Cursor, Limit, PathId
from kit.access import Verb
from reports.inspection.filed import MEDIA_TYPES, write_inspection
from reports.inspection.service import HalfNotBegun, NoInspection
from reports.inspection.tables import InspectionRow
from reports.paging import read_number, write_cursor

router = APIRouter(prefix="/suitability/inspections", tags=["半年自查"], route_class=Door)
READS = [needs(Verb.INSPECTION_READ)]
HALF = r"^2[01][0-9]{2}H[12]$"
Half = Annotated[str, StringConstraints(pattern=HALF)]


class InspectionIn(Ask):
    """half: `2026H1` or `2026H2`."""

    half: Half


class InspectionBrief(BaseModel):
    """One filed report."""

    id: int
    half: str
    digest: str
    made_by: str
    made_at: datetime
    retain_until: date


class InspectionMade(InspectionBrief):
    filed: bool = Field(description="false：与最近登记的一份内容相同，没有再登记")


class InspectionPage(BaseModel):
    items: list[InspectionBrief]
    next: str | None


class InspectionOut(InspectionBrief):
    """One filed report whole: conclusion, figures, what is to be put right, the sections with their tables."""

    title: str
    period: str
    firm: str
    conclusion: str
    figures: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    numbers: dict[str, Any] = Field(description="逐项的数，供程序读取")
    versions: dict[str, str] = Field(description="当时在用的规则版本")


def brief(row: InspectionRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in InspectionBrief.model_fields}


@router.get("", operation_id="listInspections", dependencies=READS)
def list_inspections(
    request: Request,
    response: Response,
    desk: Inspections,
    half: Annotated[str | None, Query(pattern=HALF)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> InspectionPage:
    """What is on file, newest first."""
    found = desk.list(half, before=read_number(cursor), limit=limit + 1)
    following = write_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    next_link(request, response, following)
    return InspectionPage(items=[InspectionBrief(**brief(one)) for one in found[:limit]], next=following)


@router.post(
    "", status_code=201, operation_id="makeInspection", dependencies=[needs(Verb.INSPECTION_MAKE)],
    responses={
        200: {"model": InspectionMade, "description": "与最近登记的一份内容相同，没有再登记"},
        **problem_responses(HalfNotBegun),
    },
)
def make(body: InspectionIn, response: Response, desk: Inspections, stamp: Stamped) -> InspectionMade:
    """Count the records of the half-year as they are now, and file the report where it says anything new."""
    row, new = desk.make_and_file(body.half, stamp)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/api/v1/suitability/inspections/{row.id}"
    return InspectionMade(**brief(row), filed=new)


@router.get(
    "/{inspection_id}", operation_id="getInspection", dependencies=READS, responses=problem_responses(NoInspection)
)
def get_inspection(inspection_id: PathId, desk: Inspections) -> InspectionOut:
    """One filed report as data."""
    row = desk.row(inspection_id)
    content = orjson.loads(row.content)
    told = {name: content[name] for name in InspectionOut.model_fields if name in content}
    return InspectionOut(**{**told, **brief(row)})


@router.get(
    "/{inspection_id}/file", operation_id="getInspectionFile", dependencies=READS, response_class=Bytes,
    responses={
        200: {"description": "报告", "content": {
            media: {"schema": {"type": "object"} if form == "json" else {"type": "string", "format": "binary"}}
            for form, media in MEDIA_TYPES.items()
        }},
        **problem_responses(NoInspection),
    },
)
def get_file(inspection_id: PathId, desk: Inspections, format: Literal["pdf", "xlsx", "json"] = "pdf") -> Bytes:
    """One filed report to take away: PDF/A, a workbook, or the data; the same bytes each time."""
    return file_answer(desk.row(inspection_id), format)


def file_answer(row: InspectionRow, form: str) -> Bytes:
    content = write_inspection(row.content, row.digest, form)
    saved_as = f'attachment; filename="suitability-{row.half}.{form}"'
    return Bytes(content, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": saved_as})

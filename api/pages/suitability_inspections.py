"""Pages of the half-yearly self-inspection: made from the records, listed, taken away as PDF or workbook."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Inspections, Stamped
from api.pages.fields import Text
from api.pages.forms import FormCode
from api.pages.suitability_list import moment
from api.rendering import render
from api.routes.inspections import file_answer
from api.routes.shapes import PathId
from kit.access import Actor, Verb
from kit.problems import Problem
from reports.inspection.filed import inspection_from_text
from reports.inspection.service import InspectionService
from reports.inspection.tables import InspectionRow

LIST: Final = "/suitability/inspections"
MOST: Final = 100
HALVES: Final = 4
"""How many half-years back are offered, the running one included."""
NOTES: Final = {"filed": "自查报告已编制并登记。", "same": "记录没有变化，与最近登记的一份相同，没有再登记。"}
READS: Final = [needs(Verb.INSPECTION_READ)]
router = APIRouter(prefix=LIST, route_class=Door)


@router.get("", response_class=HTMLResponse, dependencies=READS)
def inspections_page(desk: Inspections, scope: Reach, who: Who, note: Text = None) -> str:
    """What is on file, newest first."""
    return _page(desk, scope.day, who, note=NOTES.get(note or ""))


@router.post("", dependencies=[needs(Verb.INSPECTION_MAKE)])
def make_inspection(
    desk: Inspections, stamp: Stamped, session: Database, scope: Reach, half: Annotated[FormCode, Form()] = ""
) -> Response:
    """Count the records of the half-year, and file the report where it says anything new."""
    try:
        _, new = desk.make_and_file(half, stamp)
    except Problem as refused:
        session.rollback()
        return HTMLResponse(_page(desk, scope.day, stamp.actor, fault=refused.detail), status_code=refused.status)
    return RedirectResponse(f"{LIST}?note={'filed' if new else 'same'}", status_code=303)


@router.get("/{inspection_id}/report.{form}", dependencies=READS)
def inspection_file(inspection_id: PathId, form: Literal["pdf", "xlsx", "json"], desk: Inspections) -> Response:
    """The filed report as a file."""
    return file_answer(desk.row(inspection_id), form)


def halves(day: date) -> list[str]:
    """The running half-year and those before it, newest first."""
    last = day.year * 2 + (day.month > 6)
    return [f"{number // 2}H{number % 2 + 1}" for number in range(last, last - HALVES, -1)]


def line_of(row: InspectionRow) -> dict[str, Any]:
    report = inspection_from_text(row.content, row.digest)
    return {
        "href": f"{LIST}/{row.id}/report", "period": report.period, "half": row.half, "conclusion": report.conclusion,
        "days": f"{report.first} 至 {report.last}", "problems": len(report.problems),
        "made": f"{row.made_by} {moment(row.made_at)}", "until": row.retain_until, "digest": row.digest[7:19],
    }  # fmt: skip


def _page(desk: InspectionService, day: date, who: Actor, note: str | None = None, fault: str = "") -> str:
    offered = halves(day)
    return render(
        "pages/inspections.html", "suitability", *([note] if note else []), reader=who, fault=fault,
        lines=[line_of(one) for one in desk.list(limit=MOST)], halves=offered, chosen=offered[1],
        may_make=who.may(Verb.INSPECTION_MAKE),
    )  # fmt: skip

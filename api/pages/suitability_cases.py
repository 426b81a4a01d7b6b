"""Pages of mismatch cases: the list with its filters, the reader's saved views, and the list as a file."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Now, Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import MismatchCases, StaffDesk
from api.pages.fields import Text
from api.pages.suitability_export import MEDIA_TYPES, rows_of, written
from api.pages.suitability_list import (
    LIST,
    Asked,
    Listed,
    asked_of,
    choices,
    code_chips,
    headings,
    line_of,
    severity_chips,
    status_chips,
    urgent_chips,
)
from api.rendering import render
from api.routes.shapes import PathId
from clients.staff.service import StaffService
from diagnosis.wording import number
from kit.access import Actor, Verb
from kit.views.service import MOST, SavedViews
from suitability.cases.filters import CaseFilter, CaseSort
from suitability.cases.service import CaseService
from suitability.cases.types import CaseStatus, Cause, Severity

router = APIRouter(prefix=LIST, route_class=Door, dependencies=[needs(Verb.CASE_READ)])

PAGE: Final = 50
COLLEAGUES: Final = 200
PLACE: Final = "cases"
NOTES: Final = {"saved": "视图已保存，在列表上方随时可用。", "removed": "视图已删除。"}


@router.get("", response_class=HTMLResponse)
def cases_page(
    desk: MismatchCases,
    staff: StaffDesk,
    session: Database,
    scope: Reach,
    who: Who,
    asked: Listed,
    cursor: Text = None,
    note: Text = None,
) -> Response:
    """The list: the nearest deadline first; filters stand in the address bar."""
    page = desk.list(asked.filter(), sort=asked.order(), cursor=cursor, limit=PAGE)
    content = _page(
        desk, staff, SavedViews(session, who.user_id), asked, who, NOTES.get(note or ""),
        lines=[line_of(case, scope.day, who) for case in page.cases],
        first=asked.href() if cursor else None,
        following=_following(asked, page.next_cursor),
    )  # fmt: skip
    return HTMLResponse(content, headers={"HX-Push-Url": asked.href()} if cursor is None else None)


@router.get("/export.{form}")
def cases_file(form: Literal["csv", "xlsx"], desk: MismatchCases, scope: Reach, asked: Listed) -> Response:
    """Every case under these filters, in this order. Nothing is filed by looking."""
    content = written(form, rows_of(desk, asked, scope.day))
    saved_as = f'attachment; filename="heshi-mismatches-{scope.day}.{form}"'
    return Response(content, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": saved_as})


@router.post("/views")
def save_view(
    session: Database, who: Who, at: Now, name: Annotated[str, Form()] = "", query: Annotated[str, Form()] = ""
) -> Response:
    """Keep these filters under a name; the same name again takes the new ones."""
    kept = asked_of(query)
    SavedViews(session, who.user_id).save(PLACE, name, kept.query(), at)
    return RedirectResponse(_noted(kept, "saved"), status_code=303)


@router.post("/views/{view_id}/remove")
def remove_view(view_id: PathId, session: Database, who: Who, query: Annotated[str, Form()] = "") -> Response:
    """Forget one of one's own views."""
    SavedViews(session, who.user_id).remove(view_id)
    return RedirectResponse(_noted(asked_of(query), "removed"), status_code=303)


def _page(
    desk: CaseService, staff: StaffService, views: SavedViews, asked: Asked, who: Actor, note: str | None,
    **shown: object,
) -> str:  # fmt: skip
    opening = desk.counts(CaseFilter(unsettled=True))
    counts = opening if asked.filter() == CaseFilter(unsettled=True) else desk.counts(asked.filter())
    own = who.subject.removeprefix("staff:") if who.subject.startswith("staff:") else ""
    names = {one.staff_no: one.name for one in staff.list(limit=COLLEAGUES)}
    names |= {one.branch_no: one.name for one in staff.branches()}
    known = views.of(PLACE)
    return render(
        "pages/mismatches.html", "suitability", *([note] if note else []), **shown,
        asked=asked, kept={name: value for name, value in asked.parts().items() if value}, reader=who,
        figures=_figures(opening), any=bool(sum(opening["status"].values())),
        total=number(counts["all"].get("all", 0), 0),
        statuses=status_chips(asked, counts["status"]), severities=severity_chips(asked, counts["severity"]),
        urgent=urgent_chips(asked, counts, own), origins=code_chips(asked, "origin", Cause, counts["origin"]),
        choices=choices(asked, counts, names), names=names, headings=headings(asked),
        sorts=[("" if one is CaseSort.DUE else one.value, one.label) for one in CaseSort], sort=asked.sort,
        views=[{"id": one.id, "label": one.name, "href": f"{LIST}?{one.query}" if one.query else LIST,
                "active": one.query == asked.query()} for one in known],
        room=len(known) < MOST,
    )  # fmt: skip


def _figures(counts: dict[str, dict[str, int]]) -> list[dict[str, str]]:
    """What the head says, over all that this reader sees: each figure leads to its cases."""
    told = [
        ("未了结", counts["all"].get("all", 0), Asked(), "PLAIN"),
        ("其中严重", counts["severity"].get(Severity.SEVERE.value, 0), Asked(severity=Severity.SEVERE.value), "WARN"),
        ("其中逾期", counts["overdue"].get("yes", 0), Asked(overdue="1"), "WARN"),
        ("待复核了结", counts["status"].get(CaseStatus.CLOSING.value, 0), Asked(status=CaseStatus.CLOSING), "PLAIN"),
    ]
    return [
        {"label": label, "text": f"{number(n, 0)} 件", "href": where.href(), "tone": tone if n else "PLAIN"}
        for label, n, where, tone in told
    ]


def _following(asked: Asked, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{LIST}?{'&'.join(filter(None, (asked.query(), f'cursor={cursor}')))}"


def _noted(asked: Asked, note: str) -> str:
    return f"{LIST}?{'&'.join(filter(None, (asked.query(), f'note={note}')))}"

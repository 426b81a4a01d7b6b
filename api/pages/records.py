"""资料质量 as a page: each person's points, and the faults of clients that made them."""

from __future__ import annotations

from collections import Counter
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.access import Who, needs
from api.contract.door import Door
from api.desks import RecordQuality
from api.pages.fields import Text
from api.pages.service_words import client_path, page_of, places, turned
from api.rendering import render
from clients.records.checks import CHECKS, Fault
from diagnosis.wording import number, percent
from kit.access import Verb
from reports.masking import mask_name

router = APIRouter(prefix="/records", route_class=Door)
SHOWN: Final = 40
"""Findings on a page."""
NOBODY: Final = "-"
"""In the place of a number: clients whom nobody in post serves."""


@router.get("", response_class=HTMLResponse, dependencies=[needs(Verb.RECORD_READ)])
def records_page(
    desk: RecordQuality, who: Who, staff: Text = None, check: Text = None, page: Text = None
) -> str:
    """What is missing, stale or wrong: by person and by check; filters and page stand in the address bar."""
    found = desk.check()
    wanted = None if staff is None else "" if staff == NOBODY else staff
    mine = [one for one in found.findings if wanted is None or one.staff_no == wanted]
    lines = [one for one in mine if check is None or one.check.name == check]
    paged = turned(
        len(lines), page_of(page), SHOWN, lambda n: _href(staff=staff, check=check, page=str(n)) + "#faults"
    )
    start = paged["start"]
    counts = Counter(one.check.name for one in mine)
    whole = sum(one.whole for one in found.people)
    return render(
        "pages/records.html", "service", places=places(who, "records"), total=number(found.clients, 0),
        points=number(found.points, 0), whole=percent(whole / found.clients, 1) if found.clients else "",
        faults=[(fault.label, number(sum(one.check.fault is fault for one in found.findings), 0)) for fault in Fault],
        checks=[{"label": CHECKS[name].label, "href": _href(staff=staff, check=None if check == name else name),
                 "active": check == name, "count": counts[name]} for name in CHECKS if counts[name]],
        people=[
            {"staff_no": one.staff_no or "无主办", "name": one.staff_name, "branch": one.branch,
             "clients": number(one.clients, 0), "whole": percent(one.whole / one.clients, 0),
             "points": number(one.points, 0), "each": number(one.points_a_client, 1),
             "href": _href(staff=one.staff_no or NOBODY), "active": wanted == one.staff_no}
            for one in found.people
        ],
        lines=[
            {"client_no": one.client_no, "name": mask_name(one.client_name), "href": client_path(one.client_no),
             "fault": one.check.fault.label, "label": one.check.label, "ask": one.check.ask, "points": one.points,
             "staff": one.staff_name or "无主办"}
            for one in lines[start : start + SHOWN]
        ],
        chosen=bool(staff or check), **paged,
    )  # fmt: skip


def _href(**parts: str | None) -> str:
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"/records?{query}" if query else "/records"

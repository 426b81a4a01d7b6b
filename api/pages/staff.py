"""Pages of staff: who works where with how many clients, and one person with all that is on file."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Absences, Qualifications, StaffDesk
from api.pages.fields import Text
from api.pages.staff_view import (
    LIST,
    Filter,
    address,
    away_of,
    book_of,
    branch_chips,
    branch_of,
    is_full,
    lacking,
    line_of,
    post_chips,
    post_of,
    registered_of,
    room_of,
    served_of,
    staff_path,
)
from api.rendering import render
from api.routes.shapes import PathCode
from clients.staff.relations import RelationService
from clients.staff.types import Post, Relation, Staff
from kit.access import Actor, Verb
from reports.paging import read_cursor, write_cursor

router = APIRouter(prefix=LIST, route_class=Door, dependencies=[needs(Verb.STAFF_READ)])

PAGE: Final = 50
NOTES: Final = {
    "saved": "已保存。",
    "assigned": "服务关系已登记。",
    "ended": "服务关系已结束。",
    "withdrawn": "尚未开始的服务关系已撤销。",
    "handed": "交接已办理：客户从交接日起由接手人服务。",
}


@router.get("", response_class=HTMLResponse)
def staff_page(
    desk: StaffDesk,
    scope: Reach,
    who: Who,
    branch: Text = None,
    post: Text = None,
    q: Text = None,
    gone: Text = None,
    cursor: Text = None,
) -> str:
    """The list: filters stand in the address bar; by number."""
    held_post = None
    with suppress(ValueError):
        held_post = Post(post) if post else None
    chosen = Filter(branch, held_post, q.strip() if q else None, bool(gone))
    found = desk.list(
        after=read_cursor(cursor, 1)[0] if cursor else "", limit=PAGE + 1, matching=chosen.search or "",
        branch_no=branch, post=held_post, in_post=not chosen.gone,
    )
    shown = found[:PAGE]
    held, heads = desk.registrations(one.staff_no for one in shown), desk.headcount()
    kept = {"branch": branch, "post": held_post.value if held_post else None, "gone": "1" if gone else None}
    return render(
        "pages/staff.html",
        "staff",
        lines=[line_of(one, held[one.staff_no], scope.day, who) for one in shown],
        chosen=chosen,
        kept={name: value for name, value in kept.items() if value},
        total=sum(heads.values()),
        branches=branch_chips(chosen, desk.branches(), heads),
        posts=post_chips(chosen, heads),
        first=address(chosen) if cursor else None,
        following=address(chosen, cursor=write_cursor(shown[-1].staff_no)) if len(found) > PAGE else None,
    )


@router.get("/{staff_no}", response_class=HTMLResponse)
def person_page(
    staff_no: PathCode,
    desk: StaffDesk,
    qualifications: Qualifications,
    absences: Absences,
    session: Database,
    scope: Reach,
    who: Who,
    all: Text = None,
    cursor: Text = None,
    note: Text = None,
) -> str:
    """One person: registrations and what they allow, absences, levels, the clients served."""
    person, day = desk.get(staff_no), scope.day
    relations = RelationService(session, who.scope(Verb.RELATION_READ, day))
    found = relations.list(
        staff_no=staff_no, day=None if all else day, after=_after(cursor), limit=PAGE + 1
    )
    held = desk.registrations([staff_no])[staff_no]
    return render(
        "pages/staff_person.html",
        "staff",
        *((NOTES[note],) if note in NOTES else ()),
        person=person,
        post=post_of(person),
        branch=branch_of(person),
        clients=book_of(person),
        full=is_full(person),
        room=room_of(person),
        lacking=lacking(person, held, day),
        since=person.joined_on or "未登记",
        registered=[registered_of(one, person, day, who) for one in qualifications.list(staff_no)],
        away=[away_of(one, day, who) for one in absences.list(staff_no)],
        levels=desk.levels(staff_no),
        served=[served_of(one, day, who) for one in found[:PAGE]],
        every=bool(all),
        base=staff_path(staff_no),
        **_offers(person, who),
        **_walk(staff_no, found, bool(all), cursor),
    )


def _offers(person: Staff, who: Actor) -> dict[str, str | None]:
    """Addresses of what this reader may do with the person; None hides the button."""
    edits, relates = who.may(Verb.STAFF_EDIT), who.may(Verb.RELATION_EDIT)
    at = person.staff_no
    working = person.post is not None
    return {
        "hand_over": staff_path(at, "handover") if relates and person.clients else None,
        "assign": staff_path(at, "relations/new") if relates and working else None,
        "edit": staff_path(at, "edit") if edits else None,
        "move": staff_path(at, "move") if edits and not person.left_on else None,
        "leave": staff_path(at, "leave") if edits and working and not person.left_on else None,
        "add_qualification": staff_path(at, "qualifications/new") if edits else None,
        "add_absence": staff_path(at, "absences/new") if edits and working else None,
    }


def _walk(staff_no: str, found: tuple[Relation, ...], every: bool, cursor: str | None) -> dict[str, str | None]:
    """The pager of the clients."""
    kept = {"all": "1"} if every else {}
    following = write_cursor(str(found[PAGE - 1].id)) if len(found) > PAGE else None
    return {
        "first": staff_path(staff_no, **kept) if cursor else None,
        "following": staff_path(staff_no, **kept, cursor=following) if following else None,
    }


def _after(cursor: str | None) -> int:
    said = read_cursor(cursor, 1)[0] if cursor else "0"
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0

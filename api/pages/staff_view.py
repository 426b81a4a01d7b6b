"""Staff as a reader sees them: lines of the list, a person with registrations, absences and clients, filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote, urlencode

from clients.staff.checks import unqualified
from clients.staff.periods import OPEN, Period
from clients.staff.rules import Held, acts_of
from clients.staff.types import Absence, Act, Branch, Post, Qualification, Relation, RelationRole, Staff
from diagnosis.wording import DASH, number
from kit.access import Actor, Verb
from reports.masking import mask_name

LIST: Final = "/staff"
HEAD_OFFICE: Final = "总部"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed by. gone: also those who hold no post any more."""

    branch_no: str | None = None
    post: Post | None = None
    search: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list."""

    staff_no: str
    href: str
    name: str
    post: str
    branch: str
    registered: str
    clients: str
    full: bool
    level: str
    warnings: tuple[str, ...]
    marks: tuple[str, ...]
    step: str
    step_href: str


@dataclass(frozen=True, slots=True)
class Registered:
    """One registration of a person."""

    licence: str
    number: str
    during: str
    acts: str
    state: str
    over: bool
    inferred: bool
    href: str | None


@dataclass(frozen=True, slots=True)
class Away:
    """One absence."""

    kind: str
    during: str
    stand_in: str
    stand_in_href: str
    note: str
    now: bool
    href: str | None


@dataclass(frozen=True, slots=True)
class Served:
    """One client of a person, by one relation."""

    client_no: str
    client: str
    client_href: str | None
    role: str
    during: str
    why: str
    running: bool
    step: str
    step_href: str


def staff_path(staff_no: str, place: str = "", **query: str) -> str:
    """Address of a person's page or of a place below it."""
    path = f"{LIST}/{quote(staff_no, safe='')}" + (f"/{place}" if place else "")
    return f"{path}?{urlencode(query)}" if query else path


def line_of(person: Staff, held: Sequence[Held], day: date, who: Actor) -> Line:
    """One person's line for this reader."""
    warnings = warnings_of(person, held, day)
    hands_over = bool(warnings) and who.may(Verb.RELATION_EDIT) and person.clients > 0
    step, place = ("交接", "handover") if hands_over else ("查看", "")
    running = [licence.label for licence, during in held if during.covers(day)]
    return Line(
        staff_no=person.staff_no, href=staff_path(person.staff_no), name=person.name, post=post_of(person),
        branch=branch_of(person), registered="、".join(dict.fromkeys(running)), clients=book_of(person),
        full=is_full(person), level=person.level or "", warnings=warnings,
        marks=("离岗中",) if person.absent else (), step=step, step_href=staff_path(person.staff_no, place),
    )


def post_of(person: Staff) -> str:
    if person.post is not None:
        return person.post.label
    return f"已离职（{person.left_on}）" if person.left_on else "未任职"


def branch_of(person: Staff) -> str:
    return person.branch_name or (HEAD_OFFICE if person.post else DASH)


def book_of(person: Staff) -> str:
    """Clients served, and how many at most."""
    return number(person.clients, 0) + (f" / {number(person.capacity, 0)}" if person.capacity is not None else "")


def room_of(person: Staff) -> str:
    """How many more clients the person may take."""
    if person.capacity is None:
        return "没有上限"
    left = person.capacity - person.clients
    if left > 0:
        return f"还可以再接 {number(left, 0)} 位"
    return f"超过上限 {number(-left, 0)} 位" if left else "已到上限"


def is_full(person: Staff) -> bool:
    return person.capacity is not None and person.clients >= person.capacity


def warnings_of(person: Staff, held: Sequence[Held], day: date) -> tuple[str, ...]:
    """What needs somebody's attention on the day, in a few words."""
    found = []
    if person.post is not None and unqualified(person.post, RelationRole.MAIN, held, day):
        found.append("登记不足")
    if person.capacity is not None and person.clients > person.capacity:
        found.append("超过上限")
    if person.post is None and person.clients:
        found.append("离职未交接")
    return tuple(found)


def lacking(person: Staff, held: Sequence[Held], day: date) -> str | None:
    """What the person's post demands and the registrations do not allow, in a sentence."""
    return None if person.post is None else unqualified(person.post, RelationRole.MAIN, held, day)


def during(first: date, last: date | None) -> str:
    return Period(first, last or OPEN).text


def registered_of(one: Qualification, person: Staff, day: date, who: Actor) -> Registered:
    when = Period(one.valid_from, one.valid_to or OPEN)
    over = when.last < day
    state = "已到期" if over else "有效" if when.covers(day) else "未生效"
    edit = staff_path(person.staff_no, f"qualifications/{one.id}") if who.may(Verb.STAFF_EDIT) else None
    acts = acts_of(one.licence, max(day, one.valid_from))
    return Registered(
        licence=one.licence.label, number=one.number or DASH, during=when.text,
        acts="、".join(act.label for act in Act if act in acts) or DASH, state=state, over=over, inferred=one.inferred,
        href=edit,
    )


def away_of(one: Absence, day: date, who: Actor) -> Away:
    edit = staff_path(one.staff_no, f"absences/{one.id}") if who.may(Verb.STAFF_EDIT) else None
    when = Period(one.valid_from, one.valid_to or OPEN)
    stand_in = one.stand_in or ""
    return Away(
        one.kind.label, when.text, stand_in, staff_path(stand_in) if stand_in else "", one.note, when.covers(day), edit
    )


def served_of(one: Relation, day: date, who: Actor) -> Served:
    when = Period(one.valid_from, one.valid_to or OPEN)
    ahead = one.valid_from > day
    open_to = who.may(Verb.RELATION_EDIT) and when.last >= day
    return Served(
        client_no=one.client_no, client=mask_name(one.client_name),
        client_href=f"/accounts?{urlencode({'q': one.client_no})}" if who.may(Verb.ACCOUNT_READ) else None,
        role=one.role.label, during=when.text, why=one.ended_reason or one.reason, running=when.covers(day),
        step=("撤销" if ahead else "结束") if open_to else "", step_href=f"/relations/{one.id}" if open_to else "",
    )


def address(chosen: Filter, **changes: str | None) -> str:
    """The list under this filter with some parts changed."""
    now: dict[str, str | None] = {
        "branch": chosen.branch_no, "post": chosen.post.value if chosen.post else None, "q": chosen.search,
        "gone": "1" if chosen.gone else None, **changes,
    }  # fmt: skip
    kept = {name: value for name, value in now.items() if value}
    return f"{LIST}?{urlencode(kept)}" if kept else LIST


def branch_chips(
    chosen: Filter, branches: Sequence[Branch], heads: Mapping[tuple[str | None, Post], int]
) -> list[dict[str, Any]]:
    """One chip a branch with how many of the chosen post are in it."""
    chips = [
        _chip(
            one.name, address(chosen, branch=one.branch_no), chosen.branch_no == one.branch_no,
            _count(heads, one.branch_no, chosen.post),
        )
        for one in branches
    ]  # fmt: skip
    whole = _count(heads, None, chosen.post)
    return [_chip("全部", address(chosen, branch=None), not chosen.branch_no, whole), *chips]


def post_chips(chosen: Filter, heads: Mapping[tuple[str | None, Post], int]) -> list[dict[str, Any]]:
    """One chip a post that somebody holds, and one for those who have left."""
    numbers = {post: _count(heads, chosen.branch_no, post) for post in Post}
    chips = [
        _chip(post.label, address(chosen, post=post.value, gone=None), chosen.post is post, n)
        for post, n in numbers.items()
        if n or chosen.post is post
    ]
    open_to_all = not chosen.post and not chosen.gone
    everybody = _chip("在任", address(chosen, post=None, gone=None), open_to_all, sum(numbers.values()))
    return [everybody, *chips, _chip("含已离职", address(chosen, post=None, branch=None, gone="1"), chosen.gone)]


def _count(heads: Mapping[tuple[str | None, Post], int], branch_no: str | None, post: Post | None) -> int:
    """How many hold this post in this branch; None takes any."""
    return sum(n for (place, held), n in heads.items() if branch_no in (None, place) and post in (None, held))


def _chip(label: str, href: str, active: bool, count: int | None = None) -> dict[str, Any]:
    return {"label": label, "href": href, "active": active, "count": None if count is None else number(count, 0)}

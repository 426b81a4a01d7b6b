"""The supervisor's view in words: each desk of the branch with its load, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from api.pages.tasks_view import LIST as TASKS
from api.pages.tasks_view import Sums, day_words
from clients.staff.types import AbsenceKind, Staff
from diagnosis.wording import number
from mot.tasks.repository import OwnerLoad, TaskFilter

LIST: Final = "/team"
WAITING, LATE, RAISED, EVERY = "waiting", "late", "raised", "all"
NOBODY: Final = OwnerLoad("", "", 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What stands in the address. what: which tasks; owner: of whom alone; branch: for who sees several."""

    what: str = ""
    owner: str = ""
    branch: str = ""
    q: str = ""

    def href(self, **changes: str) -> str:
        changed = replace(self, **changes)
        query = urlencode({one.name: value for one in fields(changed) if (value := getattr(changed, one.name))})
        return f"{LIST}?{query}" if query else LIST

    def filter(self, what: str) -> TaskFilter:
        return TaskFilter(
            open=True, owner_no=self.owner or None, branch_no=self.branch or None, text=self.q,
            unassigned=True if what == WAITING else None, overdue=True if what == LATE else None,
            escalated=True if what == RAISED else None,
        )  # fmt: skip


def asked(request: Request) -> Asked:
    """The filters of the address; what it does not know is left out."""
    known = {one.name for one in fields(Asked)}
    return Asked(**{name: value[:128] for name, value in parse_qsl(request.url.query) if name in known})


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One person's desk. width: how full it is, 0 to 100; away: why not here and who stands in, "" for who is here."""

    number: str
    name: str
    post: str
    href: str
    active: bool
    open: str
    mandatory: int
    overdue: int
    escalated: int
    due_today: int
    width: int
    full: bool
    load: str
    clients: str
    away: str
    uncovered: bool
    covers: str


def chosen(now: Asked, sums: Sums, waiting: int) -> str:
    """Which tasks stand below: those asked for, or what most needs a person."""
    if now.what in (WAITING, LATE, RAISED, EVERY):
        return now.what
    if now.owner:
        return EVERY
    told = ((WAITING, waiting), (LATE, sums.overdue), (RAISED, sums.escalated))
    return next((what for what, n in told if n), EVERY)


def figures(now: Asked, sums: Sums, waiting: int) -> list[dict[str, str]]:
    whole = Asked(branch=now.branch)
    told = (
        ("未分派", waiting, WAITING, "等待分派"), ("已逾期", sums.overdue, LATE, "过了期限还没有办完"),
        ("已上报", sums.escalated, RAISED, "办理人或系统上报"),
        ("全部待办", sums.open, EVERY, f"其中必做 {sums.mandatory}"),
    )  # fmt: skip
    return [
        {"label": label, "text": f"{number(n, 0)} 项", "href": whole.href(what=what), "note": note,
         "tone": "WARN" if n and what in (WAITING, LATE) else "PLAIN"}
        for label, n, what, note in told
    ]  # fmt: skip


def what_chips(now: Asked, what: str, sums: Sums, waiting: int) -> list[dict[str, Any]]:
    told = ((WAITING, "未分派", waiting), (LATE, "已逾期", sums.overdue), (RAISED, "已上报", sums.escalated),
            (EVERY, "全部待办", sums.open))  # fmt: skip
    return [
        {"label": label, "count": number(n, 0), "active": value == what, "href": now.href(what=value)}
        for value, label, n in told
    ]


def desk_lines(
    staff: Sequence[Staff], loads: Mapping[str, OwnerLoad], away: Mapping[str, tuple[str, date | None, str]],
    now: Asked, full: int,
) -> list[DeskLine]:  # fmt: skip
    """The fullest and latest desks first. away: kind of absence, its last day and stand-in, by number."""
    covers: dict[str, list[str]] = {}
    names = {one.staff_no: one.name for one in staff}
    for absent, (_, _, stand_in) in away.items():
        if stand_in:
            covers.setdefault(stand_in, []).append(names.get(absent, absent))
    lines = [
        _line(one, loads.get(one.staff_no, NOBODY), away.get(one.staff_no), covers.get(one.staff_no, ()), names, now,
              full)
        for one in staff
    ]  # fmt: skip
    return sorted(lines, key=lambda one: (-one.overdue, not one.uncovered, -one.width, one.number))


def _line(
    one: Staff, load: OwnerLoad, away: tuple[str, date | None, str] | None, covers: Sequence[str],
    names: Mapping[str, str], now: Asked, full: int,
) -> DeskLine:  # fmt: skip
    limit = f" / {one.capacity}" if one.capacity is not None else ""
    return DeskLine(
        number=one.staff_no, name=one.name, post=one.post.label if one.post else "",
        href=now.href(owner="" if now.owner == one.staff_no else one.staff_no, what=""),
        active=now.owner == one.staff_no, open=number(load.open, 0), mandatory=load.mandatory, overdue=load.overdue,
        escalated=load.escalated, due_today=load.due_today, width=min(100, round(100 * load.open / full)),
        full=load.open >= full, load=f"{load.open} / {full}", clients=f"客户 {one.clients}{limit}",
        away=_away(away, names), uncovered=away is not None and not away[2],
        covers=f"代 {'、'.join(covers)}" if covers else "",
    )  # fmt: skip


def _away(away: tuple[str, date | None, str] | None, names: Mapping[str, str]) -> str:
    if away is None:
        return ""
    kind, last, stand_in = away
    until = f"至 {day_words(last)}" if last else "没有定返岗日"
    who = f"由 {names.get(stand_in, stand_in)} 代岗" if stand_in else "没有人代岗"
    return f"{AbsenceKind(kind).label} {until}，{who}"


def task_list(now: Asked) -> str:
    """The same people's tasks in the long list."""
    return f"{TASKS}?q={now.q}" if now.q else TASKS

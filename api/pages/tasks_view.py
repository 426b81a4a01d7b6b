"""A list of tasks in words: what stands in its address, its lines in groups, its chips and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from api.pages.suitability_list import code
from clients.visibility import STAFF
from diagnosis.wording import number
from kit.access import Actor, Reach, Scope, Verb
from mot.events.types import Family
from mot.tasks.desk import BulkResult
from mot.tasks.repository import OwnerLoad, TaskFilter
from mot.tasks.types import Origin, Task, TaskAction, TaskState
from reports.masking import mask_name

LIST: Final = "/tasks"
ENDED: Final = "ENDED"
"""In the place of a state: whatever is over. Without a state the list shows whatever is not."""
OWN_WORD: Final = "OWN"
"""In the place of a family: tasks that somebody set themselves."""
MUST, MAY = "1", "0"
WEEKDAYS: Final = "一二三四五六日"
S: Final = TaskState
TONES: Final[Mapping[TaskState, str]] = {
    S.CREATED: "WARN", S.DONE: "DOWN", S.IN_PROGRESS: "BRAND", S.EXPIRED: "WARN",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What stands in the address, by the names it has there; an unknown word is no filter."""

    state: str = ""
    must: str = ""
    family: str = ""
    when: str = ""
    q: str = ""

    def filter(self, day: date) -> TaskFilter:
        state, family = code(TaskState, self.state), code(Family, self.family)
        return TaskFilter(
            state=state, open=None if state else self.state != ENDED,
            mandatory={MUST: True, MAY: False}.get(self.must),
            family="" if self.family == OWN_WORD else family.value if family else None,
            overdue=True if self.when == "late" else None, due_by=day if self.when == "today" else None, text=self.q,
        )  # fmt: skip

    def href(self, **changes: str) -> str:
        """The list with some parts changed; a change of filter starts at the first page."""
        changed = replace(self, **changes)
        query = urlencode({one.name: value for one in fields(changed) if (value := getattr(changed, one.name))})
        return f"{LIST}?{query}" if query else LIST

    def toggled(self, name: str, value: str) -> str:
        return self.href(**{name: "" if getattr(self, name) == value else value})

    @property
    def narrowed(self) -> bool:
        return self != Asked()


def asked(request: Request) -> Asked:
    """The filters of the address; what it does not know is left out."""
    known = {one.name for one in fields(Asked)}
    return Asked(**{name: value[:128] for name, value in parse_qsl(request.url.query) if name in known})


@dataclass(frozen=True, slots=True)
class Line:
    """One task: for whom and why, until when, in whose hands. pick: what a bulk form sends for it, "" not to be
    picked."""

    number: str
    href: str
    pick: str
    name: str
    client_no: str
    client: str
    notice: str
    mandatory: bool
    urgent: bool
    state: str
    tone: str
    due: str
    due_day: str
    late: bool
    raised: bool
    held: str
    owner: str
    covers: str
    own: bool
    step: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    title: str
    late: bool
    lines: tuple[Line, ...]


def line_of(task: Task, scope: Scope, who: Actor) -> Line:
    day, mine = scope.day, works(task, scope, who)
    own_no = who.subject.partition(":")[2]
    return Line(
        number=task.number, href=f"{LIST}/{task.number}", pick=f"{task.number}.{task.version}" if task.open else "",
        name=task.name, client_no=task.client_no, client=client_name(task, mine), notice=shown(task, task.notice, mine),
        mandatory=task.mandatory, urgent=task.must_contact, state=task.state.label,
        tone=TONES.get(task.state, "PLAIN"), due=due_words(task, day), due_day=day_words(task.due_on),
        late=task.overdue(day), raised=task.escalated_on is not None and task.open, held=task.held_why,
        owner=task.owner_name or "未分派",
        covers=f"代 {task.owner_name}" if mine and task.owner_no != own_no else "", own=mine,
        step="办理" if mine and task.open else "查看",
    )  # fmt: skip


def works(task: Task, scope: Scope, who: Actor) -> bool:
    """Whether it is this reader who works it: their own, or that of somebody in whose place they stand."""
    if not who.may(Verb.TASK_WORK) or not task.owner_no:
        return False
    return scope.reach is Reach.BOOK or f"{STAFF}:{task.owner_no}" == who.subject


def client_name(task: Task, mine: bool) -> str:
    """Who works the task sees the name; everybody else the first character."""
    return task.client_name if mine else mask_name(task.client_name)


def shown(task: Task, text: str, mine: bool) -> str:
    """A text of the task, the name in it as the reader may see it."""
    return text if mine or not task.client_name else text.replace(task.client_name, mask_name(task.client_name))


def day_words(day: date) -> str:
    """11-30 周一"""
    return f"{day:%m-%d} 周{WEEKDAYS[day.weekday()]}"


def long_day(day: date) -> str:
    """2026-11-30 星期一"""
    return f"{day} 星期{WEEKDAYS[day.weekday()]}"


def due_words(task: Task, day: date) -> str:
    """How long there is still time; of an ended one, when it ended."""
    if not task.open:
        return f"{task.ended_on or task.due_on:%m-%d} 结束"
    left = (task.due_on - day).days
    if left < 0:
        return f"逾期 {-left} 天"
    return {0: "今天", 1: "明天"}.get(left, f"{left} 天后")


def groups(lines: Sequence[Line]) -> list[Group]:
    """Mandatory before optional, in each the overdue ones apart; the order within is that of the list."""
    found = []
    for title, mandatory, late in (
        ("必做 · 已逾期", True, True), ("必做", True, False), ("选做 · 已逾期", False, True), ("选做", False, False),
    ):  # fmt: skip
        some = tuple(one for one in lines if (one.mandatory, one.late) == (mandatory, late))
        if some:
            found.append(Group(title, late, some))
    return found


@dataclass(frozen=True, slots=True)
class Sums:
    """Open tasks of everybody whom the reader sees."""

    open: int = 0
    mandatory: int = 0
    overdue: int = 0
    escalated: int = 0
    due_today: int = 0

    @classmethod
    def of(cls, desks: Iterable[OwnerLoad]) -> Sums:
        some = list(desks)
        return cls(**{one.name: sum(getattr(desk, one.name) for desk in some) for one in fields(cls)})


def figures(sums: Sums) -> list[dict[str, str]]:
    """What the head says; each figure leads to its tasks."""
    told = [
        ("待办", sums.open, Asked().href(), "PLAIN"), ("其中必做", sums.mandatory, Asked(must=MUST).href(), "PLAIN"),
        ("今天须办完", sums.due_today + sums.overdue, Asked(when="today").href(), "PLAIN"),
        ("已逾期", sums.overdue, Asked(when="late").href(), "WARN" if sums.overdue else "PLAIN"),
    ]  # fmt: skip
    return [{"label": label, "text": f"{number(n, 0)} 项", "href": href, "tone": tone} for label, n, href, tone in told]


def state_chips(now: Asked, states: Mapping[str, int]) -> list[dict[str, Any]]:
    still = sum(n for state, n in states.items() if code(TaskState, state) in _OPEN)
    over = sum(states.values()) - still
    told = [("", "待办", still)]
    told += [(one.value, one.label, states.get(one.value, 0)) for one in _OPEN]
    told += [(ENDED, "已结束", over)]
    told += [(one.value, one.label, states.get(one.value, 0)) for one in TaskState if one not in _OPEN]
    return [
        _chip(label, now.href(state=value), now.state == value, n)
        for value, label, n in told
        if n or value in ("", now.state)
    ]


_OPEN: Final = (S.CREATED, S.ASSIGNED, S.ACCEPTED, S.IN_PROGRESS)


def must_chips(now: Asked, sums: Sums) -> list[dict[str, Any]]:
    told = (("", "全部", None), (MUST, "必做", sums.mandatory), (MAY, "选做", sums.open - sums.mandatory))
    return [_chip(label, now.href(must=value), now.must == value, n) for value, label, n in told]


def family_chips(now: Asked, families: Mapping[str, int]) -> list[dict[str, Any]]:
    told = [(one.value, one.label, families.get(one.value, 0)) for one in Family]
    told.append((OWN_WORD, Origin.OWN.label, families.get("", 0)))
    return [
        _chip(label, now.toggled("family", value), now.family == value, n)
        for value, label, n in told
        if n or now.family == value
    ]


def _chip(label: str, href: str, active: bool, count: int | None) -> dict[str, Any]:
    return {"label": label, "href": href, "active": active, "count": None if count is None else number(count, 0)}


@dataclass(frozen=True, slots=True)
class BulkTold:
    """What became of a bulk action: how many, and each that was refused with why."""

    done: str
    refused: tuple[tuple[str, str], ...]


def bulk_told(found: BulkResult, action: TaskAction) -> BulkTold:
    words = {TaskAction.ACCEPT: "已接收", TaskAction.SKIP: "已跳过", TaskAction.ASSIGN: "已分派"}
    n = len(found.done)
    return BulkTold(
        f"{n} 项{words[action]}。" if n else "没有一项办成。",
        tuple((task_no, problem.detail or problem.title) for task_no, problem in found.refused),
    )


def picks(told: Iterable[str]) -> dict[str, int]:
    """Numbers with the versions that their reader saw; what is none is left out."""
    found = {}
    for one in told:
        task_no, _, version = one.partition(".")
        if version.isascii() and version.isdigit() and len(version) < 10:
            found[task_no] = int(version)
    return found

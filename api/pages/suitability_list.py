"""The list of mismatch cases as a reader asks for it: every filter an address, every case a line in words."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request

from diagnosis.wording import DASH, number, yuan
from kit.access import Actor, Role, Verb
from kit.clock import SHANGHAI
from kit.labels import Labelled
from reports.masking import mask_name
from suitability.cases.filters import CaseFilter, CaseSort
from suitability.cases.types import Case, CaseStatus, Cause, Dimension, Severity

LIST: Final = "/suitability/cases"
ALL: Final = "ALL"
"""In the place of a status: closed ones too. Without a status the list shows whatever is not closed."""
CLASSES: Final[Mapping[str, str]] = {
    "C1_LOWEST": "C1 最低类别", "C1": "C1", "C2": "C2", "C3": "C3", "C4": "C4", "C5": "C5", "NONE": "没有评估",
    "PROFESSIONAL": "专业投资者",
}  # fmt: skip
Code = TypeVar("Code", bound=Labelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What stands in the address, by the names it has there; an unknown word is no filter."""

    status: str = ""
    severity: str = ""
    origin: str = ""
    what: str = ""
    level: str = ""
    client_class: str = ""
    owner: str = ""
    branch: str = ""
    overdue: str = ""
    escalated: str = ""
    q: str = ""
    sort: str = ""

    def filter(self) -> CaseFilter:
        status = code(CaseStatus, self.status)
        return CaseFilter(
            status=status, unsettled=None if status or self.status == ALL else True,
            severity=code(Severity, self.severity), origin=code(Cause, self.origin),
            dimension=code(Dimension, self.what), product_level=self.level or None,
            client_class=self.client_class or None, owner_no=self.owner or None, branch_no=self.branch or None,
            overdue=True if self.overdue else None, escalated=True if self.escalated else None, text=self.q,
        )  # fmt: skip

    def order(self) -> CaseSort:
        return code(CaseSort, self.sort) or CaseSort.DUE

    def query(self) -> str:
        """The part of the address behind the question mark; empty for the list as it opens."""
        return urlencode({name: value for name, value in self.parts().items() if value})

    def parts(self) -> dict[str, str]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def href(self, place: str = "", **changes: str) -> str:
        """The list, or a place below it, with some parts changed; a change of filter starts at the first page."""
        query = replace(self, **changes).query()
        return f"{LIST}{place}?{query}" if query else f"{LIST}{place}"

    def toggled(self, name: str, value: str) -> str:
        """The address with the part set, or open where it is set already."""
        return self.href(**{name: "" if getattr(self, name) == value else value})


def asked_of(query: str) -> Asked:
    """The filters of an address or a saved view; what it does not know is left out."""
    known = {one.name for one in fields(Asked)}
    return Asked(**{name: value.strip() for name, value in parse_qsl(query) if name in known})


def asked(request: Request) -> Asked:
    return asked_of(request.url.query)


Listed = Annotated[Asked, Depends(asked)]


def code(codes: type[Code], value: str) -> Code | None:
    with suppress(ValueError):
        return codes(value)
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """One case: what it is about, until when, in whose hands, and the next step for this reader."""

    number: str
    href: str
    client_no: str
    client: str
    what: str
    others: str
    pair: str
    product: str
    origin: str
    opened: date
    severity: str
    grave: bool
    value: str
    due: str
    late: bool
    status: str
    escalated: bool
    owner: str
    branch: str
    step: str
    step_muted: bool


def line_of(case: Case, day: date, who: Actor) -> Line:
    step, muted = next_step(case, who)
    first, *others = [one.label for one in case.dimensions] or ["错配"]
    return Line(
        number=case.number, href=case_path(case.number), client_no=case.client_no, client=mask_name(case.client_name),
        what=first, others="、".join(others), pair=pair_of(case),
        product=f"{case.product_name} {case.product_code}".strip() or case.subject, origin=case.origin.label,
        opened=case.opened_on, severity=case.severity.label, grave=case.severity is Severity.SEVERE,
        value=DASH if case.value is None else yuan(float(case.value)), due=due_words(case, day),
        late=case.overdue(day), status=case.status.label, escalated=case.escalated,
        owner=case.owner_name or "未分派", branch=case.branch_no, step=step, step_muted=muted,
    )  # fmt: skip


def pair_of(case: Case) -> str:
    """C2 × R4; the client's side alone where the product does not matter."""
    client = CLASSES.get(case.client_class, case.client_class)
    return f"{client} × {case.product_level}" if case.product_level else client


def case_path(number: str, place: str = "") -> str:
    return f"{LIST}/{number}" + (f"/{place}" if place else "")


def moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def due_words(case: Case, day: date) -> str:
    """Until when, as one says it; days are calendar days."""
    if case.status is CaseStatus.RESOLVED:
        return f"{case.resolved_on} 了结"
    left = (case.due_on - day).days
    if left < 0:
        return f"逾期 {-left} 天"
    return "今天到期" if left == 0 else f"还有 {left} 天"


STEPS: Final[Mapping[CaseStatus, str]] = {
    CaseStatus.OPEN: "分派", CaseStatus.ASSIGNED: "联系客户", CaseStatus.CONTACTED: "了结",
    CaseStatus.REOPENED: "联系客户",
}  # fmt: skip


def next_step(case: Case, who: Actor) -> tuple[str, bool]:
    """What this reader may do now, and whether it can wait."""
    if case.status is CaseStatus.CLOSING and who.may(Verb.CASE_APPROVE):
        return ("等另一人复核", True) if case.proposed_by_id == who.user_id else ("复核", False)
    if case.escalated and case.status in STEPS and who.role is not Role.COMPLIANCE:
        return "合规处理中", True
    if case.status in STEPS and who.may(Verb.CASE_WORK):
        return STEPS[case.status], case.status is CaseStatus.OPEN and who.role is Role.ADVISOR
    return "查看", True


def status_chips(now: Asked, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    closed = counts.get(CaseStatus.RESOLVED.value, 0)
    whole = sum(counts.values())
    chips = [_chip("未了结", now.href(status=""), not now.status, whole - closed)]
    for one in CaseStatus:
        if counts.get(one.value) or now.status == one.value:
            chips.append(_chip(one.label, now.href(status=one.value), now.status == one, counts.get(one.value, 0)))
    return [*chips, _chip("全部", now.href(status=ALL), now.status == ALL, whole)]


def code_chips(now: Asked, name: str, codes: type[Labelled], counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """One chip for each code that the list has; the one chosen stays even at 0."""
    chosen = getattr(now, name)
    chips = [
        _chip(one.label, now.href(**{name: one.value}), chosen == one, counts.get(one.value, 0))
        for one in codes if counts.get(one.value) or chosen == one
    ]  # fmt: skip
    return [_chip("全部", now.href(**{name: ""}), not chosen), *chips]


def urgent_chips(now: Asked, counts: Mapping[str, Mapping[str, int]], own: str) -> list[dict[str, Any]]:
    """What is looked at besides; each goes on and off by itself. own: the reader's number of staff, if any."""
    chips = [
        _chip("逾期", now.toggled("overdue", "1"), bool(now.overdue), counts["overdue"].get("yes", 0)),
        _chip("已上报合规", now.toggled("escalated", "1"), bool(now.escalated), counts["escalated"].get("yes", 0)),
    ]
    if own:
        mine = counts["owner_no"].get(own, 0)
        chips.append(_chip("我办理的", now.toggled("owner", own), now.owner == own, mine))
    return chips


def severity_chips(now: Asked, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The gravest first."""
    first, *others = code_chips(now, "severity", Severity, counts)
    return [first, *reversed(others)]


def _chip(label: str, href: str, active: bool, count: int | None = None) -> dict[str, Any]:
    return {"label": label, "href": href, "active": active, "count": None if count is None else number(count, 0)}


def choices(now: Asked, counts: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The filters with many values, as lists to choose from. names: of owners and branches by their numbers."""
    whats = [(one.value, one.label) for one in Dimension]
    known = {*counts["client_class"], now.client_class}
    classes = [(one, label) for one, label in CLASSES.items() if one in known]
    levels = [(one, one) for one in sorted(counts["product_level"]) if one]
    return [
        _choice("what", "方面", now.what, whats),
        _choice("client_class", "客户等级", now.client_class, classes),
        _choice("level", "产品等级", now.level, levels),
        _choice("branch", "营业部", now.branch, _named(counts["branch_no"], names, now.branch)),
        _choice("owner", "办理人", now.owner, _named(counts["owner_no"], names, now.owner)),
    ]


def _choice(name: str, label: str, value: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value, "options": options}


def _named(counts: Mapping[str, int], names: Mapping[str, str], chosen: str) -> list[tuple[str, str]]:
    numbers = sorted({one for one in (*counts, chosen) if one})
    return [(one, f"{names.get(one, one)}（{number(counts.get(one, 0), 0)}）") for one in numbers]


def headings(now: Asked) -> list[dict[str, str]]:
    """Columns of the table: title, side, address that sorts by it, and how it is sorted now."""
    columns = [
        ("案件", "left", CaseSort.CLIENT, "ascending"), ("什么不合适", "left", None, ""),
        ("轻重", "left", CaseSort.SEVERITY, "descending"), ("发现", "left", CaseSort.OPENED, "descending"),
        ("市值", "right", CaseSort.VALUE, "descending"), ("期限", "left", CaseSort.DUE, "ascending"),
        ("办理人", "left", None, ""), ("下一步", "right", None, ""),
    ]  # fmt: skip
    return [
        {
            "title": title, "side": side,
            "href": "" if sort is None else now.href(sort="" if sort is CaseSort.DUE else sort.value),
            "sorted": how if sort is now.order() else "",
        }
        for title, side, sort, how in columns
    ]  # fmt: skip

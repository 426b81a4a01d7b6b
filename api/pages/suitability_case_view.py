"""One mismatch case in words: what does not fit on which article and fact, what may end it, what has happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from api.pages.suitability_list import CLASSES, moment
from diagnosis.wording import DASH, number, percent, yuan
from kit.access import Actor, Role, Verb
from kit.rulebook import load_rulebook
from suitability.cases.rules import acceptable, watched
from suitability.cases.service import CaseDetail
from suitability.cases.types import (
    Case,
    CaseAction,
    CaseEvent,
    CaseStatus,
    Cause,
    Dimension,
    EventKind,
    Resolution,
    Severity,
)
from suitability.category.standing import CATEGORIES
from suitability.levels import ClientLevel, Gate, ProductLevel

OTHER: Final = "客户或产品的条款不在客户所选范围内"


@dataclass(frozen=True, slots=True)
class Broken:
    """One rule that is hit: the article first, then the fact, then what follows."""

    rule: str
    href: str
    title: str
    source: str
    confirmed: bool
    fact: str
    severity: str
    grave: bool
    acceptable: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the timeline."""

    version: int
    title: str
    when: str
    by: str
    note: str
    details: tuple[str, ...]
    evidence: str
    loud: bool


def broken(detail: CaseDetail, day: date) -> list[Broken]:
    """The rules in the order of the record."""
    known = watched(day)
    found = []
    for rule in detail.rules:
        watch = known.get(rule.id)
        found.append(
            Broken(
                rule=rule.id, href=f"/suitability/rules/{rule.id}", title=rule.title, source=rule.source,
                confirmed=rule.confirmed, fact=fact_of(detail.case, watch.dimension if watch else None),
                severity=watch.severity.label if watch else DASH,
                grave=watch is not None and watch.severity is Severity.SEVERE,
                acceptable=watch is not None and watch.acceptable,
            )
        )  # fmt: skip
    return found


def fact_of(case: Case, what: Dimension | None) -> str:
    """The fact that breaks a rule of this kind."""
    told = _FACTS.get(what)
    return told(case) if told else _LIMITS.get(what, OTHER)


def _levels(case: Case) -> str:
    gap = f"，高 {case.gap} 级" if case.gap else ""
    return f"客户 {client_level(case)}，持有产品 {product_level(case)}{gap}"


def _access(case: Case) -> str:
    labels = {one.value: one.label for one in Gate}
    gates = "、".join(labels.get(one, one) for one in case.facts.get("gates", ())) or "产品所需"
    return f"需要{gates}权限，客户没有在用的"


def _assessment(case: Case) -> str:
    through = case.facts.get("valid_through")
    return f"最近一次评估有效至 {through}，已过期" if through else "没有风险承受能力评估"


def _share(case: Case) -> str:
    share = case.facts.get("measures", {}).get("share")
    return "占客户资产的比例超过上限" if share is None else f"占客户资产 {percent(float(share))}，超过该等级的上限"


_FACTS: Final[Mapping[Dimension | None, Callable[[Case], str]]] = {
    Dimension.LOWEST: _levels, Dimension.LEVEL: _levels, Dimension.ACCESS: _access, Dimension.ASSESSMENT: _assessment,
    Dimension.CONCENTRATION: _share,
}  # fmt: skip
_LIMITS: Final[Mapping[Dimension | None, str]] = {
    Dimension.TERM: "产品期限长于客户拟投资期限",
    Dimension.TYPE: "产品品种不在客户拟投资品种之内",
    Dimension.GOAL: "产品的收益区间与客户的收益目标不合",
    Dimension.LIQUIDITY: "产品锁定期长于客户资金可以锁定的时间",
}


def client_level(case: Case) -> str:
    word = {one.value: f"{one.value} {one.label}" for one in ClientLevel}
    return word.get(case.client_class) or CLASSES.get(case.client_class, case.client_class) or DASH


def product_level(case: Case) -> str:
    return {one.value: f"{one.value} {one.label}" for one in ProductLevel}.get(case.product_level, DASH)


def facts_of(case: Case) -> list[tuple[str, str, str]]:
    """Name, value, and the day it is as of where that is not the day of the last look."""
    facts, measures = case.facts, case.facts.get("measures", {})
    categories = {one.value: one.label for one in CATEGORIES}
    priced = measures.get("day", "")
    told = [
        ("客户等级", client_level(case), ""),
        ("投资者类别", categories.get(facts.get("category", ""), ""), ""),
        ("评估有效至", facts.get("valid_through") or "没有评估", ""),
        ("产品等级", product_level(case) if case.product_code else "", ""),
        ("评级依据", _version(facts.get("rating_version") or ""), ""),
        ("持有数量", _quantity(facts.get("quantity")), ""),
        ("市值", "" if case.value is None else yuan(float(case.value)), priced),
        ("占客户资产", percent(float(measures["share"])) if "share" in measures else "", priced),
    ]
    return [(name, text, day if day != case.seen_on.isoformat() else "") for name, text, day in told if text]


def _version(told: str) -> str:
    """The member of the published list that a rating follows, or the start of the rating's own digest."""
    if told.startswith("sha256:"):
        return f"{told[:15]}…"
    member = told.partition("@")[0]
    known = load_rulebook("suitability", "product_list").rules
    return f"名录：{known[member].title}" if member in known else member


def _quantity(told: Any) -> str:
    return "" if told is None else number(float(Decimal(str(told))), 0)


def ways_out(detail: CaseDetail, day: date) -> list[tuple[Resolution, str, bool]]:
    """How the case may end: the way, what it takes, and whether it is open now."""
    case = detail.case
    second = "；须由另一人复核" if detail.second_needed else ""
    if case.present:
        cured = f"{case.seen_on} 核对时仍不匹配；卖出、调整等级或补齐权限后，核对不再命中即可了结"
    else:
        cured = f"{case.seen_on} 核对时错配已消失"
    may = acceptable(case.facts.get("rules", ()), day) and case.client_class != "C1_LOWEST"
    accepted = "客户知悉风险并书面、录音或电子确认；须附确认材料的摘要" if may else "这类错配不能由客户确认了结"
    return [
        (Resolution.CURED, cured + second, not case.present),
        (Resolution.ACCEPTED, accepted + (second if may else ""), may),
        (Resolution.FALSE_ALARM, f"错配并不存在；须写明核实过程{second}", True),
    ]


def may_do(detail: CaseDetail, who: Actor) -> tuple[CaseAction, ...]:
    """What this reader may do with the case in its state."""
    return tuple(one for one in detail.actions if _allowed(one, detail.case, who))


def _allowed(action: CaseAction, case: Case, who: Actor) -> bool:
    second = who.role in (Role.COMPLIANCE, Role.SUPERVISOR)
    closer = not case.escalated or who.role is Role.COMPLIANCE
    if action in (CaseAction.APPROVE, CaseAction.REJECT):
        return who.may(Verb.CASE_APPROVE) and second and closer and case.proposed_by_id != who.user_id
    if not who.may(Verb.CASE_WORK):
        return False
    if action is CaseAction.ASSIGN:
        return second
    if action is CaseAction.RESOLVE:
        return closer
    return not (action is CaseAction.ESCALATE and (case.escalated or who.role is Role.COMPLIANCE))


def why_not(detail: CaseDetail, who: Actor) -> str:
    """Why a reader who works cases cannot end this one; empty where they can, or where it is ended."""
    case = detail.case
    if case.status is CaseStatus.CLOSING and case.proposed_by_id == who.user_id:
        return "了结由您提议，须由另一人复核。"
    if case.escalated and who.role is not Role.COMPLIANCE and case.status is not CaseStatus.RESOLVED:
        return "案件已上报合规，由合规了结；您仍可记录联系、补充说明与证据。"
    return ""


def timeline(events: Sequence[CaseEvent]) -> list[Happened]:
    """Newest first."""
    return [happened(one) for one in reversed(events)]


def happened(event: CaseEvent) -> Happened:
    return Happened(
        version=event.version, title=_event_title(event), when=moment(event.at), by=event.by_name, note=event.note,
        details=tuple(_details(event)), evidence=event.evidence,
        loud=event.kind in (EventKind.OPENED, EventKind.ESCALATED, EventKind.RESOLVED, EventKind.REOPENED),
    )  # fmt: skip


def _event_title(event: CaseEvent) -> str:
    resolution = event.detail.get("resolution")
    if event.kind in (EventKind.PROPOSED, EventKind.RESOLVED, EventKind.REJECTED) and resolution:
        return f"{event.kind.label}：{Resolution(resolution).label}"
    return event.kind.label


def _details(event: CaseEvent) -> list[str]:
    told, found = event.detail, []
    if event.channel is not None:
        found.append(f"{event.channel.label} · {told.get('happened_on', event.day)}")
    if "cause" in told:
        found.append(f"成因：{Cause(told['cause']).label}")
    if "before" in told and told["before"].get("gap") != told.get("gap"):
        found.append(f"高出级数 {told['before'].get('gap')} → {told.get('gap')}")
    if told.get("due_on"):
        found.append(f"期限 {told['due_on']}")
    if event.kind is EventKind.ASSIGNED:
        found.append(f"{told.get('from') or '无人'} → {told.get('to')}")
    if event.kind is EventKind.RESOLVED and told.get("proposed_by"):
        found.append(f"由 {told['proposed_by']} 提议")
    if event.kind is EventKind.GONE:
        found.append({"SOLD": "已卖出", "ASSESSED": "已重新评估"}.get(str(told.get("why")), "核对不再命中"))
    if told.get("name"):
        found.append(f"材料：{told['name']}")
    return found


def meanwhile(events: Sequence[CaseEvent], seen: int) -> list[Happened]:
    """What others did since the version that the reader saw, oldest first."""
    return [happened(one) for one in events if one.version > seen]

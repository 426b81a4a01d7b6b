"""The form of an agreement: what it proposes, what was typed, and what was wrong, each beside its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel

from reports.model import Report
from reports.sections.actions import months_after
from reports.service import AgreementAsk
from reports.wordbook import agreement_rule

SUFFIXES = {
    "ratio": "%", "times": "倍", "days": "天", "count": "次", "money": "元", "trades_a_month": "笔/月", "number": "",
}  # fmt: skip
PERCENT = Decimal(100)
NO_DATE = "须为日期，如 2025-03-31"


class AgreementFields(BaseModel):
    """What the browser sends: text, as typed."""

    finding: str = ""
    report: str = ""
    target_text: str = ""
    target: str = ""
    due_on: str = ""
    agreed_on: str = ""
    agreed_how: str = ""


@dataclass(frozen=True)
class Proposal:
    """One shortcoming of an issued report as a matter to agree on."""

    finding: str
    title: str
    tag: str
    text: str
    target_text: str
    unit: str
    now: str  # the figure as it stands, in words; empty where there is none
    target: str

    @property
    def suffix(self) -> str:
        return SUFFIXES.get(self.unit, "")


@dataclass
class Parsed:
    """What the fields say, and the faults by field."""

    ask: AgreementAsk
    errors: dict[str, str] = field(default_factory=dict)


def proposals(report: Report) -> list[Proposal]:
    """Every shortcoming of the report, most important first."""
    return [_proposal(told) for told in report.findings if told["side"] == "SHORTCOMING"]


def _proposal(told: Mapping[str, Any]) -> Proposal:
    unit = told.get("target_unit") or ""
    now = figure(told.get("target_now"), unit)
    return Proposal(
        finding=told["id"],
        title=told["title"],
        tag=told["tag"],
        text=told["text"],
        target_text=told.get("target_text") or told.get("action") or "",
        unit=unit,
        now=f"{now} {SUFFIXES.get(unit, '')}".replace(" %", "%").strip() if now else "",
        target=figure(told.get("target_value"), unit),
    )


def defaults(proposal: Proposal | None, report_id: str, today: date) -> AgreementFields:
    """The form as it opens: the finding's own target, today, the usual term."""
    due = months_after(today, int(agreement_rule("AGREE-MONTHS", today)))
    return AgreementFields(
        finding=proposal.finding if proposal else "",
        report=report_id,
        target_text=proposal.target_text if proposal else "",
        target=proposal.target if proposal else "",
        due_on=due.isoformat(),
        agreed_on=today.isoformat(),
    )


def ways(today: date) -> Sequence[str]:
    """How one may agree, by the rule of the day."""
    found: Sequence[str] = agreement_rule("AGREE-HOW", today)
    return found


def parse(fields: AgreementFields, account_no: str, unit: str) -> Parsed:
    """The ask that the fields make, with a fault for each that cannot be read."""
    errors: dict[str, str] = {}
    if not fields.target_text.strip():
        errors["target_text"] = "请写明目标"
    if not fields.agreed_how:
        errors["agreed_how"] = "请选择达成方式"
    ask = AgreementAsk(
        account_no=account_no,
        finding=fields.finding,
        agreed_how=fields.agreed_how,
        target_text=fields.target_text.strip(),
        target=_number(fields.target, unit, errors),
        due_on=_day(fields.due_on, "due_on", errors),
        agreed_on=_day(fields.agreed_on, "agreed_on", errors),
        report_id=fields.report or None,
    )
    return Parsed(ask, errors)


def field_errors(extra: Mapping[str, Any]) -> dict[str, str]:
    """Faults of a refusal by field; several of one field in one sentence."""
    found: dict[str, str] = {}
    for fault in extra.get("errors", ()):
        name = fault["pointer"].lstrip("#/")
        found[name] = f"{found[name]}；{fault['detail']}" if name in found else fault["detail"]
    return found


def figure(value: float | None, unit: str) -> str:
    """A figure as one types it: 5 for a ratio of 0.05, no needless zeros."""
    if value is None:
        return ""
    shown = Decimal(str(value)) * (PERCENT if unit == "ratio" else 1)
    text = f"{round(shown, 2):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(text: str, unit: str, errors: dict[str, str]) -> Decimal | None:
    plain = text.strip().rstrip("%％").replace(",", "").replace("，", "").replace("−", "-").strip()
    if not plain:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        errors["target"] = "须为数字"
        return None
    return value / PERCENT if unit == "ratio" else value


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        errors[name] = NO_DATE
        return None

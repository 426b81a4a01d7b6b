"""The forms of subscriptions: what was typed, read; each fault names the field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from api.pages.forms import DeskForm, FormCode, FormDay, FormLine, Input, Versioned, options
from kit.problems import Problem
from market.services.problems import PriceAskRefused
from market.services.service import Service
from suitability.levels import AskedBy
from suitability.subscriptions.problems import DisclosureNotSigned, StateRefused
from suitability.subscriptions.types import SubscriptionAsk

Typed = Annotated[str, Field(max_length=24)]


class ApplyFields(Versioned):
    """choice: service and plan as one, `S001|TERM`."""

    choice: FormCode = ""
    days: Typed = ""
    size: Typed = ""
    asked_by: FormCode = ""

    def ask(self, client_no: str, *, by_client: bool) -> SubscriptionAsk:
        """Raises PriceAskRefused that names the field."""
        service, bar, plan = self.choice.partition("|")
        if not (service and bar and plan):
            raise PriceAskRefused("请选择服务与价格方案")
        if not by_client and self.asked_by not in set(AskedBy):
            raise PriceAskRefused("请选择由谁提出")
        return SubscriptionAsk(
            client_no=client_no, service=service, plan=plan,
            asked_by=AskedBy.CLIENT if by_client else AskedBy(self.asked_by),
            days=days_typed(self.days, PriceAskRefused), size=amount_typed(self.size, PriceAskRefused),
        )  # fmt: skip


class DeedFields(Versioned):
    """Signing, cancelling, ending: what was typed."""

    signed_text: FormLine = ""
    advisor_no: FormCode = ""
    reason: FormLine = ""
    noticed_on: FormDay = None
    evidence: FormLine = ""
    uses: Typed = ""

    @property
    def scan(self) -> str:
        return digest_typed(self.signed_text)

    @property
    def notice(self) -> str:
        return digest_typed(self.evidence)


def days_typed(text: str, fault: type[Problem]) -> int | None:
    """Raises `fault`."""
    if not text.strip():
        return None
    if not re.fullmatch(r"[0-9]{1,4}", text.strip()):
        raise fault(f"天数应写成整数，现在是“{text}”")
    return int(text)


def amount_typed(text: str, fault: type[Problem]) -> Decimal | None:
    """Raises `fault`."""
    told = text.replace(",", "").replace("，", "").strip()
    if not told:
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", told):
        raise fault(f"规模应写成数字，如 500000，现在是“{text}”")
    return Decimal(told)


def uses_typed(text: str) -> int | None:
    """Raises StateRefused."""
    if not text.strip():
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()):
        raise StateRefused(f"已用次数应写成整数，现在是“{text}”")
    return int(text)


def digest_typed(text: str) -> str:
    """Raises DisclosureNotSigned for what is no digest; empty stays empty."""
    told = text.strip().lower().removeprefix("sha256:")
    if told and (len(told) != 64 or set(told) - set("0123456789abcdef")):
        raise DisclosureNotSigned("摘要须为文件的 SHA-256（64 位十六进制）；选择文件即可自动计算")
    return f"sha256:{told}" if told else ""


def apply_form(path: str, client_no: str, services: Iterable[Service], *, by_client: bool) -> DeskForm:
    """Which service and plan. Suitability is checked when it is sent, and the answer is filed."""
    choices = tuple(
        (f"{one.product.code}|{plan.plan.code}", f"{one.product.name} · {plan.plan.name}")
        for one in services for plan in one.plans
    )
    inputs = (
        Input(name="choice", label="服务与价格方案", kind="select", options=(("", "请选择"), *choices), required=True),
        Input(name="days", label="期限（天）", kind="number", hint="按期限、按资产规模收费时填写，如 30。"),
        Input(name="size", label="资产、次数或成交金额", paired=True,
              hint="按资产规模收费时留空，取账面资产；按次填次数。"),
        Input(name="asked_by", label="由谁提出", kind="choices", options=options(AskedBy), required=True),
    )  # fmt: skip
    return DeskForm(
        title="订购服务", action=path, submit="检查并申请", back=path, here="services",
        lead="先作适当性检查并登记；可以的才进入签署，不合适的说明原因。", facts=(("客户", client_no),),
        inputs=inputs[:3] if by_client else inputs,
    )  # fmt: skip

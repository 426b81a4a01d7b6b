"""Subscriptions as values: the agreement about one service with one client, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kit.labels import Labelled
from market.services.types import FeeBasis
from suitability.levels import AskedBy, Outcome


class SubscriptionState(Labelled):
    """订购的状态"""

    REFUSED = "REFUSED", "不合适，未受理"
    APPLIED = "APPLIED", "待签署"
    ACTIVE = "ACTIVE", "服务中"
    EXPIRED = "EXPIRED", "已到期"
    WITHDRAWN = "WITHDRAWN", "签署前撤回"
    CANCELLED = "CANCELLED", "五个工作日内解除"
    TERMINATED = "TERMINATED", "提前终止"


class SubscriptionEventKind(Labelled):
    """经过的种类"""

    APPLIED = "APPLIED", "申请"
    SIGNED = "SIGNED", "签署协议与风险揭示书"
    PAID = "PAID", "收到服务费"
    WITHDRAWN = "WITHDRAWN", "撤回申请"
    CANCELLED = "CANCELLED", "解除协议"
    TERMINATED = "TERMINATED", "终止协议"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionAsk:
    """What is asked for: one plan of one service. days: of the term; size: assets, uses or turnover.

    size None for a plan by assets: what is on file for the client.
    """

    client_no: str
    service: str
    plan: str
    asked_by: AskedBy
    days: int | None = None
    size: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """风险揭示书: what the client signs. digest: of exactly this text."""

    items: tuple[str, ...]
    digest: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription as it stands. Money is yuan to the cent.

    fee: due for the whole, as signed; paid, refunded: what was received and given back. cancel_until: the last day of
    free cancellation, None before it is signed. notes: what the client was told beside the decision. why: where it was
    refused, the sentences of the rules that refused it, by whom they are for.
    """

    number: str
    version: int
    client_no: str
    service: str
    service_name: str
    plan: str
    plan_name: str
    plan_version: int
    basis: FeeBasis
    days: int | None
    size: Decimal | None
    decision_id: str
    outcome: Outcome
    asked_by: AskedBy
    state: SubscriptionState
    applied_on: date
    signed_on: date | None
    ends_on: date | None
    cancel_until: date | None
    advisor_no: str
    advisor_name: str
    fee: Decimal
    paid: Decimal
    refunded: Decimal
    closed_on: date | None
    says: tuple[str, ...]
    notes: tuple[str, ...]
    why: Mapping[str, tuple[str, ...]]
    retain_until: date

    @property
    def due(self) -> Decimal:
        """Still to be paid: nothing before it is signed, nor after it ended."""
        return max(self.fee - self.paid, Decimal(0)) if self.state is SubscriptionState.ACTIVE else Decimal(0)

    def may_cancel(self, day: date) -> bool:
        return self.state is SubscriptionState.ACTIVE and self.cancel_until is not None and day <= self.cancel_until


@dataclass(frozen=True, slots=True)
class SubscriptionEvent:
    """Who did what to a subscription, when, on what evidence. Never changed."""

    version: int
    kind: SubscriptionEventKind
    at: datetime
    day: date
    by: str
    amount: Decimal
    note: str
    evidence: str
    detail: Mapping[str, Any]
    digest: str


def subscription_number(row_id: int) -> str:
    """协议编号"""
    return f"FW{row_id:08d}"

"""What was used of a fee and what is given back, to the cent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from kit.money import round_fen
from market.services.types import FeeBasis
from suitability.subscriptions.problems import StateRefused
from suitability.subscriptions.types import Subscription

NONE: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Settlement:
    """One agreement settled: used of the fee, refund, and what is still owed. One of the last two is 0."""

    used: Decimal
    refund: Decimal
    owed: Decimal
    says: str


def settled(used: Decimal, paid: Decimal, says: str) -> Settlement:
    return Settlement(round_fen(used), round_fen(max(paid - used, NONE)), round_fen(max(used - paid, NONE)), says)


def cancelled(one: Subscription) -> Settlement:
    """Inside the days of free cancellation everything is given back, and nothing is owed."""
    return settled(NONE, one.paid, f"解除期内，已付 {one.paid} 元全额退还")


def terminated(one: Subscription, day: date, uses: int | None) -> Settlement:
    """Ended early: days that were served (the last one among them), or uses, are charged, the rest is given back.

    Raises StateRefused where a plan by use is ended without the number of uses, or with too many.
    """
    if one.basis is FeeBasis.PER_USE:
        whole = int(one.size or 0)
        if uses is None or not 0 <= uses <= whole:
            raise StateRefused(f"{one.number} 按次收费，请给出已用次数（0 至 {whole}）")
        return settled(_part(one.fee, uses, whole), one.paid, f"已用 {uses} 次，共 {whole} 次")
    if uses is not None:
        raise StateRefused(f"{one.number} 不按次收费，请去掉已用次数")
    if one.days is None or one.signed_on is None:
        return settled(one.fee, one.paid, "佣金随成交收取，没有可退的服务费")
    served = min(max((day - one.signed_on).days + 1, 0), one.days)
    return settled(_part(one.fee, served, one.days), one.paid, f"已服务 {served} 天，共 {one.days} 天")


def _part(fee: Decimal, used: int, whole: int) -> Decimal:
    return round_fen(fee * used / Decimal(whole)) if whole else fee

"""价格信号: environment, promotion, tail number as declared kinds with checks; no false discount. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from market.products.types import PriceSignal
from market.services.problems import FalseDiscount, SignalRefused
from market.services.rules import LookBack, look_back, value
from market.services.types import FOREVER, FeeBasis, Paid, Plan


def check_signal(plan: Plan) -> None:
    """Whether the plan is what its signal says. Raises SignalRefused that says what is missing."""
    told = value(f"SVC-SIGNAL-{plan.signal.value}", plan.valid_from) if plan.signal is not PriceSignal.NONE else {}
    if plan.signal is PriceSignal.ODD_ENDING:
        _check_ending(plan, tuple(int(one) for one in told["digits"]))
    if plan.signal is PriceSignal.PROMOTION:
        _check_promotion(plan, int(told["longest_days"]))
    if plan.signal is PriceSignal.SETTING:
        _check_setting(plan, int(told["detail_at_least"]))
    if plan.reference is not None and plan.signal is not PriceSignal.PROMOTION:
        raise SignalRefused(f"方案 {plan.code} 标了原价而没有声明促销；声明 PROMOTION，或去掉 reference")


def last_digit(price: Decimal) -> int:
    """The last digit that the price is written with: 88 gives 8, 9.90 gives 9, 100 gives 0."""
    text = format(price.normalize(), "f")
    return int(text[-1])


def _check_ending(plan: Plan, digits: tuple[int, ...]) -> None:
    if plan.basis not in (FeeBasis.TERM, FeeBasis.PER_USE):
        raise SignalRefused(f"方案 {plan.code} {plan.basis.label}收费，没有可以作尾数的价格")
    prices = [one.price for one in plan.terms] or [one.price for one in plan.tiers]
    odd = [price for price in prices if last_digit(price) not in digits]
    if odd:
        told = "、".join(map(str, digits))
        raise SignalRefused(f"方案 {plan.code} 声明尾数信号，而 {odd[0]} 的末位不是 {told} 之一")


def _check_promotion(plan: Plan, longest: int) -> None:
    if plan.valid_to == FOREVER:
        raise SignalRefused(f"方案 {plan.code} 声明促销而没有终止日；请写明到哪天止（valid_to）")
    lasts = (plan.valid_to - plan.valid_from).days + 1
    if lasts > longest:
        raise SignalRefused(f"方案 {plan.code} 的促销为期 {lasts} 天，最长 {longest} 天")
    if not plan.signal_detail.strip():
        raise SignalRefused(f"方案 {plan.code} 声明促销，请在信号的说明（signal_detail）里写明促销的原因与范围")
    if plan.reference is None:
        raise SignalRefused(f"方案 {plan.code} 声明促销，请写明原价及其方案（reference），供核对成交记录")
    price = _like(plan, plan.reference.days)
    if price is None:
        raise SignalRefused(f"方案 {plan.code} 没有 {plan.reference.days} 天的期限，无从与原价比较")
    if price >= plan.reference.price:
        raise SignalRefused(f"方案 {plan.code} 的价格 {price} 不低于原价 {plan.reference.price}，不是折扣")
    if plan.basis is FeeBasis.TERM and len(plan.terms) > 1:
        raise SignalRefused(f"方案 {plan.code} 标了一个原价，只能有一个期限；其余期限请各写一个方案")


def _like(plan: Plan, days: int | None) -> Decimal | None:
    if plan.basis is FeeBasis.TERM:
        return next((one.price for one in plan.terms if one.days == days), None)
    return plan.tiers[0].price


def _check_setting(plan: Plan, least: int) -> None:
    if len(plan.signal_detail.strip()) < least:
        raise SignalRefused(f"方案 {plan.code} 声明环境信号，请在信号的说明（signal_detail）写明在哪里、以什么陪衬展示")


def window(plan: Plan) -> tuple[date, date, LookBack]:
    """The days on which the reference must have been paid: so many before the plan begins, that day not among them."""
    back = look_back(plan.valid_from)
    return plan.valid_from - timedelta(days=back.days), plan.valid_from - timedelta(days=1), back


def check_reference(plan: Plan, paid: Sequence[Paid]) -> dict[str, Any]:
    """The evidence that the reference price was paid. Raises FalseDiscount with the evidence where it was not.

    paid: every payment of the reference's plan and term that is on file in the window, those that do not count too.
    """
    assert plan.reference is not None
    first, last, back = window(plan)
    like = [
        one for one in paid
        if one.plan == plan.reference.plan and one.days == plan.reference.days and first <= one.day <= last
    ]
    evidence = {
        "reference": str(plan.reference.price), "reference_plan": plan.reference.plan,
        "reference_days": plan.reference.days, "from": first.isoformat(), "to": last.isoformat(),
        "rule": "SVC-REFERENCE", "source": back.source, "confirmed": back.confirmed,
        "looked_at": [
            {"subscription": one.number, "price": str(one.price), "day": one.day.isoformat(), "counts": one.counts,
             "reason": one.reason}
            for one in sorted(like, key=lambda one: (one.day, one.number))
        ],
    }  # fmt: skip
    prices = [one.price for one in like if one.counts]
    price, of = plan.reference.price, _of(plan)
    if price not in prices:
        seen = "、".join(_told(one) for one in sorted(like, key=lambda one: (one.day, one.number))) or "没有成交"
        raise FalseDiscount(
            f"虚假折扣：方案 {plan.code} 标原价 {price} 元，而{of}在 {first} 至 {last}（折价前 {back.days} 天）"
            f"没有人付过这个价；核对了 {len(like)} 笔：{seen}。请改为有成交的价格，或去掉原价", evidence=evidence,
        )
    if back.lowest and price > min(prices):
        low = min((one for one in like if one.counts), key=lambda one: one.price)
        raise FalseDiscount(
            f"虚假折扣：方案 {plan.code} 标原价 {price} 元，而{of}在 {first} 至 {last} 的最低成交价是 "
            f"{low.price:,.2f} 元（{low.number}，{low.day}）；原价不得高于它", evidence=evidence,
        )
    return evidence


def _of(plan: Plan) -> str:
    assert plan.reference is not None
    days = "" if plan.reference.days is None else f" {plan.reference.days} 天"
    return f"方案 {plan.reference.plan}{days}"


def _told(one: Paid) -> str:
    return f"{one.number} {one.day} {one.price:,.2f} 元" + ("" if one.counts else f"（{one.reason}，不计）")

"""The price of one service for one client on one day, to the cent, with every step in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kit.money import round_fen
from market.services.problems import NotForSale, PriceAskRefused
from market.services.rules import value
from market.services.types import FeeBasis, Plan, PublishedPlan, Tier, TierMode

LONGEST = 3_660
"""Days of the longest term that is priced: ten years."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the arithmetic: what is multiplied, and what it makes (yuan, not rounded)."""

    text: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The price of one plan. amount: yuan to the cent. reference, saved: where the plan names a price to compare.

    days: of the term that is paid for, None where the basis has none. price: of the like thing (the term, one use, the
    rate), as payments are compared by.
    """

    code: str
    plan: str
    plan_name: str
    version: int
    basis: FeeBasis
    day: date
    days: int | None
    size: Decimal | None
    amount: Decimal
    price: Decimal
    steps: tuple[Step, ...]
    reference: Decimal | None
    saved: Decimal | None
    says: tuple[str, ...]


def price_of(
    published: PublishedPlan, day: date, *, days: int | None = None, size: Decimal | None = None
) -> Quote:
    """The price on `day`. days: of the term (TERM, ASSETS); size: yuan of assets, uses, or yuan of turnover.

    Raises NotForSale outside the version's days, PriceAskRefused for what the plan needs and was not given, or does
    not offer.
    """
    plan = published.plan
    if not published.covers(day):
        version = published.on_file.version
        raise NotForSale(f"方案 {plan.code} 第 {version} 版有效期为{published.days_text}，{day} 不在其内")
    _check_ask(plan, days, size)
    steps = _steps(plan, size, days)
    amount = fee_of(plan, size, days)
    reference = plan.reference.price if plan.reference else None
    return Quote(
        code=published.on_file.code, plan=plan.code, plan_name=plan.name, version=published.on_file.version,
        basis=plan.basis, day=day, days=days if plan.basis in (FeeBasis.TERM, FeeBasis.ASSETS) else None, size=size,
        amount=amount, price=_like_price(plan, size, days), steps=steps, reference=reference,
        saved=None if reference is None or plan.basis is not FeeBasis.TERM else round_fen(reference - amount),
        says=_says(published, steps, amount),
    )  # fmt: skip


def fee_of(plan: Plan, size: Decimal | None, days: int | None) -> Decimal:
    """The fee in yuan, rounded once, half up, after the plan's lowest and highest fee."""
    whole = sum((step.amount for step in _steps(plan, size, days)), Decimal(0))
    if plan.least is not None:
        whole = max(whole, plan.least)
    if plan.most is not None:
        whole = min(whole, plan.most)
    return round_fen(whole)


def _check_ask(plan: Plan, days: int | None, size: Decimal | None) -> None:
    if plan.basis in (FeeBasis.TERM, FeeBasis.ASSETS):
        if days is None or not 1 <= days <= LONGEST:
            raise PriceAskRefused(f"方案 {plan.code} {plan.basis.label}收费，请给出 1 至 {LONGEST} 的天数 days")
    elif days is not None:
        raise PriceAskRefused(f"方案 {plan.code} {plan.basis.label}收费，与天数无关；请去掉 days")
    if plan.basis is FeeBasis.TERM:
        if size is not None:
            raise PriceAskRefused(f"方案 {plan.code} 按期限收费，与资产、次数无关；请只给 days")
        if all(one.days != days for one in plan.terms):
            told = "、".join(str(one.days) for one in plan.terms)
            raise PriceAskRefused(f"方案 {plan.code} 没有 {days} 天的期限；可选 {told} 天")
        return
    if size is None:
        raise PriceAskRefused(f"方案 {plan.code} {plan.basis.label}收费，请给出{plan.basis.size}")
    if size < 0:
        raise PriceAskRefused(f"{plan.basis.size}不能为负：{size}")
    if plan.basis is FeeBasis.PER_USE and (size % 1 or size < 1):
        raise PriceAskRefused(f"次数须为 1 以上的整数：{size}")
    if tier_at(plan, size) is None:
        top = plan.tiers[-1].ceiling
        raise PriceAskRefused(f"方案 {plan.code} 只适用于不满 {top} 的{plan.basis.size}，现在是 {size}")


def tier_at(plan: Plan, size: Decimal) -> Tier | None:
    """The tier that a size is in; its floor is included, its ceiling is not."""
    return next((tier for tier in plan.tiers if tier.covers(size)), None)


def _steps(plan: Plan, size: Decimal | None, days: int | None) -> tuple[Step, ...]:
    if plan.basis is FeeBasis.TERM:
        return tuple(Step(f"{one.days} 天 {_plain(one.price)} 元", one.price) for one in plan.terms if one.days == days)
    assert size is not None
    if plan.mode is TierMode.WHOLE:
        tier = tier_at(plan, size)
        return () if tier is None else (_step(plan, size, tier.price, days, _bounds(tier)),)
    return tuple(
        _step(plan, min(size, size if tier.ceiling is None else tier.ceiling) - tier.floor, tier.price, days,
              _bounds(tier))
        for tier in plan.tiers if size > tier.floor
    )  # fmt: skip


def _step(plan: Plan, part: Decimal, price: Decimal, days: int | None, bounds: str) -> Step:
    if plan.basis is FeeBasis.PER_USE:
        return Step(f"{bounds}：{_plain(part)} 次 × {_plain(price)} 元", part * price)
    if plan.basis is FeeBasis.COMMISSION:
        return Step(f"{bounds}：{_plain(part)} 元 × {_percent(price)}", part * price)
    assert days is not None
    year = int(value("SVC-YEAR-DAYS", plan.valid_from))
    return Step(
        f"{bounds}：{_plain(part)} 元 × 年 {_percent(price)} × {days}/{year} 天", part * price * days / Decimal(year)
    )


def _like_price(plan: Plan, size: Decimal | None, days: int | None) -> Decimal:
    """What a payment is compared by: the term's price, or the price of the tier that the size is in."""
    if plan.basis is FeeBasis.TERM:
        return next(one.price for one in plan.terms if one.days == days)
    tier = tier_at(plan, size if size is not None else Decimal(0))
    assert tier is not None
    return tier.price


def _says(published: PublishedPlan, steps: tuple[Step, ...], amount: Decimal) -> tuple[str, ...]:
    plan = published.plan
    said = [f"{plan.name}（{plan.basis.label}），第 {published.on_file.version} 版，{published.days_text}有效"]
    if plan.basis is not FeeBasis.TERM:
        said.append(f"分档方法：{plan.mode.label}")
    said += [f"{step.text} = {_plain(step.amount.quantize(Decimal('0.0001')))} 元" for step in steps]
    whole = sum((step.amount for step in steps), Decimal(0))
    if plan.least is not None and whole < plan.least:
        said.append(f"不足最低收费，按 {_plain(plan.least)} 元")
    if plan.most is not None and whole > plan.most:
        said.append(f"超过最高收费，按 {_plain(plan.most)} 元")
    said.append(f"四舍五入到分：{amount} 元")
    if plan.reference is not None and plan.basis is FeeBasis.TERM:
        said.append(f"原价 {_plain(plan.reference.price)} 元，发布前已核对成交记录")
    return tuple(said)


def _bounds(tier: Tier) -> str:
    low = f"{_plain(tier.floor)} 以上"
    return low if tier.ceiling is None else f"{low}不满 {_plain(tier.ceiling)}"


def _percent(rate: Decimal) -> str:
    return f"{_plain(rate * 100)}%"


def _plain(number: Decimal) -> str:
    """A number without needless zeros, thousands apart."""
    text = format(number.normalize(), "f")
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").isdigit() else text

"""What a plan must hold before it is published: no gap or overlap of tiers, true claims, free days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from market.products.types import ProductKind
from market.services.pricing import fee_of
from market.services.problems import PlanOverlap, TiersRefused
from market.services.rules import bases
from market.services.types import FOREVER, FeeBasis, Plan, PublishedPlan, TierMode, days_text

SMALLEST = {FeeBasis.ASSETS: Decimal("0.01"), FeeBasis.PER_USE: Decimal(1), FeeBasis.COMMISSION: Decimal("0.01")}
"""The smallest step of a size: one cent, or one use."""


def check_plan(kind: ProductKind, plan: Plan) -> None:
    """Raises TiersRefused that names the plan and the place."""
    allowed = bases(kind, plan.valid_from)
    if plan.basis not in allowed:
        told = "、".join(one.label for one in allowed)
        raise TiersRefused(f"方案 {plan.code}：{kind.label}不能{plan.basis.label}收费；可以{told}")
    if plan.valid_to < plan.valid_from:
        raise TiersRefused(f"方案 {plan.code}：失效日 {plan.valid_to} 早于生效日 {plan.valid_from}")
    if plan.least is not None and plan.most is not None and plan.least > plan.most:
        raise TiersRefused(f"方案 {plan.code}：最低收费 {plan.least} 高于最高收费 {plan.most}")
    if plan.basis is FeeBasis.TERM:
        _check_terms(plan)
    else:
        _check_tiers(plan)
    if plan.monotone:
        _check_claim(plan)


def _check_terms(plan: Plan) -> None:
    if not plan.terms or plan.tiers:
        raise TiersRefused(f"方案 {plan.code}：按期限收费须写 terms（天数与价格），不写 tiers")
    days = [one.days for one in plan.terms]
    if days != sorted(set(days)):
        raise TiersRefused(f"方案 {plan.code}：期限须由短到长、各不相同，现在是 {'、'.join(map(str, days))} 天")


def _check_tiers(plan: Plan) -> None:
    """The first tier begins at 0; each ends where the next begins; the last may end or not."""
    if not plan.tiers or plan.terms:
        raise TiersRefused(f"方案 {plan.code}：{plan.basis.label}收费须写 tiers（起、止、价格），不写 terms")
    expected = Decimal(0)
    for number, tier in enumerate(plan.tiers, start=1):
        where = f"方案 {plan.code} 第 {number} 档"
        if tier.ceiling is not None and tier.ceiling <= tier.floor:
            raise TiersRefused(f"{where}：上限 {tier.ceiling} 应大于下限 {tier.floor}")
        if tier.floor > expected:
            raise TiersRefused(f"{where}：{expected} 以上、不满 {tier.floor} 没有价格；请补上一档，或从 {expected} 起")
        if tier.floor < expected:
            raise TiersRefused(f"{where}：{tier.floor} 以上、不满 {expected} 与上一档重叠；请从 {expected} 起")
        if tier.ceiling is None and number < len(plan.tiers):
            raise TiersRefused(f"{where}：没有上限，其后不能再有档")
        if plan.basis is FeeBasis.PER_USE and (tier.floor % 1 or (tier.ceiling is not None and tier.ceiling % 1)):
            raise TiersRefused(f"{where}：次数须为整数")
        expected = tier.ceiling if tier.ceiling is not None else expected


def _check_claim(plan: Plan) -> None:
    """A larger size never costs less: inside a tier it cannot, so the bounds are what is looked at."""
    if plan.basis is FeeBasis.TERM:
        for shorter, longer in pairwise(plan.terms):
            if longer.price < shorter.price:
                raise TiersRefused(
                    f"方案 {plan.code} 声明越长不越便宜，而 {longer.days} 天 {longer.price} 元低于 "
                    f"{shorter.days} 天 {shorter.price} 元"
                )
        return
    if plan.mode is TierMode.MARGINAL:
        return
    for tier in plan.tiers[1:]:
        below, at = tier.floor - SMALLEST[plan.basis], tier.floor
        less, more = fee_of(plan, below, 365), fee_of(plan, at, 365)
        if more < less:
            raise TiersRefused(
                f"方案 {plan.code} 声明越多不越便宜，而 {at} 时 {more} 元低于 {below} 时 {less} 元；"
                "请改为分段累进（MARGINAL），或撤去声明"
            )


def check_days(plan: Plan, on_file: Sequence[PublishedPlan]) -> None:
    """Raises PlanOverlap where a version in force on a common day is not the one that is replaced.

    on_file: versions of the same plan, the oldest first.
    """
    known = {one.on_file.version: one for one in on_file}
    if plan.replaces is not None and plan.replaces not in known:
        told = "、".join(map(str, known)) or "无"
        raise PlanOverlap(f"方案 {plan.code} 没有第 {plan.replaces} 版可以接替；已有：{told}")
    for one in on_file:
        if one.plan.valid_from > plan.valid_to or one.on_file.ends_on < plan.valid_from:
            continue
        version = one.on_file.version
        if plan.replaces == version and plan.valid_from > one.plan.valid_from:
            continue
        way = (
            f"接替它须写明接替第 {version} 版（replaces）" if plan.valid_from > one.plan.valid_from
            else f"新版须自 {one.plan.valid_from + timedelta(days=1)} 以后起，或在 {one.plan.valid_from} 之前止"
        )
        raise PlanOverlap(
            f"方案 {plan.code}（{days_text(plan.valid_from, plan.valid_to)}）与第 {version} 版"
            f"（{one.days_text}）重叠；{way}"
        )


def check_apart(plans: Sequence[Plan]) -> None:
    """Raises PlanOverlap for two plans of one file that share a code and a day."""
    ordered = sorted(plans, key=lambda plan: (plan.code, plan.valid_from))
    for first, second in pairwise(ordered):
        if first.code == second.code and second.valid_from <= first.valid_to and second.replaces is None:
            raise PlanOverlap(
                f"文件里方案 {first.code} 的两段重叠：{days_text(first.valid_from, first.valid_to)}、"
                f"{days_text(second.valid_from, second.valid_to)}"
            )


def idle_days(on_file: Sequence[PublishedPlan]) -> tuple[str, ...]:
    """Days between the versions of a plan on which it has no price, in words."""
    found = []
    ordered = sorted(on_file, key=lambda one: one.plan.valid_from)
    for first, second in pairwise(ordered):
        if first.on_file.ends_on != FOREVER and first.on_file.ends_on + timedelta(days=1) < second.plan.valid_from:
            since = first.on_file.ends_on + timedelta(days=1)
            found.append(f"方案 {first.plan.code} 在 {since} 至 {second.plan.valid_from - timedelta(days=1)} 没有价格")
    return tuple(found)

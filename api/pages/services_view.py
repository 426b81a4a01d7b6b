"""What the pages of services show, ready to be shown: plans as rows of text, whom a service is made for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from market.products.types import PriceSignal
from market.services.rules import levels, styles
from market.services.service import Service
from market.services.types import FeeBasis, PublishedPlan, TierMode
from suitability.levels import ProductLevel

LIST: Final = "/services"
_UNITS: Final = {FeeBasis.ASSETS: "年", FeeBasis.PER_USE: "次", FeeBasis.COMMISSION: "成交额"}
_TENTHOUSAND: Final = Decimal(10_000)


def service_path(code: str) -> str:
    return f"{LIST}/{quote(code, safe='')}"


@dataclass(frozen=True, slots=True)
class PlanCard:
    """One plan: rows of what and how much, the signal in a word, what stands under it in small."""

    code: str
    name: str
    basis: str
    rows: tuple[tuple[str, str, str], ...]  # what, price, unit
    reference: str
    signal: str
    notes: tuple[str, ...]
    version: int
    days: str
    digest: str


@dataclass(frozen=True, slots=True)
class ServiceCardView:
    """One service of the catalogue."""

    code: str
    name: str
    kind: str
    level: str
    level_word: str
    summary: str
    contents: tuple[str, ...]
    delivery: str
    made_for: str
    plans: tuple[PlanCard, ...]
    href: str


def card_of(one: Service, level: ProductLevel | None) -> ServiceCardView:
    card = one.card.card
    return ServiceCardView(
        code=one.product.code, name=one.product.name, kind=one.product.kind.label,
        level="未评级" if level is None else level.value, level_word="" if level is None else level.label,
        summary=card.summary, contents=card.contents, delivery=card.delivery,
        made_for=made_for(card.styles, card.levels, one.day), plans=tuple(plan_card(plan) for plan in one.plans),
        href=service_path(one.product.code),
    )  # fmt: skip


def made_for(style_codes: tuple[str, ...], level_codes: tuple[str, ...], day: date) -> str:
    """Whom a service is made for, in words."""
    told = [styles(day)[code] for code in style_codes], [levels(day)[code] for code in level_codes]
    parts = ["、".join(words) for words in told if words]
    return " · ".join(parts) if parts else "所有客户"


def plan_card(one: PublishedPlan) -> PlanCard:
    plan = one.plan
    notes = []
    if plan.tiers and len(plan.tiers) > 1:
        notes.append(plan.mode.label if plan.mode is TierMode.MARGINAL else "按所在档计全额")
    if plan.least is not None:
        notes.append(f"最低 {plain(plan.least)} 元")
    if plan.most is not None:
        notes.append(f"最高 {plain(plan.most)} 元")
    if plan.signal_detail:
        notes.append(plan.signal_detail)
    notes.append(one.days_text)
    reference = ""
    if plan.reference is not None:
        reference = f"原价 {plain(plan.reference.price)} 元"
        looked = len(one.evidence.get("looked_at", ()))
        notes.append(f"原价已核对 {one.evidence['from']} 至 {one.evidence['to']} 的 {looked} 笔成交")
    signal = "" if plan.signal is PriceSignal.NONE else plan.signal.label
    return PlanCard(
        code=plan.code, name=plan.name, basis=plan.basis.label, rows=tuple(_rows(one)), reference=reference,
        signal=signal, notes=tuple(notes), version=one.on_file.version, days=one.days_text, digest=one.on_file.digest,
    )  # fmt: skip


def _rows(one: PublishedPlan) -> list[tuple[str, str, str]]:
    plan = one.plan
    rows = [(f"{term.days} 天", plain(term.price), "元") for term in plan.terms]
    for tier in plan.tiers:
        what = _bounds(tier.floor, tier.ceiling, plan.basis)
        if plan.basis is FeeBasis.PER_USE:
            rows.append((what, plain(tier.price), "元/次"))
        else:
            rows.append((what, f"{plain(tier.price * 100)}%", f"/{_UNITS[plan.basis]}"))
    return rows


def _bounds(floor: Decimal, ceiling: Decimal | None, basis: FeeBasis) -> str:
    if basis is FeeBasis.PER_USE:
        first = int(floor) + 1 if floor else 1
        if ceiling is None and floor == 0:
            return "每次"
        return f"第 {first} 次起" if ceiling is None else f"第 {first} 至 {int(ceiling)} 次"
    if ceiling is None:
        return "不限金额" if floor == 0 else f"{amount(floor)}以上"
    return f"不满 {amount(ceiling)}" if floor == 0 else f"{amount(floor)}以上不满 {amount(ceiling)}"


def amount(value: Decimal) -> str:
    """Yuan in a short form: 500000 gives 50 万元."""
    if value >= _TENTHOUSAND and value % 100 == 0:
        return f"{plain(value / _TENTHOUSAND)} 万元"
    return f"{plain(value)} 元"


def plain(value: Decimal) -> str:
    """A number without needless zeros, thousands apart."""
    text = format(value.normalize(), "f")
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}"

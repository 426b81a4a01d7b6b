"""Files of products, net values, components and price plans: which columns each has, and what one row means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.money import SCALE
from market.imports import coded, positive
from market.products.types import FACTORS, PlanBasis, PriceSignal, PriceUnit, ProductKind

NO_END: Final = date(9999, 12, 31)
LEVELS: Final = ("R1", "R2", "R3", "R4", "R5")
TERMS: Final = (
    "factors_on", "issuer_level", "issuer_rated_on", "currency", "term_days", "lockup_days", "min_amount",
    "expected_return_low", "expected_return_high", "launched_on", "matures_on", "credit_grade", "list_item",
    "leads_to", "complex",
)  # fmt: skip
PRODUCTS = KindColumns(
    "products", "产品与服务", ("product_code", "name", "kind"),
    ("issuer", *(factor.value for factor in FACTORS), *TERMS),
)  # fmt: skip
NAVS = KindColumns("navs", "产品净值", ("product_code", "date", "nav"), ("accumulated_nav",))
COMPONENTS = KindColumns("components", "组合产品的组成", ("product_code", "component_code", "weight", "valid_from"))
PRICE_PLANS = KindColumns(
    "price_plans", "服务的价格方案",
    ("product_code", "plan_code", "name", "basis", "floor", "price", "unit", "valid_from"), ("signal", "valid_to"),
)  # fmt: skip
PRODUCT_KINDS: Final = (PRODUCTS, NAVS, COMPONENTS, PRICE_PLANS)
_YES: Final = {"1", "是", "TRUE", "Y", "YES"}
_NO: Final = {"0", "否", "FALSE", "N", "NO"}


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One product; None is "the file does not say". Amounts and ratios in millionths."""

    code: str
    name: str
    kind: ProductKind
    issuer: str | None
    factors: tuple[int | None, ...]  # in the order of FACTORS, all or none
    factors_on: date | None
    issuer_level: str | None
    issuer_rated_on: date | None
    currency: str | None
    term_days: int | None
    lockup_days: int | None
    min_amount: int | None
    expected_return_low: int | None
    expected_return_high: int | None
    launched_on: date | None
    matures_on: date | None
    credit_grade: str | None
    list_item: str | None
    leads_to: str | None
    complex: bool | None


def product_line(cells: Cells) -> ProductLine:
    """Raises Refused for a factor outside 1 to 5, some factors without the others, or terms that contradict."""
    code = product_code(cells)
    cells.need("name")
    low, high = _ratio(cells, "expected_return_low"), _ratio(cells, "expected_return_high")
    if low is not None and high is not None and low > high:
        raise Refused("expected_return_low", cells.text("expected_return_low"), "预期收益下限不应高于上限")
    term, lockup = _days(cells, "term_days", 1), _days(cells, "lockup_days", 0)
    if term is not None and lockup is not None and lockup > term:
        raise Refused("lockup_days", cells.text("lockup_days"), f"锁定期不应长于期限 {term} 天")
    launched, matures = cells.day("launched_on"), cells.day("matures_on")
    if launched and matures and matures < launched:
        raise Refused("matures_on", cells.text("matures_on"), f"到期日早于成立日 {launched}")
    return ProductLine(
        code=code, name=cells.short("name", 128), kind=coded(cells, "kind", ProductKind),
        issuer=cells.short("issuer", 128) or None, factors=_factors(cells), factors_on=cells.day("factors_on"),
        issuer_level=_level(cells), issuer_rated_on=cells.day("issuer_rated_on"), currency=_currency(cells),
        term_days=term, lockup_days=lockup, min_amount=cells.not_negative("min_amount"), expected_return_low=low,
        expected_return_high=high, launched_on=launched, matures_on=matures,
        credit_grade=cells.short("credit_grade", 8).upper() or None, list_item=cells.short("list_item", 48) or None,
        leads_to=_codes(cells), complex=_yes_or_no(cells, "complex"),
    )


def product_code(cells: Cells) -> str:
    cells.need("product_code")
    return cells.short("product_code", 32)


def _factors(cells: Cells) -> tuple[int | None, ...]:
    """All ten or none: a rating never rests on factors that nobody gave."""
    found = [_factor(cells, factor.value) for factor in FACTORS]
    lacking = [factor for factor, value in zip(FACTORS, found, strict=True) if value is None]
    if lacking and len(lacking) < len(FACTORS):
        named = "、".join(f"{factor.value} {factor.label}" for factor in lacking)
        raise Refused(lacking[0].value, "", f"十项因素须全部给出或全部留空，缺 {named}")
    return tuple(found)


def _factor(cells: Cells, column: str) -> int | None:
    found: int | None = cells.scaled(column)
    if found is None:
        return None
    if found not in {step * SCALE for step in range(1, 6)}:
        raise Refused(column, cells.text(column), "应为 1 至 5 的整数")
    return int(found // SCALE)


def _level(cells: Cells) -> str | None:
    text = cells.text("issuer_level").upper()
    if text and text not in LEVELS:
        raise Refused("issuer_level", cells.text("issuer_level"), f"应为 {'、'.join(LEVELS)} 之一")
    return text or None


def _ratio(cells: Cells, column: str) -> int | None:
    found: int | None = cells.scaled(column)
    if found is not None and abs(found) > SCALE:
        raise Refused(column, cells.text(column), "应为年化比例，如 0.045")
    return found


def _days(cells: Cells, column: str, least: int) -> int | None:
    found: int | None = cells.scaled(column)
    if found is None:
        return None
    if found < least * SCALE or found % SCALE or found > 36_500 * SCALE:
        raise Refused(column, cells.text(column), f"应为 {least} 至 36500 的整数（天）")
    return int(found // SCALE)


def _currency(cells: Cells) -> str | None:
    text = cells.text("currency").upper()
    if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise Refused("currency", text, "应为三个字母的币种代码，如 CNY")
    return text or None


def _codes(cells: Cells) -> str | None:
    text = cells.short("leads_to", 512)
    codes = [code.strip() for code in text.replace("；", ";").replace("、", ";").split(";")]
    return ";".join(code for code in codes if code) or None


def _yes_or_no(cells: Cells, column: str) -> bool | None:
    text = cells.text(column).upper()
    if not text:
        return None
    if text not in _YES | _NO:
        raise Refused(column, cells.text(column), "应为 是 或 否")
    return text in _YES


@dataclass(frozen=True, slots=True)
class NavLine:
    """One net value in millionths."""

    code: str
    day: date
    nav: int
    accumulated: int | None


def nav_line(cells: Cells) -> NavLine:
    """Raises Refused for a net value that is not above zero."""
    accumulated = cells.scaled("accumulated_nav")
    if accumulated is not None and accumulated <= 0:
        raise Refused("accumulated_nav", cells.text("accumulated_nav"), "应大于 0")
    return NavLine(product_code(cells), cells.need_day("date"), positive(cells, "nav"), accumulated)


@dataclass(frozen=True, slots=True)
class ComponentLine:
    """One part of a portfolio product, weight in millionths."""

    code: str
    valid_from: date
    component: str
    weight: int


def component_line(cells: Cells) -> ComponentLine:
    """Raises Refused for a weight outside 0 to 1, or a product that holds itself."""
    code, weight = product_code(cells), positive(cells, "weight")
    cells.need("component_code")
    component = cells.short("component_code", 32)
    if component == code:
        raise Refused("component_code", component, "组合产品不能由自己组成")
    if weight > SCALE:
        raise Refused("weight", cells.text("weight"), "应为不超过 1 的比例")
    return ComponentLine(code, cells.need_day("valid_from"), component, weight)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One tier of a price plan, numbers in millionths."""

    code: str
    plan_code: str
    name: str
    basis: PlanBasis
    floor: int
    price: int
    unit: PriceUnit
    signal: PriceSignal
    valid_from: date
    valid_to: date


def plan_line(cells: Cells) -> PlanLine:
    """Raises Refused."""
    for column in ("plan_code", "name", "floor", "price"):
        cells.need(column)
    first, last = cells.need_day("valid_from"), cells.day("valid_to") or NO_END
    if last < first:
        raise Refused("valid_to", cells.text("valid_to"), f"失效日早于生效日 {first}")
    return PlanLine(
        product_code(cells), cells.short("plan_code", 32), cells.short("name", 128),
        coded(cells, "basis", PlanBasis), cells.not_negative("floor") or 0, cells.not_negative("price") or 0,
        coded(cells, "unit", PriceUnit), coded(cells, "signal", PriceSignal, PriceSignal.NONE), first, last,
    )

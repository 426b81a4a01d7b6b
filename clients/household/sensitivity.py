"""敏感性表: what becomes of the sheet and the goals when growth, discount or the age of retirement is another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from clients.household.assumptions import Assumptions
from clients.household.balance import BalanceSheet, Part
from clients.household.plan import make_plan
from clients.household.types import Household


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the table."""

    id: str  # BASE, GROWTH_UP, …
    label: str
    net_economic_worth: Decimal
    human_capital: Decimal
    pension: Decimal
    goals: Decimal  # present value of all goals
    ratio: float | None  # resources over cost of goals
    required: float | None


def cases(assumed: Assumptions, steps: Mapping[str, float]) -> tuple[tuple[str, str, Assumptions], ...]:
    """Base, then one step up and down of each assumption. steps: growth, discount (ratios), retire_years."""
    growth, discount, years = steps["growth"], steps["discount"], int(steps["retire_years"])
    return (
        ("BASE", "基准假设", assumed),
        ("GROWTH_UP", f"增长率高 {growth:.0%}", assumed.shifted(growth=growth)),
        ("GROWTH_DOWN", f"增长率低 {growth:.0%}", assumed.shifted(growth=-growth)),
        ("DISCOUNT_UP", f"折现率高 {discount:.0%}", assumed.shifted(discount=discount)),
        ("DISCOUNT_DOWN", f"折现率低 {discount:.0%}", assumed.shifted(discount=-discount)),
        ("RETIRE_LATER", f"晚 {years} 年退休", assumed.shifted(retire_years=years)),
        ("RETIRE_EARLIER", f"早 {years} 年退休", assumed.shifted(retire_years=-years)),
    )


def sensitivity(
    household: Household, assumed: Assumptions, steps: Mapping[str, float], highest: float
) -> tuple[Case, ...]:
    found = []
    for name, label, shifted in cases(assumed, steps):
        plan = make_plan(household, shifted, highest)
        found.append(Case(
            id=name, label=label, net_economic_worth=plan.sheet.net_economic_worth,
            human_capital=_named(plan.sheet, "implicit_asset.human_capital"),
            pension=_named(plan.sheet, "implicit_asset.pension"), goals=plan.sheet.total(Part.IMPLICIT_LIABILITY),
            ratio=plan.ratio, required=plan.required.value,
        ))  # fmt: skip
    return tuple(found)


def _named(sheet: BalanceSheet, line_id: str) -> Decimal:
    return sum((one.amount for one in sheet.lines if one.id == line_id), Decimal(0))

"""Goals and cash flows: how far each goal is funded, and what return a year would fund them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from clients.household.assumptions import Assumptions
from clients.household.balance import BalanceSheet, Part, balance_sheet, fen
from clients.household.streams import Placed, Unplaced, place_all
from clients.household.types import Household, Item, ItemKind
from clients.household.values import Flows, negative, stream, together, years_between
from kit.labels import Labelled
from market.types import FloatArray

STEPS: Final = 60  # halvings of the bracket: far below what is told
CENT: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalFunding:
    """One goal: what it is worth today and how much of that is there, after the goals that come first."""

    item_no: str
    label: str
    first_on: date
    priority: int
    worth: Decimal  # present value
    funded: Decimal
    ratio: float  # 0 to 1


class Solved(Labelled):
    """所需收益率求解的结果"""

    FOUND = "FOUND", "已求出"
    NOT_NEEDED = "NOT_NEEDED", "不依靠投资收益也能实现"
    NO_GOAL = "NO_GOAL", "没有填写目标"
    OUT_OF_REACH = "OUT_OF_REACH", "仅靠投资收益无法实现"
    INCOMPLETE = "INCOMPLETE", "资料不全"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredReturn:
    """所需收益率: a year, nominal; None with the reason where there is none to give. 0.0 where none is needed."""

    value: float | None
    solved: Solved
    reason: str  # Chinese, for the reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a household has for its goals, and what they cost."""

    sheet: BalanceSheet
    goals: tuple[GoalFunding, ...]
    resources: Decimal  # for goals, today: what can be used, and what will be saved; may be below 0
    cost: Decimal  # of all goals, today
    ratio: float | None  # resources over cost, not below 0; None without goals
    required: RequiredReturn


def make_plan(household: Household, assumed: Assumptions, highest: float) -> Plan:
    """highest: the upper end of the bracket in which the required return is sought."""
    sheet = balance_sheet(household, assumed)
    placed, unplaced = place_all(household, assumed)
    goals = sorted((one for one in placed if one.item.kind is ItemKind.GOAL), key=_rank)
    resources = resources_of(sheet, placed, assumed)
    funding = fund(goals, resources, assumed.discount)
    cost = sum((one.worth for one in funding), Decimal(0))
    ratio = max(0.0, float(resources / cost)) if cost else None
    return Plan(
        sheet=sheet, goals=funding, resources=resources, cost=cost, ratio=ratio,
        required=required_return(household, sheet, placed, unplaced, highest),
    )  # fmt: skip


def _rank(placed: Placed) -> tuple[int, date, str]:
    return placed.item.priority, placed.first_on, placed.item.item_no


def resources_of(sheet: BalanceSheet, placed: list[Placed], assumed: Assumptions) -> Decimal:
    """Usable assets less debts, and the worth today of all income and pensions less what is spent on living."""
    worth = sum(
        (-1 if one.item.kind is ItemKind.SPENDING else 1) * one.flows.worth(assumed.discount)
        for one in placed
        if one.item.kind in (ItemKind.INCOME, ItemKind.PENSION, ItemKind.SPENDING)
    )
    return sheet.investable - sheet.total(Part.EXPLICIT_DEBT) + fen(float(worth))


def fund(goals: list[Placed], resources: Decimal, discount: float) -> tuple[GoalFunding, ...]:
    """Resources poured over the goals in their order: the first is filled before the next gets anything."""
    left = max(resources, Decimal(0))
    found = []
    for one in goals:
        worth = fen(one.flows.worth(discount))
        given = min(left, worth)
        left -= given
        item = one.item
        label = f"{item.category.label}（{item.note}）" if item.note else item.category.label
        found.append(GoalFunding(
            item_no=item.item_no, label=label, first_on=one.first_on, priority=item.priority, worth=worth,
            funded=given, ratio=float(given / worth) if worth else 1.0,
        ))  # fmt: skip
    return tuple(found)


def debt_payments(household: Household, item: Item) -> Flows:
    """What is paid on a debt: by month where that was said, until it is paid off; else all of it today."""
    if not item.monthly_payment:
        return Flows(np.array([0.0]), np.array([float(item.amount)]))
    years = float(item.amount / (item.monthly_payment * 12))
    if item.last_on is not None:
        years = max(years_between(household.day, item.last_on), 0.0)
    return stream(float(item.monthly_payment) * 12, 0.0, 0.0, years)


def cash_flows(household: Household, placed: list[Placed]) -> Flows:
    """Everything that comes in and goes out from today on, goals and debts included, in the order of time."""
    flows = [
        one.flows if one.item.kind in (ItemKind.INCOME, ItemKind.PENSION) else negative(one.flows) for one in placed
    ]
    flows += [negative(debt_payments(household, item)) for item in household.of_kind(ItemKind.DEBT) if item.amount]
    flows += [Flows(np.array([0.0]), np.array([-float(one.debt)])) for one in household.accounts if one.debt]
    return together(flows)


def lowest_wealth(wealth: float, flows: Flows, rate: float) -> float:
    """The lowest point of what is left when everything is paid in its time and the rest earns `rate`.

    Money of one moment is taken together. Feasible (at least 0) at a rate means feasible at every higher one.
    """
    return _lowest(wealth, *_moments(flows), rate)


def _moments(flows: Flows) -> tuple[FloatArray, list[float]]:
    """Years from one moment to the next, ascending, and what comes in or goes out at each."""
    times, place_of = np.unique(flows.times, return_inverse=True)
    sums = np.zeros(len(times))
    np.add.at(sums, place_of, flows.amounts)
    return np.diff(times, prepend=0.0), sums.tolist()


def _lowest(wealth: float, gaps: FloatArray, sums: list[float], rate: float) -> float:
    lowest = wealth
    for growth, amount in zip(((1 + rate) ** gaps).tolist(), sums, strict=True):
        wealth = wealth * growth + amount
        lowest = min(lowest, wealth)
        if wealth < 0:
            return lowest
    return lowest


def solve(wealth: float, flows: Flows, highest: float) -> float | None:
    """The lowest rate from 0 to `highest` at which nothing is ever short; None where even the highest does not do."""
    gaps, sums = _moments(flows)
    if _lowest(wealth, gaps, sums, highest) < -CENT:
        return None
    if _lowest(wealth, gaps, sums, 0.0) >= -CENT:
        return 0.0
    low, high = 0.0, highest
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _lowest(wealth, gaps, sums, middle) >= -CENT:
            high = middle
        else:
            low = middle
    return high


def required_return(
    household: Household, sheet: BalanceSheet, placed: list[Placed], unplaced: list[Unplaced], highest: float
) -> RequiredReturn:
    """所需收益率 of the usable assets, with all goals, debts and living expenses paid in their time."""
    goals = [one for one in household.of_kind(ItemKind.GOAL) if one.amount]
    if not goals:
        return RequiredReturn(value=None, solved=Solved.NO_GOAL, reason="没有填写目标，无从求解所需收益率")
    if unplaced:
        named = dict.fromkeys(one.item.category.label for one in unplaced)
        reason = f"{'、'.join(named)}没有起止日，资料不全，暂不求解"
        return RequiredReturn(value=None, solved=Solved.INCOMPLETE, reason=reason)
    flows = cash_flows(household, placed)
    found = solve(float(sheet.investable), flows, highest)
    if found is None:
        reason = f"即使每年收益 {highest:.0%}，也有目标在到期时拿不出钱；须调整目标的金额、时间，或增加储蓄"
        return RequiredReturn(value=None, solved=Solved.OUT_OF_REACH, reason=reason)
    if found == 0.0:
        return RequiredReturn(value=0.0, solved=Solved.NOT_NEEDED, reason="现有资产与储蓄已够，不依靠投资收益")
    return RequiredReturn(value=found, solved=Solved.FOUND, reason=f"全部目标按时实现，每年需要 {found:.2%}")

"""Balance sheet, goals, required return, sensitivity, liquidity: figures by hand, and laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.household.assumptions import READ, assumptions_on, household_rules, unconfirmed
from clients.household.balance import Part, balance_sheet
from clients.household.liquidity import liquidity_of
from clients.household.plan import Solved, lowest_wealth, make_plan, solve
from clients.household.sensitivity import sensitivity
from clients.household.types import AccountValue, ItemKind, Per
from clients.household.values import Flows
from tests.clients.household.households import DAY, FAMILY, assumed, household, item, whole

HIGHEST = 0.30
STEPS = {"growth": 0.01, "discount": 0.01, "retire_years": 2}
TERMS = {"months": 3, "horizon_years": 10}
MONEY = st.integers(0, 5_000_000)


def line(sheet, line_id):
    return sum((one.amount for one in sheet.lines if one.id == line_id), Decimal(0))


# balance sheet


def test_human_capital_of_a_member_by_the_oracle():
    """domain facts 7.10, from a birthday: 30 whole years until retirement"""
    earner = replace(FAMILY[0], birth_date=date(1996, 6, 1))
    sheet = balance_sheet(
        household(item("INCOME", "SALARY", 200_000, growth=0.03), members=(earner,)), assumed(discount=0.05)
    )

    assert line(sheet, "implicit_asset.human_capital") == Decimal("4383862.02")


def test_retirement_spending_of_a_member_by_the_oracle():
    earner = replace(FAMILY[0], birth_date=date(1996, 6, 1))
    goal = item("GOAL", "RETIREMENT", 100_000, growth=0.03, last_on=date(2076, 6, 1))
    sheet = balance_sheet(household(goal, members=(earner,)), assumed(discount=0.05))

    assert line(sheet, "implicit_liability.retirement") == Decimal("896604.27")


def test_the_sheet_by_hand():
    sheet = balance_sheet(whole(), assumed())

    assert sheet.total(Part.EXPLICIT_ASSET) == Decimal("4220000.00")
    assert sheet.total(Part.EXPLICIT_DEBT) == Decimal("1000000.00")
    assert sheet.net_worth == Decimal("3220000.00")
    assert sheet.investable == Decimal("1220000.00")  # the home is lived in
    assert sheet.cash_like == Decimal("170000.00")
    assert sheet.missing == ()


@given(
    cash=MONEY, home=MONEY, debt=MONEY, salary=MONEY, pension=MONEY, goal=MONEY, margin=MONEY,
)  # fmt: skip
def test_the_parts_sum_to_net_economic_worth(cash, home, debt, salary, pension, goal, margin):
    worth = {"cash": Decimal(cash), "securities": Decimal(home), "debt": Decimal(margin)}
    account = AccountValue(member_no="M1", as_of=DAY, **worth)
    sheet = balance_sheet(
        household(
            item("ASSET", "CASH", cash), item("ASSET", "HOME", home), item("DEBT", "MORTGAGE", debt),
            item("INCOME", "SALARY", salary), item("PENSION", "STATE", pension), item("GOAL", "RETIREMENT", goal),
            accounts=(account,),
        ),
        assumed(),
    )  # fmt: skip
    parts = {part: sheet.total(part) for part in Part}

    assert sheet.net_economic_worth == (
        parts[Part.EXPLICIT_ASSET] + parts[Part.IMPLICIT_ASSET]
        - parts[Part.EXPLICIT_DEBT] - parts[Part.IMPLICIT_LIABILITY]
    )  # fmt: skip
    assert sheet.net_worth == Decimal(2 * cash + 2 * home - debt - margin)
    assert all(one.amount > 0 for one in sheet.lines)


def test_rent_is_in_the_property_already():
    sheet = balance_sheet(household(item("ASSET", "PROPERTY", 1_000_000), item("INCOME", "RENT", 40_000)), assumed())

    assert sheet.total(Part.IMPLICIT_ASSET) == 0


def test_living_expenses_stand_beside_the_sheet():
    without, with_living = (
        balance_sheet(household(item("ASSET", "CASH", 100), *more), assumed())
        for more in ((), (item("SPENDING", "LIVING", 60_000),))
    )

    assert with_living.net_economic_worth == without.net_economic_worth
    assert with_living.living > 0 == without.living


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (item("INCOME", "SALARY", 100_000), "出生日期"),
        (item("GOAL", "EDUCATION", 100_000), "起止日"),
        (item("GOAL", "HOUSING", 100_000, per=Per.ONCE), "起止日"),
        (item("GOAL", "EDUCATION", 100_000, first_on=DAY), "起止日"),
    ],
)
def test_what_cannot_be_placed_is_said_and_not_guessed(one, told):
    unborn = replace(FAMILY[0], birth_date=None)
    sheet = balance_sheet(household(one, members=(unborn,)), assumed())

    assert sheet.lines == ()
    assert told in sheet.missing[0]
    assert one.item_no in sheet.missing[0]


def test_an_amount_of_nothing_ends_an_item():
    assert balance_sheet(household(item("DEBT", "CAR", 0)), assumed()).lines == ()


def test_income_ends_at_retirement_and_retirement_begins_there():
    sixty = date(2046, 6, 1)
    sheet = balance_sheet(household(item("INCOME", "SALARY", 100, last_on=sixty)), assumed())
    usual = balance_sheet(household(item("INCOME", "SALARY", 100)), assumed())

    assert sheet.net_economic_worth == usual.net_economic_worth


# goals


def test_the_first_goal_is_filled_before_the_next():
    plan = make_plan(
        household(
            item("ASSET", "CASH", 150_000),
            item("GOAL", "OTHER", 100_000, per=Per.ONCE, first_on=DAY, priority=2),
            item("GOAL", "HOUSING", 100_000, per=Per.ONCE, first_on=DAY, priority=1),
        ),
        assumed(), HIGHEST,
    )  # fmt: skip

    assert [(one.label, one.ratio) for one in plan.goals] == [("购房", 1.0), ("其他目标", 0.5)]
    assert plan.ratio == 0.75


@given(cash=MONEY, more=st.integers(0, 1_000_000), goals=st.lists(st.integers(1, 1_000_000), min_size=1, max_size=4))
def test_more_assets_never_lower_a_funded_ratio(cash, more, goals):
    wanted = [
        item("GOAL", "OTHER", amount, per=Per.ONCE, first_on=date(2028, 1, 1), item_no=f"G{n}", priority=n)
        for n, amount in enumerate(goals)
    ]
    poor, rich = (
        make_plan(household(item("ASSET", "CASH", amount), *wanted), assumed(), HIGHEST)
        for amount in (cash, cash + more)
    )

    assert rich.ratio >= poor.ratio
    assert all(now.ratio >= before.ratio for now, before in zip(rich.goals, poor.goals, strict=True))


@given(cash=MONEY, goal=st.integers(1, 1_000_000), more=st.integers(0, 1_000_000))
def test_a_dearer_goal_never_raises_a_funded_ratio(cash, goal, more):
    cheap, dear = (
        make_plan(
            household(
                item("ASSET", "CASH", cash),
                item("GOAL", "OTHER", amount, per=Per.ONCE, first_on=date(2028, 1, 1), priority=1),
                item("GOAL", "HOUSING", 300_000, per=Per.ONCE, first_on=date(2030, 1, 1)),
            ),
            assumed(), HIGHEST,
        )
        for amount in (goal, goal + more)
    )  # fmt: skip

    assert dear.ratio <= cheap.ratio
    assert all(now.ratio <= before.ratio for now, before in zip(dear.goals, cheap.goals, strict=True))


# required return


def test_required_return_by_hand():
    """100 today, 121 due in two years: 10% a year"""
    plan = make_plan(
        household(
            item("ASSET", "CASH", 100_000),
            item("GOAL", "OTHER", 121_000, per=Per.ONCE, growth=0.0, first_on=date(2028, 6, 1)),
        ),
        assumed(), HIGHEST,
    )  # fmt: skip

    assert plan.required.solved is Solved.FOUND
    assert plan.required.value == pytest.approx(0.10, abs=1e-6)
    assert "10.00%" in plan.required.reason


@pytest.mark.parametrize(
    ("items", "solved"),
    [
        ((item("ASSET", "CASH", 100),), Solved.NO_GOAL),
        ((item("ASSET", "CASH", 100), item("GOAL", "EDUCATION", 10)), Solved.INCOMPLETE),
        (
            (item("ASSET", "CASH", 100), item("GOAL", "OTHER", 50, per=Per.ONCE, first_on=date(2030, 1, 1))),
            Solved.NOT_NEEDED,
        ),
        (
            (item("ASSET", "CASH", 100), item("GOAL", "OTHER", 500, per=Per.ONCE, first_on=date(2027, 1, 1))),
            Solved.OUT_OF_REACH,
        ),
        ((item("GOAL", "OTHER", 500, per=Per.ONCE, first_on=date(2027, 1, 1)),), Solved.OUT_OF_REACH),
    ],
)
def test_where_no_return_can_be_solved_the_reason_is_told(items, solved):
    found = make_plan(household(*items), assumed(), HIGHEST).required

    assert found.solved is solved
    assert found.value == (0.0 if solved is Solved.NOT_NEEDED else None)
    assert found.reason


@given(
    wealth=st.floats(0, 1e6),
    amounts=st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=12),
    rate=st.floats(0, 0.3),
    higher=st.floats(0, 0.2),
)
def test_what_is_feasible_at_a_rate_is_feasible_at_a_higher_one(wealth, amounts, rate, higher):
    flows = Flows(np.arange(1, len(amounts) + 1, dtype=np.float64), np.array(amounts))
    if lowest_wealth(wealth, flows, rate) >= 0:
        assert lowest_wealth(wealth, flows, rate + higher) >= -1e-6


@given(wealth=st.floats(0, 1e6), amounts=st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=12))
def test_the_solved_rate_does_and_a_lower_one_does_not(wealth, amounts):
    flows = Flows(np.arange(1, len(amounts) + 1, dtype=np.float64), np.array(amounts))
    found = solve(wealth, flows, HIGHEST)
    if found is None:
        assert lowest_wealth(wealth, flows, HIGHEST) < 0
        return
    assert lowest_wealth(wealth, flows, found) >= -0.011
    if found > 1e-3:
        assert lowest_wealth(wealth, flows, found - 1e-3) < 0


@given(more=st.integers(0, 500_000))
def test_more_money_never_needs_a_higher_return(more):
    def needed(cash):
        goal = item("GOAL", "OTHER", 300_000, per=Per.ONCE, first_on=date(2034, 6, 1))
        return make_plan(household(item("ASSET", "CASH", cash), goal), assumed(), HIGHEST).required.value

    assert needed(150_000 + more) <= needed(150_000)


# sensitivity


def test_the_table_moves_as_theory_says():
    rows = {one.id: one for one in sensitivity(whole(), assumed(), STEPS, HIGHEST)}
    base = rows["BASE"]

    assert list(rows) == [
        "BASE", "GROWTH_UP", "GROWTH_DOWN", "DISCOUNT_UP", "DISCOUNT_DOWN", "RETIRE_LATER", "RETIRE_EARLIER",
    ]  # fmt: skip
    assert rows["DISCOUNT_UP"].human_capital < base.human_capital < rows["DISCOUNT_DOWN"].human_capital
    assert rows["GROWTH_DOWN"].goals < base.goals < rows["GROWTH_UP"].goals
    assert rows["RETIRE_EARLIER"].human_capital < base.human_capital < rows["RETIRE_LATER"].human_capital
    assert rows["RETIRE_EARLIER"].ratio < base.ratio < rows["RETIRE_LATER"].ratio
    assert rows["RETIRE_LATER"].goals < base.goals


# liquidity


def test_reserve_in_months_by_hand():
    """170,000 at hand, 12,000 of living and 6,000 of mortgage a month"""
    found = liquidity_of(whole(), assumed(), TERMS)

    assert found.monthly_spending == Decimal("18000.00")
    assert found.monthly_income == Decimal("32000.00")
    assert found.reserve_months == pytest.approx(170 / 18)


def test_without_spending_there_are_no_months():
    assert liquidity_of(household(item("ASSET", "CASH", 1_000)), assumed(), TERMS).reserve_months is None


def test_a_goal_in_three_years_bounds_the_lock():
    found = liquidity_of(
        household(
            item("ASSET", "CASH", 50_000),
            item("GOAL", "OTHER", 80_000, per=Per.ONCE, growth=0.0, first_on=date(2029, 6, 1)),
        ),
        assumed(), TERMS,
    )  # fmt: skip

    assert [(one.day, one.amount) for one in found.outflows] == [(date(2029, 6, 1), Decimal("80000.00"))]
    assert found.lock_limit_days == (date(2029, 6, 1) - DAY).days


@pytest.mark.parametrize(
    ("cash", "limit"),
    [(12_000, 365), (11_999, 334), (0, 0), (1_200_000, None)],
    ids=["a year to the yuan", "one short", "nothing", "through the horizon"],
)
def test_living_expenses_bound_the_lock(cash, limit):
    spending = item("SPENDING", "LIVING", 1_000, per=Per.MONTH)

    assert liquidity_of(household(item("ASSET", "CASH", cash), spending), assumed(), TERMS).lock_limit_days == limit


def test_a_deposit_counts_when_it_falls_due():
    spending = item("SPENDING", "LIVING", 1_000, per=Per.MONTH)
    locked = item("ASSET", "DEPOSIT", 12_000, locked_until=date(2026, 12, 1))
    found = liquidity_of(household(item("ASSET", "CASH", 6_000), locked, spending), assumed(), TERMS)

    assert found.lock_limit_days == (date(2027, 12, 1) - DAY).days
    assert found.cash_like == 6_000


@given(cash=MONEY, more=MONEY)
def test_more_cash_never_shortens_the_lock(cash, more):
    def limit(amount):
        found = liquidity_of(
            household(item("ASSET", "CASH", amount), item("SPENDING", "LIVING", 5_000, per=Per.MONTH)), assumed(), TERMS
        ).lock_limit_days
        return 10**6 if found is None else found

    assert limit(cash + more) >= limit(cash)


# assumptions


def test_every_assumption_says_where_it_comes_from():
    book = household_rules()

    assert all(book[name].source and book[name].title for name in READ)
    assert "出生时平均预期寿命（岁）" in unconfirmed()


@pytest.mark.parametrize(("day", "age"), [(date(2024, 12, 31), 60), (date(2025, 1, 1), 63), (date(1980, 1, 1), 60)])
def test_retirement_age_by_day(day, age):
    """延迟法定退休年龄 runs from 2025-01-01"""
    assert assumptions_on(day).retire_age["MALE"] == age


def test_balances_are_no_flows():
    sheet = balance_sheet(household(item("ASSET", "CASH", 1), item("DEBT", "CAR", 1)), assumed())

    assert {one.part for one in sheet.lines} == {Part.EXPLICIT_ASSET, Part.EXPLICIT_DEBT}
    assert ItemKind.ASSET.label == "资产"

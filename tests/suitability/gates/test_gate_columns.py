"""One definition for one client and the whole book; months and years by the calendar; laws that hold for all."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suitability.gates.conditions import Test, gate_rules, leaves
from suitability.gates.evidence import EvidenceColumns, GateEvidence, columns_of, raw_of
from suitability.gates.judge import STATES, State, explain, judge, judge_one
from suitability.gates.months import months_begun, months_between, plus_months, years_between
from suitability.levels import ClientLevel, Gate

DAY = date(2026, 3, 2)
GATES = [(gate, "2" if gate is Gate.ETF_OPTION else None) for gate in Gate]


def maybe(strategy):
    return st.none() | strategy


days = st.dates(date(1940, 1, 1), DAY)
money = st.sampled_from([0, 99_999, 100_000, 300_000, 499_999, 500_000, 1_000_000, 3_000_000, 10_000_000]).map(Decimal)
some_gates = st.lists(st.sampled_from(Gate), max_size=6, unique=True)
people = st.builds(
    GateEvidence, day=st.just(DAY), natural=st.booleans(), professional=st.booleans(),
    **dict.fromkeys(
        ("assets_20d", "assets_20d_at_least", "assets_10d", "assets_10d_at_least", "assets_today", "financial_assets",
         "mean_income_3y", "net_assets", "household_net_financial_assets", "household_financial_assets",
         "paid_in_capital", "amount"), maybe(money)),
    **dict.fromkeys(
        ("first_trade_on", "first_trade_by", "broker_since", "futures_since", "birth_date", "assessed_on"),
        maybe(days)),
    **dict.fromkeys(
        ("related_work", "futures_experience", "margin_eligible", "bad_record", "default_record", "affiliate"),
        maybe(st.booleans())),
    level=maybe(st.sampled_from(ClientLevel)), test_grade=maybe(st.integers(0, 3)),
    trial_grade=maybe(st.integers(0, 3)),
    test_scores=some_gates.map(lambda gates: dict.fromkeys(gates, Decimal(80))),
    disclosures=some_gates.map(lambda gates: dict.fromkeys(gates, DAY)),
    held_since=some_gates.map(lambda gates: dict.fromkeys(gates, date(2015, 1, 5))),
)  # fmt: skip


@given(st.lists(people, min_size=1, max_size=12))
def test_one_client_and_the_book_are_judged_by_one_definition(book):
    columns = columns_of(raw_of(book))
    for gate, variant in GATES:
        together = judge(gate, columns, variant)
        for place, one in enumerate(book):
            alone = judge_one(gate, one, variant)
            assert STATES[int(together.states[place])] is alone.state
            assert explain(together, place, one, variant) == alone


@given(people)
def test_the_conditions_that_decide_are_there_exactly_where_a_gate_stays_closed(one):
    for gate, variant in GATES:
        answer = judge_one(gate, one, variant)
        deciding = [condition for condition in answer.conditions if condition.decides]

        assert bool(deciding) == (answer.state is not State.MET)
        assert all(condition.state is not State.MET and condition.missing for condition in deciding)
        if answer.state is State.NOT_KNOWN:
            assert any(condition.state is State.NOT_KNOWN for condition in deciding)


RAISED = ("assets_20d", "assets_10d", "assets_today", "financial_assets", "mean_income_3y", "net_assets",
          "household_net_financial_assets", "household_financial_assets", "paid_in_capital", "amount")  # fmt: skip


@given(people, st.sampled_from(RAISED), money)
def test_more_money_never_closes_a_gate(one, field, more):
    held = getattr(one, field)
    if held is None:
        return
    richer = replace(one, **{field: held + more})
    for gate, variant in GATES:
        assert STATES.index(judge_one(gate, richer, variant).state) >= STATES.index(judge_one(gate, one, variant).state)


@given(people, st.data())
def test_what_becomes_known_never_turns_an_answer_around(one, data):
    """From not known an answer may go either way; met stays met and not met stays not met."""
    empty = [field.name for field in fields(one) if getattr(one, field.name) is None and field.name in RAISED]
    if not empty:
        return
    name = data.draw(st.sampled_from(empty))
    least = getattr(one, f"{name}_at_least", None) or Decimal(0)
    told = replace(one, **{name: max(data.draw(money), least)})
    for gate, variant in GATES:
        before, after = judge_one(gate, one, variant).state, judge_one(gate, told, variant).state
        assert before in (after, State.NOT_KNOWN)


ENDS = [  # test, low, high against 10, state
    (Test.AT_LEAST, 10, 10, 2), (Test.AT_LEAST, 9, 9, 0), (Test.AT_LEAST, 9, 10, 1), (Test.AT_LEAST, 10, np.inf, 2),
    (Test.AT_LEAST, -np.inf, 9, 0), (Test.AT_MOST, 10, 10, 2), (Test.AT_MOST, 11, 11, 0), (Test.AT_MOST, 10, 11, 1),
    (Test.BELOW, 10, 10, 0), (Test.BELOW, 9, 9, 2), (Test.BELOW, 9, 10, 1), (Test.BEFORE, 10, 10, 0),
    (Test.BEFORE, np.inf, np.inf, 0), (Test.BEFORE, 9, 9, 2),
]  # fmt: skip


@pytest.mark.parametrize(("test", "low", "high", "state"), ENDS)
def test_an_interval_is_met_wholly_or_not_known(test, low, high, state):
    from suitability.gates.judge import state_of

    condition = replace(next(leaves(gate_rules(Gate.STAR, DAY).natural)), test=test, limit=10.0)

    assert state_of(condition, np.array([float(low)]), np.array([float(high)])).tolist() == [state]


def test_columns_without_a_fact_know_nothing_of_it():
    columns = EvidenceColumns(DAY, np.array([True, False]), {}, {})

    assert judge(Gate.ST_STOCK, columns).states.tolist() == [1, 1]


MONTHS = [  # first, day, full months; 民法典 202: the corresponding day, else the last of the month
    (date(2024, 3, 2), date(2026, 3, 2), 24), (date(2024, 3, 3), date(2026, 3, 2), 23),
    (date(2024, 3, 1), date(2026, 3, 2), 24), (date(2022, 8, 31), date(2023, 2, 28), 6),
    (date(2022, 8, 31), date(2023, 2, 27), 5), (date(2022, 8, 28), date(2023, 2, 28), 6),
    (date(2023, 8, 31), date(2024, 2, 28), 5), (date(2023, 8, 31), date(2024, 2, 29), 6),
    (date(2024, 2, 29), date(2025, 2, 28), 12), (date(2026, 3, 3), date(2026, 3, 2), 0),
    (date(2026, 3, 2), date(2026, 3, 2), 0), (date(1969, 12, 31), date(1970, 1, 31), 1),
]  # fmt: skip


@pytest.mark.parametrize(("first", "day", "months"), MONTHS)
def test_months_are_full_by_the_calendar(first, day, months):
    assert months_between(np.array([first.toordinal()]), day).tolist() == [months]


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 400))
def test_so_many_months_later_so_many_months_are_full(first, months):
    later = plus_months(first, months)
    ordinals = np.array([first.toordinal()])

    assert months_between(ordinals, later).tolist() == [months]
    if months:
        assert months_between(ordinals, later - timedelta(days=1)).tolist() == [months - 1]
    assert later.day == min(first.day, monthrange(later.year, later.month)[1])


BEGUN = [(date(2024, 3, 2), 24), (date(2024, 3, 1), 25), (date(2024, 3, 3), 24), (DAY, 0), (date(2026, 2, 28), 1)]


@pytest.mark.parametrize(("first", "months"), BEGUN)
def test_a_month_that_has_begun_counts_for_within(first, months):
    assert months_begun(np.array([first.toordinal()]), DAY).tolist() == [months]


AGES = [(date(2008, 3, 2), 18), (date(2008, 3, 3), 17), (date(1956, 3, 2), 70), (date(2026, 3, 2), 0),
        (date(2008, 2, 29), 18), (date(1960, 12, 31), 65)]  # fmt: skip


@pytest.mark.parametrize(("born", "age"), AGES)
def test_a_birthday_counts_from_its_own_day(born, age):
    assert years_between(np.array([born.toordinal()]), DAY).tolist() == [age]
    assert years_between(np.array([date(2008, 2, 29).toordinal()]), date(2026, 2, 28)).tolist() == [17]

"""Four dimensions: figures by hand, limits on, below and above, and laws: finances only lower, habits never move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.rulebook import RuleError, parse_rulebook
from suitability.levels import Bias, ClientLevel
from suitability.matching.decision import answer_to
from suitability.matching.service import house_rules
from suitability.profile.capacity import capacity_of
from suitability.profile.making import make_profile
from suitability.profile.rules import checked
from suitability.profile.types import DimensionId
from tests.suitability.matching.people import ANY_FACTS
from tests.suitability.profile.inputs import DAY, RULES, habits, known, needs, stated, tolerance

MATCHING = house_rules()
BIAS_HABITS = (
    "DISPOSITION", "CHASING", "OVERTRADING", "CONCENTRATION", "INDUSTRY_CONCENTRATION", "LOTTERY", "LEVERAGE",
)  # fmt: skip


def dimension(profile, name):
    return profile.dimension(DimensionId(name))


def made(**more):
    return make_profile(known(**more), RULES)


# capacity

CAPS = [  # what finances say, the highest level they bear, source
    ({"reserve_months": 3.0}, None, "PROFILE-CAP-RESERVE: on 3 months"),
    ({"reserve_months": 2.999}, "C3", "PROFILE-CAP-RESERVE: below 3 months"),
    ({"reserve_months": 1.0}, "C3", "PROFILE-CAP-RESERVE: on 1 month"),
    ({"reserve_months": 0.999}, "C2", "PROFILE-CAP-RESERVE: below 1 month"),
    ({"reserve_months": None}, None, "not known is not lowered"),
    ({"debts": Decimal(70), "assets": Decimal(100)}, None, "PROFILE-CAP-DEBT: on 70%"),
    ({"debts": Decimal("70.01"), "assets": Decimal(100)}, "C3", "PROFILE-CAP-DEBT: above 70%"),
    ({"debts": Decimal(100), "assets": Decimal(100)}, "C3", "PROFILE-CAP-DEBT: on 100%"),
    ({"debts": Decimal("100.01"), "assets": Decimal(100)}, "C2", "PROFILE-CAP-DEBT: above 100%"),
    ({"debts": Decimal(1), "assets": Decimal(0)}, "C2", "PROFILE-CAP-DEBT: debts and nothing owned"),
    ({"debts": Decimal(0), "assets": Decimal(0)}, None, "neither debts nor assets"),
    ({"next_year": Decimal(50), "investable": Decimal(100)}, None, "PROFILE-CAP-DUE: on 50%"),
    ({"next_year": Decimal("50.01"), "investable": Decimal(100)}, "C3", "PROFILE-CAP-DUE: above 50%"),
    ({"next_year": Decimal(80), "investable": Decimal(100)}, "C3", "PROFILE-CAP-DUE: on 80%"),
    ({"next_year": Decimal("80.01"), "investable": Decimal(100)}, "C2", "PROFILE-CAP-DUE: above 80%"),
    ({"reserve_months": 2.0, "debts": Decimal(200), "assets": Decimal(100)}, "C2", "the lowest of two caps"),
]


@pytest.mark.parametrize(("finances", "cap", "source"), CAPS)
def test_what_finances_bear(finances, cap, source):
    found = capacity_of(needs(**finances), DAY, RULES)

    assert (None if cap is None else ClientLevel(cap)) is found.level, source
    assert bool(found.reasons) is (cap is not None)


def test_without_a_household_nothing_is_lowered():
    assert capacity_of(None, DAY, RULES).level is None


@pytest.mark.parametrize(
    ("level", "cap", "used"),
    [("C5", 0.5, "C2"), ("C3", 0.5, "C2"), ("C2", 0.5, "C2"), ("C1", 0.5, "C1"), ("C4", 2.0, "C3"), ("C4", 3.0, "C4")],
)
def test_the_level_that_is_used(level, cap, used):
    profile = made(tolerance=tolerance(level), needs=needs(reserve_months=cap))

    assert profile.level_used is ClientLevel(used)
    assert profile.confirmed_level is ClientLevel(level)
    assert profile.facts.lower(ClientLevel(level)) is ClientLevel(used)
    assert bool(profile.facts.level_reason) is (cap < 3)


FINANCES = st.fixed_dictionaries({
    "reserve_months": st.none() | st.floats(0, 40),
    "debts": st.integers(0, 10**7).map(Decimal), "assets": st.integers(0, 10**7).map(Decimal),
    "next_year": st.integers(0, 10**7).map(Decimal), "investable": st.integers(0, 10**7).map(Decimal),
    "cash_like": st.integers(0, 10**7).map(Decimal), "required_return": st.none() | st.floats(0, 0.3),
})  # fmt: skip


@given(finances=FINANCES, level=st.sampled_from(list(ClientLevel)))
def test_finances_only_lower_the_level(finances, level):
    profile = made(tolerance=tolerance(level.value), needs=needs(**finances))

    assert profile.level_used.rank <= level.rank
    assert all(profile.facts.lower(one).rank <= one.rank for one in ClientLevel)
    assert profile.facts.lower(None) is None


@given(finances=FINANCES, level=st.sampled_from(list(ClientLevel)), seen=st.sets(st.sampled_from(BIAS_HABITS)))
def test_scores_and_confidence_lie_within_0_and_100(finances, level, seen):
    profile = made(tolerance=tolerance(level.value), needs=needs(**finances), habits=habits(*sorted(seen)))

    for one in profile.dimensions:
        assert one.score is None or 0 <= one.score <= 100
        assert 0 <= one.confidence <= 100
        assert (one.score is None) is (one.withheld is not None)
        assert one.score is None or one.as_of is not None


# habits never move the level


@given(first=st.sets(st.sampled_from(BIAS_HABITS)), second=st.sets(st.sampled_from(BIAS_HABITS)), finances=FINANCES)
def test_habits_change_nothing_but_the_habits(first, second, finances):
    one, other = (made(needs=needs(**finances), habits=habits(*sorted(seen))) for seen in (first, second))

    assert one.level_used is other.level_used
    assert replace(one.facts, biases=frozenset()) == replace(other.facts, biases=frozenset())
    assert [d for d in one.dimensions if d.id is not DimensionId.BEHAVIOUR] == [
        d for d in other.dimensions if d.id is not DimensionId.BEHAVIOUR
    ]


@given(facts=ANY_FACTS, biases=st.frozensets(st.sampled_from(list(Bias))))
def test_other_habits_change_no_answer(facts, biases):
    """A word about habits stands beside the answer: with or without them the same is allowed, warned of, refused."""
    before = answer_to(facts, MATCHING).outcome
    after = answer_to(replace(facts, client=replace(facts.client, biases=biases)), MATCHING).outcome

    assert after is before


# risk tolerance


def test_risk_tolerance_is_the_questionnaire_by_its_full_points():
    found = dimension(made(tolerance=tolerance("C4", 68, full_points=85)), "RISK_TOLERANCE")

    assert (found.score, found.confidence, found.as_of) == (80, 90, DAY)
    assert "C4" in found.lead


def test_a_lowered_level_lowers_the_score_and_says_why():
    found = dimension(made(tolerance=tolerance("C4", 80), needs=needs(reserve_months=2.0)), "RISK_TOLERANCE")

    assert found.score == 60
    assert "因财务状况按 C3" in found.lead
    assert found.grounds[1].text == "备用金 2.0 个月，低于 3 个月，使用的等级不高于 C3（稳健型）"


@pytest.mark.parametrize(("through", "told"), [(DAY, 0), (DAY - timedelta(days=1), 1)])
def test_an_expired_assessment_is_said(through, told):
    assert len(dimension(made(tolerance=tolerance(valid_through=through)), "RISK_TOLERANCE").warnings) == told


# expected return

RETURNS = [  # said, required, level, score, what matching reads, warnings
    (0.05, 0.04, "C3", 25, 0.05, 0),
    (None, 0.04, "C3", 20, 0.04, 0),
    (None, 0.06, "C3", 30, 0.06, 0),
    (None, 0.0601, "C3", 30, 0.06, 1),
    (0.0601, None, "C3", 30, 0.0601, 2),
    (0.03, 0.05, "C3", 25, 0.03, 1),
    (0.25, 0.02, "C5", 100, 0.25, 1),
    (0.0, 0.0, "C1", 0, 0.0, 0),
]


@pytest.mark.parametrize(("said", "required", "level", "score", "read", "warned"), RETURNS)
def test_said_beside_required(said, required, level, score, read, warned):
    """PROFILE-RETURN-OF-LEVEL: C3 carries up to 6%; a wish stands as said, a need never drives beyond the level"""
    profile = made(
        tolerance=tolerance(level), stated=None if said is None else stated(expected_return=said),
        needs=needs(required_return=required, required_reason="求解的说明"),
    )  # fmt: skip
    found = dimension(profile, "EXPECTED_RETURN")

    assert (found.score, profile.facts.expected_return) == (score, read)
    assert len(found.warnings) == warned, found.warnings


def test_a_need_above_the_level_is_said_plainly():
    found = dimension(made(needs=needs(required_return=0.12)), "EXPECTED_RETURN")

    assert found.warnings == (
        "目标需要每年 12.00%，超出 C3（稳健型）可以承载的 6.0%；"
        "须调整目标的金额、时间或储蓄，不能靠提高风险等级来满足",
    )


def test_a_need_out_of_reach_is_said_plainly():
    out_of_reach = needs(required_return=None, required_reason="即使每年收益 30%，也拿不出钱")
    found = dimension(made(needs=out_of_reach), "EXPECTED_RETURN")

    assert found.withheld is not None
    assert found.warnings == ("即使每年收益 30%，也拿不出钱",)


# liquidity


@pytest.mark.parametrize(
    ("months", "score"), [(0.0, 0), (1.5, 25), (3.0, 50), (6.0, 75), (9.0, 88), (12.0, 100), (50.0, 100)]
)
def test_reserve_in_points(months, score):
    """PROFILE-SCORE-RESERVE: 0, 3, 6 and 12 months"""
    assert dimension(made(needs=needs(reserve_months=months)), "LIQUIDITY").score == score


@pytest.mark.parametrize(("due", "score"), [(100_000, 75), ("100000.01", 40)])
def test_more_due_within_a_year_than_at_hand(due, score):
    found = dimension(made(needs=needs(next_year=Decimal(due))), "LIQUIDITY")

    assert found.score == score
    assert len(found.warnings) == (score == 40)


@pytest.mark.parametrize(
    ("needed", "stated_days", "limit"),
    [(None, None, None), (365, None, 365), (None, 90, 90), (365, 90, 90), (30, 90, 30), (0, 90, 0)],
)
def test_the_longest_lock_is_the_shorter_of_two(needed, stated_days, limit):
    on = None if needed is None else DAY + timedelta(days=needed)
    facts = made(needs=needs(needed_on=on), stated=stated(max_lock_days=stated_days)).facts

    assert facts.lock_limit_days(DAY) == limit
    if needed is not None and stated_days is None:
        assert facts.lock_limit_days(DAY + timedelta(days=100)) == max(limit - 100, 0)


def test_a_reserve_below_what_the_client_asked_for_is_said():
    found = dimension(made(stated=stated(min_reserve_months=6.5)), "LIQUIDITY")

    assert found.warnings == ("备用金 6.0 个月，少于客户要求的 6.5 个月",)


# behaviour


def test_habits_in_points_and_as_biases():
    profile = made(habits=habits("CHASING", "CONCENTRATION", "INDUSTRY_CONCENTRATION", "PATIENCE"))

    assert dimension(profile, "BEHAVIOUR").score == 20 + 15 + 10
    assert profile.facts.biases == {Bias.CHASING, Bias.CONCENTRATION}
    assert dimension(profile, "BEHAVIOUR").lead == "成交记录显示追涨、持仓集中。"


def test_the_questionnaire_as_second_witness_speaks_to_the_confidence_alone():
    agreeing = tolerance(meanings={"view_of_15_trades": frozenset({"NORMAL"})})
    without, with_witness = (made(tolerance=said, habits=habits("OVERTRADING")) for said in (tolerance(), agreeing))

    assert (dimension(without, "BEHAVIOUR").confidence, dimension(with_witness, "BEHAVIOUR").confidence) == (70, 80)
    assert without.facts == with_witness.facts
    assert made(tolerance=agreeing, habits=habits()).facts.biases == frozenset()


@pytest.mark.parametrize(("trades", "confidence"), [(29, 40), (30, 70)])
def test_few_trades_are_a_weak_witness(trades, confidence):
    assert dimension(made(habits=habits("CHASING", trades=trades)), "BEHAVIOUR").confidence == confidence


# confidence by age


@pytest.mark.parametrize(("days", "confidence"), [(0, 70), (180, 70), (450, 49), (720, 28), (2_000, 28)])
def test_confidence_falls_with_age(days, confidence):
    """PROFILE-CONFIDENCE: fresh up to 180 days, 40% of it from 720 days on"""
    seen = habits("CHASING", as_of=DAY - timedelta(days=days))
    found = dimension(made(habits=seen), "BEHAVIOUR")

    assert (found.confidence, found.age_days(DAY)) == (confidence, days)


def test_a_document_is_believed_more_than_a_word():
    word, document = (dimension(made(needs=needs(documented=one)), "LIQUIDITY").confidence for one in (False, True))

    assert (word, document) == (65, 95)


# nothing known


def test_where_nothing_is_known_nothing_is_scored():
    profile = made(tolerance=None, needs=None, habits=None)

    assert [one.score for one in profile.dimensions] == [None] * 4
    assert all(one.withheld and one.confidence == 0 for one in profile.dimensions)
    assert (profile.level_used, profile.facts.lock_limit_days(DAY), profile.facts.as_of) == (None, None, {})


def test_the_same_is_known_by_the_same_digest():
    assert made().digest == made().digest != made(habits=habits("CHASING")).digest


def test_every_fact_has_its_day():
    early, late = date(2026, 1, 1), date(2026, 5, 1)
    facts = made(
        needs=needs(as_of=early, needed_on=date(2027, 1, 1), reserve_months=2.0),
        stated=stated(expected_return=0.04, max_lock_days=100, as_of=late), habits=habits("CHASING", as_of=late),
    ).facts  # fmt: skip

    assert facts.as_of == {
        "expected_return": late, "lock_limit_days": early, "reserve_months": early, "biases": late, "level": early,
    }  # fmt: skip


# rule data

FAULTS = [
    ("{below: 1, level: C2}, {below: 3, level: C3}", "{below: 3, level: C3}, {below: 1, level: C2}", "hardest band"),
    ("{below: 1, level: C2}, {below: 3, level: C3}", "{below: 1, level: C4}, {below: 3, level: C3}", "ascend"),
    ("{below: 1, level: C2}, {below: 3, level: C3}", "{below: 1, level: C9}, {below: 3, level: C3}", "known"),
    ("{below: 1, level: C2}, {below: 3, level: C3}", "{above: 1, level: C2}, {below: 3, level: C3}", "one side"),
    ("C2: [0.020, 0.040]", "C2: [0.040, 0.020]", "ascends"),
    ("C2: [0.020, 0.040]", "C2: [0.005, 0.040]", "no less"),
    ("C5: [0.050, 0.120]", "C6: [0.050, 0.120]", "C1 to C5"),
    ("[3, 50], [6, 75]", "[6, 75], [3, 50]", "rise"),
    ("CHASING: {bias: CHASING", "CHASING: {bias: HASTE", "unknown HASTE"),
    ("CHASING: {bias: CHASING", "HASTE: {bias: CHASING", "unknown HASTE"),
    ("habits_few: 40", "habits_less: 40", "must name"),
]


@pytest.mark.parametrize(("text", "wrong", "told"), FAULTS)
def test_a_rule_file_with_a_fault_is_refused(text, wrong, told):
    assert text in RULES.text
    with pytest.raises(RuleError, match=told):
        checked(parse_rulebook("profile", RULES.text.replace(text, wrong)))

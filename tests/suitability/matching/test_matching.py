"""The match matrix whole, every limit on, below and above it, and laws that hold for all clients and products."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suitability.levels import (
    AskedBy,
    AssetType,
    Bias,
    ClientLevel,
    Gate,
    IntendedTerm,
    InvestorCategory,
    OrderSide,
    Outcome,
    ProductLevel,
)
from suitability.matching.cases import cases_of
from suitability.matching.changes import changes_for, product_side
from suitability.matching.decision import answer_to, facts_from, facts_text
from suitability.matching.rules import LOOKS, judge, worst
from suitability.matching.verdicts import READS, rules_without_words
from tests.suitability.matching.people import ANY_FACTS, DAY, PLAIN, RULES

FIRM, CLIENT = AskedBy.FIRM, AskedBy.CLIENT
ALLOW, WARN, REFUSE = Outcome.ALLOW, Outcome.WARN, Outcome.REFUSE
TOMORROW = DAY + timedelta(days=1)
CASH = AssetType.CASH_LIKE
STAR = frozenset({Gate.STAR})


def outcome(one) -> Outcome:
    return answer_to(one, RULES).outcome


def hits(one) -> set[str]:
    return {verdict.rule for verdict in answer_to(one, RULES).verdicts if verdict.hit} - {"SUIT-190"}


MATRIX = {  # domain facts 2.3; rows C1_LOWEST, C1 … C5, professional; how many levels match directly
    "C1_LOWEST": 1, "C1": 1, "C2": 2, "C3": 3, "C4": 4, "C5": 5, "PRO": 5,
}  # fmt: skip
CELLS = [(who, level, asked) for who in MATRIX for level in ProductLevel for asked in AskedBy]


@pytest.mark.parametrize(("who", "product", "asked"), CELLS)
def test_the_matrix(who, product, asked):
    if who == "PRO":
        person = {"category": InvestorCategory.PRO_II, "level": None, "valid_through": None}
    else:
        person = {"level": ClientLevel(who[:2]), "lowest": who == "C1_LOWEST"}
    matches = product.rank <= MATRIX[who]
    path = asked is CLIENT and who != "C1_LOWEST"  # 第十九条, never for the lowest category (第二十二条第五项)
    expected = ALLOW if matches else WARN if path else REFUSE

    assert outcome(_with(person, product, asked)) is expected


def _with(person, product, asked):
    return both(client=person, product={"level": product}, request={"asked_by": asked})


def both(*, client=(), product=(), request=(), holding=()):
    return replace(
        PLAIN,
        client=replace(PLAIN.client, **dict(client)),
        product=replace(PLAIN.product, **dict(product)),
        request=replace(PLAIN.request, **dict(request)),
        holding=replace(PLAIN.holding, **dict(holding)),
    )


LIMITS = [  # facts, rules hit, source
    (both(client={"valid_through": DAY}), set(), "the last valid day counts (含)"),
    (both(client={"valid_through": DAY - timedelta(days=1)}), {"SUIT-011"}, "the day after it"),
    (both(client={"level": None}), {"SUIT-010"}, "第六条、第十条"),
    (both(product={"level": None}), {"SUIT-012"}, "第十五条、第十六条"),
    (both(product={"gates": STAR}), {"SUIT-001"}, "第二十二条第一项"),
    (both(product={"gates": STAR}, client={"gates": {Gate.STAR: DAY}}), set(), "opened today"),
    (both(product={"gates": STAR}, client={"gates": {Gate.STAR: TOMORROW}}), {"SUIT-001"}, "opened tomorrow"),
    (both(product={"gates": STAR}, client={"gates": {Gate.BSE: DAY}}), {"SUIT-001"}, "another gate"),
    (both(client={"term": IntendedTerm.UP_TO_1Y}, product={"term_days": 365}), set(), "以内 includes"),
    (both(client={"term": IntendedTerm.UP_TO_1Y}, product={"term_days": 366}), {"SUIT-111"}, "超过"),
    (both(client={"term": IntendedTerm.UP_TO_3Y}, product={"term_days": 1095}), set(), "three years"),
    (both(client={"term": IntendedTerm.UP_TO_3Y}, product={"term_days": 1096}), {"SUIT-111"}, "above"),
    (both(client={"term": IntendedTerm.UP_TO_5Y}, product={"term_days": 1826}), {"SUIT-111"}, "above five"),
    (both(client={"term": IntendedTerm.ANY}, product={"term_days": 9999}), set(), "无特别要求 matches all"),
    (both(client={"term": None}, product={"term_days": 9999}), set(), "not stated is not judged"),
    (both(client={"types": AssetType.EQUITY}), set(), "at the type"),
    (both(client={"types": AssetType.FIXED_INCOME}), {"SUIT-112"}, "beyond the type"),
    (both(client={"expected_return": 0.06}, product={"expected_return_high": 0.06}), set(), "reaches (达到)"),
    (both(client={"expected_return": 0.0601}, product={"expected_return_high": 0.06}), {"SUIT-113"}, "falls short"),
    (
        both(client={"expected_return": 0.06}, product={"expected_return_high": 0.02, "asset_type": CASH}),
        set(), "money-like products are for liquidity",
    ),
    (both(client={"lock_limit_days": 90}, product={"lockup_days": 90}), set(), "at the limit"),
    (both(client={"lock_limit_days": 90}, product={"lockup_days": 91}), {"SUIT-114"}, "above"),
    (both(client={"reserve_months": 3.0}, product={"lockup_days": 31}), set(), "three months are enough"),
    (both(client={"reserve_months": 2.99}, product={"lockup_days": 31}), {"SUIT-115"}, "just below"),
    (both(client={"reserve_months": 2.99}, product={"lockup_days": 30}), set(), "hardly locked"),
    (both(request={"amount": Decimal(50)}, holding={"total_value": Decimal(100)}), set(), "R3: half"),
    (both(request={"amount": Decimal("50.01")}, holding={"total_value": Decimal(100)}), {"SUIT-130"}, "R3: above half"),
    (
        both(request={"amount": Decimal(20)}, holding={"total_value": Decimal(100), "held_value": Decimal("30.01")}),
        {"SUIT-130"}, "what is held counts",
    ),
    (both(request={"amount": Decimal(100)}, product={"min_amount": Decimal(100)}), set(), "at the minimum"),
    (both(request={"amount": Decimal("99.99")}, product={"min_amount": Decimal(100)}), {"SUIT-140"}, "below it"),
    (
        both(request={"amount": Decimal(1)}, product={"min_amount": Decimal(100)}, holding={"held_value": Decimal(5)}),
        set(), "an addition needs no minimum",
    ),
    (
        both(client={"birth_date": date(1961, 11, 27), "level": ClientLevel.C5}, product={"level": ProductLevel.R4}),
        {"SUIT-150"}, "sixty-five today (以上)",
    ),
    (
        both(client={"birth_date": date(1961, 11, 28), "level": ClientLevel.C5}, product={"level": ProductLevel.R4}),
        set(), "sixty-four until tomorrow",
    ),
    (both(client={"level": ClientLevel.C5}, product={"level": ProductLevel.R5}), {"SUIT-160"}, "第二十条"),
    (both(client={"level": ClientLevel.C5}, product={"level": ProductLevel.R4}), set(), "below R5"),
    (both(client={"biases": frozenset({Bias.CHASING})}), {"SUIT-170"}, "told, from R3 on"),
    (
        both(client={"biases": frozenset({Bias.CHASING})}, product={"level": ProductLevel.R2}), set(), "not below R3",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("one", "expected", "source"), LIMITS)
def test_limits(one, expected, source):
    assert hits(one) == expected, source


def test_nothing_of_it_stops_a_sale():
    bad = both(client={"level": None, "valid_through": date(2020, 1, 1)}, product={"gates": STAR, "level": None},
               request={"side": OrderSide.SELL})  # fmt: skip
    answer = answer_to(bad, RULES)

    assert answer.outcome is ALLOW
    assert hits(bad) == set()


def test_before_the_measure_was_in_force_nothing_is_judged():
    early = both(request={"day": date(2017, 6, 30)}, client={"level": ClientLevel.C1})

    assert answer_to(early, RULES).verdicts == ()
    assert answer_to(both(request={"day": date(2017, 7, 1)}, client={"level": ClientLevel.C1}), RULES).outcome is WARN


def test_every_rule_has_words_reads_and_a_source():
    assert rules_without_words(RULES.words) == []
    assert set(READS) == set(LOOKS) == set(RULES.matching.rules)
    assert {duty for rule in RULES.matching for _, value in rule.values for duty in value.get("duties", ())} <= {
        rule.id.removeprefix("DUTY-") for rule in RULES.duties
    }


def test_the_firms_own_initiative_has_no_path_by_confirmation():
    """A WARN for FIRM in the data would open one."""
    assert {
        value["outcome"]["FIRM"] for rule in RULES.matching for _, value in rule.values
    } <= {"ALLOW", "REFUSE"}


def test_all_rules_run_and_say_what_they_read():
    answer = answer_to(both(client={"level": None}, product={"gates": frozenset({Gate.BSE})}), RULES)

    assert [verdict.rule for verdict in answer.verdicts] == sorted(LOOKS)
    assert all(verdict.facts and verdict.source and set(verdict.says) == {"client", "advisor", "regulator"}
               for verdict in answer.verdicts)  # fmt: skip
    assert not any("{" in text for verdict in answer.verdicts for text in verdict.says.values())


def test_a_refused_case_has_no_duties_and_a_warned_one_has_them():
    refused = answer_to(both(client={"level": ClientLevel.C2}, request={"asked_by": FIRM}), RULES)
    warned = answer_to(both(client={"level": ClientLevel.C2}), RULES)

    assert refused.duties == ()
    assert warned.duties == ("TELL_MISMATCH", "WRITTEN_WARNING", "CLIENT_CONFIRM", "COOLING", "TELL_SIX", "RECORD")


def test_nobody_is_coached_to_be_assessed_again():
    changes = changes_for(both(client={"level": None}), RULES.matching)

    assert product_side(changes) == ()
    assert [change.side for change in changes] == ["client"]


ROUND = [  # text that a reader of the decision must find, audience, facts
    ("《办法》第二十二条第（三）项：客户 C2，产品 R4，公司主动推介 → 不得销售。", "regulator",
     both(client={"level": ClientLevel.C2}, product={"level": ProductLevel.R4}, request={"asked_by": FIRM})),
]  # fmt: skip


@pytest.mark.parametrize(("text", "audience", "one"), ROUND)
def test_the_article_stands_first(text, audience, one):
    assert text in {verdict.says[audience] for verdict in answer_to(one, RULES).verdicts}


@given(ANY_FACTS)
def test_facts_survive_their_text(one):
    assert facts_from(facts_text(one)) == one


@given(ANY_FACTS)
def test_the_same_facts_under_the_same_rules_give_the_same_digest(one):
    first = answer_to(one, RULES)
    again = answer_to(facts_from(facts_text(first.facts)), RULES)

    assert first.digest == again.digest


@given(ANY_FACTS)
def test_the_digest_is_over_the_canonical_text_of_the_content(one):
    answer = answer_to(one, RULES)
    text = json.dumps(answer.content(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert answer.digest == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@given(ANY_FACTS, st.sampled_from(ProductLevel), st.sampled_from(ProductLevel))
def test_a_riskier_product_is_never_judged_more_kindly(one, left, right):
    safe, risky = sorted((left, right), key=lambda level: level.rank)
    kinder = replace(one, product=replace(one.product, level=safe))
    harder = replace(one, product=replace(one.product, level=risky))

    assert outcome(kinder).rank <= outcome(harder).rank


@given(ANY_FACTS, st.sampled_from(ClientLevel), st.sampled_from(ClientLevel))
def test_a_lower_client_is_never_judged_more_kindly(one, left, right):
    low, high = sorted((left, right), key=lambda level: level.rank)
    lower = replace(one, client=replace(one.client, level=low, lowest=one.client.lowest and low is ClientLevel.C1))
    higher = replace(one, client=replace(one.client, level=high, lowest=False))

    assert outcome(higher).rank <= outcome(lower).rank


@given(ANY_FACTS, st.frozensets(st.sampled_from(Bias)))
def test_behaviour_changes_no_outcome(one, biases):
    assert outcome(one) is outcome(replace(one, client=replace(one.client, biases=biases)))


@given(ANY_FACTS)
def test_the_firm_is_never_judged_more_kindly_than_the_client(one):
    offered = replace(one, request=replace(one.request, asked_by=FIRM))
    asked = replace(one, request=replace(one.request, asked_by=CLIENT))

    assert outcome(asked).rank <= outcome(offered).rank
    assert outcome(offered) is not WARN


@given(ANY_FACTS)
def test_every_change_told_flips_the_outcome(one):
    for change in changes_for(one, RULES.matching):
        assert change.fields
        assert change.side in ("client", "product")
        assert outcome(_made(one, change)) is ALLOW


def _made(one, change):
    """The change made by its own words: what a reader would do with it."""
    made = one
    for name, text in change.fields:
        part, _, attribute = name.partition(".")
        owner = getattr(made, part)
        made = replace(made, **{part: replace(owner, **{attribute: _value(attribute, text, one)})})
    return made


def _value(attribute, text, one):
    match attribute:
        case "level" | "confirmed_level":
            return ProductLevel(text) if text.startswith("R") else ClientLevel(text)
        case "term":
            return IntendedTerm(text)
        case "types" | "asset_type":
            return AssetType(text)
        case "gates":
            return dict.fromkeys((Gate(code) for code in text.split("、")), DAY)
        case "amount" | "min_amount":
            return Decimal(text)
        case "valid_through":
            return date.fromisoformat(text)
        case "lowest":
            return text == "True"
        case "expected_return" | "expected_return_high" | "reserve_months":
            return float(text)
        case _:
            return int(text)


@given(st.lists(ANY_FACTS, min_size=1, max_size=8))
def test_one_definition_serves_the_single_check_and_the_book(book):
    cases = cases_of(book)
    whole = worst(judge(cases, RULES.matching), len(cases))
    single = np.array([outcome(one).rank for one in book])

    assert np.array_equal(whole, single)


@given(ANY_FACTS)
def test_one_more_rule_that_is_hit_never_improves_an_outcome(one):
    cases = cases_of([one])
    judged = judge(cases, RULES.matching)
    ranks = [int(worst(judged[:n], 1)[0]) for n in range(len(judged) + 1)]

    assert ranks == sorted(ranks)

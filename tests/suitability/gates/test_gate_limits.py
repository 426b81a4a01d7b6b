"""Access gates: every limit of section 3 on, below and above, source in the row; what is not known is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from kit.rulebook import RuleError, load_rulebook, parse_rulebook
from suitability.gates.conditions import (
    asset_window,
    gate_rules,
    leaves,
    number_on,
    option_orders,
    required_level,
    rules_from,
)
from suitability.gates.evidence import GateEvidence, Origin
from suitability.gates.judge import GateAnswer, State, judge_one
from suitability.gates.problems import GateNotInForce, UnknownVariant
from suitability.levels import ClientLevel, Gate, ProductLevel

DAY = date(2026, 3, 2)
D = Decimal
SIGNED = dict.fromkeys(Gate, date(2026, 2, 27))
GOOD = GateEvidence(
    day=DAY, natural=True, assets_20d=D(10_000_000), assets_10d=D(10_000_000), assets_today=D(10_000_000),
    first_trade_on=date(2010, 1, 4), broker_since=date(2010, 1, 4), birth_date=date(1980, 5, 1), level=ClientLevel.C5,
    assessed_on=date(2026, 1, 5), related_work=False, futures_experience=False, margin_eligible=True, bad_record=False,
    default_record=False, affiliate=False, test_grade=3, trial_grade=3, test_scores=dict.fromkeys(Gate, D(100)),
    disclosures=SIGNED, financial_assets=D(3_000_000), mean_income_3y=D(0),
    household_net_financial_assets=D(3_000_000), household_financial_assets=D(0), amount=D(1_000_000),
)
UNIT = replace(
    GOOD, natural=False, professional=True, assets_20d=D(0), first_trade_on=None, birth_date=None,
    net_assets=D(10_000_000), assets_today=D(1_000_000), paid_in_capital=D(2_000_000),
)
VARIANT = {Gate.ETF_OPTION: "3"}
MET, NOT, UNKNOWN = State.MET, State.NOT_MET, State.NOT_KNOWN


def judged(gate: Gate, evidence: GateEvidence, variant: str | None = None) -> GateAnswer:
    return judge_one(gate, evidence, variant or VARIANT.get(gate))


@pytest.mark.parametrize("gate", Gate)
@pytest.mark.parametrize("evidence", [GOOD, UNIT], ids=["natural", "institution"])
def test_good_evidence_opens_every_gate(gate, evidence):
    answer = judged(gate, evidence)

    assert (answer.state, answer.missing) == (MET, ())


G = Gate
MONEY = [  # gate, field, limit, source
    (G.STAR, "assets_20d", 500_000, "STAR: 50万以上"), (G.CHINEXT, "assets_20d", 100_000, "CHINEXT-ABC: 10万以上"),
    (G.BSE, "assets_20d", 500_000, "BSE: 50万以上"), (G.NEEQ_INNOVATION, "assets_10d", 1_000_000, "XINHUA: 100万以上"),
    (G.NEEQ_BASE, "assets_10d", 2_000_000, "XINHUA: 200万以上"),
    (G.HK_CONNECT, "assets_20d", 500_000, "HKC1: 50万以上"),
    (G.MARGIN, "assets_20d", 500_000, "CITIC-MARGIN: 低于 50万的不得开立"),
    (G.ETF_OPTION, "assets_20d", 500_000, "OPT1: 50万以上"),
    (G.ETF_OPTION, "assets_today", 500_000, "OPT1: opening day"),
    (G.CONVERTIBLE, "assets_20d", 100_000, "可转债 10万以上, from memory"),
    (G.DELISTING_PERIOD, "assets_20d", 500_000, "退市整理 50万以上, from memory"),
    (G.CDR_CONNECT, "assets_20d", 3_000_000, "存托凭证 300万以上, from memory"),
    (G.PRIVATE_FUND, "financial_assets", 3_000_000, "GEHE: 金融资产 300万以上"),
    (G.PRIVATE_AM_PLAN, "household_net_financial_assets", 3_000_000, "AM203: 家庭金融净资产 300万以上"),
]


@pytest.mark.parametrize(("gate", "field", "limit", "source"), MONEY)
def test_an_amount_on_below_and_above_its_limit(gate, field, limit, source):
    for amount, state in ((limit, MET), (limit - D("0.01"), NOT), (limit + D("0.01"), MET), (None, UNKNOWN)):
        assert judged(gate, replace(GOOD, **{field: None if amount is None else D(amount)})).state is state, source


ALTERNATIVES = [  # gate, fields of GOOD that are taken away, the other way, its limit, source
    (G.PRIVATE_FUND, "financial_assets", "mean_income_3y", 500_000, "GEHE: or 3-year mean income 50万以上"),
    (G.PRIVATE_AM_PLAN, "household_net_financial_assets", "household_financial_assets", 5_000_000, "AM203: or 500万"),
    (G.PRIVATE_AM_PLAN, "household_net_financial_assets", "mean_income_3y", 400_000, "AM203: or income 40万"),
]


@pytest.mark.parametrize(("gate", "without", "other", "limit", "source"), ALTERNATIVES)
def test_the_other_way_on_below_and_above_its_limit(gate, without, other, limit, source):
    for amount, state in ((limit, MET), (limit - D("0.01"), NOT), (limit + D("0.01"), MET)):
        assert judged(gate, replace(GOOD, **{without: D(0), other: D(amount)})).state is state, source


INSTITUTIONS = [  # gate, field, limit, source
    (G.ETF_OPTION, "net_assets", 1_000_000, "OPT2: 净资产 100万"),
    (G.ETF_OPTION, "assets_today", 1_000_000, "OPT2: 资产 100万"),
    (G.PRIVATE_FUND, "net_assets", 10_000_000, "GEHE: 净资产 1000万"),
    (G.PRIVATE_AM_PLAN, "net_assets", 10_000_000, "AM203: 净资产 1000万"),
    (G.NEEQ_BASE, "paid_in_capital", 2_000_000, "from memory"),
    (G.NEEQ_INNOVATION, "paid_in_capital", 1_000_000, "from memory"),
]  # fmt: skip


@pytest.mark.parametrize(("gate", "field", "limit", "source"), INSTITUTIONS)
def test_an_institution_on_below_and_above_its_limit(gate, field, limit, source):
    for amount, state in ((limit, MET), (limit - D("0.01"), NOT), (limit + D("0.01"), MET)):
        assert judged(gate, replace(UNIT, **{field: D(amount)})).state is state, source


@pytest.mark.parametrize("gate", [G.STAR, G.CHINEXT, G.BSE, G.CONVERTIBLE, G.DELISTING_PERIOD, G.CDR_CONNECT])
def test_an_institution_has_no_asset_and_no_experience_gate_for_boards(gate):
    assert judged(gate, replace(UNIT, assets_20d=None, first_trade_on=None)).state is MET


EXPERIENCE = [  # gate, field, months, source
    (G.STAR, "first_trade_on", 24, "STAR"), (G.CHINEXT, "first_trade_on", 24, "CHINEXT-ABC"),
    (G.BSE, "first_trade_on", 24, "BSE"), (G.NEEQ_INNOVATION, "first_trade_on", 24, "2 years, no related work"),
    (G.NEEQ_BASE, "first_trade_on", 24, "2 years, no related work"), (G.MARGIN, "first_trade_on", 6, "半年以上"),
    (G.CONVERTIBLE, "first_trade_on", 24, "from memory"), (G.DELISTING_PERIOD, "first_trade_on", 24, "from memory"),
    (G.CDR_CONNECT, "first_trade_on", 24, "from memory"), (G.PRIVATE_AM_PLAN, "first_trade_on", 24, "AM203"),
    (G.ETF_OPTION, "broker_since", 6, "OPT1"),
]
ON = {24: date(2024, 3, 2), 6: date(2025, 9, 2)}


@pytest.mark.parametrize(("gate", "field", "months", "source"), EXPERIENCE)
def test_experience_is_full_on_the_day_of_the_same_number(gate, field, months, source):
    on, one = ON[months], timedelta(days=1)
    for first, state in ((on, MET), (on + one, NOT), (on - one, MET)):
        assert judged(gate, replace(GOOD, **{field: first})).state is state, source
    assert judged(gate, replace(GOOD, **{field: None})).state is UNKNOWN, source


BY_LEDGER = [  # first trade in the ledger, state: the ledger bounds the first trade, it never denies an earlier one
    (date(2024, 3, 2), MET), (date(2024, 3, 3), UNKNOWN), (None, UNKNOWN),
]


@pytest.mark.parametrize(("by", "state"), BY_LEDGER)
def test_the_ledger_only_bounds_the_first_trade(by, state):
    assert judged(G.STAR, replace(GOOD, first_trade_on=None, first_trade_by=by)).state is state


LEAST = [("499999.99", UNKNOWN), ("500000", MET), ("500000.01", MET)]


@pytest.mark.parametrize(("least", "state"), LEAST)
def test_assets_that_the_ledger_only_bounds_are_enough_or_not_known(least, state):
    answer = judged(G.STAR, replace(GOOD, assets_20d=None, assets_20d_at_least=D(least)))

    assert answer.state is state
    if state is UNKNOWN:
        assert answer.missing == ("20 个交易日日均资产：目前只知至少 499,999.99 元，要求不低于 500,000元",)


OTHERS = [  # gate, what differs, variant, state, source
    (G.NEEQ_BASE, {"first_trade_on": date(2026, 1, 5), "related_work": True}, None, MET, "or work or training"),
    (G.NEEQ_BASE, {"first_trade_on": date(2026, 1, 5), "related_work": None}, None, UNKNOWN, "or relevant work"),
    (G.HK_CONNECT, {"test_scores": {G.HK_CONNECT: D(80)}}, None, MET, "HKC1: pass mark 80"),
    (G.HK_CONNECT, {"test_scores": {G.HK_CONNECT: D("79.9")}}, None, NOT, "HKC1: pass mark 80"),
    (G.HK_CONNECT, {"test_scores": {G.STAR: D(100)}}, None, UNKNOWN, "the test of another gate is none"),
    (G.HK_CONNECT, {"bad_record": True}, None, NOT, "no serious bad integrity record"),
    (G.HK_CONNECT, {"bad_record": None}, None, UNKNOWN, "no serious bad integrity record"),
    (G.HK_CONNECT, {"level": ClientLevel.C4}, None, MET, "brokers ask C4"),
    (G.HK_CONNECT, {"level": ClientLevel.C3}, None, NOT, "brokers ask C4"),
    (G.HK_CONNECT, {"level": None}, None, UNKNOWN, "brokers ask C4"),
    (G.HK_CONNECT, {"level": ClientLevel.C1, "professional": True}, None, MET, "professionals have no level"),
    (G.MARGIN, {"level": ClientLevel.C4}, None, MET, "MARGIN-C45"),
    (G.MARGIN, {"level": ClientLevel.C3}, None, NOT, "MARGIN-C45"),
    (G.MARGIN, {"assessed_on": date(2024, 3, 2)}, None, MET, "assessed within 2 years: the day itself is within"),
    (G.MARGIN, {"assessed_on": date(2024, 3, 1)}, None, NOT, "assessed within 2 years: a day more is not"),
    (G.MARGIN, {"default_record": True}, None, NOT, "major default record"),
    (G.MARGIN, {"affiliate": True}, None, NOT, "shareholders and affiliates of the broker"),
    (G.MARGIN, {"natural": False, "professional": True, "assets_20d": D(0), "first_trade_on": None}, None, MET,
     "professional institutions are exempt from assets and experience"),
    (G.MARGIN, {"natural": False, "assets_20d": D(0)}, None, NOT, "ordinary institutions are not exempt"),
    (G.MARGIN, {"professional": True, "assets_20d": D(0)}, None, NOT, "a professional natural person is not exempt"),
    (G.ETF_OPTION, {"birth_date": date(2008, 3, 2)}, "1", MET, "18 on the day itself"),
    (G.ETF_OPTION, {"birth_date": date(2008, 3, 3)}, "1", NOT, "18 tomorrow"),
    (G.ETF_OPTION, {"birth_date": date(1956, 3, 3)}, "1", MET, "69, 70 tomorrow"),
    (G.ETF_OPTION, {"birth_date": date(1956, 3, 2)}, "1", NOT, "70 on the day: below 70 excludes it"),
    (G.ETF_OPTION, {"birth_date": None}, "1", UNKNOWN, "age"),
    (G.ETF_OPTION, {"margin_eligible": False, "futures_experience": True}, "1", MET, "margin or financial futures"),
    (G.ETF_OPTION, {"margin_eligible": False, "futures_experience": False}, "1", NOT, "neither"),
    (G.ETF_OPTION, {"broker_since": date(2025, 9, 3), "futures_since": date(2025, 9, 2), "futures_experience": True},
     "1", MET, "6 months at a futures firm with futures experience"),
    (G.ETF_OPTION, {"broker_since": date(2025, 9, 3), "futures_since": date(2025, 9, 2)}, "1", NOT, "without it"),
    (G.ETF_OPTION, {"test_grade": 2}, "3", NOT, "三级 needs its own test"),
    (G.ETF_OPTION, {"test_grade": 2, "trial_grade": 2}, "2", MET, "二级"),
    (G.ETF_OPTION, {"trial_grade": 1}, "2", NOT, "二级 needs its own simulated trading"),
    (G.ETF_OPTION, {"trial_grade": None}, "1", UNKNOWN, "simulated trading"),
    (G.PRIVATE_FUND, {"amount": D(1_000_000)}, "TICKET", MET, "single fund 100万以上"),
    (G.PRIVATE_FUND, {"amount": D("999999.99")}, "TICKET", NOT, "single fund 100万以上"),
    (G.PRIVATE_AM_PLAN, {"amount": D(300_000)}, "FIXED", MET, "30万以上"),
    (G.PRIVATE_AM_PLAN, {"amount": D("299999.99")}, "FIXED", NOT, "30万以上"),
    (G.PRIVATE_AM_PLAN, {"amount": D(400_000)}, "MIXED", MET, "40万以上"),
    (G.PRIVATE_AM_PLAN, {"amount": D("399999.99")}, "MIXED", NOT, "40万以上"),
    (G.PRIVATE_AM_PLAN, {"amount": D(1_000_000)}, "EQUITY", MET, "100万以上"),
    (G.PRIVATE_AM_PLAN, {"amount": D("999999.99")}, "EQUITY", NOT, "100万以上"),
    (G.CHINEXT, {"assets_20d": D(0), "held_since": {G.CHINEXT: date(2020, 4, 27)}}, None, MET, "holders from before"),
    (G.CHINEXT, {"assets_20d": D(0), "held_since": {G.CHINEXT: date(2020, 4, 28)}}, None, NOT, "since 2020-04-28"),
    (G.CHINEXT, {"held_since": {G.CHINEXT: date(2015, 1, 5)}, "disclosures": {}}, None, NOT, "the new disclosure"),
    (G.CONVERTIBLE, {"assets_20d": D(0), "held_since": {G.CONVERTIBLE: date(2022, 6, 17)}}, None, MET, "before"),
    (G.CONVERTIBLE, {"assets_20d": D(0), "held_since": {G.CONVERTIBLE: date(2022, 6, 18)}}, None, NOT, "new clients"),
    (G.ST_STOCK, {"disclosures": {G.ST_STOCK: DAY}}, None, MET, "signed on the day itself"),
]


@pytest.mark.parametrize(("gate", "differs", "variant", "state", "source"), OTHERS)
def test_other_conditions_on_and_off_their_limit(gate, differs, variant, state, source):
    assert judged(gate, replace(GOOD, **differs), variant).state is state, source


@pytest.mark.parametrize("gate", [gate for gate in Gate if gate is not G.CONVERTIBLE])
def test_no_gate_opens_without_its_disclosure(gate):
    answer = judged(gate, replace(GOOD, disclosures={other: DAY for other in Gate if other is not gate}))

    assert answer.state is NOT
    assert answer.missing == ("风险揭示书签署：无，要求有",)


INNOVATION = [  # day, amount, state; 150万 until 2021-09-16, 100万 from 2021-09-17 (XINHUA)
    (date(2021, 9, 16), "1499999.99", NOT), (date(2021, 9, 16), "1500000", MET), (date(2021, 9, 16), "1000000", NOT),
    (date(2021, 9, 17), "1000000", MET), (date(2021, 9, 17), "999999.99", NOT),
]


@pytest.mark.parametrize(("day", "amount", "state"), INNOVATION)
def test_the_amount_of_the_day_is_asked(day, amount, state):
    evidence = GateEvidence(
        day=day, natural=True, assets_10d=D(amount), first_trade_on=date(2010, 1, 4),
        disclosures={G.NEEQ_INNOVATION: day},
    )

    assert judge_one(G.NEEQ_INNOVATION, evidence).state is state


def test_the_answer_says_value_limit_source_and_what_is_missing():
    evidence = replace(
        GOOD, assets_20d=D("499999.99"), first_trade_on=None,
        origins={"assets_20d": Origin("账本", date(2026, 2, 27)), "disclosures": Origin("申请材料", DAY)},
    )
    answer = judge_one(G.STAR, evidence)
    assets, months, disclosure = answer.conditions

    assert (assets.state, assets.value, assets.limit) == (NOT, "499,999.99 元", "不低于 500,000元")
    assert (assets.evidence, assets.as_of, assets.confirmed) == ("账本", date(2026, 2, 27), True)
    assert assets.source == "上海证券交易所科创板投资者适当性规则（转述）"
    assert (months.state, months.value, months.decides) == (UNKNOWN, None, True)
    assert (disclosure.state, disclosure.decides, disclosure.missing) == (MET, False, None)
    assert answer.missing == (
        "20 个交易日日均资产：499,999.99 元，要求不低于 500,000元", "首次交易至今：尚无记录，要求不低于 24个月",
    )  # fmt: skip
    assert answer.state is NOT, "what is not met outweighs what is not known"


def test_a_way_that_is_not_needed_is_not_missing():
    answer = judge_one(G.PRIVATE_FUND, replace(GOOD, financial_assets=None, mean_income_3y=D(500_000)))

    assert (answer.state, answer.missing) == (MET, ())
    assert [one.state for one in answer.conditions] == [UNKNOWN, MET, MET]


FIRST_DAYS = [(G.STAR, date(2019, 2, 28)), (G.BSE, date(2021, 9, 16)), (G.CONVERTIBLE, date(2022, 6, 17))]


@pytest.mark.parametrize(("gate", "before"), FIRST_DAYS)
def test_before_its_first_day_a_gate_is_none(gate, before):
    with pytest.raises(GateNotInForce, match=f"{gate.label}在 {before} 没有生效的准入规则"):
        gate_rules(gate, before)


@pytest.mark.parametrize("variant", [None, "4", "TICKET"])
def test_an_option_grade_has_to_be_named(variant):
    with pytest.raises(UnknownVariant, match="可用：1、2、3"):
        judge_one(G.ETF_OPTION, GOOD, variant)


@pytest.mark.parametrize("gate", Gate)
def test_every_gate_reads_on_each_day_on_which_any_of_its_numbers_changed(gate):
    book = load_rulebook("suitability", "access")
    first = book[f"GATE-{gate.value}"].values[0][0]
    changes = {since for rule in book for since, _ in rule.values if since >= first}

    for day in changes | {first}:
        found = rules_from(book, gate, day)
        assert all(leaf.rule.source for leaf in (*leaves(found.natural), *leaves(found.institution)))


REQUIRED = [(G.STAR, "R4"), (G.HK_CONNECT, "R4"), (G.MARGIN, "R4"), (G.CONVERTIBLE, "R3"), (G.REIT, "R3"),
            (G.ST_STOCK, "R4"), (G.PRIVATE_FUND, None)]  # fmt: skip


@pytest.mark.parametrize(("gate", "level"), REQUIRED)
def test_the_class_that_a_gate_asks_for_follows_from_the_rating(gate, level):
    assert required_level(gate, DAY) == (None if level is None else ProductLevel(level))


def test_numbers_that_come_with_a_permission():
    assert number_on("GATE-NUMBER-ST-DAY-CAP", DAY) == 500_000
    assert number_on("GATE-NUMBER-COOLING-HOURS", DAY) == 24
    assert number_on("GATE-NUMBER-COOLING-HOURS", date(2016, 7, 14)) is None
    assert (asset_window(G.NEEQ_BASE, DAY), asset_window(G.STAR, DAY)) == (10, 20)
    assert len(option_orders(1, DAY)) == 2
    assert "LIST-OPTION-BUY" in option_orders(2, DAY)
    assert "LIST-OPTION-SELL" in option_orders(3, DAY)
    assert "LIST-OPTION-SELL" not in option_orders(2, DAY)


FAULTS = [  # text, what it becomes, what is said
    ("fact: assets_20d, test: AT_LEAST", "fact: wealth, test: AT_LEAST", "looks at unknown 'wealth'"),
    ("natural: {all: [GATE-STAR-ASSETS,", "natural: {all: [GATE-STAR-NOTHING,", "no rule 'GATE-STAR-NOTHING'"),
    ("natural: {all: [GATE-STAR-ASSETS,", "natural: {some: [GATE-STAR-ASSETS,", "a group is"),
    ("institution: {all: [GATE-STAR-DISCLOSURE]}", "institution: {all: []}", "a group without conditions"),
]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS)
def test_a_rule_file_with_a_fault_is_refused(old, new, said):
    from importlib import resources

    text = resources.files("suitability").joinpath("rules", "access.yaml").read_text(encoding="utf-8")
    assert old in text

    with pytest.raises(RuleError, match=said):
        rules_from(parse_rulebook("draft", text.replace(old, new)), G.STAR, DAY)

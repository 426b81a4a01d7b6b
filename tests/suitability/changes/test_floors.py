"""法定底线: in whatever way a draft is written, it is not kinder than the law; harder it may be."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from kit.rulebook import load_rulebook, parse_rulebook
from suitability.changes.drafts import checked
from suitability.changes.floors import CHECKS, breaches, clauses, floors_of, holds_without
from suitability.changes.problems import DraftRefused
from suitability.changes.types import RULE_FILES
from suitability.gates.conditions import Condition, gate_rules, leaves
from suitability.levels import Gate
from tests.suitability.changes.world import text_of

SINCE = date(2027, 1, 1)
LATER = date(2029, 1, 1)
FLOORS = [rule for name in RULE_FILES for rule in floors_of(name)]
MANDATORY = [(floor.applies_to["file"], rule) for floor in FLOORS for rule in floor.applies_to["rules"]]


def put(rule, value, since=SINCE):
    return lambda rules: rules[rule]["values"].append({"from": since, "value": value})


def now(name, rule):
    return load_rulebook("suitability", name)[rule].on(SINCE)


def outcome(firm, client, rule="SUIT-101", **more):
    return put(rule, {**now("matching", rule), "outcome": {"FIRM": firm, "CLIENT": client}, **more})


def both(*changes):
    def change(rules):
        for one in changes:
            one(rules)
    return change


def gate(name, **sides):
    return put(f"GATE-{name}", {**now("access", f"GATE-{name}"), **sides})


def applied(rule, **told):
    return lambda rules: rules[rule]["applies_to"].update(told)


DAYS = {"UP_TO_1Y": 366, "UP_TO_3Y": 1096, "UP_TO_5Y": 1827}
TERM = now("matching", "SUIT-111")
SIX = now("duties", "DUTY-TELL_SIX")
NATURAL = now("category", "PRO_II_NATURAL")
ASSETS, MONTHS, DISCLOSURE = "GATE-STAR-ASSETS", "GATE-STAR-MONTHS", "GATE-STAR-DISCLOSURE"
KINDER = [  # file, change, what the refusal says
    ("matching", outcome("ALLOW", "ALLOW"), "SUIT-101 在公司主动推介时的结论须为 REFUSE，草稿为 ALLOW.*第（三）项"),
    ("matching", put("SUIT-101", {"outcome": {"FIRM": "ALLOW", "CLIENT": "ALLOW"}}, LATER), "自 2029-01-01 起"),
    ("matching", both(outcome("REFUSE", "REFUSE"), put("SUIT-101", None, LATER)), "SUIT-101 不得废止.*自 2029"),
    ("matching", put("SUIT-101", {}), "缺少 outcome"),
    ("matching", outcome("REFUSE", "WARN", "SUIT-102"), "SUIT-102 在客户主动要求时.*最低类别.*第（五）项"),
    ("matching", outcome("REFUSE", "ALLOW", "SUIT-001"), "SUIT-001.*第（一）项"),
    ("matching", outcome("ALLOW", "WARN", "SUIT-113"), "SUIT-113 在公司主动推介时.*第（四）项"),
    ("matching", outcome("ALLOW", "ALLOW", "SUIT-103"), "SUIT-103 在客户主动要求时的结论须为 WARN"),
    ("matching", outcome("ALLOW", "WARN", "SUIT-103", duties=["TELL_MISMATCH"]),
     "少了义务 WRITTEN_WARNING、CLIENT_CONFIRM"),
    ("matching", outcome("ALLOW", "ALLOW", "SUIT-190", duties=["RECORD"]), "SUIT-190 少了义务 TELL_SIX"),
    ("matching", put("SUIT-111", {**TERM, "days": {**DAYS, "UP_TO_1Y": 9999}}),
     "days.UP_TO_1Y 须不高于 366，草稿为 9999"),
    ("matching", put("SUIT-111", {**TERM, "days": {"UP_TO_1Y": 365}}), "days.UP_TO_3Y 须不高于 1096，草稿为 没有写"),
    ("matching", put("SUIT-111", {**TERM, "days": {**DAYS, "UP_TO_1Y": True}}), "草稿为 True"),
    ("duties", put("DUTY-WRITTEN_WARNING", {"form": "TELL", "items": ["口头"]}), "form 须为 WRITE，草稿为 TELL"),
    ("duties", put("DUTY-TELL_SIX", {**SIX, "items": ["一", "一", "二", "三", "四", "五", " "]}),
     "不少于 6 项，草稿为 5 项"),
    ("assessment", put("ASSESS-003", {**now("assessment", "ASSESS-003"), "consequence": "CONFIRM"}), "须为 BLOCK"),
    ("assessment", put("ASSESS-005", {"required": False}), "required 须为 True"),
    ("assessment", put("LOWEST-002", {"answers": {"bearable_loss": ["NO_LOSS"]}}), "answers.loss_accepted 少了 NO"),
    ("assessment", put("LOWEST-002", {"answers": {"loss_accepted": {"only": ["NO"]}, "bearable_loss": ["NO_LOSS"]}}),
     "answers.loss_accepted 少了 NO"),
    ("category", put("PRO_II_NATURAL", {**NATURAL, "needs": NATURAL["needs"][:1]}), "PRO_II_NATURAL.*容易"),
    ("category", put("PRO_II_NATURAL", {**NATURAL, "needs": [
        [{"kind": "FINANCIAL_ASSETS", "from": 4999999}, {"kind": "ANNUAL_INCOME", "from": 500000}], NATURAL["needs"][1],
    ]}), "PRO_II_NATURAL.*容易"),
    ("category", put("PRO_II_LEGAL", {**now("category", "PRO_II_LEGAL"), "kinds": ["NATURAL", "INSTITUTION"]}), "容易"),
    ("category", put("PRO_III_NATURAL", {**now("category", "PRO_III_NATURAL"), "category": "PRO_II"}), "容易"),
    ("category", put("CATEGORY-001", {"categories": []}), "categories 少了 PRO_II"),
    ("category", put("CATEGORY-002", {"KNOWLEDGE_TEST": 0, "SIMULATED_TRADING": 60}), "KNOWLEDGE_TEST 须不低于 1"),
    ("rating", put("RATE-NOT-BELOW-LIST", False), "RATE-NOT-BELOW-LIST 须为 True"),
    ("rating", put("RATE-FLOOR-LIQUIDITY", {"when": {"liquidity": 4}, "level": "R1"}), "level 不得为 R1"),
    ("access", put(ASSETS, "499999"), "GATE-STAR-ASSETS 须不低于 500,000，草稿为 499,999"),
    ("access", gate("STAR", natural={"all": [MONTHS, DISCLOSURE]}), "GATE-STAR（自然人）少了条件 GATE-STAR-ASSETS"),
    ("access", gate("STAR", natural={"any": [ASSETS, {"all": [MONTHS, DISCLOSURE]}]}), "少了条件 GATE-STAR-ASSETS"),
    ("access", gate("STAR", institution={"any": [DISCLOSURE, ASSETS]}), "（机构）少了条件 GATE-STAR-DISCLOSURE"),
    ("access", applied(ASSETS, test="AT_MOST"), "看的须是 assets_20d（不低于）"),
    ("access", applied(ASSETS, fact="age"), "看的须是 assets_20d（不低于），草稿为 age"),
    ("access", put("GATE-CHINEXT-HELD-BEFORE", date(2030, 1, 1)), "GATE-CHINEXT-HELD-BEFORE 须早于 2020-04-28"),
    ("access", put("GATE-BY-BOARD", {"HK": "HK_CONNECT", "CHINEXT": "CHINEXT", "BSE": "BSE"}), "的 STAR 须对应 STAR"),
    ("access", put("GATE-BY-PRODUCT-KIND", {**now("access", "GATE-BY-PRODUCT-KIND"), "MARGIN": "REIT"}), "MARGIN"),
    ("access", gate("PRIVATE_AM_PLAN", variants={}), "（FIXED）少了条件 GATE-PRIVATE_AM_PLAN-TICKET-FIXED"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "told"), KINDER)
def test_a_draft_kinder_than_the_law_is_refused(name, change, told):
    base = load_rulebook("suitability", name)
    with pytest.raises(DraftRefused, match=told):
        checked(name, text_of(name, change), base, SINCE)


@pytest.mark.parametrize(("name", "rule"), MANDATORY)
def test_no_mandatory_rule_is_repealed(name, rule):
    book = parse_rulebook(f"suitability/rules/{name}.yaml", text_of(name, put(rule, None)))

    assert any(f"规则 {rule} 不得废止" in told for told in breaches(name, book, SINCE))


RICH = {"kind": "FINANCIAL_ASSETS", "from": 8000000}
WARNED = ["TELL_MISMATCH", "WRITTEN_WARNING", "CLIENT_CONFIRM"]
LOST = {"loss_accepted": ["NO"], "bearable_loss": ["NO_LOSS", "UP_TO_10"]}
HARDER = [
    ("matching", outcome("REFUSE", "REFUSE")),
    ("matching", outcome("REFUSE", "REFUSE", "SUIT-103", duties=WARNED)),
    ("matching", put("SUIT-111", {**TERM, "days": {**DAYS, "UP_TO_1Y": 300}})),
    ("matching", put("SUIT-115", None)),
    ("assessment", put("LOWEST-002", {"answers": LOST})),
    ("category", put("PRO_II_NATURAL", None)),
    ("category", put("PRO_II_NATURAL", {**NATURAL, "needs": [[RICH], *NATURAL["needs"]]})),
    ("access", put(ASSETS, "800000")),
    ("access", gate("STAR", natural={"all": [ASSETS, {"all": [MONTHS, DISCLOSURE]}, "GATE-HK_CONNECT-TEST"]})),
    ("access", put("GATE-CONVERTIBLE-ASSETS", "50000")),  # from memory: the firm may put it right
    ("access", gate("MARGIN", natural={"all": [
        "GATE-MARGIN-ASSETS", "GATE-MARGIN-MONTHS", "GATE-MARGIN-DEFAULT", "GATE-MARGIN-AFFILIATE",
    ]})),  # the firm's own level is given up
]  # fmt: skip


@pytest.mark.parametrize(("name", "change"), HARDER)
def test_harder_and_the_firm_s_own_may_be_drafted(name, change):
    base = load_rulebook("suitability", name)

    assert checked(name, text_of(name, change), base, SINCE).version != base.version


def test_a_test_of_its_own_is_no_way_round():
    base = load_rulebook("suitability", "category")
    easy = """
- id: PRO_II_EASY
  title: 本公司认可的投资者
  source: 本公司规则
  confirmed: true
  read_on: 2026-11-27
  values:
    - {from: 2027-01-01, value: {category: PRO_II, kinds: [NATURAL], needs: [[{kind: FINANCIAL_ASSETS, from: 1}]]}}
"""
    with pytest.raises(DraftRefused, match="PRO_II_EASY"):
        checked("category", base.text + easy, base, SINCE)


@pytest.mark.parametrize("name", RULE_FILES)
@pytest.mark.parametrize("day", [date(2017, 7, 1), date(2020, 8, 24), date(2026, 2, 1), SINCE])
def test_what_ships_keeps_the_law(name, day):
    assert list(breaches(name, load_rulebook("suitability", name), day)) == []


def test_every_floor_says_what_it_asks_of_which_rule():
    for floor in FLOORS:
        known = load_rulebook("suitability", floor.applies_to["file"]).rules
        assert set(floor.applies_to["rules"]) <= set(known), floor.id
        assert all(value and set(value) <= set(CHECKS) for _, value in floor.values), floor.id
    assert len(FLOORS) == len(list(load_rulebook("suitability", "floors")))


@pytest.mark.parametrize("gate", [Gate.CHINEXT, Gate.MARGIN, Gate.ETF_OPTION, Gate.NEEQ_BASE])
def test_the_clauses_of_a_gate_say_what_its_tree_says(gate):
    for tree in (gate_rules(gate, SINCE).natural, gate_rules(gate, SINCE).institution):
        names = sorted({one.id for one in leaves(tree)})
        for met in product((True, False), repeat=len(names)):
            unmet = frozenset(name for name, yes in zip(names, met, strict=True) if not yes)
            by_clause = all(any(one.id not in unmet for one in clause) for clause in clauses(tree))
            assert by_clause == holds_without(tree, unmet)


def test_a_condition_is_a_tree_of_one_clause():
    (one,) = leaves(gate_rules(Gate.REIT, SINCE).natural)

    assert isinstance(one, Condition)
    assert clauses(one) == ((one,),)

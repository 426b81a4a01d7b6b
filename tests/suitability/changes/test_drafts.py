"""Drafts that cannot stand are refused with the rule and the fault; the impact counts what single checks say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.columns import UNKNOWN
from kit.rulebook import load_rulebook, parse_rulebook
from suitability.assessment.rebanding import Moved, rebanded, would_rise
from suitability.assessment.standing import AssessmentColumns
from suitability.cases.rules import watched
from suitability.changes.drafts import checked, differences
from suitability.changes.impact import Book, Side, impact, what_moved
from suitability.changes.in_force import Schedule
from suitability.changes.problems import DraftRefused
from suitability.changes.types import RULE_FILES
from suitability.facts import HoldingFacts, Request
from suitability.levels import AskedBy, OrderSide
from suitability.matching.book import OF_CLIENT, OF_PRODUCT
from suitability.matching.cases import Facts, cases_of
from suitability.matching.rules import judge, worst
from suitability.questionnaire.bands import Bands
from tests.suitability.changes.world import text_of
from tests.suitability.matching.people import CLIENTS, DAY, PRODUCTS, RULES

SINCE = date(2027, 1, 1)


def put(rule, value, since=SINCE):
    return lambda rules: rules[rule]["values"].append({"from": since, "value": value})


def dropped(rule):
    return lambda rules: rules.pop(rule)


def rewritten(rules):
    rules["SUIT-115"]["values"][0]["value"]["months"] = 6


BEHAVIOUR = RULES.matching["SUIT-170"].values[0][1]
UPPER = {"C3": [40, 59], "C4": [60, 79], "C5": [80, 100]}
REFUSED = [  # file, change, what the refusal says
    ("matching", rewritten, "改动了 2027-01-01 以前的取值"),
    ("matching", put("SUIT-101", {"outcome": {"FIRM": "MAYBE", "CLIENT": "ALLOW"}}), "MAYBE"),
    ("matching", put("SUIT-115", {"outcome": {"FIRM": "ALLOW", "CLIENT": "ALLOW"}}), "lockup_days"),
    ("matching", put("SUIT-103", {"outcome": {"FIRM": "ALLOW", "CLIENT": "WARN"}, "duties": ["NO"]}), "没有定义"),
    ("matching", put("SUIT-101", {"outcome": {"FIRM": "WARN", "CLIENT": "ALLOW"}}), "第十九条"),
    ("matching", put("SUIT-170", {**BEHAVIOUR, "outcome": {"FIRM": "REFUSE", "CLIENT": "ALLOW"}}), "SUIT-170"),
    ("matching", lambda rules: rules["SUIT-101"].pop("source"), "SUIT-101 缺少来源"),
    ("matching", lambda rules: rules["SUIT-101"].update(until="2030-01-01"), "SUIT-101 有不认识的栏目 until"),
    ("bands", put("BANDS-EQUAL", {"C1": [0, 19], "C2": [21, 39], **UPPER}), "C1 止于 19，C2 始于 21，中间有空档"),
    ("bands", put("BANDS-EQUAL", {"C1": [0, 19], "C2": [19, 39], **UPPER}), "C1 止于 19，C2 始于 19，两段重叠"),
    ("bands", put("BAND-CHOICE-NATURAL-20.1", "BANDS-NOPE"), "指向 BANDS-NOPE，文件里没有"),
    ("access", put("GATE-STAR", {"natural": {"all": ["GATE-NOWHERE"]}, "institution": {"all": []}}), "GATE-NOWHERE"),
    ("rating", put("RATE-BANDS", [{"level": "R1", "up_to": 500}]), "RATE-BANDS"),
    ("duties", put("DUTY-RECORD", {"form": "SING", "items": ["x"]}), "SING|form"),
    ("duties", put("DUTY-TELL_BEHAVIOUR", None), "规则 SUIT-170 还列着它"),
    ("assessment", put("LOWEST-SCHEME", "SCORE"), "natural-mini.1 用的分数段 BANDS-MINI 没有 C1_LOWEST"),
    ("nowhere", None, "没有可变更的规则文件"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "told"), REFUSED)
def test_a_draft_with_a_fault_is_refused(name, change, told):
    base = load_rulebook("suitability", name if change else "matching")
    text = base.text if change is None else text_of(name, change)
    with pytest.raises(DraftRefused, match=told):
        checked(name, text, base, SINCE)


@pytest.mark.parametrize(("text", "told"), [
    ("- id: [", "第 1 行第 8 列起不是合法的 YAML"), ("just a text", "须是规则的列表"), ("- id: X\n", "X 缺少名称"),
])  # fmt: skip
def test_a_text_that_is_no_rule_file_is_told_where(text, told):
    with pytest.raises(DraftRefused, match=told):
        checked("matching", text, load_rulebook("suitability", "matching"), SINCE)


def test_a_rule_is_repealed_by_a_line_not_by_taking_it_out():
    base = load_rulebook("suitability", "duties")
    lines = base.text.split("- id: ")
    with pytest.raises(DraftRefused, match="DUTY-TELL_BEHAVIOUR 被删去"):
        checked("duties", "- id: ".join(lines[:-1]), base, SINCE)


@pytest.mark.parametrize("name", RULE_FILES)
def test_what_ships_could_stand_as_a_draft_but_changes_nothing(name):
    base = load_rulebook("suitability", name)
    with pytest.raises(DraftRefused, match="完全相同"):
        checked(name, base.text, base, SINCE)


def test_differences_name_the_rule_and_both_values():
    base = load_rulebook("suitability", "matching")
    draft = checked("matching", text_of("matching", put("SUIT-115", None)), base, SINCE)
    (told,) = differences(base, draft, SINCE)

    assert (told.rule, told.after) == ("SUIT-115", None)
    assert told.before["outcome"]["FIRM"] == "REFUSE"


def test_each_day_has_its_text():
    shipped = load_rulebook("suitability", "matching")
    one = parse_rulebook("suitability/rules/matching.yaml", text_of("matching", put("SUIT-113", None)))
    two = parse_rulebook("suitability/rules/matching.yaml", text_of("matching", put("SUIT-112", None)))
    plan = Schedule().and_then("matching", SINCE, one).and_then("matching", SINCE + timedelta(days=9), two)
    plan = plan.and_then("matching", SINCE + timedelta(days=9), shipped)
    days = [SINCE - timedelta(days=1), SINCE, SINCE + timedelta(days=8), SINCE + timedelta(days=9)]

    assert [plan.book("matching", day).version for day in days] == [
        shipped.version, one.version, one.version, shipped.version,
    ]  # fmt: skip
    assert plan.later("matching", SINCE) == days[-1]
    assert plan.book("bands", days[-1]) is load_rulebook("suitability", "bands")


SOFTER = [
    parse_rulebook("suitability/rules/matching.yaml", text_of("matching", put(rule, None, DAY)))
    for rule in ("SUIT-103", "SUIT-111", "SUIT-112")
]


@given(
    st.lists(CLIENTS, min_size=1, max_size=5), st.lists(PRODUCTS, min_size=1, max_size=4), st.data(),
    st.sampled_from(SOFTER),
)  # fmt: skip
def test_the_impact_counts_what_single_checks_say(clients, products, data, softer):
    request = Request(client_no="C", product_code="P", asked_by=AskedBy.FIRM, side=OrderSide.BUY, day=DAY)
    pairs = [
        Facts(client=client, product=product, request=request, holding=HoldingFacts())
        for client in clients for product in products
    ]  # fmt: skip
    asked_for = replace(request, asked_by=AskedBy.CLIENT)
    was, now = (hits([replace(one, request=asked_for) for one in pairs], rules) for rules in (RULES.matching, softer))
    refused, after = (worst(judge(cases_of(pairs), rules), len(pairs)) > 1 for rules in (RULES.matching, softer))
    held = np.array(data.draw(st.lists(st.integers(0, len(pairs) - 1), unique=True)), dtype=np.int64)
    down = {name: getattr(cases_of(pairs[:: len(products)]), name) for name in OF_CLIENT}
    across = {name: getattr(cases_of(pairs[: len(products)]), name) for name in OF_PRODUCT}
    flat = np.zeros(len(clients), dtype=np.bool_)
    book = Book(
        [f"K{place}" for place in range(len(clients))], ("甲", "乙"), np.arange(len(clients)) % 2,
        [f"P{place}" for place in range(len(products))], held // len(products), held % len(products),
    )  # fmt: skip
    found = impact(book, Side(down, across, RULES.matching, flat), Side(down, across, softer, flat), DAY)

    assert found["holdings"]["heal"] == int((was & ~now)[held].sum())
    assert found["holdings"]["appear"] == int((~was & now)[held].sum()) == 0
    assert sum(row["heal"] for row in found["holdings"]["by_branch"]) == found["holdings"]["heal"]
    assert found["offers"]["change"] == int(refused.sum()) - int(after.sum())
    assert found["levels"]["changed"] == found["products"]["changed"] == 0
    assert not what_moved(found, found)


def hits(pairs, rules):
    """Pairs of which a single check hits a watched rule."""
    every = [one.hit for one in judge(cases_of(pairs), rules) if one.rule in watched(DAY)]
    return np.logical_or.reduce(every)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(-5, 5)), min_size=1, max_size=30), st.lists(
    st.integers(1, 99), min_size=4, max_size=4, unique=True,
))  # fmt: skip
def test_new_bands_lower_and_never_raise(results, ends):
    old, new = Bands("A", (0, 20, 40, 60, 80), 100), Bands("B", (0, *sorted(ends)), 100)
    totals = np.array([total for total, _ in results], dtype=np.int64)
    days = np.array([DAY.toordinal() + shift for _, shift in results], dtype=np.int64)
    n = len(results)
    level = np.where(days <= DAY.toordinal(), old.ranks(totals), new.ranks(totals))
    nothing = np.full(n, UNKNOWN)
    found = AssessmentColumns(
        client_id=np.arange(n), id=np.arange(n), questionnaire_id=np.ones(n, np.int64), assessed_on=days,
        valid_through=nothing, total=totals, level=level, confirmed_level=level, lowest=np.zeros(n, np.bool_),
        term=nothing, types=nothing, waiting_id=nothing,
    )  # fmt: skip
    moved = {1: Moved(DAY.toordinal(), new, by_score=False)}
    after = rebanded(found, moved)

    assert (after.level <= level).all()
    assert (after.level == np.minimum(level, new.ranks(totals))).all()
    assert ((new.ranks(totals) > level) == would_rise(found, moved)).all()
    assert (rebanded(found, {2: moved[1]}).level == level).all()

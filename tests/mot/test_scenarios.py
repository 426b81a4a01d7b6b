"""Scenario files: all seven steps, every fault with its line, duties never weakened, texts that can be said."""

from __future__ import annotations

import re
from datetime import date

import pytest

from mot.events.kinds import event_kinds
from mot.events.types import Family, make_event
from mot.features import book_of
from mot.scenario.loading import parse_scenario, shipped, shipped_scenario, step_names
from mot.scenario.predicate import words
from mot.scenario.problems import ScenarioMalformed, UnknownScenario
from mot.scenario.speech import speech, values_of
from mot.scenario.types import MOST_OPTIONS, Purpose, StepId
from mot.texts import TextError, banned_in, sentence

DAY = date(2026, 3, 2)
SHIPPED = shipped(DAY)
INFLOW = shipped_scenario("large-inflow-service", DAY).text
ADVICE = shipped_scenario("advice-after-inflow", DAY).text
WARNING = shipped_scenario("exchange-warning", DAY).text
BIRTHDAY = shipped_scenario("birthday-care", DAY).text


def faults(text: str) -> tuple[tuple[int, str], ...]:
    with pytest.raises(ScenarioMalformed) as refused:
        parse_scenario("x.yaml", text, DAY)
    return tuple((fault.line, fault.text) for fault in refused.value.faults)


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


MENDED = [  # file, replaced, by what (its first line is where the fault is), a word of the refusal
    (INFLOW, "feature: cash_share", "feature: cash_ratio", "cash_ratio"),
    (INFLOW, "events: [LARGE_INFLOW]", "events: [LARGE_INFLOWS]", "LARGE_INFLOWS"),
    (INFLOW, "    window_days: 5\n    cool", "    window_days: 6\n    cool", "0 至 5"),
    (INFLOW, "cooldown_days: 30", "cooldown_days: -1", "cooldown_days"),
    (INFLOW, "FIND-115", "FIND-999", "FIND-999"),
    (INFLOW, "    opening: \"{client_name}", "    opening: \"{client_nam}", "client_nam"),
    (INFLOW, "    opening: \"{client_name}", "    opening: \"{due_on}", "due_on"),
    (INFLOW, "    opening: \"{client_name}", "    opening: \"{client_name.__class__}", "小写字母"),
    (INFLOW, "    opening: \"{client_name}", "    opening: \"{client_name", "花括号"),
    (INFLOW, "      - \"先问用途和时间", "      - \"这一只保本，先问用途和时间", "保本"),
    (INFLOW, "      - \"先问用途和时间", "      - \"这一只稳 赚，先问用途和时间", "稳赚"),
    (INFLOW, "kind: PRODUCT", "kind: GIFT", "GIFT"),
    (INFLOW, ", asset_types: [CASH_LIKE, FIXED_INCOME]", "", "asset_types"),
    (ADVICE, ", service_kinds: [ADVICE]", "", "service_kinds"),
    (ADVICE, "service_kinds: [ADVICE]", "service_kinds: [BOND]", "债券是金融产品"),
    (ADVICE, "service_kinds: [ADVICE]", "service_kinds: [LOTTERY]", "LOTTERY"),
    (INFLOW, "roles: [MAIN, ADVISOR]", "roles: [MAIN, MAIN]", "重复"),
    (INFLOW, "roles: [MAIN, ADVISOR]", "roles: [BOSS]", "BOSS"),
    (INFLOW, "push: [INBOX, WECOM, DINGTALK, FEISHU, WEBHOOK, EMAIL]", "push: [PIGEON]", "PIGEON"),
    (INFLOW, "priority: 4", "priority: 0", "priority"),
    (INFLOW, "record: [WAY, TIME, CONTENT,", "record: [TIME, CONTENT,", "联系方式"),
    (INFLOW, "evidence: false", "evidence: true", "附件"),
    (INFLOW, "      - {code: USE,", "      - {code: IDLE,", "重复"), (INFLOW, "code: STOP", "code: NO", "引号"),
    (INFLOW, "metric: AUM", "metric: SALES", "SALES"), (INFLOW, "holdout: 0.1", "holdout: 0.6", "holdout"),
    (INFLOW, "review_on: 2027-05-31", "review_on: soon", "日期"),
    (INFLOW, "    why: ", "    because: 1\n    why: ", "because"),
    (INFLOW, "purpose: MARKETING", "purpose: SALES", "SALES"), (INFLOW, "family: ABNORMAL", "family: OTHER", "OTHER"),
    (INFLOW, "id: large-inflow-service", "id: Large Inflow", "小写"),
    (INFLOW, "name: 大额转入服务", "name: 稳赚服务", "稳赚"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "word"), MENDED)
def test_a_fault_is_named_with_its_line(text, old, new, word):
    broken = text.replace(old, new, 1)
    found = faults(broken)

    assert any(word in said for _, said in found), found
    near = line_of(text, old)
    assert any(near - 1 <= line <= near + 1 for line, said in found if word in said), found


def test_a_condition_on_an_unknown_feature_stands_at_its_own_line():
    broken = INFLOW.replace("feature: cash_share", "feature: cash_ratio")

    assert faults(broken)[0][0] == line_of(INFLOW, "feature: cash_share")


@pytest.mark.parametrize("step", StepId)
def test_a_missing_step_is_named(step):
    start = INFLOW.index(f"  {step.value}:")
    following = re.search(r"\n  [A-Z]", INFLOW[start + 4 :])
    end = start + 4 + following.start() + 1 if following else len(INFLOW)

    assert step.value in faults(INFLOW[:start] + INFLOW[end:])[0][1]


def test_steps_out_of_order_are_refused():
    first, second = INFLOW.index("  ANALYSE_NEED:"), INFLOW.index("  DESIGN_SERVICE:")
    third = INFLOW.index("  ASSIGN_ROLE:")

    turned = INFLOW[:first] + INFLOW[second:third] + INFLOW[first:second] + INFLOW[third:]

    assert "次序" in faults(turned)[0][1]


WEAKENED = [  # what a duty must not become: file, replaced, by what, a word of the refusal
    (WARNING, "purpose: REGULATORY", "purpose: SERVICE", "监管义务"),
    (WARNING, "mandatory: true", "mandatory: false", "必做"),
    (WARNING, "due_trading_days: 0", "due_trading_days: 1", "0 个交易日"),
    (WARNING, "evidence: true", "evidence: false", "留证据"),
    (WARNING, "compliance_copy: true", "compliance_copy: false", "抄送合规"),
    (WARNING, "cooldown_days: 0", "cooldown_days: 1", "间隔"),
    (WARNING, "effect: ESCALATE", "effect: DECLINED", "必须联系"),
    (WARNING, "window_days: 30", "window_days: 29", "时限"),
    (WARNING, "holdout: 0", "holdout: 0.1", "对照组"),
    (WARNING, "label: \"客户否认或拒绝说明\"", "label: \"无需联系\"", "无需联系"),
    (WARNING, "    window_days: 30",
     "    condition: {feature: account_open, is: true}\n    window_days: 30", "附加条件"),
    (INFLOW, "holdout: 0.1", "holdout: 0", "对照组"), (INFLOW, "mandatory: false", "mandatory: true", "对照组"),
    (INFLOW, "purpose: MARKETING", "purpose: SERVICE", "MARKETING"),
    (INFLOW, "family: ABNORMAL", "family: LIFECYCLE", "属于特殊或异常行为"),
    (BIRTHDAY, "events: [BIRTHDAY]", "events: [BIRTHDAY, ACCOUNT_OPENED]", "客户生命周期大事"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "word"), WEAKENED)
def test_a_duty_is_never_weakened_and_families_are_never_mixed(text, old, new, word):
    assert old in text

    assert any(word in said for _, said in faults(text.replace(old, new, 1)))


def changed(scenario: str, *pairs: tuple[str, str]) -> str:
    text = shipped_scenario(scenario, DAY).text
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


BETWEEN = [  # scenario, changes, a word of the refusal, source
    ("birthday-care", [("[BIRTHDAY]", "[BIRTHDAY, BIRTH]"), ("window_days: 1\n", "window_days: 2\n")], "0 至 1",
     "the shortest window of several events"),
    ("home-purchase", [("[HOME_PURCHASE]", "[HOME_PURCHASE, BIRTH]"),
    ("您说准备购房", "您说准备动用{amount_yuan}元购房")],
     "amount_yuan", "a fact that only one of the events has"),
    ("login-anomaly", [("mandatory: true", "mandatory: false"), ("holdout: 0", "holdout: 0.1")], "登录异常须为必做",
     "a mandatory kind without a duty"),
    ("welcome-callback",
     [("    window_days: 30", "    condition: {feature: event_amount, above: 1}\n    window_days: 30")],
     "事件的数额", "a duty does not depend on an amount"),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "pairs", "word", "source"), BETWEEN)
def test_what_must_hold_between_events_and_steps(scenario, pairs, word, source):
    assert any(word in said for _, said in faults(changed(scenario, *pairs))), source


def test_several_faults_are_named_at_once():
    broken = INFLOW.replace("metric: AUM", "metric: SALES").replace("priority: 4", "priority: 0")

    assert len(faults(broken)) == 2


def test_five_feedback_options_are_one_too_many():
    option = '      - {code: STOP, label: "不希望再联系", effect: DECLINED}\n'
    assert option in INFLOW

    fifth = option.replace("STOP", "X").replace("不", "很不")
    assert str(MOST_OPTIONS) in faults(INFLOW.replace(option, option + fifth))[0][1]


def test_the_version_is_the_content_and_nothing_else():
    first = parse_scenario("x.yaml", INFLOW, DAY)

    spaced = "# a comment\n" + INFLOW.replace("priority: 4", "priority:   4")
    assert parse_scenario("y.yaml", spaced, DAY).version == first.version
    assert parse_scenario("x.yaml", INFLOW.replace("priority: 4", "priority: 5"), DAY).version != first.version


def test_every_kind_of_event_and_every_family_has_a_scenario():
    assert len(SHIPPED) >= 24
    assert {one.family for one in SHIPPED} == set(Family)
    assert {kind for one in SHIPPED for kind in one.moment.events} == set(event_kinds(DAY))


@pytest.mark.parametrize("scenario", SHIPPED, ids=lambda one: one.id)
def test_a_shipped_scenario_is_fit_to_be_read(scenario):
    said = [scenario.service.opening.text, *(point.text for point in scenario.service.points)]

    assert not [word for text in said for word in banned_in(text, DAY)]
    assert scenario.review.review_on > DAY
    assert words(scenario.moment.condition)
    assert scenario.service.needs_decision == (scenario.purpose is Purpose.MARKETING)
    assert len({option.code for option in scenario.feedback.options}) <= MOST_OPTIONS


def test_the_names_of_the_steps_are_data_with_the_three_that_are_certain():
    names = step_names(DAY)

    assert list(names) == list(StepId)
    assert {"了解与分析客户需求", "实施服务行动", "效果评估改进"} <= set(names.values())
    assert not any("流失" in name for name in names.values())


def test_an_unknown_scenario_is_named():
    with pytest.raises(UnknownScenario, match="nothing"):
        shipped_scenario("nothing", DAY)


def test_a_text_is_never_sent_with_a_gap():
    known = frozenset({"client_name", "assets_yuan", "due_on"})
    text = sentence("{client_name}，到账{assets_yuan}元，{due_on}。", known)

    said = text.fill({"client_name": "张先生", "assets_yuan": 1200.5, "due_on": DAY})
    assert said == "张先生，到账1,200.5元，2026年3月2日。"
    with pytest.raises(TextError, match="due_on"):
        text.fill({"client_name": "张先生", "assets_yuan": 100, "due_on": None})


def test_what_a_client_writes_cannot_become_a_variable():
    text = sentence("{client_name}您好", frozenset({"client_name", "assets_yuan"}))

    assert text.fill({"client_name": "{assets_yuan}", "assets_yuan": 5}) == "{assets_yuan}您好"


def values(scenario) -> dict[str, object]:
    kind = event_kinds(DAY)[scenario.moment.events[0]]
    people = {"client_name": "张先生", "advisor_name": "李顾问", "branch_name": "示范营业部"}
    event = make_event(kind, "C1", DAY, kind.sources[0], facts=dict.fromkeys(kind.facts, "要素"))
    return values_of(event, kind, DAY, people, book_of([("C1", {})]), 0)


@pytest.mark.parametrize("scenario", SHIPPED, ids=lambda one: one.id)
def test_every_text_can_be_said_from_its_event_alone(scenario):
    said = speech(scenario, values(scenario))

    assert said.complete
    assert "{" not in said.opening + "".join(said.points)


def test_what_is_not_known_stays_open_and_is_named():
    scenario = shipped_scenario("large-outflow-care", DAY)

    said = speech(scenario, values(scenario) | {"amount_yuan": None})

    assert said.lacking == ("amount_yuan",)
    assert "转出＿＿元" in said.opening

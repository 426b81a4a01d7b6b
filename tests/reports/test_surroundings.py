"""Sections 10 and 13: what does not fit and why, what may be done, both sides of a household, what goals ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.household.types import GoalCategory, ItemKind
from kit.rulebook import load_rulebook
from reports.build import build_report
from reports.chartkinds.balance import spread
from reports.family import told_on
from reports.model import Report, Section
from reports.sections.fitting import WHY, filling
from reports.sections.household import balance_chart, required, tell
from suitability.cases.rules import watched
from suitability.held import Hit, Worth, judged
from suitability.levels import AssetType, ClientLevel, Gate, IntendedTerm, InvestorCategory, ProductLevel
from tests.reports import fixtures
from tests.reports.surroundings import (
    CLIENT,
    DAY,
    ITEMS,
    PRODUCTS,
    a_family,
    a_fit,
    a_household,
    an_item,
    product,
)

NO_ASSESSMENT = {"level": None, "confirmed_level": None, "assessed_on": None, "valid_through": None}
OPEN = {"gates": {Gate.CHINEXT: date(2020, 1, 2)}}


def fitted(**client: Any) -> Section:
    """Section 10 of the full account for this client."""
    return _section(build_report(fixtures.full(), fit=a_fit(fixtures.full(), **client)), "suitability")


def _section(report: Report, name: str) -> Section:
    return next(section for section in report.sections if section.id == name)


def block(section: Section, kind: str) -> Any:
    return next(one for one in section.blocks if one.type == kind)


LEADS = [  # the client, what the section says first, how many steps follow
    ({}, "客户为 C3（稳健型），3 只持仓中 1 只不相符，占账户资产 18.52%。", 2),
    (OPEN, "客户为 C3（稳健型），3 只持仓中 1 只不相符，占账户资产 18.52%。", 1),
    ({**OPEN, "level": ClientLevel.C4}, "客户为 C4（积极型），3 只持仓都相符。", 0),
    ({**OPEN, "level": ClientLevel.C2}, "客户为 C2（谨慎型），3 只持仓中 3 只不相符，占账户资产 44.15%。", 1),
    (NO_ASSESSMENT, "没有客户本人确认过的风险测评结果，不能判断持仓是否适合；以下只列出风险等级。", 1),
    ({**OPEN, "valid_through": DAY}, "客户为 C3（稳健型），3 只持仓中 1 只不相符，占账户资产 18.52%。", 1),
    ({**OPEN, "valid_through": DAY - timedelta(days=1)},
     "客户为 C3（稳健型），但测评已过有效期，3 只持仓中 1 只不相符，占账户资产 18.52%。", 2),
    ({**OPEN, **NO_ASSESSMENT, "category": InvestorCategory.PRO_II}, "专业投资者（第二类），3 只持仓都相符。", 0),
]  # fmt: skip


@pytest.mark.parametrize(("client", "expected", "steps"), LEADS)
def test_the_level_beside_what_is_held(client, expected, steps):
    section = fitted(**client)

    assert section.lead == expected
    assert len(block(section, "items").items) == steps


def test_without_an_assessment_the_ratings_stand_alone():
    table = block(fitted(**NO_ASSESSMENT), "table")

    assert [column.title for column in table.columns] == ["证券", "风险等级", "占账户资产"]
    assert [row[1].text for row in table.rows] == ["R4", "R3", "R3"]


def test_a_security_that_nobody_rated_is_named_and_not_judged():
    unknown = {code: one for code, one in PRODUCTS.items() if code != "002001.SZ"}
    unrated = {**PRODUCTS, "002001.SZ": product("002001.SZ", "=新和成", None)}
    for products in (unknown, unrated):
        report = build_report(fixtures.full(), fit=a_fit(fixtures.full(), products, **OPEN))
        row = next(row for row in block(_section(report, "suitability"), "table").rows if row[0].text == "=新和成")

        assert [cell.text for cell in row[1:]] == ["未评级", "7.94%", "没有评级，无法对照"]


def test_a_level_that_finances_lower_says_why():
    fit = replace(a_fit(fixtures.full(), level=ClientLevel.C2), level_reason="备用金 0.5 个月，低于 1 个月")
    told = block(_section(build_report(fixtures.full(), fit=fit), "suitability"), "paragraph").text

    assert told == "客户确认的等级是 C3（稳健型），按 C2（谨慎型） 使用：备用金 0.5 个月，低于 1 个月。"


def test_nobody_is_coached_to_retake():
    for client in (NO_ASSESSMENT, {"valid_through": date(2024, 1, 1)}, {"level": ClientLevel.C1, "lowest": True}):
        for item in block(fitted(**client), "items").items:
            assert not any(word in item.text for word in ("提高等级", "更高等级", "重测", "调高"))


REASONS = [  # rule, the client, the product, how it is told
    ("SUIT-001", {}, {"gates": (Gate.CHINEXT,)}, "需要创业板权限，没有开通记录"),
    ("SUIT-102", {"level": ClientLevel.C1, "lowest": True}, {}, "产品 R2，客户属最低类别，只适合 R1"),
    ("SUIT-103", {"level": ClientLevel.C1}, {}, "产品 R2，高于客户的 C1"),
    ("SUIT-111", {"term": IntendedTerm.UP_TO_1Y}, {"term_days": 400},
     "期限 400 天，长于客户打算的投资期限（1 年以内）"),
    ("SUIT-112", {"types": AssetType.FIXED_INCOME}, {}, "属权益类，超出客户选择的品种（至固定收益类）"),
    ("SUIT-113", {"expected_return": 0.08}, {"expected_return_high": 0.05},
     "业绩比较区间上限 5.00%，低于客户的目标 8.00%"),
    ("SUIT-114", {"lock_limit_days": 30}, {"lockup_days": 90}, "锁定 90 天，长于资金可以锁定的 30 天"),
    ("SUIT-115", {"reserve_months": 1.5}, {"lockup_days": 365}, "锁定 365 天，而备用金只够 1.5 个月"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "client", "more", "expected"), REASONS)
def test_every_reason_in_plain_words(rule, client, more, expected):
    rules = load_rulebook("suitability", "matching")
    told = dict(more)
    held = product("600519.SH", "贵州茅台", ProductLevel.R2, *told.pop("gates", ()), **told)
    who, diagnosis = replace(CLIENT, **client), fixtures.full()
    (line,) = judged(
        who, DAY, [_worth(diagnosis, "600519.SH")], {"600519.SH": held}, diagnosis.closing_value, rules
    )
    hit = next(one for one in line.hits if one.rule == rule)

    assert WHY[rule].format_map(filling(who, held, line, hit)) == expected


def _worth(diagnosis: Any, code: str) -> Worth:
    line = next(one for one in diagnosis.holdings if one.code == code)
    return Worth(code, line.name, Decimal(repr(line.value)))


def test_what_is_watched_can_be_told():
    untold = set(watched(DAY)) - set(WHY) - {"SUIT-010", "SUIT-011"}  # those two are said once for all holdings

    assert not untold, "give the rule its words in reports/sections/fitting.py WHY"


def test_a_share_above_the_limit_names_the_limit():
    fit = a_fit(replace(fixtures.full(), closing_value=Decimal("100000")), **OPEN)
    (first, *_) = fit.lines

    assert [hit.rule for hit in first.hits] == ["SUIT-103", "SUIT-130"]
    hit: Hit = first.hits[1]
    assert first.product is not None
    assert WHY["SUIT-130"].format_map(filling(fit.client, first.product, first, hit)).endswith("全部资产的 30%")


# the household


SOON = an_item("HOUSING", ItemKind.GOAL, GoalCategory.HOUSING, 3_000_000, first_on=date(2025, 6, 1))
WITHOUT_GOALS = tuple(one for one in ITEMS if one.kind is not ItemKind.GOAL)
ASKED = [  # items, level, the aside, a part of the text
    (ITEMS, ClientLevel.C3, "在可以承受的范围内", "收益没有保证"),
    (ITEMS, ClientLevel.C1, "超出可以承受的范围", "不能靠提高风险等级来补"),
    (ITEMS, None, "没有等级", "暂不能说是否合适"),
    (WITHOUT_GOALS, ClientLevel.C3, "没有填写目标", "没有填写目标"),
    ((*WITHOUT_GOALS, SOON), ClientLevel.C3, "仅靠投资收益无法实现", "须调整目标的金额、时间，或增加储蓄"),
]


@pytest.mark.parametrize(("items", "level", "aside", "part"), ASKED)
def test_what_the_goals_ask_for_beside_what_the_level_carries(items, level, aside, part):
    told = required(a_family(*items, level=level))

    assert told.aside == aside
    assert part in told.text


@given(salary=st.integers(0, 900_000), living=st.integers(0, 60_000), goal=st.integers(0, 80_000))
def test_both_sides_of_the_chart_weigh_the_same(salary, living, goal):
    changed = {"SALARY": salary, "LIVING": living, "RETIREMENT": goal}
    items = [replace(one, amount=Decimal(changed.get(one.item_no, one.amount))) for one in ITEMS]
    left, right = balance_chart(a_family(*items)).data["sides"]

    assert sum(one["value"] for one in left["parts"]) == pytest.approx(sum(one["value"] for one in right["parts"]))
    assert left["text"] == right["text"]


@given(st.lists(st.floats(0, 300), min_size=1, max_size=9), st.sampled_from([20.0, 34.0]))
def test_labels_keep_their_distance_inside_the_chart(wanted, least):
    placed = spread(sorted(wanted, reverse=True), 312.0, least)

    assert all(above - below >= least - 1e-9 for above, below in pairwise(placed))
    assert placed[-1] >= least / 2 - 1e-9


def test_a_report_with_a_household_says_the_same_until_somebody_says_something_new():
    later = a_household(day=DAY + timedelta(days=400))

    assert told_on(later, DAY) == a_household()
    assert told_on(later, DAY + timedelta(days=9)).day == DAY + timedelta(days=9)


def test_a_household_of_which_nothing_is_said_is_no_fault():
    section = tell(a_family(an_item("CASH", ItemKind.ASSET, ITEMS[0].category, 0)))

    assert "还没有填写家庭目标" in section.lead

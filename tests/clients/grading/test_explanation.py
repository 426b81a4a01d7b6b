"""What made a grade, and what is missing to the next: every way that is shown was tried."""

from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings

from clients.grading.engine import grade_all
from clients.grading.explanation import explain
from clients.grading.features import FEATURES
from clients.grading.next_step import said
from tests.clients.grading.schemes import DAY, SCHEMES, values
from tests.clients.grading.test_bounds import USUAL
from tests.clients.grading.test_laws import ALL, books


def explained(code, **given_):
    told = values(**{name: [value] for name, value in {**USUAL, **given_}.items()})
    return explain(SCHEMES[code], told, grade_all(ALL, told), SCHEMES, 0)


def moves(found):
    return {(move.name, move.words, move.gap) for move in found.next.moves}


def test_a_band_says_its_feature_its_days_its_line_and_the_gap():
    found = explained("SIZE", purchases_year=500_000)
    (fact,) = found.facts

    assert found.grade.code == "MEDIUM"
    assert (fact.value, fact.first, fact.last) == (500_000, date(2025, 11, 28), DAY)
    assert found.next.to.code == "LARGE"
    assert moves(found) == {("purchases_year", "超过 5,000,000 元", 4_500_000)}
    line = (SCHEMES["SIZE"].rows[1].line, "MEDIUM")
    assert (found.line, found.grade.code) == line


def test_points_say_the_score_and_each_single_way():
    found = explained("NEED", purchase_days_year=11, purchases_year=499_999, commission_year=5_000)

    assert found.measured == (40 * 40 + 40 * 40 + 20 * 70) / 100 == 46
    assert found.grade.code == "B"
    assert [(fact.points, fact.weight) for fact in found.facts] == [(40, 40), (40, 40), (70, 20)]
    assert moves(found) == {
        ("score", "达到 70 分", 24.0), ("purchase_days_year", "达到 48 天", 37),
        ("purchases_year", "达到 5,000,000 元", 4_500_001),
    }  # fmt: skip


def test_a_table_says_the_one_change_that_is_enough():
    found = explained("ACTIVITY", quiet_days=200)

    assert (found.grade.code, found.next.to.code, moves(found)) == (
        "DORMANT", "ACTIVE", {("quiet_days", "降至 90 天", 110)},
    )  # fmt: skip


def test_where_no_single_change_is_enough_the_fewest_together_are_said():
    found = explained("LOYALTY", inactive_days=10, tenure_days=100, months_traded_year=2)

    assert (found.next.to.code, found.next.together) == ("IMPORTANT", True)
    assert moves(found) == {("tenure_days", "达到 1,095 天", 995), ("months_traded_year", "达到 6 个月", 4)}


def test_a_cross_says_its_parts_and_whose_class_would_have_to_change():
    found = explained(
        "COMBINED", purchases_year=0, purchase_days_year=0, assets_growth_year=0.5, net_inflow_year=200_000,
    )  # fmt: skip

    assert found.grade.code == "POTENTIAL"
    assert ("SATISFACTION", "客户满意度（高/中/低）", "不评，按中计") in found.parts
    assert moves(found) == {("VALUE", "由低到高", None)}


def test_the_best_class_an_unordered_scheme_and_no_grade_have_no_next():
    assert explained("SIZE", purchases_year=6_000_000).next is None
    assert explained("HABIT", purchase_days_life=0).next is None
    assert explained("SATISFACTION").next is None


@pytest.mark.parametrize(
    ("code", "given_", "words"),
    [
        ("SATISFACTION", {}, "缺满意度评分（尚无数据来源）"),
        ("CREDIT", {"margin_account": 1, "overdue_days_year": None}, "缺逾期天数（名下没有账户）"),
        ("STYLE", {"months_traded_year": 3}, "已知因素的权重不到 60%"),
        ("GROUP", {"institution": 0}, "本方案不适用：机构或产品客户不符"),
        ("RFM", {}, "RFM 收益率（高/低）不评；RFM 周转率（高/低）不评；RFM 价值（VIP/核心/其他）不评"),
        ("VIP", {"cash_quarter": None}, "缺资金余额季日均（资产不全：缺资金流水或近期行情，或有外币账户）"),
        ("ACTIVITY", {"quiet_days": None}, "缺距最近成交或登录（从未成交，没有开户日，也没有登录记录）"),
    ],
)
def test_why_there_is_no_grade(code, given_, words):
    found = explained(code, **given_)

    assert (found.grade, set(found.why_not.split("；"))) == (None, set(words.split("；")))


@settings(max_examples=4)
@given(book=books(8, unknown=0.05))
def test_the_ways_that_are_shown_lead_where_they_say(book):
    """Each single move is made on the client's own values, and the engine gives the class promised."""
    graded = grade_all(ALL, book)
    for scheme, place in product(ALL, range(len(book))):
        found = explain(scheme, book, graded, SCHEMES, place)
        if found.next is None or found.next.together:
            continue
        promised = [one.code for one in scheme.classes].index(found.next.to.code)
        assert promised < graded.grades[scheme.code][place]
        for move in found.next.moves:
            if move.name in FEATURES and move.needed is not None:
                step = 0.0 if move.inside else 1e-9 * max(1.0, abs(move.needed)) * (1 if move.upward else -1)
                one = book.at(np.array([place]))
                changed = replace(one, columns={**one.columns, move.name: np.array([move.needed + step])})
                assert grade_all(ALL, changed).at(0)[scheme.code] == promised, (scheme.code, move)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.8, "比例", "80%"), (-0.12345, "比例", "-12.35%"), (1.0, "是否", "是"), (15.384615, "分", "15.3846 分"),
     (1_000_000.0, "元", "1,000,000 元"), (0.0, "元", "0 元"), (499_999.999, "元", "499,999.99 元"),
     (0.29, "元", "0.29 元"), (-0.5, "元", "-0.50 元"), (12.5, "百万分之", "百万分之 12.5")],
)  # fmt: skip
def test_numbers_are_said_as_people_read_them(value, unit, words):
    assert said(value, unit) == words


def test_what_is_missing_is_said_so_that_it_is_enough():
    assert said(47_926.0213, "元", up=True) == "47,926.03 元"


def test_values_may_be_taken_of_some_clients():
    told = values(assets=[1.0, 2.0, None])

    assert np.isnan(told.at(np.array([2])).column("assets")).all()
    assert told.at(np.array([1])).client_no == ("C1",)

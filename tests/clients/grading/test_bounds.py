"""Every bound of every scheme that the files name: on it, just below, just above, with its source."""

import math

import numpy as np
import pytest

from clients.grading.engine import grade_all
from tests.clients.grading.schemes import SCHEMES, values

SEED = "《客户分级管理制度》二、1"
VIP = "民生银行客户分级的标准"
TEN, FIFTY, HUNDRED = 100_000.0, 500_000.0, 1_000_000.0
BOUNDS = [  # scheme, values, class, source
    ("SIZE", {"purchases_year": 5_000_000.01}, "LARGE", f"{SEED}：超过 500 万元"),
    ("SIZE", {"purchases_year": 5_000_000}, "MEDIUM", f"{SEED}：500 万元以下含本数，超过不含"),
    ("SIZE", {"purchases_year": 4_999_999.99}, "MEDIUM", f"{SEED}：50 万元以上、500 万元以下"),
    ("SIZE", {"purchases_year": 500_000.01}, "MEDIUM", f"{SEED}：50 万元以上"),
    ("SIZE", {"purchases_year": 500_000}, "MEDIUM", f"{SEED}：50 万元以上含本数；原文重叠处归中客户"),
    ("SIZE", {"purchases_year": 499_999.99}, "SMALL", f"{SEED}：50 万元以下"),
    ("VIP", {"cash_quarter": 99_999}, "NONE_YET", f"{VIP}：9.9999 分不取整"),
    ("VIP", {"cash_quarter": 99_999.999999}, "NONE_YET", f"{VIP}：比较前不取整"),
    ("VIP", {"cash_quarter": TEN}, "SILVER", f"{VIP}：10 分（含）"),
    ("VIP", {"cash_quarter": TEN + 1}, "SILVER", f"{VIP}：10 分（含）至 50 分"),
    ("VIP", {"cash_quarter": 499_999}, "SILVER", f"{VIP}：49.9999 分"),
    ("VIP", {"cash_quarter": FIFTY}, "GOLD", f"{VIP}：50 分（含）"),
    ("VIP", {"cash_quarter": FIFTY + 1}, "GOLD", f"{VIP}：50 分（含）至 100 分"),
    ("VIP", {"cash_quarter": 999_999}, "GOLD", f"{VIP}：99.9999 分"),
    ("VIP", {"cash_quarter": HUNDRED}, "DIAMOND", f"{VIP}：100 分（含）以上"),
    ("VIP", {"cash_quarter": HUNDRED + 1}, "DIAMOND", f"{VIP}：100 分（含）以上"),
    ("VIP", {"cash_quarter": 33_333.33, "fund_value": 66_666.67}, "SILVER", f"{VIP}：五项相加恰为 10 分"),
    ("VIP", {"cash_quarter": 20_000.01, "wealth_quarter": 19_999.99, "fund_value": 20_000.1,
             "bond_balance": 19_999.9, "insurance_balance": 20_000}, "SILVER", f"{VIP}：五项相加恰为 10 分"),
    ("VIP", {"cash_quarter": 33_333.33, "fund_value": 66_666.66}, "NONE_YET", f"{VIP}：五项相加差一分钱"),
    ("TIER", {"assets_sessions_20": 499_999.99}, "T1", "公司默认：50 万元以下"),
    ("TIER", {"assets_sessions_20": 500_000}, "T2", "公司默认：50 万元起"),
    ("TIER", {"assets_sessions_20": 2_999_999.99}, "T2", "公司默认：300 万元以下"),
    ("TIER", {"assets_sessions_20": 3_000_000}, "T3", "公司默认：300 万元起"),
    ("TIER", {"assets_sessions_20": 9_999_999.99}, "T3", "公司默认：1,000 万元以下"),
    ("TIER", {"assets_sessions_20": 10_000_000}, "T4", "公司默认：1,000 万元起"),
    ("TIER", {"assets_sessions_20": 10_000_000.01}, "T4", "公司默认：1,000 万元起"),
    ("POWER", {"assets_sessions_20": 499_999.99}, "LOW_END", "公司默认"),
    ("POWER", {"assets_sessions_20": 500_000}, "MIDDLE", "公司默认：含 50 万元"),
    ("POWER", {"assets_sessions_20": 3_000_000}, "HIGH_END", "公司默认：含 300 万元"),
    ("AMOUNT", {"purchase_mean_year": 99_999.99}, "SMALL", "公司默认"),
    ("AMOUNT", {"purchase_mean_year": 100_000}, "LARGE", "公司默认：含 10 万元"),
    ("AMOUNT", {"purchase_mean_year": None}, None, "一年内没有买入的不评"),
    ("CYCLE", {"purchase_days_life": 0}, "NONE_YET", "4.1 购买周期"),
    ("CYCLE", {"purchase_days_life": 1}, "ONCE", "4.1 购买周期：一次性购买"),
    ("CYCLE", {"purchase_days_life": 2}, "REPEAT", "4.1 购买周期：重复购买"),
    ("HABIT", {"purchase_days_life": 0, "first_purchase_age": None}, "PROSPECT", "潜在客户尚未购买"),
    ("HABIT", {"purchase_days_life": 1, "first_purchase_age": 900}, "NEW", "老客户须多次购买"),
    ("HABIT", {"purchase_days_life": 2, "first_purchase_age": 365}, "NEW", "公司默认：一年含第 365 天"),
    ("HABIT", {"purchase_days_life": 2, "first_purchase_age": 366}, "OLD", "公司默认：超过一年"),
    ("ACTIVITY", {"quiet_days": 90}, "ACTIVE", "公司默认：90 日内含第 90 日"),
    ("ACTIVITY", {"quiet_days": 91}, "DORMANT", "公司默认：超过 90 日"),
    ("ACTIVITY", {"quiet_days": 365}, "DORMANT", "公司默认：含第 365 日"),
    ("ACTIVITY", {"quiet_days": 366}, "LOST", "公司默认：超过 365 日"),
    ("ACTIVITY", {"quiet_days": 1, "assets": 999.99}, "LOST", "公司默认：资产低于 1,000 元"),
    ("ACTIVITY", {"quiet_days": 1, "assets": 1_000}, "ACTIVE", "公司默认：低于不含本数"),
    ("ACTIVITY", {"quiet_days": 1, "outflow_share_90": 0.8}, "LOST", "公司默认：达到八成"),
    ("ACTIVITY", {"quiet_days": 1, "outflow_share_90": 0.7999}, "ACTIVE", "公司默认：不到八成"),
    ("ACTIVITY", {"quiet_days": 1, "closed": 1}, "LOST", "公司默认：全部销户"),
    ("LOYALTY", {"inactive_days": 365, "tenure_days": 1_095, "months_traded_year": 6}, "IMPORTANT", "公司默认"),
    ("LOYALTY", {"inactive_days": 365, "tenure_days": 1_094, "months_traded_year": 6}, "GENERAL", "公司默认"),
    ("LOYALTY", {"inactive_days": 365, "tenure_days": 1_095, "months_traded_year": 5}, "GENERAL", "公司默认"),
    ("LOYALTY", {"inactive_days": 366, "tenure_days": 1_095, "months_traded_year": 6}, "LOST", "公司默认"),
    ("SATISFACTION", {"satisfaction": 59.99}, "LOW", "公司默认"),
    ("SATISFACTION", {"satisfaction": 60}, "MEDIUM", "公司默认：含 60 分"),
    ("SATISFACTION", {"satisfaction": 80}, "HIGH", "公司默认：含 80 分"),
    ("RFM_RETURN", {"return_year": -0.0001}, "LOW", "公司默认"),
    ("RFM_RETURN", {"return_year": 0}, "HIGH", "公司默认：没有亏损"),
    ("RFM_TURNOVER", {"turnover_rate_year": 5.99}, "LOW", "公司默认"),
    ("RFM_TURNOVER", {"turnover_rate_year": 6}, "HIGH", "公司默认：含 6 倍"),
    ("CREDIT", {"margin_account": 0, "overdue_days_year": None}, "ORDINARY", "没有信用账户"),
    ("CREDIT", {"margin_account": 1}, "PRIME", "公司默认：无通知无逾期"),
    ("CREDIT", {"margin_account": 1, "margin_calls_year": 1}, "ORDINARY", "公司默认：有通知"),
    ("CREDIT", {"margin_account": 1, "margin_calls_year": 3}, "ORDINARY", "公司默认：至 3 次"),
    ("CREDIT", {"margin_account": 1, "margin_calls_year": 4}, "RISKY", "公司默认：超过 3 次"),
    ("CREDIT", {"margin_account": 1, "overdue_days_year": 1}, "RISKY", "公司默认：有逾期"),
    ("CREDIT", {"margin_account": 1, "overdue_days_year": None}, None, "逾期未登记则不评"),
    ("RISK", {"margin_account": 0, "overdue_days_year": None}, "LOW", "风险反向：低为好"),
    ("RISK", {"margin_account": 1, "margin_calls_year": 3}, "MEDIUM", "公司默认"),
    ("RISK", {"margin_account": 1, "margin_calls_year": 4}, "HIGH", "公司默认"),
]  # fmt: skip
USUAL = {
    "closed": 0, "assets": 50_000, "outflow_share_90": 0, "margin_account": 0, "margin_calls_year": 0,
    "overdue_days_year": 0, "wealth_quarter": 0, "fund_value": 0, "bond_balance": 0, "cash_quarter": 0,
}  # fmt: skip


@pytest.mark.parametrize(("code", "given", "expected", "source"), BOUNDS)
def test_a_bound(code, given, expected, source):
    scheme = SCHEMES[code]
    told = values(**{name: [value] for name, value in {**USUAL, **given}.items()})

    found = scheme.class_of(int(grade_all([scheme], told).grades[code][0]))

    assert (found.code if found else None) == expected, source


def grades_of(code, **columns):
    """Codes of a scheme and of what it reads, over columns."""
    graded = grade_all(list(SCHEMES.values()), values(**columns)).grades[code]
    return [SCHEMES[code].class_of(place) and SCHEMES[code].class_of(place).code for place in graded.tolist()]


def test_weighted_points_meet_their_bound_exactly():
    """贡献 60×40 + 份额 70×15 + 时长 60×10 + 活跃 60×15 + 增长 0×20 = 4950；时长升一档则 5350，过 50 分。"""
    below = {"commission_year": 1_000, "commission_share_year": 10, "inactive_days": 90, "assets_growth_year": -0.5}

    assert grades_of("ABCD", **{name: [value] * 2 for name, value in below.items()}, tenure_days=[365, 1_826]) == [
        "C", "B",
    ]  # fmt: skip


def test_complaints_lower_and_an_unknown_factor_is_left_out_with_its_weight():
    columns = {"commission_year": [10_000] * 4, "inactive_days": [30] * 4, "tenure_days": [2_000] * 4}

    assert grades_of(
        "ABCD", **columns, complaints_year=[0, 1, 2, None], commission_share_year=[None, None, None, 0],
        assets_growth_year=[None, None, -0.2, None],
    ) == ["A", "A", "B", "A"]  # fmt: skip
    assert grades_of("ABCD", tenure_days=[2_000], inactive_days=[1], commission_year=[None]) == [None]


@pytest.mark.parametrize(
    ("institution", "expected"), [(1, "A"), (0, None), (None, None)]
)
def test_the_group_scheme_is_for_institutions_alone(institution, expected):
    columns = {"commission_year": [200_000], "commission_share_year": [1_000], "inactive_days": [1]}

    assert grades_of("GROUP", **columns, institution=[institution]) == [expected]


COMBINED = [  # value, potential, satisfaction, margin calls, expected
    (HUNDRED * 4, 1.0, 90, 0, "KEY"),
    (HUNDRED * 4, 1.0, None, 3, "KEY"),
    (HUNDRED * 4, 1.0, 90, 4, "GENERAL"),  # 价值高而风险也高，先控制风险
    (0.0, 1.0, 90, 0, "POTENTIAL"),
    (0.0, 1.0, None, 0, "POTENTIAL"),  # 满意度未知按中
    (0.0, 1.0, 10, 0, "GENERAL"),
    (0.0, -1.0, 90, 0, "LOW_VALUE"),
]


@pytest.mark.parametrize(("purchases", "growth", "satisfaction", "calls", "expected"), COMBINED)
def test_the_four_dimensions_make_a_type(purchases, growth, satisfaction, calls, expected):
    busy = purchases > 0
    found = grades_of(
        "COMBINED", purchases_year=[purchases], purchase_days_year=[50 if busy else 0],
        purchase_gap_year=[7 if busy else None], assets_growth_year=[growth], net_inflow_year=[200_000 * growth],
        satisfaction=[satisfaction], margin_account=[1], margin_calls_year=[calls], overdue_days_year=[0],
    )  # fmt: skip

    assert found == [expected]


def test_return_turnover_and_value_make_twelve_types():
    grid = np.array(np.meshgrid([-0.1, 0.1], [1, 10], [0, 500_000, 3_000_000])).reshape(3, -1)

    found = grades_of("RFM", return_year=grid[0], turnover_rate_year=grid[1], assets_sessions_20=grid[2])

    assert len(set(found)) == len(SCHEMES["RFM"].classes) == 12
    assert grades_of("RFM", return_year=[0.1], turnover_rate_year=[None], assets_sessions_20=[1]) == [None]


@pytest.mark.parametrize(
    ("sources", "months", "contacts", "expected"),
    [
        (0, 2, 9, "DEPENDENT"),  # 缺少稳定的信息来源和投资模式
        (2, 8, 3, "REFERENCE"),
        (3, 12, 0, "SPECIALIST"),
        (None, 0, 9, "DEPENDENT"),
        (None, 0, None, None),  # 只知道成交，不足以评
        (5, None, 1, None),  # 投资模式不可缺
    ],
)
def test_the_style_of_deciding(sources, months, contacts, expected):
    found = grades_of("STYLE", information_sources=[sources], months_traded_year=[months], contacts_90=[contacts])

    assert found == [expected]
    assert "PROFESSIONAL" not in {one.code for one in SCHEMES["STYLE"].classes}  # 与专业投资者无关


def test_what_is_less_than_can_be_is_not_used_and_named():
    told = values(purchases_year=[-1.0, 5.0], assets_growth_year=[-0.5, math.inf])

    assert np.isnan(told.column("purchases_year")).tolist() == [True, False]
    assert [(one.client_no, one.feature) for one in told.faults] == [
        ("C0", "purchases_year"), ("C1", "assets_growth_year"),
    ]  # fmt: skip

"""Price signals are what they say; a reference price that nobody paid in the window is refused with what was seen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.services.problems import FalseDiscount, SignalRefused
from market.services.signals import check_reference, check_signal, last_digit, window
from market.services.types import Paid
from tests.market.services.drafts import ASSETS, TERM, plan

PROMO = {
    **TERM, "code": "PROMO", "valid_from": "2026-03-10", "valid_to": "2026-03-31", "signal": "PROMOTION",
    "signal_detail": "开门红，全体客户", "terms": [{"days": 30, "price": "58"}],
    "reference": {"price": "99", "plan": "TERM", "days": 30},
}  # fmt: skip
FIRST, LAST = date(2026, 3, 3), date(2026, 3, 9)


def paid(day, price="99", number="FW00000001", **more):
    told = {"plan": "TERM", "days": 30, **more}
    return Paid(number=number, price=Decimal(price), day=day, **told)


def test_the_window_is_seven_days_before_the_first_day():
    assert window(plan(PROMO))[:2] == (FIRST, LAST)


SEEN = [  # payments, what is refused (None: nothing), why
    ([paid(FIRST)], None, "on the first day of the window"),
    ([paid(LAST)], None, "on the last day"),
    ([paid(date(2026, 3, 2))], "没有人付过这个价；核对了 0 笔：没有成交", "a day before the window"),
    ([paid(date(2026, 3, 10))], "没有成交", "on the first day of the discount itself"),
    ([], "没有成交", "nobody at all"),
    ([paid(FIRST, "98.99")], r"核对了 1 笔：FW00000001 2026-03-03 98.99 元", "a cent less is another price"),
    ([paid(FIRST, plan="OTHER")], "没有成交", "another plan"),
    ([paid(FIRST, days=360)], "没有成交", "another term"),
    ([paid(FIRST, counts=False, reason="已在解除期内退费")], "已在解除期内退费，不计", "given back"),
    ([paid(FIRST), paid(LAST, "88", "FW00000002")], r"是 88\.00 元（FW00000002，2026-03-09）", "sold for less"),
    ([paid(FIRST), paid(LAST, "120", "FW00000002")], None, "others paid more: the lowest is what counts"),
]


@pytest.mark.parametrize(("payments", "word", "why"), SEEN)
def test_reference(payments, word, why):
    if word is None:
        seen = check_reference(plan(PROMO), payments)
        assert [one["day"] for one in seen["looked_at"]] == sorted(one["day"] for one in seen["looked_at"]), why
        return
    with pytest.raises(FalseDiscount, match=word) as refused:
        check_reference(plan(PROMO), payments)
    evidence = refused.value.extra["evidence"]
    assert (evidence["from"], evidence["to"], evidence["confirmed"]) == ("2026-03-03", "2026-03-09", False)
    like = [one for one in payments if (one.plan, one.days) == ("TERM", 30) and FIRST <= one.day <= LAST]
    assert {one["subscription"] for one in evidence["looked_at"]} == {one.number for one in like}


@given(prices=st.lists(st.integers(1, 200), max_size=6), days=st.lists(st.integers(1, 20), min_size=6, max_size=6))
def test_what_passes_was_paid_in_the_window_and_by_nobody_cheaper(prices, days):
    payments = [
        paid(date(2026, 2, 28 if day < 1 else 1).replace(month=3, day=day), str(price), f"FW{number:08d}")
        for number, (price, day) in enumerate(zip(prices, days, strict=False), start=1)
    ]
    inside = [one.price for one in payments if FIRST <= one.day <= LAST]
    honest = Decimal(99) in inside and min(inside) == 99
    try:
        check_reference(plan(PROMO), payments)
    except FalseDiscount:
        assert not honest
    else:
        assert honest


SIGNALS = [  # what is changed of the promotion, what is said
    ({"valid_to": None}, "没有终止日"),
    ({"valid_to": "2026-06-10"}, "为期 93 天，最长 92 天"),
    ({"signal_detail": ""}, "促销的原因与范围"),
    ({"reference": None}, "请写明原价及其方案"),
    ({"reference": {"price": "58", "plan": "TERM", "days": 30}}, "58 不低于原价 58"),
    ({"reference": {"price": "99", "plan": "TERM", "days": 60}}, "没有 60 天的期限"),
    ({"terms": [{"days": 30, "price": 58}, {"days": 60, "price": 90}]}, "只能有一个期限"),
    ({"signal": "NONE"}, "标了原价而没有声明促销"),
    ({"signal": "SETTING", "reference": None, "signal_detail": "柜台"}, "在哪里、以什么陪衬展示"),
    ({"signal": "SETTING", "signal_detail": "营业部贵宾室与高端服务并列展示"}, "标了原价而没有声明促销"),
    ({"signal": "ODD_ENDING", "reference": None, "terms": [{"days": 30, "price": "60"}]}, "末位不是 6、8、9 之一"),
]


@pytest.mark.parametrize(("instead", "word"), SIGNALS)
def test_a_signal_that_is_not_what_it_says(instead, word):
    with pytest.raises(SignalRefused, match=word):
        check_signal(plan(PROMO, **instead))


@pytest.mark.parametrize("instead", [
    {}, {"valid_to": "2026-06-09"},  # 92 days
    {"signal": "SETTING", "reference": None, "signal_detail": "营业部贵宾室与高端服务并列展示"},
    {"signal": "ODD_ENDING", "reference": None}, {"signal": "NONE", "reference": None},
])  # fmt: skip
def test_a_signal_that_is_what_it_says(instead):
    check_signal(plan(PROMO, **instead))


def test_a_rate_has_no_tail():
    with pytest.raises(SignalRefused, match="没有可以作尾数的价格"):
        check_signal(plan(ASSETS, signal="ODD_ENDING"))


@pytest.mark.parametrize(("price", "digit"), [("88", 8), ("9.90", 9), ("100", 0), ("0.66", 6), ("999.00", 9)])
def test_last_digit(price, digit):
    assert last_digit(Decimal(price)) == digit

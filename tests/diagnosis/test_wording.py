"""Figures as readers see them."""

import math

import pytest

from diagnosis import wording

CASES = [
    (wording.percent(0.0287, signed=True), "+2.87%", "the visual example's return"),
    (wording.percent(-0.1447), "−14.47%", "a minus is U+2212"),
    (wording.percent(-0.00001), "0.00%", "a figure that rounds to zero has no sign"),
    (wording.points(0.042), "+4.2 个百分点", "a difference of ratios is in points"),
    (wording.yuan(932.4), "932 元", "yuan below 10,000"),
    (wording.yuan(9_999.4), "9,999 元", "just below the limit"),
    (wording.yuan(9_999.6), "1.00 万元", "rounds up to the limit, so it is told in 万元"),
    (wording.yuan(10_800), "1.08 万元", "万元 from 10,000"),
    (wording.yuan(-23_100, signed=True), "−2.31 万元", "negative money"),
    (wording.yuan(230_000_000), "2.30 亿元", "亿元 from a hundred million"),
    (wording.yuan(99_999_999), "1.00 亿元", "never 10,000.00 万元"),
    (wording.yuan(12_345, unit="欧元"), "1.23 万欧元", "another currency"),
    (wording.times(11.84), "11.8 倍", "the visual example's turnover"),
    (wording.days(63), "63 天", "days"),
    (wording.count(412), "412 笔", "orders"),
    (wording.rank(99.9), "99%", "nobody beats all of his peers"),
    (wording.rank(0.0), "1%", "nor none"),
]


@pytest.mark.parametrize(("text", "expected", "why"), CASES)
def test_text(text, expected, why):
    assert text == expected, why


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="withheld"):
        wording.percent(value)

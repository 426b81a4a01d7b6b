"""Money-weighted return: XIRR against its definition and pyxirr, what is withheld, and Modified Dietz."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from diagnosis.measures import metrics_of
from diagnosis.types import DataIssue, IssueKind
from diagnosis.xirr import modified_dietz, xirr
from tests.diagnosis.books import of_returns, traded_book

DAY = date(2020, 1, 1).toordinal()


def days(*after):
    return np.array([DAY + day for day in after], dtype=np.int64)


CASES = [  # days after the start, amounts, rate, source
    ((0, 365), (-100.0, 110.0), 0.10, "definition, one year of 365 days"),
    ((0, 730), (-100.0, 121.0), 0.10, "definition, two years"),
    ((0, 365, 730), (-100.0, -100.0, 231.0), 0.10, "100·1.21 + 100·1.10"),
    ((0, 365), (-100.0, 80.0), -0.20, "a loss"),
    ((0, 365, 365), (-100.0, 60.0, 50.0), 0.10, "two flows on a day"),
]


@pytest.mark.parametrize(("after", "amounts", "expected", "source"), CASES)
def test_rate(after, amounts, expected, source):
    assert xirr(days(*after), np.array(amounts)) == pytest.approx(expected, abs=1e-9), source


NO_RATE = [  # days, amounts, why
    ((0, 365), (100.0, 110.0), "no money from the client"),
    ((0, 365), (-100.0, 0.0), "nothing came back"),
    ((0, 0), (-100.0, 110.0), "no time passed"),
    ((0,), (-100.0,), "one flow"),
    ((0, 365, 730), (-100.0, 230.0, -132.0), "two rates: 10 % and 20 %"),
]


@pytest.mark.parametrize(("after", "amounts", "why"), NO_RATE)
def test_no_rate(after, amounts, why):
    assert xirr(days(*after), np.array(amounts)) is None, why


@given(
    deposits=st.lists(st.tuples(st.integers(0, 900), st.floats(1, 1e6)), min_size=1, max_size=12),
    gain=st.floats(0.3, 3.0),
)
def test_the_present_value_of_all_flows_is_nothing(deposits, gain):
    deposits = sorted(deposits)
    at = np.array([DAY + day for day, _ in deposits] + [DAY + 1000], dtype=np.int64)
    put_in = -np.array([amount for _, amount in deposits])
    amounts = np.append(put_in, -put_in.sum() * gain)

    rate = xirr(at, amounts)

    present = (amounts * (1 + rate) ** (-(at - at.min()) / 365)).sum()
    assert present == pytest.approx(0, abs=1e-6 * np.abs(amounts).sum())
    assert rate == pytest.approx(pyxirr.xirr([date.fromordinal(int(day)) for day in at], amounts), rel=1e-9)


def test_of_one_deposit_is_the_annualised_return_of_its_days():
    history = of_returns(np.full(260, 0.0005))
    span = int(history.grid.points[-1] - history.grid.points[0])

    found = metrics_of(history)[0]

    assert found["xirr"].value == pytest.approx(1.0005 ** (260 * 365 / span) - 1, rel=1e-9)
    assert found["profit"].value == pytest.approx(100 * (1.0005**260 - 1))


@given(
    flows=st.lists(st.tuples(st.integers(0, 900), st.integers(-60, 100)), min_size=3, max_size=12),
    closing=st.integers(1, 2000),
)
def test_a_rate_solves_it_whichever_way_the_money_went(flows, closing):
    flows = sorted(flows)
    at = np.array([DAY] + [DAY + day for day, _ in flows] + [DAY + 1000], dtype=np.int64)
    amounts = np.array([-300.0] + [-float(amount) for _, amount in flows] + [float(closing)])

    rate = xirr(at, amounts)

    if rate is not None:
        present = (amounts * (1 + rate) ** (-(at - at.min()) / 365)).sum()
        assert present == pytest.approx(0, abs=1e-5 * np.abs(amounts).sum())


@given(seed=st.integers(0, 500), factor=st.sampled_from([0.01, 100.0]))
def test_scaling_money_scales_profit_and_leaves_the_rate(seed, factor):
    history, _ = traded_book(seed, accounts=1, points=90)
    names = ("value", "inflow", "outflow", "cash")
    one, other = (
        metrics_of(book)[0]
        for book in (history, replace(history, **{name: getattr(history, name) * factor for name in names}))
    )

    assert other["profit"].value == pytest.approx(one["profit"].value * factor, rel=1e-9)
    assert other["xirr"].value == pytest.approx(one["xirr"].value, rel=1e-6)


UNCLOSED = (IssueKind.CASH_NOT_CLOSED, IssueKind.UNEXPLAINED_FLOW)


@pytest.mark.parametrize("kind", UNCLOSED)
def test_withheld_where_the_statement_does_not_close(kind):
    history = of_returns(np.full(260, 0.0005), issues=(DataIssue(kind, "测试"),))

    assert "不闭合" in metrics_of(history)[0]["xirr"].withheld


def test_an_issue_without_a_statement_does_not_withhold():
    history = of_returns(np.full(260, 0.0005), has_cash=False, issues=(DataIssue(UNCLOSED[0], "测试"),))

    assert metrics_of(history)[0]["xirr"].value is not None


SPANS = [(89, False), (90, True)]


@pytest.mark.parametrize(("span", "given_"), SPANS)
def test_ninety_days_are_the_least(span, given_):
    points = DAY + np.array([0, 1, span])
    found = metrics_of(of_returns([0.0, 0.01, 0.01], points=points))[0]["xirr"]

    assert (found.value is not None) == given_
    assert given_ or "不满 90 个自然日" in found.withheld


DIETZ = [  # opening, closing, flows (share of the period left, amount), return, source
    (100_000.0, 112_000.0, [(265 / 365, 10_000.0)], 0.018646, "flow of 10,000 on day 100 of 365"),
    (100.0, 110.0, [], 0.10, "no flow"),
    (0.0, 110.0, [(1.0, 100.0)], 0.10, "all money came at the start"),
    (100.0, 60.0, [(0.5, -50.0)], 10 / 75, "half taken out half way"),
]


@pytest.mark.parametrize(("opening", "closing", "flows", "expected", "source"), DIETZ)
def test_modified_dietz(opening, closing, flows, expected, source):
    assert modified_dietz(opening, closing, flows) == pytest.approx(expected, abs=5e-7), source


def test_modified_dietz_needs_capital():
    assert modified_dietz(0.0, 10.0, [(0.0, 5.0)]) is None

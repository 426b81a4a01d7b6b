"""What became of an agreement: each outcome on, just inside and just outside its limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.agreements import Agreement, Outcome, judge
from reports.build import build_report
from reports.follow_up import reading
from reports.model import Tone
from reports.sections.story import Story
from reports.targets import TRADES_A_MONTH
from tests.reports import fixtures

DUE = date(2024, 12, 31)
NEAR = 0.7


def an_agreement(**changes: object) -> Agreement:
    given: dict[str, object] = {
        "finding": "OVERTRADING",
        "metric": "turnover_annual",
        "baseline": 10.0,
        "target": 5.0,
        "target_text": "年换手降到 5 倍以内",
        "due_on": DUE,
        "agreed_on": date(2024, 6, 28),
        "agreed_how": "面谈",
    }
    return Agreement(**{**given, **changes})  # type: ignore[arg-type]


OUTCOMES = [  # baseline, target, now, last day, outcome
    (10.0, 5.0, 5.0, DUE, Outcome.MET),  # 不超过 includes the number
    (10.0, 5.0, 4.9, DUE, Outcome.MET),
    (10.0, 5.0, 6.5, DUE, Outcome.NEAR),  # seven tenths of the way
    (10.0, 5.0, 6.51, DUE, Outcome.MISSED),
    (10.0, 5.0, 12.0, DUE, Outcome.MISSED),
    (10.0, 5.0, 4.0, date(2024, 12, 30), Outcome.RUNNING),  # the day before
    (10.0, 5.0, None, DUE, Outcome.UNKNOWN),
    (3.0, 8.0, 8.0, DUE, Outcome.MET),  # higher is better when the target is above
    (3.0, 8.0, 7.9, DUE, Outcome.NEAR),
    (3.0, 8.0, 6.4, DUE, Outcome.MISSED),
    (-0.3, -0.15, -0.14, DUE, Outcome.MET),  # a smaller fall is above its target
    (-0.3, -0.15, -0.2, DUE, Outcome.MISSED),
    (None, 5.0, 6.0, DUE, Outcome.MISSED),  # no baseline: lower is better, no way to measure
]


@pytest.mark.parametrize(("baseline", "target", "now", "last", "expected"), OUTCOMES)
def test_outcomes(baseline, target, now, last, expected):
    assert judge(an_agreement(baseline=baseline, target=target), now, last, NEAR) == expected


@given(
    baseline=st.floats(0.1, 100), target=st.floats(0.1, 100), now=st.floats(0, 200), better=st.floats(0, 50)
)
def test_a_better_figure_never_gets_a_worse_outcome(baseline, target, now, better):
    order = [Outcome.MISSED, Outcome.NEAR, Outcome.MET]
    agreement = an_agreement(baseline=baseline, target=target)
    improved = now - better if target <= baseline else now + better

    assert order.index(judge(agreement, improved, DUE, NEAR)) >= order.index(judge(agreement, now, DUE, NEAR))


def told(**changes: object) -> tuple[str, str, Tone]:
    callout = build_report(fixtures.full(), agreements=(an_agreement(**changes),)).summary.follow_up[0]
    return callout.aside, callout.text, callout.tone


def test_trades_a_month_are_counted_since_the_month_after():
    aside, text, tone = told(
        metric=TRADES_A_MONTH, baseline=34.0, target=12.0, target_text="月均不超过 12 笔"
    )

    # July to December of the fixture: 32, 33, 34, 30, 31, 32
    assert "当时 月均 34.0 笔，目标 月均 12.0 笔，现在 月均 32.0 笔（共识达成以来）。" in text
    assert (aside, tone) == ("未达成", Tone.WARN)


def test_a_measure_without_a_history_says_that_it_covers_the_whole_report():
    _, text, _ = told(metric="cost_ratio", baseline=0.08, target=0.03)

    assert "现在 6.10%（按本报告区间）" in text


def test_a_measure_of_the_last_day_says_so():
    assert "现在 9.10（期末）" in told(metric="effective_holdings", baseline=3.0, target=8.0)[1]


def test_a_habit_can_be_the_measure():
    assert (
        "现在 12.40%（按本报告区间）"
        in told(finding="CHASING", metric="CHASING", baseline=0.2, target=0.03)[1]
    )


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        (None, "没有约定可以核对的指标"),
        ("TIME_OF_DAY", "成交没有时间，暂不判断"),
        ("NO_SUCH", "本期没有这项指标"),
    ],
)
def test_what_cannot_be_checked_says_why(metric, reason):
    aside, text, tone = told(metric=metric)

    assert (aside, tone) == ("暂不能核对", Tone.MUTED)
    assert f"{reason}，暂不能核对。" in text


def test_an_agreement_that_runs_says_until_when():
    aside, text, _ = told(due_on=date(2025, 3, 31), target=400.0, baseline=500.0)

    assert aside == "未到期"
    assert text.endswith("2025-03-31 到期，目前已达到目标。")


def test_an_agreement_made_after_the_period_is_not_followed_up():
    assert (
        build_report(
            fixtures.full(), agreements=(an_agreement(agreed_on=date(2025, 1, 2)),)
        ).summary.follow_up
        == ()
    )


def test_a_running_agreement_is_not_proposed_again():
    running = an_agreement(due_on=date(2025, 3, 31))
    told = build_report(fixtures.full(), agreements=(running,)).summary.agreement

    assert told.text.startswith("追高买入：")


def test_agreements_stand_oldest_first():
    older = an_agreement(finding="CHASING", metric="CHASING", agreed_on=date(2024, 2, 1))
    told = build_report(fixtures.full(), agreements=(an_agreement(), older)).summary.follow_up

    assert [callout.title for callout in told] == ["上次的共识：追高买入", "上次的共识：换手过快"]


@pytest.mark.parametrize(("metric", "since"), [("max_drawdown", -0.1), ("position_mean", 0.5)])
def test_curves_are_measured_since_the_day_agreed(metric, since):
    full = fixtures.full()
    read = reading(Story(full), an_agreement(metric=metric, baseline=None, target=since))
    days = [place for place, point in enumerate(full.series.points) if point >= "2024-06-28"]
    positions = [full.series.position[place] for place in days]
    index = [full.series.index[place] for place in days]
    expected = {
        "position_mean": sum(positions) / len(positions),
        "max_drawdown": min(level / max(index[: place + 1]) - 1 for place, level in enumerate(index)),
    }

    assert read.over == "共识达成以来"
    assert read.value == pytest.approx(expected[metric])


def test_a_report_over_the_time_since_measures_since():
    later = replace(fixtures.full(), first=date(2024, 6, 28))

    assert reading(Story(later), an_agreement(metric="cost_ratio")).over == "共识达成以来"

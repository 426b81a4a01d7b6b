"""What the book shows: each limit on, below and above; a span says what its days say."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.days import calendar
from mot.derive import abnormal, lifecycle, market, products
from mot.derive.registry import DERIVED
from mot.derive.span import Span, begun, limits, one_day
from mot.events.columns import COLUMNS, NO_DAY, joined
from mot.events.kinds import event_kinds
from mot.events.types import How, Source

DAY = date(2026, 3, 2)
TODAY = DAY.toordinal()
KINDS = event_kinds(DAY)
SH = calendar("XSHG")
ME = np.array([0])
WIDE = Span(DAY - timedelta(days=40), DAY)


def test_every_kind_that_is_derived_has_its_function_and_no_other_has():
    assert set(DERIVED) == {kind.id for kind in KINDS.values() if How.DERIVED in kind.hows}


HISTORY = [("CHURN_RISK", "CHURN"), ("BIG_LOSS", "BIG-LOSS"), ("CONCENTRATION", "CONCENTRATION")]


@pytest.mark.parametrize(("kind", "rule"), HISTORY)
def test_the_history_that_is_asked_for_covers_window_and_quiet_time(kind, rule):
    value = limits(rule, DAY)

    assert DERIVED[kind].before >= value.get("days", 0) + value["quiet"]


def days(*ordinals: int) -> np.ndarray:
    return np.array(ordinals, dtype=np.int64)


FIRSTS = [(TODAY, 1, "on the day"), (TODAY - 1, 0, "yesterday"), (TODAY + 1, 0, "tomorrow"), (NO_DAY, 0, "never")]


@pytest.mark.parametrize("kind", lifecycle.FIRSTS)
@pytest.mark.parametrize(("day", "events", "source"), FIRSTS)
def test_a_first_thing_is_an_event_of_its_own_day(kind, day, events, source):
    assert len(lifecycle.firsts(KINDS[kind], ME, days(day), one_day(DAY))) == events, source


NO_DEPOSIT = [  # opened days ago, first deposit days ago, events, source: 开户首月无资金转入, 30 days
    (30, None, 1, "nothing came in 30 days"), (29, None, 0, "the month isn't over"), (31, None, 0, "told yesterday"),
    (30, 0, 0, "came on the last day"), (30, -1, 1, "came a day late"), (30, 29, 0, "came at once"),
]  # fmt: skip


@pytest.mark.parametrize(("opened", "deposit", "events", "source"), NO_DEPOSIT)
def test_no_money_in_the_first_month(opened, deposit, events, source):
    came = NO_DAY if deposit is None else TODAY - deposit

    found = lifecycle.no_first_deposit(
        KINDS["NO_FIRST_DEPOSIT"], ME, days(TODAY - opened), days(came), one_day(DAY)
    )

    assert len(found) == events, source


EXPIRING = [  # days left, replaced days ago, events, source: 60, 30, 7 days before (domain-facts 2.8)
    (60, None, 1, "60 days"), (30, None, 1, "30 days"), (7, None, 1, "7 days"), (61, None, 0, "above"),
    (59, None, 0, "below"),
    (31, None, 0, "above"), (29, None, 0, "below"), (8, None, 0, "above"), (6, None, 0, "below"),
    (30, 0, 0, "renewed on the day"), (30, 1, 0, "renewed before"), (30, -1, 1, "renewed a day later"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "replaced", "events", "source"), EXPIRING)
def test_an_assessment_is_about_to_expire(left, replaced, events, source):
    on = NO_DAY if replaced is None else TODAY - replaced

    found = lifecycle.expiring(KINDS["ASSESSMENT_EXPIRING"], ME, days(TODAY + left), days(on),
    (60, 30, 7), one_day(DAY),
                               Source.SUITABILITY)  # fmt: skip

    assert len(found) == events, source
    assert [one - TODAY for one in found.due] == [left] * events


@pytest.mark.parametrize(("last", "events"), [(TODAY - 1, 1), (TODAY, 0), (TODAY - 2, 0), (NO_DAY, 0)])
def test_an_assessment_has_expired_the_day_after_its_last(last, events):
    assert len(lifecycle.expired(KINDS["ASSESSMENT_EXPIRED"], ME, days(last), days(NO_DAY), one_day(DAY))) == events


DORMANT = [  # days since trades, closed days ago, events, source: 180 days
    ((180,), None, 1, "on"), ((179,), None, 0, "below"), ((181,), None, 0, "above: told yesterday"),
    ((400, 180), None, 1, "the last one counts"), ((180, 10), None, 0, "traded since"), ((180,), 5, 0, "closed"),
    ((180,), -1, 1, "closed later"), ((180, 0), None, 0, "traded on the day itself"), ((), None, 0, "never traded"),
]  # fmt: skip


@pytest.mark.parametrize(("ago", "closed", "events", "source"), DORMANT)
def test_dormant(ago, closed, events, source):
    trades = TODAY - np.array(ago, dtype=np.int64)
    until = days(NO_DAY if closed is None else TODAY - closed)

    found = lifecycle.dormant(KINDS["DORMANT"], np.zeros(len(ago), np.int64), trades, until, one_day(DAY))

    assert len(found) == events, source


def test_grades_are_compared_within_their_scheme():
    client, scheme = np.array([0, 0, 0, 1, 1, 0]), np.array([1, 1, 2, 1, 1, 1])
    day, rank = days(TODAY - 9, TODAY, TODAY, TODAY - 9, TODAY, TODAY - 20), np.array([2, 3, 1, 4, 2, 2])

    found = lifecycle.grade_changes(
        KINDS["GRADE_UP"], KINDS["GRADE_DOWN"], client, day, rank, scheme, one_day(DAY)
    )

    assert found.client.tolist() == [0, 1]
    assert found.kind.tolist() == [KINDS["GRADE_UP"].place, KINDS["GRADE_DOWN"].place]
    assert (found.usual.tolist(), found.amount.tolist()) == ([2.0, 4.0], [3.0, 2.0])


BIRTHDAYS = [  # born, day, age or None, source
    (date(1980, 3, 2), DAY, 46, "on"), (date(1980, 3, 1), DAY, None, "a day before"),
    (date(1980, 3, 3), DAY, None, "after"),
    (date(1980, 2, 29), date(2026, 2, 28), 46, "29 February in a common year"),
    (date(1980, 2, 29), date(2028, 2, 29), 48, "29 February in a leap year"),
    (date(1980, 2, 29), date(2028, 2, 28), None, "the 28th of a leap year is another day"),
    (date(1980, 2, 28), date(2026, 2, 28), 46, "28 February"),
    (date(1965, 12, 31), date(2026, 12, 31), 61, "last day of a year"),
    (date(2026, 3, 2), DAY, None, "the day of birth itself"),
]  # fmt: skip


@pytest.mark.parametrize(("born", "day", "age", "source"), BIRTHDAYS)
def test_birthdays(born, day, age, source):
    found = lifecycle.birthdays(KINDS["BIRTHDAY"], ME, days(born.toordinal()), one_day(day))

    assert found.amount.tolist() == ([] if age is None else [age]), source


@pytest.mark.parametrize(("age", "events"), [(54, 0), (55, 1), (56, 0), (59, 0), (60, 1), (61, 0)])
def test_near_retirement_is_tentative(age, events):
    found = lifecycle.reaching(KINDS["RETIREMENT"], ME, days(DAY.replace(year=2026 - age).toordinal()), one_day(DAY))

    assert found.tentative.tolist() == [True] * events


FLOWS = [  # amounts of the day, assets before, kind, source: 200,000 yuan and a fifth of the assets
    ((200_000,), 1_000_000, "LARGE_INFLOW", "both limits reached"), ((199_999.99,), 100_000, None, "a cent below"),
    ((200_000,), 1_000_001, None, "share below"), ((200_000,), 999_999, "LARGE_INFLOW", "share above"),
    ((-200_000,), 1_000_000, "LARGE_OUTFLOW", "out"), ((-199_999.99,), 200_000, None, "a cent below"),
    ((300_000, -100_000), 500_000, "LARGE_INFLOW", "net"), ((300_000, -300_000), 500_000, None, "in and out again"),
    ((200_000,), 0, "LARGE_INFLOW", "no assets before: the amount alone"),
    ((199_999,), 0, None, "the amount alone, below"),
    ((100_000, 100_000), 500_000, "LARGE_INFLOW", "two halves"),
]  # fmt: skip


@pytest.mark.parametrize(("amounts", "before", "kind", "source"), FLOWS)
def test_large_flows(amounts, before, kind, source):
    n = len(amounts)

    found = abnormal.large_flows(
        KINDS["LARGE_INFLOW"], KINDS["LARGE_OUTFLOW"], np.zeros(n, np.int64), np.full(n, TODAY),
        np.array(amounts, float), np.full(n, float(before)), one_day(DAY),
    )  # fmt: skip

    assert found.kind.tolist() == ([] if kind is None else [KINDS[kind].place]), source


def track(n: int) -> np.ndarray:
    """n days that end today (the calendar of the test knows no holidays)."""
    return np.arange(TODAY - n + 1, TODAY + 1)


LOSSES = [  # return of the last day, of a day d days before, d, events, source: 20 % within 20 trading days
    (-0.20, 0, 1, 1, "on"), (-0.1999, 0, 1, 0, "below"), (-0.21, 0, 1, 1, "above"),
    (-0.10, -0.12, 19, 1, "both days inside the window"), (-0.10, -0.12, 20, 0, "one day has left the window"),
    (-0.20, -0.20, 10, 0, "told ten days ago"), (-0.25, -0.20, 40, 1, "long ago, and the state had ended"),
    (float("nan"), -0.10, 3, 0, "nothing at stake today"), (-1.0, 0, 1, 1, "all lost"),
]  # fmt: skip


@pytest.mark.parametrize(("last", "earlier", "ago", "events", "source"), LOSSES)
def test_a_big_loss(last, earlier, ago, events, source):
    returns = np.zeros((1, 90))
    returns[0, -1], returns[0, -1 - ago] = last, earlier

    found = abnormal.big_losses(KINDS["BIG_LOSS"], ME, track(90), returns, one_day(DAY))

    assert len(found) == events, source


CONCENTRATED = [  # value of the top holding, assets, share before, events, source: 60 % of at least 50,000 yuan
    (60_000, 100_000, 0.1, 1, "on"), (59_999, 100_000, 0.1, 0, "below"), (60_001, 100_000, 0.1, 1, "above"),
    (30_000, 50_000, 0.1, 1, "assets on the limit"), (30_000, 49_999, 0.1, 0, "assets below"),
    (60_000, 100_000, 0.7, 0, "has been so for long"), (0, 0, 0.1, 0, "nothing held"),
]  # fmt: skip


@pytest.mark.parametrize(("top", "assets", "before", "events", "source"), CONCENTRATED)
def test_concentration(top, assets, before, events, source):
    value = np.full((1, 80), float(assets))
    held = value * before
    held[0, -1] = top

    found = abnormal.concentrations(
        KINDS["CONCENTRATION"], ME, track(80), held, np.full((1, 80), 7), value, one_day(DAY)
    )

    assert found.ref.tolist() == [7] * events, source


CHURN = [  # net outflow today, earlier in the window, assets before, events, source: half of at least 100,000
    (50_000, 0, 100_000, 1, "on"), (49_999, 0, 100_000, 0, "below"), (50_001, 0, 100_000, 1, "above"),
    (30_000, 20_000, 100_000, 1, "in two parts"), (60_000, 0, 99_999, 0, "too small an account"),
    (30_000, 60_000, 100_000, 0, "told when the first part went"),
]  # fmt: skip


@pytest.mark.parametrize(("today", "earlier", "assets", "events", "source"), CHURN)
def test_churn(today, earlier, assets, events, source):
    out, none = np.zeros((1, 60)), np.zeros((1, 60))
    out[0, -1], out[0, -5] = today, earlier

    value = np.full((1, 60), float(assets))

    found = lifecycle.churn(KINDS["CHURN_RISK"], ME, track(60), out, none, value, one_day(DAY))

    assert len(found) == events, source


SHOCKS = [  # move, exposure, index event, sector event, source: index 3 % and 30 %; sector 5 % and 20 %
    (0.03, 0.3, 1, 0, "index on"), (-0.03, 0.3, 1, 0, "a fall"), (0.0299, 0.9, 0, 0, "index below"),
    (0.05, 0.2, 0, 1, "sector on"),
    (-0.0499, 0.2, 0, 0, "sector below"), (0.05, 0.1999, 0, 0, "exposure below"), (-0.08, 0.5, 1, 1, "both above"),
    (0.03, float("nan"), 0, 0, "exposure not known"), (float("nan"), 0.9, 0, 0, "move not known"),
]  # fmt: skip


@pytest.mark.parametrize(("move", "exposure", "index", "sector", "source"), SHOCKS)
def test_shocks_concern_who_is_exposed(move, exposure, index, sector, source):
    share, moved = np.array([exposure]), np.array([move])

    of_index = market.index_shocks(KINDS["INDEX_SHOCK"], ME, share[:, None], days(TODAY), moved, one_day(DAY))
    of_sector = market.sector_shocks(KINDS["SECTOR_SHOCK"], ME, np.array([0]), share, TODAY, moved)

    assert (len(of_index), len(of_sector)) == (index, sector), source


STRUCK = [  # moves of two industries on three days, place of the day before, source: 5 %, 以上 includes
    ((0.05, 0.0), [1], "on"), ((0.0, -0.05), [1], "a fall, of one of them"), ((0.0499, -0.0499), [], "below"),
    ((float("nan"), 0.08), [1], "one is not known"), ((float("nan"), float("nan")), [], "none is known"),
]  # fmt: skip


@pytest.mark.parametrize(("moves", "places", "source"), STRUCK)
def test_values_by_industry_are_kept_of_the_days_before_a_shock_alone(moves, places, source):
    """A shock before the span, and one on the first day of which anything is known, count for nothing."""
    table = np.array([(0.9, 0.9), (0.9, 0.9), moves])
    three = np.array([TODAY - 2, TODAY - 1, TODAY])

    assert market.before_shocks(table, three, one_day(DAY)).tolist() == places, source
    assert market.before_shocks(table[2:], three[2:], one_day(DAY)).tolist() == []


ENDING = [  # kind, trading days ahead, sold days ago, events, source: domain-facts 5.6
    ("MATURITY", 5, None, 1, "on"), ("MATURITY", 4, None, 0, "below"), ("MATURITY", 6, None, 0, "above"),
    ("MATURITY", 5, 0, 0, "redeemed on the day"), ("MATURITY", 5, -1, 1, "redeemed a day later"),
    ("FREEZE_END", 3, None, 1, "on"), ("FREEZE_END", 2, None, 0, "below"), ("FREEZE_END", 4, None, 0, "above"),
    ("DIVIDEND", 1, None, 1, "on"), ("DIVIDEND", 2, None, 0, "above"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "ahead", "gone", "events", "source"), ENDING)
def test_terms_end_by_trading_days(kind, ahead, gone, events, source):
    sold = NO_DAY if gone is None else TODAY - gone

    ends = days(SH.next(DAY, ahead).toordinal())

    found = products.ending(KINDS[kind], ME, np.array([4]), ends, days(sold), SH, one_day(DAY))

    assert found.ref.tolist() == [4] * events, source


BEFORE = [  # day, trading days before, the day found
    (date(2026, 3, 2), 0, date(2026, 3, 2)), (date(2026, 3, 1), 0, date(2026, 2, 27)),
    (date(2026, 3, 2), 1, date(2026, 2, 27)),
    (date(2026, 3, 1), 1, date(2026, 2, 27)), (date(2026, 3, 1), 2, date(2026, 2, 26)),
]  # fmt: skip


@pytest.mark.parametrize(("day", "n", "expected"), BEFORE)
def test_trading_days_before(day, n, expected):
    assert products.trading_days_before(SH, days(day.toordinal()), n).tolist() == [expected.toordinal()]


NAVS = [  # values, events, source: the line is 0.85
    ([1.0, 0.85], 1, "on the line"), ([1.0, 0.8501], 0, "above it"), ([1.0, 0.80], 1, "below it"),
    ([0.84, 0.83], 0, "was below"),
    ([0.84, 0.86, 0.85], 1, "rose and fell again"), ([1.0, float("nan"), 0.84], 1, "no value between"),
    ([0.84, float("nan"), 0.84], 0, "was below before the gap"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "events", "source"), NAVS)
def test_a_net_value_reaches_its_line(values, events, source):
    n = len(values)

    nav, line = np.array([values]), np.array([0.85])

    found = products.nav_alerts(KINDS["NAV_ALERT"], ME, np.array([0]), track(n), nav, line, one_day(DAY))

    assert len(found) == events, source


HOLDERS = [  # held since days ago, gone days ago, events, source
    (5, None, 1, "holds it"), (0, None, 1, "bought on the day"), (-1, None, 0, "bought later"),
    (5, 0, 0, "sold on the day"),
    (5, -1, 1, "sold later"),
]  # fmt: skip


@pytest.mark.parametrize(("since", "gone", "events", "source"), HOLDERS)
def test_a_new_rating_is_told_to_who_holds_the_product(since, gone, events, source):
    product, day, rank = np.array([3, 3, 3, 8]), days(TODAY - 9, TODAY, TODAY - 5, TODAY), np.array([2, 4, 2, 5])
    left = NO_DAY if gone is None else TODAY - gone

    found = products.rating_changes(
        KINDS["RATING_CHANGE"], product, day, rank, ME, np.array([3]), days(TODAY - since), days(left), WIDE
    )

    assert list(zip(found.usual.tolist(), found.amount.tolist(), strict=True)) == [(2.0, 4.0)] * events, source


@given(bits=st.lists(st.booleans(), min_size=1, max_size=30), quiet=st.integers(1, 8))
def test_a_state_begins_where_it_held_on_none_of_the_quiet_days(bits, quiet):
    expected = [t >= quiet and on and not any(bits[t - quiet : t]) for t, on in enumerate(bits)]

    assert begun(np.array([bits]), quiet)[0].tolist() == expected


RANDOM = np.random.default_rng(6)
RETURNS = RANDOM.normal(0, 0.04, (5, 90))
FLOW_DAYS = RANDOM.integers(TODAY - 40, TODAY + 1, 60)


def derived(span: Span):
    """Several derivations over one book."""
    people = np.arange(5)
    amounts = np.round(np.random.default_rng(1).normal(0, 300_000, 60), 2)
    who = np.random.default_rng(2).integers(0, 5, 60)
    return joined([
        abnormal.big_losses(KINDS["BIG_LOSS"], people, track(90), RETURNS, span),
        abnormal.large_flows(
            KINDS["LARGE_INFLOW"], KINDS["LARGE_OUTFLOW"], who, FLOW_DAYS, amounts, np.full(60, 1e6), span
        ),
        lifecycle.birthdays(KINDS["BIRTHDAY"], people, TODAY - 9_000 - np.arange(5) * 31, span),
        lifecycle.dormant(KINDS["DORMANT"], who, FLOW_DAYS - 180, np.full(5, NO_DAY), span),
    ])  # fmt: skip


def test_a_span_says_what_its_days_say_one_by_one():
    whole = derived(WIDE)
    by_day = joined([derived(one_day(WIDE.first + timedelta(days=n))) for n in range(41)])

    assert len(whole) > 20
    assert all(np.array_equal(getattr(whole, name), getattr(by_day, name), equal_nan=True) for name in COLUMNS)

"""What fires and what is held back: every shipped scenario both ways, and the laws that hold for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.days import calendar
from mot.events.columns import NO_DAY, Events, events_of, joined
from mot.events.kinds import by_place, event_kinds
from mot.features import FEATURES, ClientBook, Holds, book_of
from mot.matching.gate import contacts, gate
from mot.matching.holdout import Holdout, holdout_of
from mot.matching.match import Recent, match, seen
from mot.matching.outcome import WHYS, Matches, Why
from mot.matching.tasks import due_on, gated, merged, purposes, tasks
from mot.scenario.loading import shipped, shipped_scenario
from mot.scenario.predicate import TRUE, Comparison, Op, comparisons, holds
from mot.scenario.types import Scenario

DAY = date(2026, 3, 2)
TODAY = DAY.toordinal()
KINDS, PLACES = event_kinds(DAY), by_place(DAY)
SHIPPED = shipped(DAY)
SH = calendar("XSHG")
KEY = b"a key of the test, no secret"
NOBODY = Holdout(KEY, 0.0)


def happened(kind: str, client: int = 0, day: int = TODAY, ref: int = -1, amount: float = 1e6) -> Events:
    known = KINDS[kind]
    return events_of(known, np.array([client]), np.array([day]), known.sources[0], ref=np.array([ref]),
                     amount=np.array([amount]))  # fmt: skip


def asked(events: Events, scenarios=SHIPPED, book: ClientBook | None = None, day: date = DAY, holdout: Holdout = NOBODY,
          recent: Recent | None = None) -> Matches:  # fmt: skip
    return match(events, scenarios, book or book_of([("C1", {})]), KINDS, day, holdout, recent)


def whys(matches: Matches) -> list[Why]:
    return [WHYS[code] for code in matches.why]


def left_in(scenario: Scenario) -> Scenario:
    """The scenario without a holdout of its own."""
    return replace(scenario, review=replace(scenario.review, holdout=0.0))


def fitting(scenario: Scenario) -> dict[str, object]:
    """Facts of a client for whom every comparison of the condition is true."""
    facts: dict[str, object] = {}
    for one in comparisons(scenario.moment.condition):
        facts[one.feature] = meeting(one, facts.get(one.feature))
    return facts


def meeting(one: Comparison, now: object) -> object:
    feature = FEATURES[one.feature]
    if feature.holds is Holds.NUMBER:
        step = {Op.ABOVE: 1, Op.AT_LEAST: 0, Op.BELOW: -1, Op.AT_MOST: 0}[one.op]
        return now if now is not None else one.limit + step
    wanted = [code for code in range(max(len(feature.codes), 2)) if (code in one.limit) == (one.op in (Op.IS, Op.IN))]
    return bool(wanted[0]) if feature.holds is Holds.FLAG else feature.codes[wanted[0]]


@pytest.mark.parametrize("scenario", SHIPPED, ids=lambda one: one.id)
def test_a_shipped_scenario_fires_and_is_held_back(scenario):
    """Fires for who fits; held back for who is unknown or too late; the holdout leaves alone only where it may."""
    own, book = [left_in(scenario)], book_of([("C1", fitting(scenario))])
    on = happened(scenario.moment.events[0])
    late = DAY + timedelta(days=scenario.moment.window_days + 1)
    everybody = Holdout(KEY, 1.0)

    assert whys(asked(on, own, book)) == [Why.FIRED]
    assert whys(asked(on, own, book, late))[0] in (Why.WINDOW_OVER, Why.EXPIRED)
    assert whys(asked(on, own, book, DAY - timedelta(days=1))) == [Why.IN_FUTURE]
    unconditional = not list(comparisons(scenario.moment.condition))
    assert whys(asked(on, own)) == [Why.FIRED if unconditional else Why.NOT_KNOWN]
    expected = Why.HELD_OUT_GLOBAL if scenario.may_hold_out else Why.FIRED
    assert whys(asked(on, own, book, holdout=everybody)) == [expected]


WINDOW = [(0, Why.FIRED, "on the day"), (5, Why.FIRED, "the last day"), (6, Why.WINDOW_OVER, "a day late"),
(21, Why.EXPIRED, "long over")]


@pytest.mark.parametrize(("ago", "why", "source"), WINDOW)
def test_the_time_in_which_an_event_becomes_a_task(ago, why, source):
    scenario = left_in(shipped_scenario("big-loss-company", DAY))
    book = book_of([("C1", {"assets_yuan": 10_000})])

    assert whys(asked(happened("BIG_LOSS", day=TODAY - ago), [scenario], book)) == [why], source


COOLING = [(0, Why.COOLING, "today"), (29, Why.COOLING, "29 days"), (30, Why.FIRED, "30 days"),
(31, Why.FIRED, "31 days"), (None, Why.FIRED, "never")]


@pytest.mark.parametrize(("ago", "why", "source"), COOLING)
def test_two_tasks_of_one_scenario_keep_their_distance(ago, why, source):
    scenario = left_in(shipped_scenario("big-loss-company", DAY))
    book = book_of([("C1", {"assets_yuan": 10_000})])
    last = Recent({scenario.id: np.array([NO_DAY if ago is None else TODAY - ago])})

    assert whys(asked(happened("BIG_LOSS"), [scenario], book, recent=last)) == [why], source


def rivals() -> tuple[Scenario, Scenario, ClientBook]:
    urgent = left_in(shipped_scenario("big-loss-company", DAY))
    other = replace(urgent, id="another", assignment=replace(urgent.assignment, priority=9))
    return urgent, other, book_of([("C1", {"assets_yuan": 1e6}), ("C2", {"assets_yuan": 1e6})])


def test_one_event_makes_one_task_of_the_more_urgent_scenario():
    urgent, other, book = rivals()

    found = asked(happened("BIG_LOSS"), [other, urgent], book)

    assert whys(found) == [Why.SUPERSEDED, Why.FIRED]
    assert found.into.tolist() == [1, 1]


def test_who_is_left_alone_is_not_handed_to_the_next_scenario():
    urgent, other, book = rivals()
    held = replace(urgent, review=replace(urgent.review, holdout=1.0))

    assert Why.FIRED not in whys(asked(happened("BIG_LOSS"), [held, other], book))


def test_the_global_holdout_is_named_first_and_a_duty_has_none():
    urgent, _, book = rivals()
    every = replace(urgent, review=replace(urgent.review, holdout=1.0))
    duty = shipped_scenario("exchange-warning", DAY)
    forced = replace(duty, review=replace(duty.review, holdout=1.0))

    assert whys(asked(happened("BIG_LOSS"), [every], book, holdout=Holdout(KEY, 1.0))) == [Why.HELD_OUT_GLOBAL]
    assert whys(asked(happened("BIG_LOSS"), [every], book)) == [Why.HELD_OUT]
    assert whys(asked(happened("EXCHANGE_WARNING"), [forced], book, holdout=Holdout(KEY, 1.0))) == [Why.FIRED]
    assert not Holdout(KEY, 1.0).held(forced, ["C1"]).any()


def test_a_scenario_that_stands_twice_is_refused():
    urgent, _, book = rivals()
    with pytest.raises(ValueError, match="twice"):
        asked(happened("BIG_LOSS"), [urgent, urgent], book)


def of_day(events: Events, scenarios, book: ClientBook, holdout: Holdout = NOBODY):
    found = asked(events, scenarios, book, holdout=holdout)
    allowed = gate(contacts(purposes(found, scenarios), DAY), DAY).passed
    return merged(gated(found, allowed), scenarios, events, PLACES)


def filed(events: Events, scenarios, book: ClientBook, holdout: Holdout = NOBODY):
    found = of_day(events, scenarios, book, holdout)
    return tasks(found, scenarios, events, book, PLACES, lambda _, ref: "" if ref < 0 else f"P{ref}", DAY, SH)


def test_several_events_of_a_client_and_day_are_one_task_and_duties_stand_alone():
    names = ("dividend-notice", "freeze-end-notice", "exchange-warning")
    chosen = [left_in(shipped_scenario(one, DAY)) for one in names]
    book = book_of([("C1", {"top_share": 0.5, "products_held": 2}), ("C2", {"top_share": 0.5})])
    events = joined([happened("DIVIDEND", ref=1), happened("DIVIDEND", ref=2), happened("FREEZE_END", ref=3),
                     happened("EXCHANGE_WARNING", ref=4), happened("DIVIDEND", client=1, ref=1)])  # fmt: skip

    made = filed(events, chosen, book)

    assert [(one.client_no, one.scenario_id, len(one.occurrences), one.mandatory) for one in made] == [
        ("C1", "exchange-warning", 1, True), ("C1", "freeze-end-notice", 3, False), ("C2", "dividend-notice", 1, False)
    ]  # fmt: skip
    keys = [part.key for one in made for part in one.occurrences]
    assert len(set(keys)) == len(keys) == len(events)
    assert made[0].due_on == DAY


def test_what_the_gate_holds_back_leads_no_task():
    chosen = [left_in(shipped_scenario(one, DAY)) for one in ("maturity-arrange", "dividend-notice")]
    book = book_of([("C1", {"assessment_valid": True, "mismatch_open": False, "top_share": 0.3})])
    events = joined([happened("MATURITY", ref=1), happened("DIVIDEND", ref=2)])
    found = asked(events, chosen, book)

    cases = contacts(purposes(found, chosen), DAY, consent_marketing=np.zeros(2, np.int64))
    after = merged(gated(found, gate(cases, DAY).passed), chosen, events, PLACES)

    assert sorted(whys(after)) == sorted([Why.GATED, Why.FIRED])


DUE = [  # scenario, event day, made on, due, source: domain-facts 5.6
    ("exchange-warning", date(2026, 3, 2), DAY, date(2026, 3, 2), "same trading day"),
    ("exchange-warning", date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 2), "Saturday: the next trading day"),
    ("exchange-warning", date(2026, 2, 27), DAY, date(2026, 3, 2), "told late: today"),
    ("rating-change-duty", date(2026, 2, 27), DAY, date(2026, 3, 3), "a duty counts from its event, told late"),
    ("large-outflow-care", date(2026, 2, 27), DAY, date(2026, 3, 3), "no duty: from the day of the task"),
    ("complaint-response", date(2026, 3, 2), DAY, date(2026, 3, 3), "one trading day"),
    ("rating-change-duty", date(2026, 3, 2), DAY, date(2026, 3, 4), "two trading days"),
    ("large-outflow-care", date(2026, 3, 6), date(2026, 3, 6), date(2026, 3, 9), "one trading day, over a weekend"),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "occurred", "made", "due", "source"), DUE)
def test_due_days(scenario, occurred, made, due, source):
    found = shipped_scenario(scenario, DAY)

    assert due_on(found, KINDS[found.moment.events[0]], occurred, made, SH) == due, source


def test_why_it_fired_is_told_fact_by_fact():
    scenario = shipped_scenario("large-inflow-service", DAY)
    book = book_of([("C1", {"assessment_valid": True, "cash_share": 0.2})])

    found = seen(scenario, happened("LARGE_INFLOW"), book, 0)

    assert [(one.sentence, one.value, one.met) for one in found] == [
        ("风险测评有效", True, True), ("并非有未了结的错配案件", None, None), ("资金占比不低于 30%", 0.2, False),
    ]  # fmt: skip


CHOSEN = [shipped_scenario(one, DAY) for one in (
    "large-inflow-service", "big-loss-company", "dividend-notice", "exchange-warning", "freeze-end-notice"
)]  # fmt: skip
MADE = st.lists(
    st.tuples(st.sampled_from(["LARGE_INFLOW", "BIG_LOSS", "DIVIDEND", "EXCHANGE_WARNING", "FREEZE_END"]),
              st.integers(0, 3), st.integers(-4, 4), st.integers(0, 2)),
    min_size=1, max_size=10,
)  # fmt: skip
SOME = st.fixed_dictionaries({
    "assets_yuan": st.sampled_from([None, 9_999, 10_000]), "top_share": st.sampled_from([None, 0.05, 0.4]),
    "products_held": st.sampled_from([None, 0, 3]), "assessment_valid": st.sampled_from([None, True, False]),
    "mismatch_open": st.sampled_from([None, False]), "cash_share": st.sampled_from([None, 0.1, 0.6]),
})  # fmt: skip
BOOKS = st.lists(SOME, min_size=4, max_size=4)
SHARED = Holdout(KEY, 0.3)


def told(rows) -> Events:
    return joined([happened(kind, client, TODAY - ago, ref) for kind, client, ago, ref in rows])


def book(rows) -> ClientBook:
    return book_of([(f"C{n}", facts) for n, facts in enumerate(rows)])


@given(rows=MADE, people=BOOKS, random=st.randoms(use_true_random=False))
def test_the_same_input_makes_the_same_tasks_in_whatever_order_it_came(rows, people, random):
    turned, chosen = list(rows), list(CHOSEN)
    random.shuffle(turned)
    random.shuffle(chosen)
    expected = filed(told(rows), CHOSEN, book(people), SHARED)

    assert filed(told(turned), chosen, book(people), SHARED) == expected
    assert len({one.key for one in expected}) == len(expected)


@given(rows=MADE, people=BOOKS)
def test_one_client_alone_has_the_tasks_that_the_whole_book_gives_him(rows, people):
    events, everybody = told(rows), book(people)
    whole = [replace(one, occurrences=()) for one in filed(events, CHOSEN, everybody, SHARED)]
    single = []
    for n in range(4):
        own = events.take(events.client == n)
        alone = replace(own, client=np.zeros(len(own), np.int64))
        facts = {name: column[n : n + 1] for name, column in everybody.columns.items()}
        single += [replace(one, occurrences=()) for one in filed(alone, CHOSEN, ClientBook((f"C{n}",), facts), SHARED)]

    assert sorted(whole, key=lambda one: one.key) == sorted(single, key=lambda one: one.key)


@given(rows=MADE, people=BOOKS, seed=st.integers(0, 2**32 - 1))
def test_a_gate_that_passes_less_fires_no_more_scenarios(rows, people, seed):
    events, everybody = told(rows), book(people)
    found = asked(events, CHOSEN, everybody)
    wide, more = np.random.default_rng(seed).random((2, len(found))) < 0.6
    narrow = wide & more

    wider, narrower = (gated(found, one).fired for one in (wide, narrow))

    assert (narrower <= wider).all()


@given(rows=MADE, people=BOOKS)
def test_every_pair_ends_in_one_way_and_every_event_in_at_most_one_task(rows, people):
    found = of_day(told(rows), CHOSEN, book(people), SHARED)
    taken = np.isin(found.why, [WHYS.index(Why.FIRED), WHYS.index(Why.MERGED)])

    assert sum(found.counts().values()) == len(found)
    assert len(np.unique(found.event[taken])) == taken.sum()
    assert found.fired[found.into[found.why == WHYS.index(Why.MERGED)]].all()


@given(people=BOOKS, rows=MADE)
def test_conditions_are_the_only_way_to_fire(rows, people):
    events, everybody = told(rows), book(people)
    found = asked(events, CHOSEN, everybody)
    for row in np.flatnonzero(found.fired):
        one = events.take(found.event[row : row + 1])
        condition = CHOSEN[found.scenario[row]].moment.condition
        columns = {name: everybody.column(name)[one.client] for name in everybody.columns}
        assert holds(condition, columns.__getitem__, 1)[0] == TRUE


CLIENTS = [f"K{n:05d}" for n in range(4_000)]
SHARES = [0.05, 0.1, 0.2, 0.5]


@pytest.mark.parametrize("share", SHARES)
def test_the_holdout_has_its_share_and_stays(share):
    scenario = shipped_scenario("new-issue-match", DAY)
    chosen = replace(scenario, review=replace(scenario.review, holdout=share))
    held = Holdout(KEY, share)

    own, everywhere = held.held(chosen, CLIENTS), held.held_globally(CLIENTS)
    spread = 4 * np.sqrt(share * (1 - share) / len(CLIENTS))  # four standard deviations of a binomial share

    assert abs(own.mean() - share) < spread
    assert abs(everywhere.mean() - share) < spread
    assert abs((own & everywhere).mean() - share**2) < 4 * np.sqrt(share**2 * (1 - share**2) / len(CLIENTS))
    assert np.array_equal(own, held.held(replace(chosen, version="another"), CLIENTS))
    assert (held.held(replace(chosen, review=replace(chosen.review, holdout=share / 2)), CLIENTS) <= own).all()


def test_the_key_decides_who_is_left_alone():
    other = Holdout(KEY[::-1], 0.5)

    assert 0.4 < (Holdout(KEY, 0.5).held_globally(CLIENTS) == other.held_globally(CLIENTS)).mean() < 0.6
    assert holdout_of(KEY, DAY).share == 0.05
    with pytest.raises(ValueError, match="16"):
        Holdout(b"short", 0.1)


def test_a_holdout_of_a_place_is_the_same_on_every_machine():
    assert [round(Holdout(KEY, 0.5).place(one, "*"), 6) for one in ("K00001", "K00002")] == [0.916105, 0.61856]


def test_what_a_backtest_carries_on():
    scenario = left_in(shipped_scenario("big-loss-company", DAY))
    people = book_of([("C1", {"assets_yuan": 1e5}), ("C2", {"assets_yuan": 1e5})])
    first = asked(happened("BIG_LOSS", client=1), [scenario], people)

    carried = Recent().after(first, [scenario], DAY, len(people))

    assert carried.last[scenario.id].tolist() == [NO_DAY, TODAY]
    later = DAY + timedelta(days=29)
    again = happened("BIG_LOSS", client=1, day=later.toordinal())
    assert whys(asked(again, [scenario], people, later, recent=carried)) == [Why.COOLING]


def test_no_events_and_no_scenarios_make_nothing():
    assert len(asked(joined([]))) == len(asked(happened("BIRTHDAY"), [])) == 0
    assert filed(joined([]), SHIPPED, book_of([("C1", {})])) == ()
    assert filed(happened("BIRTHDAY"), [], book_of([("C1", {})])) == ()

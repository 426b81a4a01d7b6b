"""The contact gate: each rule on, below and above its limit; one rule more never lets more through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.complaints.mute import last_quiet_day, mutes
from clients.complaints.rules import quiet_days
from clients.complaints.types import Severity
from kit.days import calendar
from kit.rulebook import RuleError, parse_rulebook
from mot.contact.facts import Asked, ContactFacts, contacts_of
from mot.events.columns import NO_DAY
from mot.matching.gate import (
    COLUMNS,
    HOLDS_BACK,
    NO_TIME,
    PURPOSES,
    Contacts,
    contact_book,
    contacts,
    earlier,
    gate,
    gate_ids,
    gate_sentence,
)
from mot.matching.waiting import Held, next_allowed
from mot.scenario.types import Purpose
from mot.tasks.rules import house_calendar

DAY = date(2026, 3, 2)
TODAY = DAY.toordinal()
S, M, R = Purpose.SERVICE, Purpose.MARKETING, Purpose.REGULATORY
SH = calendar("XSHG")


def reasons(purpose: Purpose, **facts: int) -> tuple[str, ...]:
    columns = {name: np.array([value]) for name, value in facts.items()}
    return gate(contacts(np.array([PURPOSES.index(purpose)]), DAY, **columns), DAY).reasons(0)


H = "house rule"
CASES = [  # fact, value, for service, for marketing, for a duty, source
    ("deceased", 1, 1, 1, 1, f"G01 {H}: nothing overrides"), ("deceased", 0, 0, 0, 0, "alive"),
    ("deceased", -1, 0, 0, 0, "not known"),
    ("account_open", 0, 1, 1, 0, f"G02 {H}"), ("account_open", -1, 0, 0, 0, "not known"),
    ("consent_service", 0, 1, 1, 0, "G03 PIPL"), ("consent_service", -1, 1, 1, 0, "G03: consent must be known"),
    ("consent_marketing", 0, 0, 1, 0, "G04 PIPL art. 24"), ("consent_marketing", -1, 0, 1, 0, "G04: must be known"),
    ("do_not_disturb", 1, 1, 1, 0, "G05 domain-facts 5.5"), ("do_not_disturb", -1, 0, 0, 0, "not set"),
    ("way_refused", 1, 1, 1, 0, "G06 5.5"), ("way_refused", 0, 0, 0, 0, "accepted"),
    ("complaint_open", 1, 0, 1, 0, f"G07 {H}"), ("complaint_open", 0, 0, 0, 0, "none"),
    ("quiet_until", TODAY + 1, 0, 1, 0, "G08: the day before the last quiet one"),
    ("quiet_until", TODAY, 0, 1, 0, "G08: the last quiet day"), ("quiet_until", TODAY - 1, 0, 0, 0, "G08: over"),
    ("quiet_until", NO_DAY, 0, 0, 0, "none"),
    ("minute", 20 * 60 + 29, 0, 0, 0, "G09: 20:29"), ("minute", 20 * 60 + 30, 1, 1, 0, "G09: 20:30, start included"),
    ("minute", 8 * 60 + 59, 1, 1, 0, "G09: 08:59"), ("minute", 9 * 60, 0, 0, 0, "G09: 09:00, end excluded"),
    ("minute", 0, 1, 1, 0, "midnight"),
    ("minute", NO_TIME, 0, 0, 0, "the time isn't settled"),
    ("trading_day", 0, 0, 1, 0, f"G10 {H}"), ("trading_day", 1, 0, 0, 0, "a trading day"),
    ("client_today", 1, 0, 0, 0, "G11: below"), ("client_today", 2, 1, 1, 0, "G11: full"),
    ("client_today", 3, 1, 1, 0, "G11: above"),
    ("way_today", 0, 0, 0, 0, "G12: below"), ("way_today", 1, 1, 1, 0, "G12: full"),
    ("way_today", 2, 1, 1, 0, "G12: above"),
    ("marketing_lately", 0, 0, 0, 0, "G13: below"), ("marketing_lately", 1, 0, 1, 0, "G13: full"),
    ("marketing_lately", 2, 0, 1, 0, "above"),
    ("staff_today", 19, 0, 0, 0, "G14: below"), ("staff_today", 20, 1, 1, 0, "G14: full"),
    ("staff_today", 21, 1, 1, 0, "G14: above"),
    ("suitable", 0, 1, 1, 1, "G15 《办法》第二十二条: nothing overrides"), ("suitable", 1, 0, 0, 0, "ALLOW"),
    ("suitable", -1, 0, 0, 0, "nothing offered"),
    ("bereaved_on", TODAY - 179, 0, 1, 0, "G16: 179 days"), ("bereaved_on", TODAY - 180, 0, 1, 0, "G16: 180 days"),
    ("bereaved_on", TODAY - 181, 0, 0, 0, "G16: 181 days"), ("bereaved_on", NO_DAY, 0, 0, 0, "none"),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value", "service", "marketing", "duty", "source"), CASES)
def test_each_rule(fact, value, service, marketing, duty, source):
    found = [len(reasons(purpose, **{fact: value})) for purpose in (S, M, R)]

    assert found == [service, marketing, duty], source


def test_every_rule_has_a_case_and_every_case_its_rule():
    hit = {rule for fact, value, *_ in CASES for rule in reasons(M, **{fact: value})}

    assert hit == set(gate_ids(contact_book())) == set(HOLDS_BACK)


CAPS = [("client_today", 2), ("way_today", 1), ("staff_today", 20)]


@pytest.mark.parametrize(("fact", "value"), CAPS)
def test_caps_are_for_optional_tasks(fact, value):
    assert len(reasons(S, **{fact: value})) == 1
    assert reasons(S, mandatory=1, **{fact: value}) == ()
    assert len(reasons(S, mandatory=1, do_not_disturb=1, **{fact: value})) == 1


@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100)), unique=True, max_size=15))
def test_what_comes_before_in_one_batch_is_counted(rows):
    groups, rank = (np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1))

    expected = [sum(other[0] == one[0] and other[1] < one[1] for other in rows) for one in rows]

    assert earlier(groups, rank).tolist() == expected


def test_all_reasons_are_given():
    assert reasons(M, deceased=1, complaint_open=1, trading_day=0) == ("MOT-G01", "MOT-G07", "MOT-G10")
    assert gate_sentence("MOT-G13", DAY) == "每位客户近 7 个自然日的营销联系次数（7、1）"


FLAGS = st.integers(-1, 1)
SINCE = st.one_of(st.just(NO_DAY), st.integers(TODAY - 200, TODAY))
COUNT = st.integers(0, 25)
ONE = st.fixed_dictionaries({
    name: SINCE if name.endswith("_on") else COUNT if name.endswith(("today", "lately")) else FLAGS
    for name in COLUMNS if name not in ("purpose", "day", "minute")
} | {"purpose": st.integers(0, 2), "day": st.just(TODAY), "minute": st.integers(-1, 1439)})  # fmt: skip
BOOKS = st.lists(ONE, min_size=1, max_size=6)


def cases(rows) -> Contacts:
    return Contacts(**{name: np.array([row[name] for row in rows]) for name in COLUMNS})


@given(rows=BOOKS, some=st.sets(st.sampled_from(sorted(HOLDS_BACK))), more=st.sets(st.sampled_from(sorted(HOLDS_BACK))))
def test_one_rule_more_never_lets_more_through(rows, some, more):
    fewer = gate(cases(rows), DAY, only=frozenset(some)).passed
    with_more = gate(cases(rows), DAY, only=frozenset(some | more)).passed

    assert (with_more <= fewer).all()


@given(rows=BOOKS)
def test_one_contact_and_many_are_judged_alike(rows):
    together = gate(cases(rows), DAY)

    assert [together.reasons(n) for n in range(len(rows))] == [gate(cases([row]), DAY).reasons(0) for row in rows]


@given(rows=BOOKS)
def test_marketing_passes_nowhere_where_a_service_call_does_not(rows):
    calls, offers = (cases([row | {"purpose": PURPOSES.index(one)} for row in rows]) for one in (S, M))

    assert (gate(offers, DAY).passed <= gate(calls, DAY).passed).all()


def test_a_rule_that_no_code_knows_is_refused():
    text = contact_book().text.replace("MOT-G07", "MOT-G77")

    with pytest.raises(RuleError, match="MOT-G77"):
        gate(contacts(np.array([0]), DAY), DAY, parse_rulebook("x.yaml", text))


def test_before_its_first_day_a_rule_holds_nothing_back():
    early = date(2018, 1, 2)
    cases_of = replace(contacts(np.array([1]), early, consent_marketing=np.array([0])))

    assert gate(cases_of, early).reasons(0) == ()


ZONE = timezone(timedelta(hours=8))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


NEXT = [  # tried at, rules, other facts, free from, source
    (at(2, 21), ("MOT-G09",), {}, at(3, 9), "quiet in the evening"), (at(2, 7),
    ("MOT-G09",), {}, at(2, 9), "quiet in the morning"),
    (at(2, 10), ("MOT-G11",), {}, at(3, 9), "a full day"), (at(2, 10),
    ("MOT-G12", "MOT-G14"), {}, at(3, 9), "full days"),
    (at(6, 10), ("MOT-G11",), {}, at(7, 9), "a full Friday: a service call may be on Saturday"),
    (at(7, 10), ("MOT-G10",), {}, at(9, 9), "Saturday"), (at(6, 21),
    ("MOT-G09", "MOT-G10"), {}, at(9, 9), "Friday night, marketing"),
    (at(2, 10), ("MOT-G08",), {"quiet_until": date(2026, 3, 12)}, at(13, 9), "the day after the last quiet one"),
    (at(2, 10), ("MOT-G13",), {"oldest_marketing_on": date(2026, 2, 27)}, at(6, 9), "seven days later"),
    (at(2, 10), ("MOT-G13",), {}, None, "the first contact is not known"), (at(2, 10),
    ("MOT-G01",), {}, None, "for good"),
    (at(2, 10), ("MOT-G09", "MOT-G04"), {}, None, "waits for consent"), (at(2, 10),
    ("MOT-G15",), {}, None, "waits for a decision"),
    (at(2, 10), (), {}, at(2, 10), "nothing holds it"),
]  # fmt: skip


@pytest.mark.parametrize(("tried", "rules", "facts", "expected", "source"), NEXT)
def test_the_next_time(tried, rules, facts, expected, source):
    assert next_allowed(Held(tried, rules, **facts), SH) == expected, source


QUIET = quiet_days(DAY)


@pytest.mark.parametrize(
    ("closed", "rules"),
    [  # days since the major complaint was closed, None open
        (None, ("MOT-G07",)), (0, ("MOT-G08",)), (29, ("MOT-G08",)), (30, ("MOT-G08",)), (31, ()),
    ],
)  # fmt: skip
def test_a_client_who_complained_is_told_whether_it_is_open_or_quiet_and_until_when(closed, rules):
    end = None if closed is None else DAY - timedelta(days=closed)
    last = None if end is None else last_quiet_day(Severity.MAJOR, end, QUIET)
    muted = mutes(Severity.MAJOR, date(2026, 1, 5), end, DAY, QUIET)
    known = ContactFacts(
        day=DAY, muted=frozenset(["C1"] if muted else []), quiet_until={"C1": last} if muted and last else {}
    )
    one = np.ones(1, dtype=np.int64)
    asked = Asked(
        client_nos=["C1"], purpose=one * PURPOSES.index(Purpose.MARKETING), mandatory=one * 0, ways=[()],
        staff_today=one * 0, suitable=-one,
    )  # fmt: skip

    held = gate(contacts_of(asked, known, house_calendar()), DAY).reasons(0)

    assert tuple(one for one in held if one in ("MOT-G07", "MOT-G08")) == rules


@given(days=st.integers(0, 60), severity=st.sampled_from(list(Severity)))
def test_the_next_time_after_a_complaint_is_the_first_day_that_is_not_quiet(days, severity):
    end = date(2026, 3, 2)
    day, last = end + timedelta(days=days), last_quiet_day(severity, end, QUIET)

    assert mutes(severity, end, end, day, QUIET) == (last is not None and day <= last)
    if last is not None and day <= last:
        tried = datetime.combine(day, time(10), ZONE)
        free = next_allowed(Held(tried, ("MOT-G08",), quiet_until=last), SH)
        assert not mutes(severity, end, end, free.date(), QUIET)
        assert mutes(severity, end, end, free.date() - timedelta(days=1), QUIET)

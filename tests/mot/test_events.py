"""Kinds of events, what may be told, one identity for one event."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kit.rulebook import RuleError, load_rulebook, parse_rulebook
from mot.events.kinds import event_book, event_kind, event_kinds, kinds_from
from mot.events.problems import (
    EventFactsWrong,
    EventInFuture,
    EventTooOld,
    SourceNotAllowed,
    UnknownEventKind,
    WrongFamily,
)
from mot.events.told import notice, told_event
from mot.events.types import Family, How, Source, event_digest, make_event

DAY = date(2026, 3, 2)
KINDS = event_kinds(DAY)
F = Family
FAMILIES = [  # family, kinds, source
    (F.LIFE_EVENT, "BIRTH SCHOOL FIRST_JOB MARRIAGE HOME_PURCHASE CHILD_EDU RETIREMENT INHERITANCE BEREAVEMENT "
     "BIRTHDAY", "domain-facts 5.3; 出生、退休 are S"),
    (F.LIFECYCLE, "ACCOUNT_OPENED FIRST_DEPOSIT FIRST_TRADE FIRST_PRODUCT_BUY PERMISSION_OPENED ASSESSMENT_EXPIRING "
     "ID_EXPIRING GRADE_UP GRADE_DOWN DORMANT CHURN_RISK ACCOUNT_CLOSING NO_FIRST_DEPOSIT ASSESSMENT_EXPIRED",
     "5.3; 开户、首次申购产品 are no life events (S); 50032, 50042, 50055"),
    (F.ABNORMAL, "LARGE_INFLOW LARGE_OUTFLOW TRADE_PATTERN_CHANGE EXCHANGE_WARNING BIG_LOSS CONCENTRATION COMPLAINT "
     "LOGIN_ANOMALY MARGIN_RATIO MARGIN_DUE REPO_RATIO",
     "5.3; 买卖交易异常变化 is no life-cycle event (S); 50046, 50029, 45, 50030"),
    (F.MARKET, "INDEX_SHOCK SECTOR_SHOCK POLICY HOLDING_NEWS", "5.3"),
    (F.PRODUCT, "MATURITY NAV_ALERT DIVIDEND RATING_CHANGE NEW_ISSUE FREEZE_END IPO_WON IPO_PAYMENT IPO_OPENED "
     "DELISTING RIGHTS_ISSUE ADDITIONAL_ISSUE", "5.3; 50033, 50053, 50056, 50043, 50048, 50049, 50041"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "kinds", "source"), FAMILIES)
def test_every_kind_stands_in_its_family(family, kinds, source):
    assert {one.id for one in KINDS.values() if one.family is family} == set(kinds.split()), source


def test_what_has_no_source_here_is_only_told():
    for kind in ("LOGIN_ANOMALY", "POLICY", "HOLDING_NEWS", "EXCHANGE_WARNING", "COMPLAINT"):
        assert KINDS[kind].hows == (How.TOLD,), kind


def test_an_oral_warning_is_a_contact_of_the_same_trading_day_with_evidence_and_a_copy():
    kind = KINDS["EXCHANGE_WARNING"]

    assert kind.mandatory
    assert (kind.duty.within, kind.duty.evidence, kind.duty.compliance_copy) == (0, True, True)


def told(kind: str = "BIRTH", on: date = DAY, source: Source = Source.CLIENT, **more):
    return told_event("C1", kind, on, source, today=DAY, **more)


REFUSED = [  # what is told, the refusal, a word of it
    ({"kind": "BIRTHS"}, UnknownEventKind, "BIRTHS"),
    ({"family": F.LIFECYCLE}, WrongFamily, "客户人生大事"),
    ({"kind": "BIRTHDAY"}, SourceNotAllowed, "只由系统推算"),
    ({"kind": "LARGE_INFLOW", "source": Source.LEDGER}, SourceNotAllowed, "接口推送"),
    ({"kind": "BEREAVEMENT", "source": Source.FILE}, SourceNotAllowed, "客户告知"),
    ({"on": DAY + timedelta(days=1)}, EventInFuture, "2026-03-03"),
    ({"on": DAY - timedelta(days=181)}, EventTooOld, "2026-03-01"),
    ({"facts": {"amount": 3}}, EventFactsWrong, "amount"),
    ({"kind": "EXCHANGE_WARNING", "source": Source.API}, EventFactsWrong, "编号"),
    ({"confidence": 0}, EventFactsWrong, "百分数"),
    ({"confidence": 101}, EventFactsWrong, "百分数"),
]


@pytest.mark.parametrize(("given", "problem", "word"), REFUSED)
def test_what_cannot_be_believed_is_refused_by_name(given, problem, word):
    with pytest.raises(problem, match=word):
        told(**given)


TAKEN = [  # what is told, tentative, source
    ({}, False, "as the kind says"),
    ({"on": DAY - timedelta(days=180)}, False, "the last day on which it is spoken of"),
    ({"confidence": 1}, True, "what is not certain is tentative"),
    ({"confidence": 100}, False, "certain"),
    ({"kind": "RETIREMENT"}, True, "60 percent unless the teller says more"),
    ({"kind": "HOME_PURCHASE", "facts": {"amount_yuan": 900_000}}, False, "a fact that the kind declares"),
    ({"family": F.LIFE_EVENT}, False, "the right family"),
]


@pytest.mark.parametrize(("given", "tentative", "source"), TAKEN)
def test_what_is_told_rightly_is_taken(given, tentative, source):
    assert told(**given).tentative is tentative, source


def test_told_twice_by_two_sources_it_is_one_event():
    first = told(source=Source.CLIENT, confidence=50)
    again = told(source=Source.FILE)

    assert first.digest == again.digest
    others = [("C2", "BIRTH", DAY, ""), ("C1", "SCHOOL", DAY, ""), ("C1", "BIRTH", DAY - timedelta(1), ""),
              ("C1", "BIRTH", DAY, "2")]  # fmt: skip
    assert first.digest not in {event_digest(*one) for one in others}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.id)
def test_every_kind_says_what_happened(kind):
    event = make_event(kind, "C1", DAY, kind.sources[0], facts=dict.fromkeys(kind.facts, "要素"), confidence=100)
    bare = make_event(kind, "C1", DAY, kind.sources[0], confidence=99)

    said = notice(event, kind, "张先生")

    assert said.endswith("。")
    assert "{" not in said
    assert notice(bare, kind, "张先生").startswith("（待核实）")


BROKEN = [  # replaced in the rule file, by what, what the refusal names
    ("family: LIFE_EVENT", "family: LIFE", "LIFE"), ("sources: [CLIENT, ADVISOR]", "sources: [NEIGHBOUR]", "NEIGHBOUR"),
    ("window: 60", "window: 181", "window"), ("priority: 3", "priority: 10", "priority"),
    ("confidence: 100", "confidence: 0", "confidence"),
    ("template: FAMILY", "template: FAMILY\n        colour: 1", "colour"),
    ("mandatory: false",
     "mandatory: false\n        duty: {within: 0, evidence: true, compliance_copy: true}", "mandatory"),
    ("sources: [CLIENT, ADVISOR]", "sources: []", "somebody"), ("template: FAMILY", "template: LOSS", "days"),
    ("EVENT-BEREAVEMENT", "BEREAVEMENT", "EVENT-"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "named"), BROKEN)
def test_a_kind_that_is_written_wrong_is_refused(old, new, named):
    text = event_book().text
    start = text.index("- id: EVENT-BEREAVEMENT")
    own = text[start : text.index("- id:", start + 5)]

    book = parse_rulebook("x.yaml", own.replace(old, new, 1))

    with pytest.raises(RuleError, match=named):
        kinds_from(book, load_rulebook("mot", "event_words"), DAY)


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(UnknownEventKind, match="BIRTHDAY"):
        event_kind("X", DAY)

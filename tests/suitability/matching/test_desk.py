"""The matching desk on real databases: filed once, replayed to the byte, its duties tracked, nothing ever changed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from clients.staff.filing import Stamp
from kit.access import Actor, Reach, Role, Scope, everything
from kit.rulebook import parse_rulebook
from kit.trail.entry import Origin
from suitability.levels import AskedBy, ClientLevel, Outcome, ProductLevel
from suitability.matching.problems import (
    DutyNotOpen,
    EvidenceNeeded,
    NotAskable,
    OnlyTheClient,
    RulesLost,
    StillCooling,
    UnknownDecision,
)
from suitability.matching.service import MatchingDesk
from suitability.matching.tables import DecisionRow
from suitability.retention import retained_until
from tests.suitability.matching.people import ANY_FACTS, DAY, PLAIN, RULES

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
EVIDENCE = "sha256:" + "0" * 64
STAMP = Stamp(Actor("u1", "合规一号", Role.COMPLIANCE), NOW, Origin())


def warned():
    """C2 asks for R4: the path by warning and confirmation."""
    return replace(
        PLAIN, client=replace(PLAIN.client, level=ClientLevel.C2), product=replace(PLAIN.product, level=ProductLevel.R4)
    )


def desk_for(session, facts, rules=RULES, scope=None) -> MatchingDesk:
    return MatchingDesk(session, scope or everything(DAY), lambda request: replace(facts, request=request), rules)


def later(hours: float) -> Stamp:
    return replace(STAMP, at=NOW + timedelta(hours=hours))


def test_a_decision_is_filed_with_everything_and_replays_to_the_byte(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    session.expire_all()
    row = desk.row(decision.id)
    replayed = desk.replay(decision.id)

    assert (row.outcome, row.asked_by, row.digest) == ("WARN", "CLIENT", decision.digest)
    assert row.retain_until == date(2046, 11, 27)
    assert (replayed.same, replayed.computed) == (True, decision.digest)
    assert set(decision.versions) == {
        "suitability/rules/matching.yaml", "suitability/rules/matching_words.yaml", "suitability/rules/duties.yaml",
        "questionnaire", "product_rating",
    }  # fmt: skip


def test_a_replay_uses_the_rules_of_its_day_not_todays(session):
    decision = desk_for(session, warned()).decide(warned().request, STAMP)
    path = "CLIENT: WARN}, duties: [TELL_MISMATCH, WRITTEN"
    harder = RULES.matching.text.replace(path, path.replace("WARN", "REFUSE"))
    today = replace(RULES, matching=parse_rulebook("suitability/rules/matching.yaml", harder))
    desk = desk_for(session, warned(), today)

    assert desk.decide(warned().request, STAMP).outcome is Outcome.REFUSE
    assert desk.replay(decision.id).same


@pytest.mark.parametrize(
    "statement",
    ["UPDATE decision SET outcome = 'ALLOW'", "DELETE FROM decision", "UPDATE rule_set SET content = ''",
     "DELETE FROM rule_set", "UPDATE duty_done SET done_by = 'x'", "DELETE FROM duty_done"],
)  # fmt: skip
def test_the_database_refuses_every_change(session, statement):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    desk.complete(decision.id, "TELL_SIX", STAMP, channel="临柜")

    with pytest.raises(Exception, match="append-only"), session.begin_nested():
        session.execute(text(statement))


def test_the_path_completes_only_when_every_duty_is_done(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    order = ["TELL_SIX", "TELL_MISMATCH", "WRITTEN_WARNING", "RECORD", "CLIENT_CONFIRM"]
    seen = []
    for duty in order:
        desk.complete(decision.id, duty, STAMP, channel="COUNTER", evidence=EVIDENCE)
        seen.append(desk.may_proceed(decision.id, NOW))

    assert seen == [False] * 5
    assert [desk.may_proceed(decision.id, later(hours).at) for hours in (0, 23.99, 24)] == [False, False, True]


def test_the_cooling_off_ends_by_itself_and_nobody_records_it(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    desk.complete(decision.id, "WRITTEN_WARNING", STAMP, channel="COUNTER", evidence=EVIDENCE)

    def cooling(hours):
        return next(one for one in desk.duties(decision.id, later(hours).at) if one.id == "COOLING")

    assert (cooling(23.99).done_at, cooling(23.99).not_before) == (None, later(24).at)
    assert (cooling(24).done_at, cooling(24).done_by, cooling(9999).done_at) == (later(24).at, None, later(24).at)
    with pytest.raises(StillCooling, match="期满自动结束"):
        desk.complete(decision.id, "COOLING", later(23.99), channel="系统")
    assert desk.complete(decision.id, "COOLING", later(24), channel="系统").done_by is None
    assert session.execute(text("SELECT count(*) FROM duty_done WHERE duty = 'COOLING'")).scalar() == 0


@pytest.mark.parametrize("left_out", ["TELL_SIX", "TELL_MISMATCH", "WRITTEN_WARNING", "RECORD", "CLIENT_CONFIRM"])
def test_one_duty_that_is_open_keeps_the_path_open(session, left_out):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    for duty in ("TELL_SIX", "TELL_MISMATCH", "WRITTEN_WARNING", "RECORD", "CLIENT_CONFIRM"):
        if duty == left_out or (duty == "CLIENT_CONFIRM" and left_out != "CLIENT_CONFIRM"):
            continue
        desk.complete(decision.id, duty, STAMP, channel="COUNTER", evidence=EVIDENCE)

    assert not desk.may_proceed(decision.id, later(10_000).at)


def test_the_cooling_off_starts_with_the_written_warning(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)

    with pytest.raises(StillCooling, match="自书面警示送达"):
        desk.complete(decision.id, "COOLING", later(100), channel="系统")


def test_a_duty_is_done_once_and_only_where_it_is_owed(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    desk.complete(decision.id, "TELL_SIX", STAMP, channel="临柜")

    with pytest.raises(DutyNotOpen, match="待履行"):
        desk.complete(decision.id, "TELL_SIX", STAMP, channel="临柜")
    with pytest.raises(DutyNotOpen):
        desk.complete(decision.id, "CARE_ELDERLY", STAMP, channel="临柜")


def test_the_client_confirms_in_person_after_everything_was_told(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    client = replace(STAMP, actor=Actor("u2", "客户", Role.CLIENT, "client:C0001"))

    with pytest.raises(EvidenceNeeded, match="材料摘要"):
        desk.complete(decision.id, "WRITTEN_WARNING", STAMP, channel="APP")
    with pytest.raises(OnlyTheClient, match="本人"):
        desk.complete(decision.id, "CLIENT_CONFIRM", STAMP, channel="APP", evidence=EVIDENCE)
    with pytest.raises(DutyNotOpen, match="须先完成：告知不匹配、特别的书面风险警示、六项告知"):
        desk.complete(decision.id, "CLIENT_CONFIRM", client, channel="APP", evidence=EVIDENCE)
    for duty in ("TELL_SIX", "TELL_MISMATCH", "WRITTEN_WARNING"):
        desk.complete(decision.id, duty, STAMP, channel="APP", evidence=EVIDENCE)
    assert desk.complete(decision.id, "CLIENT_CONFIRM", client, channel="APP", evidence=EVIDENCE).done_by == "u2"


def test_a_refusal_owes_nothing_and_never_proceeds(session):
    offered = replace(warned(), request=replace(warned().request, asked_by=AskedBy.FIRM))
    desk = desk_for(session, offered)
    decision = desk.decide(offered.request, STAMP)

    assert desk.duties(decision.id) == ()
    assert not desk.may_proceed(decision.id)


def test_what_lies_outside_the_scope_is_not_there(session):
    decision = desk_for(session, warned()).decide(warned().request, STAMP)
    elsewhere = desk_for(session, warned(), scope=Scope(Reach.OWN, "client:C9999", DAY))

    for ask in (elsewhere.row, elsewhere.replay, elsewhere.duties):
        with pytest.raises(UnknownDecision, match=decision.id):
            ask(decision.id)
    assert elsewhere.page() == []


def test_a_change_of_mind_is_a_new_decision(session):
    desk = desk_for(session, warned())
    first = desk.decide(warned().request, STAMP)
    second = desk.decide(warned().request, later(1), replaces=first.id)

    assert desk.row(second.id).replaces == first.id
    assert [row.id for row in desk.page(client_no="C0001")] == [second.id, first.id]
    with pytest.raises(UnknownDecision):
        desk.decide(warned().request, STAMP, replaces="D0")
    with pytest.raises(NotAskable, match="不是客户 C0002 的"):
        desk.decide(replace(warned().request, client_no="C0002"), STAMP, replaces=first.id)


def test_rules_that_were_lost_are_said(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    row = desk.row(decision.id)
    broken = DecisionRow(**{**row.model_dump(), "id": "D2", "content": row.content.replace("sha256:", "sha256:0")})
    session.add(broken)
    session.flush()

    with pytest.raises(RulesLost, match="matching"):
        desk.replay("D2")


def test_an_edited_fact_is_found_by_replay(session):
    desk = desk_for(session, warned())
    decision = desk.decide(warned().request, STAMP)
    row = desk.row(decision.id)
    session.add(DecisionRow(**{**row.model_dump(), "id": "D3", "facts": row.facts.replace('"C2"', '"C4"')}))
    session.flush()

    assert not desk.replay("D3").same


RETENTION = [  # day, last day of keeping, source
    (date(2026, 11, 27), date(2046, 11, 27), "第三十二条: twenty years"),
    (date(2028, 2, 29), date(2048, 2, 29), "a leap day"),
    (date(2080, 2, 29), date(2100, 3, 1), "2100 is no leap year"),
]


@pytest.mark.parametrize(("day", "until", "source"), RETENTION)
def test_retention(day, until, source):
    assert retained_until(day) == until, source


TRIALS = 10_000 if os.environ.get("HESHI_SOAK") else 150


@settings(max_examples=TRIALS, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_FACTS)
def test_random_decisions_replay_to_the_same_digest(session, one):
    desk = desk_for(session, one)
    with session.begin_nested():
        decision = desk.decide(one.request, STAMP)

    assert desk.replay(decision.id).same

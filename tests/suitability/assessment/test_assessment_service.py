"""The desk of assessment on both databases: answering, blocks, confirmation, review, what stands, the trail."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from clients.repository import NoSuchClient
from kit.access import Actor as Person
from kit.access import NotAllowed, Reach, Role, Scope
from kit.db import engine
from kit.trail.service import history as trail_of
from suitability.assessment.problems import (
    NoSuchAssessment,
    NoSuchSession,
    NothingToReview,
    NotTheClient,
    NotYetInForce,
    SessionClosed,
    WrongAudience,
)
from suitability.assessment.service import AssessmentService
from suitability.assessment.types import Channel, EnteredBy, SessionState, SheetOutcome
from suitability.levels import AssetType, ClientLevel, IntendedTerm
from suitability.questionnaire.problems import AnswersIncomplete, NotAsked, OptionRefused, QuestionnaireRetired
from tests.suitability.assessment.desk import (
    ADVISOR,
    ALL,
    DAY,
    INSTITUTION,
    MINI,
    NATURAL,
    NOW,
    OFFICER,
    Desk,
    client_actor,
    sheet_of,
    stamp,
)


@pytest.fixture
def desk(session):
    made = Desk(session)
    made.client("C1")
    return made


def me(at=NOW, client_no="C1"):
    return stamp(client_actor(client_no), at)


def test_a_client_answers_submits_and_confirms(desk):
    done = desk.hand_in("C1", sheet_of(NATURAL, "C3"))

    assert (done.outcome, done.findings) == (SheetOutcome.ASSESSED, ())
    assert (done.assessment.level, done.assessment.assessed_on) == (ClientLevel.C3, DAY)
    assert done.assessment.valid_through == date(2028, 3, 9)
    assert done.session.state is SessionState.DONE
    assert sum(done.assessment.points.values()) == done.assessment.total
    assert desk.service.current("C1", DAY).level is None  # not before the client has confirmed

    desk.service.confirm(done.assessment.id, me(), Channel.APP, "sha256:signature")
    current = desk.service.current("C1", DAY)
    assert (current.level, current.lowest, current.in_force.confirmed_on) == (ClientLevel.C3, False, DAY)
    assert (current.in_force.term, current.in_force.types) == (IntendedTerm.UP_TO_1Y, AssetType.CASH_LIKE)


def test_answers_are_stored_one_by_one_and_resumed(desk):
    answers = sheet_of(NATURAL, "C3")
    view = desk.service.start("C1", NATURAL, me())
    for number in range(1, 8):
        view = desk.service.answer(view.id, f"q{number}", answers[f"q{number}"], me(NOW + timedelta(seconds=number)))
    found = desk.service.resume(view.id, DAY)

    assert (found.next_question.id, found.asked, found.state) == ("q8", 7, SessionState.OPEN)
    assert dict(found.answers) == {one: answers[one] for one in list(answers)[:7]}
    assert desk.service.start("C1", NATURAL, me()).id == view.id


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.integers(1, 19), max_size=4), level=st.sampled_from(["C2", "C3", "C4"]))
def test_resuming_gives_what_answering_in_one_go_gives(database_url_kept, pauses, level):
    """A desk of its own at every pause, and the same result."""
    answers = sheet_of(NATURAL, level)
    results = []
    for stops in ((), pauses):
        session = database_url_kept()
        desk = Desk(session)
        desk.client("C1")
        view = desk.service.start("C1", NATURAL, me())
        at = NOW
        for place, (question, codes) in enumerate(answers.items(), start=1):
            at += timedelta(seconds=6)
            desk.service.answer(view.id, question, codes, me(at))
            if place in stops:
                session.expire_all()
                assert desk.service.resume(view.id, DAY).asked == place
        results.append(desk.service.submit(view.id, me(at), confirmed=ALL).assessment)
        session.rollback()
    one, other = results
    assert (one.digest, one.total, one.level) == (other.digest, other.total, other.level)


@pytest.fixture
def database_url_kept(database_url):
    """Sessions on one database, each undone by the test."""
    opened = []

    def make():
        opened.append(Session(engine(database_url), expire_on_commit=False))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_an_answer_may_be_changed_until_the_sheet_is_handed_in_and_the_first_one_stays(desk, session):
    answers = sheet_of(NATURAL, "C3")
    view, at = desk.answer_all("C1", answers)
    desk.service.answer(view.id, "q15", ["D"], me(at))
    done = desk.service.submit(view.id, me(at), confirmed=ALL)

    assert done.assessment.answers["q15"] == ("D",)
    stored = session.execute(text("SELECT codes FROM assessment_answer WHERE question = 'q15' ORDER BY id")).scalars()
    assert list(stored) == [answers["q15"][0], "D"]
    with pytest.raises(SessionClosed, match="已提交"):
        desk.service.answer(view.id, "q15", ["A"], me(at))
    with pytest.raises(SessionClosed):
        desk.service.submit(view.id, me(at))


BAD_ANSWERS = [("q1", ["Z"], OptionRefused), ("q1", ["A", "B"], OptionRefused), ("q1", [], OptionRefused),
               ("q5", ["A"], NotAsked), ("q77", ["A"], NotAsked)]  # fmt: skip


@pytest.mark.parametrize(("question", "codes", "problem"), BAD_ANSWERS)
def test_an_answer_that_cannot_be_is_refused_and_nothing_is_stored(desk, session, question, codes, problem):
    view = desk.service.start("C1", NATURAL, me())

    with pytest.raises(problem, match=question):
        desk.service.answer(view.id, question, codes, me())
    assert session.execute(text("SELECT count(*) FROM assessment_answer")).scalar() == 0


def test_an_incomplete_sheet_is_not_handed_in(desk):
    view = desk.service.start("C1", NATURAL, me())

    with pytest.raises(AnswersIncomplete, match="q1"):
        desk.service.submit(view.id, me())


# only the client answers


def test_what_staff_begin_is_kept_marked_and_refused(desk, session):
    view = desk.service.start("C1", NATURAL, stamp(ADVISOR))

    assert (view.state, view.entered_by, view.refusal) == (SessionState.REFUSED, EnteredBy.STAFF, "ASSESS-003")
    assert "本人" in view.sentence
    assert session.execute(text("SELECT entered_by_name FROM assessment_session")).scalar() == "顾问乙"
    with pytest.raises(SessionClosed):
        desk.service.answer(view.id, "q1", ["A"], stamp(ADVISOR))


@pytest.mark.parametrize("actor", [ADVISOR, OFFICER, client_actor("C2")], ids=["advisor", "officer", "other client"])
def test_a_sheet_that_somebody_else_touches_ends_there(desk, actor):
    view = desk.service.start("C1", NATURAL, me())
    touched = desk.service.answer(view.id, "q1", ["A"], stamp(actor))

    assert (touched.state, touched.entered_by, touched.answers) == (SessionState.REFUSED, EnteredBy.STAFF, {})


def test_a_sheet_that_staff_hand_in_gives_no_result(desk):
    view, _ = desk.answer_all("C1", sheet_of(NATURAL, "C3"))
    done = desk.service.submit(view.id, stamp(ADVISOR))

    assert (done.outcome, done.assessment) == (SheetOutcome.BLOCKED, None)
    assert desk.service.history("C1") == ()


def test_only_the_client_confirms(desk):
    done = desk.hand_in("C1", sheet_of(NATURAL, "C3"))

    with pytest.raises(NotTheClient):
        desk.service.confirm(done.assessment.id, stamp(ADVISOR))


# consequences


def test_contradicting_answers_are_mended_in_the_same_session(desk, session):
    answers = {**sheet_of(NATURAL, "C3"), "q16": ("A",), "q3": ("D",)}
    view, at = desk.answer_all("C1", answers)
    blocked = desk.service.submit(view.id, me(at))

    assert blocked.outcome is SheetOutcome.BLOCKED
    assert [(one.rule, one.questions) for one in blocked.findings] == [("ASSESS-112", ("q3", "q16"))]
    assert blocked.assessment is None
    assert blocked.session.state is SessionState.OPEN
    desk.service.answer(view.id, "q16", ["C"], me(at))
    assert desk.service.submit(view.id, me(at), confirmed=ALL).assessment is not None
    outcomes = session.execute(text("SELECT outcome FROM assessment_submission ORDER BY id")).scalars()
    assert list(outcomes) == ["BLOCKED", "ASSESSED"]


def test_a_soft_contradiction_waits_for_the_clients_word(desk):
    answers = {**sheet_of(NATURAL, "C3"), "q1": ("D",), "q4": ("A",)}
    view, at = desk.answer_all("C1", answers)
    asked = desk.service.submit(view.id, me(at))
    assert (asked.outcome, asked.session.state) == (SheetOutcome.TO_CONFIRM, SessionState.OPEN)

    done = desk.service.submit(view.id, me(at), confirmed=[one.rule for one in asked.findings])
    assert done.outcome is SheetOutcome.ASSESSED
    assert "ASSESS-114" in [one.rule for one in done.assessment.findings]


def test_a_sheet_filled_in_too_fast_ends_refused(desk):
    done = desk.hand_in("C1", sheet_of(NATURAL, "C3"), seconds=1)

    assert (done.outcome, done.session.state, done.session.refusal) == (
        SheetOutcome.BLOCKED, SessionState.REFUSED, "ASSESS-020",
    )  # fmt: skip
    assert desk.service.history("C1") == ()


def test_a_leap_upwards_waits_for_a_second_person(desk):
    desk.assessed("C1", "C2", at=NOW - timedelta(days=20))
    done = desk.hand_in("C1", sheet_of(NATURAL, "C4"), confirmed=ALL)

    assert done.outcome is SheetOutcome.UNDER_REVIEW
    assert desk.service.current("C1", DAY).level is ClientLevel.C2
    with pytest.raises(NotYetInForce, match="正在复核"):
        desk.service.confirm(done.assessment.id, me())
    with pytest.raises(NotAllowed):
        desk.service.review(done.assessment.id, True, "看过", stamp(ADVISOR))
    with pytest.raises(NothingToReview, match="理由"):
        desk.service.review(done.assessment.id, True, " ", stamp())
    assert [one.id for one in desk.service.waiting_for_review()] == [done.assessment.id]

    desk.service.review(done.assessment.id, True, "收入证明已核", stamp())
    assert desk.service.waiting_for_review() == ()
    with pytest.raises(NothingToReview):
        desk.service.review(done.assessment.id, False, "再看", stamp())
    desk.service.confirm(done.assessment.id, me())
    assert desk.service.current("C1", DAY).level is ClientLevel.C4


def test_a_result_that_the_review_does_not_accept_never_stands(desk):
    desk.assessed("C1", "C2", at=NOW - timedelta(days=20))
    done = desk.hand_in("C1", sheet_of(NATURAL, "C5"), confirmed=ALL)
    desk.service.review(done.assessment.id, False, "资产不实", stamp())

    with pytest.raises(NotYetInForce, match="没有通过复核"):
        desk.service.confirm(done.assessment.id, me())
    current = desk.service.current("C1", DAY)
    assert (current.level, current.waiting) == (ClientLevel.C2, None)


def test_the_third_assessment_of_a_day_does_not_begin_and_is_kept(desk):
    for minutes in (0, 10):
        assert desk.hand_in("C1", sheet_of(NATURAL, "C3"), at=NOW + timedelta(minutes=minutes)).assessment
    third = desk.service.start("C1", NATURAL, me(NOW + timedelta(minutes=30)))

    assert (third.state, third.refusal, third.entered_by) == (SessionState.REFUSED, "ASSESS-010", EnteredBy.CLIENT)
    assert desk.service.start("C1", NATURAL, me(NOW + timedelta(days=1))).state is SessionState.OPEN


def test_a_refused_hurry_counts_as_an_assessment_and_a_mended_sheet_once(desk):
    desk.hand_in("C1", sheet_of(NATURAL, "C3"), seconds=1)
    answers = {**sheet_of(NATURAL, "C3"), "q16": ("A",), "q3": ("D",)}
    view, at = desk.answer_all("C1", answers, at=NOW + timedelta(minutes=5))
    desk.service.submit(view.id, me(at))
    desk.service.answer(view.id, "q16", ["C"], me(at))
    assert desk.service.submit(view.id, me(at), confirmed=ALL).assessment

    assert desk.service.start("C1", NATURAL, me(NOW + timedelta(minutes=30))).refusal == "ASSESS-010"


def test_an_unfinished_sheet_lapses_after_seven_days(desk):
    first = desk.service.start("C1", NATURAL, me())
    kept = desk.service.start("C1", NATURAL, me(NOW + timedelta(days=7)))
    later = desk.service.start("C1", NATURAL, me(NOW + timedelta(days=8)))

    assert kept.id == first.id != later.id
    assert desk.service.resume(first.id, DAY).refusal == "ASSESS-006"
    with pytest.raises(SessionClosed):
        desk.service.answer(first.id, "q1", ["A"], me(NOW + timedelta(days=8)))


def test_a_sheet_that_lapsed_is_closed_to_answers_before_anybody_begins_anew(desk):
    first = desk.service.start("C1", NATURAL, me())

    with pytest.raises(SessionClosed, match="保留时间"):
        desk.service.answer(first.id, "q1", ["A"], me(NOW + timedelta(days=8)))


# the form


def test_a_retired_form_is_answered_no_more(desk):
    view = desk.service.start("C1", NATURAL, me())
    desk.forms.retire(NATURAL, stamp(), replaced_by=MINI)

    with pytest.raises(QuestionnaireRetired, match=r"natural-mini\.1"):
        desk.service.answer(view.id, "q1", ["A"], me())
    with pytest.raises(QuestionnaireRetired):
        desk.service.submit(view.id, me())
    with pytest.raises(QuestionnaireRetired):
        desk.service.start("C1", NATURAL, me())


def test_a_form_for_other_clients_is_refused(desk):
    desk.client("C2", kind="INSTITUTION", birth_date=None)

    with pytest.raises(WrongAudience, match="自然人"):
        desk.service.start("C1", INSTITUTION, me())
    assert desk.assessed("C2", "C3", INSTITUTION).level is ClientLevel.C3


def test_the_mini_form_fills_in_the_age_and_asks_for_what_is_not_known(desk):
    view, at = desk.answer_all("C1", sheet_of(MINI, "C3"), MINI)
    done = desk.service.submit(view.id, me(at), confirmed=ALL)

    assert done.session.prefilled == {"h1"}
    assert done.assessment.answers["h1"] == ("C",)  # 45 years
    assert done.assessment.answers["h2"]


def test_what_the_firm_filled_in_the_client_does_not_change(desk):
    view = desk.service.start("C1", MINI, me())
    for question, codes in sheet_of(MINI, "C3").items():
        if question[0] == "q":
            view = desk.service.answer(view.id, question, codes, me())

    with pytest.raises(NotAsked, match="登记的信息"):
        desk.service.answer(view.id, "h1", ["A"], me())


def test_the_lowest_class_comes_from_the_extra_question(desk):
    desk.client("C2", birth_date=date(1955, 5, 6))
    done = desk.hand_in("C2", {**sheet_of(NATURAL, "C1"), "s1": ("B",)}, confirmed=ALL)

    assert (done.assessment.level, done.assessment.lowest, done.assessment.lowest_by) == (
        ClientLevel.C1, True, ("LOWEST-001",),
    )  # fmt: skip


def test_what_the_firm_knows_is_held_against_the_answers(session):
    def ledger(_session, clients, day):
        return {one.client_no: {"assets_yuan": (Decimal(800_000), day)} for one in clients}

    desk = Desk(session, sources=(ledger,))
    desk.client("C1")
    done = desk.hand_in("C1", {**sheet_of(NATURAL, "C3"), "q4": ("A",)})

    assert "ASSESS-117" in [one.rule for one in done.findings]
    stored = session.execute(text("SELECT findings FROM assessment_submission")).scalar()
    assert "800000" in json.dumps(stored)


# what stands


def test_a_newer_lower_result_lowers_the_level_before_it_is_confirmed(desk):
    desk.assessed("C1", "C4", at=NOW - timedelta(days=100))
    lower = desk.assessed("C1", "C2", confirm=False)
    current = desk.service.current("C1", DAY)

    assert (current.level, current.in_force.level, current.waiting.id) == (ClientLevel.C2, ClientLevel.C4, lower.id)
    assert current.lowered


def test_a_newer_higher_result_waits_for_the_client(desk):
    desk.assessed("C1", "C2", at=NOW - timedelta(days=100))
    desk.assessed("C1", "C4", confirm=False)
    current = desk.service.current("C1", DAY)

    assert (current.level, current.lowered) == (ClientLevel.C2, False)


def test_an_older_result_cannot_be_confirmed_once_there_is_a_newer_one(desk):
    older = desk.assessed("C1", "C3", at=NOW - timedelta(days=10), confirm=False)
    desk.assessed("C1", "C3")

    with pytest.raises(NotYetInForce, match="最新"):
        desk.service.confirm(older.id, me())


def test_a_result_that_is_over_cannot_be_confirmed(desk):
    made = desk.assessed("C1", "C3", confirm=False)

    with pytest.raises(NotYetInForce, match="到期"):
        desk.service.confirm(made.id, me(datetime(2028, 3, 10, 2, 0, tzinfo=UTC)))


def test_confirming_twice_is_confirming_once(desk, session):
    made = desk.assessed("C1", "C3")
    desk.service.confirm(made.id, me(NOW + timedelta(days=1)))

    assert session.execute(text("SELECT count(*) FROM assessment_confirmation")).scalar() == 1


def test_history_keeps_everything_and_every_day_sees_its_own(desk):
    desk.assessed("C1", "C2", at=NOW - timedelta(days=300))
    desk.assessed("C1", "C3")

    assert [one.level for one in desk.service.history("C1")] == [ClientLevel.C3, ClientLevel.C2]
    days = (DAY - timedelta(days=301), DAY - timedelta(days=300), DAY - timedelta(days=1), DAY)
    assert [desk.service.current("C1", day).level for day in days] == [None, *map(ClientLevel, ("C2", "C2", "C3"))]


@pytest.mark.parametrize(("day", "expired"), [(date(2028, 3, 9), False), (date(2028, 3, 10), True)])
def test_the_last_day_is_still_valid(desk, day, expired):
    desk.assessed("C1", "C3")

    assert desk.service.current("C1", day).expired is expired


REMINDERS = [  # day asked, days left that are due; last valid day 2028-03-09
    (date(2028, 1, 8), []), (date(2028, 1, 9), [60]), (date(2028, 1, 10), []), (date(2028, 2, 8), [30]),
    (date(2028, 3, 2), [7]), (date(2028, 3, 3), []), (date(2028, 3, 9), []),
]  # fmt: skip


@pytest.mark.parametrize(("day", "expected"), REMINDERS)
def test_reminders_fall_due_on_their_day(desk, day, expected):
    desk.assessed("C1", "C3")

    assert [one.days_left for one in desk.service.reminders_due(day)] == expected


def test_reminders_of_days_that_nobody_asked_about_are_not_lost(desk):
    desk.assessed("C1", "C3")
    found = desk.service.reminders_due(date(2028, 3, 2), after=date(2028, 1, 8))

    assert [(one.days_left, one.client_no) for one in found] == [(60, "C1"), (30, "C1"), (7, "C1")]


def test_nobody_is_reminded_of_a_result_that_a_newer_one_has_followed(desk):
    desk.assessed("C1", "C3")
    desk.assessed("C1", "C3", at=datetime(2028, 1, 5, 2, 0, tzinfo=UTC))

    assert desk.service.reminders_due(date(2028, 1, 9)) == ()


# scope, trail, database


def test_outside_the_scope_nothing_is_there(desk, session):
    made = desk.assessed("C1", "C3")
    own = AssessmentService(session, Scope(Reach.OWN, "client:C2", DAY), sources=())
    view = desk.service.start("C1", NATURAL, me())

    for ask in (lambda: own.current("C1", DAY), lambda: own.history("C1"), lambda: own.start("C1", NATURAL, me())):
        with pytest.raises(NoSuchClient):
            ask()
    with pytest.raises(NoSuchAssessment):
        own.get(made.id)
    with pytest.raises(NoSuchSession):
        own.resume(view.id, DAY)
    with pytest.raises(NoSuchSession):
        own.answer(view.id, "q1", ["A"], me())
    assert own.reminders_due(date(2028, 1, 9)) == ()


def test_every_write_leaves_a_row_of_the_trail(desk, session):
    made = desk.assessed("C1", "C3")
    view = desk.service.start("C1", NATURAL, stamp(ADVISOR))

    answered = [entry["action"] for entry in trail_of(session, "assessment_session", "1")]
    assert answered.count("assessment.answer") == 20
    assert {"assessment.start", "assessment.submit"} <= set(answered)
    assert [entry["action"] for entry in trail_of(session, "assessment", str(made.id))] == ["assessment.confirm"]
    assert trail_of(session, "assessment_session", str(view.id))[0]["action"] == "assessment.refuse"


TABLES = ["assessment_answer", "assessment_submission", "assessment", "assessment_confirmation", "assessment_review"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_said(desk, session, table, change):
    desk.assessed("C1", "C2", at=NOW - timedelta(days=20))
    desk.assessed("C1", "C5")

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(change.format(table)))


def test_a_person_of_another_role_with_the_clients_subject_is_not_the_client(desk):
    impostor = Person("U9", "系统", Role.SERVICE, "client:C1")

    assert desk.service.start("C1", NATURAL, stamp(impostor)).state is SessionState.REFUSED

"""The desk of cases on real databases: filed once, worked by people, seen by those who serve, never deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from clients.staff.filing import Stamp
from clients.staff.problems import ChangedMeanwhile, NotInPost
from kit.access import Actor, NotAllowed, Role, Verb, everything
from kit.trail.service import history
from suitability.cases.filters import CaseFilter, CaseSort
from suitability.cases.intake import CaseIntake
from suitability.cases.problems import BadCursor, NoSuchCase, ReasonMissing, SamePerson, StillMismatched
from suitability.cases.service import CaseService
from suitability.cases.types import (
    CaseAction,
    CaseStatus,
    Cause,
    ContactChannel,
    EventKind,
    Observation,
    Resolution,
    Severity,
)
from tests.clients.people import People

DAY = date(2026, 11, 27)
CALL, PAPER = (f"sha256:{letter * 64}" for letter in "ab")
NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
WATCH = Stamp(Actor("w", "系统核对", Role.SERVICE), NOW)
FIRST = Stamp(Actor("u1", "合规一号", Role.COMPLIANCE), NOW)
SECOND = Stamp(Actor("u2", "合规二号", Role.COMPLIANCE), NOW)
ADVISER = Stamp(Actor("u3", "顾问甲", Role.ADVISOR, "staff:A1"), NOW)
CHIEF = Stamp(Actor("u4", "主管", Role.SUPERVISOR, "staff:M1"), NOW)


def seen(client_no, code, gap=1, cause=Cause.FOUND, value="1000", **more):
    plain = {
        "client_no": client_no, "product_code": code, "client_name": f"客户{client_no}", "product_name": f"产品{code}",
        "client_class": "C2", "product_level": "R3" if gap == 1 else "R4", "rules": ("SUIT-103",), "gap": gap,
        "cause": cause, "value": Decimal(value), "facts": {"quantity": "100"},
    }  # fmt: skip
    return Observation(**{**plain, **more})


BOOK = [
    seen("C1", "P1"), seen("C1", "P2", gap=2, value="9000"), seen("C2", "P1", cause=Cause.CREATED),
    seen("C3", "", rules=("SUIT-011",), gap=0, product_level="", product_name="", cause=Cause.ASSESSMENT_EXPIRED),
]  # fmt: skip


@pytest.fixture
def desk(session):
    """Three clients; A1 of branch B1 serves C1, A2 of branch B2 serves C2, nobody serves C3. Four cases."""
    house = People(session)
    for number in ("C1", "C2", "C3"):
        house.client(number)
    for number, branch, post in (("A1", "B1", "ADVISOR"), ("A2", "B2", "ADVISOR"), ("M1", "B1", "SUPERVISOR")):
        house.person(number, branch, post)
    house.serves("A1", "C1")
    house.serves("A2", "C2", last=DAY)
    house.serves("A1", "C2", first=DAY + timedelta(days=1))
    house.person("A9", "B1", first=DAY + timedelta(days=30))
    CaseIntake(session, DAY, WATCH).observe(BOOK)
    session.commit()
    return CaseService(session, everything(DAY))


def numbers(page):
    return [(one.client_no, one.product_code) for one in page.cases]


def test_cases_are_opened_with_owner_deadline_and_trail_and_the_same_again_writes_nothing(desk, session):
    first = {(one.client_no, one.product_code): one for one in desk.list().cases}
    rows = session.execute(text("SELECT count(*) FROM mismatch_event")).scalar()
    again = CaseIntake(session, DAY, WATCH).observe(BOOK)

    assert not again
    assert session.execute(text("SELECT count(*) FROM mismatch_event")).scalar() == rows == 4
    assert {key: (one.status.value, one.owner_no, one.branch_no) for key, one in first.items()} == {
        ("C1", "P1"): ("ASSIGNED", "A1", "B1"), ("C1", "P2"): ("ASSIGNED", "A1", "B1"),
        ("C2", "P1"): ("ASSIGNED", "A2", "B2"), ("C3", ""): ("OPEN", "", ""),
    }  # fmt: skip
    assert first["C1", "P2"].severity is Severity.SEVERE
    assert first["C1", "P2"].retain_until == date(2046, 11, 27)
    told = history(session, "mismatch_case", first["C1", "P2"].number)
    assert [(one["action"], one["user_name"]) for one in told] == [("case.opened", "系统核对")]


FILTERS = [
    (CaseFilter(origin=Cause.FOUND), {("C1", "P1"), ("C1", "P2")}),
    (CaseFilter(severity=Severity.SEVERE), {("C1", "P2")}),
    (CaseFilter(status=CaseStatus.OPEN), {("C3", "")}),
    (CaseFilter(owner_no="A2"), {("C2", "P1")}),
    (CaseFilter(branch_no="B1"), {("C1", "P1"), ("C1", "P2")}),
    (CaseFilter(overdue=True), set()),
    (CaseFilter(unsettled=False), set()),
    (CaseFilter(product_level="R4"), {("C1", "P2")}),
    (CaseFilter(client_class="C2", client_no="C2"), {("C2", "P1")}),
    (CaseFilter(text="产品P1"), {("C1", "P1"), ("C2", "P1")}),
    (CaseFilter(text="m0000001"), {("C1", "P1")}),
    (CaseFilter(text="100%"), set()),
]  # fmt: skip


def test_lists_filter_sort_and_turn_pages(desk):
    for filters, expected in FILTERS:
        assert set(numbers(desk.list(filters))) == expected, filters
    for sort in CaseSort:
        whole, found, cursor = numbers(desk.list(sort=sort)), [], None
        for _ in range(4):
            page = desk.list(sort=sort, cursor=cursor, limit=1)
            found += numbers(page)
            cursor = page.next_cursor
        assert (found, cursor) == (whole, None), sort
    assert numbers(desk.list(sort=CaseSort.VALUE))[0] == ("C1", "P2")
    assert numbers(desk.list(sort=CaseSort.DUE))[0][0] == "C2"  # ten trading days, the backlog has more
    with pytest.raises(BadCursor):
        desk.list(cursor="nonsense")
    with pytest.raises(BadCursor):
        desk.list(sort=CaseSort.CLIENT, cursor=desk.list(sort=CaseSort.DUE, limit=1).next_cursor)


def test_counts_of_a_facet_leave_out_its_own_filter(desk):
    found = desk.counts(CaseFilter(severity=Severity.SEVERE))

    assert found["severity"] == {"LOW": 1, "MEDIUM": 2, "SEVERE": 1}
    assert found["origin"] == {"FOUND": 1}
    assert found["all"] == {"all": 1}
    assert desk.counts(CaseFilter(unsettled=True, text="C1"))["owner_no"] == {"A1": 2}


def test_one_call_is_about_all_cases_of_a_client(desk):
    rolled = desk.clients(CaseFilter(unsettled=True))
    first = desk.clients(limit=1)[0]

    assert [(one.client_no, one.cases, one.severity.value, one.value) for one in rolled] == [
        ("C1", 2, "SEVERE", Decimal(10_000)), ("C2", 1, "MEDIUM", Decimal(1000)), ("C3", 1, "LOW", Decimal(1000)),
    ]  # fmt: skip
    assert [one.client_no for one in desk.clients(after=first.client_no)] == ["C2", "C3"]
    told = desk.contact_all({"M0000001": 1, "M0000002": 1}, ContactChannel.PHONE, "已告知", stamp=ADVISER)
    assert {one.status for one in told} == {CaseStatus.CONTACTED}
    with pytest.raises(ChangedMeanwhile):
        desk.contact_all({"M0000001": 2, "M0000002": 1}, ContactChannel.PHONE, "已告知", stamp=ADVISER)
    with pytest.raises(ReasonMissing, match="同一位客户"):
        desk.contact_all({"M0000001": 2, "M0000003": 1}, ContactChannel.PHONE, "已告知", stamp=ADVISER)


SCOPES = [  # who, what they see
    (ADVISER.actor, {"C1"}), (replace(ADVISER.actor, subject="staff:A2"), {"C2"}), (CHIEF.actor, {"C1"}),
    (FIRST.actor, {"C1", "C2", "C3"}), (replace(FIRST.actor, role=Role.AUDITOR), {"C1", "C2", "C3"}),
]  # fmt: skip


def test_everybody_sees_their_own_clients(desk, session):
    for actor, expected in SCOPES:
        own = CaseService(session, actor.scope(Verb.CASE_READ, DAY))
        assert {one.client_no for one in own.list().cases} == expected, actor
        assert own.counts()["all"]["all"] == len(own.list().cases)
    with pytest.raises(NoSuchCase):
        CaseService(session, ADVISER.actor.scope(Verb.CASE_READ, DAY)).detail("M0000003")
    for role in (Role.CLIENT, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            replace(FIRST.actor, role=role).scope(Verb.CASE_READ, DAY)


def test_a_case_is_contacted_and_accepted_and_a_second_officer_sees_that_it_moved(desk):
    case = desk.get("M0000001")
    told = desk.contact(
        case.number, ContactChannel.PHONE, "已告知", expected_version=case.version, stamp=ADVISER, evidence=CALL
    )
    with pytest.raises(ReasonMissing, match="sha256"):
        desk.note(case.number, "录音", expected_version=told.version, stamp=ADVISER, evidence="recording.mp3")
    with pytest.raises(ChangedMeanwhile, match="第 2 版"):
        desk.note(case.number, "另一人的说明", expected_version=case.version, stamp=SECOND)
    done = desk.resolve(
        case.number, Resolution.ACCEPTED, "已确认", expected_version=told.version, stamp=FIRST, evidence=PAPER
    )

    assert (told.status, told.contacts, done.status, done.resolved_on) == (
        CaseStatus.CONTACTED, 1, CaseStatus.RESOLVED, DAY
    )  # fmt: skip
    events = desk.detail(case.number).events
    assert [(one.kind.value, one.by_name, one.evidence) for one in events] == [
        ("OPENED", "系统核对", ""), ("CONTACTED", "顾问甲", CALL), ("RESOLVED", "合规一号", PAPER),
    ]  # fmt: skip
    assert [one.version for one in events] == [1, 2, 3]


def test_a_grave_case_takes_two_people(desk):
    case = desk.get("M0000002")
    assert desk.detail(case.number).second_needed
    with pytest.raises(StillMismatched, match="重新核对"):
        desk.resolve(case.number, Resolution.CURED, "已卖出", expected_version=1, stamp=FIRST)
    asked = desk.resolve(case.number, Resolution.FALSE_ALARM, "录入有误", expected_version=1, stamp=FIRST)
    assert asked.status is CaseStatus.CLOSING
    assert CaseAction.APPROVE in desk.detail(case.number).actions
    with pytest.raises(SamePerson):
        desk.approve(case.number, note="同意", expected_version=2, stamp=FIRST)
    with pytest.raises(NotAllowed):
        desk.approve(case.number, note="同意", expected_version=2, stamp=ADVISER)
    back = desk.reject(case.number, note="依据不足", expected_version=2, stamp=SECOND)
    assert (back.status, back.resolution) == (CaseStatus.ASSIGNED, None)
    desk.resolve(case.number, Resolution.FALSE_ALARM, "补充了录入单", expected_version=3, stamp=FIRST)
    done = desk.approve(case.number, note="同意", expected_version=4, stamp=SECOND)
    again = desk.reopen(case.number, note="客户投诉", expected_version=5, stamp=CHIEF)

    assert (done.status, done.resolution) == (CaseStatus.RESOLVED, Resolution.FALSE_ALARM)
    assert (again.status, again.due_on) == (CaseStatus.REOPENED, date(2026, 12, 4))


def test_who_assigns_and_who_closes_what_was_reported(desk):
    with pytest.raises(NotAllowed):
        desk.assign("M0000004", "A2", expected_version=1, stamp=ADVISER)
    with pytest.raises(NotInPost):
        desk.assign("M0000004", "A9", expected_version=1, stamp=CHIEF)
    given = desk.assign("M0000004", "A2", expected_version=1, stamp=CHIEF)
    assert (given.status, given.owner_no, given.branch_no) == (CaseStatus.ASSIGNED, "A2", "B2")
    with pytest.raises(ReasonMissing):
        desk.escalate("M0000004", note=" ", expected_version=2, stamp=CHIEF)
    desk.escalate("M0000004", note="客户联系不上", expected_version=2, stamp=CHIEF)
    with pytest.raises(NotAllowed, match="上报合规"):
        desk.resolve("M0000004", Resolution.FALSE_ALARM, "无", expected_version=3, stamp=CHIEF)
    with pytest.raises(NoSuchCase):
        desk.get("M99")


def test_the_watch_cures_reopens_hands_over_and_reports(desk, session):
    gone = [Observation(client_no="C1", product_code=code) for code in ("P1", "P2")]
    told = CaseIntake(session, DAY, WATCH).observe(gone)
    assert told == {"GONE": 2, "RESOLVED": 1, "PROPOSED": 1}
    assert desk.get("M0000001").resolution is Resolution.CURED
    assert desk.approve("M0000002", note="已核实卖出", expected_version=3, stamp=FIRST).resolution is Resolution.CURED
    again = CaseIntake(session, DAY, WATCH).observe([seen("C1", "P1", cause=Cause.CREATED)])
    assert again == {"REOPENED": 1}
    assert (desk.get("M0000001").origin, desk.get("M0000001").resolution) == (Cause.CREATED, None)

    monday = DAY + timedelta(days=3)
    assert CaseIntake(session, monday, WATCH).maintain() == {"ASSIGNED": 1}
    assert desk.get("M0000003").owner_no == "A1"
    late = date(2026, 12, 31)
    assert CaseIntake(session, late, WATCH).maintain()["ESCALATED"] >= 1
    assert desk.get("M0000003").escalated
    assert not CaseIntake(session, late, WATCH).maintain()
    kinds = [one.kind for one in desk.detail("M0000003").events]
    assert kinds == [EventKind.OPENED, EventKind.ASSIGNED, EventKind.ESCALATED]


STATEMENTS = (
    "DELETE FROM mismatch_case", "DELETE FROM mismatch_event", "UPDATE mismatch_event SET note = ''",
    "UPDATE watch_run SET ran_by = 'x'", "DELETE FROM watch_run",
)  # fmt: skip


def test_the_database_refuses_to_delete_a_case_and_to_change_an_event_or_a_run(desk, session):
    session.execute(text(
        "INSERT INTO watch_run (day, whole, ran_at, ran_by, rule_mark, counts, digest, retain_until) VALUES"
        " ('2026-11-27', false, '2026-11-27 00:00:00', 'x', 'm', '{}', 'd', '2046-11-27')"
    ))  # fmt: skip
    for statement in STATEMENTS:
        with pytest.raises(Exception, match="append-only"), session.begin_nested():
            session.execute(text(statement))

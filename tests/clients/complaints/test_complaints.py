"""投诉登记: states, deadlines, the second look, who may not judge, what it mutes; every step is on file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clients.complaints import rules
from clients.complaints.machine import OPEN_IN, next_status
from clients.complaints.mute import muted_by_complaint, mutes, quiet_until
from clients.complaints.problems import (
    ComplaintNeedsAnother,
    ComplaintNotOpen,
    ComplaintRefused,
    NoSuchComplaint,
)
from clients.complaints.repository import ComplaintFilter, counts_between, in_use
from clients.complaints.service import ComplaintService
from clients.complaints.types import (
    Complainant,
    Complaint,
    ComplaintAct,
    ComplaintAsk,
    ComplaintStatus,
    Conclusion,
    Severity,
    Topic,
    Way,
)
from clients.open_items import open_items
from clients.repository import NoSuchClient
from clients.staff.filing import Stamp
from clients.staff.problems import ChangedMeanwhile, NotInPost
from kit.access import Actor, NotAllowed, Role
from kit.trail.service import history
from tests.clients.people import DAY, EVERYTHING, NOW, People, book

HEAD = Stamp(Actor("U1", "主管甲", Role.SUPERVISOR, "staff:S1"), NOW)
OTHER = Stamp(Actor("U2", "合规乙", Role.COMPLIANCE), NOW)
ADVISOR = Stamp(Actor("U3", "投顾丙", Role.ADVISOR, "staff:S2"), NOW)
ABOUT = Stamp(Actor("U4", "投顾丁", Role.ADVISOR, "staff:S3"), NOW)


@pytest.fixture
def people(session):
    made = People(session)
    for number in ("S1", "S2", "S3"):
        made.person(number)
    for number in ("C1", "C2", "C3"):
        made.client(number)
    made.serves("S2", "C1")
    return made


@pytest.fixture
def desk(session, people):
    return ComplaintService(session, EVERYTHING)


def ask(client_no="C1", severity=Severity.ORDINARY, received_on=DAY, **more):
    told = {"way": Way.PHONE, "complainant": Complainant.CLIENT, "topic": Topic.SERVICE, "content": "三天没有回电"}
    return ComplaintAsk(client_no=client_no, severity=severity, received_on=received_on, **told | more)


def concluded(desk, number, stamp=ADVISOR, version=2):
    return desk.conclude(
        number, Conclusion.UPHELD, "已致歉并回复客户", "改为当日回电", expected_version=version, stamp=stamp
    )


DUE = [  # severity, received, due, source: trading days after the day of receipt
    ("MAJOR", date(2026, 3, 10), date(2026, 3, 17), "five days, over a weekend"),
    ("SERIOUS", date(2026, 3, 10), date(2026, 3, 24), "ten days"),
    ("ORDINARY", date(2026, 3, 10), date(2026, 3, 31), "fifteen days"),
    ("MAJOR", date(2026, 9, 30), date(2026, 10, 14), "国庆 1 to 7 October does not count"),
    ("MAJOR", date(2026, 3, 14), date(2026, 3, 20), "received on a Saturday"),
]


@pytest.mark.parametrize(("severity", "received", "due", "source"), DUE)
def test_the_last_day_counts_working_days(severity, received, due, source):
    assert rules.due_on(Severity(severity), received) == due, source


def test_a_leap_day_is_kept_to_a_day_that_exists():
    assert rules.retain_until(date(2028, 2, 29)) == date(2048, 2, 28)


def test_from_receipt_to_the_end_with_all_that_was_done(desk, session):
    made = desk.receive(ask(), HEAD)
    assert (made.number, made.status, made.due_on) == ("TS0000001", ComplaintStatus.RECEIVED, date(2026, 3, 31))
    given = desk.assign(made.number, "S2", expected_version=1, stamp=HEAD)
    assert (given.owner_no, given.status) == ("S2", ComplaintStatus.WORKING)
    desk.note(made.number, "已联系客户", expected_version=2, stamp=ADVISOR)
    done = concluded(desk, made.number, version=3)
    detail = desk.detail(made.number)

    assert (done.status, done.closed_on, done.conclusion) == (ComplaintStatus.CLOSED, DAY, Conclusion.UPHELD)
    assert [one.act for one in detail.events] == ["RECEIVE", "ASSIGN", "NOTE", "CONCLUDE"]
    assert set(detail.acts) == {ComplaintAct.NOTE, ComplaintAct.REOPEN}
    assert [one.lesson for one in desk.lessons(DAY, DAY)] == ["改为当日回电"]
    filed = history(session, "complaint", made.number)
    assert len(filed) == 4
    assert all("三天没有回电" not in str(one) for one in filed), "the trail holds a digest, not the words"


def test_a_grave_one_ends_only_when_another_agrees(desk):
    made = desk.receive(ask(severity=Severity.MAJOR), HEAD)
    desk.assign(made.number, "S2", expected_version=1, stamp=HEAD)
    waiting = concluded(desk, made.number, OTHER)
    assert (waiting.status, waiting.closed_on) == (ComplaintStatus.CLOSING, None)
    with pytest.raises(ComplaintNeedsAnother, match="由您提出"):
        desk.approve(made.number, "同意", expected_version=3, stamp=OTHER)
    back = desk.reject(made.number, "依据不足", expected_version=3, stamp=HEAD)
    assert (back.status, back.conclusion) == (ComplaintStatus.WORKING, None)
    concluded(desk, made.number, OTHER, version=4)
    closed = desk.approve(made.number, "同意", expected_version=5, stamp=HEAD)

    assert (closed.status, closed.closed_on) == (ComplaintStatus.CLOSED, DAY)
    again = desk.reopen(made.number, "客户不接受", expected_version=6, stamp=HEAD)
    assert (again.status, again.closed_on, again.due_on) == (ComplaintStatus.WORKING, None, date(2026, 3, 17))


def test_whom_it_is_about_neither_owns_nor_judges_it(desk):
    made = desk.receive(ask(about_staff_no="S3"), HEAD)
    with pytest.raises(ComplaintNeedsAnother, match="改派他人"):
        desk.assign(made.number, "S3", expected_version=1, stamp=HEAD)
    desk.assign(made.number, "S2", expected_version=1, stamp=HEAD)
    with pytest.raises(ComplaintNeedsAnother, match="涉及您本人"):
        concluded(desk, made.number, ABOUT)
    desk.note(made.number, "本人的说明", expected_version=2, stamp=ABOUT)  # may be heard


def test_another_severity_counts_anew_from_receipt_and_an_extension_once(desk):
    made = desk.receive(ask(), HEAD)
    desk.assign(made.number, "S2", expected_version=1, stamp=HEAD)
    graver = desk.regrade(made.number, Severity.MAJOR, "涉及误导", expected_version=2, stamp=HEAD)
    assert graver.due_on == date(2026, 3, 17)
    with pytest.raises(NotAllowed):
        desk.extend(made.number, 5, "等材料", expected_version=3, stamp=ADVISOR)
    with pytest.raises(ComplaintRefused, match="1 至 15 个营业日"):
        desk.extend(made.number, 16, "等材料", expected_version=3, stamp=HEAD)
    longer = desk.extend(made.number, 15, "等材料", expected_version=3, stamp=HEAD)
    assert longer.due_on == date(2026, 4, 8)  # 清明 6 April does not count
    with pytest.raises(ComplaintRefused, match="已延期 1 次"):
        desk.extend(made.number, 1, "再等", expected_version=4, stamp=HEAD)


REFUSED = [
    (ask(client_no="C9"), NoSuchClient, "没有客户 C9"),
    (ask(content=" "), ComplaintRefused, "投诉内容"),
    (ask(content="长" * 2001), ComplaintRefused, "最多 2000"),
    (ask(received_on=DAY + timedelta(days=1)), ComplaintRefused, "受理日期"),
    (ask(received_on=date(1999, 12, 31)), ComplaintRefused, "受理日期"),
]


@pytest.mark.parametrize(("told", "problem", "said"), REFUSED)
def test_bad_input_is_named_and_nothing_is_filed(desk, session, told, problem, said):
    with pytest.raises(problem, match=said):
        desk.receive(told, HEAD)

    assert not in_use(session, DAY)


def test_other_refusals(desk, people, session):
    made = desk.receive(ask(), HEAD)
    with pytest.raises(ChangedMeanwhile):
        desk.note(made.number, "x", expected_version=9, stamp=HEAD)
    with pytest.raises(NotAllowed):
        desk.assign(made.number, "S2", expected_version=1, stamp=ADVISOR)
    people.person("S8", last=date(2026, 1, 1))
    with pytest.raises(NotInPost):
        desk.assign(made.number, "S8", expected_version=1, stamp=HEAD)
    with pytest.raises(ComplaintNotOpen, match="待分派，不能提出结论"):
        concluded(desk, made.number, version=1)
    for number in ("TS0000099", "X1", "TS", "TS٣"):
        with pytest.raises(NoSuchComplaint):
            desk.get(number)
    outside = ComplaintService(session, book("S3"))
    with pytest.raises(NoSuchComplaint):
        outside.get(made.number)
    assert outside.page()[0] == []


ONE = Complaint(
    number="TS0000001", version=1, client_no="C1", client_name="甲", received_on=DAY, way=Way.PHONE,
    complainant=Complainant.CLIENT, topic=Topic.FEE, severity=Severity.ORDINARY, content="x", about_staff_no="",
    status=ComplaintStatus.RECEIVED, owner_no="", owner_name="", due_on=DAY, extended=0, conclusion=None,
    conclusion_note="", lesson="", proposed_by="", proposed_by_id="", closed_on=None, retain_until=DAY,
)  # fmt: skip


@pytest.mark.parametrize("status", list(ComplaintStatus))
def test_every_act_in_every_state_leads_somewhere_or_is_refused(status):
    for act in ComplaintAct:
        made = replace(ONE, status=status)
        if act in OPEN_IN[status]:
            assert next_status(made, act, DAY) in ComplaintStatus
        else:
            with pytest.raises(ComplaintNotOpen, match=act.label):
                next_status(made, act, DAY)


QUIET = {Severity.ORDINARY: 0, Severity.MAJOR: 30}
MUTES = [  # severity, received, closed, day, muted, source
    ("ORDINARY", 0, None, 0, True, "open on the day of receipt"),
    ("ORDINARY", 0, None, -1, False, "not before it came in"),
    ("ORDINARY", 0, None, 900, True, "open however long"),
    ("ORDINARY", 0, 5, 4, True, "the day before its end"),
    ("ORDINARY", 0, 5, 5, False, "ended"),
    ("MAJOR", 0, 5, 5, True, "the day of its end is quiet and not counted: 《民法典》第二百零一条"),
    ("MAJOR", 0, 5, 34, True, "the day before the last quiet one"),
    ("MAJOR", 0, 5, 35, True, "the thirtieth quiet day, counted from the day after its end"),
    ("MAJOR", 0, 5, 36, False, "the day after it"),
    ("SERIOUS", 0, None, 1, False, "a severity that the rule does not name"),
]


@pytest.mark.parametrize(("severity", "received", "closed", "day", "muted", "source"), MUTES)
def test_what_mutes_marketing(severity, received, closed, day, muted, source):
    end = None if closed is None else DAY + timedelta(days=closed)
    told = mutes(Severity(severity), DAY + timedelta(days=received), end, DAY + timedelta(days=day), QUIET)

    assert told == muted, source


def test_the_query_says_the_same_and_names_the_complaint(desk, session, people):
    first = desk.receive(ask("C1", received_on=DAY - timedelta(days=2)), HEAD)
    desk.receive(ask("C1"), HEAD)
    ended = desk.receive(ask("C2"), HEAD)
    desk.assign(ended.number, "S2", expected_version=1, stamp=HEAD)
    concluded(desk, ended.number)
    ids = people.clients

    assert muted_by_complaint(session, [ids["C1"], ids["C2"], ids["C3"]], DAY) == {ids["C1"]: first.number}
    assert muted_by_complaint(session, None, DAY) == {ids["C1"]: first.number}
    assert muted_by_complaint(session, [ids["C3"]], DAY) == {}
    assert muted_by_complaint(session, None, DAY - timedelta(days=3)) == {}
    assert quiet_until(session, [ids["C1"], ids["C2"]], DAY) == {}  # C1 has one open, C2 an ordinary one
    assert counts_between(session, DAY, DAY) == {ids["C1"]: 1, ids["C2"]: 1}
    assert [one.id for one in open_items(session, [ids["C2"], ids["C1"]], DAY) if one.kind == "complaint"] == [
        first.number, "TS0000002",
    ]  # fmt: skip


def test_lists_stand_by_deadline_and_go_on_where_they_stopped(desk):
    for severity in ("ORDINARY", "MAJOR", "SERIOUS"):
        desk.receive(ask(severity=Severity(severity)), HEAD)
    page, after = desk.page(limit=2)
    rest, end = desk.page(after=after, limit=2)
    late = ComplaintService(desk._session, type(EVERYTHING)(EVERYTHING.reach, "", date(2026, 3, 25)))

    assert [one.severity for one in (*page, *rest)] == ["MAJOR", "SERIOUS", "ORDINARY"]
    assert end is None
    assert late.counts()["overdue"] == 2
    assert [one.severity for one in late.page(ComplaintFilter(overdue=True))[0]] == ["MAJOR", "SERIOUS"]
    assert len(desk.page(ComplaintFilter(text="客户C1", unsettled=True))[0]) == 3
    assert len(desk.page(ComplaintFilter(text="TS0000002"))[0]) == 1


@pytest.mark.parametrize("change", ["UPDATE complaint_event SET note = 'x'", "DELETE FROM complaint_event"])
def test_what_was_done_is_never_changed(desk, session, change):
    desk.receive(ask(), HEAD)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change))

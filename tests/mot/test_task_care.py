"""Between making and sending, and day after day: the gates again, what is late, who is away; who is picked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from clients.staff.tables import AbsenceRow, StaffRow
from clients.staff.types import RelationRole
from kit.access import Reach, Scope, everything
from kit.db import transaction
from mot.contact.tables import PreferenceRow, SuppressionRow
from mot.tasks.assignment import Server, pick
from mot.tasks.desk import TaskDesk
from mot.tasks.ports import Keeping, PushReason, Verdict
from mot.tasks.rechecking import recheck_before_sending
from mot.tasks.types import Assignee, TaskAction, TaskState
from mot.tasks.upkeep import Upkeep
from tests.mot.world import DAY, adviser, at, client_id, happened, make, ordinary, stamp, supervisor

MAIN, HELP, SIGNED = RelationRole.MAIN, RelationRole.ASSISTANT, RelationRole.ADVISOR


def server(number, role=MAIN, advises=True, grade=99):
    return Server(role, Assignee(number, number, "B1", advises), grade)


PICKS = [  # who serves, load, adviser needed, mandatory, who works it, why
    ([server("A"), server("B", HELP)], {}, False, False, "A", "the first role in the scenario's order"),
    ([server("A", HELP), server("B", SIGNED)], {}, False, False, "B", "a named role before one that is not"),
    ([server("A", advises=False), server("B", HELP)], {}, True, False, "B", "advice is for a registered adviser"),
    ([server("A", advises=False)], {}, True, False, None, "nobody fits: the task waits"),
    ([server("A", grade=2), server("B", grade=0)], {}, False, False, "B", "the better grade"),
    ([server("A"), server("B")], {"A": 3}, False, False, "B", "the lighter desk"),
    ([server("A"), server("B", HELP)], {"A": 40}, False, False, "B", "a full desk, an optional task"),
    ([server("A"), server("B", HELP)], {"A": 39}, False, False, "A", "one below full"),
    ([server("A"), server("B", HELP)], {"A": 40}, False, True, "A", "a duty does not go round a full desk"),
    ([], {}, False, False, None, "nobody serves"),
]  # fmt: skip


@pytest.mark.parametrize(("servers", "load", "needed", "mandatory", "expected", "why"), PICKS)
def test_who_is_picked(servers, load, needed, mandatory, expected, why):
    found = pick(servers, (MAIN, SIGNED), load, adviser=needed, mandatory=mandatory, full=40)

    assert (found and found.staff_no) == expected, why


def made(session, kind, client="C01", **facts):
    happened(session, client, kind, ref="W1" if kind == "EXCHANGE_WARNING" else "", **facts)
    (row,) = make(session, client_no=client).tasks
    return row


def test_nothing_has_changed_and_the_push_goes_out(url):
    with transaction(url) as session:
        row = made(session, "LARGE_INFLOW", amount_yuan=600_000.0)
        found = recheck_before_sending(session, row.id, "S2", at(DAY, 11))

        assert (found.verdict, row.version) == (Verdict.SEND, 1)
        assert "C01" in found.text
        assert "客户C01" not in found.title + found.text, "no name in a push"


def test_a_product_that_is_no_longer_allowed_is_taken_off_and_the_task_held(url):
    with transaction(url) as session:
        row = made(session, "LARGE_INFLOW", amount_yuan=600_000.0)
        ordinary(session, "C01")
        found = recheck_before_sending(session, row.id, "S2", at(DAY, 11))
        again = recheck_before_sending(session, row.id, "S2", at(DAY, 12))

        assert (found.verdict, again.verdict) == (Verdict.HOLD, Verdict.HOLD)
        assert [one["product_code"] for one in row.offers if one["product_code"]] == []
        actions = [one.action for one in TaskDesk(session, everything(DAY)).detail(f"T{row.id:07d}").steps]
        assert actions == [TaskAction.CREATE, TaskAction.CHANGE, TaskAction.HOLD], "said once, not at every try"
        (kept,) = session.scalars(select(SuppressionRow))
        assert (kept.stage, kept.rules) == ("SEND", "MOT-G15")


def test_a_withdrawn_consent_holds_a_service_and_not_a_duty_and_a_new_one_releases_it(url):
    with transaction(url) as session:
        service, duty = made(session, "BIG_LOSS"), made(session, "EXCHANGE_WARNING")
        wish = {"client_id": client_id(session, "C01"), "valid_from": DAY, "told_by": "x", "told_at": at(DAY)}
        session.add(PreferenceRow(consent_service=False, **wish))
        session.flush()
        verdicts = [recheck_before_sending(session, one.id, "S2", at(DAY, 11)).verdict for one in (service, duty)]
        session.add(PreferenceRow(consent_service=True, **wish))
        session.flush()
        after = recheck_before_sending(session, service.id, "S2", at(DAY, 12))

        assert verdicts == [Verdict.HOLD, Verdict.SEND]
        assert (after.verdict, service.held_why) == (Verdict.SEND, "")


def test_quiet_hours_wait_until_morning_but_a_duty_does_not(url):
    with transaction(url) as session:
        service, duty = made(session, "BIG_LOSS"), made(session, "EXCHANGE_WARNING")
        held = recheck_before_sending(session, service.id, "S2", at(DAY, 21))

        assert (held.verdict, held.next_allowed_at) == (Verdict.HOLD, at(DAY + timedelta(days=1), 9))
        assert recheck_before_sending(session, duty.id, "S2", at(DAY, 21)).verdict is Verdict.SEND


def test_a_task_that_has_ended_or_is_somebody_elses_is_not_pushed(url):
    with transaction(url) as session:
        row = made(session, "BIG_LOSS")
        assert recheck_before_sending(session, row.id, "S3", at(DAY, 11)).verdict is Verdict.DROP
        desk = TaskDesk(session, everything(DAY))
        own = TaskDesk(session, Scope(Reach.BOOK, "staff:S2", DAY))
        own.move(f"T{row.id:07d}", TaskAction.SKIP, expected_version=1, stamp=adviser("S2"), note="客户在国外")

        assert desk.one(f"T{row.id:07d}").state is TaskState.SKIPPED
        assert recheck_before_sending(session, row.id, "S2", at(DAY, 11)).verdict is Verdict.DROP
        assert recheck_before_sending(session, 999_999, "S2", at(DAY, 11)).verdict is Verdict.DROP


def care(session, day, outbox=None):
    return dict(Upkeep(session, day, stamp(day), outbox).run())


LATE = [  # kind, days after the first day, what the upkeep does
    ("BIG_LOSS", 1, {}),  # due on 3 March
    ("BIG_LOSS", 4, {}),  # 6 March: the last of three trading days after
    ("BIG_LOSS", 7, {"EXPIRE": 1}),  # 9 March
    ("EXCHANGE_WARNING", 0, {}),  # due on the day itself
    ("EXCHANGE_WARNING", 1, {"ESCALATE": 1}),
    ("EXCHANGE_WARNING", 60, {"ESCALATE": 1}),  # never lapses
]  # fmt: skip


@pytest.mark.parametrize(("kind", "after", "expected"), LATE)
def test_what_is_late_is_reported_or_lapses_once(url, kind, after, expected):
    outbox, day = Keeping(), DAY + timedelta(days=after)
    with transaction(url) as session:
        made(session, kind)

        assert care(session, day, outbox) == expected
        assert care(session, day, outbox) == {}, "once"
        raised = [(one.staff_no, one.reason) for one in outbox.pushes]
        assert raised == ([("S1", PushReason.ESCALATED)] if "ESCALATE" in expected else [])


def test_the_tasks_of_who_is_away_go_to_who_stands_in_and_come_with_a_push(url):
    outbox, day = Keeping(), DAY + timedelta(days=1)
    with transaction(url) as session:
        row = made(session, "EXCHANGE_WARNING")
        people = {one.staff_no: one.id for one in session.scalars(select(StaffRow))}
        session.add(AbsenceRow(
            staff_id=people["S2"], kind="LEAVE", valid_from=day, valid_to=date(2026, 4, 1), stand_in_id=people["S4"]
        ))  # fmt: skip
        session.flush()
        found = care(session, day, outbox)

        assert (found, row.owner_no) == ({"ESCALATE": 1, "COVER": 1}, "S4")
        assert ("S4", PushReason.REASSIGNED) in [(one.staff_no, one.reason) for one in outbox.pushes]
        assert care(session, day, outbox) == {}


def test_a_task_that_a_supervisor_gave_away_stays_there(url):
    with transaction(url) as session:
        row = made(session, "EXCHANGE_WARNING")
        desk = TaskDesk(session, Scope(Reach.BRANCH, "staff:S1", DAY))
        desk.move(f"T{row.id:07d}", TaskAction.ASSIGN, expected_version=1, stamp=supervisor(), to="S3")

        assert care(session, DAY) == {}
        assert row.owner_no == "S3"


def test_what_waits_for_somebody_is_given_away_once_somebody_serves(url):
    with transaction(url) as session:
        people = {one.staff_no: one.id for one in session.scalars(select(StaffRow))}
        away = AbsenceRow(staff_id=people["S2"], kind="LEAVE", valid_from=DAY, valid_to=DAY)
        session.add(away)
        session.flush()
        row = made(session, "EXCHANGE_WARNING")
        assert (row.state, row.owner_no) == (TaskState.CREATED.value, "")
        found = care(session, DAY + timedelta(days=1))

        assert (found, row.owner_no) == ({"ESCALATE": 1, "ASSIGN": 1}, "S2")

"""A task worked: moves and who may make them, records and what they need, follow-ups, many at once, own ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from clients.contacts.service import ContactService
from clients.contacts.types import ContactSource
from clients.staff.problems import ChangedMeanwhile
from kit.access import NotAllowed, Reach, Scope, everything
from kit.db import transaction
from kit.trail.tables import TrailRow
from mot.scenario.types import ContactWay
from mot.tasks.desk import OwnTask, TaskDesk
from mot.tasks.ports import Keeping
from mot.tasks.problems import (
    ContactRequired,
    MandatoryTask,
    MoveNotOpen,
    NoSuchTask,
    NotSuitable,
    NotTheOwner,
    RecordIncomplete,
    TaskMalformed,
    WordsRefused,
)
from mot.tasks.repository import TaskFilter, TaskRepository
from mot.tasks.tables import TaskStateRow
from mot.tasks.types import Attachment, RecordAsk, TaskAction, TaskState
from tests.mot.world import CLIENTS, DAY, PRODUCTS, adviser, at, happened, make, ordinary, supervisor

PAPER = Attachment("sha256:" + "a" * 64, "录音")
OWNER = "S2"  # who serves C01


def own_desk(session, number=OWNER, outbox=None):
    return TaskDesk(session, Scope(Reach.BOOK, f"staff:{number}", DAY), outbox)


def branch_desk(session, outbox=None):
    return TaskDesk(session, Scope(Reach.BRANCH, "staff:S1", DAY), outbox)


def task_of(session, kind, ref="", client="C01", **facts):
    happened(session, client, kind, ref=ref, **facts)
    (row,) = make(session, client_no=client).tasks
    return TaskDesk(session, everything(DAY)).one(f"T{row.id:07d}")


def said(feedback, **more):
    told = {
        "way": ContactWay.PHONE, "contacted_at": at(DAY, 9, 30), "content": "已按要点沟通", "next_step": "下周回访",
        "feedback": feedback,
    }  # fmt: skip
    return RecordAsk(**{**told, **more})


def warning(session):
    return task_of(session, "EXCHANGE_WARNING", "W1", exchange="上交所", measure="口头警示", security_name="样例")


def test_an_oral_warning_must_be_contacted_today_with_evidence_and_a_copy_to_compliance(url):
    with transaction(url) as session:
        task, desk = warning(session), own_desk(session)

        assert (task.due_on, task.mandatory, task.must_contact, task.expires_on) == (DAY, True, True, None)
        for action in (TaskAction.SKIP, TaskAction.CANCEL):
            with pytest.raises(ContactRequired, match="必须联系客户"):
                desk.move(task.number, action, expected_version=1, stamp=adviser(OWNER), note="客户很忙")
        with pytest.raises(RecordIncomplete, match="客户的说明、附件"):
            desk.record(task.number, said("TOLD"), expected_version=1, stamp=adviser(OWNER))
        missed = desk.record(task.number, said("MISS"), expected_version=1, stamp=adviser(OWNER))
        told = said("TOLD", client_words="是我本人下的单", attachments=(PAPER,))
        done = desk.record(task.number, told, expected_version=2, stamp=adviser(OWNER))

        assert (missed.state, done.state) == (TaskState.IN_PROGRESS, TaskState.DONE)
        copies = TaskRepository(session, everything(DAY)).copies(DAY, DAY)
        assert [(row.feedback, row.reached) for row in copies] == [("TOLD", True), ("MISS", False)]
        contacts = ContactService(session, everything(DAY)).of_client("C01", DAY)
        assert [(one.source, one.reached) for one in contacts] == [
            (ContactSource.TASK, True), (ContactSource.TASK, False)
        ]  # fmt: skip


def test_no_feedback_of_a_duty_says_that_no_contact_is_needed(url):
    with transaction(url) as session:
        options = own_desk(session).story(warning(session).number).options

        assert 2 <= len(options) <= 4
        assert "DECLINED" not in {one.effect.value for one in options}


def test_a_task_goes_from_assigned_over_accepted_and_started_to_done_and_then_no_further(url):
    with transaction(url) as session:
        task, desk, me = task_of(session, "BIG_LOSS"), own_desk(session), adviser(OWNER)
        states = [task.state]
        for action in (TaskAction.ACCEPT, TaskAction.START):
            task = desk.move(task.number, action, expected_version=task.version, stamp=me)
            states.append(task.state)
        option = next(one for one in desk.story(task.number).options if one.effect.value == "DONE")
        task = desk.record(task.number, said(option.code, client_words="知道了"), expected_version=3, stamp=me)

        assert [*states, task.state] == [
            TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.IN_PROGRESS, TaskState.DONE
        ]  # fmt: skip
        assert [one.version for one in desk.detail(task.number).steps] == [1, 2, 3, 4]
        with pytest.raises(MoveNotOpen, match="任务已结束"):
            desk.move(task.number, TaskAction.SKIP, expected_version=4, stamp=me, note="试")
        trail = session.scalars(select(TrailRow).where(col(TrailRow.record_id) == task.number)).all()
        assert [one.action for one in trail] == ["task.create", "task.accept", "task.start", "task.record"]


def test_who_may_do_what(url):
    with transaction(url) as session:
        task, mine = task_of(session, "BIG_LOSS"), own_desk(session)
        with pytest.raises(NoSuchTask):
            own_desk(session, "S3").move(task.number, TaskAction.ACCEPT, expected_version=1, stamp=adviser("S3"))
        with pytest.raises(NotTheOwner, match="员工S2"):
            branch_desk(session).move(task.number, TaskAction.ACCEPT, expected_version=1, stamp=supervisor())
        with pytest.raises(NotAllowed):
            mine.move(task.number, TaskAction.ASSIGN, expected_version=1, stamp=adviser(OWNER), to="S3")
        with pytest.raises(TaskMalformed, match="须写明理由"):
            mine.move(task.number, TaskAction.SKIP, expected_version=1, stamp=adviser(OWNER))
        with pytest.raises(ChangedMeanwhile):
            mine.move(task.number, TaskAction.ACCEPT, expected_version=7, stamp=adviser(OWNER))
        other = task_of(session, "LARGE_OUTFLOW", client="C05", amount_yuan=500_000.0)
        with pytest.raises(MandatoryTask):
            mine.move(other.number, TaskAction.SKIP, expected_version=1, stamp=adviser(OWNER), note="试")
        skipped = mine.move(task.number, TaskAction.SKIP, expected_version=1, stamp=adviser(OWNER), note="客户在国外")
        assert skipped.state is TaskState.SKIPPED


def test_a_supervisor_gives_a_task_to_somebody_present_in_the_branch(url):
    outbox = Keeping()
    with transaction(url) as session:
        task, desk = task_of(session, "BIG_LOSS"), branch_desk(session, outbox)
        for nobody, problem in (("S5", NotAllowed), ("", TaskMalformed)):
            with pytest.raises(problem):
                desk.move(task.number, TaskAction.ASSIGN, expected_version=1, stamp=supervisor(), to=nobody)
        moved = desk.move(task.number, TaskAction.ASSIGN, expected_version=1, stamp=supervisor(), to="S3")

        assert (moved.owner_no, moved.state) == ("S3", TaskState.ASSIGNED)
        assert [(one.staff_no, one.reason.value) for one in outbox.pushes] == [("S3", "REASSIGNED")]
        assert own_desk(session, "S3").mine().tasks == (moved,)
        assert own_desk(session).mine().tasks == ()


def test_a_follow_up_is_made_where_the_client_wants_one(url):
    with transaction(url) as session:
        task, desk = task_of(session, "LARGE_INFLOW", amount_yuan=600_000.0), own_desk(session)
        done = desk.record(
            task.number, said("IDLE", next_step="发产品说明", products=(PRODUCTS[0],)), expected_version=1,
            stamp=adviser(OWNER),
        )  # fmt: skip
        (after,) = desk.detail(task.number).follow_ups

        assert done.state is TaskState.DONE
        assert (after.parent_id, after.owner_no, after.due_on > DAY) == (task.id, OWNER, True)
        assert "发产品说明" in after.notice
        (record,) = desk.detail(task.number).records
        assert record.products[0]["decision"] == task.offers[-2].decision_id


REFUSED = [  # what is told, the problem, what its text names
    ({"feedback": "NO_SUCH"}, RecordIncomplete, "不是这个任务的选项"),
    ({"way": ContactWay.LETTER}, RecordIncomplete, "联系方式"),
    ({"contacted_at": at(DAY + timedelta(days=1))}, RecordIncomplete, "晚于现在"),
    ({"contacted_at": at(DAY - timedelta(days=30))}, RecordIncomplete, "联系时间应在"),
    ({"content": "本产品保 本 保收益"}, WordsRefused, "不得使用的词语"),
    ({"content": " "}, RecordIncomplete, "沟通内容"),
    ({"attachments": (Attachment("md5:1"),)}, RecordIncomplete, "sha256"),
    ({"products": ("600519.SH", )}, Exception, "600519"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "problem", "names"), REFUSED)
def test_a_record_that_is_not_whole_is_refused_by_name(url, told, problem, names):
    with transaction(url) as session:
        task = task_of(session, "LARGE_INFLOW", amount_yuan=600_000.0)
        with pytest.raises(problem, match=names):
            own_desk(session).record(
                task.number, said(**{"feedback": "USE", **told}), expected_version=1, stamp=adviser(OWNER)
            )
        assert TaskRepository(session, everything(DAY)).records(task.id) == ()


def test_a_product_that_is_not_allowed_today_can_not_have_been_spoken_of(url):
    with transaction(url) as session:
        task = task_of(session, "LARGE_INFLOW", amount_yuan=600_000.0)
        ordinary(session, "C01")
        with pytest.raises(NotSuitable, match="不能推介"):
            own_desk(session).record(
                task.number, said("USE", products=(PRODUCTS[0],)), expected_version=1, stamp=adviser(OWNER)
            )


def test_many_at_once_each_is_moved_or_refused_by_name(url):
    with transaction(url) as session:
        for client in (CLIENTS[0], CLIENTS[4]):
            happened(session, client, "BIG_LOSS")
        rows = make(session).tasks
        seen = {f"T{row.id:07d}": 1 for row in rows} | {"T0009999": 1}
        found = own_desk(session).move_all(seen, TaskAction.ACCEPT, stamp=adviser(OWNER))

        assert {one.state for one in found.done} == {TaskState.ACCEPTED}
        assert [(number, problem.code()) for number, problem in found.refused] == [("T0009999", "no-such-task")]


def test_an_own_task_stands_in_the_owners_list_and_not_in_a_colleagues(url):
    with transaction(url) as session:
        ask = OwnTask(client_no="C01", name="送达报告", note="客户希望面谈", due_on=DAY + timedelta(days=3))
        made = own_desk(session).add(ask, adviser(OWNER))

        assert made.state is TaskState.ACCEPTED
        assert own_desk(session).mine().tasks == (made,)
        assert own_desk(session, "S3").list(TaskFilter()).tasks == ()
        assert branch_desk(session).counts()["all"]["open"] == 1


def test_history_and_records_refuse_every_change(url):
    with transaction(url) as session:
        task_of(session, "BIG_LOSS")
        row = session.scalars(select(TaskStateRow)).first()
        row.note = "改写"
        with pytest.raises(DBAPIError, match="append-only"):
            session.flush()
        session.rollback()

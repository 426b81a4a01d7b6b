"""`heshi day run` and `heshi mot …`: the day rehearsed, run, run again; events, tasks, a backtest, a second person."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner

from cli.main import application
from jobs.clock import RunState, end_run, start_run
from jobs.day import WORDS
from jobs.schedule import timetable
from kit.access import Role
from kit.clock import today
from kit.db import transaction
from kit.identity.passwords import hashed
from kit.identity.tables import UserRow
from kit.problems import Problem
from kit.settings import settings
from mot.scenario.desk import ScenarioDesk
from mot.tasks.tables import JudgementRow, TaskRow
from mot.tasks.types import TaskAction
from tests.api.people import PASSWORD
from tests.cli.operators import NOW, operators
from tests.mot.world import CLIENTS, DAY, happened, settle, stamp

__all__ = ["operators"]

USERS = {"officer": Role.COMPLIANCE, "second": Role.COMPLIANCE, "auditor": Role.AUDITOR}
SPAN = ("--from", str(DAY - timedelta(days=6)), "--to", str(DAY))
WARNED = list(CLIENTS[:2])


@pytest.fixture
def heshi(operators, monkeypatch):
    """The command on the small house, in which two clients were warned by the exchange."""
    monkeypatch.setenv("HESHI_PASSWORD", PASSWORD)
    settings.cache_clear()
    with transaction(operators) as session:
        settle(session)
        for name, role in USERS.items():
            session.add(UserRow(
                id=f"u-{name}", name=name, role=role, subject="", password_hash=hashed(PASSWORD), created_at=NOW
            ))  # fmt: skip
        for client in WARNED:
            happened(session, client, "EXCHANGE_WARNING", exchange="上交所", measure="口头警示", security_name="样例")

    def invoke(*words, code=0):
        result = CliRunner().invoke(application(), [str(one) for one in words])
        assert result.exit_code == code, result.output
        refused = result.exception.detail if isinstance(result.exception, Problem) else ""
        return json.loads(result.stdout) if "--json" in words else result.output + refused

    return invoke


def counts(url):
    with transaction(url) as session:
        return [session.exec(select(func.count()).select_from(one)).one() for one in (TaskRow, JudgementRow)]


def test_the_day_is_rehearsed_run_once_and_its_tasks_are_listed(heshi, operators):
    rehearsed = heshi("day", "run", DAY, "--dry-run", "--json")
    told = {one["step"]: one["told"] for one in rehearsed["steps"]}
    assert (rehearsed["dry_run"], told["make"]["tasks"], counts(operators)) == (True, len(WARNED), [0, 0])

    done = heshi("day", "run", DAY, "--only", "derive", "--only", "make", "--json")
    assert [(one["step"], one["fault"]) for one in done["steps"]] == [("derive", None), ("make", None)]
    after = counts(operators)
    again = heshi("day", "run", DAY, "--only", "derive", "--only", "make")
    assert (after[0], counts(operators)) == (len(WARNED), after)
    assert "任务 0" in again

    events = heshi("mot", "events", "--as", "auditor", "--kind", "EXCHANGE_WARNING", "--json")
    listed = heshi("mot", "tasks", "--as", "officer", "--on", DAY + timedelta(days=1), "--overdue", "--json")
    assert sorted(one["client_no"] for one in events) == WARNED
    assert sorted(one["client_no"] for one in listed["tasks"]) == WARNED
    assert listed["counts"]["all"] == {"open": 2, "overdue": 2, "mandatory": 2, "escalated": 0}


def test_what_the_clock_ran_is_listed_with_what_went_wrong(heshi, operators):
    assert "还没有定时运行过" in heshi("day", "list", "--as", "auditor")
    job = timetable(DAY)[1]
    with transaction(operators) as session:
        for due_at, state, said in ((NOW, RunState.FAILED, "DayRefused: 分级"), (NOW + timedelta(days=1), None, "")):
            fence = start_run(session, job, due_at, "w1", due_at)
            if state is not None:
                end_run(session, job, due_at, fence, state, said, due_at)

    listed = heshi("day", "list", "--as", "auditor", "--json")

    assert [(one["job"], one["state"], one["detail"]) for one in listed] == [
        ("day", "STARTED", ""), ("day", "FAILED", "DayRefused: 分级"),
    ]  # fmt: skip
    assert "日终批次" in heshi("day", "list", "--as", "auditor", "--most", 1)


def test_every_count_of_a_day_has_its_word(heshi):
    told = heshi("day", "run", DAY, "--as", "officer", "--json")["steps"]

    assert {name for one in told for name, value in one["told"].items() if isinstance(value, int)} <= set(WORDS)
    assert {one.value for one in (TaskAction.EXPIRE, TaskAction.ESCALATE, TaskAction.ASSIGN, TaskAction.COVER)} <= set(
        WORDS
    )


REFUSED = [  # command, exit code, what is said
    (("day", "run", DAY, "--only", "no-such"), 1, "没有步骤 no-such"),
    (("day", "run", "2026-13-01"), 2, "2026-13-01"),
    (("day", "run", today() + timedelta(days=1)), 1, "还没有到"),
    (("day", "run", DAY, "--as", "auditor"), 1, "没有“推算事件、生成任务”的权限"),
    (("mot", "backtest", "no-such", *SPAN, "--as", "officer"), 1, "没有场景 'no-such'"),
    (("mot", "backtest", "all", "--from", "2026-01-01", "--to", "2026-06-30", "--as", "officer"), 1, "最多回溯 120 天"),
    (("mot", "scenarios", "install", "--as", "auditor"), 1, "没有“起草、预演、停用场景”的权限"),
    (("mot", "scenarios", "retire", "exchange-warning", "--why", " ", "--as", "officer"), 1, "须写明理由"),
]  # fmt: skip


def test_what_is_refused_says_why_and_ends_with_its_code(heshi):
    for words, code, said in REFUSED:
        assert said in "".join(heshi(*words, code=code).split("\n")), words


def test_a_scenario_is_backtested_previewed_and_approved_by_another(heshi, operators):
    found = heshi("mot", "backtest", "exchange-warning", *SPAN, "--as", "auditor", "--json")
    assert (found["tasks"], sorted(found["most_per_client"])) == (2, WARNED)
    assert found["outcomes"] == {"exchange-warning": {"FIRED": 2}}
    assert counts(operators) == [0, 0]

    with transaction(operators) as session:
        desk = ScenarioDesk(session)
        text = desk.get("exchange-warning").scenario.text.replace('when: "收到当日', 'when: "当日，收到')
        drafted = desk.draft(text, stamp(DAY, role=Role.COMPLIANCE, who="officer"))
    heshi("mot", "scenarios", "preview", "exchange-warning", *SPAN, "--as", "officer")
    own = heshi("mot", "scenarios", "approve", "exchange-warning", "--note", "可以", "--as", "officer", code=1)
    assert "须由另一人批准" in "".join(own.split("\n"))
    heshi("mot", "scenarios", "approve", "exchange-warning", "--note", "可以", "--as", "second")

    now = {
        one["digest"]: one["status"] for one in heshi("mot", "scenarios", "--as", "auditor", "--json")
        if one["scenario"] == "exchange-warning"
    }  # fmt: skip
    assert sorted(now.values()) == ["APPROVED", "RETIRED"]
    assert now[drafted.scenario.version] == "APPROVED"

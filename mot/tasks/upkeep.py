"""每日维护: tasks that are late are reported or lapse, those of the absent go to who stands in, and what waits for
somebody is tried again. Repeating it on the same day changes nothing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import everything
from kit.db import one_at_a_time
from mot.scenario.desk import ScenarioDesk
from mot.scenario.types import Scenario
from mot.tasks.assignment import Servers, chosen, person_on, servers_on, supervisors_of
from mot.tasks.filing import advance, push, push_of
from mot.tasks.making import MAKING
from mot.tasks.ports import Outbox, Push, PushReason
from mot.tasks.repository import TaskRepository
from mot.tasks.rules import escalates
from mot.tasks.tables import TaskRow
from mot.tasks.types import Assignee, Origin, TaskAction, TaskState

LATE: Final = "逾期未办，自动上报主管"
LAPSED: Final = "逾期，任务过期"
COVERED: Final = "原办理人离岗，由代岗同事办理"
FOUND: Final = "已有可以办理的人"
HANDED: Final = "服务关系变更，随客户转交"


class Upkeep:
    """One day's upkeep over one session; the commit belongs to the caller."""

    def __init__(self, session: Session, day: date, stamp: Stamp, outbox: Outbox | None) -> None:
        self._session, self._day, self._stamp, self._outbox = session, day, stamp, outbox
        self._read = TaskRepository(session, everything(day))
        self._pushes: list[Push] = []
        self._scenarios: Mapping[str, Scenario] = {}

    def run(self) -> Counter[str]:
        """How many tasks each action concerned."""
        one_at_a_time(self._session, MAKING)
        rows = self._read.open_rows()
        self._scenarios = ScenarioDesk(self._session).contents(
            tuple(sorted({row.scenario_digest for row in rows if row.scenario_digest}))
        )
        servers = servers_on(self._session, self._day, {row.client_no for row in rows})
        load, done = self._read.load(), Counter[str]()
        for row in rows:
            done.update(self._late(row))
            if row.state in (TaskState.CREATED.value, TaskState.ASSIGNED.value, TaskState.ACCEPTED.value):
                done.update(self._owner(row, servers, load))
        push(self._session, self._outbox, self._pushes)
        return done

    def _late(self, row: TaskRow) -> list[str]:
        if row.expires_on is not None and self._day > row.expires_on:
            advance(self._session, row, TaskAction.EXPIRE, TaskState.EXPIRED, self._stamp, note=LAPSED)
            return [TaskAction.EXPIRE.value]
        if row.mandatory and row.escalated_on is None and escalates(row.due_on, self._day):
            row.escalated_on = self._day
            advance(self._session, row, TaskAction.ESCALATE, TaskState(row.state), self._stamp, note=LATE)
            for one in supervisors_of(self._session, row.branch_no, self._day) if row.branch_no else ():
                self._push(row, PushReason.ESCALATED, one.staff_no)
            return [TaskAction.ESCALATE.value]
        return []

    def _owner(self, row: TaskRow, servers: Servers, load: dict[str, int]) -> list[str]:
        """The owner still serves the client and is present; else who stands in, or who serves now."""
        serving = {one.who.staff_no: one.who for one in servers.get(row.client_no, ())}
        if row.owner_no in serving or not serving or row.origin == Origin.OWN.value or self._given(row):
            return []
        who = next((one for one in serving.values() if one.stand_in_for == row.owner_no), None)
        why = COVERED if who is not None else (HANDED if row.owner_no else FOUND)
        scenario = self._scenarios.get(row.scenario_digest)
        if who is None and scenario is not None:
            who = chosen(servers, scenario, row.client_no, load, self._day)
        if who is None or (row.needs_adviser and not who.may_advise):
            return []
        return self._give(row, who, why, load)

    def _given(self, row: TaskRow) -> bool:
        """A supervisor gave it to this very person, who is present: it stays with them."""
        if not row.owner_no or person_on(self._session, row.owner_no, self._day) is None:
            return False
        last = [one for one in self._read.steps(row.id or 0) if one.action in (TaskAction.ASSIGN, TaskAction.COVER)]
        return bool(last) and last[-1].action is TaskAction.ASSIGN and bool(last[-1].by_id)

    def _give(self, row: TaskRow, who: Assignee, why: str, load: dict[str, int]) -> list[str]:
        before = row.owner_no
        row.owner_no, row.owner_name = who.staff_no, who.name
        row.branch_no = who.branch_no or row.branch_no
        load[who.staff_no] = load.get(who.staff_no, 0) + 1
        action = TaskAction.COVER if before else TaskAction.ASSIGN
        advance(self._session, row, action, TaskState.ASSIGNED, self._stamp, note=why,
                **{"from": before, "to": who.staff_no})  # fmt: skip
        self._push(row, PushReason.REASSIGNED)
        return [action.value]

    def _push(self, row: TaskRow, reason: PushReason, staff_no: str = "") -> None:
        scenario = self._scenarios.get(row.scenario_digest)
        channels = scenario.assignment.push if scenario else ()
        self._pushes.append(push_of(row, reason, self._stamp.at, channels, staff_no))

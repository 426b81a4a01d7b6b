"""Every query of the effect: registrations and findings, who takes part, what became of tasks, the daily series."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, case, delete, func, literal, select, union_all
from sqlmodel import Session, col

from clients.staff.repository import StaffRepository
from clients.visibility import STAFF, subject_no
from kit.access import Reach, Scope, everything
from mot.contact.tables import SuppressionRow
from mot.effect.registration import registered_of
from mot.effect.tables import FindingRow, MeasureRow, SeriesRow
from mot.effect.types import Arm, Enrolled, Level, Plan, Registered, TaskFacts
from mot.matching.holdout import GLOBAL
from mot.matching.outcome import Why
from mot.tasks.tables import JudgementRow, ServiceRecordRow, TaskRow, TaskStateRow
from mot.tasks.types import Outcome, TaskAction

CREATE: Final = "CREATE"
_AT_ONCE: Final = 500
_PLACES: Final = (Arm.TREATED, Arm.HELD_OUT, Arm.GLOBAL)
_HELD: Final = {Why.HELD_OUT.value: 1, Why.HELD_OUT_GLOBAL.value: 2}
_HELD_GLOBALLY: Final = {Why.HELD_OUT_GLOBAL.value: 1}
"""Places of the groups; for all scenarios together, whom the holdout of one leaves alone belongs to the treated."""


@dataclass
class Taken:
    """Who takes part in a version: clients by group and first day; mixed: who stood in both groups."""

    enrolled: dict[tuple[Arm, date], int] = field(default_factory=dict)
    mixed: int = 0


class EffectRepository:
    """Measures, findings and what they rest on; the house's own view, for figures over all clients."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # registrations and findings

    def measures(self, scenario_id: str | None = None) -> list[Registered]:
        """Of scenarios, by scenario, the newest version first; GLOBAL asks for those of all scenarios together."""
        asked = select(MeasureRow).order_by(col(MeasureRow.scenario_id), col(MeasureRow.id).desc())
        mine = col(MeasureRow.scenario_id) != GLOBAL if scenario_id is None else (
            col(MeasureRow.scenario_id) == scenario_id
        )
        return [registered_of(row) for row in self._session.scalars(asked.where(mine))]

    def findings(self) -> dict[int, FindingRow]:
        """The newest finding of each measure."""
        asked = select(FindingRow).order_by(col(FindingRow.day), col(FindingRow.id))
        return {row.measure_id: row for row in self._session.scalars(asked)}

    def add_finding(self, row: FindingRow) -> None:
        self._session.add(row)
        self._session.flush()

    # who takes part

    def enrolled(self, one: Registered, day: date) -> tuple[tuple[Enrolled, ...], int]:
        """Each client once, by the first day on which a group was decided; and how many stood in both groups.

        Fired or held back by the gate is the treated group: the hash had let the client through either way. For all
        scenarios together the first day under any of them counts, where it is no earlier than the registration.
        """
        decided = self._decided(day, one.plan)
        first = func.min(decided.c.day)
        asked = select(
            decided.c.client_no, first, func.min(decided.c.place), func.max(decided.c.place)
        ).group_by(decided.c.client_no)  # fmt: skip
        if one.plan.programme:
            asked = asked.having(first >= one.registered_on)
        found, mixed = [], 0
        for client, on, lowest, highest in self._session.execute(asked):
            if lowest == 0 < highest:
                mixed += 1
            else:
                found.append(Enrolled(client, _PLACES[lowest], on))
        return tuple(sorted(found, key=lambda it: (it.day, it.client_no))), mixed

    def samples(self, day: date) -> dict[str, Taken]:
        """Who takes part in every version up to the day, by its hash; one query for all of them."""
        decided = self._decided(day)
        each = select(
            decided.c.version, func.min(decided.c.day).label("day"), func.min(decided.c.place).label("lowest"),
            func.max(decided.c.place).label("highest"),
        ).group_by(decided.c.version, decided.c.client_no).subquery()  # fmt: skip
        both = (each.c.lowest == 0) & (each.c.highest > 0)
        found: dict[str, Taken] = defaultdict(Taken)
        asked = select(each.c.version, each.c.day, each.c.lowest, both, func.count())
        for version, on, lowest, mixed, n in self._session.execute(
            asked.group_by(each.c.version, each.c.day, each.c.lowest, both)
        ):
            if mixed:
                found[version].mixed += int(n)
            else:
                found[version].enrolled[_PLACES[lowest], on] = int(n)
        return found

    def _decided(self, day: date, plan: Plan | None = None) -> Subquery:
        """One entry a decision up to the day: version, client, day, place of the group; of one plan, or of all."""
        row, gate = JudgementRow, SuppressionRow
        places = _HELD if plan is None or not plan.programme else _HELD_GLOBALLY
        judged = select(
            col(row.scenario_digest).label("version"), col(row.client_no), col(row.day),
            case(places, value=col(row.why), else_=0).label("place"),
        ).where(
            col(row.day) <= day, col(row.outcome).in_([Outcome.FIRED.value, Outcome.HELD_OUT.value]),
            *(() if plan is None else self._of(row, plan)),
        )  # fmt: skip
        gated = select(
            col(gate.scenario_digest), col(gate.client_no), col(gate.day), literal(0)
        ).where(
            col(gate.stage) == CREATE, col(gate.day) <= day, *(() if plan is None else self._of(gate, plan))
        )  # fmt: skip
        return union_all(judged, gated).subquery()

    def spoken_to(self, plan: Plan, client_nos: Sequence[str], first: date, last: date) -> Iterator[tuple[str, date]]:
        """Clients for whom another scenario fired from day to day, with the day."""
        row = JudgementRow
        for start in range(0, len(client_nos), _AT_ONCE):
            some = list(client_nos[start : start + _AT_ONCE])
            asked = select(col(row.client_no), col(row.day)).where(
                col(row.client_no).in_(some), col(row.outcome) == Outcome.FIRED.value,
                col(row.scenario_id) != plan.scenario_id, col(row.day) >= first, col(row.day) <= last,
            )  # fmt: skip
            yield from ((client, on) for client, on in self._session.execute(asked))

    # what a review counts

    def outcomes(self, plan: Plan, day: date) -> dict[str, int]:
        """Occurrences of the version by what became of them."""
        row = JudgementRow
        asked = (
            select(col(row.outcome), func.count()).where(*self._of(row, plan), col(row.first_on) <= day)
            .group_by(col(row.outcome))
        )  # fmt: skip
        return {outcome: int(n) for outcome, n in self._session.execute(asked)}

    def held_by(self, plan: Plan, day: date) -> dict[str, int]:
        """How many contacts of the version each rule of the gate held back; one that two rules hold counts for both."""
        row = SuppressionRow
        asked = select(col(row.subject), col(row.rules)).where(*self._of(row, plan), col(row.day) <= day).distinct()
        found: Counter[str] = Counter()
        for _, rules in self._session.execute(asked):
            found.update(one for one in rules.split(",") if one)
        return dict(sorted(found.items()))

    def tasks(self, plan: Plan, day: date) -> list[TaskFacts]:
        """Tasks of the version that were made by the day, with their contacts up to it."""
        of = [*self._of(TaskRow, plan), col(TaskRow.made_on) <= day]
        records: dict[int, list[tuple[date, bool, str]]] = {}
        row = ServiceRecordRow
        told = (
            select(col(row.task_id), col(row.day), col(row.reached), col(row.effect))
            .join(TaskRow, col(TaskRow.id) == col(row.task_id)).where(*of, col(row.day) <= day).order_by(col(row.id))
        )  # fmt: skip
        for task, on, reached, effect in self._session.execute(told):
            records.setdefault(task, []).append((on, reached, effect))
        asked = select(
            col(TaskRow.id), col(TaskRow.state), col(TaskRow.made_on), col(TaskRow.due_on), col(TaskRow.feedback)
        )
        found = []
        for task, state, made, due, feedback in self._session.execute(asked.where(*of)):
            own = records.get(task, [])
            reached = [on for on, answered, _ in own if answered]
            effect = own[-1][2] if own else ""
            found.append(TaskFacts(state, made, due, feedback, effect, bool(own), min(reached, default=None)))
        return found

    def skip_reasons(self, plan: Plan, day: date, most: int) -> list[tuple[str, int]]:
        """Why people passed over tasks of the version, in their own words, the commonest first."""
        row, n = TaskStateRow, func.count()
        asked = (
            select(col(row.note), n).join(TaskRow, col(TaskRow.id) == col(row.task_id))
            .where(*self._of(TaskRow, plan), col(row.action) == TaskAction.SKIP.value, col(row.day) <= day)
            .group_by(col(row.note)).order_by(n.desc(), col(row.note)).limit(most)
        )  # fmt: skip
        return [(note, int(times)) for note, times in self._session.execute(asked)]

    def _of(self, row: Any, plan: Plan) -> tuple[ColumnElement[bool], ...]:
        if plan.programme:
            held = [one.plan.scenario_digest for one in self.measures() if one.plan.share_held]
            return (col(row.scenario_digest).in_(held),)
        return col(row.scenario_id) == plan.scenario_id, col(row.scenario_digest) == plan.scenario_digest


class SeriesRepository:
    """The daily series that a scope shows: all; a branch and its people; one's own."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._shown = _shown(session, scope)

    def rows(self, first: date, last: date, level: Level | None = None, unit: str | None = None) -> list[SeriesRow]:
        """By level, unit and day."""
        row = SeriesRow
        asked = select(row).where(col(row.day) >= first, col(row.day) <= last, *self._shown)
        if level is not None:
            asked = asked.where(col(row.level) == level.value)
        if unit is not None:
            asked = asked.where(col(row.unit) == unit)
        return list(self._session.scalars(asked.order_by(col(row.level), col(row.unit), col(row.day))))

    def on(self, day: date) -> list[SeriesRow]:
        return self.rows(day, day)

    def newest(self, day: date) -> date | None:
        """The newest day on file up to the day."""
        asked = select(func.max(col(SeriesRow.day))).where(col(SeriesRow.day) <= day, *self._shown)
        found: date | None = self._session.execute(asked).scalar()
        return found

    def replace(self, day: date, rows: Iterable[SeriesRow]) -> None:
        """These rows in the place of what stood for the day."""
        self._session.execute(delete(SeriesRow).where(col(SeriesRow.day) == day))
        self._session.add_all(rows)
        self._session.flush()


def _shown(session: Session, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    if scope.reach is Reach.ALL:
        return ()
    row, number = SeriesRow, subject_no(scope, STAFF)
    if number is not None and scope.reach is Reach.BOOK:
        return col(row.level) == Level.ADVISOR.value, col(row.unit) == number
    if number is not None and scope.reach is Reach.BRANCH:
        staff = StaffRepository(session, everything(scope.day))
        person = staff.row(number)
        posting = None if person.id is None else staff.posting(person.id, scope.day)
        if posting is not None and posting.branch_no:
            return (col(row.branch_no) == posting.branch_no,)
    return (col(row.id).is_(None),)

"""预先登记: before a version fires for the first time, what it will be judged by is on file, and stays as it is.

Called by the maker of tasks in the very transaction that files them, so that no version fires without its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from clients.staff.filing import Stamp, file_change
from kit.digest import digest
from mot.effect.rules import plan_from, plan_of
from mot.effect.tables import MeasureRow
from mot.effect.types import Registered
from mot.scenario.types import Scenario


def register(session: Session, scenarios: Sequence[Scenario], day: date, stamp: Stamp) -> int:
    """File the plan of each version that has none; how many are new. The caller works alone (see TaskMaker.run)."""
    asked = select(col(MeasureRow.scenario_id), col(MeasureRow.scenario_digest))
    known = {(scenario, version) for scenario, version in session.execute(asked)}
    fresh = [one for one in scenarios if (one.id, one.version) not in known]
    for one in fresh:
        plan = plan_of(one, day)
        row = MeasureRow(
            scenario_id=one.id, scenario_digest=one.version, metric=plan.metric, review_on=plan.review_on,
            plan=plan.content(), registered_on=day, registered_at=stamp.at, registered_by=stamp.actor.name,
            digest=digest(plan.content()),
        )  # fmt: skip
        session.add(row)
    if fresh:
        session.flush()
        file_change(
            session, stamp, "mot.measure", "mot_day", day.isoformat(), registered=[one.id for one in fresh],
            versions=[one.short_version for one in fresh],
        )  # fmt: skip
    return len(fresh)


def registered_of(row: MeasureRow) -> Registered:
    """A registration as a value."""
    assert row.id is not None
    return Registered(row.id, plan_from(row.plan), row.registered_on, row.registered_at, row.registered_by, row.digest)

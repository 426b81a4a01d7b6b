"""预先登记: before a version fires for the first time, what it will be judged by is on file, and stays as it is.

Called by the maker of tasks in the very transaction that files them, so that no version fires without its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from clients.staff.filing import Stamp, file_change
from kit.digest import digest
from mot.effect.rules import plan_from, plan_of, programme_plans
from mot.effect.tables import MeasureRow
from mot.effect.types import Plan, Registered
from mot.matching.holdout import GLOBAL
from mot.scenario.types import Scenario
from mot.tasks.tables import JudgementRow
from mot.tasks.types import Outcome

DECIDED: Final = tuple(
    one.value for one in (Outcome.FIRED, Outcome.HELD_OUT, Outcome.GATED, Outcome.CAPPED, Outcome.QUIET)
)
"""Outcomes of an occurrence that the hash had a say in."""


def register(session: Session, scenarios: Sequence[Scenario], day: date, stamp: Stamp) -> int:
    """File the plan of each version that has none; how many are new. The caller works alone (see TaskMaker.run)."""
    asked = select(col(MeasureRow.scenario_id), col(MeasureRow.scenario_digest))
    known = {(scenario, version) for scenario, version in session.execute(asked)}
    fresh = [one for one in scenarios if (one.id, one.version) not in known]
    return _add(session, [(plan_of(one, day), _decided(session, one)) for one in fresh], day, stamp)


def register_programme(session: Session, share: float, day: date, stamp: Stamp) -> int:
    """The plans of all scenarios together, where the rule of the day is not on file yet; how many are new.

    Never late: it counts only clients who are decided on for the first time from this day on.
    """
    asked = select(col(MeasureRow.scenario_digest)).where(col(MeasureRow.scenario_id) == GLOBAL)
    known = set(session.scalars(asked)) if share else set()
    plans = programme_plans(share, day) if share else ()
    return _add(session, [(one, False) for one in plans if one.scenario_digest not in known], day, stamp)


def _add(session: Session, plans: Sequence[tuple[Plan, bool]], day: date, stamp: Stamp) -> int:
    session.add_all(
        MeasureRow(
            scenario_id=plan.scenario_id, scenario_digest=plan.scenario_digest, metric=plan.metric,
            review_on=plan.review_on, plan=plan.content(), registered_on=day, registered_at=stamp.at,
            registered_by=stamp.actor.name, digest=digest(plan.content()), late=late,
        )
        for plan, late in plans
    )  # fmt: skip
    if plans:
        session.flush()
        file_change(
            session, stamp, "mot.measure", "mot_day", day.isoformat(),
            registered=[plan.scenario_id for plan, _ in plans],
            versions=[plan.scenario_digest.removeprefix("sha256:")[:12] for plan, _ in plans],
        )  # fmt: skip
    return len(plans)


def _decided(session: Session, scenario: Scenario) -> bool:
    """Whether a group was decided for anybody under this version already."""
    row = JudgementRow
    asked = select(col(row.key)).where(
        col(row.scenario_id) == scenario.id, col(row.scenario_digest) == scenario.version,
        col(row.outcome).in_(DECIDED),
    ).limit(1)  # fmt: skip
    return session.execute(asked).first() is not None


def registered_of(row: MeasureRow) -> Registered:
    """A registration as a value."""
    assert row.id is not None
    return Registered(
        row.id, plan_from(row.plan), row.registered_on, row.registered_at, row.registered_by, row.digest, row.late
    )

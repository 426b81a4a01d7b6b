"""近来判断的结果: how often each scenario fired and was held back, over the whole house. Counts, no client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from mot.tasks.tables import JudgementRow
from mot.tasks.types import Outcome

HELD: Final = (Outcome.GATED, Outcome.CAPPED, Outcome.QUIET)
"""Held back by the gate of contacts, whatever the reason."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Occurrences of one scenario: tasks made, held back by the gate, left alone for the measurement."""

    fired: int = 0
    held: int = 0
    left_alone: int = 0


def judged_between(session: Session, first: date, last: date) -> Mapping[str, Judged]:
    """By scenario, those judged last within the days, both included."""
    row = JudgementRow
    asked = select(col(row.scenario_id), col(row.outcome), func.count()).where(
        col(row.day) >= first, col(row.day) <= last
    ).group_by(col(row.scenario_id), col(row.outcome))  # fmt: skip
    counts: dict[str, dict[Outcome, int]] = {}
    for scenario, outcome, n in session.execute(asked):
        counts.setdefault(scenario, {})[Outcome(outcome)] = int(n)
    return {
        scenario: Judged(
            found.get(Outcome.FIRED, 0), sum(found.get(one, 0) for one in HELD), found.get(Outcome.HELD_OUT, 0)
        )
        for scenario, found in counts.items()
    }

"""Every query on scenario versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from mot.scenario.status import ScenarioStatus
from mot.scenario.tables import ScenarioRow


class ScenarioRepository:
    """Versions of scenarios on one session; a scenario is nobody's own."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: ScenarioRow) -> ScenarioRow:
        self._session.add(row)
        self._session.flush()
        return row

    def row(self, scenario_id: str, digest: str) -> ScenarioRow | None:
        """By id and content; the digest may be shortened to its first digits."""
        asked = select(ScenarioRow).where(col(ScenarioRow.scenario_id) == scenario_id)
        wanted = digest if digest.startswith("sha256:") else f"sha256:{digest}"
        found = [row for row in self._session.scalars(asked) if row.digest.startswith(wanted)]
        return found[0] if len(found) == 1 else None

    def versions(self, scenario_id: str | None = None) -> list[ScenarioRow]:
        """All versions, by scenario and then the newest first."""
        asked = select(ScenarioRow)
        if scenario_id is not None:
            asked = asked.where(col(ScenarioRow.scenario_id) == scenario_id)
        return list(self._session.scalars(asked.order_by(col(ScenarioRow.scenario_id), col(ScenarioRow.id).desc())))

    def statuses(self, scenario_id: str | None = None) -> dict[tuple[str, str], ScenarioStatus]:
        """The status of every version, or of one scenario's, by id and hash."""
        row = ScenarioRow
        asked = select(col(row.scenario_id), col(row.digest), col(row.status))
        if scenario_id is not None:
            asked = asked.where(col(row.scenario_id) == scenario_id)
        return {(one, version): ScenarioStatus(status) for one, version, status in self._session.execute(asked)}

    def by_digest(self, digests: Sequence[str]) -> dict[str, ScenarioRow]:
        asked = select(ScenarioRow).where(col(ScenarioRow.digest).in_(sorted(set(digests))))
        return {row.digest: row for row in self._session.scalars(asked)}

    def in_force(self, day: date) -> list[ScenarioRow]:
        """Approved versions that hold on the day, by scenario; of several of one scenario the newest."""
        asked = select(ScenarioRow).where(
            col(ScenarioRow.status) == ScenarioStatus.APPROVED.value, col(ScenarioRow.in_force_from) <= day
        )
        newest: dict[str, ScenarioRow] = {}
        for row in self._session.scalars(asked.order_by(col(ScenarioRow.in_force_from), col(ScenarioRow.id))):
            newest[row.scenario_id] = row
        return [newest[one] for one in sorted(newest)]

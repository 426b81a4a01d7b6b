"""The desk of scenarios: drafted, previewed, approved by a second person, retired. A text is never changed.

What comes with the product is drafted by nobody, so that any person with the right is the second one. The commit
belongs to the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from sqlmodel import Session

from clients.staff.filing import Stamp, file_change, held
from kit.clock import day_of
from kit.problems import BadInput, Conflict
from kit.rulebook import load_rulebook
from mot.events.types import Family
from mot.scenario.loading import parse_scenario, shipped
from mot.scenario.problems import UnknownScenario
from mot.scenario.repository import ScenarioRepository
from mot.scenario.status import APPROVE_IN, NEXT, PREVIEW_IN, RETIRE_IN, ScenarioStatus
from mot.scenario.tables import ScenarioRow
from mot.scenario.types import Scenario

PRODUCT: Final = "随产品提供"
RETIRED_BY_NEWER: Final = "由新版本取代"


class ScenarioNotOpen(Conflict):
    """场景版本现在不能这样做"""

    title = "Scenario version not open for this"


class SameDrafter(Conflict):
    """须由另一人批准"""

    title = "Second person needed"


class ReasonNeeded(BadInput):
    """请写明理由"""

    title = "Reason needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a scenario with its life. `scenario` is its content."""

    id: int
    version: int
    scenario: Scenario
    status: ScenarioStatus
    drafted_by_id: str
    drafted_by: str
    drafted_at: datetime
    preview: Mapping[str, Any]
    previewed_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    in_force_from: date | None
    retired_by: str
    retired_at: datetime | None
    retired_on: date | None
    retired_why: str

    @property
    def open_for(self) -> str:
        return NEXT[self.status]


class ScenarioDesk:
    """Scenario versions over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read = ScenarioRepository(session)

    # reading

    def list(self, *, scenario_id: str | None = None, family: Family | None = None) -> tuple[Version, ...]:
        """All versions, by scenario and then the newest first."""
        rows = self._read.versions(scenario_id)
        return tuple(version_of(row) for row in rows if family is None or row.family == family.value)

    def get(self, scenario_id: str, digest: str = "") -> Version:
        """One version; without a digest the one in force, else the newest. Raises UnknownScenario."""
        if digest:
            row = self._read.row(scenario_id, digest)
        else:
            rows = self._read.versions(scenario_id)
            row = next((one for one in rows if one.status == ScenarioStatus.APPROVED.value), rows[0] if rows else None)
        if row is None:
            which = f"的版本 {digest}" if digest else ""
            raise UnknownScenario(f"没有场景 {scenario_id!r} {which}；先起草，或核对编号")
        return version_of(row)

    def in_force(self, day: date) -> tuple[Scenario, ...]:
        """What may fire on the day, by id. What is retired is not among them."""
        return tuple(_content(row) for row in self._read.in_force(day))

    def contents(self, digests: tuple[str, ...]) -> dict[str, Scenario]:
        """Contents of versions by digest, whatever their state: what a task was made under."""
        return {digest: _content(row) for digest, row in self._read.by_digest(digests).items()}

    # changing

    def draft(self, text: str, stamp: Stamp, *, file: str = "") -> Version:
        """A version of this text. The same content again is the version on file. Raises ScenarioMalformed."""
        scenario = parse_scenario(file or "draft.yaml", text, day_of(stamp.at))
        known = self._read.row(scenario.id, scenario.version)
        if known is not None:
            return version_of(known)
        row = self._add(scenario, stamp, stamp.actor.user_id, stamp.actor.name)
        self._file(stamp, "scenario.draft", row)
        return version_of(row)

    def install(self, stamp: Stamp) -> int:
        """Draft what comes with the product and is not on file; how many are new."""
        fresh = 0
        known = {(row.scenario_id, row.digest) for row in self._read.versions()}
        for scenario in shipped(day_of(stamp.at)):
            if (scenario.id, scenario.version) not in known:
                self._file(stamp, "scenario.draft", self._add(scenario, stamp, "", PRODUCT))
                fresh += 1
        return fresh

    def check_preview(self, scenario_id: str, digest: str, *, expected_version: int) -> None:
        """Whether a preview could be kept, before it is computed. Raises as `previewed` does."""
        self._held(scenario_id, digest, expected_version, PREVIEW_IN, "预演")

    def previewed(
        self, scenario_id: str, digest: str, result: Mapping[str, Any], *, expected_version: int, stamp: Stamp
    ) -> Version:
        """Keep what a preview found: nobody approves what nobody looked at.

        Raises UnknownScenario, ScenarioNotOpen, ChangedMeanwhile.
        """
        row = self._held(scenario_id, digest, expected_version, PREVIEW_IN, "预演")
        row.preview, row.previewed_at = dict(result), stamp.at
        return self._done(row, ScenarioStatus.PREVIEWED, stamp, "scenario.preview", result=dict(result))

    def approve(self, scenario_id: str, digest: str, *, note: str, expected_version: int, stamp: Stamp) -> Version:
        """Put a version in force from the day of the stamp; the one before it is retired.

        Raises UnknownScenario, ScenarioNotOpen, SameDrafter, ReasonNeeded, ChangedMeanwhile.
        """
        if not note.strip():
            raise ReasonNeeded("批准场景须写明意见")
        row = self._held(scenario_id, digest, expected_version, APPROVE_IN, "批准")
        if row.drafted_by_id and row.drafted_by_id == stamp.actor.user_id:
            raise SameDrafter(f"场景 {row.name} 的这个版本由您起草，须由另一人批准")
        day = day_of(stamp.at)
        for other in self._read.versions(scenario_id):
            if other.id != row.id and other.status == ScenarioStatus.APPROVED.value:
                self._retire(other, RETIRED_BY_NEWER, stamp)
        row.approved_by_id, row.approved_by, row.approved_at = stamp.actor.user_id, stamp.actor.name, stamp.at
        row.in_force_from = day
        return self._done(row, ScenarioStatus.APPROVED, stamp, "scenario.approve", note=note, in_force_from=day)

    def retire(self, scenario_id: str, digest: str, *, why: str, expected_version: int, stamp: Stamp) -> Version:
        """Take a version out of force for good. Raises UnknownScenario, ScenarioNotOpen, ReasonNeeded."""
        if not why.strip():
            raise ReasonNeeded("停用场景须写明理由")
        row = self._held(scenario_id, digest, expected_version, RETIRE_IN, "停用")
        self._retire(row, why, stamp)
        return version_of(row)

    # within

    def _add(self, scenario: Scenario, stamp: Stamp, by_id: str, by: str) -> ScenarioRow:
        return self._read.add(ScenarioRow(
            scenario_id=scenario.id, digest=scenario.version, name=scenario.name, family=scenario.family.value,
            purpose=scenario.purpose.value, file=scenario.file, text=scenario.text,
            status=ScenarioStatus.DRAFTED.value, drafted_by_id=by_id, drafted_by=by, drafted_at=stamp.at, preview={},
        ))  # fmt: skip

    def _held(
        self, scenario_id: str, digest: str, expected: int, open_in: tuple[ScenarioStatus, ...], what: str
    ) -> ScenarioRow:
        seen = self._read.row(scenario_id, digest)
        if seen is None:
            raise UnknownScenario(f"没有场景 {scenario_id!r} 的版本 {digest}；核对编号与版本")
        if seen.status == ScenarioStatus.RETIRED.value:  # the table refuses to touch it at all
            _check_open(seen, open_in, what)
        row = held(self._session, ScenarioRow, seen.id, expected, f"场景 {seen.name} 的这个版本")
        _check_open(row, open_in, what)
        return row

    def _retire(self, row: ScenarioRow, why: str, stamp: Stamp) -> None:
        row.retired_by, row.retired_at, row.retired_why = stamp.actor.name, stamp.at, why[:400]
        row.retired_on = day_of(stamp.at)
        self._done(row, ScenarioStatus.RETIRED, stamp, "scenario.retire", why=why)

    def _done(self, row: ScenarioRow, status: ScenarioStatus, stamp: Stamp, action: str, **detail: Any) -> Version:
        row.version += 1
        row.status = status.value
        self._file(stamp, action, row, **detail)
        return version_of(row)

    def _file(self, stamp: Stamp, action: str, row: ScenarioRow, **detail: Any) -> None:
        file_change(
            self._session, stamp, action, "mot_scenario", f"{row.scenario_id}@{row.digest[7:19]}", version=row.version,
            digest=row.digest, name=row.name, status=row.status, **detail,
        )  # fmt: skip


def _check_open(row: ScenarioRow, open_in: tuple[ScenarioStatus, ...], what: str) -> None:
    if row.status not in [one.value for one in open_in]:
        status = ScenarioStatus(row.status)
        raise ScenarioNotOpen(f"场景 {row.name} 的这个版本{status.label}，不能{what}；{NEXT[status]}")


def version_of(row: ScenarioRow) -> Version:
    assert row.id is not None
    return Version(
        id=row.id, version=row.version, scenario=_content(row), status=ScenarioStatus(row.status),
        drafted_by_id=row.drafted_by_id, drafted_by=row.drafted_by, drafted_at=row.drafted_at, preview=row.preview,
        previewed_at=row.previewed_at, approved_by=row.approved_by, approved_at=row.approved_at,
        in_force_from=row.in_force_from, retired_by=row.retired_by, retired_at=row.retired_at,
        retired_on=row.retired_on, retired_why=row.retired_why,
    )  # fmt: skip


def _content(row: ScenarioRow) -> Scenario:
    """What the text says under the words and kinds of the day on which it was drafted: a later rule changes no text."""
    return _parsed(row.digest, row.file or "draft.yaml", row.text, day_of(row.drafted_at), _words_version())


def _words_version() -> str:
    return load_rulebook("mot", "events").version


@lru_cache(maxsize=512)
def _parsed(_digest: str, file: str, text: str, day: date, _rules: str) -> Scenario:
    return parse_scenario(file, text, day)




"""The desk of self-inspections: count, write, file. The commit is the caller's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from clients.staff.filing import Stamp, file_change
from kit.clock import day_of, today
from kit.digest import canonical_json
from kit.problems import Conflict, NotFound
from kit.rulebook import load_rulebook
from reports.inspection.content import inspection, period_of
from reports.inspection.model import Inspection
from reports.inspection.tables import InspectionRow
from suitability.changes.in_force import rules_of
from suitability.changes.types import PACKAGE, RULE_FILES
from suitability.retention import kept_until
from suitability.tally_service import tally


class NoInspection(NotFound):
    """这半年还没有自查报告"""

    title = "No self-inspection"


class HalfNotBegun(Conflict):
    """这半年还没有开始"""

    title = "The half-year has not begun"


class InspectionService:
    """Self-inspections of the whole firm over one session."""

    def __init__(self, session: Session, firm: str) -> None:
        self._session = session
        self._firm = firm

    def make(self, half: str, on: date | None = None) -> Inspection:
        """The report from the records as they are; nothing is filed. A half-year that still runs is counted to `on`,
        today by default. Raises BadInput for what is no half-year, HalfNotBegun.
        """
        period, _ = period_of(half)
        on = on or today()
        if period.first > on:
            raise HalfNotBegun(f"{half} 还没有开始，没有可以自查的记录")
        period = replace(period, last=min(period.last, on))
        counted = tally(self._session, period)
        with rules_of(self._session, period.last):
            books = {f"{PACKAGE}/{name}": load_rulebook(PACKAGE, name) for name in RULE_FILES}
        titles = {rule.id: rule.title for book in books.values() for rule in book}
        versions = {name: book.version for name, book in books.items()}
        return inspection(half, counted, self._firm, titles, versions)

    def make_and_file(self, half: str, stamp: Stamp) -> tuple[InspectionRow, bool]:
        """The report from the records as they are, kept; and whether it says anything that the newest did not.

        Raises BadInput, HalfNotBegun.
        """
        report = self.make(half, day_of(stamp.at))
        new = self.file(report, stamp)
        return self.filed(report.half)[0], new

    def file(self, report: Inspection, stamp: Stamp) -> bool:
        """Keep the report whole. False where the same one is on file already."""
        if self._newest(report.half) == report.digest:
            return False
        made_on = day_of(stamp.at)
        until = kept_until("self_inspection", made_on).until
        assert until is not None
        self._session.add(InspectionRow(
            half=report.half, digest=report.digest, content=canonical_json(report.content()), retain_until=until,
            made_by_id=stamp.actor.user_id, made_by=stamp.actor.name, made_at=stamp.at,
        ))  # fmt: skip
        file_change(
            self._session, stamp, "inspection.file", "self_inspection", report.half, digest=report.digest,
            problems=len(report.problems), retain_until=until.isoformat(),
        )  # fmt: skip
        return True

    def list(self, half: str | None = None, *, before: int | None = None, limit: int = 50) -> tuple[InspectionRow, ...]:
        """What is on file, newest first, below the number `before`."""
        asked = select(InspectionRow).order_by(col(InspectionRow.id).desc()).limit(limit)
        if half is not None:
            asked = asked.where(col(InspectionRow.half) == half)
        if before is not None:
            asked = asked.where(col(InspectionRow.id) < before)
        return tuple(self._session.exec(asked))

    def row(self, inspection_id: int) -> InspectionRow:
        """One filed report. Raises NoInspection."""
        found = self._session.get(InspectionRow, inspection_id)
        if found is None:
            raise NoInspection(f"没有第 {inspection_id} 号自查报告")
        return found

    def filed(self, half: str) -> tuple[InspectionRow, ...]:
        """What is on file for a half-year, newest first. Raises NoInspection."""
        asked = select(InspectionRow).where(col(InspectionRow.half) == half).order_by(col(InspectionRow.id).desc())
        rows = tuple(self._session.exec(asked))
        if not rows:
            raise NoInspection(f"{half} 还没有登记自查报告")
        return rows

    def _newest(self, half: str) -> str | None:
        asked = select(col(InspectionRow.digest)).where(col(InspectionRow.half) == half)
        return self._session.exec(asked.order_by(col(InspectionRow.id).desc()).limit(1)).first()

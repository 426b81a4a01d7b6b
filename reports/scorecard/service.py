"""The desk of score cards: read a run and its cards within the scope, write the report, in every form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlmodel import Session

import reports.advisor_marks  # noqa: F401  who grades people knows of diagnoses and agreements
from advisors.periods.filing import card_of
from advisors.periods.service import PeriodDesk
from advisors.rules_in_force import advisor_rules
from kit.access import Scope
from kit.digest import canonical_json
from reports.files import MEDIA_TYPES
from reports.grading.html import export_grading
from reports.grading.model import GradingReport
from reports.grading.pdf import render_grading
from reports.grading.service import write_grading
from reports.grading.xlsx import grading_workbook
from reports.scorecard.card import card_report
from reports.scorecard.sections import CardTold
from reports.scorecard.team import team_report
from reports.scorecard.wording import UNGRADED, level_words

TEAM: Final = "服务人员考评"


class ScoreCards:
    """Reports over one session, of whom the scope shows. Nothing is filed."""

    def __init__(self, session: Session, scope: Scope, firm: str) -> None:
        self._desk = PeriodDesk(session, scope)
        self.firm = firm

    def told(self, number: str, staff_no: str) -> CardTold:
        """A card with its run, the level as it stands, the peers, the history. Raises NoSuchRun, NoSuchCard."""
        run, line = self._desk.get(number), self._desk.line(number, staff_no)
        card = card_of(line.card)
        level = UNGRADED
        if line.level is not None:
            known = advisor_rules(card.period.last).level(card.scale, line.level)
            level = level_words(known) if known else line.level
        return CardTold(card, run, level, self._desk.standing(number, staff_no), self._desk.history(staff_no))

    def card(self, number: str, staff_no: str) -> GradingReport:
        """The report of one person. Raises NoSuchRun, NoSuchCard."""
        return card_report(self.told(number, staff_no), self.firm)

    def team(self, number: str, branch_no: str = "") -> GradingReport:
        """The report of everybody whom the scope shows, or of one branch of them. Raises NoSuchRun."""
        run, lines = self._desk.get(number), self._desk.lines(number, branch_no=branch_no)
        cards = {one.staff_no: card_of(one.card) for one in lines}
        branches = {one.branch for one in lines}
        title = f"{TEAM}　{branches.pop()}" if len(branches) == 1 else TEAM
        return team_report(run, lines, cards, title, self.firm)


def file_of(report: GradingReport, form: str) -> tuple[bytes, str]:
    """The report as a file, and its media type. form: html, pdf, xlsx or json."""
    made: Callable[[], bytes] = {
        "html": lambda: export_grading(report).encode(),
        "pdf": lambda: render_grading(report),
        "xlsx": lambda: grading_workbook(report),
        "json": lambda: canonical_json({**report.content(), "digest": report.digest}).encode(),
    }[form]
    return made(), MEDIA_TYPES[form]


def write_scorecards(report: GradingReport, folder: Path, name: str) -> list[Path]:
    """The report in every form side by side."""
    return write_grading(report, folder, name=name)

"""申诉: by the person graded, with evidence, in the days that the rules give; decided by a third person, with a reason.

An upheld appeal gives a corrected level as a row of its own and publishes it; what stood before stays on file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlmodel import Session

from advisors.periods.filing import appeal_of, card_of, checked
from advisors.periods.machine import judge
from advisors.periods.problems import NoSuchCard, NoSuchGradeAppeal, NoSuchRun
from advisors.periods.repository import PeriodRepository
from advisors.periods.rules import last_appeal_day
from advisors.periods.tables import AdvisorAppealRow, AdvisorCardRow, AdvisorLevelRow, PeriodRunRow
from advisors.periods.types import Appeal, Evidence, RunState
from advisors.rules_in_force import advisor_rules
from advisors.types import GradeLevel, ScoreCard
from clients.grading.review.filing import LONGEST, plain
from clients.grading.review.problems import ReviewRefused, WrongStep
from clients.grading.review.types import AppealState
from clients.staff.filing import Stamp, changed, file_change, held
from clients.staff.service import StaffService
from kit.access import Scope, everything
from kit.clock import day_of
from kit.db import one_at_a_time

RECORD: Final = "advisor_appeal"
_FINAL: Final = {True: AppealState.UPHELD, False: AppealState.REJECTED}


class AdvisorAppeals:
    """Appeals against levels within a scope. The commit is the caller's."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._rows = PeriodRepository(session, scope)

    def list(self, number: str | None = None, staff_no: str | None = None) -> tuple[Appeal, ...]:
        """The newest first. Raises NoSuchRun."""
        run = None if number is None else self._run(number).id
        return tuple(
            appeal_of(row, card, said) for row, card, said in self._rows.appeals(run)
            if staff_no in (None, card.staff_no)
        )  # fmt: skip

    def get(self, appeal_id: int) -> Appeal:
        """Raises NoSuchGradeAppeal."""
        row, card, run = self._found(appeal_id)
        return appeal_of(row, card, run.number)

    def file(
        self, number: str, staff_no: str, *, wanted: str, reason: str, evidence: Sequence[Evidence], stamp: Stamp,
        point: str = "",
    ) -> Appeal:  # fmt: skip
        """Object to the published level; point: the indicator or deduction that is wrong, empty for the whole.

        Raises NoSuchRun, NoSuchCard, WrongStep, ReviewRefused.
        """
        run = self._run(number)
        if run.state != RunState.PUBLISHED.value or run.published_at is None:
            raise WrongStep(f"考评 {run.number} 现为“{RunState(run.state).label}”，发布以后才能申诉")
        last = last_appeal_day(day_of(run.published_at))
        if day_of(stamp.at) > last:
            raise ReviewRefused(f"对考评 {run.number} 的申诉期至 {last} 为止")
        row = self._rows.card(run.id or 0, staff_no)
        if row is None or row.id is None:
            raise NoSuchCard(f"考评 {run.number} 里没有 {staff_no}，或不在您的范围内")
        one_at_a_time(self._session, RECORD)
        if any(one.state == AppealState.FILED.value for one, _, _ in self._rows.appeals(card_id=row.id)):
            raise ReviewRefused(f"{staff_no} 对考评 {run.number} 已有一件申诉待裁定；补充证据请待裁定后另行提出")
        card, now = card_of(row.card), self._now(row)
        level = self._wanted(card, wanted, now)
        contested(card, point)
        made = AdvisorAppealRow(
            card_id=row.id, point=point, level=now, wanted=level.code, reason=plain(reason, "申诉的理由", LONGEST),
            evidence=checked(evidence), state=AppealState.FILED.value, filed_by_id=stamp.actor.user_id,
            filed_by=stamp.actor.name, filed_at=stamp.at,
        )  # fmt: skip
        number_given = self._rows.add(made)
        file_change(
            self._session, stamp, "advisor.appeal.file", RECORD, str(number_given), run=run.number, staff=staff_no,
            point=point, level=now, wanted=level.code, reason=made.reason, evidence=made.evidence,
        )  # fmt: skip
        return self.get(number_given)

    def decide(
        self, appeal_id: int, *, upheld: bool, reason: str, expected_version: int, stamp: Stamp,
        given: str = "", effective_from: date | None = None,
    ) -> Appeal:  # fmt: skip
        """裁定. Upheld, the given level (by default the wanted one) is in force from a day on (by default today).

        Raises SamePerson for whoever filed it, ran, submitted or approved the grade; WrongStep, ReviewRefused.
        """
        _, card, run = self._found(appeal_id)
        row = held(self._session, AdvisorAppealRow, appeal_id, expected_version, f"第 {appeal_id} 件申诉")
        hands = {row.filed_by_id, run.ran_by_id, run.submitted_by_id, run.decided_by_id}
        judge(stamp.actor.user_id, AppealState(row.state), appeal_id, hands)
        said, since = plain(reason, "裁定的理由", LONGEST), effective_from or day_of(stamp.at)
        level = None
        if upheld:
            if since < day_of(stamp.at):
                raise ReviewRefused(f"生效日 {since} 早于裁定的日子；等级不能追溯生效")
            level = self._wanted(card_of(card.card), given or row.wanted, self._now(card)).code
        changed(row, {
            "state": _FINAL[upheld].value, "decided_by_id": stamp.actor.user_id, "decided_by": stamp.actor.name,
            "decided_at": stamp.at, "decided_reason": said, "given": level,
            "effective_from": since if upheld else None,
        })  # fmt: skip
        if level is not None:
            self._correct(card, appeal_id, level, since, stamp)
        file_change(
            self._session, stamp, "advisor.appeal.decide", RECORD, str(appeal_id), version=row.version,
            staff=card.staff_no, state=row.state, given=level, reason=said,
            effective_from=since.isoformat() if upheld else None,
        )  # fmt: skip
        return self.get(appeal_id)

    # inside

    def _correct(self, card: AdvisorCardRow, appeal_id: int, level: str, since: date, stamp: Stamp) -> None:
        basis = f"考评申诉第 {appeal_id} 件"
        self._rows.add(AdvisorLevelRow(
            card_id=card.id or 0, level=level, valid_from=since, appeal_id=appeal_id, reason=basis,
            set_by=stamp.actor.name, set_at=stamp.at,
        ))  # fmt: skip
        staff = StaffService(self._session, everything(since))
        staff.publish_level(card.staff_no, level, valid_from=since, basis=basis, stamp=stamp)

    def _now(self, card: AdvisorCardRow) -> str | None:
        newest = self._rows.levels([card.id or 0]).get(card.id or 0)
        return newest.level if newest else card.level

    def _wanted(self, card: ScoreCard, said: str, now: str | None) -> GradeLevel:
        """The level that was said, by code or name. Raises ReviewRefused for an unknown one or the one that stands."""
        known = advisor_rules(card.period.last).levels[card.scale]
        found = next((one for one in known if said.strip() in (one.code, one.name)), None)
        if found is None:
            raise ReviewRefused(f"没有等级“{said}”；应为 {'、'.join(f'{one.code}（{one.name}）' for one in known)}")
        if found.code == now:
            raise ReviewRefused(f"申诉须写明应为哪一级；现为 {found.code}（{found.name}）")
        return found

    def _run(self, number: str) -> PeriodRunRow:
        row = self._rows.named(number)
        if row is None:
            raise NoSuchRun(f"没有考评 {number}；heshi advisors list 列出全部")
        return row

    def _found(self, appeal_id: int) -> tuple[AdvisorAppealRow, AdvisorCardRow, PeriodRunRow]:
        found = self._rows.appeal(appeal_id)
        if found is None:
            raise NoSuchGradeAppeal(f"没有第 {appeal_id} 件考评申诉")
        return found


def contested(card: ScoreCard, point: str) -> str:
    """The point of the card that is contested, in words. Raises ReviewRefused for one that the card does not have."""
    titles = {part.value.id: "指标" for one in card.components for part in one.indicators}
    titles |= {one.id: "指标" for one in card.conduct}
    titles |= {one.code: one.title for one in card.deductions}
    titles |= {one.code: one.title for one in card.vetoes}
    if point and point not in titles:
        raise ReviewRefused(f"评分卡上没有“{point}”；可对 {'、'.join(sorted(titles))} 申诉，或不写，对整个等级申诉")
    return titles.get(point, "整个等级")

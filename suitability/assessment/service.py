"""The desk of assessment: answering, then review and confirmation; what stands on a day, and the history.

Only the client answers. What somebody else begins or touches is kept, marked and refused; it never gives a result.
Everything is read and written within a scope; every write leaves a row of the trail; the commit is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts
from clients.staff.filing import Stamp, file_change
from kit.access import NotAllowed, Role
from kit.clock import day_of
from suitability.assessment.filing import view_of
from suitability.assessment.problems import NoSuchAssessment, NothingToReview, NotTheClient, NotYetInForce
from suitability.assessment.rebanding import Moved, moved, rebanded
from suitability.assessment.repository import AssessmentRepository, Filed, results_of
from suitability.assessment.sessions import SessionService, is_the_client
from suitability.assessment.standing import AssessmentColumns, Results, standing
from suitability.assessment.tables import ConfirmationRow, ReviewRow
from suitability.assessment.types import Channel
from suitability.assessment.validity import reminder_days
from suitability.assessment.views import AssessmentView, Brief, Current, Reminder, T
from suitability.changes.in_force import assessment_books, schedule
from suitability.levels import ClientLevel
from suitability.questionnaire.repository import QuestionnaireRepository


class AssessmentService(SessionService):
    """Assessments over one session, within a scope."""

    # after the result

    def review(self, assessment_id: int, accepted: bool, reason: str, stamp: Stamp) -> AssessmentView:
        """A second person accepts a result that was held back, or does not. Raises NothingToReview, NotAllowed."""
        filed, client = self._filed(assessment_id)
        if stamp.actor.role not in (Role.COMPLIANCE, Role.SUPERVISOR):
            raise NotAllowed("评估结果只能由合规或营业部主管复核")
        if not filed.row.needs_review or filed.review is not None:
            raise NothingToReview(f"评估 {assessment_id} 不需要复核，或已经复核")
        if not reason.strip():
            raise NothingToReview("复核须写明理由")
        self._read.add(ReviewRow(
            assessment_id=assessment_id, accepted=accepted, reason=reason[:512], decided_on=day_of(stamp.at),
            decided_at=stamp.at, decided_by=stamp.actor.name,
        ))  # fmt: skip
        self._file(stamp, "assessment.review", assessment_id, client, accepted=accepted, reason=reason[:512])
        return self.get(assessment_id)

    def confirm(
        self, assessment_id: int, stamp: Stamp, channel: Channel = Channel.APP, evidence: str = ""
    ) -> AssessmentView:
        """The client confirms the result (CONFIRM_LEVEL); from then on it is in force. Twice is the same as once.

        Raises NoSuchAssessment, NotTheClient, NotYetInForce.
        """
        filed, client = self._filed(assessment_id)
        if not is_the_client(stamp, client.client_no):
            raise NotTheClient("评估结果须由客户本人确认")
        if filed.confirmation is not None:
            return view_of(filed, client.client_no)
        self._check_confirmable(filed, client, day_of(stamp.at))
        self._read.add(ConfirmationRow(
            assessment_id=assessment_id, confirmed_on=day_of(stamp.at), confirmed_at=stamp.at,
            confirmed_by=stamp.actor.name, channel=channel.value, shown_digest=filed.row.digest, evidence=evidence,
        ))  # fmt: skip
        self._file(
            stamp, "assessment.confirm", assessment_id, client, level=list(ClientLevel)[filed.row.level - 1],
            shown=filed.row.digest,
        )  # fmt: skip
        return self.get(assessment_id)

    # reading

    def get(self, assessment_id: int) -> AssessmentView:
        """Raises NoSuchAssessment."""
        filed, client = self._filed(assessment_id)
        return view_of(filed, client.client_no)

    def history(self, client_no: str) -> tuple[AssessmentView, ...]:
        """All results, newest first. Raises NoSuchClient."""
        client = self._clients.client(client_no)
        return tuple(view_of(filed, client_no) for filed in self._read.history(client.id))

    def current(self, client_no: str, day: date) -> Current[AssessmentView]:
        """What stands on the day. Raises NoSuchClient."""
        return self.current_of(self._clients.client(client_no), day)

    def current_of(self, client: ClientFacts, day: date) -> Current[AssessmentView]:
        """The same of a client that was read within the scope."""
        filed = self._read.history(client.id)
        return self._current(client, day, [view_of(each, client.client_no) for each in filed], results_of(filed))

    def brief_of(self, client: ClientFacts, day: date) -> Current[Brief]:
        """The same without what the results were made from: what a check reads."""
        return self._current(client, day, *self._read.briefs(client.client_no))

    def _current(self, client: ClientFacts, day: date, filed: Sequence[T], results: Results) -> Current[T]:
        """filed: newest first."""
        held = next((one for one in filed if one.in_review and one.assessed_on <= day), None)
        found = standing(results, day.toordinal())
        if not len(found):
            return Current(
                client_no=client.client_no, day=day, level=None, lowest=False, in_force=None, waiting=held,
            )  # fmt: skip
        found = rebanded(found, bands_moved(self._session, day))
        rank, by_id = int(found.level[0]), {one.id: one for one in filed}
        return Current(
            client_no=client.client_no, day=day, level=list(ClientLevel)[rank - 1] if rank else None,
            lowest=bool(found.lowest[0]), in_force=by_id.get(int(found.id[0])),
            waiting=by_id.get(int(found.waiting_id[0])) or held,
        )  # fmt: skip

    def waiting_for_review(self) -> tuple[AssessmentView, ...]:
        """Results held back for a second person, within the scope, the oldest first."""
        filed = self._read.waiting_for_review()
        numbers = self._clients.numbers_of([one.row.client_id for one in filed])
        return tuple(view_of(one, numbers[one.row.client_id]) for one in filed if one.row.client_id in numbers)

    def reminders_due(self, day: date, after: date | None = None) -> tuple[Reminder, ...]:
        """Reminders that fell due after `after` (by default the day before) and up to `day`, within the scope.

        A client whose newer result is in force is not reminded of the old one.
        """
        since = after or day - timedelta(days=1)
        limits = reminder_days(day, self._rules.assessment)
        found = self._read.columns_ending(since, day + timedelta(days=max(limits)), day)
        through = np.where(found.confirmed_level > 0, found.valid_through, 0)
        due = [
            (int(place), left)
            for left in limits
            for place in np.flatnonzero((through - left > since.toordinal()) & (through - left <= day.toordinal()))
        ]
        numbers = self._clients.numbers_of(sorted({int(found.client_id[place]) for place, _ in due}))
        return tuple(sorted(
            Reminder(
                date.fromordinal(int(through[place]) - left), numbers[int(found.client_id[place])],
                int(found.id[place]), date.fromordinal(int(through[place])), left,
            )
            for place, left in due
            if int(found.client_id[place]) in numbers
        ))  # fmt: skip

    # inside

    def _check_confirmable(self, filed: Filed, client: ClientFacts, day: date) -> None:
        row = filed.row
        if row.needs_review and (filed.review is None or not filed.review.accepted):
            said = "正在复核" if filed.review is None else "没有通过复核"
            raise NotYetInForce(f"评估 {row.id} {said}，不能确认")
        if day > row.valid_through:
            raise NotYetInForce(f"评估 {row.id} 已于 {row.valid_through} 到期；请重新评估")
        newest = next(
            (one for one in self._read.history(client.id) if not one.row.needs_review or one.review is not None), filed
        )
        if newest.row.id != row.id and newest.row.assessed_on >= row.assessed_on:
            raise NotYetInForce(f"评估 {row.id} 之后已有新的评估 {newest.row.id}；请确认最新的一份")

    def _filed(self, assessment_id: int) -> tuple[Filed, ClientFacts]:
        filed = self._read.filed(assessment_id)
        client = None if filed is None else self._client_of(filed.row.client_id)
        if filed is None or client is None:
            raise NoSuchAssessment(f"没有评估 {assessment_id}，或不在您的范围内；请核对编号")
        return filed, client

    def _file(self, stamp: Stamp, action: str, assessment_id: int, client: ClientFacts, **detail: Any) -> None:
        file_change(
            self._session, stamp, action, "assessment", str(assessment_id), client_no=client.client_no, **detail
        )


def assessment_columns(session: Session, day: date, client_ids: Sequence[int] | None = None) -> AssessmentColumns:
    """What stands on the day for every client of the book, or of these, in columns by client id."""
    return rebanded(AssessmentRepository(session).columns(day, client_ids), bands_moved(session, day))


def bands_moved(session: Session, day: date) -> dict[int, Moved]:
    """Forms whose bands of the day are not those of earlier days, by questionnaire id."""
    history = schedule(session).history("bands", day)
    if len(history) == 1 and all(len(rule.values) == 1 for rule in history[0][1]):
        return {}
    by_score = assessment_books(session, day).assessment.on("LOWEST-SCHEME", day) == "SCORE"
    found = {
        one.id: moved(one.form.version, day, history, by_score) for one in QuestionnaireRepository(session).editions()
    }
    return {form: told for form, told in found.items() if told is not None}

"""申诉: filed against a grade in force within the days that the rules give, decided by somebody else, with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from clients.grading.review.filing import LONGEST, appeal_of, grade_code, plain, review_of
from clients.grading.review.problems import (
    NoSuchAppeal,
    NoSuchReview,
    NotInReview,
    ReviewRefused,
    SamePerson,
    WrongStep,
)
from clients.grading.review.repository import ReviewRepository
from clients.grading.review.rules import appeal_days
from clients.grading.review.tables import GradeAppealRow, GradeInForceRow
from clients.grading.review.types import Appeal, AppealState, Review, ReviewState
from clients.staff.filing import Stamp, changed, file_change, held
from kit.access import Scope
from kit.clock import day_of
from kit.db import one_at_a_time

RECORD: Final = "grade_appeal"


class AppealDesk:
    """Appeals within a scope. The commit is the caller's."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._rows = ReviewRepository(session, scope)

    def list(self, number: str | None = None) -> tuple[Appeal, ...]:
        """The newest first, of one review or of all. Raises NoSuchReview."""
        review = None if number is None else self._review(number).id
        reviews = {row.number: review_of(row) for row in self._rows.reviews()}
        return tuple(appeal_of(row, client, reviews[said]) for row, client, said in self._rows.appeals(review))

    def get(self, appeal_id: int) -> Appeal:
        """Raises NoSuchAppeal."""
        return self._told(appeal_id)

    def file(
        self, number: str, client_no: str, scheme: str, wanted: str, reason: str, stamp: Stamp
    ) -> Appeal:
        """Object to the grade that a review gave. Raises WrongStep, ReviewRefused, NotInReview, NoSuchReview."""
        review = self._review(number)
        if review.state is not ReviewState.APPROVED or review.effective_from is None:
            raise WrongStep(f"评定 {number} 现为“{review.state.label}”，批准以后才能申诉")
        last = review.effective_from + timedelta(days=appeal_days(review.effective_from))
        if day_of(stamp.at) > last:
            raise ReviewRefused(f"对评定 {number} 的申诉期至 {last} 为止；此后的变动请用事件调整")
        kept = review.scheme(scheme)
        if kept is None:
            raise ReviewRefused(f"评定 {number} 不含方案 {scheme}；所含：{'、'.join(s.code for s in review.schemes)}")
        found = self._rows.line(review.id, client_no)
        if found is None:
            raise NotInReview(f"评定 {number} 里没有客户 {client_no}，或不在您的范围内")
        one_at_a_time(self._session, RECORD)
        client = found[0].client_id
        grade = next(one.grade for one in self._rows.grades(review.id, [client])[client] if one.scheme == scheme)
        code = grade_code(kept, wanted)
        if code is None or code == grade:
            raise ReviewRefused(f"申诉须写明应评为哪一级；现为“{kept.label(grade)}”")
        open_ones = [row for row, *_ in self._rows.appeals(review.id, client) if row.scheme == scheme]
        if any(row.state == AppealState.FILED.value for row in open_ones):
            raise ReviewRefused(f"客户 {client_no} 对{kept.title}已有一件申诉待裁定")
        row = GradeAppealRow(
            review_id=review.id, client_id=client, scheme=scheme, grade=grade, wanted=code,
            reason=plain(reason, "申诉的理由", LONGEST), state=AppealState.FILED.value,
            filed_by_id=stamp.actor.user_id, filed_by=stamp.actor.name, filed_at=stamp.at,
        )  # fmt: skip
        made = self._rows.add(row)
        file_change(
            self._session, stamp, "grade.appeal.file", RECORD, str(made), review=number, client=client_no,
            scheme=scheme, grade=grade, wanted=code, reason=row.reason,
        )  # fmt: skip
        return self._told(made)

    def decide(
        self, appeal_id: int, *, upheld: bool, reason: str, expected_version: int, stamp: Stamp,
        effective_from: date | None = None,
    ) -> Appeal:  # fmt: skip
        """裁定: upheld, the wanted grade is in force from a day on, by default today; else the grade stays.

        Raises SamePerson for who filed it, or proposed or approved the grade; WrongStep, ReviewRefused.
        """
        found = self._rows.appeal(appeal_id)
        if found is None:
            raise NoSuchAppeal(f"没有第 {appeal_id} 件申诉")
        _, client_no, number = found
        row = held(self._session, GradeAppealRow, appeal_id, expected_version, f"第 {appeal_id} 件申诉")
        if row.state != AppealState.FILED.value:
            raise WrongStep(f"第 {appeal_id} 件申诉已裁定：{AppealState(row.state).label}")
        kept = self._rows.review(number)
        assert kept is not None
        review = review_of(kept)
        if self.bars(stamp.actor.user_id, self._told(appeal_id)):
            raise SamePerson("申诉须由申诉人、提请人、批准人以外的人裁定")
        since = effective_from or day_of(stamp.at)
        if upheld and since < day_of(stamp.at):
            raise ReviewRefused(f"生效日 {since} 早于裁定的日子；等级不能追溯生效")
        state = AppealState.UPHELD if upheld else AppealState.REJECTED
        values = {
            "state": state.value, "decided_by_id": stamp.actor.user_id, "decided_by": stamp.actor.name,
            "decided_at": stamp.at, "decided_reason": plain(reason, "裁定的理由", LONGEST),
            "effective_from": since if upheld else None,
        }  # fmt: skip
        changed(row, values)
        if upheld:
            scheme = review.scheme(row.scheme)
            assert scheme is not None
            self._rows.add(GradeInForceRow(
                client_id=row.client_id, scheme=row.scheme, grade=row.wanted, label=scheme.label(row.wanted),
                valid_from=since, review_id=review.id, appeal_id=row.id,
            ))  # fmt: skip
        file_change(
            self._session, stamp, "grade.appeal.decide", RECORD, str(appeal_id), version=row.version, client=client_no,
            state=state.value, reason=row.decided_reason, effective_from=since.isoformat() if upheld else None,
        )  # fmt: skip
        return self._told(appeal_id)

    def bars(self, user_id: str, appeal: Appeal) -> bool:
        """Whether a person had a hand in it: who filed it, or proposed or approved the grade."""
        kept = self._rows.review(appeal.review)
        assert kept is not None
        return user_id in {appeal.filed_by_id, kept.submitted_by_id, kept.decided_by_id}

    def _review(self, number: str) -> Review:
        row = self._rows.review(number)
        if row is None:
            raise NoSuchReview(f"没有评定 {number}")
        return review_of(row)

    def _told(self, appeal_id: int) -> Appeal:
        found = self._rows.appeal(appeal_id)
        if found is None:
            raise NoSuchAppeal(f"没有第 {appeal_id} 件申诉")
        row, client_no, number = found
        return appeal_of(row, client_no, self._review(number))

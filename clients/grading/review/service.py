"""The desk of grade reviews: open, 初评, 复评, 汇总, submit, approve by another person. The commit is the caller's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from clients.grading.book import BookGrades, StandingGrades
from clients.grading.repository import GradeRepository
from clients.grading.review.filing import (
    change_of,
    line_of,
    needs_reason,
    plain,
    review_of,
    wanted_fields,
    wanted_grades,
)
from clients.grading.review.moving import moved_beyond
from clients.grading.review.problems import (
    NoSuchReview,
    NothingGraded,
    NothingMoved,
    NotInReview,
    ReviewExists,
    ReviewRefused,
    SamePerson,
    WrongStep,
)
from clients.grading.review.repository import LineFilter, ReviewRepository
from clients.grading.review.rules import events, list_rule, reviewed_schemes, window
from clients.grading.review.tables import (
    GradeInForceRow,
    GradeReviewChangeRow,
    GradeReviewClientRow,
    GradeReviewLineRow,
    GradeReviewRow,
)
from clients.grading.review.types import (
    Edit,
    LineChange,
    Review,
    ReviewKind,
    ReviewLine,
    ReviewScheme,
    ReviewState,
    Source,
    Summary,
)
from clients.staff.filing import Stamp, changed, file_change, held
from kit.access import Scope
from kit.clock import day_of
from kit.db import one_at_a_time

NAMED: Final = 10  # of a list, in a message
RECORD: Final = "grade_review"


class ReviewDesk:
    """Reviews within a scope: who sees part of the book sees and edits those clients' lines alone."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._rows = ReviewRepository(session, scope)
        self._standing = StandingGrades(session, scope)

    # reading

    def list(self) -> tuple[Review, ...]:
        """The newest first."""
        return tuple(review_of(row) for row in self._rows.reviews())

    def get(self, number: str) -> Review:
        """Raises NoSuchReview."""
        return review_of(self._row(number))

    def lines(
        self, number: str, wanted: LineFilter | None = None, *, after: str = "", limit: int | None = None
    ) -> tuple[ReviewLine, ...]:
        """Clients of the review that the scope shows, by number. Raises NoSuchReview."""
        review = self.get(number)
        return self._told(review, self._rows.lines(review.id, wanted or LineFilter(), after, limit))

    def count(self, number: str, wanted: LineFilter | None = None) -> int:
        return self._rows.count(self.get(number).id, wanted or LineFilter())

    def branches(self, number: str) -> Sequence[str]:
        return self._rows.branches(self.get(number).id)

    def line(self, number: str, client_no: str) -> ReviewLine:
        """Raises NoSuchReview, NotInReview."""
        review = self.get(number)
        return self._told(review, [self._line_row(review, client_no)])[0]

    def sheet_lines(self, number: str, wanted: LineFilter | None = None) -> tuple[ReviewLine, ...]:
        """The same with the features of the review's day, for the 评估表."""
        review = self.get(number)
        book = self._standing.on(review.day, engine=True)
        place = {one: at for at, one in enumerate(book.client_no)}
        return tuple(
            replace(line, features=book.known_features(place[line.client_no])) for line in self.lines(number, wanted)
        )

    def changes(self, number: str, client_no: str | None = None) -> tuple[LineChange, ...]:
        """What was changed by whom and why, the newest first."""
        review = self.get(number)
        client = None if client_no is None else self._line_row(review, client_no)[0].client_id
        return tuple(change_of(row, said) for row, said in self._rows.changes(review.id, client))

    def summary(self, number: str) -> Summary:
        """汇总: the three lists as they stand now. Raises NoSuchReview."""
        review = self.get(number)
        plan, credit = list_rule("plan", review.day), list_rule("credit", review.day)
        lists: dict[str, tuple[ReviewLine, ...]] = {}
        for name, rule in (("plan", plan), ("credit", credit)):
            found: dict[str, ReviewLine] = {}
            for code in sorted(rule.classes):
                for one in self.lines(number, LineFilter(scheme=rule.scheme, grade=code)):
                    found[one.client_no] = one
            lists[name] = tuple(found[one] for one in sorted(found))
        special = self.lines(number, LineFilter(listed="settlement"))
        settled = {one.client_no: one for one in (*lists["credit"], *special)}
        return Summary(
            plan=lists["plan"], policy=self.lines(number, LineFilter(listed="policy")),
            credit=tuple(settled[one] for one in sorted(settled)), counts=self._rows.grade_counts(review.id),
            moved=self._rows.count(review.id, LineFilter(moved=True)),
            without_plan=tuple(one.client_no for one in lists["plan"] if not one.plan),
        )  # fmt: skip

    # opening

    def open_annual(self, year: int, day: date, stamp: Stamp, *, reason: str = "") -> Review:
        """年度评定 of a year, with the grades on file as of `day` as the preliminary ones.

        Outside the window a reason is needed. Raises ReviewExists, NothingGraded, ReviewRefused.
        """
        first, last = window(year)
        opened_on = day_of(stamp.at)
        said = plain(reason, "不在评定期内开始的理由", needed=not first <= opened_on <= last)
        if not first <= opened_on <= last and not said:
            raise ReviewRefused(f"{year} 年的评定期为 {first} 至 {last}")
        return self._open(str(year), ReviewKind.ANNUAL, self._graded(day), day, stamp, "", said, None)

    def open_event(
        self, event: str, day: date, stamp: Stamp, *, reason: str, client_nos: Sequence[str] | None = None
    ) -> Review:
        """事件调整 of some clients; with the event MOVED and nobody named, of all who moved beyond the hysteresis.

        Raises ReviewRefused, NothingGraded, NothingMoved.
        """
        known = events(day)
        if event not in known:
            words = "、".join(f"{code}（{name}）" for code, name in known.items())
            raise ReviewRefused(f"没有事件 {event}；应为 {words}")
        said = plain(reason, "调整的理由")
        book = self._graded(day)
        if client_nos is None and event != "MOVED":
            raise ReviewRefused(f"事件“{known[event]}”须指明客户")
        engine = moved_beyond(book, self._standing.on(day), self._session, self._scope, named=client_nos)
        if not len(engine):
            raise NothingMoved(f"截至 {book.run_day}，没有客户的等级越过回差，无须调整")
        count = sum(one.kind is ReviewKind.EVENT and one.day.year == day.year for one in self.list()) + 1
        return self._open(
            f"{day.year}-E{count}", ReviewKind.EVENT, engine, day, stamp, event, said, client_nos
        )

    # 初评 and 复评

    def change(self, number: str, edit: Edit, stamp: Stamp, *, source: Source = Source.DESK) -> ReviewLine:
        """Set grades and lists of one client. Raises WrongStep, ChangedMeanwhile, ReviewRefused, NotInReview."""
        review = self.get(number)
        self._must_be(review, "修改", ReviewState.PRELIMINARY, ReviewState.MEETING)
        fields, grades = wanted_fields(edit), wanted_grades(edit, review.schemes)
        reason = plain(edit.reason, "理由", needed=False)
        row, client_no, name = self._line_row(review, edit.client_no)
        row = held(self._session, GradeReviewClientRow, row.id, edit.expected_version, f"客户 {client_no} 的评定")
        lines = {one.scheme: one for one in self._rows.grades(review.id, [row.client_id])[row.client_id]}
        before = line_of(row, client_no, name, lines.values())
        found: dict[str, Any] = {}
        for scheme, code in grades.items():
            if lines[scheme].grade != code:
                found[f"grade.{scheme}"] = [lines[scheme].grade, code]
        needs_reason(found, review.schemes, before.grades, grades, reason)
        for scheme in grades:
            if f"grade.{scheme}" in found:
                lines[scheme].grade = grades[scheme]
        version = row.version
        found |= changed(row, fields if not found else {**fields, "reason": reason})
        if not found:
            return before
        row.version = version + 1
        self._rows.add(GradeReviewChangeRow(
            review_id=review.id, client_id=row.client_id, version=row.version, step=review.state.value,
            source=source.value, changes=found, reason=reason, changed_by_id=stamp.actor.user_id,
            changed_by=stamp.actor.name, changed_at=stamp.at,
        ))  # fmt: skip
        self._file(stamp, "grade.review.change", f"{number}/{client_no}", row.version, changes=found, reason=reason)
        return line_of(row, client_no, name, lines.values())

    def convene(self, number: str, *, expected_version: int, stamp: Stamp) -> Review:
        """召集复评会: what stands is the preliminary grade; from now on a change is one of the meeting."""
        row = self._held(number, expected_version)
        self._must_be(review_of(row), "召集复评", ReviewState.PRELIMINARY)
        self._rows.close_preliminary(row.id or 0)
        return self._step(row, stamp, "convene", {
            "state": ReviewState.MEETING.value, "convened_by_id": stamp.actor.user_id, "convened_by": stamp.actor.name,
        })  # fmt: skip

    def submit(self, number: str, *, expected_version: int, stamp: Stamp) -> Review:
        """汇总提请批准. Every client on the list of plans must have one. Raises ReviewRefused, WrongStep."""
        row = self._held(number, expected_version)
        self._must_be(review_of(row), "提请批准", ReviewState.MEETING)
        lacking = self.summary(number).without_plan
        if lacking:
            more = f"等 {len(lacking)} 位" if len(lacking) > NAMED else ""
            raise ReviewRefused(
                f"名单上的客户须有服务计划，还缺：{'、'.join(lacking[:NAMED])}{more}；可在评估表或页面补上",
                lacking=list(lacking),
            )
        return self._step(row, stamp, "submit", {
            "state": ReviewState.SUBMITTED.value, "submitted_by_id": stamp.actor.user_id,
            "submitted_by": stamp.actor.name, "submitted_at": stamp.at,
        })  # fmt: skip

    # approval

    def approve(
        self, number: str, *, effective_from: date, expected_version: int, stamp: Stamp, reason: str = ""
    ) -> Review:
        """批准: the grades are in force from a day on. Never by who opened, called, submitted or changed it.

        Raises SamePerson, WrongStep, ReviewRefused for a day before today.
        """
        row = self._held(number, expected_version)
        review = review_of(row)
        self._must_be(review, "批准", ReviewState.SUBMITTED)
        self._another(review, stamp)
        if effective_from < day_of(stamp.at):
            raise ReviewRefused(f"生效日 {effective_from} 早于批准的日子 {day_of(stamp.at)}；等级不能追溯生效")
        self._rows.add_many(GradeInForceRow, self._approved(review, effective_from))
        return self._step(row, stamp, "approve", {
            "state": ReviewState.APPROVED.value, "decided_by_id": stamp.actor.user_id,
            "decided_by": stamp.actor.name, "decided_at": stamp.at, "effective_from": effective_from,
            "decided_reason": plain(reason, "批准意见", needed=False),
        })  # fmt: skip

    def send_back(self, number: str, *, reason: str, expected_version: int, stamp: Stamp) -> Review:
        """退回复评, with the reason."""
        row = self._held(number, expected_version)
        review = review_of(row)
        self._must_be(review, "退回", ReviewState.SUBMITTED)
        self._another(review, stamp)
        return self._step(row, stamp, "send_back", {
            "state": ReviewState.MEETING.value, "decided_reason": plain(reason, "退回的理由"),
            "decided_by_id": stamp.actor.user_id, "decided_by": stamp.actor.name, "decided_at": stamp.at,
        })  # fmt: skip

    def cancel(self, number: str, *, reason: str, expected_version: int, stamp: Stamp) -> Review:
        """撤销 a review that is not approved; it stays on file."""
        row = self._held(number, expected_version)
        self._must_be(
            review_of(row), "撤销", ReviewState.PRELIMINARY, ReviewState.MEETING, ReviewState.SUBMITTED
        )
        return self._step(row, stamp, "cancel", {
            "state": ReviewState.CANCELLED.value, "decided_reason": plain(reason, "撤销的理由"),
            "decided_by_id": stamp.actor.user_id, "decided_by": stamp.actor.name, "decided_at": stamp.at,
        })  # fmt: skip

    # inside

    def _graded(self, day: date) -> BookGrades:
        book = self._standing.on(day, engine=True)
        if not len(book):
            raise NothingGraded(f"{day} 及以前还没有登记过分级；请先运行 heshi grade")
        return book

    def _open(
        self, number: str, kind: ReviewKind, engine: BookGrades, day: date, stamp: Stamp, event: str, reason: str,
        named: Sequence[str] | None,
    ) -> Review:  # fmt: skip
        one_at_a_time(self._session, "grade_review")
        if self._rows.review(number) is not None:
            raise ReviewExists(f"已有评定 {number}；一年只有一次年度评定，其间的变动请用事件调整")
        run = GradeRepository(self._session, self._scope).run_on(day)
        schemes = [one for one in engine.schemes if one.code in reviewed_schemes(day)]
        assert run is not None
        assert run.id is not None
        row = GradeReviewRow(
            number=number, kind=kind.value, state=ReviewState.PRELIMINARY.value, day=day, run_id=run.id,
            schemes=[_kept(one) for one in schemes], event=event, reason=reason, clients=len(engine),
            opened_by_id=stamp.actor.user_id, opened_by=stamp.actor.name, opened_at=stamp.at,
        )  # fmt: skip
        review_id = self._rows.add(row)
        clients = [int(one) for one in engine.client_id]
        served = self._rows.served_by(day_of(stamp.at))
        self._rows.add_many(GradeReviewClientRow, (_client(review_id, one, served.get(one)) for one in clients))
        before = self._rows.in_force(day)
        self._rows.add_many(GradeReviewLineRow, _lines(review_id, engine, schemes, before))
        self._file(
            stamp, "grade.review.open", number, 1, kind=kind.value, day=day.isoformat(), run=run.digest,
            clients=len(clients), event=event, reason=reason, named=None if named is None else list(named),
        )  # fmt: skip
        return review_of(row)

    def _approved(self, review: Review, since: date) -> Iterator[dict[str, Any]]:
        rows = self._rows.lines(review.id, LineFilter())
        grades = self._rows.grades(review.id, [row.client_id for row, _, _ in rows])
        for row, _, _ in rows:
            for one in grades[row.client_id]:
                scheme = review.scheme(one.scheme)
                assert scheme is not None
                yield {
                    "client_id": row.client_id, "scheme": one.scheme, "grade": one.grade,
                    "label": scheme.label(one.grade), "valid_from": since, "review_id": review.id, "appeal_id": None,
                }  # fmt: skip

    def _another(self, review: Review, stamp: Stamp) -> None:
        """Raises SamePerson for whoever had a hand in what is to be decided."""
        own = {review.opened_by_id, review.convened_by_id, review.submitted_by_id, *self._rows.editors(review.id)}
        if stamp.actor.user_id in own:
            raise SamePerson("您开启、召集、提请或改动过这次评定，须由另一人批准或退回")

    def _told(self, review: Review, rows: Sequence[tuple[GradeReviewClientRow, str, str]]) -> tuple[ReviewLine, ...]:
        grades = self._rows.grades(review.id, [row.client_id for row, _, _ in rows])
        return tuple(line_of(row, number, name, grades[row.client_id]) for row, number, name in rows)

    def _row(self, number: str) -> GradeReviewRow:
        found = self._rows.review(number)
        if found is None:
            raise NoSuchReview(f"没有评定 {number}；heshi grade review list 列出全部")
        return found

    def _line_row(self, review: Review, client_no: str) -> tuple[GradeReviewClientRow, str, str]:
        found = self._rows.line(review.id, client_no)
        if found is None:
            raise NotInReview(f"评定 {review.number} 里没有客户 {client_no}，或不在您的范围内")
        return found

    def _held(self, number: str, expected_version: int) -> GradeReviewRow:
        return held(self._session, GradeReviewRow, self._row(number).id, expected_version, f"评定 {number}")

    def _must_be(self, review: Review, deed: str, *states: ReviewState) -> None:
        if review.state not in states:
            allowed = "、".join(one.label for one in states)
            raise WrongStep(f"评定 {review.number} 现为“{review.state.label}”，只有“{allowed}”时可以{deed}")

    def _step(self, row: GradeReviewRow, stamp: Stamp, deed: str, values: dict[str, Any]) -> Review:
        found = changed(row, values)
        told = {name: [str(one) for one in pair] for name, pair in found.items()}
        self._file(stamp, f"grade.review.{deed}", row.number, row.version, changes=told)
        return review_of(row)

    def _file(self, stamp: Stamp, action: str, record_id: str, version: int, **detail: Any) -> None:
        file_change(self._session, stamp, action, RECORD, record_id, version=version, **detail)


def _kept(scheme: ReviewScheme) -> dict[str, Any]:
    return {
        "code": scheme.code, "title": scheme.title, "version": scheme.version,
        "classes": [list(one) for one in scheme.classes],
    }  # fmt: skip


def _client(review_id: int, client_id: int, served: tuple[str, str] | None) -> dict[str, Any]:
    branch, staff = served or ("", "")
    return {
        "review_id": review_id, "client_id": client_id, "branch": branch, "staff": staff, "plan": "",
        "policy_action": None, "policy": "", "settlement_action": None, "settlement": "", "reason": "", "version": 1,
    }  # fmt: skip


def _lines(
    review_id: int, engine: BookGrades, schemes: Sequence[ReviewScheme], before: dict[int, dict[str, GradeInForceRow]]
) -> Iterator[dict[str, Any]]:
    codes = {one.code: engine.codes(one.code) for one in schemes}
    for place, client in enumerate(int(one) for one in engine.client_id):
        for scheme in schemes:
            found = codes[scheme.code][place]
            held_row = before.get(client, {}).get(scheme.code)
            yield {
                "review_id": review_id, "client_id": client, "scheme": scheme.code,
                "before": held_row.grade if held_row else None, "engine": found, "preliminary": None, "grade": found,
            }  # fmt: skip

"""Counts over the records of suitability in a period: grouped by the database, a row a count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import func, select
from sqlmodel import Session, col

from kit.rulebook import Rulebook
from suitability.assessment.tables import AssessmentRow, ConfirmationRow, ReviewRow, SessionRow
from suitability.assessment.types import SessionState
from suitability.cases.tables import CaseEventRow, MismatchCaseRow
from suitability.cases.types import CaseStatus, EventKind, Severity
from suitability.category.tables import ApplicationRow, RevocationRow
from suitability.category.tables import DecisionRow as CategoryDecisionRow
from suitability.gates.tables import GateRecordRow
from suitability.levels import Outcome
from suitability.matching.cooling import ends_at
from suitability.matching.service import parsed
from suitability.matching.tables import DecisionRow, DutyDoneRow, RuleSetRow
from suitability.questionnaire.tables import QuestionnaireRow
from suitability.rating.tables import RatingRow
from suitability.tally import Assessing, Cases, Counts, Deciding, Period

DUTIES: Final = "suitability/rules/duties.yaml"


class TallyRepository:
    """Counts of the whole firm on one session."""

    def __init__(self, session: Session, period: Period) -> None:
        self._session = session
        self._period = period
        self._duty_books: dict[str, Rulebook] = {}

    def assessing(self) -> Assessing:
        """Assessments, their reviews and confirmations, and sessions that gave none."""
        form = (
            select(col(QuestionnaireRow.version), func.count())
            .join(AssessmentRow, col(AssessmentRow.questionnaire_id) == col(QuestionnaireRow.id))
            .where(self._day(AssessmentRow.assessed_on))
            .group_by(col(QuestionnaireRow.version))
        )
        held = select(func.count()).where(self._day(AssessmentRow.assessed_on), col(AssessmentRow.needs_review))
        reviews = self._counts(
            select(col(ReviewRow.accepted), func.count())
            .where(self._day(ReviewRow.decided_on)).group_by(col(ReviewRow.accepted))
        )  # fmt: skip
        open_reviews = (
            select(func.count())
            .select_from(AssessmentRow)
            .join(ReviewRow, col(ReviewRow.assessment_id) == col(AssessmentRow.id), isouter=True)
            .where(
                col(AssessmentRow.needs_review), col(AssessmentRow.assessed_on) <= self._period.last,
                (col(ReviewRow.id).is_(None)) | (col(ReviewRow.decided_on) > self._period.last),
            )
        )  # fmt: skip
        refused = (
            select(col(SessionRow.refusal), func.count())
            .where(self._at(SessionRow.started_at), col(SessionRow.state) == SessionState.REFUSED.value)
            .group_by(col(SessionRow.refusal))
        )
        return Assessing(
            by_form=self._counts(form), under_review=self._one(held), accepted=reviews.get("True", 0),
            rejected=reviews.get("False", 0), unreviewed=self._one(open_reviews),
            confirmed=self._one(select(func.count()).where(self._day(ConfirmationRow.confirmed_on))),
            refused=self._counts(refused),
        )  # fmt: skip

    def categories(self) -> Counts:
        """Applications, decisions and revocations of the investor category."""
        applied = self._counts(
            select(col(ApplicationRow.direction), func.count())
            .where(self._day(ApplicationRow.applied_on)).group_by(col(ApplicationRow.direction))
        )  # fmt: skip
        decided = self._counts(
            select(col(CategoryDecisionRow.granted), func.count())
            .where(self._at(CategoryDecisionRow.decided_at)).group_by(col(CategoryDecisionRow.granted))
        )  # fmt: skip
        revoked = self._one(select(func.count()).where(self._at(RevocationRow.revoked_at)))
        return {
            **{f"APPLIED/{name}": count for name, count in applied.items()}, "GRANTED": decided.get("True", 0),
            "REFUSED": decided.get("False", 0), "REVOKED": revoked,
        }  # fmt: skip

    def permissions(self) -> Counts:
        """Records of permissions by kind."""
        return self._counts(
            select(col(GateRecordRow.kind), func.count())
            .where(self._at(GateRecordRow.decided_at)).group_by(col(GateRecordRow.kind))
        )  # fmt: skip

    def ratings(self) -> tuple[int, int]:
        """Ratings filed, and how many of them by a person's override."""
        filed = self._one(select(func.count()).where(self._at(RatingRow.rated_at)))
        by_hand = select(func.count()).where(self._at(RatingRow.rated_at), col(RatingRow.proposal_id).is_not(None))
        return filed, self._one(by_hand)

    def deciding(self) -> Deciding:
        """Decisions by who asked and outcome, the rules that refused or warned, the duties that followed."""
        outcomes: Counter[str] = Counter()
        rules: Counter[str] = Counter()
        due: dict[str, tuple[str, tuple[str, ...], str]] = {}
        for decision_id, asked_by, outcome, content in self._decisions():
            outcomes[f"{asked_by}/{outcome}"] += 1
            told = orjson.loads(content)
            rules.update(
                one["rule"] for one in told["verdicts"] if one["hit"] and one["outcome"] != Outcome.ALLOW.value
            )
            if told["duties"]:
                due[decision_id] = outcome, tuple(told["duties"]), told["versions"][DUTIES]
        done = self._duties_done()
        finished = {
            decision: self._finished(duties, version, done.get(decision, {}))
            for decision, (_, duties, version) in due.items()
        }
        waiting = sum(
            outcome == Outcome.WARN.value and finished[decision] < len(duties)
            for decision, (outcome, duties, _) in due.items()
        )
        return Deciding(
            by_outcome=dict(sorted(outcomes.items())), by_rule=dict(sorted(rules.items())),
            duties_due=sum(len(duties) for _, duties, _ in due.values()), duties_done=sum(finished.values()),
            waiting=waiting,
        )  # fmt: skip

    def cases(self) -> Cases:
        """What happened to cases in the period, and how they stood on its last day, by their events."""
        kinds = self._counts(
            select(col(CaseEventRow.kind), func.count())
            .where(self._day(CaseEventRow.day)).group_by(col(CaseEventRow.kind))
        )  # fmt: skip
        last: dict[int, str] = {}
        resolved: Counter[str] = Counter()
        asked = select(
            col(CaseEventRow.case_id), col(CaseEventRow.kind), col(CaseEventRow.status), col(CaseEventRow.day),
            col(CaseEventRow.detail),
        ).where(col(CaseEventRow.day) <= self._period.last)  # fmt: skip
        for case_id, kind, status, day, detail in self._session.execute(asked.order_by(col(CaseEventRow.version))):
            last[case_id] = status
            if kind == EventKind.RESOLVED.value and day >= self._period.first:
                resolved[str(detail.get("resolution", ""))] += 1
        open_ones = {case_id for case_id, status in last.items() if status != CaseStatus.RESOLVED.value}
        severe, overdue, dimensions = 0, 0, Counter[str]()
        known = select(MismatchCaseRow).where(col(MismatchCaseRow.opened_on) <= self._period.last)
        for row in self._session.scalars(known):
            if row.id in open_ones:
                severe += row.severity == Severity.SEVERE.rank
                overdue += row.due_on < self._period.last
                dimensions.update(row.dimensions.split(","))
        return Cases(
            opened=kinds.get(EventKind.OPENED.value, 0), reopened=kinds.get(EventKind.REOPENED.value, 0),
            resolved=dict(sorted(resolved.items())), unsettled=len(open_ones), severe=severe, overdue=overdue,
            by_dimension=dict(sorted(dimensions.items())),
        )  # fmt: skip

    def _decisions(self) -> Iterator[tuple[str, str, str, str]]:
        asked = select(
            col(DecisionRow.id), col(DecisionRow.asked_by), col(DecisionRow.outcome), col(DecisionRow.content)
        ).where(self._at(DecisionRow.made_at))
        for row in self._session.execute(asked.execution_options(yield_per=500)):
            yield row[0], row[1], row[2], row[3]

    def _duties_done(self) -> dict[str, dict[str, datetime]]:
        """When each duty was done, by decision."""
        asked = (
            select(col(DutyDoneRow.decision_id), col(DutyDoneRow.duty), col(DutyDoneRow.done_at))
            .join(DecisionRow, col(DecisionRow.id) == col(DutyDoneRow.decision_id))
            .where(self._at(DecisionRow.made_at), col(DutyDoneRow.done_at) <= self._period.ends)
        )
        found: dict[str, dict[str, datetime]] = {}
        for decision_id, duty, done_at in self._session.execute(asked):
            found.setdefault(decision_id, {})[duty] = done_at
        return found

    def _finished(self, duties: Sequence[str], version: str, done: Mapping[str, datetime]) -> int:
        """How many duties are done by the end of the period; a cooling-off that has ended is one."""
        ended = (ends_at(self._terms(version, duty), done) for duty in duties if duty not in done)
        return sum(duty in done for duty in duties) + sum(end is not None and end <= self._period.ends for end in ended)

    def _terms(self, version: str, duty: str) -> Mapping[str, Any]:
        """What the rule file of a decision says of a duty."""
        if version not in self._duty_books:
            row = self._session.get(RuleSetRow, version)
            assert row is not None, "a decision's rule files are filed with it"
            self._duty_books[version] = parsed(row.name, row.content)
        rule = self._duty_books[version][f"DUTY-{duty}"]
        terms: Mapping[str, Any] = rule.on(max(self._period.last, rule.values[0][0]))
        return terms

    def _day(self, column: Any) -> Any:
        return col(column).between(self._period.first, self._period.last)

    def _at(self, column: Any) -> Any:
        return col(column).between(self._period.begins, self._period.ends)

    def _counts(self, asked: Any) -> dict[str, int]:
        rows = self._session.execute(asked)
        return dict(sorted((str(name or ""), int(count)) for name, count in rows))

    def _one(self, asked: Any) -> int:
        return int(self._session.execute(asked).scalar_one())

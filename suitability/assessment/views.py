"""What the desk of assessment hands out: sessions, submissions, results, reminders, facts. Values, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from suitability.assessment.types import Channel, EnteredBy, Finding, SessionState, SheetOutcome
from suitability.levels import AssetType, ClientLevel, IntendedTerm, InvestorCategory
from suitability.questionnaire.types import Answers, Question

T = TypeVar("T", bound="Brief", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One session as it stands. next_question: None when all is answered or the session has ended."""

    id: int
    client_no: str
    questionnaire: str
    channel: Channel
    entered_by: EnteredBy
    started_at: datetime
    state: SessionState
    refusal: str | None  # the rule that ended it
    sentence: str  # for the client, empty where nothing was refused
    answers: Answers  # those that count
    prefilled: frozenset[str]  # not shown
    next_question: Question | None
    asked: int  # questions that the client has answered on this way


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a check reads of one result. in_review: a second person has not accepted it yet."""

    id: int
    questionnaire: str
    assessed_on: date
    valid_through: date
    level: ClientLevel
    lowest: bool
    term: IntendedTerm | None
    types: AssetType | None
    needs_review: bool
    accepted: bool | None  # None: not asked for, or not decided

    @property
    def in_review(self) -> bool:
        return self.needs_review and self.accepted is None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentView(Brief):
    """One result with what it was made from."""

    client_no: str
    assessed_at: datetime
    total: int
    lowest_by: tuple[str, ...]
    bands: str
    points: Mapping[str, int]
    answers: Answers
    findings: tuple[Finding, ...]
    review_reason: str
    confirmed_on: date | None
    digest: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of handing in. assessment: None where the sheet was blocked or waits for the client's confirmation."""

    outcome: SheetOutcome
    findings: tuple[Finding, ...]
    session: SessionView
    assessment: AssessmentView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Current(Generic[T]):
    """What stands for a client on a day. level: the one to use; None without a confirmed result.

    in_force: the result that the client confirmed, however old (`expired` says whether it still holds).
    waiting: a newer one that waits for confirmation or review; it may lower the level (`lowered`), never raise it.
    """

    client_no: str
    day: date
    level: ClientLevel | None
    lowest: bool
    in_force: T | None
    waiting: T | None

    @property
    def expired(self) -> bool:
        return self.in_force is not None and self.day > self.in_force.valid_through

    @property
    def lowered(self) -> bool:
        return self.in_force is not None and self.level is not self.in_force.level


@dataclass(frozen=True, slots=True, order=True)
class Reminder:
    """A client whose result ends in `days_left` days; due_on: the day on which that many days are left."""

    due_on: date
    client_no: str
    assessment_id: int
    valid_through: date
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentFacts:
    """The fields of `suitability.facts.ClientFacts` that this room owns."""

    category: InvestorCategory
    category_valid_through: date | None
    level: ClientLevel | None
    confirmed_level: ClientLevel | None
    lowest: bool
    questionnaire: str | None
    assessed_on: date | None
    valid_through: date | None
    term: IntendedTerm | None
    types: AssetType | None
    as_of: Mapping[str, date] = field(default_factory=dict)

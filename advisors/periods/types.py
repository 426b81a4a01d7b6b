"""What a graded period is made of: its state, the line of a person, an appeal and its evidence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isclose
from typing import Any

from advisors.types import SourceRow
from clients.grading.review.types import AppealState
from kit.labels import Labelled


class RunState(Labelled):
    """考评所处的步骤"""

    PREVIEWED = "PREVIEWED", "已试算"
    SUBMITTED = "SUBMITTED", "待批准"
    APPROVED = "APPROVED", "已批准"
    PUBLISHED = "PUBLISHED", "已发布"
    CANCELLED = "CANCELLED", "已撤销"


class Deed(Labelled):
    """对一次考评能做的事"""

    SUBMIT = "SUBMIT", "提请批准"
    APPROVE = "APPROVE", "批准"
    RETURN = "RETURN", "退回"
    PUBLISH = "PUBLISH", "发布"
    CANCEL = "CANCEL", "撤销"


class EvidenceKind(Labelled):
    """证据的种类"""

    RECORD = "RECORD", "系统记录"
    DOCUMENT = "DOCUMENT", "书面材料"
    STATEMENT = "STATEMENT", "情况说明"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRun:
    """One run over a closed period. number: 2026Q3-1; first and last day are included.

    digest: over all that was graded; approval and publication name it again. rules: the version graded under.
    """

    id: int
    number: str
    period: str
    first: date
    last: date
    state: RunState
    digest: str
    rules: str
    people: int
    withheld: int  # people who could not be graded
    ran_by_id: str
    ran_by: str
    ran_at: datetime
    submitted_by_id: str | None
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by_id: str | None
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    published_by: str | None
    published_at: datetime | None
    effective_from: date | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person of a run: what was graded, and the level as it stands after appeals.

    graded: the level of the run, None where it was withheld; level: the newest of run and appeals; card: the whole
    score card as the core gave it, plain data.
    """

    id: int
    staff_no: str
    name: str
    branch_no: str
    branch: str
    scale: str
    group: str
    score: float | None
    graded: str | None
    level: str | None
    before: str | None
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """证据: a record of the system by its number, a document by its name, or a statement."""

    kind: EvidenceKind
    reference: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """申诉: what the person holds against one point of the card, with evidence; what a third person decided."""

    id: int
    run: str
    staff_no: str
    name: str
    point: str  # the indicator or deduction that is contested; empty: the level as a whole
    level: str | None
    wanted: str
    reason: str
    evidence: tuple[Evidence, ...]
    state: AppealState
    filed_by_id: str
    filed_by: str
    filed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    given: str | None  # the level that the decision gives, where it was upheld
    effective_from: date | None
    version: int


@dataclass(frozen=True, slots=True)
class LevelStep:
    """历史: one published or corrected level of a person."""

    run: str
    period: str
    level: str
    valid_from: date
    appeal_id: int | None
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Drilled:
    """做成一个数字的行, read anew from the records. counted, of: sums of the rows; filed: numerator and denominator of
    the card. A difference means that records changed since the run.
    """

    indicator: str
    rows: tuple[SourceRow, ...]
    counted: float
    of: float
    filed: tuple[float | None, float | None]

    @property
    def agrees(self) -> bool:
        """Whether the rows still add up to what the card says; True where the card has no quotient."""
        pairs = zip((self.counted, self.of), self.filed, strict=True)
        return all(said is None or isclose(now, said, rel_tol=1e-9, abs_tol=1e-6) for now, said in pairs)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands among the colleagues of the group, none of them named; None where they are too few.

    scores: the lowest, the quartiles and the highest of the colleagues' scores. better: share of colleagues whose score
    is lower. components: the colleagues' mean points by component.
    """

    peers: int
    scores: tuple[float, float, float, float, float]
    better: float
    components: Mapping[str, float]

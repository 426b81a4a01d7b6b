"""What a review is made of: its states, a client's line, an edit, the grade in force, an appeal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from kit.labels import Labelled


class ReviewKind(Labelled):
    """评定种类"""

    ANNUAL = "ANNUAL", "年度评定"
    EVENT = "EVENT", "事件调整"


class ReviewState(Labelled):
    """评定所处的步骤"""

    PRELIMINARY = "PRELIMINARY", "初评"
    MEETING = "MEETING", "复评"
    SUBMITTED = "SUBMITTED", "待批准"
    APPROVED = "APPROVED", "已批准"
    CANCELLED = "CANCELLED", "已撤销"


class Arrangement(Labelled):
    """特殊政策、特殊结算的处理"""

    KEEP = "KEEP", "维持"
    NEW = "NEW", "新增"
    ADJUST = "ADJUST", "调整"
    WITHDRAW = "WITHDRAW", "撤销"


class AppealState(Labelled):
    """申诉的结果"""

    FILED = "FILED", "待裁定"
    UPHELD = "UPHELD", "支持申诉"
    REJECTED = "REJECTED", "维持原等级"


class Source(Labelled):
    """改动从哪里来"""

    DESK = "DESK", "页面或接口"
    SHEET = "SHEET", "评估表"


@dataclass(frozen=True, slots=True)
class ReviewScheme:
    """A scheme as the review took it: its classes, the best first where ordered."""

    code: str
    title: str
    version: str
    classes: tuple[tuple[str, str], ...]
    ordered: bool = True

    def label(self, code: str | None) -> str:
        return dict(self.classes).get(code or "", "不评")

    def code_of(self, said: str) -> str | None:
        """The class of a code or a label, None for what is neither."""
        found = [code for code, label in self.classes if said in (code, label)]
        return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review: 初评, 复评, 批准. `day` is the day whose grades were taken; `number` is 2026 or 2026-E3."""

    id: int
    number: str
    kind: ReviewKind
    state: ReviewState
    day: date
    run_id: int
    schemes: tuple[ReviewScheme, ...]
    event: str
    reason: str
    clients: int
    opened_by_id: str
    opened_by: str
    opened_at: datetime
    convened_by_id: str | None
    convened_by: str | None
    submitted_by_id: str | None
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    effective_from: date | None
    version: int

    @property
    def editable(self) -> bool:
        return self.state in (ReviewState.PRELIMINARY, ReviewState.MEETING)

    def scheme(self, code: str) -> ReviewScheme | None:
        return next((one for one in self.schemes if one.code == code), None)


@dataclass(frozen=True, slots=True)
class LineGrade:
    """A client's class in one scheme, step by step; None is 不评.

    before: in force when the review was opened; engine: as computed; preliminary: 初评, once the meeting was called.
    """

    before: str | None
    engine: str | None
    preliminary: str | None
    grade: str | None

    @property
    def moved(self) -> bool:
        return self.grade != self.engine


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """One client of a review."""

    client_id: int
    client_no: str
    name: str
    branch: str
    staff: str
    version: int
    grades: Mapping[str, LineGrade]
    plan: str = ""
    policy_action: Arrangement | None = None
    policy: str = ""
    settlement_action: Arrangement | None = None
    settlement: str = ""
    reason: str = ""
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A line as it shall be. Grades that are not named stay; None elsewhere leaves the field as it is."""

    client_no: str
    expected_version: int
    grades: Mapping[str, str | None] = field(default_factory=dict)
    plan: str | None = None
    policy_action: Arrangement | str | None = None
    policy: str | None = None
    settlement_action: Arrangement | str | None = None
    settlement: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LineChange:
    """复评记录: one change of a line, who made it, when, why. changes: [before, after] by field."""

    client_no: str
    step: ReviewState
    at: datetime
    by: str
    source: Source
    changes: Mapping[str, list[str | None]]
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """汇总: the three lists of the meeting, and how far the review is."""

    plan: tuple[ReviewLine, ...]
    policy: tuple[ReviewLine, ...]
    credit: tuple[ReviewLine, ...]
    counts: Mapping[str, Mapping[str, int]]  # scheme: class: clients; the empty code is 不评
    moved: int  # clients with a grade other than the engine's
    without_plan: tuple[str, ...]  # of those who need one


@dataclass(frozen=True, slots=True)
class InForce:
    """The grade of a client in a scheme on a day. reviewed: approved, or as computed; review: which one.

    appeal: the one that gave the grade, where the review itself did not.
    """

    scheme: str
    title: str
    code: str | None
    label: str
    since: date | None
    reviewed: bool
    needs_review: bool
    review: str = ""
    engine: str | None = None
    engine_label: str = "不评"
    appeal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """申诉: what the client holds against a grade, and what somebody else decided."""

    id: int
    review: str
    client_no: str
    scheme: str
    title: str
    grade: str | None
    grade_label: str
    wanted: str
    wanted_label: str
    reason: str
    state: AppealState
    filed_by_id: str
    filed_by: str
    filed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str
    effective_from: date | None
    version: int

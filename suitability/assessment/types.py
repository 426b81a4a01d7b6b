"""An assessment as values: what was answered, what is known, what was found, what follows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from kit.labels import Labelled
from suitability.levels import AssetType, ClientLevel, IntendedTerm, Ranked
from suitability.questionnaire.types import Answers, Questionnaire, Score


class Consequence(Ranked):
    """后果, from the mildest to the hardest"""

    CONFIRM = "CONFIRM", "客户确认后才能提交"
    REVIEW = "REVIEW", "提交后由合规人员复核"
    BLOCK = "BLOCK", "不能提交"


class EnteredBy(Labelled):
    """谁作答"""

    CLIENT = "CLIENT", "客户本人"
    STAFF = "STAFF", "工作人员"
    UNKNOWN = "UNKNOWN", "没有说明"


class Channel(Labelled):
    """在哪里作答"""

    APP = "APP", "手机客户端"
    WEB = "WEB", "网上"
    COUNTER = "COUNTER", "营业部柜台"
    PHONE = "PHONE", "电话"
    IMPORT = "IMPORT", "导入"


class SessionState(Labelled):
    """一次作答的状态"""

    OPEN = "OPEN", "作答中"
    DONE = "DONE", "已提交"
    REFUSED = "REFUSED", "已拒绝"


class SheetOutcome(Labelled):
    """一次提交的结果"""

    ASSESSED = "ASSESSED", "已评估"
    UNDER_REVIEW = "UNDER_REVIEW", "已评估，待复核"
    TO_CONFIRM = "TO_CONFIRM", "待客户确认答案"
    BLOCKED = "BLOCKED", "不能提交"


class Origin(Labelled):
    """一个答案从哪里来"""

    CLIENT = "CLIENT", "客户作答"
    PREFILLED = "PREFILLED", "按已知信息填写"
    IMPORTED = "IMPORTED", "导入"


class Sex(Labelled):
    """性别"""

    MALE = "MALE", "男"
    FEMALE = "FEMALE", "女"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFacts:
    """What the firm knows besides the answers. None is not known: a rule that needs it does not apply."""

    age: int | None = None  # whole years
    sex: Sex | None = None
    occupation: str | None = None  # STUDENT and the like
    education: str | None = None  # a meaning of the topic `education`
    assets_yuan: Decimal | None = None  # with the firm
    debts_yuan: Decimal | None = None  # to the firm
    civil_capacity: bool | None = None
    other_lowest: bool | None = None  # other cases in law of the lowest class
    as_of: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that applies to a sheet: what follows, in words for the client, and what it read."""

    rule: str
    consequence: Consequence
    sentence: str
    questions: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    mendable: bool = False  # whether other answers in the same session may cure it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A complete sheet. started_at: None where nobody recorded it. answered: when each counted answer was given."""

    form: Questionnaire
    answers: Answers  # those that count, in the order in which they were asked
    prefilled: frozenset[str]  # questions that the client did not answer
    started_at: datetime | None
    finished_at: datetime
    day: date  # of the assessment, in the firm's zone


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier submission of the client. counts: as one of the assessments that the caps speak of."""

    day: date
    level: ClientLevel | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a sheet comes to, before anything is filed."""

    score: Score
    level: ClientLevel
    lowest: tuple[str, ...]  # rules by which the client is of the lowest class; empty: not
    term: IntendedTerm | None
    types: AssetType | None
    valid_through: date
    bands: str
    findings: tuple[Finding, ...]

    def blocking(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.consequence is Consequence.BLOCK)

    def outcome(self, confirmed: frozenset[str]) -> SheetOutcome:
        """confirmed: rules of the findings that the client has confirmed."""
        if self.blocking():
            return SheetOutcome.BLOCKED
        open_ones = {one.rule for one in self.findings if one.consequence is Consequence.CONFIRM} - confirmed
        if open_ones:
            return SheetOutcome.TO_CONFIRM
        review = any(one.consequence is Consequence.REVIEW for one in self.findings)
        return SheetOutcome.UNDER_REVIEW if review else SheetOutcome.ASSESSED

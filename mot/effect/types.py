"""效果的词与值: what is measured, in which groups, and what was found or why nothing can be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kit.labels import Labelled
from mot.matching.holdout import GLOBAL


class Measured(Labelled):
    """指标的种类"""

    SHARE = "SHARE", "比例"  # each client is a hit or not
    MONEY = "MONEY", "金额"  # yuan a client


class Arm(Labelled):
    """分组: decided by the hash alone, whatever became of the contact afterwards"""

    TREATED = "TREATED", "处理组"
    HELD_OUT = "HELD_OUT", "对照组"
    GLOBAL = "GLOBAL", "全局对照组"  # left alone by every scenario: stands apart from a comparison of one of them


class Lack(Labelled):
    """为什么不给结论"""

    NO_HOLDOUT = "NO_HOLDOUT", "没有对照组"
    NO_SOURCE = "NO_SOURCE", "没有数据来源"
    NOT_DUE = "NOT_DUE", "未到复核日"
    REGISTERED_LATE = "REGISTERED_LATE", "登记晚于首次触发"
    TOO_FEW = "TOO_FEW", "样本不足"
    RATIO = "RATIO", "分组比例异常"
    MIXED = "MIXED", "同一客户出现在两组"


class Level(Labelled):
    """平台指标的层级"""

    FIRM = "FIRM", "全公司"
    BRANCH = "BRANCH", "营业部"
    ADVISOR = "ADVISOR", "主办人员"
    GRADE = "GRADE", "客户等级"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """预先登记: what will be compared, how, and when it is looked at. Written before the first fire, never changed.

    window_days: calendar days after a client's first occurrence. share_held: of the clients outside the global holdout.
    level: of the interval; power: for which the smallest visible effect is told; least: clients with a known outcome
    in each group, below which nothing is concluded; alarm_p: of the test of the groups' sizes. covariate: "" or the
    figure of the time before by which money is adjusted (CUPED). lacks: "" or why this metric has no source here.
    """

    scenario_id: str
    scenario_digest: str
    name: str
    metric: str
    measured: Measured
    success: str
    window_days: int
    share_held: float
    review_on: date
    level: float
    power: float
    least: int
    alarm_p: float
    covariate: str
    lacks: str
    rules: str

    @property
    def programme(self) -> bool:
        """Of all scenarios together, against the global holdout."""
        return self.scenario_id == GLOBAL

    def content(self) -> dict[str, Any]:
        """As plain data: what the digest is over."""
        return {
            "scenario": self.scenario_id, "version": self.scenario_digest, "name": self.name, "metric": self.metric,
            "measured": self.measured.value, "success": self.success, "window_days": self.window_days,
            "share_held": self.share_held, "review_on": self.review_on.isoformat(), "level": self.level,
            "power": self.power, "least": self.least, "alarm_p": self.alarm_p, "covariate": self.covariate,
            "lacks": self.lacks, "rules": self.rules,
        }  # fmt: skip


def arms_of(plan: Plan) -> tuple[Arm, ...]:
    """The groups of a plan: for all scenarios together the held-out ones are the global holdout itself."""
    return tuple(one for one in Arm if one is not Arm.GLOBAL or not plan.programme)


@dataclass(frozen=True, slots=True)
class Registered:
    """A plan on file. late: something had been decided under the version before it was."""

    id: int
    plan: Plan
    registered_on: date
    registered_at: datetime
    registered_by: str
    digest: str
    late: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One client of one scenario version: the first day on which a group was decided. Counts once."""

    client_no: str
    arm: Arm
    day: date


@dataclass(frozen=True, slots=True)
class Missing:
    """One reason why nothing is concluded, in words with its figures. n: clients that lack, 0 where it is not that."""

    lack: Lack
    text: str
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Treated less held out, with its interval. A ratio for shares, yuan a client for money.

    treated, held: share or mean of each group as it is; adjusted: by the time before. smallest: effect that would be
    seen with the planned power.
    """

    treated: float
    held: float
    value: float
    low: float
    high: float
    method: str
    adjusted: bool
    smallest: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Clients of a version up to a day. ended: their window is over; known: and their outcome is; all by group.

    elsewhere: share of each group to whom another scenario spoke inside the window.
    """

    enrolled: Mapping[Arm, int]
    ended: Mapping[Arm, int]
    known: Mapping[Arm, int] = field(default_factory=dict)
    elsewhere: Mapping[Arm, float] = field(default_factory=dict)
    ratio_p: float | None = None
    mixed: int = 0
    first_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """结论, or what is missing for one."""

    day: date
    sample: Sample
    difference: Difference | None
    treated: float | None  # of the treated alone, where there is nobody to compare with
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """One task of a version, as a review counts it. reached_on: the first contact that somebody answered."""

    state: str
    made_on: date
    due_on: date
    feedback: str
    effect: str  # of the last record
    tried: bool
    reached_on: date | None

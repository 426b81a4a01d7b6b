"""分级的词与值: whom it grades, by which figures, and the card that comes out. Values only; nothing here computes.

A figure of a person is an `IndicatorValue`: a value with its unit, window and count of source rows, or the reason why
it is withheld. A card holds every step from figure to level, so that each point can be traced: figure → adjusted for
case mix → shrunk → points → component → score → multiplier and vetoes → level.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from kit.labels import Labelled
from kit.problems import Problem


class NoSuchPeriod(Problem):
    """没有这样的考核期"""

    status = 422
    title = "No such grading period"


class PeriodNotClosed(Problem):
    """考核期还没有结束"""

    status = 409
    title = "Grading period not closed"


class Scale(Labelled):
    """序列: managers and investment advisors are graded apart"""

    MANAGER = "MANAGER", "客户经理"
    ADVISOR = "ADVISOR", "投资顾问"


class Component(Labelled):
    """板块"""

    GROWTH = "GROWTH", "成长"
    OUTCOME = "OUTCOME", "客户成果"
    SERVICE = "SERVICE", "服务"
    PROFESSIONAL = "PROFESSIONAL", "专业"


class Unit(Labelled):
    """单位"""

    RATIO = "RATIO", "比例"
    YUAN = "YUAN", "元"
    POINTS = "POINTS", "分"
    POINTS_A_CLIENT = "POINTS_A_CLIENT", "分/客户"
    HOURS = "HOURS", "学时"
    PER_100 = "PER_100", "次/百户"


class Move(Labelled):
    """与上期相比"""

    FIRST = "FIRST", "首次定级"
    PROMOTED = "PROMOTED", "晋级"
    KEPT = "KEPT", "保持"
    DEMOTED = "DEMOTED", "降级"
    NOT_GRADED = "NOT_GRADED", "不评级"


class SourceKind(Labelled):
    """来源: what a row is, and so where it can be opened"""

    CLIENT = "CLIENT", "客户"
    TASK = "TASK", "任务"
    CONTACT = "CONTACT", "接触记录"
    ANSWER = "ANSWER", "满意度答卷"
    DIAGNOSIS = "DIAGNOSIS", "诊断报告"
    AGREEMENT = "AGREEMENT", "投资共识"
    RECORD = "RECORD", "资料检查"
    TRAINING = "TRAINING", "培训与证书"
    COMPLAINT = "COMPLAINT", "投诉"
    MISMATCH = "MISMATCH", "错配案件"
    DECISION = "DECISION", "适当性决定"
    CONDUCT = "CONDUCT", "行为登记"
    EFFECT = "EFFECT", "场景效果"


_QUARTER: Final = re.compile(r"(\d{4})Q([1-4])")
_HALF: Final = re.compile(r"(\d{4})H([12])")
_YEAR: Final = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """考核期: a quarter, half-year or year of the calendar; both days included."""

    first: date
    last: date
    code: str  # 2024Q3, 2024H2, 2024

    def closed(self, day: date) -> bool:
        """Whether its last day is over on `day`."""
        return day > self.last

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def title(self) -> str:
        year, rest = self.code[:4], self.code[4:]
        if not rest:
            return f"{year} 年"
        return f"{year} 年第 {rest[1]} 季度" if rest[0] == "Q" else f"{year} 年{'上' if rest[1] == '1' else '下'}半年"

    @property
    def before(self) -> Period:
        """The one of the same length just before."""
        year, rest = int(self.code[:4]), self.code[4:]
        if not rest:
            return period_of(f"{year - 1:04d}")
        number = int(rest[1]) - 1
        most = 4 if rest[0] == "Q" else 2
        return period_of(f"{year:04d}{rest[0]}{number}" if number else f"{year - 1:04d}{rest[0]}{most}")


def period_of(code: str) -> Period:
    """The period that a code names: 2024Q3, 2024H2 or 2024. Raises NoSuchPeriod."""
    told = code.strip().upper()
    if found := _QUARTER.fullmatch(told):
        months = 3
        place = int(found[2])
    elif found := _HALF.fullmatch(told):
        months, place = 6, int(found[2])
    elif _YEAR.fullmatch(told):
        months, place = 12, 1
    else:
        raise NoSuchPeriod(f"没有考核期 {code!r}；写法：2024Q3（季度）、2024H2（半年）、2024（全年）")
    year = int(told[:4])
    if not 1991 <= year < 9999:
        raise NoSuchPeriod(f"没有考核期 {code!r}；年份须在 1991 以后")
    begin = (place - 1) * months + 1
    end = begin + months
    last = date(year + (end > 12), (end - 1) % 12 + 1, 1) - timedelta(days=1)
    return Period(date(year, begin, 1), last, told)


@dataclass(frozen=True, slots=True)
class IndicatorDef:
    """指标: what it is, in words for the person graded. Which component and weight it has stands in the rules."""

    id: str
    title: str
    unit: Unit
    higher_is_better: bool
    window: str  # 期间与口径的时间
    formula: str
    source: str  # where the rows come from
    kind: SourceKind  # of its rows
    shrinks: bool = True  # False: a fact of the person (training), which does not depend on the size of the book


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was left out of a figure, by name, and why. amount: yuan, None where it is no money."""

    key: str  # client number
    what: str
    why: str
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row that made a figure. key: number of the client, task, case …; counted: what it adds to the numerator.

    of: what it adds to the denominator.
    """

    kind: SourceKind
    key: str
    client_no: str
    day: date | None
    counted: float
    of: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """指标值 of one person: a value, or why there is none. Never both, never neither.

    numerator, denominator: their quotient is the value of a ratio; None where the figure is no quotient.
    low, high: an interval where the figure has one, at the level of the rules. clients: how many different clients
    witness it (10 tasks of one client are one witness). rows: how many source rows; `advisors.drill` gives them.
    """

    id: str
    value: float | None
    withheld: str = ""
    numerator: float | None = None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None
    clients: int = 0
    rows: int = 0
    note: str = ""  # 数据质量
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class IndicatorPoints:
    """From figure to points. All but `value` and `share` are None where the figure is withheld.

    share: the weight that the rules give, a fraction of the whole score. applied: the weight after that of what is
    withheld was spread. adjusted: for case mix, in the figure's unit. peers: mean of the colleagues in the group alone.
    credibility: 0 to 1, how much of the distance to the peers is kept. z: distances in spreads of the peers: as the
    figure stands, adjusted, and shrunk. points: 0 to 100, 50 is the peers' mean.
    """

    value: IndicatorValue
    share: float
    applied: float = 0.0
    adjusted: float | None = None
    peers: float | None = None
    credibility: float | None = None
    z_raw: float | None = None
    z_adjusted: float | None = None
    z: float | None = None
    points: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ComponentPoints:
    """板块得分: points 0 to 100, None where all its indicators are withheld. share, applied: as with indicators."""

    component: Component
    share: float
    applied: float
    points: float | None
    indicators: tuple[IndicatorPoints, ...]


@dataclass(frozen=True, slots=True)
class Deduction:
    """扣分: one entry of the firm's list, with what it rests on. points: above 0, taken from the score."""

    code: str
    title: str
    points: float
    day: date
    row: SourceRow
    source: str  # of the rule
    severe: bool = False


@dataclass(frozen=True, slots=True)
class Veto:
    """一票否决: sets the lowest level and blocks promotion up to and including `until`."""

    code: str
    title: str
    day: date
    row: SourceRow
    until: date


@dataclass(frozen=True, slots=True)
class GradeLevel:
    """等级: rank 1 is the lowest. at: lowest score that reaches it. capacity: 服务客户上限, None without one."""

    code: str  # L1 … L5
    name: str  # 助理 … 首席
    rank: int
    at: float
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """培训: a weak indicator and what is taught about it."""

    indicator: str
    title: str
    points: float
    course: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCard:
    """记分卡 of one person in one period, complete: every number that was used, and why the level is what it is.

    raw, adjusted, shrunk: the weighted points (0 to 100) of the figures as they stand, after case mix, and after
    shrinking; the score is made of the last. base: shrunk less deductions, not below 0. multiplier: of compliance.
    score: base times multiplier, 0 to 100; None where nothing could be computed (then `level` is the one before).
    standing: the published level before, with its rank; None without one. digest: over all else.
    """

    staff_no: str
    name: str
    branch_no: str
    branch_name: str
    scale: Scale
    peer_group: str
    peers: int  # colleagues in the group, without this person
    period: Period
    clients: int  # different clients served in the period
    components: tuple[ComponentPoints, ...]
    conduct: tuple[
        IndicatorValue, ...
    ]  # complaints, mismatches, overrides: not points, but what multiplier and deductions read
    raw: float | None
    adjusted: float | None
    shrunk: float | None
    deductions: tuple[Deduction, ...] = ()
    base: float | None = None
    multiplier: float = 1.0
    multiplier_why: tuple[str, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    score: float | None = None
    band: GradeLevel | None = None  # where the score alone lies
    level: GradeLevel | None = None  # after promotion and demotion rules and vetoes
    standing: GradeLevel | None = None
    move: Move = Move.NOT_GRADED
    reasons: tuple[str, ...] = ()
    blocked_until: date | None = None
    next_level: GradeLevel | None = None
    missing: tuple[str, ...] = ()  # for the next level
    training: tuple[Training, ...] = ()
    notes: tuple[str, ...] = ()  # data quality of the whole card
    rules_version: str = ""
    digest: str = ""

    def indicator(self, indicator_id: str) -> IndicatorPoints | None:
        every = (one for part in self.components for one in part.indicators)
        return next((one for one in every if one.value.id == indicator_id), None)


@dataclass(frozen=True, slots=True)
class ConductEntry:
    """行为登记: a breach that somebody established. code: of ADVISOR-DEDUCTIONS or ADVISOR-SEVERE."""

    number: str
    staff_no: str
    code: str
    day: date
    client_no: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrainingEntry:
    """培训与证书 of a person. kind: TRAINING (hours) or CERTIFICATE (valid_to None: for good)."""

    number: str
    staff_no: str
    kind: str
    code: str
    title: str
    day: date
    hours: float = 0.0
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class EffectFigure:
    """场景效果 of one person's tasks against the holdout, as mot tells it. A share less a share; error: its own.

    clients: treated ones that witness it.
    """

    staff_no: str
    value: float
    error: float
    clients: int
    note: str = ""
    rows: tuple[SourceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class EffectsTold:
    """What mot's effect tells, or why it tells nothing."""

    figures: Mapping[str, EffectFigure] = field(default_factory=dict)
    withheld: str = "没有场景效果的数据"

"""What is said of staff and of the service relation: codes with their labels, and values as read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kit.labels import Labelled


class Post(Labelled):
    """岗位"""

    ADVISOR = "ADVISOR", "投资顾问"
    CLIENT_MANAGER = "CLIENT_MANAGER", "客户经理"
    SUPERVISOR = "SUPERVISOR", "营业部主管"
    COMPLIANCE = "COMPLIANCE", "合规专员"
    OPERATIONS = "OPERATIONS", "运营人员"


class Licence(Labelled):
    """登记类别"""

    GENERAL = "GENERAL", "一般证券业务"
    MARKETER = "MARKETER", "证券经纪人"
    INVESTMENT_ADVISER = "INVESTMENT_ADVISER", "证券投资顾问"
    ANALYST = "ANALYST", "证券分析师"
    FUND = "FUND", "基金从业"
    FUTURES = "FUTURES", "期货从业"


class Act(Labelled):
    """执业行为: what a registration allows"""

    SERVE = "SERVE", "客户服务与回访"
    MARKET = "MARKET", "经纪业务营销"
    ADVISE = "ADVISE", "提供投资建议"
    RESEARCH = "RESEARCH", "发布研究报告"
    SELL_FUND = "SELL_FUND", "销售基金"
    INTRODUCE_FUTURES = "INTRODUCE_FUTURES", "期货中间介绍"


class RelationRole(Labelled):
    """服务角色"""

    MAIN = "MAIN", "主办"
    ASSISTANT = "ASSISTANT", "协办"
    ADVISOR = "ADVISOR", "签约投顾"


class AbsenceKind(Labelled):
    """离岗事由"""

    LEAVE = "LEAVE", "休假"
    SICK = "SICK", "病假"
    FORCED = "FORCED", "强制离岗"
    TRAINING = "TRAINING", "培训"
    OTHER = "OTHER", "其他"


@dataclass(frozen=True, slots=True)
class Branch:
    """营业部"""

    branch_no: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Staff:
    """人员 as of a day; post and branch are empty where there is none on that day.

    capacity: 服务客户上限, None without one. clients: how many different clients the person serves by own relation.
    """

    staff_no: str
    name: str
    post: Post | None
    branch_no: str | None
    branch_name: str | None
    joined_on: date | None
    left_on: date | None
    capacity: int | None
    clients: int
    level: str | None
    absent: bool
    version: int


@dataclass(frozen=True, slots=True)
class Qualification:
    """执业登记. inferred: the file told a number alone, and the kind follows from the number or the post."""

    id: int
    licence: Licence
    number: str | None
    valid_from: date
    valid_to: date | None
    inferred: bool
    version: int


@dataclass(frozen=True, slots=True)
class Absence:
    """离岗, with who stands in"""

    id: int
    staff_no: str
    kind: AbsenceKind
    valid_from: date
    valid_to: date | None
    stand_in: str | None
    note: str
    version: int


@dataclass(frozen=True, slots=True)
class Level:
    """已发布的服务等级: a fact, appended and never changed"""

    level: str
    valid_from: date
    basis: str
    published_by: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Relation:
    """服务关系: who serves whom, in which role, from when to when (both days included)"""

    id: int
    client_no: str
    client_name: str
    staff_no: str
    staff_name: str
    role: RelationRole
    valid_from: date
    valid_to: date | None
    reason: str
    ended_reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Serving:
    """Who serves a client on one day.

    stand_in_for: the absent colleague in whose place the person serves. absent: away on that day, and someone may
    stand in. acts: what the person's registrations allow on that day.
    """

    relation_id: int
    staff_no: str
    staff_name: str
    role: RelationRole
    stand_in_for: str | None
    absent: bool
    acts: frozenset[Act]

    @property
    def may_advise(self) -> bool:
        return Act.ADVISE in self.acts


@dataclass(frozen=True, slots=True)
class Posting:
    """任职: post and branch of a person on a day"""

    post: Post
    branch_no: str | None
    branch_name: str | None

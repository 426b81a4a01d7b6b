"""Investor category as values: evidence, applications, tests, decisions, the nine items of information. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kit.labels import Labelled
from suitability.levels import InvestorCategory


class EvidenceKind(Labelled):
    """证明材料的种类"""

    NET_ASSETS = "NET_ASSETS", "净资产证明"
    FINANCIAL_ASSETS = "FINANCIAL_ASSETS", "金融资产证明"
    ANNUAL_INCOME = "ANNUAL_INCOME", "最近三年个人年均收入证明"
    INVESTING = "INVESTING", "投资经历证明"
    RELATED_WORK = "RELATED_WORK", "相关工作经历证明"
    SENIOR_MANAGER = "SENIOR_MANAGER", "金融机构高级管理人员任职证明"
    CERTIFIED = "CERTIFIED", "从事金融相关业务的注册会计师、律师执业证明"
    LICENCE = "LICENCE", "金融许可或协会登记、备案证明"
    PRODUCT_FILING = "PRODUCT_FILING", "产品备案证明"
    FUND_STATUS = "FUND_STATUS", "养老金、公益基金或合格境外机构投资者资格证明"

    @property
    def needs_amount(self) -> bool:
        return self in (EvidenceKind.NET_ASSETS, EvidenceKind.FINANCIAL_ASSETS, EvidenceKind.ANNUAL_INCOME)

    @property
    def needs_since(self) -> bool:
        return self in (EvidenceKind.INVESTING, EvidenceKind.RELATED_WORK)


class Direction(Labelled):
    """申请的方向"""

    RECOGNITION = "RECOGNITION", "认定为专业投资者"
    UPGRADE = "UPGRADE", "普通投资者转化为专业投资者"
    DOWNGRADE = "DOWNGRADE", "专业投资者转化为普通投资者"


class TrialKind(Labelled):
    """审慎评估的方式"""

    KNOWLEDGE_TEST = "KNOWLEDGE_TEST", "投资知识测试"
    SIMULATED_TRADING = "SIMULATED_TRADING", "模拟交易"


class InformationItem(Labelled):
    """投资者信息（《证券期货投资者适当性管理办法》第六条）"""

    IDENTITY_PROFILE = "identity_profile", "基本信息"
    FINANCIAL_STATUS = "financial_status", "收入来源和数额、资产、债务等财务状况"
    KNOWLEDGE_EXPERIENCE = "knowledge_experience", "投资相关的学习、工作经历及投资经验"
    INVESTMENT_GOAL = "investment_goal", "投资期限、品种、期望收益等投资目标"
    RISK_PREFERENCE = "risk_preference", "风险偏好及可承受的损失"
    INTEGRITY_RECORD = "integrity_record", "诚信记录"
    CONTROL_AND_BENEFICIARY = "control_and_beneficiary", "实际控制投资者的自然人和交易的实际受益人"
    ACCESS_INFORMATION = "access_information", "准入要求的相关信息"
    OTHER_NECESSARY = "other_necessary", "其他必要信息"


class InformationSource(Labelled):
    """信息的来源"""

    ASSESSMENT = "ASSESSMENT", "风险承受能力评估"
    DECLARED = "DECLARED", "客户申报"
    DOCUMENT = "DOCUMENT", "证明材料"
    EXTERNAL = "EXTERNAL", "外部查询"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One document. amount in yuan; since: of experience; document: its digest. id: None before it is filed."""

    kind: EvidenceKind
    as_of: date
    document: str
    amount: Decimal | None = None
    since: date | None = None
    valid_through: date | None = None
    note: str = ""
    id: int | None = None

    @property
    def name(self) -> str:
        number = "" if self.id is None else f" {self.id}"
        return f"{self.kind.label}{number}（{self.as_of}）"


@dataclass(frozen=True, slots=True)
class Part:
    """One group of conditions of a row: what it asks, whether it is met, by which document, and until when."""

    asks: str
    met: bool
    evidence: int | None
    why_not: tuple[str, ...]
    valid_through: date | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A row of the table against the evidence. valid_through: of the documents that were used, None without end."""

    test: str
    category: InvestorCategory
    parts: tuple[Part, ...]
    faults: tuple[str, ...]  # beside the parts: wrong kind of client and the like

    @property
    def met(self) -> bool:
        return not self.faults and all(part.met for part in self.parts)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is met, or why it is not."""
        if self.met:
            return tuple(f"{part.asks}：材料 {part.evidence}" for part in self.parts)
        return (*self.faults, *(f"{part.asks}：{'；'.join(part.why_not)}" for part in self.parts if not part.met))

    @property
    def valid_through(self) -> date | None:
        return min((part.valid_through for part in self.parts if part.valid_through is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A knowledge test or simulated trading that an applicant took."""

    kind: TrialKind
    score: int
    taken_on: date
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application with its tests and what was decided (None: open)."""

    id: int
    client_no: str
    direction: Direction
    test: str
    applied_on: date
    applied_by: str
    risk_acknowledged: bool
    evidence: tuple[Evidence, ...]
    trials: tuple[Trial, ...]
    decision: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about an application. revoked_from: the first day on which it holds no more."""

    id: int
    granted: bool
    category: InvestorCategory
    effective_from: date
    valid_through: date | None
    reasons: tuple[str, ...]
    decided_by: str
    decided_at: datetime
    revoked_from: date | None
    revoked_why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A client's category on a day. Ordinary has no decision unless the client went back to it."""

    client_no: str
    day: date
    category: InvestorCategory
    since: date | None
    valid_through: date | None
    decision: int | None
    lapsed: str  # why an earlier professional category holds no more, empty where there is none


@dataclass(frozen=True, slots=True)
class ItemState:
    """One of the nine items on a day: missing, fresh or stale."""

    item: InformationItem
    needed: bool
    as_of: date | None
    age_days: int | None
    stale: bool
    source: InformationSource | None

    @property
    def missing(self) -> bool:
        return self.needed and self.as_of is None

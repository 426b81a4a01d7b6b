"""场景的七个步骤 as one frozen structure. Loaded from a file, named by the hash of its content, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from clients.staff.types import RelationRole
from kit.labels import Labelled
from market.products.types import ProductKind
from mot.events.types import Family
from mot.scenario.predicate import Predicate
from mot.texts import Sentence
from suitability.levels import AssetType
from suitability.profile.types import DimensionId

MOST_OPTIONS: Final = 4
"""Feedback options that a client's app can show."""


class StepId(Labelled):
    """七个步骤: the names that are shown come from rules/steps.yaml."""

    IDENTIFY_MOMENT = "IDENTIFY_MOMENT", "识别与选定关键时刻"
    ANALYSE_NEED = "ANALYSE_NEED", "了解与分析客户需求"
    DESIGN_SERVICE = "DESIGN_SERVICE", "设计服务方案"
    ASSIGN_ROLE = "ASSIGN_ROLE", "匹配角色与渠道"
    EXECUTE = "EXECUTE", "实施服务行动"
    COLLECT_FEEDBACK = "COLLECT_FEEDBACK", "跟踪与反馈"
    EVALUATE_IMPROVE = "EVALUATE_IMPROVE", "效果评估改进"


class Purpose(Labelled):
    """任务的目的"""

    SERVICE = "SERVICE", "服务"
    MARKETING = "MARKETING", "营销"
    REGULATORY = "REGULATORY", "监管义务"


class Material(Labelled):
    """看什么"""

    PROFILE = "PROFILE", "四维画像"
    BALANCE_SHEET = "BALANCE_SHEET", "家庭资产负债"
    POLICY_STATEMENT = "POLICY_STATEMENT", "投资政策声明"
    DIAGNOSIS = "DIAGNOSIS", "账户诊断"
    HOLDINGS = "HOLDINGS", "持仓"
    MISMATCHES = "MISMATCHES", "错配案件"
    CONTACTS = "CONTACTS", "以往服务记录"


class OfferKind(Labelled):
    """给什么: a product or a priced service needs a decision record for the client on the day."""

    REPORT = "REPORT", "报告"
    HELP = "HELP", "协助办理"
    NOTICE = "NOTICE", "告知"
    EDUCATION = "EDUCATION", "投资者教育"
    SERVICE = "SERVICE", "服务产品"
    PRODUCT = "PRODUCT", "金融产品"

    @property
    def needs_decision(self) -> bool:
        return self in (OfferKind.SERVICE, OfferKind.PRODUCT)


class PushChannel(Labelled):
    """推送给服务人员的渠道"""

    INBOX = "INBOX", "站内待办"
    WECOM = "WECOM", "企业微信"
    DINGTALK = "DINGTALK", "钉钉"
    FEISHU = "FEISHU", "飞书"
    WEBHOOK = "WEBHOOK", "接口"
    EMAIL = "EMAIL", "邮件"


class ContactWay(Labelled):
    """与客户联系的方式"""

    PHONE = "PHONE", "电话"
    VISIT = "VISIT", "面谈"
    APP = "APP", "App 消息"
    SMS = "SMS", "短信"
    WECOM = "WECOM", "企业微信"
    LETTER = "LETTER", "书面函件"


class RecordField(Labelled):
    """服务记录必须写明的内容"""

    WAY = "WAY", "联系方式"
    TIME = "TIME", "联系时间"
    CONTENT = "CONTENT", "沟通内容"
    CLIENT_WORDS = "CLIENT_WORDS", "客户的说明"
    FEEDBACK = "FEEDBACK", "客户反馈"
    PRODUCTS = "PRODUCTS", "谈到的产品"
    NEXT_STEP = "NEXT_STEP", "下一步"
    ATTACHMENT = "ATTACHMENT", "附件"


class Effect(Labelled):
    """反馈之后怎样"""

    DONE = "DONE", "完成"
    FOLLOW_UP = "FOLLOW_UP", "再次跟进"
    RETRY = "RETRY", "未接通，再联系"
    DECLINED = "DECLINED", "客户不需要"
    ESCALATE = "ESCALATE", "上报主管"


class MetricId(Labelled):
    """衡量效果的指标"""

    AUM = "AUM", "资产管理总规模"
    MAU = "MAU", "月度活跃"
    ASSESSMENT_RENEWED = "ASSESSMENT_RENEWED", "测评已更新"
    DOCUMENT_RENEWED = "DOCUMENT_RENEWED", "证件已更新"
    MISMATCH_HEALED = "MISMATCH_HEALED", "错配已消除"
    COMPLAINT_AVOIDED = "COMPLAINT_AVOIDED", "没有新的投诉"
    CONCENTRATION_EASED = "CONCENTRATION_EASED", "集中度下降"
    RETAINED = "RETAINED", "客户留存"
    CONTACTED_IN_TIME = "CONTACTED_IN_TIME", "按时联系"
    ACTION_TAKEN = "ACTION_TAKEN", "客户已办理"


@dataclass(frozen=True, slots=True)
class Moment:
    """一、识别与选定关键时刻. window_days: calendar days after the event; cooldown_days: between two tasks of this
    scenario for one client, 0 none."""

    why: str
    events: tuple[str, ...]
    condition: Predicate
    window_days: int
    cooldown_days: int


@dataclass(frozen=True, slots=True)
class Needs:
    """二、了解与分析客户需求. findings: rules of the diagnosis (FIND-…) that bear on it."""

    dimensions: tuple[DimensionId, ...]
    materials: tuple[Material, ...]
    findings: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may be offered. asset_types: kinds of product to look for among those that fit the client;
    service_kinds: kinds of priced service likewise."""

    kind: OfferKind
    name: str
    asset_types: tuple[AssetType, ...] = ()
    service_kinds: tuple[ProductKind, ...] = ()

    @property
    def sought(self) -> tuple[Labelled, ...]:
        """What is looked for among those that fit; none where the offer names a thing of its own."""
        return (*self.asset_types, *self.service_kinds)


@dataclass(frozen=True, slots=True)
class Service:
    """三、设计服务方案. opening: what to say first; points: what then; avoid: what must not be said or offered."""

    offers: tuple[Offer, ...]
    opening: Sentence
    points: tuple[Sentence, ...]
    avoid: tuple[str, ...]

    @property
    def needs_decision(self) -> bool:
        return any(offer.kind.needs_decision for offer in self.offers)


@dataclass(frozen=True, slots=True)
class Assignment:
    """四、匹配角色与渠道. roles: in order of preference; due: trading days, 0 the same day (the next trading day when
    the event is on a holiday); mandatory: 必做, otherwise 选做; priority: 1 is the most urgent."""

    roles: tuple[RelationRole, ...]
    push: tuple[PushChannel, ...]
    contact: tuple[ContactWay, ...]
    mandatory: bool
    due_trading_days: int
    priority: int
    when: str


@dataclass(frozen=True, slots=True)
class Action:
    """五、实施服务行动: what the service record must hold."""

    record: tuple[RecordField, ...]
    evidence: bool
    compliance_copy: bool
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedbackOption:
    code: str
    label: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Feedback:
    """六、跟踪与反馈: at most four options; follow_up: trading days until the next contact where one is wanted."""

    options: tuple[FeedbackOption, ...]
    follow_up_trading_days: int


@dataclass(frozen=True, slots=True)
class Review:
    """七、效果评估改进. metric: registered before the first task, within window_days (calendar) after the task.

    holdout: share of clients who are left alone, 0 for regulatory duties. review_on: the day on which the scenario
    is looked at anew."""

    metric: MetricId
    success: str
    window_days: int
    holdout: float
    review_on: date
    improve: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """场景: one moment of truth, all seven steps. `version` is the hash of the content, `text` the file as read."""

    id: str
    name: str
    family: Family
    purpose: Purpose
    source: str
    moment: Moment
    needs: Needs
    service: Service
    assignment: Assignment
    action: Action
    feedback: Feedback
    review: Review
    version: str
    file: str
    text: str

    @property
    def short_version(self) -> str:
        """The first twelve digits of the version: for people."""
        return self.version.removeprefix("sha256:")[:12]

    @property
    def exempt(self) -> bool:
        """A regulatory duty: only the gates that nothing overrides hold it back."""
        return self.purpose is Purpose.REGULATORY

    @property
    def may_hold_out(self) -> bool:
        """Nobody is left alone for a measurement where a duty or a harm is at stake: duties and 必做 never hold out."""
        return not self.exempt and not self.assignment.mandatory

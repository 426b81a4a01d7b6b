"""谁能做什么: role × verb gives a reach; actor and day make it a scope; a repository turns the scope into a filter.

The matrix below is the whole of it. A verb that a role does not name is refused; a reach says whose records the verb
may touch, never which columns. Pure: who serves whom on that day is known to `clients`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from kit.labels import Labelled
from kit.problems import Problem


class Role(Labelled):
    """角色"""

    CLIENT = "CLIENT", "客户"
    ADVISOR = "ADVISOR", "投资顾问"
    SUPERVISOR = "SUPERVISOR", "营业部主管"
    COMPLIANCE = "COMPLIANCE", "合规"
    ADMINISTRATOR = "ADMINISTRATOR", "系统管理员"
    AUDITOR = "AUDITOR", "审计"
    SERVICE = "SERVICE", "系统服务"


class Reach(Labelled):
    """范围, from nothing to everything"""

    NONE = "NONE", "无"
    OWN = "OWN", "本人"
    BOOK = "BOOK", "名下客户"
    BRANCH = "BRANCH", "本营业部"
    ALL = "ALL", "全部"


class Verb(Labelled):
    """动作: one entry for each thing that a route or a command does"""

    MARKET_READ = "market.read", "查看证券与行情"
    RULE_READ = "rule.read", "查看规则"
    ACCOUNT_READ = "account.read", "查看账户与诊断"
    REPORT_READ = "report.read", "查看已出具的报告"
    REPORT_ISSUE = "report.issue", "出具报告"
    AGREEMENT_READ = "agreement.read", "查看投资共识"
    AGREEMENT_RECORD = "agreement.record", "记录投资共识"
    SURVEY_RUN = "survey.run", "全账户体检"
    FILE_IMPORT = "file.import", "导入文件"
    STAFF_READ = "staff.read", "查看人员"
    STAFF_EDIT = "staff.edit", "维护人员"
    RELATION_READ = "relation.read", "查看服务关系"
    RELATION_EDIT = "relation.edit", "维护服务关系、交接"
    USER_MANAGE = "user.manage", "管理用户"
    SESSION_OWN = "session.own", "管理自己的登录"
    TRAIL_READ = "trail.read", "查看留痕"
    INBOX_OWN = "inbox.own", "读自己的站内信"
    DELIVERY_READ = "delivery.read", "查看发送记录与死信"
    DELIVERY_HANDLE = "delivery.handle", "重发、确认或取消发送"
    SUITABILITY_CHECK = "suitability.check", "适当性检查"
    SUITABILITY_READ = "suitability.read", "查看适当性决定"
    SUITABILITY_DUTY = "suitability.duty", "履行告知、警示等义务"
    CASE_READ = "case.read", "查看适当性错配案件"
    CASE_WORK = "case.work", "处理适当性错配案件"
    CASE_APPROVE = "case.approve", "复核错配案件的了结"
    WATCH_RUN = "watch.run", "全账簿适当性核对"
    CLIENT_CONFIRM = "client.confirm", "客户本人确认"
    ASSESSMENT_READ = "assessment.read", "查看风险测评"
    ASSESSMENT_TAKE = "assessment.take", "作答风险测评"
    ASSESSMENT_REVIEW = "assessment.review", "复核风险测评"
    CATEGORY_READ = "category.read", "查看投资者类别与信息"
    CATEGORY_APPLY = "category.apply", "提交类别申请与材料"
    CATEGORY_DECIDE = "category.decide", "决定投资者类别"
    RATING_EDIT = "rating.edit", "产品评级与人工调整"
    PERMISSION_READ = "permission.read", "查看交易权限"
    PERMISSION_EDIT = "permission.edit", "开通与关闭交易权限"
    HOUSEHOLD_READ = "household.read", "查看家庭资料"
    HOUSEHOLD_EDIT = "household.edit", "维护家庭资料"
    PROFILE_READ = "profile.read", "查看画像与投资政策声明"
    PROFILE_EDIT = "profile.edit", "更新画像、起草投资政策声明"
    RULE_CHANGE_READ = "rule.change.read", "查阅规则变更及其影响"
    RULE_CHANGE = "rule.change", "起草规则变更、预演影响"
    RULE_APPROVE = "rule.approve", "批准、回滚规则变更"
    CALLBACK_READ = "callback.read", "查看回访样本与进度"
    CALLBACK_RUN = "callback.run", "回访抽样与登记"
    INSPECTION_READ = "inspection.read", "查看半年自查报告"
    INSPECTION_MAKE = "inspection.make", "编制半年自查报告"
    SERVICE_READ = "service.read", "查看服务承诺"
    CONTACT_READ = "contact.read", "查看接触记录"
    CONTACT_RECORD = "contact.record", "登记接触"
    LOAD_READ = "load.read", "查看服务负荷与调整方案"
    LOAD_DECIDE = "load.decide", "接受、撤回服务负荷的调整"
    COMPLAINT_READ = "complaint.read", "查看投诉"
    COMPLAINT_WORK = "complaint.work", "登记与办理投诉"
    COMPLAINT_APPROVE = "complaint.approve", "复核投诉的结论"
    SATISFACTION_READ = "satisfaction.read", "查看满意度调查"
    SATISFACTION_RUN = "satisfaction.run", "登记满意度调查"
    SATISFACTION_ANSWER = "satisfaction.answer", "录入满意度答卷"
    RECORD_READ = "record.read", "查看客户资料质量"
    GRADE_READ = "grade.read", "查看客户分级"
    GRADE_RUN = "grade.run", "全账簿分级"
    GRADE_REVIEW = "grade.review", "参加客户等级评定"
    GRADE_APPROVE = "grade.approve", "批准客户等级评定、裁定申诉"
    SERVICE_PUBLISH = "service.publish", "发布服务目录与价格方案"
    SUBSCRIPTION_READ = "subscription.read", "查看服务订购"
    SUBSCRIPTION_EDIT = "subscription.edit", "申请、签署、解除服务"
    SUBSCRIPTION_PAY = "subscription.pay", "登记服务费收款"
    EVENT_TELL = "event.tell", "告知关键时刻的事件"
    EVENT_READ = "event.read", "查看关键时刻的事件"
    TASK_READ = "task.read", "查看服务任务"
    TASK_WORK = "task.work", "办理服务任务"
    TASK_ASSIGN = "task.assign", "分派服务任务"
    SCENARIO_READ = "scenario.read", "查看关键时刻的场景"
    SCENARIO_EDIT = "scenario.edit", "起草、预演、停用场景"
    SCENARIO_APPROVE = "scenario.approve", "批准场景"
    MOT_RUN = "mot.run", "推算事件、生成任务"
    EFFECT_READ = "effect.read", "查看场景的效果与复核"
    SERIES_READ = "series.read", "查看平台指标 AUM 与 MAU"
    WISH_READ = "wish.read", "查看客户的联系意愿"
    WISH_EDIT = "wish.edit", "登记客户的联系意愿"
    ADVISOR_GRADE_READ = "advisor.grade.read", "查看服务人员考评"
    ADVISOR_GRADE_RUN = "advisor.grade.run", "试算、提请、发布服务人员考评"
    ADVISOR_GRADE_APPROVE = "advisor.grade.approve", "批准服务人员考评、裁定申诉"
    ADVISOR_GRADE_APPEAL = "advisor.grade.appeal", "对自己的考评申诉"


_READS: Final = (
    Verb.MARKET_READ, Verb.RULE_READ, Verb.ACCOUNT_READ, Verb.REPORT_READ, Verb.AGREEMENT_READ, Verb.STAFF_READ,
    Verb.RELATION_READ, Verb.TRAIL_READ, Verb.SUITABILITY_READ, Verb.ASSESSMENT_READ, Verb.CATEGORY_READ,
    Verb.PERMISSION_READ, Verb.HOUSEHOLD_READ, Verb.PROFILE_READ, Verb.CASE_READ, Verb.GRADE_READ,
    Verb.RULE_CHANGE_READ, Verb.CALLBACK_READ, Verb.INSPECTION_READ, Verb.SUBSCRIPTION_READ,
    Verb.SERVICE_READ, Verb.CONTACT_READ, Verb.LOAD_READ, Verb.COMPLAINT_READ, Verb.SATISFACTION_READ,
    Verb.RECORD_READ, Verb.DELIVERY_READ,
    Verb.EVENT_READ, Verb.TASK_READ, Verb.SCENARIO_READ, Verb.WISH_READ, Verb.EFFECT_READ,
    Verb.SERIES_READ, Verb.ADVISOR_GRADE_READ,
)  # fmt: skip
_EVERYONE: Final = {
    Verb.MARKET_READ: Reach.ALL, Verb.RULE_READ: Reach.ALL, Verb.SESSION_OWN: Reach.OWN, Verb.INBOX_OWN: Reach.OWN,
}  # fmt: skip


def _of_clients(reach: Reach) -> dict[Verb, Reach]:
    """What a person who serves clients does with them."""
    served = (
        Verb.ACCOUNT_READ, Verb.REPORT_READ, Verb.REPORT_ISSUE, Verb.AGREEMENT_READ, Verb.AGREEMENT_RECORD,
        Verb.RELATION_READ, Verb.SUITABILITY_CHECK, Verb.SUITABILITY_READ, Verb.SUITABILITY_DUTY,
        Verb.ASSESSMENT_READ, Verb.CATEGORY_READ, Verb.CATEGORY_APPLY, Verb.PERMISSION_READ, Verb.PERMISSION_EDIT,
        Verb.HOUSEHOLD_READ, Verb.HOUSEHOLD_EDIT, Verb.PROFILE_READ, Verb.PROFILE_EDIT,
        Verb.CASE_READ, Verb.CASE_WORK, Verb.GRADE_READ, Verb.SUBSCRIPTION_READ, Verb.SUBSCRIPTION_EDIT,
        Verb.GRADE_REVIEW, Verb.SERVICE_READ, Verb.CONTACT_READ, Verb.CONTACT_RECORD, Verb.COMPLAINT_READ,
        Verb.COMPLAINT_WORK, Verb.SATISFACTION_READ, Verb.RECORD_READ,
        Verb.EVENT_TELL, Verb.EVENT_READ, Verb.TASK_READ, Verb.TASK_WORK, Verb.WISH_READ, Verb.WISH_EDIT,
        Verb.SERIES_READ,
        Verb.ASSESSMENT_TAKE,  # only the client answers: an attempt of somebody else is marked and refused
    )  # fmt: skip
    return dict.fromkeys(served, reach) | {Verb.SCENARIO_READ: Reach.ALL}


_BY_THE_CLIENT: Final = (  # one's own records; the confirming ones belong to nobody else
    Verb.ACCOUNT_READ, Verb.REPORT_READ, Verb.AGREEMENT_READ, Verb.SUITABILITY_CHECK, Verb.SUITABILITY_READ,
    Verb.CLIENT_CONFIRM, Verb.ASSESSMENT_READ, Verb.ASSESSMENT_TAKE, Verb.CATEGORY_READ, Verb.CATEGORY_APPLY,
    Verb.PERMISSION_READ, Verb.HOUSEHOLD_READ, Verb.HOUSEHOLD_EDIT, Verb.PROFILE_READ, Verb.PROFILE_EDIT,
    Verb.SUBSCRIPTION_READ, Verb.SUBSCRIPTION_EDIT, Verb.SERVICE_READ, Verb.SATISFACTION_ANSWER,
    Verb.EVENT_TELL, Verb.WISH_READ, Verb.WISH_EDIT,
)  # fmt: skip
_SECOND_PERSON: Final = (  # never who applied or proposed; the services see to it
    Verb.ASSESSMENT_REVIEW, Verb.CATEGORY_DECIDE, Verb.CASE_APPROVE, Verb.COMPLAINT_APPROVE,
)  # fmt: skip


MATRIX: Final[Mapping[Role, Mapping[Verb, Reach]]] = {
    Role.CLIENT: {**_EVERYONE, **dict.fromkeys(_BY_THE_CLIENT, Reach.OWN)},
    Role.ADVISOR: {
        **_EVERYONE, **_of_clients(Reach.BOOK), Verb.STAFF_READ: Reach.OWN,
        **dict.fromkeys((Verb.ADVISOR_GRADE_READ, Verb.ADVISOR_GRADE_APPEAL), Reach.OWN),
    },
    Role.SUPERVISOR: {
        **_EVERYONE, **_of_clients(Reach.BRANCH), Verb.STAFF_READ: Reach.BRANCH, Verb.RELATION_EDIT: Reach.BRANCH,
        **dict.fromkeys(_SECOND_PERSON, Reach.BRANCH), Verb.SUBSCRIPTION_PAY: Reach.BRANCH,
        Verb.LOAD_READ: Reach.BRANCH, Verb.LOAD_DECIDE: Reach.BRANCH,
        Verb.TASK_ASSIGN: Reach.BRANCH, Verb.ADVISOR_GRADE_READ: Reach.BRANCH,
        Verb.SATISFACTION_ANSWER: Reach.BRANCH,  # an adviser never writes down what a client thinks of the service
    },
    Role.COMPLIANCE: {
        **_EVERYONE, **dict.fromkeys(_READS, Reach.ALL), Verb.DELIVERY_HANDLE: Reach.ALL, Verb.REPORT_ISSUE: Reach.ALL,
        Verb.RULE_CHANGE: Reach.ALL, Verb.RULE_APPROVE: Reach.ALL, Verb.CALLBACK_RUN: Reach.ALL,
        Verb.INSPECTION_MAKE: Reach.ALL, Verb.GRADE_RUN: Reach.ALL,
        Verb.GRADE_REVIEW: Reach.ALL, Verb.GRADE_APPROVE: Reach.ALL,
        Verb.SUITABILITY_CHECK: Reach.ALL, **dict.fromkeys(_SECOND_PERSON, Reach.ALL), Verb.RATING_EDIT: Reach.ALL,
        Verb.CASE_WORK: Reach.ALL, Verb.WATCH_RUN: Reach.ALL, Verb.SERVICE_PUBLISH: Reach.ALL,
        Verb.PERMISSION_EDIT: Reach.ALL,  # to close what should not stand
        Verb.EVENT_TELL: Reach.ALL, Verb.TASK_ASSIGN: Reach.ALL, Verb.SCENARIO_EDIT: Reach.ALL,
        Verb.SCENARIO_APPROVE: Reach.ALL, Verb.MOT_RUN: Reach.ALL, Verb.WISH_EDIT: Reach.ALL,
        Verb.COMPLAINT_WORK: Reach.ALL, Verb.SATISFACTION_RUN: Reach.ALL, Verb.SATISFACTION_ANSWER: Reach.ALL,
        Verb.ADVISOR_GRADE_RUN: Reach.ALL, Verb.ADVISOR_GRADE_APPROVE: Reach.ALL,
    },
    Role.ADMINISTRATOR: {
        **_EVERYONE, Verb.FILE_IMPORT: Reach.ALL, Verb.STAFF_READ: Reach.ALL, Verb.STAFF_EDIT: Reach.ALL,
        Verb.DELIVERY_READ: Reach.ALL, Verb.DELIVERY_HANDLE: Reach.ALL,
        Verb.RELATION_READ: Reach.ALL, Verb.RELATION_EDIT: Reach.ALL, Verb.USER_MANAGE: Reach.ALL,
        Verb.SURVEY_RUN: Reach.ALL, Verb.GRADE_RUN: Reach.ALL, Verb.SATISFACTION_RUN: Reach.ALL,
        Verb.TASK_ASSIGN: Reach.ALL, Verb.SCENARIO_READ: Reach.ALL, Verb.SCENARIO_EDIT: Reach.ALL,
        Verb.MOT_RUN: Reach.ALL,
        Verb.ADVISOR_GRADE_READ: Reach.ALL, Verb.ADVISOR_GRADE_RUN: Reach.ALL,
    },
    Role.AUDITOR: {**_EVERYONE, **dict.fromkeys(_READS, Reach.ALL)},
    Role.SERVICE: {
        **_EVERYONE, **dict.fromkeys(_READS, Reach.ALL), Verb.FILE_IMPORT: Reach.ALL, Verb.SURVEY_RUN: Reach.ALL,
        Verb.REPORT_ISSUE: Reach.ALL, Verb.SUITABILITY_CHECK: Reach.ALL, Verb.WATCH_RUN: Reach.ALL,
        Verb.GRADE_RUN: Reach.ALL, Verb.SUBSCRIPTION_PAY: Reach.ALL, Verb.CONTACT_RECORD: Reach.ALL,
        Verb.SATISFACTION_RUN: Reach.ALL, Verb.SATISFACTION_ANSWER: Reach.ALL,
        Verb.EVENT_TELL: Reach.ALL, Verb.MOT_RUN: Reach.ALL, Verb.WISH_EDIT: Reach.ALL,
        Verb.ADVISOR_GRADE_RUN: Reach.ALL,
    },
}  # fmt: skip


class NotAllowed(Problem):
    """没有这项权限"""

    status = 403
    title = "Not allowed"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose records may be touched: all, those of a subject's book, branch or own, or none, as of a day.

    subject: an opaque id such as `staff:S001` or `client:C0001`; empty where the reach needs none.
    """

    reach: Reach
    subject: str
    day: date


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in user, or the house itself (a job, an operator on the machine)."""

    user_id: str
    name: str
    role: Role
    subject: str = ""

    def may(self, verb: Verb) -> bool:
        return reach_of(self.role, verb) is not Reach.NONE

    def scope(self, verb: Verb, day: date) -> Scope:
        """The scope in which the actor may do `verb` on `day`. Raises NotAllowed where there is none."""
        reach = reach_of(self.role, verb)
        if reach is Reach.NONE:
            raise NotAllowed(f"角色“{self.role.label}”没有“{verb.label}”的权限；请由有权限的同事办理")
        return Scope(reach, self.subject, day)


def reach_of(role: Role, verb: Verb) -> Reach:
    """What the matrix gives; NONE where it is silent."""
    return MATRIX[role].get(verb, Reach.NONE)


def everything(day: date) -> Scope:
    """The scope of the house's own work: jobs, the survey of the book, the demo."""
    return Scope(Reach.ALL, "", day)

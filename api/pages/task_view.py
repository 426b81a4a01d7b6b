"""One task in words: why now, what to say, what was filed, whether the client may be called, what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

from api.pages.suitability_list import moment
from api.pages.tasks_view import LIST, client_name, day_words, due_words, works
from kit.access import Actor, Scope, Verb
from kit.clock import SHANGHAI
from mot.contact.standing import ContactStanding
from mot.scenario.types import ContactWay, Effect, FeedbackOption, OfferKind
from mot.tasks.machine import next_state
from mot.tasks.problems import ContactRequired, MandatoryTask
from mot.tasks.sheet import TaskSheet
from mot.tasks.story import Reason, Standing
from mot.tasks.types import ServiceRecord, Task, TaskAction, TaskStep
from suitability.levels import Outcome

A: Final = TaskAction
YES_NO: Final = {True: "同意", False: "不同意", None: "没有表示过"}
EFFECT_WORDS: Final = {
    Effect.DONE: "任务完成", Effect.FOLLOW_UP: "任务完成，另生成一项跟进", Effect.RETRY: "留在进行中，再联系",
    Effect.DECLINED: "任务完成", Effect.ESCALATE: "上报主管，留在进行中",
}  # fmt: skip
LOUD: Final = (A.RECORD, A.SKIP, A.ESCALATE, A.ASSIGN)


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the timeline."""

    title: str
    when: str
    by: str
    note: str
    details: tuple[str, ...]
    loud: bool


def because(reason: Reason) -> dict[str, str]:
    """One event behind the task: what, when, told or shown by whom, how sure."""
    sure = "确定" if reason.confidence >= 100 else f"可信度 {reason.confidence}%"
    return {
        "name": reason.name, "on": day_words(reason.occurred_on), "year": f"{reason.occurred_on:%Y}",
        "source": reason.source, "sure": sure, "tentative": "待核实" if reason.tentative else "",
    }  # fmt: skip


def gate_words(standing: ContactStanding, task: Task) -> dict[str, Any]:
    """Whether the client may be contacted now, and what the client said about it."""
    wishes, start_end = standing.wishes, standing.quiet
    shut = bool(standing.reasons)
    until = moment(standing.next_allowed_at) if standing.next_allowed_at else ""
    refused = "、".join(one.label for one in ContactWay if one in wishes.refused_ways) or "没有"
    facts = [
        ("服务联系", YES_NO[wishes.consent_service]), ("营销联系", YES_NO[wishes.consent_marketing]),
        ("免打扰", "已设置" if wishes.do_not_disturb else "没有设置"), ("不接受的方式", refused),
        ("安静时段", f"{start_end[0]} 至次日 {start_end[1]}" if start_end[0] else "没有"),
    ]  # fmt: skip
    note = f"最早 {until}" if until else "须等新的事实" if shut else ""
    if not shut and standing.way is not None:
        note = f"首选 {standing.way.label}"
    duty = task.must_contact and not shut
    return {"text": "现在不宜联系" if shut else "可以联系", "shut": shut, "note": note, "reasons": standing.reasons,
            "facts": facts, "duty": "监管义务：不因同意、免打扰与安静时段而免" if duty else ""}  # fmt: skip


def why_no_skip(task: Task) -> str:
    """Why this very task is not to be skipped; empty where it may be."""
    try:
        next_state(task, A.SKIP)
    except (MandatoryTask, ContactRequired) as refused:
        return refused.detail
    return ""


def may_do(sheet: TaskSheet, scope: Scope, who: Actor) -> tuple[str, ...]:
    """Codes of what this reader may do with it now."""
    task, mine, leads = sheet.task, works(sheet.task, scope, who), who.may(Verb.TASK_ASSIGN)
    own = (A.ACCEPT, A.START, A.RECORD, A.SKIP, A.ESCALATE, A.CANCEL)
    found = [one for one in sheet.actions if mine and one in own and not (one is A.SKIP and task.mandatory)]
    if leads and who.may(Verb.TASK_READ):
        found += [one for one in (A.ASSIGN, A.CANCEL) if one in sheet.actions and one not in found]
    if leads and not who.may(Verb.TASK_WORK):
        found = [one for one in found if one is A.ASSIGN]
    return tuple(one.value for one in found)


def why_only_looking(task: Task, scope: Scope, who: Actor) -> str:
    if not task.open:
        return "任务已结束；需要再联系的，请新建一项。"
    if works(task, scope, who):
        return ""
    return f"由 {task.owner_name}（{task.owner_no}）办理。" if task.owner_no else "还没有人办理，等待主管分派。"


def option_rows(options: Sequence[FeedbackOption]) -> list[tuple[str, str, str]]:
    """Code, label, and what follows."""
    return [(one.code, one.label, EFFECT_WORDS[one.effect]) for one in options]


def timeline(steps: Sequence[TaskStep]) -> list[Happened]:
    """Newest first."""
    return [_step(one) for one in reversed(steps)]


def _step(one: TaskStep) -> Happened:
    told = []
    if one.action is A.ASSIGN and one.detail.get("to"):
        told.append(f"给 {one.detail['to']}")
    if one.action is A.CREATE:
        told.append(f"{one.state.label}")
    return Happened(
        title=one.action.label if one.action is not A.RECORD else f"服务记录：{one.note}", when=moment(one.at),
        by=one.by_name, note="" if one.action is A.RECORD else one.note, details=tuple(told), loud=one.action in LOUD,
    )  # fmt: skip


def meanwhile(steps: Sequence[TaskStep], seen: int) -> list[Happened]:
    """What others did after the version that the reader saw, oldest first."""
    return [_step(one) for one in steps if one.version > seen]


def record_row(one: ServiceRecord, task: Task, options: Sequence[FeedbackOption]) -> dict[str, Any]:
    """A service record as it is read: of this task, or of another one of the client."""
    labels = {option.code: option.label for option in options} if one.task_no == task.number else {}
    return {
        "mine": one.task_no == task.number, "task": one.task_no, "href": f"{LIST}/{one.task_no}",
        "when": moment(one.contacted_at), "way": one.way.label, "by": one.staff_no, "content": one.content,
        "feedback": labels.get(one.feedback, one.effect.label), "client_words": one.client_words,
        "next_step": one.next_step, "products": "、".join(product["code"] for product in one.products),
        "evidence": [(paper.name, paper.digest) for paper in one.attachments], "reached": one.reached,
    }  # fmt: skip


def contact_rows(sheet: TaskSheet) -> list[dict[str, str]]:
    """Contacts that were not made for a task: those stand with their records."""
    return [
        {"when": moment(one.at), "channel": one.channel.label, "purpose": one.purpose.label, "note": one.note,
         "by": one.staff_name or one.staff_no or "—", "reached": "" if one.reached else "没有联系上"}
        for one in sheet.contacts if one.source.value != "TASK"
    ]  # fmt: skip


def other_rows(sheet: TaskSheet, day: date) -> list[dict[str, Any]]:
    """What else is to be done for this client."""
    return [
        {"href": f"{LIST}/{one.number}", "name": one.name, "due": due_words(one, day), "state": one.state.label,
         "follows": one.parent_id == sheet.task.id, "before": sheet.task.parent_id == one.id}
        for one in sheet.others if one.open or one.parent_id == sheet.task.id or sheet.task.parent_id == one.id
    ]  # fmt: skip


def places(task: Task, who: Actor) -> list[tuple[str, str]]:
    """Where else one looks before the call: title and address. A task that offers a service leads to its contracts."""
    client_no = task.client_no
    client = f"/clients/{quote(client_no, safe='')}"
    told = (
        (Verb.ACCOUNT_READ, "账户与诊断报告", f"/accounts?q={quote(client_no)}"),
        (Verb.PROFILE_READ, "四维画像", f"{client}/profile"),
        (Verb.HOUSEHOLD_READ, "家庭资产负债", f"{client}/household"),
        (Verb.SERVICE_READ, "服务承诺与接触", f"{client}/service"),
        (Verb.SUITABILITY_READ, "适当性决定", f"/suitability/decisions?client={quote(client_no)}"),
        (Verb.CASE_READ, "错配案件", f"/suitability/cases?q={quote(client_no)}&status=ALL"),
    )  # fmt: skip
    found = [(title, href) for verb, title, href in told if who.may(verb)]
    if any(one.kind == OfferKind.SERVICE for one in task.offers) and who.may(Verb.SUBSCRIPTION_READ):
        found.append(("服务产品与签约", f"{client}/services"))
    return found


def now_words(standing: Standing, day: date) -> dict[str, Any]:
    """The client in short, and what fits today, in words."""
    client = standing.client
    age = _age(client.birth_date, day) if client.natural and client.birth_date else None
    through = f"有效至 {client.valid_through}" if client.valid_through else "没有有效期"
    late = client.valid_through is not None and client.valid_through < day
    facts = [
        ("类别", client.category.label), ("风险等级", "不适用" if client.category.professional else standing.level),
        ("风险测评", f"{client.assessed_on}，{'已过期' if late else through}" if client.assessed_on else "没有测评"),
        ("年龄", f"{age} 岁" if age is not None else ("机构或产品" if not client.natural else "没有登记")),
        ("拟投资期限", client.term.label if client.term else "没有说"),
        ("可锁定", f"{client.lock_limit_days} 天以内" if client.lock_limit_days is not None else "没有说"),
        ("留作备用", f"{client.reserve_months:g} 个月支出" if client.reserve_months is not None else "没有说"),
        ("行为习惯", "、".join(sorted(one.label for one in client.biases)) or "没有登记的偏差"),
    ]  # fmt: skip
    fits = [
        {"name": one.offer.name, "code": one.offer.product_code, "level": one.offer.level, "ok": one.still,
         "outcome": one.outcome.label, "why": one.why, "tone": _TONE.get(one.outcome, "PLAIN"),
         "decision": f"/suitability/decisions/{one.offer.decision_id}" if one.offer.decision_id else ""}
        for one in standing.fits
    ]  # fmt: skip
    return {"facts": facts, "fits": fits, "never": standing.never, "level": standing.level}


_TONE: Final = {Outcome.ALLOW: "DOWN", Outcome.WARN: "WARN", Outcome.REFUSE: "UP"}


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def clock_words(at: datetime) -> tuple[str, str]:
    """The day and the minute as the fields of a form hold them."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d}", f"{local:%H:%M}"


def client_words(task: Task, scope: Scope, who: Actor) -> str:
    return client_name(task, works(task, scope, who))

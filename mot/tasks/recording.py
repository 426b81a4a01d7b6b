"""服务记录 in one step: what was said, checked; the task moved as the feedback says; the next contact made.

A product that was spoken of needs a decision that allows it for this client today; it is filed with the record. A duty
needs evidence, and its copy goes to compliance.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session

from clients.contacts.service import ContactService
from clients.contacts.types import Channel, ContactAsk, ContactSource
from clients.contacts.types import Purpose as ContactPurpose
from clients.staff.filing import Stamp
from kit.access import everything
from kit.clock import day_of
from kit.digest import digest, is_digest
from mot.scenario.types import ContactWay, Effect, FeedbackOption, Purpose, RecordField, Scenario
from mot.tasks.filing import advance, created, push, push_of
from mot.tasks.machine import after_record
from mot.tasks.offers import OfferDesk
from mot.tasks.ports import Outbox, PushReason
from mot.tasks.problems import NotSuitable, RecordIncomplete, WordsRefused
from mot.tasks.repository import TaskRepository, task_of
from mot.tasks.rules import house_calendar, lapses_on, value_of
from mot.tasks.tables import ServiceRecordRow, TaskRow
from mot.tasks.types import Origin, RecordAsk, Task, TaskAction, TaskState, task_number
from mot.texts import banned_in
from suitability.levels import Outcome

LONGEST: Final = 2000
MOST_PRODUCTS: Final = 20
AHEAD: Final = timedelta(minutes=10)
OWN_OPTIONS: Final = (
    FeedbackOption("DONE", "已完成", Effect.DONE), FeedbackOption("AGAIN", "再次跟进", Effect.FOLLOW_UP),
    FeedbackOption("MISS", "未接通", Effect.RETRY), FeedbackOption("STOP", "客户不需要", Effect.DECLINED),
)  # fmt: skip
"""What a self-made task answers."""
_CHANNELS: Final = {
    ContactWay.PHONE: Channel.PHONE, ContactWay.VISIT: Channel.MEETING, ContactWay.APP: Channel.APP,
    ContactWay.SMS: Channel.MESSAGE, ContactWay.WECOM: Channel.WECHAT, ContactWay.LETTER: Channel.OTHER,
}  # fmt: skip
_PURPOSES: Final = {
    Purpose.SERVICE: ContactPurpose.TASK, Purpose.REGULATORY: ContactPurpose.TASK,
    Purpose.MARKETING: ContactPurpose.MARKETING,
}  # fmt: skip


def options_of(scenario: Scenario | None) -> tuple[FeedbackOption, ...]:
    """The feedback that a record may have: at most four."""
    return OWN_OPTIONS if scenario is None else scenario.feedback.options


def checked_text(text: str, what: str, longest: int, day: date, *, needed: bool = True) -> str:
    """A text without words that no text may hold. Raises RecordIncomplete, WordsRefused."""
    found = text.strip()
    if needed and not found:
        raise RecordIncomplete(f"请填写{what}")
    if len(found) > longest:
        raise RecordIncomplete(f"{what}最多 {longest} 个字符，此处 {len(found)} 个")
    banned = banned_in(found, day)
    if banned:
        raise WordsRefused(f"{what}含有不得使用的词语：{'、'.join(banned)}；请改写")
    return found


class Recording:
    """Files records of one session."""

    def __init__(self, session: Session, read: TaskRepository, outbox: Outbox | None) -> None:
        self._session = session
        self._read = read
        self._outbox = outbox

    def file(self, row: TaskRow, task: Task, scenario: Scenario | None, ask: RecordAsk, stamp: Stamp) -> Task:
        day = day_of(stamp.at)
        option = self._checked(task, scenario, ask, stamp, day)
        products = self._products(task, ask, stamp, day)
        filed = self._add(task, ask, option, products, stamp)
        tries = self._read.tries(task.id)
        most = int(value_of("RETRIES", day)["times"])
        state = after_record(option.effect, tries, most, mandatory=task.mandatory)
        row.feedback = option.code
        if option.effect is Effect.ESCALATE:
            row.escalated_on = day
        advance(
            self._session, row, TaskAction.RECORD, state, stamp, note=option.label, record=filed.id,
            feedback=option.code, effect=option.effect.value, record_digest=filed.digest,
        )  # fmt: skip
        self._contact(task, filed, stamp)
        if option.effect is Effect.FOLLOW_UP:
            self._follow_up(row, scenario, ask.next_step, stamp)
        return task_of(row)

    # what must be there

    def _checked(
        self, task: Task, scenario: Scenario | None, ask: RecordAsk, stamp: Stamp, day: date
    ) -> FeedbackOption:
        options = {one.code: one for one in options_of(scenario)}
        if ask.feedback not in options:
            told = "、".join(f"{one.code}（{one.label}）" for one in options.values())
            raise RecordIncomplete(f"客户反馈 {ask.feedback!r} 不是这个任务的选项；可选：{told}")
        option = options[ask.feedback]
        self._check_time(ask, stamp, day, task)
        _check_texts(ask, day)
        needed = scenario.action.record if scenario else (RecordField.WAY, RecordField.CONTENT, RecordField.FEEDBACK)
        if option.effect is not Effect.RETRY:
            _check_fields(ask, needed)
            if task.evidence and not ask.attachments:
                raise RecordIncomplete(f"任务 {task.number} 须留证据：请附录音、签收件等的 sha256 摘要")
        if scenario is not None and ask.way not in scenario.assignment.contact:
            told = "、".join(one.label for one in scenario.assignment.contact)
            raise RecordIncomplete(f"联系方式 {ask.way.label} 不在这个任务允许之列：{told}")
        for one in ask.attachments:
            if not is_digest(one.digest):
                raise RecordIncomplete("附件以其 sha256 摘要登记，形如 sha256:64 位十六进制；文件本身另行保存")
        return option

    def _check_time(self, ask: RecordAsk, stamp: Stamp, day: date, task: Task) -> None:
        if ask.contacted_at > stamp.at + AHEAD:
            raise RecordIncomplete("联系时间晚于现在")
        oldest = day - timedelta(days=int(value_of("RECORD", day)["days_back"]))
        if day_of(ask.contacted_at) < max(oldest, task.made_on):
            raise RecordIncomplete(f"联系时间应在 {max(oldest, task.made_on)} 至此刻之间；更早的联系请写在内容里")

    def _products(self, task: Task, ask: RecordAsk, stamp: Stamp, day: date) -> list[dict[str, str]]:
        """Each product spoken of, with a decision that allows it today: the task's own, or one filed now."""
        if len(ask.products) > MOST_PRODUCTS:
            raise RecordIncomplete(f"一次最多登记 {MOST_PRODUCTS} 只产品")
        known = {one.product_code: one for one in task.offers if one.product_code}
        desk, found = OfferDesk(self._session, day), []
        for code in dict.fromkeys(one.strip() for one in ask.products):
            answer = desk.asks(task.client_no, code)  # the task's decision may be of another day
            code = answer.facts.request.product_code
            if answer.outcome is not Outcome.ALLOW:
                why = next((one.title for one in answer.verdicts if one.hit), answer.outcome.label)
                told = f"今天的结论是“{answer.outcome.label}”（{why}），不能推介"
                raise NotSuitable(f"产品 {code} 对客户 {task.client_no} {told}")
            if code in known and task.made_on == day:
                found.append({"code": code, "decision": known[code].decision_id})
            else:
                found.append({"code": code, "decision": desk.decide(task.client_no, code, stamp)[0]})
        return found

    # what follows

    def _add(
        self, task: Task, ask: RecordAsk, option: FeedbackOption, products: list[dict[str, str]], stamp: Stamp
    ) -> ServiceRecordRow:
        told: dict[str, Any] = {
            "client_no": task.client_no, "staff_no": stamp.actor.subject.partition(":")[2], "way": ask.way.value,
            "contacted_at": ask.contacted_at, "day": day_of(ask.contacted_at),
            "reached": option.effect is not Effect.RETRY, "content": ask.content.strip(),
            "client_words": ask.client_words.strip(), "feedback": option.code, "effect": option.effect.value,
            "next_step": ask.next_step.strip(), "products": products,
            "attachments": [{"digest": one.digest, "name": one.name[:128]} for one in ask.attachments],
            "compliance_copy": task.compliance_copy,
        }  # fmt: skip
        row = ServiceRecordRow(
            task_id=task.id, filed_at=stamp.at, filed_by=stamp.actor.user_id,
            digest=digest({"task": task.number, **told}), **told,
        )
        self._read.add(row)
        return row

    def _contact(self, task: Task, filed: ServiceRecordRow, stamp: Stamp) -> None:
        """The contact is one of the client's too, whoever counts them."""
        service = ContactService(self._session, everything(day_of(stamp.at)))
        service.record(ContactAsk(
            client_no=task.client_no, at=filed.contacted_at, channel=_CHANNELS[ContactWay(filed.way)],
            purpose=_PURPOSES[task.purpose], staff_no=filed.staff_no, reached=filed.reached,
            note=f"任务 {task.number} {task.name}", source=ContactSource.TASK, source_ref=f"{task.number}/{filed.id}",
        ), stamp, again=True)  # fmt: skip

    def _follow_up(self, row: TaskRow, scenario: Scenario | None, next_step: str, stamp: Stamp) -> None:
        """The next contact with the same client by the same person, so many trading days on."""
        day = day_of(stamp.at)
        days = scenario.feedback.follow_up_trading_days if scenario else 5
        due = house_calendar().next(day, days)
        new = TaskRow(
            key=digest({"parent": row.id, "version": row.version}), origin=Origin.FOLLOW_UP.value,
            client_no=row.client_no, client_name=row.client_name, scenario_id=row.scenario_id,
            scenario_digest=row.scenario_digest, name=row.name, family=row.family, purpose=row.purpose,
            event=row.event, event_kind=row.event_kind, occurred_on=row.occurred_on,
            notice=(f"跟进 {task_number(row.id or 0)}：{next_step.strip() or row.notice}")[:400],
            mandatory=row.mandatory, priority=row.priority, evidence=row.evidence, compliance_copy=row.compliance_copy,
            must_contact=row.must_contact, needs_adviser=row.needs_adviser, state=TaskState.ASSIGNED.value,
            owner_no=row.owner_no, owner_name=row.owner_name, branch_no=row.branch_no, made_on=day, due_on=due,
            expires_on=lapses_on(due, day, mandatory=row.mandatory, must_contact=row.must_contact),
            parent_id=row.id, told=dict(row.told), offers=[one for one in row.offers if not one["product_code"]],
            created_at=stamp.at,
        )  # fmt: skip
        created(self._session, new, stamp, day, {"parent": task_number(row.id or 0)})
        push(self._session, self._outbox, [push_of(new, PushReason.NEW, stamp.at, ())])


def _check_texts(ask: RecordAsk, day: date) -> None:
    checked_text(ask.content, "沟通内容", LONGEST, day)
    checked_text(ask.next_step, "下一步", 400, day, needed=False)
    if len(ask.client_words) > LONGEST:  # what the client said is kept as it was said
        raise RecordIncomplete(f"客户的说明最多 {LONGEST} 个字符")


def _check_fields(ask: RecordAsk, needed: tuple[RecordField, ...]) -> None:
    given = {
        RecordField.CLIENT_WORDS: bool(ask.client_words.strip()), RecordField.NEXT_STEP: bool(ask.next_step.strip()),
        RecordField.ATTACHMENT: bool(ask.attachments),
    }  # fmt: skip
    lacking = [one.label for one in needed if not given.get(one, True)]
    if lacking:
        raise RecordIncomplete(f"服务记录缺少：{'、'.join(lacking)}")

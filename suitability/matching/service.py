"""The matching desk: gather the facts, judge, file once; explain and replay to the byte; track what follows."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import Scope
from kit.clock import SHANGHAI
from kit.rulebook import Rulebook, load_rulebook, parse_rulebook
from kit.trail.entry import Entry
from kit.trail.service import record
from suitability.assessment.sessions import is_the_client
from suitability.assessment.types import Channel
from suitability.changes.in_force import rules_of
from suitability.facts import Request
from suitability.levels import Outcome
from suitability.matching.algorithms import algorithm
from suitability.matching.cases import Facts
from suitability.matching.cooling import FORM as WAIT
from suitability.matching.cooling import ends_at
from suitability.matching.decision import Answer, Decision, Rules, answer_on_file, answer_to, content_digest
from suitability.matching.problems import (
    DutyNotOpen,
    EvidenceNeeded,
    NotAskable,
    OnlyTheClient,
    RulesLost,
    StillCooling,
    UnknownDecision,
)
from suitability.matching.repository import DecisionRepository
from suitability.matching.tables import DecisionRow, DutyDoneRow
from suitability.retention import retained_until

FILES: Final = ("matching", "matching_words", "duties")
CONFIRMATION: Final = "CLIENT_CONFIRM"
PROVEN: Final = frozenset(("WRITE", "CONFIRM", "RECORD"))
"""Forms of a duty that leave something: its digest is the evidence."""
Gather = Callable[[Request], Facts]
"""From a request to everything that the rules read. Raises problems for unknown ids."""
Ahead = Callable[[Request], AbstractContextManager[None]]
"""Inside the block that it gives, what gathering asks first is at hand."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision made again from its stored facts under its stored rules, by the algorithm that made it.

    intact: what is on file gives the digest on file; where it does not, the record was changed after it was made.
    """

    decision_id: str
    same: bool
    stored: str
    computed: str
    algorithm: str
    intact: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of a decision: open, or done. A cooling-off is done by itself when it has ended, by nobody."""

    id: str
    title: str
    form: str
    items: tuple[str, ...]
    source: str
    done_at: datetime | None
    done_by: str | None
    evidence: str
    not_before: datetime | None  # the end of a cooling-off that runs


def _nothing_ahead(_: Request) -> AbstractContextManager[None]:
    return nullcontext()


@lru_cache(maxsize=64)
def parsed(name: str, content: str) -> Rulebook:
    """A stored rule file, read once a process."""
    return parse_rulebook(name, content)


def house_rules() -> Rules:
    """The rule files in force here: as they ship, or the approved ones inside `rules_of`."""
    return Rules(*(load_rulebook("suitability", name) for name in FILES))


class MatchingDesk:
    """Checks within a scope over one session; the commit belongs to the caller."""

    def __init__(
        self, session: Session, scope: Scope, gather: Gather, rules: Rules | None = None, ahead: Ahead | None = None
    ) -> None:
        self._session = session
        self._decisions = DecisionRepository(session, scope)
        self._gather = gather
        self._given = rules
        self._ahead = ahead or _nothing_ahead

    def answer(self, request: Request) -> Answer:
        """What would be answered under the rules of the day; nothing is filed."""
        return self._answer(request)[0]

    def _answer(self, request: Request) -> tuple[Answer, Rules]:
        with self._ahead(request), rules_of(self._session, request.day):
            rules = self._given or house_rules()
            return answer_to(self._gather(request), rules), rules

    def decide(self, request: Request, stamp: Stamp, replaces: str | None = None) -> Decision:
        """Judge the request and file the answer. A refusal is an answer too.

        Raises what the desk of facts raises; UnknownDecision, NotAskable where `replaces` is about somebody else.
        """
        answer, rules = self._answer(request)
        if replaces is not None and self._row(replaces).client_no != request.client_no:
            raise NotAskable(f"决定 {replaces} 不是客户 {request.client_no} 的，不能由这次检查取代")
        judged = answer.judged()
        decision = Decision(
            id=f"D{request.day:%Y%m%d}{secrets.token_hex(8)}",
            made_at=stamp.at,
            made_by=stamp.actor.user_id,
            facts=answer.facts,
            versions=answer.versions,
            verdicts=answer.verdicts,
            outcome=answer.outcome,
            origin=answer.origin,
            changes=answer.changes,
            duties=answer.duties,
            digest=content_digest(answer.text, judged),
            replaces=replaces,
        )
        entry = _entry(stamp, "suitability.decide", decision.id, decision.digest, {
            "client": request.client_no, "product": request.product_code, "outcome": decision.outcome.value,
            "asked_by": request.asked_by.value, "side": request.side.value,
        })  # fmt: skip
        books = rules.matching, rules.words, rules.duties
        self._decisions.add(_columns_of(decision, answer.text, judged), books, entry)
        return decision

    def row(self, decision_id: str) -> DecisionRow:
        """A decision as it is filed. Raises UnknownDecision."""
        return self._row(decision_id)

    def page(self, **filters: Any) -> list[DecisionRow]:
        return self._decisions.page(**filters)

    def replay(self, decision_id: str) -> Replayed:
        """Make a decision again from its stored facts and rule sets by its own algorithm.

        Raises UnknownDecision, AlgorithmNotShipped, RulesLost.
        """
        row = self._row(decision_id)
        content = _content(row)
        again = self._again(row, content)
        intact = content_digest(row.facts, content) == row.digest
        return Replayed(row.id, again.digest == row.digest, row.digest, again.digest, content["format"], intact)

    def answer_again(self, decision_id: str) -> Answer:
        """What the replay answers, to be laid beside what is on file. Raises what `replay` raises."""
        row = self._row(decision_id)
        return self._again(row, _content(row))

    def explain(self, decision_id: str, audience: str) -> Answer:
        """The answer as it is on file, for its words: read, not judged. Raises UnknownDecision."""
        row = self._row(decision_id)
        if audience not in ("client", "advisor", "regulator"):
            raise UnknownDecision(f"没有读者 {audience}；可选 client、advisor、regulator")
        return answer_on_file(row.facts, _content(row))

    def _again(self, row: DecisionRow, content: dict[str, Any]) -> Answer:
        judgement = algorithm(content["format"])
        return judgement.answer(row.facts, self._stored_rules(content))

    def duties(self, decision_id: str, at: datetime | None = None) -> tuple[Duty, ...]:
        """Every duty of a decision with what is done by `at`, now by default. Raises UnknownDecision, RulesLost."""
        row = self._row(decision_id)
        content = _content(row)
        book = self._book("suitability/rules/duties.yaml", content["versions"])
        done = {one.duty: one for one in self._decisions.duties_done([decision_id])}
        return tuple(_duty(name, book, row, done, at or datetime.now(UTC)) for name in content["duties"])

    def complete(
        self, decision_id: str, duty: str, stamp: Stamp, *, channel: str, evidence: str = "", note: str = ""
    ) -> Duty:
        """Record that a duty was done. Confirming comes after all that has to be told and warned of, by the client in
        person or on paper at the counter. A cooling-off ends by itself: asked after its end, nothing is recorded.

        Raises UnknownDecision, DutyNotOpen, EvidenceNeeded, OnlyTheClient, StillCooling.
        """
        known = {one.id: one for one in self.duties(decision_id, stamp.at)}
        if duty in known and known[duty].form == WAIT:
            return _cooled(known[duty])
        if duty not in known or known[duty].done_at is not None:
            open_ones = "、".join(one.id for one in known.values() if one.done_at is None) or "无"
            raise DutyNotOpen(f"决定 {decision_id} 没有待履行的义务 {duty}；待履行：{open_ones}")
        if known[duty].form in PROVEN and not evidence:
            raise EvidenceNeeded(f"{known[duty].title}须附材料摘要（录音录像、签署文本或确认内容的 SHA-256）")
        if known[duty].form == "CONFIRM":
            self._check_confirming(decision_id, known, stamp, channel)
        row = DutyDoneRow(
            decision_id=decision_id, duty=duty, done_at=stamp.at, done_by=stamp.actor.user_id, channel=channel,
            evidence=evidence, note=note,
        )  # fmt: skip
        try:
            with self._session.begin_nested():
                self._decisions.add_duty(row)
        except IntegrityError as fault:
            raise DutyNotOpen(f"决定 {decision_id} 的义务 {duty} 已由他人履行") from fault
        told = {"duty": duty, "channel": channel}
        record(self._session, _entry(stamp, "suitability.duty", decision_id, evidence, told))
        return next(one for one in self.duties(decision_id, stamp.at) if one.id == duty)

    def may_proceed(self, decision_id: str, at: datetime | None = None) -> bool:
        """True where the answer allows it and every duty is done by `at`, now by default."""
        row = self._row(decision_id)
        if row.outcome == Outcome.REFUSE.value:
            return False
        return all(duty.done_at is not None for duty in self.duties(decision_id, at))

    def _check_confirming(self, decision_id: str, known: Mapping[str, Duty], stamp: Stamp, channel: str) -> None:
        if not is_the_client(stamp, self._row(decision_id).client_no) and channel != Channel.COUNTER.value:
            raise OnlyTheClient("确认须由客户本人作出；他人只能登记柜台的书面确认（channel=COUNTER）并附签署文本的摘要")
        before = [one.title for one in known.values() if one.form in ("TELL", "WRITE") and one.done_at is None]
        if before:
            raise DutyNotOpen(f"客户确认之前须先完成：{'、'.join(before)}")

    def _row(self, decision_id: str) -> DecisionRow:
        row = self._decisions.find(decision_id)
        if row is None:
            raise UnknownDecision(f"没有适当性决定 {decision_id}，或不在您的范围内；请核对编号")
        return row

    def _stored_rules(self, content: dict[str, Any]) -> Rules:
        return Rules(*(self._book(f"suitability/rules/{name}.yaml", content["versions"]) for name in FILES))

    def _book(self, name: str, versions: Mapping[str, str]) -> Rulebook:
        stored = self._decisions.rules_of(versions[name])
        if stored is None:
            raise RulesLost(f"规则集 {name} 的版本 {versions[name]} 不在库中，无法重演")
        return parsed(stored.name, stored.content)


def _entry(stamp: Stamp, action: str, record_id: str, digest: str, detail: dict[str, Any]) -> Entry:
    return Entry(
        actor=stamp.actor, at=stamp.at, origin=stamp.origin, action=action, record_kind="decision",
        record_id=record_id, digest=digest, detail=detail,
    )  # fmt: skip


def _content(row: DecisionRow) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(row.content)
    return content


def _columns_of(decision: Decision, facts: str, judged: dict[str, Any]) -> dict[str, Any]:
    request = decision.facts.request
    return {
        "id": decision.id,
        "client_no": request.client_no,
        "product_code": request.product_code,
        "account_no": request.account_no,
        "day": request.day,
        "made_at": decision.made_at,
        "made_by": decision.made_by,
        "asked_by": request.asked_by.value,
        "side": request.side.value,
        "outcome": decision.outcome.value,
        "origin": decision.origin.value,
        "digest": decision.digest,
        "replaces": decision.replaces,
        "retain_until": retained_until(request.day),
        "facts": facts,
        "content": orjson.dumps(judged).decode(),
    }


def _duty(name: str, rules: Rulebook, row: DecisionRow, done: Mapping[str, DutyDoneRow], at: datetime) -> Duty:
    rule = rules[f"DUTY-{name}"]
    terms = rule.on(max(row.day, rule.values[0][0]))
    finished = done.get(name)
    until = ends_at(terms, {duty: one.done_at for duty, one in done.items()})
    by_itself = until if until is not None and until <= at else None
    return Duty(
        id=name,
        title=rule.title,
        form=terms["form"],
        items=tuple(terms["items"]),
        source=rule.source,
        done_at=finished.done_at if finished else by_itself,
        done_by=finished.done_by if finished else None,
        evidence=finished.evidence if finished else "",
        not_before=until,
    )


def _cooled(duty: Duty) -> Duty:
    """Raises StillCooling until it has ended."""
    if duty.done_at is None:
        told = f"至 {duty.not_before.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if duty.not_before else "自书面警示送达起算"
        raise StillCooling(f"冷静期未满（{told}），期满自动结束，无须登记")
    return duty

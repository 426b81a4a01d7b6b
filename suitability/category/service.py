"""The desk of investor categories: evidence, application, prudent assessment, decision, revocation; what holds when.

Within a scope; every write leaves a row of the trail; the commit is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository
from clients.staff.filing import Stamp, file_change
from kit.access import NotAllowed, Role, Scope
from kit.clock import day_of
from kit.db import one_at_a_time
from kit.rulebook import Rulebook
from suitability.category.evidence import check_one, check_together
from suitability.category.judge import (
    BACK_TO_ORDINARY,
    category_book,
    category_rule,
    granted_through,
    judge,
    trial_fault,
)
from suitability.category.problems import (
    AlreadyDecided,
    ApplicationIncomplete,
    ConditionsNotMet,
    NoSuchApplication,
    NoSuchEvidence,
    NotConvertible,
    SecondPersonNeeded,
)
from suitability.category.repository import CategoryRepository
from suitability.category.standing import CATEGORIES, CategoryColumns
from suitability.category.tables import (
    ApplicationRow,
    DecisionRow,
    EvidenceRow,
    RevocationRow,
    TrialRow,
)
from suitability.category.types import (
    Application,
    Direction,
    Evidence,
    Judgement,
    Standing,
    Trial,
)
from suitability.changes.in_force import rules_of
from suitability.levels import InvestorCategory


class CategoryService:
    """Categories over one session, within a scope."""

    def __init__(self, session: Session, scope: Scope, *, book: Rulebook | None = None) -> None:
        self._session = session
        self._given, self._day = book, scope.day
        self._clients = ClientRepository(session, scope)
        self._read = CategoryRepository(session)

    @cached_property
    def _book(self) -> Rulebook:
        with rules_of(self._session, self._day):
            return self._given or category_book()

    # evidence and application

    def file_evidence(self, client_no: str, evidence: Evidence, stamp: Stamp) -> Evidence:
        """File one document. Raises NoSuchClient, EvidenceRefused, EvidenceConflict."""
        client = self._clients.client(client_no)
        check_one(evidence, day_of(stamp.at))
        row = EvidenceRow(
            client_id=client.id, kind=evidence.kind.value, amount=evidence.amount, since=evidence.since,
            as_of=evidence.as_of, valid_through=evidence.valid_through, document=evidence.document,
            note=evidence.note[:256], filed_at=stamp.at, filed_by=stamp.actor.name,
        )  # fmt: skip
        filed = self._read.add(row)
        self._file(stamp, "category.evidence", client, filed, kind=evidence.kind, as_of=evidence.as_of,
                   document=evidence.document)  # fmt: skip
        return next(one for one in self._read.evidence_of(client.id) if one.id == filed)

    def evidence(self, client_no: str) -> tuple[Evidence, ...]:
        """All documents of a client, the newest first. Raises NoSuchClient."""
        return tuple(self._read.evidence_of(self._clients.client(client_no).id))

    def apply(
        self, client_no: str, test: str, evidence: Sequence[int], stamp: Stamp, *, document: str,
        risk_acknowledged: bool = False,
    ) -> Application:  # fmt: skip
        """Apply for a row of the table: recognition (第八条) or conversion (第十一条). document: digest of the form.

        Raises NoSuchClient, NoSuchCategoryTest, NoSuchEvidence, EvidenceConflict, ApplicationIncomplete.
        """
        client, day = self._clients.client(client_no), day_of(stamp.at)
        wanted = category_rule(test, day, self._book)
        converts = wanted.category is InvestorCategory.PRO_III
        lacking = [] if document.strip() else ["书面申请"]
        if converts and not risk_acknowledged:
            lacking.append("客户确认自主承担可能产生的风险和后果的书面声明")
        if not evidence:
            lacking.append("证明材料")
        if lacking:
            raise ApplicationIncomplete(f"申请 {test} 缺少{'、'.join(lacking)}")
        check_together(self._named(client, evidence))
        direction = Direction.UPGRADE if converts else Direction.RECOGNITION
        return self._apply(client, direction, test, evidence, stamp, document, risk_acknowledged)

    def return_to_ordinary(self, client_no: str, stamp: Stamp, *, document: str) -> Application:
        """Written notice is enough, and the firm must follow it from that day on. Raises NotConvertible."""
        client, day = self._clients.client(client_no), day_of(stamp.at)
        now = self.current(client_no, day)
        allowed = self._book.on(BACK_TO_ORDINARY, day)["categories"]
        if now.category.value not in allowed:
            names = "、".join(InvestorCategory(one).label for one in allowed)
            way_out = "；转化来的专业投资者由公司撤销认定" if now.category is InvestorCategory.PRO_III else ""
            raise NotConvertible(f"客户 {client_no} 现为{now.category.label}；只有{names}可以转化为普通投资者{way_out}")
        if not document.strip():
            raise ApplicationIncomplete("转化为普通投资者须有客户的书面告知")
        made = self._apply(client, Direction.DOWNGRADE, InvestorCategory.ORDINARY.value, (), stamp, document, False)
        reasons = ("客户书面告知选择成为普通投资者，公司应当按普通投资者履行适当性义务",)
        self._decide(made, client, True, InvestorCategory.ORDINARY, day, None, reasons, stamp)
        return self.application(made.id)

    def add_trial(self, application_id: int, trial: Trial, stamp: Stamp) -> Application:
        """File a test or simulated trading. Raises NoSuchApplication, AlreadyDecided, ApplicationIncomplete."""
        made, client = self._open(application_id)
        if trial.taken_on > day_of(stamp.at) or not trial.document.strip():
            raise ApplicationIncomplete(f"{trial.kind.label}须写明已发生的日期并附材料摘要")
        self._read.add(TrialRow(
            application_id=made.id, kind=trial.kind.value, score=trial.score, taken_on=trial.taken_on,
            document=trial.document, filed_at=stamp.at, filed_by=stamp.actor.name,
        ))  # fmt: skip
        self._file(stamp, "category.trial", client, made.id, kind=trial.kind, score=trial.score)
        return self.application(application_id)

    # decision

    def judge(self, application_id: int) -> Judgement:
        """The application against its row of the table, on its own day. Raises NoSuchApplication."""
        made, client = self._application(application_id)
        rule = category_rule(made.test, made.applied_on, self._book)
        return judge(rule, client.kind, made.evidence, made.applied_on, self._book)

    def decide(
        self, application_id: int, granted: bool, reason: str, stamp: Stamp, *, effective_from: date | None = None
    ) -> Application:
        """Grant or refuse; the firm may refuse what meets the conditions, and may not grant what does not.

        Raises NoSuchApplication, AlreadyDecided, NotAllowed, SecondPersonNeeded, ConditionsNotMet.
        """
        made, client = self._open(application_id)
        self._check_decider(made, stamp)
        if not reason.strip():
            raise ApplicationIncomplete("决定须写明理由，并告知客户")
        day = day_of(stamp.at)
        found = self.judge(application_id)
        faults = [] if found.met else list(found.reasons)
        if made.direction is Direction.UPGRADE:
            failed = trial_fault(made.trials, made.applied_on, self._book)
            faults += [failed] if failed else []
        begins = effective_from or day
        if begins < made.applied_on:
            raise ApplicationIncomplete(f"生效日 {begins} 早于申请日 {made.applied_on}；认定不能倒签")
        through = granted_through(found.category, begins, found.valid_through, self._book)
        if through is not None and through < max(begins, day):
            faults.append(f"所用材料到 {through} 为止有效，到生效日 {begins} 已经过期")
        if granted and faults:
            why = "；".join(faults)
            raise ConditionsNotMet(f"申请 {application_id}（{made.test}）不满足条件：{why}", faults=faults)
        reasons = (reason, *(found.reasons if granted else faults))
        self._decide(made, client, granted, found.category, begins, through if granted else None, reasons, stamp)
        return self.application(application_id)

    def revoke(self, client_no: str, reason: str, stamp: Stamp, *, effective_from: date | None = None) -> Standing:
        """End the category that holds: the conditions are no longer met, or the documents were wrong.

        Raises NotConvertible where the client is ordinary.
        """
        client, day = self._clients.client(client_no), day_of(stamp.at)
        now = self.current(client_no, day)
        if not now.category.professional or now.decision is None:
            raise NotConvertible(f"客户 {client_no} 现为普通投资者，没有可以撤销的认定")
        if stamp.actor.role is Role.CLIENT:
            raise NotAllowed("认定由公司撤销；客户可以书面告知转化为普通投资者")
        if not reason.strip():
            raise ApplicationIncomplete("撤销须写明理由，并告知客户")
        begins = effective_from or day
        if now.since is not None and begins < now.since:
            raise ApplicationIncomplete(f"撤销日 {begins} 早于认定生效的 {now.since}")
        self._read.add(RevocationRow(
            decision_id=now.decision, effective_from=begins, reason=reason[:512], revoked_at=stamp.at,
            revoked_by=stamp.actor.name,
        ))  # fmt: skip
        self._file(stamp, "category.revoke", client, now.decision, effective_from=begins, reason=reason[:512])
        return self.current(client_no, day)

    # reading

    def current(self, client_no: str, day: date) -> Standing:
        """The category on the day; ordinary unless something holds. Raises NoSuchClient."""
        return self.current_of(self._clients.client(client_no), day)

    def current_of(self, client: ClientFacts, day: date) -> Standing:
        """The same of a client that was read within the scope."""
        client_no = client.client_no
        if not self._read.any_granted(client_no, day):
            return Standing(
                client_no=client_no, day=day, category=InvestorCategory.ORDINARY, since=None, valid_through=None,
                decision=None, lapsed="",
            )  # fmt: skip
        found = self._read.columns(day, [client.id])
        decision = next(
            made.decision
            for made in self._read.applications(client.id, client_no)
            if made.decision is not None and made.decision.id == int(found.decision[0])
        )
        category = CATEGORIES[int(found.category[0])]
        lapsed = ""
        if found.revoked[0]:
            lapsed = f"{decision.category.label}已于 {decision.revoked_from} 撤销：{decision.revoked_why}"
        elif found.ended[0]:
            lapsed = f"{decision.category.label}已于 {decision.valid_through} 到期"
        return Standing(
            client_no=client_no, day=day, category=category,
            since=None if lapsed else decision.effective_from,
            valid_through=None if lapsed else decision.valid_through, decision=decision.id, lapsed=lapsed,
        )  # fmt: skip

    def application(self, application_id: int) -> Application:
        """Raises NoSuchApplication."""
        return self._application(application_id)[0]

    def history(self, client_no: str) -> tuple[Application, ...]:
        """All applications with their decisions, newest first. Raises NoSuchClient."""
        client = self._clients.client(client_no)
        return tuple(self._read.applications(client.id, client_no))

    # inside

    def _apply(
        self, client: ClientFacts, direction: Direction, test: str, evidence: Sequence[int], stamp: Stamp,
        document: str, risk_acknowledged: bool,
    ) -> Application:  # fmt: skip
        row = ApplicationRow(
            client_id=client.id, direction=direction.value, test=test, applied_on=day_of(stamp.at),
            applied_at=stamp.at, applied_by=stamp.actor.name, risk_acknowledged=risk_acknowledged,
            evidence=list(evidence), document=document,
        )  # fmt: skip
        made = self._read.add(row)
        self._file(stamp, "category.apply", client, made, direction=direction, test=test, document=document)
        return self.application(made)

    def _decide(
        self, made: Application, client: ClientFacts, granted: bool, category: InvestorCategory, begins: date,
        through: date | None, reasons: Sequence[str], stamp: Stamp,
    ) -> None:  # fmt: skip
        self._read.add(DecisionRow(
            application_id=made.id, client_id=client.id, granted=granted, category=CATEGORIES.index(category),
            effective_from=begins, valid_through=through, reasons=list(reasons), rules=self._book.version,
            decided_at=stamp.at, decided_by=stamp.actor.name,
        ))  # fmt: skip
        self._file(stamp, "category.decide", client, made.id, granted=granted, category=category, effective_from=begins,
                   valid_through=through, reasons=list(reasons))  # fmt: skip

    def _check_decider(self, made: Application, stamp: Stamp) -> None:
        if stamp.actor.role not in (Role.COMPLIANCE, Role.SUPERVISOR):
            raise NotAllowed("投资者类别由合规或营业部主管决定")
        if stamp.actor.name == made.applied_by:
            raise SecondPersonNeeded(f"申请 {made.id} 由 {made.applied_by} 提交，须由另一人决定")

    def _named(self, client: ClientFacts, ids: Sequence[int]) -> list[Evidence]:
        """Raises NoSuchEvidence."""
        filed = {one.id: one for one in self._read.evidence_of(client.id)}
        unknown = [str(one) for one in ids if one not in filed]
        if unknown:
            raise NoSuchEvidence(f"客户 {client.client_no} 没有材料 {'、'.join(unknown)}；请先提交材料")
        return [filed[one] for one in ids]

    def _application(self, application_id: int) -> tuple[Application, ClientFacts]:
        row = self._read.application_row(application_id)
        number = None if row is None else self._clients.numbers_of([row.client_id]).get(row.client_id)
        if row is None or number is None:
            raise NoSuchApplication(f"没有申请 {application_id}，或不在您的范围内；请核对编号")
        client = self._clients.client(number)
        found = self._read.applications(client.id, number)
        return next(one for one in found if one.id == application_id), client

    def _open(self, application_id: int) -> tuple[Application, ClientFacts]:
        """The application, alone until the transaction ends. Raises NoSuchApplication, AlreadyDecided."""
        one_at_a_time(self._session, f"heshi.category.{application_id}")
        made, client = self._application(application_id)
        if made.decision is not None:
            said = "同意" if made.decision.granted else "拒绝"
            raise AlreadyDecided(f"申请 {application_id} 已由 {made.decision.decided_by} {said}；请提交新的申请")
        return made, client

    def _file(self, stamp: Stamp, action: str, client: ClientFacts, record_id: int, **detail: Any) -> None:
        file_change(
            self._session, stamp, action, "investor_category", str(record_id), client_no=client.client_no, **detail
        )


def category_columns(session: Session, day: date, client_ids: Sequence[int] | None = None) -> CategoryColumns:
    """Categories on the day for every client (or of these) that has one, by client id; the others are ordinary."""
    return CategoryRepository(session).columns(day, client_ids)

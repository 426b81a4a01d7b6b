"""The desk of subscriptions: apply (which checks), sign, pay, cancel, terminate; each with its event and its trail.

A subscription begins in one way only: a decision of the matching desk that allows it, with every duty done. Read within
the scope of `Verb.SUBSCRIPTION_READ`, changed within that of `SUBSCRIPTION_EDIT` (money: `SUBSCRIPTION_PAY`). Every
change takes the version that the caller saw. The commit belongs to the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.filing import Stamp, held
from clients.staff.service import StaffService
from kit.access import Role, Scope, everything
from kit.clock import day_of
from kit.db import one_at_a_time
from market.services.pricing import Quote
from market.services.problems import NotForSale
from market.services.service import Service, ServiceCatalogue
from market.services.types import FeeBasis
from suitability.assessment.sessions import is_the_client
from suitability.changes.in_force import rules_of
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.holdings import HoldingReader
from suitability.levels import AskedBy, OrderSide, Outcome
from suitability.matching.decision import Decision
from suitability.matching.service import Duty, MatchingDesk
from suitability.matching.verdicts import AUDIENCES
from suitability.retention import retained_until
from suitability.subscriptions.fees import Settlement, cancelled, terminated
from suitability.subscriptions.filing import advance, begin
from suitability.subscriptions.fit import fit_notes, graded
from suitability.subscriptions.problems import (
    AdvisorNotRegistered,
    AlreadySubscribed,
    AssetsUnknown,
    CancellationOver,
    DisclosureNotSigned,
    NoSuchSubscription,
    NotReadyToSign,
    PaymentRefused,
    SignedByOthers,
    StateRefused,
)
from suitability.subscriptions.repository import SubscriptionRepository, subscription_of
from suitability.subscriptions.rules import act_needed, decision_days, disclosure
from suitability.subscriptions.tables import SubscriptionRow
from suitability.subscriptions.types import (
    Disclosure,
    Subscription,
    SubscriptionAsk,
    SubscriptionEvent,
    SubscriptionEventKind,
    SubscriptionState,
    subscription_number,
)
from suitability.subscriptions.window import cancel_until, still_open

_K, _S = SubscriptionEventKind, SubscriptionState
NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class SubscriptionDetail:
    """One subscription whole: its history (oldest first), the duties of its decision, the text to be signed."""

    subscription: Subscription
    events: tuple[SubscriptionEvent, ...]
    duties: tuple[Duty, ...]
    disclosure: Disclosure


class SubscriptionService:
    """Subscriptions within a scope over one session."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = SubscriptionRepository(session, scope)
        self._catalogue = ServiceCatalogue(session)

    # reading

    def list(self, client_no: str) -> tuple[Subscription, ...]:
        """The newest first. Raises NoSuchClient."""
        ClientRepository(self._session, self._scope).client(client_no)
        return tuple(self._read.of_client(client_no))

    def get(self, client_no: str, number: str) -> Subscription:
        """Raises NoSuchSubscription."""
        return subscription_of(self._row(client_no, number), self._scope.day)

    def detail(self, client_no: str, number: str) -> SubscriptionDetail:
        """Raises NoSuchSubscription."""
        row = self._row(client_no, number)
        assert row.id is not None
        duties = () if row.outcome == Outcome.REFUSE.value else self._matching.duties(row.decision_id)
        return SubscriptionDetail(
            subscription_of(row, self._scope.day), self._read.events(row.id), duties, self.disclosure(row.service)
        )

    def disclosure(self, service: str) -> Disclosure:
        """What is signed today for the service. Raises NoSuchService, NotForSale."""
        with rules_of(self._session, self._scope.day):
            return disclosure(self._catalogue.get(service, self._scope.day).product.kind, self._scope.day)

    def quote(self, ask: SubscriptionAsk) -> Quote:
        """The price for this client today; assets are those on file unless they are given.

        Raises NoSuchClient, NoSuchService, NoSuchPlan, NotForSale, PriceAskRefused, AssetsUnknown.
        """
        return self._quote(self._catalogue.get(ask.service, self._scope.day), ask)

    # changing

    def apply(self, ask: SubscriptionAsk, stamp: Stamp) -> Subscription:
        """Check and file: to be signed where the decision does not refuse, REFUSED otherwise. Both are on file.

        Raises what `quote` raises, AlreadySubscribed, NotMadeForClient; SignedByOthers for a client who says the firm
        asked.
        """
        day = day_of(stamp.at)
        if stamp.actor.role is Role.CLIENT and ask.asked_by is not AskedBy.CLIENT:
            raise SignedByOthers("客户本人申请的，asked_by 只能是 CLIENT")
        one_at_a_time(self._session, f"heshi.subscription.{ask.client_no}")
        service = self._catalogue.get(ask.service, day)
        quote = self._quote(service, ask)
        before = self._read.live(ask.client_no, ask.service, day)
        if before is not None and before.id is not None:
            raise AlreadySubscribed(
                f"客户 {ask.client_no} 已有服务 {ask.service} 的订购 {subscription_number(before.id)}"
                f"（{_S(before.state).label}）；请先撤回、解除或终止"
            )
        with rules_of(self._session, day):
            known = graded(self._session, everything(day), ask.client_no, day)
            notes = fit_notes(service.card.card, known, ask.asked_by, day)
        decision = self._matching.decide(_request(ask, day), stamp)
        state = _S.REFUSED if decision.outcome is Outcome.REFUSE else _S.APPLIED
        row = SubscriptionRow(
            client_no=ask.client_no, service=ask.service, service_name=service.product.name,
            card_version=service.card.on_file.version, plan=quote.plan, plan_name=quote.plan_name,
            plan_version=quote.version, basis=quote.basis.value, days=quote.days, size=quote.size, price=quote.price,
            decision_id=decision.id, outcome=decision.outcome.value, asked_by=ask.asked_by.value, state=state.value,
            applied_on=day, fee=NOTHING if quote.basis is FeeBasis.COMMISSION else quote.amount,
            told={"says": list(quote.says), "notes": list(notes), "why": _why(decision)},
            retain_until=retained_until(day),
        )  # fmt: skip
        begin(self._session, row, stamp, day, {"decision": decision.id, "outcome": decision.outcome.value})
        return subscription_of(row, day)

    def sign(
        self, client_no: str, number: str, *, expected_version: int, stamp: Stamp, signed_text: str,
        advisor_no: str = "", on_paper: bool = False,
    ) -> Subscription:  # fmt: skip
        """The agreement and the risk disclosure are signed: the service begins, the days of cancellation run.

        signed_text: the digest of the disclosure that was shown, or, on paper at the counter, of the signed scan.
        Raises NoSuchSubscription, ChangedMeanwhile, StateRefused, SignedByOthers, DisclosureNotSigned,
        NotReadyToSign, AdvisorNotRegistered, NotForSale.
        """
        row, day = self._held(client_no, number, expected_version, stamp)
        _check_state(row, (_S.APPLIED,), "签署", day)
        if not is_the_client(stamp, client_no) and not on_paper:
            raise SignedByOthers("协议与风险揭示书须由客户本人签署；同事只能登记柜台签署的纸质文本并附其摘要")
        service = self._catalogue.get(row.service, day)
        with rules_of(self._session, day):
            text = disclosure(service.product.kind, day)
            limit = decision_days(day)
        if not on_paper and signed_text != text.digest:
            raise DisclosureNotSigned("风险揭示书与您看到的不是同一份，请重新阅读后签署")
        if on_paper and not signed_text:
            raise DisclosureNotSigned("请附客户签署的风险揭示书的 SHA-256 摘要")
        self._check_ready(row, day, limit)
        self._check_price(row, service, day)
        row.advisor_no, row.advisor_name = self._advisor(service, advisor_no, day)
        row.signed_on, row.cancel_until = day, cancel_until(day)
        row.ends_on = None if row.days is None else day + timedelta(days=row.days - 1)
        row.paid_on = day if row.fee == 0 else None
        row.retain_until = max(row.retain_until, retained_until(row.ends_on or day))
        advance(
            self._session, row, _K.SIGNED, _S.ACTIVE, stamp, day, amount=row.fee, evidence=signed_text,
            detail={"disclosure": text.digest, "paper": on_paper, "cancel_until": row.cancel_until.isoformat(),
                    "advisor": row.advisor_no},
        )  # fmt: skip
        return subscription_of(row, day)

    def pay(
        self, client_no: str, number: str, amount: Decimal, *, expected_version: int, stamp: Stamp, reference: str
    ) -> Subscription:
        """What came in on the firm's account. Raises PaymentRefused for more than is due, or without its number."""
        row, day = self._held(client_no, number, expected_version, stamp)
        _check_state(row, (_S.ACTIVE, _S.EXPIRED), "登记收款", day)
        due = row.fee - row.paid
        if not reference.strip():
            raise PaymentRefused("请填写公司账户的入账流水号；服务费只入公司账户")
        if amount <= 0 or amount > due or amount != amount.quantize(Decimal("0.01")):
            raise PaymentRefused(
                f"{number} 还应付 {due.quantize(NOTHING)} 元；收款须大于 0、不超过它、精确到分，现在是 {amount}"
            )
        row.paid += amount
        row.paid_on = day if row.paid == row.fee else None
        advance(
            self._session, row, _K.PAID, _S(row.state), stamp, day, amount=amount, detail={"reference": reference}
        )
        return subscription_of(row, day)

    def cancel(
        self, client_no: str, number: str, *, expected_version: int, stamp: Stamp, reason: str = "",
        noticed_on: date | None = None, evidence: str = "",
    ) -> Subscription:  # fmt: skip
        """Withdraw before it is signed, or cancel within the working days after: everything is given back.

        noticed_on: the day of the client's written notice where a colleague registers it later; evidence: its digest.
        Raises NoSuchSubscription, ChangedMeanwhile, StateRefused, SignedByOthers, CancellationOver.
        """
        row, day = self._held(client_no, number, expected_version, stamp)
        _check_state(row, (_S.APPLIED, _S.ACTIVE, _S.EXPIRED), "解除", day)
        if row.state == _S.APPLIED.value:
            row.closed_on = day
            advance(self._session, row, _K.WITHDRAWN, _S.WITHDRAWN, stamp, day, note=reason)
            return subscription_of(row, day)
        noticed = noticed_on or day
        assert row.signed_on is not None
        assert row.cancel_until is not None
        if not is_the_client(stamp, client_no) and not evidence:
            raise SignedByOthers("解除须由客户书面通知；同事代为登记的，请附通知的 SHA-256 摘要")
        if not row.signed_on <= noticed <= day:
            raise StateRefused(f"通知日 {noticed} 应在签署日 {row.signed_on} 与今天 {day} 之间")
        if not still_open(row.signed_on, row.cancel_until, noticed):
            raise CancellationOver(
                f"{number} 于 {row.signed_on} 签署，五个工作日的解除期止于 {row.cancel_until} 二十四时；"
                f"{noticed} 的通知已过期，可以终止协议（按已服务部分结算）"
            )
        done = cancelled(subscription_of(row, day))
        row.closed_on, row.refunded = day, done.refund
        detail = {"noticed_on": noticed.isoformat(), "says": done.says}
        advance(
            self._session, row, _K.CANCELLED, _S.CANCELLED, stamp, day, amount=done.refund, note=reason,
            evidence=evidence, detail=detail,
        )  # fmt: skip
        return subscription_of(row, day)

    def terminate(
        self, client_no: str, number: str, *, expected_version: int, stamp: Stamp, reason: str, uses: int | None = None
    ) -> tuple[Subscription, Settlement]:
        """End a running service early: what was used is charged, the rest of what was paid is given back.

        Raises NoSuchSubscription, ChangedMeanwhile, StateRefused.
        """
        row, day = self._held(client_no, number, expected_version, stamp)
        _check_state(row, (_S.ACTIVE,), "终止", day)
        assert row.signed_on is not None
        assert row.cancel_until is not None
        if still_open(row.signed_on, row.cancel_until, day):
            raise StateRefused(f"{number} 还在解除期内（至 {row.cancel_until}），请办理解除，全额退还")
        done = terminated(subscription_of(row, day), day, uses)
        row.closed_on, row.refunded, row.fee = day, done.refund, done.used
        row.retain_until = max(row.retain_until, retained_until(day))
        detail = {"used": str(done.used), "owed": str(done.owed), "says": done.says}
        advance(
            self._session, row, _K.TERMINATED, _S.TERMINATED, stamp, day, amount=done.refund, note=reason,
            detail=detail,
        )  # fmt: skip
        return subscription_of(row, day), done

    @property
    def _matching(self) -> MatchingDesk:
        return matching_desk(self._session, self._scope)

    def _row(self, client_no: str, number: str) -> SubscriptionRow:
        row = self._read.row(client_no, number)
        if row is None:
            raise NoSuchSubscription(f"客户 {client_no} 没有订购 {number}")
        return row

    def _held(self, client_no: str, number: str, version: int, stamp: Stamp) -> tuple[SubscriptionRow, date]:
        row = self._row(client_no, number)
        row = held(self._session, SubscriptionRow, row.id, version, f"订购 {number}")
        return row, day_of(stamp.at)

    def _quote(self, service: Service, ask: SubscriptionAsk) -> Quote:
        plan, size = service.plan(ask.plan), ask.size
        if plan.plan.basis is FeeBasis.ASSETS and size is None:
            size = HoldingReader(self._session, self._scope).of_client(ask.client_no, service.day).total
            if size is None:
                raise AssetsUnknown(f"客户 {ask.client_no} 在 {service.day} 没有账面资产；请给出协商的资产规模 size")
        else:
            ClientRepository(self._session, self._scope).client(ask.client_no)
        return self._catalogue.price(ask.service, ask.plan, service.day, days=ask.days, size=size)

    def _check_ready(self, row: SubscriptionRow, day: date, limit: int) -> None:
        """The decision stands: duties done, not too old, and nothing harder would be answered today."""
        desk = self._matching
        if day > row.applied_on + timedelta(days=limit):
            raise NotReadyToSign(f"适当性检查 {row.decision_id} 已过 {limit} 天；请撤回后重新申请")
        if not desk.may_proceed(row.decision_id):
            open_ones = "、".join(duty.title for duty in desk.duties(row.decision_id) if duty.done_at is None)
            raise NotReadyToSign(f"签署前须先完成：{open_ones}（适当性决定 {row.decision_id}）")
        asked = SubscriptionAsk(
            client_no=row.client_no, service=row.service, plan=row.plan, asked_by=AskedBy(row.asked_by)
        )
        now = desk.answer(_request(asked, day)).outcome
        if now.rank > Outcome(row.outcome).rank:
            raise NotReadyToSign(
                f"申请之后情况有变，今天的适当性结论是“{now.label}”，申请时是“{Outcome(row.outcome).label}”；"
                "请撤回后重新申请"
            )

    def _check_price(self, row: SubscriptionRow, service: Service, day: date) -> None:
        """The price that was told still stands."""
        known = next((one for one in service.plans if one.plan.code == row.plan), None)
        if known is None or known.on_file.version != row.plan_version:
            raise NotForSale(f"申请时的方案 {row.plan} 第 {row.plan_version} 版在 {day} 已不再有效；请撤回后重新申请")

    def _advisor(self, service: Service, advisor_no: str, day: date) -> tuple[str, str]:
        """Number and name of who signs for the firm. Raises AdvisorNotRegistered, NoSuchStaff."""
        with rules_of(self._session, day):
            needed = act_needed(service.product.kind, day)
        if not advisor_no:
            if needed is not None:
                raise AdvisorNotRegistered(f"{service.product.kind.label}须由登记的证券投资顾问签约，请填写其工号")
            return "", ""
        staff = StaffService(self._session, everything(day))
        person = staff.get(advisor_no)
        if staff.branch_of(advisor_no, day) is None:
            raise AdvisorNotRegistered(f"{advisor_no} 在 {day} 不在岗，不能签约")
        if needed is not None and needed not in staff.acts(advisor_no, day):
            raise AdvisorNotRegistered(
                f"{advisor_no} 在 {day} 没有有效的证券投资顾问登记；{service.product.kind.label}请由有登记的同事签约"
            )
        return advisor_no, person.name


def _why(decision: Decision) -> dict[str, list[str]]:
    """For each reader the sentence of every rule that refuses; empty where none does."""
    refusing = [one for one in decision.verdicts if one.outcome is Outcome.REFUSE]
    return {audience: [one.says[audience] for one in refusing] for audience in AUDIENCES} if refusing else {}


def _request(ask: SubscriptionAsk, day: date) -> Request:
    return Request(
        client_no=ask.client_no, product_code=ask.service, asked_by=ask.asked_by, side=OrderSide.BUY, day=day
    )


def _check_state(row: SubscriptionRow, allowed: tuple[SubscriptionState, ...], act: str, day: date) -> None:
    """Raises StateRefused that says what the state is."""
    state = subscription_of(row, day).state
    if state not in allowed:
        told = "、".join(f"“{one.label}”" for one in allowed)
        assert row.id is not None
        raise StateRefused(f"{subscription_number(row.id)} 现在是“{state.label}”，不能{act}；须是{told}")

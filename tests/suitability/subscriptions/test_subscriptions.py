"""A subscription begins in one way only, and ends to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from clients.repository import NoSuchClient
from clients.staff.filing import Stamp
from clients.staff.problems import ChangedMeanwhile, NoSuchStaff
from kit.access import Actor, Reach, Role, Scope
from kit.trail.service import history
from market.services.problems import FalseDiscount, NotForSale
from market.services.types import FeeBasis
from suitability.levels import AskedBy, Outcome
from suitability.rating.service import RatingService
from suitability.subscriptions.fees import terminated
from suitability.subscriptions.problems import (
    AdvisorNotRegistered,
    AlreadySubscribed,
    AssetsUnknown,
    CancellationOver,
    DisclosureNotSigned,
    NoSuchSubscription,
    NotMadeForClient,
    NotReadyToSign,
    PaymentRefused,
    SignedByOthers,
    StateRefused,
)
from suitability.subscriptions.repository import id_of, paid_of
from suitability.subscriptions.service import SubscriptionService
from suitability.subscriptions.sources import information_sources
from suitability.subscriptions.types import Subscription, SubscriptionAsk, SubscriptionEventKind, SubscriptionState
from tests.market.services.drafts import TERM
from tests.suitability.assessment.desk import DAY
from tests.suitability.subscriptions.world import NONE, moment

S = SubscriptionState
FIFTH, SIXTH = date(2026, 3, 17), date(2026, 3, 18)  # working days after DAY, a Tuesday


def test_a_fitting_service_is_signed_after_what_has_to_be_told(world):
    one = world.apply()
    assert (one.state, one.outcome, str(one.fee)) == (S.APPLIED, Outcome.ALLOW, "99.00")
    with pytest.raises(NotReadyToSign, match="六项告知"):
        world.sign(one)

    world.do_duties(one)
    done = world.sign(one)

    assert (done.state, done.signed_on, done.cancel_until) == (S.ACTIVE, DAY, FIFTH)
    assert (done.ends_on, done.advisor_no, done.due) == (DAY + timedelta(days=29), "S1", Decimal("99.00"))
    detail = world.desk().detail("C1", one.number)
    assert [event.kind for event in detail.events] == [SubscriptionEventKind.APPLIED, SubscriptionEventKind.SIGNED]
    assert detail.events[1].evidence == detail.disclosure.digest
    assert [entry["action"] for entry in history(world.session, "subscription", one.number)] == [
        "subscription.signed", "subscription.applied",
    ]  # fmt: skip


def test_what_does_not_fit_is_filed_as_refused_and_never_signed(world):
    one = world.apply("V5", asked_by=AskedBy.FIRM)

    assert (one.state, one.outcome) == (S.REFUSED, Outcome.REFUSE)
    assert world.desk().detail("C1", one.number).duties == ()
    with pytest.raises(StateRefused, match="不合适，未受理"):
        world.sign(one)
    assert world.apply("V5").number != one.number  # asked again by the client: a new application


def test_a_refusal_says_why_to_each_reader(world):
    refused = world.apply("V5", asked_by=AskedBy.FIRM)

    assert "高于" in "".join(refused.why["client"])
    assert set(refused.why) == {"client", "advisor", "regulator"}
    assert world.desk().get("C1", refused.number).why == refused.why
    assert world.apply("V2").why == {}


def test_above_the_level_the_client_signs_after_every_duty_alone(world):
    one = world.apply("V5")
    assert one.outcome is Outcome.WARN
    for _ in range(2):
        with pytest.raises(NotReadyToSign, match="书面风险警示"):
            world.sign(one)

    at = world.do_duties(one)
    day = DAY + timedelta(days=1)  # the cooling-off lasts 24 hours

    assert at > moment(DAY, 23)
    assert world.sign(one, day).state is S.ACTIVE


def test_a_decision_does_not_keep_for_ever(world):
    one = world.apply()
    world.do_duties(one)
    with pytest.raises(NotReadyToSign, match="已过 30 天"):
        world.sign(one, DAY + timedelta(days=31))
    assert world.sign(one, DAY + timedelta(days=30)).state is S.ACTIVE


def test_where_today_would_be_answered_harder_nothing_is_signed(world):
    one = world.apply("V3")
    world.do_duties(one)
    world.session.execute(text("UPDATE product SET leads_to = 'P5' WHERE code = 'V3'"))
    RatingService(world.session).rate("V3", DAY + timedelta(days=2), Stamp(world.adviser().actor, moment(DAY)))
    with pytest.raises(NotReadyToSign, match="今天的适当性结论是"):
        world.sign(one, DAY + timedelta(days=2))


def test_the_price_that_was_told_must_stand(world):
    one = world.apply()
    world.do_duties(one)
    dearer = {**TERM, "valid_from": "2026-03-12", "replaces": 1, "terms": [{"days": 30, "price": 120}]}
    world.publish("V3", [dearer])
    with pytest.raises(NotForSale, match="第 1 版在 2026-03-12 已不再有效"):
        world.sign(one, date(2026, 3, 12))
    assert world.sign(one, date(2026, 3, 11)).fee == Decimal("99.00")


ADVISERS = [  # who signs, on which day, what is said
    ("", DAY, "须由登记的证券投资顾问签约"),
    ("S2", DAY, "S2 在 2026-03-10 没有有效的证券投资顾问登记"),
    ("S3", DAY, "没有有效的证券投资顾问登记"),
]


@pytest.mark.parametrize(("number", "day", "word"), ADVISERS)
def test_an_advice_service_needs_a_registered_adviser(world, number, day, word):
    one = world.apply()
    world.do_duties(one)
    with pytest.raises(AdvisorNotRegistered, match=word):
        world.sign(one, day, advisor_no=number)
    with pytest.raises(NoSuchStaff):
        world.sign(one, day, advisor_no="S9")


@pytest.mark.parametrize(("day", "good"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)])
def test_a_registration_counts_to_its_last_day(world, day, good):
    one = world.apply(day=day)
    world.do_duties(one, day)
    if good:
        assert world.sign(one, day).advisor_no == "S1"
    else:
        with pytest.raises(AdvisorNotRegistered, match="2026-07-01"):
            world.sign(one, day)


def test_the_client_signs_what_was_shown(world):
    one = world.apply()
    world.do_duties(one)
    with pytest.raises(DisclosureNotSigned, match="不是同一份"):
        world.sign(one, signed_text=NONE)
    with pytest.raises(SignedByOthers, match="须由客户本人签署"):
        world.sign(one, stamp=world.adviser())
    with pytest.raises(DisclosureNotSigned, match="SHA-256"):
        world.sign(one, stamp=world.adviser(), on_paper=True, signed_text="")
    assert world.sign(one, stamp=world.adviser(), on_paper=True, signed_text=NONE).state is S.ACTIVE


def test_one_service_at_a_time(world):
    one = world.signed()
    with pytest.raises(AlreadySubscribed, match=f"{one.number}（服务中）"):
        world.apply()
    assert world.apply("V2").state is S.APPLIED
    after = DAY + timedelta(days=30)
    assert world.desk(after).get("C1", one.number).state is S.EXPIRED
    assert world.apply(day=after).state is S.APPLIED


def test_a_client_cannot_say_that_the_firm_asked(world):
    ask = SubscriptionAsk(client_no="C1", service="V3", plan="TERM", asked_by=AskedBy.FIRM, days=30)
    with pytest.raises(SignedByOthers, match="只能是 CLIENT"):
        world.desk().apply(ask, world.me())


CANCELS = [  # the day, the hour, good, why
    (DAY, 10, True, "at once"),
    (FIFTH, 23, True, "the last hour of the fifth working day, 23:00 in Shanghai"),
    (SIXTH, 0, False, "an hour later it is the sixth"),
    (date(2026, 3, 15), 10, True, "a Sunday in between"),
]


@pytest.mark.parametrize(("day", "hour", "good", "why"), CANCELS)
def test_cancelling(world, day, hour, good, why):
    one = world.pay(world.signed())
    if not good:
        with pytest.raises(CancellationOver, match=r"止于 2026-03-17 二十四时.*可以终止协议"):
            world.cancel(one, day, stamp=world.me(day, hour))
        return
    done = world.cancel(one, day, stamp=world.me(day, hour))

    assert (done.state, str(done.refunded), done.due) == (S.CANCELLED, "99.00", Decimal(0)), why


def test_signed_on_a_holiday_and_over_one(world):
    holiday = date(2026, 5, 2)  # 劳动节; trading again on the sixth
    one = world.signed(day=holiday)
    assert one.cancel_until == date(2026, 5, 12)
    with pytest.raises(CancellationOver):
        world.cancel(one, date(2026, 5, 13))
    assert world.cancel(one, date(2026, 5, 12)).state is S.CANCELLED


def test_a_notice_counts_by_the_day_on_which_it_was_given(world):
    one = world.signed()
    by = {"stamp": world.adviser(SIXTH)}
    with pytest.raises(SignedByOthers, match="附通知的 SHA-256"):
        world.cancel(one, SIXTH, **by, noticed_on=FIFTH)
    for noticed in (DAY - timedelta(days=1), SIXTH + timedelta(days=1)):
        with pytest.raises(StateRefused, match="应在签署日"):
            world.cancel(one, SIXTH, **by, noticed_on=noticed, evidence=NONE)
    with pytest.raises(CancellationOver):
        world.cancel(one, SIXTH, **by, evidence=NONE)
    assert world.cancel(one, SIXTH, **by, noticed_on=FIFTH, evidence=NONE).state is S.CANCELLED


def test_what_is_not_signed_is_withdrawn_without_a_fee(world):
    done = world.cancel(world.apply())

    assert (done.state, done.due, done.refunded) == (S.WITHDRAWN, Decimal(0), Decimal("0.00"))
    with pytest.raises(StateRefused, match="签署前撤回"):
        world.cancel(done)


def test_ending_early_gives_back_what_was_not_served(world):
    one = world.pay(world.signed())
    with pytest.raises(StateRefused, match="还在解除期内"):
        world.desk().terminate("C1", one.number, expected_version=one.version, stamp=world.me(), reason="搬家")
    day = DAY + timedelta(days=9)  # the tenth day
    done, told = world.desk(day).terminate(
        "C1", one.number, expected_version=one.version, stamp=world.me(day), reason="搬家"
    )

    assert (str(told.used), str(told.refund), str(told.owed)) == ("33.00", "66.00", "0.00")
    assert (done.state, str(done.fee), str(done.refunded)) == (S.TERMINATED, "33.00", "66.00")


def subscription(basis="TERM", days=30, size=None, fee="99.00", paid="99.00"):
    return Subscription(
        number="FW1", version=1, client_no="C1", service="V", service_name="V", plan="T", plan_name="T",
        plan_version=1, basis=FeeBasis(basis), days=days, size=size, decision_id="D", outcome=Outcome.ALLOW,
        asked_by=AskedBy.CLIENT, state=S.ACTIVE, applied_on=DAY, signed_on=DAY, ends_on=None, cancel_until=DAY,
        advisor_no="", advisor_name="", fee=Decimal(fee), paid=Decimal(paid), refunded=Decimal(0), closed_on=None,
        says=(), notes=(), why={}, retain_until=DAY,
    )  # fmt: skip


def test_ending_by_use_and_by_commission():
    uses = subscription("PER_USE", None, Decimal(3), "100.00", "100.00")
    assert [str(terminated(uses, DAY, n).refund) for n in (0, 1, 2, 3)] == ["100.00", "66.67", "33.33", "0.00"]
    for wrong in (None, -1, 4):
        with pytest.raises(StateRefused, match="已用次数（0 至 3）"):
            terminated(uses, DAY, wrong)
    with pytest.raises(StateRefused, match="不按次收费"):
        terminated(subscription(), DAY, 1)
    assert terminated(subscription("COMMISSION", None, Decimal(1), "0.00", "0.00"), DAY, None).owed == 0


@given(
    fee=st.decimals(0, 100_000, places=2), share=st.integers(0, 100), days=st.integers(1, 720),
    served=st.integers(0, 800),
)
def test_used_refund_and_owed_balance(fee, share, days, served):
    paid = (fee * share / 100).quantize(Decimal("0.01"))
    told = terminated(subscription(days=days, fee=str(fee), paid=str(paid)), DAY + timedelta(days=served), None)

    assert Decimal(0) <= told.used <= fee
    assert told.used + told.refund == paid + told.owed
    assert min(told.refund, told.owed) == 0
    assert served + 1 < days or told.used == fee


@pytest.mark.parametrize(("amount", "reference", "word"), [
    ("0", "R1", "大于 0"), ("-1", "R1", "大于 0"), ("99.01", "R1", "还应付 99.00 元"), ("0.001", "R1", "精确到分"),
    ("1", " ", "入账流水号"),
])  # fmt: skip
def test_a_payment_that_cannot_be(world, amount, reference, word):
    one = world.signed()
    with pytest.raises(PaymentRefused, match=word):
        world.desk().pay(
            "C1", one.number, Decimal(amount), expected_version=one.version, stamp=world.adviser(), reference=reference
        )


def test_paid_in_parts(world):
    one = world.pay(world.signed(), "40")
    assert (str(one.due), str(one.paid)) == ("59.00", "40.00")
    told = paid_of(world.session, "V3", DAY, DAY)
    assert [(one.counts, one.reason) for one in told] == [(False, "未付清，已付 40.00 元")]
    world.pay(one, "59", DAY + timedelta(days=1))
    (told,) = paid_of(world.session, "V3", DAY + timedelta(days=1), DAY + timedelta(days=1))
    assert (told.counts, told.price, told.days, told.plan) == (True, Decimal(99), 30, "TERM")


def test_what_was_given_back_was_not_paid(world):
    """A price at which all subscribers cancelled is nobody's price: the discount from it is refused."""
    one = world.pay(world.signed())
    promo = {
        **TERM, "code": "PROMO", "valid_from": "2026-03-16", "valid_to": "2026-03-31", "signal": "PROMOTION",
        "signal_detail": "开门红", "terms": [{"days": 30, "price": "58"}],
        "reference": {"price": "99", "plan": "TERM", "days": 30},
    }  # fmt: skip
    trial = world.session.begin_nested()
    assert world.publish("V3", [promo]).evidence["PROMO"]["looked_at"][0]["subscription"] == one.number
    trial.rollback()
    world.cancel(one, DAY)
    with pytest.raises(FalseDiscount, match=f"{one.number} 2026-03-10 99.00 元（已在解除期内退费，不计）"):
        world.publish("V3", [promo])


def test_assets_are_those_on_file_or_those_agreed(world):
    with pytest.raises(AssetsUnknown, match="请给出协商的资产规模"):
        world.apply(plan="ASSETS", days=365)
    one = world.apply(plan="ASSETS", days=365, size=Decimal("500000"))
    assert str(one.fee) == "1750.00"


def test_a_commission_plan_is_due_with_the_trades(world):
    one = world.signed(plan="COMM", size=Decimal(10_000_000))
    assert (one.fee, one.ends_on, one.due) == (Decimal("0.00"), None, Decimal(0))
    assert paid_of(world.session, "V3", DAY, DAY)[0].price == Decimal("0.0008")


def test_made_for_others(world):
    """No style is on file of C1: told, not refused."""
    world.publish("V2", [], styles=["SPECIALIST"], valid_from="2026-03-11")
    one = world.apply("V2", day=date(2026, 3, 11))
    assert one.notes == ("服务面向决策风格为专业型的客户；这位客户还没有决策风格",)


@pytest.mark.parametrize(("asked_by", "refused"), [(AskedBy.FIRM, True), (AskedBy.CLIENT, False)])
def test_the_firm_does_not_offer_what_was_made_for_others(world, monkeypatch, asked_by, refused):
    world.publish("V2", [], styles=["SPECIALIST"], levels=["A"], valid_from="2026-03-11")
    known = {"STYLE": "DEPENDENT", "ABCD": "A"}
    monkeypatch.setattr("suitability.subscriptions.service.graded", lambda *_: known)
    if refused:
        with pytest.raises(NotMadeForClient, match="为专业型的客户；这位客户是依赖型；公司不得主动推介"):
            world.apply("V2", day=date(2026, 3, 11), asked_by=asked_by)
    else:
        assert world.apply("V2", day=date(2026, 3, 11), asked_by=asked_by).notes


def test_who_sees_and_who_was_faster(world):
    one = world.apply()
    other = SubscriptionService(world.session, Scope(Reach.OWN, "client:C2", DAY))
    with pytest.raises(NoSuchSubscription):
        other.get("C1", one.number)
    with pytest.raises(NoSuchClient):
        other.list("C1")
    with pytest.raises(NoSuchSubscription):
        world.desk().get("C2", one.number)
    with pytest.raises(ChangedMeanwhile, match="第 9 版"):
        world.desk().cancel("C1", one.number, expected_version=9, stamp=world.me())


@pytest.mark.parametrize("text", ["", "FW", "FWx", "FW-1", "M0000001", "FW１２", "FW" + "9" * 20])
def test_numbers_that_are_none(text):
    assert id_of(text) is None


def test_events_cannot_be_changed(world):
    world.apply()
    with pytest.raises(DatabaseError, match="append-only"):
        world.session.execute(text("DELETE FROM subscription_event"))


def test_a_stranger_to_the_client_is_no_client(world):
    one = world.apply()
    world.do_duties(one)
    stranger = Stamp(Actor("U-C2", "客户 C2", Role.CLIENT, "client:C2"), moment(DAY))
    with pytest.raises(SignedByOthers):
        world.sign(one, stamp=stranger)


def test_advisory_services_that_were_used_are_sources_of_information(world):
    def told(day):
        return {name: column.tolist() for name, column in information_sources(world.session, day, ["C1", "C2"]).items()}

    one = world.signed()
    after = DAY + timedelta(days=1)

    assert told(DAY - timedelta(days=1)) == {}, "that nobody signed is no evidence of anything"
    assert told(DAY) == told(one.ends_on + timedelta(days=364)) == {"information_sources": [1.0, 0.0]}
    assert told(one.ends_on + timedelta(days=365)) == {"information_sources": [0.0, 0.0]}
    world.cancel(one, after)
    assert told(after) == {}, "what was cancelled within its days was not used"

"""A client with an assessment; services of low, middle and high risk; two who advise, one of them registered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from clients.staff.filing import Stamp
from clients.staff.tables import PostRow, QualificationRow, StaffRow
from kit.access import Actor, Role, everything
from kit.trail.entry import Origin
from market.products.tables import ProductRow
from market.products.types import FACTORS
from market.services.reading import draft_from
from market.services.service import ServiceCatalogue, Stamped
from suitability.assessment.types import Channel
from suitability.desk import matching_desk
from suitability.levels import AskedBy
from suitability.matching.service import PROVEN
from suitability.rating.service import RatingService
from suitability.subscriptions.repository import paid_of
from suitability.subscriptions.service import SubscriptionService
from suitability.subscriptions.types import SubscriptionAsk
from tests.market.services.drafts import ASSETS, CARD, COMMISSION, TERM, USES
from tests.suitability.assessment.desk import ADVISOR, DAY, Desk, client_actor

BOOKKEEPER = Actor("U7", "结算", Role.SERVICE)
PUBLISHER = Actor("U8", "产品岗", Role.COMPLIANCE)
NONE = "sha256:" + "0" * 64
SERVICES = {"V2": 1, "V3": 2, "V5": 5}  # code: step of every factor of what it leads to


def moment(day: date, hour: int = 10) -> datetime:
    """An hour of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


class World:
    """What the tests of subscriptions do: C3 `C1`, adviser S1, S2 without a licence."""

    def __init__(self, session):
        self.session = session

    def lay_out(self):
        """What every test begins with."""
        session = self.session
        desk = Desk(session)
        desk.client("C1")
        desk.assessed("C1", "C3", intended_types="C", intended_term="C")  # shares, for any time
        for number, licence in (("S1", "INVESTMENT_ADVISER"), ("S2", "GENERAL"), ("S3", None)):
            self.staff(number, licence)
        for code, step in SERVICES.items():
            session.add(ProductRow(
                code=f"P{step}", name=f"产品{step}", kind="MIXED_FUND", leads_to="", factors_on=DAY,
                **{factor.value: step for factor in FACTORS},
            ))  # fmt: skip
            session.add(ProductRow(code=code, name=f"服务{step}", kind="ADVICE", leads_to=f"P{step}"))
        session.flush()
        RatingService(session).rate_all(DAY, Stamp(PUBLISHER, moment(DAY)))
        plans = [{**one, "valid_from": DAY.isoformat()} for one in (TERM, ASSETS, USES, COMMISSION)]
        for code in SERVICES:
            self.publish(code, plans)

    def staff(self, number, licence):
        row = StaffRow(staff_no=number, name=f"员工{number}")
        self.session.add(row)
        self.session.flush()
        self.session.add(PostRow(staff_id=row.id, post="ADVISOR", valid_from=date(2024, 1, 2)))
        if licence:
            self.session.add(QualificationRow(
                staff_id=row.id, licence=licence, valid_from=date(2024, 1, 2), valid_to=date(2026, 6, 30)
            ))  # fmt: skip
        self.session.flush()

    def publish(self, code, plans, day=DAY, **card):
        told = {**CARD, "valid_from": DAY.isoformat(), **card}
        draft = draft_from({"code": code, "card": told, "plans": plans})
        by = Stamped(PUBLISHER, moment(day), Origin())
        return ServiceCatalogue(self.session).publish(draft, by, lambda *asked: paid_of(self.session, *asked))

    def desk(self, day=DAY):
        return SubscriptionService(self.session, everything(day))

    def me(self, day=DAY, hour=10):
        return Stamp(client_actor("C1"), moment(day, hour))

    def adviser(self, day=DAY):
        return Stamp(ADVISOR, moment(day))

    def apply(self, service="V3", plan="TERM", day=DAY, asked_by=AskedBy.CLIENT, **more):
        if plan == "TERM":
            more = {"days": 30, **more}
        ask = SubscriptionAsk(client_no="C1", service=service, plan=plan, asked_by=asked_by, **more)
        return self.desk(day).apply(ask, self.me(day) if asked_by is AskedBy.CLIENT else self.adviser(day))

    def do_duties(self, one, day=DAY):
        """Everything that the decision asks for, in an order in which it can be done; what waits is waited for."""
        matching = matching_desk(self.session, everything(day))
        order = {"TELL": 0, "WRITE": 1, "RECORD": 2, "CALL": 2, "WAIT": 3, "CONFIRM": 4}
        at = moment(day, 11)
        for duty in sorted(matching.duties(one.decision_id), key=lambda duty: order[duty.form]):
            waited = matching.duties(one.decision_id)
            until = next(late.not_before for late in waited if late.id == duty.id)
            at = max(at, until) if until else at
            matching.complete(
                one.decision_id, duty.id, Stamp(client_actor("C1"), at), channel=Channel.APP.value,
                evidence=NONE if duty.form in PROVEN else "",
            )  # fmt: skip
        return at

    def sign(self, one, day=DAY, **instead):
        text = self.desk(day).disclosure(one.service).digest
        told = {"signed_text": text, "advisor_no": "S1", "stamp": self.me(day), **instead}
        return self.desk(day).sign("C1", one.number, expected_version=one.version, **told)

    def signed(self, service="V3", plan="TERM", day=DAY, **more):
        one = self.apply(service, plan, day, **more)
        self.do_duties(one, day)
        return self.sign(one, day)

    def pay(self, one, amount=None, day=DAY):
        return self.desk(day).pay(
            "C1", one.number, Decimal(amount or one.fee), expected_version=one.version,
            stamp=Stamp(BOOKKEEPER, moment(day)), reference="RZ0001",
        )  # fmt: skip

    def cancel(self, one, day=DAY, **more):
        told = {"stamp": self.me(day), "reason": "不需要了", **more}
        return self.desk(day).cancel("C1", one.number, expected_version=one.version, **told)

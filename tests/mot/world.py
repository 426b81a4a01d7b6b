"""A small house for the tests of moments: one branch with four advisers and another with one, sixty clients who agreed.

Scenarios are those that ship, previewed and approved. Clients are professional investors, so that rated products fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from clients.repository import ClientRepository
from clients.staff.filing import Stamp
from clients.staff.tables import BranchRow, PostRow, QualificationRow, RelationRow, StaffRow
from clients.tables import AccountRow, ClientRow
from kit.access import Actor, Role, everything
from kit.clock import SHANGHAI
from market.products.tables import ProductRow
from market.products.types import Factor
from market.services.reading import draft_from
from market.services.service import ServiceCatalogue, Stamped
from mot.contact.tables import PreferenceRow
from mot.events.kinds import event_kind
from mot.events.tables import EventRow
from mot.events.types import event_digest
from mot.features import ClientBook, book_of
from mot.matching.holdout import Holdout
from mot.scenario.desk import ScenarioDesk
from mot.tasks.assignment import servers_on
from mot.tasks.making import Made, TaskMaker
from mot.tasks.ports import Keeping
from suitability.category.tables import ApplicationRow, DecisionRow, RevocationRow
from suitability.levels import InvestorCategory
from suitability.rating.service import RatingService

DAY = date(2026, 3, 2)  # a Monday
SINCE = date(2024, 1, 2)
CLIENTS = tuple(f"C{number:02d}" for number in range(1, 61))
ADVISERS = ("S2", "S3", "S4", "S6")
PRODUCTS = ("M1", "M2")
SERVICES = {"V1": "ADVICE", "V2": "CONDITIONAL_ORDER", "V3": "ADVICE"}  # V3 has no price
NOBODY_LEFT_OUT = Holdout(b"a key of the test, no secret", 0.0)
FACTS: Mapping[str, Any] = {
    "client_kind": "NATURAL", "age": 62, "days_as_client": 100, "account_open": True, "deceased": False,
    "has_advisor": True, "complaint_open": False, "children": 1, "assets_yuan": 2_000_000.0, "cash_yuan": 800_000.0,
    "cash_share": 0.4, "equity_share": 0.6, "top_share": 0.5, "client_level": "C3", "lowest_class": False,
    "assessment_valid": True, "assessment_days_left": 30, "mismatch_open": False, "products_held": 2,
}  # fmt: skip
YOUNG: Mapping[str, Mapping[str, Any]] = {
    "new-household": {"age": 30}, "advice-after-inflow": {"cash_share": 0.2},
    "large-inflow-service": {"client_kind": "INSTITUTION"},  # nor is a service spoken of while that one rests
}  # fmt: skip
"""What a scenario asks that the others do not."""


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(UTC)


def stamp(day: date = DAY, hour: int = 10, role: Role = Role.SERVICE, who: str = "house", subject: str = "") -> Stamp:
    return Stamp(Actor(f"u-{who}", who, role, subject), at(day, hour))


def adviser(number: str, day: date = DAY, hour: int = 10) -> Stamp:
    return stamp(day, hour, Role.ADVISOR, number, f"staff:{number}")


def supervisor(day: date = DAY, hour: int = 10) -> Stamp:
    return stamp(day, hour, Role.SUPERVISOR, "S1", "staff:S1")


def settle(session: Session) -> None:
    """Branches, people, clients with accounts and wishes, products that are rated, scenarios in force."""
    _people(session)
    for place, number in enumerate(CLIENTS):
        client = ClientRow(client_no=number, name=f"客户{number}", kind="NATURAL", birth_date=date(1964, 3, 9))
        session.add(client)
        session.flush()
        session.add(AccountRow(account_no=f"A{number}", client_id=client.id, opened_on=SINCE))
        person = session.exec(select(StaffRow).where(StaffRow.staff_no == ADVISERS[place % 4])).one()
        session.add(RelationRow(client_id=client.id, staff_id=person.id, role="MAIN", valid_from=SINCE))
        session.add(PreferenceRow(
            client_id=client.id, valid_from=SINCE, consent_service=True, consent_marketing=True, told_by="client",
            told_at=at(SINCE),
        ))  # fmt: skip
        professional(session, client)
    for number in PRODUCTS:
        factors = {factor.value: 1 for factor in Factor} | {"factors_on": SINCE}
        session.add(ProductRow(
            code=number, name=f"现金产品{number}", kind="MONEY_FUND", issuer="样例基金", leads_to="",
            expected_return_low=Decimal("0.01"), expected_return_high=Decimal("0.02"), launched_on=SINCE, **factors,
        ))  # fmt: skip
    for number, kind in SERVICES.items():
        session.add(ProductRow(code=number, name=f"服务{number}", kind=kind, leads_to="M1", launched_on=SINCE))
    session.flush()
    RatingService(session).rate_all(SINCE, stamp(SINCE))
    for number in ("V1", "V2"):
        publish(session, number)
    approve_shipped(session, SINCE)


def publish(session: Session, number: str, **card: Any) -> None:
    """The service has a card and a price from the first day on."""
    told = {"summary": "每月一份组合说明", "contents": ["组合说明"], "delivery": "电话", "valid_from": SINCE}
    month = {"days": 30, "price": 90}
    plan = {"code": "TERM", "name": "按期限", "basis": "TERM", "valid_from": SINCE, "terms": [month]}
    by = stamp(SINCE)
    ServiceCatalogue(session).publish(
        draft_from({"code": number, "card": told | card, "plans": [plan]}), Stamped(by.actor, by.at, by.origin),
        lambda *_: (),
    )


def _people(session: Session) -> None:
    branches = {}
    for number in ("B1", "B2"):
        branches[number] = BranchRow(branch_no=number, name=f"营业部{number}")
        session.add(branches[number])
    session.flush()
    posts = {"S1": ("SUPERVISOR", "B1"), "S5": ("ADVISOR", "B2"), **dict.fromkeys(ADVISERS, ("ADVISOR", "B1"))}
    for number, (post, branch) in posts.items():
        person = StaffRow(staff_no=number, name=f"员工{number}")
        session.add(person)
        session.flush()
        session.add(PostRow(staff_id=person.id, branch_id=branches[branch].id, post=post, valid_from=SINCE))
        session.add(QualificationRow(staff_id=person.id, licence="INVESTMENT_ADVISER", valid_from=SINCE))


def professional(session: Session, client: ClientRow) -> None:
    applied = ApplicationRow(
        client_id=client.id, direction="UPGRADE", test="PRO_II", applied_on=SINCE, applied_at=at(SINCE),
        applied_by="house", risk_acknowledged=True, evidence=[], document="sha256:" + "0" * 64,
    )  # fmt: skip
    session.add(applied)
    session.flush()
    session.add(DecisionRow(
        application_id=applied.id, client_id=client.id, granted=True,
        category=list(InvestorCategory).index(InvestorCategory.PRO_II), effective_from=SINCE, reasons=[], rules="1",
        decided_at=at(SINCE), decided_by="other",
    ))  # fmt: skip


def approve_shipped(session: Session, day: date) -> None:
    desk, by = ScenarioDesk(session), stamp(day, role=Role.COMPLIANCE, who="officer")
    desk.install(by)
    for one in desk.list():
        seen = desk.previewed(one.scenario.id, one.scenario.version, {}, expected_version=one.version, stamp=by)
        desk.approve(one.scenario.id, one.scenario.version, note="可以", expected_version=seen.version, stamp=by)


def happened(
    session: Session, client_no: str, kind: str, day: date = DAY, ref: str = "", **facts: Any
) -> EventRow:
    """An event on file, of whatever source the kind has."""
    known = event_kind(kind, day)
    row = EventRow(
        digest=event_digest(client_no, kind, day, ref), client_no=client_no, kind=kind, family=known.family.value,
        occurred_on=day, ref=ref, source=known.sources[0].value, confidence=known.confidence,
        tentative=known.confidence < 100, expires_on=date.fromordinal(day.toordinal() + known.expires_days),
        facts=facts, amount=facts.get("amount_yuan"), filed_at=at(day), filed_by="house",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def book(numbers: Sequence[str] = CLIENTS, **own: Mapping[str, Any]) -> ClientBook:
    """Clients with facts that meet every scenario's condition; own: what one of them has otherwise."""
    return book_of([(one, {**FACTS, **own.get(one, {})}) for one in numbers])


def make(
    session: Session, day: date = DAY, *, own: Mapping[str, Mapping[str, Any]] | None = None,
    outbox: Keeping | None = None, holdout: Holdout = NOBODY_LEFT_OUT, dry: bool = False, **more: Any,
) -> Made:  # fmt: skip
    """The day's judging over this house."""
    clients = ClientRepository(session, everything(day)).clients()
    maker = TaskMaker(
        session, stamp(day), day, clients=clients, book=book([one.client_no for one in clients], **(own or {})),
        servers=servers_on(session, day), scenarios=ScenarioDesk(session).in_force(day), holdout=holdout,
        outbox=outbox or Keeping(),
    )  # fmt: skip
    return maker.run(dry=dry, **more)


def client_id(session: Session, number: str) -> int:
    return int(session.exec(select(ClientRow.id).where(col(ClientRow.client_no) == number)).one() or 0)


def ordinary(session: Session, number: str, when: datetime | None = None) -> None:
    """The client is an ordinary investor again, without any assessment: nothing may be recommended. Once is enough."""
    decided = session.scalars(
        select(DecisionRow).where(col(DecisionRow.client_id) == client_id(session, number))
    ).one()
    if session.scalars(select(RevocationRow).where(col(RevocationRow.decision_id) == decided.id)).first() is None:
        session.add(RevocationRow(
            decision_id=decided.id, effective_from=DAY, reason="试", revoked_at=when or at(DAY), revoked_by="x"
        ))  # fmt: skip
    session.flush()

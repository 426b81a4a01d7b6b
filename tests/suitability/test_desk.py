"""What the desk gathers: the profile beside the assessment, one client and the book alike, accounts of one's own."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import event

from clients.household.service import HouseholdService
from clients.household.types import Member, MemberRole
from clients.repository import ClientRepository, NoSuchAccount
from clients.staff.filing import Stamp
from clients.tables import AccountRow
from kit.access import everything
from kit.rulebook import load_rulebook
from market.products.tables import ProductRow
from market.products.types import FACTORS
from suitability.assessment.service import assessment_columns
from suitability.desk import FactsReader, matching_desk
from suitability.facts import HoldingFacts, Request
from suitability.levels import AskedBy, Bias, ClientLevel, OrderSide, Outcome
from suitability.matching.book import OF_CLIENT, OF_PRODUCT, scan
from suitability.matching.cases import Facts, cases_of
from suitability.matching.rules import judge, worst
from suitability.profile.facts import profile_columns
from suitability.profile.policy import Objective, Policy
from suitability.profile.service import ProfileService
from suitability.rating.service import RatingService
from tests.clients.household.households import item
from tests.suitability.assessment.desk import ADVISOR, DAY, NOW, OFFICER, Desk, client_actor, stamp
from tests.suitability.profile.inputs import habits

RULES = load_rulebook("suitability", "matching")
CLIENTS = ("C1", "C2", "C3", "C4")
PRODUCTS = {"P2": (2, 0), "P3": (3, 400), "P5": (5, 0)}  # every factor, days of lock-up


def product(code, step, lockup):
    return ProductRow(
        code=code, name=f"产品{code}", kind="MIXED_FUND", issuer="样例基金", lockup_days=lockup, leads_to="",
        expected_return_low=Decimal("0.02"), expected_return_high=Decimal("0.04"), factors_on=DAY - timedelta(days=9),
        **{factor.value: step for factor in FACTORS},
    )  # fmt: skip


@pytest.fixture
def book(session):
    """C1 has a poor household, C2 a statement, C3 habits, C4 an assessment alone."""
    desk = Desk(session)
    for number, level in zip(CLIENTS, ("C4", "C3", "C4", "C5"), strict=True):
        desk.client(number)
        desk.assessed(number, level)
    house = HouseholdService(session, everything(DAY))
    me = Member(member_no="M1", role=MemberRole.SELF, client_no="C1", birth_date=date(1980, 5, 6))
    house.add("H1", [me], date(2025, 1, 1), Stamp(ADVISOR, NOW))
    for one in (item("ASSET", "CASH", 4_000, as_of=DAY), item("SPENDING", "LIVING", 60_000, as_of=DAY)):
        house.record("H1", one, Stamp(ADVISOR, NOW))
    profiles = ProfileService(session, everything(DAY))
    policy = Policy(
        objective=Objective.GROWTH, expected_return=0.05, term=None, types=None, max_lock_days=90,
    )  # fmt: skip
    drafted = profiles.draft("C2", policy, stamp())
    profiles.confirm(drafted.id, stamp(client_actor("C2")), shown_digest=drafted.digest)
    for number in CLIENTS[:3]:
        seen = habits("CHASING", unseen=()) if number == "C3" else None
        profiles.file(profiles.make(number, DAY, seen), stamp(OFFICER))
    session.add_all([product(code, *terms) for code, terms in PRODUCTS.items()])
    session.flush()
    RatingService(session).rate_all(DAY, stamp())
    return session


def test_the_profile_stands_beside_the_assessment(book):
    read = FactsReader(book, everything(DAY)).client
    poor, stated, busy, plain = (read(number, DAY) for number in CLIENTS)

    assert (poor.confirmed_level, poor.level) == (ClientLevel.C4, ClientLevel.C2)
    assert (poor.reserve_months, poor.as_of["level"]) == (0.8, DAY)
    assert (stated.expected_return, stated.lock_limit_days, stated.level) == (0.05, 90, ClientLevel.C3)
    assert (busy.biases, busy.level) == (frozenset({Bias.CHASING}), ClientLevel.C4)
    assert (plain.expected_return, plain.lock_limit_days, plain.reserve_months, plain.biases) == (
        None, None, None, frozenset(),
    )  # fmt: skip


@pytest.mark.parametrize("asked_by", AskedBy)
def test_a_single_check_and_the_scan_of_the_book_agree(book, asked_by):
    reader = FactsReader(book, everything(DAY))
    request = Request(client_no="C", product_code="P", asked_by=asked_by, side=OrderSide.BUY, day=DAY)
    clients = [reader.client(number, DAY) for number in CLIENTS]
    products = [RatingService(book).product_facts(code, DAY) for code in PRODUCTS]
    nothing = HoldingFacts()
    pairs = [
        Facts(client=one, product=other, request=request, holding=nothing) for one in clients for other in products
    ]
    single = worst(judge(cases_of(pairs), RULES), len(pairs))

    columns = {name: getattr(cases_of(pairs[:: len(products)]), name) for name in OF_CLIENT}
    columns |= columns_of_book(book)
    across = {name: getattr(cases_of(pairs[: len(products)]), name) for name in OF_PRODUCT}
    found = scan(columns, across, DAY, asked_by, RULES)
    places = np.indices((len(clients), len(products)))

    assert np.array_equal(found.of(places[0].ravel(), places[1].ravel()), single)
    assert len(set(single.tolist())) > 1


def test_a_stored_check_asks_the_database_little(book):
    """However rich the client: facts, decision and trail in 13 statements; in three pipelines where there are such."""
    owner = ClientRepository(book, everything(DAY)).client("C2")
    book.add(AccountRow(account_no="A2", client_id=owner.id, opened_on=DAY))
    book.flush()
    request = Request(client_no="C2", product_code="P3", asked_by=AskedBy.FIRM, side=OrderSide.BUY, day=DAY)
    decide = matching_desk(book, everything(DAY)).decide
    decide(request, stamp(OFFICER))  # files the rule sets, replays the ledger
    book.info.clear()  # what is approved is read anew by the next request
    with counted(book) as statements:
        filed = matching_desk(book, everything(DAY)).decide(request, stamp(OFFICER))

    assert (filed.facts.client.level, filed.facts.client.lock_limit_days) == (ClientLevel.C3, 90)
    most = 13 if book.get_bind().dialect.name == "sqlite" else 1  # the rest went in pipelines
    assert len(statements) <= most, "\n".join(statements)


@contextmanager
def counted(session):
    """Every statement that goes through the engine meanwhile."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)


def columns_of_book(session):
    """What assessment and profile say of the four clients, as the scan reads them."""
    ids = ClientRepository(session, everything(DAY)).clients_by_no(CLIENTS)
    order = np.array([ids[number].id for number in CLIENTS])
    assessed, profiles = assessment_columns(session, DAY), profile_columns(session, DAY)
    level = assessed.level[np.searchsorted(assessed.client_id, order)]
    place = np.searchsorted(profiles.client_id, order[:3])
    told = {"client_rank": profiles.lower(order, level)}
    for name, unknown in (
        ("expected_return", np.nan), ("lock_limit", 10**6), ("reserve_months", np.nan), ("biases", 0)
    ):  # fmt: skip
        told[name] = np.append(getattr(profiles, name)[place], unknown)
    return told


def test_a_check_names_the_level_that_finances_bear(book):
    desk = matching_desk(book, everything(DAY))
    asked = Request(client_no="C1", product_code="P3", asked_by=AskedBy.FIRM, side=OrderSide.BUY, day=DAY)
    answer = desk.answer(asked)
    hit = {one.rule: one for one in answer.verdicts if one.hit}

    assert answer.outcome is Outcome.REFUSE
    assert {"SUIT-101", "SUIT-115"} <= set(hit)
    read = {fact.field: fact.value for fact in hit["SUIT-101"].facts}
    assert read["client.level"] == "C2"


def test_an_account_of_somebody_else_is_not_the_clients(book):
    desk = matching_desk(book, everything(DAY))

    with pytest.raises(NoSuchAccount, match="A9"):
        desk.answer(Request(
            client_no="C1", product_code="P2", asked_by=AskedBy.CLIENT, side=OrderSide.BUY, day=DAY, account_no="A9",
        ))  # fmt: skip

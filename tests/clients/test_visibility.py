"""A scope as SQL: who serves whom on a day decides what is seen, and what is not seen answers as if not there."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from clients.repository import ClientRepository, NoSuchAccount, NoSuchClient
from clients.staff.periods import OPEN
from clients.tables import AccountRow, CashflowRow, ClientRow, TradeRow
from clients.visibility import account_nos_served, visible_account_nos, visible_clients, visible_staff
from kit.access import Reach, Scope, everything
from kit.db import engine
from market.tables import InstrumentRow
from tests.clients.people import DAY, EVERYTHING, People, book, branch

BEFORE, AFTER = DAY - timedelta(1), DAY + timedelta(1)


@pytest.fixture
def people(session):
    return People(session)


def seen(session, scope):
    """Numbers of the clients that a scope shows."""
    wanted = select(ClientRow.client_no).where(ClientRow.id.in_(visible_clients(scope)))
    return set(session.scalars(wanted))


PERIODS = [  # first, last, seen on DAY, which boundary
    (DAY, DAY, True, "a single day is its own first and last"),
    (DAY, OPEN, True, "on the first day"),
    (AFTER, OPEN, False, "the day before the first"),
    (date(2020, 1, 1), DAY, True, "on the last day"),
    (date(2020, 1, 1), BEFORE, False, "the day after the last"),
]


@pytest.mark.parametrize(("first", "last", "expected", "why"), PERIODS)
def test_a_relation_shows_the_client_on_its_first_and_last_day(session, people, first, last, expected, why):
    people.person("S1")
    people.client("C1")
    people.serves("S1", "C1", first=first, last=last)

    assert ("C1" in seen(session, book("S1"))) is expected, why


@pytest.mark.parametrize(("first", "last", "expected", "why"), PERIODS)
def test_whoever_holds_no_post_on_the_day_sees_nobody(session, people, first, last, expected, why):
    people.person("S1", first=first, last=last)
    people.client("C1")
    people.serves("S1", "C1")

    assert ("C1" in seen(session, book("S1"))) is expected, why


@pytest.mark.parametrize(("first", "last", "expected", "why"), PERIODS)
def test_a_stand_in_sees_the_book_while_the_colleague_is_away(session, people, first, last, expected, why):
    people.person("S1")
    people.person("S2")
    people.client("C1")
    people.serves("S1", "C1")
    people.away("S1", "S2", first, last)

    assert ("C1" in seen(session, book("S2"))) is expected, why
    assert "C1" in seen(session, book("S1"))


@pytest.fixture
def house(people):
    """B1: S1 serves C1 and C2, S2 assists C2; B2: S3 serves C3. Nobody serves C4. M1 heads B1."""
    for staff_no, place in (("S1", "B1"), ("S2", "B1"), ("S3", "B2")):
        people.person(staff_no, place)
    people.person("M1", "B1", "SUPERVISOR")
    people.person("HQ", None, "COMPLIANCE")
    for client_no in ("C1", "C2", "C3", "C4"):
        people.client(client_no)
    people.serves("S1", "C1")
    people.serves("S1", "C2")
    people.serves("S2", "C2", "ASSISTANT")
    people.serves("S3", "C3")
    return people


SCOPES = [  # scope, clients seen, why
    (everything(DAY), {"C1", "C2", "C3", "C4"}, "the house sees everybody, served or not"),
    (book("S1"), {"C1", "C2"}, "the main relation"),
    (book("S2"), {"C2"}, "assisting is serving"),
    (branch("M1"), {"C1", "C2"}, "a supervisor sees the branch"),
    (branch("S3"), {"C3"}, "the branch is that of the subject"),
    (branch("HQ"), set(), "head office is no branch: two people without one share nothing"),
    (book("M1"), set(), "a supervisor's own book may be empty"),
    (Scope(Reach.OWN, "client:C3", DAY), {"C3"}, "a client sees itself"),
    (Scope(Reach.OWN, "staff:S1", DAY), set(), "an own scope of staff names no client"),
    (Scope(Reach.OWN, "client:", DAY), set(), "an empty number"),
    (Scope(Reach.BOOK, "client:S1", DAY), set(), "a book needs a person of the staff"),
    (Scope(Reach.BOOK, "", DAY), set(), "a book without a subject"),
    (Scope(Reach.BRANCH, "staff:X9", DAY), set(), "an unknown subject"),
    (Scope(Reach.NONE, "staff:S1", DAY), set(), "nothing"),
]


@pytest.mark.parametrize(("scope", "expected", "why"), SCOPES)
def test_what_a_scope_shows(session, house, scope, expected, why):
    assert seen(session, scope) == expected, why


def test_accounts_follow_their_clients(session, house):
    assert set(session.scalars(visible_account_nos(book("S1")))) == {"C1-0", "C2-0"}


def test_staff_of_the_branch_or_oneself(session, house):
    ids = house.staff
    assert set(session.scalars(visible_staff(branch("M1")))) == {ids["S1"], ids["S2"], ids["M1"]}
    assert set(session.scalars(visible_staff(book("S3")))) == {ids["S3"]}
    assert set(session.scalars(visible_staff(branch("HQ")))) == set()


def test_lists_filter_by_who_serves(session, house):
    assert set(session.scalars(account_nos_served(DAY, staff_no="S2"))) == {"C2-0"}
    assert set(session.scalars(account_nos_served(DAY, branch_no="B1"))) == {"C1-0", "C2-0"}
    assert set(session.scalars(account_nos_served(DAY, staff_no="S2", branch_no="B2"))) == set()


@pytest.fixture
def filled(house, session):
    """The same house with one trade and one flow in each account."""
    stock = house.add(InstrumentRow(
        code="600519.SH", name="某股", kind="STOCK", venue="XSHG", board="MAIN", currency="CNY"
    ))
    for account in session.scalars(select(AccountRow)).all():
        house.add(TradeRow(
            account_id=account.id, instrument_id=stock, day=DAY, seq=1, kind=0, quantity=100, price=10,
            fingerprint="t",
        ))
        house.add(CashflowRow(account_id=account.id, day=DAY, seq=1, kind=0, amount=5, fingerprint="f"))
    return house


def test_every_read_of_the_repository_stays_within_the_scope(session, filled):
    own = ClientRepository(session, book("S1"))

    assert [facts.account_no for facts in own.accounts()] == ["C1-0", "C2-0"]
    assert [facts.account_no for facts in own.page()] == ["C1-0", "C2-0"]
    assert [facts.client_no for facts in own.clients()] == ["C1", "C2"]
    assert own.account_count() == 2
    assert own.shows("C1")
    assert not own.shows("C3")
    ledger = own.ledger()
    assert [facts.account_no for facts in ledger.accounts] == ["C1-0", "C2-0"]
    assert list(ledger.trades.offsets) == list(ledger.cashflows.offsets) == [0, 1, 2]


def test_accounts_between_two_visible_ones_do_not_slip_into_the_ledger(session, house):
    """The whole book is read by a span of ids; a book is not, for others' accounts lie in between."""
    house.serves("S2", "C4")
    stock = house.add(InstrumentRow(code="X", name="X", kind="STOCK", venue="XSHG", board="MAIN", currency="CNY"))
    for number, account in enumerate(session.scalars(select(AccountRow).order_by(AccountRow.id)).all()):
        for seq in range(number + 1):
            house.add(TradeRow(
                account_id=account.id, instrument_id=stock, day=DAY, seq=seq, kind=0, quantity=1, price=1,
                fingerprint=str(seq),
            ))

    ledger = ClientRepository(session, book("S2")).ledger()

    assert [facts.account_no for facts in ledger.accounts] == ["C2-0", "C4-0"]
    assert list(ledger.trades.offsets) == [0, 2, 6]


NO = [("C3-0", "another's account"), ("C9-0", "no account at all")]


@pytest.mark.parametrize(("account_no", "why"), NO)
def test_what_one_may_not_see_answers_as_if_it_were_not_there(session, house, account_no, why):
    own = ClientRepository(session, book("S1"))
    for read in (own.accounts, own.ledger):
        with pytest.raises(NoSuchAccount) as refused:
            read(["C1-0", account_no])
        assert refused.value.detail == f"没有账户 {account_no}，或不在您的范围内；请核对账号", why
    with pytest.raises(NoSuchClient) as unknown:
        own.accounts_of_client(account_no[:2])
    assert unknown.value.detail == f"没有客户 {account_no[:2]}，或不在您的范围内；请核对客户号", why


# a law over random houses, against a model that knows no SQL

DAYS = st.integers(0, 6).map(lambda n: date(2026, 3, 7) + timedelta(n))
SPANS = st.tuples(DAYS, DAYS).map(lambda pair: (min(pair), max(pair)))
STAFF, CLIENTS, BRANCHES = ["S0", "S1", "S2", "S3"], ["C0", "C1", "C2"], ["B0", "B1", None]
HOUSES = st.fixed_dictionaries({
    "posts": st.lists(st.tuples(st.sampled_from(BRANCHES), SPANS), min_size=4, max_size=4),
    "relations": st.lists(st.tuples(st.sampled_from(STAFF), st.sampled_from(CLIENTS), SPANS), max_size=6),
    "absences": st.lists(
        st.tuples(st.sampled_from(STAFF), st.one_of(st.none(), st.sampled_from(STAFF)), SPANS), max_size=3
    ),
})


def covers(span, day):
    return span[0] <= day <= span[1]


def model_book(house, staff_no, day):
    """Clients that a person serves on a day, counted by hand."""
    in_post = {no for no, (_, span) in zip(STAFF, house["posts"], strict=True) if covers(span, day)}
    if staff_no not in in_post:
        return set()
    replaced = {away for away, by, span in house["absences"] if by == staff_no and covers(span, day)} & in_post
    return {
        client for staff, client, span in house["relations"]
        if covers(span, day) and (staff == staff_no or staff in replaced)
    }


def model_branch(house, staff_no, day):
    places = {no: place for no, (place, span) in zip(STAFF, house["posts"], strict=True) if covers(span, day)}
    mine = places.get(staff_no)
    if mine is None:
        return set()
    return set().union(*(model_book(house, no, day) for no, place in places.items() if place == mine))


def build(session, house):
    people = People(session)
    for no, (place, (first, last)) in zip(STAFF, house["posts"], strict=True):
        people.person(no, place, first=first, last=last)
    for client_no in CLIENTS:
        people.client(client_no)
    for number, (staff, client, (first, last)) in enumerate(house["relations"]):
        known = [(s, c, f) for s, c, (f, _) in house["relations"][:number]]
        if (staff, client, first) not in known:
            people.serves(staff, client, "ASSISTANT", first, last)
        else:
            people.serves(staff, client, "ADVISOR" if known.count((staff, client, first)) == 1 else "MAIN", first, last)
    for away, by, (first, last) in house["absences"]:
        people.away(away, by, first, last)


def distinct_enough(house):
    """At most three relations of one person and client from one day, and no two main ones."""
    firsts = [(staff, client, first) for staff, client, (first, _) in house["relations"]]
    return all(firsts.count(one) <= 2 for one in firsts)


@given(house=HOUSES.filter(distinct_enough), day=DAYS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_scopes_show_what_a_brute_force_model_says(database_url, house, day):
    with Session(engine(database_url)) as session, suppress(_Undone), session.begin():
        build(session, house)
        books = {no: seen(session, book(no, day)) for no in STAFF}
        branches = {no: seen(session, branch(no, day)) for no in STAFF}
        raise _Undone
    assert books == {no: model_book(house, no, day) for no in STAFF}
    assert branches == {no: model_branch(house, no, day) for no in STAFF}
    in_post = {no for no, (_, span) in zip(STAFF, house["posts"], strict=True) if covers(span, day)}
    served = {client for staff, client, span in house["relations"] if covers(span, day) and staff in in_post}
    assert set().union(*books.values()) == served, "the books of all staff cover exactly the served clients"


class _Undone(Exception):
    """Leaves nothing behind for the next example."""


def test_the_whole_book_needs_no_filter(session, house):
    assert ClientRepository(session, EVERYTHING).account_count() == 4
